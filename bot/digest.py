"""The digest: what staff are sent on schedule, always one size, also when nothing came in.

Rules of this file: nothing is opened here, and no digest is made twice. It is first written whole
into one hidden file, signed, then laid out, then recorded, then the hidden file goes. Whoever comes
after a crash finishes the same digest, byte for byte: the one that staff may hold already is never
replaced by another of its number. What does not fit is not lost: the next digest begins there.
What is to be mailed is laid out in a second folder, also before the digest is recorded.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from bot.errors import DigestTaken
from storage import age, digest, disk
from storage.chain import START, heads_value
from storage.digest import Digest, Health
from storage.document import Document, write
from storage.errors import StorageError
from storage.line import GENERAL, Line
from storage.rows import DigestRow
from storage.signature import SigningKey
from storage.turns import alone_in
from storage.unit import Store

NEXT = ".digest.next"
NEXT_LABEL = b"quietline/digest.next/v1\0"
MAX_NEXT = 1 << 20  # a digest is 67 KB
SIGNED = 64
HEALTHY = Health()
BEFORE = DigestRow(
    number=0,
    day=date.min,
    sha256=b"",
    heads=START,
    journal_sequence=0,
    index_sequence=0,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeDigest:
    """A digest that was made: where it lies, its row, new index entries, and how many wait."""

    path: Path
    row: DigestRow
    new: int
    more: int

    @property
    def number(self) -> int:
        """Its number."""
        return self.row.number


@dataclass(frozen=True, kw_only=True, slots=True)
class _Next:
    """A digest that is made but not yet recorded."""

    row: DigestRow
    new: int
    more: int
    sealed: bytes = field(repr=False)


async def make_digest(
    store: Store,
    *,
    line: Line,
    identity: SigningKey,
    folder: Path,
    today: date,
    day: date | None = None,
    outgoing: Path | None = None,
    health: Health = HEALTHY,
) -> MadeDigest:
    """Make the next digest into the drop folder; finish first one that a crash left behind.

    It is sealed to the key of `today` and is the digest of `day` (`bot.schedule.day_of`), as a rule
    the same. A copy for the mail goes into `outgoing`, if that is given.

    Raises:
        DigestTaken: the folder has a digest of this number that the store knows nothing of.
        NoReadingKey: the statement has no key for today.
        OSError: it cannot be written; nothing is recorded then, and nothing is lost.
    """
    day = day or today
    places = [folder] if outgoing is None else [folder, outgoing]
    async with alone_in(folder):
        last = await store.last_digest() or BEFORE
        waiting = await asyncio.to_thread(_read_next, folder, identity)
        if waiting is not None and waiting.row.number == last.number + 1:
            if waiting.row.journal_sequence > (await store.totals()).journal_sequence:
                raise DigestTaken(NEXT)
            made = await _finish(store, waiting, places, identity)
            if waiting.row.day == day:
                return made
            last = waiting.row
        recipient = line.reading_key(today, GENERAL).recipient
        fresh = await _compose(store, last, line, recipient, day, health)
        await asyncio.to_thread(_refuse_taken, folder, fresh)
        await asyncio.to_thread(disk.write, folder / NEXT, _encode_next(fresh, identity))
        return await _finish(store, fresh, places, identity)


async def _compose(
    store: Store, last: DigestRow, line: Line, recipient: age.Recipient, day: date, health: Health
) -> _Next:
    totals = await store.totals()
    changed = await store.changed(last.journal_sequence, totals.journal_sequence)
    rows = await store.index(last.index_sequence, totals.index_sequence, digest.CAPACITY)
    reach = rows[-1].sequence if rows else totals.index_sequence
    heads = heads_value(last.heads, changed)
    value = Digest(
        number=last.number + 1,
        previous=last.sha256.hex(),
        day=day,
        line=line.sha256,
        heads=heads,
        cases=totals.cases,
        entries=totals.entries,
        more=await store.index_count(reach, totals.index_sequence),
        health=digest.shortened(health),
        index=tuple(row.sealed for row in rows),
    )
    sealed = age.seal(digest.encode(value), [recipient])
    row = DigestRow(
        number=value.number,
        day=day,
        sha256=digest.sha256(sealed),
        heads=heads,
        journal_sequence=totals.journal_sequence,
        index_sequence=reach,
    )
    return _Next(row=row, new=len(rows), more=value.more, sealed=sealed)


async def _finish(
    store: Store, made: _Next, places: Sequence[Path], identity: SigningKey
) -> MadeDigest:
    """Lay a digest out, record it, and drop the hidden file, in this order."""
    name = digest.file_name(made.row.number)
    for place in places:
        await asyncio.to_thread(_lay_out, place / name, made.sealed, identity)
    await store.record_digest(made.row)
    await asyncio.to_thread(disk.erase, places[0] / NEXT)
    return MadeDigest(path=places[0] / name, row=made.row, new=made.new, more=made.more)


def _lay_out(path: Path, sealed: bytes, identity: SigningKey) -> None:
    """Write the signature first: whoever sees the digest finds both."""
    disk.make_folder(path.parent)
    signature = identity.sign(sealed, digest.NAMESPACE)
    disk.write(path.with_name(path.name + ".sig"), signature.encode())
    disk.write(path, sealed)


def _refuse_taken(folder: Path, made: _Next) -> None:
    path = folder / digest.file_name(made.row.number)
    if path.exists():
        raise DigestTaken(path.name)


def _encode_next(made: _Next, identity: SigningKey) -> bytes:
    """Return the hidden file: a signature, a line of JSON, the digest."""
    row = made.row
    head = write(
        "next",
        {
            "day": row.day.isoformat(),
            "heads": row.heads.hex(),
            "index_sequence": row.index_sequence,
            "journal_sequence": row.journal_sequence,
            "more": made.more,
            "new": made.new,
            "number": row.number,
            "sha256": row.sha256.hex(),
        },
    )
    data = head + b"\n" + made.sealed
    return identity.sign_bytes(NEXT_LABEL + data) + data


def _read_next(folder: Path, identity: SigningKey) -> _Next | None:
    """Return the digest that a crash left behind, if it is ours; others are not looked at."""
    try:
        with (folder / NEXT).open("rb") as file:
            whole = file.read(MAX_NEXT)
    except FileNotFoundError:
        return None
    data = whole[SIGNED:]
    head, _, sealed = data.partition(b"\n")
    try:
        identity.public.verify_bytes(NEXT_LABEL + data, whole[:SIGNED])
        document = Document.decode(head, file=NEXT, kind="next")
        row = DigestRow(
            number=document.whole("number", low=1),
            day=document.day("day"),
            sha256=document.hexadecimal("sha256", digest.HASH),
            heads=document.hexadecimal("heads", digest.HASH),
            journal_sequence=document.whole("journal_sequence"),
            index_sequence=document.whole("index_sequence"),
        )
        new, more = document.whole("new"), document.whole("more")
    except StorageError:
        return None
    return _Next(row=row, new=new, more=more, sealed=sealed)
