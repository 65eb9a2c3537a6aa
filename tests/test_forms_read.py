"""Reading a form's file: the same cells as pyxform reads, with their places, from any bytes."""

import io
import re
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyxform import xls2json_backends
from pyxform.xls2json_backends import md_table_to_workbook, xlsx_to_dict

from bot.forms import vocabulary as v
from bot.forms import workbooks, xlsform
from bot.forms.lint import check
from bot.forms.sheets import FormSource, letter
from tests.forms import tables

FORMS = Path(__file__).parent / "forms"
INTAKE = Path(xlsform.__file__).parent / "intake" / "intake-1.md"
STARTER = Path(xlsform.__file__).parent / "starter.md"
TEXTS = [FORMS / "twenty-faults.md", INTAKE, STARTER]


def messages(data: bytes) -> list[str]:
    return [str(finding) for finding in xlsform.read(data, "form").findings]


def cells(source: FormSource, sheet: str) -> list[list[str]]:
    found = source.sheet(sheet)
    return [[row.get(column) for column in found.columns] for row in found.rows]


def workbook(**sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# --- the same as pyxform ----------------------------------------------------------------


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_a_text_has_the_cells_that_pyxform_reads(path: Path) -> None:
    ours = xlsform.read(path.read_bytes(), path.name)
    theirs = md_table_to_workbook(path.read_text("utf-8"))
    assert set(theirs.sheetnames) == set(ours.sheets)
    saved = io.BytesIO()
    theirs.save(saved)
    for sheet in openpyxl.load_workbook(saved).worksheets:
        rows = [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]
        assert cells(ours, sheet.title) == rows[1:]


def test_a_workbook_has_the_cells_that_pyxform_reads() -> None:
    data = (FORMS / "twenty-faults.xlsx").read_bytes()
    ours, theirs = xlsform.read(data, "form.xlsx"), xlsx_to_dict(io.BytesIO(data))
    for name in ("survey", "choices", "settings"):
        rows = [{c: cell for c, cell in row.cells.items() if cell} for row in ours.sheet(name).rows]
        assert rows == [row for row in theirs[name] if row]


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=9)


@given(rows=st.lists(st.lists(WORDS, min_size=3, max_size=3), min_size=1, max_size=6))
def test_text_and_workbook_of_one_form_say_the_same(rows: list[list[str]]) -> None:
    rows = [[cell.replace("\\", "/").replace("#", "+") for cell in row] for row in rows]
    given_tables = {"survey": [["type", "name", "label"], *rows]}
    text = xlsform.read(tables.text(given_tables).encode(), "form.md")
    book = xlsform.read(workbooks.workbook(given_tables), "form.xlsx")
    assert cells(text, "survey") == cells(book, "survey") == rows


# --- places and headings ----------------------------------------------------------------


def test_rows_keep_their_place() -> None:
    text = b"# a remark\n\n| survey |\n| | type | name |\n|---|---|---|\n\n| | note | a |\n| | note | b |\n"
    read = xlsform.read(text, "form.md")
    assert [row.number for row in read.sheet("survey").rows] == [7, 8]
    assert read.unit == "line"
    book = xlsform.read(workbook(survey=[["type", "name"], [None, None], ["note", "a"]]), "f.xlsx")
    assert [row.number for row in book.sheet("survey").rows] == [3]
    assert book.unit == "row"


def test_headings_are_read_as_pyxform_reads_them() -> None:
    book = workbook(
        Survey=[
            ["Type", " Name ", "Label::English (en)", "BOT::Digest"],
            ["note", "a", "Hello", "x"],
        ],
        choices=[["List Name", "name", "Colour"], ["l", "a", "red"]],
    )
    read = xlsform.read(book, "form.xlsx")
    assert read.sheet("survey").columns == ("type", "name", "label::English (en)", "bot::digest")
    assert read.sheet("choices").columns == ("list_name", "name", "Colour")


def test_numbers_truths_and_days_are_read_as_a_form_means_them() -> None:
    cells_ = [1, 2.0, True, date(2026, 5, 1)]
    book = workbook(choices=[["list_name", "name"], *(["l", cell] for cell in cells_)])
    read = xlsform.read(book, "form.xlsx")
    assert [row.get("name") for row in read.sheet("choices").rows] == [
        "1",
        "2",
        "TRUE",
        "2026-05-01 00:00:00",
    ]


def test_a_spreadsheet_that_declares_a_smaller_sheet_is_read_whole() -> None:
    whole = workbook(survey=[["type", "name"], ["note", "a"], ["note", "b"]])
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.infolist():
            data = old.read(member)
            if member.filename.endswith("sheet1.xml"):
                data = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:A1"', data)
                assert b'ref="A1:A1"' in data
            new.writestr(member, data)
    assert len(xlsform.read(out.getvalue(), "form.xlsx").sheet("survey").rows) == 2


def test_the_hash_is_of_the_file() -> None:
    one, other = xlsform.read(b"| survey |", "a"), xlsform.read(b"| survey | ", "a")
    assert one.sha256 != other.sha256
    assert len(one.sha256) == 64


