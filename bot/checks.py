"""What is wrong with a line, before people find out: one finding for each thing looked at.

Nothing is changed and nothing is sent to anybody; Telegram, the Signal bridge and the mail server
are asked who they are, unless that is not wanted. A finding says what to do. No secret is in one.
"""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot import asking, bridge, ownership
from bot.app import DATABASE, read_credentials, read_line
from bot.bridge import Addresses
from bot.content import Content, open_content
from bot.digest import NEXT
from bot.errors import BotError
from bot.findings import Finding, Found, meaning, note, ok, wrong
from bot.ports import Clock
from bot.settings import CREDENTIALS, FILE, Settings, load
from bot.texts.languages import language
from storage import age, digest
from storage.age import Identity
from storage.credentials import Credentials
from storage.errors import OlderDatabase, StorageError
from storage.line import GENERAL, Line
from storage.looking import look_into
from storage.rows import DigestRow
from storage.turns import is_held
from storage.unit import Store

GIBIBYTE = 1 << 30
ENOUGH, LITTLE = GIBIBYTE, GIBIBYTE // 4
#: Days before a statement's end: told first, then wrong.
SOON, LATE = 60, 7
#: Days without a digest after which a running line has missed one.
MISSED = 2
OTHERS = 0o077
NEW_DATABASE = (
    "The drop folder holds number {laid}, and the database knows of {known}: another database was "
    "put in place. Desks will refuse its digests: deploy/README.md, when the disk dies."
)
#: What people do is nobody's fault.
NOBODYS_FAULT = frozenset({"telegram-blocked", "signal-blocked", "signal-identity"})


@dataclass(frozen=True, kw_only=True, slots=True)
class _Line:
    """The parts of a line that could be read."""

    home: Path
    settings: Settings
    clock: Clock
    secrets: Path
    line: Line | None = None
    credentials: Credentials | None = None


async def look_at(
    home: Path,
    *,
    clock: Clock,
    place: Path | None = None,
    offline: bool = False,
    addresses: Addresses | None = None,
) -> list[Finding]:
    """Look at everything; the secrets lie in `place`, or else in the home.

    `addresses` gives those by which others know this machine; without it, it is asked.
    """
    try:
        settings = load(home / FILE)
    except BotError as error:
        return [wrong("settings", error)]
    findings = [ok("settings", f"{home / FILE} can be read.")]
    secrets = place or home / CREDENTIALS
    line, credentials = None, None
    try:
        line = read_line(home, clock().date())
        findings.append(_statement(line, clock))
        credentials = read_credentials(home, line, place)
        findings.append(_keys(home, place))
    except (BotError, StorageError) as error:
        findings.append(wrong("keys" if line else "statement", error))
    here = _Line(
        home=home,
        settings=settings,
        clock=clock,
        secrets=secrets,
        line=line,
        credentials=credentials,
    )
    findings += [_sealing(here), *_content(here), ownership.look(home), _disk(here)]
    runs = is_held(home)
    findings += [one async for one in _stored(here, runs=runs)]
    if settings.telegram.on:
        asked = asking.telegram(settings, line, secrets, clock, offline=offline, runs=runs)
        findings += [one async for one in asked]
    if settings.signal.on:
        asked = bridge.signal(settings, line, offline=offline, addresses=addresses)
        findings += [one async for one in asked]
    if not (settings.telegram.on or settings.signal.on):
        findings.append(wrong("channels", "None is on: `on = true` under [telegram] or [signal]."))
    asked = asking.mail(settings, home, secrets, offline=offline)
    findings += [one async for one in asked]
    return findings


# --- what is here ------------------------------------------------------------------------------


def _statement(line: Line, clock: Clock) -> Finding:
    left = (line.expires - clock().date()).days
    says = f"Signed, number {line.epoch}, in force until {line.expires} ({left} days)."
    if left > SOON:
        return ok("statement", says)
    more = " Make keys and sign: `quietline-desk keys`, then `quietline line load`."
    return Finding(
        name="statement", found=Found.WRONG if left <= LATE else Found.NOTE, says=says + more
    )


def _keys(home: Path, place: Path | None) -> Finding:
    if place is None:
        folder = home / CREDENTIALS
        for path in [home, folder, *folder.iterdir()]:
            if path.stat().st_mode & OTHERS:
                return wrong("keys", f"Others may read {path}: run `chmod -R go= {path}`.")
    return ok("keys", "The server's keys are those that the statement names.")


