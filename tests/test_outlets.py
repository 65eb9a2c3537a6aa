"""Everybody gets every digest in order, nobody waits for another, and nobody learns what came in."""

import asyncio
import email
import email.policy
import re
import socket
from base64 import b64decode
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest import make_digest
from bot.errors import MailFailed
from bot.mail import ALERT, NOTICE
from bot.outlets import AT_ONCE, LOST, TOLD, UNMADE, Outlets
from bot.recipients import recipient_key
from bot.settings import Alert, Mail
from bot.smtp import Sender
from storage import digest
from storage.chain import START
from storage.memory import MemoryStore
from storage.rows import DigestRow
from storage.signature import SigningKey
from storage.store import open_store
from storage.unit import Store
from tests.line_made import Watch
from tests.office import TODAY
from tests.post_office import HOST, PostOffice, Taken
from tests.quiet import logged, text_of
from tests.served import Desk, Served, case_id

SIX = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
ANA, BEN, CEM, DUA, EVA = TEAM = tuple(f"{name}@example.org" for name in ("ana", "ben", "cem", "dua", "eva"))  # fmt: skip
SIGN = SigningKey.generate().sign_bytes
MINUTE = timedelta(minutes=1)
#: Quicker than reading the whole mail.
DIGEST = re.compile(rb'filename="digest\.age"\r\n\r\n(.+?)\r\n')


class Lost(Exception):
    """The power went."""


class FailingStore(MemoryStore):
    """A store whose machine may stop before a number is kept; then nothing works until `up`."""

    stops_in: int | None = None
    down = False

    async def keep_mailed(self, recipient: bytes, number: int) -> None:
        if self.stops_in is not None:
            self.stops_in -= 1
            self.down = self.down or self.stops_in < 0
        self.check_up()
        await super().keep_mailed(recipient, number)

    def check_up(self) -> None:
        if self.down:
            raise Lost


@dataclass
class Post:
    """The way out, without a socket: it remembers who got what, or fails with a code."""

    watch: Watch
    failing: dict[str, str] = field(default_factory=dict)
    every: int = 0  # each so many-th mail fails
    got: dict[str, list[bytes]] = field(default_factory=dict)
    tried: list[tuple[datetime, str]] = field(default_factory=list)
    waits: dict[str, asyncio.Event] = field(default_factory=dict)
    store: FailingStore | None = None
    going: int = 0
    most: int = 0
    turned: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def send(self, to: str, message: bytes) -> None:
        if self.store is not None:
            self.store.check_up()
        self.tried.append((self.watch(), to))
        self.going += 1
        self.most = max(self.most, self.going)
        await self.turn()
        try:
            if to in self.waits:
                await self.waits[to].wait()
        finally:
            self.going -= 1
        if code := self.failing.get(to):
            raise MailFailed(code)
        if self.every and len(self.tried) % self.every == 0:
            raise MailFailed("closed")
        self.got.setdefault(to, []).append(message)
        await self.turn()

    async def turn(self) -> None:
        """Say that something happened, and let others have their turn."""
        async with self.turned:
            self.turned.notify_all()
        await asyncio.sleep(0)

    async def until(self, to: str, count: int, *, tries: int = 0) -> None:
        """Wait until somebody has so many mails, after so many tries at least."""
        async with self.turned:
            await self.turned.wait_for(
                lambda: len(self.got.get(to, [])) >= count and len(self.tried) >= tries
            )

    def numbers(self, to: str) -> list[int]:
        """Return the numbers of the digests that somebody got."""
        found = [DIGEST.search(message) for message in self.got.get(to, [])]
        return [int(b64decode(one[1])) for one in found if one]


