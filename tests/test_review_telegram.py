"""What a critical read of the Telegram line found, each as a promise."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from telegram import Bot
from telegram.error import BadRequest

from bot.alerts import Alerts
from bot.app import DATABASE, App
from bot.asking import WAITING
from bot.channels.telegram.depot import TelegramDepot
from bot.channels.telegram.sending import TelegramChannel
from bot.channels.telegram.troubles import Troubles as Standing
from bot.channels.telegram.wire import Slow
from bot.daily import Daily
from bot.engine.events import Unsupported
from bot.errors import BadSettings, NotNow
from bot.http import SECRET, WEBHOOK, listening, make_http
from bot.jobs import Timetable
from bot.limits import Flood
from bot.ports import Message, Rate
from bot.running import STATEMENT_TROUBLE, Running
from bot.service import BACKLOG
from bot.settings import check
from bot.troubles import Troubles
from storage import folder
from storage.credentials import Credentials
from storage.folder import Signed
from storage.line import Line, sign
from storage.memory import MemoryStore
from storage.rows import DigestRow
from storage.signature import SigningKey
from storage.statement import parse, render
from storage.store import open_store
from storage.turns import held
from storage.unit import Outcome, Unit
from tests.line_made import START, Made, Watch, content_of, made, made_line, settings
from tests.reports import short
from tests.running import Firm
from tests.test_alerts import ask
from tests.test_checks import clock, on_telegram, seen, wrong
from tests.test_vanish import Chat, Writer

# --- settings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("telegram.webhook", "http://line.example/telegram"),
        ("telegram.webhook", "https://line.example/ telegram"),
        ("telegram.server", "https://api.telegram.org/"),
        ("digest.at", "16:00 "),
        ("digest.at", "99:99 12:30"),
        ("mail.sender", "nonsense"),
        ("mail.sender", "line@desk.example\r\nBcc: x@y.example"),
        ("listen", "x 127.0.0.1:8470"),
        ("digests", ""),
        ("digests", "./"),
        ("digests", "outgoing"),
        ("digests", "digests/../credentials"),
    ],
)
def test_a_setting_is_what_it_is_to_be_as_a_whole(key: str, value: str) -> None:
    """A digest at "16:00 " was never made, and one into "." waited for ever: both in silence."""
    first, _, second = key.partition(".")
    with pytest.raises(BadSettings, match=f"`{key}`"):
        check({"name": "Garden", first: {second: value} if second else value})


def test_settings_that_are_right_are_taken() -> None:
    values: dict[str, Any] = {
        "name": "Garden",
        "listen": "[::1]:8470",
        "digests": "/srv/digests",
        "telegram": {"webhook": "https://line.example/telegram", "server": "http://127.0.0.1:81"},
        "digest": {"at": "23:59"},
        "mail": {"server": "m.example", "sender": "a+b@desk.example"},
    }
    assert check(values).digest.time.hour == 23


# --- a clock that was set back --------------------------------------------------------------------


async def test_jobs_go_on_when_the_clock_was_set_back() -> None:
    ahead = [timedelta(hours=8)]
    ran: asyncio.Queue[None] = asyncio.Queue()

    async def job() -> None:
        ran.put_nowait(None)

    timetable = Timetable(lambda: datetime.now(UTC) + ahead[0], look=0.01)
    timetable.every(3600, job, name="job")  # due in eight hours, by the clock of before
    timetable.start()
    try:
        await asyncio.sleep(0.05)
        assert ran.empty()
        ahead[0] = timedelta()
        async with asyncio.timeout(20):
            await ran.get()
    finally:
        timetable.stop()


async def test_who_wrote_while_the_line_was_away_is_not_closed_before_that_is_taken() -> None:
    watch = Watch(datetime.now(UTC))
    ran: list[str] = []

    async def note(name: str) -> None:
        ran.append(name)

    timetable = Timetable(watch)
    timetable.every(5, partial(note, "timers"), name="timers", after=BACKLOG)
    timetable.every(5, partial(note, "mail"), name="mail")
    timetable.start()
    async with asyncio.timeout(20):
        while not ran:  # noqa: ASYNC110 - the scheduler sets no event
            await asyncio.sleep(0.01)
    timetable.stop()
    assert ran == ["mail"]


async def test_an_alert_is_not_put_off_until_a_time_that_was_never_there() -> None:
    kept, sent = MemoryStore(lambda _: bytes(64)), list[datetime]()
    watch = Watch(START + timedelta(days=365))

    async def send() -> None:
        sent.append(watch())

    alerts = Alerts(store=kept, send=send, apart=3600)
    for now in (watch.now, START):
        watch.now = now
        await ask(kept, int(now.timestamp()), "one")
        await alerts.ring(await kept.due(int(now.timestamp())), now)
    assert sent == [START + timedelta(days=365), START]
    assert await kept.due(1 << 40) == ()


# --- what leaves a chat, and what is said of it ---------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "/昨天晚上两个警察来到我父母家里问我的情况",
        "/ئىككى_ساقچى_كەلدى",
        "/they/came/to/my/parents",
        "/" + "a" * 40,
    ],
)
async def test_words_behind_a_slash_are_no_command_and_do_not_vanish(
    words: str, tmp_path: Path
) -> None:
    chat = Chat()
    async with made(tmp_path, channels=[chat]) as line:
        writer = Writer(line, chat)
        await writer.comes_to(5)
        await writer.says(words)
        assert writer.heard[0].id == "no-command"
        assert words in chat.there.values()


@pytest.mark.parametrize("words", ["/stpo", "/help@garden_desk_bot", "/HELP", "/幫助", "/ヘルプ"])
async def test_a_command_and_a_slip_of_one_leave(words: str, tmp_path: Path) -> None:
    chat = Chat()
    async with made(tmp_path, channels=[chat]) as line:
        writer = Writer(line, chat)
        await writer.comes_to(5)
        await writer.says(words)
        assert words not in chat.there.values()


@dataclass
class Hasty(Writer):
    """Somebody in a chat that may send only so much."""

    async def pours(self, count: int) -> list[str]:
        said = [f"piece {number} of what happened" for number in range(count)]
        for text in said:
            await self.says(text)
        return said


async def test_stopping_takes_out_also_what_was_not_looked_at(tmp_path: Path) -> None:
    chat = Chat(rate=Rate(chat=1e6, burst=1_000))
    async with made(tmp_path, channels=[chat]) as line:
        writer = Hasty(line, chat)
        await writer.comes_to(6)
        poured = await writer.pours(Flood().most + 20)
        assert len(set(poured) & set(chat.there.values())) > 20
        line.watch.forward(minutes=2)
        (stopped,) = await writer.says("/stop")
        assert stopped.id == "stopped"
        assert not set(poured) & set(chat.there.values())
        assert line.app.intake.left.of(line.app.intake.chats.tag("test", "person", START)) == ()


async def test_nobody_has_to_wait_to_stop(tmp_path: Path) -> None:
    chat = Chat(rate=Rate(chat=1e6, burst=1_000))
    async with made(tmp_path, channels=[chat]) as line:
        writer = Hasty(line, chat)
        await writer.comes_to(6)
        await writer.pours(Flood().most)
        (stopped,) = await writer.says("/stop")
        assert stopped.id == "stopped"
        for _ in range(20):  # there is nothing to stop any more: that can wait
            assert await writer.says("/stop") == []
        assert await line.app.store.letters() == ()


async def test_a_wipe_takes_out_what_was_only_answered(tmp_path: Path) -> None:
    chat = Chat()
    async with made(tmp_path, channels=[chat]) as line:
        line.app = replace(line.app, intake=replace(line.app.intake, begins=lambda _: False))
        writer = Writer(line, chat)
        await writer.says("my whole story, in the first message")
        assert writer.heard[0].id == "resting"
        await writer.says("/wipe")
        assert "my whole story, in the first message" not in chat.there.values()


@dataclass
class Refusing:
    """A bot whose Telegram refuses to take out messages, and has had enough of it after a while."""

    budget: int
    left: int = 0
    sent: list[str] = field(default_factory=list)

    async def delete_messages(self, _peer: str, _ids: Sequence[int]) -> bool:
        self.left -= 1
        if self.left < 0:
            raise Slow(5.0)
        raise BadRequest("Message can't be deleted for everyone")

    async def send_message(self, _peer: str, text: str, **_more: object) -> Any:  # noqa: ANN401 - a message
        self.sent.append(text)
        return type("Sent", (), {"message_id": 1})()


class Nowhere:
    """No files."""

    largest = 0


async def test_a_wipe_that_is_slowed_down_ends_and_blocks_no_chat() -> None:
    bot = Refusing(budget=20)

    async def nothing(_: object) -> None:
        pass

    standing = Standing(trouble=nothing, settled=nothing, ticks=lambda: 0.0)
    channel = TelegramChannel(
        cast("Bot", bot),
        rate=Rate(),
        troubles=standing,
        sleep=nothing,
        depot=cast("TelegramDepot", Nowhere()),
    )
    removes = tuple(str(number) for number in range(1, 31))
    wipe = Message(id="wiped", text="", wipe=True, removed="a", not_removed="b", removes=removes)
    for attempt in range(2):
        bot.left = bot.budget
        if attempt == 0:
            with pytest.raises(NotNow):
                await channel.deliver("1", wipe)
        else:
            assert await channel.deliver("1", wipe) == ("1",)
    assert bot.sent == ["b"]


# --- nobody is left without a word ----------------------------------------------------------------


async def test_who_asks_for_help_hears_of_it_also_when_no_conversation_begins(
    tmp_path: Path,
) -> None:
    async with made(tmp_path) as line:
        line.app = replace(line.app, intake=replace(line.app.intake, begins=lambda _: False))
        person = line.person()
        for said, heard in (("/danger", "danger"), ("/help", "help")):
            await person.says(said)
            assert person.heard == [heard, "resting"]


async def test_a_language_whose_texts_were_taken_away_blocks_nobody(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        person = line.person()
        for said in ["/start", *short("ug")[:4]]:
            await person.says(said)
        await _lose_the_language(line)
        await person.does(Unsupported())
        assert person.heard == ["unsupported", "q-C2"]
        assert {message.language for message in person.last} == {"en"}


async def _lose_the_language(line: Made) -> None:
    """Let the only chat be in a language that has no texts any more."""
    app = line.app
    place = await app.intake.chats.find("test", "person", line.watch().date())
    change = app.intake.chats.change(
        place, replace(place.state, language="tr", revision=place.state.revision + 1), forget=False
    )
    unit = Unit(day=line.watch().date(), chat=change)
    assert await app.store.commit(unit) is Outcome.COMMITTED


# --- the door -------------------------------------------------------------------------------------


async def test_of_a_stranger_nothing_is_read_and_nobody_is_waited_for() -> None:
    brought: list[bytes] = []

    async def take(_: str, body: bytes) -> int:
        brought.append(body)
        return 200

    http = make_http(ready=lambda: True, webhook=take, opens=lambda secret: secret == "right")
    async with listening(http, "127.0.0.1:0") as where, asyncio.timeout(20):
        host, _, port = where.rpartition(":")
        for secret, status in (("wrong", b"403"), ("", b"403"), ("right", b"200")):
            reader, writer = await asyncio.open_connection(host, int(port))
            head = f"POST {WEBHOOK} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
            head += f"{SECRET}: {secret}\r\n\r\n"
            writer.write(head.encode() + (b"{}" if secret == "right" else b""))  # no more comes
            assert status in await reader.readline()
            if secret != "right":
                assert b"connection: close" in (await reader.read()).lower()  # to its end
            writer.close()
    assert brought == [b"{}"]


# --- a newer statement ----------------------------------------------------------------------------


class Signing:
    """A root that signs statements into a line's home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.root = SigningKey.generate()
        credentials = Credentials.make()
        line, self.secrets = made_line(credentials, content_of(settings(), home), START.date())
        self.line = parse(render(replace(line, root=self.root.public)))
        self.keys = (credentials, self.line, self.secrets)
        folder.pin_root(home / "line", self.root.public)

    def load(self, **changes: Any) -> Line:  # noqa: ANN401 - the fields of a statement
        """Lay a statement out as `line load` does."""
        text = render(replace(self.line, **changes))
        folder.write(self.home / "line", Signed(text=text, signature=sign(text, self.root)))
        return parse(text)


