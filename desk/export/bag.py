"""An evidence bag: originals, what was told, every hash, and who had it when (BagIt, RFC 8493).

Rules of this file: originals keep their bytes and their ending `.quarantine`; no name of a
stranger's chooses a place. The custody log is a tag file whose lines name the SHA-256 of the one
before, and the tag manifest covers it. A bag is made in a folder without a name, and gets one only
after all of it was read back and fits both manifests. A file that could not be opened is named in
the log. The library of the Library of Congress validates bags in the tests; it is published without
a wheel, so nothing that is installed needs it.

Source: RFC 8493, 2.1 to 2.2 and 3
"""

from collections.abc import Iterator
from pathlib import Path

from desk.errors import NotABag
from desk.export import jsonl, pdf
from desk.export.extract import Extract
from desk.export.order import Opened, Order, Written
from desk.export.packing import files_below, sha256, write
from desk.export.record import chained, record_fields
from desk.file_names import plain_number
from desk.safe_text import safe_line
from storage import disk

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
DATA, CUSTODY = "data", "custody.jsonl"
MANIFEST, TAGS = "manifest-sha256.txt", "tagmanifest-sha256.txt"
BEWARE = "Originals end in .quarantine: do not open them by a click."
ROOT = "bag"  # the folder in a ZIP
KIND = "urn:quietline:custody"
VERSION = 1


def fill(order: Order, folder: Path) -> Written:
    """Make a bag in an empty folder; its hash is that of the tag manifest, which covers all.

    Raises:
        NotABag: what was made is no valid bag, such as when the disk fails.
    """
    notes = dict[str, None]()
    opened = dict[str, Opened]()
    for one, name in _named(order):
        place = folder / DATA / name
        disk.make_folder(place)
        printed = pdf.casefiles([one], day=order.day, faces=order.faces, language=order.language)
        write(place / "casefile.json", f"{jsonl.line(one)}\n".encode())
        write(place / "casefile.pdf", printed.pdf)
        if printed.unshown:
            notes[pdf.not_shown(printed.unshown)] = None
        opened[name] = order.open_files(one, place, False)  # no working copies
    write(folder / CUSTODY, chained(list(_custody(order, opened))))
    _close(order, folder)
    return Written(
        path=folder,
        sha256=sha256(folder / TAGS),
        notes=tuple(notes),
        refused=tuple(
            (one.number, number, why)
            for one, name in _named(order)
            for number, why in opened[name].refused.items()
        ),
    )


def _named(order: Order) -> Iterator[tuple[Extract, str]]:
    """Yield each case with the name of its folder; no two have one."""
    taken = set[str]()
    for one in order.extracts:
        plain = plain_number(one.number)
        name, again = plain, 1
        while name.casefold() in taken:
            again += 1
            name = f"{plain}-{again}"
        taken.add(name.casefold())
        yield one, name


# --- the custody log ---------------------------------------------------------------------------


def _custody(order: Order, opened: dict[str, Opened]) -> Iterator[dict[str, object]]:
    for one, name in _named(order):
        if one.whole:
            yield _event("received", case=one.case, number=one.number, day=one.day) | {
                "entries": one.entries,
                "journal_end": one.chain,
                "form": one.form.id,
                "form_version": one.form.version,
                "form_sha256": one.form.sha256,
            }
            yield from _files(one, name, opened[name])
            yield from _done(one)
            yield from _before(order, one)
    yield _event("exported", day=order.day.isoformat(), line=safe_line(order.line)) | {
        "by": safe_line(order.by),
        "redaction": order.extracts[0].redaction.value,
        "cases": [one.number for one in order.extracts],
        **({"reason": order.reason} if order.extracts[0].whole else {}),
    }


def _files(one: Extract, name: str, opened: Opened) -> Iterator[dict[str, object]]:
    days = {n: reply.later or reply.day for reply in one.replies for n in reply.files}
    for number, file in one.files.items():
        kept = opened.originals.get(number)
        yield _event("file", case=one.case, number=str(number), day=days.get(number, "")) | {
            "type": file.type,
            "size": file.size,
            "sha256": file.sha256,
            "sealed_sha256": file.sealed_sha256,
            "blob": file.blob.hex(),
            **({"not_here": opened.refused.get(number, "")} if kept is None else {}),
            **({} if kept is None else {"path": f"{DATA}/{name}/{kept}", "checked": True}),
        }


def _done(one: Extract) -> Iterator[dict[str, object]]:
    """Yield what staff did: who, when and what, but nothing that they wrote."""
    for event in one.handled.events:
        name, told = event.deed, {"by": safe_line(event.who), "position": event.position}
        if event.sha256:
            name = "exported before"
            told |= {"format": event.form, "redaction": event.redaction, "sha256": event.sha256}
        yield _event(name, case=one.case, day=event.day) | told


def _before(order: Order, one: Extract) -> Iterator[dict[str, object]]:
    """Yield what left this desk, as far as no entry of the case says it."""
    known = {event.sha256 for event in one.handled.events}
    for record in order.before:
        fields = record_fields(record)
        if bytes.fromhex(one.case) in record.cases and record.sha256 not in known:
            told = {key: fields[key] for key in ("format", "redaction", "sha256")}
            yield _event("exported before", case=one.case, day=str(fields["day"])) | told


def _event(name: str, **fields: str) -> dict[str, object]:
    return {"kind": KIND, "version": VERSION, "event": name, **fields}


# --- the bag -----------------------------------------------------------------------------------


def _close(order: Order, folder: Path) -> None:
    """Write what makes a folder a bag, then read all of it back."""
    payload = files_below(folder / DATA)
    octets = sum(path.stat().st_size for path in payload)
    about = {
        "Source-Organization": safe_line(order.line),
        "Bagging-Date": order.day.isoformat(),
        "Bag-Software-Agent": "Quietline",
        **({"External-Description": BEWARE} if order.extracts[0].whole else {}),
        "Redaction": order.extracts[0].redaction.value,
        "Payload-Oxum": f"{octets}.{len(payload)}",
    }
    write(folder / "bagit.txt", DECLARATION)
    write(folder / "bag-info.txt", "".join(f"{k}: {v}\n" for k, v in about.items()).encode())
    write(folder / MANIFEST, _manifest(payload, folder))
    write(folder / TAGS, _manifest(sorted(p for p in folder.iterdir() if p.is_file()), folder))
    _validate(folder)


def _manifest(paths: list[Path], folder: Path) -> bytes:
    lines = (f"{sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in paths)
    return "".join(lines).encode()


def _validate(folder: Path) -> None:
    """Read a bag back as whoever gets it does: each file is in its manifest, and none else is.

    Raises:
        NotABag: it is not whole. Names of files are not told.
    """
    tags = [path for path in folder.iterdir() if path.is_file() and path.name != TAGS]
    for manifest, covered in ((MANIFEST, files_below(folder / DATA)), (TAGS, sorted(tags))):
        if (folder / manifest).read_bytes() != _manifest(covered, folder):
            raise NotABag
