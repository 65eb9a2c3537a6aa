"""A canary in everything that Telegram tells of a person, and a thief, at a real running line.

The line is the process that an operator runs; Telegram and the mail server are this test's own.
Searched as `tests.canary` says: every file of the server's folder, the process's temporary files,
what it printed, and what staff are sent by mail.
"""

import asyncio
import base64
import shutil
import sqlite3
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.keyring import month_of
from storage.credentials import Credentials
from tests.canary import Forms, found, found_in, number_forms, text_forms
from tests.post_office import PostOffice
from tests.running import TOKEN, Firm, Process
from tests.talkers import content_of
from tests.telegram_made import until
from tests.telegram_server import Emulator, serving
from tests.test_canary import DURESS, MISSED, PHRASE
from tests.test_canary import WORDS as SPOKEN
from tests.test_thief import table
from tests.thief import CLEAR, FILES, Loot, Thief

PEER, PHONE, GROUP = 7_123_456_789, 998_901_234_567, -1_009_876_543_210
LATITUDE, LONGITUDE = 41.31251337, 69.24022791
LINK = "kanari-link-0451"
PERSON = {
    "id": PEER,
    "first_name": "Kanarienvogel",
    "last_name": "Zeisig-Zwitscher",
    "username": "zeisig_0451_handle",
    "language_code": "ug",
}
BESIDE = {
    "title": "canary-garden-group",
    "caption": "canary-of-a-caption",
    "file_name": "canary-passport-scan.pdf",
    "vcard": "canary-of-a-card",
    "address": "canary-street-12",
    "forward": "canary-who-wrote-first",
    "data": "canary-made-up-data",
    "edit": "canary-of-an-edit",
}
CONTENT = b"canary-inside-a-file"
TO = ("anna@desk.example", "ben@desk.example")
WAIT = 60.0
VALUE = "\N{BULLET}"


def floats(number: float) -> Forms:
    return {
        **text_forms(repr(number)),
        "float BE": struct.pack(">d", number),
        "float LE": struct.pack("<d", number),
    }


def all_forms() -> list[Forms]:
    """Return everything that may lie nowhere."""
    names = [str(PERSON[key]) for key in ("first_name", "last_name", "username")]
    said = [*SPOKEN, MISSED, PHRASE, DURESS, LINK, CONTENT.decode(), *BESIDE.values()]
    numbers = [number_forms(PEER), number_forms(PHONE), text_forms(str(GROUP))]
    return [*map(text_forms, [*names, *said]), *numbers, floats(LATITUDE), floats(LONGITUDE)]


def secret_forms(home: Path) -> list[Forms]:
    """Return what may lie nowhere but in `credentials/`."""
    credentials = Credentials.read(home / "credentials")
    webhook = credentials.derive("telegram webhook")
    secrets = (credentials.master, credentials.identity.seed, credentials.packet.seed, webhook)
    return [
        text_forms(TOKEN),
        text_forms(TOKEN.partition(":")[2]),
        *(
            {
                "bytes": secret,
                "hex": secret.hex().encode(),
                "HEX": secret.hex().upper().encode(),
                "base64": base64.b64encode(secret)[:-4],
            }
            for secret in secrets
        ),
    ]


@dataclass
class House:
    """A real line, and the Telegram and the mail server that it talks to."""

    firm: Firm
    server: Emulator
    post: PostOffice
    line: Process
    place: Path  # of all its files
    secrets: list[Forms] = field(default_factory=list)

    async def up(self) -> None:
        assert "The line is up" in await self.line.start()

    async def kill(self) -> None:
        await self.line.kill()
        await self.up()

    async def taken(self) -> None:
        """Wait until everything that was done is kept."""
        await self.server.settled(timeout=WAIT)

    async def read(self) -> None:
        """Wait until the person has been shown everything: no letter waits any more."""
        await until(self._nothing_waits, seconds=WAIT)

    def _nothing_waits(self) -> bool:
        with closing(sqlite3.connect(self.firm.home / "quietline.db", timeout=WAIT)) as database:
            (waiting,) = database.execute("SELECT count(*) FROM letters").fetchone()
        return int(waiting) == 0

    async def told(self, name: str) -> None:
        """Wait until the person has been told a text."""
        texts = content_of(self.firm.home).texts
        words = texts.render("en", name, code=VALUE).partition(VALUE)[0].rstrip("\u2068")
        shown = self.server.chat(PEER)
        while not any(words in one["text"] for one in shown["messages"] if one["bot"]):
            await self.server.wait(PEER, change=shown["change"], timeout=WAIT)
            shown = self.server.chat(PEER)

    def leaks(self) -> list[str]:
        """Return what lies where it should not: files, names of files, prints, mails."""
        beside = [*self.line.printed, *self.line.errors]
        beside += [mail.content.decode() for mail in self.post.taken]
        forms = all_forms()
        own = str(self.firm.home / "credentials")
        return [
            *found(forms, self.place),
            *(leak for leak in found(self.secrets, self.place) if own not in leak),
            *found_in([*forms, *self.secrets], "\0".join(beside).encode()),
        ]


