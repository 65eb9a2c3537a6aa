"""The outbox: packets that were made here, until the server has answered them.

Rules of this file: a packet lies here whole, signed and sealed, under the number of its own that
nothing else ever gets; its `.tar` appears first, forced to the disk, and takes the number; its
`.sig` is made again where it is not whole. A packet that was taken is removed; one that was refused
stays, because what was written in it may be wanted again, until it is dropped by hand. What became
of each is kept beside. The folder is listed to read what lies here, never to find a number.

    packet-DEVICE-000001.tar .tar.sig
    outcomes.json
"""

import contextlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from desk import device, saving
from desk.errors import LiesThere
from storage import disk, packet
from storage.act import DEVICE
from storage.document import Document, write
from storage.entry import CASE
from storage.outcome import Outcome
from storage.packet import Header, Packet
from storage.rows import CaseId
from storage.signature import BEGIN as BEGINS
from storage.signature import END as ENDS
from storage.signature import SigningKey
from storage.tombstone import Told

FOLDER = "outbox"
OUTCOMES = "outcomes.json"
KIND = "outcomes"
REPORT, BEGIN, FILE = "report", "begin", "file"
NAME = re.compile(r"packet-([0-9a-f]{16})-([0-9]{6,})\.tar", re.ASCII)
MAX_PACKET = 32 * 1024 * 1024
MAX_OUTCOMES = 64 * 1024 * 1024
#: The server counts otherwise than this computer: under its number nothing would be taken again.
FOREIGN_NUMBERS = frozenset(
    {Outcome.REPLAYED, Outcome.ORDER, Outcome.DEVICE, Outcome.SIGNATURE, Outcome.DAMAGED}
)

