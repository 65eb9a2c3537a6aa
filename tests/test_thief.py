"""What a thief of a server's disk and keys reads is exactly what docs/threats.md says."""

import itertools
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.claims import Claim, seal_claim
from bot.copies import Copies
from bot.digest import make_digest
from bot.engine.events import Said
from bot.ports import Incoming, Media, Message
from bot.posting import SENT as SENT_HERE
from storage import age, digest
from storage.blobs import DiskBlobs
from storage.hours import Hours
from storage.retention import sweep
from storage.unit import Outcome, Unit
from tests.canary import found_in, number_forms, text_forms
from tests.caseworker import Caseworker
from tests.demo_made import reading_keys, run
from tests.line_made import Inbox, Made, made
from tests.quiet import logged
from tests.reports import short
from tests.stores import a_fetch, arrives, key, open_file, starts
from tests.thief import CLEAR, FILES, Loot, Thief, columns, facts_of, place_of
from tests.watched import Watched, lying, new_keys

PAPER = Path(__file__).parent.parent / "docs" / "threats.md"
PEER = "7123456789"
WORDS = "private words that nobody else may read"
PHRASE = "a phrase of my own"

BEGIN = ["/start", "English", "1", "1", "1", "1", WORDS, "/done"]
#: With the question after the pause waiting to be delivered, some choices made, some skipped.
OPEN = [
    *BEGIN, "1, 2", "1", "1", "1", "1", "1", PHRASE, "/skip",
    "2", "1, 2", "1", "1", "1", "1", "1", "/back",
]  # fmt: skip
#: What is asked of evidence is left out, and the review is answered.
LEFT = [*["/skip"] * 6, "1"]
SENT = [*OPEN, *LEFT]


