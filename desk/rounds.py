"""One whole round with the server, for the command line and the page alike, and its end in words.

Rules of this file: what stands around a sync (the statement that is shown, the address, the files
after it, the day), and the sentences for what came of it. It loads a library that opens
connections, so it is loaded itself only when a sync begins.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from desk import device, phrases, sync_memory, tor
from desk.answered import Answered
from desk.coming import Fetched, fetch
from desk.erasure import gone
from desk.inbox import Order
from desk.mirror import FOLDER, Mirror
from desk.numbers import count
from desk.outbox import Outbox
from desk.reader import Reader
from desk.remote import Asker, Remote, checked
from desk.saving import GoOn, unhindered
from desk.shelf import FOLDER as FILES
from desk.shelf import Shelf
from desk.statements import Adopted
from desk.syncing import Progress, Synced, Syncing
from storage import folder
from storage.outcome import Outcome
from storage.packet import RECALL
from storage.rows import CaseId

DELIVER = "deliver"
#: What is told of by name, whatever came of it.
TOLD = {DELIVER: "Your reply in", RECALL: "Taking back a reply in"}
AGAIN = "What was refused lies here: quietline-desk packets list, then packets again N, or drop N."

Called = Callable[[CaseId], str]  # what staff call a case


@dataclass(frozen=True, kw_only=True, slots=True)
class Came:
    """What came of a round. `waiting` are the packets that still lie here."""

    synced: Synced
    fetched: Fetched
    waiting: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """One round of one person's desk with the server at an address.

    `synced` is what came, also of a round that is broken off. `go_on` is called before each
    question; what it raises ends the round there.
    """

    url: str
    reader: Reader = field(repr=False)
    order: Order
    today: date
    clock: Callable[[], datetime]
    progress: Progress
    go_on: GoOn = unhindered
    many: bool = False
    files: bool = True
    synced: Synced = field(default_factory=Synced)

    @property
    def outbox(self) -> Outbox:
        """Where what waits lies."""
        return Outbox(desk=self.reader.desk, signing=self.reader.signing)

    def leaving(self) -> frozenset[CaseId]:
        """Return the cases that are gone, or are being deleted, as far as this desk knows."""
        return frozenset(Mirror(folder=self.reader.desk / FOLDER).leaving())

    def run(self) -> Came:
        """Exchange with the server; remember its address once it has proved right, and the day.

        Raises:
            NeverOnline: this desk is a vault.
            SyncError: it could not be done, or not all of it; what waits here still does.
            LineError, ReadingError: the server's statement or keys are refused.
        """
        who, mirror = self.reader, Mirror(folder=self.reader.desk / FOLDER)
        mirror.keep_statement(who.line, folder.read(who.line_folder))
        with Remote(self.url, self._asker()) as remote:
            sync = Syncing(
                remote=remote,
                reader=who,
                mirror=mirror,
                shelf=Shelf(folder=mirror.folder / FILES),
                outbox=self.outbox,
                order=self.order,
                today=self.today,
                progress=self.progress,
                go_on=self.go_on,
                many=self.many,
                synced=self.synced,
            )
            synced = sync.run()
            if self.url != sync_memory.remembered(who.desk):
                sync_memory.remember_address(who.desk, self.url)
            fetched = fetch(sync) if self.files else Fetched()
        sync_memory.finish(mirror.folder, self.today)
        return Came(synced=synced, fetched=fetched, waiting=self.outbox.count()[0])

    def _asker(self) -> Asker:
        return Asker(
            name=self.reader.name,
            device=device.load(self.reader.desk).id,
            signing=self.reader.signing,
            root=self.reader.root,
            clock=self.clock,
        )


def address_of(desk: Path, given: str = "") -> str:
    """Return the address that was given now, or else the one that is remembered.

    Raises:
        BadAddress: it is none to ask. NoAddress: there is none.
        OnionHere: it is an onion service's, and this process does not go through Tor.
    """
    return tor.check(checked(given or sync_memory.address(desk)))


# --- in words ----------------------------------------------------------------------------------


def shortly(case: CaseId) -> str:
    """Return the beginning of a case's id, which is enough to name it."""
    return case.hex()[:12]


def says(came: Came, called: Called = shortly, again: str = AGAIN) -> list[str]:
    """Return what came of a round; `again` says what may be done with what was refused."""
    synced, fetched = came.synced, came.fetched
    return [
        *_statement(synced.statement),
        _came(len(synced.cases), synced.entries),
        *gone(len(synced.gone)),
        *_files(fetched.taken, fetched.missing),
        *_answered(synced.answered, called, again),
        *waits(came.waiting),
    ]


def waits(waiting: int) -> list[str]:
    """Return what is said of packets that wait here."""
    return [f"{count(waiting, 'packet')} still to go: with the next sync."] if waiting else []


def _statement(adopted: Adopted | None) -> list[str]:
    return ["A newer statement is in force here."] if adopted and adopted.newer else []


def _came(cases: int, entries: int) -> str:
    if cases:
        return f"{count(cases, 'new case')} came."
    return "Something came to cases that are here." if entries else "Nothing new has come."


def _files(taken: int, missing: Sequence[str]) -> list[str]:
    lines = [f"{count(taken, 'file')} came."] if taken else []
    return lines + [f"The server has no {name}." for name in missing]


def _answered(answered: Sequence[Answered], called: Called, again: str) -> Iterator[str]:
    told = [one for one in answered if one.kind in TOLD or one.outcome.is_refusal]
    quiet = len(answered) - len(told)
    if quiet:
        yield f"The server has taken what you did: {count(quiet, 'thing')}."
    for one in told:
        what, became = TOLD.get(one.kind, f"Packet {one.sequence} of"), one.outcome
        if one.kind == RECALL and became is Outcome.TAKEN:
            became = Outcome.TAKEN_BACK
        yield f"{what} case {called(one.case)}: {phrases.OUTCOMES[became].rstrip('.')}."
    if any(one.outcome.is_refusal for one in answered):
        yield again
