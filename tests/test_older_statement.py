"""A server remembers the newest statement that was in force, also over a restart."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import opened, read_line
from storage import folder
from storage.errors import OlderLine
from tests.quiet import logged
from tests.running import Firm


async def test_an_older_statement_is_refused_after_a_restart(founded: Firm, tmp_path: Path) -> None:
    home = founded.copy(tmp_path).home
    now = datetime.now(UTC)
    assert folder.seen(home / "line") == 0
    with logged(home / "logs" / "quietline.log"):
        async with opened(home, clock=lambda: now, channels=[]) as app:
            assert folder.seen(home / "line") == app.line.epoch > 0
    assert read_line(home, now.date()).epoch == app.line.epoch
    # As if a newer one had been in force, and somebody put this one back.
    folder.note_seen(home / "line", app.line.epoch + 1)
    folder.note_seen(home / "line", app.line.epoch)
    with logged(home / "logs" / "quietline.log"), pytest.raises(OlderLine):
        async with opened(home, clock=lambda: now, channels=[]):
            pass


def test_a_damaged_note_is_no_number(tmp_path: Path) -> None:
    (tmp_path / folder.SEEN).write_bytes(b"\xff\xfe")
    assert folder.seen(tmp_path) == 0
    folder.note_seen(tmp_path, 3)
    assert folder.seen(tmp_path) == 3
