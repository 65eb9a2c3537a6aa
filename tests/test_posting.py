"""Letters and traces as they are kept; and which of a chat's letters go together."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ForeignState
from bot.keyring import Keyring, padded
from bot.ports import Message, Option
from bot.posting import (
    Parcel,
    Post,
    letters_of,
    open_letter,
    open_trace,
    parcels,
    seal_trace,
)
from storage.credentials import Credentials
from storage.rows import LetterRow
from tests.line_made import LANGUAGES, made
from tests.reports import short

KEYRING = Keyring(Credentials.make())
DRAW, TAG, ALSO = bytes(32), b"t" * 32, b"a" * 32

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
options = st.builds(
    Option, label=words, pick=words, number=st.integers(0, 30), ticked=st.booleans()
)
messages = st.builds(
    Message,
    id=words,
    text=words,
    how=words,
    options=st.lists(options, max_size=3).map(tuple),
    actions=st.lists(st.builds(Option, label=words, pick=words), max_size=2).map(tuple),
    revision=st.integers(0, 99),
    language=st.sampled_from(LANGUAGES),
    prompt=st.booleans(),
    removes=st.lists(words, max_size=3).map(tuple),
    removed=words,
    not_removed=words,
    wipe=st.booleans(),
    begins=st.booleans(),
    replaces=words,
)


def kept(message: Message, also: bytes = b"") -> LetterRow:
    (letter,) = letters_of(KEYRING, "test", "peer", TAG, [message], DRAW, also=also)
    return LetterRow(number=1, key=letter.key, tag=letter.tag, sealed=letter.sealed)


# --- letters --------------------------------------------------------------------------------------


@given(message=messages, also=st.sampled_from([b"", ALSO]))
def test_a_letter_says_what_was_put_into_it(message: Message, also: bytes) -> None:
    post = open_letter(KEYRING, kept(message, also))
    expected = also if message.wipe else b""
    assert post == Post(channel="test", peer="peer", message=message, also=expected)


@given(message=messages)
def test_a_letter_shows_nothing_of_what_it_says(message: Message) -> None:
    private = replace(message, text=f"private {message.text}", replaces="7123456789")
    row = kept(private)
    assert b"private" not in row.sealed
    assert b"7123456789" not in row.sealed
    shown = repr(open_letter(KEYRING, row)) + repr(row)
    assert "private" not in shown
    assert "7123456789" not in shown


def test_a_letter_of_the_version_before_is_read() -> None:
    plain = ["q-N1", "words", "how", [["a", "1", 1, True], ["b", "2", 0, False]], [["c", "/x"]]]
    content = json.dumps(["test", "peer", [*plain, 7, "ug"]], ensure_ascii=False)
    sealed = KEYRING.letters.seal(padded(content.encode()), b"k" * 16)
    post = open_letter(KEYRING, LetterRow(number=1, key=b"k" * 16, tag=TAG, sealed=sealed))
    assert post.message == Message(
        id="q-N1",
        text="words",
        how="how",
        options=(Option(label="a", pick="1", number=1, ticked=True), Option(label="b", pick="2")),
        actions=(Option(label="c", pick="/x"),),
        revision=7,
        language="ug",
    )


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", "[1]", '["a","b",[]]', '["a","b",["","","",[],[],0]]', '["a","b",3]',
     '["a","b",["","","",[],[],0,"",1,[],"","","",0]]', '["a","b",["","","",[],[],0,""],"xy"]'],
)  # fmt: skip
def test_what_is_no_letter_is_refused(content: str) -> None:
    sealed = KEYRING.letters.seal(padded(content.encode()), b"k" * 16)
    with pytest.raises(ForeignState):
        open_letter(KEYRING, LetterRow(number=1, key=b"k" * 16, tag=TAG, sealed=sealed))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_few_letters_of_a_talk_grow_when_they_also_remove(
    language: str, tmp_path: Path
) -> None:
    said: list[Message] = []
    async with made(tmp_path) as line:
        person = line.person("7123456789")
        for words in ["/start", *short(language)]:
            said += await person.says(words)
    grown = [message.id for message in said if _class(_vanished(message)) > _class(message)]
    assert len(said) > 15
    assert len(grown) <= 2, grown


def _vanished(message: Message) -> Message:
    told = "Kept here. Telegram was asked to remove it from this chat. " * 2
    return replace(message, prompt=True, removes=("1234567",), removed=told, not_removed=told)


def _class(message: Message) -> int:
    return len(kept(message).sealed)


# --- traces ---------------------------------------------------------------------------------------


@given(name=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_a_trace_says_its_id_to_us_alone(name: str) -> None:
    sealed = seal_trace(KEYRING, name)
    assert open_trace(KEYRING, sealed) == name
    assert sealed != seal_trace(KEYRING, name)
    with pytest.raises(ForeignState):
        open_trace(Keyring(Credentials.make()), sealed)


def test_the_size_of_a_trace_tells_nothing() -> None:
    assert len({len(seal_trace(KEYRING, "9" * digits)) for digits in range(1, 17)}) == 1


def test_what_is_no_trace_is_refused() -> None:
    with pytest.raises(ForeignState):
        open_trace(KEYRING, KEYRING.letters.seal(b"\xff" * 16, b"trace"))
    with pytest.raises(ForeignState):
        open_trace(KEYRING, kept(Message(id="a", text="b")).sealed)


# --- what goes together ---------------------------------------------------------------------------


def post(
    name: str, *, prompt: bool = False, removes: str = "", wipe: bool = False, peer: str = "peer"
) -> tuple[bytes, Post]:
    message = Message(
        id=name,
        text=name,
        prompt=prompt,
        removes=tuple(removes),
        removed="gone" if removes else "",
        not_removed="not gone" if removes else "",
        wipe=wipe,
    )
    return name.encode(), Post(channel="test", peer=peer, message=message)


def ids(made: tuple[Parcel, ...]) -> list[str]:
    return [parcel.post.message.id for parcel in made]


def test_only_the_last_prompt_is_sent_and_it_removes_what_the_others_would_have() -> None:
    made = parcels(
        [
            post("first", prompt=True, removes="1"),
            post("second", prompt=True, removes="23"),
            post("last", prompt=True, removes="34"),
        ]
    )
    assert ids(made) == ["last"]
    assert made[0].keys == (b"first", b"second", b"last")
    message = made[0].post.message
    assert (message.removes, message.removed, message.not_removed) == (
        ("1", "2", "3", "4"),
        "gone",
        "not gone",
    )


def test_what_is_no_prompt_is_always_sent_and_takes_over_as_well() -> None:
    made = parcels(
        [
            post("said", removes="1"),
            post("stale", prompt=True, removes="2"),
            post("told"),
            post("asked", prompt=True),
            post("end", wipe=True),
        ]
    )
    assert ids(made) == ["said", "told", "asked", "end"]
    assert [parcel.post.message.removes for parcel in made] == [("1",), ("2",), (), ()]
    assert [parcel.keys for parcel in made] == [(b"said",), (b"stale", b"told"), (b"asked",), (b"end",)]  # fmt: skip


def test_a_wipe_is_never_lost_with_a_stale_prompt() -> None:
    key, first = post("first", prompt=True, wipe=True)
    made = parcels([(key, replace(first, also=ALSO)), post("last", prompt=True)])
    assert ids(made) == ["last"]
    assert made[0].post.message.wipe
    assert made[0].post.also == ALSO


kinds = st.tuples(st.booleans(), st.sets(st.sampled_from("123456")), st.sampled_from(["p", "q"]))


@given(rows=st.lists(kinds, max_size=12))
def test_no_letter_and_no_removal_is_lost_and_the_order_stays(
    rows: list[tuple[bool, set[str], str]],
) -> None:
    posts = [
        post(f"{n:02}", prompt=prompt, removes="".join(sorted(removes)), peer=peer)
        for n, (prompt, removes, peer) in enumerate(rows)
    ]
    made = parcels(posts)
    assert sorted(key for parcel in made for key in parcel.keys) == [key for key, _ in posts]
    assert ids(made) == sorted(ids(made))
    for peer in "pq":
        mine = [p for _, p in posts if p.peer == peer]
        sent = [p.post for p in made if p.post.peer == peer]
        wanted = {name for p in mine for name in p.message.removes}
        assert {name for p in sent for name in p.message.removes} == wanted
        said = [p.message.id for p in mine if not p.message.prompt]
        asked = [p.message.id for p in mine if p.message.prompt][-1:]
        assert [p.message.id for p in sent] == sorted(said + asked)
