"""The line's own small door, over real HTTP: what it answers, and that nothing else is there."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.errors import CannotListen
from bot.http import MOST, SECRET, WEBHOOK, listening, make_http
from bot.notify import READY, notify


class Taken:
    """Remembers what was brought, and answers with a status."""

    def __init__(self) -> None:
        self.brought: list[tuple[str, bytes]] = []
        self.status = 200

    async def __call__(self, secret: str, body: bytes) -> int:
        self.brought.append((secret, body))
        return self.status


@pytest.fixture
async def door() -> AsyncIterator[tuple[httpx.AsyncClient, Taken, list[bool]]]:
    taken, up = Taken(), [True]
    app = make_http(ready=lambda: up[0], webhook=taken)
    async with (
        listening(app, "127.0.0.1:0") as where,
        httpx.AsyncClient(base_url=f"http://{where}", trust_env=False) as client,
    ):
        yield client, taken, up


Door = tuple[httpx.AsyncClient, Taken, list[bool]]


async def test_an_update_is_handed_on_with_its_secret_and_answered_as_told(door: Door) -> None:
    client, taken, _ = door
    for status in (200, 403, 503):
        taken.status = status
        answer = await client.post(WEBHOOK, content=b'{"update_id":1}', headers={SECRET: "s3cret"})
        assert (answer.status_code, answer.content) == (status, b"")
    assert taken.brought == [("s3cret", b'{"update_id":1}')] * 3


async def test_what_is_too_long_is_not_read_to_its_end(door: Door) -> None:
    client, taken, _ = door
    answer = await client.post(WEBHOOK, content=bytes(MOST + 1))
    assert answer.status_code == 413
    assert taken.brought == []
    assert (await client.post(WEBHOOK, content=bytes(MOST))).status_code == 200


async def test_it_says_whether_it_is_up_and_nothing_about_itself(door: Door) -> None:
    client, _, up = door
    assert (await client.get("/healthz")).text == "up\n"
    assert (await client.get("/readyz")).status_code == 200
    up[0] = False
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert "server" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/telegram/", "/metrics"])
async def test_there_is_nothing_else(door: Door, path: str) -> None:
    client, _, _ = door
    assert (await client.get(path)).status_code in {404, 307}
    assert (await client.get(WEBHOOK)).status_code == 405


async def test_without_a_webhook_nothing_can_be_brought() -> None:
    async with (
        listening(make_http(ready=lambda: True), "127.0.0.1:0") as where,
        httpx.AsyncClient(base_url=f"http://{where}", trust_env=False) as client,
    ):
        assert (await client.post(WEBHOOK, content=b"{}")).status_code == 404


async def test_who_listens_there_already_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(CannotListen, match="in use"):
            async with listening(make_http(ready=lambda: True), where):
                pass


async def test_what_is_being_kept_is_kept_when_the_door_closes() -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def slow(secret: str, body: bytes) -> int:
        begun.set()
        await may_end.wait()
        return 200

    async with httpx.AsyncClient(trust_env=False) as client:
        async with listening(make_http(ready=lambda: True, webhook=slow), "127.0.0.1:0") as where:
            brought = asyncio.create_task(client.post(f"http://{where}{WEBHOOK}", content=b"{}"))
            await begun.wait()
            asyncio.get_running_loop().call_later(0.05, may_end.set)
        assert (await brought).status_code == 200


@pytest.mark.parametrize("abstract", [False, True])
def test_the_service_manager_is_told(tmp_path: Path, *, abstract: bool) -> None:
    name = f"\0quietline-test-{tmp_path.name}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(name)
        notify(name.replace("\0", "@"), READY)
        assert manager.recv(100) == b"READY=1"


def test_without_a_manager_nothing_happens(tmp_path: Path) -> None:
    notify("", READY)
    notify(str(tmp_path / "nobody"), READY)
