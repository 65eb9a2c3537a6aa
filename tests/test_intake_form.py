"""The form that ships: sound by our checks and by pyxform's, and what the line relies on in it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyxform.xls2xform import convert

from bot.engine.flow import Standing
from bot.engine.machine import begin
from bot.engine.model import OPEN, Form, Kind
from bot.forms import xlsform
from bot.forms.compile import compile_form
from bot.forms.lint import check
from bot.texts import load, shipped

NOW = datetime(2026, 11, 22, tzinfo=UTC)
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
    words = [q.name for q in form.questions if q.kind in OPEN]
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


def test_files_are_sent_after_the_warning_and_are_enough_by_themselves(form: Form) -> None:
    """Block G (domain: form, rows 26 to 28): T-EVID first, then kinds, files, where from, later."""
    block = [q.name for q in form.questions if "G" in q.groups]
    assert block == ["GT", "G1", "G1F", "G2", "G2D", "G2P", "G3"]
    kinds = [form.question(name).kind for name in block[:3]]
    assert kinds == [Kind.NOTE, Kind.MANY, Kind.FILE]
    assert form.question("G1F").several
    answered = {("M0", 0): 1, ("M1", 0): 1, ("G1F", 0): 1}
    codes = {("M0", 0): ("more",), ("M1", 0): ("G",)}
    here = Standing(form, replace(begin(form), answered=answered, codes=codes), NOW)
    assert here.relevant(("G1F", 0))
    assert here.enough()
    assert {n for n in block if here.relevant((n, 0))} == {*block} - {"G3"}


@pytest.mark.parametrize(
    ("kinds", "asked"),
    [
        ((), {"GT", "G1", "G1F"}),
        (("EV-NONE",), {"GT", "G1"}),
        (("PNS",), {"GT", "G1", "G1F"}),
        (("EV-CHAT",), {"GT", "G1", "G1F", "G2", "G2D", "G2P", "G3"}),
    ],
)
def test_what_is_there_and_was_not_sent_may_come_later(
    form: Form, kinds: tuple[str, ...], asked: set[str]
) -> None:
    answered = {("M0", 0): 1, ("M1", 0): 1, **({("G1", 0): 1} if kinds else {})}
    codes = {("M0", 0): ("more",), ("M1", 0): ("G",), **({("G1", 0): kinds} if kinds else {})}
    here = Standing(form, replace(begin(form), answered=answered, codes=codes), NOW)
    assert {q.name for q in form.questions if "G" in q.groups and here.relevant((q.name, 0))} == (
        asked
    )


def test_the_last_triage_rule_takes_everything(form: Form) -> None:
    assert form.triage[-1].level == "U4"
    assert form.triage[-1].when.source == "true()"
