"""What the engine promises, for arbitrary forms and arbitrary events."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.answers import normalise
from bot.engine.events import (
    Account,
    Ask,
    Began,
    Chose,
    Deleted,
    Drop,
    Edited,
    Effect,
    Event,
    Fetch,
    Fetched,
    Forget,
    Keep,
    Proof,
    Proved,
    Rang,
    Said,
    Say,
    Send,
    Sent,
    Tell,
    Unsupported,
    Wipe,
)
from bot.engine.flow import Standing, parts
from bot.engine.machine import begin, step
from bot.engine.model import ADDED, Command, Form, Kind, Question
from bot.engine.state import VERSION, Mode, State, decode, encode
from bot.errors import ForeignState
from tests.forms_made import forms

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CANARY = "Canary-7f3a words of a person 中文 ئۇيغۇر"
COMMANDS = [f"/{command.value}" for command in Command]
PLAIN = Form(
    id="plain",
    version="1",
    sha256="0" * 64,
    questions=(Question(name="q", kind=Kind.TEXT),),
    commands={command.value: command for command in Command},
    by_name={"q": Question(name="q", kind=Kind.TEXT)},
)

said = st.one_of(
    st.sampled_from([*COMMANDS, "stop", "skip", "yes", "1", "2", "1, 2", "9", "2024-05", "en"]),
    st.text(max_size=40),
    st.just(CANARY),
    st.just("my passport E12345678"),
).map(lambda text: Said(text=text))
chose = st.builds(
    Chose,
    revision=st.just(-1),
    pick=st.one_of(
        st.sampled_from([c.value for c in Command]),
        st.integers(0, 12).map(str),
        st.text(max_size=6),
    ),
)
#: What comes without the person, or is no message: it may be left without a reply.
QUIET = (Rang, Fetched, Edited, Deleted)
#: `Chose` at revision -1 stands for "at the revision of the moment"; -2 is a stale button.
events = st.lists(
    st.one_of(
        said,
        chose,
        chose.map(lambda c: Chose(revision=-2, pick=c.pick)),
        st.builds(Began, payload=st.sampled_from(["", "aB3_-9", CANARY])),
        st.builds(
            Sent, voice=st.booleans(), refused=st.sampled_from(["", "", "", "file-too-large"])
        ),
        st.builds(
            Fetched,
            key=st.just(("", 0)),
            part=st.integers(0, 5),
            number=st.integers(-9, 9),
            hash=st.just("3fa2 91bc"),
            refused=st.sampled_from(["", "file-lost"]),
        ),
        st.builds(
            Proved,
            proof=st.sampled_from([Proof.WRONG, Proof.SENT, Proof.DRAFT]),
            case=st.just(b"c" * 16),
            sequence=st.integers(0, 3),
        ),
        st.builds(Edited, text=st.just(CANARY)),
        st.just(Deleted()),
        st.builds(Deleted, parts=st.tuples(st.tuples(st.just(("", 0)), st.integers(0, 9)))),
        st.just(Unsupported()),
        st.builds(Rang, name=st.sampled_from(["idle", "expiry", "x"]), revision=st.just(-1)),
    ),
    max_size=40,
)


def now_at(event: Event, state: State) -> Event:
    """Put the state's own revision into an event that asks for it."""
    if isinstance(event, Chose) and event.revision == -1:
        return Chose(revision=state.revision, pick=event.pick)
    if isinstance(event, Rang):
        return Rang(name=event.name, revision=state.revision)
    if isinstance(event, Deleted) and event.parts:  # of a part that is there, if one is
        there = [(k, part) for k in state.answered for part in parts(state, k)]
        at = event.parts[0][1]
        return Deleted(parts=(there[at % len(there)],) if there and state.consented else ())
    if isinstance(event, Fetched) and state.files and event.number < 0:  # of one that is known
        at = event.number % len(state.files)
        name, iteration, part = state.files[at]
        return replace(event, key=(name, iteration), part=part, number=state.numbers[at])
    return event


def walk(
    form: Form, asked: Sequence[Event], state: State | None = None
) -> list[tuple[State, Event, State, tuple[Effect, ...]]]:
    """Go through events, each with its own randomness."""
    state = state or begin(form)
    steps = []
    for number, wanted in enumerate(asked):
        event, before = now_at(wanted, state), state
        draw = number.to_bytes(2) * 16
        state, effects = step(form, state, event, now=NOW, draw=draw)
        steps.append((before, event, state, effects))
    return steps


