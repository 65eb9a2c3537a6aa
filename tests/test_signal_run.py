"""`quietline run` as a process on an emulated Signal: a conversation, a gap, and both apps at once."""

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.errors import CannotListen
from bot.service import first
from storage import entry
from tests.reports import short
from tests.running import Firm, Process, started
from tests.signal_server import Emulator, serving, uuid_of

NUMBER = "+4915112345678"


@pytest.fixture
def firm(founded: Firm, tmp_path: Path) -> Firm:
    return founded.copy(tmp_path / "firm")


def on_signal(firm: Firm, bridge: Emulator, more: str = "") -> None:
    firm.set(
        f'\n[signal]\non = true\nnumber = "{NUMBER}"\nbridge = "{bridge.url}"\n'
        f"per_second = 1000\nper_chat = 1000\n{more}"
    )


@asynccontextmanager
async def running(firm: Firm) -> AsyncIterator[Process]:
    async with started("bot", "run", "--home", str(firm.home), place=firm.home) as (line, said):
        assert said.startswith("The line is up.")
        yield line


MISSED = "may have missed a message"
#: One of these ends every answer of the line: a question, its first words, the last ones.
ENDS = ("Stop and delete", "5. 日本語", "Clear this chat")


async def says(bridge: Emulator, person: int, text: str) -> None:
    """Say something; wait until the line has answered with all it has to say."""
    sent = bridge.say(person, text)["timestamp"]
    async with asyncio.timeout(60):
        while True:
            seen = await bridge.wait(person, after=sent, timeout=60)
            last = seen["messages"][-1]["text"]
            if any(end in last for end in ENDS):
                return
            await bridge.wait(person, change=seen["change"], timeout=60)


async def hears(bridge: Emulator, person: int, words: str, *, times: int = 1) -> None:
    """Wait until the line has said something, so many times."""
    async with asyncio.timeout(60):
        while True:
            seen = bridge.chat(person)
            if sum(words in one["text"] for one in seen["messages"]) >= times:
                return
            await bridge.wait(person, change=seen["change"], timeout=60)


async def reports(bridge: Emulator, person: int) -> None:
    for text in ["/start", *short("en")]:
        await says(bridge, person, text)


async def test_a_report_on_signal_is_one_case(firm: Firm) -> None:
    async with serving(number=NUMBER, mode="json-rpc") as bridge:
        on_signal(firm, bridge)
        async with running(firm) as line:
            await bridge.connected()
            await reports(bridge, 7)
            assert await line.end() == 0
    assert line.errors == [""]
    assert len(await asyncio.to_thread(firm.cases)) == 1


async def test_a_photo_on_signal_is_sealed_said_and_gone_from_the_bridge(firm: Firm) -> None:
    photo = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4000
    async with serving(number=NUMBER, mode="json-rpc") as bridge:
        on_signal(firm, bridge)
        async with running(firm) as line:
            await bridge.connected()
            for text in ["/start", *short("en")[:5]]:
                await says(bridge, 7, text)
            bridge.send(7, [{"content": photo, "type": "image/jpeg", "filename": "gate.jpg"}])
            await hears(bridge, 7, hashlib.sha256(photo).hexdigest()[:4])
            for text in short("en")[5:]:
                await says(bridge, 7, text)
            assert await line.end() == 0
        assert not leftovers(bridge)
    (blob,) = (firm.home / "blobs").rglob("*.age")
    assert photo[:64] not in blob.read_bytes()
    assert len(await asyncio.to_thread(firm.cases)) == 1


async def test_the_bridge_forgets_who_is_done_where_it_can_be_told(firm: Firm) -> None:
    async with serving(number=NUMBER, mode="json-rpc") as bridge:
        on_signal(firm, bridge, f'rpc = "{bridge.url}"\n')
        async with running(firm) as line:
            await bridge.connected()
            await says(bridge, 8, "/start")
            await reports(bridge, 7)
            assert await line.end() == 0
        known = {one["uuid"] for one in bridge.contacts()}
    assert uuid_of(8) in known
    assert uuid_of(7) not in known


def leftovers(bridge: Emulator) -> list[Path]:
    return list(Path(bridge.folders()["attachments"]).iterdir())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port: int = door.getsockname()[1]
    return port


