"""The line live: people report on Telegram while everything fails around them, and the desk opens.

Three processes, the real line between the emulator of Telegram and a real mail server, and nothing
shared but sockets and the server's folder. People are `tests.talkers`.
"""

import asyncio
import contextlib
import random
import socket
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from desk import mails
from storage import entry
from storage.line import parse as parse_line
from tests.canary import Forms, found, number_forms, text_forms
from tests.conftest import THOROUGH
from tests.reports import WORDS
from tests.running import LANGUAGES, TOKEN, Firm, Process, started
from tests.talkers import CODES, PATIENCE, Reading, Talker, given
from tests.telegram_server.remote import Remote

TO = ("anna@desk.example", "ben@desk.example")
FIRST_PERSON = 7_100_000_001
#: How often each fault comes at most: all that was ever said again, and a digest, cost the line much.
REPEATS = {"kill": 10_000, "429": 1_000, "close": 1_000, "garbage": 1_000}
REPEATS |= {"again": 3, "mail": 2, "digest": 8}
#: What goes wrong between the line and Telegram.
FAULTS: Mapping[str, Mapping[str, Any]] = {
    "429": {"method": "sendMessage", "answer": 429, "retry_after": 1, "times": 5},
    "close": {"method": "sendMessage", "answer": "close", "times": 3},
    "garbage": {"method": "getUpdates", "answer": "garbage", "times": 1},
}


@dataclass
class Scene:
    """The three processes, and what the test knows of them."""

    firm: Firm
    line: Process
    remote: Remote
    post: Process
    mails: Path
    ups: int = 1
    kills: int = 0
    errors: list[str] = field(default_factory=list)

    async def up(self) -> None:
        """Bring the line up."""
        assert "The line is up" in await self.line.start()

    async def kill(self) -> None:
        """Kill the line as a power cut would, and bring it up again."""
        await self.line.kill()
        self.kills += 1
        await self.up()


@contextlib.asynccontextmanager
async def scene(founded: Firm, place: Path, settings: str = "") -> AsyncIterator[Scene]:
    """Set the scene: a copy of the organisation, Telegram, a mail server, and the line."""
    firm = founded.copy(place / "firm")
    letters = place / "mails"
    letters.mkdir()
    async with contextlib.AsyncExitStack() as stack:
        telegram = started("tests.telegram_server", "--port", "0", "--token", TOKEN, place=place)
        _, url = await stack.enter_async_context(telegram)
        port = str(free_port())
        office = started("tests.post_office", "--port", port, "--folder", str(letters), place=place)
        post, _ = await stack.enter_async_context(office)
        firm.set(
            f"""
[telegram]
on = true
server = "{url}"
per_second = 1000
per_chat = 1000

[mail]
server = "127.0.0.1"
port = {port}
security = "none"
sender = "line@desk.example"
to = {list(TO)}
{settings}"""
        )
        remote = await stack.enter_async_context(Remote(url))
        line = Process(["bot", "run", "--home", str(firm.home)], place)
        made = Scene(firm=firm, line=line, remote=remote, post=post, mails=letters)
        await made.up()
        try:
            yield made
        finally:
            if line.running is not None:
                await line.end()


def people(remote: Remote, firm: Firm, count: int) -> list[Talker]:
    """Return people who report in five languages, each with words and a name of their own."""
    line = parse_line((firm.home / "line" / "line.toml").read_text(encoding="utf-8"))
    readings = {tag: Reading(firm.home, line, tag) for tag in LANGUAGES}
    return [
        Talker(
            remote=remote,
            reading=readings[LANGUAGES[number % len(LANGUAGES)]],
            id=FIRST_PERSON + number,
            words=f"{WORDS[LANGUAGES[number % len(LANGUAGES)]]} <{lettered(number)}>",
            person={
                "first_name": f"Vorname{number}x",
                "username": f"handle_of_{number}x",
                "language_code": "de",
            },
        )
        for number in range(count)
    ]


def lettered(number: int) -> str:
    """Return a number in letters: in digits it would look like a document's, and be doubted."""
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


def check_cases(firm: Firm, talkers: Sequence[Talker]) -> None:
    """Check that every case has exactly what was said, each once, and nobody is missing."""
    told: Counter[str] = Counter()
    for _, answers in firm.cases():
        words = [a.value.words for a in answers if isinstance(a.value, entry.Words)]
        codes = {
            a.question: " ".join(a.value.codes) for a in answers if isinstance(a.value, entry.Codes)
        }
        assert len(words) == 1
        assert codes == CODES
        told[words[0]] += 1
    assert told == Counter(talker.words for talker in talkers)