@pytest.mark.parametrize(
    ("at", "shown"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")]
)
def test_columns_have_the_letters_of_a_spreadsheet(at: int, shown: str) -> None:
    assert letter(at) == shown


# --- what cannot be read ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"x" * (v.MOST_BYTES + 1), "a form has at most"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old .xls file or has a password"),
        (b"PK\x03\x04 and no more", "this workbook cannot be read"),
        ("| survey |".encode("utf-16"), "saved as UTF-16"),
        (b"| survey |\n| | type |\n| | caf\xe9 |\n", "line 3: the text is not UTF-8 from here on"),
        (b"survey,type,name", "neither an .xlsx workbook nor a text"),
        (b"%PDF-1.7", "neither an .xlsx workbook nor a text"),
        (b"| | note | a |", "stands before the name of any sheet"),
        (b"| survey |\n| | type |\nnote a\n", "is in no table and is not read: `note a`"),
        (b"| survey |\n| | type | name |\n| | note | a | b\n", "`b` is not read"),
        (b"| survey |\n| | type |\n| survey |\n", "stands twice in the file"),
        (b"| survey |\n| | type | name | Type |\n", "the heading `type` stands here again"),
        (b"| survey |\n| | type | |\n| | note | lost |\n", "cells but no heading"),
    ],
)
def test_what_cannot_be_read_is_said(data: bytes, said: str) -> None:
    assert said in " / ".join(messages(data))
    assert any(said in str(finding) for finding in check(xlsform.read(data, "form")))


def test_an_error_of_the_spreadsheet_is_said() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "survey"
    sheet.append(["type", "name"])
    sheet.append(["note", "#REF!"])
    sheet["B2"].data_type = "e"
    out = io.BytesIO()
    book.save(out)
    assert messages(out.getvalue()) == ["survey, row 2, B: the cell holds the error #REF!"]


def test_a_workbook_that_unpacks_too_far_is_not_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (v.MOST_UNPACKED + 1))
    assert len(out.getvalue()) < v.MOST_BYTES
    assert "unpacks to" in messages(out.getvalue())[0]


def test_no_more_rows_are_read_than_a_form_has() -> None:
    rows = "".join(f"| | note | n{i} |\n" for i in range(v.MOST_ROWS + 10))
    read = xlsform.read(f"| survey |\n| | type | name |\n{rows}".encode(), "form.md")
    assert len(read.sheet("survey").rows) == v.MOST_ROWS
    assert "at most" in str(read.findings[0])


# --- any bytes at all -------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_any_bytes_give_findings_and_never_an_exception(data: bytes) -> None:
    assert check(xlsform.read(data, "form"))


@given(st.binary(max_size=300))
def test_any_bytes_that_begin_as_a_workbook_give_findings(data: bytes) -> None:
    assert check(xlsform.read(b"PK\x03\x04" + data, "form"))


@given(st.data())
def test_a_damaged_workbook_gives_findings_and_never_an_exception(data: st.DataObject) -> None:
    book = bytearray((FORMS / "twenty-faults.xlsx").read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        book[data.draw(st.integers(0, len(book) - 1))] = data.draw(st.integers(0, 255))
    check(xlsform.read(bytes(book), "form"))


@given(st.data())
def test_a_workbook_with_broken_parts_gives_findings(data: st.DataObject) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(FORMS / "twenty-faults.xlsx") as old, zipfile.ZipFile(out, "w") as new:
        for member in old.infolist():
            content = bytearray(old.read(member))
            if content and data.draw(st.booleans()):
                at = data.draw(st.integers(0, len(content) - 1))
                content[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=9))
            new.writestr(member, bytes(content))
    check(xlsform.read(out.getvalue(), "form"))


ODD = """select_one yesno;select_one country;yes;no;a;b;C1;${a};${b} + 1;selected(${a}, 'yes');. > 1
count(${b});label::Français (fr);label::x;U1;; ;\\|;{ $org };{;#REF!;1;#"""
PIECES = st.sampled_from(
    [
        *(*v.TYPES, *v.TYPES_NOT_TAKEN, *v.COLUMNS["survey"], *v.COLUMNS["choices"], *v.SHEETS),
        *(*ODD.replace("\n", ";").split(";"), "𝕏\u202e", "\x00", "x" * 2000),
    ]
)


@given(st.lists(st.lists(PIECES, min_size=1, max_size=8), max_size=30))
def test_any_tables_give_findings_and_never_an_exception(rows: list[list[str]]) -> None:
    text = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    check(xlsform.read(text.encode(), "form"))


@given(
    survey=st.lists(st.lists(PIECES, min_size=9, max_size=9), max_size=12),
    choices=st.lists(st.lists(PIECES, min_size=4, max_size=4), max_size=8),
    headings=st.lists(st.sampled_from(v.COLUMNS["survey"]), min_size=6, max_size=6, unique=True),
)
def test_any_rows_under_right_headings_give_findings_and_never_an_exception(
    survey: list[list[str]], choices: list[list[str]], headings: list[str]
) -> None:
    heads = list(dict.fromkeys(["type", "name", "label", *headings]))
    made = {
        "survey": [heads, *(row[: len(heads)] for row in survey)],
        "choices": [["list_name", "name", "label", "colour"], *choices],
        "settings": [["form_id", "version"], ["f", "1"]],
        "triage": [["level", "when"], ["U1", "true()"]],
    }
    check(xlsform.read(tables.text(made).encode(), "form"))


@given(st.data())
def test_a_garbled_form_gives_findings_and_never_an_exception(data: st.DataObject) -> None:
    form = STARTER.read_text("utf-8")
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(form)))
        form = form[:at] + data.draw(PIECES) + form[at + data.draw(st.integers(0, 12)) :]
    check(xlsform.read(form.encode("utf-8", "surrogatepass"), "form"))


def test_rows_and_cells_are_told_apart_as_pyxform_does() -> None:
    for name in ("MD_CELL", "MD_COMMENT", "MD_PIPE_OR_ESCAPE"):
        ours, theirs = getattr(xlsform, name), getattr(xls2json_backends, name)
        assert (ours.pattern, ours.flags) == (theirs.pattern, theirs.flags)
