r"""The index: a summary and the words of each case, sealed, so that a list opens no case.

Rules of this file: places and bytes. What SQLite is given is sealed before, under a random key that
is itself sealed to the person's own identity; outside stands only what the mirror shows anyway
(case ids, hashes) and times of folders. It holds nothing that the mirror cannot give again: a
damaged one, or one of another person or form, is thrown away.

    AES-256-GCM-SIV, nonce (12) ‖ sealed; associated data "quietline/index/v1\0" ‖ what ‖ 0 ‖ id

Source: RFC 8452
"""

import contextlib
import secrets
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from desk.errors import IndexDamaged
from desk.summaries import Summary
from desk.summary_form import FORM, decode_index, encode_index
from storage import age, disk
from storage.age import Identity
from storage.errors import StorageError
from storage.rows import CaseId

FILE = "index.db"
LABEL = b"quietline/index/v1\0"
KEY, NONCE = 32, 12
SUMMARY, WORDS, DIGEST, READ = b"summary\0", b"words\0", b"digest\0", b"read\0"
BUSY = 10.0  # seconds to wait for another window
TABLES = """
create table if not exists about (name text primary key, value blob not null);
create table if not exists cases (
  id blob primary key, stamp integer not null, basis blob not null, chain blob not null,
  summary blob not null, words blob not null
) without rowid;
create table if not exists digests (number integer primary key, stamp integer not null,
  basis blob not null, told blob not null);
create table if not exists read (id blob primary key, upto blob not null) without rowid;
"""


class Kept(Protocol):
    """All cases that are here, as they were folded last."""

    def all(self) -> Iterable[Summary]:
        """Return a summary of each that does not leave."""

    def leaving(self) -> Iterable[Summary]:
        """Return a summary of each that leaves, as far as it is known here."""

    def search(self, text: str) -> Collection[CaseId]:
        """Return those in which all the words of a text occur."""

    def read(self) -> Mapping[CaseId, int]:
        """Return up to which position cases were read here by who may not say so to the team."""

    def note_read(self, case: CaseId, upto: int) -> None:
        """Remember that a case was read here."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What the rows of an index are sealed with."""

    key: bytes = field(repr=False)
    _cipher: AESGCMSIV = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Expand the key."""
        object.__setattr__(self, "_cipher", AESGCMSIV(self.key))

    def seal(self, what: bytes, name: bytes, data: bytes) -> bytes:
        """Seal a cell of a row."""
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._cipher.encrypt(nonce, data, LABEL + what + name)

    def open(self, what: bytes, name: bytes, sealed: bytes) -> bytes:
        """Open a cell of a row.

        Raises:
            IndexDamaged: it is not what was sealed there.
        """
        try:
            return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], LABEL + what + name)
        except (InvalidTag, ValueError):
            raise IndexDamaged(FILE) from None


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A case in the index: for which journal it was made, and what was made of it, sealed."""

    case: CaseId
    stamp: int
    basis: bytes
    chain: bytes
    summary: bytes = field(repr=False)
    words: bytes = field(repr=False)