@dataclass
class Place:
    """Folders, a store, a clock and a way out; `outlets` are made anew as after a restart."""

    home: Path
    to: Sequence[str] = TEAM
    alert_to: Sequence[str] = ()
    watch: Watch = field(default_factory=lambda: Watch(SIX))
    store: Store = field(default_factory=lambda: MemoryStore(SIGN))

    def __post_init__(self) -> None:
        self.post = Post(self.watch)
        self.folder, self.copies = self.home / "digests", self.home / "outgoing"
        self.restart()

    def restart(self, send: Sender | None = None) -> None:
        self.outlets = Outlets(
            store=self.store,
            folder=self.folder,
            copies=self.copies,
            mail=settings(self.to),
            alert=Alert(on=bool(self.alert_to), to=tuple(self.alert_to)),
            clock=self.watch,
            send=(send or self.post).send,
        )

    async def round(self, **later: float) -> int:
        self.watch.forward(**later)
        return await self.outlets.round()

    async def day(self) -> int:
        """Lay out the next digest, as `make_digest` does, with its number for content."""
        last = await self.store.last_digest()
        number = last.number + 1 if last else 1
        self.copies.mkdir(exist_ok=True)
        path = self.copies / digest.file_name(number)
        path.write_bytes(str(number).encode())
        path.with_name(path.name + ".sig").write_bytes(b"signature")
        row = DigestRow(
            number=number,
            day=self.watch().date(),
            sha256=digest.sha256(str(number).encode()),
            heads=START,
            journal_sequence=0,
            index_sequence=0,
        )
        await self.store.record_digest(row)
        return number

    async def codes(self) -> list[str]:
        return [one.code for one in await self.store.troubles()]

    def kept(self) -> set[str]:
        return {path.name for path in self.copies.iterdir()}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def settings(to: Sequence[str], **changes: object) -> Mail:
    values: dict[str, object] = {"server": HOST, "sender": "line@example.org", "to": list(to)}
    return Mail.model_validate({**values, **changes})


def attached(message: bytes) -> dict[str, bytes]:
    """Return the attachments of a mail by name."""
    read = email.message_from_bytes(message, policy=email.policy.default)
    return {part.get_filename() or "": part.get_content() for part in read.iter_attachments()}


def copies_of(*numbers: int) -> set[str]:
    names = [digest.file_name(number) for number in numbers]
    return {*names, *(f"{name}.sig" for name in names)}


# --- every digest, to everybody ------------------------------------------------------------------


async def test_everybody_gets_a_mail_of_their_own(place: Place) -> None:
    await place.day()
    assert await place.round() == len(TEAM)
    for address in TEAM:
        (message,) = place.post.got[address]
        assert f"\r\nTo: {address}\r\n".encode() in message
        assert not any(other.encode() in message for other in TEAM if other != address)
        assert attached(message) == {"digest.age": b"1", "digest.age.sig": b"signature"}
    assert await place.round(days=1) == 0


async def test_who_is_refused_keeps_nobody_else_waiting(place: Place) -> None:
    place.post.failing = {BEN: "refused-550"}
    for _ in range(3):
        await place.day()
        await place.round(days=1)
    assert [place.post.numbers(one) for one in (ANA, CEM, DUA, EVA)] == [[1, 2, 3]] * 4
    place.post.failing = {}
    await place.round(hours=3)
    assert place.post.numbers(BEN) == [1, 2, 3]


async def test_a_mail_that_takes_long_keeps_nobody_else_waiting(place: Place) -> None:
    await place.round()
    place.post.waits = {BEN: asyncio.Event()}
    rounds = []
    for number in (1, 2, 3):
        await place.day()
        rounds.append(asyncio.create_task(place.round(days=1)))
        for one in (ANA, CEM, DUA, EVA):
            await place.post.until(one, number)
    assert place.post.numbers(BEN) == []
    place.post.waits[BEN].set()
    await asyncio.gather(*rounds)
    await place.round()
    assert all(place.post.numbers(one) == [1, 2, 3] for one in TEAM)


async def test_rounds_that_overlap_send_nothing_twice(place: Place) -> None:
    for _ in range(3):
        await place.day()
        await asyncio.gather(*(place.round() for _ in range(5)))
    assert all(place.post.numbers(one) == [1, 2, 3] for one in TEAM)


async def test_only_a_few_mails_go_at_one_time(tmp_path: Path) -> None:
    place = Place(tmp_path, to=[f"{number}@example.org" for number in range(40)])
    await place.day()
    go = asyncio.Event()
    place.post.waits = dict.fromkeys(place.to, go)
    going = asyncio.create_task(place.round())
    async with place.post.turned:
        await place.post.turned.wait_for(lambda: place.post.going == AT_ONCE)
    go.set()
    await going
    assert place.post.most == AT_ONCE
    assert len(place.post.got) == 40


