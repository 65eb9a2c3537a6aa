"""The mirror: what the server has sent to this desk, kept as ciphertext, never rewritten.

Rules of this file: places and bytes; what may come in is decided in `desk.digests` and
`desk.bundles`. Every file is written whole; an entry is there when its `.json` is, a digest when
its `.age` is. What comes is first staged beside: a refused bundle leaves nothing behind.

    statements/000003.toml .toml.sig      each statement of the root that was seen here
    digests/digest-000001.age .age.sig
    heads.json                            what each digest has witnessed, as the last bundle said
    tombstones.json outcomes.json         cases that leave; what became of packets
    unasked.json                          how many gone cases were erased unasked, by day
    journal/CASE/000000.age .json
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from desk.errors import NoServerKeys, NotErased
from desk.reader import Reader
from desk.told import ToldHere
from storage import bundle, digest, disk
from storage.archive import MAX_MEMBER
from storage.bundle import Heads
from storage.errors import BadSignature, NoStatement
from storage.folder import MAX_STATEMENT, Signed
from storage.line import Line, authenticate
from storage.rows import CaseId, Head, JournalRow
from storage.signature import VerifyKey

FOLDER = "mirror"
STAGE = ".incoming-"
PROBE = ".now"  # an empty file that tells the disk's own time
CASE = re.compile(r"[0-9a-f]{32}", re.ASCII)
STATEMENT = re.compile(r"[0-9]{6,}\.toml", re.ASCII)
NO_HEADS = Heads(day=date.min)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mirror:
    """The mirror of one desk."""

    folder: Path

    # --- statements ----------------------------------------------------------------------------

    def keep_statement(self, line: Line, signed: Signed) -> None:
        """Keep a statement that the root signed."""
        path = self.folder / "statements" / f"{line.epoch:06d}.toml"
        if not path.exists():
            disk.make_folder(path.parent)
            disk.write(path.with_name(path.name + ".sig"), signed.signature.encode())
            disk.write(path, signed.text.encode())

    def statements(self, root: VerifyKey) -> list[Line]:
        """Return the statements seen here, oldest first, each checked again.

        Raises:
            LineError, FieldError: one of them is not what was kept.
        """
        paths = sorted((self.folder / "statements").glob("*.toml"))
        return [_statement(path, root) for path in paths if STATEMENT.fullmatch(path.name)]

    def known(self, reader: Reader) -> "Known":
        """Return every statement that this desk may believe, the one in force last."""
        earlier = [
            line for line in self.statements(reader.root) if line.sha256 != reader.line.sha256
        ]
        return Known(lines=(*earlier, reader.line))

    # --- digests -------------------------------------------------------------------------------

    def keep_digest(self, number: int, sealed: bytes, signature: str) -> None:
        """Keep a digest."""
        path = self._digest(number)
        disk.make_folder(path.parent)
        disk.write(path.with_name(path.name + ".sig"), signature.encode())
        disk.write(path, sealed)

    def digests(self) -> list[int]:
        """Return the numbers of the digests that are here."""
        names = (path.name for path in (self.folder / "digests").glob("*.age"))
        return sorted(
            int(match[1]) for name in names if (match := digest.FILE_NAME.fullmatch(name))
        )

    def digest(self, number: int) -> bytes | None:
        """Return a digest's ciphertext."""
        return _read(self._digest(number))

    def digest_signature(self, number: int) -> str:
        """Return the signature kept with a digest, or nothing."""
        path = self._digest(number)
        return _text(_read(path.with_name(path.name + ".sig")))

    def _digest(self, number: int) -> Path:
        return self.folder / "digests" / digest.file_name(number)

    # --- what digests have witnessed -----------------------------------------------------------

    def keep_heads(self, heads: Heads) -> None:
        """Keep what digests have witnessed, if it reaches further than what is here."""
        if len(heads.witnesses) > len(self.heads().witnesses):
            disk.make_folder(self.folder)
            disk.write(self.folder / bundle.HEADS, bundle.encode_heads(heads))

    def heads(self) -> Heads:
        """Return what digests have witnessed.

        Raises:
            FieldError, WrongBundle: the file is not what was kept.
        """
        data = _read(self.folder / bundle.HEADS)
        return NO_HEADS if data is None else bundle.decode_heads(data)

    @property
    def told(self) -> ToldHere:
        """What the server told of cases that leave, and of packets."""
        return ToldHere(folder=self.folder)

    def leaving(self) -> frozenset[CaseId]:
        """Return the ids of cases that leave or are gone."""
        return frozenset(stone.case for stone in self.told.tombstones())

    def erase(self, case: CaseId) -> None:
        """Erase what is here of a case that is gone; raises NotErased when something stays."""
        try:
            shutil.rmtree(self.folder / bundle.JOURNAL / case.hex())
        except FileNotFoundError:
            return
        except OSError:
            raise NotErased(case.hex()) from None

    # --- journals ------------------------------------------------------------------------------

    def cases(self) -> list[CaseId]:
        """Return the cases of which there are entries."""
        names = (path.name for path in (self.folder / "journal").glob("*"))
        return sorted(bytes.fromhex(name) for name in names if CASE.fullmatch(name))

    def journal(self, case: CaseId) -> tuple[JournalRow, ...]:
        """Return a case's journal as it lies here; `storage.chain` checks it.

        Raises:
            FieldError: what the server said of an entry is not what was kept.
        """
        rows: list[JournalRow] = []
        while (row := _row(self._entry(case, len(rows)))) is not None:
            rows.append(row)
        return tuple(rows)

    def begun(self, case: CaseId) -> bool:
        """Tell whether a case's first entry is here."""
        return os.path.exists(f"{self.folder}/{bundle.entry_name(case, 0)}.json")  # noqa: PTH110

    def head(self, case: CaseId) -> Head | None:
        """Return where a case's journal ends here, by what the server said of its last entry."""
        position = 0
        while self._entry(case, position + 1).with_suffix(".json").exists():
            position += 1
        said = _read(self._entry(case, position).with_suffix(".json"))
        if said is None:
            return None
        return Head(case=case, position=position, chain=bundle.decode_row(said, b"").chain)

    def times(self) -> dict[CaseId, int]:
        """Return when each case's folder changed last, in nanoseconds."""
        times = disk.times(self.folder / bundle.JOURNAL)
        return {bytes.fromhex(name): time for name, time in times.items() if CASE.fullmatch(name)}

    def digest_time(self, number: int) -> int:
        """Return when a digest came here, in nanoseconds."""
        return self._digest(number).stat().st_mtime_ns

    def now(self) -> int:
        """Return the time as this disk gives it to what changes, in nanoseconds."""
        if not self.folder.exists():
            return 0
        probe = self.folder / PROBE
        probe.touch(mode=disk.FILE_MODE)
        return probe.stat().st_mtime_ns

    def _entry(self, case: CaseId, position: int) -> Path:
        return self.folder / bundle.entry_name(case, position)

    @contextmanager
    def staged(self) -> Iterator["Stage"]:
        """Give a place for entries that come in; all of it goes again unless it is taken over."""
        disk.make_folder(self.folder)
        for left in self.folder.glob(f"{STAGE}*"):
            shutil.rmtree(left, ignore_errors=True)
        place = Path(tempfile.mkdtemp(prefix=STAGE, dir=self.folder))
        try:
            yield Stage(place=place, mirror=self.folder)
        finally:
            shutil.rmtree(place, ignore_errors=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """Entries that came in and are not believed yet."""

    place: Path
    mirror: Path

    def put(self, row: JournalRow) -> None:
        """Write an entry beside the mirror."""
        path = self.place / bundle.entry_name(row.case, row.position)
        path.parent.mkdir(mode=disk.FOLDER_MODE, parents=True, exist_ok=True)
        _write_new(path.with_suffix(".age"), row.sealed)
        _write_new(path.with_suffix(".json"), bundle.encode_row(row))

    def take_over(self) -> None:
        """Move all entries into the mirror, in order; a crash leaves beginnings of journals."""
        for case in sorted((self.place / bundle.JOURNAL).glob("*")):
            target = self.mirror / bundle.JOURNAL / case.name
            disk.make_folder(target)
            for path in sorted(case.iterdir()):  # 000000.age before 000000.json
                path.replace(target / path.name)
            disk.sync_folder(target)


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """The statements that a desk may believe, the one in force last."""

    lines: tuple[Line, ...]

    @property
    def identities(self) -> tuple[VerifyKey, ...]:
        """The server identities that the root has signed.

        Raises:
            NoServerKeys: there is none.
        """
        found = dict.fromkeys(
            line.server.identity for line in reversed(self.lines) if line.server is not None
        )
        if not found:
            raise NoServerKeys
        return tuple(found)

    def line(self, sha256: str) -> Line | None:
        """Return the statement of this hash."""
        return next((line for line in self.lines if line.sha256 == sha256), None)

    def verify(self, message: bytes, signature: bytes) -> None:
        """Check a bare signature by any of the server identities.

        Raises:
            BadSignature: none of them made it.
        """
        for identity in self.identities:
            try:
                identity.verify_bytes(message, signature)
            except BadSignature:
                continue
            return
        raise BadSignature


def _write_new(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, disk.FILE_MODE)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _row(entry: Path) -> JournalRow | None:
    said = _read(entry.with_suffix(".json"))
    if said is None:
        return None
    return bundle.decode_row(said, _read(entry.with_suffix(".age")) or b"")


def _statement(path: Path, root: VerifyKey) -> Line:
    text, signature = _read(path), _read(path.with_name(path.name + ".sig"))
    if text is None or signature is None:
        raise NoStatement(path.parent)
    return authenticate(_text(text), _text(signature), root=root)


def _text(data: bytes | None) -> str:
    return (data or b"")[:MAX_STATEMENT].decode(errors="replace")


def _read(path: Path) -> bytes | None:
    """Return what lies there, up to more than anything of ours has."""
    return disk.read(path, MAX_MEMBER + 1)
