"""The door for desks, over real HTTP: who is answered, who finds nothing, and that both look alike."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.desk_answers import MOST_ROWS
from bot.erasing import Erasing
from storage import access, exchange
from storage.access import Request
from storage.blobs import ID
from storage.exchange import FULL, Brought
from storage.outcome import Outcome
from storage.padding import MIB
from storage.rows import BlobState, JournalRow
from storage.signature import SigningKey
from storage.standing import PERSON, PacketRow
from storage.tombstone import decode_outcomes, decode_tombstones
from storage.unit import NewEntry, Unit
from tests.desk_made import NOW, Door
from tests.files_made import FilesServed
from tests.office import TODAY
from tests.served import Desk, Served, case_id

GET, POST = "GET", "POST"


class Asking:
    """Somebody who asks, and can do each thing wrong."""

    def __init__(self, door: Door, url: str, client: httpx.AsyncClient, name: str = "ana") -> None:
        self.door, self.url, self.client = door, url, client
        self.key = Desk(door.served, name).reader.signing
        self.root = door.served.office.line.root
        self.count = 0
        self.name = name

    def request(self, target: str, method: str = GET, body: bytes = b"") -> Request:
        self.count += 1
        return Request(
            method=method,
            target=target,
            author=self.name,
            device=b"device-1",
            time=int(self.door.now.timestamp()),
            nonce=self.count.to_bytes(8),
            body=access.hashed(body),
        )

    async def send(
        self, request: Request, header: dict[str, str], body: bytes = b"", to: str = ""
    ) -> httpx.Response:
        target = self.url + (to or request.target)
        return await self.client.request(request.method, target, content=body, headers=header)

    async def ask(self, target: str, method: str = GET, body: bytes = b"") -> httpx.Response:
        request = self.request(target, method, body)
        return await self.send(request, access.sign_request(request, self.key, self.root), body)

    async def get(self, target: str) -> bytes:
        answer = await self.ask(target)
        assert answer.status_code == 200
        return answer.content


@pytest.fixture
async def asking(tmp_path: Path) -> AsyncIterator[Asking]:
    served = Served(tmp_path)
    await served.send(1)
    await served.send(2)
    await served.digest()
    door = Door(served)
    async with door.open() as url, httpx.AsyncClient(trust_env=False) as client:
        yield Asking(door, url, client)


def looks(answer: httpx.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Return all that a stranger sees of an answer."""
    headers = sorted((name, value) for name, value in answer.headers.items() if name != "date")
    return answer.status_code, answer.content, headers


# --- who is answered -----------------------------------------------------------------------------


async def test_whoever_signs_is_answered_and_the_answer_is_signed(asking: Asking) -> None:
    request = asking.request("/desk/line")
    answer = await asking.send(request, access.sign_request(request, asking.key, asking.root))
    assert answer.status_code == 200
    identity = asking.door.served.credentials.identity.public
    signed = access.answer_bytes(request.nonce, 200, answer.content, asking.root)
    identity.verify_bytes(signed, access.answer_signature(answer.headers))


async def test_everything_wrong_has_the_same_empty_answer(asking: Asking) -> None:
    nothing = looks(await asking.client.get(f"{asking.url}/nothing"))
    assert nothing[:2] == (404, b"")
    good = asking.request("/desk/line")
    stranger = SigningKey.generate()

    def signed(request: Request, key: SigningKey = asking.key) -> dict[str, str]:
        return access.sign_request(request, key, asking.root)

    tries: dict[str, tuple[Request, dict[str, str], bytes, str]] = {
        "unsigned": (good, {}, b"", ""),
        "forged": (good, signed(good, stranger), b"", ""),
        "half": (good, {**signed(good), access.SIGNATURE: "AAAA"}, b"", ""),
        "no nonce": (good, {**signed(good), access.NONCE: ""}, b"", ""),
        "other target": (good, signed(good), b"", "/desk/tombstones?since=1"),
        "other query": (good, signed(good), b"", "/desk/line?x=1"),
        "other root": (good, access.sign_request(good, asking.key, stranger.public), b"", ""),
        "nobody": (replace(good, author="gone"), signed(replace(good, author="gone")), b"", ""),
        "colleague": (replace(good, author="ben"), signed(replace(good, author="ben")), b"", ""),
    }
    for name, seconds in (("late", -301), ("early", 301)):
        other = replace(good, time=good.time + seconds)
        tries[name] = (other, signed(other), b"", "")
    post = asking.request("/desk/packets", POST, b"what was signed")
    tries["other body"] = (post, signed(post), b"what was sent", "")
    tries["unsigned body"] = (post, {}, bytes(MIB), "")
    for name, (request, header, body, to) in tries.items():
        answer = await asking.send(request, header, body, to)
        assert looks(answer) == nothing, name
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
        assert looks(await asking.client.request(method, f"{asking.url}/desk/line")) == nothing
    for path in ("/desk", "/desk/", "/desk/line/", "/desk/../desk/line"):
        assert looks(await asking.client.get(asking.url + path)) == nothing