async def test_somebody_new_begins_with_the_latest(place: Place) -> None:
    place.to = TEAM[:2]
    place.restart()
    for _ in range(3):
        await place.day()
        await place.round(days=1)
    place.to = TEAM
    place.restart()
    await place.round(days=1)
    await place.day()
    await place.round(days=1)
    assert place.post.numbers(ANA) == [1, 2, 3, 4]
    assert place.post.numbers(EVA) == [3, 4]


async def test_somebody_new_is_owed_nothing_that_is_not_there(place: Place) -> None:
    await place.day()
    for path in place.copies.iterdir():
        path.unlink()
    await place.round()
    await place.day()
    await place.round()
    assert place.post.numbers(ANA) == [2]
    assert await place.codes() == []


async def test_who_is_no_longer_named_is_forgotten(place: Place) -> None:
    place.post.failing = {BEN: "timeout"}
    await place.round()
    await place.day()
    await place.round()
    assert await place.codes() == ["mail-2"]
    place.to = (ANA, CEM)
    place.restart()
    await place.day()
    await place.round()
    assert set(await place.store.mailed()) == {recipient_key(one) for one in (ANA, CEM)}
    assert await place.codes() == []
    assert place.kept() == copies_of(2)


async def test_somebody_who_is_named_twice_gets_one_mail(tmp_path: Path) -> None:
    place = Place(tmp_path, to=(ANA, "Ana@Example.org", BEN))
    await place.day()
    assert await place.round() == 2
    place.post.failing = {BEN: "timeout"}
    await place.day()
    await place.round()
    assert await place.codes() == ["mail-3"]


async def test_without_recipients_nothing_goes_and_nothing_piles_up(tmp_path: Path) -> None:
    place = Place(tmp_path, to=())
    for _ in range(3):
        await place.day()
        assert await place.round(days=1) == 0
    assert place.kept() == copies_of(3)


# --- copies ----------------------------------------------------------------------------------


async def test_a_copy_stays_until_everybody_has_it(place: Place) -> None:
    place.post.failing = {EVA: "closed"}
    await place.round()
    for _ in range(3):
        await place.day()
        await place.round(days=1)
    assert place.kept() == copies_of(1, 2, 3)
    place.post.failing = {}
    await place.round(days=1)
    assert place.kept() == copies_of(3)


@pytest.mark.parametrize("damage", ["gone", "unsigned", "changed", "unreadable"])
async def test_a_copy_that_is_lost_is_told_and_the_next_one_goes(damage: str, place: Place) -> None:
    await place.round()
    for _ in range(3):
        await place.day()
    path = place.copies / digest.file_name(2)
    if damage == "unsigned":
        path.with_name(path.name + ".sig").unlink()
    else:
        path.unlink()
    if damage == "changed":
        path.write_bytes(b"3")
    if damage == "unreadable":
        path.mkdir()
    await place.round()
    assert place.post.numbers(ANA) == [1, 3]
    assert await place.codes() == [LOST]
    assert await place.outlets.failures() == (f"{LOST}:2026-11-22",)
    await place.outlets.made()
    assert await place.codes() == []


async def test_a_backlog_of_weeks_arrives_in_order(place: Place) -> None:
    place.post.failing = dict.fromkeys(TEAM, "connect")
    await place.round()
    for _ in range(40):
        await place.day()
        await place.round(days=1)
    place.post.failing = {}
    rounds = 0
    while await place.round(hours=3):
        rounds += 1
    assert all(place.post.numbers(one) == list(range(1, 41)) for one in TEAM)
    assert rounds == 8


# --- troubles --------------------------------------------------------------------------------


async def test_a_failure_is_tried_again_ever_more_seldom_and_for_ever(place: Place) -> None:
    place.post.failing = {CEM: "refused-451"}
    await place.round()
    await place.day()
    for _ in range(3 * 24 * 60):
        await place.round()
        place.watch.forward(minutes=1)
    times = [(when - SIX) / MINUTE for when, to in place.post.tried if to == CEM]
    assert times[:7] == [0, 1, 6, 21, 81, 261, 441]
    assert len(times) == 5 + (3 * 24 * 60 - 81) // 180
    (trouble,) = await place.store.troubles()
    assert (trouble.code, trouble.since, trouble.count) == ("mail-3", SIX.date(), len(times))
    assert await place.outlets.failures() == ("mail-3:2026-11-22",)


