"""A file that somebody sent is fetched whole or not at all, and what goes wrong has its name."""

import asyncio
import hashlib
import json
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.channels.telegram import Connection
from bot.channels.telegram.depot import CLOUD, CONNECTIONS, LOCAL, PIECE, SLOWEST, START
from bot.channels.telegram.sending import TelegramChannel
from bot.channels.telegram.webhook import TRIES
from bot.channels.telegram.wire import A_WHILE
from bot.engine.events import Said, Sent
from bot.errors import BotError, DeliveryFailed, NotNow, Refused
from bot.http import WEBHOOK, listening, make_http
from bot.ports import Depot, Incoming, Media
from tests.quiet import logged, text_of
from tests.telegram_made import TOKEN, Keeper, Surroundings, connected, polling, until
from tests.telegram_server import Emulator, serving
from tests.telegram_server.faults import Wrong

PERSON = 5_550_001
CONTENT = bytes(range(256)) * 1_000  # some pieces, and a part of one
MEGABYTE = 1024 * 1024


@pytest.fixture
async def server() -> AsyncIterator[Emulator]:
    async with serving(token=TOKEN) as emulator:
        yield emulator


@pytest.fixture
def told() -> Surroundings:
    return Surroundings()


@pytest.fixture
async def connection(server: Emulator, told: Surroundings) -> AsyncIterator[Connection]:
    async with connected(server, told) as made:
        yield made


@pytest.fixture
def depot(connection: Connection) -> TelegramChannel:
    return connection.channel


async def sent(server: Emulator, connection: Connection, kind: str, **told: Any) -> Media:  # noqa: ANN401 - what a test says of it
    """Have somebody send a file, and return it as it comes in."""
    keeper = Keeper()
    async with polling(connection, keeper):
        server.send(PERSON, kind, **told)
        await server.settled()
    media = keeper.kept[0].media
    assert media is not None
    return media


async def fetched(depot: Depot, media: Media | str) -> bytes:
    reference = media if isinstance(media, str) else media.reference
    return b"".join([piece async for piece in depot.fetch(reference)])


async def failed(depot: Depot, media: Media | str) -> BotError:
    """Return what went wrong; nothing of the library's hangs on it, and no token."""
    with pytest.raises(BotError) as caught:
        await fetched(depot, media)
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    assert "42:" not in f"{error!r} {error} {error.args}"
    return error


# --- as they come in --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("photo", Media(reference="", kind="photo", type="image/jpeg", size=256_000)),
        (
            "document",
            Media(
                reference="", kind="document", name="a.pdf", type="application/pdf", size=256_000
            ),
        ),
        ("voice", Media(reference="", kind="voice", type="audio/ogg", size=256_000)),
        ("video", Media(reference="", kind="video", name="a.pdf", type="video/mp4", size=256_000)),
        ("video_note", Media(reference="", kind="video", type="video/mp4", size=256_000)),
        ("audio", Media(reference="", kind="audio", name="a.pdf", type="audio/mpeg", size=256_000)),
        (
            "animation",
            Media(reference="", kind="animation", name="a.pdf", type="video/mp4", size=256_000),
        ),
    ],
)
async def test_a_file_comes_in_as_it_was_sent_and_is_fetched_whole(
    server: Emulator, connection: Connection, kind: str, said: Media
) -> None:
    given = {"file_name": "a.pdf", "mime_type": "application/pdf", "content": CONTENT}
    media = await sent(server, connection, kind, **given)
    assert (media.kind, media.name, media.type, media.size) == (
        said.kind,
        said.name,
        said.type,
        said.size,
    )
    assert await fetched(connection.channel, media) == CONTENT


async def test_an_album_comes_in_item_by_item_and_its_words_after_theirs(
    server: Emulator, connection: Connection
) -> None:
    keeper = Keeper()
    items = [{"kind": "photo", "content": bytes([n]) * (n + 1)} for n in range(10)]
    items[2]["caption"] = "all of them"
    async with polling(connection, keeper):
        server.album(PERSON, items)
        await server.settled()
    assert [one.event for one in keeper.kept] == [
        *[Sent()] * 3,
        Said(text="all of them"),
        *[Sent()] * 7,
    ]
    media = [one.media for one in keeper.kept if one.media]
    assert [len(await fetched(connection.channel, one)) for one in media] == [*range(1, 11)]


def _caption_fails(times: int) -> Keeper:
    def failing(incoming: Incoming) -> int:
        return times if isinstance(incoming.event, Said) else 0

    return Keeper(failing=failing)


