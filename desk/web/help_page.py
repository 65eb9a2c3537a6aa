"""The short help: what each part of the desk is for, and the keys."""

from desk.web.asking import Answer, Asked, Page
from desk.web.desktop import Desktop


def show(desktop: Desktop, asked: Asked) -> Answer:  # noqa: ARG001 - the shape of a page
    """Show it."""
    return Page(template="help.html")