async def test_a_trouble_is_over_when_a_mail_went(place: Place) -> None:
    place.post.failing = {CEM: "login", DUA: "login"}
    await place.day()
    await place.round()
    assert await place.codes() == ["mail-3", "mail-4"]
    place.post.failing = {DUA: "login"}
    await place.round(minutes=1)
    assert await place.codes() == ["mail-4"]


async def test_what_lasts_for_an_hour_is_told_in_the_drop_folder(place: Place) -> None:
    place.folder.mkdir()
    place.post.failing = {BEN: "tls"}
    await place.day()
    for _ in range(61):
        await place.round()
        assert not (place.folder / TOLD).exists()
        place.watch.forward(minutes=1)
    await place.round()
    text = (place.folder / TOLD).read_text()
    assert text.endswith("\n\nmail-2 since 2026-11-22\n")
    assert "@" not in text
    place.restart()  # what is still so is still told
    await place.round(minutes=1)
    assert (place.folder / TOLD).read_text() == text
    place.post.failing = {}
    await place.round(hours=3)
    assert not (place.folder / TOLD).exists()


async def test_what_lasted_before_a_restart_is_told(place: Place) -> None:
    await place.store.trouble("mail-2", TODAY - timedelta(days=5))
    place.watch.now = datetime(TODAY.year, TODAY.month, TODAY.day, 6, tzinfo=UTC)
    place.post.failing = {BEN: "tls"}
    await place.day()
    await place.round()
    assert "mail-2" in (place.folder / TOLD).read_text()


async def test_a_drop_folder_that_is_broken_stops_no_mail(place: Place) -> None:
    place.folder.write_text("a file where the folder should be")
    place.post.failing = {BEN: "tls"}
    await place.day()
    await place.round()
    place.post.failing = {BEN: "tls"}
    await place.round(hours=3)
    await place.day()
    await place.round(hours=3)
    assert place.post.numbers(ANA) == [1, 2]


async def test_troubles_of_others_are_left_alone(place: Place) -> None:
    for code in ("telegram-blocked", "mail-check", UNMADE):
        await place.store.trouble(code, TODAY)
    await place.day()
    await place.round()
    assert await place.codes() == ["digest-folder", "mail-check", "telegram-blocked"]
    assert not (place.folder / TOLD).exists()


async def test_no_address_is_in_a_name_a_file_a_code_or_the_log(place: Place) -> None:
    place.alert_to = TEAM
    place.restart()
    log = place.home / "log"
    with logged(log) as lines:
        place.post.failing = dict.fromkeys(TEAM, "refused-550")
        await place.day()
        await place.outlets.alert()
        await place.outlets.not_made()
        for _ in range(5):
            await place.round(hours=3)
        place.post.failing = {}
        await place.round(hours=3)
        assert {line["event"] for line in lines()} == {"mail-failed", "mailed"}
        assert {"level", "event", "text", "error"} >= {key for line in lines() for key in line}
        assert {line["error"] for line in lines() if "error" in line} == {"refused-550"}
    written = [path for path in place.home.rglob("*") if path.is_file()]
    for text in (text_of(log), repr(place.outlets), str(written)):
        assert "example" not in text
    assert not any(b"example" in path.read_bytes() for path in written)


# --- alerts and notices ----------------------------------------------------------------------


def words(place: Place, to: str) -> list[str]:
    """Return the words of the mails without attachments that somebody got."""
    read = [email.message_from_bytes(message) for message in place.post.got.get(to, [])]
    return [str(one.get_payload()).strip() for one in read if not one.is_multipart()]


async def test_an_alert_is_constant_words_to_each_on_its_list(place: Place) -> None:
    place.alert_to = (DUA, "duty@example.org")
    place.restart()
    await place.outlets.alert()
    assert (place.copies / "alert").read_bytes() == b"owed\n"
    assert (place.copies / "alert").stat().st_mode & 0o777 == 0o600
    assert await place.round() == 2
    assert set(place.post.got) == set(place.alert_to)
    for address in place.alert_to:
        (message,) = place.post.got[address]
        assert words(place, address) == [ALERT]
        assert f"\r\nTo: {address}\r\n".encode() in message
        assert b"\r\nSubject: Notice\r\n" in message
    assert place.kept() == set()
    assert await place.round(days=1) == 0


