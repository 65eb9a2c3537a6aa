"""A notification is what it is, of one person only, and nothing that comes makes the decoder fail."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.signal.attachments import reference
from bot.channels.signal.decode import NOTHING, Decoded, decode
from bot.channels.signal.mentions import named
from bot.engine.events import Deleted, Edited, Event, Said, Sent, Unsupported
from bot.ports import Media
from tests import signal_server

#: A notification of each kind, as signal-cli's own sources have them.
EXAMPLES = json.loads((Path(signal_server.__file__).parent / "examples.json").read_text("utf-8"))
NUMBER = "+4915100000001"
ALICE = "11111111-2222-4333-8444-555555555555"
SENT = 1757000000000
ID = f"{ALICE}:{SENT}"
JPEG = {"contentType": "image/jpeg", "filename": "IMG_1.jpg", "id": "aBcD1234.jpg", "size": 366267}
LONG = {"contentType": "text/x-signal-plain", "filename": None, "id": "long1", "size": 9000}


def told(name: str, body: object, **beside: object) -> dict[str, Any]:
    envelope = {
        "source": ALICE,
        "sourceNumber": None,
        "sourceUuid": ALICE,
        "sourceName": "Alice",
        "sourceDevice": 1,
        "timestamp": SENT,
        name: body,
    }
    return {"envelope": envelope, "account": NUMBER, **beside}


def data(**fields: object) -> dict[str, Any]:
    plain = {"timestamp": SENT, "message": None, "expiresInSeconds": 0, "viewOnce": False}
    return told("dataMessage", plain | fields)


def taken(notification: object) -> list[tuple[str, Event]]:
    return [(one.event_id, one.event) for one in decode(notification, NUMBER).incomings]


# --- the example notifications ------------------------------------------------------------------

SAID: list[tuple[str, Event]] = [(ID, Said(text="Hello"))]
EXPECTED: dict[str, list[tuple[str, Event]]] = {
    "attachment_voice_note_0_101": [(ID, Sent(voice=True))],
    "attachments": [
        (ID, Sent()),
        (f"{ID}:2", Sent(voice=True)),
        (f"{ID}:caption", Said(text="see")),
    ],
    "data_text": SAID,
    "data_text_disappearing": [(ID, Said(text="secret"))],
    "edit": [(ID, Edited(text="Hello, corrected"))],
    "exception_decrypt": [],
    "expiration_update": [],
    "group_text": [],
    "long_text_attachment": [(ID, Said(text=""))],
    "mention": [(ID, Said(text="hi @…"))],
    "no_payload": [],
    "quote": [(ID, Said(text="yes"))],
    "reaction_incomplete": [],
    "receipt_delivery": [],
    "remote_delete": [(ID, Deleted())],
    "sticker": [(ID, Unsupported())],
    "sync_empty": [],
    "sync_read": [],
    "typing_started": [],
    "typing_stopped": [],
}


def test_every_example_is_what_it_is() -> None:
    found = {}
    for name, example in EXAMPLES.items():
        found[name] = taken(example)
        # A websocket's frame, an element of a poll's array, a webhook's whole JSON-RPC: the same.
        whole = {"jsonrpc": "2.0", "method": "receive", "params": example}
        assert decode(whole, NUMBER) == decode(example, NUMBER)
    assert found == EXPECTED


def test_a_message_has_a_name_and_what_changes_or_deletes_it_says_which() -> None:
    def names(notification: object) -> list[tuple[str, str]]:
        return [(one.source, one.about) for one in decode(notification, NUMBER).incomings]

    files = data(message="see", attachments=[JPEG, JPEG | {"id": "other.jpg"}])
    assert names(files) == [(str(SENT), "")] * 3
    body = {"timestamp": SENT, "message": "x"}
    edit = {"targetSentTimestamp": 5, "dataMessage": body}
    assert names(told("editMessage", edit)) == [(str(SENT), "5")]
    assert names(data(remoteDelete={"timestamp": 5})) == [("", "5")]
    assert names(data(remoteDelete={"timestamp": "5"})) == [("", "")]


# --- words --------------------------------------------------------------------------------------


def test_words_come_from_their_uuid_and_name_no_message_to_remove() -> None:
    (incoming,) = decode(data(message="Hello"), NUMBER).incomings
    assert (incoming.channel, incoming.peer, incoming.event_id) == ("signal", ALICE, ID)
    assert (incoming.message, incoming.hint, incoming.sent) == ("", "", SENT // 1000)


def test_whom_an_old_bridge_knows_by_number_only_is_answered_there() -> None:
    old = data(message="Hello")
    old["envelope"] |= {"sourceUuid": None, "source": "+819012345678"}
    assert decode(old, NUMBER).incomings[0].peer == "+819012345678"
    old["envelope"] |= {"source": ALICE.upper(), "sourceNumber": "+819012345678"}
    assert decode(old, NUMBER).incomings[0].peer == ALICE


@pytest.mark.parametrize(
    ("text", "mentions", "read"),
    [
        ("hi \ufffc", [{"name": "Bob", "start": 3, "length": 1}], "hi @Bob"),
        ("hi \ufffc", [{"name": "+49 151", "start": 3, "length": 1}], "hi @…"),
        ("hi \ufffc", [{"name": ALICE, "start": 3, "length": 1}], "hi @…"),
        ("hi \ufffc", None, "hi @…"),
        ("hi \ufffc", [{"name": "Bob"}, "Bob", None], "hi @…"),
        # 😀 is two units: counted in signs, the name would land elsewhere
        ("😀😀\ufffc, \ufffc", [{"name": "Bob", "start": 4, "length": 1}], "😀😀@Bob, @…"),
        (
            "\ufffc\ufffc",
            [{"name": "Eve", "start": 1, "length": 1}, {"name": "Bob", "start": 0, "length": 1}],
            "@Bob@Eve",
        ),
        ("no sign", [{"name": "Bob", "start": 0, "length": 2}], "no sign"),
        ("a \ufffc", [{"name": "Bob", "start": 0, "length": 1}], "a @…"),
    ],
)
def test_who_is_mentioned_is_named(text: str, mentions: object, read: str) -> None:
    assert named(text, mentions) == read
    assert taken(data(message=text, mentions=mentions)) == [(ID, Said(text=read))]


def test_words_too_long_for_a_message_are_fetched_from_their_file() -> None:
    decoded = decode(data(message="The beginning of", attachments=[LONG, JPEG]), NUMBER)
    assert decoded.long == "long1"
    assert [(one.event_id, one.event) for one in decoded.incomings] == [
        (ID, Sent()),
        (f"{ID}:caption", Said(text="")),
    ]
    lost = decode(data(message="The beginning of", attachments=[LONG | {"id": None}]), NUMBER)
    assert (lost.incomings, lost.resend) == ((), True)


def test_half_a_letter_becomes_a_sign_that_can_be_sealed() -> None:
    (said,) = taken(data(message="a \ud83d b \ud83d\ude00"))
    assert said[1] == Said(text="a \ufffd b 😀")


def test_a_start_command_is_words_like_any_others() -> None:
    assert taken(data(message="/start abc")) == [(ID, Said(text="/start abc"))]


# --- files --------------------------------------------------------------------------------------


def test_a_file_comes_before_its_words() -> None:
    first, second = decode(data(message="see", attachments=[JPEG]), NUMBER).incomings
    assert first.media == Media(
        reference="aBcD1234.jpg",
        kind="photo",
        name="IMG_1.jpg",
        type="image/jpeg",
        size=366267,
    )
    assert (second.event, second.media) == (Said(text="see"), None)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"contentType": "audio/aac", "filename": None, "isVoiceNote": True}, "voice"),
        ({"contentType": "audio/aac", "filename": None}, "voice"),
        ({"contentType": "audio/aac", "filename": None, "isVoiceNote": False}, "audio"),
        ({"contentType": "audio/mpeg", "filename": "call.mp3"}, "audio"),
        ({"contentType": "VIDEO/MP4; codecs=x"}, "video"),
        ({"contentType": "image/gif"}, "animation"),
        ({"contentType": "application/pdf"}, "document"),
        ({"contentType": "<script>"}, "document"),
    ],
)
def test_each_kind_of_file_is_told_apart(fields: dict[str, object], kind: str) -> None:
    (incoming,) = decode(data(attachments=[{**JPEG, **fields}]), NUMBER).incomings
    assert incoming.media is not None
    assert incoming.media.kind == kind
    assert incoming.event == Sent(voice=kind == "voice")


def test_a_view_once_file_is_a_file_and_one_that_is_gone_is_said_so() -> None:
    assert taken(data(viewOnce=True, attachments=[JPEG])) == [(ID, Sent())]
    assert taken(data(viewOnce=True)) == [(ID, Unsupported())]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a/b", "a..b", "", ".a", "a\n", "ä.jpg", None]
)
def test_a_name_that_leads_elsewhere_is_never_asked_for(name: object) -> None:
    assert reference(name) == ""
    decoded = decode(data(attachments=[JPEG | {"id": name}]), NUMBER)
    assert (decoded.incomings, decoded.leftovers, decoded.resend) == ((), (), True)


def test_files_that_nobody_wants_are_known_so_that_they_can_be_erased() -> None:
    group = {"groupId": "abc=", "type": "DELIVER"}
    assert decode(data(attachments=[JPEG], groupInfo=group)).leftovers == ("aBcD1234.jpg",)
    quote = {"id": 1, "text": "x", "attachments": [{"contentType": "a/b", "thumbnail": JPEG}]}
    preview = {"url": "https://example.invalid", "image": JPEG | {"id": "p.png"}}
    decoded = decode(data(message="yes", quote=quote, previews=[preview]))
    assert decoded.leftovers == ("aBcD1234.jpg", "p.png")
    story = told("storyMessage", {"fileAttachment": JPEG})
    assert decode(story) == Decoded(leftovers=("aBcD1234.jpg",))
    assert decode(data(message="see", attachments=[JPEG])).leftovers == ()


# --- what is no answer ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [
        {"sticker": {"packId": "9a", "stickerId": 3}},
        {"contacts": [{"name": {"display": "Bob"}, "phone": [{"value": "+10000"}]}]},
        {"payment": {"note": "n", "receipt": "r"}},
        {"pollCreate": {"question": "q", "options": ["a", "b"]}},
        {"pollVote": {"targetSentTimestamp": 1, "optionIndexes": [0]}},
        {"giftBadge": {"x": 1}},
    ],
)
def test_what_the_line_does_not_take_is_said_so(kind: dict[str, Any]) -> None:
    assert taken(data(**kind)) == [(ID, Unsupported())]


def test_a_call_is_answered_in_writing_and_what_belongs_to_it_is_not() -> None:
    assert taken(told("callMessage", {"offerMessage": {"id": 1, "type": "AUDIO"}})) == [
        (ID, Unsupported())
    ]
    for more in ({"hangupMessage": {"id": 1, "deviceId": 2}}, {"iceUpdateMessages": [{"id": 1}]}):
        assert taken(told("callMessage", more)) == []


@pytest.mark.parametrize(
    "silent",
    [
        data(reaction={"emoji": "👍", "targetAuthor": ALICE, "targetSentTimestamp": 1}),
        data(),
        data(message=""),
        data(message="  \n"),
        data(isEndSession=True),
        data(isProfileKeyUpdate=True),
        data(groupCallUpdate={"eraId": "x"}),
        data(message="in a group", groupInfo={"groupId": "abc="}),
        told(
            "editMessage",
            {"dataMessage": {"timestamp": 1, "message": "x", "groupInfo": {"groupId": "a"}}},
        ),
        told("editMessage", {"dataMessage": {"timestamp": 1, "message": None}}),
        told("receiptMessage", {"isRead": True, "timestamps": [1]}),
        told("typingMessage", {"action": "STARTED"}),
        told("storyMessage", {"textAttachment": {"text": "x"}}),
        told("syncMessage", {"sentMessage": {"message": "x"}}),
        {"error": "what is it"},
        {"envelope": {}, "account": NUMBER},
        {"envelope": {"dataMessage": {"message": "from nobody"}}, "account": NUMBER},
        {"exception": {"type": "SelfSendException"}, **told("x", {})},
        {"exception": {"type": "ProtocolDuplicateMessageException"}, **told("x", {})},
    ],
    ids=str,
)
def test_what_says_nothing_is_no_answer_and_asks_for_none(silent: dict[str, Any]) -> None:
    decoded = decode(silent, NUMBER)
    assert (decoded.incomings, decoded.resend, decoded.timestamp) == ((), False, 0)


def test_another_account_and_the_line_itself_are_not_heard() -> None:
    other = data(message="Hello") | {"account": "+4915100000002"}
    own = data(message="Hello")
    own["envelope"]["sourceNumber"] = NUMBER
    assert decode(other, NUMBER) == decode(own, NUMBER) == NOTHING


@pytest.mark.parametrize(
    ("fields", "expires"),
    [
        ({"message": "a", "expiresInSeconds": 3600}, 3600),
        ({"message": "a", "expiresInSeconds": 0}, None),
        ({"message": "a"}, None),
        ({"expiresInSeconds": 0, "isExpirationUpdate": True}, 0),
        ({"expiresInSeconds": 60, "isExpirationUpdate": True}, 60),
        ({"message": "a", "expiresInSeconds": "3600"}, None),
    ],
)
def test_what_a_person_chose_about_disappearing_is_known(
    fields: dict[str, object], expires: int | None
) -> None:
    assert decode(data(**fields), NUMBER).expires == expires


def test_what_signal_cli_could_not_read_is_asked_for_again() -> None:
    lost = {"exception": {"message": "m", "type": "ProtocolInvalidMessageException"}}
    assert decode(told("x", {}) | lost, NUMBER) == Decoded(peer=ALICE, resend=True)
    changed = {"exception": {"message": "m", "type": "UntrustedIdentityException"}}
    assert decode(told("x", {}) | changed) == Decoded(peer=ALICE, resend=True, untrusted=True)


# --- whatever comes ---------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["message", "attachments", "id", "mentions", "start", "length", "name", "contentType",
             "timestamp", "groupInfo", "quote", "remoteDelete", "type", "size", "caption"]
        ),
        inner,
        max_size=6,
    ),
    max_leaves=20,
)  # fmt: skip


@given(JSON, st.sampled_from(["dataMessage", "editMessage", "callMessage", "storyMessage"]))
def test_nothing_makes_it_fail(body: object, kind: str) -> None:
    for one in (body, told(kind, body), told(kind, {"dataMessage": body}), {"params": body}):
        decoded = decode(one, NUMBER)
        assert len({i.event_id for i in decoded.incomings}) == len(decoded.incomings)
        for incoming in decoded.incomings:
            assert incoming.peer == ALICE
            if isinstance(incoming.event, Said):
                incoming.event.text.encode()


def test_a_message_that_is_not_as_any_should_be_is_asked_for_again() -> None:
    odd = data(message="words")
    odd["envelope"]["timestamp"] = odd["envelope"]["dataMessage"]["timestamp"] = "yesterday"
    assert decode(odd, NUMBER) == Decoded(peer=ALICE, resend=True)


def test_nothing_of_a_person_is_in_a_repr() -> None:
    shown = repr(decode(data(message="canary", attachments=[JPEG, LONG]), NUMBER))
    for secret in (ALICE, "canary", "IMG_1", "aBcD1234", "long1"):
        assert secret not in shown
