"""What a test can do to the bridge itself: losses, half-open sockets, restarts, time, trust."""

from collections.abc import Awaitable, Callable

from tests.signal_server.refusals import Unplayable
from tests.signal_server.telling import Telling
from tests.signal_server.world import JSON_RPC, TRUSTS, World


async def _no_port(*, up: bool) -> None:
    """Stand for the port of a bridge that is not served."""


class Steering:
    """The bridge, its losses and its ends."""

    world: World
    telling: Telling
    pause = 0.0
    kinds: tuple[str, ...] = ()
    port: Callable[..., Awaitable[None]] = staticmethod(_no_port)

    def habits(self, *, receipts: bool = False, read: bool = False) -> None:
        """Let apps answer with receipts, or not."""
        self.kinds = ("delivery",) * receipts + ("read",) * read

    def heal(self) -> None:
        """Let nothing go wrong any more."""
        self.world.faults.waiting.clear()
        self.telling.lost_next = [0, 0]
        self.telling.gap = self.pause = 0.0
        if self.telling.stalled:
            self.telling.stall(on=False)

    def lose(self, *, times: int = 1, skip: int = 0) -> None:
        """Lose the next pushes, after some."""
        if self.world.mode != JSON_RPC:
            raise Unplayable("only what is pushed can be lost")
        self.telling.lost_next = [skip, times]

    def bursts(self, *, gap: float) -> None:
        """Set how long a websocket is deaf after each frame."""
        self.telling.gap = gap

    def stall(self, *, on: bool = True) -> None:
        """Let websockets stay open and say nothing."""
        self.telling.stall(on=on)

    def cut(self, *, code: int = 1006) -> int:
        """Close every websocket; return how many there were."""
        return self.telling.cut(code)

    async def down(self) -> None:
        """Take the bridge away: its port is closed, and every connection dies."""
        if not self.telling.up:
            raise Unplayable("it is down")
        self.telling.up = False
        await self.port(up=False)
        await self.telling.poster.stop()

    async def up(self, *, keep: bool = False, late: bool = False) -> None:
        """Let the bridge come back: what waited at Signal comes as one burst; `late`: once heard."""
        if self.telling.up:
            raise Unplayable("it is up")
        if not keep:
            self.world.disk.forget_attachments()
        self.telling.up, self.telling.held = True, late and self.world.mode == JSON_RPC
        await self.port(up=True)
        self.telling.burst()

    async def restart(self, *, keep: bool = False, late: bool = False) -> None:
        """Take the bridge away and let it come back."""
        await self.down()
        await self.up(keep=keep, late=late)

    def daemon(self, *, on: bool) -> None:
        """Take signal-cli's process away, or let it come back; the HTTP server goes on."""
        self.telling.daemon = on
        self.telling.burst()

    def redeliver(self, target: int) -> str:
        """Let Signal tell a message again; return its fate."""
        letter = self.telling.taken.get(target)
        if letter is None:
            raise Unplayable("no such message was ever taken")
        return self.telling.tell(letter)

    def delay(self, *, seconds: float) -> None:
        """Set how long every call to signal-cli takes."""
        self.pause = seconds

    def clock(self, *, advance: float = 0.0, at: float | None = None) -> float:
        """Move the time of messages; return it."""
        if at is not None:
            self.world.shift = at - self.world.base()
        self.world.shift += advance
        return self.world.now()

    def trust(self, mode: str) -> None:
        """Set what a changed identity means."""
        if mode not in TRUSTS:
            raise Unplayable(f"no such trust: {mode}")
        self.world.trust = mode

    def registered(self, *, on: bool) -> None:
        """Take the account away, or give it back."""
        self.world.registered = on
        self.telling.burst()

    def webhook(self, url: str) -> None:
        """Set RECEIVE_WEBHOOK_URL."""
        self.telling.poster.url = url
