"""The bundle: everything that staff may have, in one signed file; people's files lie beside it.

Rules of this file: nothing is opened here, and a case at a time is in memory. A bundle's size says
how much there is, so it is made on demand only, and travels by hand or by sync, never by mail. It
shows one moment: what is appended while it is written comes with the next. Sealed files are copied
as they are, a piece in memory at a time, those of sent cases only: a draft's never leave. Of a case
that leaves only that is told (`storage.tombstone`).
"""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.errors import FilesMissing, NoRoomThere
from bot.farewell import outcomes, tombstones
from storage import archive, bundle, disk, mapped
from storage import folder as line_folders
from storage.archive import Member
from storage.blobs import Blobs
from storage.bundle import Heads, Witness
from storage.errors import BlobError
from storage.line import parse
from storage.padding import MIB
from storage.rows import BlobRow, BlobState
from storage.signature import SigningKey
from storage.tombstone import OUTCOMES, TOMBSTONES, encode_outcomes, encode_tombstones
from storage.turns import alone_in
from storage.unit import Store

BUNDLE = re.compile(r"bundle-([0-9]{6})\.tar", re.ASCII)
COMING = re.compile(r"\.[0-9a-f]{32}\.age\.part", re.ASCII)
FILES = "files"  # beside a bundle; where a desk looks for them
SPARE = 64 * MIB  # bytes that stay free on the disk
MOST_NAMED = 20  # files that an error names


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeBundle:
    """A bundle that was made: where it lies, and how much is in it."""

    path: Path
    cases: int
    entries: int


async def make_bundle(
    store: Store, *, line_folder: Path, identity: SigningKey, folder: Path, today: date
) -> MadeBundle:
    """Write everything that staff may have into one signed file, a case in memory at a time.

    Raises:
        NoStatement: the line folder has none.
    """
    async with alone_in(folder):
        path = _bundle_path(folder)
        part = path.with_name(f".{path.name}.part")
        try:
            cases, entries = await _write(part, _members(store, line_folder, today))
            await asyncio.to_thread(_sign_bundle, part, path, identity)
        finally:
            part.unlink(missing_ok=True)
    return MadeBundle(path=path, cases=cases, entries=entries)


@dataclass(frozen=True, kw_only=True, slots=True)
class CopiedFiles:
    """What became of people's files: how many were copied, how many lay there before."""

    copied: int
    there: int


async def copy_files(store: Store, blobs: Blobs, folder: Path) -> CopiedFiles:
    """Copy the sealed files of sent cases into a folder, those that are not there yet.

    Raises:
        NoRoomThere: they do not fit; nothing was copied.
        FilesMissing: some could not be copied; all others were.
    """
    async with alone_in(folder):
        rows = await _kept(store)
        wanted = [row for row in rows if not _copy_path(folder, row).is_file()]
        await asyncio.to_thread(_check_room, folder, sum(row.size for row in wanted))
        missing = await asyncio.to_thread(_copy_all, blobs, wanted, folder)
    if missing:
        named = [f"{row.id.hex()} of case {row.case.hex()}" for row in missing[:MOST_NAMED]]
        more = ["..."] if len(missing) > MOST_NAMED else []
        raise FilesMissing(len(missing), "; ".join([*named, *more]))
    return CopiedFiles(copied=len(wanted), there=len(rows) - len(wanted))


async def _kept(store: Store) -> list[BlobRow]:
    """Return the blobs of cases that have a journal: drafts have none."""
    upto = (await store.totals()).journal_sequence
    leaves = {row.case for row in await store.leaving()}
    return [
        row
        for head in await store.changed(0, upto)
        if head.case not in leaves
        for row in await store.blobs(head.case)
        if row.state is BlobState.KEPT
    ]


