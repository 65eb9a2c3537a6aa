"""The pictures of the manual, made anew from what stands: `python -m tests.manual_pictures`.

The desk of ana's in a real browser, with the cases of invented people. Look at each one after.
"""

import asyncio
import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import Page

from desk import sync_memory
from tests.served import case_number
from tests.staffed import NOW
from tests.test_web_browser import PHONE, ROOT, WIDE, Seen, at_the_desk

PLACE = ROOT / "docs" / "pictures"
COLOURS = 64
ONE = case_number(1)
REPLY = "ياخشىمۇسىز. خېتىڭىزنى ئالدۇق. سىزگە ياردەم قىلالايمىز."


async def main() -> None:
    """Make all pictures."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "office").mkdir()
        async with at_the_desk(place) as seen:
            desk = place / "office" / "desks" / "ana"
            sync_memory.remember_address(desk, "http://127.0.0.1:8471")
            sync_memory.finish(desk / "mirror", NOW)
            await draw(seen)


async def draw(seen: Seen) -> None:
    """Go through the desk, and keep what is seen."""
    page = seen.page
    await seen.go(f"case/{ONE}")
    await keep(page, "case", 1280, 900)
    await page.click("text=Listen")
    await page.wait_for_url("**listen**")
    await page.set_viewport_size({"width": 1280, "height": 2000})
    await page.locator("#files").scroll_into_view_if_needed()
    await page.wait_for_timeout(1000)  # the frame is drawn by another process
    shown = await page.locator("#files").bounding_box()
    assert shown is not None
    kept("files", await page.screenshot(clip={**shown, "height": shown["height"] + 1}))
    await page.set_viewport_size(WIDE)
    await seen.go(f"case/{ONE}/answer")
    await page.fill("#text", REPLY)
    await page.select_option("#spoken", "ug")
    await page.click("text=Preview")
    await page.wait_for_selector("text=Send this")
    await keep(page, "write", 1280, 780)
    await page.click("text=Discard the draft")
    await seen.go()
    await keep(page, "list", 1280, 540)
    await page.set_viewport_size(PHONE)
    await keep(page, "phone", 390, 750)
    await page.set_viewport_size(WIDE)
    await export(seen)
    await interview(seen)
    await seen.go()
    await page.select_option("#language", "ug")
    await page.wait_for_selector("html[dir=rtl]")
    await keep(page, "uyghur", 1280, 560)


async def export(seen: Seen) -> None:
    """Come to what an export would tell."""
    page = seen.page
    await seen.go(f"case/{ONE}/export")
    for chosen in ("direct", "pdf"):
        await page.check(f"input[value={chosen}]")
    await page.fill("#reason", "for the lawyer, who asked for it")
    await page.click("text=See what it would tell")
    await page.wait_for_selector("h1 >> text=Before it leaves")
    await keep(page, "export", 1280, 980)


async def interview(seen: Seen) -> None:
    """Ask somebody who is here, up to a question with many choices."""
    page = seen.page
    await seen.go("interview")
    await page.select_option("#speaks", "ug")
    await page.select_option("#written", "en")
    await page.click("text=Begin")
    for question in ("C1", "C2"):
        await page.wait_for_url(f"**/{question}/0")
        await page.click(".option >> nth=0")
        await page.click("main button >> text=Next")
    await page.wait_for_url("**/A1/0")
    await page.fill("textarea", "They came to her mother in the night.")
    await page.click("main button >> text=Next")
    await page.wait_for_url("**/A2/0")
    for choice in (0, 1):
        await page.click(f".option >> nth={choice}")
    await keep(page, "interview", 1280, 900)


async def keep(page: Page, name: str, wide: int, high: int) -> None:
    """Keep the upper part of the page."""
    await page.set_viewport_size({"width": wide, "height": high})
    await page.evaluate("scrollTo(0, 0)")
    kept(name, await page.screenshot())


def kept(name: str, data: bytes) -> None:
    """Write a picture in few colours, so that it stays small."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    few = picture.quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(PLACE / f"{name}.png", optimize=True)


if __name__ == "__main__":
    asyncio.run(main())
