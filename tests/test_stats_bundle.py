"""A bundle of figures: one window, with its text, recorded, the same whenever it is made again."""

import csv
import hashlib
import io
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from desk.dimensions import DIMENSIONS
from desk.export.record import ExportLog
from desk.figures import RECEIVED
from desk.outbox import Outbox
from tests.office import TODAY
from tests.served import Desk, Served, case_number

REASON = "the quarterly report"
MANY = 12


@pytest.fixture
async def served(tmp_path: Path) -> Served:
    """Twelve cases of today, one of another day; ana leads."""
    made = Served(tmp_path / "office")
    made.office.let_lead("ana")
    for number in range(MANY):
        await made.send(number)
    await made.send(99, day=TODAY + timedelta(days=3))
    await made.bundle()
    made.office.run("open", str(made.drop), desk="ana")
    return made


def export(served: Served, to: Path, *more: str) -> str:
    command = ("export", "stats", "--to", str(to), "--reason", REASON, *more)
    return served.office.run(*command, desk="ana")


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


async def test_the_bundle_holds_text_tables_and_pictures_of_the_window(
    served: Served, tmp_path: Path
) -> None:
    made = tmp_path / "figures.zip"
    window = ("--from", TODAY.isoformat(), "--until", TODAY.isoformat())
    said = export(served, made, *window)
    assert RECEIVED in said
    held = parts(made)
    pictures = {f"pictures/{name}.svg" for name in ("published", *DIMENSIONS)}
    assert set(held) == {"read-first.txt", "tables.csv"} | pictures
    assert RECEIVED in held["read-first.txt"].decode()
    assert all(RECEIVED[:40] in held[name].decode() for name in pictures)
    rows = list(csv.DictReader(io.StringIO(held["tables.csv"].decode("utf-8-sig"))))
    assert {(row["from"], row["to"]) for row in rows} == {(TODAY.isoformat(), TODAY.isoformat())}
    figures = {(row["table"], row["code"]): row["figure"] for row in rows}
    assert figures["method", "CP"] == str(MANY)
    whole = b"".join(held.values())
    assert case_number(1).encode() not in whole
    assert b">13<" not in whole


async def test_the_bundle_is_recorded_by_its_hash_and_is_in_no_case(
    served: Served, tmp_path: Path
) -> None:
    export(served, tmp_path / "one.zip")
    export(served, tmp_path / "two.zip")
    one, two = ((tmp_path / name).read_bytes() for name in ("one.zip", "two.zip"))
    assert one == two
    record, _ = ExportLog(folder=served.office.desk("ana")).read()
    assert (record.format, record.cases, record.reason) == ("stats", (), REASON)
    assert record.sha256 == hashlib.sha256(one).hexdigest()
    reader = Desk(served).reader
    assert Outbox(desk=reader.desk, signing=reader.signing).waiting() == ()
    served.office.run("verify", desk="ana")


async def test_what_cannot_be_is_said_at_once(served: Served, tmp_path: Path) -> None:
    to = ("--to", str(tmp_path / "x.zip"))
    for command, says in (
        (("stats", "--to", str(tmp_path / "x.csv")), "ends with .zip"),
        (("stats",), "--to"),
        (("stats", case_number(1), *to), "all cases that open here"),
        (("stats", *to, "--from", "2026-02-01", "--until", "2026-01-01"), "2026-01-01"),
        (("bag", *to, "--agreed"), "export stats only"),
        (("bag", *to, "--from", "2026-01-01"), "export stats only"),
    ):
        assert says in served.office.refuse("export", *command, "--reason", REASON, desk="ana")
    assert not (tmp_path / "x.zip").exists()
    served.office.add("ana", "--rights", "read,act", "--compartments", "general")
    told = served.office.refuse("export", "stats", *to, "--reason", REASON, desk="ana")
    assert '"lead"' in told
    assert ExportLog(folder=served.office.desk("ana")).read() == []
