"""Exports from the page in a real browser: by keyboard, downloaded, fit for all."""

import hashlib
import io
import re
import zipfile
from pathlib import Path

from playwright.async_api import Page

from desk.export.record import ExportLog
from tests.chromium import AXE
from tests.served import case_id, case_number
from tests.staffed import TRAP, UYGHUR
from tests.test_web_browser import PHONE, WIDE, WRONG, Seen, at_the_desk

ONE = case_number(1)
REASON = "her lawyer asked"


async def by_keys(seen: Seen) -> None:
    """Choose what leaves with the keyboard alone, and come to what it would tell."""
    page = seen.page
    await page.focus("input[name=level]")
    for key in ("ArrowDown", "ArrowDown", "Tab", "ArrowDown", "Tab", "Tab"):
        await page.keyboard.press(key)
    await page.keyboard.type(REASON)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("h1 >> text=Before it leaves")


async def test_a_case_is_exported_by_keyboard_and_downloaded(tmp_path: Path) -> None:
    (tmp_path / "office").mkdir()
    async with at_the_desk(tmp_path) as seen:
        page = seen.page
        await seen.go(f"case/{ONE}")
        await page.click("text=Export this case")
        await by_keys(seen)
        shown = await page.inner_text("main")
        assert "3 originals, with all that is hidden in them" in shown
        assert "Nothing is left out" in shown
        await page.focus("button[value=make]")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("h1 >> text=It is made, and recorded")
        async with page.expect_download() as downloading:
            await page.click("a.button >> text=Download")
        download = await downloading.value
        assert download.suggested_filename == f"case-{ONE}.zip"
        data = (await download.path()).read_bytes()
        assert hashlib.sha256(data).hexdigest() in await page.inner_text("main")
        with zipfile.ZipFile(io.BytesIO(data)) as bag:
            inside = {name: bag.read(name) for name in bag.namelist()}
        assert TRAP in inside.values()
        assert UYGHUR in inside[f"bag/data/{ONE}/casefile.json"].decode()
        (record,) = ExportLog(folder=tmp_path / "office" / "desks" / "ana").read()
        assert (record.format, record.cases, record.reason) == ("bag", (case_id(1),), REASON)
        await page.click("text=Let go of it")
        await page.wait_for_selector("#says >> text=It is let go of.")
        await seen.go(f"case/{ONE}")
        await page.wait_for_selector("#happened >> text=exported")
        assert seen.wrong == []


async def looked_over(page: Page, what: str) -> list[str]:
    """Return what is wrong with a page that is shown, in both sizes."""
    found = []
    for size in (WIDE, PHONE):
        await page.set_viewport_size(size)
        over = "document.documentElement.scrollWidth - window.innerWidth"
        if await page.evaluate(over) > 0:
            found.append(f"{what} {size['width']}: it goes beyond the side")
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    return found + [f"{what}: {one}" for one in await page.evaluate(WRONG)]


async def test_the_pages_of_an_export_are_accessible_and_fit(tmp_path: Path) -> None:
    (tmp_path / "office").mkdir()
    async with at_the_desk(tmp_path, bypass=True) as seen:
        page, found = seen.page, list[str]()
        for language in ("en", "ug"):
            await seen.go()
            await page.select_option("#language", language)
            await page.wait_for_selector(
                f"#language >> css=option[value={language}][selected]", state="attached"
            )
            for place in (f"case/{ONE}/export", "export?urgency=U3"):
                await seen.go(place)
                found += await looked_over(page, f"{place} {language}")
                await page.check("input[value=direct]")
                await page.check("input[value=uwazi]")
                await page.fill("#reason", REASON)
                await page.click("text=See what it would tell")
                await page.wait_for_selector("h1 >> text=Before it leaves")
                found += await looked_over(page, f"look {place} {language}")
                await page.click("text=Make it, and record it")
                await page.wait_for_url(re.compile("export/ready$"))
                found += await looked_over(page, f"ready {place} {language}")
        assert found == []
