r"""JSON Lines: one casefile a line, for other programs.

Rules of this file: pure. Every object names its schema and version; keys are sorted; a person's
words are exactly theirs. Characters that play tricks on a screen stand as JSON's own escapes
(`\u202e`), which mean the same to every reader of JSON.
"""

import json
from collections.abc import Mapping
from typing import TypeAlias

from desk.casefile import Casefile, Told
from desk.labels import Labels
from desk.safe_text import safe_line
from storage.entry import Codes, Day, Number, Words, form_fields

SCHEMA = "urn:quietline:casefile"
VERSION = 1
BASIC = 0xFFFF

Json: TypeAlias = Mapping[str, object]


def line(casefile: Casefile, labels: Labels, *, chain: bytes) -> str:
    """Return a casefile as one line of JSON, without a line break.

    `chain` is the end of its journal: whoever has the bundle can check which entries were told.
    """
    text = json.dumps(
        casefile_fields(casefile, labels) | {"chain": chain.hex()},
        ensure_ascii=False,
        separators=(",", ":"),
        sort_keys=True,
    )
    if safe_line(text) == text:
        return text
    return "".join(c if safe_line(c) == c else _escape(c) for c in text)


def casefile_fields(casefile: Casefile, labels: Labels) -> dict[str, object]:
    """Return what an export tells of a case."""
    form = casefile.form.id
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "case": casefile.case.hex(),
        "number": casefile.number,
        "form": form_fields(casefile.form),
        "urgency": casefile.urgency,
        "language": casefile.language,
        "day": casefile.day.isoformat(),
        "entries": casefile.entries,
        "answers": [_answer(one, form, labels) for one in casefile.answers],
        "calculated": dict(casefile.submission.calculated),
        "return_address": casefile.submission.return_address is not None,
        "sealed_to_others": dict(casefile.closed),
    }


def _answer(told: Told, form: str, labels: Labels) -> Json:
    last = told.parts[-1]
    return {
        "question": told.question,
        "label": labels.question(form, told.question),
        "repeat": told.repeat,
        "language": last.language,
        "day": last.day.isoformat(),
        **_value(told, form, labels),
    }


def _value(told: Told, form: str, labels: Labels) -> Json:
    """Return the value: words as messages and joined, codes with labels, a number or a date."""
    value = told.values[-1]
    match value:
        case Words():
            messages = [one.words for one in told.values if isinstance(one, Words)]
            return {"words": told.words, "messages": messages}
        case Codes():
            named = {code: labels.code(form, told.question, code) for code in value.codes}
            return {"codes": list(value.codes), "labels": named}
        case Number():
            return {"number": value.number}
        case Day():
            return {"date": value.day}


def _escape(c: str) -> str:
    """Return a character as JSON escapes it: beyond the basic plane, as two halves."""
    if ord(c) <= BASIC:
        return f"\\u{ord(c):04x}"
    high, low = divmod(ord(c) - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
