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
from storage.entry import Codes, Day, File, Number, Words, form_fields

SCHEMA = "urn:quietline:casefile"
VERSION = 2  # 1 had neither files nor what was added later
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
        "answers": [_answer(one, casefile, labels) for one in casefile.answers],
        "added": [_answer(one, casefile, labels) for one in casefile.added],
        "files": [_file(number, file) for number, file in casefile.files.items()],
        "link": casefile.submission.link,
        "unknown_entries": casefile.unknown,
        "calculated": dict(casefile.submission.calculated),
        "return_address": casefile.submission.return_address is not None,
        "sealed_to_others": dict(casefile.closed),
    }


def _answer(told: Told, casefile: Casefile, labels: Labels) -> Json:
    last, form = told.parts[-1], casefile.form.id
    return {
        "question": told.question,
        "label": labels.question(form, told.question),
        "repeat": told.repeat,
        "language": last.language,
        "day": last.day.isoformat(),
        **({} if told.later is None else {"later": told.later.isoformat()}),
        **_value(told, form, labels),
        **_numbers(told, casefile),
    }


def _value(told: Told, form: str, labels: Labels) -> Json:
    """Return the value: words as messages and joined, codes with labels, a number or a date."""
    value = next((one for one in reversed(told.values) if not isinstance(one, File)), None)
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
        case None:
            return {}


def _numbers(told: Told, casefile: Casefile) -> Json:
    """Return the numbers of an answer's files, which stand with the case."""
    found = [n for n, file in casefile.files.items() if any(file is one for one in told.values)]
    return {"files": found} if found else {}


def _file(number: int, file: File) -> Json:
    return {
        "number": number,
        "name": file.name,
        "kind": file.kind,
        "type": file.type,
        "size": file.size,
        "sha256": file.sha256,
        "sealed_sha256": file.sealed_sha256,
        "blob": file.blob.hex(),
    }


def _escape(c: str) -> str:
    """Return a character as JSON escapes it: beyond the basic plane, as two halves."""
    if ord(c) <= BASIC:
        return f"\\u{ord(c):04x}"
    high, low = divmod(ord(c) - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
