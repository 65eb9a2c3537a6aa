"""`quietline forms`: check, new, export, as they are typed."""

import argparse
import re
from pathlib import Path

import pytest
from pyxform.xls2xform import convert

from bot.commands import forms
from bot.errors import FormFileExists, NoFormFile, UnknownLanguage
from bot.forms import xlsform
from bot.forms.compile import compile_form
from bot.forms.lint import check
from bot.texts import load, shipped

FORMS = Path(__file__).parent / "forms"
INTAKE = Path(xlsform.__file__).parent / "intake" / "intake-1.md"


def run(*arguments: str | Path) -> int:
    parser = argparse.ArgumentParser()
    forms.register(parser.add_subparsers(required=True))
    parsed = parser.parse_args(["forms", *map(str, arguments)])
    code: int = parsed.run(parsed)
    return code


@pytest.mark.parametrize("name", ["twenty-faults.md", "twenty-faults.xlsx"])
def test_check_tells_every_finding_and_fails(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", FORMS / name) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 21
    assert all(line.startswith(("error: ", "warning: ")) for line in lines[:-1])
    assert lines[-1].endswith("The line takes it when the errors are mended.")


def test_check_says_that_nothing_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "field.md"
    assert run("new", file) == 0
    assert run("check", file) == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        f"Nothing is wrong with {file} (7 rows in en)."
    )


def test_check_lets_a_form_with_warnings_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "field.md"
    run("new", file)
    file.write_text(file.read_text("utf-8").replace("multiline", "multilines"), "utf-8")
    assert run("check", file) == 0
    said = capsys.readouterr().out
    assert re.search(
        "^warning: survey, line \\d+, appearance: `multilines` changes", said, re.MULTILINE
    )
    assert "can be used (7 rows in en); 1 warning to look at." in said


def test_check_looks_at_the_organisations_own_texts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "field.md"
    run("new", file)
    folder = tmp_path / "texts" / "tr"
    folder.mkdir(parents=True)
    (folder / "field.ftl").write_text("q-story = Ne oldu?\n", "utf-8")
    assert run("check", file, "--texts", tmp_path / "texts") == 0
    assert "Türkçe (tr): " in capsys.readouterr().out


def test_new_writes_a_sound_form_named_for_its_file(tmp_path: Path) -> None:
    run("new", tmp_path / "field-work.md")
    read = xlsform.read((tmp_path / "field-work.md").read_bytes(), "field-work.md")
    assert check(read) == []
    assert compile_form(read, load(shipped()), languages=("en",)).id == "field-work"
    run("new", tmp_path / "Field Work.md")
    read = xlsform.read((tmp_path / "Field Work.md").read_bytes(), "Field Work.md")
    assert compile_form(read, load(shipped()), languages=("en",)).id == "starter"


def test_nothing_is_written_over(tmp_path: Path) -> None:
    file = tmp_path / "field.md"
    file.write_text("mine", "utf-8")
    for action in ("new", "export"):
        with pytest.raises(FormFileExists, match=r"field\.md is already there"):
            run(action, file)
    assert file.read_text("utf-8") == "mine"


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoFormFile, match="No such file"):
        run("check", tmp_path / "none.md")
    with pytest.raises(NoFormFile):
        run("check", tmp_path)
    with pytest.raises(NoFormFile):
        run("new", tmp_path / "none" / "field.md")
    with pytest.raises(NoFormFile, match="no folder of texts"):
        run("check", INTAKE, "--texts", tmp_path / "none")


def test_the_exported_form_is_the_shipped_one_and_kobo_loads_it(tmp_path: Path) -> None:
    file = tmp_path / "intake.xlsx"
    assert run("export", file) == 0
    exported = xlsform.read(file.read_bytes(), file.name)
    assert check(exported) == []
    texts = load(shipped())
    ours = compile_form(xlsform.read(INTAKE.read_bytes(), INTAKE.name), texts, languages=texts.tags)
    theirs = compile_form(exported, texts, languages=texts.tags)
    assert [q.name for q in theirs.questions] == [q.name for q in ours.questions]
    assert theirs.labels == ours.labels
    assert theirs.words == ours.words
    assert theirs.routing == ours.routing
    assert convert(file.read_bytes(), file_type=".xlsx").xform.startswith("<?xml")


def test_the_exported_form_carries_the_languages_that_are_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "intake.xlsx"
    assert run("export", file, "--language", "zh-Hans") == 0
    exported = xlsform.read(file.read_bytes(), file.name)
    assert check(exported) == []
    assert "label::简体中文 (zh-Hans)" in exported.sheet("survey").columns
    catalogue = load(shipped()).catalogue("zh-Hans")
    form = compile_form(exported, load(shipped()), languages=("en", "zh-Hans"))
    assert form.labels["zh-Hans"]["q-S2"] == catalogue.messages["q-S2"].source
    assert 'lang="简体中文 (zh-Hans)"' in convert(file.read_bytes(), file_type=".xlsx").xform


def test_a_language_without_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownLanguage):
        run("export", tmp_path / "intake.xlsx", "--language", "xx")
    assert not (tmp_path / "intake.xlsx").exists()
