"""The emulator as a process: prints where it is, serves, and ends on SIGTERM or SIGINT."""

import argparse
import asyncio
import pickle
import signal
import sys
from pathlib import Path

from tests.telegram_server.server import serving
from tests.telegram_server.world import World


def _world(store: Path | None) -> World | None:
    """Read the world that an earlier run has kept."""
    if store is None or not store.exists():
        return None
    world: World = pickle.loads(store.read_bytes())  # noqa: S301 - our own file
    return world


def _keep(world: World, store: Path) -> None:
    new = store.with_name(store.name + ".new")
    new.write_bytes(pickle.dumps(world))
    new.replace(store)


async def _run(port: int, token: str, store: Path | None, local: Path | None) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with serving(token, port=port, world=_world(store), local=local) as emulator:
        sys.stdout.write(f"{emulator.url}\n")
        sys.stdout.flush()
        await ended.wait()
    if store is not None:
        _keep(emulator.world, store)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.telegram_server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--token", required=True, help="the bot's token, NUMBER:SECRET")
    parser.add_argument("--store", type=Path, help="keep the world in this file between runs")
    parser.add_argument("--local", type=Path, help="keep files on this disk, as with --local there")
    told = parser.parse_args()
    asyncio.run(_run(told.port, told.token, told.store, told.local))


if __name__ == "__main__":
    main()
