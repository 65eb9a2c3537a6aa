"""A file that staff bring: kept with its packet or not at all, within what the line has room for."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.enclosing import NEVER, Enclosing
from bot.files import RESERVE
from bot.tables import Files
from storage import packet, retention
from storage.blobs import DiskBlobs
from storage.errors import BlobFailed
from storage.outcome import Outcome
from storage.packet import ENTRY, FILE, MAX_FILE, Packet, blob_id
from storage.rows import BlobState
from tests.stores import entry, unit
from tests.test_packets import CASE, NOW, TODAY, Desk, a_packet

SEALED = b"a sealed photograph " * 5000
MIB = 1 << 20


class Room:
    """A disk."""

    free = RESERVE + 100 * MIB

    def __call__(self) -> int:
        return self.free


@pytest.fixture
async def desk(tmp_path: Path) -> Desk:
    made = Desk()
    made.packets.enclosing = Enclosing(
        store=made.store,
        blobs=DiskBlobs(tmp_path / "blobs"),
        files=Files(largest_mb=1, most=3),
        room=Room(),
    )
    await made.store.commit(unit(entries=(entry("c"),)))
    return made


def enclosing(desk: Desk) -> Enclosing:
    assert desk.packets.enclosing is not None
    return desk.packets.enclosing


def a_file(sequence: int = 1, sealed: bytes = SEALED) -> Packet:
    return a_packet("file", sequence, parts={ENTRY: b"an entry", FILE: sealed})


def id_of(sealed: bytes = SEALED) -> bytes:
    return blob_id(CASE, hashlib.sha256(sealed).hexdigest())


async def states(desk: Desk) -> list[BlobState]:
    return [one.state for one in await desk.store.blobs(CASE)]


async def test_a_file_is_kept_with_its_packet(desk: Desk) -> None:
    assert (await desk.send(a_file())).outcome is Outcome.TAKEN
    [row] = await desk.store.blobs(CASE)
    assert (row.id, row.size, row.state) == (id_of(), len(SEALED), BlobState.KEPT)
    with enclosing(desk).blobs.open(row.id) as file:
        assert file.read() == SEALED
    assert len(await desk.store.journal(CASE)) == 2
    assert await desk.store.fetches(NEVER) == ()
    assert (await desk.send(a_file())).outcome is Outcome.TAKEN  # the same packet again
    assert (await desk.send(a_file(2))).outcome is Outcome.TAKEN  # and the same file in another
    assert await states(desk) == [BlobState.KEPT]


async def test_what_a_crash_leaves_is_nobodys_and_it_may_come_again(desk: Desk) -> None:
    put = await enclosing(desk).put(CASE, SEALED, NOW)  # the packet is never taken
    assert not isinstance(put, Outcome)
    assert await states(desk) == [BlobState.COMING]
    assert enclosing(desk).blobs.names() == {id_of()}
    assert await desk.store.fetches(int(NOW.timestamp())) == ()  # no app is asked for it
    await retention.sweep(desk.store, NOW + timedelta(days=4))
    assert await states(desk) == [BlobState.DOOMED]
    assert (await desk.send(a_file())).outcome is Outcome.TAKEN
    assert await states(desk) == [BlobState.KEPT]
    with enclosing(desk).blobs.open(id_of()) as file:
        assert file.read() == SEALED


async def test_what_cannot_be_written_is_not_taken_and_comes_again(
    desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "blobs").write_bytes(b"no folder")
    with pytest.raises(BlobFailed):
        await desk.send(a_file())
    assert await desk.store.last_packet(a_file().header.device) is None
    (tmp_path / "blobs").unlink()
    assert (await desk.send(a_file())).outcome is Outcome.TAKEN
    assert await states(desk) == [BlobState.KEPT]


@pytest.mark.parametrize("why", ["many", "much", "disk"])
async def test_what_there_is_no_room_for_is_refused_by_name(desk: Desk, why: str) -> None:
    sealed = b"x" * (4 * MIB)
    if why == "disk":
        one = replace(enclosing(desk), room=lambda: RESERVE + MIB)
        desk.packets.enclosing = one
    elif why == "many":
        sealed = b"x"
    taken, number = Outcome.TAKEN, 0
    while taken is Outcome.TAKEN:
        number += 1
        taken = (await desk.send(a_file(number, sealed + bytes([number])))).outcome
    assert (taken, number) == (Outcome.ROOM, {"many": 4, "much": 3, "disk": 1}[why])
    assert len(enclosing(desk).blobs.names()) == number - 1
    assert len(await desk.store.journal(CASE)) == number


@pytest.mark.parametrize(
    ("change", "signer", "outcome"),
    [
        ({"author": "reader"}, "reader", Outcome.RIGHTS),
        ({"case": bytes(16)}, "tenzin", Outcome.CASE),
        ({"kind": "append"}, "tenzin", Outcome.PARTS),
        ({"expires": TODAY - timedelta(days=1)}, "tenzin", Outcome.EXPIRED),
    ],
)
async def test_a_file_needs_what_every_packet_needs(
    desk: Desk, change: dict[str, object], signer: str, outcome: Outcome
) -> None:
    made = a_file()
    made = replace(made, header=replace(made.header, **change))  # type: ignore[arg-type]
    assert (await desk.send(made, signer)).outcome is outcome
    assert enclosing(desk).blobs.names() == set()
    assert await desk.store.blobs(CASE) == ()


async def test_a_packet_without_its_file_or_with_too_large_a_one_is_none(desk: Desk) -> None:
    assert (await desk.send(a_packet("file"))).outcome is Outcome.PARTS
    assert (await desk.send(a_file(2, bytes(MAX_FILE + 1)))).outcome is Outcome.DAMAGED
    large = a_packet("append", 2, parts={ENTRY: bytes(packet.MAX_PART + 1)})
    assert (await desk.send(large)).outcome is Outcome.DAMAGED
    desk.packets.enclosing = None
    assert (await desk.send(a_file(2))).outcome is Outcome.PARTS


async def test_a_case_that_is_deleted_takes_its_files_along(desk: Desk) -> None:
    await desk.send(a_file())
    await desk.send(a_packet("delete", 2))
    due = NOW + timedelta(days=3)
    await desk.erasing.round(due)
    assert BlobState.KEPT not in await states(desk)
