"""How things leave the server: to every recipient alone, again and again, until they have it.

Rules of this file: it decides who is owed what, and when that is tried again; `mail` composes and
hands over. Digests go to each recipient in their order. A number is kept only after the mail
server's last word, and a digest's copy stays until every recipient has it: a crash repeats a mail
and loses none. Whoever cannot be reached keeps nobody else waiting. What fails is noted as a
trouble (`mail-2`: the second address of `mail.to`), and after an hour it is told by the other way
out: a file in the drop folder.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

from bot import logs
from bot.copies import Copies
from bot.errors import MailFailed
from bot.mail import ALERT, NOTICE, Send, compose_digest, compose_words
from bot.ports import Clock
from bot.recipients import Recipient, listed
from bot.settings import Alert, Mail
from storage import disk
from storage.rows import DigestRow, Trouble
from storage.unit import Store

AT_ONCE = 4  # digests that go at one time, and as many mails of constant words beside them
BACKLOG = 5  # digests to one recipient in one round: a slow server does not hold it up for long

#: Troubles: a copy that was not there, and a digest that could not be written.
LOST = "mail-lost"
UNMADE = "digest-folder"

TOLD = "TROUBLE.txt"
TOLD_AFTER = timedelta(hours=1)
TOLD_WORDS = "Mail does not leave the server. Run `quietline check` there.\n\n"

_DAY = timedelta(days=1)
_OURS = re.compile(r"(mail|alert|notice)-[0-9]+", re.ASCII)


class Outlets:
    """Mails digests, alerts and notices for one line.

    `folder` is the drop folder; `copies` holds the digests that are still to be mailed.
    """

    def __init__(
        self,
        *,
        store: Store,
        folder: Path,
        copies: Path,
        mail: Mail,
        alert: Alert,
        clock: Clock,
        send: Send,
    ) -> None:
        self.copies = copies
        self._copies = Copies(folder=copies)
        self._store = store
        self._folder = folder
        self._mail = mail
        self._clock = clock
        self._send = send
        self._digests = listed("mail", mail.to)
        self._words = {
            "alert": listed("alert", alert.to if alert.on else ()),
            "notice": listed("notice", mail.to),
        }
        self._doors = {True: asyncio.Semaphore(AT_ONCE), False: asyncio.Semaphore(AT_ONCE)}
        self._turn = asyncio.Lock()
        self._recalled = False
        self._noticed: date | None = None

    # --- what others say -----------------------------------------------------------------------

    async def alert(self) -> None:
        """Owe everybody on the alert's list one mail; return when that survives a loss of power."""
        await self._owe("alert")

    async def made(self) -> None:
        """Say that a digest was made and laid out: what it told of need not be told again."""
        for trouble in await self._store.troubles():
            if trouble.code in {LOST, UNMADE}:
                await self._store.settle(trouble.code)

    async def not_made(self) -> None:
        """Say that the digest could not be made; recipients get a notice, at most one a day."""
        today = self._clock().date()
        noticed = [one.last for one in await self._store.troubles() if one.code == UNMADE]
        if today not in {self._noticed, *noticed}:
            self._noticed = today
            await self._owe("notice")
        await self._store.trouble(UNMADE, today)

    async def failures(self) -> tuple[str, ...]:
        """Return what does not work, for the next digest: codes with their first days."""
        return tuple(f"{one.code}:{one.since.isoformat()}" for one in await self._store.troubles())

    async def round(self) -> int:
        """Hand over what may be tried now; return how many mails went. Rounds may overlap."""
        await self._begin()
        digests = [self._serve(one, self._send_digests) for one in self._digests]
        return await self._hand_out([*self._urgent(), *digests])

    async def words(self) -> int:
        """Hand over alerts and notices alone; they wait for no digest on its way to a slow server.

        Return how many mails went. It may overlap with itself and with `round`.
        """
        await self._begin()
        return await self._hand_out(self._urgent())

    def _urgent(self) -> list[Awaitable[int]]:
        return [
            *(self._serve(one, self._send_alert) for one in self._words["alert"]),
            *(self._serve(one, self._send_notice) for one in self._words["notice"]),
        ]

    async def _hand_out(self, work: Sequence[Awaitable[int]]) -> int:
        done = await asyncio.gather(*work, return_exceptions=True)
        await self._tell(await self._settle())
        await self._clear()
        for one in done:
            if isinstance(one, BaseException):
                raise one
        return sum(one for one in done if isinstance(one, int))

    # --- one recipient -------------------------------------------------------------------------

    async def _serve(self, to: Recipient, work: Callable[[Recipient], Awaitable[int]]) -> int:
        if to.busy or not to.patience.allows(self._clock()):
            return 0
        to.busy = True
        try:
            return await work(to)
        finally:
            to.busy = False

    async def _send_digests(self, to: Recipient) -> int:
        went = 0
        last = (await self._store.mailed())[to.key]
        for row in (await self._store.digests(last))[:BACKLOG]:
            message = await self._compose(to, row)
            if message is not None:
                if not await self._hand_over(to, message, words=False):
                    break
                went += 1
            await self._store.keep_mailed(to.key, row.number)
        return went

    async def _compose(self, to: Recipient, row: DigestRow) -> bytes | None:
        """Return the mail with a digest, or note that its copy is not there."""
        copy = await asyncio.to_thread(self._copies.read, row)
        now = self._clock()
        if copy is None:
            logs.event("mail-lost", number=row.number)
            await self._store.trouble(LOST, now.date())
            return None
        return compose_digest(
            self._mail, to.address, sealed=copy.sealed, signature=copy.signature, now=now
        )

    async def _send_alert(self, to: Recipient) -> int:
        return await self._send_words(to, ALERT)

    async def _send_notice(self, to: Recipient) -> int:
        return await self._send_words(to, NOTICE)

    async def _send_words(self, to: Recipient, words: str) -> int:
        if not to.owed:
            return 0
        to.owed = False  # whoever owes it from now on means another one
        went = False
        try:
            message = compose_words(self._mail, to.address, words=words, now=self._clock())
            went = await self._hand_over(to, message, words=True)
        finally:
            to.owed = to.owed or not went
        return int(went)

    async def _hand_over(self, to: Recipient, message: bytes, *, words: bool) -> bool:
        """Hand one mail over; note how it went, and tell."""
        try:
            async with self._doors[words]:
                await self._send(to.address, message)
        except MailFailed as failed:
            now = self._clock()
            to.patience.fail(now)
            logs.event("mail-failed", text=to.code, error=failed.code)
            await self._store.trouble(to.code, now.date())
            return False
        to.patience.succeed()
        logs.event("mailed", text=to.code)
        return True

    # --- before and after the mails of a round -------------------------------------------------

    async def _begin(self) -> None:
        """Take up what an earlier run left; begin with who is new, and forget who is gone."""
        async with self._turn:
            if not self._recalled:
                for kind, recipients in self._words.items():
                    if await asyncio.to_thread(self._copies.owes, kind):
                        for one in recipients:
                            one.owed = True
                self._recalled = True
            known, here = await self._store.mailed(), {one.key for one in self._digests}
            for key in known.keys() - here:
                await self._store.drop_mailed(key)
            for key in sorted(here - known.keys()):
                await self._store.keep_mailed(key, await self._beginning())

    async def _beginning(self) -> int:
        """Return the number after which a new recipient begins: they get the latest digest."""
        last = await self._store.last_digest()
        if last is None:
            return 0
        return last.number - (await asyncio.to_thread(self._copies.read, last) is not None)

    async def _settle(self) -> list[Trouble]:
        """Settle the troubles of who can be reached, or is gone; return those that last."""
        unsettled = {one.code for one in self._everybody() if one.busy or one.patience.failures}
        lasting = []
        for trouble in await self._store.troubles():
            if trouble.code in unsettled:
                lasting.append(trouble)
            elif _OURS.fullmatch(trouble.code):
                await self._store.settle(trouble.code)
        return lasting

    async def _tell(self, troubles: Sequence[Trouble]) -> None:
        """Say in the drop folder what lasts for an hour; take that back when all is well."""
        now = self._clock()
        lasts = any(one.patience.has_lasted(now, TOLD_AFTER) for one in self._everybody())
        lasts = lasts or any(one.since < now.date() - _DAY for one in troubles)  # a restart between
        lines = "".join(f"{one.code} since {one.since.isoformat()}\n" for one in troubles)
        path = self._folder / TOLD
        try:
            if not troubles:
                await asyncio.to_thread(disk.erase, path)
            elif lasts:
                await asyncio.to_thread(_keep, path, (TOLD_WORDS + lines).encode())
        except OSError as error:  # `check` and the notice are left
            logs.event("trouble-untold", error=type(error).__name__)

    async def _clear(self) -> None:
        """Erase what everybody has: marks of what was owed, and digests but the latest."""
        async with self._turn:
            last = await self._store.last_digest()
            numbers = [*(await self._store.mailed()).values(), last.number - 1 if last else 0]
            paid = [
                kind
                for kind, recipients in self._words.items()
                if not any(one.owed or one.busy for one in recipients)
            ]
            try:
                await asyncio.to_thread(self._copies.clear, min(numbers), paid)
            except OSError as error:  # they lie there until it works
                logs.event("copies-stay", error=type(error).__name__)

    async def _owe(self, kind: str) -> None:
        async with self._turn:
            for one in self._words[kind]:
                one.owed = True
                one.patience.hurry()
            if self._words[kind]:
                try:
                    await asyncio.to_thread(self._copies.owe, kind)
                except OSError as error:  # it goes out all the same, unless the power goes first
                    logs.event("owed-in-memory", error=type(error).__name__)

    def _everybody(self) -> tuple[Recipient, ...]:
        return (*self._digests, *self._words["alert"], *self._words["notice"])


def _keep(path: Path, data: bytes) -> None:
    """Write a file unless it says that already."""
    if not path.exists() or path.read_bytes() != data:
        disk.make_folder(path.parent)
        disk.write(path, data)
