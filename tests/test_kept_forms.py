"""A case is shown by the form that it was told with, or it is said that this is not at hand."""

import hashlib
from pathlib import Path

import pytest

from desk import kept_forms
from desk.export.extract import extract
from desk.form_labels import FormLabels, languages
from desk.inbox import read_inbox
from desk.kept_forms import FOLDER, KeptForm
from desk.labels import BareCodes, Labels
from storage.entry import FormRef
from tests.browsing import browsing
from tests.served import FORM, SHIPPED, Desk, Served, case_number
from tests.test_web_export import make

LABEL = FormLabels().code(FORM.id, "A2", "CP")
OLDER_LABEL = "a call by somebody else"
QUESTION = FormLabels().question(FORM.id, "A2")
OLDER_QUESTION = "What did they do, as it was asked then?"
IN_JAPANESE = "そのころの質問"
MISSING = "is not at hand here: its questions and codes stand below without labels."


def older() -> KeptForm:
    """Return the shipped form as it may have been before, with other words for the same codes."""
    text = SHIPPED.read_text("utf-8")
    assert f"| {LABEL} |" in text
    assert f"| {QUESTION} |" in text
    text = text.replace(f"| {LABEL} |", f"| {OLDER_LABEL} |")
    text = text.replace(f"| {QUESTION} |", f"| {OLDER_QUESTION} |").replace(
        FormLabels().form.version, "2025.9"
    )
    return KeptForm(data=text.encode(), words={"ja": f"q-A2 = {IN_JAPANESE}\n"})


OLDER = older()
BEFORE = FormRef(id=FORM.id, version="2025.9", sha256=hashlib.sha256(OLDER.data).hexdigest())


@pytest.fixture
async def served(tmp_path: Path) -> Served:
    """A server with a case of the older form, and one of the shipped one."""
    made = Served(tmp_path)
    made.office.let_lead("ana")
    made.form = BEFORE
    await made.send(1)
    made.form = FORM
    await made.send(2)
    await made.bundle()
    return made


def here(served: Served) -> Path:
    return served.office.desk("ana")


def shown(served: Served, number: int, *options: str) -> str:
    told = served.office.run("show", case_number(number), *options, desk="ana")
    return " ".join(told.split())


def opened(served: Served) -> Served:
    served.office.run("open", str(served.drop), desk="ana")
    return served


async def test_each_case_is_shown_by_its_own_form(served: Served) -> None:
    kept_forms.keep(here(served), OLDER)
    before, now = (shown(opened(served), number) for number in (1, 2))
    assert OLDER_LABEL in before
    assert OLDER_QUESTION in before
    assert LABEL not in before
    assert QUESTION not in before
    assert LABEL in now
    assert QUESTION in now
    assert OLDER_LABEL not in now
    assert MISSING not in before + now


async def test_a_translation_is_that_of_its_time_and_else_english(served: Served) -> None:
    kept_forms.keep(here(served), OLDER)
    before = shown(opened(served), 1, "--language", "ja")
    assert IN_JAPANESE in before
    assert OLDER_LABEL in before  # it had no word for that then
    assert FormLabels("ja").code(FORM.id, "A2", "CP") not in before


async def test_what_is_not_at_hand_is_said_and_stands_bare(served: Served) -> None:
    before, now = (shown(opened(served), number) for number in (1, 2))
    assert f"The form that this case was told with, intake-1, version 2025.9, {MISSING}" in before
    assert "CP" in before
    assert LABEL not in before
    assert QUESTION not in before
    assert MISSING not in now


async def test_a_kept_form_that_was_changed_is_not_there(served: Served) -> None:
    kept_forms.keep(here(served), OLDER)
    path = here(served) / FOLDER / BEFORE.sha256 / "form.md"
    path.write_bytes(path.read_bytes().replace(b"somebody else", b"nobody at all"))
    before = shown(opened(served), 1)
    assert MISSING in before
    assert "nobody at all" not in before


async def test_a_desk_keeps_the_shipped_form_for_a_newer_program(served: Served) -> None:
    assert kept_forms.read(here(served), FORM.sha256) is None
    shown(opened(served), 2)
    kept = kept_forms.read(here(served), FORM.sha256)
    assert kept is not None
    assert kept.data == SHIPPED.read_bytes()
    assert {"en", *kept.words} == set(languages())


async def test_an_export_has_the_labels_of_each_case_s_own_form(served: Served) -> None:
    kept_forms.keep(here(served), OLDER)
    opened(served)
    for number, label in ((1, OLDER_LABEL), (2, LABEL)):
        assert _exported(served, number, FormLabels().at(here(served)))["CP"] == label
    assert _exported(served, 1, FormLabels())["CP"] == "CP"


