"""What a person gets to read: prompts, removals, alerts and profiles, in each language."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.content import Content, consent_texts
from bot.engine.events import (
    Ask,
    Began,
    Chose,
    Effect,
    Event,
    Fetched,
    Forget,
    Proof,
    Proved,
    Rang,
    Said,
    Sent,
    Wipe,
)
from bot.engine.machine import begin, step
from bot.engine.state import Mode, State
from bot.ports import Message
from bot.profile import SHOWN
from bot.prompts import Speaker
from bot.texts import Texts
from bot.texts.scripts import strip_isolates
from tests.line_made import LANGUAGES, content_of, settings

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FACTS = {
    "contact": "+81 3 0000 0000",
    "handles": "@garden",
    "team": "3",
    "hours": "24",
    "alert_hours": "5",
    "retention": "24",
    "lifetime": "40",
    "most": "8000",
    "largest": "20",
}
YES, NO, FIRST = (Said(text=word) for word in ("yes", "no", "1"))
CONSENT: list[Event] = [Said(text="/start"), Said(text="en"), YES, NO, YES]
ENDS: dict[str, tuple[list[Event], str]] = {
    "later": ([*CONSENT[:2], Said(text="later")], "q-LATER"),
    "no consent": ([*CONSENT[:4], NO], "q-NOCONSENT"),
    "stopped here": (
        [*CONSENT[:3], Said(text="4"), Said(text="/skip"), Said(text="stop here")],
        "q-D3E",
    ),
    "sent": (
        [*CONSENT, Said(text="/skip"), Said(text="words"), Said(text="/send"), Said(text="/send")],
        "end",
    ),
}


@pytest.fixture(scope="module")
def content() -> Content:
    return content_of(settings(), Path())


def speaker(content: Content, *, alerts: bool = False, org: str = "Garden Desk") -> Speaker:
    return Speaker(
        form=content.form,
        texts=content.texts,
        facts={**FACTS, "org": org},
        helplines=content.helplines,
        alerts=alerts,
    )


def walk(
    content: Content, events: Sequence[Event], state: State | None = None
) -> tuple[State, State, tuple[Effect, ...]]:
    """Go through events; return the state before the last, the state after, and its effects."""
    before = after = state or begin(content.form)
    effects: tuple[Effect, ...] = ()
    for number, event in enumerate(events):
        before = after
        after, effects = step(content.form, before, event, now=NOW, draw=bytes([number]) * 32)
    return before, after, effects


def heard(
    content: Content, events: Sequence[Event], *, removes: bool = True, channel: str = "telegram"
) -> list[Message]:
    before, after, effects = walk(content, events)
    return speaker(content).messages(
        before, after, effects, channel=channel, now=NOW, removes=removes
    )


def plain(text: str) -> str:
    return strip_isolates(text)


# --- prompts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "events",
    [
        CONSENT[:1],
        CONSENT[:2],
        [*CONSENT[:2], Said(text="?")],
        [*CONSENT, Said(text="/skip"), Said(text="words")],
        [*CONSENT, Said(text="/skip"), Said(text="E12345678")],
        [*CONSENT, Said(text="/skip"), Said(text="words"), Said(text="/send")],
        [*CONSENT, Said(text="/skip"), Said(text="/change")],
        [*CONSENT, Said(text="stop")],
    ],
)
def test_what_asks_is_a_prompt_and_nothing_else_is(content: Content, events: list[Event]) -> None:
    _, _, effects = walk(content, events)
    said = heard(content, events)
    assert isinstance([e for e in effects if isinstance(e, Ask)][-1], Ask)
    assert [message.prompt for message in said] == [False] * (len(said) - 1) + [True]


# --- what leaves the chat ------------------------------------------------------------------------


def test_stopping_removes_the_chat_where_a_channel_can(content: Content) -> None:
    (said,) = heard(content, [*CONSENT, Said(text="/stop")])
    assert (said.id, said.wipe, said.actions, said.prompt) == ("stopped", True, (), False)
    assert plain(said.text) == "Deleted. Nothing was kept."
    assert "asked Telegram to remove" in plain(said.removed)
    assert "some could not be removed" in plain(said.not_removed)


def test_an_expired_draft_removes_the_chat_where_a_channel_can(content: Content) -> None:
    (said,) = heard(content, [*CONSENT, Rang(name="expiry", revision=0)])
    assert (said.id, said.wipe) == ("expired", True)


def test_where_nothing_can_be_removed_only_words_are_said(content: Content) -> None:
    (stopped,) = heard(content, [*CONSENT, Said(text="/stop")], removes=False)
    assert (stopped.id, stopped.wipe, stopped.removed) == ("stopped", False, "")
    (wiped,) = heard(content, [Said(text="/wipe")], removes=False)
    assert (wiped.id, wiped.wipe) == ("no-wipe", False)
    assert "delete the whole chat yourself" in wiped.text


def test_a_wipe_alone_has_no_other_words(content: Content) -> None:
    wiped, question = heard(content, [*CONSENT, Said(text="/wipe")])
    assert (wiped.id, wiped.wipe, wiped.text) == ("wiped", True, "")
    assert (question.id, question.prompt, question.wipe) == ("q-C2", True, False)


@pytest.mark.parametrize("name", ENDS)
def test_every_other_end_offers_to_clear_the_chat(content: Content, name: str) -> None:
    events, last = ENDS[name]
    before, after, effects = walk(content, events)
    assert Forget() in effects
    assert not [e for e in effects if isinstance(e, Wipe)]
    *others, end = heard(content, events)
    assert end.id == last
    assert [(o.label, o.pick) for o in end.actions] == [("Clear this chat", "wipe")]
    assert not any(message.actions or message.wipe for message in others)
    assert not any(message.actions for message in heard(content, events, removes=False))
    # The button finds the conversation over, and its chat's row gone.
    press = Chose(revision=before.revision, pick=end.actions[0].pick)
    for place in (after, begin(content.form)):
        over, effects = step(content.form, place, press, now=NOW, draw=bytes(32))
        assert (over.mode, effects) == (Mode.OVER, (Wipe(),))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_kept_answer_is_told_to_have_been_asked_away(content: Content, language: str) -> None:
    asked, failed = map(plain, speaker(content).vanished(language, "telegram"))
    assert "Telegram" in asked
    assert asked != failed
    of_signal, _ = map(plain, speaker(content).vanished(language, "signal"))
    assert of_signal == asked.replace("Telegram", "Signal")
    elsewhere, _ = map(plain, speaker(content).vanished(language, "test"))
    app = content.texts.render(language, "this-app")
    assert elsewhere == asked.replace("Telegram", app)


# --- languages -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hint", "language"),
    [("ja", "ja"), ("zh-hans", "zh-Hans"), ("ug", "ug"), ("ja-JP", "ja"), ("", "en"), ("xx", "en")],
)
def test_the_apps_language_is_spoken_until_one_is_chosen(
    content: Content, hint: str, language: str
) -> None:
    before, after, effects = walk(content, [Said(text="/verify")])
    (said,) = speaker(content).messages(
        before, after, effects, channel="telegram", now=NOW, hint=hint
    )
    assert said.language == language
    chosen = replace(after, language="ug")
    assert speaker(content).language(after, chosen, hint=hint) == "ug"


@pytest.mark.parametrize("name", ["trouble", "wait", "resting"])
def test_what_is_said_without_a_step_is_one_message(content: Content, name: str) -> None:
    said = speaker(content).simple("ja", name, begin(content.form))
    assert (said.id, said.language, said.prompt) == (name, "ja", False)


# --- alerts --------------------------------------------------------------------------------------

DANGER = [Said(text="/start"), Said(text="en"), YES, Said(text="2"), Said(text="Japan")]


def asked(content: Content, *, alerts: bool, texts: Texts | None = None) -> Message:
    before, after, effects = walk(content, DANGER)
    speaks = speaker(replace(content, texts=texts or content.texts), alerts=alerts)
    return speaks.messages(before, after, effects, channel="telegram", now=NOW)[-1]


def test_who_may_be_told_of_alerts_is_told_who_reads_them_when(content: Content) -> None:
    told, untold = asked(content, alerts=True), asked(content, alerts=False)
    assert told.id == untold.id == "q-D2"
    assert "within 5 hours" in plain(told.text)
    assert "No alarm goes out" in plain(untold.text)
    assert (told.options, told.actions) == (untold.options, untold.actions)


def test_a_question_that_raises_no_alert_keeps_its_words(content: Content) -> None:
    """An own form may call another question D2: it is not to be asked for consent there."""
    quiet = {**content.form.by_name, "D2": replace(content.form.by_name["D2"], alert="")}
    other = replace(content, form=replace(content.form, by_name=quiet))
    assert "No alarm goes out" in plain(asked(other, alerts=True).text)


def test_a_language_without_such_a_text_keeps_its_question(content: Content) -> None:
    without = {"en": {"q.ftl": "q-D2 = May we?\nc-yes_no-yes = Yes\nc-yes_no-no = No\n"}}
    lines = "".join(
        f"{name} = x\n" for name in ("lines-none", "button-skip", "button-pause", "button-stop")
    )
    more = "answer-one = x\nbutton-back = x\nbutton-why = x\nc-country-JP = x\nq-DHELD = x\n"
    texts = Texts(without, {"en": {"line.ftl": lines + more}})
    assert asked(content, alerts=True, texts=texts).text == "May we?"


def test_consent_covers_what_is_told_where_alerts_are_read(content: Content) -> None:
    for tag in LANGUAGES:
        names = consent_texts(content.form, content.texts, tag)
        assert {"q-D2", "q-D2-alert"} <= set(names)
    own = Texts(
        {"en": {"f.ftl": "q-A = x\nq-A-alert = y\nq-B-alert = z\n"}}, safety=["q-A"]
    ).catalogue("en")
    assert own.safety_names == {"q-A", "q-A-alert"}


# --- profiles ------------------------------------------------------------------------------------

#: What Telegram takes (facts: channels): a description, a short one, a command and what it does.
LONGEST_NAME, ABOUT, SHORT, COMMAND, DOES = 64, 512, 120, 32, 256
#: Words that would tell a bystander what the line is for.
TOPIC = ("report", "police", "threat", "danger", "foreign", "harass", "case", "authorit", "repress")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_profile_fits_and_has_every_command_that_is_shown(
    content: Content, language: str
) -> None:
    shown = speaker(content, org="W" * LONGEST_NAME).profile(language)
    assert (shown.language, shown.name) == (language, "W" * LONGEST_NAME)
    assert 0 < len(shown.about.encode("utf-16-le")) // 2 <= ABOUT
    assert 0 < len(shown.short.encode("utf-16-le")) // 2 <= SHORT
    assert shown.group
    assert [name for name, _ in shown.commands] == [command.value for command in SHOWN]
    for name, does in shown.commands:
        assert len(name) <= COMMAND
        assert 0 < len(does) <= DOES


def test_a_profile_tells_a_bystander_nothing(content: Content) -> None:
    shown = speaker(content).profile("en")
    words = " ".join([shown.about, shown.short, *(does for _, does in shown.commands)]).lower()
    assert not [word for word in TOPIC if word in words]


# --- the start link -----------------------------------------------------------------------------


def test_no_message_shows_a_start_link(content: Content) -> None:
    look: Callable[[Message], str] = repr
    for events in ([], CONSENT[1:], [*CONSENT[1:], Said(text="/stop")]):
        said = heard(content, [Began(payload="Link-7"), *events])
        assert said
        assert not [m for m in said if "Link-7" in m.text + m.removed + m.how + look(m)]


# --- files, codes, and chats of other apps -------------------------------------------------------


STORY = [*CONSENT, Said(text="/skip")]  # where what happened is asked for


def test_the_first_message_of_a_conversation_says_that_it_is_one(content: Content) -> None:
    for events in (CONSENT[:1], [Said(text="/help")], [*STORY, Said(text="/stop"), YES]):
        first, *rest = heard(content, events)
        assert first.begins
        assert not any(message.begins for message in rest)
    for events in ([Said(text="/verify")], CONSENT[:2], CONSENT, [*STORY, Said(text="/stop")]):
        assert not any(message.begins for message in heard(content, events))


def test_a_draft_that_was_moved_begins_a_chat(content: Content) -> None:
    (moved, question) = heard(content, [*STORY, Proved(proof=Proof.DRAFT)])
    assert (moved.id, moved.begins, question.id, question.begins) == ("moved", True, "q-A1", False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_our_own_messages_are_said_to_leave_where_only_these_can(
    content: Content, language: str
) -> None:
    before, after, effects = walk(content, [*CONSENT, Said(text="/stop")])
    spoken = (replace(before, language=language), replace(after, language=language))
    (both,), (ours,) = (
        speaker(content).messages(
            *spoken, effects, channel="signal", now=NOW, removes=True, vanishes=vanishes
        )
        for vanishes in (True, False)
    )
    assert (ours.id, ours.wipe, ours.text) == (both.id, True, both.text)
    render = content.texts.render
    assert ours.removed == render(language, "wiped-ours", app="Signal") != both.removed
    assert ours.not_removed == render(language, "not-wiped-ours", app="Signal")
    assert both.not_removed == render(language, "not-wiped", app="Signal")


@pytest.mark.parametrize(("channel", "days"), [("signal", 7), ("telegram", 0), ("test", 0)])
def test_who_is_in_an_app_with_a_timer_is_told_of_it_once(
    content: Content, channel: str, days: int
) -> None:
    before, after, effects = walk(content, CONSENT[:2])
    speaks = replace(speaker(content), timers={"signal": 7, "telegram": 0})
    said = speaks.messages(before, after, effects, channel=channel, now=NOW)
    told = [plain(message.text) for message in said if message.id == "timer"]
    assert [f"after {days} days" in text for text in told] == [True] * bool(days)
    before, after, effects = walk(content, CONSENT[:3])
    later = speaks.messages(before, after, effects, channel=channel, now=NOW)
    assert "timer" not in [message.id for message in later]


def test_how_large_a_file_may_be_is_said_of_the_channel(content: Content) -> None:
    speaks = replace(speaker(content), largest={"signal": 95})
    before, after, effects = walk(content, [*STORY, Sent(refused="file-too-large")])
    asks = replace(after, at=("G1F", 0))
    for channel, megabytes in (("signal", 95), ("telegram", 20), ("signal", 95)):
        told, _ = speaks.messages(before, after, effects, channel=channel, now=NOW)
        assert f"we can take {megabytes} MB" in plain(told.text)
        (asked,) = speaks.messages(before, asks, (Ask(),), channel=channel, now=NOW)
        assert f"at most {megabytes} MB" in plain(asked.text)


def test_whether_programs_may_come_is_said_as_it_is_in_each_app(content: Content) -> None:
    speaks = replace(speaker(content), programs=frozenset({"signal"}))
    before, after, _ = walk(content, STORY)
    asks = replace(after, at=("G1F", 0))
    for language in content.form.languages:
        asks = replace(asks, language=language)
        for channel, name in (("signal", "files-programs"), ("telegram", "files-no-programs")):
            (asked,) = speaks.messages(before, asks, (Ask(),), channel=channel, now=NOW)
            names = ("files-programs", "files-no-programs")
            texts = {one: speaks.render(language, one) for one in names}
            assert [one for one, text in texts.items() if text in asked.text] == [name]


def test_a_file_is_not_said_to_be_kept_before_it_is(content: Content) -> None:
    (coming,) = heard(content, [*STORY, Sent(voice=True)])
    assert (coming.id, coming.prompt, coming.how) == ("file-coming", True, "")
    assert "File 1 is on its way" in plain(coming.text)
    assert coming.actions[0].pick == "done"
    kept = Fetched(key=("A1", 0), part=0, number=1, hash="3fa2 91bc")
    (told,) = heard(content, [*STORY, Sent(voice=True), kept])
    assert (told.id, told.prompt, told.actions) == ("file-kept", False, ())
    assert "3fa2 91bc" in plain(told.text)


def test_the_review_counts_files_where_there_are_any(content: Content) -> None:
    (none,) = heard(content, [*STORY, Said(text="words"), Said(text="/send")])
    assert none.id == "review"
    (some,) = heard(content, [*STORY, Sent(), Sent(), Said(text="/send")])
    assert some.id == "review-files"
    assert "answered: 4. Files that go with it: 2." in plain(some.text)
    lost = Fetched(key=("A1", 0), part=0, number=1, refused="file-lost")
    said, again = heard(content, [*STORY, Sent(), Sent(), Said(text="/send"), lost])
    assert (said.id, again.id) == ("file-lost", "review-files")
    assert "Files that go with it: 1." in plain(again.text)


def test_files_of_answers_that_do_not_fit_any_more_are_not_counted(content: Content) -> None:
    _, state, _ = walk(content, [*STORY, Said(text="words"), Said(text="/send")])
    aside = replace(
        state,
        answered={**state.answered, ("G1F", 0): 1},
        files=(("G1F", 0, 0),),
        numbers=(1,),
        filed=1,
    )
    (said,) = speaker(content).messages(aside, aside, (Ask(),), channel="test", now=NOW)
    assert said.id == "review-aside"
    both = replace(
        aside,
        answered={**aside.answered, ("A1", 0): 2},
        files=(*aside.files, ("A1", 0, 1)),
        numbers=(1, 2),
    )
    (said,) = speaker(content).messages(both, both, (Ask(),), channel="test", now=NOW)
    assert said.id == "review-aside-files"
    assert "Files that go with it: 1. Answers that no longer fit" in plain(said.text)


def test_whoever_adds_is_shown_nothing_of_the_case(content: Content) -> None:
    proved = Proved(proof=Proof.SENT, case=b"c" * 16, sequence=3)
    (adding,) = heard(content, [proved, Said(text="en")])[-1:]
    assert (adding.id, adding.prompt, adding.options) == ("adding", True, ())
    assert [action.pick for action in adding.actions] == ["done", "status", "delete"]
    (added,) = heard(content, [proved, Said(text="en"), Said(text="more")])
    assert (added.id, added.how) == ("added", "")
    done: list[Event] = [proved, Said(text="en"), Said(text="more"), Said(text="/done")]
    (here,) = heard(content, done)
    assert (here.id, [option.number for option in here.options]) == ("contact-here", [1, 2])
    (end,) = heard(content, [*done, Said(text="no")])
    assert (end.id, [action.pick for action in end.actions]) == ("end", ["wipe"])