def _sealing(here: _Line) -> Finding:
    """Seal and open something, and seal to the key that answers of today are sealed to."""
    try:
        age.self_test()
        own, said = Identity.generate(), b"said"
        if age.open(age.seal(said, [own.recipient]), [own]) != said:
            return wrong("sealing", "What was sealed does not open again.")
        if here.line is None:
            return ok("sealing", "A test was sealed and opened.")
        key = here.line.reading_key(here.clock().date(), GENERAL)
        age.seal(said, [key.recipient])
    except StorageError as error:
        return wrong("sealing", error)
    return ok("sealing", "A test was sealed and opened; today's reading key takes answers.")


def _content(here: _Line) -> Iterator[Finding]:
    try:
        content = open_content(here.settings, here.home)
        if here.line is not None:
            content.refuse_foreign(here.line)
    except BotError as error:
        yield wrong("form and texts", error)
        return
    except OSError as error:
        yield wrong("form and texts", f"{error.filename}: {error.strerror}.")
        return
    signed = ": as signed." if here.line else " (whether it is signed cannot be seen yet)."
    yield ok("form and texts", f"{content.form.id}, version {content.form.version}{signed}")
    yield _languages(content)
    if not here.settings.contact:
        says = "No `contact` is set: who is to ask one of you is shown the line's own name."
        yield note("contact", says)
    if here.settings.alert.on and not here.settings.alert.promised:
        yield note(
            "alert",
            "An alert goes out, but people are told that nobody reads before: say `who` and "
            "`within_hours` under [alert].",
        )


def _languages(content: Content) -> Finding:
    form = content.form
    names = ", ".join(language(tag).tag for tag in form.languages)
    drafts = ", ".join(sorted(form.drafts))
    if drafts:
        return note("languages", f"{names}. Not reviewed, and people are told so: {drafts}.")
    return ok("languages", f"{names}. All reviewed.")


def _disk(here: _Line) -> Finding:
    free = shutil.disk_usage(here.home).free
    says = f"{free / GIBIBYTE:.1f} GiB free."
    if free < LITTLE:
        return wrong("disk", f"{says} Make room: a full disk takes no more reports.")
    return ok("disk", says) if free > ENOUGH else note("disk", says)


# --- what the database tells -------------------------------------------------------------------


def _digest(last: DigestRow, ago: int) -> Finding:
    says = f"Number {last.number}, of {last.day}."
    if ago > MISSED:
        return wrong("digest", f"{says} None for {ago} days: is the line running?")
    if ago < -1:  # another zone's day may be ahead of ours by one
        return wrong("digest", f"{says} That day is to come, and until then none is made.")
    return ok("digest", says)


def _laid_out(folder: Path) -> int:
    """Return the highest number of a digest that lies in the drop folder."""
    found = (digest.FILE_NAME.fullmatch(path.name) for path in folder.glob("digest-*"))
    return max((int(one[1]) for one in found if one), default=0)


@asynccontextmanager
async def _store(here: _Line) -> AsyncIterator[Store | None]:
    if here.credentials is None or not (here.home / DATABASE).exists():
        yield None
        return
    store = look_into(here.home / DATABASE)
    try:
        yield store
    finally:
        await store.close()


async def _stored(here: _Line, *, runs: bool) -> AsyncIterator[Finding]:
    yield ok("run", "The line runs.") if runs else note("run", "The line does not run now.")
    try:
        async with _store(here) as store:
            if store is not None:
                async for one in _told(here, store, runs=runs):
                    yield one
    except OlderDatabase as error:
        yield note("database", f"{error} Nothing of it was looked at.")
    except StorageError as error:
        yield wrong("database", error)


async def _told(here: _Line, store: Store, *, runs: bool) -> AsyncIterator[Finding]:
    """Say what the database tells."""
    totals, waiting = await store.totals(), await store.letter_count()
    counts = f"Cases: {totals.cases}. Letters that wait to go out: {waiting}."
    yield ok("letters", counts)
    last = await store.last_digest()
    known = last.number if last else 0
    drop = here.home / here.settings.digests
    laid = _laid_out(drop)
    if laid > known + (drop / NEXT).exists():  # one that is being made is laid out first
        yield wrong("digest", NEW_DATABASE.format(laid=laid, known=known))
    elif last is not None:
        yield _digest(last, (here.clock().date() - last.day).days)
    elif runs:
        yield wrong("digest", "None was made yet, though the line runs: see its log.")
    for trouble in await store.troubles():
        days = f"since {trouble.since}, last on {trouble.last}"
        tell = note if trouble.code in NOBODYS_FAULT else wrong
        yield tell(trouble.code, f"{meaning(trouble.code)} ({days})")
