"""`quietline check` says what is wrong before people find out: over real HTTP and SMTP."""

import asyncio
import fcntl
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command

from bot.app import DATABASE
from bot.checks import look_at
from bot.findings import Finding, Found
from storage.credentials import Credentials, write_secret
from storage.database import alembic_config, connect, transaction
from storage.errors import DatabaseFailed
from storage.store import open_store
from storage.turns import held, is_held, taken
from tests.post_office import PostOffice
from tests.running import HANDLE, TOKEN, Firm
from tests.telegram_server import Emulator, serving

Findings = Mapping[str, Finding]


def clock() -> datetime:
    return datetime.now(UTC)


async def seen(firm: Firm, *, offline: bool = False, later: timedelta = timedelta()) -> Findings:
    found = await look_at(firm.home, clock=lambda: clock() + later, offline=offline)
    names = [one.name for one in found]
    assert len(names) == len(set(names))
    assert all(one.says.endswith((".", ")")) for one in found)
    return {one.name: one for one in found}


def wrong(found: Findings) -> set[str]:
    return {name for name, one in found.items() if one.found is Found.WRONG}


@pytest.fixture
def firm(founded: Firm, tmp_path: Path) -> Firm:
    return founded.copy(tmp_path / "firm")


@asynccontextmanager
async def on_telegram(
    firm: Firm, more: str = "", username: str = HANDLE[1:]
) -> AsyncIterator[Emulator]:
    async with serving(token=TOKEN) as server:
        server.world.bot["username"] = username
        firm.set(f'\n[telegram]\non = true\nserver = "{server.url}"\n{more}')
        yield server


async def test_a_line_where_all_is_well(firm: Firm) -> None:
    async with PostOffice().opened() as office, on_telegram(firm):
        firm.set(
            f'\n[mail]\nserver = "127.0.0.1"\nport = {office.port}\nsecurity = "none"\n'
            'sender = "line@desk.example"\nto = ["anna@desk.example"]\n'
        )
        found = await seen(firm)
        assert office.taken == []  # nobody is written to
    assert wrong(found) == set()
    assert HANDLE in found["telegram"].says
    assert found["mail"].found is Found.OK
    assert TOKEN.partition(":")[2] not in str(found)


async def test_a_token_of_another_bot_is_wrong(firm: Firm) -> None:
    async with on_telegram(firm, username="another_bot"):
        found = await seen(firm)
    assert wrong(found) == {"telegram"}
    assert "@another_bot" in found["telegram"].says
    assert HANDLE in found["telegram"].says


@pytest.mark.parametrize("offline", [False, True])
async def test_a_bot_api_server_of_ours_whose_files_cannot_be_seen_is_wrong(
    firm: Firm, tmp_path: Path, offline: bool
) -> None:
    async with on_telegram(firm, "local = true\n"):
        found = await seen(firm, offline=offline)
        assert "telegram files" in wrong(found)
        assert "is not set" in found["telegram files"].says
        firm.set(f'folder = "{tmp_path / "nowhere"}"\n')
        found = await seen(firm, offline=offline)
        assert "telegram files" in wrong(found)
        assert "cannot be seen" in found["telegram files"].says
        (tmp_path / "nowhere").mkdir()
        assert "telegram files" not in wrong(await seen(firm, offline=offline))


async def test_a_token_that_telegram_does_not_know_is_wrong(firm: Firm) -> None:
    async with on_telegram(firm):
        write_secret(
            firm.home / "credentials", "telegram", "7000000001:AAanother-token-than-the-one"
        )
        assert wrong(await seen(firm)) == {"telegram"}
        (firm.home / "credentials" / "telegram").unlink()
        found = await seen(firm)
    assert wrong(found) == {"telegram"}
    assert "telegram" in found["telegram"].says


async def test_telegram_and_mail_out_of_reach_are_told_apart(firm: Firm) -> None:
    firm.set('\n[telegram]\non = true\nserver = "http://127.0.0.1:9"\n')
    firm.set(
        '\n[mail]\nserver = "127.0.0.1"\nport = 9\nsecurity = "none"\n'
        'sender = "line@desk.example"\nto = ["anna@desk.example"]\n'
    )
    found = await seen(firm)
    assert wrong(found) == {"telegram", "mail"}
    assert "network" in found["telegram"].says
    assert "`mail.port`" in found["mail"].says
    assert wrong(await seen(firm, offline=True)) == set()


async def test_a_clock_that_is_off_is_wrong(firm: Firm) -> None:
    async with on_telegram(firm):
        assert "clock" in wrong(await seen(firm, later=timedelta(minutes=5)))
        assert "clock" not in wrong(await seen(firm))