async def test_an_alert_is_owed_until_everybody_has_it_even_after_a_crash(place: Place) -> None:
    place.alert_to = (DUA, EVA)
    place.restart()
    place.post.failing = {EVA: "timeout"}
    await place.outlets.alert()
    await place.round()
    assert await place.codes() == ["alert-2"]
    place.restart()
    place.post.failing = {}
    await place.round()
    assert words(place, EVA) == [ALERT]
    assert words(place, DUA) == [ALERT, ALERT]  # a repeat after a crash is harmless
    assert place.kept() == set()
    assert await place.codes() == []
    place.restart()
    assert await place.round() == 0


async def test_an_alert_is_tried_at_once_though_the_last_one_failed(place: Place) -> None:
    place.alert_to = (DUA,)
    place.restart()
    place.post.failing = {DUA: "timeout"}
    await place.outlets.alert()
    for _ in range(6):
        await place.round(hours=3)
    place.post.failing = {}
    assert await place.round(minutes=1) == 0
    await place.outlets.alert()
    assert await place.round() == 1
    assert words(place, DUA) == [ALERT]


async def test_an_alert_waits_for_no_digest_on_its_way_to_a_slow_server(place: Place) -> None:
    place.alert_to = (DUA,)
    place.restart()
    await place.day()
    slow = [f"{number}@example.org" for number in range(AT_ONCE)]
    place.to = slow
    place.restart()
    place.post.waits = {one: asyncio.Event() for one in slow}
    going = asyncio.create_task(place.round())
    await place.post.until(DUA, 0, tries=AT_ONCE)  # every door for digests is taken
    await place.outlets.alert()
    assert await place.outlets.words() == 1
    assert words(place, DUA) == [ALERT]
    assert not going.done()
    for one in slow:
        place.post.waits[one].set()
    assert await going == AT_ONCE


async def test_an_alert_that_comes_while_one_goes_is_another_one(place: Place) -> None:
    place.alert_to = (DUA,)
    place.restart()
    place.post.waits = {DUA: asyncio.Event()}
    await place.outlets.alert()
    going = asyncio.create_task(place.round())
    await place.post.until(DUA, 0, tries=1)
    assert await place.round() == 0
    assert place.kept() == {"alert"}  # nobody has it yet
    await place.outlets.alert()
    place.post.waits[DUA].set()
    await going
    assert place.kept() == {"alert"}
    await place.round()
    assert words(place, DUA) == [ALERT, ALERT]


async def test_an_alert_goes_out_though_the_disk_is_full(place: Place) -> None:
    place.alert_to = (DUA,)
    place.restart()
    place.copies.write_text("a file where the folder should be")
    await place.outlets.alert()
    assert await place.round() == 1
    assert await place.round() == 0
    assert words(place, DUA) == [ALERT]


async def test_without_a_list_nobody_is_alerted(place: Place) -> None:
    place.alert_to = (DUA,)
    place.restart()
    await place.outlets.alert()
    place.alert_to = ()
    place.restart()
    assert await place.round() == 0
    assert place.kept() == set()
    await place.outlets.alert()
    assert place.kept() == set()


async def test_a_digest_that_cannot_be_made_is_told_once_a_day(place: Place) -> None:
    for _ in range(10):
        await place.outlets.not_made()
        await place.round(minutes=30)
        place.restart()
    assert all(words(place, one) == [NOTICE] for one in TEAM)
    assert await place.outlets.failures() == (f"{UNMADE}:2026-11-22",)
    place.watch.forward(days=1)
    await place.outlets.not_made()
    await place.round()
    assert all(words(place, one) == [NOTICE] * 2 for one in TEAM)
    await place.outlets.made()
    assert await place.codes() == []


async def test_a_notice_that_cannot_go_is_owed(place: Place) -> None:
    place.post.failing = dict.fromkeys(TEAM, "connect")
    await place.outlets.not_made()
    await place.round()
    assert await place.codes() == [UNMADE, *(f"notice-{number}" for number in range(1, 6))]
    place.restart()
    place.post.failing = {}
    await place.round(hours=1)
    assert all(words(place, one) == [NOTICE] for one in TEAM)
    assert await place.codes() == [UNMADE]