async def test_a_request_that_came_before_finds_nothing(asking: Asking) -> None:
    request = asking.request("/desk/line")
    header = access.sign_request(request, asking.key, asking.root)
    assert (await asking.send(request, header)).status_code == 200
    assert (await asking.send(request, header)).status_code == 404
    other = replace(request, target="/desk/tombstones?since=1")
    again = access.sign_request(other, asking.key, asking.root)
    assert (await asking.send(other, again)).status_code == 404


async def test_somebody_removed_finds_nothing_with_the_statement_of_today(asking: Asking) -> None:
    assert (await asking.ask("/desk/line")).status_code == 200
    asking.door.served.office.sign("org", "remove", "ana")
    assert (await asking.ask("/desk/line")).status_code == 404


async def test_without_the_right_to_read_nothing_is_found(tmp_path: Path) -> None:
    served = Served(tmp_path, "ana")
    served.office.run("join", "ben", "--throwaway", desk="ben")
    served.office.add("ben", "--rights", "act")
    door = Door(served)
    async with door.open() as url, httpx.AsyncClient(trust_env=False) as client:
        assert (await Asking(door, url, client, "ben").ask("/desk/line")).status_code == 404
        assert (await Asking(door, url, client).ask("/desk/line")).status_code == 200


async def test_who_asks_too_often_is_told_to_wait_and_others_are_not(tmp_path: Path) -> None:
    served = Served(tmp_path, "ana", "ben")
    door = Door(served)
    async with door.open() as url, httpx.AsyncClient(trust_env=False) as client:
        ana, ben = Asking(door, url, client), Asking(door, url, client, "ben")
        for _ in range(600):
            door.door.gate.lets_go("ana")
        answer = await ana.ask("/desk/tombstones?since=0")
        assert (answer.status_code, answer.content) == (429, b"")
        assert access.SIGNATURE in answer.headers
        assert (await ben.ask("/desk/tombstones?since=0")).status_code == 200


async def test_what_is_not_there_is_told_to_staff_only(asking: Asking) -> None:
    for target in ("/desk/nothing", "/desk/entries?after=-1", "/desk/entries", "/desk/line/x"):
        answer = await asking.ask(target)
        assert (answer.status_code, answer.content) == (404, b"")
        assert access.SIGNATURE in answer.headers
    assert (await asking.ask("/desk/line", "PUT")).status_code == 404


# --- what is answered ----------------------------------------------------------------------------


async def test_pages_follow_one_another_and_hold_little(asking: Asking) -> None:
    served = asking.door.served
    key = served.office.line.reading_keys[0].id
    for _ in range(5):
        new = NewEntry(case=case_id(1), key=key, sealed=bytes(2 * MIB), day=TODAY)
        await served.append(new)
    found, after, pages, page = list[JournalRow](), 0, 0, None
    while page is None or page.more:
        data = await asking.get(f"/desk/entries?after={after}")
        assert len(data) < 2 * FULL + MIB
        page = exchange.decode_page(data)
        assert page.after == after
        found += page.rows
        after, pages = page.upto, pages + 1
    assert (len(found), after, page.last) == (7, 7, 7)
    assert pages == 2
    assert tuple(row for row in found if row.case == case_id(1)) == await served.store.journal(
        case_id(1)
    )
    empty = exchange.decode_page(await asking.get(f"/desk/entries?after={after}"))
    assert (empty.rows, empty.upto, empty.more) == ((), 7, False)


