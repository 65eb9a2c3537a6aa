"""Exports from the page: seen before they are made, the command's own bytes and record, nothing left."""

import asyncio
import html
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from desk import saving
from desk.acts import Moment
from desk.errors import TooLargeHere
from desk.export import cautions as told_of
from desk.export.cautions import CHECKLIST, CODES_ONLY, MASKED, WHOLE
from desk.export.record import ExportLog, ExportRecord
from desk.export.redaction import pseudonym
from desk.web import export_choice
from desk.web.export_choice import WAYS
from desk.web.wording import EXPORTS, REDACTIONS
from storage.act import Exported
from storage.entry import Words
from tests.browsing import Browser, browsing
from tests.exports_made import FONTS
from tests.files_made import Sent
from tests.served import case_id, case_number
from tests.staffed import NOW, PHRASE, TRAP, UYGHUR, Staffed, brought, picture

ROOT = Path(__file__).resolve().parent.parent
ONE, TWO = case_number(1), case_number(2)
REASON = "the person's lawyer asked"
SHOWN = re.compile(r'name="shown" value="([0-9a-f]{64})"')
NAMED = re.compile(r'attachment; filename="([^"/\\]+)"')
LEVELS = ("none", "direct", "contextual")


@pytest.fixture
async def staffed(tmp_path: Path) -> Staffed:
    """Cases of invented people; ana leads."""
    made = await brought(tmp_path)
    made.office.let_lead("ana")
    return made


@asynccontextmanager
async def sitting(staffed: Staffed, name: str) -> AsyncIterator[Browser]:
    """Have somebody sit at their desk, unlocked."""
    desk = staffed.office.desk(name)
    async with browsing(desk, staffed.office.line_folder, fonts=(FONTS,)) as made:
        made.watch.forward(days=(NOW - made.watch().date()).days)
        await made.unlock()
        await made.get()
        yield made


@pytest.fixture
async def ana(staffed: Staffed) -> AsyncIterator[Browser]:
    async with sitting(staffed, "ana") as made:
        yield made


async def bring(staffed: Staffed, *names: str) -> None:
    """Bring what came since; the statement is newer than that of the first bundle."""
    shutil.rmtree(staffed.drop)
    await staffed.bring(*names)


def records(staffed: Staffed) -> list[ExportRecord]:
    return ExportLog(folder=staffed.office.desk("ana")).read()


def acts(staffed: Staffed, number: int) -> tuple[Moment, ...]:
    return staffed.book("ana").case(case_number(number)).standing.of(Exported)


def waiting(staffed: Staffed) -> list[str]:
    return [one.header.kind for one in staffed.book("ana").outbox.waiting()]


def lying(staffed: Staffed) -> set[str]:
    """Return the names of all that lies in ana's folder."""
    folder = staffed.office.desk("ana")
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def chosen(kind: str, level: str, **more: str) -> dict[str, str]:
    return {"kind": kind, "level": level, "labels": "en", "reason": REASON, **more}


async def look(browser: Browser, place: str, kind: str, level: str) -> dict[str, str]:
    """Look at what an export would tell; return the form that makes it."""
    answer = await browser.post(place, chosen(kind, level, do="look"))
    assert answer.status_code == 200, browser.shown
    found = SHOWN.search(browser.shown)
    assert found is not None
    return chosen(kind, level, shown=found[1], do="make")


async def make(browser: Browser, place: str, kind: str, level: str = "none") -> httpx.Response:
    """Make an export and download it; return what came."""
    form = await look(browser, place, kind, level)
    answer = await browser.post(place, form)
    assert answer.headers["location"] == browser.at("export/ready"), browser.shown
    await browser.get("export/ready")
    return await browser.client.get(browser.at("export/ready/file"))


def name_of(answer: httpx.Response) -> str:
    found = NAMED.fullmatch(answer.headers["content-disposition"])
    assert found is not None
    return found[1]