# --- whatever happens ------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """Some digests are made, time passes, some mails or people fail, and the power may go."""

    digests: int
    minutes: int
    failing: frozenset[str] = frozenset()
    every: int = 0
    crash: int | None = None


STEPS = st.builds(
    Step,
    digests=st.integers(0, 20),
    minutes=st.sampled_from([0, 1, 5, 60, 600]),
    failing=st.frozensets(st.sampled_from(TEAM), max_size=5),
    every=st.integers(0, 5),
    crash=st.none() | st.none() | st.integers(0, 12),
)


async def _live(home: Path, steps: list[Step]) -> tuple[Post, int]:
    """Live through some steps, until a hundred digests are made and all is well."""
    store = FailingStore(SIGN)
    place = Place(home, store=store)
    place.post.store = store
    await place.round()
    made = crashes = 0
    steps = [*steps, Step(digests=100, minutes=0)]
    for step in steps:
        for _ in range(min(step.digests, 100 - made)):
            made = await place.day()
        place.post.failing = dict.fromkeys(step.failing, "closed")
        place.post.every = step.every
        store.stops_in = step.crash
        try:
            await place.round(minutes=step.minutes)
        except Lost:
            crashes += 1
            store.down = False
            place.restart()
        store.stops_in = None
    while await place.round(hours=3):
        pass
    assert place.kept() == copies_of(100)
    assert await place.codes() == []
    return place.post, crashes


@given(st.lists(STEPS, max_size=25))
def test_everybody_gets_all_of_a_hundred_digests_in_order_and_twice_only_after_a_crash(
    steps: list[Step],
) -> None:
    with TemporaryDirectory() as home:
        post, crashes = asyncio.run(_live(Path(home), steps))
    for address in TEAM:
        numbers = post.numbers(address)
        assert sorted(set(numbers)) == list(range(1, 101))
        assert numbers == sorted(numbers)
        assert len(numbers) <= 100 + crashes


# --- with a real mail server -----------------------------------------------------------------


def sender(place: Place, office: PostOffice) -> Sender:
    """Return a real way out, to a mail server on this machine."""
    office.authority.write(place.home / "ca.pem")
    chosen = settings(place.to, port=office.port, security=office.tls, authority="ca.pem")
    return Sender(mail=chosen, home=place.home, connect_seconds=5, whole_seconds=5)


async def test_a_real_server_refuses_one_and_puts_off_another(place: Place) -> None:
    office = PostOffice(refusals={BEN: "550 5.1.1 no such person", CEM: "451 4.2.0 come back"})
    async with office.opened():
        place.restart(sender(place, office))
        await place.day()
        assert await place.round() == 3
        assert await place.codes() == ["mail-2", "mail-3"]
        office.refusals = {BEN: "550 5.1.1 no such person"}
        assert await place.round(minutes=1) == 1
        await place.day()
        assert await place.round(minutes=1) == 4
    assert [one.to for one in office.taken].count((CEM,)) == 2
    assert {len(one.to) for one in office.taken} == {1}
    assert office.to(BEN) == []
    assert await place.codes() == ["mail-2"]


async def test_a_day_without_a_server_costs_nobody_a_digest(place: Place) -> None:
    with socket.socket() as free:
        free.bind((HOST, 0))
        office = PostOffice(port=free.getsockname()[1])
    place.restart(sender(place, office))
    await place.round()
    for hour in range(30):
        if hour % 24 == 0:
            await place.day()
        await place.round(hours=1)
        if hour == 13:
            place.restart(sender(place, office))
    assert await place.codes() == [f"mail-{number}" for number in range(1, 6)]
    assert (place.folder / TOLD).exists()
    async with office.opened():
        await place.round(hours=3)
    for address in TEAM:
        mails = [attached(one.content)["digest.age"] for one in office.to(address)]
        assert mails == [b"1", b"2"]
    assert await place.codes() == []
    assert not (place.folder / TOLD).exists()
    assert place.kept() == copies_of(2)


