"""Each format, read back by what others use to read it; a person's tricks stand in all of them."""

import contextlib
import csv
import io
import json
import os
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import saving
from desk.errors import NoPdf
from desk.export import glyphs, jsonl, pdf, uwazi, xlsx
from desk.export.cautions import CHECKLIST
from desk.export.cells import MOST, cell, harmless
from desk.export.extract import Extract, Redaction
from desk.export.faces import Faces, broken, direction
from storage.entry import Codes, Day, Number, Words
from tests.exports_made import BIDI, DAY, FACES, FORMULA, INJECTED, leaving, told, usual
from tests.reports import WORDS

TIBETAN = "བོད་ཡིག"


def printed(*extracts: Extract, faces: Faces = FACES, language: str = "en") -> pdf.Printed:
    return pdf.casefiles(extracts, day=DAY, faces=faces, language=language)


def text_of(made: pdf.Printed) -> str:
    pages = pypdf.PdfReader(io.BytesIO(made.pdf)).pages
    return "\n".join(page.extract_text() for page in pages).replace("\u200b", "")


def saying(words: str, language: str = "en") -> Extract:
    return leaving(told(("A1", Words(words=words)), language=language))


# --- paper -------------------------------------------------------------------------------------


def test_what_a_person_wrote_is_never_markup() -> None:
    text = text_of(printed(saying(INJECTED)))
    for line in INJECTED.split("\n"):
        assert line in text
    assert "root:" not in text


def test_no_field_of_a_case_is_markup() -> None:
    casefile = told(
        ("#panic()", Words(words="x")),
        ("A2", Codes(codes=("#panic()",))),
        number="#panic()",
        language="ug",
    )
    assert text_of(printed(leaving(casefile))).count("#panic()") >= 4


def test_paper_shows_tricks_as_they_are() -> None:
    text = text_of(printed(saying(BIDI)))
    assert "invoice\\u202egnp.exe\\u2069" in text
    assert "../../etc/\\u202egnp.jpg" in text_of(printed(leaving(usual())))


@pytest.mark.parametrize("language", sorted(WORDS))
def test_every_language_of_the_line_stands_on_paper(language: str) -> None:
    made = printed(saying(WORDS[language], language), language=language)
    assert made.unshown == {}
    text = text_of(made)
    missing = {c for c in WORDS[language] if c.isalpha() and language != "ug"} - set(text)
    assert missing == set()
    if language == "ug":  # letters come back as they are drawn, from right to left
        assert {"ى", "پ", "چ", "ڭ"} <= set(text)


def test_uyghur_begins_at_the_right() -> None:
    assert direction(WORDS["ug"]) == direction("12 " + WORDS["ug"]) == "rtl"
    assert {direction(WORDS[one]) for one in WORDS if one != "ug"} == {"ltr"}
    page = pypdf.PdfReader(io.BytesIO(printed(saying(WORDS["ug"])).pdf)).pages[0]
    found: list[float] = []

    def visit(text: str, cm: list[float], tm: list[float], _font: object, _size: float) -> None:
        if any("\u0600" <= c <= "\u06ff" for c in text):
            found.append(cm[0] * tm[4] + cm[4])

    page.extract_text(visitor_text=visit)
    assert max(found) > float(page.mediabox.width) / 2


def test_a_script_without_a_font_is_named_and_never_an_empty_box() -> None:
    made = printed(saying(f"seen {TIBETAN} seen ᠠᠡ"))
    assert set(made.unshown) == {"Tibetan", "Mongolian"}
    text = text_of(made)
    first = pypdf.PdfReader(io.BytesIO(made.pdf)).pages[0].extract_text()
    assert "No font on this computer for: Mongolian (2), Tibetan (" in first
    assert f"seen [Tibetan: {made.unshown['Tibetan']} not shown] seen [Mongolian: 2" in text
    assert TIBETAN in jsonl.line(saying(TIBETAN))


def test_one_rare_character_hides_no_other() -> None:
    made = printed(saying("警察\U00030000官が来た"))
    assert sum(made.unshown.values()) == 1
    assert "警察[Chinese characters: 1 not shown]官が来た" in text_of(made)


