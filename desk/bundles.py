"""Bundles at a desk: everything in one is checked before anything of it is kept.

Rules of this file: in this order, the root's signature over the statement inside, that it is not an
older one, its server's signature over the file, then each journal: hashes, chain, signatures, no
gap, nothing that was seen before left out or told otherwise. Nothing is written by a name found in
the file. What is refused leaves no trace; the same bundle again changes nothing.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path

from desk.digests import read_digests, trusted
from desk.errors import HeadsDisagree, NoServerKeys, WithheldCase
from desk.mirror import Known, Mirror, Stage
from desk.offered import offered_keys
from desk.reader import Reader
from desk.sent import read_signature
from desk.statements import adopt, believed, first_of
from storage import archive, bundle, mapped
from storage.archive import Member
from storage.bundle import Heads
from storage.chain import verify_chain
from storage.errors import ArchiveTooLarge, JournalForked, WrongBundle
from storage.line import Line
from storage.padding import MIB
from storage.rows import CaseId, Head, JournalRow
from storage.tombstone import (
    OUTCOMES,
    TOMBSTONES,
    Told,
    Tombstone,
    decode_outcomes,
    decode_tombstones,
)

MAX_JOURNAL = 256 * MIB  # ours: what one case may hold in memory; files come apart from entries


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenBundle:
    """What came of a bundle: new cases, count of new entries, how it stands to what was here.

    `older` when this desk knew entries that the bundle has not; `beyond` are the numbers of
    digests here that are younger than the bundle; `keys` are the key files that were written,
    `erased` those of keys that the newer statement has retired.
    """

    line: Line
    cases: tuple[CaseId, ...]
    entries: int
    older: bool
    beyond: tuple[int, ...]
    keys: tuple[str, ...]
    erased: tuple[str, ...]
    newer_line: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Came:
    """What was new among the journals of a bundle."""

    cases: tuple[CaseId, ...]
    entries: int
    older: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Told:
    """What a bundle tells beside journals: cases that leave, and outcomes of packets."""

    stones: tuple[Tombstone, ...] = ()
    outcomes: tuple[Told, ...] = ()


def take(mirror: Mirror, reader: Reader, path: Path) -> TakenBundle:
    """Take a bundle into the mirror, and a newer statement in it into the line folder.

    Raises:
        ReadingError, StorageError: it is not one to believe; nothing was changed.
    """
    signature = read_signature(path)
    with mapped.mapped(path) as source:
        members = archive.read(source)
        signed = first_of(members)
        line = believed(signed, reader)
        _check_signature(source, signature, line)
        fresh, rest = offered_keys(members, line, reader)
        heads = _heads(rest, mirror, reader)
        told, rest = _told(rest)
        known = Known(lines=(*mirror.known(reader).lines, line))
        with mirror.staged() as stage:
            came = _journals(rest, heads, told, mirror, known, stage)
            stage.take_over()
    mirror.keep_heads(heads)
    mirror.told.keep(told.stones, told.outcomes)
    adopted = adopt(mirror, reader, line, signed, fresh)
    return TakenBundle(
        line=line,
        cases=came.cases,
        entries=came.entries,
        older=came.older,
        beyond=tuple(one for one in mirror.digests() if one > len(heads.witnesses)),
        keys=adopted.keys,
        erased=adopted.erased,
        newer_line=adopted.newer,
    )


# --- who says it -------------------------------------------------------------------------------


def _check_signature(source: mmap, signature: str, line: Line) -> None:
    """Check the signature over the whole file, by the server of the statement in it."""
    if line.server is None:
        raise NoServerKeys
    server = line.server.identity
    trusted(lambda keys: mapped.check(source, signature, bundle.NAMESPACE, keys), (server,))


# --- what digests have witnessed ---------------------------------------------------------------


def _heads(members: Iterator[Member], mirror: Mirror, reader: Reader) -> Heads:
    """Return what the bundle says that digests witnessed, if it is what was seen here.

    Raises:
        HeadsDisagree: a digest here, or an earlier bundle, told of other journals.
    """
    member = next(members, None)
    if member is None or member.name != bundle.HEADS:
        raise WrongBundle(bundle.HEADS)
    heads = bundle.decode_heads(member.data)
    seen = {one.number: one.heads for one in mirror.heads().witnesses}
    for number, read in read_digests(mirror, reader).items():
        if read is not None:
            seen[number] = read.digest.heads
    for witness in heads.witnesses:
        if seen.get(witness.number, witness.heads) != witness.heads:
            raise HeadsDisagree(witness.number)
    return heads


def _told(members: Iterator[Member]) -> tuple[_Told, Iterator[Member]]:
    """Return what is told of leaving cases and of packets, and the members after that."""
    stones: tuple[Tombstone, ...] = ()
    outcomes: tuple[Told, ...] = ()
    for member in members:
        if member.name == TOMBSTONES:
            stones = decode_tombstones(member.data)
        elif member.name == OUTCOMES:
            outcomes = decode_outcomes(member.data)
        else:
            members = itertools.chain([member], members)
            break
    return _Told(stones=stones, outcomes=outcomes), members


# --- journals ----------------------------------------------------------------------------------


def _journals(
    members: Iterator[Member],
    heads: Heads,
    told: _Told,
    mirror: Mirror,
    known: Known,
    stage: Stage,
) -> _Came:
    """Check every journal, and stage the entries that are new here."""
    witnessed: dict[CaseId, list[Head]] = defaultdict(list)
    numbers: dict[CaseId, int] = {}
    for witness in heads.witnesses:
        for head in witness.changed:
            witnessed[head.case].append(head)
            numbers[head.case] = witness.number
    leaves = {stone.case for stone in told.stones} | mirror.leaving()
    for case in leaves:
        numbers.pop(case, None)
    cases: list[CaseId] = []
    entries, older = 0, False
    for case, rows in _grouped(members):
        verify_chain(rows, known.verify, witnessed[case])
        numbers.pop(case, None)
        here = _here(mirror, case, rows)
        older = older or here > len(rows)
        if here == 0:
            cases.append(case)
        for row in rows[here:]:
            entries += 1
            stage.put(row)
    if numbers:
        raise WithheldCase(min(numbers.values()))
    return _Came(cases=tuple(cases), entries=entries, older=older)


def _here(mirror: Mirror, case: CaseId, rows: Sequence[JournalRow]) -> int:
    """Return how many entries of a case are here already, which must be the same ones.

    Raises:
        JournalForked: one of them is another.
    """
    here = mirror.journal(case)
    for ours, theirs in zip(here, rows, strict=False):
        if ours.chain != theirs.chain:
            raise JournalForked(ours.position)
    return len(here)


def _grouped(members: Iterator[Member]) -> Iterator[tuple[CaseId, list[JournalRow]]]:
    """Yield the journals of a bundle; each case stands in it once, in order."""
    last = b""
    for case, rows in itertools.groupby(bundle.read_rows(members), key=lambda row: row.case):
        if case <= last:
            raise WrongBundle(f"the case {case.hex()}")
        last = case
        yield case, _whole(rows)


def _whole(rows: Iterable[JournalRow]) -> list[JournalRow]:
    """Return a case's rows, unless they are more than one case can be."""
    found, size = [], 0
    for row in rows:
        size += len(row.sealed)
        if size > MAX_JOURNAL:
            raise ArchiveTooLarge(row.case.hex())
        found.append(row)
    return found
