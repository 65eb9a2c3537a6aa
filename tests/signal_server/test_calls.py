"""Calls of the bridge: shapes and sentences as the real server answers them."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.signal_server import NUMBER, serving, uuid_of
from tests.signal_server.plain import Bot, plain
from tests.signal_server.sending import group_name
from tests.signal_server.world import JSON_RPC, MODES, NATIVE, NORMAL

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
GROUP = "stDF3FAxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx="


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with serving() as bridge, plain(bridge) as bot:
        bridge.meet({"id": 7, "number": "+4915100000007", "name": "Ana", "username": "ana.01"})
        yield bot


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _names(bot: Bot, folder: str) -> list[str]:
    """Return the names of all files that lie somewhere in a folder of the bridge."""
    return [p.name for p in Path(bot.bridge.folders()[folder]).rglob("*") if p.is_file()]


# --- what it is -----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
async def test_it_says_what_it_is(mode: str) -> None:
    async with serving(mode=mode, release="0.100") as bridge, plain(bridge) as bot:
        healthy = await bot.ask("GET", "/v1/health")
        assert (healthy.status_code, healthy.content) == (204, b"")
        assert (await bot.ask("GET", "/v1/about")).json() == {
            "versions": ["v1", "v2"],
            "build": 2,
            "mode": mode,
            "version": "0.100",
            "capabilities": {"v2/send": ["quotes", "mentions"]},
        }
        assert (await bot.ask("GET", "/v1/accounts")).json() == [NUMBER]
        bridge.registered(on=False)
        assert (await bot.ask("GET", "/v1/accounts")).json() == []
        assert (await bot.ask("GET", "/v1/health")).status_code == 204


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/nothing"), ("GET", "/v2/send"), ("HEAD", "/v1/health"), ("POST", "/control/say")],
)
async def test_an_unknown_route_is_answered_in_plain_text(bot: Bot, method: str, path: str) -> None:
    answer = await bot.ask(method, path)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/plain")


# --- send -----------------------------------------------------------------------------------


@pytest.mark.parametrize("to", [uuid_of(7), "+4915100000007", "ana.01"])
async def test_a_message_goes_to_each_kind_of_recipient(bot: Bot, to: str) -> None:
    stamp = await bot.says("words", to)
    (stands,) = bot.bridge.chat(7)["messages"]
    assert (stands["text"], stands["timestamp"], stands["bot"]) == ("words", stamp, True)


@pytest.mark.parametrize(
    ("release", "shape"), [("0.100", dict), ("0.101", list), ("0.102", list), ("1.0", list)]
)
async def test_the_answer_is_an_object_or_an_array(release: str, shape: type) -> None:
    async with serving(release=release) as bridge, plain(bridge) as bot:
        bridge.meet(7)
        answer = await bot.post()
        told: Any = answer.json()
        sent = {"timestamp": str(bridge.sent()[0]["timestamp"])}
        assert (answer.status_code, told) == (201, sent if shape is dict else [sent])


async def test_a_recipient_that_fails_is_told_inside_a_201(bot: Bot) -> None:
    asked = {"number": NUMBER, "recipients": [uuid_of(7), uuid_of(99)], "message": "x"}
    answer = await bot.ask("POST", "/v2/send", **asked)
    assert answer.status_code == 201
    (told,) = answer.json()
    failed = {"uuid": None, "number": None, "username": None, "reason": "UNREGISTERED_FAILURE"}
    assert told["errors"] == {"recipients": [failed]}
    assert len(bot.bridge.sent()) == 1


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"recipients": []}, "Couldn't process request - please provide at least one recipient"),
        ({"number": ""}, "Couldn't process request - please provide a valid number"),
        ({"number": "+49"}, "Specified account does not exist"),
        ({"base64_attachments": ["#"]}, "illegal base64 data at input byte 0"),
        ({"base64_attachments": [""]}, "The base64 data does not exist."),
        ({"view_once": True, "base64_attachments": ["AAAA"]}, "'view_once' can only be set for"),
        (
            {"recipients": [group_name(GROUP), uuid_of(7)]},
            "Signal Messenger Groups and phone numbers cannot be specified together",
        ),
        ({"recipients": [group_name(GROUP)] * 2}, "only be sent to one group at once"),
        ({"recipients": [group_name(GROUP)]}, "Invalid group id"),
        ({"message": ""}, "No message body or attachment"),
        ({"message": 5}, "Couldn't process request - invalid request"),
        ({"recipients": "x"}, "Couldn't process request - invalid request"),
        ({"edit_timestamp": "5"}, "Couldn't process request - invalid request"),
    ],
)
async def test_a_wrong_message_is_refused(bot: Bot, fields: dict[str, Any], says: str) -> None:
    asked = {"number": NUMBER, "recipients": [uuid_of(7)], "message": "x", **fields}
    answer = await bot.ask("POST", "/v2/send", **asked)
    assert answer.status_code == 400
    assert says in answer.json()["error"]
    assert bot.bridge.sent() == []


async def test_a_body_that_is_no_json_is_refused_as_plain_text(bot: Bot) -> None:
    answer = await bot.web.post("/v2/send", content=b"{")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.json() == {"error": "Couldn't process request - invalid request"}


@pytest.mark.parametrize(
    ("string", "kind", "name"),
    [
        (_base64(PNG), "image/png", None),
        (f"data:image/gif;base64,{_base64(PNG)}", "image/gif", None),
        (f"data:image/png;filename=a.png;base64,{_base64(PNG)}", "image/png", "a.png"),
    ],
)
async def test_attachments_come_as_they_were_sent(
    bot: Bot, string: str, kind: str, name: str | None
) -> None:
    await bot.says("", base64_attachments=[string], view_once=True)
    (stands,) = bot.bridge.chat(7)["messages"]
    (file,) = stands["attachments"]
    assert (file["type"], file["filename"], file["size"]) == (kind, name, len(PNG))
    assert stands["view_once"]
    assert _names(bot, "tmp") == []


async def test_a_name_that_leaves_the_folder_stays_where_it_was_put(bot: Bot) -> None:
    string = f"data:text/plain;filename=../../evil.txt;base64,{_base64(b'canary')}"
    await bot.says("", base64_attachments=[string])
    assert _names(bot, "root").count("evil.txt") == 1
    string = f"data:text/plain;filename=../../../../../evil.txt;base64,{_base64(b'canary')}"
    await bot.says("", base64_attachments=[string])
    assert bot.bridge.counters()["escaped"] == 2
    assert _names(bot, "root").count("evil.txt") == 1


async def test_quotes_edits_and_styles(bot: Bot) -> None:
    said = bot.bridge.say(7, "question")["timestamp"]
    stamp = await bot.says("*an* **answer**", quote_timestamp=said, text_mode="styled")
    await bot.says("another", edit_timestamp=stamp)
    await bot.says("lost", edit_timestamp=12345)
    stands = bot.bridge.chat(7)["messages"][1:]
    assert [(m["text"], m["quote"], m["edited"]) for m in stands] == [("another", said, True)]
    assert bot.bridge.sent(7)[0]["texts"] == ["an answer", "another"]


async def test_a_text_over_2000_bytes_is_sent_and_never_seen(bot: Bot) -> None:
    await bot.says("ئ" * 1000)
    await bot.says("ئ" * 1000 + ".")
    assert [len(m["text"]) for m in bot.bridge.chat(7)["messages"]] == [1000]
    assert [(m["bytes"], m["shown"]) for m in bot.bridge.sent(7)] == [(2000, True), (2001, False)]
    assert bot.bridge.counters()["dropped"] == 1


async def test_a_group_hears_what_is_sent_to_it(bot: Bot) -> None:
    bot.bridge.say(7, "in a group", group=GROUP)
    await bot.says("hello all", group_name(GROUP))
    assert [m["text"] for m in bot.bridge.chat(group=GROUP)["messages"]] == [
        "in a group",
        "hello all",
    ]
    assert bot.bridge.chat(7)["messages"] == []
    (entry,) = (await bot.ask("GET", "/v1/groups/{n}")).json()
    assert entry["id"] == group_name(GROUP)
    assert (await bot.ask("GET", f"/v1/groups/{NUMBER}/{entry['id']}")).json() == entry
    missing = await bot.ask("GET", "/v1/groups/{n}/group.x")
    assert (missing.status_code, missing.json()["error"]) == (404, "No group with that id found")


# --- gestures -------------------------------------------------------------------------------


async def test_typing_shows_and_hides(bot: Bot) -> None:
    assert (
        await bot.ask("PUT", "/v1/typing-indicator/{n}", recipient=uuid_of(7))
    ).status_code == 204
    assert bot.bridge.chat(7)["typing"]
    assert (
        await bot.ask("DELETE", "/v1/typing-indicator/{n}", recipient=uuid_of(7))
    ).status_code == 204
    assert not bot.bridge.chat(7)["typing"]
    assert (await bot.ask("PUT", "/v1/typing-indicator/{n}", recipient="")).status_code == 204


async def test_a_removed_message_stands_nowhere(bot: Bot) -> None:
    stamp = await bot.says("regret")
    answer = await bot.ask("DELETE", "/v1/remote-delete/{n}", recipient=uuid_of(7), timestamp=stamp)
    assert answer.status_code == 201
    assert int(answer.json()["timestamp"]) > stamp
    assert bot.bridge.chat(7)["messages"] == []
    assert [m["deleted"] for m in bot.bridge.sent()] == [True]


async def test_a_receipt_of_another_kind_is_refused(bot: Bot) -> None:
    asked = {"recipient": uuid_of(7), "receipt_type": "seen", "timestamp": 5}
    answer = await bot.ask("POST", "/v1/receipts/{n}", **asked)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith("receipt type must be read or viewed")


async def test_the_timer_is_set_and_messages_go_with_it(bot: Bot) -> None:
    timer = {"recipient": uuid_of(7), "expiration_in_seconds": 60}
    assert (await bot.ask("PUT", "/v1/contacts/{n}", **timer)).status_code == 204
    assert bot.bridge.chat(7)["timer"] == 60
    await bot.says("soon gone")
    assert bot.bridge.chat(7)["messages"][0]["expires"] == 60
    bot.bridge.clock(advance=61)
    assert bot.bridge.chat(7)["messages"] == []


@pytest.mark.parametrize(("mode", "timer"), [(JSON_RPC, 60), (NORMAL, 0)])
async def test_the_timer_cannot_be_switched_off_in_json_rpc(mode: str, timer: int) -> None:
    async with serving(mode=mode) as bridge, plain(bridge) as bot:
        bridge.meet(7)
        for seconds in (60, 0):
            asked = {"recipient": uuid_of(7), "expiration_in_seconds": seconds}
            assert (await bot.ask("PUT", "/v1/contacts/{n}", **asked)).status_code == 204
        assert bridge.chat(7)["timer"] == timer


async def test_a_persons_own_timer_is_kept_by_the_bot(bot: Bot) -> None:
    bot.bridge.timer(7, 300)
    await bot.says()
    assert bot.bridge.chat(7)["messages"][0]["expires"] == 300
    assert bot.bridge.contacts() == [
        {"uuid": uuid_of(7), "number": "+4915100000007", "name": "Ana", "timer": 300}
    ]


# --- the account ----------------------------------------------------------------------------


async def test_a_profile_without_an_avatar_loses_it(bot: Bot) -> None:
    asked = {"name": "Line", "about": "words", "base64_avatar": _base64(PNG)}
    assert (await bot.ask("PUT", "/v1/profiles/{n}", **asked)).status_code == 204
    assert bot.bridge.profile()["avatar"]
    assert (await bot.ask("PUT", "/v1/profiles/{n}", name="Line")).status_code == 204
    assert bot.bridge.profile()["avatar"] is None
    refused = await bot.ask("PUT", "/v1/profiles/{n}", about="x")
    assert refused.json()["error"] == "Couldn't process request - profile name missing"


async def test_username_settings_and_codes(bot: Bot) -> None:
    named = await bot.ask("POST", "/v1/accounts/{n}/username", username="quiet")
    assert (named.status_code, named.json()["username"]) == (201, "quiet.01")
    asked = {"share_number": False, "discoverable_by_number": False}
    assert (await bot.ask("PUT", "/v1/accounts/{n}/settings", **asked)).status_code == 204
    assert bot.bridge.profile()["share_number"] is False
    raw = await bot.ask("GET", "/v1/qrcodelink/raw?device_name=bridge")
    assert raw.json()["device_link_uri"].startswith("sgnl://linkdevice?")
    assert (await bot.ask("GET", "/v1/qrcodelink")).status_code == 400


async def test_a_number_is_registered_with_a_captcha_and_a_code(bot: Bot) -> None:
    new = "+4915100000002"
    refused = await bot.ask("POST", f"/v1/register/{new}")
    assert (refused.status_code, "aptcha" in refused.json()["error"]) == (400, True)
    captcha = {"captcha": "signalcaptcha://x", "use_voice": False}
    assert (await bot.ask("POST", f"/v1/register/{new}", **captcha)).status_code == 201
    assert (await bot.ask("GET", "/v1/accounts")).json() == []
    assert (await bot.ask("POST", f"/v1/register/{new}/verify/12")).status_code == 400
    assert (await bot.ask("POST", f"/v1/register/{new}/verify/123-456")).status_code == 201
    assert (await bot.ask("GET", "/v1/accounts")).json() == [new]


@pytest.mark.parametrize(
    ("mode", "status", "after"), [(JSON_RPC, 400, "on-first-use"), (NATIVE, 204, "always")]
)
async def test_the_trust_mode_cannot_be_set_in_json_rpc(mode: str, status: int, after: str) -> None:
    async with serving(mode=mode) as bridge, plain(bridge) as bot:
        path = "/v1/configuration/{n}/settings"
        assert (await bot.ask("POST", path, trust_mode="always")).status_code == status
        assert (await bot.ask("GET", path)).json() == {"trust_mode": after}
        assert (await bot.ask("POST", path, trust_mode="perhaps")).status_code == 400


# --- attachments ----------------------------------------------------------------------------


async def test_an_attachment_is_there_until_it_is_deleted(bot: Bot) -> None:
    file = {"content": b"%PDF-1.7", "type": "image/jpeg", "filename": "a.jpg"}
    (id_,) = bot.bridge.send(7, [file])["attachments"]
    assert (await bot.ask("GET", "/v1/attachments")).json() == [id_]
    got = await bot.ask("GET", f"/v1/attachments/{id_}")
    assert (got.content, got.headers["Content-Type"]) == (b"%PDF-1.7", "application/pdf")
    assert (await bot.ask("DELETE", f"/v1/attachments/{id_}")).status_code == 204
    for method in ("GET", "DELETE"):
        gone = await bot.ask(method, f"/v1/attachments/{id_}")
        assert (gone.status_code, gone.json()) == (
            404,
            {"error": "No attachment with that name found"},
        )


@pytest.mark.parametrize("name", ["..%2F..%2Fdata", "..", "%2e%2e"])
async def test_nothing_else_can_be_fetched(bot: Bot, name: str) -> None:
    assert (await bot.ask("GET", f"/v1/attachments/{name}")).status_code in {404, 405}


async def test_a_file_of_a_size_is_made_up_the_same_each_time(bot: Bot) -> None:
    (id_,) = bot.bridge.send(7, [{"size": 200_000, "type": "video/mp4"}])["attachments"]
    got = [(await bot.ask("GET", f"/v1/attachments/{id_}")).content for _ in range(2)]
    assert len(got[0]) == 200_000
    assert got[0] == got[1]


# --- the side door --------------------------------------------------------------------------


async def _rpc(bot: Bot, method: str, **params: object) -> Any:  # noqa: ANN401 - JSON
    asked = {"jsonrpc": "2.0", "id": "1", "method": method, "params": params}
    return (await bot.ask("POST", "/api/v1/rpc", **asked)).json()


async def test_the_side_door_forgets_a_contact(bot: Bot) -> None:
    bot.bridge.say(7, "hello")
    assert _names(bot, "data") == [f"{uuid_of(7)}.json"]
    assert (await bot.ask("GET", "/api/v1/check")).status_code == 200
    assert (await _rpc(bot, "version"))["result"]["version"]
    assert (await _rpc(bot, "listAccounts"))["result"] == [{"number": NUMBER}]
    assert len((await _rpc(bot, "listContacts", account=NUMBER))["result"]) == 1
    removed = await _rpc(bot, "removeContact", account=NUMBER, recipient=uuid_of(7), forget=True)
    assert removed == {"jsonrpc": "2.0", "result": {}, "id": "1"}
    assert (bot.bridge.contacts(), bot.bridge.identities(), _names(bot, "data")) == ([], [], [])


async def test_the_side_door_refuses_as_signal_cli_does(bot: Bot) -> None:
    assert (await _rpc(bot, "sing"))["error"]["message"] == "Method not implemented"
    assert (await _rpc(bot, "removeContact"))["error"]["code"] == -32602
    stranger = await _rpc(bot, "listContacts", account="+49")
    assert stranger["error"]["message"] == "Specified account does not exist"
    kind = {"Content-Type": "application/json"}
    garbage = (await bot.web.post("/api/v1/rpc", content=b"garbage", headers=kind)).json()
    assert (garbage["error"]["code"], garbage["id"]) == (-32700, None)
    assert (await bot.web.post("/api/v1/rpc", content=b"{}")).status_code == 415
