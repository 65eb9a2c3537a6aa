"""The web desk in a real browser: what is drawn, what keys do, and that no page but ours is asked."""

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, FilePayload, Page, Request, ViewportSize

from desk import sync_memory
from desk.form_labels import FormLabels
from desk.web import serving
from desk.web.annex import beside
from desk.web.app import make_app
from desk.web.desktop import Desktop, Places
from desk.web.seat import Seat
from storage.outcome import Outcome
from storage.tombstone import Told
from tests.chromium import AXE, chromium
from tests.files_made import Sent
from tests.served import case_id, case_number
from tests.sounds_made import opus
from tests.staffed import NOW, PHRASE, Staffed, picture

ROOT = Path(__file__).resolve().parent.parent
ONE = case_number(1)
WIDE, PHONE = ViewportSize(width=1280, height=900), ViewportSize(width=390, height=844)
PLAYED = """async (audio) => {
  audio.muted = true;
  await audio.play();
  await new Promise((done) => audio.addEventListener("timeupdate", done));
  return { seconds: audio.duration, at: audio.currentTime };
}"""
NOWHERE = "http://127.0.0.1:9"
PAGES = (
    "",
    f"case/{ONE}?picture=1&listen=3",
    f"case/{ONE}/answer",
    "packets",
    "statistics",
    "sync",
    "help",
)
MOST_BYTES = 150_000
#: What is wrong on a page; all that is right would be megabytes.
WRONG = "axe.run({resultTypes: ['violations']}).then(told => told.violations.map(one => one.id))"


@dataclass
class Seen:
    """A browser at the desk, and all that it asked for or complained about."""

    context: BrowserContext
    page: Page
    room: str
    asked: list[str]
    wrong: list[str]
    staffed: Staffed

    async def go(self, place: str = "") -> None:
        await self.page.goto(self.room + place)


@asynccontextmanager
async def at_the_desk(
    place: Path, *, bypass: bool = False, refused: bool = False
) -> AsyncIterator[Seen]:
    """Serve ana's desk over a real socket and open it in the browser, unlocked.

    `refused` when the server has refused one of her packets.
    """
    staffed = Staffed(place / "office")
    staffed.office.let_lead("ana")
    await staffed.people()
    voice = Sent(data=opus(), name="voice.ogg", type="audio/ogg", kind="voice")
    await staffed.add(1, await staffed.keep(case_id(1), voice, day=NOW), part=5, day=NOW)
    await staffed.bring("ana")
    staffed.work()
    outbox = staffed.book("ana").outbox
    first = outbox.waiting()[0].header
    late = Told(device=first.device, sequence=first.sequence, outcome=Outcome.EXPIRED, day=NOW)
    outbox.settle([late] if refused else [])
    seat = Seat[Desktop]()
    places = Places(
        desk=staffed.office.desk("ana"), line=staffed.office.line_folder, labels=FormLabels
    )
    with serving.bound(0) as door:
        host = f"127.0.0.1:{door.getsockname()[1]}"
        clock = datetime.combine(NOW, time(9), UTC)
        app = make_app(places, seat, host=host, clock=lambda: clock)
        async with serving.serving(app, door), chromium(place) as browser:
            context = await browser.new_context(viewport=WIDE, bypass_csp=bypass)
            page = await context.new_page()
            room = f"http://{host}/{seat.room}/"
            seen = Seen(context=context, page=page, room=room, asked=[], wrong=[], staffed=staffed)

            def note(request: Request) -> None:
                seen.asked.append(request.url)

            page.on("request", note)
            page.on("pageerror", lambda error: seen.wrong.append(str(error)))
            page.on(
                "console",
                lambda said: seen.wrong.append(said.text) if said.type == "error" else None,
            )
            await page.goto(f"http://{host}/open/{seat.link}")
            await page.click("button")
            await page.wait_for_url(room)
            yield seen


