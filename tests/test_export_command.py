"""Exports as staff make them: a reason, a record, whole or not at all, and bags that others check."""

import argparse
import csv
import hashlib
import io
import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import bagit
import pypdf
import pytest

from desk import exporting, saving
from desk.errors import BrokenExportLog, LiesThere, NoInput
from desk.export.extract import Redaction
from desk.export.packing import files_below, pack
from desk.export.record import FIRST, ExportLog, ExportRecord
from desk.terminal import Script
from storage.entry import Codes, Words
from tests.exports_made import FONTS
from tests.files_made import FilesServed, Sent, opened
from tests.office import TODAY
from tests.served import WORDS, case_id, case_number
from tests.test_desk_files import picture

LETTER = b"A letter that came to my mother.\n" * 40
TRICK = "../../etc/passwd\u202egnp.jpg"
REASON = "asked for by the prosecutor"


@pytest.fixture
async def served(tmp_path: Path) -> FilesServed:
    """A desk that holds one case with a letter and a photo, whose name is a path."""
    made = FilesServed(tmp_path / "office")
    made.office.let_lead("ana")
    await made.send_files(
        1,
        [
            Sent(data=LETTER),
            Sent(data=picture(), name=TRICK, type="image/jpeg", kind="photo"),
        ],
    )
    await made.export()
    return opened(made)


def run(served: FilesServed, *command: str, reason: str = REASON) -> str:
    more = ["--reason", reason, "--fonts", str(FONTS)]
    return served.office.run("export", *command, *more, desk="ana")


def refuse(served: FilesServed, *command: str, answers: tuple[str, ...] = ()) -> str:
    return served.office.refuse("export", *command, desk="ana", answers=answers)


def records(served: FilesServed) -> list[ExportRecord]:
    return ExportLog(folder=served.office.desk("ana")).read()


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "office")


# --- a reason and a record ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["x.jsonl", "x.pdf", "x.xlsx", "x.csv", "x.zip", "bag"])
async def test_every_export_is_recorded_with_its_reason_and_hash(
    served: FilesServed, tmp_path: Path, name: str
) -> None:
    formats = {"x.csv": "uwazi", "x.zip": "uwazi", "bag": "bag"}
    kind = formats.get(name, name.removeprefix("x."))
    said = run(served, kind, case_number(1), "--to", str(tmp_path / name))
    assert "1 case written to" in said
    assert "exports.jsonl" in said
    (record,) = records(served)
    assert (record.format, record.cases, record.reason) == (kind, (case_id(1),), REASON)
    made = tmp_path / name
    hashed = made / "tagmanifest-sha256.txt" if made.is_dir() else made
    assert record.sha256 == hashlib.sha256(hashed.read_bytes()).hexdigest()
    assert made.stat().st_mode & 0o077 == 0
    assert left(tmp_path) == [name]


async def test_an_export_on_the_screen_is_recorded_as_well(served: FilesServed) -> None:
    shown = run(served, "jsonl")
    (record,) = records(served)
    assert record.sha256 == hashlib.sha256(f"{shown}\n".encode()).hexdigest()


@pytest.mark.parametrize("reason", ["", "   "])
async def test_without_a_reason_there_is_no_export(
    served: FilesServed, tmp_path: Path, reason: str
) -> None:
    to = ("--to", str(tmp_path / "x.jsonl"))
    assert "needs a reason" in refuse(served, "jsonl", *to, "--reason", reason)
    assert "needs a reason" in refuse(served, "jsonl", *to, answers=(reason,))
    wrong = refuse(served, "jsonl", *to)
    assert wrong.endswith("to answer: Why is this exported? It is recorded; name nobody.\n")
    assert (left(tmp_path), records(served)) == ([], [])


async def test_who_gives_no_reason_is_asked_for_one(served: FilesServed) -> None:
    served.office.run("export", "jsonl", desk="ana", answers=("a  court\nasked",))
    assert [one.reason for one in records(served)] == ["a court asked"]


async def test_what_cannot_be_recorded_is_not_exported(served: FilesServed, tmp_path: Path) -> None:
    (served.office.desk("ana") / "exports.jsonl").mkdir()
    refuse(served, "jsonl", "--reason", REASON, "--to", str(tmp_path / "x.jsonl"))
    assert left(tmp_path) == []


