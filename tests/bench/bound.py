"""The least that a step could cost: sqlite3 alone writing the same rows, and the bare cipher calls.

The rows are those of a journey that was taken down, in the groups in which our writer wrote them,
each group one transaction with the same pragmas; a row goes in with the plainest statement that
leaves it there, without looking whether it is a duplicate or stale. Bare calls: one HPKE
`Suite.encrypt` for each answer, ChaCha20-Poly1305 for its wrapping, the state and the letter,
each of the size that it has in the journey, one after the other.
"""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from bot.keyring import NONCE
from storage import age, age_keys
from storage.database import PRAGMAS, connect, upgrade
from storage.unit import Unit
from tests.bench.clock import Took
from tests.bench.talk import KEPT
from tests.bench.walk import CHATS, journey

TAG = 16
KEY_NAME = 64  # the reading key's name in front of a sealed answer
RECIPIENT = age.Identity.generate().recipient

_SEE = "INSERT INTO seen (key, day) VALUES (?, ?)"
_OPEN = "INSERT INTO chats (revision, state, tag) VALUES (?, ?, ?)"
_STEP = "UPDATE chats SET revision = ?, state = ? WHERE tag = ?"
_KEEP = "INSERT INTO drafts (case_id, slot, part, day, sealed) VALUES (?, ?, ?, ?, ?)"
_POST = "INSERT INTO letters (key, tag, day, sealed) VALUES (?, ?, ?, ?)"
_SET = "INSERT OR REPLACE INTO timers (tag, name, due, revision) VALUES (?, ?, ?, ?)"

Batch = list[tuple[str, list[tuple[object, ...]]]]


def rows(units: Sequence[Unit]) -> Batch:
    """Return the rows of a group, one list for each statement."""
    chats = [unit.chat for unit in units if unit.chat]
    return [
        (_SEE, [(unit.seen, unit.day.isoformat()) for unit in units if unit.seen]),
        (_OPEN, [(c.revision, c.state, c.tag) for c in chats if not c.expected]),
        (_STEP, [(c.revision, c.state, c.tag) for c in chats if c.expected]),
        (
            _KEEP,
            [
                (d.case, d.slot, d.part, d.day.isoformat(), d.sealed)
                for unit in units
                for d in unit.drafts
            ],
        ),
        (
            _POST,
            [
                (one.key, one.tag, unit.day.isoformat(), one.sealed)
                for unit in units
                for one in unit.letters
            ],
        ),
        (_SET, [(t.tag, t.name, t.due, t.revision) for unit in units for t in unit.timers]),
    ]


def plaintexts(units: Sequence[Unit]) -> tuple[list[bytes], list[bytes]]:
    """Return what is sealed in a group: answers, by HPKE; and what the cipher alone seals."""
    answers = [draft.sealed for unit in units for draft in unit.drafts if draft.sealed]
    states = [unit.chat.state for unit in units if unit.chat and unit.chat.state]
    small = [*answers, *states, *(letter.sealed for unit in units for letter in unit.letters)]
    empty = age.sealed_size(0) + KEY_NAME + NONCE + TAG
    return (
        [bytes(len(sealed) - empty) for sealed in answers],
        [bytes(len(sealed) - NONCE - TAG) for sealed in small],
    )


def write(conn: sqlite3.Connection, batch: Batch) -> None:
    """Write one group."""
    conn.execute("BEGIN IMMEDIATE")
    for statement, table in batch:
        if table:
            conn.executemany(statement, table)
    conn.execute("COMMIT")


async def bound() -> Took:
    """Measure what a journey of 64 chats could cost at the least; answers are counted."""
    taken, took = await journey(), Took()
    cipher, nonce = ChaCha20Poly1305(os.urandom(32)), bytes(NONCE)
    key = RECIPIENT._key  # noqa: SLF001 - the bare call needs the bare key
    with TemporaryDirectory() as folder, closing(_database(Path(folder))) as conn:
        for units in taken.before:
            write(conn, rows(units))
        prepared = [(rows(units), *plaintexts(units)) for units in taken.steps]
        with took.measured(CHATS * KEPT):
            for batch, answers, small in prepared:
                for plain in answers:
                    age_keys.SUITE.encrypt(plain, key, age_keys.INFO)
                for plain in small:
                    cipher.encrypt(nonce, plain, None)
                write(conn, batch)
    return took


def _database(folder: Path) -> sqlite3.Connection:
    file = folder / "raw.db"
    engine = connect(file)
    upgrade(engine)
    engine.dispose()
    conn = sqlite3.connect(file, isolation_level=None)
    for pragma in PRAGMAS:
        conn.execute(f"PRAGMA {pragma}")
    return conn
