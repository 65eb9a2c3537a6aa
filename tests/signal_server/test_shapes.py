"""Envelopes are those of signal-cli: against the official schema, and against recorded shapes.

The schema is the one of release 0.101 that signalbot brings; pydantic reads what is there, and a
reader of our own finds names and types that are not in it. `examples.json` holds the shapes of
signal-cli 0.14's own records, made for this project.
"""

import json
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from signalbot._generated import Message

from tests.signal_server import Emulator, serving, uuid_of
from tests.signal_server.disk import Disk
from tests.signal_server.plain import plain
from tests.signal_server.routes import KNOWN
from tests.signal_server.world import NATIVE, NUMBER, World

EXAMPLES = json.loads(Path(__file__).with_name("examples.json").read_text("utf-8"))
SCHEMA = json.loads(
    files("signalbot").joinpath("_generated/json_schema/signal-cli-rest-api.json").read_text()
)
_KINDS = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}
_NOT_IN_EXAMPLES = {"isVoiceNote"}  # most examples are older than it
Does = Callable[[Emulator], Any]


@pytest.fixture
def bridge(tmp_path: Path) -> Emulator:
    emulator = Emulator(World(NUMBER, NATIVE, "0.101", Disk(tmp_path)))
    emulator.world.person({"id": 7, "number": None, "name": "Alice"})
    return emulator


DEEDS: dict[str, Does] = {
    "attachment_voice_note_0_101": lambda b: b.send(
        7, [{"size": 5120, "type": "audio/aac", "voice": True}]
    ),
    "attachments": lambda b: b.send(
        7,
        [
            {"size": 366_267, "type": "image/jpeg", "filename": "IMG_1.jpg"},
            {"size": 5120, "type": "audio/aac"},
        ],
        text="see",
    ),
    "data_text": lambda b: b.say(7, "Hello"),
    "data_text_disappearing": lambda b: b.say(7, "secret", expires=604_800),
    "edit": lambda b: (b.say(7, "Hello"), b.edit(7, "Hello, corrected")),
    "exception_decrypt": lambda b: b.do([{"do": "trust", "mode": "never"}, {"do": "say", "person": 7, "text": "x"}]),
    "expiration_update": lambda b: b.timer(7, 3600),
    "group_text": lambda b: b.say(7, "in a group", group="stDF3FA="),
    "long_text_attachment": lambda b: b.long(7, "x" * 9000, merged=False),
    "mention": lambda b: b.say(
        7, "hi \ufffc", mentions=[{"start": 3, "length": 1, "uuid": uuid_of(7)}]
    ),
    "no_payload": lambda b: b.blank(7, no_data=True),
    "quote": lambda b: (b.say(7, "Send it?"), b.say(7, "yes", quote=b.chat(7)["messages"][0]["timestamp"])),
    "reaction_incomplete": lambda b: (b.say(7, "x"), b.react(7, "x", target=_first(b), bare=True)),
    "receipt_delivery": lambda b: b.receipt(7, kind="delivery", target=1),
    "remote_delete": lambda b: (b.say(7, "x"), b.remote_delete(7)),
    "sticker": lambda b: b.sticker(7),
    "sync_empty": lambda b: b.sync("empty"),
    "sync_read": lambda b: b.sync("read"),
    "typing_started": lambda b: b.typing(7),
    "typing_stopped": lambda b: b.typing(7, stop=True),
}  # fmt: skip
MORE: dict[str, Does] = {
    "reaction": lambda b: (b.say(7, "x"), b.react(7, "👍", target=_first(b))),
    "reaction_removed": lambda b: (b.say(7, "x"), b.react(7, "👍", target=_first(b), remove=True)),
    "receipt_read": lambda b: b.receipt(7, target=1),
    "receipt_viewed": lambda b: b.receipt(7, kind="viewed", target=1),
    "story": lambda b: b.story(7),
    "sync_sent": lambda b: b.sync("sent"),
    "call": lambda b: b.call(7),
    "poll": lambda b: b.poll(7),
    "contact": lambda b: b.contact(7),
    "payment": lambda b: b.payment(7),
    "blank": lambda b: b.blank(7),
    "view_once": lambda b: b.send(7, [{"size": 3, "type": "image/png"}], view_once=True),
    "number": lambda b: b.say({"id": 8, "number": "+4915100000008"}, "known by number"),
}


def _first(bridge: Emulator) -> int:
    return int(bridge.chat(7)["messages"][0]["timestamp"])


def _told(bridge: Emulator, does: Does) -> dict[str, Any]:
    does(bridge)
    return bridge.telling.receive(0, files=True, stories=True)[-1]