# --- the same as the command -------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(WAYS))
async def test_the_page_gives_what_the_command_writes(
    staffed: Staffed, tmp_path: Path, kind: str
) -> None:
    for level in LEVELS:
        page, command = (staffed.copied(tmp_path / f"{level}-{one}") for one in "ab")
        name, ending = WAYS[kind]
        to = tmp_path / f"{level}{ending}"
        command.office.run(
            *("export", name, ONE, "--to", str(to), "--redact", level, "--reason", REASON),
            *("--fonts", str(FONTS)),
            desk="ana",
        )
        async with sitting(page, "ana") as browser:
            answer = await make(browser, f"case/{ONE}/export", kind, level)
        assert answer.content == to.read_bytes(), level
        assert records(page) == records(command)
        (ours,), (theirs,) = acts(page, 1), acts(command, 1)
        assert (ours.deed, ours.author, ours.pending) == (theirs.deed, theirs.author, True)
        assert waiting(page) == waiting(command)


async def test_what_the_list_shows_leaves_and_nothing_else(ana: Browser, staffed: Staffed) -> None:
    for query, numbers in (("", (1, 2, 3, 4, 5)), ("?urgency=U3", (3, 4))):
        await ana.get(query)
        assert f'href="{ana.at(f"export{query}")}"' in ana.shown
        await ana.get(f"export{query}")
        assert {n for n in range(1, 6) if case_number(n) in ana.shown} == set(numbers)
        answer = await make(ana, f"export{query}", "jsonl")
        assert {n for n in range(1, 6) if case_number(n) in answer.text} == set(numbers)
        assert name_of(answer) == f"cases-{len(numbers)}.jsonl"
        assert set(records(staffed)[-1].cases) == {case_id(n) for n in numbers}
    await ana.post("search", {"search": "vigil"})
    answer = await make(ana, "export", "jsonl")
    assert name_of(answer) == f"case-{case_number(3)}.jsonl"


async def test_what_does_not_open_stays_out_and_is_counted(ana: Browser, staffed: Staffed) -> None:
    mirror = staffed.book("ana").mirror
    journal = mirror.folder / "journal" / case_id(2).hex()
    entry = next(path for path in sorted(journal.rglob("*")) if path.is_file())
    entry.write_bytes(entry.read_bytes()[:-1] + b"x")
    await ana.get("export")
    assert "1 case could not be opened here and stayed out" in ana.shown
    assert TWO not in (await make(ana, "export", "jsonl")).text
    answer = await ana.get(f"case/{TWO}/export")
    assert answer.status_code == 409
    assert "is not shown, because it cannot be relied on" in ana.shown


# --- seen before it is made --------------------------------------------------------------------


async def test_each_level_says_what_it_tells_before_anything_is_made(
    ana: Browser, staffed: Staffed
) -> None:
    place = f"case/{ONE}/export"
    await ana.get(f"case/{ONE}")
    assert f'href="{ana.at(place)}"' in ana.shown
    await ana.get(place)
    for texts in (*REDACTIONS.values(), *EXPORTS.values()):
        assert all(text in html.unescape(ana.shown) for text in texts)
    for level, cautions in (
        ("none", (WHOLE, told_of.PHRASE)),
        ("direct", (MASKED,)),
        ("contextual", (CODES_ONLY,)),
    ):
        await look(ana, place, "bag", level)
        told = html.unescape(ana.shown)
        assert all(text in told for text in (*cautions, *CHECKLIST, REASON))
        assert ("2 originals, with all that is hidden" in told) is (level == "none")
        assert PHRASE not in told
        assert UYGHUR not in told
    assert (records(staffed), acts(staffed, 1)) == ([], ())
    assert (await ana.get("export/ready/file")).status_code == 409
    await ana.post(place, chosen("bag", "direct", do="change"))
    assert 'value="direct" required checked' in ana.shown
    assert f'value="{html.escape(REASON)}"'.replace("&#x27;", "&#39;") in ana.shown