#: Which packet: the device, and its number.
Number = tuple[bytes, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A packet as it lies here, ready to be sent."""

    path: Path
    header: Header
    data: bytes = field(repr=False)
    signature: str = field(repr=False)

    @property
    def number(self) -> Number:
        """Which packet it is."""
        return self.header.device, self.header.sequence


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """What became of a packet of this desk, the last that the server said of it."""

    device: bytes
    sequence: int
    case: CaseId
    kind: str
    outcome: Outcome
    day: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Outbox:
    """The outbox of one desk; its person's key signs."""

    desk: Path
    signing: SigningKey = field(repr=False)

    @property
    def folder(self) -> Path:
        """Where the packets lie."""
        return self.desk / FOLDER

    # --- made ----------------------------------------------------------------------------------

    def put(self, make: Callable[[bytes, int], Packet]) -> Waiting:
        """Make the next packet, given the device and its number, and keep it here."""
        disk.make_folder(self.folder)
        while True:
            made = make(*self._free())
            data = packet.encode(made)
            try:
                with saving.fresh(self.folder) as fresh:
                    fresh.file.write(data)
                    path = fresh.keep(packet.file_name(made.header))
            except LiesThere:  # made at the same moment by another window
                continue
            signature = self._sign(path, data)
            return Waiting(path=path, header=made.header, data=data, signature=signature)

    def _free(self) -> Number:
        """Return the first number that was never given.

        Above the remembered one every number that was given lies here (`device`): so the end is
        found by doubling, then halving, in as many looks as a number has digits.
        """
        here, step = device.load(self.desk), 1
        while self._path((here.id, here.last + step)).exists():
            step *= 2
        low, high = here.last + step // 2, here.last + step
        while high - low > 1:
            middle = (low + high) // 2
            there = self._path((here.id, middle)).exists()
            low, high = (middle, high) if there else (low, middle)
        return here.id, high

    def _remember(self, numbers: Iterable[Number]) -> None:
        """Remember that numbers were given whose packets may go from here."""
        here = device.load(self.desk)
        last = max((one[1] for one in numbers if one[0] == here.id), default=0)
        if last > here.last:
            device.save(self.desk, replace(here, last=last))

    def _sign(self, path: Path, data: bytes) -> str:
        signature = packet.sign(data, self.signing)
        beside = path.with_name(path.name + ".sig")
        disk.write(beside, signature.encode(), lasting=False)
        return signature

    # --- lying here ----------------------------------------------------------------------------

    def waiting(self) -> tuple[Waiting, ...]:
        """Return the packets that the server has not answered, in their order."""
        answered = self.answered()
        return tuple(one for one in self.lying() if one.number not in answered)

    def lying(self) -> tuple[Waiting, ...]:
        """Return every packet that lies here, also the refused ones, in their order."""
        return tuple(self._lying())

    def _lying(self) -> Iterator[Waiting]:
        for one in sorted(self._numbers()):
            with contextlib.suppress(FileNotFoundError):  # gone since: a sync runs beside us
                yield self._read(one)

    def _read(self, number: Number) -> Waiting:
        path = self._path(number)
        data = path.read_bytes()[:MAX_PACKET]
        signature = _whole_signature(path.with_name(path.name + ".sig")) or self._sign(path, data)
        header = packet.decode(data).header
        return Waiting(path=path, header=header, data=data, signature=signature)

    def _numbers(self) -> list[Number]:
        names = (NAME.fullmatch(path.name) for path in self.folder.glob("packet-*.tar"))
        return [(bytes.fromhex(name[1]), int(name[2])) for name in names if name]

    def _path(self, number: Number) -> Path:
        return self.folder / f"packet-{number[0].hex()}-{number[1]:06d}.tar"

    # --- answered ------------------------------------------------------------------------------

    def answered(self) -> Mapping[Number, Answered]:
        """Return what became of this desk's packets.

        Raises:
            FieldError: the file is not what was kept.
        """
        try:
            with (self.folder / OUTCOMES).open("rb") as file:
                data = file.read(MAX_OUTCOMES)
        except FileNotFoundError:
            return {}
        document = Document.decode(data, file=OUTCOMES, kind=KIND)
        rows = map(_read_answered, document.sections("packets"))
        document.end()
        return {(one.device, one.sequence): one for one in rows}

    def unsettled(self) -> Mapping[bytes, int]:
        """Return each device with packets that have no end yet, and the number before the first."""
        answered, found = self.answered(), dict[bytes, int]()
        ended = {number for number, one in answered.items() if one.outcome.is_final}
        for of, sequence in sorted({*answered, *(one.number for one in self.lying())} - ended):
            found.setdefault(of, sequence - 1)
        return found

    def settle(self, told: Iterable[Told]) -> Sequence[Answered]:
        """Keep what the server says became of packets made here; return what is new of it.

        What it says of other desks' packets is passed over.
        """
        kept = dict(self.answered())
        lying = {one.number: one.header for one in self.lying()}
        fresh = []
        for said in told:
            number = said.device, said.sequence
            before, header = kept.get(number), lying.get(number)
            if (before is None and header is None) or (before and before.outcome is said.outcome):
                continue
            if before and before.outcome.is_final and not said.outcome.is_final:
                continue  # an older bundle's word
            one = Answered(
                device=said.device,
                sequence=said.sequence,
                case=header.case if header else before.case if before else b"",
                kind=header.kind if header else before.kind if before else "",
                outcome=said.outcome,
                day=said.day,
            )
            kept[number] = one
            fresh.append(one)
        if fresh:
            self._remember(one for one in lying if one in kept)
            self._keep(kept)
        lost = {one.device for one in fresh if one.outcome in FOREIGN_NUMBERS}
        if lost and device.load(self.desk).id in lost:
            device.renew(self.desk)
        return fresh

    def arrived(self, entries: Collection[Number], cases: Collection[CaseId]) -> None:
        """Remove the packets that were taken and whose entry lies in a journal here by now.

        `cases` are those whose journals are here: of another one nothing will arrive, but of one
        that is begun, which may be on its way.
        """
        kept, gone = self.answered(), list[Number]()
        for one in self.lying():
            answer = kept.get(one.number)
            if answer is None or answer.outcome.is_refusal:
                continue
            begins, here = one.header.kind == BEGIN, one.header.case in cases
            if one.number in entries or one.header.kind == REPORT or begins is here:
                gone.append(one.number)
        self.drop(*gone)

    def drop(self, *numbers: Number) -> None:
        """Remove packets that lie here; their numbers stay taken."""
        self._remember(numbers)
        for path in map(self._path, numbers):
            path.unlink(missing_ok=True)
            path.with_name(path.name + ".sig").unlink(missing_ok=True)
        if numbers:
            disk.sync_folder(self.folder)

    def forget(self, cases: Collection[CaseId]) -> None:
        """Remove the packets of cases that are gone, and what became of them.

        What was not answered must still go, or the server would take nothing after it.
        """
        kept = self.answered()
        lying = (one for one in self.lying() if one.header.case in cases)
        self.drop(*(one.number for one in lying if one.number in kept))
        left = {number: one for number, one in kept.items() if one.case not in cases}
        if left != kept:
            self._keep(left)

    def _keep(self, rows: Mapping[Number, Answered]) -> None:
        listed = [_answered_fields(one) for _, one in sorted(rows.items())]
        disk.make_folder(self.folder)
        disk.write(self.folder / OUTCOMES, write(KIND, {"packets": listed}))


def _whole_signature(path: Path) -> str:
    """Return a signature, or nothing where a loss of power has left none, or not all of it."""
    try:
        text = path.read_text("ascii", errors="replace")
    except FileNotFoundError:
        return ""
    return text if text.startswith(BEGINS) and text.rstrip().endswith(ENDS) else ""


def _answered_fields(one: Answered) -> dict[str, object]:
    return {
        "case": one.case.hex(),
        "day": one.day.isoformat(),
        "device": one.device.hex(),
        "kind": one.kind,
        "outcome": one.outcome.value,
        "sequence": one.sequence,
    }


def _read_answered(document: Document) -> Answered:
    outcome = document.code("outcome")
    if outcome not in set(Outcome):
        raise document.wrong("outcome", "what a server says of packets")
    one = Answered(
        device=document.hexadecimal("device", DEVICE),
        sequence=document.whole("sequence", low=1),
        case=document.hexadecimal("case", CASE),
        kind=document.code("kind"),
        outcome=Outcome(outcome),
        day=document.day("day"),
    )
    document.end()
    return one
