"""The review of translations: the table, the CSV there and back, and the command itself."""

import argparse
import csv
import datetime
import io
from pathlib import Path

import pytest

from bot.commands.texts import register
from bot.errors import BadReviewFile, RefusedTexts
from bot.texts import Layer, Status, Texts, load
from bot.texts.review import Taken, export, table, take

SHIPPED: Layer = {
    "en": {
        "line.ftl": "# On a button.\nbutton-skip = Skip\nleft = { $n ->\n    [one] One left.\n   *[other] { $n } left.\n }\n",
        "safety.ftl": "notice = Nothing is kept.\nwarn = Leave { $place } now.\n",
    },
    "ug": {
        "line.ftl": "button-skip = ئاتلاش\nleft = { $n ->\n    [one] بىرى قالدى.\n   *[other] { $n } قالدى.\n }\n",
        "safety.ftl": "# keep\nnotice = ھېچنېمە ساقلانمايدۇ.\n",
    },
}
DAY = datetime.date(2026, 11, 22)


def edited(text: str, **cells: tuple[str | None, str]) -> str:
    """Return the CSV with some rows' (translation, status) changed as a reviewer would."""
    rows = list(csv.reader(io.StringIO(text)))
    for row in rows[1:]:
        translation, status = cells.get(row[0].replace("-", "_"), (None, row[3]))
        row[2] = row[2] if translation is None else translation
        row[3] = status
    sink = io.StringIO()
    csv.writer(sink).writerows(rows)
    return sink.getvalue()


def taken(text: str, own: Layer | None = None) -> tuple[Taken, Texts]:
    """Take a CSV and return the outcome with the texts as they are afterwards."""
    result = take(text, layers=[SHIPPED], own=own or {}, by="native reviewer", date=DAY)
    return result, Texts(SHIPPED, layer(result), on_fault=lambda _: None)


def layer(result: Taken) -> Layer:
    return {result.language: {name.split("/")[1]: text for name, text in result.files.items()}}


def exported(tag: str = "ug", *own: Layer) -> str:
    return export(Texts(SHIPPED, *own, on_fault=lambda _: None), tag)


# --- there -----------------------------------------------------------------------------------------


def test_the_export_shows_the_safety_block_first_and_what_is_missing() -> None:
    rows = list(csv.reader(io.StringIO(exported())))
    assert rows[0] == ["id", "English", "ug", "status", "note"]
    assert [row[0] for row in rows[1:]] == ["notice", "warn", "button-skip", "left"]
    assert rows[2] == ["warn", "Leave { $place } now.", "", "missing", ""]
    assert rows[3] == ["button-skip", "Skip", "ئاتلاش", "draft", "On a button."]


def test_the_table_counts() -> None:
    lines = [line.split() for line in table(Texts(SHIPPED)).splitlines()]
    assert lines[0][:6] == ["language", "messages", "reviewed", "draft", "stale", "missing"]
    assert lines[1] == ["en", "4", "0", "4", "0", "0", "0", "of", "2"]
    assert lines[2] == ["ug", "3", "0", "3", "0", "1", "0", "of", "2"]


# --- and back ----------------------------------------------------------------------------------------


def test_only_rows_set_to_reviewed_are_reviewed() -> None:
    result, texts = taken(edited(exported(), notice=(None, "reviewed")))
    catalogue = texts.catalogue("ug")
    assert (result.reviewed, result.drafts, result.untouched) == (1, 0, 3)
    assert catalogue.status("notice") is Status.REVIEWED
    assert catalogue.records["notice"].by == "native reviewer"
    assert catalogue.records["notice"].date == DAY
    assert catalogue.status("button-skip") is Status.DRAFT
    assert set(result.files) == {"ug/safety.ftl", "ug/status.toml"}


def test_a_reviewed_safety_block_opens_the_language() -> None:
    text = edited(
        exported(),
        notice=(None, "reviewed"),
        warn=("{ $place } دىن ھازىر كېتىڭ.", "Reviewed"),
    )
    _, texts = taken(text)
    assert texts.catalogue("ug").safety_reviewed
    assert "reviewed" in table(texts).splitlines()[2]


def test_a_changed_draft_is_taken_as_a_draft() -> None:
    result, texts = taken(edited(exported(), button_skip=("ئاتلا", "draft")))
    assert (result.reviewed, result.drafts) == (0, 1)
    assert texts.render("ug", "button-skip") == "ئاتلا"
    assert texts.catalogue("ug").status("button-skip") is Status.DRAFT


def test_the_english_can_be_reviewed_and_changed() -> None:
    rows = {"notice": ("We keep nothing.", "reviewed"), "warn": (None, "reviewed")}
    _, texts = taken(edited(exported("en"), **rows))
    assert texts.render("en", "notice") == "We keep nothing."
    assert texts.catalogue("en").safety_reviewed
    assert texts.catalogue("ug").status("notice") is Status.DRAFT


def test_changing_the_english_makes_a_review_stale() -> None:
    first, _ = taken(edited(exported(), notice=(None, "reviewed")))
    second, _ = taken(edited(exported("en"), notice=("Other.", "reviewed")), own=layer(first))
    texts = Texts(SHIPPED, layer(first), layer(second))
    assert texts.catalogue("ug").status("notice") is Status.STALE
    assert "stale" in exported("ug", layer(first), layer(second))


def test_texts_of_several_lines_and_forms_come_back_unchanged() -> None:
    result, texts = taken(edited(exported(), left=(None, "reviewed")))
    assert texts.sha256("ug") == Texts(SHIPPED).sha256("ug")
    assert texts.catalogue("ug").status("left") is Status.REVIEWED
    assert result.reviewed == 1


