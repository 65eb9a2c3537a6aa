"""One sync: what the server has comes in, what waits here goes out, each step in its order.

Rules of this file: the order, and no more than that; what may be believed is decided in
`statements`, `paging` and `comparing`. It may be broken off anywhere, and goes on there with the
next one. What is not to be believed ends it with its sentence, before anything is sent.

    statement and keys; cases that leave; entries, page by page; all journals' ends; packets out;
    what became of them; the files of new cases
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from desk import comparing, paging, sync_memory, vault
from desk.acting import Desk
from desk.agreeing import agreed, server_of
from desk.answered import Answered
from desk.digests import open_digest
from desk.erasure import Erasure
from desk.errors import SealedToOthers, ServerWentBack, StrangeAnswer
from desk.inbox import Order, witnessed_heads
from desk.mirror import Mirror
from desk.outbox import Outbox
from desk.reader import Reader
from desk.remote import Remote
from desk.saving import GoOn, unhindered
from desk.shelf import Shelf
from desk.statements import Adopted
from desk.sync_memory import Memory
from desk.waiting import Waiting
from storage import exchange
from storage.errors import StorageError
from storage.exchange import MAX_BROUGHT, MOST_BROUGHT, Answer, Brought, State
from storage.rows import CaseId, Head
from storage.tombstone import Told, decode_outcomes, decode_tombstones

T = TypeVar("T")
ENTRIES, PACKETS = "entries", "packets"

#: What is being done, how much of it is done, and of how much.
Progress = Callable[[str, int, int], None]


@dataclass(kw_only=True, slots=True)
class Synced:
    """What came of a sync: new cases and entries, what became of packets, what is gone.

    `since` is the position of the first entry that came, by case.
    """

    statement: Adopted | None = None
    cases: list[CaseId] = field(default_factory=list)
    entries: int = 0
    since: dict[CaseId, int] = field(default_factory=dict)
    gone: tuple[CaseId, ...] = ()
    answered: list[Answered] = field(default_factory=list)


@dataclass(kw_only=True, slots=True)
class Syncing:
    """One desk and one server. `reader` is renewed when a statement or keys come.

    `go_on` is called before each question; what it raises ends the sync there.
    """

    remote: Remote
    reader: Reader
    mirror: Mirror
    shelf: Shelf
    outbox: Outbox
    order: Order
    today: date
    progress: Progress
    go_on: GoOn = unhindered
    many: bool = False  # many cases may be erased at once
    synced: Synced = field(default_factory=Synced)

    def run(self) -> Synced:
        """Do all of it but the files.

        Raises:
            NeverOnline: this desk is a vault.
            SyncError: the server cannot be asked, or not be believed; what came before is kept.
            LineError, ReadingError: its statement or keys are refused.
        """
        vault.refuse(self.reader.desk)
        self.reader, adopted = agreed(self.remote, self.mirror, self.reader)
        self.synced.statement = adopted
        self._tombstones(whole=adopted.newer)  # with other staff the numbers of copies are others
        self.synced.gone = self._erasure().settle(many=self.many)
        memory = self._entries(sync_memory.load(self.mirror.folder))
        self._compare(memory)
        if self._packets():
            self._entries(sync_memory.load(self.mirror.folder))
            self._tombstones()  # what was just erased here counts among the staff's
        self._outcomes()
        return self.synced

    def ask(self, path: str, *, body: bytes | None = None) -> bytes:
        """Return what the server of today's statement answers.

        Raises:
            SyncError: it does not.
        """
        found = self.ask_maybe(path, body=body)
        if found is None:
            raise StrangeAnswer(path.partition("?")[0])
        return found

    def ask_maybe(self, path: str, *, body: bytes | None = None) -> bytes | None:
        """Return the same, or None where the server has no such thing."""
        self.go_on()
        return self.remote.ask(path, lambda _: server_of(self.reader.line), body=body)

    # --- cases that leave ----------------------------------------------------------------------

    def _tombstones(self, *, whole: bool = False) -> None:
        """Ask which cases leave: what is not here yet, or all."""
        told = self.mirror.told
        since = date.min if whole else told.since(self.today)
        path = f"/tombstones?since={since.toordinal()}"
        told.keep(_read(decode_tombstones, self.ask(path)), told.outcomes())

    def _erasure(self) -> Erasure:
        hand = Desk(reader=self.reader, mirror=self.mirror, outbox=self.outbox, today=self.today)
        return Erasure.of(hand, self.shelf, self.order)

    # --- entries -------------------------------------------------------------------------------

    def _entries(self, memory: Memory) -> Memory:
        """Take page after page; what is kept of one is remembered before the next is asked for."""
        known, leaves = self.mirror.known(self.reader), self.mirror.leaving()
        witnessed, begun, more = witnessed_heads(self.mirror.heads()), memory.after, True
        while more:
            page = _read(exchange.decode_page, self.ask(f"/entries?after={memory.after}"))
            if page.after != memory.after:
                raise StrangeAnswer("another page")
            if page.last < memory.last:
                raise ServerWentBack(f"{page.last} entries, and {memory.last} were seen")
            came = paging.take(self.mirror, page, known, witnessed, leaves)
            self.synced.cases += came.cases
            self.synced.entries += came.entries
            self.synced.since = {**came.since, **self.synced.since}
            files = memory.files | (frozenset(page.files) - leaves)
            memory = replace(memory, after=page.upto, last=page.last, files=files)
            sync_memory.save(self.mirror.folder, memory)
            self.progress(ENTRIES, page.upto - begun, page.last - begun)
            more = page.more
        return memory

    # --- heads ---------------------------------------------------------------------------------

    def _compare(self, memory: Memory, *, again: bool = True) -> None:
        """Compare all journals' ends; where entries are missing here, ask for all once more."""
        here = self.mirror.heads()
        path = f"/heads?upto={memory.after}&known={len(here.witnesses)}"
        state = _read(exchange.decode_state, self.ask(path))
        heads = comparing.whole_chain(here, state, self._seen(state), self.today)
        ours = self._ends()
        if exchange.heads_sum(ours) != state.sum:
            self._tombstones(whole=True)
            leaves = self.mirror.leaving()
            theirs = _read(exchange.decode_ends, self.ask(f"/heads/all?upto={memory.after}"))
            found = list(comparing.differences(ours, theirs, leaves))
            if found and again and all(comparing.is_missing(one) for one in found):
                return self._compare(self._entries(replace(memory, after=0)), again=False)
            if found:
                raise found[0]
        chains = {
            head.case: [row.chain for row in self.mirror.journal(head.case)]
            for witness in state.witnesses
            for head in witness.changed
        }
        comparing.check_witnessed(state.witnesses, chains, self.mirror.leaving())
        self.mirror.keep_heads(heads)
        return None

    def _seen(self, state: State) -> dict[int, bytes]:
        """Return what digests that came by themselves witnessed, beyond what was told here."""
        told, seen = len(self.mirror.heads().witnesses), dict[int, bytes]()
        numbers = self.mirror.digests()
        if max(numbers, default=0) > state.digests:
            raise ServerWentBack(f"{state.digests} digests, and number {max(numbers)} is")
        for number in numbers:
            if number > told:
                try:
                    opened = open_digest(self.mirror.digest(number) or b"", self.reader)
                except SealedToOthers:
                    continue
                seen[number] = opened.digest.heads
        return seen

    def _ends(self) -> list[Head]:
        leaves = self.mirror.leaving()
        found = (self.mirror.head(case) for case in self.mirror.cases() if case not in leaves)
        return [head for head in found if head is not None]

    # --- packets -------------------------------------------------------------------------------

    def _packets(self) -> bool:
        """Bring what waits, in its order; tell whether any was brought."""
        waiting = self.outbox.waiting()
        done = 0
        for planned in _batches(waiting):
            self.outbox.handed.mark(one.number for one in planned)
            read = list(_read_all(planned))
            batch = [one for one, _ in read]
            if not batch:
                continue
            body = self.ask(
                "/packets", body=exchange.encode_packets([packet for _, packet in read])
            )
            answers = _read(exchange.decode_answers, body)
            self.synced.answered += self.outbox.settle(_told(batch, answers, self.today))
            done += len(batch)
            self.progress(PACKETS, done, len(waiting))
        return bool(waiting)

    def _outcomes(self) -> None:
        """Ask what became of packets that have no end yet here, a number at a time."""
        for device, after in self.outbox.unsettled().items():
            asked = f"/outcomes?device={device.hex()}&after="
            upto = after
            while told := _read(decode_outcomes, self.ask(f"{asked}{upto}")):
                last = max(one.sequence for one in told)
                if last <= upto:
                    raise StrangeAnswer("other packets")
                upto = last
                self.synced.answered += self.outbox.settle(told)


