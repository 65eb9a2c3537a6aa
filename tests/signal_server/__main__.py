"""The emulator as a process: prints where it is, serves, and ends on SIGTERM or SIGINT."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from tests.signal_server.server import PING, serving
from tests.signal_server.world import JSON_RPC, MODES, NUMBER, ON_FIRST_USE, TRUSTS


async def _run(told: argparse.Namespace) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with serving(
        told.number,
        mode=told.mode,
        release=told.release,
        port=told.port,
        folder=told.folder,
        webhook=told.webhook,
        trust=told.trust,
        ping=told.ping,
    ) as emulator:
        sys.stdout.write(f"{emulator.url}\n{emulator.control}\n")
        sys.stdout.flush()
        await ended.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.signal_server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--number", default=NUMBER, help="the account")
    parser.add_argument("--mode", choices=MODES, default=JSON_RPC)
    parser.add_argument("--release", default="0.101", help="0.100 answers /v2/send otherwise")
    parser.add_argument("--folder", type=Path, help="what the bridge has on its disk")
    parser.add_argument("--webhook", default="", help="RECEIVE_WEBHOOK_URL")
    parser.add_argument("--trust", choices=TRUSTS, default=ON_FIRST_USE)
    parser.add_argument("--ping", type=float, default=PING, help="seconds between pings")
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
