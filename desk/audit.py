"""Verifying the whole mirror: what was checked when it came in is checked again, from the files.

Rules of this file: it gives findings in sentences, good and bad, and stops at nothing. What this
desk holds no key for is said, and is no trouble. Words are never part of a finding.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from desk.digests import (
    ReadDigest,
    check_links,
    check_signature,
    missing,
    open_digest,
)
from desk.errors import BrokenExportLog, DeskError, NoBlob, SealedToOthers
from desk.export.record import ExportLog
from desk.inbox import Item, State, read_case, witnessed_heads
from desk.mirror import NO_HEADS, Known, Mirror
from desk.numbers import count, named
from desk.reader import Reader
from desk.shelf import FOLDER as FILES
from desk.shelf import Shelf, called
from storage.bundle import Witness
from storage.entry import IndexEntry
from storage.errors import StorageError
from storage.rows import CaseId, Head


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One sentence about the mirror; `good` when nothing is wrong."""

    good: bool
    sentence: str


def verify(mirror: Mirror, reader: Reader, today: date) -> list[Finding]:
    """Check statements, digests and journals; return what was found, in this order."""
    try:
        known = mirror.known(reader)
        servers = len(known.identities)
    except (DeskError, StorageError) as error:
        return [_bad(f"The statements kept here cannot be believed: {error}")]
    findings = [*_statements(known, servers, today)]
    heads = NO_HEADS
    try:
        heads = mirror.heads()
    except StorageError as error:
        findings.append(_bad(f"What bundles told of digests is damaged here: {error}"))
    digests: list[ReadDigest] = []
    findings += _digests(mirror, reader, known, heads.witnesses, digests)
    findings += _missing(mirror.digests(), len(heads.witnesses))
    findings += _journals(mirror, reader, known, witnessed_heads(heads), digests)
    return findings


def exports(log: ExportLog) -> list[Finding]:
    """Check the record of exports, where there is one."""
    try:
        made = len(log.read())
    except BrokenExportLog as error:
        return [_bad(str(error))]
    is_are = "is" if made == 1 else "are"
    return [_good(f"{count(made, 'export')} {is_are} recorded here, in order.")] if made else []


def _statements(known: Known, servers: int, today: date) -> Iterator[Finding]:
    line = known.lines[-1]
    yield _good(f"Statement {line.epoch} of {line.name} is signed by the root pinned here.")
    if servers > 1:
        yield _good(f"Its server was replaced: the keys of {servers} servers are known here.")
    if today > line.expires:
        yield _bad(f"It was valid to {line.expires}: ask for the next statement.")


def _digests(
    mirror: Mirror,
    reader: Reader,
    known: Known,
    witnesses: Sequence[Witness],
    opened: list[ReadDigest],
) -> Iterator[Finding]:
    """Check each digest; put those that open into `opened`."""
    numbers = mirror.digests()
    closed, bad = 0, 0
    for number in numbers:
        try:
            check_signature(mirror, known, number)
            read = open_digest(mirror.digest(number) or b"", reader)
            if read.number != number:
                yield _bad(f"Digest {number} lies under the name of another.")
                bad += 1
            check_links(mirror, reader, read, witnesses)
        except SealedToOthers:
            closed += 1
        except (DeskError, StorageError) as error:
            yield _bad(f"Digest {number}: {error}")
            bad += 1
        else:
            opened.append(read)
    if numbers and not bad:
        yield _good(f"{count(len(numbers), 'digest')}, each signed and continuing the one before.")
    if closed:
        yield _good(f"{count(closed, 'digest')} sealed to keys that you do not hold: not opened.")


def _missing(numbers: list[int], covered: int) -> Iterator[Finding]:
    """Name the digests that are not here; a bundle tells what so many have witnessed."""
    gaps = missing(numbers)
    told = [number for number in gaps if number <= covered]
    lost = [number for number in gaps if number > covered]
    if told:
        yield _good(f"Not here, but told of by a bundle: {named('digest', told)}.")
    if lost:
        yield _bad(
            f"Not here: {named('digest', lost)}. Fetch what is missing, or ask why it was not sent."
        )


def _journals(
    mirror: Mirror,
    reader: Reader,
    known: Known,
    witnessed: Mapping[CaseId, Sequence[Head]],
    digests: Sequence[ReadDigest],
) -> Iterator[Finding]:
    here = mirror.cases()
    items = [
        read_case(mirror, reader.keys, known, case, witnessed.get(case, ()), lambda _form: ())
        for case in here
    ]
    bad = [item for item in items if item.state is State.TROUBLE]
    for item in bad:
        yield _bad(f"Case {item.case.hex()}: {item.trouble}")
    for item in items:
        planted = [one.position for one in item.opened if one.planted is not None]
        if planted:
            where = named("position", planted)
            yield _bad(
                f"Case {item.case.hex()}: what one of the staff has sent to {where} is nothing that"
                " staff may send; see what `show` says of it."
            )
    for case in sorted(set(witnessed) - set(here)):
        yield _bad(f"Case {case.hex()}: a digest witnessed it, and nothing of it is here.")
    yield from _files(mirror, items)
    if items and not bad:
        yield _good(f"{count(len(items), 'case')}: every entry is whole, signed and in its place.")
    closed = sum(item.state is State.CLOSED for item in items)
    if closed:
        yield _good(f"{count(closed, 'case')} sealed to keys that you do not hold: not opened.")
    announced = {entry.case: entry for one in digests for entry in one.index}
    yield from _announced(items, announced)


def _files(mirror: Mirror, items: Sequence[Item]) -> Iterator[Finding]:
    """Check each sealed file that is here against what its case says."""
    kept, whole, missing = Shelf(folder=mirror.folder / FILES), 0, 0
    for item in items:
        for number, file in item.casefile.files.items() if item.casefile else ():
            try:
                with kept.opened(file):
                    whole += 1
            except NoBlob:
                missing += 1
            except (DeskError, OSError) as error:
                name = called(item.number, number)
                yield _bad(f"C{name[1:]}: {error}")
    if whole:
        yield _good(f"{count(whole, 'sealed file')}: each is the one that its case names.")
    if missing:
        yield _good(f"{count(missing, 'file')} of cases not here: they come with `--files`.")


def _announced(items: Sequence[Item], announced: dict[bytes, IndexEntry]) -> Iterator[Finding]:
    """Compare what digests told of cases with what is inside the cases."""
    for item in items:
        told = announced.pop(item.case, None)
        if told is not None and item.index is not None and told != item.index:
            yield _bad(f"Case {item.case.hex()}: a digest told of it otherwise than it is.")
    if announced:
        yield _good(f"{count(len(announced), 'case')} announced by digests, not here yet.")


def _good(sentence: str) -> Finding:
    return Finding(good=True, sentence=sentence)


def _bad(sentence: str) -> Finding:
    return Finding(good=False, sentence=sentence)
