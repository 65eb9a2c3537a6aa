"""Files of a case at the page: saved where the desk keeps them, never through the browser."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.erasing import Erasing
from desk import saving
from desk.errors import NotErased
from desk.quarantine import Quarantine
from storage.act import Read
from storage.standing import PERSON
from tests.browsing import Browser, browsing
from tests.files_made import kept_here
from tests.served import case_id, case_number
from tests.staffed import NOW, TRAP, Staffed, brought, picture

ONE, TWO = case_number(1), case_number(2)
CASE = f"case/{ONE}"


@pytest.fixture
async def staffed(tmp_path: Path) -> Staffed:
    return await brought(tmp_path)


@pytest.fixture
async def browser(staffed: Staffed) -> AsyncIterator[Browser]:
    async with browsing(staffed.office.desk("ana"), staffed.office.line_folder) as made:
        made.watch.forward(days=(NOW - made.watch().date()).days)
        await made.unlock()
        await made.get(CASE)
        yield made


def folder(staffed: Staffed) -> Path:
    return staffed.office.desk("ana") / saving.OPENED


def opened(staffed: Staffed) -> dict[str, bytes]:
    """Return what lies open in ana's folder."""
    return {p.name: p.read_bytes() for p in sorted(folder(staffed).rglob("*")) if p.is_file()}


async def test_an_original_is_saved_whole_and_shut_away_and_where_is_said(
    browser: Browser, staffed: Staffed
) -> None:
    assert "Do not open an original on a computer that matters" in browser.shown
    answer = await browser.post(f"{CASE}/file/1/save")
    assert answer.headers["location"] == browser.at(f"{CASE}#file-1")
    assert answer.content == b""
    await browser.post(f"{CASE}/file/2/save")
    photo, trap = f"{ONE}-1-IMG_2041", f"{ONE}-2-mapgnp.svg.quarantine"
    found = opened(staffed)
    assert sorted(found) == sorted([f"{photo}.jpg.quarantine", f"{photo}-copy.jpg", trap])
    assert found[f"{photo}.jpg.quarantine"] == picture()
    assert found[trap] == TRAP
    assert b"secret place" not in found[f"{photo}-copy.jpg"]
    (place,) = folder(staffed).iterdir()
    assert place.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in place.iterdir()} == {0o600}
    await browser.get(CASE)
    assert str(place / trap) in browser.shown


async def test_who_saved_a_file_is_noted_once(browser: Browser, staffed: Staffed) -> None:
    for _ in range(2):
        await browser.post(f"{CASE}/file/2/save")
    own = [one.act.deed for one in staffed.book("ana").own()[case_id(1)]]
    assert own.count(Read(what="file 2")) == 1


async def test_what_is_not_whole_is_named_and_nothing_of_it_is_kept(
    browser: Browser, staffed: Staffed
) -> None:
    file = staffed.book("ana").case(ONE).casefile.files[1]
    path = kept_here(staffed, file)
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)
    answer = await browser.post(f"{CASE}/file/1/save")
    assert answer.status_code == 409
    assert "It is not as the server sealed it" in answer.text
    assert opened(staffed) == {}


async def test_nothing_that_lies_there_is_replaced(browser: Browser, staffed: Staffed) -> None:
    await browser.post(f"{CASE}/file/2/save")
    ((name, _),) = opened(staffed).items()
    (place,) = folder(staffed).iterdir()
    (place / name).write_bytes(b"somebody's own work")
    assert (await browser.post(f"{CASE}/file/2/save")).status_code == 409
    assert opened(staffed) == {name: b"somebody's own work"}


@pytest.mark.parametrize("what", ["save", "drop"])
@pytest.mark.parametrize("place", [f"{CASE}/file/9", f"case/{TWO}/file/1"])
async def test_a_file_that_is_not_there_is_not_saved(
    browser: Browser, staffed: Staffed, place: str, what: str
) -> None:
    assert (await browser.post(f"{place}/{what}")).status_code == 409
    assert (await browser.get(f"{place}/{what}")).status_code == 404
    assert opened(staffed) == {}


async def test_what_was_saved_is_erased_by_hand(browser: Browser, staffed: Staffed) -> None:
    for number in (1, 2):
        await browser.post(f"{CASE}/file/{number}/save")
    await browser.post(f"{CASE}/file/1/drop")
    assert list(opened(staffed)) == [f"{ONE}-2-mapgnp.svg.quarantine"]
    await browser.get(CASE)
    assert "IMG_2041.jpg.quarantine" not in browser.shown
    assert "Show the picture" in browser.shown  # it is still in the case


async def test_what_was_saved_goes_when_the_case_does_whatever_it_is_called(
    browser: Browser, staffed: Staffed
) -> None:
    await browser.post(f"{CASE}/file/2/save")
    (place,) = folder(staffed).iterdir()
    (place / "unpacked").mkdir()
    next(place.glob("*.quarantine")).rename(place / "unpacked" / "map.svg")
    other = folder(staffed) / "another"
    other.mkdir()
    erasing = Erasing(store=staffed.store, hours=48, months=24)
    noon = datetime.combine(NOW, time(12), UTC)
    await erasing.ask(case_id(1), PERSON, noon)
    await erasing.round(noon + timedelta(days=3))
    await staffed.bring("ana")
    assert [path.name for path in folder(staffed).iterdir()] == ["another"]


def test_what_cannot_be_erased_is_not_said_to_be(tmp_path: Path) -> None:
    case = bytes(16)
    (tmp_path / saving.OPENED).mkdir()
    (tmp_path / saving.OPENED / f"K7Q-{case.hex()[:12]}").write_bytes(b"no folder")
    with pytest.raises(NotErased):
        Quarantine(desk=tmp_path).erase(case)