@given(forms(), events)
def test_a_person_is_never_left_without_a_reply(form: Form, asked: list[Event]) -> None:
    for _, event, _, effects in walk(form, asked):
        replies = [e for e in effects if isinstance(e, (Account, Ask, Say, Tell, Wipe))]
        assert replies or isinstance(event, QUIET)


@given(forms(), events)
def test_serialising_a_state_is_the_identity(form: Form, asked: list[Event]) -> None:
    for _, _, state, _ in walk(form, asked):
        assert decode(encode(state)) == state


@given(forms(), events)
def test_no_state_and_no_repr_holds_what_a_person_wrote(form: Form, asked: list[Event]) -> None:
    for _, event, state, effects in walk(form, asked):
        assert "Canary" not in encode(state).decode()
        assert "Canary" not in repr(effects)
        assert "Canary" not in repr(event)


@given(forms(), events)
def test_stop_forgets_everything_from_anywhere(form: Form, asked: list[Event]) -> None:
    steps = walk(form, [Said(text="/start"), *asked])
    state = steps[-1][2]
    after, effects = step(form, state, Said(text="/stop"), now=NOW, draw=b"\7" * 32)
    if state.mode is Mode.OVER:
        assert effects == (Say(id="delete-how"),)
    elif state.adds:  # what was added is with the team: nothing of it is said to be deleted
        assert effects == (Say(id="end"), Forget())
    else:
        assert effects == (Wipe(id="stopped"), Forget())
    assert after == replace(begin(form), revision=after.revision, mode=Mode.OVER)


@given(forms(), events, st.sampled_from(["/wipe", "button", "old button"]))
def test_a_wipe_changes_nothing_but_the_chat(form: Form, asked: list[Event], how: str) -> None:
    """No answer is lost by it, and whoever paused is not asked anything on the screen."""
    state = walk(form, asked)[-1][2] if asked else begin(form)
    revision = state.revision - (how == "old button")
    event = Said(text=how) if how == "/wipe" else Chose(revision=revision, pick="wipe")
    after, effects = step(form, state, event, now=NOW, draw=b"\7" * 32)
    assert effects[0] == Wipe()
    assert not [e for e in effects if isinstance(e, (Keep, Drop, Forget, Send))]
    quiet = state.mode in {Mode.OVER, Mode.PAUSED} or state.revision == 0
    assert (Ask() in effects) != quiet
    if state.revision:
        mode = Mode.ASKING if state.mode is Mode.DOUBT else state.mode
        assert replace(after, revision=0) == replace(state, revision=0, mode=mode)
    else:
        assert after.mode is Mode.OVER


@pytest.mark.parametrize("how", ["/wipe", "button"])
def test_a_wipe_before_all_is_deleted_asks_the_same_again(how: str) -> None:
    state = walk(PLAIN, [Said(text="/start"), Said(text="stop")])[-1][2]
    assert state.mode is Mode.STOPPING
    wiped = Said(text=how) if how == "/wipe" else Chose(revision=state.revision, pick="wipe")
    after, effects = step(PLAIN, state, wiped, now=NOW, draw=b"\7" * 32)
    assert effects[:2] == (Wipe(), Ask())
    assert replace(after, revision=0) == replace(state, revision=0)


@given(forms(), events, st.sampled_from(["/verify", "verify"]))
def test_who_the_line_is_needs_no_conversation(form: Form, asked: list[Event], words: str) -> None:
    state = walk(form, [Said(text="/start"), *asked, Said(text="/stop")])[-1][2]
    after, effects = step(form, state, Said(text=words), now=NOW, draw=b"\7" * 32)
    assert effects == (Say(id="verify"),)
    assert after.mode is Mode.OVER


@given(forms(), events, st.sampled_from(["/help", "help", "/danger", "danger"]))
def test_who_asks_for_help_first_gets_it_and_a_conversation(
    form: Form, asked: list[Event], words: str
) -> None:
    state = walk(form, [Said(text="/start"), *asked, Said(text="/stop")])[-1][2]
    after, effects = step(form, state, Said(text=words), now=NOW, draw=b"\7" * 32)
    assert effects[0] == Say(id=words.strip("/"))
    assert after.mode is not Mode.OVER or Forget() in effects  # a form may end at once


