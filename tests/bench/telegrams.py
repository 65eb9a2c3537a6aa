"""Two of Telegram in one process, for two bots: what one of them is sent costs both alike.

`python -m tests.bench.telegrams TOKEN`; prints where they are in one line, and ends on SIGTERM.
"""

import asyncio
import signal
import sys

from tests.telegram_server.server import serving


async def _run(token: str) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    async with serving(token) as one, serving(token) as other:
        sys.stdout.write(f"{one.url} {other.url}\n")
        sys.stdout.flush()
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(_run(*sys.argv[1:]))
