"""An interview as a template shows it, and what a form of the page says of a question.

Rules of this file: values to what is drawn, and fields to values; which questions there are and
which answers fit is decided in `desk.interviewing`. Each text of the form stands in the person's
language, where the line has texts in it, and small beside it in that of the staff.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.engine.answers import looks_like_id
from bot.engine.events import Key
from bot.engine.model import Kind, Question
from desk.form_labels import FormLabels, nearest, of_line
from desk.interviewing import Asked as Questioned
from desk.interviewing import Asking, Interview, Place
from desk.values import BETWEEN
from desk.web import wording
from desk.web.asking import Asked, part
from storage.entry import Codes, Day, File, Number, Value, Words
from storage.line import Line

#: How a question is answered on the page: what the template draws for it.
DRAWN = {
    Kind.ONE: "one",
    Kind.AGAIN: "one",
    Kind.MANY: "many",
    Kind.COUNTRY: "list",
    Kind.ACKNOWLEDGE: "heard",
    Kind.INTEGER: "number",
    Kind.WHEN: "date",
    Kind.TEXT: "words",
    Kind.FILE: "file",
}
PICKED = frozenset({"one", "many", "list", "heard"})
ANSWERED, SKIPPED, OPEN = "answered", "skipped", "open"
EMPTY = "wrong-empty"


@dataclass(frozen=True, kw_only=True, slots=True)
class Both:
    """A text of the form in the person's language; `ours` where the staff's is another."""

    spoken: str
    ours: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """A choice that is offered."""

    code: str
    label: Both
    ticked: bool = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """A question to be asked; `text` is what is written there so far."""

    name: str
    how: str
    label: Both
    notes: tuple[Both, ...] = ()
    hint: Both | None = None
    why: Both | None = None
    options: tuple[Option, ...] = field(default=(), repr=False)
    text: str = field(default="", repr=False)
    files: tuple[File, ...] = field(default=(), repr=False)
    required: bool = False
    answered: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A question as the list of them shows it, and the review what was answered."""

    place: str
    name: str
    label: Both
    state: str
    here: bool = False
    words: str = field(default="", repr=False)
    plain: str = field(default="", repr=False)  # a number or a date
    doubtful: bool = False  # it looks like the number of a document
    chosen: tuple[Both, ...] = field(default=(), repr=False)
    files: tuple[File, ...] = field(default=(), repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Speaking:
    """The form's texts in the two languages that meet."""

    spoken: FormLabels
    ours: FormLabels

    @classmethod
    def between(cls, interview: Interview, staff: str, line: Line) -> "Speaking":
        """Return the texts for an interview; the line's offered languages alone are read out."""
        ours = of_line(staff, line)
        tag = nearest(interview.language)
        offered = tag is not None and tag in line.consent
        return cls(spoken=of_line(tag, line) if tag and offered else ours, ours=ours)

    def understood(self, interview: Interview) -> bool:
        """Tell whether the person's language is one that the texts are in."""
        return nearest(interview.language) == self.spoken.language

    def question(self, name: str) -> Both:
        """Return what a question is called."""
        form = self.ours.form.id
        return _both(self.spoken.question(form, name), self.ours.question(form, name))

    def beside(self, name: str, what: str) -> Both | None:
        """Return a hint, the reason or what is wrong, if the form tells it."""
        spoken = self.spoken.beside(name, what)
        return _both(spoken, self.ours.beside(name, what)) if spoken else None

    def code(self, question: Question, code: str) -> Both:
        """Return what a code is called."""
        form = self.ours.form.id
        ours = self.ours.code(form, question.name, code)
        return _both(self.spoken.code(form, question.name, code), ours)


def _both(spoken: str, ours: str) -> Both:
    return Both(spoken=spoken, ours="" if ours == spoken else ours)


# --- what is drawn -----------------------------------------------------------------------------


def drawn(speaking: Speaking, place: Place, told: Asked | None = None) -> Drawn:
    """Return a question to be asked; `told` is a form that was not taken, and is shown again."""
    one, question = place.asked, place.asked.question
    codes, text = _filled(one) if told is None else (_codes(told), told.said("text"))
    return Drawn(
        name=question.name,
        how=DRAWN[question.kind],
        label=speaking.question(question.name),
        notes=tuple(speaking.question(note.question.name) for note in place.notes),
        hint=speaking.beside(question.name, "hint"),
        why=speaking.beside(question.name, "why"),
        options=tuple(
            Option(
                code=choice.code,
                label=speaking.code(question, choice.code),
                ticked=choice.code in codes,
            )
            for choice in one.choices
        ),
        text=text,
        files=_files(one),
        required=question.required,
        answered=bool(one.values),
    )


def _filled(one: Questioned) -> tuple[tuple[str, ...], str]:
    """Return what a question was answered, as codes and as a text to go on writing."""
    values = one.values or ()
    codes = tuple(c for value in values if isinstance(value, Codes) for c in value.codes)
    return codes, BETWEEN.join(filter(None, map(_plain, values)))


def _plain(value: Value) -> str:
    match value:
        case Words():
            return value.words
        case Number():
            return str(value.number)
        case Day():
            return value.day
        case _:
            return ""


def rows(
    speaking: Speaking, asking: Asking, name: str, here: Key | None = None
) -> dict[str, list[Row]]:
    """Return every question, by part of the form, with what was answered."""
    found: dict[str, list[Row]] = {}
    for place in asking.places():
        one = place.asked
        text, is_words = _filled(one)[1], one.question.kind is Kind.TEXT
        found.setdefault(wording.section(one.question.name), []).append(
            Row(
                place=address(name, one.key),
                name=one.question.name + (f" ({one.key[1]})" if one.key[1] else ""),
                label=speaking.question(one.question.name),
                state=OPEN if one.values is None else ANSWERED if one.values else SKIPPED,
                here=one.key == here,
                words=text if is_words else "",
                plain="" if is_words else text,
                doubtful=is_words and looks_like_id(text),
                chosen=tuple(_chosen(speaking, one)),
                files=_files(one),
            )
        )
    return found


def _files(one: Questioned) -> tuple[File, ...]:
    return tuple(value for value in one.values or () if isinstance(value, File))


def _chosen(speaking: Speaking, one: Questioned) -> Iterator[Both]:
    for code in _filled(one)[0]:
        yield speaking.code(one.question, code)


def address(name: str, key: Key) -> str:
    """Return where a question of an interview stands."""
    return f"interview/{name}/{part(key[0])}/{key[1]}"


# --- what was said -----------------------------------------------------------------------------


def given(asking: Asking, one: Questioned, asked: Asked) -> tuple[Value, ...] | str:
    """Return the values of what a form says; or why it is none."""
    if DRAWN[one.question.kind] in PICKED:
        codes = _codes(asked)
        value = asking.choose(one, codes) if codes else EMPTY
        return value if isinstance(value, str) else (value,)
    if one.question.kind is Kind.FILE:  # they came before, each by itself
        return one.values or EMPTY
    return asking.write(one, asked.said("text"))


def _codes(asked: Asked) -> tuple[str, ...]:
    return tuple(code for code in asked.form.get("code", ()) if code)
