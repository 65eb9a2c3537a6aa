"""Pages from templates: everything is escaped, tricks of strangers are shown, words stay apart.

Rules of this file: the only place that makes HTML of texts. What a stranger or a colleague wrote
goes through `line` or `lines` (`desk.safe_text`: what turns text around or hides is shown as an
escape) and stands in an element of its own with its language and direction, which it cannot leave.
Templates hold no script and no style.
"""

import unicodedata
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.texts.languages import LANGUAGES
from desk.file_pages import size
from desk.language_names import name_of
from desk.safe_text import LTR, RTL, safe_line, safe_lines

FOLDER = Path(__file__).parent
STATIC: Mapping[str, str] = {
    "desk.css": "text/css; charset=utf-8",
    "desk.js": "text/javascript; charset=utf-8",
    "htmx.min.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


def draw(template: str, values: Mapping[str, object]) -> str:
    """Return a page."""
    return _templates().get_template(template).render(values)


@lru_cache(maxsize=len(STATIC))
def static(name: str) -> bytes | None:
    """Return a file that pages need; None for any other name."""
    return (FOLDER / "static" / name).read_bytes() if name in STATIC else None


def direction(tag: str, text: str) -> str:
    """Return the direction of a text in a language; `auto` where it is in another script."""
    known = LANGUAGES.get(tag)
    way = known.direction if known else "auto"
    strong = {"rtl": RTL, "ltr": LTR}.get(way, frozenset())
    return way if any(unicodedata.bidirectional(c) in strong for c in text) else "auto"


def words(text: str, language: str = "") -> Markup:
    """Return what somebody wrote, in an element of its own that nothing in it can leave."""
    pieces = Markup("<br>").join(safe_lines(text))
    return Markup('<div class="words" lang="{}" dir="{}">{}</div>').format(
        language, direction(language, text), pieces
    )


def said(text: str, language: str = "") -> Markup:
    """Return a label or a name within a line of ours."""
    way = direction(language, text)
    return Markup('<bdi lang="{}" dir="{}">{}</bdi>').format(language, way, safe_line(text))


def age(day: date | None, today: date) -> str:
    """Return how long ago a day was, shortly."""
    if day is None:
        return "\u2013"
    days = (today - day).days
    if days <= 0:
        return "today"
    return f"{days} d" if days < 60 else f"{days // 30} months"  # noqa: PLR2004 - two months


@lru_cache(maxsize=1)
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        words=words,
        said=said,
        line=safe_line,
        spoken=lambda tag: safe_line(name_of(tag)),
        age=age,
        size=size,
    )
    return made