async def by_keys(seen: Seen) -> None:
    """Interview somebody with the keyboard alone, and hand it in."""
    page = seen.page

    async def at(question: str) -> None:
        await page.wait_for_url(re.compile(rf"/{question}(/0)?$"))
        await page.wait_for_selector("html.js")

    await seen.go("interview")
    await page.click("main button >> text=Begin")
    for question, keys in (
        ("C1", ["1", "Enter"]),
        ("C2", ["0"]),
        ("A1", ["Control+Enter"]),
        ("A2", ["2", "1", "2", "3", "Enter"]),
        ("A3", ["5", "Enter"]),
        ("A4", ["J", "a", "p", "Tab", "Enter"]),
        ("M0", ["2", "Enter"]),
        ("M1", ["2", "Enter"]),
        ("G1", ["5", "Enter"]),
        ("G1F", ["Tab", "Enter"]),
        ("G2", ["1", "Enter"]),
        ("G2D", ["0"]),
        ("G2P", ["0"]),
    ):
        await at(question)
        if question == "A1":
            await page.keyboard.type("They came at 4.")
            await page.wait_for_selector("#noted >> text=Kept, sealed to you.")
        if question == "G1F":
            photo = FilePayload(name="stamp.jpg", mimeType="image/jpeg", buffer=picture())
            await page.set_input_files("#files", [photo])
            large = FilePayload(name="film.mp4", mimeType="video/mp4", buffer=bytes(21 << 20))
            await page.wait_for_selector(".enclosed >> text=stamp.jpg · image/jpeg")
            await page.wait_for_selector("html.js")
            await page.set_input_files("#files", [large, photo])
            await page.wait_for_selector("#noted >> text=film.mp4 is too large: nothing was taken.")
            await page.focus("#files")
        for key in keys:
            await page.keyboard.press(key)
    await at("review")
    shown = await page.inner_text("main")
    assert "They came at 4." in shown
    assert "Pressure to go back, or to travel" in shown
    assert "Calls, messages or letters to me" not in shown  # ticked, and unticked
    assert "Japan" in shown
    assert "stamp.jpg · image/jpeg" in shown
    await page.click("text=Hand it in")
    await page.wait_for_selector(".says >> text=It waits here, sealed")


async def interviewed(seen: Seen) -> list[str]:
    """Begin an interview in Uyghur; return pages of it."""
    await seen.go("interview")
    await seen.page.select_option("#speaks", "ug")
    await seen.page.click("main button >> text=Begin")
    await seen.page.wait_for_url(re.compile("/C1/0$"))
    talk = seen.page.url.removeprefix(seen.room).removesuffix("/C1/0")
    await seen.page.click(".option >> nth=0")
    await seen.page.click("main button >> text=Next")
    await seen.page.wait_for_url(re.compile("/C2/0$"))
    for question, choice in (("M0", 1), ("M1", 1), ("G1", 0)):
        await seen.go(f"{talk}/{question}/0")
        await seen.page.click(f".option >> nth={choice}")
        await seen.page.click("main button >> text=Next")
        await seen.page.wait_for_url(re.compile("/C2/0$"))
    return ["interview", *(f"{talk}/{one}" for one in ("C1/0", "A2/0", "A4/0", "G1F/0", "review"))]


async def test_a_day_at_the_desk_in_a_browser(tmp_path: Path) -> None:
    (tmp_path / "office").mkdir()
    async with at_the_desk(tmp_path) as seen:
        page = seen.page
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{seen.room}case/{ONE}")
        await page.select_option("#state", "triaged")
        await page.wait_for_selector("text=Done; it goes to the team")
        await page.fill("#note", "Rang her sister.")
        await page.click("text=Add the note")
        await page.wait_for_selector(".events >> text=Rang her sister.")
        await page.click("text=Show the picture")
        picture = page.locator("img.evidence")
        assert await picture.evaluate("e => e.decode().then(() => e.naturalWidth)") == 640
        await listen(seen)
        await page.click("text=Write to the person")
        await page.wait_for_load_state("load")
        await page.fill("#text", "We have your message.")
        await page.wait_for_selector("#kept >> text=Draft kept, sealed.")
        await page.reload()
        assert await page.input_value("#text") == "We have your message."
        await page.click("text=Preview")
        assert PHRASE in await page.inner_text(".bubble")
        await page.click("text=Send this")
        await page.wait_for_selector(".events >> text=We have your message.")
        await seen.go()
        await page.wait_for_load_state("load")
        await page.click("summary >> text=Filters")
        await page.select_option("#f-urgency", "U2")
        await page.wait_for_url(re.compile(r"urgency=U2"))
        assert await page.locator("[data-row]").all_inner_texts() == [case_number(2)]
        await sync_where_nobody_answers(seen, tmp_path / "office" / "desks" / "ana")
        await by_keys(seen)
        await page.click("text=Lock")
        await page.wait_for_selector("#words")
        await page.go_back()
        await page.wait_for_selector("#words")
        assert seen.wrong == []
        here = seen.room.split("/")[2]
        assert {url.split("/")[2] for url in seen.asked} == {here, beside(here)}


async def listen(seen: Seen) -> None:
    """Play the voice note of a case, in a process of its own."""
    page = seen.page
    await page.click("text=Listen")
    audio = page.frame_locator("iframe.sound").locator("audio")
    played = await audio.evaluate(PLAYED)
    assert played["seconds"] == pytest.approx(2, abs=0.1)
    assert played["at"] > 0
    session = await seen.context.new_cdp_session(page)
    targets = (await session.send("Target.getTargets"))["targetInfos"]
    apart = [one["url"] for one in targets if one["type"] == "iframe"]
    assert [url.split("/")[2] for url in apart] == [beside(seen.room.split("/")[2])]
    await session.detach()


