"""What sizes and counts tell: nothing about which questions were answered, and little of how many."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.digest import make_digest
from bot.keyring import BLOCK, NONCE
from storage import age, digest
from storage.digest import CAPACITY
from storage.entry import INDEX_BYTES
from storage.padding import KIB, answer_size, package_size
from tests.line_made import LANGUAGES, Made, made
from tests.reports import short

TAG = 16  # bytes that ChaCha20-Poly1305 adds
KEY_NAME = 64  # bytes before a draft's answer that name its reading key

BEGIN = ["/start", "English", "1", "1", "1"]
#: The fewest answers that can be sent: two before consent, consent, and one.
FEWEST = [*BEGIN, "/skip", "/skip", "CP", "/send", "1"]
#: Answers in three compartments: relatives' details, and the word for the head of the team.
COMPARTMENTS = [
    *BEGIN, "/skip", "/skip", "CP", "/skip", "/skip", "1", "/skip", "/skip", "blue teapot", "rain",
    "2", "1", "1", "1", "/skip", "/skip", "1",
]  # fmt: skip
#: Every question of the shipped form that one person can come to without danger.
LONGEST = [
    *BEGIN, "1", "w" * 400, "/done", "1, 2", "4", "2020-05", "1", "1", "1", "1", "blue teapot", "rain",
    "2", "1, 2, 3", "1", "1", "1, 2", "1", "1, 2", "/skip", "1", "1", "1, 2", "1", "1", "1",
]  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """What can be measured of a case from outside."""

    rows: tuple[tuple[str, tuple[object, ...]], ...]

    @classmethod
    def of(cls, home: Path) -> "Shape":
        """Return sizes, keys and days of everything that is kept of the one case there is."""
        rows: list[tuple[str, tuple[object, ...]]] = []
        with closing(sqlite3.connect(home / "quietline.db")) as database:
            for table in (
                "chats",
                "drafts",
                "letters",
                "timers",
                "codes",
                "index_entries",
                "journal",
            ):
                for row in database.execute(f"SELECT * FROM {table}"):  # noqa: S608 - our own tables
                    sizes = tuple(len(v) if isinstance(v, bytes) else v for v in row)
                    rows.append((table, sizes))
        return cls(tuple(rows))


def fresh(home: Path) -> Path:
    home.mkdir()
    return home


async def case_of(home: Path, lines: list[str]) -> tuple[Shape, list[str], set[str]]:
    """Give a report; return the case's shape, its questions, and the compartments in it."""
    async with made(fresh(home), sqlite=True) as line:
        person = line.person()
        for said in lines:
            await person.says(said)
        assert person.heard == ["sent", "end"]
        ((_, answers),) = await line.cases()
        questions = [a.question for a in answers]
        form = line.app.content.form
        return Shape.of(home), questions, {form.by_name[q].compartment for q in questions}