async def test_another_audit_can_be_given_and_stops_an_export(
    served: FilesServed, tmp_path: Path
) -> None:
    told: list[ExportRecord] = []

    def audit(record: ExportRecord) -> None:
        told.append(record)
        raise BrokenExportLog(1)

    parsers = argparse.ArgumentParser()
    exporting.register(parsers.add_subparsers(), audit=lambda _desk: audit)
    desk, line = served.office.desk("ana"), served.office.line_folder
    args = parsers.parse_args(
        ["export", "jsonl", "--reason", REASON, "--to", str(tmp_path / "x"), "--desk", str(desk),
         "--line", str(line), "--today", str(TODAY)]
    )  # fmt: skip
    args.terminal = served.office.terminal
    with pytest.raises(BrokenExportLog):
        args.run(args)
    assert [one.reason for one in told] == [REASON]
    assert left(tmp_path) == []


def record(reason: str) -> ExportRecord:
    return ExportRecord(
        format="pdf", cases=(bytes(16),), redaction=Redaction.DIRECT, reason=reason, day=TODAY,
        sha256="00" * 32,
    )  # fmt: skip


def test_the_record_notices_what_was_changed_taken_out_or_put_in(tmp_path: Path) -> None:
    log = ExportLog(folder=tmp_path)
    kept = [record("one"), record("two\nlines «é»"), record("three")]
    for one in kept:
        log(one)
    assert log.read() == kept
    assert log.path.stat().st_mode & 0o777 == 0o600
    lines = log.path.read_bytes().splitlines(keepends=True)
    assert json.loads(lines[0])["previous"] == FIRST
    for broken in (
        [lines[0].replace(b"one", b"two"), *lines[1:]],
        [lines[0], lines[2]],
        lines[1:],
        [lines[0], lines[0], *lines[1:]],
        [lines[0], lines[1][:40]],
    ):
        log.path.write_bytes(b"".join(broken))
        with pytest.raises(BrokenExportLog):
            log.read()


def test_after_a_torn_line_the_record_goes_on_and_the_tear_shows(tmp_path: Path) -> None:
    log = ExportLog(folder=tmp_path)
    log(record("one"))
    log.path.write_bytes(log.path.read_bytes() + b'{"half')
    log(record("two"))
    with pytest.raises(BrokenExportLog, match="Line 2"):
        log.read()
    assert len(log.path.read_bytes().splitlines()) == 3


async def test_verify_names_a_record_that_was_changed(served: FilesServed) -> None:
    run(served, "jsonl")
    assert "1 export is recorded here" in served.office.run("verify", desk="ana")
    path = served.office.desk("ana") / "exports.jsonl"
    path.write_bytes(path.read_bytes().replace(b"prosecutor", b"journalist") * 2)
    code, _ = served.office.attempt("verify", desk="ana")
    assert code == 1
    assert "record of exports" in served.office.terminal.shown


# --- whole or not at all -----------------------------------------------------------------------


async def test_nothing_is_replaced_and_a_wrong_place_is_said_at_once(
    served: FilesServed, tmp_path: Path
) -> None:
    there = tmp_path / "x.pdf"
    there.write_text("mine")
    (tmp_path / "hung.zip").symlink_to(tmp_path / "nowhere")
    for command, says in (
        (["pdf", "--to", str(there)], "nothing is replaced"),
        (["bag", "--to", str(tmp_path / "hung.zip")], "nothing is replaced"),
        (["pdf", "--to", str(tmp_path / "x.doc")], "ends with .pdf"),
        (["uwazi", "--to", str(tmp_path / "x")], "ends with .csv or .zip"),
        (["pdf"], "--to"),
        (["jsonl", "--to", str(tmp_path / "no" / "x")], "no folder"),
        (["jsonl", "K7Q-4MD-999"], "no case K7Q-4MD-999"),
    ):
        assert says in refuse(served, *command, "--reason", REASON)
    assert there.read_text() == "mine"
    assert records(served) == []


def test_a_sweep_takes_what_a_crash_left_and_never_a_desk(tmp_path: Path) -> None:
    desk, crashed = tmp_path / ".quietline-desk", tmp_path / ".quietline-0123456789abcdef"
    for folder in (desk, crashed):
        folder.mkdir()
        (folder / "key.age").write_text("x")
    saving.sweep(tmp_path)
    assert left(tmp_path) == [".quietline-desk"]
    assert (desk / "key.age").exists()