def test_whoever_reviewed_first_stays_on_record() -> None:
    text = edited(exported(), notice=(None, "reviewed"))
    first, _ = taken(text)
    again = take(text, layers=[SHIPPED], own=layer(first), by="other role", date=DAY)
    assert (again.reviewed, again.untouched) == (0, 4)
    assert layer(again) == layer(first)


def test_what_the_folder_holds_besides_stays() -> None:
    own: Layer = {"ug": {"safety.ftl": "# ours\nwarn = { $place } كېتىڭ.\n"}}
    text = edited(exported("ug", own), notice=(None, "reviewed"))
    result, texts = taken(text, own=own)
    assert result.files["ug/safety.ftl"].startswith("# ours\nwarn = ")
    assert texts.catalogue("ug").status("notice") is Status.REVIEWED


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_spreadsheets_other_separators_are_read(delimiter: str) -> None:
    rows = csv.reader(io.StringIO(edited(exported(), notice=(None, "reviewed"))))
    sink = io.StringIO()
    csv.writer(sink, delimiter=delimiter).writerows(rows)
    assert taken(sink.getvalue())[0].reviewed == 1


@pytest.mark.parametrize(
    ("name", "text", "status", "complaint"),
    [
        ("warn", "كېتىڭ.", "reviewed", "warn  values"),
        ("warn", "كېتىڭ.", "draft", "warn  values"),
        ("warn", "{ $place كېتىڭ.", "reviewed", "warn  unreadable"),
        ("warn", "", "reviewed", "warn  empty"),
        ("warn", "{ $place }\nnotice = ھەئە", "reviewed", "warn  lines"),
        ("notice", "什么也不保存。", "reviewed", "notice  han"),
        ("notice", "ساقلانمايدۇ.", "checked", "notice  status"),
        ("left", "{ $n } قالدى { notice }", "reviewed", "left  reference"),
    ],
)
def test_a_row_that_cannot_stand_refuses_the_file(
    name: str, text: str, status: str, complaint: str
) -> None:
    with pytest.raises(RefusedTexts) as caught:
        taken(edited(exported(), **{name: (text, status)}))
    assert complaint in str(caught.value)
    assert "because 1 of the texts" in str(caught.value)


def test_a_row_made_from_older_english_is_refused() -> None:
    text = exported().replace("Nothing is kept.", "Nothing was kept.")
    with pytest.raises(RefusedTexts, match="the English has changed"):
        taken(text)


def test_a_row_twice_or_unknown_is_refused() -> None:
    with pytest.raises(RefusedTexts, match="notice  twice"):
        taken(exported() + "notice,Nothing is kept.,ھېچ,draft,\n")
    with pytest.raises(RefusedTexts, match="nowhere  extra"):
        taken(exported() + "nowhere,x,y,draft,\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "id,English,ug\n",
        "id,English,tlh,status,note\n",
        "id,English,ug,status,note\nnotice,x\n",
        "name,English,ug,status,note\n",
    ],
)
def test_a_file_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(BadReviewFile):
        taken(text)


@pytest.mark.parametrize("by", ["", "  ", "ada@example.org", "x" * 41, "a\nb"])
def test_a_review_is_recorded_by_role(by: str) -> None:
    with pytest.raises(BadReviewFile, match="role"):
        take(exported(), layers=[SHIPPED], own={}, by=by, date=DAY)


# --- the command -------------------------------------------------------------------------------------


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers(required=True))
    arguments = parser.parse_args(["texts", *words])
    code: int = arguments.run(arguments)
    return code


def test_a_review_goes_out_and_comes_back_into_the_own_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet, own = tmp_path / "en.csv", tmp_path / "own"
    assert run("export", "en", str(sheet)) == 0
    text = sheet.read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    names = [row[0].replace("-", "_") for row in rows[1:]]
    text = edited(text, **dict.fromkeys(names, (None, "reviewed")))
    sheet.write_text(text, encoding="utf-8-sig", newline="")

    code = run("import", str(sheet), "--texts", str(own), "--by", "editor", "--date", "2026-11-22")
    assert code == 0
    assert f"en: {len(names)} reviewed" in capsys.readouterr().out
    assert run("status", "--texts", str(own)) == 0
    line = capsys.readouterr().out.splitlines()[1]
    assert line.split()[:4] == ["en", str(len(names)), str(len(names)), "0"]
    assert line.endswith("reviewed")
    assert not list(own.rglob("*.new"))
    assert load(own).catalogue("en").safety_reviewed


def test_check_ends_with_the_number_of_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "own.ftl").write_text("button-skip = { $oh\n", encoding="utf-8")
    assert run("check", "--texts", str(tmp_path)) == 1
    out = capsys.readouterr().out
    assert "en  button-skip  unreadable: own.ftl line 1" in out
    assert out.endswith("findings\n")


def test_a_missing_file_or_folder_is_one_clear_line(tmp_path: Path) -> None:
    own = ("--texts", str(tmp_path), "--by", "editor", "--date", "2026-11-22")
    with pytest.raises(BadReviewFile, match="there is no"):
        run("import", str(tmp_path / "none.csv"), *own)
    with pytest.raises(BadReviewFile, match="no folder of texts"):
        run("status", "--texts", str(tmp_path / "none"))
    (tmp_path / "old.csv").write_bytes("id;English;ug\nx;é;y".encode("latin-1"))
    with pytest.raises(BadReviewFile, match="not UTF-8"):
        run("import", str(tmp_path / "old.csv"), *own)
