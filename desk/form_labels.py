"""The labels of the shipped form, from the same files that the line asks with.

Rules of this file: read only, from the pure floor of `bot`. A form that is not here, or a code that
it does not have, is shown bare: an older case is never shown under a newer label by guessing. What
a language has no words for stands in English.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
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


class FormLabels:
    """Labels in one language, for the line of this name."""

    def __init__(self, language: str = ENGLISH, line: str = "the line") -> None:
        self.language = language
        self._line = line

    @cached_property
    def _source(self) -> FormSource:
        place = files("bot.forms") / "intake" / INTAKE
        return read(place.read_bytes(), INTAKE)

    @cached_property
    def form(self) -> Form:
        """The shipped form's outline."""
        return skeleton(outline(self._source, Report()))

    @cached_property
    def _words(self) -> Mapping[str, Message]:
        english, _ = parse(ENGLISH, layer(labels(self._source), self.form.id)[ENGLISH])
        if self.language == ENGLISH:
            return english
        text = (shipped() / self.language / WORDS).read_text(encoding="utf-8")
        translated, _ = parse(self.language, {WORDS: text})
        return english | translated

    def question(self, form: str, name: str) -> str:
        """Return what a question is called; its bare name when unknown."""
        return self._of(form, f"q-{name}", name)

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
        return form.id != self.form.id or form.sha256 == self._source.sha256

    def _of(self, form: str, name: str, otherwise: str) -> str:
        message = self._words.get(name) if form == self.form.id else None
        return otherwise if message is None else self._text(message)

    def _text(self, message: Message) -> str:
        pieces = map(self._piece, message.pattern.elements)
        return " ".join("".join(pieces).split())

    def _piece(self, element: ast.TextElement | ast.Placeable) -> str:
        """Return a piece of a text; of the values in it, only the line's name is known here."""
        match element:
            case ast.TextElement():
                return element.value
            case ast.Placeable(expression=ast.StringLiteral() as literal):
                return str(literal.parse()["value"])
            case ast.Placeable(expression=ast.VariableReference(id=ast.Identifier(name="org"))):
                return self._line
            case _:
                return UNKNOWN
