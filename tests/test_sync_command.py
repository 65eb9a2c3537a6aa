"""`quietline-desk sync` and `packets export` as staff run them."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.carried import packet_files
from desk import sync_memory, tor
from desk.acting import Desk as Hand
from desk.outbox import Outbox
from storage.act import Note
from tests.desk_made import Door
from tests.office import TODAY
from tests.served import Desk, Served, case_id


async def test_the_address_is_given_once_and_what_waits_is_said(tmp_path: Path) -> None:
    served = Served(tmp_path)
    await served.send(1)
    door, office, desk = Door(served), served.office, Desk(served)
    door.now = datetime.now(UTC)
    assert "knows no server yet" in office.refuse("sync", desk="ana")
    async with door.open() as url:
        shown = await asyncio.to_thread(lambda: office.run("sync", url, desk="ana"))
        assert "1 new case came." in shown
        assert "Nothing new" in await asyncio.to_thread(lambda: office.run("sync", desk="ana"))
    outbox = Outbox(desk=desk.folder, signing=desk.reader.signing)
    hand = Hand(reader=desk.reader, mirror=desk.mirror, outbox=outbox, today=TODAY)
    hand.act(case_id(1), Note(text="x"))
    code, wrong = office.attempt("sync", desk="ana")
    assert code == 1
    assert "cannot be reached" in wrong
    assert "1 packet still to go" in office.terminal.shown
    office.run("packets", "export", str(tmp_path / "stick"), desk="ana")
    assert len(packet_files([tmp_path / "stick"])) == 1


ONION = "http://" + "a" * 56 + ".onion"


@pytest.mark.parametrize("address", [ONION, ONION.upper(), ONION.replace(".", "\uff0e", 1)])
def test_an_onion_service_is_refused_before_its_name_is_looked_up(
    tmp_path: Path, address: str, refused_connections: list[str]
) -> None:
    office = Served(tmp_path).office
    for command in (("sync", address), ("sync",)):
        wrong = office.refuse(*command, desk="ana")
        assert f"torsocks quietline-desk sync {ONION}" in wrong
        sync_memory.remember_address(office.desk("ana"), address)
    assert refused_connections == []


def test_through_tor_goes_only_what_has_its_library_loaded(tmp_path: Path) -> None:
    maps = tmp_path / "maps"
    assert not tor.is_between(maps)
    maps.write_text("7f00-7f01 r-xp 00000000 08:01 1 /usr/lib/libc.so.6\n")
    assert not tor.is_between(maps)
    maps.write_text("7f00-7f01 r-xp 00000000 08:01 1 /usr/lib/torsocks/libtorsocks.so\n")
    assert tor.is_between(maps)
    assert not tor.is_between()
