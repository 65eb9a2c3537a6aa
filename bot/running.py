"""A line that runs, as those who bring it something see it: the app of the statement of today.

The app is another one as soon as a newer statement is taken; nobody who holds this notices.
"""

from dataclasses import dataclass
from datetime import timedelta

from bot import logs
from bot.app import App, read_line, renewed
from bot.daily import Daily
from bot.desk_answers import Answers
from bot.errors import BotError
from bot.keyring import month_before, month_of
from bot.newer import bring
from bot.ports import TELEGRAM, Clock, Incoming
from bot.troubles import Troubles
from storage import folder, retention
from storage.errors import StorageError
from storage.line import follow

STATEMENT_TROUBLE = "statement"
#: What people are told when messages may have been lost on their way here.
MISSED = "missed"
#: Troubles that end with the letters they kept from arriving.
PASSING = frozenset(
    {"telegram-blocked", "telegram-refused", "signal-blocked", "signal-refused", "signal-identity"}
)


@dataclass(kw_only=True, slots=True)
class Running:
    """A line that runs. The app is another one as soon as a newer statement is taken."""

    app: App
    daily: Daily
    troubles: Troubles
    clock: Clock

    async def receive(self, incoming: Incoming) -> None:
        """Take one event."""
        await self.app.intake.receive(incoming)

    def reachable(self, peer: str) -> None:
        """Bring what waits for a person who can be written to again."""
        today = self.clock().date()
        for month in (month_of, month_before):
            self.app.delivery.wake(self.app.intake.keyring.tag(TELEGRAM, peer, month(today)))

    def group(self) -> str:
        """Return what is said where more than one person could read along."""
        speaker = self.app.intake.speaker
        return speaker.profile(speaker.reserve).group

    def lets_go(self, incoming: Incoming) -> bool:
        """Tell whether an event is let go, because too many came from its chat."""
        return self.app.intake.lets_go(incoming)

    async def missed(self, channel: str) -> None:
        """Tell people in the middle of something that a message of theirs may have been lost."""
        await self.app.intake.tell_open(channel, MISSED)

    async def owed(self) -> None:
        """Tell of gaps those who could not be told yet."""
        await self.app.intake.notices.tell_owed()

    async def again(self, channel: str, peer: str) -> None:
        """Ask a person to send again what could not be read."""
        await self.app.intake.resend(channel, peer)

    async def timers(self) -> None:
        """Ring what has run out."""
        await self.app.jobs.timers()

    async def retention(self) -> None:
        """Drop what is over, and what needs no more attention."""
        await self.app.jobs.retention()
        over = self.clock().date() - timedelta(days=retention.LETTER_DAYS)
        for trouble in await self.app.store.troubles():
            if trouble.code in PASSING and trouble.last <= over:
                await self.troubles.settle(trouble.code)

    async def digest(self) -> None:
        """Make the digest if it is due."""
        await self.daily.round(self.app.line)

    async def mail(self) -> None:
        """Hand out what waits; a slow mail server holds up nothing else."""
        await self.daily.outlets.round()

    async def words(self) -> None:
        """Hand out alerts and notices, also while digests are on their way to a slow server."""
        await self.daily.outlets.words()

    def answers(self) -> Answers:
        """Return what desks are told under the statement of today."""
        return Answers(
            packets=self.app.packets,
            blobs=self.app.fetching.blobs,
            line_folder=self.app.home / "line",
            bring=self.bring,
            clock=self.clock,
        )

    async def bring(self, data: bytes) -> None:
        """Take a newer statement, or keys that were shared, which a desk has brought."""
        bring(data, app=self.app, today=self.clock().date())
        await self.statement()

    async def statement(self) -> None:
        """Take a newer statement that `line load` has brought; what cannot be taken is told."""
        try:
            today = min(self.clock().date(), self.app.line.expires)
            line = read_line(self.app.home, today)
            follow(line, self.app.line)
            if line.sha256 != self.app.line.sha256:
                self.app = renewed(self.app, line)
                folder.note_seen(self.app.home / "line", line.epoch)
                logs.event("statement", epoch=line.epoch)
        except (BotError, StorageError, OSError) as error:  # also when root alone may read it
            logs.event("statement-refused", error=type(error).__name__)
            await self.troubles.note(STATEMENT_TROUBLE)
        else:
            await self.troubles.settle(STATEMENT_TROUBLE)