@asynccontextmanager
async def house(founded: Firm, place: Path) -> AsyncIterator[House]:
    """Bring the line of a copy of the organisation up; its temporary files lie in `place` too."""
    firm = founded.copy(place / "firm")
    async with serving(token=TOKEN) as server, PostOffice(tls="none").opened() as post:
        firm.set(
            f"""
[telegram]
on = true
server = "{server.url}"
per_second = 1000
per_chat = 1000

[mail]
server = "127.0.0.1"
port = {post.port}
security = "none"
sender = "line@desk.example"
to = {list(TO)}
"""
        )
        line = Process(["bot", "run", "--home", str(firm.home)], place / "firm")
        made = House(firm, server, post, line, place, secret_forms(firm.home))
        await made.up()
        try:
            yield made
        finally:
            if line.running is not None:
                await line.end()


# --- a canary ---------------------------------------------------------------------------------


@dataclass
class Talk:
    """A person who leaves canaries wherever Telegram lets them."""

    house: House

    async def says(self, *texts: str) -> None:
        for text in texts:
            self.house.server.say(PERSON, text)
            await self.house.taken()

    async def reads_and_says(self, *texts: str) -> None:
        """Answer as somebody who reads what is asked first."""
        for text in texts:
            await self.says(text)
            await self.house.read()

    async def begins(self) -> None:
        first = (f"/start {LINK}", MISSED, "English", MISSED, "1", "1", f"/{MISSED}", "1")
        await self.reads_and_says(*first)

    async def sends_everything(self) -> None:
        """Send, in the middle of a question, whatever is no answer."""
        server = self.house.server
        place = {"latitude": LATITUDE, "longitude": LONGITUDE}
        venue = {"location": place, "title": BESIDE["title"], "address": BESIDE["address"]}
        card = {"phone_number": f"+{PHONE}", "user_id": PEER, "vcard": BESIDE["vcard"]}
        card |= {key: PERSON[key] for key in ("first_name", "last_name")}
        origin = {"type": "hidden_user", "sender_user_name": BESIDE["forward"], "date": 1}
        server.send(PERSON, "location", extra={"location": place})
        server.send(PERSON, "venue", extra={"venue": venue, "location": place})
        server.send(PERSON, "contact", extra={"contact": card})
        server.send(PERSON, "photo", caption=BESIDE["caption"], content=CONTENT)
        server.send(PERSON, "document", file_name=BESIDE["file_name"], content=CONTENT)
        server.send(PERSON, "voice", caption=BESIDE["caption"], content=CONTENT)
        server.say(PERSON, MISSED, extra={"forward_origin": origin})
        server.press(PERSON, message_id=self.newest(), data=BESIDE["data"])
        await self.house.taken()
        left = [one for one in server.chat(PEER)["messages"] if one["text"] == BESIDE["caption"]]
        server.edit(PERSON, left[0]["id"], caption=BESIDE["edit"])
        server.raw({"message": {"chat": {**PERSON, "type": "private"}, "text": [MISSED]}})
        server.add(PERSON, {"id": GROUP, "type": "supergroup", "title": BESIDE["title"]})
        server.say(PERSON, MISSED, chat=GROUP)
        await self.house.taken()

    def newest(self) -> int:
        """Return the last message of the bot."""
        number: int = [m["id"] for m in self.house.server.chat(PEER)["messages"] if m["bot"]][-1]
        return number


async def test_a_canary_of_telegram_s_is_nowhere_outside_a_seal(
    founded: Firm, tmp_path: Path
) -> None:
    async with house(founded, tmp_path / "all") as made:
        talk, server = Talk(made), made.server
        await talk.begins()
        await talk.says("1", *SPOKEN[:2])
        await talk.sends_everything()
        server.say(PERSON, SPOKEN[2])
        await made.kill()
        assert made.leaks() == []
        for wrong in (400, 429, 502, "close", "garbage"):
            for method in ("sendMessage", "deleteMessages", "answerCallbackQuery"):
                server.fail(method, wrong)
        server.fail("getUpdates", "garbage")
        await talk.says(SPOKEN[3], f"{MISSED} 12345678", "2", "/done", MISSED, "1, 2", MISSED)
        server.heal()
        server.block(PEER)
        await made.taken()
        await made.kill()
        assert made.leaks() == []
        server.unblock(PEER)
        await talk.says("4", "2021", "1", "1", "1", "1", PHRASE, DURESS, "/send")
        server.redeliver(acknowledged=True)
        await talk.says("1")
        await made.told("sent")
        assert made.leaks() == []
        made.firm.line("digest", "now")
        await until(lambda: made.post.taken, seconds=WAIT)
        assert await made.line.end() == 0
        assert made.leaks() == []
        # There was something to find: it is in the case, and staff can open it.
        ((submission, answers),) = await asyncio.to_thread(made.firm.cases)
        words = [getattr(one.value, "words", "") for one in answers]
        assert {*SPOKEN, PHRASE, DURESS} <= set(words)
        assert (submission.link, submission.return_address is None) == (LINK, False)
        assert made.leaks() == []
        await made.up()
        await talk.begins()
        await talk.says("1", *SPOKEN, "/done", "1, 2", "4", "2021", "1", "1", "1", "1", PHRASE)
        await talk.says("/stop")
        await made.told("stopped")
        assert made.leaks() == []
        assert await made.line.end() == 0
        assert made.leaks() == []
        assert {error for error in made.line.errors if error} == set()


