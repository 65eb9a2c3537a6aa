"""Case codes that people give: what they lead to, and how often may be asked.

- The digits are looked up and confirmed here and go no further: not into a state, not into a log.
- A wrong code costs as much as a right one, and no more than two are worked on at a time.
- A few tries an hour for each chat, and for all together; in memory only. Whoever tries more is
  answered as for a wrong code: nobody can tell which it was.
"""

import asyncio
import hmac
import json
import os
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime

from bot.engine.answers import digits as plain_digits
from bot.engine.codes import LENGTH, read_code
from bot.engine.events import Proof
from bot.engine.keeping import MOST_KEPT
from bot.keyring import Keyring
from bot.limits import Tries
from storage.rows import CaseId
from storage.unit import CodeRow, Store

#: Tries within an hour: of one chat, and of all.
OF_A_CHAT, OF_ALL, HOUR = 5, 60, 3_600.0
#: Codes that are confirmed at a time: each takes 19 MiB for a moment.
AT_A_TIME = 2
SALT = 16
#: Numbers of the author's own between two sessions of adding: more than a session can use.
SESSION = 1_000
#: What may stand between the digits, beside spaces and what nobody sees.
_BETWEEN = frozenset({"Zs", "Cc", "Cf", "Pd"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What a code leads to: the draft in the chat `tag`, or the case that was sent.

    `sequence` is behind every number that the case's author can have used.
    """

    proof: Proof
    case: CaseId = b""
    tag: bytes = b""
    sequence: int = 0
    files: int = 0  # that the case has


WRONG = Found(proof=Proof.WRONG)


def whole_code(text: str) -> str | None:
    """Return the digits of a message that is a case code as a whole; "" of one with a slip in it.

    Digits of any script, in groups or not.
    """
    if len(text) < LENGTH:
        return None
    plain = "".join(c for c in plain_digits(text) if unicodedata.category(c) not in _BETWEEN)
    if len(plain) != LENGTH or not (plain.isascii() and plain.isdecimal()):
        return None
    return read_code(plain) or ""


@dataclass(kw_only=True, slots=True)
class Proofs:
    """Looks codes up for one line."""

    store: Store
    keyring: Keyring
    tries: Tries = field(default_factory=lambda: Tries(each=OF_A_CHAT, all=OF_ALL, seconds=HOUR))
    confirmed: int = 0  # how often the slow work was done
    _hands: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(AT_A_TIME), init=False, repr=False
    )

    async def look_up(self, code: str, tag: bytes, now: datetime) -> Found:
        """Return what a code leads to; `tag` is the chat that gave it."""
        if not code or not self.tries.take(tag, now.timestamp()):
            return WRONG
        lookup = self.keyring.lookup(code)
        row = await self.store.code(lookup)
        if row is not None and row.expires < now.date():
            row = None
        if not await self._confirm(code, row) or row is None:
            return WRONG
        content = json.loads(self.keyring.codes.open(row.sealed, lookup))
        case = bytes.fromhex(content["case"])
        if "tag" in content:
            return Found(proof=Proof.DRAFT, case=case, tag=bytes.fromhex(content["tag"]))
        entries = len(await self.store.journal(case)) + len(await self.store.fetches_of(case))
        sequence = MOST_KEPT + SESSION * entries + int.from_bytes(os.urandom(2)) % (SESSION // 2)
        files = len(await self.store.blobs(case))
        return Found(proof=Proof.SENT, case=case, sequence=sequence, files=files)

    async def _confirm(self, code: str, row: CodeRow | None) -> bool:
        """Do the slow work, whether there is a row or not."""
        salt, expected = (row.salt, row.hash) if row else (os.urandom(SALT), os.urandom(32))
        async with self._hands:
            self.confirmed += 1
            hashed = await asyncio.to_thread(self.keyring.confirm, code, salt)
        return hmac.compare_digest(hashed, expected)