async def test_a_restart_in_the_middle_goes_on_where_it_was(tmp_path: Path) -> None:
    office = PostOffice(refusals={DUA: "451 4.2.0 come back", EVA: "451 4.2.0 come back"})
    async with office.opened(), AsyncExitStack() as ends:

        async def up() -> Place:
            store = open_store(tmp_path / "quietline.db", SIGN)
            ends.push_async_callback(store.close)
            again = Place(tmp_path, store=store)
            again.restart(sender(again, office))
            return again

        place = await up()
        for _ in range(2):
            await place.day()
        assert await place.round() == 3
        await place.day()
        await place.round()
        await ends.aclose()
        office.refusals = {}
        place = await up()
        assert await place.codes() == ["mail-4", "mail-5"]
        await place.round()
        assert await place.codes() == []
    for address in TEAM:
        assert [attached(one.content)["digest.age"] for one in office.to(address)] == [b"2", b"3"]


async def test_a_server_that_hangs_up_after_taking_a_mail_gets_it_again(place: Place) -> None:
    place.to = (ANA,)
    async with PostOffice(fault="deaf").opened() as office:
        place.restart(sender(place, office))
        await place.day()
        assert await place.round() == 0
        office.fault = ""
        assert await place.round(minutes=1) == 1
    first, second = (attached(one.content) for one in office.taken)
    assert first == second


# --- what an outsider sees -------------------------------------------------------------------


async def week(home: Path, *, busy: bool) -> tuple[Served, list[Taken]]:
    """Let a week go by with a real mail server; return all that it saw."""
    served = Served(home)
    place = Place(home, to=TEAM[:3], store=served.store)
    async with PostOffice().opened() as office:
        place.restart(sender(place, office))
        for day in range(7):
            place.watch.now = SIX + timedelta(days=day, seconds=day * 7 if busy else 0)
            for number in range(day * 6 if busy else 0):
                await served.send(100 * day + number, told=(), urgency="U1")
            made = await make_digest(
                served.store,
                line=served.office.line,
                identity=served.credentials.identity,
                folder=served.drop,
                outgoing=place.copies,
                today=TODAY + timedelta(days=day),
                health=digest.Health(waiting=9 * busy, failures=("telegram-blocked",) * busy),
            )
            assert (made.new > 0) == (busy and day > 0)
            await place.outlets.made()
            await place.round()
    return served, office.taken


def seen(mail: Taken) -> object:
    """Return all that whoever carries a mail can see of it: only the base64 and the id are left out."""
    read = email.message_from_bytes(mail.content)
    headers = [(name, "" if name == "Message-ID" else value) for name, value in read.items()]
    parts = [[(name, value) for name, value in part.items()] for part in read.walk()][1:]
    lines = [len(line) for line in mail.content.split(b"\r\n")]
    around = (mail.greeting, mail.sender, mail.to, mail.options, mail.login, mail.secure)
    return around, headers, parts, lines, len(mail.content)


async def test_an_outsider_cannot_tell_an_empty_week_from_a_busy_one(tmp_path: Path) -> None:
    _, quiet = await week(tmp_path / "quiet", busy=False)
    _, busy = await week(tmp_path / "busy", busy=True)
    assert len(quiet) == len(busy) == 7 * 3
    order = sorted(quiet, key=lambda one: (one.to, quiet.index(one)))
    assert [seen(one) for one in order] == [
        seen(one) for one in sorted(busy, key=lambda one: (one.to, busy.index(one)))
    ]
    assert len({one.content for one in (*quiet, *busy)}) == 2 * 7 * 3
    for one in (*quiet, *busy):
        head = one.content.partition(b"\r\n\r\n")[0]
        assert not re.search(rb"(?i)quietline|digest|urgent|\bU1\b|K7Q", head)


async def test_a_desk_opens_what_came_by_mail(tmp_path: Path) -> None:
    served, taken = await week(tmp_path / "line", busy=True)
    desk = Desk(served)
    told: list[bytes] = []
    mails = [one for one in taken if one.to == (BEN,)]
    for count, mail in enumerate(mails):
        inside = attached(mail.content)
        folder = tmp_path / f"saved-{count}"
        folder.mkdir()
        for name, data in inside.items():
            (folder / name).write_bytes(data)
        read = desk.take_digest(folder / "digest.age")
        assert read.fresh
        assert read.missing == ()
        assert read.read.number == count + 1
        told += [entry.case for entry in read.read.index]
    cases = [case_id(100 * day + number) for day in range(7) for number in range(day * 6)]
    assert told == cases[: len(told)]
    assert len(told) > 100