def running(app: App, watch: Watch) -> Running:
    return Running(app=app, daily=cast("Daily", None), troubles=Troubles(clock=watch), clock=watch)


async def test_a_running_line_takes_no_older_statement(tmp_path: Path) -> None:
    """A folder that was put back would let in again who has left."""
    signing = Signing(tmp_path)
    async with made(tmp_path, keys=signing.keys) as line:
        up = running(line.app, line.watch)
        await up.troubles.begin(line.app.store)
        newer = signing.load(epoch=2, previous=signing.line.sha256)
        await up.statement()
        assert up.app.line == newer
        signing.load()
        await up.statement()
        assert up.app.line == newer
        assert [one.code for one in await line.app.store.troubles()] == [STATEMENT_TROUBLE]


async def test_a_statement_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    signing = Signing(tmp_path)
    async with made(tmp_path, keys=signing.keys) as line:
        up = running(line.app, line.watch)
        await up.troubles.begin(line.app.store)
        signing.load()
        statement = tmp_path / "line" / folder.STATEMENT
        statement.unlink()
        statement.mkdir()  # what opening it raises is no error of ours
        await up.statement()
        assert [one.code for one in await line.app.store.troubles()] == [STATEMENT_TROUBLE]
        assert up.app.line == line.line


# --- check ----------------------------------------------------------------------------------------


