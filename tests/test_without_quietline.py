"""`docs/without-quietline.md`, followed literally: its commands, its scripts, its outputs.

The line is a real one: founded with paper cards, served by `quietline run`, written to in Uyghur with
a photo. What then lies in the folder is what the page says is there, and nothing of ours is run.
"""

import asyncio
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import mnemonic
import pytest
import pytest_asyncio

from desk import keyfile
from tests.running import Firm
from tests.talkers import Evidence, Talker
from tests.test_age_peers import NODE
from tests.test_story import people, scene

TREE = Path(__file__).parent.parent
PAGE = TREE / "docs" / "without-quietline.md"
NODE_MODULES = TREE / "tests" / "node" / "node_modules"
BLOCK = re.compile(r"^ *```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
#: What isn't run here, and why.
NOT_RUN = {
    "npm install age-encryption@0.3.1": "needs a network; what it installs is in tests/node",
}
#: Said in every window of the terminal. `age` itself is not on every machine that runs the tests.
FIRST = 'age() { node age.mjs "$@"; }'
#: Commands that ask for something: a key file's six words, or a card's.
WORDS_ASKED, CARD_ASKED = "age -d -o key.txt key.age", "node card.mjs > key.txt"
NOTE = "Called the lawyer."
PHOTO = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"what a camera wrote" * 40


@dataclass(frozen=True)
class Block:
    """A code block of the page: its language, and what it says."""

    kind: str
    text: str


@dataclass
class Left:
    """What a line has left: a folder as the page wants it, and what its people know by heart."""

    folder: Path
    words: str
    recovery: str
    root: str
    told: str
    case: str


def blocks() -> list[Block]:
    """Read the page's code blocks, in their order."""
    found = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    return [Block(kind, re.sub(r"^  (?=\S)", "", text) if kind == "sh" else text)
            for kind, text in found]  # fmt: skip


def shell(folder: Path, text: str, typed: str = "") -> str:
    """Run commands in a window of their own; return what they printed."""
    done = subprocess.run(
        ["bash", "-eu", "-c", f"{FIRST}\n{text}"],
        cwd=folder,
        input=typed,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PATH": f"{NODE.parent}:{os.environ['PATH']}", "PYTHONPATH": ""},
        check=False,
    )
    assert done.returncode == 0, f"{text}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


def follow(left: Left, way: str) -> str:
    """Do what the page says, to its end, with one of its two keys; return all that it printed."""
    (left.folder / "node_modules").symlink_to(NODE_MODULES)
    english = Path(mnemonic.__file__).parent / "wordlist" / "english.txt"
    shutil.copy(english, left.folder / "english.txt")
    asked = {WORDS_ASKED: left.words, CARD_ASKED: left.recovery}
    other = CARD_ASKED if way == WORDS_ASKED else WORDS_ASKED
    printed, last = "", ""
    for block in blocks():
        text = block.text.strip()
        if block.kind == "js":
            name = text.removeprefix("// ").split(":")[0]
            (left.folder / name).write_text(block.text, encoding="utf-8")
        elif block.kind == "text":
            assert shown_in(text, last), f"{text}\n---\n{last}"
        elif block.kind == "sh" and text not in {*NOT_RUN, FIRST}:
            lines = [line for line in text.splitlines() if line != other]
            typed = next((said for line, said in asked.items() if line in lines), "")
            last = shell(left.folder, "\n".join(lines), typed + "\n")
            printed += last
    return printed


def shown_in(expected: str, printed: str) -> bool:
    """Tell whether lines were printed; `…` stands for anything."""
    lines = (re.escape(line).replace("…", ".*") for line in expected.splitlines())
    return all(re.search(f"^{line}$", printed, re.MULTILINE) for line in lines)


async def reported(founded: Firm, place: Path) -> tuple[Firm, Talker]:
    """Have a person report in Uyghur, with a photo; end the line."""
    async with scene(founded, place) as made:
        ug = next(one for one in people(made.remote, made.firm, 5) if one.reading.language == "ug")
        ug.file = Evidence(content=PHOTO)
        await ug.reports()
        await asyncio.to_thread(made.firm.line, "digest", "now")
        return made.firm, ug


def noted(firm: Firm, number: str) -> Path:
    """Have Anna read and note something at her desk, and the server take it; return her outbox."""
    firm.line("bundle", "export", "--files")
    office = firm.office
    office.run("open", str(firm.home / "digests"), desk="anna", answers=[firm.words])
    office.run("show", number, desk="anna", answers=[firm.words])
    office.run("note", number, NOTE, desk="anna", answers=[firm.words])
    outbox = office.desk("anna") / "outbox"
    assert "taken" in firm.line("packets", "import", str(outbox)).stdout
    return outbox


@pytest.fixture
def left(all_left: Left, tmp_path: Path) -> Left:
    """Return a copy of what a line has left."""
    return replace(all_left, folder=Path(shutil.copytree(all_left.folder, tmp_path / "left")))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def all_left(founded: Firm, tmp_path_factory: pytest.TempPathFactory) -> Left:
    """Return what a line has left, and no Quietline."""
    tmp_path = tmp_path_factory.mktemp("line")
    firm, talker = await reported(founded, tmp_path)
    ((submission, _),) = firm.cases()
    outbox = noted(firm, submission.number)
    firm.line("bundle", "export", "--files")
    folder = tmp_path / "left"
    digests = firm.home / "digests"
    folder.mkdir()
    bundle = max(digests.glob("bundle-*.tar"))
    newest = max(digests.glob("digest-*.age"))
    for ending in ("", ".sig"):
        shutil.copy(f"{bundle}{ending}", folder / f"bundle-000001.tar{ending}")
        for packet in outbox.glob("*.tar"):
            shutil.copy(f"{packet}{ending}", folder)
        shutil.copy(f"{newest}{ending}", folder / f"digest-000001.age{ending}")
    shutil.copytree(digests / "files", folder / "files")
    shutil.copy(firm.office.desk("anna") / "key.age", folder)
    return Left(
        folder=folder,
        words=keyfile.spelled(firm.words),
        recovery=firm.recovery,
        root=firm.root,
        told=talker.words,
        case=submission.case.hex(),
    )


@pytest.mark.parametrize("way", [WORDS_ASKED, CARD_ASKED])
def test_the_page_opens_and_checks_all_that_a_line_has_left(left: Left, way: str) -> None:
    printed = follow(left, way)
    words = json.dumps({"words": left.told}, ensure_ascii=False, separators=(",", ":"))
    assert left.root in printed
    assert f'"value":{words}' in printed
    assert 'Good "quietline-digest@v1" signature for server' in printed
    assert 'Good "quietline-packet@v1" signature for anna' in printed
    assert NOTE in printed
    assert NOTE in (left.folder / "later.txt").read_text()
    assert f"{left.case}: 3 entries, whole" in printed
    assert f"{left.case}: sent by staff: 1, 2\n" in printed
    (photo,) = (file for file in (left.folder / "files").iterdir() if file.suffix != ".age")
    assert photo.read_bytes() == PHOTO
    heads = re.findall(r'^"heads":"[0-9a-f]{64}"$', printed, re.MULTILINE)
    assert len(heads) >= 2
    assert heads[0] in heads[1:]


def test_what_is_not_run_is_named_and_is_what_the_tests_have() -> None:
    written = "\n".join(block.text for block in blocks() if block.kind == "sh")
    assert [command for command in (*NOT_RUN, FIRST) if command not in written] == []
    package = json.loads((NODE_MODULES / "age-encryption" / "package.json").read_text())
    assert f"npm install age-encryption@{package['version']}" in NOT_RUN
