"""Rows and files together: whatever is killed when, no kept file is lost and none stays unknown.

What the line does is played here step by step, in the order in which it does it, and stops between
any two steps: a kill. A start then sweeps.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.blobs import Blobs, DiskBlobs, name_of
from storage.memory import MemoryStore
from storage.rows import BlobState
from storage.unit import Outcome, Store
from tests.stores import a_fetch, arrives, case, key, sign, starts, unit

CASES, FILES = "cd", "fgh"


@dataclass(frozen=True)
class Line:
    """What a line does with files, each in steps between which it may be killed."""

    store: Store
    blobs: Blobs
    folder: Path

    async def announce(self, name: str, of: str) -> None:
        tries = len([row for row in await self.store.blobs(case(of)) if row.key == key(name + of)])
        row = a_fetch(name + of, of, blob=f"{name}{of}{tries}")
        await self.store.commit(starts(row))

    async def come(self, name: str, of: str, steps: int) -> None:
        """Fetch a file: it is written, finished, committed; only so many of the steps are done."""
        row = await self.store.fetch(key(name + of))
        if row is None:
            return
        with self.blobs.begin(row.blob) as writer:
            writer.write(b"sealed ")
            if steps:
                writer.write(row.blob)
                writer.finish()
        if not steps:  # killed: nobody abandoned it
            (self.folder / name_of(row.blob, ".part")).write_bytes(b"sealed ")
        if steps > 1 and await self.store.commit(arrives(row)) is Outcome.STALE:
            self.blobs.erase(row.blob)

    async def clean(self, steps: int) -> None:
        """Erase what is doomed, then bury it; only so many of the steps are done."""
        doomed = await self.store.doomed()
        for blob in doomed:
            self.blobs.erase(blob)
        if steps:
            await self.store.buried(doomed)

    async def start(self) -> None:
        self.blobs.sweep(await self.store.blob_ids())

    async def states(self) -> dict[bytes, BlobState]:
        found = [await self.store.blobs(case(name)) for name in CASES]
        return {row.id: row.state for rows in found for row in rows}

    async def is_whole(self) -> None:
        """See that nothing that is kept is lost."""
        states = await self.states()
        for blob, state in states.items():
            if state is BlobState.KEPT:
                with self.blobs.open(blob) as file:
                    assert file.read() == b"sealed " + blob

    async def is_tidy(self) -> None:
        """See that nothing is on the disk that no row knows."""
        assert self.blobs.names() <= (await self.states()).keys()


Step = tuple[str, str, str, int]
STEPS: st.SearchStrategy[Step] = st.tuples(
    st.sampled_from(["announce", "announce", "come", "come", "doom", "drop", "clean", "start"]),
    st.sampled_from(FILES),
    st.sampled_from(CASES),
    st.sampled_from([0, 1, 2, 2]),
)


async def live(line: Line, steps: list[Step]) -> None:
    for what, name, of, far in steps:
        match what:
            case "announce":
                await line.announce(name, of)
            case "come":
                await line.come(name, of, far)
            case "doom":
                await line.store.commit(unit(doom=(case(of),)))
            case "drop":
                await line.store.commit(unit(dropped=(key(name + of),)))
            case "clean":
                await line.clean(far)
            case _:
                await line.start()
                await line.is_tidy()
        await line.is_whole()


@given(st.lists(STEPS, max_size=25))
def test_whatever_is_killed_when_nothing_kept_is_lost_and_nothing_stays(steps: list[Step]) -> None:
    with TemporaryDirectory() as folder:
        line = Line(MemoryStore(sign), DiskBlobs(Path(folder)), Path(folder))
        asyncio.run(live(line, steps))
        states = asyncio.run(end(line))
        there = {path for path in line.folder.rglob("*") if path.is_file()}
        kept = {blob for blob, state in states.items() if state is BlobState.KEPT}
        assert BlobState.DOOMED not in states.values()
        assert {line.folder / name_of(blob) for blob in kept} <= there
        assert there <= {line.folder / name_of(blob) for blob in states}


async def end(line: Line) -> dict[bytes, BlobState]:
    """Start once more and clean up; return what is left."""
    await line.start()
    await line.clean(1)
    await line.is_whole()
    return await line.states()


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(MemoryStore(sign), DiskBlobs(tmp_path), tmp_path)


async def test_a_kill_between_file_and_commit_of_a_stopped_draft_leaves_an_orphan(
    line: Line,
) -> None:
    """The file is finished; the draft is stopped and forgotten before the line comes up again."""
    await line.announce("f", "c")
    [blob] = await line.states()
    await line.come("f", "c", 1)  # killed before the commit
    await line.store.commit(unit(doom=(case("c"),)))
    assert await line.store.buried([blob]) == 1  # as a line would that could not see the file
    assert line.blobs.names() == {blob}
    assert line.blobs.sweep(await line.store.blob_ids()) == 1
    assert line.blobs.names() == frozenset()


async def test_a_kill_between_file_and_commit_is_made_good_by_the_next_try(line: Line) -> None:
    await line.announce("f", "c")
    await line.come("f", "c", 1)
    await line.start()
    [(blob, state)] = (await line.states()).items()
    assert state is BlobState.COMING
    assert line.blobs.names() == {blob}
    await line.come("f", "c", 2)
    assert await line.states() == {blob: BlobState.KEPT}
    await line.is_whole()


async def test_a_doomed_blob_is_erased_and_then_buried(line: Line) -> None:
    await line.announce("f", "c")
    await line.come("f", "c", 2)
    await line.store.commit(unit(doom=(case("c"),)))
    await line.clean(0)  # killed between the two
    [(blob, state)] = (await line.states()).items()
    assert (state, line.blobs.names()) == (BlobState.DOOMED, frozenset())
    assert await line.store.doomed() == (blob,)
    await line.start()
    await line.clean(1)
    assert await line.states() == {}


async def test_a_file_that_is_erased_while_it_comes_does_not_appear(line: Line) -> None:
    await line.announce("f", "c")
    [blob] = await line.states()
    with line.blobs.begin(blob) as writer:
        writer.write(b"half")
        await line.store.commit(unit(doom=(case("c"),)))
        await line.clean(1)
        with pytest.raises(Exception, match="No such file"):
            writer.finish()
    assert line.blobs.names() == frozenset()
    assert await line.states() == {}
