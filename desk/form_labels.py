"""The labels of the shipped form, from the same files that the line asks with.

Rules of this file: read only, from the pure floor of `bot`. A form that is not here, or a code that
it does not have, is shown bare: an older case is never shown under a newer label by guessing. What
a language has no words for stands in English. The files are read once.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files

from fluent.syntax import ast

from bot.engine.model import Form
from bot.forms.outline import outline
from bot.forms.report import Report
from bot.forms.sheets import FormSource
from bot.forms.skeleton import skeleton
from bot.forms.texts import labels, layer
from bot.forms.xlsform import read
from bot.texts import negotiate, shipped
from bot.texts.messages import Message, parse
from storage.entry import FormRef
from storage.line import Line
from storage.packet import LARGEST

INTAKE = "intake-1.md"
WORDS = "intake-1.ftl"
ENGLISH = "en"
UNKNOWN = "\u2026"


def languages() -> tuple[str, ...]:
    """Return the languages that the form has labels in, English first."""
    others = (place.name for place in shipped().iterdir() if (place / WORDS).is_file())
    return (ENGLISH, *sorted(set(others) - {ENGLISH}))


def nearest(wanted: str) -> str | None:
    """Return the language with labels that fits a tag or a locale's name, such as `ja_JP.UTF-8`."""
    name, _, variant = wanted.partition("@")  # uz_UZ@cyrillic: the variant is a script
    tag = name.partition(".")[0]
    return negotiate(tag, languages(), {}) if tag and not variant else None


@lru_cache(maxsize=8)
def form_lists(form: str) -> Mapping[str, str]:
    """Return the list that each question of a form chooses from; nothing when it is not here."""
    known = FormLabels().form
    return {q.name: q.list_name for q in known.questions if q.list_name} if known.id == form else {}


@lru_cache(maxsize=1)
def _source() -> FormSource:
    place = files("bot.forms") / "intake" / INTAKE
    return read(place.read_bytes(), INTAKE)


@lru_cache(maxsize=1)
def _form() -> Form:
    return skeleton(outline(_source(), Report()))


@lru_cache(maxsize=16)
def _words(language: str) -> Mapping[str, Message]:
    english, _ = parse(ENGLISH, layer(labels(_source()), _form().id)[ENGLISH])
    if language == ENGLISH:
        return english
    text = (shipped() / language / WORDS).read_text(encoding="utf-8")
    translated, _ = parse(language, {WORDS: text})
    return english | translated


class FormLabels:
    """Labels in one language, for the line of this name; `values` are what else it tells."""

    def __init__(
        self,
        language: str = ENGLISH,
        line: str = "the line",
        values: Mapping[str, str] | None = None,
    ) -> None:
        self.language = language
        self._values = {"org": line, **(values or {})}

    @property
    def form(self) -> Form:
        """The shipped form's outline."""
        return _form()

    def question(self, form: str, name: str) -> str:
        """Return what a question is called; its bare name when unknown."""
        return self._of(form, f"q-{name}", name)

    def beside(self, name: str, what: str) -> str:
        """Return a question's `hint`, `why` or `error`; nothing where it has none."""
        return self._of(self.form.id, f"q-{name}-{what}", "")

    def code(self, form: str, question: str, code: str) -> str:
        """Return what a code of a question is called; the bare code when unknown."""
        if form != self.form.id or question not in self.form.by_name:
            return code
        return self._of(form, f"c-{self.form.by_name[question].list_name}-{code}", code)

    def order(self, form: str) -> Sequence[str]:
        """Return the names of a form's questions in order; nothing when unknown."""
        return tuple(q.name for q in self.form.questions) if form == self.form.id else ()

    def fits(self, form: FormRef) -> bool:
        """Tell whether these are the labels of this very form, or none at all are shown for it."""
        return form.id != self.form.id or form.sha256 == _source().sha256

    def _of(self, form: str, name: str, otherwise: str) -> str:
        message = _words(self.language).get(name) if form == self.form.id else None
        return otherwise if message is None else self._text(message)

    def _text(self, message: Message) -> str:
        pieces = map(self._piece, message.pattern.elements)
        return " ".join("".join(pieces).split())

    def _piece(self, element: ast.TextElement | ast.Placeable) -> str:
        """Return a piece of a text; what of the line's values is not known here is left open."""
        match element:
            case ast.TextElement():
                return element.value
            case ast.Placeable(expression=ast.StringLiteral() as literal):
                return str(literal.parse()["value"])
            case ast.Placeable(expression=ast.VariableReference(id=ast.Identifier(name=name))):
                return self._values.get(name, UNKNOWN)
            case _:
                return UNKNOWN


def of_line(language: str, line: Line) -> FormLabels:
    """Return the labels with what a statement tells of its line, to be read aloud."""
    team = sum("read" in one.rights for one in line.staff)
    values = {"team": str(team), "retention": str(line.retention_months)}
    values["largest"] = str(LARGEST)
    return FormLabels(language, line.name, values)