async def test_cases_of_different_answers_and_compartments_have_one_shape(tmp_path: Path) -> None:
    few = await case_of(tmp_path / "few", FEWEST)
    usual = await case_of(tmp_path / "usual", ["/start", *short("en", words="w" * 400)])
    other = await case_of(tmp_path / "compartments", COMPARTMENTS)
    whole = await case_of(tmp_path / "longest", LONGEST)
    assert len({len(questions) for _, questions, _ in (few, usual, other, whole)}) == 4
    assert len(whole[1]) == 26
    assert (few[2], other[2]) == ({"general"}, {"general", "relatives", "lead"})
    assert few[0] == usual[0] == other[0] == whole[0]
    tables = [table for table, _ in few[0].rows]
    assert tables == ["codes", "index_entries", "journal"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_short_report_has_one_shape_in_every_language(
    language: str, tmp_path: Path
) -> None:
    english = await case_of(tmp_path / "en", ["/start", *short("en")])
    theirs = await case_of(tmp_path / "theirs", ["/start", *short(language)])
    assert english[0] == theirs[0]


async def test_a_case_is_as_large_as_its_class(tmp_path: Path) -> None:
    """How much was told shows as 256 KiB or whole MiB, and as nothing finer."""
    sizes = {}
    for name, words, parts in (("one", 1, 1), ("six", 200, 6), ("ten", 7_000, 20)):
        lines = ["/start", *short("en")]
        at = lines.index("/done")
        lines[at - 1 : at] = ["字" * words] * parts
        shape, _, _ = await case_of(tmp_path / name, lines)
        (sizes[name],) = [row[-1] for table, row in shape.rows if table == "journal"]
    class_of = {
        name: age.sealed_size(package_size(n)) for name, n in (("small", 1), ("next", 257 * KIB))
    }
    assert sizes == {"one": class_of["small"], "six": class_of["small"], "ten": class_of["next"]}


async def test_an_index_entry_has_one_size(tmp_path: Path) -> None:
    for name, lines in (("few", FEWEST), ("many", COMPARTMENTS)):
        shape, _, _ = await case_of(tmp_path / name, lines)
        (size,) = [row[-1] for table, row in shape.rows if table == "index_entries"]
        assert size == age.sealed_size(INDEX_BYTES)


# --- while it is open ---------------------------------------------------------------------------


def sizes(home: Path, table: str, column: str) -> list[int]:
    with closing(sqlite3.connect(home / "quietline.db")) as database:
        return [n for (n,) in database.execute(f"SELECT length({column}) FROM {table}")]  # noqa: S608 - our own


async def test_answers_of_a_draft_have_padme_sizes(tmp_path: Path) -> None:
    async with made(tmp_path, sqlite=True) as line:
        person = line.person()
        for said in [*BEGIN, "1"]:
            await person.says(said)
        whole = NONCE + KEY_NAME + TAG
        short_one = whole + age.sealed_size(answer_size(1))
        assert set(sizes(tmp_path, "drafts", "sealed")) == {short_one}
        for words in (1, 10, 200):
            await person.says("w" * words)
            assert set(sizes(tmp_path, "drafts", "sealed")) == {short_one}
        known = {whole + age.sealed_size(answer_size(n)) for n in range(1, 33_000)}
        for words in range(300, 8_000, 350):
            await person.says("w" * words)
            if person.heard != ["kept"]:
                break
            assert set(sizes(tmp_path, "drafts", "sealed")) <= known
        seen = set(sizes(tmp_path, "drafts", "sealed"))
        assert len(seen) > 3
        assert len({words for words in known if words <= max(seen)}) < 64


async def test_a_choice_and_a_few_words_look_alike(tmp_path: Path) -> None:
    """Also which compartment an answer is for, and which question, does not show."""
    async with made(tmp_path, sqlite=True) as line:
        person = line.person()
        for said in COMPARTMENTS[:-2]:
            await person.says(said)
        assert len(set(sizes(tmp_path, "drafts", "sealed"))) == 1
        assert len(set(sizes(tmp_path, "drafts", "slot"))) == 1


async def test_a_state_does_not_grow_with_each_answer(tmp_path: Path) -> None:
    async with made(tmp_path, sqlite=True) as line:
        person = line.person()
        found: list[int] = []
        for said in [*COMPARTMENTS[:6], *["w"] * 15, "/done", *COMPARTMENTS[7:-1]]:
            await person.says(said)
            found += sizes(tmp_path, "chats", "state")
        assert person.heard == ["review"]
        assert {(size - NONCE - TAG) % BLOCK for size in found} == {0}
        assert len(set(found)) <= 2
        assert len(found) > 35


# --- digests ------------------------------------------------------------------------------------


async def digests(line: Made, folder: Path, days: int) -> list[int]:
    """Make a digest on each of so many days; return how many entries each has room for."""
    carried = []
    for day in range(days):
        result = await make_digest(
            line.app.store,
            line=line.line,
            identity=line.credentials.identity,
            folder=folder,
            today=line.watch().date() + timedelta(days=day),
        )
        carried.append(result.new)
    return carried


async def test_an_empty_and_a_full_digest_have_one_size(tmp_path: Path) -> None:
    folder = tmp_path / "digests"
    async with made(tmp_path) as line:
        assert await digests(line, folder, 1) == [0]
        for number in range(CAPACITY + 2):
            person = line.person(f"person {number}")
            for said in FEWEST:
                await person.says(said)
        assert await digests(line, folder, 3) == [CAPACITY, 2, 0]
    files = sorted(folder.glob("digest-*.age"))
    assert len(files) == 4
    assert {f.stat().st_size for f in files} == {age.sealed_size(digest.SIZE)}
    assert len({f.with_name(f.name + ".sig").stat().st_size for f in files}) == 1
    assert {len(f.name) for f in files} == {len("digest-000001.age")}
    assert len({b"".join(f.read_bytes().split(b"\n")[:1]) for f in files}) == 1