@given(forms(), events, st.sampled_from(["/stop", "/delete"]))
def test_a_state_of_another_form_is_stopped_like_any_other(
    form: Form, asked: list[Event], words: str
) -> None:
    state = walk(form, [Said(text="/start"), *asked])[-1][2]
    newer = replace(form, version="2")
    after, effects = step(newer, state, Said(text=words), now=NOW, draw=b"\7" * 32)
    assert effects == (Wipe(id="stopped"), Forget())
    assert after.mode is Mode.OVER


@given(forms(), events, st.sampled_from(["/wipe", "stop", "/help", "words"]))
def test_a_state_of_another_form_is_over(form: Form, asked: list[Event], words: str) -> None:
    state = walk(form, [Said(text="/start"), *asked])[-1][2]
    newer = replace(form, version="2")
    after, effects = step(newer, state, Said(text=words), now=NOW, draw=b"\7" * 32)
    fresh = step(newer, begin(newer), Said(text=words), now=NOW, draw=b"\7" * 32)
    assert effects == (Say(id="restarted"), *fresh[1])
    assert replace(after, revision=0) == replace(fresh[0], revision=0)


@given(forms(), st.text(alphabet="aZ09_-", max_size=60).map(lambda text: f"Link{text}"))
def test_a_start_link_goes_with_the_case(form: Form, payload: str) -> None:
    asked: list[Event] = [Began(payload=payload), Said(text="en")]
    asked += [Said(text="/skip"), Chose(revision=-1, pick="0")] * 12
    asked += [Said(text="/send"), Said(text="/send")]
    for _, _, state, effects in walk(form, asked):
        assert {e.link for e in effects if isinstance(e, Send)} <= {payload}
        assert "Link" not in repr((state, effects))
        if state.mode is Mode.OVER:
            assert state.link == ""
            return
        assert state.link == payload


@pytest.mark.parametrize("payload", ["a b", "a" * 65, "ünlaut", "code\n", "ａ", "/start"])
def test_what_no_start_link_can_carry_is_nothing(payload: str) -> None:
    for state in (begin(PLAIN), walk(PLAIN, [Said(text="/start")])[-1][2]):
        after, _ = step(PLAIN, state, Began(payload=payload), now=NOW, draw=b"\7" * 32)
        assert after.link == ""


@given(forms(), events)
def test_a_start_link_in_an_open_conversation_is_the_command(
    form: Form, asked: list[Event]
) -> None:
    state = walk(form, [Said(text="/start"), *asked])[-1][2]
    began, effects = step(form, state, Began(payload="x"), now=NOW, draw=b"\7" * 32)
    said, same = step(form, state, Said(text="/start"), now=NOW, draw=b"\7" * 32)
    assert effects == same
    if state.mode is Mode.OVER:
        assert (began.link, said.link) == ("" if began.mode is Mode.OVER else "x", "")
    else:
        assert began == replace(said, link=state.link or "x")


@given(forms(), events)
def test_a_state_of_an_older_version_is_read(form: Form, asked: list[Event]) -> None:
    for _, _, state, _ in walk(form, asked):
        row = json.loads(encode(replace(state, link="")))
        six = replace(state, link="", unheard=False)
        five = replace(six, offered=False)
        plain = replace(five, adds=b"", filed=0, files=(), numbers=(), lost=())
        assert decode(json.dumps([1, *row[1:-6]]).encode()) == plain
        assert decode(json.dumps([2, *row[1:-5]]).encode()) == plain
        assert decode(json.dumps([5, *row[1:-2]]).encode()) == five
        assert decode(json.dumps([6, *row[1:-1]]).encode()) == six


@pytest.mark.parametrize("version", [0, VERSION + 1])
def test_a_state_of_an_unknown_version_is_foreign(version: int) -> None:
    row = json.loads(encode(begin(PLAIN)))
    with pytest.raises(ForeignState):
        decode(json.dumps([version, *row[1:]]).encode())


