"""What a critical reading of the way of files, codes and letters found."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from bot.engine.events import Said
from storage import entry
from tests.depots import Drawer
from tests.line_made import Made, Person, Watch, made
from tests.reports import short
from tests.test_fetching import PHOTO, VOICE, at_words, line_of, on_disk, sent_code
from tests.test_proof import paused


async def explore(tmp_path: Path) -> None:
    pass


async def test_explore(tmp_path: Path) -> None:
    drawer = Drawer()
    async with line_of(tmp_path, drawer) as line:
        person = await at_words(line)
        for text in [*short("en")[5:-2], "yes"]:
            await person.says(text)
            print(text, person.heard, person.last[-1].text[:80])
        for text in ["1", "1", "1", "/skip", "1"]:
            print(person.last[-1].text[:300])
            await person.says(text)
            print(text, person.heard, person.last[-1].text[:80])
