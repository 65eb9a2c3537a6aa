"""What the line says, put together: the form, the texts over each other, and their hashes.

The form's own English labels are the first layer, the shipped texts the second, an
organisation's the third. What is put together here is what `line.toml` pins, so whoever signs it
can compute the same hashes from the same files.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from bot.engine.model import Form, Kind
from bot.errors import BadSettings, ForeignContent
from bot.forms.compile import compile_form
from bot.forms.outline import outline
from bot.forms.report import Report
from bot.forms.sheets import FormSource
from bot.forms.skeleton import skeleton
from bot.forms.texts import labels, layer
from bot.forms.xlsform import read as read_xlsform
from bot.helplines import Helpline, parse
from bot.settings import Settings
from bot.texts import Layer, Texts, offered, read, shipped
from bot.texts.catalogue import ALERT
from storage.line import FormPin, Line

INTAKE = "intake-1.md"
HELPLINES = "helplines.csv"


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """A form ready to be asked, and the texts it is asked with."""

    form: Form
    texts: Texts = field(repr=False)
    helplines: Mapping[str, Helpline] = field(repr=False)

    def forms(self) -> dict[str, FormPin]:
        """Return what `line.toml` pins of the form."""
        return {self.form.id: FormPin(version=self.form.version, sha256=self.form.sha256)}

    def hashes(self) -> dict[str, str]:
        """Return what `line.toml` pins of the texts, by language."""
        return {tag: self.texts.sha256(tag) for tag in self.form.languages}

    def consent(self) -> dict[str, str]:
        """Return what `line.toml` pins of the texts that consent is given to, by language."""
        return {
            tag: self.texts.consent_sha256(tag, consent_texts(self.form, self.texts, tag))
            for tag in self.form.languages
        }

    def refuse_foreign(self, line: Line) -> None:
        """Raise ForeignContent for a form or text that the root did not sign."""
        for kind, ours, signed in (
            ("form", self.forms(), line.forms),
            ("texts", self.hashes(), line.texts),
            ("consent texts", self.consent(), line.consent),
        ):
            for name, value in ours.items():
                if signed.get(name) != value:
                    raise ForeignContent(kind, name)


def open_content(
    settings: Settings, home: Path, *, on_fault: Callable[[str], None] | None = None
) -> Content:
    """Read form, texts and help lines, an organisation's own over the shipped ones.

    Raises FormFaults, TextFault (unless `on_fault` takes its id), BadHelplines, BadSettings.
    """
    source = read_form((home / settings.form) if settings.form else _shipped(INTAKE))
    plain = skeleton(outline(source, Report()))
    own = [read(home / settings.texts)] if settings.texts else []
    form = layer(labels(source), plain.id)
    # An organisation's own form says its own words; the shipped one's are English to be reviewed.
    layers = [read(shipped()), *own, form] if settings.form else [read(shipped()), form, *own]
    texts = Texts(*layers, safety=safety_texts(plain), on_fault=on_fault)
    here = tuple(tag for tag in settings.languages if tag in texts.tags)
    languages = offered(texts, languages=here, offer_drafts=settings.offer_drafts)
    if not languages:
        message = (
            "no language can be offered: review one (`quietline texts`), or list it in offer_drafts"
        )
        raise BadSettings(message)
    drafts = [tag for tag in languages if texts.catalogue(tag).is_draft]
    lines = (home / settings.helplines) if settings.helplines else _shipped(HELPLINES)
    return Content(
        form=compile_form(
            source,
            texts,
            languages=languages,
            drafts=drafts,
            second=bool(settings.form),  # tests ask pyxform about the shipped form
        ),
        texts=texts,
        helplines=parse(lines.read_text(encoding="utf-8")),
    )


def shipped_texts() -> tuple[Layer, tuple[str, ...]]:
    """Return all texts that come with Quietline, the form's own English among them.

    Beside them the ids of the form's texts that belong to the safety block.
    """
    source = read_form(_shipped(INTAKE))
    form = skeleton(outline(source, Report()))
    own = layer(labels(source), form.id)
    whole = {tag: {**files, **own.get(tag, {})} for tag, files in read(shipped()).items()}
    return whole, safety_texts(form)


def read_form(path: Path | Traversable) -> FormSource:
    """Read a form's file."""
    return read_xlsform(path.read_bytes(), path.name)


def _shipped(name: str) -> Traversable:
    return files("bot.forms") / "intake" / name


def consent_texts(form: Form, texts: Texts, tag: str) -> tuple[str, ...]:
    """Return the ids of everything a person is told up to the last question for consent.

    With what is told in its place, in that language, where somebody reads urgent alerts.
    """
    last = max((i for i, q in enumerate(form.questions) if q.consent), default=-1)
    told = [f"q-{q.name}" for q in form.questions[: last + 1] if q.kind is not Kind.CALCULATE]
    has = texts.catalogue(tag).has
    return (*told, *(name + ALERT for name in told if has(name + ALERT)))


def safety_texts(form: Form) -> tuple[str, ...]:
    """Return the ids of the form's own part of the safety block, with the choices in it."""
    last = max((i for i, q in enumerate(form.questions) if q.consent), default=-1)
    asked = [q for i, q in enumerate(form.questions) if i <= last or q.end]
    choices = {f"c-{q.list_name}-{c.code}": None for q in asked for c in q.choices}
    return (*(f"q-{q.name}" for q in asked), *choices)