async def test_a_statement_is_told_of_long_before_its_end(firm: Firm) -> None:
    first = await seen(firm, offline=True)
    left = int(first["statement"].says.rpartition("(")[2].split()[0])
    assert first["statement"].found is Found.OK
    for days, expected in ((60, Found.NOTE), (8, Found.NOTE), (7, Found.WRONG), (0, Found.WRONG)):
        found = await seen(firm, offline=True, later=timedelta(days=left - days))
        assert found["statement"].found is expected
        assert "quietline-desk keys" in found["statement"].says
    assert "statement" in wrong(await seen(firm, offline=True, later=timedelta(days=left + 1)))


async def test_keys_that_others_may_read_are_wrong(firm: Firm) -> None:
    (firm.home / "credentials" / "master").chmod(0o640)
    found = await seen(firm, offline=True)
    assert "keys" in wrong(found)
    assert "chmod" in found["keys"].says


async def test_keys_of_another_server_are_wrong(firm: Firm) -> None:
    for name in ("identity", "packet", "master"):
        (firm.home / "credentials" / name).unlink()
    Credentials.make().write(firm.home / "credentials")
    assert "keys" in wrong(await seen(firm, offline=True))


async def test_a_form_that_the_root_did_not_sign_is_wrong(firm: Firm) -> None:
    own = firm.home / "own" / "en"
    own.mkdir(parents=True)
    (own / "line.ftl").write_text("button-skip = Skip this\n", encoding="utf-8")
    file = firm.home / "quietline.toml"
    file.write_text('texts = "own"\n' + file.read_text(encoding="utf-8"), encoding="utf-8")
    assert "form and texts" in wrong(await seen(firm, offline=True))


async def test_without_a_channel_or_settings_that_is_said(firm: Firm) -> None:
    found = await seen(firm)
    assert wrong(found) == {"channels"}
    assert "[telegram] or [signal]" in found["channels"].says
    (firm.home / "quietline.toml").write_text('nonsense = "x"\n')
    found = await seen(firm)
    assert wrong(found) == set(found) == {"settings"}


async def test_a_server_that_was_never_signed_is_told_what_is_next(firm: Firm) -> None:
    shutil.rmtree(firm.home / "line")
    (firm.home / "line").mkdir(mode=0o700)
    found = await seen(firm, offline=True)
    assert "server.request" in found["statement"].says
    assert wrong(found) == {"statement", "channels"}
    assert not any("as signed" in one.says or "today's" in one.says for one in found.values())


async def test_what_a_file_of_settings_names_must_be_there(firm: Firm) -> None:
    file = firm.home / "quietline.toml"
    text = file.read_text(encoding="utf-8").replace("contact =", "# contact =")
    file.write_text(f'helplines = "lines.csv"\n{text}', encoding="utf-8")
    firm.set('\n[mail]\nserver = "mail.example.org"\nauthority = "ca.pem"\n')
    found = await seen(firm, offline=True)
    assert {"form and texts", "mail"} <= wrong(found)
    assert "lines.csv: No such file" in found["form and texts"].says
    assert "ca.pem is not there" in found["mail"].says
    file.write_text(text, encoding="utf-8")
    assert (await seen(firm, offline=True))["contact"].found is Found.NOTE


async def test_what_went_wrong_while_it_ran_is_told_until_it_is_settled(firm: Firm) -> None:
    own = Credentials.read(firm.home / "credentials")
    store = open_store(firm.home / DATABASE, own.identity.sign_bytes)
    codes = (
        "telegram-blocked",
        "telegram-conflict",
        "mail-2",
        "alert-1",
        "digest-folder",
        "new-one",
    )
    for code in codes:
        await store.trouble(code, clock().date())
    found = await seen(firm, offline=True)
    assert set(codes) <= set(found)
    assert set(codes) - wrong(found) == {"telegram-blocked"}  # people's choice, nobody's fault
    assert "recipient 2" in found["mail-2"].says
    for code in codes:
        await store.settle(code)
    await store.close()
    assert not set(codes) & set(await seen(firm, offline=True))


async def test_whether_the_line_runs_is_told(firm: Firm) -> None:
    assert (await seen(firm, offline=True))["run"].found is Found.NOTE
    with held(firm.home) as alone:
        assert alone
        assert (await seen(firm, offline=True))["run"].found is Found.OK


async def test_a_webhook_that_fails_is_told(firm: Firm) -> None:
    async with on_telegram(firm, 'webhook = "https://line.example/telegram"\n'):
        found = await seen(firm)
        assert found["webhook"].found is Found.NOTE  # not told yet: the line does it at its start
    assert wrong(found) == set()