async def sync_where_nobody_answers(seen: Seen, desk: Path) -> None:
    """Sync from its page, from a case, and from a list that is filtered."""
    page = seen.page
    await seen.go("sync")
    await page.fill("#address", NOWHERE)
    await page.click("main button")
    await page.wait_for_selector("#sync-said >> text=No connection: your")
    await page.wait_for_selector("#address")
    sync_memory.remember_address(desk, NOWHERE)
    await seen.go(f"case/{case_number(2)}")
    await page.fill("#note", "Rang him as well.")
    await page.click("text=Add the note")
    await page.wait_for_selector("#says >> text=it goes to the team with the next sync")
    await page.evaluate("document.querySelector('#happened').dataset.old = 1")
    await page.click("header >> button >> text=Sync")
    await page.wait_for_selector("#sync-said >> text=No connection: your")
    assert await page.inner_text("#says") == ""  # what was said before is not true any more
    await page.wait_for_selector("#happened:not([data-old]) >> text=Rang him as well.")
    await seen.go("?urgency=U2")
    await page.evaluate("document.querySelector('#found').dataset.old = 1")
    await page.click("header >> button >> text=Sync")
    await page.wait_for_selector("#sync-said >> text=No connection: your")
    await page.wait_for_selector("#found:not([data-old])")
    assert await page.locator("[data-row]").all_inner_texts() == [case_number(2)]


async def test_every_page_is_accessible_and_fits_both_ways_and_both_sizes(
    tmp_path: Path,
) -> None:
    (tmp_path / "office").mkdir()
    axe = AXE.read_text(encoding="utf-8")
    async with at_the_desk(tmp_path, bypass=True, refused=True) as seen:
        page, found = seen.page, list[str]()
        await seen.go(f"case/{ONE}")
        await page.click("text=Listen")
        pages = [*PAGES, *await interviewed(seen)]
        for language in ("en", "ug"):
            await seen.go()
            await page.select_option("#language", language)
            await page.wait_for_selector(
                f"#language >> css=option[value={language}][selected]", state="attached"
            )
            for place in pages:
                for size in (WIDE, PHONE):
                    await page.set_viewport_size(size)
                    await seen.go(place)
                    wider = await page.evaluate(
                        "document.documentElement.scrollWidth - window.innerWidth"
                    )
                    found += [f"{place} {language} {size}: {wider}"] if wider > 0 else []
                await page.evaluate(axe)
                found += [f"{place} {language}: {one}" for one in await page.evaluate(WRONG)]
        assert found == []


async def test_the_strict_policy_stops_a_script_that_gets_in(tmp_path: Path) -> None:
    (tmp_path / "office").mkdir()
    async with at_the_desk(tmp_path) as seen:
        await seen.page.evaluate(
            """() => {
              const made = document.createElement("script");
              made.textContent = "window.evil = 1";
              document.body.append(made);
              const style = document.createElement("style");
              style.textContent = "body { display: none }";
              document.body.append(style);
            }"""
        )
        assert await seen.page.evaluate("window.evil") is None
        assert await seen.page.is_visible("h1")
        assert len(seen.wrong) == 2


async def test_serve_says_so_where_no_desk_was_set_up(tmp_path: Path) -> None:
    command = ("-m", "desk", "serve", "--desk", str(tmp_path), "--line", str(tmp_path / "line"))
    run = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )
    _, said = await run.communicate()
    assert run.returncode == 1
    assert f"There is no staff key in {tmp_path}: run `quietline-desk join NAME`" in said.decode()


async def test_serve_prints_a_link_that_works_and_ends_when_told_to(tmp_path: Path) -> None:
    staffed = Staffed(tmp_path / "office")
    desk, line = staffed.office.desk("ana"), staffed.office.line_folder
    command = ("-m", "desk", "serve", "--minutes", "5", "--desk", str(desk), "--line", str(line))
    run = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert run.stdout is not None
    shown = b"".join([await run.stdout.readline() for _ in range(3)]).decode()
    link = re.search(r"http://127\.0\.0\.1:\d+/open/[\w-]{32}", shown)
    assert link is not None
    async with chromium(tmp_path) as browser:
        page = await browser.new_page()
        await page.goto(link[0])
        assert await page.inner_text("h1") == "The desk is locked"
        assert "5 minutes" in await page.inner_text("main")
    run.send_signal(signal.SIGTERM)
    assert await run.wait() == 0


@pytest.mark.parametrize(
    "name",
    [
        "list.png",
        "case.png",
        "write.png",
        "phone.png",
        "uyghur.png",
        "interview.png",
        "files.png",
        "export.png",
    ],
)
def test_the_manuals_pictures_are_there_and_small(name: str) -> None:
    picture = ROOT / "docs" / "pictures" / name
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < MOST_BYTES
    assert f"pictures/{name}" in (ROOT / "docs" / "desk.md").read_text("utf-8")
