"""`quietline-desk sync` and `packets export` as staff run them."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from bot.carried import packet_files
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