async def test_what_came_meanwhile_is_looked_at_first(ana: Browser, staffed: Staffed) -> None:
    place = f"case/{TWO}/export"
    form = await look(ana, place, "jsonl", "none")
    await staffed.add(2, await staffed.keep(case_id(2), Sent(data=b"x"), day=NOW), day=NOW)
    await bring(staffed, "ana")
    answer = await ana.post(place, form)
    assert answer.status_code == 200
    assert "Something has changed since you looked" in ana.shown
    for other in ({"level": "direct"}, {"kind": "pdf"}, {"reason": "another"}, {"shown": ""}):
        assert (await ana.post(place, {**form, **other})).status_code == 200
    assert records(staffed) == []


async def test_pressed_twice_it_is_made_once(ana: Browser, staffed: Staffed) -> None:
    form = await look(ana, f"case/{TWO}/export", "jsonl", "none")
    for _ in range(2):
        assert (await ana.post(f"case/{TWO}/export", form)).status_code == 303
    assert len(records(staffed)) == 1


# --- refused -----------------------------------------------------------------------------------


async def test_who_may_not_sees_why(staffed: Staffed) -> None:
    await bring(staffed, "ben")
    async with sitting(staffed, "ben") as ben:
        for place in (f"case/{ONE}/export", "export"):
            answer = await ben.get(place)
            assert answer.status_code == 403
            assert "does not give you the right" in ben.shown
            assert "ask ana" in ben.shown
            assert 'name="level"' not in ben.shown
            answer = await ben.post(place, chosen("jsonl", "none", do="look"))
            assert (answer.status_code, "ask ana" in ben.shown) == (409, True)
            assert ONE not in re.sub(r"<a [^>]*>", "", ben.shown)
    assert staffed.book("ben").outbox.waiting() == ()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"reason": "  "}, "Each export needs a reason"),
        ({"level": ""}, "Choose what kind it is to be"),
        ({"level": "all"}, "Choose what kind it is to be"),
        ({"kind": "stats"}, "Choose what kind it is to be"),
    ],
)
async def test_what_is_wanting_is_said_and_what_was_typed_stays(
    ana: Browser, staffed: Staffed, wrong: dict[str, str], says: str
) -> None:
    for button in ("look", "make"):
        told = {**chosen("pdf", "direct", do=button), **wrong}
        answer = await ana.post(f"case/{ONE}/export", told)
        assert answer.status_code == 409
        assert says in ana.shown
        assert ("lawyer asked" in ana.shown) is ("reason" not in wrong)
    assert records(staffed) == []


async def test_without_a_record_there_is_no_export(ana: Browser, staffed: Staffed) -> None:
    form = await look(ana, f"case/{ONE}/export", "jsonl", "none")
    (staffed.office.desk("ana") / "exports.jsonl").mkdir()
    answer = await ana.post(f"case/{ONE}/export", form)
    assert answer.status_code == 409
    assert "It could not be written" in ana.shown
    assert (await ana.get("export/ready/file")).status_code == 409


async def test_a_bag_that_is_too_large_is_left_to_the_command(
    ana: Browser, staffed: Staffed
) -> None:
    huge = Sent(data=bytes(export_choice.MOST + 1), name="film.mp4", type="video/mp4", kind="video")
    await staffed.add(2, await staffed.keep(case_id(2), huge, day=NOW), question="A1", day=NOW)
    await bring(staffed, "ana")
    answer = await ana.post(f"case/{TWO}/export", chosen("bag", "none", do="look"))
    assert answer.status_code == 409
    says = TooLargeHere("128.0 MB", "128.0 MB")
    assert str(says) in html.unescape(ana.shown)
    await look(ana, f"case/{TWO}/export", "bag", "direct")  # which holds no file
    assert records(staffed) == []


