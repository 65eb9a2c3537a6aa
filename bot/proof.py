"""Case codes that people give: what they lead to, and how often may be asked.

- The digits are looked up and confirmed here and go no further: not into a state, not into a log.
- A wrong code costs as much as a right one, and no more than two are worked on at a time.
- A few tries an hour for each chat: that keeps guessing hopeless. Very many for all together: that
  bounds the work, and half of it is kept for chats that have not tried, so that no crowd of a few
  locks others out. In memory only. Whoever tries more is answered as for a wrong code: nobody can
  tell which it was.
"""

import asyncio
import heapq
import hmac
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from bot.engine.events import Proof
from bot.engine.keeping import MOST_KEPT
from bot.keyring import Keyring
from bot.limits import Tries
from storage.rows import CaseId
from storage.standing import Leaving
from storage.unit import CodeRow, Store

#: Tries within an hour: of one chat, and of all (docs/threats.md says why so many).
OF_A_CHAT, OF_ALL, HOUR = 5, 6_000, 3_600.0
#: Codes that are confirmed at a time: each takes 19 MiB for a moment.
AT_A_TIME = 2
SALT = 16
#: Numbers of the author's own between two sessions of adding: more than a session can use.
SESSION = 1_000


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


@dataclass(kw_only=True, slots=True)
class Hands:
    """So many work at a time; of those who wait, whoever has asked least often is next."""

    free: int
    _waiting: list[tuple[int, int, asyncio.Future[None]]] = field(
        default_factory=list, init=False, repr=False
    )
    _number: int = field(default=0, init=False, repr=False)

    @asynccontextmanager
    async def taken(self, asked: int) -> AsyncIterator[None]:
        """Wait for a hand, having asked so often."""
        await self._take(asked)
        try:
            yield
        finally:
            self._give()

    async def _take(self, asked: int) -> None:
        if self.free:
            self.free -= 1
            return
        self._number += 1
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (asked, self._number, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give()
            raise

    def _give(self) -> None:
        while self._waiting:
            turn = heapq.heappop(self._waiting)[2]
            if not turn.done():
                turn.set_result(None)
                return
        self.free += 1


@dataclass(kw_only=True, slots=True)
class Proofs:
    """Looks codes up for one line."""

    store: Store
    keyring: Keyring
    tries: Tries = field(default_factory=lambda: Tries(each=OF_A_CHAT, all=OF_ALL, seconds=HOUR))
    confirmed: int = 0  # how often the slow work was done
    _hands: Hands = field(default_factory=lambda: Hands(free=AT_A_TIME), init=False, repr=False)

    async def look_up(self, code: str, tag: bytes, now: datetime) -> Found:
        """Return what a code leads to; `tag` is the chat that gave it."""
        asked = self.tries.take(tag, now.timestamp()) if code else 0
        if not asked:
            return WRONG
        lookup = self.keyring.lookup(code)
        row = await self.store.code(lookup)
        if row is not None and row.expires < now.date():
            row = None
        if not await self._confirm(code, row, asked) or row is None:
            return WRONG
        content = json.loads(self.keyring.codes.open(row.sealed, lookup))
        case = bytes.fromhex(content["case"])
        if "tag" in content:
            return Found(proof=Proof.DRAFT, case=case, tag=bytes.fromhex(content["tag"]))
        return await self.sent(case)

    async def sent(self, case: CaseId) -> Found:
        """Return a case that was sent as whoever adds to it needs it, or that it leaves."""
        if await self.leaves(case):
            return Found(proof=Proof.LEAVES, case=case)
        entries = len(await self.store.journal(case)) + len(await self.store.fetches_of(case))
        sequence = MOST_KEPT + SESSION * entries + int.from_bytes(os.urandom(2)) % (SESSION // 2)
        files = len(await self.store.blobs(case))
        return Found(proof=Proof.SENT, case=case, sequence=sequence, files=files)

    async def leaves(self, case: CaseId) -> bool:
        """Tell whether a case is on its way out, or gone."""
        standing = await self.store.standing(case)
        return standing is not None and standing.leaving is not Leaving.STAYS

    async def _confirm(self, code: str, row: CodeRow | None, asked: int) -> bool:
        """Do the slow work, whether there is a row or not."""
        salt, expected = (row.salt, row.hash) if row else (os.urandom(SALT), os.urandom(32))
        async with self._hands.taken(asked):
            self.confirmed += 1
            hashed = await asyncio.to_thread(self.keyring.confirm, code, salt)
        return hmac.compare_digest(hashed, expected)