def test_the_typesetter_itself_refuses_an_empty_box() -> None:
    lines = {"title": "x", "header": TIBETAN, "fonts": FACES.of("en"), "mono": FACES.mono,
             "files": "Files", "notices": [], "cases": []}  # fmt: skip
    with pdf.press(FACES) as press, pytest.raises(NoPdf) as error:
        press.pdf(lines, DAY)
    assert TIBETAN[0] not in str(error.value)


def test_the_typesetter_reads_one_folder_and_leaves_nothing() -> None:
    before = _folders()
    with contextlib.suppress(NoPdf), pdf.press(FACES) as press:
        (folder,) = _folders() - before
        assert folder.stat().st_mode & 0o777 == 0o700
        assert sorted(path.name for path in folder.iterdir()) == ["casefile.typ", "probe.typ"]
        press.pdf({"title": 1}, DAY)
        pytest.fail("this is no paper")
    assert _folders() == before


def test_the_same_gives_the_same_bytes() -> None:
    one = printed(leaving(usual()), leaving(usual(), Redaction.DIRECT))
    assert one.pdf == printed(leaving(usual()), leaving(usual(), Redaction.DIRECT)).pdf
    assert b"pdfaid" in one.pdf


def test_paper_warns_on_its_first_page() -> None:
    text = " ".join(text_of(printed(leaving(usual()))).split())
    assert all(sentence in text for sentence in (*CHECKLIST, *leaving(usual()).cautions))


def test_a_word_without_an_end_stays_on_the_page() -> None:
    assert broken("x" * 100).replace("\u200b", "") == "x" * 100
    assert max(map(len, broken("x" * 100).split("\u200b"))) <= 32
    assert broken(WORDS["ja"]) == WORDS["ja"]


def test_a_computer_without_a_font_for_anything_still_says_so() -> None:
    made = printed(saying(WORDS["ja"]), faces=Faces(system=False))
    assert set(made.unshown) >= {"Chinese characters", "Hiragana"}


def test_asking_the_typesetter_has_an_end() -> None:
    asked: list[str] = []

    def never(text: str) -> bool:
        asked.append(text)
        return False

    letters = "".join(map(chr, range(0x4E00, 0x5200)))
    assert glyphs.missing([letters], never) == set(letters)
    assert len(asked) <= glyphs.MOST_QUESTIONS


def _folders() -> set[Path]:
    place = saving.MEMORY if saving.MEMORY.is_dir() else Path(os.environ["TMPDIR"])
    return set(place.glob("quietline-press-*"))


# --- tables ------------------------------------------------------------------------------------


def sheets(*extracts: Extract) -> dict[str, list[Sequence[object]]]:
    book = openpyxl.load_workbook(io.BytesIO(xlsx.workbook(extracts)))
    found: dict[str, list[Sequence[object]]] = {}
    for sheet in book:
        cells = [c for row in sheet.iter_rows() for c in row if c.value is not None]
        assert {c.data_type for c in cells} <= {"s", "n", "inlineStr"}
        assert all(c.quotePrefix for c in cells if isinstance(c.value, str))
        found[sheet.title] = list(sheet.iter_rows(values_only=True))
    return found


@pytest.mark.parametrize(
    "words",
    [
        FORMULA, "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "＋1", "－1", "＠x",
        "\u200b=1", "\ufeff=1", "|cmd", "%0A",
    ],
)  # fmt: skip
def test_no_cell_is_a_formula(words: str) -> None:
    for text in (harmless(words), cell(words)):
        assert text.startswith(("'", "\\u"))
    row = sheets(saying(words))["Answers"][1]
    assert str(row[11]).startswith(("'", "\\u"))
    (told_of,) = csv.DictReader(io.StringIO(uwazi.table([saying(words)])))
    assert told_of["q_a1"].startswith(("'", "\\u"))


def test_a_workbook_has_a_row_for_each_case_answer_and_file() -> None:
    extracts = (leaving(usual()), leaving(usual(), Redaction.DIRECT))
    found = sheets(*extracts)
    assert list(found) == ["Read first", "Cases", "Answers", "Files"]
    assert [row[0] for row in found["Cases"][1:]] == [one.number for one in extracts]
    assert len(found["Answers"]) - 1 == sum(len(one.replies) for one in extracts)
    assert len(found["Files"]) - 1 == 1
    said = [row[1] for row in found["Read first"]]
    assert set(CHECKLIST) <= set(said)
    assert set(extracts[1].cautions) <= set(said)


