"""Figures as they are shown: the text is always there, on the screen, in the CSV, in pictures."""

import csv
import io
import re
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import charts, stats_csv
from desk.counting import screen
from desk.figures import HIDING, RECEIVED, Figures, Line, Sheet, figures
from desk.form_labels import FormLabels, form_lists
from desk.hiding import Hidden
from desk.labels import BareCodes, Labels
from desk.reports import Decided, reports
from desk.stats import Figure, Study, statistics
from desk.stats_study import By, Window
from storage.entry import FormRef, Value, Words
from storage.line import GENERAL
from tests.counted import SECRET, TODAY, case, many
from tests.served import Served

SVG = "{http://www.w3.org/2000/svg}"
BARE = BareCodes()


def made(labels: Labels = BARE, study: Study | None = None, *, by: tuple[str, ...] = ()) -> Figures:
    cases = [
        *many(30, case(("A2", ["CP"]), ("A4", ["JP"]), day=date(2026, 9, 1))),
        *many(20, case(("A2", ["TD", "X-9"]), ("A4", ["US"]), language="en")),
        *many(4, case(("A2", ["DA"]), ("A4", ["FJ"]), language="bo")),
        *many(12, case()),
    ]
    decided = Decided(verification={one.case: "VF-INSUFF" for one in cases[-12:]})
    counted = statistics(
        reports(cases, lists=form_lists, decided=decided), study or Study(), closed=2
    )
    return figures(counted, labels, by=by, today=TODAY)


def sheet(made: Figures, name: str) -> dict[str, tuple[str, str]]:
    found = next(one for one in made.sheets if one.name == name)
    return {line.code: (line.label, str(line.figure)) for line in found.lines}


def rows(made: Figures) -> list[dict[str, str]]:
    text = stats_csv.render(made).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def drawn(made: Figures, *, rtl: bool = False) -> dict[str, ET.Element]:
    pictures = {one.name: charts.chart(one, made, rtl=rtl) for one in made.sheets}
    return {name: ET.fromstring(text) for name, text in pictures.items()}  # noqa: S314 - our own


def texts(picture: ET.Element) -> str:
    return " ".join("".join(one.itertext()) for one in picture.iter(f"{SVG}text"))


# --- names and text ----------------------------------------------------------------------------


def test_codes_are_named_in_the_staffs_language_and_stand_bare_without_a_name() -> None:
    bare = sheet(made(), "method")
    english, uyghur = (sheet(made(FormLabels(tag)), "method") for tag in ("en", "ug"))
    assert bare["CP"] == ("CP", "30")
    assert english["CP"] == ("My family or friends back home are being pressured", "30")
    assert uyghur["CP"][0] not in {bare["CP"][0], english["CP"][0]}
    assert english["X-9"] == ("X-9", "20")
    assert english["DA"][1] == "<10"


def test_a_foreign_code_plays_no_trick() -> None:
    foreign = FormRef(id="ours", version="1", sha256="cd" * 32)
    told = case(("Q1", ["TD-\u202e<b>"]), form=foreign)
    shown = figures(statistics(reports(many(10, told))), BARE, today=TODAY)
    assert "\u202e" not in "".join(sheet(shown, "method"))
    assert "\\u202e<b>" in texts(drawn(shown)["method"])


@pytest.mark.parametrize(
    ("study", "says"),
    [
        (Study(), "all that is here, up to 2026-11-22"),
        (Study(window=Window(first=date(2026, 1, 1))), "reported from 2026-01-01 to 2026-11-22"),
        (Study(window=Window(last=date(2026, 10, 1))), "reported up to 2026-10-01"),
        (
            Study(
                window=Window(first=date(2026, 1, 1), last=TODAY, by=By.INCIDENT), unit="incidents"
            ),
            "last happened from 2026-01-01 to 2026-11-22",
        ),
    ],
)
def test_the_text_says_window_and_unit(study: Study, says: str) -> None:
    shown = made(study=study)
    assert shown.title == f"{study.unit.capitalize()}, {says}"
    assert any(
        note.startswith("Counted: ") and f"{study.unit}, {says}." in note for note in shown.notes
    )


