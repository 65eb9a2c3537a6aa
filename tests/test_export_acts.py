"""What staff did with a case, as exports tell it: on paper, in tables, in the custody log."""

import io
import json
from pathlib import Path

import openpyxl
import pypdf
import pytest

from desk.export.extract import Redaction
from storage.act import Assessed, Assigned, Hold, Note, Outside, StateSet, Tagged
from tests.exports_made import FONTS
from tests.office import NOON, TODAY
from tests.served import case_number
from tests.test_casebook import Line

REASON = "asked for by the prosecutor"
NOTE, ASKED, WROTE = "canary-note", "canary-asked", "canary-wrote"
TELLS = (
    "canary-asked",
    "canary-wrote",
    "in-progress",
    "ben",
    "canary-tag",
    "corroborated",
    "org-x",
)


@pytest.fixture
async def line(tmp_path: Path) -> Line:
    """A case that ana and ben have worked on; ana leads."""
    made = Line(tmp_path / "office")
    made.office.let_lead("ana")
    await made.report()
    await made.sync("ana", "ben")
    ana = made.book("ana")
    view = ana.case(case_number(1))
    for deed in (
        StateSet(state="in-progress"),
        Assigned(to="ben"),
        Tagged(add=("canary-tag",)),
        Note(text=NOTE),
        Outside(whom="the embassy", what=ASKED, asked=TODAY),
        Assessed(verification="corroborated", attribution="org-x"),
        Hold(until=TODAY, reason="canary-hold"),
    ):
        ana.desk.act(view.case, deed)
    ana.desk.reply(ana.prepare(view, WROTE, now=NOON))
    await made.sync("ana", "ben")
    return made


def export(line: Line, kind: str, to: Path, level: Redaction = Redaction.NONE) -> None:
    command = ("export", kind, "--to", str(to), "--redact", level.value, "--reason", REASON)
    line.office.run(*command, "--fonts", str(FONTS), desk="ana")


def paper(path: Path) -> str:
    pages = pypdf.PdfReader(io.BytesIO(path.read_bytes())).pages
    return " ".join("\n".join(page.extract_text() for page in pages).split())


async def test_paper_tells_what_was_done_but_no_note_and_no_hold(
    line: Line, tmp_path: Path
) -> None:
    export(line, "pdf", tmp_path / "x.pdf")
    text = paper(tmp_path / "x.pdf").replace("\u200b", "")
    places = [
        text.index(told)
        for told in (
            "What was done",
            "set the state: in-progress",
            "gave the case to ben",
            "asked somebody outside",
            ASKED,
            "assessed: verification corroborated",
            "wrote to the person",
            "waits at the server to be sent",
        )
    ]
    assert places[:-2] == sorted(places[:-2])
    assert all(told in text for told in TELLS)
    assert [told for told in (NOTE, "canary-hold", "held the deletion") if told in text] == []


async def test_tables_and_programs_get_the_state_of_a_case(line: Line, tmp_path: Path) -> None:
    export(line, "jsonl", tmp_path / "x.jsonl")
    told = json.loads((tmp_path / "x.jsonl").read_text())
    assert told["version"] == 4
    wanted = {
        "state": "in-progress",
        "owner": "ben",
        "tags": ["canary-tag"],
        "verification": "corroborated",
        "attribution": "org-x",
    }
    assert {name: told[name] for name in wanted} == wanted
    export(line, "xlsx", tmp_path / "x.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "x.xlsx")["Cases"].values)
    row = dict(zip(rows[0], rows[1], strict=True))
    assert {name: row[name] for name in wanted} == wanted | {"tags": "canary-tag"}


async def test_the_custody_log_tells_who_did_what_and_what_left_before(
    line: Line, tmp_path: Path
) -> None:
    export(line, "jsonl", tmp_path / "x.jsonl")
    await line.sync("ana", "ben")
    line.office.let_lead("ben")
    bag = tmp_path / "bag"
    command = ("export", "bag", "--to", str(bag), "--reason", REASON, "--fonts", str(FONTS))
    line.office.run(*command, desk="ben")
    text = (bag / "custody.jsonl").read_text()
    events = [json.loads(one) for one in text.splitlines()]
    done = [(one["event"], one["by"]) for one in events if "position" in one]
    kinds = ["state", "assigned", "tagged", "note", "outside", "assessed", "reply"]
    assert done == [*((kind, "ana") for kind in kinds), ("exported before", "ana")]
    positions = [one["position"] for one in events if "position" in one]
    assert positions == sorted(positions)
    (before,) = [one for one in events if one["event"] == "exported before"]
    assert (before["format"], before["redaction"]) == ("jsonl", "none")
    assert "canary" not in text


@pytest.mark.parametrize("level", [Redaction.DIRECT, Redaction.CONTEXTUAL])
@pytest.mark.parametrize("name", ["x.pdf", "x.jsonl", "x.xlsx", "bag"])
async def test_no_redacted_export_tells_what_staff_did(
    line: Line, tmp_path: Path, name: str, level: Redaction
) -> None:
    export(line, name.removeprefix("x."), tmp_path / name, level)
    made = tmp_path / name
    match name:
        case "x.pdf":
            text = paper(made)
        case "x.xlsx":
            book = openpyxl.load_workbook(made)
            text = repr([list(sheet.values) for sheet in book])
        case "bag":
            text = "".join(one.read_text() for one in made.rglob("*.json*"))
        case _:
            text = made.read_text()
    assert [told for told in (*TELLS, NOTE) if told in text] == []
