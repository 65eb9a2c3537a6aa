"""What takes long at the page is done beside it: other pages answer, and the lock ends it."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from desk import saving
from desk.errors import DeskLocked
from desk.evidence import Place, save
from desk.export.record import ExportLog
from desk.form_labels import FormLabels
from desk.shelf import Shelf
from desk.web import serving
from desk.web.app import make_app
from desk.web.desktop import Desktop, Places
from desk.web.seat import Seat
from storage.act import Exported, Note
from storage.entry import File
from tests.browsing import START, Browser
from tests.files_made import Sent
from tests.line_made import Watch
from tests.reads import held
from tests.served import case_id, case_number
from tests.staffed import NOW, Staffed, brought

TWO = case_number(2)
FILM = Sent(
    data=bytes(range(256)) * 64 * 1024, name="film.mov", type="video/quicktime", kind="video"
)
PIECE = 1024 * 1024


class Desk:
    """A browser at ana's desk, over a real socket, and a film in the second case."""

    def __init__(self, staffed: Staffed, browser: Browser, origin: str) -> None:
        self.staffed, self.browser, self.origin = staffed, browser, origin
        (self.number,) = staffed.book("ana").case(TWO).casefile.files
        self.place = f"case/{TWO}/file/{self.number}"

    @property
    def file(self) -> File:
        return self.staffed.book("ana").case(TWO).casefile.files[self.number]

    @property
    def sealed(self) -> Path:
        """Where the sealed film lies."""
        return self.shelf.folder / f"{self.file.blob.hex()}.age"

    @property
    def shelf(self) -> Shelf:
        return Shelf(folder=self.staffed.book("ana").mirror.folder / "files")

    def opened(self) -> list[Path]:
        folder = self.staffed.office.desk("ana") / saving.OPENED
        return [path for path in folder.rglob("*") if path.is_file()]

    async def post(self, place: str, **told: str) -> httpx.Response:
        return await self.browser.post(place, told, origin=self.origin)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    staffed = await brought(tmp_path)
    staffed.office.let_lead("ana")
    shutil.rmtree(staffed.drop)  # whose statement is older now
    film = await staffed.keep(case_id(2), FILM, day=NOW)
    await staffed.add(2, film, question="A1", day=NOW)
    await staffed.bring("ana")
    seat, watch = Seat[Desktop](), Watch(START)
    places = Places(
        desk=staffed.office.desk("ana"), line=staffed.office.line_folder, labels=FormLabels
    )
    watch.forward(days=(NOW - watch().date()).days)
    with serving.bound(0) as door:
        host = f"127.0.0.1:{door.getsockname()[1]}"
        app, origin = make_app(places, seat, host=host, clock=watch), f"http://{host}"
        async with (
            serving.serving(app, door),
            httpx.AsyncClient(base_url=origin, timeout=60) as client,
        ):
            browser = Browser(client=client, seat=seat, watch=watch)
            made = Desk(staffed, browser, origin)
            await browser.enter()
            await browser.get("unlock")
            await made.post("unlock", words="")
            await browser.get(f"case/{TWO}")
            yield made


async def test_while_a_film_is_saved_every_other_page_answers(desk: Desk) -> None:
    with held(desk.sealed) as film:
        saves = asyncio.create_task(desk.post(f"{desk.place}/save"))
        assert await asyncio.to_thread(film.reached.wait, 60)
        for place in ("", f"case/{TWO}", f"case/{case_number(1)}/answer", "packets", "sync"):
            assert (await desk.browser.get(place)).status_code == 200
        await desk.post(f"case/{TWO}/note", text="written meanwhile")
        assert [one.act.deed for one in desk.staffed.book("ana").own()[case_id(2)]][-1] == Note(
            text="written meanwhile"
        )
        assert not saves.done()
        assert all(path.name.startswith(saving.FRESH) for path in desk.opened())
        film.let.set()
        answer = await saves
    assert answer.headers["location"] == desk.browser.at(f"case/{TWO}#file-{desk.number}")
    (saved,) = desk.opened()
    assert saved.read_bytes() == FILM.data
    await desk.browser.get(f"case/{TWO}")
    assert f"File {desk.number} is saved, whole" in desk.browser.shown


