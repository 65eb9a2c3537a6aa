"""The side door: `POST /api/v1/rpc`, as `signal-cli daemon --http` answers on a port of its own.

Errors are those of a real 0.13.19 daemon, which `tests/test_signal_cli.py` asks the same. Only what a
bridge is asked for beside REST; lists of calls are refused, too.
"""

import json
from collections.abc import Callable
from typing import Any

from tests.signal_server.faults import Answer, told
from tests.signal_server.request import Request
from tests.signal_server.world import Wire, World

VERSION = "0.14.6"
JSON = "application/json"
_NO_METHOD = (-32601, "Method not implemented")
_NOT_JSON = (-32700, "Unable to parse json")
_OTHER_VERSION = (-32600, "only jsonrpc version 2.0 is supported")
_METHOD_MISSING = (-32600, "method field must be set")
_NO_FIELDS = (-32600, "Cannot deserialize params")
_TYPES = {str: "STRING", int: "NUMBER", float: "NUMBER", bool: "BOOLEAN", type(None): "NULL"}
_NO_ACCOUNT = (-32602, "Method requires valid account parameter")
_STRANGER = (-32602, "Specified account does not exist")


class Wrong(Exception):
    """A call that is answered with an error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.wire = {"code": code, "message": message, "data": None}


def rpc(world: World, request: Request) -> Answer:
    """Answer one call; one without an id is done, and has no answer."""
    if not request.kind.startswith(JSON):
        return Answer(415)
    id_: Any = None
    try:
        given = _read(request.body)
        id_ = given.get("id")
        method, params = _call(given)
    except Wrong as wrong:
        return _answer("error", wrong.wire, id_)
    try:
        name, result = "result", METHODS.get(method, _unknown)(world, params)
    except Wrong as wrong:
        name, result = "error", wrong.wire
    return _answer(name, result, id_) if "id" in given else Answer(201)


def check(_: World, __: Request) -> Answer:
    """Say that the daemon is there."""
    return Answer(200, kind="text/plain")


def _answer(name: str, wire: Any, id_: Any) -> Answer:  # noqa: ANN401 - JSON
    answer = told(200, {"jsonrpc": "2.0", name: wire, "id": id_})
    answer.kind = JSON
    return answer


def _read(body: bytes) -> Wire:
    """Read a call."""
    if not body.strip():
        raise Wrong(-32600, "unexpected type: MISSING")
    try:
        given = json.loads(body)
    except ValueError:
        raise Wrong(*_NOT_JSON) from None
    if isinstance(given, list):
        raise Wrong(-32600, "invalid request")
    if not isinstance(given, dict):
        raise Wrong(-32600, f"unexpected type: {_TYPES[type(given)]}")
    return given


def _call(given: Wire) -> tuple[str, Wire]:
    """Read method and params."""
    if given.get("jsonrpc") != "2.0":
        raise Wrong(*_OTHER_VERSION)
    if given.get("method") is None:
        raise Wrong(*_METHOD_MISSING)
    params = given.get("params")
    if not isinstance(params, dict | None):
        raise Wrong(*_NO_FIELDS)
    return str(given["method"]), params or {}


def _unknown(_: World, __: Wire) -> Wire:
    raise Wrong(*_NO_METHOD)


def _elsewhere(world: World, params: Wire) -> Wire:
    """Look at the account only; that is as far as a bot without REST may come here."""
    _account(world, params)
    raise Wrong(-32603, "the emulator does this over REST only")


def _version(world: World, params: Wire) -> Wire:
    if "account" in params:
        _account(world, params)
    return {"version": VERSION}


def _accounts(world: World, _: Wire) -> list[Wire]:
    return [{"number": world.number}] if world.registered else []


def _contacts(world: World, params: Wire) -> list[Wire]:
    _account(world, params)
    return [
        {
            "number": each.number,
            "uuid": each.uuid,
            "name": "",
            "messageExpirationTime": each.timer,
            "profile": {"givenName": each.name},
        }
        for each in world.contacts.values()
    ]


def _remove_contact(world: World, params: Wire) -> Wire:
    """Remove a contact's details; `forget` removes keys and sessions, too."""
    _account(world, params)
    recipient = params.get("recipient")
    recipient = recipient[0] if isinstance(recipient, list) and recipient else recipient
    if not isinstance(recipient, str):
        raise Wrong(-1, "No recipient given")
    for uuid, contact in list(world.contacts.items()):
        if recipient in {uuid, contact.number}:
            del world.contacts[uuid]
            world.disk.forget(uuid)
            if params.get("forget"):
                world.identities.pop(uuid, None)
    return {}


def _account(world: World, params: Wire) -> None:
    if params.get("account") is None:
        raise Wrong(*_NO_ACCOUNT)
    if params["account"] != world.number or not world.registered:
        raise Wrong(*_STRANGER)


METHODS: dict[str, Callable[[World, Wire], Any]] = {
    "version": _version,
    "listAccounts": _accounts,
    "listContacts": _contacts,
    "removeContact": _remove_contact,
    "send": _elsewhere,
    "sendTyping": _elsewhere,
    "getUserStatus": _elsewhere,
    "receive": _elsewhere,
}
