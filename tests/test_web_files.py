"""Files of a case at the page: saved where the desk keeps them, never through the browser."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.erasing import Erasing
from desk import saving, sounds
from desk.errors import NotErased
from desk.quarantine import Quarantine
from storage.act import Read
from storage.standing import PERSON
from tests.browsing import Browser, browsing
from tests.files_made import Sent, kept_here
from tests.served import case_id, case_number
from tests.sounds_made import TAG, opus
from tests.staffed import NOW, TRAP, Staffed, brought, picture

ONE, TWO = case_number(1), case_number(2)
CASE = f"case/{ONE}"
VOICE = Sent(data=opus(), name="voice.ogg", type="audio/ogg", kind="voice")


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


async def with_a_file(staffed: Staffed, sent: Sent) -> str:
    """Have a person add a file to the second case; return where the page deals with it."""
    file = await staffed.keep(case_id(2), sent, day=NOW)
    await staffed.add(2, file, question="A1", day=NOW)
    await staffed.bring("ana")
    (number,) = staffed.book("ana").case(TWO).casefile.files
    return f"case/{TWO}/file/{number}"


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


async def test_why_there_is_no_working_copy_is_said(browser: Browser, staffed: Staffed) -> None:
    broken = Sent(data=picture()[:200], name="half.jpg", type="image/jpeg", kind="photo")
    place = await with_a_file(staffed, broken)
    await browser.get()
    await browser.post(f"{place}/save")
    await browser.get(f"case/{TWO}")
    assert "is saved, whole" in browser.shown
    assert "There is no working copy: it cannot be read as the picture" in browser.shown
    assert list(opened(staffed).values()) == [broken.data]


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
    assert len(list((staffed.office.desk("ana") / "opened").iterdir())) == 1
    await browser.post(f"{CASE}/file/2/drop")
    assert list((staffed.office.desk("ana") / "opened").iterdir()) == []  # nor its number


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


def test_what_a_kill_left_of_a_file_goes_at_the_next_start(tmp_path: Path) -> None:
    place = tmp_path / saving.OPENED / "K7Q-0123456789ab"
    place.mkdir(parents=True)
    left, whole = place / ".quietline-0123456789abcdef", place / "K7Q-1-a.jpg.quarantine"
    for path in (left, whole):
        path.write_bytes(b"in the open")
    now = left.stat().st_mtime
    assert saving.sweep_desk(tmp_path, now) == 0  # another command may be writing it
    assert saving.sweep_desk(tmp_path, now + 2 * saving.PATIENCE) == 1
    assert list(place.iterdir()) == [whole]


def test_what_cannot_be_erased_is_not_said_to_be(tmp_path: Path) -> None:
    case = bytes(16)
    (tmp_path / saving.OPENED).mkdir()
    (tmp_path / saving.OPENED / f"K7Q-{case.hex()[:12]}").write_bytes(b"no folder")
    with pytest.raises(NotErased):
        Quarantine(desk=tmp_path).erase(case)


# --- listening ---------------------------------------------------------------------------------


NEXT_DOOR = "http://localhost:8123"
PLAYER = re.compile(rf'<iframe class="sound" src="{NEXT_DOOR}(/[\w-]{{32}})"')


@pytest.fixture
async def player(browser: Browser, staffed: Staffed) -> str:
    """Return where a voice note of Telegram's is played."""
    place = await with_a_file(staffed, VOICE)
    await browser.get()
    await browser.get(f"case/{TWO}")
    assert not PLAYER.search(browser.shown)  # only when somebody asks for it
    answer = await browser.post(f"{place}/listen")
    await browser.client.get(answer.headers["location"])
    shown = (await browser.client.get(answer.headers["location"])).text
    found = PLAYER.search(shown)
    assert found is not None
    return NEXT_DOOR + found[1]


async def test_a_voice_note_is_played_next_door_made_anew(
    browser: Browser, staffed: Staffed, player: str
) -> None:
    page = await browser.client.get(player, headers={"sec-fetch-dest": "iframe"})
    assert f'src="{player.removeprefix(NEXT_DOOR)}/sound"' in page.text
    assert "<script" not in page.text
    assert "nodownload" in page.text
    sound = await browser.client.get(f"{player}/sound", headers={"sec-fetch-dest": "audio"})
    assert sound.headers["content-type"] == "audio/ogg; codecs=opus"
    assert sound.content == sounds.remade(VOICE.data).data != VOICE.data
    assert TAG not in sound.content
    for answer in (page, sound):
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; media-src 'self'; ")
        assert policy.endswith("frame-ancestors http://127.0.0.1:8123")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "x-frame-options" not in answer.headers
        assert "set-cookie" not in answer.headers
    assert staffed.book("ana").own()[case_id(2)][-1].act.deed == Read(what="file 1")