@pytest.fixture(scope="module")
def told(demo_ready: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what a real run leaves in which a report was sent, its mails not yet gone."""
    keep = tmp_path_factory.mktemp("told") / "kept"
    shutil.copytree(demo_ready, keep)
    run(keep, short("en", words=WORDS))
    copies = Copies(folder=keep / "server" / "outgoing")
    shutil.copytree(keep / "digests", copies.folder, dirs_exist_ok=True)
    copies.owe("alert-1")
    keep_blob(keep / "server" / "blobs", key("a photo"))
    return keep


def keep_blob(folder: Path, blob: bytes) -> None:
    """Keep a sealed file as a line does."""
    sealed = age.seal(WORDS.encode(), [age.Identity.generate().recipient])
    with DiskBlobs(folder).begin(blob) as writer:
        writer.write(sealed)
        writer.finish()


def table() -> dict[str, tuple[set[str], set[str]]]:
    """Read the table of the paper: by place, what an open conversation and a sent case give."""
    text = PAPER.read_text("utf-8").partition("\n## What a thief")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]*) \| ([^|]*) \|$", text, re.MULTILINE)
    told = {
        place: (facts_of(now.replace("nothing", "")), facts_of(later.replace("nothing", "")))
        for place, now, later in rows
    }
    assert len(told) == len(rows) > 0
    return told


@dataclass
class Showing(Inbox):
    """An inbox where messages stand under a number, until they are taken out."""

    removes: bool = True
    vanishes: bool = True
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(47_000))

    async def deliver(self, peer: str, message: Message) -> tuple[str, ...]:
        await super().deliver(peer, message)
        return (str(next(self.numbers)),) if message.text else ()


@dataclass
class House:
    """A server's folder with a line on it, as a server has it."""

    line: Made
    home: Path
    store: Watched

    async def tells(self, lines: list[str], *, deliver: bool = True) -> None:
        for number, said in enumerate(lines):
            event = Said(text=said)
            come = Incoming(
                channel="test",
                peer=PEER,
                event_id=str(number),
                event=event,
                message=str(46_000 + number),
            )
            await self.line.app.intake.receive(come)
            while deliver and await self.line.app.delivery.round():
                pass

    async def gets_files(self) -> None:
        """Leave one file that came, and one that is on its way."""
        claim = Claim(
            channel="test",
            peer=PEER,
            depot="test",
            media=Media(reference="a reference", kind="photo", name="a.jpg", type="x/y", size=7),
            language="en",
            key=("K1", 0),
            part=1,
            sequence=30,
            number=1,
            compartment="general",
            form=("intake-1", "2026.1", "ab" * 32),
            began=1_795_000_000,
        )
        sealed = seal_claim(self.line.app.intake.keyring, claim, key("coming"))
        came, coming = a_fetch("came"), replace(a_fetch("coming"), sealed=sealed)
        for change in (starts(came, coming), arrives(came)):
            assert await self.store.store.commit(change) is Outcome.COMMITTED

    async def works(self) -> None:
        """Leave what the line notes of its own work."""
        today = self.line.watch().date()
        await self.line.app.store.trouble("mail-2", today)
        await self.line.app.store.keep_mailed(b"staff's own key!", 3)

    def case(self) -> bytes:
        """Return the case of the last answer that was kept."""
        return [draft.case for unit in self.store.units for draft in unit.drafts][-1]

    def steal(self, to: Path) -> Thief:
        """Copy everything while the line is running."""
        shutil.copytree(self.home, to)
        return Thief(to)


@asynccontextmanager
async def house(home: Path, **changes: object) -> AsyncIterator[House]:
    for folder in ("logs", "line", "blobs"):
        (home / folder).mkdir(parents=True)
    keys = new_keys(home)
    keys[0].write(home / "credentials")
    store = Watched(open_file(home / "quietline.db", keys[0].identity.sign_bytes))
    with logged(home / "logs" / "quietline.log"):
        where = {"store": store.store, "keys": keys, "channels": [Showing()]}
        async with made(home, **where, **changes) as line:  # type: ignore[arg-type]
            yield House(line, home, store)


def check_secrets(loot: Loot) -> None:
    """Check that no person's words are in anything that was opened, nor a code nobody routes by."""
    assert found_in([text_forms(WORDS), text_forms(PHRASE)], b"\0".join(loot.opened)) == []


# --- the table ------------------------------------------------------------------------------------


def test_every_place_and_every_column_is_thought_of(told: Path) -> None:
    assert columns() == {name: set(kinds) for name, kinds in CLEAR.items()}
    inside = (told / "server").iterdir()
    there = {place_of(p) for p in inside if not p.name.startswith("quietline.db")}
    assert there == set(FILES)
    assert set(table()) == set(CLEAR) | set(FILES)


async def test_an_open_conversation_gives_what_the_paper_says(tmp_path: Path) -> None:
    async with house(tmp_path / "home") as here:
        await here.tells(OPEN)
        await here.works()
        await here.tells([*OPEN, "/pause", "again", "/stop me"], deliver=False)
        await here.gets_files()
        thief = here.steal(tmp_path / "stolen")
        form = here.line.app.content.form
    loot = thief.open_all()
    paper = {place: facts for place, (facts, _) in table().items()}
    assert {place: kinds for place, kinds in loot.kinds.items() if place in CLEAR} == {
        place: kinds for place, kinds in paper.items() if place in CLEAR
    }
    check_secrets(loot)
    assert found_in([number_forms(int(PEER))], b"\0".join(loot.opened))
    (state,) = loot.states
    assert {name for name, _ in state.codes} <= form.routing
    assert len(state.codes) > 8
    assert len(loot.unopened) == len(thief.tables["drafts"]) > 10  # under the wrapping: age
    assert thief.confirms("test", PEER, "3")
    assert thief.stood("test", PEER)


async def test_a_sent_case_gives_what_the_paper_says(tmp_path: Path) -> None:
    async with house(tmp_path / "home") as here:
        await here.works()
        await here.tells(SENT)
        assert [m.id for m in here.line.inbox.take(PEER)][-2:] == ["sent", "end"]
        ((submission, answers),) = await here.line.cases()
        assert submission.return_address is not None
        assert len(answers) > 15
        await here.gets_files()
        await here.store.store.commit(arrives(a_fetch("coming")))
        now, intake = here.line.watch(), here.line.app.intake
        told = intake.replies.traces(
            intake.chats.tag("test", PEER, now.date()), [f"{SENT_HERE}en"], now
        )
        await here.store.store.commit(Unit(day=now.date(), traces=told))  # as after Signal
        await make_digest(
            here.line.app.store,
            line=here.line.line,
            identity=here.line.credentials.identity,
            folder=tmp_path / "digests",
            today=here.line.watch().date(),
        )
        thief = here.steal(tmp_path / "stolen")
        here.line.watch.forward(days=3)
        await sweep(here.line.app.store, here.line.watch())
        late = here.steal(tmp_path / "later")
    loot = thief.open_all()
    paper = {place: facts for place, (_, facts) in table().items()}
    assert {place: kinds for place, kinds in loot.kinds.items() if place in CLEAR} == {
        place: kinds for place, kinds in paper.items() if place in CLEAR
    }
    check_secrets(loot)
    assert loot.states == []
    everything = b"\0".join([*loot.opened, (tmp_path / "stolen" / "quietline.db").read_bytes()])
    assert found_in([number_forms(int(PEER))], everything) == []
    # For three and for seven days whoever knows what to look for can tell: the paper says so.
    assert (thief.stood("test", PEER), thief.confirms("test", PEER, "3")) == (True, True)
    assert not thief.stood("test", "7123456780")
    assert not thief.confirms("test", "7123456780", "3")
    assert late.open_all().kinds["traces"] == set()
    assert (late.stood("test", PEER), late.confirms("test", PEER, "3")) == (False, True)


async def test_a_file_that_still_comes_after_sending_gives_the_chat_until_it_came(
    tmp_path: Path,
) -> None:
    async with house(tmp_path / "home") as here:
        await here.tells(SENT)
        await here.gets_files()
        coming = here.steal(tmp_path / "coming").open_all()
        await here.store.store.commit(arrives(a_fetch("coming")))
        came = here.steal(tmp_path / "came").open_all()
    assert coming.kinds["fetches"] == table()["fetches"][0]
    assert found_in([number_forms(int(PEER))], b"\0".join(coming.opened))
    assert came.kinds["fetches"] == set()
    assert came.kinds["blobs"] == table()["blobs"][1]
    assert found_in([number_forms(int(PEER))], b"\0".join(came.opened)) == []


async def test_three_days_after_a_case_was_sent_no_file_names_the_chat(tmp_path: Path) -> None:
    async with house(tmp_path / "home") as here:
        await here.tells(SENT)
        tag = here.line.app.intake.keyring.tag("test", PEER, "2026-11")
        stands = await here.line.app.store.traces(tag)
        assert len(stands) > len(SENT)
        here.line.watch.forward(days=3)
        await sweep(here.line.app.store, here.line.watch())
        loot = here.steal(tmp_path / "stolen").open_all()
    files = [path.read_bytes() for path in (tmp_path / "stolen").glob("quietline.db*")]
    everything = b"\0".join([*loot.opened, *files])
    assert (
        found_in([number_forms(int(PEER)), {"tag": tag, "hex": tag.hex().encode()}], everything)
        == []
    )
    assert [row.number for row in stands if row.sealed in everything] == []


def test_a_real_server_s_folder_gives_what_the_paper_says(told: Path) -> None:
    loot = Thief(told / "server").open_all()
    paper = table()
    for place, kinds in loot.kinds.items():
        assert kinds <= paper[place][1], place
    for place in FILES:
        assert loot.kinds[place] == paper[place][0] == paper[place][1], place
    check_secrets(loot)
    assert len(list((told / "server" / "line" / "keys").iterdir())) >= 12


async def test_a_draft_in_memory_gives_less(tmp_path: Path) -> None:
    async with house(tmp_path / "home", drafts="ephemeral") as here:
        await here.tells(OPEN)
        thief = here.steal(tmp_path / "stolen")
    loot = thief.open_all()
    assert loot.states == []
    assert loot.kinds["chats"] == {"chat tag", "revision", "size class"}
    assert loot.kinds["drafts"] == {"case id", "slot", "day", "size class"}
    check_secrets(loot)


def test_the_paper_lists_the_routing_codes(tmp_path: Path) -> None:
    from tests.line_made import content_of, settings

    form = content_of(settings(), tmp_path).form
    (listed,) = re.findall(
        r"^Routing codes of `intake-1`: (.*(?:\n.+)*)", PAPER.read_text("utf-8"), re.MULTILINE
    )
    names = re.findall(r"`([A-Z0-9]+)`", listed.partition(".")[0])
    assert names == [q.name for q in form.questions if q.name in form.routing]


# --- what is staff's ------------------------------------------------------------------------------


def test_what_is_sealed_to_staff_opens_with_none_of_the_server_s_keys(told: Path) -> None:
    thief = Thief(told / "server")
    loot = thief.open_all()
    digests = [path.read_bytes() for path in (told / "digests").glob("*.age")]
    for sealed in digests:
        assert thief.age_file(sealed) == set()
    keys = list((told / "server" / "line" / "keys").glob("*.age"))
    waiting = list((told / "server" / "outgoing").glob("*.age"))
    assert len(waiting) == len(digests) > 0
    # And the case, its index entry, and a file.
    assert len(loot.unopened) == len(digests) + len(waiting) + len(keys) + 3


def test_the_thief_would_open_what_is_sealed_to_the_server(demo_ready: Path) -> None:
    """The positive control: the thief's keys are tried, and one that fits is found."""
    thief = Thief(demo_ready / "server")
    sealed = age.seal(b"for the server", [thief.credentials.packet.recipient])
    assert thief.age_file(sealed)
    assert thief.loot.opened == [b"for the server"]


# --- what is over -----------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["/stop", "send", "expiry", "minor stop"])
async def test_nothing_sealed_is_left_on_the_disk_of_what_is_over(
    ending: str, tmp_path: Path
) -> None:
    """An old key and today's disk: not even bytes of a state, a draft or a letter are there."""
    async with house(tmp_path / "home") as here:
        await here.tells(OPEN)
        await here.tells([*OPEN, "/pause", "again"])
        coming = replace(a_fetch("f"), case=here.case(), sealed=bytes(range(200)))
        await here.store.commit(starts(coming))
        before = set(here.store.sealed())
        assert lying(iter(before), here.home)
        person = here.line.person(PEER)
        person.number = 100
        if ending == "expiry":
            here.line.watch.forward(hours=40)
            await here.line.app.jobs.timers()
            while await here.line.app.delivery.round():
                pass
        else:
            for said in {"send": LEFT, "minor stop": ["/back", "/stop"]}.get(ending, [ending]):
                await person.says(said)
        kinds = {what.partition(" in ")[0] for what in lying(here.store.sealed(), here.home)}
        assert kinds == ({"code", "trace", "fetch"} if ending == "send" else set())
        doomed = await here.store.store.doomed()
        assert doomed == (() if ending == "send" else (coming.blob,))
        assert (here.home / "quietline.db-wal").stat().st_size == 0
        assert len({what for what, _ in here.store.sealed()}) == 6  # there was something of each
    thief = here.steal(tmp_path / "stolen")
    loot = thief.open_all()
    for place in ("chats", "drafts", "timers", "letters"):
        assert loot.kinds[place] == set()
    assert found_in([number_forms(int(PEER))], b"\0".join(loot.opened)) == []


async def test_an_old_copy_gives_the_open_conversation_and_no_words(tmp_path: Path) -> None:
    async with house(tmp_path / "home") as here:
        await here.tells(OPEN)
        old = here.steal(tmp_path / "old")
        await here.tells([*OPEN, "/stop"])
    loot = old.open_all()
    assert len(loot.states) == 1
    check_secrets(loot)


async def test_two_copies_tie_a_chat_to_its_case(tmp_path: Path) -> None:
    """Not a promise but a limit, which the paper tells: who copied the disk before knows more."""
    async with house(tmp_path / "home") as here:
        await here.tells(OPEN)
        old = here.steal(tmp_path / "old")
        await here.tells(SENT)
        new = here.steal(tmp_path / "new")
    (state,) = old.open_all().states
    new.open_all()
    assert [row["case_id"] for row in new.tables["journal"]] == [state.case]


# --- what is not sent -------------------------------------------------------------------------------


def test_an_unsent_draft_is_in_nothing_that_staff_are_sent(
    demo_ready: Path, tmp_path: Path
) -> None:
    keep = tmp_path / "kept"
    shutil.copytree(demo_ready, keep)
    run(keep, short("en", words=WORDS)[:-1])
    thief = Thief(keep / "server")
    inner = thief.open_all().unopened
    with closing(sqlite3.connect(keep / "server" / "quietline.db")) as database:
        (journal,) = database.execute("SELECT count(*) FROM journal").fetchone()
        wrapped = [sealed for (sealed,) in database.execute("SELECT sealed FROM drafts")]
        wrapped += [state for (state,) in database.execute("SELECT state FROM chats")]
    assert journal == 0
    assert len(wrapped) > 9
    (sealed,) = [path.read_bytes() for path in (keep / "digests").glob("digest-*.age")]
    made = digest.decode(age.open(sealed, reading_keys(keep)))
    assert (made.cases, made.entries, made.index) == (0, 0, ())
    drafts = [blob[-64:] for blob in (*wrapped, *inner)]
    sent = [p.read_bytes() for p in (keep / "digests").iterdir()]
    sent += [p.read_bytes() for p in (keep / "server" / "line").rglob("*") if p.is_file()]
    keys = {p.read_bytes()[-64:] for p in (keep / "server" / "line" / "keys").iterdir()}
    assert not any(blob in data for blob in drafts if blob not in keys for data in sent)


# --- while staff answer -----------------------------------------------------------------------------


def listed(name: str) -> set[str]:
    """Return the kinds that the paper lists for a state of a sent case."""
    text = PAPER.read_text("utf-8")
    (kinds,) = re.findall(rf"^- \*\*{name}\*\*[^:]*:([^.]+)\.", text, re.MULTILINE)
    return facts_of(kinds.replace("\n", " "))


async def test_a_reply_window_gives_what_the_paper_says(tmp_path: Path) -> None:
    async with house(tmp_path / "home") as here:
        await here.tells(SENT)
        here.line.inbox.take(PEER)
        staff = Caseworker(here.line)
        now = here.line.watch().replace(microsecond=0)
        hours = Hours(opens=now, closes=now + timedelta(hours=1))
        await staff.writes(WORDS, hours=hours)
        waiting = here.steal(tmp_path / "waiting").open_all()
        assert await here.line.app.followup.round() == 1
        await here.tells(["an answer of my own"])
        thief = here.steal(tmp_path / "stolen")
        loot = thief.open_all()
    assert waiting.kinds["replies"] == listed("A reply that waits")
    assert waiting.kinds["chats"] == set()
    assert any(WORDS.encode() in plain for plain in waiting.opened)
    assert loot.kinds["replies"] == set()
    (state,) = loot.states
    assert state.window
    empty = {"routing codes", "ticked choices", "draft key", "code lookup", "start link"}
    for held in (state.codes, state.ticked, state.key, state.code, state.link):
        assert not held
    assert loot.kinds["chats"] - empty - {"times of messages"} == listed("An open reply window")
    assert loot.kinds["timers"] == table()["timers"][0]
    assert not any(WORDS.encode() in plain or b"my own" in plain for plain in loot.opened)
