"""A server whose people also sent files, and a desk that is given them; nothing is pretended.

Files are sealed with `seal_stream`, lie in a real folder of blobs, and are copied by the real
export.
"""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from bot.bundle import FILES, CopiedFiles, copy_files
from storage import age, entry
from storage.blobs import DiskBlobs
from storage.entry import ADDED, Answer, File, Value
from storage.line import GENERAL
from storage.padding import entry_size, pad
from storage.rows import CaseId, FetchRow
from storage.unit import BlobChange, FetchChange, NewEntry, Outcome, Unit
from tests.office import TODAY
from tests.served import FORM, TOLD, Desk, Served, case_id

LATER = TODAY + timedelta(days=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """What a person sent."""

    data: bytes
    name: str = "letter.txt"
    type: str = "text/plain"
    kind: str = "document"
    number: int = 0


class FilesServed(Served):
    """A server with files."""

    def __init__(self, place: Path, *names: str, copy: tuple[str, ...] = ("ana",)) -> None:
        super().__init__(place, *names, copy=copy)
        self.blobs = DiskBlobs(place / "blobs")
        self.files = self.drop / FILES

    async def keep(
        self, case: CaseId, sent: Sent, *, compartment: str = GENERAL, day: date = TODAY
    ) -> File:
        """Seal a file into the server's folder, and keep its row."""
        blob = hashlib.sha256(case + sent.data + sent.name.encode()).digest()[:16]
        key = self.office.line.reading_key(day, compartment)
        sealed = io.BytesIO()
        age.seal_stream(io.BytesIO(sent.data), sealed, [key.recipient])
        with self.blobs.begin(blob) as writer:
            writer.write(sealed.getvalue())
            writer.finish()
        await self.keep_row(case, blob, len(sealed.getvalue()), day)
        return File(
            blob=blob,
            size=len(sent.data),
            type=sent.type,
            sha256=hashlib.sha256(sent.data).hexdigest(),
            sealed_sha256=hashlib.sha256(sealed.getvalue()).hexdigest(),
            name=sent.name,
            kind=sent.kind,
            number=sent.number,
        )

    async def keep_row(self, case: CaseId, blob: bytes, size: int, day: date = TODAY) -> None:
        """Keep a blob's row, as a fetch that has ended well does; size 0: it still comes."""
        row = FetchRow(
            key=blob, case=case, tag=bytes(32), blob=blob, sealed=b"", due=0, tries=0, day=day
        )
        await self._commit(Unit(day=day, fetches=(FetchChange(key=blob, row=row),)))
        if size:
            done, kept = FetchChange(key=blob, row=None), BlobChange(id=blob, size=size)
            await self._commit(Unit(day=day, fetches=(done,), blobs=(kept,)))

    async def send_files(
        self, number: int, files: Sequence[Sent], *, compartment: str = GENERAL
    ) -> list[File]:
        """Have a person send a case with files at question G1."""
        case = case_id(number)
        kept = [await self.keep(case, one, compartment=compartment) for one in files]
        parts = [("G1", 0, part, file, compartment) for part, file in enumerate(kept)]
        await self.send(number, [*TOLD, *parts])
        return kept

    async def add(
        self,
        number: int,
        value: Value,
        *,
        question: str = ADDED,
        part: int = 0,
        compartment: str = GENERAL,
        of: bytes = b"",
        day: date = LATER,
    ) -> None:
        """Have a person add something to a case that was sent."""
        case, key = case_id(number), self.office.line.reading_key(day, compartment)
        answer = Answer(
            case=of or case,
            sequence=90 + part,
            form=FORM,
            question=question,
            part=part,
            value=value,
            language="ug",
            day=day,
        )
        plain = entry.encode(answer).rstrip(b" ")
        sealed = age.seal(pad(plain, entry_size(len(plain))), [key.recipient])
        await self.append(NewEntry(case=case, key=key.id, sealed=sealed, day=day))

    async def export(self) -> CopiedFiles:
        """Make a bundle, with people's files beside it."""
        await self.bundle()
        return await copy_files(self.store, self.blobs, self.files)

    def sealed(self, file: File) -> Path:
        """Return where a sealed file lies beside the bundle."""
        return self.files / f"{file.blob.hex()}.age"

    async def _commit(self, unit: Unit) -> None:
        assert await self.store.commit(unit) is Outcome.COMMITTED


def opened(served: FilesServed) -> FilesServed:
    """Have ana's desk take everything."""
    served.office.run("open", str(served.drop), desk="ana")
    return served


def kept_here(served: FilesServed, file: File) -> Path:
    """Return where a sealed file lies at ana's desk."""
    return Desk(served).mirror.folder / FILES / f"{file.blob.hex()}.age"
