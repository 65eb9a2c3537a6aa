"""The outbox: packets that were made here, until the server has answered them.

Rules of this file: a packet lies here whole, signed and sealed, under the number of its own that
nothing else ever gets; its `.tar` appears first, forced to the disk, and takes the number; its
`.sig` is made again where it is not whole. A packet that was taken is removed; one that was refused
stays, because what was written in it may be wanted again, until it is dropped by hand. What became
of each is kept beside (`desk.answered`). The folder is listed to know what lies here, never to find
a number; of what lies here heads are read, once each (`desk.waiting`).

    packet-DEVICE-000001.tar .tar.sig
    outcomes.json
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from desk import device, saving
from desk.answered import Answered, Answers
from desk.errors import HandedOver, LiesThere, NotHere
from desk.handed import Handed
from desk.waiting import Heads, Number, Waiting, listed, sign, signature_of
from storage import disk, packet
from storage.outcome import Outcome
from storage.packet import Packet
from storage.rows import CaseId
from storage.signature import SigningKey
from storage.tombstone import Told

FOLDER = "outbox"
REPORT, BEGIN, FILE, DELIVER = "report", "begin", "file", "deliver"
#: The server counts otherwise than this computer: under its number nothing would be taken again.
FOREIGN_NUMBERS = frozenset(
    {Outcome.REPLAYED, Outcome.ORDER, Outcome.DEVICE, Outcome.SIGNATURE, Outcome.DAMAGED}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outbox:
    """The outbox of one desk; its person's key signs."""

    desk: Path
    signing: SigningKey = field(repr=False)
    heads: Heads = field(default_factory=Heads, repr=False, compare=False)
    answers: Answers = field(default_factory=Answers, repr=False, compare=False)

    @property
    def folder(self) -> Path:
        """Where the packets lie."""
        return self.desk / FOLDER

    @property
    def handed(self) -> Handed:
        """Which packets may have left."""
        return Handed(folder=self.folder)

    # --- made ----------------------------------------------------------------------------------

    def put(self, make: Callable[[bytes, int], Packet]) -> Waiting:
        """Make the next packet, given the device and its number, and keep it here."""
        disk.make_folder(self.folder)
        self.handed.begin()
        while True:
            made = make(*self._free())
            data = packet.encode(made)
            try:
                with saving.fresh(self.folder) as fresh:
                    fresh.file.write(data)
                    path = fresh.keep(packet.file_name(made.header))
            except LiesThere:  # made at the same moment by another window
                continue
            sign(path, data, self.signing)
            size, signing = len(data), self.signing
            return Waiting(path=path, header=made.header, size=size, signing=signing)

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

    def put_back(self, number: Number, make: Callable[[bytes, int], Packet]) -> Waiting:
        """Put another packet in the place of one that has certainly not left this computer.

        Raises:
            NotHere: it does not lie here, or was answered. HandedOver: it may have left.
        """
        path = self._path(number)
        with self.handed.alone():
            if not path.exists() or number in self.answered():
                raise NotHere(number[1])
            if self.handed.has(number):
                raise HandedOver(number[1])
            made = make(*number)
            data = packet.encode(made)
            signature_of(path).unlink(missing_ok=True)  # one that is missing is made again
            disk.write(path, data)
            sign(path, data, self.signing)
        return Waiting(path=path, header=made.header, size=len(data), signing=self.signing)

    # --- lying here ----------------------------------------------------------------------------

    def waiting(self) -> tuple[Waiting, ...]:
        """Return the packets that the server has not answered, in their order."""
        answered = self.answered()
        return tuple(one for one in self.lying() if one.number not in answered)

    def count(self) -> tuple[int, int]:
        """Return how many packets wait here, and how many the server refused; none is opened."""
        answered, waiting, refused = self.answered(), 0, 0
        for number in self._numbers():
            one = answered.get(number)
            waiting += one is None
            refused += one is not None and one.outcome.is_refusal
        return waiting, refused

    def lying(self) -> tuple[Waiting, ...]:
        """Return every packet that lies here, also the refused ones, in their order."""
        return self.heads.look(self.folder, self.signing)

    def _numbers(self) -> list[Number]:
        return [number for number, _ in listed(self.folder)]

    def _path(self, number: Number) -> Path:
        return self.folder / f"packet-{number[0].hex()}-{number[1]:06d}.tar"

    # --- answered ------------------------------------------------------------------------------

    def answered(self) -> Mapping[Number, Answered]:
        """Return what became of this desk's packets.

        Raises:
            FieldError: the file is not what was kept.
        """
        return self.answers.load(self.folder)

    def unsettled(self) -> Mapping[bytes, int]:
        """Return each device with packets that have no end yet, and the number before the first."""
        answered, found = self.answered(), dict[bytes, int]()
        ended = {number for number, one in answered.items() if one.outcome.is_final}
        for of, sequence in sorted({*answered, *self._numbers()} - ended):
            found.setdefault(of, sequence - 1)
        return found

    def settle(self, told: Iterable[Told]) -> Sequence[Answered]:
        """Keep what the server says became of packets made here; return what is new of it.

        What it says of other desks' packets is passed over.
        """
        kept = dict(self.answered())
        told = list(told)
        lying = {one.number: one.header for one in self.lying()} if told else {}
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
            self.answers.save(self.folder, kept)
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
            signature_of(path).unlink(missing_ok=True)
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
            self.answers.save(self.folder, left)
