"""The form that ships: sound by our checks and by pyxform's, and what the line relies on in it."""

from pathlib import Path

import pytest
from pyxform.xls2xform import convert

from bot.engine.model import Form, Kind
from bot.forms import xlsform
from bot.forms.compile import compile_form
from bot.forms.lint import check
from bot.texts import load, shipped

INTAKE = Path(xlsform.__file__).parent / "intake" / "intake-1.md"


@pytest.fixture(scope="module")
def form() -> Form:
    texts = load(shipped())
    read = xlsform.read(INTAKE.read_bytes(), INTAKE.name)
    return compile_form(read, texts, languages=texts.tags, drafts=texts.tags)


def test_the_shipped_form_has_no_findings() -> None:
    assert check(xlsform.read(INTAKE.read_bytes(), INTAKE.name)) == []


def _in_every_language() -> list[str]:
    found = check(xlsform.read(INTAKE.read_bytes(), INTAKE.name), load(shipped()))
    return [str(finding) for finding in found]


def test_the_shipped_form_is_whole_in_every_shipped_language() -> None:
    assert [line for line in _in_every_language() if "button" not in line] == []


def test_every_choice_fits_its_button_in_every_shipped_language() -> None:
    assert [line for line in _in_every_language() if "button" in line] == []


def test_pyxform_converts_the_shipped_form() -> None:
    converted = convert(INTAKE.read_bytes(), file_type=".md")
    assert converted.warnings == []
    assert "<h:title>Intake</h:title>" in converted.xform


def test_the_short_path_is_there_in_order(form: Form) -> None:
    asked = [q.name for q in form.questions if q.kind is not Kind.NOTE]
    short = ["S1", "S2", "C1", "C2", "A1", "A2", "A3", "A4", "F1", "M0"]
    assert [name for name in asked if name in short] == short


def test_consent_is_asked_before_any_words(form: Form) -> None:
    names = [q.name for q in form.questions]
    words = [q.name for q in form.questions if q.kind is Kind.TEXT]
    consents = [q.name for q in form.questions if q.consent]
    assert consents == ["D2", "C1"]
    assert min(map(names.index, words)) > max(map(names.index, consents))


def test_every_choice_can_be_typed_in_every_language(form: Form) -> None:
    for question in form.questions:
        for choice in question.choices:
            words = form.words[question.list_name]
            assert choice.code in words.values(), (question.name, choice.code)


def test_no_words_are_routed(form: Form) -> None:
    kinds = {form.question(name).kind for name in form.routing}
    assert kinds <= {Kind.ONE, Kind.MANY, Kind.COUNTRY, Kind.WHEN, Kind.INTEGER}


def test_relatives_are_for_their_compartment_and_never_in_the_digest(form: Form) -> None:
    for name in ("E1", "E2", "E2W", "E2K"):
        assert form.question(name).compartment == "relatives"
    assert all(q.compartment == "general" for q in form.questions if q.digest)


def test_the_last_triage_rule_takes_everything(form: Form) -> None:
    assert form.triage[-1].level == "U4"
    assert form.triage[-1].when.source == "true()"
