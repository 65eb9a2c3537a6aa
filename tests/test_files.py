"""Which files are not taken, what their first bytes say, and what stays of their names."""

import io
import unicodedata
import zipfile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.files import (
    MEGABYTE,
    RESERVE,
    begins_a_program,
    is_program,
    refusal,
    short_hash,
)
from bot.ports import Media
from bot.tables import Files
from storage.document import is_code
from storage.filetype import LONGEST_NAME, clean_name, type_of
from tests.depots import Drawer

FILES = Files(largest_mb=10, most=3)
ROOM = 1 << 40


def why(depot: Drawer | None = None, **parts: object) -> str:
    values = {"reference": "r", "kind": "document", "size": 5, **parts}
    places = {"count": 0, "total": 0, "room": ROOM}
    given = {name: values.pop(name, default) for name, default in places.items()}
    media = Media(**values)  # type: ignore[arg-type]
    return refusal(media, depot or Drawer(), FILES, **given)  # type: ignore[arg-type]


def test_what_is_no_trouble_is_taken() -> None:
    assert why() == ""
    assert why(size=0) == ""
    assert why(size=10 * MEGABYTE, count=2) == ""
    assert why(name="setup.exe") == ""  # where programs may come


def test_each_trouble_has_its_text() -> None:
    assert (
        refusal(Media(reference="", kind="photo"), None, FILES, count=0, total=0, room=ROOM)
        == "file-none"
    )
    assert why(count=3) == "file-too-many"
    assert why(size=10 * MEGABYTE + 1) == "file-too-large"
    assert why(Drawer(largest=4)) == "file-too-large"
    assert why(total=100 * MEGABYTE - 4) == "file-no-room"
    assert why(total=100 * MEGABYTE - 5) == ""
    assert why(room=RESERVE + 4) == "file-no-room"
    assert why(room=RESERVE + 5) == ""
    assert why(size=0, room=RESERVE + 5) == "file-no-room"  # as if it were the largest
    strict = Drawer(dangerous=False)
    assert why(strict, name="Photo.JPG.exe ") == "file-dangerous"
    assert why(strict, type="application/x-msdownload") == "file-dangerous"


@pytest.mark.parametrize(
    "name",
    ["a.exe", "a.EXE", "a.exe.", "a.exe ", "a.e\u200bxe", "a.apk", "a.js", "a.sh", "a.msi", "a.lnk",
     "a.exe.txt", "a.jar", "x/y\\a.scr", "\u202etxt.exe", "a.vbs\n", "ａ.ｅxe.ps1"],
)  # fmt: skip
def test_programs_are_known_by_their_names(name: str) -> None:
    assert is_program(name, "")


@pytest.mark.parametrize(
    "name", ["", "a", "exe", "notes about exe.txt", "a.jpg", "a.pdf", "sh.mp4"]
)
def test_other_names_are_no_programs(name: str) -> None:
    assert not is_program(name, "image/jpeg")


@pytest.mark.parametrize(
    "head",
    [b"MZ\x90\0", b"\x7fELF\2", b"#!/bin/sh", b"#! /bin/sh", b"\xcf\xfa\xed\xfe\7", b"dex\n035",
     b"\xca\xfe\xba\xbe\0", b"L\0\0\0\1\x14\2\0\0"],
)  # fmt: skip
def test_programs_are_known_by_their_first_bytes(head: bytes) -> None:
    assert begins_a_program(head)


def _office() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("[Content_Types].xml", "x" * 50)
    return held.getvalue()


@pytest.mark.parametrize(
    ("head", "type_"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "image/heif"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\0\0\0\x20ftypisom\0\0\2\0", "video/mp4"),
        (b"\0\0\0\x14ftypqt  ", "video/quicktime"),
        (b"ID3\4\0", "audio/mpeg"),
        (_office(), "application/zip"),
        (b"just words", ""),
        (b"", ""),
        (b"\xff\xfb", ""),
    ],
)
def test_the_first_bytes_tell_the_type(head: bytes, type_: str) -> None:
    assert type_of(head) == type_
    assert not begins_a_program(head)


def test_a_voice_of_an_old_phone_is_no_script() -> None:
    assert not begins_a_program(b"#!AMR\n\x3c")


@given(head=st.binary(max_size=200))
def test_a_type_is_always_something_an_entry_can_hold(head: bytes) -> None:
    assert type_of(head) == "" or is_code(type_of(head))


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("IMG 0451.JPG", "IMG 0451.JPG"),
        ("ئۇيغۇرچە.pdf", "ئۇيغۇرچە.pdf"),
        ("証拠写真(1).png", "証拠写真(1).png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\a.doc", "a.doc"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\x00b\r\nc\t.txt", "abc.txt"),
        ("\u2066x\u2069.txt", "x.txt"),
        ("  . .hidden ", "hidden"),
        ("...", ""),
        ("a\ud800b", "ab"),
        ("नमस्\u200dते.txt", "नमस्\u200dते.txt"),
    ],
)
def test_what_stays_of_a_name(name: str, clean: str) -> None:
    assert clean_name(name) == clean


@given(name=st.text(max_size=300))
def test_a_clean_name_is_one_line_of_one_folder(name: str) -> None:
    clean = clean_name(name)
    assert clean_name(clean) == clean
    assert len(clean.encode()) <= LONGEST_NAME
    assert not set(clean) & set("/\\\r\n\t\0\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert clean.strip(" .") == clean
    assert all(unicodedata.category(c) not in {"Cc", "Cs", "Zl", "Zp"} for c in clean)


@given(stem=st.text(min_size=1, max_size=300), ending=st.sampled_from(["jpg", "exe", "mp4"]))
@example(stem="\\", ending="exe")
def test_a_long_name_keeps_its_ending(stem: str, ending: str) -> None:
    cleaned = clean_name(f"a{stem}.{ending}")
    assert cleaned.endswith(f".{ending}") or cleaned == ending  # with nothing before it
    assert is_program(f"a{stem}.{ending}", "") or ending != "exe"


def test_a_short_hash_is_eight_digits() -> None:
    assert short_hash("0123456789abcdef" * 4) == "0123 4567"