async def test_the_command_exports_a_case_with_the_labels_of_its_own_form(
    served: Served, tmp_path: Path
) -> None:
    kept_forms.keep(here(served), OLDER)
    opened(served)
    to = tmp_path / "case.jsonl"
    wish = ("export", "jsonl", case_number(1), "--to", str(to), "--reason", "a court")
    served.office.run(*wish, desk="ana")
    assert OLDER_LABEL in to.read_text("utf-8")


async def test_the_page_exports_a_case_with_the_labels_of_its_own_form(served: Served) -> None:
    kept_forms.keep(here(served), OLDER)
    opened(served)
    async with browsing(here(served), served.office.line_folder) as browser:
        await browser.unlock()
        answer = await make(browser, f"case/{case_number(1)}/export", "jsonl")
    assert OLDER_LABEL in answer.text


def _exported(served: Served, number: int, labels: Labels) -> dict[str, str]:
    desk = Desk(served)
    found = read_inbox(desk.mirror, desk.reader, lambda _form: ()).items
    item = next(one for one in found if one.number == case_number(number))
    assert item.casefile is not None
    replies = extract(item.casefile, labels, chain=item.chain).replies
    return next(dict(one.labels) for one in replies if one.question == "A2")


# --- by hand ------------------------------------------------------------------------------------


async def test_a_form_that_is_kept_by_hand_shows_its_cases(served: Served, tmp_path: Path) -> None:
    path = tmp_path / "before.md"
    path.write_bytes(OLDER.data)
    assert MISSING in shown(opened(served), 1)
    said = served.office.run("forms", str(path), desk="ana")
    assert "Kept: intake-1, version 2025.9. 1 case here told with it." in said
    assert BEFORE.sha256 in said
    before = shown(served, 1, "--language", "ja")
    assert OLDER_LABEL in before
    assert OLDER_QUESTION in before
    assert MISSING not in before
    assert LABEL in shown(served, 2)


@pytest.mark.parametrize("data", [b"", b"a letter", b"PK\x03\x04no workbook", b"\xff\xfe\x00"])
async def test_what_is_no_form_is_refused_and_nothing_is_kept(
    served: Served, tmp_path: Path, data: bytes
) -> None:
    good, bad = tmp_path / "good.md", tmp_path / "bad.md"
    good.write_bytes(OLDER.data)
    bad.write_bytes(data)
    said = opened(served).office.refuse("forms", str(good), str(bad), desk="ana")
    assert "bad.md is no form that can be read" in said
    assert kept_forms.read(here(served), BEFORE.sha256) is None
    assert "no form" in served.office.refuse("forms", str(tmp_path / "nowhere"), desk="ana")


# --- at the page --------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [True, False])
async def test_the_page_shows_a_case_by_its_own_form_too(served: Served, kept: bool) -> None:
    if kept:
        kept_forms.keep(here(served), OLDER)
    opened(served)
    async with browsing(here(served), served.office.line_folder) as browser:
        await browser.unlock()
        await browser.get(f"case/{case_number(1)}")
        before = " ".join(browser.shown.split())
        await browser.get(f"case/{case_number(2)}")
        now = " ".join(browser.shown.split())
    assert (OLDER_LABEL in before, MISSING in before) == (kept, not kept)
    assert QUESTION not in before
    assert QUESTION in now
    assert MISSING not in now


def test_without_a_desk_only_the_shipped_form_is_known() -> None:
    assert FormLabels().knows(FORM)
    assert not FormLabels().knows(BEFORE)
    assert isinstance(FormLabels().of(BEFORE), BareCodes)


def test_nothing_is_kept_where_no_desk_was_set_up(tmp_path: Path) -> None:
    FormLabels().at(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []


def test_a_form_that_was_changed_is_kept_anew(tmp_path: Path) -> None:
    kept_forms.keep(tmp_path, OLDER)
    (tmp_path / FOLDER / BEFORE.sha256 / kept_forms.FORM).write_bytes(b"cut")
    assert kept_forms.read(tmp_path, BEFORE.sha256) is None
    kept_forms.keep(tmp_path, OLDER)
    assert kept_forms.read(tmp_path, BEFORE.sha256) == OLDER


def test_a_form_that_another_window_keeps_is_known_at_once(tmp_path: Path) -> None:
    labels = FormLabels(desk=tmp_path)
    assert not labels.knows(BEFORE)
    kept_forms.keep(tmp_path, OLDER)  # as `quietline-desk forms` does, beside the pages
    assert labels.knows(BEFORE)
