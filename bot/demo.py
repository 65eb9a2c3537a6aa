"""The whole job in one terminal: keys, a conversation, sealing, a digest, and the opened case.

It runs the same commands that an organisation runs, the desk's as subprocesses (`bot.demo_line`).
Set-up reads nothing from standard input; every line there is the person's. The number of a piped
line is its event id.
"""

import io
import re
import shutil
import signal
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bot.app import App, opened
from bot.bundle import FILES, copy_files, make_bundle
from bot.channels.console import NAME, PEER, Console, Style, lines, refusal, said
from bot.demo_line import Founder
from bot.digest import make_digest
from bot.engine.events import Said
from bot.keyring import month_before, month_of
from bot.ports import Incoming
from storage.unit import Outcome


def now() -> datetime:
    """Return the time now, UTC."""
    return datetime.now(UTC)


class Demo:
    """One run of the demo, in a folder that is kept or thrown away."""

    def __init__(self, *, keep: Path | None, form: Path | None = None) -> None:
        """Prepare a run; `keep` None throws everything away at the end, `form` asks an own form."""
        self.kept = keep is not None
        self.place = keep.resolve() if keep else Path(tempfile.mkdtemp(prefix="quietline-demo-"))
        self.founder = Founder(self.place, form=form, say=self._say)
        self.server = self.founder.server
        self.staff = self.founder.staff
        self.digests = self.founder.digests
        self.by_hand = sys.stdin is not None and sys.stdin.isatty()
        self.cases = 0
        self.console = Console()
        self.style = Style.of(sys.stdout)

    async def run(self) -> int:
        """Go through the whole job; return the exit code."""
        for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, "replace")):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(encoding="utf-8", errors=errors)
        for number in (signal.SIGTERM, signal.SIGHUP):  # a throw-away folder goes all the same
            signal.signal(number, lambda *_: sys.exit(1))
        try:
            self.founder.found()
            self._chapter("You are the person who writes to the line")
            self._say(
                "Answer with a number or in words, then press Enter. /stop deletes all of it."
            )
            self._say("/file PATH sends a file from here. Nothing leaves this computer.\n")
            async with opened(
                self.server,
                clock=now,
                channels=[self.console],
                depots={NAME: self.console},
                allow_throwaway=True,
            ) as app:
                await self._talk(app)
                await self._hand_over(app)
            self._at_the_desk()
            self._where()
        finally:
            if not self.kept:
                shutil.rmtree(self.place, ignore_errors=True)
        return 0

    # -- the conversation -------------------------------------------------------------------

    async def _talk(self, app: App) -> None:
        session = "0" if not self.by_hand else f"hand {now().timestamp()} 0"
        await app.jobs.timers()
        await app.fetching.sweep()
        await self._post(app)  # what an earlier run had not shown yet
        skipped = 0
        start = Incoming(channel=NAME, peer=PEER, event_id=session, event=Said(text="/start"))
        await app.intake.receive(start)
        await self._post(app)
        source = sys.stdin or io.StringIO()
        async for number, line in lines(source, prompt=self._prompt if self.by_hand else None):
            if not line.strip() and not await self._is_open(app):
                continue
            if refused := refusal(line, by_hand=self.by_hand):
                self._say(f"{refused}\n")
                continue
            await app.jobs.timers()
            incoming = said(number, line)
            if self.by_hand:
                incoming = said(number, line, session=session)
            outcome = await app.intake.receive(incoming)
            if outcome is Outcome.DUPLICATE:
                skipped += 1
                continue
            if not self.by_hand:
                self.console.echo(line)
            await self._post(app)
            if self.by_hand and not await self._is_open(app):
                break
        if skipped:
            self._say(f"{skipped} lines were taken in an earlier run, and skipped now.")

    def _prompt(self) -> None:
        sys.stdout.write(f"{self.style.accent}›{self.style.off} ")
        sys.stdout.flush()

    async def _post(self, app: App) -> None:
        """Show what waits, take in the files that were sent, and show what became of them."""
        fetching, show = app.fetching, app.delivery.round
        for one_round in (show, fetching.round, show, fetching.bury):
            while await one_round():
                pass

    async def _is_open(self, app: App) -> bool:
        today = now().date()
        tags = [app.intake.keyring.tag(NAME, PEER, month(today)) for month in _MONTHS]
        return any([await app.store.chat(tag) is not None for tag in tags])

    async def _hand_over(self, app: App) -> None:
        """Make the digest and the bundle that staff are sent."""
        today = now().date()
        await make_digest(
            app.store,
            line=app.line,
            identity=app.credentials.identity,
            folder=self.digests,
            today=today,
        )
        await make_bundle(
            app.store,
            line_folder=self.server / "line",
            identity=app.credentials.identity,
            folder=self.digests,
            today=today,
        )
        if app.fetching.blobs.names():
            files = self.digests / FILES
            files.mkdir(exist_ok=True)
            await copy_files(app.store, app.fetching.blobs, files)
        totals = await app.store.totals()
        self.cases = totals.cases
        if await self._is_open(app):
            self._say("The conversation is still open: nothing more was sent.")
            if self.kept:
                self._say("Its answers are locked, and this folder goes on where you were.")

    # -- the desk -----------------------------------------------------------------------------

    def _at_the_desk(self) -> None:
        self._chapter("You are the caseworker, on another computer")
        if not self.cases:
            self._say("Nothing was sent, so there is no case. The digest that staff get has the")
            self._say("same size all the same: nobody who sees the mail learns which it was.")
            return
        places = ["--line", str(self.staff / "line"), "--desk", str(self.staff / "desk")]
        self._command("open", str(self.digests))
        self._show(self.founder.desk("open", str(self.digests), *places))
        self._command("list")
        listed = self.founder.desk("list", *places)
        self._show(listed)
        for number in dict.fromkeys(_CASE_NUMBER.findall(listed)):
            self._command("show", number)
            shown = self.founder.desk("show", number, *places)
            self._show(shown)
            if f"files {number}" in shown:
                to = self.staff / f"files of {number}"
                self._command("files", number)
                self._show(self.founder.desk("files", number, "--to", str(to), *places))

    def _where(self) -> None:
        self._chapter("Where everything lies")
        if not self.kept:
            self._say("Everything was in a temporary folder and is thrown away now, keys and all.")
            self._say("`make demo KEEP=DIR` leaves it in DIR.")
            return
        for place, what in (
            (self.server, "what the server has: it cannot read the case"),
            (self.digests, "what staff were sent: a digest and a bundle, both sealed"),
            (self.staff, "a throw-away key, the signed line, and the cards"),
        ):
            self._say(f"{place}\n    {what}")
        self._say(f"\nmake demo KEEP={self.place}   goes on in this folder")

    def _chapter(self, title: str) -> None:
        rule = "─" * len(title)
        sys.stdout.write(f"\n{self.style.bold}{title}{self.style.off}\n{rule}\n\n")
        sys.stdout.flush()

    def _say(self, text: str) -> None:
        sys.stdout.write(f"{self.style.dim}{text}{self.style.off}\n")
        sys.stdout.flush()

    def _command(self, *words: str) -> None:
        self._say(f"$ quietline-desk {' '.join(words)}")

    def _show(self, text: str) -> None:
        sys.stdout.write(text.rstrip() + "\n\n")
        sys.stdout.flush()


_MONTHS = (month_of, month_before)
_CASE_NUMBER = re.compile(r"\b[0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{3}\b")
