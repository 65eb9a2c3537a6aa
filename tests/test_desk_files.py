"""Files at the desk: what is shown of them, what is opened, and what must never be."""

import ast
import hashlib
import io
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from bot.bundle import FILES
from desk import copies, file_names
from desk.errors import NoRoom
from desk.shelf import Shelf, check_room
from storage import age
from storage.entry import File, Words
from tests.files_made import LATER, FilesServed, Sent, kept_here, opened
from tests.served import Desk, case_id, case_number

LETTER = b"A letter that came to my mother.\n" * 4000
NOTE = Sent(data=b"OggS" + bytes(99), name="", type="audio/ogg", kind="voice")


@pytest.fixture
async def served(tmp_path: Path) -> FilesServed:
    return FilesServed(tmp_path)


def run(served: FilesServed, *command: str) -> str:
    return served.office.run(*command, desk="ana")


def refused(served: FilesServed, *command: str) -> list[str]:
    code, wrong = served.office.attempt(*command, desk="ana")
    assert code == 1
    return [line.removeprefix("quietline-desk: ") for line in wrong.splitlines()]


def files(served: FilesServed, number: int, to: Path, *more: str) -> str:
    return run(served, "files", case_number(number), "--to", str(to), *more)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def shelved(served: FilesServed, file: File) -> list[str]:
    """Return the names of the sealed files on the shelf."""
    return [name for name in names(kept_here(served, file).parent) if name.endswith(".age")]