def test_the_text_always_goes_with_the_figures() -> None:
    shown = made(by=("country",))
    assert RECEIVED in shown.notes
    assert HIDING in shown.notes
    told = next(note for note in shown.notes if note.startswith("Counted apart"))
    assert "Not enough information (VF-INSUFF): 12;" in told
    assert "Here, but not opened: <10." in told
    screened = " ".join(" ".join(screen(shown, 80, colour=False)).split())
    in_csv = [row["label"] for row in rows(shown) if row["table"] == "note"]
    for note in shown.notes:
        assert note in screened
        assert note in in_csv
        for picture in drawn(shown).values():
            assert note in texts(picture)
            assert note in "".join(picture.findtext(f"{SVG}desc") or "")


def test_only_the_tables_that_were_asked_for_and_always_the_published_counts() -> None:
    assert [one.name for one in made(by=("country",)).sheets] == ["published", "country"]
    assert "CH-PHONE or CH-ROBO or TD-REPEAT" in "\n".join(screen(made(), 80, colour=False))


def test_what_is_hidden_on_the_screen_is_hidden_everywhere() -> None:
    """Four in Fiji: the United States stand beside it and are hidden too, for 54 are all."""
    shown = made(FormLabels("en"), by=("country",))
    assert {code: figure for code, (_, figure) in sheet(shown, "country").items()} == {
        "FJ": "<10",
        "JP": "30",
        "US": "hidden",
    }
    assert [row["figure"] for row in rows(shown) if row["table"] == "country"] == [
        "<10",
        "30",
        "hidden",
    ]
    lines = screen(shown, 80, colour=False)
    assert any(re.fullmatch(r" +hidden  US  United States", line) for line in lines)
    assert "Fiji <10 Japan 30 United States hidden" in texts(drawn(shown)["country"])


def test_no_word_of_a_person_is_anywhere() -> None:
    shown = made()
    everything = "\n".join(
        [
            *screen(shown, None, colour=False),
            stats_csv.render(shown).decode(),
            *(charts.chart(one, shown) for one in shown.sheets),
            repr(shown),
        ]
    )
    assert not [word for word in SECRET.split() if word in everything]


# --- CSV ---------------------------------------------------------------------------------------


def test_the_columns_stay_as_they_are() -> None:
    """Other programs read them: add at the end, never in between."""
    header = stats_csv.render(made()).decode("utf-8-sig").splitlines()[0]
    assert header == "table,code,group,label,figure,unit,definition,dates,from,to"


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "＝1", "|x"]
)
def test_a_formula_is_harmless(cell: str) -> None:
    assert stats_csv.harmless(cell) == f"'{cell}"


@given(st.text())
def test_no_cell_begins_as_a_formula(cell: str) -> None:
    written = stats_csv.harmless(cell)
    assert written.removeprefix("'") == cell or written == cell
    assert not written.strip().startswith(("=", "+", "-", "@"))


# --- pictures ----------------------------------------------------------------------------------


def test_a_picture_says_what_it_shows_and_asks_for_nothing() -> None:
    for name, picture in drawn(made(FormLabels("ug")), rtl=True).items():
        assert picture.get("role") == "img"
        assert picture.get("aria-labelledby") == f"quietline-{name}-title quietline-{name}-desc"
        assert [one.get("id") for one in picture[:2]] == [
            f"quietline-{name}-title",
            f"quietline-{name}-desc",
        ]
        assert {one.tag.removeprefix(SVG) for one in picture.iter()} <= {
            "svg",
            "title",
            "desc",
            "rect",
            "text",
        }
        names = {attribute for one in picture.iter() for attribute in one.attrib}
        assert not {one for one in names if "href" in one or one.startswith("on") or one == "style"}
        assert "url(" not in ET.tostring(picture, encoding="unicode")