async def test_heads_are_told_as_of_a_number(asking: Asking) -> None:
    state = exchange.decode_state(await asking.get("/desk/heads?upto=2&known=0"))
    assert [one.number for one in state.witnesses] == [1]
    ends = exchange.decode_ends(await asking.get("/desk/heads/all?upto=2"))
    assert state.sum == exchange.heads_sum(ends)
    assert {head.case for head in ends} == {case_id(1), case_id(2)}
    before = exchange.decode_state(await asking.get("/desk/heads?upto=1&known=0"))
    assert (before.digests, before.witnesses) == (0, ())


async def test_a_file_comes_in_pieces_and_a_drafts_never(asking: Asking, tmp_path: Path) -> None:
    served = FilesServed(tmp_path / "files")
    await served.send(1)
    await served.send(2)
    asking.door.served.store, blobs = served.store, asking.door.blobs
    blob, draft = bytes([1]) * ID, bytes([2]) * ID
    data = bytes(range(256)) * (5 * MIB // 256)
    for one, case in ((blob, case_id(1)), (draft, b"d" * 16)):
        with blobs.begin(one) as writer:
            writer.write(data)
            writer.finish()
        await served.keep_row(case, one, len(data))
    target = f"/desk/files/{case_id(1).hex()}/{blob.hex()}?from="
    first = await asking.get(f"{target}0")
    rest = await asking.get(f"{target}{len(first)}")
    assert first + rest == data
    assert await asking.get(f"{target}{len(data)}") == b""
    for path in (
        f"/desk/files/{(b'd' * 16).hex()}/{draft.hex()}?from=0",
        f"/desk/files/{case_id(1).hex()}/{draft.hex()}?from=0",
        f"/desk/files/{case_id(2).hex()}/{blob.hex()}?from=0",
    ):
        assert (await asking.ask(path)).status_code == 404
    assert [one.state for one in await served.store.blobs(case_id(1))] == [BlobState.KEPT]


async def test_tombstones_are_told_since_a_day(asking: Asking) -> None:
    store = asking.door.served.store
    erasing = Erasing(store=store, hours=48, months=24)
    for number, days in ((1, 0), (2, 5)):
        await erasing.ask(case_id(number), PERSON, NOW + timedelta(days=days))
    await erasing.round(NOW + timedelta(days=3))

    async def told(since: int) -> set[bytes]:
        data = await asking.get(f"/desk/tombstones?since={since}")
        return {one.case for one in decode_tombstones(data)}

    day = TODAY.toordinal()
    assert await told(0) == await told(day) == {case_id(1), case_id(2)}
    assert await told(day + 1) == await told(10**12) == {case_id(2)}  # that leaves, so always
    await erasing.round(NOW + timedelta(days=8))
    assert await told(day + 5) == {case_id(2)}
    assert await told(day + 6) == set()


async def test_outcomes_are_told_of_one_s_own_device_above_a_number(asking: Asking) -> None:
    store = asking.door.served.store
    for device, author in ((b"device-a", "ana"), (b"device-b", "ben")):
        for sequence in range(1, MOST_ROWS + 3):
            row = PacketRow(
                device=device,
                sequence=sequence,
                case=case_id(1),
                author=author,
                sha256=bytes(32),
                kind="append",
                outcome="taken",
                day=TODAY,
            )
            await store.commit(Unit(day=TODAY, packets=(row,)))

    async def told(device: bytes, after: int) -> list[int]:
        data = await asking.get(f"/desk/outcomes?device={device.hex()}&after={after}")
        return [one.sequence for one in decode_outcomes(data)]

    assert await told(b"device-a", 0) == list(range(1, MOST_ROWS + 1))
    assert await told(b"device-a", MOST_ROWS) == [MOST_ROWS + 1, MOST_ROWS + 2]
    assert await told(b"device-a", MOST_ROWS + 2) == []
    assert await told(b"device-b", 0) == []
    assert await told(b"nobody's", 0) == []


async def test_packets_are_answered_each_by_its_name(asking: Asking) -> None:
    brought = exchange.encode_packets([Brought(name="x.tar", data=b"x", signature="none")])
    answer = await asking.ask("/desk/packets", POST, brought)
    [one] = exchange.decode_answers(answer.content)
    assert (one.name, one.outcome) == ("x.tar", Outcome.SIGNATURE)
    assert (await asking.ask("/desk/packets", POST, b"no tar")).status_code == 422