async def test_the_command_says_a_line_for_each_thing_and_fails_when_one_is_wrong(
    firm: Firm,
) -> None:
    done = await asyncio.to_thread(firm.line, "check", "--offline", check=False)
    assert done.returncode == 1
    assert "WRONG  channels" in done.stdout
    assert done.stderr == ""
    firm.set("\n[telegram]\non = true\n")
    done = await asyncio.to_thread(firm.line, "check", "--offline", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("Nothing is wrong.\n")


# --- check changes nothing ------------------------------------------------------------------------


def everything(home: Path) -> dict[str, tuple[bytes, int]]:
    """Return every file with its time; the lock and the reading of a folder leave none."""
    files = (path for path in sorted(home.rglob("*")) if path.is_file())
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


async def test_check_changes_nothing(firm: Firm) -> None:
    own = Credentials.read(firm.home / "credentials")
    store = open_store(firm.home / DATABASE, own.identity.sign_bytes)
    await store.trouble("mail-1", clock().date())
    beside = await seen(firm, offline=True)  # while a line has it open
    assert "mail-1" in beside
    await store.close()
    before = everything(firm.home)
    assert "mail-1" in await seen(firm, offline=True)
    assert everything(firm.home) == before


async def test_an_older_database_is_left_as_it_is(firm: Firm) -> None:
    engine = connect(firm.home / DATABASE)
    with engine.connect() as conn, transaction(conn):
        command.upgrade(alembic_config(conn), "0001")
    engine.dispose()
    before = everything(firm.home)
    found = await seen(firm, offline=True)
    assert found["database"].found is Found.NOTE
    assert "0001" in found["database"].says
    assert everything(firm.home) == before
    (firm.home / DATABASE).write_bytes(b"something else" * 1000)
    assert "database" in wrong(await seen(firm, offline=True))


@pytest.mark.parametrize("name", [DATABASE, "logs", "logs/quietline.log", "."])
async def test_what_the_line_may_not_write_is_wrong(firm: Firm, name: str) -> None:
    own = Credentials.read(firm.home / "credentials")
    await open_store(firm.home / DATABASE, own.identity.sign_bytes).close()
    (firm.home / "logs" / "quietline.log").touch()
    assert (await seen(firm, offline=True))["folder"].found is Found.OK
    path = firm.home / name
    mode = path.stat().st_mode
    path.chmod(mode & ~0o200)
    found = await seen(firm, offline=True)
    path.chmod(mode)
    assert "folder" in wrong(found)
    assert "chmod -R u+rwX" in found["folder"].says


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
async def test_what_root_has_left_in_the_folder_is_told(firm: Firm) -> None:
    own = Credentials.read(firm.home / "credentials")
    await open_store(firm.home / DATABASE, own.identity.sign_bytes).close()
    os.chown(firm.home / DATABASE, os.geteuid() + 1, -1)
    found = await seen(firm, offline=True)
    assert "folder" in wrong(found)
    assert f"--reference={firm.home}" in found["folder"].says


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
async def test_a_database_that_may_only_be_read_is_refused_in_a_sentence(firm: Firm) -> None:
    own = Credentials.read(firm.home / "credentials")
    await open_store(firm.home / DATABASE, own.identity.sign_bytes).close()
    (firm.home / DATABASE).chmod(0o400)
    with pytest.raises(DatabaseFailed, match="its owner"):
        open_store(firm.home / DATABASE, own.identity.sign_bytes)


async def test_a_look_keeps_no_line_from_starting(firm: Firm) -> None:
    handle = os.open(firm.home, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_SH)  # as a look does, for longer
    assert not is_held(firm.home)  # others may look as well
    asyncio.get_running_loop().call_later(0.1, os.close, handle)
    async with taken(firm.home) as alone:
        assert alone
        assert is_held(firm.home)
        async with taken(firm.home) as second:
            assert not second


async def test_a_database_that_is_behind_its_digests_is_told(firm: Firm) -> None:
    """The disk was lost, and an old copy or a new database was put in its place."""
    await asyncio.to_thread(firm.line, "digest", "now")
    (made,) = (firm.home / "digests").glob("digest-*.age")
    assert "digest" not in wrong(await seen(firm, offline=True))
    (firm.home / "digests" / "digest-000007.age").write_bytes(made.read_bytes())
    found = await seen(firm, offline=True)
    assert "digest" in wrong(found)
    assert "number 7" in found["digest"].says