async def test_an_update_is_safe_only_when_the_file_and_its_words_are(
    server: Emulator, connection: Connection
) -> None:
    keeper = _caption_fails(1_000_000)
    async with polling(connection, keeper):
        server.send(PERSON, "photo", caption="my words")
        polls = len(server.calls("getUpdates"))
        await until(lambda: len(keeper.seen) > 3 and len(server.calls("getUpdates")) > polls + 2)
        assert [one.event for one in keeper.kept] == [Sent()]
        assert len(server.queue()["pending"]) == 1
        keeper.failing = lambda _: 0
        await server.settled()
    assert [one.event for one in keeper.kept] == [Sent(), Said(text="my words")]
    assert sum(one.event == Sent() for one in keeper.seen) == 1


async def test_a_file_is_brought_again_until_its_words_are_kept_too(
    server: Emulator, connection: Connection
) -> None:
    keeper = _caption_fails(TRIES + 1)
    server.backoff(seconds=0.02, most=0.1)
    async with AsyncExitStack() as stack:
        given = (keeper.receive, lambda _: None, lambda: "")
        door = await stack.enter_async_context(connection.door("s3cret", *given))
        app = make_http(ready=lambda: True, webhook=door.take)
        where = await stack.enter_async_context(listening(app, "127.0.0.1:0"))
        await connection.register(f"http://{where}{WEBHOOK}", "s3cret")
        server.send(PERSON, "photo", caption="my words")
        await keeper.has(3)
        await server.settled()
    file, again, caption = keeper.kept
    assert file == again  # by its event id intake knows it
    assert caption.event == Said(text="my words")


# --- fetching ---------------------------------------------------------------------------------