def test_a_file_that_came_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    with saving.fresh_folder(tmp_path) as folder:
        (folder / "made").write_text("new")
        (tmp_path / "there").write_text("old")
        with pytest.raises(LiesThere):
            saving.keep(folder / "made", tmp_path / "there")
    assert (tmp_path / "there").read_text() == "old"
    assert left(tmp_path) == ["there"]


# --- evidence bags -----------------------------------------------------------------------------


async def test_a_bag_is_valid_for_others(served: FilesServed, tmp_path: Path) -> None:
    bag = tmp_path / "bag"
    run(served, "bag", case_number(1), "--to", str(bag))
    assert bagit.Bag(str(bag)).validate()
    assert bagit.Bag(str(bag)).info["Bagging-Date"] == TODAY.isoformat()
    assert all(map(_sums_agree, (bag / "manifest-sha256.txt", bag / "tagmanifest-sha256.txt")))
    inside = {path.relative_to(bag).as_posix() for path in files_below(bag)}
    named = {line.split("  ", 1)[1] for line in _lines(bag / "manifest-sha256.txt")}
    assert named == {name for name in inside if name.startswith("data/")}
    tags = {line.split("  ", 1)[1] for line in _lines(bag / "tagmanifest-sha256.txt")}
    assert tags | named | {"tagmanifest-sha256.txt"} == inside
    assert "custody.jsonl" in tags


async def test_a_bag_holds_originals_under_names_that_lead_nowhere(
    served: FilesServed, tmp_path: Path
) -> None:
    bag = tmp_path / "bag"
    run(served, "bag", "--to", str(bag))
    case = bag / "data" / case_number(1)
    originals = [path for path in case.iterdir() if path.name.endswith(".quarantine")]
    assert {path.read_bytes() for path in originals} == {LETTER, picture()}
    assert sorted(path.name for path in case.iterdir() if path not in originals) == [
        "casefile.json",
        "casefile.pdf",
    ]
    assert not [name for name in map(str, originals) if "\u202e" in name or ".." in name]
    assert all(path.resolve().parent == case.resolve() for path in originals)
    told = json.loads((case / "casefile.json").read_text())
    assert told["number"] == case_number(1)
    assert pypdf.PdfReader(case / "casefile.pdf").pages


async def test_a_bag_tells_who_had_what_in_a_chain(served: FilesServed, tmp_path: Path) -> None:
    run(served, "jsonl")
    bag = tmp_path / "bag"
    run(served, "bag", "--to", str(bag))
    lines = (bag / "custody.jsonl").read_bytes().splitlines()
    last = FIRST
    for line in lines:
        assert json.loads(line)["previous"] == last
        last = hashlib.sha256(line).hexdigest()
    events = [json.loads(line) for line in lines]
    assert [one["event"] for one in events] == [
        "received",
        "file",
        "file",
        "exported before",
        "exported",
    ]
    for one in events[1:3]:
        assert hashlib.sha256((bag / one["path"]).read_bytes()).hexdigest() == one["sha256"]
        assert one["day"] == TODAY.isoformat()
    assert (events[4]["by"], events[4]["reason"]) == ("ana", REASON)
    (row,) = await served.store.journal(case_id(1))
    assert events[0]["journal_end"] == row.chain.hex()


async def test_a_zipped_bag_is_the_same_bag(served: FilesServed, tmp_path: Path) -> None:
    run(served, "bag", "--to", str(tmp_path / "bag.zip"))
    with zipfile.ZipFile(tmp_path / "bag.zip") as packed:
        packed.extractall(tmp_path / "out")
    assert bagit.Bag(str(tmp_path / "out" / "bag")).validate()


async def test_a_file_that_is_not_here_is_named_in_the_bag(
    served: FilesServed, tmp_path: Path
) -> None:
    shutil.rmtree(served.office.desk("ana") / "mirror" / "files")
    command = ["bag", "--to", str(tmp_path / "bag"), "--reason", REASON, "--fonts", str(FONTS)]
    code, wrong = served.office.attempt("export", *command, desk="ana")
    assert code == 1
    assert wrong.count("is not here") == 2
    events = [json.loads(line) for line in _lines(tmp_path / "bag" / "custody.jsonl")]
    assert [one.get("checked") for one in events if one["event"] == "file"] == [None, None]
    assert bagit.Bag(str(tmp_path / "bag")).validate()