def strange(value: Any, definition: dict[str, Any], at: str = "") -> list[str]:  # noqa: ANN401 - JSON
    """Return where a value is not what the schema says; null is allowed anywhere."""
    while "$ref" in definition:
        definition = SCHEMA["definitions"][definition["$ref"].rpartition("/")[2]]
    kind = _KINDS[definition.get("type", "object")]
    if value is None:
        return []
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        return [f"{at}: {value!r} is no {definition.get('type')}"]
    if isinstance(value, list):
        return [s for each in value for s in strange(each, definition["items"], f"{at}[]")]
    known = definition.get("properties")
    if not isinstance(value, dict) or known is None:
        return []
    missing = [
        f"{at}.{name} is missing" for name in set(definition.get("required", [])) - set(value)
    ]
    unknown = [f"{at}.{name} is not known" for name in set(value) - set(known)]
    inside = [
        s
        for name in set(value) & set(known)
        for s in strange(value[name], known[name], f"{at}.{name}")
    ]
    return missing + unknown + inside


def _shape(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return names and kinds of a value; of lists, that of their first."""
    if isinstance(value, dict):
        return {name: _shape(each) for name, each in value.items() if name not in _NOT_IN_EXAMPLES}
    if isinstance(value, list):
        return [_shape(each) for each in value[:1]]
    return type(value).__name__


@pytest.mark.parametrize("name", [*DEEDS, *MORE])
def test_what_people_do_is_told_as_the_schema_says(bridge: Emulator, name: str) -> None:
    told = _told(bridge, {**DEEDS, **MORE}[name])
    told.pop("exception", None)
    assert strange(told, {"$ref": "data.Message"}) == []
    assert Message.model_validate(told).envelope.timestamp == told["envelope"]["timestamp"]
    json.dumps(told)


def test_the_reader_of_the_schema_finds_what_is_wrong() -> None:
    told = json.loads(json.dumps(EXAMPLES["data_text"]))
    told["envelope"]["timestamp"] = "1"
    told["envelope"]["dataMessage"]["mesage"] = "x"
    del told["envelope"]["dataMessage"]["timestamp"]
    del told["account"]
    assert sorted(strange(told, {"$ref": "data.Message"})) == [
        ".account is missing",
        ".envelope.dataMessage.mesage is not known",
        ".envelope.dataMessage.timestamp is missing",
        ".envelope.timestamp: '1' is no integer",
    ]


@pytest.mark.parametrize(
    ("path", "at"),
    [
        ("/v1/about", "/v1/about"),
        ("/v1/accounts", "/v1/accounts"),
        ("/v1/attachments", "/v1/attachments"),
        ("/v1/identities/{n}", "/v1/identities/{number}"),
        ("/v1/contacts/{n}", "/v1/contacts/{number}"),
        ("/v1/groups/{n}", "/v1/groups/{number}"),
        ("/v1/qrcodelink/raw?device_name=x", "/v1/qrcodelink/raw"),
    ],
)
async def test_what_is_asked_is_answered_as_the_schema_says(path: str, at: str) -> None:
    async with serving() as served, plain(served) as bot:
        served.send({"id": 7, "number": None}, [{"size": 1}])
        served.say(7, "x", group="stDF3FA=")
        answer = await bot.ask("GET", path)
        assert answer.status_code == 200
        assert answer.json()
        assert (
            strange(answer.json(), SCHEMA["paths"][at]["get"]["responses"]["200"]["schema"]) == []
        )


def test_every_call_is_one_that_the_schema_knows() -> None:
    paths = {re.sub(r"{\w+}", "{}", at): set(does) for at, does in SCHEMA["paths"].items()}
    ours = {
        (re.sub(r"{\w+}", "{}", known.path), method.lower())
        for known in KNOWN
        for method in known.methods
        if known.name != "rpc"
    }
    assert [each for each in ours if each[1] not in paths.get(each[0], set())] == []


def test_there_is_a_deed_for_every_recorded_shape() -> None:
    assert set(DEEDS) == set(EXAMPLES)


@pytest.mark.parametrize("name", DEEDS)
def test_what_people_do_has_the_recorded_shape(bridge: Emulator, name: str) -> None:
    told, example = _told(bridge, DEEDS[name]), EXAMPLES[name]
    if name == "quote":  # there the author is the account, whose number is known
        told["envelope"]["dataMessage"]["quote"]["authorNumber"] = ""
    if name.startswith("sync"):  # its own number is known, its name is not told
        told["envelope"]["sourceNumber"], told["envelope"]["sourceName"] = None, ""
    assert _shape(told) == _shape(example)