async def test_a_lock_ends_what_is_done_beside_and_nothing_of_it_is_kept(desk: Desk) -> None:
    with held(desk.sealed) as film:
        saves = asyncio.create_task(desk.post(f"{desk.place}/save"))
        assert await asyncio.to_thread(film.reached.wait, 60)
        await desk.post("lock")
        film.let.set()
        answer = await saves
    assert answer.headers["location"] == desk.browser.at("unlock")
    assert desk.opened() == []


async def test_whoever_unlocks_again_is_told_that_it_was_not_kept(desk: Desk) -> None:
    with held(desk.sealed) as film:
        saves = asyncio.create_task(desk.post(f"{desk.place}/save"))
        assert await asyncio.to_thread(film.reached.wait, 60)
        desk.browser.watch.now += timedelta(hours=1)
        assert (await desk.browser.get("")).headers["location"] == desk.browser.at("unlock")
        film.let.set()
        await saves
    assert desk.opened() == []


@pytest.mark.parametrize("locked", [False, True])
async def test_an_export_is_made_beside_the_pages_and_a_lock_ends_it(
    desk: Desk, *, locked: bool
) -> None:
    place, wish = f"case/{TWO}/export", {"kind": "bag", "level": "none", "reason": "a court asked"}
    await desk.post(place, do="look", **wish)
    shown = re.findall('name="shown" value="(.+?)"', desk.browser.shown)
    log = ExportLog(folder=desk.staffed.office.desk("ana"))
    with held(desk.sealed) as film:
        makes = asyncio.create_task(desk.post(place, do="make", shown=shown[0], **wish))
        assert await asyncio.to_thread(film.reached.wait, 60)
        assert (await desk.browser.get("packets")).status_code == 200
        assert log.read() == []
        await desk.post("lock" if locked else "alive")
        film.let.set()
        answer = await makes
    assert answer.headers["location"] == desk.browser.at("unlock" if locked else "export/ready")
    assert len(log.read()) == (0 if locked else 1)
    own = desk.staffed.book("ana").own()[case_id(2)]
    assert sum(isinstance(one.act.deed, Exported) for one in own) == len(log.read())
    assert desk.opened() == []


async def test_one_film_that_is_saved_twice_at_once_lies_there_once(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.post(f"{desk.place}/save") for _ in range(4)))
    assert {answer.status_code for answer in answers} == {303}
    (saved,) = desk.opened()
    assert saved.read_bytes() == FILM.data


async def test_of_a_case_that_is_erased_meanwhile_nothing_is_saved(desk: Desk) -> None:
    with held(desk.sealed) as film:
        saves = asyncio.create_task(desk.post(f"{desk.place}/save"))
        assert await asyncio.to_thread(film.reached.wait, 60)
        desk.staffed.book("ana").mirror.erase(case_id(2))
        film.let.set()
        answer = await saves
    assert answer.status_code == 409
    assert "was deleted, or nothing of it is here" in answer.text
    assert desk.opened() == []


@pytest.mark.parametrize("after", [1, 20, 45])
async def test_a_film_that_is_ended_anywhere_leaves_nothing(
    desk: Desk, tmp_path: Path, after: int
) -> None:
    steps = 0

    def go_on() -> None:
        nonlocal steps
        steps += 1
        if steps == after:
            raise DeskLocked

    folder = tmp_path / "saved"
    folder.mkdir()
    keys = desk.staffed.book("ana").reader.keys.values()
    place = Place(folder=folder, case=TWO, number=desk.number)
    with pytest.raises(DeskLocked):
        save(desk.file, place, desk.shelf, keys, go_on=go_on)
    assert list(folder.iterdir()) == []
    steps = after
    save(desk.file, place, desk.shelf, keys, go_on=go_on)
    assert steps - after > 2 * len(FILM.data) / PIECE  # it is read twice: hashed, then opened