async def test_a_file_is_fetched_in_constant_memory(
    server: Emulator, connection: Connection
) -> None:
    media = await sent(server, connection, "video", size=CLOUD)
    at_telegram = hashlib.sha256()
    for piece in server.world.files.by_id[media.reference].pieces():
        at_telegram.update(piece)
    here, largest = hashlib.sha256(), 0
    tracemalloc.start()
    try:
        async for piece in connection.channel.fetch(media.reference):
            largest = max(largest, len(piece))
            here.update(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert here.digest() == at_telegram.digest()
    assert largest <= PIECE
    assert peak < CLOUD / 4  # Telegram is in this process as well


async def test_it_is_a_depot_as_large_as_telegrams(depot: TelegramChannel) -> None:
    taken: Depot = depot
    assert (taken.name, taken.largest, taken.dangerous) == ("telegram", 20 * MEGABYTE, False)


async def test_what_is_too_large_is_refused(server: Emulator, connection: Connection) -> None:
    media = await sent(server, connection, "video", size=CLOUD + 1)
    assert isinstance(await failed(connection.channel, media), Refused)
    assert server.world.calls[-1].method == "getFile"


async def test_a_reference_that_telegram_does_not_know_is_refused(depot: TelegramChannel) -> None:
    assert isinstance(await failed(depot, "made-up&file_id=%00"), Refused)


async def test_what_is_not_there_now_is_asked_for_again(
    server: Emulator, connection: Connection
) -> None:
    media = await sent(server, connection, "document", content=CONTENT)
    server.lose(PERSON, server.chat(PERSON)["messages"][0]["id"])
    error = await failed(connection.channel, media)
    assert isinstance(error, DeliveryFailed)
    assert not isinstance(error, Refused)


@pytest.mark.parametrize("answer", [401, 403, 404, 409, 500, 502, "close", "garbage", "hang"])
async def test_without_an_answer_a_file_is_asked_for_again(
    server: Emulator, told: Surroundings, answer: Wrong
) -> None:
    async with connected(server, told, patience=0.2) as connection:
        media = await sent(server, connection, "document", content=CONTENT)
        server.fail("getFile", answer, seconds=60)
        assert type(await failed(connection.channel, media)) is DeliveryFailed
        assert await fetched(connection.channel, media) == CONTENT


async def test_a_400_of_another_kind_is_a_refusal(server: Emulator, connection: Connection) -> None:
    media = await sent(server, connection, "document", content=CONTENT)
    server.fail("getFile", 400)
    assert isinstance(await failed(connection.channel, media), Refused)


async def test_too_many_requests_say_how_long_to_wait(
    server: Emulator, connection: Connection
) -> None:
    media = await sent(server, connection, "document", content=CONTENT)
    server.fail("getFile", 429, retry_after=7)
    server.fail("download", 429, retry_after=7)
    for seconds in (7.0, A_WHILE):  # of bytes, Telegram does not say how long
        error = await failed(connection.channel, media)
        assert isinstance(error, NotNow)
        assert error.seconds == seconds
    assert await fetched(connection.channel, media) == CONTENT


@pytest.mark.parametrize(
    "answer", [302, 401, 403, 404, 500, 502, "close", "short", "long", "hang", "slow"]
)
async def test_what_breaks_off_is_never_taken_for_the_file(
    server: Emulator, told: Surroundings, answer: Wrong
) -> None:
    async with connected(server, told, patience=0.2) as connection:
        media = await sent(server, connection, "document", content=CONTENT)
        server.fail("download", answer, seconds=60)
        assert type(await failed(connection.channel, media)) is DeliveryFailed
        assert await fetched(connection.channel, media) == CONTENT


async def test_what_comes_drop_by_drop_is_given_up_for_now(
    server: Emulator, connection: Connection, told: Surroundings
) -> None:
    media = await sent(server, connection, "video", size=4 * PIECE)
    taken = 0

    async def drops() -> None:
        nonlocal taken
        async for piece in connection.channel.fetch(media.reference):
            taken += len(piece)
            told.now += len(piece) / SLOWEST + START

    with pytest.raises(DeliveryFailed) as caught:
        await drops()
    assert not isinstance(caught.value, Refused)
    assert 0 < taken < 4 * PIECE


async def test_who_stops_in_the_middle_lets_go_of_the_connection(
    server: Emulator, told: Surroundings
) -> None:
    async with connected(server, told, patience=5.0) as connection:
        media = await sent(server, connection, "video", size=CLOUD)
        for _ in range(3 * CONNECTIONS):
            pieces = connection.channel.fetch(media.reference)
            assert await anext(pieces)
            await pieces.aclose()
        assert len(await fetched(connection.channel, media)) == CLOUD


async def test_many_files_come_at_once(server: Emulator, connection: Connection) -> None:
    media = [
        await sent(server, connection, "document", content=bytes([n]) * 100_000) for n in range(20)
    ]
    found = await asyncio.gather(*(fetched(connection.channel, one) for one in media))
    assert [piece[0] for piece in found] == [*range(20)]


async def test_neither_token_nor_reference_is_logged(
    server: Emulator, connection: Connection, tmp_path: Path
) -> None:
    media = await sent(server, connection, "document", content=CONTENT)
    wrongs: tuple[Wrong, ...] = (404, "close", "short")
    with logged(tmp_path / "log"):
        await fetched(connection.channel, media)
        for answer in wrongs:
            server.fail("download", answer)
            await failed(connection.channel, media)
    written = text_of(tmp_path / "log")
    for secret in (TOKEN, TOKEN.partition(":")[2], media.reference):
        assert secret not in written


async def test_no_proxy_is_taken_from_the_environment(
    server: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with connected(server) as connection:
        media = await sent(server, connection, "document", content=CONTENT)
        assert await fetched(connection.channel, media) == CONTENT


# --- a server that answers as Telegram does not -----------------------------------------------


@asynccontextmanager
async def answering(place: object, head: bytes) -> AsyncIterator[str]:
    """Serve one place for every file, and always the same bytes; yield the address."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        told = json.dumps({"ok": True, "result": place}).encode()
        plain = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b"
        writer.write(head if b"/file/" in asked else plain % (len(told), told))
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


WORDS = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
PLACE = {"file_id": "f", "file_unique_id": "u", "file_path": "photos/f 1?#.jpg"}


@pytest.mark.parametrize(
    ("place", "head"),
    [
        (
            PLACE,
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",
        ),
        (PLACE, WORDS + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nwords"),
        (PLACE, WORDS + b"Content-Length: 6\r\n\r\nwords"),
        (PLACE, WORDS + b"Transfer-Encoding: chunked\r\n\r\n5\r\nwords\r\n"),
        (PLACE | {"file_size": 6}, WORDS + b"\r\nwords"),
        (PLACE, b"no HTTP"),
        (PLACE, b""),
        (PLACE | {"file_path": ""}, WORDS + b"Content-Length: 5\r\n\r\nwords"),
        (PLACE | {"file_path": 7}, WORDS + b"Content-Length: 5\r\n\r\nwords"),
        ("a place", WORDS + b"Content-Length: 5\r\n\r\nwords"),
    ],
)
async def test_an_answer_that_cannot_be_is_no_file(place: object, head: bytes) -> None:
    async with answering(place, head) as url, connected(None, url=url) as connection:
        assert type(await failed(connection.channel, "f")) is DeliveryFailed


@pytest.mark.parametrize("size", [{}, {"file_size": 5}, {"file_size": "5"}, {"file_size": 0}])
async def test_a_file_whose_size_telegram_does_not_say_is_as_long_as_it_is(
    size: dict[str, object],
) -> None:
    head = WORDS + b"Content-Length: 5\r\n\r\nwords"
    async with answering(PLACE | size, head) as url, connected(None, url=url) as connection:
        assert await fetched(connection.channel, "f") == b"words"


async def test_a_file_without_a_size_is_not_read_without_end() -> None:
    head = WORDS + b"\r\n" + bytes(CLOUD + 1)
    async with answering(PLACE, head) as url, connected(None, url=url) as connection:
        assert isinstance(await failed(connection.channel, "f"), Refused)


# --- a server of our own ----------------------------------------------------------------------


@asynccontextmanager
async def ours(
    folder: Path, *, local: bool = True
) -> AsyncIterator[tuple[Emulator, Connection, Media]]:
    """Run a server of our own, to which a file was sent."""
    async with (
        serving(token=TOKEN, local=folder) as server,
        connected(server, local=local, patience=0.5) as connection,
    ):
        yield server, connection, await sent(server, connection, "document", content=CONTENT)


def on_disk(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if not path.is_dir()]


async def test_a_file_is_read_where_our_server_put_it_and_taken_away_at_once(
    tmp_path: Path,
) -> None:
    async with ours(tmp_path) as (server, connection, media):
        assert connection.channel.largest == LOCAL == 2000 * MEGABYTE
        assert await fetched(connection.channel, media) == CONTENT
        assert len(on_disk(tmp_path)) == 1
        await connection.channel.forget(media.reference)
        assert on_disk(tmp_path) == []
        assert {call["method"] for call in server.calls()} >= {"getFile"}


async def test_our_server_takes_what_telegrams_does_not(tmp_path: Path) -> None:
    async with ours(tmp_path) as (server, connection, _):
        large = await sent(server, connection, "video", size=CLOUD + MEGABYTE)
        length = 0
        async for piece in connection.channel.fetch(large.reference):
            assert len(piece) <= PIECE
            length += len(piece)
        assert length == CLOUD + MEGABYTE
        too_large = await sent(server, connection, "video", size=LOCAL + 1)
        assert isinstance(await failed(connection.channel, too_large), Refused)
        assert len(on_disk(tmp_path)) == 1


async def test_a_file_on_another_disk_is_not_there(tmp_path: Path) -> None:
    async with ours(tmp_path / "here") as (_, connection, media):
        await fetched(connection.channel, media)
        (path,) = on_disk(tmp_path)
        content = path.read_bytes()
        path.unlink()
        path.mkdir()
        assert type(await failed(connection.channel, media)) is DeliveryFailed
        path.rmdir()
        (tmp_path / "elsewhere").write_bytes(content)
        path.symlink_to(tmp_path / "elsewhere")
        assert type(await failed(connection.channel, media)) is DeliveryFailed
        path.unlink()
        path.write_bytes(content[:-1])
        assert type(await failed(connection.channel, media)) is DeliveryFailed
        path.write_bytes(content)
        assert await fetched(connection.channel, media) == CONTENT


async def test_a_path_of_a_server_that_is_not_ours_is_never_read(tmp_path: Path) -> None:
    async with ours(tmp_path, local=False) as (_, connection, media):
        assert type(await failed(connection.channel, media)) is DeliveryFailed
        assert len(on_disk(tmp_path)) == 1
        await connection.channel.forget(media.reference)
        assert len(on_disk(tmp_path)) == 1


async def test_at_telegram_there_is_nothing_to_forget(
    server: Emulator, connection: Connection
) -> None:
    media = await sent(server, connection, "document", content=CONTENT)
    before = len(server.calls())
    await connection.channel.forget(media.reference)
    assert len(server.calls()) == before


async def test_forgetting_never_fails_and_what_stays_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    async with ours(folder) as (server, connection, media):
        await fetched(connection.channel, media)
        (path,) = on_disk(folder)
        with logged(tmp_path / "log") as log:
            server.fail("getFile", 500)
            await connection.channel.forget(media.reference)
            path.unlink()
            path.mkdir()
            await connection.channel.forget(media.reference)
            path.rmdir()
            await connection.channel.forget("made-up")
            server.lose(PERSON, server.chat(PERSON)["messages"][0]["id"])
            await connection.channel.forget(media.reference)
    assert [(entry["event"], entry["error"]) for entry in log()] == [
        ("file-not-erased", "DeliveryFailed"),
        ("file-not-erased", "IsADirectoryError"),
        ("file-not-erased", "DeliveryFailed"),
    ]
    assert TOKEN not in text_of(tmp_path / "log")
