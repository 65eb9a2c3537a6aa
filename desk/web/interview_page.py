"""An interview on the page: begin one, one question at a time, look it all over, hand it in.

Rules of this file: requests to what `desk.interviewing` and `desk.interviews` do, the same as
the command does. An answer is kept before the next question is shown; going back, or to another
question, loses nothing that could be read. Without consent nothing is kept, and what was is gone.
"""

from dataclasses import dataclass, field

from bot.engine.events import Key
from bot.texts.languages import LANGUAGES
from desk import interviews, phrases
from desk.errors import AnotherForm, NoSuchInterview
from desk.form_labels import languages, of_line
from desk.interviewing import Asking, Interview, Place
from desk.language_names import NAMES
from desk.web import questions
from desk.web.asking import Answer, Asked, Elsewhere, Page
from desk.web.desktop import Desktop
from desk.web.gate import MOST_FILE
from desk.web.questions import Speaking

LIST = "interview"
BACK, SKIP, WITHDRAW = "back", "skip", "withdraw"
NOTHING = "Without consent nothing is kept. Nothing was."
GONE = "The interview is thrown away."
HANDED = "Case {}. It waits here, sealed, and goes to the team {}."
#: Told where an answer is kept while it is written.
NOTED, NOT_NOTED = "Kept, sealed to you.", "Not kept yet. {}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Talk:
    """An interview that is open on the page."""

    name: str
    asking: Asking
    speaking: Speaking = field(repr=False)


# --- beginning, and what is not finished -------------------------------------------------------


def show(desktop: Desktop, asked: Asked) -> Answer:
    """Show what is not finished, and how one begins.

    Raises:
        NoRight, NotOnStaff, LineError: the person may not, today.
        AnotherForm: the line asks another form than is here.
    """
    desktop.look(asked.today)
    _check(desktop)
    known = [(tag, NAMES[tag]) for tag in LANGUAGES if tag in NAMES]
    offered = set(languages()) & {*desktop.reader.line.consent, desktop.language}
    return Page(
        template="interviews.html",
        values={
            "unfinished": desktop.talks.unfinished(),
            "asked_in": [one for one in known if one[0] in offered],
            "others": [one for one in known if one[0] not in offered],
            "every": known,
        },
    )


def begin(desktop: Desktop, asked: Asked) -> Answer:
    """Begin an interview, which nothing is kept of yet.

    Raises:
        NoRight, NotOnStaff, LineError, AnotherForm: as above.
    """
    _check(desktop)
    said = (asked.said(name) for name in ("language", "written"))
    language, written = (tag if tag in LANGUAGES else "" for tag in said)
    form = of_line(desktop.language, desktop.reader.line).form
    made = interviews.begin(form, language or desktop.language, asked.today, written)
    return Elsewhere(place=f"{LIST}/{desktop.talks.begin(made)}")


def _check(desktop: Desktop) -> None:
    line = desktop.reader.line
    desktop.book.desk.check("act")
    form = of_line(desktop.language, line).form
    if not interviews.is_pinned(form, line):
        raise AnotherForm(form.id)


def forget(desktop: Desktop, asked: Asked) -> Answer:
    """Throw an interview away."""
    desktop.talks.forget(asked.path["talk"])
    return Elsewhere(place=LIST, says=GONE)


# --- one question ------------------------------------------------------------------------------


def go_on(desktop: Desktop, asked: Asked) -> Answer:
    """Go to the first question that is open, or to the end."""
    talk = talk_of(desktop, asked)
    return Elsewhere(place=_onward(talk.name, talk.asking))


def ask(desktop: Desktop, asked: Asked) -> Answer:
    """Show one question."""
    talk = talk_of(desktop, asked)
    place = talk.asking.place(key_of(asked))
    return go_on(desktop, asked) if place is None else _page(desktop, talk, place)


def answer(desktop: Desktop, asked: Asked) -> Answer:
    """Take the answer to a question, or that it is skipped, and go on; or say why it is none."""
    talk, key, button = talk_of(desktop, asked), key_of(asked), asked.said("do")
    place = talk.asking.place(key)
    if place is None:
        return go_on(desktop, asked)
    after = _after(talk, place, asked)
    if button == BACK:
        return _back(desktop, talk, place, after)
    if isinstance(after, str):
        return _page(desktop, talk, place, told=asked, trouble=_refusal(talk, place, after))
    now = Asking(form=talk.asking.form, interview=after)
    if now.refused and button != WITHDRAW and len(after.answers) > 1:
        return _page(desktop, talk, place, told=asked, withdrawing=True)
    desktop.talks.settle(now)
    if now.refused:
        return Elsewhere(place=LIST, says=NOTHING)
    return Elsewhere(place=_onward(talk.name, now))


