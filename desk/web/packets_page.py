"""What lies in the outbox: what waits, what was refused and why, and what may be done with that.

Rules of this file: `desk.outgoing` to what a template shows. A refused reply is seen again as the
person would see it now, and goes only when it is the one that was shown.
"""

from dataclasses import replace

from desk import outgoing, phrases
from desk.errors import NoSuchPacket
from desk.outgoing import Lying
from desk.replying import Prepared
from desk.waiting import Waiting
from desk.web.answering import AT_ONCE, SENT, draft_again, mark
from desk.web.asking import Answer, Asked, Elsewhere, Page
from desk.web.deeds import DONE
from desk.web.desktop import Desktop
from storage.act import Reply

PLACE = "packets"
DROPPED = "It is dropped."
BACK = (
    "The reply is taken back: nothing of it left this computer, and the person gets none of it. "
    "It is a draft again in its case."
)


def show(desktop: Desktop, asked: Asked) -> Answer:
    """Show what lies here; a whole page looks at what has come since."""
    if not asked.piece:
        desktop.look(asked.today)
    lying = outgoing.lying(desktop.book)
    return Page(
        template="packets.html",
        values={
            "refused": [one for one in lying if one.refused],
            "waits": [one for one in lying if one.outcome is None],
            "taken": [one for one in lying if one.outcome is not None and not one.refused],
            "opens": {one.item.number for one in desktop.book.cases()},
            "name": name,
            "written": phrases.written,
        },
    )


def again(desktop: Desktop, asked: Asked) -> Answer:
    """Make a refused packet again; a reply is shown first."""
    old = _old(desktop, asked)
    prepared = outgoing.reply_in(desktop.book, old, asked.now)
    if prepared is not None:
        if asked.said("shown") != mark(prepared):
            return _preview(desktop, old, prepared)
        prepared = replace(prepared, at_once=asked.said("do") == AT_ONCE)
    outgoing.again(desktop.book, old, prepared)
    return Elsewhere(place=PLACE, says=(SENT if prepared else DONE).format(desktop.goes))


def drop(desktop: Desktop, asked: Asked) -> Answer:
    """Remove a refused packet, and what was written in it."""
    desktop.book.outbox.drop(_old(desktop, asked).number)
    return Elsewhere(place=PLACE, says=DROPPED)


def back(desktop: Desktop, asked: Asked) -> Answer:
    """Take back a reply that has not left this computer; it is a draft again."""
    number, device = _named(asked)
    lying = (one.deed for one in outgoing.lying(desktop.book) if one.number == (device, number))
    reply = next(lying, None)
    header = outgoing.take_back(desktop.book, number, device)
    if isinstance(reply, Reply):
        draft_again(desktop, header.case, reply)
    return Elsewhere(place=PLACE, says=BACK)


def name(one: Lying | Waiting) -> str:
    """Return what a packet is called in an address."""
    device, sequence = one.number
    return f"{device.hex()}/{sequence}"


def _old(desktop: Desktop, asked: Asked) -> Waiting:
    """Return the packet that an address names.

    Raises:
        NoSuchPacket: there is none that was refused.
    """
    return outgoing.refused(desktop.book, *_named(asked))


def _named(asked: Asked) -> tuple[int, bytes]:
    number = int(asked.path["number"])
    try:
        return number, bytes.fromhex(asked.path["device"])
    except ValueError:
        raise NoSuchPacket(number) from None


def _preview(desktop: Desktop, old: Waiting, prepared: Prepared) -> Page:
    view = desktop.book.case(old.header.case.hex())
    return Page(
        template="packet.html",
        values={
            "packet": name(old),
            "back": PLACE,
            "view": view,
            "prepared": prepared,
            "shown": mark(prepared),
            "before": list(phrases.before(prepared)),
        },
    )
