"""Dialogues: what a person says and what the line answers, each in every language.

A file in `conversations/` has `>` lines (a person), `<` lines (the ids of all texts that come
back, in order) and a last `!` line (what is there in the end). `[code]` is a choice by its label
in the language of the run, `{language}` the language's own name, `{word-x}` a command's first word.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.engine.model import Form
from bot.texts import Texts
from bot.texts.languages import LANGUAGES as KNOWN
from storage.entry import Answer, Codes, Day, Number, Words
from tests.line_made import LANGUAGES, Made, Person, made

FOLDER = Path(__file__).parent / "conversations"
DIALOGUES = {
    path.stem: path.read_text(encoding="utf-8").splitlines() for path in FOLDER.glob("*.txt")
}


def words_of(line: str, language: str, person: Person, form: Form, texts: Texts) -> str:
    if line == "{language}":
        return KNOWN[language].autonym
    if line.startswith("{word-"):
        return texts.catalogue(language).words(line.strip("{}"))[0]
    if not line.startswith("["):
        return line
    code, asked = line.strip("[]"), person.heard[-1]
    if asked.startswith("q-"):
        return texts.render(language, f"c-{form.by_name[asked[2:]].list_name}-{code}")
    return texts.render(language, f"button-{code}")


def expected(line: str, language: str) -> list[str]:
    """Return the ids of a `<` line: a draft says so twice, in its language and in English."""
    ids = line.split()
    if ids[0] == "draft":
        ids[:1] = ["draft-language"] * (1 if language == "en" else 2)
    return ids


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(DIALOGUES))
async def test_conversation(name: str, language: str, tmp_path: Path) -> None:
    async with made(tmp_path, sqlite=True) as line:
        person = line.person()
        content = line.app.content
        for number, row in enumerate(DIALOGUES[name], start=1):
            kind, _, rest = row.partition(" ")
            where = f"{name}:{number} ({language})"
            if kind == ">":
                said = words_of(rest, language, person, content.form, content.texts)
                await person.says(said)
                assert person.last, where
                for message in person.last:
                    foreign = message.id in {"draft-language", "hello"} or said == "/original"
                    assert foreign or message.language == language, f"{where}: {message.id}"
            elif kind == "<":
                assert person.heard == expected(rest, language), where
            elif kind == "!":
                for claim in rest.split(" · "):
                    await check(claim, line, where)


async def check(claim: str, line: Made, where: str) -> None:
    cases = await line.cases()
    if claim in {"one case", "no case"}:
        assert len(cases) == (claim == "one case"), where
    elif claim == "no draft":
        assert rows_left(line.app.home, "drafts") == 0, where
    elif claim == "no chat":
        left = [rows_left(line.app.home, table) for table in ("chats", "timers", "letters")]
        assert left == [0, 0, 0], where
    elif claim == "one code":
        assert rows_left(line.app.home, "codes") == 1, where
    elif claim.startswith("urgency "):
        assert cases[0][0].index.urgency == claim.split()[1], where
    elif " is " in claim:
        name, _, value = claim.partition(" is ")
        found = [shown(a) for a in cases[0][1] if a.question == name]
        assert found == ([] if value == "nothing" else [*value.split("|")]), where
    else:
        raise AssertionError(f"{where}: no such claim: {claim}")


def shown(answer: Answer) -> str:
    match answer.value:
        case Words(words=words):
            return words
        case Codes(codes=codes):
            return " ".join(codes)
        case Number(number=number):
            return str(number)
        case Day(day=day):
            return day


def rows_left(home: Path, table: str) -> int:
    with closing(sqlite3.connect(home / "quietline.db")) as database:
        count: int = database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
        return count
