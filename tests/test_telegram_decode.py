"""An update is what it is, in private chats only, and nothing that comes makes the decoder fail."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.decode import NOTHING, WORDLESS, decode
from bot.channels.telegram.media import MOST_NAME
from bot.engine.events import Began, Chose, Edited, Event, Said, Sent, Unsupported
from bot.ports import Incoming, Media

PERSON = {
    "id": 5_550_001,
    "is_bot": False,
    "first_name": "Canary",
    "username": "canary",
    "language_code": "zh-hans",
}
CHAT = {"id": 5_550_001, "type": "private", "first_name": "Canary", "username": "canary"}
GROUP = {"id": -100_555, "type": "supergroup", "title": "Canaries"}
FILE = {"file_id": "f", "file_unique_id": "u"}
PHOTO = {**FILE, "width": 1, "height": 1}
KINDS: dict[str, Any] = {
    "photo": [PHOTO],
    "document": FILE,
    "video": {**PHOTO, "duration": 1},
    "audio": {**FILE, "duration": 1},
    "animation": {**PHOTO, "duration": 1},
    "video_note": {**FILE, "length": 1, "duration": 1},
}
STRANGE: dict[str, Any] = {
    "sticker": {
        **PHOTO,
        "type": "regular",
        "is_animated": False,
        "is_video": False,
    },
    "location": {"latitude": 43.8, "longitude": 87.6},
    "venue": {"location": {"latitude": 1, "longitude": 1}, "title": "t", "address": "a"},
    "contact": {"phone_number": "+10000", "first_name": "Canary"},
    "poll": {
        "id": "1",
        "question": "q",
        "options": [],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
    },
    "dice": {"emoji": "🎲", "value": 3},
    "story": {"chat": CHAT, "id": 1},
    "web_app_data": {"data": "d", "button_text": "b"},
    "users_shared": {"request_id": 1, "users": [{"user_id": 1}]},
    "something_new": {"made": "up"},
}
SERVICE: dict[str, Any] = {
    "message_auto_delete_timer_changed": {"message_auto_delete_time": 86_400},
    "write_access_allowed": {},
    "chat_background_set": {
        "type": {"type": "chat_theme", "theme_name": "t"},
    },
}


def message(**fields: object) -> dict[str, Any]:
    return {"message_id": 77, "date": 1_700_000_000, "chat": CHAT, "from": PERSON, **fields}


def update(kind: str = "message", /, **fields: object) -> dict[str, Any]:
    return {"update_id": 900, kind: message(**fields)}


def press(data: object, **chat: object) -> dict[str, Any]:
    query = {
        "id": "q1",
        "from": PERSON,
        "chat_instance": "c",
        "data": data,
        "message": {**message(text="choose"), "chat": {**CHAT, **chat}},
    }
    return {"update_id": 900, "callback_query": query}


def standing(status: str, chat: dict[str, Any] = CHAT) -> dict[str, Any]:
    bot = {"id": 42, "is_bot": True, "first_name": "Line"}
    member = {"user": bot, "status": status, "until_date": 0, "is_anonymous": False}
    rights = dict.fromkeys(
        (
            "can_be_edited",
            "can_manage_chat",
            "can_delete_messages",
            "can_manage_video_chats",
            "can_restrict_members",
            "can_promote_members",
            "can_change_info",
            "can_invite_users",
            "can_post_stories",
            "can_edit_stories",
            "can_delete_stories",
        ),
        False,
    )
    new = {**member, **rights} if status == "administrator" else member
    change = {"chat": chat, "from": PERSON, "date": 1, "new_chat_member": new}
    change["old_chat_member"] = {"user": bot, "status": "left"}
    return {"update_id": 900, "my_chat_member": change}


def taken(given: object, own: str = "LineBot") -> Incoming:
    (incoming,) = decode(given, own).incomings
    return incoming


def sent(kind: str, file: object, **fields: object) -> Media:
    """Return what a message with one file brings to be fetched."""
    media = taken(update(**{kind: file}, **fields)).media
    assert media is not None
    return media


# --- words ------------------------------------------------------------------------------------


def test_a_message_is_taken_with_its_ids_and_the_apps_language() -> None:
    assert taken(update(text="it was in May")) == Incoming(
        channel="telegram",
        peer="5550001",
        event_id="900",
        event=Said(text="it was in May"),
        hint="zh-hans",
        message="77",
        sent=1_700_000_000,
    )


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("/help", Said(text="/help")),
        ("/help@linebot", Said(text="/help")),
        ("/help@OtherBot", Said(text="/help@OtherBot")),
        ("/why@LineBot now", Said(text="/why now")),
        ("me@LineBot", Said(text="me@LineBot")),
        ("/start", Began()),
        ("/start@LineBot", Began()),
        ("/start poster-12_B", Began(payload="poster-12_B")),
        ("/start@LineBot poster-12_B", Began(payload="poster-12_B")),
        ("/start again please", Said(text="/start again please")),
        ("/start " + "x" * 65, Said(text="/start " + "x" * 65)),
        ("/starting", Said(text="/starting")),
        ("/", Said(text="/")),
    ],
)
def test_commands_lose_the_bots_name_and_a_start_may_say_where_it_stood(
    text: str, event: Event
) -> None:
    assert taken(update(text=text)).event == event


def test_entities_and_what_stands_around_the_words_are_left_out() -> None:
    entities = [{"type": "bold", "offset": 0, "length": 2}]
    quoted = message(text="an earlier one", message_id=5)
    given = update(
        text="words",
        entities=entities,
        reply_to_message=quoted,
        quote={"text": "an", "position": 0},
    )
    assert taken(given).event == Said(text="words")


@pytest.mark.parametrize(
    "text",
    ["\ud83d", "a\udc00b", "\x00", "\u202eabc", "e" + "\u0301" * 900, "👨\u200d👩\u200d👧", ""],
)
def test_odd_signs_are_words_that_can_be_written_down(text: str) -> None:
    said = taken(update(text=text)).event
    assert isinstance(said, Said)
    assert len(said.text.encode()) >= len(text)


def test_a_pair_of_half_surrogates_is_one_sign_again() -> None:
    assert taken(update(text="\ud83d\ude00")).event == Said(text="😀")


@pytest.mark.parametrize("code", [None, "", "x" * 99, "zh\nhans", 7])
def test_a_language_that_is_none_is_no_hint(code: object) -> None:
    given = update(text="words", **{"from": {**PERSON, "language_code": code}})
    incoming = taken(given)
    assert incoming.hint == ""
    assert incoming.peer == "5550001"


# --- buttons ----------------------------------------------------------------------------------


def test_a_press_says_what_was_chosen_on_which_message() -> None:
    decoded = decode(press("1f.stop"))
    assert decoded.callback == "q1"
    (incoming,) = decoded.incomings
    assert incoming.event == Chose(revision=31, pick="stop")
    assert incoming.message == "77"


@pytest.mark.parametrize(
    "data",
    [None, "", "stop", ".stop", "1f.", "1F.stop", "-1.stop", "1.停", "1.a b", "1" * 20 + ".a"],
)
def test_data_that_is_none_of_ours_chooses_nothing(data: str | None) -> None:
    decoded = decode(press(data))
    assert decoded.callback == "q1"
    assert [one.event for one in decoded.incomings] == [Chose(revision=-1, pick="")]


def test_a_press_without_its_message_is_only_answered() -> None:
    given = press("1.a")
    del given["callback_query"]["message"]
    assert decode(given) == decode({**given})
    assert decode(given).callback == "q1"
    assert decode(given).incomings == ()


def test_a_press_on_a_message_too_old_to_see_counts() -> None:
    given = press("1.a")
    given["callback_query"]["message"] = {"chat": CHAT, "message_id": 77, "date": 0}
    assert taken(given).event == Chose(revision=1, pick="a")


# --- files ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_a_file_and_stays_in_the_chat(kind: str) -> None:
    incoming = taken(update(**{kind: KINDS[kind]}))
    assert incoming.event == Sent(voice=False)
    assert incoming.message == ""
    assert incoming.media is not None
    assert incoming.media.reference == "f"
    assert incoming.media.kind == {"video_note": "video"}.get(kind, kind)


def test_a_voice_note_is_one_and_stays_in_the_chat() -> None:
    incoming = taken(update(voice={**FILE, "duration": 2, "file_size": 9_000}))
    assert incoming.event == Sent(voice=True)
    assert incoming.message == ""
    assert incoming.media == Media(reference="f", kind="voice", type="audio/ogg", size=9_000)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_of_a_photo_the_largest_size_counts(order: tuple[int, ...]) -> None:
    sizes = [
        {"file_id": f"f{side}", "file_unique_id": f"u{side}", "width": side, "height": side}
        for side in (90, 320, 1280)
    ]
    assert sent("photo", [sizes[place] for place in order]).reference == "f1280"


def test_an_animation_is_one_file_although_it_is_a_document_too() -> None:
    given = update(animation=KINDS["animation"], document={**FILE, "file_id": "d"})
    media = taken(given).media
    assert media is not None
    assert (media.reference, media.kind) == ("f", "animation")


def test_a_live_photo_is_a_photo_and_a_video() -> None:
    still = {**PHOTO, "file_id": "still"}
    live = {**PHOTO, "duration": 1, "photo": [PHOTO | {"file_id": "small"}, still | {"width": 9}]}
    decoded = decode(update(live_photo=live, photo=[still], caption="my words"))
    assert [(one.event_id, one.media and one.media.reference) for one in decoded.incomings] == [
        ("900", "still"),
        ("900:2", "f"),
        ("900:caption", None),
    ]
    assert [one.event for one in decoded.incomings] == [Sent(), Sent(), Said(text="my words")]


def test_what_the_app_says_of_a_file_goes_along() -> None:
    told = {"file_name": "it was.PDF", "mime_type": "Application/PDF", "file_size": 20_971_521}
    assert sent("document", FILE | told) == Media(
        reference="f", kind="document", name="it was.PDF", type="application/pdf", size=20_971_521
    )


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"mime_type": "my words, and more"}, ("", "", 0)),
        ({"mime_type": "a/" + "b" * 200}, ("", "", 0)),
        ({"mime_type": 7, "file_name": 7, "file_size": "7"}, ("", "", 0)),
        ({"file_size": -1}, ("", "", 0)),
        ({"file_size": True}, ("", "", 0)),
        ({"file_size": 10**30}, ("", "", 0)),
        ({"file_name": "n" * 5_000 + ".exe"}, ("n" * (MOST_NAME - 4) + ".exe", "", 0)),
        ({"file_name": "\ud83d.pdf"}, ("\ufffd.pdf", "", 0)),
    ],
)
def test_what_the_app_says_of_a_file_is_kept_within_bounds(
    told: dict[str, Any], expected: tuple[str, str, int]
) -> None:
    media = sent("document", FILE | told)
    assert (media.name, media.type, media.size) == expected


def test_a_caption_is_said_after_its_file() -> None:
    decoded = decode(update(photo=[PHOTO], caption="it was \ud83d\ude00"))
    file, caption = decoded.incomings
    assert (file.event_id, file.event) == ("900", Sent())
    assert (caption.event_id, caption.event) == ("900:caption", Said(text="it was 😀"))
    assert caption.media is None
    for one in (file, caption):
        assert (one.peer, one.hint, one.message, one.sent) == (
            "5550001",
            "zh-hans",
            "",
            1_700_000_000,
        )


def test_a_command_under_a_file_is_a_command() -> None:
    given = update(voice={**FILE, "duration": 2}, caption="/stop@linebot")
    _, caption = decode(given, "LineBot").incomings
    assert caption.event == Said(text="/stop")


@pytest.mark.parametrize("caption", [None, "", " \n"])
def test_a_caption_without_words_is_not_said(caption: str | None) -> None:
    assert taken(update(photo=[PHOTO], caption=caption)).event == Sent()


def test_each_item_of_an_album_is_a_file_of_its_own() -> None:
    items = [
        {**update(media_group_id="g", photo=[PHOTO | {"file_id": f"f{n}"}]), "update_id": 900 + n}
        for n in range(10)
    ]
    items[3]["message"]["caption"] = "all of them"
    found = [one for item in items for one in decode(item).incomings]
    assert [one.media.reference for one in found if one.media] == [f"f{n}" for n in range(10)]
    assert len({one.event_id for one in found}) == len(found) == 11
    assert found[4].event == Said(text="all of them")


def test_a_file_without_an_id_is_asked_for_again() -> None:
    assert taken(update(document=FILE | {"file_id": ""})).event == Unsupported()


# --- everything else --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", STRANGE)
def test_what_the_line_does_not_take_may_leave_the_chat_unless_it_may_hold_words(kind: str) -> None:
    incoming = taken(update(**{kind: STRANGE[kind]}))
    assert incoming.event == Unsupported()
    assert incoming.message == ("77" if kind in WORDLESS else "")
    assert {"sticker", "location", "contact"} <= WORDLESS
    assert not {"web_app_data", "something_new"} & WORDLESS


def test_what_cannot_be_read_and_may_hold_words_stays_in_the_chat() -> None:
    unreadable = {"sticker": {"width": 1}, "something_new": {"text": "my words"}}
    for kind, expected in (("sticker", "77"), ("something_new", "")):
        assert taken(update(**{kind: unreadable[kind]}, entities=7)).message == expected


@pytest.mark.parametrize("kind", SERVICE)
def test_a_change_of_the_chat_is_nothing_that_was_said(kind: str) -> None:
    assert decode(update(**{kind: SERVICE[kind]})) == NOTHING


def test_a_pinned_message_is_nothing_that_was_said() -> None:
    assert decode(update(pinned_message=message(text="pinned"))) == NOTHING


def test_an_edit_is_an_edit_of_words_or_a_caption() -> None:
    assert taken(update("edited_message", text="in June", edit_date=2)).event == Edited(
        text="in June"
    )
    caption = taken(update("edited_message", photo=[PHOTO], caption="new"))
    assert (caption.event, caption.message) == (Edited(text="new"), "")
    # Another picture in the place of the first, or words taken away: that is not silently missed.
    assert taken(update("edited_message", photo=[PHOTO])).event == Edited(text="")


def test_a_place_that_keeps_moving_is_said_once() -> None:
    live = {**STRANGE["location"], "live_period": 900}
    assert taken(update(location=live)).event == Unsupported()
    assert decode(update("edited_message", location=live, edit_date=2)) == NOTHING


@pytest.mark.parametrize(
    "kind",
    [
        "channel_post",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "poll",
        "made_up",
    ],
)
def test_other_peoples_chats_are_nothing(kind: str) -> None:
    assert decode({"update_id": 900, kind: message(text="private", chat=GROUP)}) == NOTHING


def test_a_group_is_left_and_nothing_of_it_is_taken() -> None:
    for one in (
        update(text="hello", chat=GROUP),
        press("1.a", **GROUP),
        standing("member", GROUP),
    ):
        decoded = decode(one)
        assert decoded.refuse == "-100555"
        assert decoded.incomings == ()


def test_a_channel_that_took_the_bot_in_is_left() -> None:
    assert decode(standing("administrator", {**GROUP, "type": "channel"})).refuse == "-100555"


@pytest.mark.parametrize("status", ["left", "kicked"])
def test_a_group_that_the_bot_has_left_is_left_alone(status: str) -> None:
    assert decode(standing(status, GROUP)) == NOTHING


def test_who_blocks_and_who_comes_back_is_known() -> None:
    assert decode(standing("kicked")).blocked == "5550001"
    assert decode(standing("member")).unblocked == "5550001"
    assert decode(standing("member")).incomings == ()


# --- whatever comes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spoilt",
    [
        {"date": "yesterday"},
        {"date": 10**15},
        {"from": {"id": 1}},
        {"text": 5},
        {"message_id": "x", "entities": [{}]},
        {"photo": [{}]},
        {"entities": 7},
        {"reply_to_message": {"date": 0}},
        {"location": {"latitude": 1}},
        {"message_id": True, "text": None, "location": {}},
    ],
)
def test_who_sent_what_cannot_be_read_is_asked_again(spoilt: dict[str, Any]) -> None:
    assert taken(update(**{"text": "words", **spoilt})) == Incoming(
        channel="telegram", peer="5550001", event_id="900", event=Unsupported()
    )


def test_a_place_that_cannot_be_read_may_leave_the_chat_but_words_may_not() -> None:
    assert taken(update(location={"latitude": 1})).message == "77"
    assert taken(update(location={"latitude": 1}, caption="words")).message == ""
    assert taken(update(voice={"file_id": 1})).message == ""


def test_a_press_that_cannot_be_read_is_answered_and_asked_again() -> None:
    given = press("1.a")
    given["callback_query"]["from"] = {}
    decoded = decode(given)
    assert decoded.callback == "q1"
    assert [one.event for one in decoded.incomings] == [Unsupported()]


def test_what_cannot_be_read_of_a_group_is_nothing() -> None:
    assert decode(update(text=5, chat=GROUP)) == NOTHING


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=())),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON)
def test_nothing_makes_the_decoder_fail(given: object) -> None:
    assert decode(given) == NOTHING
    decode({"update_id": 1, "message": given})
    decode({"update_id": 1, "callback_query": given})
    decode({"update_id": 10**40, "message": {"chat": given}})


def _places(node: object) -> Iterator[tuple[Any, Any]]:
    items: list[tuple[Any, object]] = []
    if isinstance(node, dict):
        items = list(node.items())
    elif isinstance(node, list):
        items = list(enumerate(node))
    for key, below in items:
        yield node, key
        yield from _places(below)


WHOLE = [
    update(text="/start x", entities=[{"type": "bold", "offset": 0, "length": 2}]),
    update(**KINDS),
    *(update(**{kind: value}) for kind, value in STRANGE.items()),
    update("edited_message", text="words"),
    press("1f.stop"),
    standing("kicked"),
    standing("administrator", GROUP),
]


@given(st.sampled_from(WHOLE), JSON, st.integers(0, 10**6))
def test_no_spoilt_update_is_taken_for_another_persons(
    whole: dict[str, Any], spoilt: object, seed: int
) -> None:
    given = json.loads(json.dumps(whole))
    places = [
        (node, key)
        for node, key in _places(given)
        if key not in {"chat", "id", "type", "update_id"}
    ]
    node, key = random.Random(seed).choice(places)
    node[key] = spoilt
    decoded = decode(given)
    for peer in (
        decoded.blocked,
        decoded.unblocked,
        *(one.peer for one in decoded.incomings),
    ):
        assert peer in {"", "5550001"}


@given(st.sampled_from([*KINDS, "voice"]), JSON, st.integers(0, 10**6), st.text(max_size=9))
def test_a_file_is_fetched_once_and_its_words_are_said_after_it(
    kind: str, spoilt: object, seed: int, words: str
) -> None:
    whole = json.loads(json.dumps({**KINDS, "voice": {**FILE, "duration": 2}}[kind]))
    node, key = random.Random(seed).choice([*_places(whole)])
    node[key] = spoilt
    found = decode(update(**{kind: whole}, caption=words)).incomings
    assert found[0].event_id == "900"
    assert len({one.event_id for one in found}) == len(found)
    for one in found:
        assert (one.media is None) == (not isinstance(one.event, Sent))
        if one.media is not None:
            assert one.media.reference
            assert one.media.size >= 0
            assert len(one.media.name.encode()) <= 4 * MOST_NAME
    if isinstance(found[0].event, Sent):
        assert [one.event for one in found[1:]] == [Said(text=words)] * bool(words.strip())
    else:
        assert [one.event for one in found] == [Unsupported()]


def test_nothing_of_a_person_is_in_a_repr() -> None:
    for one in (
        update(text="my words"),
        update(document=FILE | {"file_id": "q1", "file_name": "my words"}, caption="my words"),
        press("1.a"),
        standing("kicked"),
        update(text="x", chat=GROUP),
    ):
        shown = repr(decode(one))
        for secret in ("5550001", "Canary", "canary", "my words", "100555", "q1"):
            assert secret not in shown
