"""What every test runs under.

No test reaches beyond this machine: a connection to anything but loopback or a Unix socket is
refused where Python makes it, and fails the test even when the code under test swallows the
refusal. `make thorough` sets QUIETLINE_THOROUGH=1: more examples, and the tests marked `thorough`.
"""

import fcntl
import gc
import ipaddress
import json
import os
import socket
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

THOROUGH = os.environ.get("QUIETLINE_THOROUGH") == "1"

# A process that a test starts finds our modules compiled, as on any computer. Where the environment
# forbids that, each of hundreds would compile them again: a fifth of its start.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

#: Files whose tests take longest, one test at a time.
LONG = frozenset(
    {
        "test_story",
        "test_story_desk",
        "test_story_hours",
        "test_signal_losses",
        "test_without_quietline",
        "test_kills",
        "test_web_browser",
    }
)

# `quick` draws the same examples each time: a red run is red again. `thorough` looks for new ones.
# No deadline and no complaint about slowness: the machine is shared.
settings.register_profile(
    "quick",
    max_examples=50,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "thorough",
    max_examples=1_000,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("thorough" if THOROUGH else "quick")

_CONNECTING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_ASKING_NAMES = frozenset(
    {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}
)
_refused: list[str] = []


def _is_here(host: object) -> bool:
    """Tell whether a host is this machine; the empty host and None are the local wildcard."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in {None, "", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse, as an audit hook, what leaves this machine."""
    if event in _CONNECTING:
        connection, address = arguments
        if address is None or connection.family == socket.AF_UNIX:
            return
        host = address[0]
    elif event in _ASKING_NAMES:
        host = arguments[0][0] if isinstance(arguments[0], tuple) else arguments[0]
    else:
        return
    if not _is_here(host):
        _refused.append(f"{event} {host!r}")
        message = f"tests stay on this machine: {event} {host!r}"
        raise ConnectionRefusedError(message)


sys.addaudithook(_watch)


@pytest.fixture(autouse=True)
def refused_connections() -> Iterator[list[str]]:
    """Fail a test that tried to leave this machine; the one that means to, clears the list."""
    _refused.clear()
    yield _refused
    assert not _refused, f"a connection nobody asked for: {_refused}"


@contextmanager
def _in_turn(factory: pytest.TempPathFactory, name: str) -> Iterator[Path]:
    """Yield a folder for all processes that test at once, to one of them at a time.

    What takes its time there the first does for all.
    """
    own = factory.getbasetemp()
    place = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / name
    place.mkdir(exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield place


@pytest.fixture(scope="session")
def demo_ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the demo has been set up once; copy it, and begin there."""
    from tests import demo_made

    with _in_turn(tmp_path_factory, "demo") as place:
        keep, ready = place / "kept", place / "ready"
        if not ready.exists():
            demo_made.set_up(keep)
            ready.touch()
    return keep


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Return the URL of a PostgreSQL server."""
    from tests.stores import postgres_server

    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: ANN401 - Firm, loaded late
    """Return an organisation with a line that nobody has written to yet; copy it."""
    from tests.running import Firm, found_firm

    with _in_turn(tmp_path_factory, "firm") as place:
        kept, office = place / "founded.json", place / "office"
        if not kept.exists():
            made = found_firm(office)
            kept.write_text(json.dumps([made.words, made.root, made.recovery]), encoding="utf-8")
    words, root, recovery = json.loads(kept.read_text(encoding="utf-8"))
    home = office / "server"
    return Firm(place=office, home=home, words=words, root=root, recovery=recovery)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while thousands of tests are loaded, which stay: it is half of that."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests marked `thorough` to `make thorough`, and begin with the longest."""
    if not THOROUGH:
        later = [item for item in items if item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=later)
        items[:] = [item for item in items if item not in set(later)]
    items[:] = _long_first(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def _long_first(items: Sequence[pytest.Item], workers: int) -> list[pytest.Item]:
    """Order tests so that each worker's share of the list begins with a share of the long ones.

    One that begins last keeps a core waiting for the other. `worksteal` hands out even shares.
    """
    long = [item for item in items if item.path.stem in LONG]
    others = iter([item for item in items if item.path.stem not in LONG])
    ordered: list[pytest.Item] = []
    for worker in range(workers):
        share = long[worker::workers]
        size = (len(items) - len(ordered)) // (workers - worker)
        ordered += [*share, *islice(others, max(0, size - len(share)))]
    return ordered