def _check_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if size and size + SPARE > free:
        raise NoRoomThere(folder, (size + SPARE) // MIB, free // MIB)


def _copy_all(blobs: Blobs, rows: Sequence[BlobRow], folder: Path) -> list[BlobRow]:
    """Copy files; return those that are not where they should be, or not whole."""
    for left in folder.iterdir():
        if COMING.fullmatch(left.name):  # of a copying that was broken off
            left.unlink()
    missing = [row for row in rows if not _copy(blobs, row, _copy_path(folder, row))]
    disk.sync_folder(folder)
    return missing


def _copy(blobs: Blobs, row: BlobRow, path: Path) -> bool:
    part = path.with_name(f".{path.name}.part")
    try:
        with blobs.open(row.id) as source, os.fdopen(_create(part), "wb") as file:
            shutil.copyfileobj(source, file, MIB)
            file.flush()
            os.fsync(file.fileno())
            if file.tell() != row.size:
                return False
        part.replace(path)
    except BlobError:
        return False
    finally:
        part.unlink(missing_ok=True)
    return True


def _copy_path(folder: Path, row: BlobRow) -> Path:
    return folder / f"{row.id.hex()}.age"


async def _write(path: Path, members: AsyncIterator[Member]) -> tuple[int, int]:
    """Write an archive through to the disk; return how many cases and entries are in it."""
    cases = entries = 0
    with os.fdopen(_create(path), "wb") as file:
        async for member in members:
            if member.name.startswith(bundle.JOURNAL) and member.name.endswith(".age"):
                entries += 1
                cases += member.name.endswith("/000000.age")
            file.write(archive.write(member))
        file.write(archive.END)
        file.flush()
        await asyncio.to_thread(os.fsync, file.fileno())
    return cases, entries


async def _members(store: Store, line_folder: Path, today: date) -> AsyncIterator[Member]:
    """Yield a bundle's members in order, all as of the same moment."""
    first = await asyncio.to_thread(line_members, line_folder)
    line = parse(first[0].data.decode())
    for member in first:
        yield member
    upto = (await store.totals()).journal_sequence
    witnesses = await _witnesses(store, upto)
    yield Member(name=bundle.HEADS, data=bundle.encode_heads(Heads(day=today, witnesses=witnesses)))
    stones = await tombstones(store, line)
    yield Member(name=TOMBSTONES, data=encode_tombstones(stones))
    yield Member(name=OUTCOMES, data=encode_outcomes(await outcomes(store)))
    leaves = {one.case for one in stones}
    for head in sorted(await store.changed(0, upto)):
        if head.case in leaves:
            continue
        for row in (await store.journal(head.case))[: head.position + 1]:
            name = bundle.entry_name(row.case, row.position)
            yield Member(name=f"{name}.age", data=row.sealed)
            yield Member(name=f"{name}.json", data=bundle.encode_row(row))


def line_members(line_folder: Path) -> list[Member]:
    """Return what a desk is given of a line folder: the statement, its signature, sealed keys.

    Raises:
        NoStatement: the folder has none.
    """
    signed = line_folders.read(line_folder)
    line = parse(signed.text)
    sealed = {key.id: line_folders.read_key(line_folder, key.id) for key in line.reading_keys}
    return [
        Member(name=bundle.STATEMENT, data=signed.text.encode()),
        Member(name=bundle.SIGNATURE, data=signed.signature.encode()),
        *(
            Member(name=bundle.key_name(key_id), data=data)
            for key_id, data in sorted(sealed.items())
            if data is not None
        ),
    ]


async def _witnesses(store: Store, upto: int) -> tuple[Witness, ...]:
    """Return what each digest has witnessed of the journals as they were at this moment."""
    witnesses, after = [], 0
    for row in await store.digests():
        if row.journal_sequence > upto:
            break
        changed = tuple(sorted(await store.changed(after, row.journal_sequence)))
        witnesses.append(Witness(number=row.number, heads=row.heads, changed=changed))
        after = row.journal_sequence
    return tuple(witnesses)


def _bundle_path(folder: Path) -> Path:
    taken = [int(match[1]) for path in folder.iterdir() if (match := BUNDLE.fullmatch(path.name))]
    return folder / f"bundle-{max(taken, default=0) + 1:06d}.tar"


def _create(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, disk.FILE_MODE)


def _sign_bundle(part: Path, path: Path, identity: SigningKey) -> None:
    with mapped.mapped(part) as source:
        signature = mapped.sign(source, identity, bundle.NAMESPACE)
    disk.write(path.with_name(path.name + ".sig"), signature.encode())
    part.replace(path)
    disk.sync_folder(path.parent)
