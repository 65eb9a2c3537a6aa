"""Keeping the index true: which cases have changed since, and these opened anew, on all cores.

Rules of this file: a case is opened again where its journal ends elsewhere than when it was
indexed, or where other keys, statements or outcomes are here by now. A folder's time tells which
journals to look at; a time so young that a change might hide behind it is not trusted. Opened text
crosses no pipe: whoever opens seals.
"""

import gc
import hashlib
import multiprocessing
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from desk.acts import Number
from desk.answered import Answered
from desk.digests import open_digest
from desk.errors import SealedToOthers
from desk.folding import Folded, Ground, fold_case, ground_of, plain
from desk.index import DIGEST, SUMMARY, WORDS, Index, Row, Seal
from desk.mirror import Mirror
from desk.reader import Reader
from desk.shelved import Shelved
from desk.summary_form import encode, encode_index
from storage.age import Identity
from storage.outcome import Outcome
from storage.padding import MIB
from storage.rows import CaseId

#: Cases from which on other processes help: below, starting them takes longer.
MANY = 100
CHUNK = 20
#: Cases that are written at once: each time waits for the disk; a kill costs no more than these.
WRITTEN = 500
#: Objects that a process that helps makes between two looks for garbage: those of some cases.
SWEEP = 100_000
#: Bytes given back once, for glibc to keep what is freed up to twice that: the pages of a package
#: of 256 KiB are not handed back and asked for again with each case (mallopt(3), M_MMAP_THRESHOLD).
KEPT = 4 * MIB
YOUNG = 2_000_000_000  # nanoseconds; the coarsest folder times in use are FAT's two seconds

Progress = Callable[[int, int], None]
Stale = tuple[CaseId, bytes, int]  # a case, the basis on which it is opened, its folder's time


def silent(_done: int, _of: int) -> None:
    """Show no progress."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """What is needed to open cases, in this process or another."""

    mirror: Mirror
    ground: Ground
    seeds: Mapping[str, bytes] = field(repr=False)
    key: bytes = field(repr=False)
    outcomes: Mapping[Number, Outcome]


def refresh(
    index: Index,
    mirror: Mirror,
    reader: Reader,
    answered: Mapping[Number, Answered],
    *,
    progress: Progress = silent,
    processes: int | None = None,
    many: int = MANY,
) -> Shelved:
    """Open what has changed; return the cases that are here.

    Raises:
        ReadingError, StorageError: a statement or a digest here is not what was kept.
    """
    ground = ground_of(mirror, reader)
    basis = _basis(reader, ground)
    changed = _changed(index, mirror, basis, answered)
    work = Work(
        mirror=mirror,
        ground=ground,
        seeds={name: one.seed for name, one in reader.keys.items()},
        key=index.seal.key,
        outcomes={number: one.outcome for number, one in answered.items()},
    )
    done, opened = 0, list[Row]()
    progress(done, len(changed.stale))
    for rows in _opened(work, changed.stale, processes, many):
        done += len(rows)
        opened += rows
        if len(opened) >= WRITTEN or done == len(changed.stale):
            with index.writing():
                index.put(opened)
            opened.clear()
        progress(done, len(changed.stale))
    digests = _digests(index, mirror, reader, basis)
    with index.writing():
        index.stamp(changed.looked)
        for number, stamp, told in digests:
            index.put_digest(number, stamp, basis, told)
        here = set(mirror.digests())
        index.remove(changed.gone, [number for number in index.digests() if number not in here])
    return Shelved(index=index, name=reader.name, unlisted=mirror.leaving())


# --- opening -----------------------------------------------------------------------------------


def _opened(
    work: Work, stale: Sequence[Stale], processes: int | None, many: int
) -> Iterator[list[Row]]:
    """Yield rows of cases, some at a time."""
    chunks = [stale[at : at + CHUNK] for at in range(0, len(stale), CHUNK)]
    count = cores() if processes is None else processes
    if len(stale) < many or count < 2:  # noqa: PLR2004 - two are the fewest that help
        opener = Opener(work)
        yield from map(opener.rows, chunks)
        return
    context = multiprocessing.get_context("spawn")  # a fork would share the index's own file
    with ProcessPoolExecutor(
        max_workers=count, mp_context=context, initializer=_start, initargs=(work,)
    ) as pool:
        yield from pool.map(_rows, chunks)


class Opener:
    """Opens cases and seals what the index keeps of them."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.seal = Seal(work.key)
        self.keys = {name: Identity.from_seed(seed) for name, seed in work.seeds.items()}

    def rows(self, chunk: Sequence[Stale]) -> list[Row]:
        """Return the rows of some cases."""
        return [self._row(*one) for one in chunk]

    def _row(self, case: CaseId, basis: bytes, stamp: int) -> Row:
        work = self.work
        folded = fold_case(
            work.mirror, self.keys, work.ground, case, lambda _form: (), (), work.outcomes
        )
        return Row(
            case=case,
            stamp=stamp,
            basis=basis,
            chain=folded.item.chain,  # none of a journal in trouble: it is looked at again
            summary=self.seal.seal(SUMMARY, case, encode(folded.summary)),
            words=self.seal.seal(WORDS, case, words_of(folded)),
        )


