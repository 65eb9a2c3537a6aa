"""The sync on the page: its button, how far it is, how it ended, the address that it asks for once.

Rules of this file: only a form begins a sync; what is looked at begins nothing. What came of it is
said in the sentences of `desk.rounds` and of the errors, the same as on the command line. The
library that opens connections is loaded when a sync begins, and in a vault never.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from desk import vault
from desk.errors import DeskError, SyncError, Unreachable
from desk.listing import called
from desk.numbers import count
from desk.web.asking import Answer, Asked, Elsewhere, Page
from desk.web.desktop import Desktop
from desk.web.errand import Ended, Errand, Work
from storage.errors import StorageError

PAGE, PIECE = "sync.html", "sync_bar.html"
SYNCED = "synced"  # what is told to the page that is shown
ENTRIES = "entries"
AGAIN = "What was refused lies under Packets: there it is made again, or dropped."
LEAVES = "Being deleted from now on: {}."
OFFLINE = "No connection: your {} here and {} next time."


def show(desktop: Desktop, asked: Asked) -> Answer:
    """Show how the last sync ended, and the address."""
    desktop.look(asked.today)
    return _page(desktop)


def now(desktop: Desktop, asked: Asked) -> Answer:
    """Show how far it is; once it has ended, what came lies on the desk."""
    errand = desktop.errand
    if errand.running or not errand.unseen:
        return Page(template=PIECE)
    try:
        desktop.look(asked.today)
    except (DeskError, StorageError) as error:
        before = errand.ended.lines if errand.ended else ()
        errand.ended, errand.unseen = Ended(lines=(*before, str(error)), bad=True), False
    return Page(template=PIECE, event=SYNCED)


def beginning(clock: Callable[[], datetime]) -> Callable[[Desktop, Asked], Answer]:
    """Return what begins a sync; its requests bear the time of the clock."""

    def begin(desktop: Desktop, asked: Asked) -> Answer:
        vault.refuse(desktop.reader.desk)
        given = asked.said("address")
        try:
            work = _work(desktop, given, asked, clock)
        except SyncError as error:
            return _page(desktop, given, str(error), status=422)
        desktop.errand.begin(desktop, work)
        return Page(template=PIECE) if asked.piece else Elsewhere(place="sync")

    return begin


def _page(desktop: Desktop, given: str = "", trouble: str = "", *, status: int = 200) -> Page:
    known = desktop.address
    return Page(
        template=PAGE,
        values={"known": known, "given": given or known, "trouble": trouble},
        status=status,
    )


# --- the work ----------------------------------------------------------------------------------


def _work(desktop: Desktop, given: str, asked: Asked, clock: Callable[[], datetime]) -> Work:
    """Return a sync to be run in a thread: it takes values along, and nothing of the page.

    Raises:
        BadAddress: the address is none to ask. NoAddress: there is none.
        OnionHere: it is an onion service's, and this process does not go through Tor.
    """
    from desk import rounds  # noqa: PLC0415 - it loads a library

    who, order, errand = desktop.reader, desktop.labels.order, desktop.errand
    url, names = rounds.address_of(who.desk, given), _names(desktop)

    def work(go_on: Callable[[], None]) -> Ended:
        whole = rounds.Round(
            url=url,
            reader=who,
            order=order,
            today=asked.today,
            clock=clock,
            progress=_telling(errand),
            go_on=go_on,
        )
        try:
            came = whole.run()
        except Unreachable as error:
            lines = offline(error, whole.outbox.count()[0])
            return Ended(lines=lines, bad=True, since=whole.synced.since)
        except (DeskError, StorageError) as error:
            waiting = rounds.waits(whole.outbox.count()[0])
            return Ended(lines=(str(error), *waiting), bad=True, since=whole.synced.since)
        said = rounds.says(came, lambda case: names.get(case) or rounds.shortly(case), AGAIN)
        left = sorted(names[case] for case in whole.leaving() & names.keys())
        leaves = (LEAVES.format(", ".join(left)),) if left else ()
        refused = tuple(str(one) for one in came.fetched.refused)
        return Ended(lines=(*said, *leaves, *refused), bad=bool(refused), since=whole.synced.since)

    return work


def offline(error: Unreachable, waiting: int) -> tuple[str, ...]:
    """Return what is said when nothing can be reached."""
    if not waiting:
        return (str(error),)
    stays, goes = ("stays", "goes") if waiting == 1 else ("stay", "go")
    return (OFFLINE.format(f"{count(waiting, 'packet')} {stays}", goes), str(error))


def _names(desktop: Desktop) -> Mapping[bytes, str]:
    return {one.case: called(one.item) for one in desktop.book.cases()}


def _telling(errand: Errand) -> Callable[[str, int, int], None]:
    """Return what keeps the errand's step up to date: `page 3: 412 of 2,000 entries`."""
    pages = 0

    def progress(what: str, done: int, of: int) -> None:
        nonlocal pages
        pages += what == ENTRIES
        page = f"page {pages}: " if what == ENTRIES else ""
        errand.step = f"{page}{done:,} of {of:,} {what}"

    return progress
