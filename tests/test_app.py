"""A line comes up only as the root has signed it: keys, server, form and texts, and in time."""

import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import opened, read_line
from bot.errors import BadSettings, ForeignContent, OtherServer
from storage import age
from storage.age import Identity
from storage.credentials import Credentials
from storage.errors import ExpiredLine, StorageError, ThrowawayLine, UnsignedLine
from storage.line import GENERAL
from tests.demo_made import cases, reading_keys, run
from tests.line_made import Inbox, Watch
from tests.quiet import logged
from tests.reports import short

NOW = datetime.now(UTC)


@pytest.fixture
def home(demo_ready: Path, tmp_path: Path) -> Path:
    shutil.copytree(demo_ready / "server", tmp_path / "server")
    return tmp_path / "server"


async def comes_up(home: Path, *, now: datetime = NOW, throwaway: bool = True) -> None:
    with logged(home / "logs" / "quietline.log"):
        up = opened(home, clock=Watch(now), channels=[Inbox()], allow_throwaway=throwaway)
        async with up as app:
            assert app.line.server is not None


async def test_a_line_comes_up_as_it_was_signed(home: Path) -> None:
    await comes_up(home)


async def test_a_line_does_not_come_up_with_a_key_the_root_did_not_sign(home: Path) -> None:
    line = read_line(home, NOW.date(), allow_throwaway=True)
    theirs = str(line.reading_key(NOW.date(), GENERAL).recipient)
    statement = home / "line" / "line.toml"
    text = statement.read_text()
    assert theirs in text
    statement.write_text(text.replace(theirs, str(Identity.generate().recipient)))
    with pytest.raises(UnsignedLine):
        await comes_up(home)


async def test_a_line_does_not_come_up_after_its_last_quarter(home: Path) -> None:
    await comes_up(home, now=NOW + timedelta(days=200))
    with pytest.raises(ExpiredLine):
        await comes_up(home, now=NOW + timedelta(days=500))


async def test_a_line_does_not_come_up_with_another_server_s_keys(home: Path) -> None:
    shutil.rmtree(home / "credentials")
    Credentials.make().write(home / "credentials")
    with pytest.raises(OtherServer):
        await comes_up(home)


async def test_a_throwaway_line_does_not_come_up_for_the_public(home: Path) -> None:
    with pytest.raises(ThrowawayLine):
        await comes_up(home, throwaway=False)


def _own_words(home: Path) -> str:
    own = home / "own" / "en"
    own.mkdir(parents=True)
    (own / "line.ftl").write_text("stopped = Everything was sent.\n", encoding="utf-8")
    return 'texts = "own"\n'


def _own_form(home: Path) -> str:
    from importlib.resources import files

    shipped = (files("bot.forms") / "intake" / "intake-1.md").read_text("utf-8")
    (home / "form.md").write_text(re.sub(r"20[0-9]{8}", "2099010101", shipped), encoding="utf-8")
    return 'form = "form.md"\n'


@pytest.mark.parametrize("change", [_own_words, _own_form])
async def test_a_line_does_not_come_up_with_content_the_root_did_not_sign(
    change: Callable[[Path], str], home: Path
) -> None:
    settings = home / "quietline.toml"
    settings.write_text(change(home) + settings.read_text(), encoding="utf-8")
    with pytest.raises(ForeignContent):
        await comes_up(home)


async def test_a_language_nobody_reviewed_is_not_offered_by_itself(home: Path) -> None:
    settings = home / "quietline.toml"
    lines = [line for line in settings.read_text().splitlines() if "offer_drafts" not in line]
    settings.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(BadSettings, match="offer_drafts"):
        await comes_up(home)


def test_everything_of_a_case_is_sealed_to_keys_of_the_statement(
    demo_ready: Path, tmp_path: Path
) -> None:
    keep = tmp_path / "kept"
    shutil.copytree(demo_ready, keep)
    run(keep, short("en"))
    line = read_line(keep / "server", NOW.date(), allow_throwaway=True)
    signed = {str(key.recipient) for key in line.reading_keys}
    secrets = [key for key in reading_keys(keep) if str(key.recipient) in signed]
    assert len(secrets) == len(line.reading_keys)
    (case,) = cases(keep)
    assert case.answers
    digest = next((keep / "digests").glob("digest-*.age")).read_bytes()
    assert age.open(digest, secrets)
    with pytest.raises(StorageError):
        age.open(digest, [Identity.generate()])