def test_a_workbook_keeps_words_and_shows_what_it_cannot_keep() -> None:
    words = f"{WORDS['ug']} bell\a {BIDI} half\ud800 _x0041_"
    row = sheets(saying(words))["Answers"][1]
    shown = f"{WORDS['ug']} bell\\u0007 invoice\\u202egnp.exe\\u2069 half\\ud800 _x005F_x0041_"
    assert row[11] == shown


def test_a_long_answer_is_cut_where_it_is_seen() -> None:
    for words in ("x" * (MOST + 5), "😀" * MOST):
        text = cell(words)
        assert len(text.encode("utf-16-le")) // 2 <= MOST
        assert text.endswith("[cut: the whole stands in JSON Lines]")
    assert cell("x" * MOST) == "x" * MOST


def test_a_workbook_tells_no_time() -> None:
    made = xlsx.workbook([leaving(usual())])
    assert made == xlsx.workbook([leaving(usual())])
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        assert {part.date_time[0] for part in parts.infolist()} == {1980}
        assert str(date.today().year).encode() not in parts.read("docProps/core.xml")  # noqa: DTZ011


@given(st.text(max_size=200))
def test_any_text_can_be_a_cell(words: str) -> None:
    text = cell(words)
    assert not text.startswith(tuple("=+-@\t\r"))
    assert all(c == "\n" or c.isprintable() or ord(c) > 0x9F for c in text)


# --- Uwazi -------------------------------------------------------------------------------------


def rows(*extracts: Extract) -> list[dict[str, str]]:
    text = uwazi.table(extracts)
    assert not text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text)))


def test_uwazi_reads_each_convention() -> None:
    first, second = rows(leaving(usual()), leaving(told(("A1", Words(words="x")), number="B")))
    assert (first["title"], second["title"]) == ("K7Q-4MD-001", "B")
    assert first["received"] == "2026/11/22"
    assert first["q_a2"] == (
        "My family or friends back home are being pressured|Calls, messages or letters to me"
    )
    assert first["q_a3y"] == "2024/05/01:2024/05/31"
    assert first["q_n"] == "-7"
    assert first["q_a1"].startswith(WORDS["ug"])
    assert first["added_later"] == "They came again."
    assert (second["q_a2"], second["q_a1"]) == ("", "x")
    assert "attachments" not in first


def test_uwazi_headers_name_no_language_and_each_property_once() -> None:
    casefile = told(
        ("A1__en", Words(words="one")), ("a1-EN", Words(words="two")), ("نامە", Day(day="2024"))
    )
    text = uwazi.table([leaving(casefile)])
    names = text.splitlines()[0].split(",")
    assert len(names) == len(set(names))
    assert not [name for name in names if "__" in name]
    assert all(name.isascii() and name.replace("_", "").isalnum() for name in names)
    (row,) = rows(leaving(casefile))
    assert row["q_a1_en"] == "one\ntwo"


def test_a_label_is_one_value() -> None:
    assert "|" not in uwazi.label("a|b")
    assert "::" not in uwazi.label("parent::child")


@pytest.mark.parametrize(
    ("day", "span"),
    [
        ("2024", "2024/01/01:2024/12/31"),
        ("2024-02", "2024/02/01:2024/02/29"),
        ("2024-02-07", "2024/02/07:2024/02/07"),
    ],
)
def test_a_coarse_date_is_a_span_of_days(day: str, span: str) -> None:
    assert uwazi.span(day) == span


def test_uwazi_names_files_between_bars() -> None:
    text = uwazi.table([leaving(usual())], {"K7Q-4MD-001": ["a.jpg.quarantine", "a-copy.jpg"]})
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["attachments"] == "a.jpg.quarantine|a-copy.jpg"


def test_a_year_of_a_redacted_case_is_a_day_that_uwazi_reads() -> None:
    (row,) = rows(leaving(usual(), Redaction.CONTEXTUAL))
    assert (row["received"], row["language"]) == ("2026", "")


# --- JSON Lines --------------------------------------------------------------------------------


def test_json_lines_tell_the_level_and_the_cautions() -> None:
    for level in Redaction:
        extract = leaving(usual(), level)
        fields = json.loads(jsonl.line(extract))
        assert fields["redaction"] == level.value
        assert fields["cautions"] == list(extract.cautions) != []
    assert (
        json.loads(jsonl.line(leaving(told(("N", Number(number=3))))))["answers"][0]["number"] == 3
    )