@pytest.mark.thorough  # the same
async def test_a_report_that_the_bridge_brings_is_one_case(firm: Firm) -> None:
    port = free_port()
    file = firm.home / "quietline.toml"
    file.write_text(file.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}"))
    async with serving(number=NUMBER, mode="json-rpc") as bridge:
        on_signal(firm, bridge, 'receive = "webhook"\n')
        done = await asyncio.to_thread(
            firm.line, "signal", "webhook", "--host", f"127.0.0.1:{port}"
        )
        address = done.stdout.strip().partition("=")[2]
        bridge.webhook(address)
        async with running(firm) as line:
            await reports(bridge, 7)
            bridge.webhook(address[:-1] + ("0" if address[-1] != "0" else "1"))
            bridge.say(8, "/start")
            await bridge.settled()
            assert bridge.counters()["posts"]["404"] == 1  # who does not know the secret
            assert await line.end() == 0
        assert bridge.sent(8) == []
    assert address.rpartition("/")[2] not in (firm.home / "logs" / "quietline.log").read_text()
    assert len(await asyncio.to_thread(firm.cases)) == 1


async def test_a_message_that_is_deleted_for_everyone_takes_its_answer_along(firm: Firm) -> None:
    secret, first, *rest = "It was my uncle who said so.", *short("en")[5:]
    async with serving(number=NUMBER, mode="json-rpc") as bridge:
        on_signal(firm, bridge)
        async with running(firm):
            await bridge.connected()
            for text in ["/start", *short("en")[:5], secret, first]:
                await says(bridge, 7, text)
            said = next(m for m in bridge.chat(7)["messages"] if m["text"] == secret)
            bridge.remote_delete(7, target=said["timestamp"])
            await hears(bridge, 7, "is erased here as well")
            await hears(bridge, 7, "what happened?", times=2)  # it is asked again
            for text in rest:
                await says(bridge, 7, text)
            bridge.remote_delete(7)
            await hears(bridge, 7, "stays with our team")
    ((_, answers),) = await asyncio.to_thread(firm.cases)
    words = [one.value.words for one in answers if isinstance(one.value, entry.Words)]
    assert words == [first]


async def test_after_a_gap_who_was_in_the_middle_is_told_once(firm: Firm) -> None:
    async with serving(number=NUMBER, mode="json-rpc") as bridge:
        on_signal(firm, bridge)
        async with running(firm) as line:
            await bridge.connected()
            for text in ["/start", *short("en")[:6]]:
                await says(bridge, 7, text)
            await says(bridge, 8, "/start")
            await line.kill()
            await bridge.disconnected()
            bridge.say(7, "This is lost, and nobody could know.")
        async with running(firm):
            await bridge.connected()
            await hears(bridge, 7, MISSED)
            bridge.cut()
            await bridge.connected()
            async with asyncio.timeout(60):  # so soon again only before they send
                while sum(MISSED in one["text"] for one in bridge.sent(7)) < 2:
                    bridge.say(7, "/review")  # it may be lost as well
                    await asyncio.sleep(1)
    assert sum(MISSED in one["text"] for one in bridge.sent(7)) == 2
    assert not any(MISSED in one["text"] for one in bridge.sent(8))  # nothing was begun


@pytest.mark.thorough  # the story of both apps is in the small tier
async def test_signal_and_telegram_run_side_by_side(firm: Firm) -> None:
    from tests.running import HANDLE, TOKEN
    from tests.telegram_server import serving as serving_telegram

    async with (
        serving(number=NUMBER, mode="native") as bridge,
        serving_telegram(token=TOKEN) as telegram,
    ):
        telegram.world.bot["username"] = HANDLE[1:]
        on_signal(firm, bridge)
        firm.set(f'\n[telegram]\non = true\nserver = "{telegram.url}"\n')
        async with running(firm) as line:
            telegram.say({"id": 5_550_001}, "/start")
            await reports(bridge, 7)
            assert telegram.chat(5_550_001)
            assert await line.end() == 0
    assert len(await asyncio.to_thread(firm.cases)) == 1


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        ([ValueError("a person's words"), CannotListen("here", "in use")], "cannot listen on here"),
        ([ValueError("a person's words"), KeyError("x")], "(KeyError, ValueError)"),
        ([OSError(28, "No space left")], "No space left"),
    ],
)
def test_errors_of_several_tasks_are_one_sentence(errors: list[Exception], said: str) -> None:
    group = ExceptionGroup("tasks", [ExceptionGroup("more", errors[:1]), *errors[1:]])
    told = str(first(group))
    assert said in told
    assert "words" not in told


async def test_what_keeps_a_line_from_coming_up_is_one_sentence(firm: Firm) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        file = firm.home / "quietline.toml"
        port = taken.getsockname()[1]
        file.write_text(file.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}"))
        async with serving(number=NUMBER, mode="native") as bridge:
            on_signal(firm, bridge)
            done = await asyncio.to_thread(firm.line, "run", check=False)
    assert done.returncode == 1
    assert done.stderr == (
        f"quietline: The line cannot listen on 127.0.0.1:{port} (Address already in use): stop what "
        "listens there, or choose another `listen`.\n"
    )