async def test_a_part_of_a_sound_is_given_to_browsers_that_ask_for_it(
    browser: Browser, player: str
) -> None:
    whole = sounds.remade(VOICE.data).data
    size = len(whole)
    for asked, status, first, last in (
        ("bytes=0-1", 206, 0, 1),
        ("bytes=100-", 206, 100, size - 1),
        (f"bytes=5-{size + 9}", 206, 5, size - 1),
        ("bytes=-5", 200, 0, size - 1),
        ("bytes=0-1,4-5", 200, 0, size - 1),
        ("lines=1-2", 200, 0, size - 1),
    ):
        answer = await browser.client.get(f"{player}/sound", headers={"range": asked})
        assert (answer.status_code, answer.content) == (status, whole[first : last + 1]), asked
        told = f"bytes {first}-{last}/{size}" if status == 206 else None
        assert answer.headers.get("content-range") == told
    beyond = await browser.client.get(f"{player}/sound", headers={"range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.content) == (416, b"")


async def test_next_door_there_is_nothing_but_the_one_sound(browser: Browser, player: str) -> None:
    room = browser.at().rstrip("/")
    for path in ("/", room + "/", room + "/unlock", "/" + "x" * 32, "/" + "x" * 32 + "/sound"):
        answer = await browser.client.get(NEXT_DOOR + path)
        assert (answer.status_code, answer.text) == (421, "Refused.\n"), path
    for dest in ("script", "document", "image", "style", "empty", "audio"):
        answer = await browser.client.get(player, headers={"sec-fetch-dest": dest})
        assert answer.status_code == 421, dest
        if dest != "audio":
            answer = await browser.client.get(f"{player}/sound", headers={"sec-fetch-dest": dest})
            assert answer.status_code == 421, dest
    for method in ("POST", "PUT", "DELETE"):
        answer = await browser.client.request(method, player, headers={"origin": NEXT_DOOR})
        assert answer.status_code == 421, method
    # and from there nothing reaches the desk
    told = {"sec-fetch-site": "cross-site", "origin": NEXT_DOOR}
    for place in ("", f"case/{TWO}", "static/desk.js"):
        assert (await browser.get(place, **told)).status_code == 403
    assert (await browser.post("lock", None, **told)).status_code == 403


async def test_a_sound_is_let_go_of_with_the_lock_and_for_the_next_one(
    browser: Browser, player: str
) -> None:
    assert (await browser.client.get(player)).status_code == 200
    await browser.get(f"case/{TWO}")
    await browser.post(f"case/{TWO}/file/1/listen")
    assert (await browser.client.get(player)).status_code == 421
    await browser.get(f"case/{TWO}?listen=1")
    found = PLAYER.search(browser.shown)
    assert found is not None
    for minutes, status in ((8, 200), (8, 421)):  # listening is no use of the desk
        browser.watch.forward(minutes=minutes)
        assert (await browser.client.get(NEXT_DOOR + found[1])).status_code == status


@pytest.mark.parametrize(
    "sent",
    [
        Sent(data=TRAP, name="voice.ogg", type="audio/ogg", kind="voice"),
        Sent(data=b"OggS" + b"\xff" * 99, name="voice.ogg", type="audio/ogg", kind="voice"),
        Sent(data=b"\x1aE\xdf\xa3" * 99, name="voice.webm", type="video/webm", kind="voice"),
        Sent(data=opus(50) + bytes(sounds.MOST), name="a", type="audio/ogg", kind="audio"),
    ],
)
async def test_what_is_no_voice_note_is_not_played(
    browser: Browser, staffed: Staffed, sent: Sent
) -> None:
    place = await with_a_file(staffed, sent)
    await browser.get()
    answer = await browser.post(f"{place}/listen")
    assert answer.status_code == 409
    assert "It cannot be listened to here, because" in answer.text
    await browser.get(f"case/{TWO}?listen=1")
    assert "<iframe" not in browser.shown
