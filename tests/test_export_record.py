"""What left a desk stands in each case: who may export, and what colleagues see of it afterwards."""

import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.keyring import Keyring
from bot.packets import Packets
from bot.returns import Returns
from desk.acts import Moment
from desk.casebook import Casebook
from desk.export.record import ExportLog
from desk.outbox import Outbox
from storage.act import Exported
from storage.outcome import Outcome
from tests.office import TODAY
from tests.served import Desk, Served, case_id, case_number

NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)
REASON = "asked for by the prosecutor"


@pytest.fixture
async def served(tmp_path: Path) -> Served:
    """Two cases at two desks; ana leads."""
    made = Served(tmp_path / "office", "ana", "ben")
    made.office.let_lead("ana")
    await made.send(1)
    await made.send(2)
    await made.bundle()
    for name in ("ana", "ben"):
        made.office.run("open", str(made.drop), desk=name)
    return made


def book(served: Served, name: str) -> Casebook:
    reader = Desk(served, name).reader
    return Casebook.of(reader, lambda _form: (), TODAY)


def exports_of(served: Served, name: str, number: int) -> tuple[Moment, ...]:
    return book(served, name).case(case_number(number)).standing.of(Exported)


def outbox(served: Served, name: str) -> Outbox:
    reader = Desk(served, name).reader
    return Outbox(desk=reader.desk, signing=reader.signing)


def export(served: Served, to: Path, *more: str) -> str:
    command = ("export", "jsonl", *more, "--to", str(to), "--reason", REASON)
    return served.office.run(*command, desk="ana")


async def test_an_export_is_an_entry_of_each_case_that_left(served: Served, tmp_path: Path) -> None:
    said = export(served, tmp_path / "x.jsonl", case_number(1), "--redact", "direct")
    assert "in each case" in said
    (moment,) = exports_of(served, "ana", 1)
    assert moment.pending
    sha256 = hashlib.sha256((tmp_path / "x.jsonl").read_bytes()).hexdigest()
    deed = Exported(form="jsonl", redaction="direct", reason=REASON, sha256=sha256)
    assert (moment.deed, moment.author) == (deed, "ana")
    assert exports_of(served, "ana", 2) == ()
    assert [one.sha256 for one in ExportLog(folder=served.office.desk("ana")).read()] == [sha256]


async def test_colleagues_see_it_once_the_server_took_it(served: Served, tmp_path: Path) -> None:
    export(served, tmp_path / "x.jsonl")
    waiting = outbox(served, "ana").waiting()
    assert [one.header.case for one in waiting] == sorted([case_id(1), case_id(2)])
    keyring = Keyring(served.credentials)
    packets = Packets(
        store=served.store,
        line=served.office.line,
        identity=served.credentials.packet,
        keyring=keyring,
        returns=Returns(store=served.store, box=keyring.returns),
        hours=48,
    )
    for one in waiting:
        taken = await packets.take(one.data, one.signature, NOW)
        assert taken.outcome is Outcome.TAKEN
    shutil.rmtree(served.drop)
    await served.bundle()
    served.office.run("open", str(served.drop), desk="ben")
    for number in (1, 2):
        (moment,) = exports_of(served, "ben", number)
        assert (moment.author, moment.position) == ("ana", 1)


async def test_who_may_not_export_is_told_who_can(served: Served, tmp_path: Path) -> None:
    to = tmp_path / "x.jsonl"
    command = ("export", "jsonl", "--to", str(to), "--reason", REASON)
    assert 'the right "lead", which this needs: ask ana.' in served.office.refuse(
        *command, desk="ben"
    )
    served.office.join("dolma", "--rights", "read,act,lead", "--compartments", "general,lead")
    assert "ask ana or dolma." in served.office.refuse(*command, desk="ben")
    served.office.add("ana", "--rights", "read,lead", "--compartments", "general,lead")
    assert 'the right "act", which this needs: ask ben or dolma.' in served.office.refuse(
        *command, desk="ana"
    )
    assert not to.exists()
    for name in ("ana", "ben"):
        assert outbox(served, name).waiting() == ()
        assert ExportLog(folder=served.office.desk(name)).read() == []


async def test_reading_and_counting_need_no_right_to_lead(served: Served, tmp_path: Path) -> None:
    served.office.run("stats", desk="ben")
    served.office.run("files", case_number(1), "--to", str(tmp_path / "files"), desk="ben")


async def test_what_no_case_can_record_is_not_exported(served: Served, tmp_path: Path) -> None:
    (served.office.desk("ana") / "outbox").write_text("no folder")
    code, _ = served.office.attempt(
        "export", "jsonl", "--to", str(tmp_path / "x.jsonl"), "--reason", REASON, desk="ana"
    )
    assert code == 1
    assert not (tmp_path / "x.jsonl").exists()


async def test_an_expired_statement_lets_nobody_export(served: Served, tmp_path: Path) -> None:
    served.office.today = served.office.today.replace(year=2030)
    command = ("export", "jsonl", "--to", str(tmp_path / "x.jsonl"), "--reason", REASON)
    assert "statement" in served.office.refuse(*command, desk="ana")
