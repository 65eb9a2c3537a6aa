"""Reading keys: made for quarters and compartments, sealed to those who may hold them.

Rules of this file: a secret is in memory only and goes to disk sealed. Its file is a standard age
file holding an age identity file; comments name its holders, because an age file does not tell
whom it is sealed to, and a later `share` must not leave anybody out. What opens is believed only
when its public half is the one that the root signed under this id.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from desk.errors import (
    BadReadingKeyFile,
    ForeignKeyFile,
    NoRootPinned,
    NotEntitled,
    NothingToShare,
)
from storage import age, disk, folder
from storage.age import Identity
from storage.difference import person
from storage.errors import DamagedFile, NoKeyFits, NotAnAgeFile, SealedWithPassphrase, StorageError
from storage.line import Line, ReadingKey, Staff, authenticate, follow, parse
from storage.quarter import Quarter

COMPARTMENTS = ("general", "relatives", "lead")
QUARTERS = 4
SEEN = "line.seen"
SECRET = re.compile(r"^(AGE-SECRET-KEY-PQ-1[0-9A-Z]+)$", re.MULTILINE)
HOLDER = re.compile(r"^# holder: ([a-z0-9-]+) ([A-Z2-7 ]+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """New reading keys: their public halves, and their secrets, sealed, by id."""

    keys: tuple[ReadingKey, ...]
    files: Mapping[str, bytes] = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """An opened reading key, and the holders named in its file, as name and fingerprint."""

    key: ReadingKey
    identity: Identity = field(repr=False)
    holders: frozenset[tuple[str, str]]


def make_missing(
    line: Line, *, compartments: Iterable[str], today: date, quarters: int = QUARTERS
) -> Made:
    """Make the keys of today's quarter and the following ones that the statement has not yet."""
    first = Quarter.of(today)
    listed = {(key.quarter, key.compartment) for key in line.reading_keys}
    wanted = [
        (first.next(count), compartment)
        for count in range(quarters)
        for compartment in compartments
        if (str(first.next(count)), compartment) not in listed
    ]
    return _make(line, [(quarter, 1, compartment) for quarter, compartment in wanted], today)


def make_next(line: Line, *, compartments: Collection[str], today: date) -> Made:
    """Make the next serial of each current and future key of the compartments.

    `line` is the statement *after* the change of staff: the new keys are sealed to those who
    stay. The keys they replace stay listed, for what was sealed to them.
    """
    serials: dict[tuple[str, str], int] = {}
    for key in line.reading_keys:
        if key.until >= today and key.compartment in compartments:
            place = key.quarter, key.compartment
            serials[place] = max(key.serial, serials.get(place, 0))
    wanted = [
        (Quarter.parse(quarter), serial + 1, compartment)
        for (quarter, compartment), serial in serials.items()
    ]
    return _make(line, wanted, today)


def ordered(reading_keys: list[ReadingKey]) -> tuple[ReadingKey, ...]:
    """Return reading keys by quarter, compartment and serial."""
    return tuple(sorted(reading_keys, key=lambda key: (key.quarter, key.compartment, key.serial)))


def _make(line: Line, wanted: Iterable[tuple[Quarter, int, str]], today: date) -> Made:
    keys, files = [], {}
    for quarter, serial, compartment in wanted:
        identity = Identity.generate()
        key = ReadingKey.make(
            quarter, serial, compartment, since=today, recipient=identity.recipient
        )
        keys.append(key)
        files[key.id] = _seal(key, identity, line, line.entitled(compartment))
    return Made(keys=tuple(keys), files=files)


def _seal(key: ReadingKey, identity: Identity, line: Line, holders: Sequence[Staff]) -> bytes:
    """Seal a secret to the holders and, always, to the recovery identity."""
    names = "".join(f"# holder: {one.name} {_fingerprint(one)}\n" for one in holders)
    text = (
        f"# Quietline reading key {key.id}\n"
        f"# public key: {key.recipient}\n"
        f"{names}{identity.secret()}\n"
    )
    return age.seal(text.encode(), [*(one.reading for one in holders), line.recovery])


