"""The inbox: every case that this desk knows of, the most urgent first."""

from desk import inbox
from desk.inbox import State
from desk.web.asking import Answer, Asked, Page
from desk.web.desktop import Desktop


def show(desktop: Desktop, asked: Asked) -> Answer:  # noqa: ARG001 - the shape of a page
    """Show the list."""
    found = inbox.read_inbox(desktop.mirror, desktop.reader, desktop.labels.order)
    return Page(template="inbox.html", values={"items": found.items, "State": State})


def alive(desktop: Desktop, asked: Asked) -> Answer:  # noqa: ARG001 - the shape of a page
    """Note that somebody is there."""
    return Page(template="nothing.html")
