"""A caseworker at a computer of their own: the real commands, the page in a real browser.

Each has folders, a key and six words of their own. Each thing that is seen on the page is looked at
wide and narrow, and kept as two pictures where there is a folder for them.
"""

import asyncio
import contextlib
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import ConsoleMessage, Page

from tests.running import TREE, Firm, environment, started

WIDE, NARROW = {"width": 1280, "height": 860}, {"width": 390, "height": 844}


@dataclass
class Computer:
    """Somebody's computer: their own folder and the line's, as they were given them."""

    name: str
    words: str = field(repr=False)
    place: Path
    clock: Path  # the file that says how far ahead it is (tests.ahead)

    @classmethod
    def of(cls, firm: Firm, name: str, place: Path, clock: Path) -> "Computer":
        """Set somebody's computer up: what the office gave them."""
        shutil.copytree(firm.office.desk(name), place / "desk")
        shutil.copytree(firm.office.line_folder, place / "line")
        words = {"anna": firm.words, **firm.others}[name]
        return cls(name, words, place, clock)

    @property
    def folders(self) -> list[str]:
        """The options that say where they lie."""
        return ["--desk", str(self.place / "desk"), "--line", str(self.place / "line")]

    async def runs(self, *command: str) -> str:
        """Run a command of `quietline-desk`; return what it said."""
        return await self._runs("desk", *command, *self.folders)

    async def syncs(self, url: str = "") -> str:
        """Exchange with the server, at the time that it is here."""
        address = [url] if url else []
        return await self._runs("tests.ahead", str(self.clock), "sync", *address, *self.folders)

    async def _runs(self, *command: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", *command),
            cwd=TREE,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment(self.place),
        )
        out, wrong = await process.communicate(self.words.encode() + b"\n")
        assert process.returncode == 0, (self.name, command, out.decode(), wrong.decode())
        return out.decode()

    @contextlib.asynccontextmanager
    async def serves(self) -> AsyncIterator[str]:
        """Have the desk served; yield the link."""
        async with started("desk", "serve", *self.folders, place=self.place) as (process, _):
            assert process.running is not None
            assert process.running.stdout is not None
            yield (await process.running.stdout.readline()).decode().strip()


@dataclass
class Screen:
    """The page of somebody's desk, in their browser."""

    page: Page
    name: str
    pictures: Path | None = None
    errors: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)  # each address that the page asked for

    def __post_init__(self) -> None:
        """Hear what goes wrong on the page, and what it asks for."""
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._hears)
        self.page.on("request", lambda request: self.asked.append(request.url))

    def _hears(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.errors.append(said.text)

    async def unlocks(self, link: str, words: str) -> None:
        """Open the link and say the words."""
        await self.page.goto(link)
        await self.page.get_by_label("Your six words").fill(words)
        await self.sees("locked")
        await self.clicks("Unlock")

    async def clicks(self, button: str) -> None:
        """Press a button or follow a link, and wait for what comes of it."""
        found = self.page.get_by_role("button", name=button, exact=True)
        found = found.or_(self.page.get_by_role("link", name=button, exact=True))
        async with self.page.expect_navigation():
            await found.first.click()

    async def chooses(self, label: str, option: str) -> None:
        """Choose in a list that sends at once."""
        async with self.page.expect_navigation():
            await self.page.get_by_label(label, exact=True).select_option(option)

    async def opens(self, section: str) -> None:
        """Open what is folded."""
        await self.page.locator("summary", has_text=section).click()

    async def goes(self, place: str) -> None:
        """Follow a link of the bar, or stay where one is and look again."""
        async with self.page.expect_navigation():
            await self.page.get_by_role("navigation", name="Desk").get_by_text(place).click()

    async def syncs(self) -> None:
        """Press the button of the bar, and wait until it has been done."""
        await self.page.click("header >> button >> text=Sync")
        await self.page.wait_for_selector("#sync-said >> text=came")

    async def text(self) -> str:
        """Return what can be read."""
        return await self.page.locator("body").inner_text()

    async def sees(self, what: str, *texts: str) -> str:
        """Check that these stand on the page, and that it fits; return what can be read."""
        shown = await self.text()
        for text in texts:
            assert text in shown, (what, text, shown)
        for size, width in (("wide", WIDE), ("narrow", NARROW)):
            await self.page.set_viewport_size(width)  # type: ignore[arg-type]
            over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert await self.page.evaluate(over) <= 0, f"{what}, {size}: it goes beyond the side"
            if self.pictures is not None:
                number = len(list(self.pictures.glob("*.png"))) // 2 + 1
                path = self.pictures / f"{number:02}-{self.name}-{what}-{size}.png"
                await self.page.screenshot(path=path, full_page=True)
        await self.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        return shown
