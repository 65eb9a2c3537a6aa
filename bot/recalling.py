"""A reply that waits is taken back: by anyone who may act upon its case, before it is attempted.

- Only what nobody has begun to send goes, and that it has not begun is part of the commit: whoever
  sends and whoever takes back cannot both have it. For what was attempted, or has its end, it is
  too late; that is an outcome of its own, and changes nothing.
- What waited is erased as what was sent is, and its case gets a receipt of the server's.
- The person is told nothing: nothing was said to them.
"""

import hashlib
from dataclasses import replace

from bot.sealer import receipt_of
from storage.line import Line
from storage.outcome import Outcome
from storage.packet import Header
from storage.receipt import Receipt
from storage.standing import OutcomeChange, ReplyChange
from storage.unit import Store, Unit

ID = 16
DELIVER = "deliver"


def reply_id(device: bytes, sequence: int) -> bytes:
    """Return the id of the reply that came with a packet."""
    return hashlib.sha256(device + sequence.to_bytes(8, "big")).digest()[:ID]


async def recall(store: Store, line: Line, header: Header, unit: Unit) -> tuple[Unit, Outcome]:
    """Return what taking a reply back changes beside `unit`, and what comes of it."""
    device, sequence = header.reply or (b"", 0)
    row = await store.reply(reply_id(device, sequence))
    named = await store.packet(device, sequence)  # read after its row: its end came with that
    if named is None or (named.kind, named.case) != (DELIVER, header.case):
        return Unit(day=unit.day), Outcome.REPLY
    if (became := Outcome(named.outcome)).is_refusal:
        return Unit(day=unit.day), Outcome.REPLY
    if row is None or row.attempting:
        done = became is Outcome.TAKEN_BACK  # a colleague was first, with the same wish
        return unit, Outcome.TAKEN if done else Outcome.TOO_LATE
    receipt = Receipt(
        case=header.case,
        device=device,
        sequence=sequence,
        outcome=Outcome.TAKEN_BACK,
        day=unit.day,
    )
    told = OutcomeChange(device=device, sequence=sequence, outcome=Outcome.TAKEN_BACK.value)
    change = ReplyChange(id=row.id, row=None, expected=False)
    entries = (*unit.entries, receipt_of(line, receipt))
    return replace(unit, entries=entries, outcomes=(told,), replies=(change,)), Outcome.TAKEN