# --- a thief ----------------------------------------------------------------------------------

#: What the line notes of its own work, and what it hands out: there in both columns, or later.
OWN = frozenset({"digests", "troubles", "mailed"})
#: What there is of files: nobody sends any here (see `tests/test_canary_files.py`).
OF_FILES = frozenset({"fetches", "blobs"})
#: What is remembered only where the app tells that a message was deleted: Signal does.
NOT_HERE = {"traces": {"language"}}
OPEN = ["English", "1", "1", "1", "1", *SPOKEN[:2], "/done", "1, 2", "4", "2021", "1", "1", "1"]
OPEN += ["1", PHRASE, DURESS, "2", "1, 2", "1"]


def stolen(made: House, to: Path) -> tuple[Thief, Loot]:
    """Copy a server's folder while the line runs, but for what is handed out; open all of it."""
    shutil.copytree(made.firm.home, to, ignore=shutil.ignore_patterns("digests"))
    thief = Thief(to)
    return thief, thief.open_all()


def check_loot(loot: Loot, column: int) -> None:
    """Check what was found against a column of the paper, and that no words are in it."""
    paper = table()
    for place, kinds in loot.kinds.items():
        if place in OF_FILES:
            assert kinds == set(), place
        elif place in CLEAR and place not in OWN:
            assert kinds == paper[place][column] - NOT_HERE.get(place, set()), place
        else:
            assert kinds <= paper[place][1], place
    assert loot.kinds.keys() <= {*CLEAR, *FILES}
    said = [*map(text_forms, (*SPOKEN, PHRASE, DURESS, *BESIDE.values()))]
    names = [text_forms(str(PERSON[key])) for key in ("first_name", "last_name", "username")]
    assert found_in([*said, *names], b"\0".join(loot.opened)) == []


async def test_a_thief_of_a_running_line_gets_what_the_paper_says(
    founded: Firm, tmp_path: Path
) -> None:
    async with house(founded, tmp_path / "all") as made:
        talk, server = Talk(made), made.server
        update = server.say(PERSON, f"/start {LINK}")["update_id"]
        await talk.reads_and_says(*OPEN)
        server.fail("sendMessage", 429, retry_after=3600, chat=PEER, times=10_000)
        await talk.says("/pause")
        await until(
            lambda: 429 in {c["status"] for c in server.calls("sendMessage", PEER)}, seconds=WAIT
        )
        thief, loot = stolen(made, tmp_path / "open")
        check_loot(loot, 0)
        assert found_in([number_forms(PEER)], b"\0".join(loot.opened))
        (state,) = loot.states
        assert state.link == LINK
        assert guessed(thief) == (True, True)
        assert thief.confirms("telegram", str(PEER), str(update))
        server.heal()
        await made.kill()
        await made.told("code")
        await talk.says("again", "/send", "1")
        await made.told("sent-known")
        await made.told("end")
        made.firm.line("digest", "now")
        await until(lambda: len(made.post.taken) >= len(TO), seconds=WAIT)
        assert await made.line.end() == 0
        thief, loot = stolen(made, tmp_path / "sent")
        check_loot(loot, 1)
        assert {loot.kinds[own] == table()[own][1] for own in ("digests", "mailed")} == {True}
        assert loot.states == []
        assert found_in([number_forms(PEER)], b"\0".join(loot.opened)) == []
        assert (
            found_in([number_forms(PEER)], (tmp_path / "sent" / "quietline.db").read_bytes()) == []
        )
        assert guessed(thief) == (True, False)


def guessed(thief: Thief) -> tuple[bool, bool]:
    """Tell whether who guesses the chat finds that it was talked to of late, and that it is open."""
    today = datetime.now(UTC).date()
    tag = thief.keyring.tag("telegram", str(PEER), month_of(today))
    return tuple(  # type: ignore[return-value]
        tag in {row["tag"] for row in thief.tables[name]} for name in ("traces", "chats")
    )
