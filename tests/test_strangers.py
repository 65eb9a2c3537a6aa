"""People side by side: each in their own words and language, and nothing of one reaches another."""

import asyncio
import re
from pathlib import Path

from bot.engine.codes import read_code
from bot.engine.events import Said
from bot.ports import Incoming, Message
from tests.demo_made import CODE
from tests.line_made import LANGUAGES, made
from tests.reports import short

#: How many people there are for each language.
EACH = 4


def words_of(name: str) -> str:
    return f"what only {name} told"


async def test_people_side_by_side_see_nothing_of_each_other(tmp_path: Path) -> None:
    people = {
        f"{tag} {n}": short(tag, words_of(f"{tag} {n}")) for tag in LANGUAGES for n in range(EACH)
    }
    heard: dict[str, list[Message]] = {name: [] for name in people}
    async with made(tmp_path, sqlite=True) as line:
        for number in range(14):
            come = [
                Incoming(
                    channel="test",
                    peer=name,
                    event_id=str(number),
                    event=Said(text=["/start", *lines][number]),
                )
                for name, lines in people.items()
            ]
            receiving = map(line.app.intake.receive, come)
            await asyncio.gather(*receiving, line.app.delivery.round())
        while await line.app.delivery.round():
            pass
        for name in people:
            heard[name] = line.inbox.take(name)
        cases = await line.cases()
    told = {name: "\n".join(m.text for m in messages) for name, messages in heard.items()}
    for name, text in told.items():
        assert [m.id for m in heard[name]][-2:] == ["sent", "end"]
        assert {m.language for m in heard[name][1:]} <= {name.split()[0], "en"}
        assert "what only" not in text  # not even their own words come back
    codes = [code for text in told.values() for code in CODE.findall(text)]
    assert len(codes) == len(set(codes)) == len(people)
    assert all(read_code(code) for code in codes)
    words = [
        getattr(a.value, "words", "") for _, answers in cases for a in answers if a.question == "A1"
    ]
    assert sorted(words) == sorted(map(words_of, people))
    for submission, answers in cases:
        (said,) = [getattr(a.value, "words", "") for a in answers if a.question == "A1"]
        assert re.fullmatch(rf"what only {submission.language} \d told", said)
        assert {a.case for a in answers} == {submission.case}
        assert {a.language for a in answers} == {submission.language}


async def test_no_two_people_draw_the_same(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        for number in range(20):
            person = line.person(f"person {number}")
            await person.says("/start")
            for said in short("en"):
                await person.says(said)
        cases = await line.cases()
        assert len({s.case for s, _ in cases}) == len({s.number for s, _ in cases}) == 20
