"""Fetches the files that people sent: from where a chat app has them, sealed, to where they stay.

- A file is received only when its blob is on the disk and its entry is committed; then it is said,
  and then the chat app may forget it. Until then its row stands, and any end begins it anew.
- A few at a time, so that no file holds up another person's, and nothing is read into memory whole.
- What fails is tried ever more seldom, for a day. What is lost then, or was refused for good, is
  said too: nobody is left to believe that it came.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from bot import logs
from bot.arrival import Arrival
from bot.claims import Claim, open_claim
from bot.errands import Bell
from bot.errors import DeliveryFailed, ForeignState, NotNow, Refused
from bot.files import RESERVE, largest
from bot.inspection import ENDLESS
from bot.keyring import Keyring
from bot.ports import Clock, Depot, Sleep
from bot.tables import Files
from bot.transfer import Got, Transfer
from storage.blobs import Blobs
from storage.rows import FetchRow
from storage.unit import FetchChange, Store, Unit

#: Files on their way at a time: of one channel, and in all.
OF_A_CHANNEL, IN_ALL = 2, 4
#: Seconds between the tries of one file; the last one again and again.
WAITS = (5, 30, 120, 600, 3_600)
#: Seconds after which a file is lost.
GIVEN_UP = 24 * 60 * 60
#: Seconds between two looks, when nobody says that a file waits.
LOOK_SECONDS = 5.0
#: Rows in one look.
LOOK = 1_000
#: Bytes that are sealed and written together, in a thread.
BATCH = 512 * 1024
#: Files of no row that are erased: a crash leaves as many as were on their way, and no more.
MOST_LEFT = 2 * IN_ALL
#: The trouble when there are more.
UNKNOWN = "files-unknown"
#: Tries after which a file that is shorter than announced is believed to be so.
SHORT = 3
#: What is said of a file that will never be there.
LOST, TOO_LARGE, DANGEROUS = "file-lost", "file-too-large", "file-dangerous"

Answer = TypeVar("Answer")


@dataclass(kw_only=True, slots=True)
class Fetching:
    """Fetches files for one line."""

    store: Store
    keyring: Keyring
    arrival: Arrival
    depots: Mapping[str, Depot]
    blobs: Blobs
    files: Files
    clock: Clock
    sleep: Sleep = asyncio.sleep
    bell: Bell = field(default_factory=Bell)
    room: Callable[[], int] = lambda: ENDLESS  # bytes that are free where files are kept
    _on_the_way: dict[bytes, str] = field(default_factory=dict, init=False, repr=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set, init=False, repr=False)

    async def run(self) -> None:
        """Fetch whenever files wait, and erase what is doomed, until cancelled."""
        try:
            await self._quietly(self.sweep)
            while True:
                self.bell.rung = False
                await self._look()
                await self._quietly(self.bury)
                await self.bell.rest(LOOK_SECONDS, self.sleep)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def round(self) -> int:
        """Fetch what is due, one after another; return how many there were."""
        rows = await self.store.fetches(int(self.clock().timestamp()), LOOK)
        for row in rows:
            await self._try(row)
        await self.bury()
        return len(rows)

    async def sweep(self) -> int:
        """Erase what was begun and left, and files of no row: for the start, before `run`."""
        there = await asyncio.to_thread(self.blobs.names)
        known = await self.store.blob_ids()
        spared = (there - known) - await self._nobodys(there - known)
        erased = await asyncio.to_thread(self.blobs.sweep, known | spared)
        await self.bury()
        return erased

    async def orphans(self) -> int:
        """Erase files of no row, while others are on their way; return how many there were."""
        there = await asyncio.to_thread(self.blobs.names)
        known = await self.store.blob_ids()  # read last: a row is there before its file
        gone = await self._nobodys(there - known)
        for blob in gone:
            await asyncio.to_thread(self.blobs.erase, blob)
        if gone:
            logs.event("files-of-nobody", count=len(gone))
        return len(gone)

    async def _nobodys(self, unknown: frozenset[bytes]) -> frozenset[bytes]:
        """Return the files that may be erased: of no row, and as few as a crash leaves.

        Many are another line's whose folder this was, or newer than a database that was put back.
        """
        few = len(unknown) <= MOST_LEFT
        if few:
            await self.store.settle(UNKNOWN)
        else:
            logs.event("files-unknown", count=len(unknown))
            await self.store.trouble(UNKNOWN, self.clock().date())
        return unknown if few else frozenset()

    async def bury(self) -> int:
        """Erase the files of doomed blobs, then forget them; return how many there were."""
        buried = 0
        while doomed := await self.store.doomed():
            for blob in doomed:
                await asyncio.to_thread(self.blobs.erase, blob)
            buried += await self.store.buried(doomed)
        return buried

    def forget(self, channel: str, reference: str) -> None:
        """Have a file that nobody will fetch erased where it lies."""
        if depot := self.depots.get(channel):
            task = asyncio.create_task(depot.forget(reference))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _quietly(self, work: Callable[[], Awaitable[int]]) -> None:
        """Do what can as well be done at the next look."""
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - files that people sent must not wait for it
            logs.event("files-not-erased", error=type(error).__name__)

    # -- who sets out -------------------------------------------------------------------------

    async def _look(self) -> None:
        """Set out for what is due, as far as there are hands."""
        try:
            rows = await self.store.fetches(int(self.clock().timestamp()), LOOK)
        except Exception as error:  # noqa: BLE001 - the next look may find the store well
            logs.event("fetches-unread", error=type(error).__name__)
            return
        busy = Counter(self._on_the_way.values())
        for row in rows:
            channel = self._channel(row)
            full = busy.total() >= IN_ALL or busy[channel] >= OF_A_CHANNEL
            if row.key not in self._on_the_way and not full:
                busy[channel] += 1
                self._on_the_way[row.key] = channel
                task = asyncio.create_task(self._go(row))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _go(self, row: FetchRow) -> None:
        try:
            await self._try(row)
        finally:
            del self._on_the_way[row.key]
            self.bell.ring()

    def _channel(self, row: FetchRow) -> str:
        with contextlib.suppress(ForeignState):
            return open_claim(self.keyring, row.sealed, row.key).depot
        return ""

    # -- one file -----------------------------------------------------------------------------

    async def _try(self, row: FetchRow) -> None:
        """Fetch a file, and keep what came of it; it is tried again when that fails."""
        claim: Claim | None = None
        try:
            claim = open_claim(self.keyring, row.sealed, row.key)
            await self._fetch(row, claim)
        except Exception as error:  # noqa: BLE001 - one file must not stop the others
            channel = "" if claim is None else claim.depot
            logs.event("fetch-failed", channel=channel, error=type(error).__name__)
            least = error.seconds if isinstance(error, NotNow) else 0.0
            await self._fail(row, claim, least)

    async def _fail(self, row: FetchRow, claim: Claim | None, least: float) -> None:
        """Put a file off; while the store is unwell as well, it waits here."""
        try:
            if claim is None:  # another server's: nobody can fetch it any more
                await self.arrival.drop(row)
            else:
                await self._put_off(row, claim, least)
        except Exception as error:  # noqa: BLE001 - it is due, and tried again
            logs.event("fetch-not-put-off", error=type(error).__name__)
            await self.sleep(LOOK_SECONDS)

    async def _fetch(self, row: FetchRow, claim: Claim) -> None:
        """Bring one file in, and say so; or say that it will not come."""
        waiting = await self.store.fetch(row.key)
        if waiting is None or waiting.blob != row.blob:
            return  # it came, or was stopped, since it was seen to be due
        depot = self.depots.get(claim.depot)
        if depot is None:
            raise DeliveryFailed("no depot")
        try:
            got, refused = await self._bring(row, claim, depot)
        except Refused:
            got, refused = None, LOST
        if got is None:
            await self.arrival.lost(row, refused)
        elif not await self.arrival.came(row, got):
            await asyncio.to_thread(self.blobs.erase, row.blob)  # nobody waits for it any more
        await depot.forget(claim.media.reference)

    async def _bring(self, row: FetchRow, claim: Claim, depot: Depot) -> tuple[Got | None, str]:
        """Seal a file as it comes; return what it is, or the text that says why it is not taken."""
        reading = self.arrival.sealer.reading(claim.compartment, self.clock().date())
        begin = partial(
            Transfer.begin,
            self.blobs,
            row.blob,
            reading.recipient,
            most=largest(depot, self.files),
            runs=depot.dangerous,
        )
        transfer = await _threaded(begin)
        try:
            async with aclosing(_batches(depot, claim.media.reference)) as batches:
                async for batch in batches:
                    if self.room() < RESERVE:  # several may come that had room alone
                        raise DeliveryFailed("no room")
                    if not await _threaded(partial(transfer.take, batch)):
                        return None, TOO_LARGE if transfer.too_large else DANGEROUS
                    if await self.store.fetch(row.key) is None:
                        return None, LOST  # it was stopped meanwhile, and nobody is told
            if transfer.size < claim.media.size and row.tries < SHORT:
                raise DeliveryFailed("short")
            return await _threaded(transfer.finish), ""
        finally:
            await _threaded(transfer.abandon)

    async def _put_off(self, row: FetchRow, claim: Claim, least: float) -> None:
        """Try a file again later, or give it up after a day."""
        now = self.clock()
        seconds = int(now.timestamp())
        if seconds - claim.began >= GIVEN_UP:
            await self.arrival.lost(row, LOST)
            return
        waiting = await self.store.fetch(row.key)  # its draft may have moved to another chat
        if waiting is not None:
            wait = max(WAITS[min(row.tries, len(WAITS) - 1)], int(least))
            later = replace(waiting, tries=row.tries + 1, due=seconds + wait)
            # STALE: it was stopped meanwhile.
            await self.store.commit(
                Unit(day=now.date(), fetches=(FetchChange(key=row.key, row=later),))
            )


async def _threaded(work: Callable[[], Answer]) -> Answer:
    """Work in a thread, and wait for its end also when cancelled: a file is in its hands."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


async def _batches(depot: Depot, reference: str) -> AsyncGenerator[bytes, None]:
    """Yield a file in pieces that are worth a thread."""
    batch = bytearray()
    pieces = depot.fetch(reference)
    try:
        async for piece in pieces:
            batch += piece
            if len(batch) >= BATCH:
                yield bytes(batch)
                batch.clear()
    finally:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()
    if batch:
        yield bytes(batch)