def note(desktop: Desktop, asked: Asked) -> Answer:
    """Keep what is written of an answer so far, unless it was answered since."""
    talk, key = talk_of(desktop, asked), key_of(asked)
    place = talk.asking.place(key)
    if place is None or not talk.asking.consented:
        return Page(template="nothing.html")
    if asked.said("turn") != desktop.talks.turn(talk.name):
        return Page(template="nothing.html")
    after = _after(talk, place, asked) if asked.said("text") else talk.asking.reopen(key)
    if isinstance(after, str):
        says = NOT_NOTED.format(phrases.not_taken(after))
        return Page(template="noted.html", values={"says": says})
    desktop.talks.note(Asking(form=talk.asking.form, interview=after))
    return Page(template="noted.html", values={"says": NOTED})


def _after(talk: Talk, place: Place, asked: Asked) -> Interview | str:
    """Return the interview with what a form says of a question; or why it cannot be."""
    if asked.said("do") == SKIP:
        return talk.asking.answer(place.asked.key, ())
    values = questions.given(talk.asking, place.asked, asked)
    return values if isinstance(values, str) else talk.asking.answer(place.asked.key, values)


def _back(desktop: Desktop, talk: Talk, place: Place, after: Interview | str) -> Answer:
    """Go to the question before; what was written here stays if it is an answer."""
    now = talk.asking if isinstance(after, str) else Asking(form=talk.asking.form, interview=after)
    if now.interview.answers.get(place.asked.key) and not now.refused:
        desktop.talks.settle(now)
    if place.before is None:
        return Elsewhere(place=LIST)
    return Elsewhere(place=questions.address(talk.name, place.before))


def _refusal(talk: Talk, place: Place, reason: str) -> str:
    """Return why an answer is not taken, in the form's own words where it has some."""
    own = talk.speaking.ours.beside(place.asked.question.name, "error")
    return own if own and reason == "wrong-constraint" else phrases.not_taken(reason)


def _page(
    desktop: Desktop,
    talk: Talk,
    place: Place,
    *,
    told: Asked | None = None,
    trouble: str = "",
    withdrawing: bool = False,
) -> Page:
    return Page(
        template="interview.html",
        values={
            **_common(talk),
            "drawn": questions.drawn(talk.speaking, place, told),
            "action": questions.address(talk.name, place.asked.key),
            "sections": questions.rows(talk.speaking, talk.asking, talk.name, place.asked.key),
            "turn": desktop.talks.turn(talk.name),
            "trouble": trouble,
            "withdrawing": withdrawing,
            "first": place.before is None,
            "most_file": MOST_FILE,
        },
    )


# --- the end -----------------------------------------------------------------------------------


def review(desktop: Desktop, asked: Asked) -> Answer:
    """Show all that was written down, to be read back."""
    talk = talk_of(desktop, asked)
    sections = questions.rows(talk.speaking, talk.asking, talk.name)
    following = talk.asking.next()
    return Page(
        template="interview_review.html",
        values={
            **_common(talk),
            "sections": sections,
            "ready": talk.asking.ready,
            "doubt": phrases.LONG_NUMBER,
            "open": "" if following is None else questions.address(talk.name, following.asked.key),
        },
    )


def hand_in(desktop: Desktop, asked: Asked) -> Answer:
    """Put an interview into the outbox as a case; a button that is pressed twice does it once.

    Raises:
        NotReady: consent is missing, or there is nothing to hand in.
        NoRight, NotOnStaff, LineError: the person may not, today.
    """
    desktop.look(asked.today)
    try:
        talk = talk_of(desktop, asked)
    except NoSuchInterview:
        return Elsewhere(place=LIST)
    _, number = desktop.talks.kept.hand_in(talk.asking, desktop.book.desk)
    goes = desktop.goes
    return Elsewhere(place=LIST, says=HANDED.format(number, goes))


# --- pieces ------------------------------------------------------------------------------------


def talk_of(desktop: Desktop, asked: Asked) -> Talk:
    """Return the interview that is meant.

    Raises:
        NoSuchInterview: there is none. InterviewDamaged: it does not open.
        AnotherForm: it was begun in another form than the line asks.
    """
    _check(desktop)
    interview, line = desktop.talks.open(asked.path["talk"]), desktop.reader.line
    speaking = Speaking.between(interview, desktop.language, line)
    form = speaking.ours.form
    if interview.form.sha256 != form.sha256:
        raise AnotherForm(interview.form.id)
    asking = Asking(form=form, interview=interview)
    return Talk(name=interview.case.hex(), asking=asking, speaking=speaking)


def _common(talk: Talk) -> dict[str, object]:
    interview = talk.asking.interview
    spoken = talk.speaking.spoken.language
    return {
        "talk": f"{LIST}/{talk.name}",
        "spoken": spoken,
        "spoken_direction": LANGUAGES[spoken].direction,
        "person": interview.language,
        "written": interview.written or interview.language,
        "understood": talk.speaking.understood(interview),
        "consented": talk.asking.consented,
    }


def key_of(asked: Asked) -> Key:
    """Return which question is meant."""
    return asked.path["question"], int(asked.path["repeat"])


def _onward(name: str, asking: Asking) -> str:
    place = asking.next()
    return f"{LIST}/{name}/review" if place is None else questions.address(name, place.asked.key)