async def test_a_script_without_a_font_and_a_file_that_is_not_here_are_named(
    ana: Browser, staffed: Staffed
) -> None:
    rare = "\U00031350\U00031351"  # of 2022: no font that is shipped has them
    await staffed.add(2, Words(words=rare), part=3, day=NOW)
    await bring(staffed, "ana")
    await make(ana, f"case/{TWO}/export", "pdf")
    assert re.search(r"No font on this computer for: [^.]*\(2\)\.", ana.shown)
    shutil.rmtree(staffed.office.desk("ana") / "mirror" / "files")
    await make(ana, f"case/{ONE}/export", "bag")
    assert ana.shown.count("Not in it: ") == ana.shown.count("is not here") == 2


# --- what is left ------------------------------------------------------------------------------


async def test_nothing_opened_stays_on_the_disk_or_in_memory_after_the_lock(
    ana: Browser, staffed: Staffed
) -> None:
    before, places = lying(staffed), passing(staffed)
    for kind in WAYS:
        answer = await make(ana, f"case/{ONE}/export", kind)
        assert answer.content
    new = lying(staffed) - before
    assert {one.partition("/")[0] for one in new} <= {"exports.jsonl", "outbox", "index.db"}
    assert passing(staffed) <= places
    for path in staffed.office.desk("ana").rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        assert not [
            w
            for w in (UYGHUR, PHRASE, REASON[:-6])
            if w.encode() in data and path.name != "exports.jsonl"
        ]
        assert TRAP not in data
        assert picture() not in data
    await ana.post("lock")
    assert (await ana.get("export/ready/file")).headers["location"] == ana.at("unlock")
    await ana.get("unlock")
    await ana.post("unlock", {"words": ""})
    assert (await ana.get("export/ready/file")).status_code == 409


async def test_an_export_goes_with_its_case(ana: Browser, staffed: Staffed) -> None:
    await make(ana, "export?urgency=U3", "jsonl")
    assert (await ana.get("export/ready")).status_code == 200
    staffed.book("ana").mirror.erase(case_id(4))
    await ana.get("")
    for _ in range(2):
        answer = await ana.get("export/ready/file")
        assert (answer.status_code, case_number(3) in answer.text) == (409, False)


async def test_what_comes_is_something_to_be_saved_under_a_name_that_tells_no_more(
    ana: Browser,
) -> None:
    for kind, (_, ending) in WAYS.items():
        for level in LEVELS:
            answer = await make(ana, f"case/{TWO}/export", kind, level)
            called = TWO if level == "none" else pseudonym(case_id(2))
            assert name_of(answer) == f"case-{called}{ending}"
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert ("for you alone" in ana.shown) is (level != "none")
            assert "it is no longer sealed" in ana.shown
    await ana.post("export/ready/drop")
    assert (await ana.get("export/ready")).status_code == 409


async def test_what_a_kill_left_is_gone_when_the_next_is_made(
    ana: Browser, staffed: Staffed
) -> None:
    left = saving.passing(staffed.office.desk("ana"), 0) / f"{saving.FRESH}{'0' * 16}"
    left.mkdir(mode=0o700)
    (left / "made").write_text("words")
    await make(ana, f"case/{TWO}/export", "jsonl")
    assert not left.exists()


async def test_what_a_kill_left_is_gone_when_the_desk_is_served_again(staffed: Staffed) -> None:
    desk = staffed.office.desk("ana")
    left = saving.passing(desk, sys.maxsize) / f"{saving.FRESH}{'1' * 16}"
    assert left.parent == desk / saving.OPENED, "no memory has that room"
    left.mkdir()
    command = (
        "-m",
        "desk",
        "serve",
        "--desk",
        str(desk),
        "--line",
        str(staffed.office.line_folder),
    )
    run = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert run.stdout is not None
    await run.stdout.readline()
    run.terminate()
    await run.wait()
    assert not left.exists()


def passing(staffed: Staffed) -> set[Path]:
    """Return the folders in which something is being made."""
    held = (saving.MEMORY, staffed.office.desk("ana") / saving.OPENED)
    return {path for place in held for path in place.glob(f"{saving.FRESH}*")}