@dataclass(kw_only=True, slots=True)
class Index:
    """The open index of one desk."""

    seal: Seal
    _base: sqlite3.Connection

    @classmethod
    def open(cls, desk: Path, own: Identity) -> Self:
        """Open the index of a desk; a new and empty one where there is none that fits."""
        disk.make_folder(desk)
        path = desk / FILE
        for again in (False, True):
            if again:
                _throw_away(path)
            with contextlib.suppress(sqlite3.DatabaseError, StorageError, IndexDamaged):
                return cls._open(path, own)
        raise IndexDamaged(FILE)

    @classmethod
    def _open(cls, path: Path, own: Identity) -> Self:
        if not path.exists():
            path.touch(mode=disk.FILE_MODE)
        base = sqlite3.connect(path, timeout=BUSY, isolation_level=None, check_same_thread=False)
        try:
            for pragma in ("secure_delete=on", "temp_store=memory", "trusted_schema=off"):
                base.execute(f"pragma {pragma}")
            base.executescript(TABLES)
            base.execute("begin immediate")
            key = _key(base, own)
            base.execute("commit")
            return cls(seal=Seal(key), _base=base)
        except BaseException:
            base.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    # --- what it was made for ------------------------------------------------------------------

    def cases(self) -> Mapping[CaseId, tuple[int, bytes, bytes]]:
        """Return stamp, basis and chain of each case."""
        rows = self._base.execute("select id, stamp, basis, chain from cases")
        return {case: (stamp, basis, chain) for case, stamp, basis, chain in rows}

    def digests(self) -> Mapping[int, tuple[int, bytes]]:
        """Return stamp and basis of each digest."""
        rows = self._base.execute("select number, stamp, basis from digests")
        return {number: (stamp, basis) for number, stamp, basis in rows}

    # --- written -------------------------------------------------------------------------------

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Write all that is put in the block, or nothing of it."""
        self._base.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._base.execute("rollback")
            raise
        self._base.execute("commit")

    def put(self, rows: Iterable[Row]) -> None:
        """Put cases in place of what was there."""
        self._base.executemany(
            "insert or replace into cases values (?, ?, ?, ?, ?, ?)",
            ((r.case, r.stamp, r.basis, r.chain, r.summary, r.words) for r in rows),
        )

    def stamp(self, stamps: Mapping[CaseId, int]) -> None:
        """Note when the folders of cases that have not changed were looked at."""
        changed = ((stamp, case) for case, stamp in stamps.items())
        self._base.executemany("update cases set stamp = ? where id = ?", changed)

    def put_digest(self, number: int, stamp: int, basis: bytes, told: bytes) -> None:
        """Put what a digest announced, sealed."""
        self._base.execute(
            "insert or replace into digests values (?, ?, ?, ?)", (number, stamp, basis, told)
        )

    def put_read(self, case: CaseId, upto: int) -> None:
        """Put up to which position a case was read."""
        sealed = self.seal.seal(READ, case, str(upto).encode())
        self._base.execute("insert or replace into read values (?, ?)", (case, sealed))

    def remove(self, cases: Iterable[CaseId], digests: Iterable[int]) -> None:
        """Take out what is not here any more."""
        for case in cases:
            self._base.execute("delete from cases where id = ?", (case,))
            self._base.execute("delete from read where id = ?", (case,))
        self._base.executemany("delete from digests where number = ?", ((n,) for n in digests))

    def strip(self, cases: Collection[CaseId]) -> None:
        """Take out what digests announced of some cases; the rest of each stays."""
        for number, sealed in self._base.execute("select number, told from digests").fetchall():
            name = number.to_bytes(8, "big")
            told = decode_index(self.seal.open(DIGEST, name, sealed))
            stays = [entry for entry in told if entry.case not in cases]
            if len(stays) < len(told):
                anew = self.seal.seal(DIGEST, name, encode_index(stays))
                self._base.execute("update digests set told = ? where number = ?", (anew, number))

    # --- read ----------------------------------------------------------------------------------

    def summaries(self) -> Iterator[tuple[CaseId, bytes]]:
        """Yield each case's summary, opened."""
        for case, sealed in self._base.execute("select id, summary from cases"):
            yield case, self.seal.open(SUMMARY, case, sealed)

    def words(self) -> Iterator[tuple[CaseId, bytes]]:
        """Yield each case's words, opened."""
        for case, sealed in self._base.execute("select id, words from cases"):
            yield case, self.seal.open(WORDS, case, sealed)

    def read(self) -> Iterator[tuple[CaseId, int]]:
        """Yield up to which position cases were read, opened."""
        for case, sealed in self._base.execute("select id, upto from read"):
            yield case, int(self.seal.open(READ, case, sealed))

    def told(self) -> Iterator[bytes]:
        """Yield what each digest announced, opened, the oldest first."""
        for number, sealed in self._base.execute("select number, told from digests order by 1"):
            yield self.seal.open(DIGEST, number.to_bytes(8, "big"), sealed)


def _key(base: sqlite3.Connection, own: Identity) -> bytes:
    """Return the key of the index, made when it is new.

    Raises:
        IndexDamaged, StorageError: it is another person's, or of another form.
    """
    about = dict(base.execute("select name, value from about"))
    if not about:
        key = secrets.token_bytes(KEY)
        rows = [("form", str(FORM).encode()), ("key", age.seal(key, [own.recipient]))]
        base.executemany("insert into about values (?, ?)", rows)
        return key
    if about.get("form") != str(FORM).encode():
        raise IndexDamaged(FILE)
    return age.open(about.get("key", b""), [own])


def _throw_away(path: Path) -> None:
    for one in (path, path.with_name(path.name + "-journal")):
        disk.erase(one)