def _fingerprint(one: Staff) -> str:
    return person(one.signing, one.reading)


def open_one(key: ReadingKey, sealed: bytes, identity: Identity) -> Opened | None:
    """Open one reading key's file; None when this identity is not among its holders.

    Raises:
        BadReadingKeyFile: the file is damaged. ForeignKeyFile: it holds another key.
    """
    try:
        text = age.open(sealed, [identity]).decode()
        (secret,) = SECRET.findall(text)
        opened = Identity.parse(secret)
    except SealedWithPassphrase:
        raise ForeignKeyFile(key.id) from None
    except NoKeyFits:
        return None
    except (DamagedFile, NotAnAgeFile, UnicodeDecodeError):
        raise BadReadingKeyFile(key.id) from None
    except (StorageError, ValueError):  # it opens, and is not one key
        raise ForeignKeyFile(key.id) from None
    if opened.recipient != key.recipient:
        raise ForeignKeyFile(key.id)
    return Opened(key=key, identity=opened, holders=frozenset(HOLDER.findall(text)))


def open_all(line_folder: Path, line: Line, identity: Identity) -> dict[str, Opened]:
    """Return the listed reading keys that this identity opens, by id.

    Raises:
        BadReadingKeyFile, ForeignKeyFile: a file is not what the root signed; nothing is used.
    """
    found = {}
    for key in line.reading_keys:
        sealed = folder.read_key(line_folder, key.id)
        opened = None if sealed is None else open_one(key, sealed, identity)
        if opened is not None:
            found[key.id] = opened
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Shared:
    """Key files sealed anew, the holders they have now, and those that did not open here."""

    files: Mapping[str, bytes] = field(repr=False)
    unopened: tuple[str, ...]


def share(
    line_folder: Path, line: Line, identity: Identity, *, to: Staff, since: Quarter, by: str
) -> Shared:
    """Seal the keys that a newcomer may hold, of the quarters since, to them as well.

    Raises:
        NotEntitled: the statement lets them read nothing.
        NothingToShare: none of those keys opens with this identity.
    """
    if not any(to.reads(compartment) for compartment in to.compartments):
        raise NotEntitled(to.name)
    wanted = [
        key
        for key in line.reading_keys
        if to.reads(key.compartment) and Quarter.parse(key.quarter) >= since
    ]
    part = replace(line, reading_keys=tuple(wanted))
    opened = open_all(line_folder, part, identity)
    if not opened:
        raise NothingToShare(to.name, since, by)
    files = {key_id: _share_one(line, one, to) for key_id, one in opened.items()}
    return Shared(files=files, unopened=tuple(key.id for key in wanted if key.id not in opened))


def _share_one(line: Line, one: Opened, to: Staff) -> bytes:
    """Seal a key to its present holders who are still entitled, and to one more."""
    holders = [
        staff
        for staff in line.entitled(one.key.compartment)
        if staff == to or (staff.name, _fingerprint(staff)) in one.holders
    ]
    return _seal(one.key, one.identity, line, holders)


def trusted_line(desk: Path, line_folder: Path) -> Line:
    """Return the folder's statement as this desk may believe it, and remember it.

    It may have expired: old cases stay readable. An older statement than the desk has seen, or a
    fork, is refused.

    Raises:
        NoRootPinned: this desk has not compared a root yet.
        LineError, FieldError: the statement is not one to believe.
    """
    root = folder.read_root(desk)
    if root is None:
        raise NoRootPinned(desk)
    signed = folder.read(line_folder)
    line = authenticate(signed.text, signed.signature, root=root)
    seen = desk / SEEN
    last = parse(seen.read_bytes().decode()) if seen.exists() else None
    if last is not None:
        follow(line, last)
    if last != line:
        disk.write(seen, signed.text.encode())
    return line
