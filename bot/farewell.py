"""What desks are told of cases that leave, and of their packets.

Nothing is decided here; it is read of the store as it stands. People of the staff are counted, not
computers: whoever has erased their copy on one of theirs is asked for no other. Who has left the
staff is counted no more, neither among those who have nor among those who should.
"""

from datetime import date

from storage.line import GENERAL, Line
from storage.rows import CaseId
from storage.tombstone import Told, Tombstone, told, tombstone
from storage.unit import Store


async def tombstones(store: Store, line: Line, since: date = date.min) -> tuple[Tombstone, ...]:
    """Return a tombstone for each case that leaves, or is gone, asked for since a day, by case."""
    entitled = len(line.entitled(GENERAL))
    found = []
    for row in await store.leaving(since):
        erased = await erased_by(store, row.case, line)
        found.append(tombstone(row, erased=erased, of=max(entitled, erased)))
    return tuple(found)


async def erased_by(store: Store, case: CaseId, line: Line) -> int:
    """Count the people of today's staff who have erased their copy of a case."""
    devices = await store.erased(case)
    packets = [await store.last_packet(device) for device in devices]
    names = {one.author for one in packets if one is not None}
    return sum(one.name in names for one in line.staff)


async def outcomes(store: Store) -> tuple[Told, ...]:
    """Return what became of every packet that is remembered, in the order in which they came."""
    return tuple(map(told, await store.packets()))
