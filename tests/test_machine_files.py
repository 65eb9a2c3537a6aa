"""What the engine promises of files and of case codes, for arbitrary events and one by one."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.events import (
    Ask,
    Chose,
    Code,
    Deleted,
    Drop,
    Edited,
    Effect,
    Event,
    Fetch,
    Fetched,
    Forget,
    Keep,
    KeepWay,
    Key,
    Proof,
    Proved,
    Rang,
    Said,
    Say,
    Send,
    Sent,
    Wipe,
)
from bot.engine.expressions import compile as compile_expression
from bot.engine.flow import Standing
from bot.engine.keeping import MOST_PARTS
from bot.engine.machine import begin, step
from bot.engine.model import ADDED, OPEN, Choice, Command, Form, Kind, Question
from bot.engine.state import Mode, State
from tests.forms_made import forms
from tests.test_machine import NOW, PLAIN, events, walk

FILES = Form(
    id="files",
    version="1",
    sha256="0" * 64,
    questions=(
        Question(
            name="ok",
            kind=Kind.ONE,
            choices=(Choice(code="yes"),),
            list_name="l",
            required=True,
            consent="yes",
        ),
        Question(name="story", kind=Kind.TEXT, several=True),
        Question(name="phrase", kind=Kind.TEXT),
        Question(name="more", kind=Kind.FILE, several=True),
        Question(name="which", kind=Kind.ONE, choices=(Choice(code="a"),), list_name="l"),
    ),
    commands={command.value: command for command in Command},
    words={"l": {"yes": "yes", "a": "a"}},
    routing=frozenset({"ok", "which"}),
    enough=compile_expression("${story} != '' or ${more} != ''"),
)
FILES = replace(FILES, by_name={q.name: q for q in FILES.questions})
OPENED: list[Event] = [Said(text="/start"), Said(text="yes")]
STORY, PHRASE, MORE = ("story", 0), ("phrase", 0), ("more", 0)


def state_after(asked: Sequence[Event], form: Form = FILES) -> tuple[State, tuple[Effect, ...]]:
    *_, (_, _, state, effects) = walk(form, asked)
    return state, effects


def said_in(effects: Sequence[Effect]) -> list[str]:
    return [e.id for e in effects if isinstance(e, Say)]


@given(forms(), events)
def test_every_file_has_a_number_of_its_own(form: Form, asked: list[Event]) -> None:
    for before, event, state, effects in walk(form, asked):
        fetched = [e for e in effects if isinstance(e, Fetch)]
        assert [e.number for e in fetched] == [before.filed + 1][: len(fetched)]
        assert not fetched or isinstance(event, Sent)
        assert state.filed >= before.filed or not state.files
        assert len(state.files) == len(state.numbers) == len(set(state.numbers))
        assert set(state.numbers) <= set(range(1, state.filed + 1))
        for (name, iteration, part), _ in zip(state.files, state.numbers, strict=True):
            assert part < state.answered[name, iteration]
            assert (name, iteration, part) not in state.lost
        assert all(part < state.answered.get((n, i), 0) for n, i, part in state.lost)


@given(forms(), events)
def test_a_file_is_taken_only_where_an_answer_in_writing_is_asked_for(
    form: Form, asked: list[Event]
) -> None:
    for before, event, _, effects in walk(form, asked):
        for fetch in effects:
            if not isinstance(fetch, Fetch):
                continue
            assert isinstance(event, Sent)
            assert not event.refused
            if before.mode in {Mode.ADDING, Mode.CONTACT}:
                assert (fetch.key, before.adds) == ((ADDED, 0), b"c" * 16)
            else:
                assert before.consented
                assert before.at == fetch.key
                assert form.by_name[fetch.key[0]].kind in OPEN


@given(forms(), events)
def test_what_comes_late_or_by_itself_begins_nothing(form: Form, asked: list[Event]) -> None:
    state = walk(form, [Said(text="/start"), *asked, Said(text="/stop")])[-1][2]
    newer = replace(form, version="2")
    late: list[Event] = [
        Edited(text="x"),
        Deleted(),
        Rang(name="idle", revision=state.revision),
        Fetched(key=STORY, part=0, number=1),
    ]
    for event in late:
        for place in (state, begin(form)):
            assert step(form, place, event, now=NOW, draw=bytes(32)) == (place, ())
        assert step(newer, state, event, now=NOW, draw=bytes(32)) == (state, ())


def test_a_draft_of_an_older_form_ends_on_its_day_without_a_word() -> None:
    state, _ = state_after(OPENED)
    newer = replace(FILES, version="2")
    rang = Rang(name="expiry", revision=0)
    after, effects = step(newer, state, rang, now=NOW, draw=bytes(32))
    assert (after.mode, after.case, effects) == (Mode.OVER, b"", (Forget(),))


@pytest.mark.parametrize("event", [Edited(text="x"), Deleted()])
def test_a_change_of_an_earlier_message_ends_no_pause(event: Event) -> None:
    asked: list[Event] = [*OPENED, Said(text="/pause"), event]
    state, effects = state_after(asked)
    assert state.mode is Mode.PAUSED
    assert effects == (Say(id="edited" if isinstance(event, Edited) else "unsent"),)


@pytest.mark.parametrize("pick", ["0", "skip", "stop"])
def test_an_old_button_in_a_pause_only_leads_back(pick: str) -> None:
    state, effects = state_after([*OPENED, Said(text="/pause"), Chose(revision=-2, pick=pick)])
    assert state.mode is Mode.ASKING
    assert said_in(effects) == ["welcome-back"]
    assert not [e for e in effects if isinstance(e, (Keep, Drop, Forget, Wipe))]


@pytest.mark.parametrize("voice", [True, False])
def test_a_file_answers_a_question_of_several_messages(*, voice: bool) -> None:
    state, effects = state_after([*OPENED, Said(text="words"), Sent(voice=voice)])
    assert effects[:2] == (
        Fetch(key=STORY, part=1, sequence=state.sequence, number=1),
        Ask(brief=True, coming=1),
    )
    assert state.answered[STORY] == 2
    assert (state.files, state.numbers, state.filed) == ((("story", 0, 1),), (1,), 1)
    state, effects = state_after([*OPENED, Sent(), Said(text="/done"), Sent()])
    assert effects[0] == Fetch(key=PHRASE, part=0, sequence=state.sequence, number=2)
    assert said_in(effects) == ["file-coming"]
    assert state.at == MORE


def test_a_file_takes_the_place_of_an_answer_and_words_that_of_a_file() -> None:
    again: list[Event] = [*OPENED, Sent(), Sent(), Said(text="/done"), Said(text="/back")]
    state, effects = state_after([*again, Said(text="words")])
    assert [e for e in effects if isinstance(e, Drop)] == [
        Drop(key=STORY, part=0),
        Drop(key=STORY, part=1),
    ]
    assert (state.files, state.answered[STORY], state.filed) == ((), 1, 2)
    state, effects = state_after([*again, Sent()])
    assert effects[:3] == (
        Drop(key=STORY, part=0),
        Drop(key=STORY, part=1),
        Fetch(key=STORY, part=0, sequence=state.sequence, number=3),
    )
    assert (state.files, state.numbers) == ((("story", 0, 0),), (3,))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ([Said(text="/start")], "no-file"),
        ([*OPENED, Sent(refused="file-too-large")], "file-too-large"),
        ([*OPENED, Said(text="/review")], "no-file-here"),
        ([*OPENED, Said(text="stop")], "no-file-here"),
        ([*OPENED, Said(text="/pause")], "no-file-here"),
        ([*OPENED, *[Said(text="/skip")] * 3], "no-file-here"),
    ],
)
def test_elsewhere_a_file_is_not_taken_and_this_is_said(asked: list[Event], said: str) -> None:
    last = asked.pop() if isinstance(asked[-1], Sent) else Sent()
    before, _ = state_after(asked)
    after, effects = step(FILES, before, last, now=NOW, draw=bytes(32))
    assert said_in(effects) == [said]
    assert Ask() in effects
    assert not [e for e in effects if isinstance(e, (Keep, Fetch, Drop))]
    assert (after.files, after.answered) == (before.files, before.answered)


@pytest.mark.parametrize("question", [STORY, PHRASE])
def test_a_file_after_words_in_doubt_does_what_words_would(question: Key) -> None:
    asked: list[Event] = [*OPENED]
    if question == PHRASE:
        asked.append(Said(text="/skip"))
    asked.append(Said(text="passport E12345678"))
    state, effects = state_after([*asked, Sent()])
    dropped = [e for e in effects if isinstance(e, Drop)]
    if question == STORY:
        assert said_in(effects) == ["number-kept"]
        assert (dropped, state.answered[STORY]) == ([], 2)
    else:
        assert dropped == [Drop(key=PHRASE, part=0)]
        assert (state.answered[PHRASE], state.at) == (1, MORE)


def test_that_a_file_is_kept_disturbs_nothing() -> None:
    before, _ = state_after([*OPENED, Sent(), Said(text="/done")])
    kept = Fetched(key=STORY, part=0, number=1, hash="3fa2 91bc")
    after, effects = step(FILES, before, kept, now=NOW, draw=bytes(32))
    assert after == before  # the buttons that the person sees go on to hold
    assert effects == (Say(id="file-kept", args={"number": "1", "hash": "3fa2 91bc"}),)
    for other in (
        replace(kept, number=2),
        replace(kept, part=1),
        replace(kept, key=PHRASE),
    ):
        assert step(FILES, before, other, now=NOW, draw=bytes(32)) == (before, ())


def lose(state: State, key: Key, part: int, number: int) -> tuple[State, tuple[Effect, ...]]:
    lost = Fetched(key=key, part=part, number=number, refused="file-lost")
    return step(FILES, state, lost, now=NOW, draw=bytes(32))


def test_a_lost_file_is_no_answer() -> None:
    before, _ = state_after([*OPENED, Sent(), Said(text="/done")])
    after, effects = lose(before, STORY, 0, 1)
    assert effects[:2] == (Say(id="file-lost", args={"number": "1"}), Ask())
    assert after.revision == before.revision + 1
    assert (after.files, after.lost) == ((), ())
    here = Standing(FILES, after, NOW)
    assert not here.enough()
    assert here.kept() == ((("ok", 0), 0),)
    assert STORY in here.changeable()
    after, effects = step(FILES, after, Said(text="/send"), now=NOW, draw=bytes(32))
    after, effects = step(FILES, after, Said(text="/send"), now=NOW, draw=bytes(32))
    assert said_in(effects) == ["not-enough"]


def test_a_lost_file_between_others_leaves_a_gap_that_nothing_fills() -> None:
    state, _ = state_after([*OPENED, Said(text="one"), Sent(), Said(text="three")])
    state, _ = lose(state, STORY, 1, 1)
    assert (state.answered[STORY], state.lost) == (3, (("story", 0, 1),))
    assert Standing(FILES, state, NOW).kept() == ((("ok", 0), 0), (STORY, 0), (STORY, 2))
    state, effects = step(FILES, state, Sent(), now=NOW, draw=bytes(32))
    assert effects[0] == Fetch(key=STORY, part=3, sequence=state.sequence, number=2)
    state, _ = lose(state, STORY, 3, 2)
    assert (state.answered[STORY], state.lost) == (3, (("story", 0, 1),))
    for words in ("/done", "/back", "anew"):
        state, effects = step(FILES, state, Said(text=words), now=NOW, draw=bytes(32))
    assert [e.part for e in effects if isinstance(e, Drop)] == [0, 2]
    assert (state.answered[STORY], state.lost) == (1, ())


def test_a_lost_file_is_asked_for_again_where_the_person_still_is_and_not_in_a_pause() -> None:
    state, _ = state_after([*OPENED, Sent()])
    here, effects = lose(state, STORY, 0, 1)
    assert (here.at, STORY in here.answered) == (STORY, False)
    assert Ask() in effects
    paused, _ = step(FILES, state, Said(text="/pause"), now=NOW, draw=bytes(32))
    after, effects = lose(paused, STORY, 0, 1)
    assert (after.mode, effects) == (Mode.PAUSED, (Say(id="file-lost", args={"number": "1"}),))


def test_what_is_sent_says_which_of_it_are_files() -> None:
    asked = [*OPENED, Said(text="words"), Sent(), Said(text="/send"), Said(text="/send")]
    state, effects = state_after(asked)
    (send,) = [e for e in effects if isinstance(e, Send)]
    assert send.kept == ((("ok", 0), 0), (STORY, 0), (STORY, 1))
    assert send.files == {(STORY, 1)}
    assert (state.mode, state.files, state.filed) == (Mode.OVER, (), 0)


def test_a_question_takes_only_so_many_files() -> None:
    state, effects = state_after([*OPENED, *[Sent()] * (MOST_PARTS + 1)])
    assert said_in(effects) == ["too-many"]
    assert (len(state.files), state.filed) == (MOST_PARTS, MOST_PARTS)


def test_words_at_a_question_for_files_are_kept_and_commands_are_commands() -> None:
    there: list[Event] = [*OPENED, Said(text="/skip"), Said(text="/skip")]
    state, effects = state_after([*there, Said(text="a link: example.org/x")])
    assert [e.key for e in effects if isinstance(e, Keep)] == [MORE]
    state, effects = state_after([*there, Said(text="/skip")])
    assert (state.at, state.answered[MORE]) == (("which", 0), 0)


# --- case codes ----------------------------------------------------------------------------------

SENT = Proved(proof=Proof.SENT, case=b"c" * 16, sequence=7)
WRONG, DRAFT = Proved(proof=Proof.WRONG), Proved(proof=Proof.DRAFT)
TWO = replace(PLAIN, languages=("en", "ug"), autonyms={"en": "en", "ug": "ug"})


@given(forms(), events, st.lists(st.sampled_from(["/done", "/stop", "done", "/pause"]), min_size=1))
def test_what_is_added_goes_to_the_case_and_never_to_a_draft(
    form: Form, asked: list[Event], ends: list[str]
) -> None:
    numbers: dict[bytes, int] = {}
    for before, event, state, effects in walk(form, [SENT, *asked, *map_said(ends)]):
        assert not (state.adds and (state.case or state.key or state.consented))
        assert (state.mode in {Mode.ADDING, Mode.CONTACT}) <= bool(state.adds)
        if isinstance(event, Proved) and state.adds:
            numbers[state.adds] = state.sequence
        for effect in effects:
            if isinstance(effect, (Keep, Fetch)) and effect.key == (ADDED, 0):
                sends = before.mode is Mode.DELETING and isinstance(event, Sent)
                assert sends or before.mode in {Mode.ADDING, Mode.CONTACT}
                assert effect.sequence == numbers[before.adds] + 1
                assert effect.part == before.answered.get((ADDED, 0), 0)
                numbers[before.adds] += 1
            if before.adds:
                assert not isinstance(effect, (Send, Code, Drop, Wipe)) or event_wipes(event)


def map_said(texts: Sequence[str]) -> list[Event]:
    return [Said(text=text) for text in texts]


def event_wipes(event: Event) -> bool:
    return event in {Said(text="/wipe"), Said(text="wipe")} or (
        isinstance(event, Chose) and event.pick == "wipe"
    )


def test_adding_from_nothing_asks_for_a_language_first() -> None:
    state, effects = state_after([SENT], TWO)
    assert (state.mode, state.adds, effects[-2]) == (Mode.LANGUAGE, b"c" * 16, Ask())
    state, effects = state_after([SENT, Said(text="ug")], TWO)
    assert (state.mode, state.language, effects[0]) == (Mode.ADDING, "ug", Ask())
    state, effects = state_after([SENT, Said(text="ug"), Said(text="more"), Sent()], TWO)
    assert effects[0] == Fetch(key=(ADDED, 0), part=1, sequence=9, number=1)
    state, effects = state_after([SENT, Said(text="ug"), Said(text="stop")], TWO)
    assert (state.mode, effects) == (Mode.OVER, (Say(id="end"), Forget()))


@given(forms(), events, st.lists(st.sampled_from(["/done", "1", "/yes", "no", "words", "/back"])))
def test_only_a_yes_to_the_question_keeps_an_address_and_it_is_asked_once(
    form: Form, asked: list[Event], ends: list[str]
) -> None:
    offered: set[bytes] = set()
    for before, event, state, effects in walk(form, [SENT, *map_said(ends), *asked, SENT]):
        if isinstance(event, Proved):
            offered.discard(event.case)
        if state.mode is Mode.CONTACT and before.mode is Mode.ADDING:
            assert isinstance(event, (Said, Chose))
            assert state.adds not in offered
            offered.add(state.adds)
        kept = [one for one in effects if isinstance(one, KeepWay)]
        if kept:
            assert kept == [KeepWay(case=before.adds)]
            assert (before.mode, state.mode) == (Mode.CONTACT, Mode.OVER)
            assert event in {Said(text=word) for word in ("1", "/yes", "yes")} or (
                isinstance(event, Chose) and event.pick in {"0", "yes"}
            )


ASKED: list[Event] = [SENT, Said(text="words"), Said(text="/done")]


@pytest.mark.parametrize("word", ["/stop", "/pause", "no", "2", "/done", "/send"])
def test_whatever_ends_it_but_a_yes_keeps_no_address(word: str) -> None:
    state, effects = state_after([*ASKED, Said(text=word)])
    assert (state.mode, effects) == (Mode.OVER, (Say(id="end"), Forget()))
    asked, _ = state_after(ASKED)
    idle = Rang(name="idle", revision=asked.revision)
    after, effects = step(FILES, asked, idle, now=NOW, draw=bytes(32))
    assert (after.mode, effects) == (Mode.OVER, (Say(id="end"), Forget()))


def test_whoever_goes_on_at_the_question_loses_nothing_and_is_not_asked_again() -> None:
    state, effects = state_after([*ASKED, Said(text="one thing more")])
    assert (state.mode, [type(one) for one in effects[:1]]) == (Mode.ADDING, [Keep])
    state, effects = state_after([*ASKED, Sent()])
    assert (state.mode, [type(one) for one in effects[:1]]) == (Mode.ADDING, [Fetch])
    state, effects = state_after([*ASKED, Sent(), Said(text="/done")])
    assert (state.mode, effects) == (Mode.OVER, (Say(id="end"), Forget()))


@pytest.mark.parametrize("detour", [("/language", "ug"), ("/delete", "no"), ("/help",)])
def test_a_detour_leads_back_to_the_question(detour: tuple[str, ...]) -> None:
    begun: list[Event] = [SENT, Said(text="ug"), Said(text="/done"), *map_said(detour)]
    state, _ = state_after(begun, TWO)
    assert state.mode is Mode.CONTACT
    state, effects = state_after([*begun, Said(text="/yes")], TWO)
    assert effects[0] == KeepWay(case=SENT.case)


def test_in_a_reply_window_it_is_not_asked() -> None:
    adding, _ = state_after([SENT])
    open_window = replace(adding, window=True)
    after, effects = step(FILES, open_window, Said(text="/done"), now=NOW, draw=bytes(32))
    assert (after.mode, effects) == (Mode.OVER, (Say(id="end"), Forget()))


@pytest.mark.parametrize("number", [1, 9])
def test_what_became_of_an_added_file_is_said_whenever_it_was_sent(number: int) -> None:
    before, _ = state_after([SENT, Sent()])
    came = Fetched(key=(ADDED, 0), part=3, number=number, hash="3fa2 91bc")
    for event, said in ((came, "file-kept"), (replace(came, refused="file-lost"), "file-lost")):
        after, effects = step(FILES, before, event, now=NOW, draw=bytes(32))
        assert (after, said_in(effects), len(effects)) == (before, [said], 1)


def test_adding_ends_by_itself_after_half_an_hour() -> None:
    state, _ = state_after([SENT, Said(text="words")])
    for late in (Rang(name="idle", revision=-1), Rang(name="x", revision=state.revision)):
        assert step(FILES, state, late, now=NOW, draw=bytes(32))[1] == ()
    idle = Rang(name="idle", revision=state.revision)
    after, effects = step(FILES, state, idle, now=NOW, draw=bytes(32))
    assert (after.mode, effects) == (Mode.OVER, (Say(id="end"), Forget()))


def test_a_code_goes_on_from_the_first_questions_and_not_from_a_draft() -> None:
    early, _ = state_after([Said(text="/start")])
    after, effects = step(FILES, early, SENT, now=NOW, draw=bytes(32))
    assert (after.mode, after.adds, after.answered) == (Mode.ADDING, SENT.case, {})
    draft, _ = state_after([*OPENED, Said(text="words")])
    after, effects = step(FILES, draft, SENT, now=NOW, draw=bytes(32))
    assert (said_in(effects), after.adds, after.case) == (["code-first"], b"", draft.case)


@pytest.mark.parametrize("words", ["/pause", "stop", "/done"])
def test_a_draft_that_was_moved_goes_on_where_it_was(words: str) -> None:
    draft, _ = state_after([*OPENED, Said(text="words"), Said(text=words)])
    after, effects = step(FILES, draft, DRAFT, now=NOW, draw=bytes(32))
    assert effects[:2] == (Say(id="moved"), Ask())
    assert after.mode is Mode.ASKING
    assert (after.case, after.answered) == (draft.case, draft.answered)


def test_a_wrong_code_is_told_and_changes_nothing() -> None:
    for place in (begin(FILES), state_after([*OPENED, Said(text="/stop")])[0]):
        after, effects = step(FILES, place, WRONG, now=NOW, draw=bytes(32))
        assert (after.mode, effects) == (Mode.OVER, (Say(id="code-wrong"),))
    early, _ = state_after([Said(text="/start")])
    after, effects = step(FILES, early, WRONG, now=NOW, draw=bytes(32))
    assert effects[:2] == (Say(id="code-wrong"), Ask())
    assert replace(after, revision=0) == replace(early, revision=0)


def test_how_a_code_is_given_is_said_everywhere() -> None:
    code = Said(text="/code")
    cases: list[tuple[list[Event], str]] = [
        ([], "code-how"),
        ([Said(text="/start")], "code-how"),
        ([SENT], "code-how"),
        (OPENED, "code-first"),
        ([*OPENED, Said(text="/pause")], "code-first"),
    ]
    for asked, said in cases:
        assert said_in(state_after([*asked, code])[1]) == [said]