_OPENERS: list[Opener] = []  # of a process that helps: one


def _start(work: Work) -> None:
    _OPENERS[:] = [Opener(work)]
    gc.freeze()  # what is there by now stays: it is not looked through again and again
    gc.set_threshold(SWEEP)
    bytes(KEPT)


def _rows(chunk: Sequence[Stale]) -> list[Row]:
    return _OPENERS[0].rows(chunk)


def words_of(folded: Folded) -> bytes:
    """Return all that can be looked for in a case, as it is compared."""
    texts = [folded.item.number, *folded.standing.marks.tags]
    if folded.item.casefile is not None:
        casefile = folded.item.casefile
        texts += [told.words for told in (*casefile.answers, *casefile.added)]
        texts += [file.name for file in casefile.files.values()]
    for moment in folded.standing.moments:
        texts += [
            value
            for name in ("text", "reason", "whom", "what", "came")
            if isinstance(value := getattr(moment.deed, name, ""), str)
        ]
    return "\n".join(plain(text) for text in texts if text).encode(errors="replace")


# --- what has changed --------------------------------------------------------------------------


def _basis(reader: Reader, ground: Ground) -> bytes:
    """Return a hash over what every case's folding depends on, beside its journal."""
    parts = [reader.name, *sorted(reader.keys), *sorted(ground.lines)]
    return hashlib.sha256("\n".join(parts).encode()).digest()


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """What is to be done: cases to open, those that only have a new time, those that went."""

    stale: Sequence[Stale]
    looked: Mapping[CaseId, int]
    gone: Sequence[CaseId]


def _changed(
    index: Index, mirror: Mirror, basis: bytes, answered: Mapping[Number, Answered]
) -> Changed:
    """Compare the index with the mirror."""
    before, now, times = index.cases(), mirror.now(), mirror.times()
    outcomes: dict[CaseId, list[str]] = defaultdict(list)
    for one in answered.values():
        outcomes[one.case].append(f"{one.device.hex()} {one.sequence} {one.outcome}")
    stale, looked, usual = list[Stale](), dict[CaseId, int](), _with(basis, ())
    for case, time in times.items():
        own = _with(basis, outcomes[case]) if case in outcomes else usual
        known = before.get(case)
        if known is not None and known[0] == time and known[1] == own:
            continue
        stamp = 0 if now - time < YOUNG else time
        if known is None:
            if mirror.begun(case):
                stale.append((case, own, stamp))
            continue
        head = mirror.head(case)
        if head is not None and known[1:] == (own, head.chain):
            looked[case] = stamp
        elif head is not None:
            stale.append((case, own, stamp))
    gone = [case for case in before if case not in times]
    stale.sort()  # as the index orders them: what is put there at once lies together
    return Changed(stale=stale, looked=looked, gone=gone)


def _with(basis: bytes, outcomes: Sequence[str]) -> bytes:
    return hashlib.sha256(basis + "\n".join(outcomes).encode()).digest()


def _digests(
    index: Index, mirror: Mirror, reader: Reader, basis: bytes
) -> list[tuple[int, int, bytes]]:
    """Return what digests announced that are not in the index, sealed, with their times.

    Nothing of a case that is gone is among it.
    """
    known, found = index.digests(), list[tuple[int, int, bytes]]()
    gone = mirror.told.gone()
    for number in mirror.digests():
        time = mirror.digest_time(number)
        if known.get(number) == (time, basis):
            continue
        try:
            told = open_digest(mirror.digest(number) or b"", reader).index
        except SealedToOthers:
            told = ()
        name = number.to_bytes(8, "big")
        stays = [entry for entry in told if entry.case not in gone]
        found.append((number, time, index.seal.seal(DIGEST, name, encode_index(stays))))
    return found


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
