"""Dialogues: what a person says and what the line answers, the same on every channel.

A file in `conversations/` has `>` lines (a person), `<` lines (the ids of all texts that come
back, in order) and a last `!` line (what is there in the end). `[code]` is a choice by its label
in the language of the run, `{language}` the language's own name, `{word-x}` a command's first word.

`{file}` is a small photo that is sent, `{voice}` a voice note, `{large file}` a file larger than the
line takes (`file_of` says what of each); `{code}` the case code that was shown last in this
dialogue, `{wrong code}` a well-formed one that leads nowhere. `{other chat}` is nothing that is
said: what follows happens in another chat, of another account. `~` lines are what comes by itself
when every file on its way was fetched, in order; `@` lines what came last into the chat before.

Where there are buttons a `[code]` is pressed, on whatever page it stands, and "done" after it where
several may be chosen. `no-wipe/wiped` is the first where messages stay in the chat for good, and
the second where the channel can take them out.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from bot.engine.codes import draw_code, show_code
from bot.engine.model import Form
from bot.texts import Texts
from bot.texts.languages import LANGUAGES as KNOWN
from storage import age, entry, package, way
from storage.entry import Answer, Codes, Day, File, Number, Words
from storage.way import FurtherAddress
from tests.line_made import Made

FOLDER = Path(__file__).parent / "conversations"
DIALOGUES = {
    path.stem: path.read_text(encoding="utf-8").splitlines() for path in FOLDER.glob("*.txt")
}
#: What files begin with, and something after it.
PHOTO = bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + bytes(range(256)) * 8
VOICE = b"OggS\0\2" + bytes(8) + bytes(range(256)) * 4
#: What stands in an entry that says in which chat one may write as well.
WAY = b'"kind":"way"'
_CODE = re.compile(r"(?<!\d)\d{4}(?: \d{4}){4}(?!\d)")


@dataclass(frozen=True)
class Row:
    """One line of a dialogue: what kind it is, and where it stands."""

    kind: str
    rest: str
    where: str

    @property
    def chosen(self) -> str:
        """The code of the choice that is meant, "" where words are."""
        return self.rest.strip("[]") if self.rest.startswith("[") else ""


def rows_of(name: str, language: str) -> Iterator[Row]:
    """Yield what happens in a dialogue, in order."""
    for number, line in enumerate(DIALOGUES[name], start=1):
        kind, _, rest = line.partition(" ")
        if kind in {">", "<", "!", "~", "@"}:
            yield Row(kind, rest, f"{name}:{number} ({language})")


@dataclass(frozen=True, kw_only=True)
class Given:
    """A file that a person sends; one that is `large` is larger than the line takes."""

    kind: str
    name: str
    type: str
    data: bytes
    large: bool = False


_FILES = {
    "{file}": Given(kind="photo", name="photo.jpg", type="image/jpeg", data=PHOTO),
    "{voice}": Given(kind="voice", name="", type="audio/ogg", data=VOICE),
    "{large file}": Given(kind="video", name="film.mp4", type="video/mp4", data=b"", large=True),
}


def file_of(row: Row) -> Given | None:
    """Return the file that a `>` line sends, None where it is words."""
    return _FILES.get(row.rest)


def goes_elsewhere(row: Row) -> bool:
    """Tell whether a `>` line means that what follows happens in another chat."""
    return row.rest == "{other chat}"


def code_in(text: str) -> str:
    """Return the case code that a text shows, "" for none."""
    found = _CODE.search(text)
    return found[0] if found else ""


def words_of(row: Row, language: str, asked: str, form: Form, texts: Texts, code: str = "") -> str:
    """Return what a person writes.

    `asked` is the id of what they heard last, `code` the case code that they were shown.
    """
    if not row.chosen:
        return _written(row, language, texts, code)
    if asked.startswith("q-"):
        return texts.render(language, f"c-{form.by_name[asked[2:]].list_name}-{row.chosen}")
    return texts.render(language, f"button-{row.chosen}")


def _written(row: Row, language: str, texts: Texts, code: str) -> str:
    match row.rest:
        case "{language}":
            return KNOWN[language].autonym
        case "{code}":
            assert code, row.where
            return code
        case "{wrong code}":
            return show_code(draw_code(b"leads nowhere"))
        case words if words.startswith("{word-"):
            return texts.catalogue(language).words(words.strip("{}"))[0]
        case words:
            return words


def expected(row: Row, language: str, *, removes: bool, timer: bool = False) -> list[str]:
    """Return the ids of a `<` line: a draft says so twice, in its language and in English.

    `timer`: where messages disappear by themselves, which is said after what is said of the app.
    """
    ids = [id_.split("/")[-1 if removes else 0] for id_ in row.rest.split()]
    if ids[0] == "draft":
        ids[:1] = ["draft-language"] * (1 if language == "en" else 2)
    if timer and "q-APP" in ids:
        ids.insert(ids.index("q-APP") + 1, "timer")
    return ids


# --- what is there in the end ---------------------------------------------------------------------


@dataclass(frozen=True)
class Ledger:
    """What a line on SQLite held when a dialogue began; what it holds since, it can be asked."""

    line: Made
    sequence: int
    counts: dict[str, int]
    ways: list[FurtherAddress] = field(default_factory=list)  # of the cases that were opened

    @classmethod
    async def of(cls, line: Made) -> "Ledger":
        """Take down what is there now."""
        totals = await line.app.store.totals()
        tables = ("chats", "timers", "letters", "drafts", "codes")
        counts = {table: rows_left(line.app.home, table) for table in tables}
        return cls(line, totals.journal_sequence, counts)

    def more(self, table: str) -> int:
        """Return how many rows a table has more than it had."""
        return rows_left(self.line.app.home, table) - self.counts[table]

    async def cases(self) -> list[tuple[package.Submission, list[Answer]]]:
        """Open the cases that were sent since."""
        self.ways.clear()
        everyone = list(self.line.secrets.values())
        totals = await self.line.app.store.totals()
        found = []
        for head in await self.line.app.store.changed(self.sequence, totals.journal_sequence):
            first, *later = await self.line.app.store.journal(head.case)
            opened = package.unpack(age.open(first.sealed, everyone))
            sealed = [a.sealed for a in opened.answers] + [row.sealed for row in later]
            plain = [age.open(one, everyone) for one in sealed]
            answers = [entry.decode(one) for one in plain if WAY not in one]
            self.ways.extend(way.decode(one) for one in plain if WAY in one)
            found.append((opened.submission, answers))
        return found

    async def check(self, row: Row) -> None:
        """Check each claim of a `!` line."""
        cases = await self.cases()
        for claim in row.rest.split(" · "):
            self._check(claim, cases, row.where)

    def _check(
        self, claim: str, cases: list[tuple[package.Submission, list[Answer]]], where: str
    ) -> None:
        if claim in {"one case", "no case"}:
            assert len(cases) == (claim == "one case"), where
        elif claim == "no draft":
            assert self.more("drafts") == 0, where
        elif claim == "no chat":
            assert [self.more(t) for t in ("chats", "timers", "letters")] == [0, 0, 0], where
        elif claim in {"one more chat", "no more chat"}:
            assert len(self.ways) == (claim == "one more chat"), where
        elif claim == "one code":
            assert self.more("codes") == 1, where
        elif claim.startswith("urgency "):
            assert cases[0][0].index.urgency == claim.split()[1], where
        elif " is " in claim:
            name, _, value = claim.partition(" is ")
            found = [shown(a) for a in cases[0][1] if a.question == name]
            assert found == ([] if value == "nothing" else [*value.split("|")]), where
        else:
            raise AssertionError(f"{where}: no such claim: {claim}")


def shown(answer: Answer) -> str:
    """Return an answer's value as a dialogue writes it."""
    match answer.value:
        case Words(words=words):
            return words
        case Codes(codes=codes):
            return " ".join(codes)
        case Number(number=number):
            return str(number)
        case Day(day=day):
            return day
        case File():
            return "file"


def rows_left(home: Path, table: str) -> int:
    """Return how many rows a table of a line's database has."""
    with closing(sqlite3.connect(home / "quietline.db")) as database:
        count: int = database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
        return count