@pytest.fixture
def firm(founded: Firm, tmp_path: Path) -> Firm:
    return founded.copy(tmp_path / "firm")


async def test_a_line_that_runs_and_hears_nothing_is_wrong(firm: Firm) -> None:
    own = Credentials.read(firm.home / "credentials")
    await open_store(firm.home / DATABASE, own.identity.sign_bytes).close()
    async with on_telegram(firm, 'webhook = "https://line.example/telegram"\n') as server:
        with held(firm.home):
            found = await seen(firm)
            assert "webhook" in wrong(found)
            assert "digest" in wrong(found)  # none was ever made
        for number in range(WAITING + 1):
            server.say({"id": 5_550_001}, f"message {number}")
        assert (await seen(firm))["updates"].found != "WRONG"
        with held(firm.home):
            assert "updates" in wrong(await seen(firm))


async def test_a_digest_of_a_day_to_come_is_wrong(firm: Firm) -> None:
    own = Credentials.read(firm.home / "credentials")
    store = open_store(firm.home / DATABASE, own.identity.sign_bytes)
    row = DigestRow(
        number=1,
        day=clock().date() + timedelta(days=300),
        sha256=bytes(32),
        heads=bytes(32),
        journal_sequence=0,
        index_sequence=0,
    )
    await store.record_digest(row)
    await store.close()
    assert "digest" in wrong(await seen(firm, offline=True))
    assert "digest" not in wrong(await seen(firm, offline=True, later=timedelta(days=300)))
