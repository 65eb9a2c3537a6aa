"""The whole job as a newcomer runs it: piped lines in, the opened case out."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.demo_made import PLAIN, TREE, cases, kill_when, run
from tests.line_made import LANGUAGES
from tests.reports import ANSWERS, WORDS, short

#: Languages in `make test`; the others are in `make thorough`.
QUICK = ("en", "ug")
CONTENT = b"They wrote this to us.\n" * 1_000


@pytest.fixture
def keep(demo_ready: Path, tmp_path: Path) -> Path:
    """Return a folder that is set up; `test_a_newcomer...` below begins without one."""
    return Path(shutil.copytree(demo_ready, tmp_path / "kept"))


@pytest.mark.parametrize(
    "language",
    [tag if tag in QUICK else pytest.param(tag, marks=pytest.mark.thorough) for tag in LANGUAGES],
)
def test_a_piped_report_ends_with_the_opened_case(language: str, keep: Path) -> None:
    out = run(keep, short(language))
    (case,) = cases(keep)
    assert case.words("A1") == [WORDS[language]]
    assert case.codes() == ANSWERS
    assert case.submission.language == language
    shown = out[out.index("caseworker") :]
    assert WORDS[language] in shown
    assert case.submission.number in shown
    assert "My family or friends back home are being pressured" in shown


def test_a_file_goes_the_whole_way_and_is_opened_at_the_desk(keep: Path, tmp_path: Path) -> None:
    letter = tmp_path / "the letter.txt"
    letter.write_bytes(CONTENT)
    lines = short("en")
    at = lines.index("/done")
    typed = [*lines[:at], "/file /nowhere/at/all", f"/file {letter}", *lines[at:]]
    for _ in range(2):  # the second time, all of it was taken before
        out = run(keep, typed)
        assert "no such file" in out
        shown = out[out.index("caseworker") :]
        assert "the letter.txt" in shown
    kept, sealed = [*(keep / "server" / "blobs").rglob("*.age")], [*keep.glob("digests/files/*")]
    assert len(kept) == len(sealed) == 1
    assert CONTENT[:50] not in kept[0].read_bytes()
    opened = [path for path in (keep / "staff").glob("files of */*") if path.is_file()]
    assert [path.read_bytes() for path in opened] == [CONTENT]
    assert letter.read_bytes() == CONTENT
    (case,) = cases(keep)
    assert case.words("A1") == [WORDS["en"]]


def test_a_file_of_a_report_that_was_stopped_leaves_nothing(keep: Path, tmp_path: Path) -> None:
    letter = tmp_path / "the letter.txt"
    letter.write_bytes(CONTENT)
    lines = short("en")
    at = lines.index("/done")
    run(keep, [*lines[:at], f"/file {letter}", "/stop", "1"])
    assert cases(keep) == []
    assert [*(keep / "server" / "blobs").rglob("*.age")] == []
    assert letter.read_bytes() == CONTENT


def test_the_same_input_again_changes_nothing(keep: Path) -> None:
    run(keep, short("en"))
    before = cases(keep)
    run(keep, short("en"))
    assert cases(keep) == before


def test_more_lines_go_on_where_the_conversation_was(keep: Path) -> None:
    lines = short("en")
    out = run(keep, lines[:6])
    assert cases(keep) == []
    assert "still open" in out
    run(keep, lines)
    (case,) = cases(keep)
    assert case.words("A1") == [WORDS["en"]]


def test_a_newcomer_without_a_folder_to_keep_leaves_nothing_behind(tmp_path: Path) -> None:
    """What is piped in is the example of the manual."""
    manual = (TREE / "docs" / "commands.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^printf '(.+)' \| quietline demo", manual, re.MULTILINE)
    done = subprocess.run(
        [sys.executable, "-m", "bot", "demo"],
        cwd=TREE,
        input=example.replace("\\n", "\n"),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **PLAIN, "TMPDIR": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert "Two officers came to my home." in done.stdout[done.stdout.index("caseworker") :]
    assert list(tmp_path.iterdir()) == []


def test_nothing_that_is_not_the_demo_s_is_deleted(tmp_path: Path) -> None:
    staff = tmp_path / "staff"
    staff.mkdir()
    for name in ("cards.txt", "key.age"):
        (staff / name).write_text("precious", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "bot", "demo", "--keep", str(tmp_path)],
        cwd=TREE, input=b"", capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert b"is not the demo's" in done.stderr
    assert sorted(p.name for p in staff.iterdir()) == ["cards.txt", "key.age"]


def test_lines_that_are_not_text_or_too_long_are_told(keep: Path) -> None:
    lines = short("en")
    at = lines.index("/done")
    long = "w" * 1_000_050
    typed = [*lines[:at], long, "/done", *lines[at + 1 :]]
    data = (
        "".join(f"{line}\n" for line in typed).encode().replace(b"/done\n", b"\xff\xfe\n/done\n", 1)
    )
    done = subprocess.run(
        [sys.executable, "-m", "bot", "demo", "--keep", str(keep)],
        cwd=TREE, input=data, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert b"is not UTF-8 text" in done.stdout
    assert b"too long for one message" in done.stdout
    (case,) = cases(keep)
    assert case.words("A1") == [WORDS["en"]]


def test_an_own_form_is_asked_and_its_labels_are_at_the_desk(tmp_path: Path) -> None:
    form, keep = tmp_path / "helpdesk.md", tmp_path / "kept"
    made = subprocess.run(
        [sys.executable, "-m", "bot", "forms", "new", str(form)],
        cwd=TREE, capture_output=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    told = ["1", "A stranger waited at my door.", "/done", "1", "2", "1"]
    out = run(keep, told, form=form)
    (case,) = cases(keep)
    assert case.submission.form.id == "helpdesk"
    assert case.words("story") == ["A stranger waited at my door."]
    assert case.codes() == {"consent": "yes", "recency": "week", "contact": "no"}
    shown = out[out.index("caseworker") :]
    assert "week  This week" in shown
    assert "Urgency   U2" in shown
    assert "skipped now" in run(keep, told, form=form)


def test_a_form_that_cannot_be_tried_is_named_and_leaves_no_line(
    keep: Path, tmp_path: Path
) -> None:
    faults = TREE / "tests" / "forms" / "twenty-faults.md"
    empty = tmp_path / "empty.md"
    empty.write_text("nothing of a form", encoding="utf-8")
    for form, place, why in (
        (tmp_path / "away.md", tmp_path / "new", "cannot be read (No such file or directory)"),
        (empty, tmp_path / "new", "has words in none of the line's languages (en, "),
        (faults, tmp_path / "new", "has faults (20), the first: survey, line 5"),
        (faults, keep, "asks another form: name another folder"),
    ):
        printed = kill_when(place, [], lambda _: False, form=form)
        assert (printed.code, printed.out.count("You are")) == (1, 0)
        assert why in printed.error
        assert not (tmp_path / "new" / "server").exists()
    assert not [*(keep / "digests").iterdir()]
