"""Uwazi: a CSV that its import reads, or a ZIP with the CSV and the files.

Rules of this file: pure, and Uwazi's conventions to the letter. UTF-8 without a mark; `title` is
there; headers are property names (small letters, digits, underscores), never with a language's
ending; several values stand between `|`; days are `2026/11/22` and spans of days
`2024/05/01:2024/05/31`, never with a time; `attachments` names files of the ZIP between `|`. A
label that holds a sign of Uwazi's own is written with another sign. What a spreadsheet could take
for a formula gets an apostrophe.

Source: huridocs/uwazi, `app/api/csv` (typeParsers, csvLoader, importFile)
"""

import calendar
import csv
import io
import re
from collections.abc import Mapping, Sequence

from desk.export.cells import PLAIN_NUMBER, harmless
from desk.export.extract import Extract, Reply
from storage.entry import Codes, Day, Number, Words

IMPORT = "import.csv"  # what Uwazi looks for at the top of a ZIP
BETWEEN = "|"
FIXED = ("title", "urgency", "language", "received", "form", "redaction", "cautions")
ATTACHMENTS = "attachments"
ADDED = "added_later"
#: Uwazi's own signs in a label, and what stands for them: lookalikes that mean nothing to it.
SIGNS = str.maketrans({"|": "\u2223", "\n": " ", "\r": " "})


def table(extracts: Sequence[Extract], attached: Mapping[str, Sequence[str]] | None = None) -> str:
    """Return the CSV; `attached` gives the names of a case's files in the ZIP, by its number."""
    told = [_told(one) for one in extracts]
    properties = list(dict.fromkeys(name for one in told for name in one))
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow([*FIXED, *properties, ADDED, *([] if attached is None else [ATTACHMENTS])])
    for one, answers in zip(extracts, told, strict=True):
        row = [
            *(one.number, one.urgency, one.language, one.day.replace("-", "/"), one.form.id),
            *(one.redaction.value, "\n".join(one.cautions)),
            *(answers.get(name, "") for name in properties),
            "\n".join(filter(None, map(_text, one.added))),
            *([] if attached is None else [BETWEEN.join(attached.get(one.number, ()))]),
        ]
        rows.writerow([_cell(value) for value in row])
    return out.getvalue()


def header(question: str) -> str:
    """Return a question's name as Uwazi names a property; two underscores would mean a language."""
    name = re.sub(r"[^a-z0-9]+", "_", question.lower()).strip("_")
    return f"q_{name or 'unnamed'}"


def _cell(value: str) -> str:
    return value if PLAIN_NUMBER.fullmatch(value) else harmless(value)


def _told(one: Extract) -> dict[str, str]:
    """Return the answers by property; what a repeat says several times stands together."""
    told: dict[str, str] = {}
    for reply in one.answers:
        name, text = header(reply.question), _text(reply)
        between = "\n" if isinstance(reply.value, Words) else BETWEEN
        told[name] = between.join(filter(None, (told.get(name, ""), text)))
    return told


def _text(reply: Reply) -> str:
    match reply.value:
        case Words():
            return reply.words
        case Codes(codes=codes):
            return BETWEEN.join(label(reply.labels[code]) for code in codes)
        case Number(number=number):
            return str(number)
        case Day(day=day):
            return span(day)
        case None:
            return ""


def label(text: str) -> str:
    """Return a label that Uwazi reads as one value, and not as a child of another."""
    return text.translate(SIGNS).replace("::", ":\u200a:").strip()


def span(day: str) -> str:
    """Return a coarse date as a span of days, `from:to`; a whole day is a span of one."""
    year, month, rest = (*map(int, day.split("-")), 0, 0)[:3]
    first = f"{year:04d}/{month or 1:02d}/{rest or 1:02d}"
    last_month = month or 12
    last_day = rest or calendar.monthrange(year, last_month)[1]
    return f"{first}:{year:04d}/{last_month:02d}/{last_day:02d}"