def test_a_picture_is_turned_around_and_its_texts_are_not() -> None:
    plain, turned = (drawn(made(FormLabels("ug")), rtl=rtl)["method"] for rtl in (False, True))
    wide = float(plain.get("width") or 0)
    for one, other in zip(
        list(plain.iter(f"{SVG}rect"))[1:], list(turned.iter(f"{SVG}rect"))[1:], strict=True
    ):
        left = wide - float(one.get("x") or 0) - float(one.get("width") or 0)
        assert float(other.get("x") or 0) == pytest.approx(left, abs=0.2)
    words = [
        one
        for one in turned.iter(f"{SVG}text")
        if "ئ" in (one.text or "") and one.get("font-size") == "13"
    ]
    assert {one.get("direction") for one in words} == {"rtl"}
    assert {(one.get("text-anchor"), one.get("x")) for one in words} == {("start", "776.0")}
    numbers = [one for one in turned.iter(f"{SVG}text") if one.text == "30"]
    assert [(one.get("direction"), one.get("text-anchor")) for one in numbers] == [("ltr", "end")]


def test_what_is_hidden_has_no_length() -> None:
    def lengths(small: int, beside: int) -> list[str | None]:
        shown = made(by=("country",))
        cases = many(30, case(("A4", ["JP"]))) + many(beside, case(("A4", ["US"])))
        counted = statistics(reports(cases + many(small, case(("A4", ["FJ"]))), lists=form_lists))
        shown = figures(counted, BARE, by=("country",), today=TODAY)
        return [one.get("width") for one in drawn(shown)["country"].iter(f"{SVG}rect")]

    assert lengths(2, 40) == lengths(9, 33)


@given(
    label=st.text(), code=st.text(), number=st.none() | st.integers(10, 10**6), month=st.booleans()
)
def test_any_label_makes_a_picture(label: str, code: str, number: int | None, month: bool) -> None:
    figure = Figure(hidden=Hidden.SMALL) if number is None else Figure(number=number)
    line = Line(code=code, label=label, figure=figure, definition=code)
    name = "month" if month else "method"
    one = Sheet(name=name, title=label, lines=(line, line))
    shown = Figures(title=label, about=Study(), notes=(label,), sheets=(one,))
    for rtl in (False, True):
        picture = drawn(shown, rtl=rtl)[name]
        assert all(len(text) == 0 for text in picture.iter(f"{SVG}text"))


# --- the command -------------------------------------------------------------------------------


@pytest.fixture
async def served(tmp_path: Path) -> Served:
    """A server with a few cases, opened at ana's desk, and one more that was only announced."""
    served = Served(tmp_path)
    told: list[tuple[str, int, int, Value, str]] = [("A1", 0, 0, Words(words=SECRET), GENERAL)]
    await served.send(1)
    await served.send(2, told)
    await served.bundle()
    await served.send(3)
    await served.digest()
    served.office.run("open", str(served.drop), desk="ana")
    return served


async def test_a_few_cases_show_no_figure(served: Served, tmp_path: Path) -> None:
    files = tmp_path / "out"
    shown = served.office.run(
        "stats", "--csv", str(tmp_path / "f.csv"), "--svg", str(files), desk="ana"
    )
    shown = " ".join(shown.split())
    assert RECEIVED in shown
    assert "Counted: <10 cases" in shown
    assert "Here, but not opened: <10." in shown
    assert "Not shown: too few reports." in shown
    assert "CP" not in shown
    assert f"Written: {files / 'country.svg'}" in shown
    assert not [word for word in SECRET.split() if word in (tmp_path / "f.csv").read_text()]
    assert {path.name for path in files.iterdir()} >= {"published.svg", "method.svg", "month.svg"}


async def test_stats_takes_a_window_and_some_tables(served: Served) -> None:
    shown = served.office.run(
        "stats", "--from", "2026-01-01", "--to", "2026-02-01", "--dates", "incident",
        "--by", "country,month", "--count", "incidents", desk="ana",
    )  # fmt: skip
    assert "Incidents, last happened from 2026-01-01 to 2026-02-01" in shown
    assert re.findall(r"^(\S.*)\n─", shown, re.MULTILINE)[1:] == [
        "Published counts",
        "Country in which people are",
        "Month in which it was reported",
    ]
    said = served.office.refuse("stats", "--from", "2026-02-01", "--to", "2026-01-01", desk="ana")
    assert "The last day, 2026-01-01, lies before the first, 2026-02-01." in said
