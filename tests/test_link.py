"""A start link: which one a person came by goes with the case, sealed, and shows at the desk."""

from datetime import date
from pathlib import Path

from bot.engine.events import Began, Said
from desk.casefile import Casefile
from desk.labels import BareCodes
from desk.pages import Pages
from storage import package
from tests.line_made import made
from tests.test_package import pack

LINK = "shelter_7-B"
DAY = date(2026, 11, 22)


async def test_a_start_link_goes_with_the_case(tmp_path: Path) -> None:
    async with made(tmp_path) as line:
        for name, payload in (("first", LINK), ("second", "not a link!")):
            person = line.person(name)
            await person.does(Began(payload=payload))
            for word in ("en", "yes", "no", "yes", "/skip", "words", "/send", "/send"):
                await person.does(Said(text=word))
            assert person.heard == ["sent", "end"]
        assert [submission.link for submission, _ in await line.cases()] == [LINK, ""]


def test_the_desk_shows_by_which_link_a_case_came() -> None:
    assert [row.split()[-1] for row in shown(LINK) if "Came by link" in row] == [LINK]
    assert not [row for row in shown("") if "Came by link" in row]


def shown(link: str) -> list[str]:
    submission = package.unpack(pack(link=link)).submission
    case = Casefile(
        case=submission.case,
        number=submission.number,
        form=submission.form,
        urgency="U3",
        language="ug",
        day=DAY,
        entries=1,
        submission=submission,
        answers=(),
        closed={},
    )
    return Pages(width=100, colour=False, labels=BareCodes()).case(case)
