"""The labels of the shipped form, from the same files that the line asks with, and of older ones.

Rules of this file: read by the pure floor of `bot`; but a desk keeps the shipped form, so that a
newer program still has it. A case is shown by the very form that it was told with; where that is
not at hand, or does not have a code, it is shown bare: an older case is never shown under a newer
label by guessing. What a language has no words for stands in English. Files are read once.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from fluent.syntax import ast

from bot.engine.model import Form
from bot.errors import BotError
from bot.forms.outline import outline
from bot.forms.report import Report
from bot.forms.sheets import FormSource
from bot.forms.skeleton import skeleton
from bot.forms.texts import labels, layer
from bot.forms.xlsform import read
from bot.texts import negotiate, shipped
from bot.texts.messages import Message, parse
from desk import kept_forms
from desk.kept_forms import KeptForm
from desk.labels import BareCodes, Labels
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


class Edition:
    """One form with its words, as it was written."""

    def __init__(self, kept: KeptForm) -> None:
        self.kept = kept
        self.source: FormSource = read(kept.data, INTAKE)
        self.form: Form = skeleton(outline(self.source, Report()))
        self._words: dict[str, Mapping[str, Message]] = {}

    def words(self, language: str) -> Mapping[str, Message]:
        """Return its texts in a language, in English where there is no other."""
        if language not in self._words:
            self._words[language] = self._read(language)
        return self._words[language]

    def _read(self, language: str) -> Mapping[str, Message]:
        own = layer(labels(self.source), self.form.id)
        english, _ = parse(ENGLISH, own.get(ENGLISH, {}))
        text = self.kept.words.get(language)
        if language == ENGLISH:
            return english
        translated, _ = parse(language, {} if text is None else {WORDS: text})
        columns, _ = parse(language, own.get(language, {}))
        return english | translated | columns


@lru_cache(maxsize=1)
def _shipped() -> Edition:
    data = (files("bot.forms") / "intake" / INTAKE).read_bytes()
    others = set(languages()) - {ENGLISH}
    words = {tag: (shipped() / tag / WORDS).read_text(encoding="utf-8") for tag in sorted(others)}
    return Edition(KeptForm(data=data, words=words))


@lru_cache(maxsize=8)
def _keep(desk: Path) -> None:
    kept_forms.keep(desk, _shipped().kept)


def _edition(desk: Path, sha256: str) -> Edition | None:
    """Return a form that is kept at a desk; None where it is not, or cannot be read any more."""
    try:
        return _kept(desk, sha256)
    except KeyError:
        return None


@lru_cache(maxsize=16)
def _kept(desk: Path, sha256: str) -> Edition | None:
    """Read a kept form once; that it is not kept is not remembered: a command may keep it yet.

    Raises:
        KeyError: it is not kept.
    """
    kept = kept_forms.read(desk, sha256)
    if kept is None:
        raise KeyError(sha256)
    return edition(kept.data, kept.words)


def edition(data: bytes, words: Mapping[str, str] | None = None) -> Edition | None:
    """Return a form as it is written, with its translations; None where it is no form."""
    try:
        found = Edition(KeptForm(data=data, words=words or {}))
    except (BotError, KeyError, ValueError):
        return None
    return found if found.form.id and found.form.questions else None


def keep(desk: Path, one: Edition) -> None:
    """Keep a form at a desk."""
    kept_forms.keep(desk, one.kept)
    _kept.cache_clear()


class FormLabels:
    """Labels in one language, for the line of this name; `values` are what else it tells.

    `edition` is the form whose labels they are, the shipped one if none is given; `desk` where
    others are kept.
    """

    def __init__(
        self,
        language: str = ENGLISH,
        line: str = "the line",
        values: Mapping[str, str] | None = None,
        *,
        edition: Edition | None = None,
        desk: Path | None = None,
    ) -> None:
        self.language, self.line = language, line
        self._edition, self._desk = edition or _shipped(), desk
        self._values = {"org": line, **(values or {})}

    @property
    def form(self) -> Form:
        """The form's outline."""
        return self._edition.form

    def at(self, desk: Path) -> Labels:
        """Return the same labels at a desk, which keeps the shipped form from then on."""
        _keep(desk)
        return FormLabels(self.language, self.line, self._values, desk=desk)

    def of(self, form: FormRef) -> Labels:
        """Return the labels of this very form, by its hash; none where it is not at hand."""
        found = self._find(form)
        if found is None:
            return BareCodes()
        return FormLabels(self.language, self.line, self._values, edition=found, desk=self._desk)

    def knows(self, form: FormRef) -> bool:
        """Tell whether this very form is at hand."""
        return self._find(form) is not None

    def _find(self, form: FormRef) -> Edition | None:
        if form.sha256 == self._edition.source.sha256:
            return self._edition
        return None if self._desk is None else _edition(self._desk, form.sha256)

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

    def _of(self, form: str, name: str, otherwise: str) -> str:
        message = self._edition.words(self.language).get(name) if form == self.form.id else None
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