@given(forms(), events)
def test_every_state_has_a_way_out(form: Form, asked: list[Event]) -> None:
    """Skipping (or stopping where skipping is refused) ends within the questions there are.

    A note that ends all is after consent a question: who says no to it, and does the same again,
    is asked again, and says yes.
    """
    state = walk(form, [Said(text="/start"), *asked])[-1][2]
    asked_whether = 0
    for _ in range(3 * len(form.questions) + 60):
        if state.mode in {Mode.REVIEW, Mode.OVER}:
            return
        word = {
            Mode.LANGUAGE: "en",
            Mode.STOPPING: "yes" if asked_whether else "no",
            Mode.CHANGING: "1",
            Mode.ADDING: "/done",
            Mode.CONTACT: "no",
        }.get(state.mode)
        asked_whether += state.mode is Mode.STOPPING
        if state.mode is Mode.DOUBT:
            word = "1"
        question = None if state.at is None else form.by_name[state.at[0]]
        if word is None and question is not None and question.required:
            word = "/send" if state.consented else "/stop"
        state, _ = step(form, state, Said(text=word or "/skip"), now=NOW, draw=b"\3" * 32)
    raise AssertionError(state.mode)


@given(forms(), events)
def test_nothing_is_kept_before_consent(form: Form, asked: list[Event]) -> None:
    for _, _, state, effects in walk(form, asked):
        if any(isinstance(e, Keep) and e.key[0] != ADDED for e in effects):
            assert state.consented
            assert state.case
            assert state.key


@given(forms(), events)
def test_kept_parts_are_those_that_were_not_dropped(form: Form, asked: list[Event]) -> None:
    """A model of the store: what `Send` names is exactly what is there, under each number once."""
    there: dict[tuple[object, int], int] = {}
    numbers: set[int] = set()
    for _, event, _, effects in walk(form, asked):
        if isinstance(event, Fetched) and event.refused and effects:
            there.pop((event.key, event.part), None)  # whoever could not fetch it has dropped it
        for effect in effects:
            match effect:
                case Keep(key=(name, _)) if name == ADDED:
                    pass  # no draft: see the test of what is added
                case Fetch(key=(name, _)) if name == ADDED:
                    pass
                case (
                    Fetch(key=key, part=part, sequence=sequence)
                    | Keep(key=key, part=part, sequence=sequence)
                ):
                    assert sequence not in numbers
                    assert (key, part) not in there
                    numbers.add(sequence)
                    there[(key, part)] = sequence
                case Drop(key=key, part=part):
                    assert (key, part) in there
                    del there[(key, part)]
                case Send(kept=kept, files=files):
                    assert set(kept) <= set(there)
                    assert len(set(kept)) == len(kept)
                    assert files <= set(kept)
                case Forget():
                    there.clear()
                    numbers.clear()
                case _:
                    pass


@given(forms(), events)
def test_a_stale_button_changes_nothing_but_the_revision(form: Form, asked: list[Event]) -> None:
    state = walk(form, [Said(text="/start"), *asked])[-1][2]
    if state.mode in {Mode.OVER, Mode.PAUSED}:
        return
    stale = Chose(revision=state.revision - 1, pick="0")
    after, effects = step(form, state, stale, now=NOW, draw=b"\5" * 32)
    assert Say(id="already") in effects
    assert replace(after, revision=0) == replace(state, revision=0)


@given(forms(), events)
def test_the_same_choice_ten_times_is_one_choice(form: Form, asked: list[Event]) -> None:
    state = walk(form, [Said(text="/start"), Said(text="en"), *asked])[-1][2]
    tap = Chose(revision=state.revision, pick="0")
    state, first = step(form, state, tap, now=NOW, draw=b"\1" * 32)
    kept = [e for e in first if isinstance(e, (Keep, Drop))]
    for _ in range(9):
        state, effects = step(form, state, tap, now=NOW, draw=b"\2" * 32)
        kept += [e for e in effects if isinstance(e, (Keep, Drop))]
    assert [e for e in first if isinstance(e, (Keep, Drop))] == kept


@given(forms(broken=True), events)
def test_a_question_is_never_hidden_by_an_error(form: Form, asked: list[Event]) -> None:
    """Every rule of these forms raises: so every question is asked, none jumped over."""
    state = walk(form, [Said(text="/start"), Said(text="en"), *asked])[-1][2]
    here = Standing(form, state, NOW)
    assert all(here.relevant(key) for key, _ in here.questions())


def test_normalise_folds_what_people_type_differently() -> None:
    assert normalise("  \u2068STOP\u2069! ") == "stop"
    assert normalise("ＳＴＯＰ") == "stop"
