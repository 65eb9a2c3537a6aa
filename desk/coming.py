"""Files of cases, as they come from the server: piece by piece, checked whole, then on the shelf.

Rules of this file: ciphertext only. What was fetched of a file stays, and the next sync goes on
behind it; what is not the file that its case names is thrown away and named.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from desk import shelf, sync_memory
from desk.errors import AlteredBlob, RefusedFile
from desk.inbox import read_case
from desk.shelf import MOST_RECIPIENTS, Shelf
from desk.syncing import Syncing
from storage import age, disk
from storage.entry import File
from storage.rows import CaseId

FILES = "files"


@dataclass(kw_only=True, slots=True)
class Fetched:
    """What came of the files: how many are new here, which are not there, which were refused."""

    taken: int = 0
    missing: list[str] = field(default_factory=list)
    refused: list[RefusedFile] = field(default_factory=list)


def fetch(sync: Syncing) -> Fetched:
    """Fetch the files of cases that are not all here yet.

    Raises:
        SyncError: the server cannot be asked, or not be believed.
    """
    fetched, memory = Fetched(), sync_memory.load(sync.mirror.folder)
    known, leaves = sync.mirror.known(sync.reader), sync.mirror.leaving()
    waiting = sorted(memory.files)
    for done, case in enumerate(waiting):
        sync.progress(FILES, done, len(waiting))
        if case not in leaves:
            item = read_case(sync.mirror, sync.reader.keys, known, case, (), sync.order)
            if item.casefile is None:  # sealed to keys that this desk lacks, or in trouble
                continue
            _fetch_all(sync, case, item.number, item.casefile.files, fetched)
        memory = replace(memory, files=memory.files - {case})
        sync_memory.save(sync.mirror.folder, memory)
    sync.progress(FILES, len(waiting), len(waiting))
    return fetched


def _fetch_all(
    sync: Syncing, case: CaseId, number: str, files: Mapping[int, File], fetched: Fetched
) -> None:
    sync.shelf.note(case, files.values())
    for place, file in files.items():
        if sync.shelf.has(file):
            continue
        with shelf.naming(number, place, fetched.refused):
            if _fetch(sync, case, file):
                fetched.taken += 1
            else:
                fetched.missing.append(shelf.called(number, place))


def _fetch(sync: Syncing, case: CaseId, file: File) -> bool:
    """Fetch one file; tell whether the server has it.

    Raises:
        AlteredBlob: it is not the one that its case names. NoRoom: the disk is full.
    """
    path = sync.shelf.coming(file)
    disk.make_folder(path.parent)
    shelf.check_room(path.parent, 2 * file.size)
    asked = f"/files/{case.hex()}/{file.blob.hex()}?from="
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    try:
        with os.fdopen(os.open(path, flags, disk.FILE_MODE), "ab") as target:
            while piece := sync.ask_maybe(f"{asked}{target.tell()}"):
                _check_size(file, target.tell() + len(piece))
                target.write(piece)
                target.flush()
        if piece is None:
            disk.erase(path)
            return False
        _keep(sync.shelf, file)
    except AlteredBlob:
        disk.erase(path)
        raise
    return True


def _check_size(file: File, size: int) -> None:
    """Refuse what is longer than the sealed file can be."""
    if size > age.sealed_size(file.size, MOST_RECIPIENTS):
        raise AlteredBlob


def _keep(place: Shelf, file: File) -> None:
    """Put a file that is whole on the shelf."""
    path = place.coming(file)
    place.take(file, path.parent)
    disk.erase(path)