def check_digests(firm: Firm, letters: Path) -> None:
    """Check at the desk that the digests follow each other, as files and as mails."""
    digests = sorted((firm.home / "digests").glob("digest-*.age"))
    office = firm.office
    office.run("open", str(firm.home / "digests"), desk="anna", answers=[firm.words])
    assert "WRONG" not in office.run("verify", desk="anna", answers=[firm.words])
    for one in TO:
        got = [path for path in letters.rglob("*.eml") if f"To: {one}" in path.read_text()]
        assert len({mails_of(path) for path in got}) == len(digests)


def mails_of(path: Path) -> bytes:
    """Return the sealed digest in a mail."""
    (sent,) = mails.digests_in(path.read_bytes(), path.name)
    return sent.sealed


def free_port() -> int:
    """Return a port that nobody listens on, for a server that comes up there again."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port: int = door.getsockname()[1]
        return port


async def disturb(
    scene: Scene,
    kills: int,
    talking: asyncio.Task[object],
    talkers: Sequence[Talker],
    seed: str,
) -> None:
    """Have everything fail, again and again, as long as people talk.

    Sends fail anew only when somebody has answered since: faults that came faster than the last
    person's letters are tried again would keep them waiting for ever.
    """
    chance = random.Random(seed)
    left = Counter(REPEATS)
    answers = 0
    while not talking.done():
        what = chance.choice(["kill", "429", "again", "close", "mail", "digest", "garbage"])
        if what in {"429", "close"}:
            before, answers = answers, given(talkers)
            what = what if answers > before else "nothing"
        left[what] -= 1
        if left[what] < 0 or (what == "kill" and scene.kills == kills):
            pass
        elif what == "kill":
            await scene.kill()
        elif what in FAULTS:
            await scene.remote.fail(**FAULTS[what])
        elif what == "again":
            await scene.remote.redeliver(acknowledged=True)
        elif what == "mail" and scene.post.running is not None:
            await scene.post.kill()
        elif what == "digest":
            await asyncio.to_thread(scene.firm.line, "digest", "now")
        await asyncio.wait([talking], timeout=chance.uniform(0.2, 1.5))


def forms(talkers: Sequence[Talker]) -> list[Forms]:
    """Return what may lie nowhere: words, chat ids, names and handles, of some of the people."""
    some = talkers[:: max(1, len(talkers) // 16)]
    texts = [
        text
        for one in some
        for text in (one.words, one.person["first_name"], one.person["username"])
    ]
    return [*map(text_forms, texts), *(number_forms(one.id) for one in some)]


async def story(founded: Firm, place: Path, count: int, kills: int) -> None:
    async with scene(founded, place) as made:
        talkers = people(made.remote, made.firm, count)

        async def all_report() -> None:
            async with asyncio.TaskGroup() as reporting:
                for one in talkers:
                    reporting.create_task(one.reports(patience=PATIENCE))

        talking = asyncio.create_task(all_report())
        await disturb(made, kills, talking, talkers, f"story {count}")
        await talking
        while made.kills < kills:
            await made.kill()
        await made.remote.heal()
        await made.remote.redeliver(acknowledged=True)
        await made.remote.settled(timeout=120)
        if made.post.running is None:
            await made.post.start()
        await asyncio.to_thread(made.firm.line, "digest", "now")
        await mailed(made)
        assert await made.line.end() == 0
        assert made.line.errors[-1] == ""
        check_cases(made.firm, talkers)
        check_digests(made.firm, made.mails)
        assert found(forms(talkers), made.firm.home) == []
        assert found(forms(talkers), made.mails) == []
        assert len({one.code for one in talkers}) == count


async def mailed(made: Scene) -> None:
    """Wait until every digest lies at the mail server for everybody, a restart being a hurry."""
    await made.line.end()
    await made.up()
    wanted = len(list((made.firm.home / "digests").glob("digest-*.age"))) * len(TO)
    async with asyncio.timeout(120):
        while len(list(made.mails.rglob("*.eml"))) < wanted:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)


async def test_people_report_while_everything_fails(founded: Firm, tmp_path: Path) -> None:
    await story(founded, tmp_path, 32, 3)


@pytest.mark.thorough
async def test_two_thousand_people_report_while_everything_fails(
    founded: Firm, tmp_path: Path
) -> None:
    assert THOROUGH
    await story(founded, tmp_path, 2_000, 200)
