"""Finds what should be nowhere: a text or a number in files, in every form a leak could take.

A text is looked for in UTF-8, UTF-16, as JSON would escape it, in base64 at each of the three
places where it may begin, and in hex; a number also as the bytes of an integer and of a float. In
what is large all forms are looked for in one pass; which of them lies there is asked where one does.
"""

import base64
import json
import struct
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import re2

Forms = Mapping[str, bytes]

#: Bytes from which on one pass for all forms is quicker than one for each.
LARGE = 1 << 14


def text_forms(text: str) -> dict[str, bytes]:
    """Return a text as it could lie on a disk, by the name of the form."""
    plain = text.encode()
    forms = {
        "UTF-8": plain,
        "UTF-16 LE": text.encode("utf-16-le"),
        "UTF-16 BE": text.encode("utf-16-be"),
        "JSON": json.dumps(text)[1:-1].encode(),
        "hex": plain.hex().encode(),
        "HEX": plain.hex().upper().encode(),
    }
    for offset in range(3):
        inner = _base64(plain, offset)
        forms[f"base64 at {offset}"] = inner
        forms[f"base64url at {offset}"] = inner.translate(bytes.maketrans(b"+/", b"-_"))
    return forms


def number_forms(number: int) -> dict[str, bytes]:
    """Return a number as text, and as an integer or float as programs keep it.

    The bytes of an integer are its shortest: they lie inside every wider one, SQLite's 6 and
    everybody's 8.
    """
    size = (number.bit_length() + 7) // 8
    return {
        **text_forms(str(number)),
        "integer BE": number.to_bytes(size, "big"),
        "integer LE": number.to_bytes(size, "little"),
        "float BE": struct.pack(">d", number),
        "float LE": struct.pack("<d", number),
        "varint": _varint(number),
        "hex number": b"%x" % number,
        "HEX number": b"%X" % number,
    }


def found(forms: Iterable[Forms], *places: Path) -> list[str]:
    """Return where one of the forms lies: in which file, or in which file's name."""
    forms = list(forms)
    files = [file for place in places for file in _files(place)]
    return [
        f"{name} in {where}"
        for file in files
        for where, data in ((file, file.read_bytes()), (f"the name {file}", bytes(file)))
        for name in found_in(forms, data)
    ]


def found_in(forms: Iterable[Forms], data: bytes) -> list[str]:
    """Return the names of the forms that lie in the data."""
    named = [(name, form) for one in forms for name, form in one.items()]
    if named and len(data) >= LARGE and not _any_of(tuple(form for _, form in named)).search(data):
        return []
    return [name for name, form in named if form in data]


@lru_cache(maxsize=8)
def _any_of(forms: tuple[bytes, ...]) -> Any:  # noqa: ANN401 - re2 has no types
    """Return what finds whether any of some bytes lies in others, in one pass however many."""
    as_bytes = re2.Options()
    as_bytes.encoding, as_bytes.max_mem = re2.Options.Encoding.LATIN1, 1 << 28
    return re2.compile(b"|".join(map(re2.escape, dict.fromkeys(forms))), as_bytes)


def _files(place: Path) -> list[Path]:
    return [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file())


def _base64(plain: bytes, offset: int) -> bytes:
    """Return those characters that do not depend on what stands before or after."""
    first = -(-offset * 8 // 6)
    return base64.b64encode(bytes(offset) + plain)[first : (offset + len(plain)) * 8 // 6]


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])