def everything(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def picture(size: tuple[int, int] = (64, 48), form: str = "JPEG", **options: object) -> bytes:
    image = Image.new(str(options.pop("mode", "RGB")), size)
    image.putdata([(x % 256, x // 7 % 256, x // 3 % 256) for x in range(size[0] * size[1])])
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def with_place() -> bytes:
    """A photo as a telephone makes it: where, when, with what, turned by a quarter."""
    exif = Image.Exif()
    exif[0x010F] = "Canary Phones"
    exif[0x0112] = 6
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (43.0, 49.0, 30.0)
    gps[29] = "2026:11:20"
    return picture(exif=exif, comment=b"canary comment", icc_profile=b"canary profile")


# --- what is shown -----------------------------------------------------------------------------


async def test_a_case_shows_its_files_under_their_question(served: FilesServed) -> None:
    file, voice = await served.send_files(1, [Sent(data=LETTER), NOTE])
    await served.export()
    assert "2 sealed files taken" in run(served, "open", str(served.drop))
    shown = run(served, "show", case_number(1))
    groups = f"{file.sha256[:4]} {file.sha256[4:8]}"
    assert f"    File 1: document, text/plain, 132.0 kB, hash {groups}, here\n" in shown
    assert "\n    letter.txt\n" in shown
    assert f"    File 2: voice, audio/ogg, 103 bytes, hash {voice.sha256[:4]} " in shown
    assert re.search(r"^  Files +2, all here$", shown, re.MULTILINE)


async def test_a_file_has_the_number_that_the_person_was_told(served: FilesServed) -> None:
    first, second = Sent(data=b"one", number=4), Sent(data=b"two", number=2)
    await served.send_files(1, [first, second, Sent(data=b"three")])
    await served.export()
    opened(served)
    shown = run(served, "show", case_number(1))
    found = re.findall(r"File (\d): document, text/plain, (\d) bytes, hash (\S{4})", shown)
    assert found == [
        (str(number), str(len(data)), hashlib.sha256(data).hexdigest()[:4])
        for number, data in ((4, b"one"), (2, b"two"), (5, b"three"))
    ]


async def test_what_was_added_later_stands_in_order_with_its_day(served: FilesServed) -> None:
    await served.send_files(1, [Sent(data=b"one", number=1)])
    case = case_id(1)
    late = await served.keep(case, Sent(data=b"late", name="late.txt", number=2), day=LATER)
    more = await served.keep(case, Sent(data=b"more", name="more.txt", number=3), day=LATER)
    await served.add(1, late, question="G1", part=1)
    await served.add(1, Words(words="They came again."))
    await served.add(1, more)
    await served.add(1, Words(words="And again."))
    await served.export()
    opened(served)
    shown = run(served, "show", case_number(1))
    places = [
        shown.index(text)
        for text in ("File 1: ", "to:\nG1", "File 2: ", "They came again.", "File 3: ", "And again")
    ]
    assert places == sorted(places)
    assert shown.count(f"Added later, on {LATER.isoformat()}") == 4
    assert "5 entries, whole" in shown
    served.office.let_lead("ana")
    told = json.loads(run(served, "export", "jsonl", "--reason", "a handover"))
    assert [one["later"] for one in told["added"]] == [LATER.isoformat()] * 4
    assert [one.get("words") for one in told["added"]] == [
        None,
        "They came again.",
        None,
        "And again.",
    ]


async def test_a_late_file_takes_no_other_files_place(served: FilesServed, tmp_path: Path) -> None:
    kept = await served.keep(case_id(1), Sent(data=b"came at once", number=2))
    await served.send(1, [("G1", 0, 1, kept, "general")])
    late = await served.keep(case_id(1), Sent(data=b"came late", number=1), day=LATER)
    await served.add(1, late, question="G1", part=0)
    await served.export()
    files(opened(served), 1, tmp_path / "out")
    saved = sorted((tmp_path / "out").iterdir())
    assert [path.read_bytes() for path in saved] == [b"came late", b"came at once"]


async def test_an_export_tells_of_files_and_of_the_link(served: FilesServed) -> None:
    served.office.let_lead("ana")
    file, _ = await served.send_files(1, [Sent(data=LETTER, name="نامە\u202e.txt"), NOTE])
    await served.export()
    line = run(opened(served), "export", "jsonl", "--reason", "a handover")
    told = json.loads(line)
    assert "\u202e" not in line
    assert told["link"] == ""
    assert told["files"][0] == {
        "number": 1,
        "name": "نامە\u202e.txt",
        "kind": "document",
        "type": "text/plain",
        "size": len(LETTER),
        "sha256": file.sha256,
        "sealed_sha256": file.sealed_sha256,
        "blob": file.blob.hex(),
    }
    (answer,) = [one for one in told["answers"] if one["question"] == "G1"]
    assert answer["files"] == [1, 2]


async def test_files_that_others_may_open_are_told_of(served: FilesServed, tmp_path: Path) -> None:
    await served.send_files(1, [Sent(data=LETTER)], compartment="relatives")
    await served.add(1, Words(words="secret"), compartment="lead")
    await served.export()
    opened(served)
    shown = run(served, "show", case_number(1))
    assert "2 answers sealed to relatives, not open to you." in shown
    assert "1 answer sealed to lead, not open to you." in shown
    said = files(served, 1, tmp_path / "out")
    assert f"Case {case_number(1)} has no file." in said
    assert "sealed to relatives, not open to you. There may be files among them." in said
    assert names(tmp_path / "out") == []


async def test_a_blob_sealed_to_another_key_is_said_so(served: FilesServed, tmp_path: Path) -> None:
    kept = await served.keep(case_id(1), Sent(data=LETTER), compartment="lead")
    await served.send(1, [("G1", 0, 0, kept, "general")])
    await served.export()
    (said,) = refused(opened(served), "files", case_number(1), "--to", str(tmp_path / "out"))
    assert said.startswith(f"Case {case_number(1)}, file 1: It is sealed to a reading key")
    assert names(tmp_path / "out") == []


async def test_entries_of_unknown_kinds_are_counted(served: FilesServed) -> None:
    await served.send_files(1, [])
    await served.add_to(case_id(1))
    await served.bundle()
    shown = run(opened(served), "show", case_number(1))
    assert "1 entry of a kind that this version does not know: not shown." in shown


async def test_an_addition_of_another_case_is_trouble(served: FilesServed) -> None:
    await served.send_files(1, [])
    await served.add(1, Words(words="swapped"), of=case_id(2))
    await served.bundle()
    (said,) = refused(opened(served), "show", case_id(1).hex())
    assert "position 1 holds another case" in said


async def test_a_form_that_no_statement_names_is_told_of(served: FilesServed) -> None:
    await served.send_files(1, [])
    await served.bundle()
    assert "No statement of the line" not in run(opened(served), "show", case_number(1))
    served.office.sign("org", "sign", "--form", f"other:1={_form(served)}")
    assert "No statement of the line that is here names this form" in run(
        served, "show", case_number(1)
    )


def _form(served: FilesServed) -> Path:
    path = served.office.place / "form.md"
    path.write_text("a form")
    return path


# --- opening -----------------------------------------------------------------------------------


async def test_an_original_is_saved_as_it_came_and_shut_away(
    served: FilesServed, tmp_path: Path
) -> None:
    await served.send_files(1, [Sent(data=LETTER), NOTE])
    await served.export()
    out = tmp_path / "out"
    said = files(opened(served), 1, out)
    first, second = (
        f"{case_number(1)}-1-letter.txt.quarantine",
        f"{case_number(1)}-2-voice.ogg.quarantine",
    )
    assert names(out) == [first, second]
    assert (out / first).read_bytes() == LETTER
    assert (out / second).read_bytes() == NOTE.data
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o600}
    assert out.stat().st_mode & 0o777 == 0o700
    assert "Do not open an original on a computer that matters" in " ".join(said.split())
    assert first in said


async def test_one_file_alone_and_again(served: FilesServed, tmp_path: Path) -> None:
    await served.send_files(1, [Sent(data=LETTER), NOTE])
    await served.export()
    out = tmp_path / "out"
    files(opened(served), 1, out, "--only", "2")
    assert len(names(out)) == 1
    assert "(the very same was there)" in files(served, 1, out)
    path = out / f"{case_number(1)}-1-letter.txt.quarantine"
    path.write_bytes(b"somebody's own work")
    (said,) = refused(served, "files", case_number(1), "--to", str(out))
    assert "Something else lies there already" in said
    assert path.read_bytes() == b"somebody's own work"
    (said,) = refused(served, "files", case_number(1), "--only", "3", "--to", str(out))
    assert "has no file 3" in said
    assert len(names(out)) == 2


async def test_without_a_folder_it_is_one_called_as_the_case(
    served: FilesServed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await served.send_files(1, [Sent(data=LETTER)])
    await served.export()
    opened(served)
    monkeypatch.chdir(tmp_path)
    run(served, "files", case_number(1))
    assert len(names(tmp_path / case_number(1))) == 1


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """64 MiB opened in a process of its own: its resident memory grows by less than 8 MiB."""
    identity, sealed = age.Identity.generate(), tmp_path / "mirror"
    sealed.mkdir()
    plain = tmp_path / "plain"
    with plain.open("wb") as file:
        for number in range(1024):
            file.write(bytes([number % 256]) * 65536)
    blob = sealed / f"{bytes(16).hex()}.age"
    with plain.open("rb") as source, blob.open("wb") as sink:
        age.seal_stream(source, sink, [identity.recipient])
    hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (plain, blob)]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(tmp_path), identity.secret(), *hashes],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 8 * 2**20
    (saved,) = (tmp_path / "out").iterdir()
    assert hashlib.sha256(saved.read_bytes()).hexdigest() == hashes[0]


MEASURED = """
import sys
from pathlib import Path
from desk import evidence
from desk.evidence import Place
from desk.shelf import Shelf
from storage import age
from storage.entry import File

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024

place, secret, sha256, sealed_sha256 = sys.argv[1:]
out, shelf = Path(place) / "out", Shelf(folder=Path(place) / "mirror")
out.mkdir()
small, identity = age.Identity.generate(), age.Identity.parse(secret)
assert age.open(age.seal(bytes(2**20), [small.recipient]), [small])
file = File(blob=bytes(16), size=64 * 2**20, type="video/mp4", sha256=sha256,
            sealed_sha256=sealed_sha256, name="clip.mp4", kind="video")
before = peak()
evidence.save(file, Place(folder=out, case="K7Q-4MD-001", number=1), shelf, [identity])
print(peak() - before)
"""


# --- working copies ----------------------------------------------------------------------------


async def test_a_working_copy_tells_neither_place_nor_telephone(
    served: FilesServed, tmp_path: Path
) -> None:
    photo = with_place()
    assert b"Canary Phones" in photo
    await served.send_files(
        1, [Sent(data=photo, name="IMG_1.JPG", type="image/jpeg", kind="photo")]
    )
    await served.export()
    out = tmp_path / "out"
    said = files(opened(served), 1, out)
    original = out / f"{case_number(1)}-1-IMG_1.jpg.quarantine"
    copy = out / f"{case_number(1)}-1-IMG_1-copy.jpg"
    assert original.read_bytes() == photo
    assert copy.stat().st_mode & 0o777 == 0o600
    data = copy.read_bytes()
    for told in (b"Canary", b"canary", b"Exif", b"ICC_PROFILE", b"2026:11:20"):
        assert told not in data
    with Image.open(copy) as image:
        assert image.format == "JPEG"
        assert image.size == (48, 64)  # turned as the telephone said
        assert dict(image.getexif()) == {}
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert f"working copy: {copy.name}" in said


COLOURS = [
    ("PNG", "RGB", "png"),
    ("PNG", "P", "png"),
    ("PNG", "LA", "png"),
    ("PNG", "I;16", "png"),
    ("WEBP", "RGB", "jpg"),
    ("WEBP", "RGBA", "png"),
    ("JPEG", "L", "jpg"),
    ("JPEG", "CMYK", "jpg"),
]


async def test_pictures_of_every_colour_get_a_copy_without_what_else_was_in_them(
    served: FilesServed, tmp_path: Path
) -> None:
    sent = []
    for form, mode, _ in COLOURS:
        image, out = Image.new(mode, (20, 10)), io.BytesIO()
        told = PngImagePlugin.PngInfo()
        told.add_text("Canary", "canary words")
        extra = {"pnginfo": told} if form == "PNG" else {"exif": b"Exif\0\0canary"}
        image.save(out, form, **extra)
        assert b"anary" in out.getvalue()
        sent.append(Sent(data=out.getvalue(), name=f"{mode[0]}.{form}"))
    await served.send_files(1, sent)
    await served.export()
    files(opened(served), 1, tmp_path / "out")
    for number, (_, mode, ending) in enumerate(COLOURS, 1):
        copy = tmp_path / "out" / f"{case_number(1)}-{number}-{mode[0]}-copy.{ending}"
        assert b"anary" not in copy.read_bytes()
        with Image.open(copy) as drawn:
            assert drawn.size == (20, 10)
            drawn.load()


async def test_a_bomb_gets_no_copy_and_its_original_is_kept(
    served: FilesServed, tmp_path: Path
) -> None:
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Image.new("1", (20_000, 20_000)).save(out, "PNG")
    bomb = Sent(data=out.getvalue(), name="bomb.png", type="image/png")
    await served.send_files(1, [bomb])
    await served.export()
    said = files(opened(served), 1, tmp_path / "out")
    assert "There is no working copy: it has more pixels" in said
    assert names(tmp_path / "out") == [f"{case_number(1)}-1-bomb.png.quarantine"]


async def test_what_only_claims_to_be_a_picture_gets_no_copy(
    served: FilesServed, tmp_path: Path
) -> None:
    broken = [b"\xff\xd8\xff\xe0 not one", picture()[:400], b"\x89PNG\r\n\x1a\n", b"RIFFxxxxWEBP"]
    await served.send_files(
        1, [Sent(data=data, name="x.jpg", type="image/jpeg") for data in broken]
    )
    await served.export()
    said = files(opened(served), 1, tmp_path / "out")
    assert said.count("There is no working copy: it cannot be read") == len(broken)
    assert all(name.endswith(".jpg.quarantine") for name in names(tmp_path / "out"))


KINDS = [
    ("x.svg", "image/svg+xml", "it may run scripts"),
    ("x.html", "text/html", "it may run scripts"),
    ("x.docm", "application/zip", "it may carry macros"),
    ("x.doc", "application/msword", "it may carry macros"),
    ("x.exe", "", "it may run as a program"),
    ("x.jpg", "application/vnd.microsoft.portable-executable", "its name says another kind"),
    ("x.dat", "application/vnd.microsoft.portable-executable", "it may run as a program"),
    ("x.zip", "application/zip", "an archive"),
    ("x.jpg.js", "", "it may run as a program"),
    ("x.gif", "image/gif", ""),
    ("x.ogg", "application/ogg", ""),
    ("x.txt", "", ""),
]


async def test_only_pictures_are_drawn_anew_and_suspicious_kinds_are_named(
    served: FilesServed, tmp_path: Path
) -> None:
    sent = [Sent(data=b"GIF89a <svg>", name=name, type=kind) for name, kind, _ in KINDS]
    await served.send_files(1, sent)
    await served.export()
    said = files(opened(served), 1, tmp_path / "out")
    assert names(tmp_path / "out") == sorted(
        f"{case_number(1)}-{n}-{name}.quarantine" for n, (name, _, _) in enumerate(KINDS, 1)
    )
    for number, (_, _, beware) in enumerate(KINDS, 1):
        told = re.split(r"^ +File \d+: ", said, flags=re.MULTILINE)[number]
        assert ("Beware: " in told) == bool(beware)
        assert beware in told


def test_what_draws_pictures_holds_nothing_of_ours() -> None:
    """A decoder that is taken over finds no key: it runs alone, and can only read the original."""
    tree = ast.parse(copies.PROGRAM.read_text("utf-8"))
    modules = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert modules == {"PIL", "io", "resource", "sys", "typing", "warnings"}


# --- what must not be opened -------------------------------------------------------------------


@pytest.mark.parametrize("how", ["changed", "cut", "cut at a chunk", "longer", "swapped", "gone"])
async def test_what_is_not_whole_is_named_and_nothing_of_it_is_kept(
    served: FilesServed, tmp_path: Path, how: str
) -> None:
    file, other, good = await served.send_files(
        1, [Sent(data=LETTER, name=n) for n in ("a.txt", "b.txt", "c.txt")]
    )
    await served.export()
    path, second = (kept_here(opened(served), one) for one in (file, other))
    data, whole = path.read_bytes(), second.read_bytes()
    match how:
        case "changed":
            path.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
        case "cut":
            path.write_bytes(data[:-1])
        case "cut at a chunk":
            path.write_bytes(data[: -(len(LETTER) % 65536 + 16)])
        case "longer":
            path.write_bytes(data + b"\0")
        case "swapped":
            path.write_bytes(whole)
        case _:
            path.unlink()
    out = tmp_path / "out"
    (said,) = refused(served, "files", case_number(1), "--to", str(out))
    assert said.startswith(f"Case {case_number(1)}, file 1: ")
    assert ("It is not here" if how == "gone" else "not as the server sealed it") in said
    assert names(out) == [
        f"{case_number(1)}-{n}-{c}.txt.quarantine" for n, c in ((2, "b"), (3, "c"))
    ]
    assert good.size == (out / names(out)[1]).stat().st_size
    if how != "gone":
        code, _ = served.office.attempt("verify", desk="ana")
        assert code == 1
        assert f"Case {case_number(1)}, file 1: " in served.office.terminal.shown


@pytest.mark.parametrize("how", ["sha256", "shorter", "longer"])
async def test_what_holds_something_else_than_its_case_says_is_not_kept(
    served: FilesServed, tmp_path: Path, how: str
) -> None:
    """The sealed file is the one named, and what is in it is not: a server that lies."""
    kept = await served.keep(case_id(1), Sent(data=LETTER))
    lied = {
        "sha256": replace(kept, sha256="00" * 32),
        "shorter": replace(kept, size=kept.size - 1),
        "longer": replace(kept, size=kept.size + 1),
    }[how]
    await served.send(1, [("G1", 0, 0, lied, "general")])
    await served.export()
    (said,) = refused(opened(served), "files", case_number(1), "--to", str(tmp_path / "out"))
    assert "it holds something else than its case says" in said
    assert names(tmp_path / "out") == []


async def test_no_more_is_written_than_a_case_says(served: FilesServed, tmp_path: Path) -> None:
    """A file that is told to be small, and is not, fills no disk."""
    kept = await served.keep(case_id(1), Sent(data=bytes(4 * 2**20)))
    await served.send(1, [("G1", 0, 0, replace(kept, size=2**20), "general")])
    await served.export()
    # The desk takes no more than such a file could need, so it is put there by hand.
    opened_anyway = kept_here(served, kept)
    served.office.attempt("open", str(served.drop), desk="ana")
    opened_anyway.parent.mkdir(exist_ok=True)
    shutil.copy(served.sealed(kept), opened_anyway)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3 * 2**19, hard))
    try:
        (said,) = refused(served, "files", case_number(1), "--to", str(tmp_path / "out"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "it holds something else than its case says" in said
    assert names(tmp_path / "out") == []


async def test_a_blob_that_never_was_sealed_is_not_kept(
    served: FilesServed, tmp_path: Path
) -> None:
    """A truncated seal whose hash the case names: what was written of it goes again."""
    kept = await served.keep(case_id(1), Sent(data=LETTER))
    path = served.office.place / "blobs" / kept.blob.hex()[:2] / f"{kept.blob.hex()}.age"
    cut = path.read_bytes()[:-20]
    path.write_bytes(cut)
    served.files.mkdir(parents=True)
    shutil.copy(path, served.sealed(kept))
    lied = replace(kept, sealed_sha256=hashlib.sha256(cut).hexdigest())
    await served.send(1, [("G1", 0, 0, lied, "general")])
    await served.bundle()
    (said,) = refused(opened(served), "files", case_number(1), "--to", str(tmp_path / "out"))
    assert "not as the server sealed it" in said
    assert names(tmp_path / "out") == []


NASTY = [
    "../../../etc/cron.d/x.txt",
    "..\\..\\x.txt",
    "/etc/passwd",
    "C:\\Windows\\x.txt",
    "..",
    "CON",
    "nul.txt",
    "x" * 300 + ".txt",
    "漢" * 200 + ".txt",
    "e\u0301" * 200,
    "photo\u202egnp.exe",
    "a\u2066b\u2069.txt",
    "x\u200b\u00ad.txt",
    "line\nbreak\x1b[31m.txt",
    "-rf.txt",
    ".hidden",
    "$(touch x).txt",
    "a\u2215b\uff0fc.txt",
    "x.txt\u202e.",
    "\U000e0041.txt",
    "ends. . .",
    "a\u3164b\u034f\u115fc.txt",
]


async def test_a_name_leads_nowhere_and_turns_nothing_around(
    served: FilesServed, tmp_path: Path
) -> None:
    await served.send_files(1, [Sent(data=b"x", name=name) for name in NASTY])
    await served.export()
    before = everything(tmp_path)
    out = tmp_path / "out"
    said = files(opened(served), 1, out)
    saved = names(out)
    assert len(saved) == len(NASTY)
    for name in saved:
        plain = re.fullmatch(
            rf"{case_number(1)}-\d+-([^/\\:*?\"<>|$\s]+)\.[a-z0-9]+\.quarantine", name
        )
        assert plain is not None, name
        assert not plain[1].startswith((".", "-"))
        assert name.isprintable()
        assert not re.search("etc|cron|Windows", name)  # only the last part of a path
        assert not set(name) & set("\u3164\u034f\u115f")
        assert len(name.encode()) <= 143
    new = {path for path in everything(tmp_path) - before if "desks" not in path.parts}
    assert new == {out, *(out / name for name in saved)}
    for shown in (said, run(served, "show", case_number(1))):
        assert not set(shown) & set("\x1b\u202e\u200b\u00ad\U000e0041")


def test_a_case_number_leads_nowhere() -> None:
    made = file_names.original("../../x/K7Q", 1, "a.txt", "photo", "text/plain")
    assert made == "xK7Q-1-a.txt.quarantine"
    assert file_names.original("..", 1, "", "", "") == "case-1-file.bin.quarantine"


async def test_names_from_right_to_left_stand_isolated(served: FilesServed) -> None:
    await served.send_files(1, [Sent(data=LETTER, name="ئۇيغۇر.txt")])
    await served.export()
    assert "\n    \u2067ئۇيغۇر.txt\u2069\n" in run(opened(served), "show", case_number(1))


# --- taking ------------------------------------------------------------------------------------


async def test_only_what_a_case_names_is_taken_and_only_once(served: FilesServed) -> None:
    (file,) = await served.send_files(1, [Sent(data=LETTER)])
    await served.export()
    (served.files / f"{'ab' * 16}.age").write_bytes(b"nobody's")
    assert "1 sealed file taken" in run(served, "open", str(served.drop))
    assert shelved(served, file) == [f"{file.blob.hex()}.age"]
    assert kept_here(served, file).stat().st_mode & 0o777 == 0o600
    shutil.rmtree(served.files)
    again = run(served, "open", str(served.drop))
    assert "sealed file" not in again
    assert ", all here" in run(served, "show", case_number(1))
    assert "1 sealed file: each is the one that its case names." in run(served, "verify")


async def test_files_may_come_later_and_from_elsewhere(served: FilesServed, tmp_path: Path) -> None:
    file, other = await served.send_files(1, [Sent(data=LETTER), Sent(data=b"x", name="x.txt")])
    await served.export()
    stick = tmp_path / "stick"
    served.files.rename(stick)
    bundle = str(served.drop / "bundle-000001.tar")
    assert "sealed file" not in run(served, "open", bundle)
    shown = run(served, "show", case_number(1))
    assert "2, of which 0 here" in shown
    assert "2 files of cases not here" in run(served, "verify")
    (stick / f"{other.blob.hex()}.age").rename(tmp_path / "kept")
    said = run(served, "open", bundle, "--files", str(stick))
    assert "1 sealed file taken" in said
    assert f"Not here: case {case_number(1)}, file 2." in said
    assert kept_here(served, file).exists()
    assert (
        "There is no folder" in refused(served, "open", bundle, "--files", str(tmp_path / "n"))[0]
    )


@pytest.mark.parametrize("how", ["changed", "cut", "endless", "link", "pipe", "folder"])
async def test_what_is_not_the_file_that_a_case_names_is_not_taken(
    served: FilesServed, how: str
) -> None:
    file, other = await served.send_files(1, [Sent(data=LETTER), Sent(data=b"x", name="x.txt")])
    await served.export()
    path = served.sealed(file)
    data = path.read_bytes()
    path.unlink()
    match how:
        case "changed":
            path.write_bytes(b"X" + data[1:])
        case "cut":
            path.write_bytes(data[:-100])
        case "endless":
            path.write_bytes(data)
            os.truncate(path, 2**30)
        case "link":
            path.symlink_to("/dev/zero")
        case "pipe":
            os.mkfifo(path)
        case _:
            path.mkdir()
    (said,) = refused(served, "open", str(served.drop))
    assert said.startswith(f"Case {case_number(1)}, file 1: ")
    assert shelved(served, file) == [f"{other.blob.hex()}.age"]
    assert f"Case {case_number(1)}" in run(served, "show", case_number(1))


async def test_the_mirror_holds_ciphertext_only(served: FilesServed) -> None:
    await served.send_files(1, [Sent(data=b"CANARY-BYTES" * 100, name="CANARY-NAME.txt")])
    await served.export()
    opened(served)
    for data in Desk(served).files().values():
        assert b"CANARY" not in data


def test_a_full_disk_is_told_before(tmp_path: Path) -> None:
    check_room(tmp_path, 1)
    with pytest.raises(NoRoom, match="are needed"):
        check_room(tmp_path, 2**60)
    assert not Shelf(folder=tmp_path / FILES).folder.exists()
