"""The emulator's side door beside the real signal-cli, unregistered and offline.

Both are asked the same by the same client, over HTTP; the real one over its socket as well.
"""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.signal_cli_real import HOST, PATIENCE, running
from tests.signal_server import NUMBER, serving, uuid_of
from tests.telegram_server.plain import NO_CERTIFICATES

pytestmark = pytest.mark.thorough

VERSION = "0.13.19"
JSON = {"Content-Type": "application/json"}
STRANGER = "+4915199999999"


def call(method: str, **params: object) -> str:
    """Return a call."""
    return json.dumps({"jsonrpc": "2.0", "id": "1", "method": method, "params": params})


# What is asked, and the code of the error that must come back; 0: a result.
CALLS = {
    "version": (call("version"), 0),
    "version, params null": ('{"jsonrpc":"2.0","id":"1","method":"version","params":null}', 0),
    "version, id a number": ('{"jsonrpc":"2.0","id":7,"method":"version"}', 0),
    "version, id null": ('{"jsonrpc":"2.0","id":null,"method":"version"}', 0),
    "version of an account": (call("version", account=STRANGER), -32602),
    "accounts": (call("listAccounts"), 0),
    "accounts of an account": (call("listAccounts", account=STRANGER), 0),
    "send, unknown account": (
        call("send", account=STRANGER, recipient=[NUMBER], message="x"),
        -32602,
    ),
    "send, no account": (call("send", recipient=[NUMBER], message="x"), -32602),
    "typing, unknown account": (call("sendTyping", account=STRANGER, recipient=[NUMBER]), -32602),
    "status, no account": (call("getUserStatus", recipient=[NUMBER]), -32602),
    "receive, no account": (call("receive"), -32602),
    "contacts, unknown account": (call("listContacts", account=STRANGER), -32602),
    "contacts, no account": (call("listContacts"), -32602),
    "removal as the bot asks for it": (
        call("removeContact", account=STRANGER, recipient=uuid_of(7), forget=True),
        -32602,
    ),
    "removal, no account": (call("removeContact", recipient=uuid_of(7), forget=True), -32602),
    "removal, account a number": (call("removeContact", account=5), -32602),
    "removal, account null": (call("removeContact", account=None), -32602),
    "unknown method": (call("sing"), -32601),
    "unknown method, unknown account": (call("sing", account=STRANGER), -32601),
    "method a number": ('{"jsonrpc":"2.0","id":"1","method":5}', -32601),
    "no method": ('{"jsonrpc":"2.0","id":"1"}', -32600),
    "another version": ('{"jsonrpc":"1.0","id":"1","method":"version"}', -32600),
    "no version": ('{"id":"1","method":"version"}', -32600),
    "params a list": ('{"jsonrpc":"2.0","id":"1","method":"version","params":[]}', -32600),
    "an empty object": ("{}", -32600),
    "an empty list": ("[]", -32600),
    "a number": ("5", -32600),
    "a text": ('"x"', -32600),
    "null": ("null", -32600),
    "garbage": ("garbage", -32700),
    "half a call": ('{"jsonrpc":', -32700),
}
# Over HTTP only: on the socket nothing comes back, or something else.
SILENT = {
    "nothing": "",
    "version, no id": '{"jsonrpc":"2.0","method":"version"}',
    "unknown method, no id": '{"jsonrpc":"2.0","method":"sing"}',
    "no method, no id": '{"jsonrpc":"2.0"}',
}
KINDS = ("application/json", "application/json; charset=utf-8", "Application/JSON", "text/plain")
# Their words are those of the library that reads JSON; the codes are compared.
READERS_WORDS = {"garbage", "half a call", "params a list"}


async def over_http(url: str) -> dict[str, Any]:
    """Ask everything over HTTP; return status, kind and JSON of each answer."""
    heard: dict[str, Any] = {}
    async with httpx.AsyncClient(
        base_url=url, trust_env=False, verify=NO_CERTIFICATES, timeout=PATIENCE
    ) as web:
        heard["check"] = _seen(await web.get("/api/v1/check"))
        asked = {name: asked for name, (asked, _) in CALLS.items()}
        for name, body in {**asked, **SILENT}.items():
            answer = await web.post("/api/v1/rpc", content=body, headers=JSON)
            heard[name] = _seen(answer)
        for kind in ("", *KINDS):
            answer = await web.post(
                "/api/v1/rpc",
                content=call("listAccounts"),
                headers={"Content-Type": kind} if kind else {},
            )
            heard[f"sent as {kind or 'nothing'}"] = _seen(answer)
    return heard


def _seen(answer: httpx.Response) -> tuple[int, str, Any]:
    told = answer.json() if answer.content else None
    return answer.status_code, answer.headers.get("Content-Type", ""), told


async def over_tcp(port: int) -> dict[str, Any]:
    """Ask over the socket, one line each."""
    reader, writer = await asyncio.open_connection(HOST, port)
    heard = {}
    for name, (asked, _) in CALLS.items():
        writer.write(f"{asked}\n".encode())
        heard[name] = json.loads(await asyncio.wait_for(reader.readline(), PATIENCE))
    writer.close()
    await writer.wait_closed()
    return heard


def compared(heard: dict[str, Any]) -> dict[str, Any]:
    """Return answers without what may differ: numbers of versions, and words of a JSON library."""
    kept = json.loads(json.dumps(heard))
    for name, (_, _, told) in kept.items():
        if name in READERS_WORDS:
            assert told["error"].pop("message")
        if isinstance(told, dict) and "version" in (told.get("result") or ()):
            assert re.fullmatch(r"\d+\.\d+\.\d+", told["result"].pop("version"))
    return dict(kept)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "signal-cli"
    folder.mkdir()
    return folder


async def test_the_side_door_answers_as_the_real_signal_cli(place: Path) -> None:
    async with running(place) as daemon:
        real = await over_http(daemon.url)
        line_by_line = await over_tcp(daemon.tcp)
        assert json.loads(daemon.accounts.read_text("utf-8"))["accounts"] == []
    async with serving() as bridge:
        bridge.registered(on=False)
        emulated = await over_http(bridge.url)

    assert real["version"][2] == {"jsonrpc": "2.0", "result": {"version": VERSION}, "id": "1"}
    assert real["accounts"][2]["result"] == []
    assert real["check"] == (200, "", None)
    codes = {name: real[name][2].get("error", {}).get("code", 0) for name in CALLS}
    assert codes == {name: code for name, (_, code) in CALLS.items()}
    assert line_by_line == {name: real[name][2] for name in CALLS}

    assert compared(emulated) == compared(real)

    assert daemon.watch.outside == set()
    assert daemon.watch.inside  # it sees connections when there are any