@pytest.mark.parametrize("level", ["direct", "contextual"])
async def test_a_redacted_bag_holds_no_file_no_case_and_no_reason(
    served: FilesServed, tmp_path: Path, level: str
) -> None:
    bag = tmp_path / "bag"
    said = run(served, "bag", "--redact", level, "--to", str(bag))
    assert f"is case {case_number(1)}" in said
    whole = b"".join(path.read_bytes() for path in files_below(bag))
    for secret in (case_number(1), case_id(1).hex(), REASON, "letter.txt", "quarantine"):
        assert secret.encode() not in whole, secret
    assert {path.name for path in files_below(bag / "data")} == {"casefile.json", "casefile.pdf"}


def test_a_packed_name_never_leads_out(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "one").write_text("1")
    (folder / "hung").symlink_to("/etc/passwd")
    pack(folder, tmp_path / "x.zip", root="bag")
    with zipfile.ZipFile(tmp_path / "x.zip") as packed:
        assert packed.namelist() == ["bag/one"]


# --- Uwazi with files; the lead's answers ------------------------------------------------------


async def test_uwazi_finds_each_attachment_in_the_zip(served: FilesServed, tmp_path: Path) -> None:
    run(served, "uwazi", "--to", str(tmp_path / "x.zip"))
    with zipfile.ZipFile(tmp_path / "x.zip") as packed:
        names = set(packed.namelist())
        (row,) = csv.DictReader(io.StringIO(packed.read("import.csv").decode()))
    attached = row["attachments"].split("|")
    assert {*attached, "import.csv"} == names
    assert [name.rpartition(".")[2] for name in attached].count("quarantine") == 2
    assert [name for name in attached if name.endswith("-copy.jpg")]
    assert not [name for name in names if "/" in name or "\\" in name]


async def test_the_duress_word_leaves_only_whole_and_from_who_can_read_it(tmp_path: Path) -> None:
    office = FilesServed(tmp_path / "office", "ana", "ben")
    office.office.add("ana", "--rights", "read,act,lead", "--compartments", "general,lead")
    office.office.let_lead("ben")
    cards = str(office.office.cards)
    office.office.run("keys", "share", "ana", "--recovery", "--card", cards, desk="ana")
    duress = ("F3B", 0, 0, Words(words="canary-duress"), "lead")
    own = ("OWN", 0, 0, Words(words="canary-of-an-own-form"), "lead")
    await office.send(1, [("A2", 0, 0, Codes(codes=("CP",)), "general"), duress, own])
    await office.export()
    shown: dict[tuple[str, str], str] = {}
    for name in ("ana", "ben"):
        office.office.run("open", str(office.drop), desk=name)
        for level in Redaction:
            command = ("export", "jsonl", "--redact", level.value, "--reason", REASON)
            shown[name, level.value] = office.office.run(*command, desk=name)
    holds = [who for who, text in shown.items() if "canary-" in text]
    assert holds == [("ana", "none")]
    assert "duress word" in shown["ana", "none"]
    assert not [text for who, text in shown.items() if "lead" in text and who != ("ana", "none")]


async def test_a_redacted_export_is_told_with_what_it_may_still_tell(
    served: FilesServed, tmp_path: Path
) -> None:
    said = run(served, "xlsx", "--redact", "direct", "--to", str(tmp_path / "x.xlsx"))
    assert "does not find names" in said
    assert "job, age, city and family" in said
    assert WORDS[:5] not in said


def _sums_agree(manifest: Path) -> bool:
    command = ["sha256sum", "--strict", "--status", "-c", manifest.name]
    return subprocess.run(command, cwd=manifest.parent, check=False).returncode == 0


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("Your six words:", "Your six words."),
        ("Send this? (yes/no)", "Send this? (yes/no)."),
        ("Press Enter when they are on paper.", "Press Enter when they are on paper."),
        (">", "what was asked above."),
    ],
)
def test_what_nobody_answered_is_named_in_a_sentence_with_one_end(asked: str, said: str) -> None:
    with pytest.raises(NoInput) as caught:
        Script().ask(asked)
    assert str(caught.value) == f"Nobody was there to answer: {said}"
