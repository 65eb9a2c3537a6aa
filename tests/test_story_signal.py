"""The line live on both chat apps: people report on Signal and Telegram, and everything fails.

Four processes, the real line between both emulators and a real mail server, and nothing shared but
sockets and the server's folder. People are `tests.talkers` and `tests.signal_talkers`: every third
brings a file. The bridge fails in each way it has; what it loses, people are told of, and say again.
"""

import asyncio
import contextlib
import hashlib
import random
import socket
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from storage import age, archive, entry, package
from storage.line import parse as parse_line
from tests.canary import Forms, found, text_forms
from tests.conftest import THOROUGH
from tests.reports import WORDS
from tests.running import LANGUAGES, TOKEN, Firm, Process, started
from tests.signal_server import NUMBER, uuid_of
from tests.signal_server.remote import Remote as SignalRemote
from tests.signal_talkers import LATER, SOON, Writer
from tests.talkers import PATIENCE, Evidence, Reading, Talker, given
from tests.telegram_server.remote import Remote as TelegramRemote
from tests.test_story import (
    FIRST_PERSON,
    TO,
    Scene,
    check_digests,
    forms,
    free_port,
    lettered,
    mailed,
)

#: How often each fault comes at most, each before a kill, which makes the line begin anew: what a
#: refused person waits for (a minute, half a minute) it does not remember.
EACH = 2
#: Digests that are made in between.
DIGESTS = 4
#: Faults of sends: those that refuse, those that leave it open whether it was sent.
REFUSALS = (429, "RATE_LIMIT_FAILURE", "NETWORK_FAILURE", "INVALID_PRE_KEY_FAILURE")
BREAKS = ("close", "garbage", "hang", 502)
ENDINGS = {"photo": b"\xff\xd8\xff\xe0", "voice": b"OggS", "document": b"%PDF-1.7"}
#: Where the line's own door is: below the ports that the system gives to whoever connects.
DOORS = range(20_000, 32_000)
MODES = {"webhook": "json-rpc", "websocket": "json-rpc", "poll": "native"}


@dataclass(kw_only=True)
class Stage(Scene):
    """The processes, and what the test knows of them."""

    bridge: SignalRemote
    receive: str
    digests: int = 0

    async def up(self) -> None:
        """Bring the line up, and let it hear."""
        await super().up()
        if self.receive == "websocket":
            await self.bridge.connected(timeout=60)


def door() -> int:
    """Return a port that stays the line's while the line is away."""
    for port in random.sample(DOORS, 100):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no port is free")


@contextlib.asynccontextmanager
async def stage(founded: Firm, place: Path, receive: str) -> AsyncIterator[Stage]:
    """Set the stage: a copy of the organisation, both chat apps, a mail server, and the line."""
    firm = founded.copy(place / "firm")
    letters = place / "mails"
    letters.mkdir()
    async with contextlib.AsyncExitStack() as stack:
        enter = stack.enter_async_context
        telegram = started("tests.telegram_server", "--port", "0", "--token", TOKEN, place=place)
        _, telegram_url = await enter(telegram)
        told = ("--mode", MODES[receive], "--folder", str(place / "bridge"))
        bridge, bridge_url = await enter(started("tests.signal_server", *told, place=place))
        assert bridge.running is not None
        assert bridge.running.stdout is not None
        control = (await bridge.running.stdout.readline()).decode().strip()
        mail, here = str(free_port()), str(door())
        office = started("tests.post_office", "--port", mail, "--folder", str(letters), place=place)
        post, _ = await enter(office)
        file = firm.home / "quietline.toml"
        file.write_text(file.read_text("utf-8").replace("127.0.0.1:0", f"127.0.0.1:{here}"))
        firm.set(
            f"""
[telegram]
on = true
server = "{telegram_url}"
per_second = 1000
per_chat = 1000

[signal]
on = true
number = "{NUMBER}"
bridge = "{bridge_url}"
receive = "{receive}"
per_second = 1000
per_chat = 1000

[mail]
server = "127.0.0.1"
port = {mail}
security = "none"
sender = "line@desk.example"
to = {list(TO)}
"""
        )
        made = Stage(
            firm=firm,
            line=Process(["bot", "run", "--home", str(firm.home)], place),
            remote=await enter(TelegramRemote(telegram_url)),
            post=post,
            mails=letters,
            bridge=await enter(SignalRemote(control)),
            receive=receive,
        )
        if receive == "webhook":
            named = firm.line("signal", "webhook", "--host", f"127.0.0.1:{here}").stdout
            await made.bridge.webhook(url=named.strip().partition("=")[2])
        await made.up()
        try:
            yield made
        finally:
            if made.line.running is not None:
                await made.line.end()


