"""What each way of receiving from the Signal bridge loses: `python -m tests.bench.signal_loss`.

The line's own client over real HTTP and websocket, against the emulator's copies of what the real
bridge was seen to do: a websocket is deaf for a millisecond after each frame, a webhook is tried
once, a poll's messages are gone from Signal with its answer. A message counts as kept when the line
has returned from keeping it. The table goes into docs/signal.md by hand, with its day.
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bot import logs
from bot.channels.signal import open_channel
from bot.http import Doors, listening, make_http
from bot.ports import Incoming
from bot.settings import Signal
from tests.signal_server import Emulator, serving

NUMBER = "+4915112345678"
SECRET = "a-secret-of-the-door"
MODES = {"poll": "native", "websocket": "json-rpc", "webhook": "json-rpc"}
MANY, SOME = 200, 100
FAILS = 2
#: Seconds that the bridge is away.
AWAY = 1.5
#: What a gap is called among the names of messages.
GAP = "gap"
#: Seconds: a websocket is deaf after a frame; between messages of a stream; that keeping takes.
DEAF, APART, KEEPING = 0.001, 0.005, 0.002
#: Seconds in which nothing more comes, after which all is taken as said: longer than the line waits
#: before it tries again, and looks again whether the bridge is there.
QUIET = 8.0


class Child:
    """The line's side, in a process of its own: it writes down what it has kept, a name a line."""

    def __init__(self, file: Path, failing: int) -> None:
        self._file = file.open("a", encoding="ascii", buffering=1)
        self._failing = failing

    async def receive(self, incoming: Incoming) -> None:
        """Keep a message."""
        await asyncio.sleep(KEEPING)
        if self._failing:
            self._failing -= 1
            raise OSError
        self._file.write(f"{incoming.event_id}\n")

    async def missed(self) -> None:
        """Note a gap that people are told of."""
        self._file.write(f"{GAP}\n")

    async def resend(self, peer: str) -> None:
        """Do nothing."""

    async def run(self, way: str, url: str, port: int) -> None:
        """Receive until killed."""
        settings = Signal.model_validate(
            {"on": True, "number": NUMBER, "bridge": url, "receive": way}
        )
        async with AsyncExitStack() as stack:
            enter = stack.enter_async_context
            connection = await enter(
                open_channel(settings, trouble=_nothing, settled=_nothing, clock=_now)
            )
            if way == "webhook":
                doors = Doors()
                door = await enter(connection.door(SECRET, self.receive, self.resend))
                doors.signal(door.take, door.opens)
                http = make_http(ready=lambda: True, doors=doors)
                await enter(listening(http, f"127.0.0.1:{port}"))
            print("up", flush=True)
            await connection.run(self.receive, self.missed, self.resend)


