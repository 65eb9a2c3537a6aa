"""The whole job as a newcomer runs it: piped lines in, the opened case out."""

from pathlib import Path

import pytest

from tests.demo_made import cases, run
from tests.line_made import LANGUAGES
from tests.reports import ANSWERS, WORDS, short


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_piped_report_ends_with_the_opened_case(language: str, tmp_path: Path) -> None:
    keep = tmp_path / "kept"
    out = run(keep, short(language))
    (case,) = cases(keep)
    assert case.words("A1") == [WORDS[language]]
    assert case.codes() == ANSWERS
    assert case.submission.language == language
    shown = out[out.index("caseworker") :]
    assert WORDS[language] in shown
    assert case.submission.number in shown
    assert "My family or friends back home are being pressured" in shown


def test_the_same_input_again_changes_nothing(tmp_path: Path) -> None:
    keep = tmp_path / "kept"
    run(keep, short("en"))
    before = cases(keep)
    run(keep, short("en"))
    assert cases(keep) == before


def test_more_lines_go_on_where_the_conversation_was(tmp_path: Path) -> None:
    keep = tmp_path / "kept"
    lines = short("en")
    out = run(keep, lines[:6])
    assert cases(keep) == []
    assert "still open" in out
    run(keep, lines)
    (case,) = cases(keep)
    assert case.words("A1") == [WORDS["en"]]


def test_without_a_folder_to_keep_nothing_is_left(tmp_path: Path) -> None:
    import os
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "bot", "demo"],
        cwd=Path(__file__).parent.parent,
        input="".join(f"{line}\n" for line in short("en")),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
