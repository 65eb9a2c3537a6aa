"""`quietline check` and the Signal bridge: who reaches it, what it loses, whose account it has."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.bridge import own_addresses, signal
from bot.checks import look_at
from bot.findings import Finding, Found
from bot.http import listening
from bot.settings import check
from tests.running import Firm
from tests.signal_server import Emulator, serving

NUMBER = "+4915112345678"


async def seen(
    bridge: str, *, addresses: Sequence[str] = (), offline: bool = False, **more: object
) -> dict[str, Finding]:
    table = {"on": True, "number": NUMBER, "bridge": bridge, **more}
    settings = check({"name": "Garden Desk", "signal": table})
    found = signal(settings, None, offline=offline, addresses=lambda: addresses)
    return {one.name: one async for one in found}


def kinds(found: dict[str, Finding]) -> dict[str, Found]:
    return {name: one.found for name, one in found.items()}


async def test_a_bridge_where_all_is_well() -> None:
    async with serving(number=NUMBER, mode="native") as bridge:
        found = await seen(bridge.url)
        calls = {call["method"] for call in bridge.calls()}
    assert calls == {"GET"}  # nothing is changed there
    assert set(kinds(found).values()) == {Found.OK}
    assert "native" in found["bridge"].says
    assert all(one.says.endswith(".") for one in found.values())


@pytest.mark.parametrize(
    ("mode", "receive", "kind", "words"),
    [
        ("json-rpc", "auto", Found.NOTE, "LOST"),
        ("json-rpc", "webhook", Found.OK, "each once"),
        ("native", "auto", Found.OK, "asks for messages"),
        ("native", "webhook", Found.WRONG, "native has not"),
        ("normal", "websocket", Found.WRONG, "normal has not"),
        ("json-rpc", "poll", Found.WRONG, "json-rpc has not"),
    ],
)
async def test_how_messages_come_is_told_with_what_it_loses(
    mode: str, receive: str, kind: Found, words: str
) -> None:
    async with serving(number=NUMBER, mode=mode) as bridge:
        found = await seen(bridge.url, receive=receive)
    assert found["receiving"].found is kind
    assert words in found["receiving"].says


async def test_an_account_that_is_not_there_is_wrong() -> None:
    async with serving(number="+4900000000000") as bridge:
        found = await seen(bridge.url)
    assert found["signal"].found is Found.WRONG
    assert "quietline signal register" in found["signal"].says


async def test_files_that_lie_there_and_whom_it_trusts_are_told() -> None:
    async with serving(number=NUMBER, mode="native") as bridge:
        bridge.send(7, [{"size": 100, "type": "image/jpeg"}])
        await _received(bridge)
        bridge.trust("always")
        found = await seen(bridge.url, timer_days=0)
        assert found["bridge files"].says.startswith("1 ")
        assert found["trust"].found is Found.NOTE
        assert found["timer"].found is Found.NOTE
        bridge.trust("never")
        assert (await seen(bridge.url))["trust"].found is Found.WRONG


async def _received(bridge: Emulator) -> None:
    import httpx

    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{bridge.url}/v1/receive/{NUMBER}?timeout=1")
        assert len(answer.json()) == 1


# --- who else reaches it --------------------------------------------------------------------------


@asynccontextmanager
async def bridge_at(where: str) -> AsyncIterator[str]:
    """Listen as a bridge does, at an address of our choice."""

    def tells(value: Any) -> Any:  # noqa: ANN401
        async def answer(_: object) -> Response:
            return JSONResponse(value)

        return answer

    routes = [
        Route("/v1/about", tells({"mode": "json-rpc", "version": "0.100"})),
        Route("/v1/accounts", tells([NUMBER])),
        Route("/v1/attachments", tells([])),
    ]
    async with listening(Starlette(routes=routes), where) as at:
        yield at


async def test_a_bridge_that_others_reach_is_refused() -> None:
    async with bridge_at("0.0.0.0:0") as where:
        port = where.rpartition(":")[2]
        found = await seen(f"http://127.0.0.1:{port}", addresses=["127.0.0.2"])
        assert found["bridge door"].found is Found.WRONG
        assert "127.0.0.2" in found["bridge door"].says
    async with bridge_at("127.0.0.1:0") as where:
        found = await seen(f"http://{where}", addresses=["127.0.0.2"])
    assert found["bridge door"].found is Found.OK


@pytest.mark.parametrize(
    ("address", "kind"),
    [("10.1.2.3", Found.NOTE), ("[fd00::1]", Found.NOTE), ("8.8.8.8", Found.WRONG)],
)
async def test_a_bridge_elsewhere_is_told_of(
    address: str, kind: Found, refused_connections: list[str]
) -> None:
    found = await seen(f"http://{address}:8080")
    assert found["bridge door"].found is kind
    assert found["bridge"].found is Found.WRONG  # tests reach nobody
    assert refused_connections
    refused_connections.clear()


async def test_a_bridge_that_cannot_reach_our_door_is_told(refused_connections: list[str]) -> None:
    found = await seen("http://10.1.2.3:8080", receive="webhook")
    assert found["listen"].found is Found.WRONG
    assert "listen" not in await seen("http://10.1.2.3:8080")
    assert "listen" not in await seen("http://127.0.0.1:9", receive="webhook")
    refused_connections.clear()


async def test_a_bridge_that_is_away_or_none_is_told() -> None:
    found = await seen("http://127.0.0.1:9")
    assert found["bridge"].found is Found.WRONG
    assert "is it started" in found["bridge"].says
    routes = [Route("/v1/about", lambda _: Response("hello"))]
    async with listening(Starlette(routes=routes), "127.0.0.1:0") as where:
        assert "no Signal bridge" in (await seen(f"http://{where}"))["bridge"].says
    assert kinds(await seen("http://127.0.0.1:9", offline=True)) == {"signal": Found.NOTE}


def test_the_addresses_of_this_machine_are_its_own() -> None:
    found = own_addresses()
    assert not {"127.0.0.1", "::1"} & set(found)


# --- the whole check ------------------------------------------------------------------------------


@pytest.fixture
def firm(founded: Firm, tmp_path: Path) -> Firm:
    return founded.copy(tmp_path / "firm")


async def test_a_line_on_signal_alone_is_checked(firm: Firm) -> None:
    async with serving(number=NUMBER, mode="native") as bridge:
        firm.set(f'\n[signal]\non = true\nnumber = "{NUMBER}"\nbridge = "{bridge.url}"\n')
        found = await look_at(firm.home, clock=lambda: datetime.now(UTC), addresses=lambda: ())
    kind = {one.name: one.found for one in found}
    assert "telegram" not in kind
    assert "channels" not in kind
    assert Found.WRONG not in kind.values()
    assert kind["signal"] is Found.NOTE  # the root has not signed the number
