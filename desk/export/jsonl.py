r"""JSON Lines: one extract a line, for other programs.

Rules of this file: pure. Every object names its schema, version and redaction; keys are sorted;
what stands in an extract is told exactly. Characters that play tricks on a screen stand as JSON's
own escapes (`\u202e`), which mean the same to every reader of JSON.
"""

import json
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from desk.export.extract import Extract, Reply
from desk.safe_text import safe_line
from storage.entry import Codes, Day, File, Number, Words, form_fields

SCHEMA = "urn:quietline:casefile"
#: 1 had neither files nor what was added later, 2 neither redaction nor cautions, 3 nothing of what
#: staff have made of a case.
VERSION = 4
BASIC = 0xFFFF

Json: TypeAlias = Mapping[str, object]


def write(extracts: Iterable[Extract]) -> str:
    """Return the extracts as JSON Lines."""
    return "".join(f"{line(one)}\n" for one in extracts)


def line(extract: Extract) -> str:
    """Return an extract as one line of JSON, without a line break."""
    text = json.dumps(
        extract_fields(extract), ensure_ascii=False, separators=(",", ":"), sort_keys=True
    )
    if safe_line(text) == text:
        return text
    return "".join(c if safe_line(c) == c else _escape(c) for c in text)


def extract_fields(extract: Extract) -> dict[str, object]:
    """Return what an export tells of a case; a redacted one has no field for what ties it to us."""
    fields: dict[str, object] = {
        "schema": SCHEMA,
        "version": VERSION,
        "redaction": extract.redaction.value,
        "cautions": list(extract.cautions),
        "number": extract.number,
        "form": form_fields(extract.form),
        "urgency": extract.urgency,
        "language": extract.language,
        "day": extract.day,
        "answers": [_answer(one) for one in extract.answers],
        "added": [_answer(one) for one in extract.added],
    }
    if not extract.whole:
        return fields
    return fields | {
        "case": extract.case,
        "chain": extract.chain,
        "entries": extract.entries,
        "files": [_file(number, file) for number, file in extract.files.items()],
        "link": extract.link,
        "unknown_entries": extract.unknown,
        "calculated": dict(extract.calculated),
        "return_address": extract.return_address,
        "sealed_to_others": dict(extract.closed),
        "state": extract.handled.state,
        "owner": extract.handled.owner,
        "tags": list(extract.handled.tags),
        "verification": extract.handled.verification,
        "attribution": extract.handled.attribution,
    }


def _answer(reply: Reply) -> Json:
    return {
        "question": reply.question,
        "label": reply.label,
        "repeat": reply.repeat,
        "language": reply.language,
        "day": reply.day,
        **({} if reply.later is None else {"later": reply.later}),
        **_value(reply),
        **({"files": list(reply.files)} if reply.files else {}),
    }


def _value(reply: Reply) -> Json:
    """Return the value: words as messages and joined, codes with labels, a number or a date."""
    match reply.value:
        case Words():
            return {"words": reply.words, "messages": list(reply.messages)}
        case Codes(codes=codes):
            return {"codes": list(codes), "labels": dict(reply.labels)}
        case Number(number=number):
            return {"number": number}
        case Day(day=day):
            return {"date": day}
        case None:
            return {}


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