def _read(decode: Callable[[bytes], T], data: bytes) -> T:
    """Read an answer that the server has signed."""
    try:
        return decode(data)
    except StorageError as error:
        raise StrangeAnswer(str(error).rstrip(".")) from None


def _batches(waiting: Sequence[Waiting]) -> Iterator[list[Waiting]]:
    """Yield packets in their order, as many at once as may be brought."""
    batch, size = list[Waiting](), 0
    for one in waiting:
        if batch and (size + one.size > MAX_BROUGHT or len(batch) == MOST_BROUGHT):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += one.size
    if batch:
        yield batch


def _read_all(batch: Iterable[Waiting]) -> Iterator[tuple[Waiting, Brought]]:
    """Yield packets with their bytes, as many as are still here."""
    for one in batch:
        with contextlib.suppress(FileNotFoundError):  # another window has brought it
            brought = Brought(name=one.path.name, data=one.data, signature=one.signature)
            yield one, brought


def _told(batch: Sequence[Waiting], answers: Sequence[Answer], today: date) -> list[Told]:
    """Return what became of the packets that were brought.

    Raises:
        StrangeAnswer: it is told of others.
    """
    if [one.name for one in answers] != [one.path.name for one in batch]:
        raise StrangeAnswer("other packets")
    return [
        Told(
            device=one.header.device,
            sequence=one.header.sequence,
            outcome=answer.outcome,
            day=today,
        )
        for one, answer in zip(batch, answers, strict=True)
    ]