# --- people -----------------------------------------------------------------------------------


def brought(number: int) -> Evidence | None:
    """Return what somebody brings: every third a file, of those every fourth where it is asked."""
    if number % 6 > 1:
        return None
    kind = tuple(ENDINGS)[number // 6 % 3]
    own = random.Random(number).randbytes(20_000 + number)
    return Evidence(content=ENDINGS[kind] + own, kind=kind, asked=number % 24 < 2)


def people(made: Stage, count: int) -> list[Talker]:
    """Return people who report in five languages, half of them on each app."""
    line = parse_line((made.firm.home / "line" / "line.toml").read_text(encoding="utf-8"))
    readings = {
        (tag, app): Reading(made.firm.home, line, tag, app)
        for tag in LANGUAGES
        for app in ("Telegram", "Signal")
    }
    return [_somebody(made, readings, number) for number in range(count)]


def _somebody(made: Stage, readings: dict[tuple[str, str], Reading], number: int) -> Talker:
    tag = LANGUAGES[number // 2 % len(LANGUAGES)]
    words = f"{WORDS[tag]} <{lettered(number)}>"
    if number % 2:
        told = {"first_name": f"Vorname{number}x", "username": f"handle_of_{number}x"}
        return Talker(
            remote=made.remote,
            reading=readings[tag, "Telegram"],
            id=FIRST_PERSON + number // 2,
            words=words,
            person={**told, "language_code": "de"},
            file=brought(number),
        )
    return Writer(
        remote=made.bridge,
        reading=readings[tag, "Signal"],
        id=FIRST_PERSON + number // 2,
        words=words,
        file=brought(number),
        soon=SOON if made.receive == "webhook" else LATER,
    )


# --- what fails -------------------------------------------------------------------------------


async def disturb(
    made: Stage,
    kills: int,
    talking: asyncio.Task[object],
    talkers: Sequence[Talker],
    seed: str,
) -> None:
    """Have everything fail, again and again, as long as people talk.

    Telegram's sends fail anew only when somebody has answered since: see `test_story`.
    """
    chance = random.Random(seed)
    answers = 0
    ways = [_kill, _kill, _bridge, _daemon, _telegram, _mail, _socket]
    while not talking.done():
        if made.kills < kills:
            await _bad_sends(made, chance)
            await asyncio.wait([talking], timeout=chance.uniform(0.5, 1.5))
        await made.bridge.heal()
        way = chance.choice(ways)
        over = made.kills == kills
        spared = over and (way is _kill or (way in CUTTING and made.receive == "websocket"))
        if way is _telegram:
            before, answers = answers, given(talkers)
            spared = answers == before
        if not spared:
            await way(made, chance)
        await asyncio.wait([talking], timeout=chance.uniform(0.2, 1.0))


async def _kill(made: Stage, _: random.Random) -> None:
    await made.kill()


async def _bridge(made: Stage, chance: random.Random) -> None:
    await made.bridge.down()
    await asyncio.sleep(chance.uniform(0.3, 1.0))
    await made.bridge.up(keep=True)


async def _daemon(made: Stage, chance: random.Random) -> None:
    await made.bridge.daemon(on=False)
    await asyncio.sleep(chance.uniform(0.1, 1.0))
    await made.bridge.daemon(on=True)


async def _telegram(made: Stage, _: random.Random) -> None:
    await made.remote.fail(method="sendMessage", answer="close", times=3)
    await made.remote.fail(method="getUpdates", answer="garbage", times=1)


async def _mail(made: Stage, chance: random.Random) -> None:
    if made.digests < DIGESTS:
        made.digests += 1
        if made.post.running is not None and chance.random() < 1 / 2:
            await made.post.kill()
        await asyncio.to_thread(made.firm.line, "digest", "now")


async def _socket(made: Stage, chance: random.Random) -> None:
    if made.receive == "websocket":
        if chance.random() < 1 / 2:
            await made.bridge.stall()
        await made.bridge.cut()


async def _bad_sends(made: Stage, chance: random.Random) -> None:
    """Let the next sends go wrong in two ways, and a few calls beside them."""
    refused, broken = chance.choice(REFUSALS), chance.choice(BREAKS)
    await made.bridge.fail(name="send", answer=refused, times=EACH, tokens=[])
    await made.bridge.fail(name="send", answer=broken, times=EACH, seconds=chance.choice([1, 0]))
    if made.kills % 2:  # a file that fails again and again is tried ever more seldom
        await made.bridge.fail(name="attachment", answer=chance.choice(["close", 502]), times=1)
    await made.bridge.fail(name="remote-delete", answer=400, times=EACH)


#: What makes a line wait ever longer before it listens again, unless it was started anew.
CUTTING = (_bridge, _socket)

# --- the story --------------------------------------------------------------------------------


async def story(founded: Firm, place: Path, receive: str, count: int, kills: int) -> None:
    async with stage(founded, place, receive) as made:
        talkers = people(made, count)

        async def all_report() -> None:
            async with asyncio.TaskGroup() as reporting:
                for one in talkers:
                    reporting.create_task(one.reports(patience=PATIENCE))

        talking = asyncio.create_task(all_report())
        await disturb(made, kills, talking, talkers, f"story {receive} {count}")
        await talking
        while made.kills < kills:
            await made.kill()
        await made.remote.heal()
        await made.bridge.heal()
        await made.remote.redeliver(acknowledged=True)
        await made.remote.settled(timeout=120)
        await made.bridge.settled(timeout=120)
        if made.post.running is None:
            await made.post.start()
        await receipts(made, talkers)
        await asyncio.to_thread(made.firm.line, "digest", "now")
        await mailed(made)
        assert await made.line.end() == 0
        assert made.line.errors[-1] == ""
        check_cases(made.firm, talkers)
        check_digests(made.firm, made.mails)
        on_telegram = [one for one in talkers if not isinstance(one, Writer)]
        unsaid = [*forms(on_telegram), *on_signal(talkers)]
        assert found(unsaid, made.firm.home) == []
        assert found(unsaid, made.mails) == []
        assert len({one.code for one in talkers}) == count


async def receipts(made: Stage, talkers: Sequence[Talker]) -> None:
    """Wait until everybody has been told that their file is kept, also after they had sent."""
    async with asyncio.timeout(120):
        while not all([await _told(made, one) for one in talkers]):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.2)


async def _told(made: Stage, one: Talker) -> bool:
    if not one.has_receipt():
        on_signal = isinstance(one, Writer)
        place = {"person": one.id} if on_signal else {"chat": one.id}
        shown = await (made.bridge if on_signal else made.remote).chat(**place)
        one.receipts |= {message["text"] for message in shown["messages"] if message["bot"]}
    return one.has_receipt()


def on_signal(talkers: Sequence[Talker]) -> list[Forms]:
    """Return what may lie nowhere of some people on Signal: their words, and who they are."""
    some = [one for one in talkers if isinstance(one, Writer)][::4]
    return [text_forms(text) for one in some for text in (one.words, uuid_of(one.id))]


def check_cases(firm: Firm, talkers: Sequence[Talker]) -> None:
    """Check that each case has exactly what was said and sent, and that nobody is missing.

    Each message is there once. Whoever said a thing again, since a gap was told of while the answer
    was still on its way, may have it there as often as they said it. So may who said the answer to
    an older question again when the open one stood there already, and they had not looked.
    """
    wanted = {one.words: one for one in talkers}
    keys = firm.reading_keys()
    blobs = {path.stem: path for path in (firm.home / "blobs").rglob("*.age")}
    doubled = 0
    for answers in cases(firm):
        words = Counter(a.value.words for a in answers if isinstance(a.value, entry.Words))
        codes = {
            a.question: " ".join(a.value.codes) for a in answers if isinstance(a.value, entry.Codes)
        }
        files = [a.value for a in answers if isinstance(a.value, entry.File)]
        for file in files:
            content = age.open(blobs.pop(file.blob.hex()).read_bytes(), keys)
            assert hashlib.sha256(content).hexdigest() == file.sha256
        one = wanted.pop(next(text for text in words if text in wanted))
        assert codes == one.codes
        had = words + Counter(file.sha256 for file in files)
        said = {one.words} if one.file is None else {one.words, one.file.sha256}
        crossed = _crossed(one, answers)
        assert said <= set(had) <= said | set(crossed), _history(one, answers)
        assert all(count <= (crossed[what] or _times(one, what)) for what, count in had.items())
        doubled += had.total() > len(said)
    assert not wanted, "somebody is missing"
    assert not blobs, "a file of no case"
    assert doubled <= len(talkers) // 8


def _crossed(one: Talker, answers: Sequence[entry.Answer]) -> Counter[str]:
    """Return what stands at a question as words, and was said again to an older one after it."""
    found = Counter[str]()
    for answer in answers:
        if isinstance(one, Writer) and isinstance(answer.value, entry.Words):
            words, again = answer.value.words, one.crossed(f"q-{answer.question}")
            found[words] = max(found[words], again[words])
    return +found


def _history(one: Talker, answers: Sequence[entry.Answer]) -> str:
    """Return what tells why a case has other words: where they stand, and what came when."""
    where = [(a.question, a.value.words) for a in answers if isinstance(a.value, entry.Words)]
    return f"{where}, {one.stood}, {one.repeated}" if isinstance(one, Writer) else f"{where}"


def _times(one: Talker, what: str) -> int:
    return one.uttered[what] if isinstance(one, Writer) else 1


def cases(firm: Firm) -> list[list[entry.Answer]]:
    """Export a bundle and open every case in it with Anna's key, and what was added to it."""
    firm.line("bundle", "export")
    bundle = max((firm.home / "digests").glob("bundle-*.tar"))
    keys = firm.reading_keys()
    opened: dict[str, list[entry.Answer]] = {}
    with bundle.open("rb") as file:
        for member in archive.read(file, max_members=1 << 20):
            if not (member.name.startswith("journal/") and member.name.endswith(".age")):
                continue
            case, plain = member.name.rpartition("/")[0], age.open(member.data, keys)
            sealed = member.name.endswith("/000000.age")
            added = (
                [entry.decode(age.open(a.sealed, keys)) for a in package.unpack(plain).answers]
                if sealed
                else [entry.decode(plain)]
            )
            opened.setdefault(case, []).extend(added)
    return list(opened.values())


# It takes more than a minute: docs/reliability.md tells what its runs showed.
@pytest.mark.thorough
async def test_people_report_on_both_apps_while_everything_fails(
    founded: Firm, tmp_path: Path
) -> None:
    await story(founded, tmp_path, "webhook", 64, 3)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("receive", "count", "kills"),
    [("webhook", 400, 40), ("poll", 64, 3), ("websocket", 64, 3)],
)
async def test_many_people_report_in_each_way_of_receiving(
    founded: Firm, tmp_path: Path, receive: str, count: int, kills: int
) -> None:
    assert THOROUGH
    await story(founded, tmp_path, receive, count, kills)