@dataclass
class Line:
    """The line as a scene has it: killed without a word, and up again at the same place."""

    bridge: Emulator
    way: str
    port: int
    file: Path
    failing: int = 0  # so many times keeping fails
    before: int = 0  # what was heard before the scene began
    _process: asyncio.subprocess.Process | None = None

    def heard(self) -> list[str]:
        """Return what was kept, and the gaps."""
        return self.file.read_text(encoding="ascii").split()[self.before :]

    async def up(self, *, wait: bool = True) -> None:
        """Come up."""
        words = ["line", self.way, self.bridge.url, str(self.port), str(self.file)]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.bench.signal_loss",
            *words,
            str(self.failing),
            stdout=asyncio.subprocess.PIPE,
        )
        assert self._process.stdout is not None
        assert await self._process.stdout.readline() == b"up\n"
        if wait and self.way != "webhook":
            await self.bridge.connected()

    async def down(self) -> None:
        """Be killed, as by a power cut."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()


def _now() -> datetime:
    return datetime.now(UTC)


async def _nothing(_: str) -> None:
    return


@asynccontextmanager
async def _scene(way: str, failing: int, place: Path) -> AsyncIterator[Line]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    webhook = f"http://127.0.0.1:{port}/signal/{SECRET}" if way == "webhook" else ""
    async with serving(number=NUMBER, mode=MODES[way], webhook=webhook) as bridge:
        bridge.bursts(gap=DEAF)
        line = Line(bridge, way, port, place / "kept", failing)
        line.file.touch()
        await line.up()
        await asyncio.sleep(QUIET)  # beginning to hear is a gap, and is told
        line.before = len(line.heard())
        try:
            yield line
        finally:
            await line.down()


async def _until_quiet(line: Line) -> None:
    before = -1
    while len(line.heard()) != before:
        before = len(line.heard())
        await asyncio.sleep(QUIET)


# --- what happens --------------------------------------------------------------------------------


async def one_by_one(line: Line) -> int:
    """Write one message after the other."""
    for number in range(MANY):
        line.bridge.say(number % 20, f"word {number}")
        await asyncio.sleep(APART)
    return MANY


async def burst(line: Line) -> int:
    """Write all at once."""
    line.bridge.flood(1, MANY, text="word")
    return MANY


async def line_down(line: Line) -> int:
    """Write while the line is down, and the bridge is not."""
    await line.down()
    for number in range(SOME):
        line.bridge.say(number % 20, f"word {number}")
        await asyncio.sleep(APART)
    await line.up()
    return SOME


async def line_killed(line: Line) -> int:
    """Write steadily while the line is killed and comes up at once."""

    async def stream() -> None:
        for number in range(MANY):
            line.bridge.say(number % 20, f"word {number}")
            await asyncio.sleep(APART)

    writing = asyncio.create_task(stream())
    await asyncio.sleep(MANY * APART / 3)
    await line.down()
    await line.up()
    await writing
    return MANY


async def bridge_down(line: Line) -> int:
    """Write while the bridge is down: it comes as one burst."""
    await line.bridge.down()
    line.bridge.flood(1, SOME, text="word")
    await asyncio.sleep(AWAY)
    await line.bridge.up()
    return SOME


async def in_order(line: Line) -> int:
    """Stop the bridge, then the line; start the line, then the bridge: an update, as in compose."""
    await line.bridge.down()
    await line.down()
    line.bridge.flood(1, SOME, text="word")
    await line.up(wait=False)
    await asyncio.sleep(AWAY)
    await line.bridge.up()
    return SOME


async def spoiled(line: Line) -> int:
    """Have signal-cli print something else among what came (modes that run it for each call)."""
    line.bridge.fail("receive", "garbage")
    line.bridge.flood(1, SOME, text="word")
    return SOME


async def broken_off(line: Line) -> int:
    """Close the connection once, in the middle of what came."""
    if line.way == "poll":
        line.bridge.fail("receive", "close")
    else:
        line.bridge.cut()
    line.bridge.flood(1, SOME, text="word")
    return SOME


async def disk_full(line: Line) -> int:
    """Fail to keep for a moment."""
    for number in range(SOME):
        line.bridge.say(number % 20, f"word {number}")
        await asyncio.sleep(APART)
    return SOME


Scene = Callable[[Line], Awaitable[int]]
SCENES: dict[str, Scene] = {
    f"{MANY} messages, one after the other": one_by_one,
    f"{MANY} at once": burst,
    f"{SOME} while the line is down and the bridge is not": line_down,
    f"{MANY} in a second, the line is killed among them and starts at once": line_killed,
    f"{SOME} while the bridge is down": bridge_down,
    f"{SOME} during an update: the bridge stops first and starts last": in_order,
    f"{SOME} at once, signal-cli prints a stack trace among them": spoiled,
    f"{SOME} at once, a connection breaks": broken_off,
    f"{SOME}, keeping fails twice": disk_full,
}


async def measure(way: str, scene: Scene) -> str:
    """Play a scene; say how many messages were lost, and whether people would be told."""
    failing = FAILS if scene is disk_full else 0
    with TemporaryDirectory() as place:
        async with _scene(way, failing, Path(place)) as line:
            wrote = await scene(line)
            await _until_quiet(line)
            heard = line.heard()
    lost = wrote - len({*heard} - {GAP})
    return f"{lost}, told" if GAP in heard else str(lost)


async def table() -> None:
    """Print the table."""
    print(f"| lost of | {' | '.join(MODES)} |")
    print(f"| --- | {' | '.join('---' for _ in MODES)} |")
    for name, scene in SCENES.items():
        cells = await asyncio.gather(*(measure(way, scene) for way in MODES))
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def main(words: Sequence[str]) -> None:
    """Measure, or be the line."""
    logs.set_up(None)
    if not words:
        asyncio.run(table())
        return
    _, way, url, port, file, failing = words
    asyncio.run(Child(Path(file), int(failing)).run(way, url, int(port)))


if __name__ == "__main__":
    main(sys.argv[1:])
