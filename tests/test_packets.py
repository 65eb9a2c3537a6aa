"""Packets at the server: only whom the root named, each once, in order, about cases that are there.

Each attack here is one that a stolen computer, a former colleague or whoever sits on the way can try.
"""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.erasing import Erasing
from bot.keyring import Keyring, month_of, unpadded
from bot.packets import Packets, Taken
from bot.returns import Returns
from storage import age, packet
from storage.age import Identity
from storage.chain import origin_of
from storage.credentials import Credentials
from storage.line import Line, ReadingKey, ServerKeys, Staff
from storage.memory import MemoryStore
from storage.outcome import Outcome
from storage.packet import ENTRY, INDEX, SERVER, Delivery, Header, Packet
from storage.quarter import Quarter
from storage.retention import cutoffs
from storage.rows import Origin
from storage.signature import SigningKey
from storage.standing import PERSON, RETENTION, STAFF, Leaving
from tests.stores import case, entry, sign, unit

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
DEVICE, OTHER = b"device-1", b"device-2"
SIGNERS = {name: SigningKey.generate() for name in ("tenzin", "dolma", "reader", "gone")}
READING = Identity.generate()
CREDENTIALS = Credentials.make()
KEY = ReadingKey.make(Quarter.of(TODAY), 1, "general", since=TODAY, recipient=READING.recipient)
CASE = case("c")


def a_line() -> Line:
    rights = {
        "tenzin": ("read", "act"),
        "dolma": ("read", "act", "lead"),
        "reader": ("read",),
    }
    staff = tuple(
        Staff(
            name=name,
            signing=SIGNERS[name].public,
            reading=Identity.generate().recipient,
            rights=held,
            compartments=("general",),
        )
        for name, held in rights.items()
    )
    return Line(
        name="Garden Desk",
        epoch=1,
        issued=TODAY,
        expires=date(2026, 12, 31),
        previous="",
        root=SigningKey.generate().public,
        recovery=Identity.generate().recipient,
        retention_months=24,
        return_months=6,
        server=ServerKeys(
            identity=CREDENTIALS.identity.public, packet=CREDENTIALS.packet.recipient
        ),
        staff=staff,
        reading_keys=(KEY,),
    )


class Desk:
    """A line's server with one case, and what a device sends it."""

    def __init__(self) -> None:
        self.store = MemoryStore(sign)
        self.keyring = Keyring(CREDENTIALS)
        self.returns = Returns(store=self.store, box=self.keyring.returns)
        self.packets = Packets(
            store=self.store,
            line=a_line(),
            identity=CREDENTIALS.packet,
            keyring=self.keyring,
            returns=self.returns,
            hours=48,
        )
        self.erasing = Erasing(store=self.store, hours=48, months=24)

    async def send(self, one: Packet, signer: str = "tenzin", now: datetime = NOW) -> Taken:
        data = packet.encode(one)
        return await self.packets.take(data, packet.sign(data, SIGNERS[signer]), now)

    async def deliver(self, sequence: int = 1, of: bytes = CASE, about: bytes = CASE) -> Packet:
        address = await self.returns.seal(of, "telegram", "77001", "ug", TODAY)
        told = Delivery(
            case=about, text="blue door\n\nWe are here.", language="ug", address=address
        )
        server = CREDENTIALS.packet.recipient
        sealed = age.seal(packet.encode_delivery(told), [server])
        return a_packet("deliver", sequence, parts={SERVER: sealed, ENTRY: b"entry"})


@pytest.fixture
async def desk() -> Desk:
    made = Desk()
    await made.store.commit(unit(entries=(entry("c"),)))
    return made


def a_packet(
    kind: str = "append",
    sequence: int = 1,
    *,
    author: str = "tenzin",
    device: bytes = DEVICE,
    parts: dict[str, bytes] | None = None,
    **header: object,
) -> Packet:
    values: dict[str, object] = {
        "kind": kind,
        "case": CASE,
        "author": author,
        "device": device,
        "sequence": sequence,
        "day": TODAY,
        "expires": TODAY + timedelta(days=14),
        "line": "ab" * 32,
        "key": KEY.id,
    }
    made = Header(**(values | header))  # type: ignore[arg-type]  # the fields of a header
    return Packet(header=made, parts={ENTRY: b"an entry"} if parts is None else parts)


# --- what is taken -----------------------------------------------------------------------------


async def test_an_entry_is_appended(desk: Desk) -> None:
    taken = await desk.send(a_packet())
    assert taken == Taken(outcome=Outcome.TAKEN, device=DEVICE, sequence=1)
    rows = await desk.store.journal(CASE)
    assert [row.sealed for row in rows] == [b"package", b"an entry"]
    assert [origin_of(row) for row in rows] == [Origin.LINE, Origin.PACKET]
    [row] = await desk.store.packets()
    assert (row.author, row.kind, row.outcome, row.case) == ("tenzin", "append", "taken", CASE)


async def test_a_case_is_begun_once(desk: Desk) -> None:
    parts = {ENTRY: b"a package", INDEX: b"its index"}
    new = a_packet("begin", parts=parts, case=case("new"))
    assert (await desk.send(new)).outcome is Outcome.TAKEN
    assert [row.sealed for row in await desk.store.index(0, 9)] == [b"its index"]
    assert [origin_of(row) for row in await desk.store.journal(case("new"))] == [Origin.PACKET]
    again = a_packet("begin", 2, parts=parts, case=case("new"))
    assert (await desk.send(again)).outcome is Outcome.CASE


async def test_a_reply_waits_with_all_that_it_needs_sealed(desk: Desk) -> None:
    assert (await desk.send(await desk.deliver())).outcome is Outcome.WAITING
    _, told = await desk.store.journal(CASE)
    assert origin_of(told) is Origin.PACKET
    [head] = await desk.store.replies()
    row = await desk.store.reply(head.id)
    assert row is not None
    assert not row.attempting
    assert row.tag == desk.keyring.tag("telegram", "77001", month_of(TODAY))
    plain = unpadded(desk.keyring.replies.open(row.sealed, row.id))
    assert b"We are here." in plain
    assert b"77001" in plain
    assert await desk.store.standing(CASE) is None  # answered is who was really written to


async def test_opened_is_noted_once(desk: Desk) -> None:
    for sequence in (1, 2):
        report = a_packet("report", sequence, author="reader", parts={}, report="opened", key="")
        assert (await desk.send(report, "reader")).outcome is Outcome.TAKEN
    standing = await desk.store.standing(CASE)
    assert standing is not None
    assert standing.opened
    assert standing.revision == 1


async def test_deleting_takes_a_case_out_of_view_until_it_is_due(desk: Desk) -> None:
    assert (await desk.send(a_packet("delete"))).outcome is Outcome.TAKEN
    standing = await desk.store.standing(CASE)
    assert standing is not None
    assert standing.leaving is Leaving.LEAVES
    assert standing.due == int(NOW.timestamp()) + 48 * 3600
    assert await desk.store.entries(0) == ()
    assert (await desk.send(a_packet(sequence=2))).outcome is Outcome.CASE


async def test_a_desk_reports_that_it_has_erased(desk: Desk) -> None:
    early = a_packet("report", 1, parts={}, report="erased", key="")
    assert (await desk.send(early)).outcome is Outcome.CASE
    await desk.send(a_packet("delete", 2))
    assert (await desk.send(a_packet("report", 3, parts={}, report="erased", key=""))).outcome is (
        Outcome.TAKEN
    )
    assert await desk.store.erased(CASE) == (DEVICE,)


async def test_a_hold_is_for_the_lead_and_given_once(desk: Desk) -> None:
    until = TODAY + timedelta(days=14)
    hold = a_packet("hold", 1, author="dolma", device=OTHER, until=until)
    assert (await desk.send(hold, "dolma")).outcome is Outcome.HOLD
    await desk.send(a_packet("delete"))
    own = a_packet("hold", 2, until=until)
    assert (await desk.send(own)).outcome is Outcome.RIGHTS
    far = replace(hold, header=replace(hold.header, sequence=2, until=until + timedelta(days=1)))
    assert (await desk.send(far, "dolma")).outcome is Outcome.HOLD
    good = replace(hold, header=replace(hold.header, sequence=3))
    assert (await desk.send(good, "dolma")).outcome is Outcome.TAKEN
    again = replace(hold, header=replace(hold.header, sequence=4))
    assert (await desk.send(again, "dolma")).outcome is Outcome.HOLD
    standing = await desk.store.standing(CASE)
    assert standing is not None
    assert standing.held_until == until
    assert standing.due == int(datetime(2026, 12, 7, tzinfo=UTC).timestamp())


async def test_the_lead_keeps_a_case_longer(desk: Desk) -> None:
    until = date(2030, 1, 1)
    keep = a_packet("keep-until", author="dolma", until=until)
    assert (await desk.send(keep, "dolma")).outcome is Outcome.TAKEN
    standing = await desk.store.standing(CASE)
    assert standing is not None
    assert standing.keep_until == until


# --- what is refused ---------------------------------------------------------------------------


def keeps(sequence: int = 1, days: int = 100) -> Packet:
    until = TODAY + timedelta(days=days)
    return a_packet("keep-until", sequence, author="dolma", until=until, parts={ENTRY: b"why"})


async def test_the_lead_takes_back_what_retention_asked_for(desk: Desk) -> None:
    await desk.erasing.ask(CASE, RETENTION, NOW)
    late = keeps(days=-1)
    assert (await desk.send(late, "dolma")).outcome is Outcome.CASE
    assert (await desk.send(keeps(2), "dolma", NOW + timedelta(hours=47))).outcome is Outcome.TAKEN
    row = await desk.store.standing(CASE)
    assert row is not None
    assert (row.leaving, row.by, row.due, row.asked) == (Leaving.STAYS, "", None, None)
    assert await desk.erasing.round(NOW + timedelta(hours=49)) == 0
    assert [one.sealed for one in await desk.store.journal(CASE)] == [b"package", b"why"]
    held = a_packet("hold", 3, author="dolma", until=TODAY, parts={ENTRY: b"why"})
    assert (await desk.send(held, "dolma")).outcome is Outcome.HOLD
    # and when the person asks by and by, that may be held once like any other
    await desk.erasing.ask(CASE, PERSON, NOW)
    held = a_packet("hold", 4, author="dolma", until=TODAY, parts={ENTRY: b"why"})
    assert (await desk.send(held, "dolma")).outcome is Outcome.TAKEN


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("by", [PERSON, STAFF])
async def test_what_somebody_wished_is_taken_back_by_nobody(
    desk: Desk, by: str, *, first: bool
) -> None:
    for one in (by, RETENTION) if first else (RETENTION, by):
        await desk.erasing.ask(CASE, one, NOW)
    before = await desk.store.standing(CASE)
    assert (await desk.send(keeps(), "dolma")).outcome is Outcome.CASE
    assert await desk.store.standing(CASE) == before
    assert await desk.erasing.round(NOW + timedelta(hours=48)) == 1


async def test_what_is_destroyed_comes_back_by_no_packet(desk: Desk) -> None:
    await desk.erasing.ask(CASE, RETENTION, NOW)
    await desk.erasing.round(NOW + timedelta(hours=48))
    assert (await desk.send(keeps(), "dolma")).outcome is Outcome.CASE
    assert [one.sealed for one in await desk.store.journal(CASE)] == [b""]


async def test_nobody_s_signature_leaves_nothing(desk: Desk) -> None:
    data = packet.encode(a_packet())
    unsigned = await desk.packets.take(data, "", NOW)
    stranger = await desk.packets.take(data, packet.sign(data, SigningKey.generate()), NOW)
    removed = await desk.send(a_packet(author="gone"), "gone")
    assert [one.outcome for one in (unsigned, stranger, removed)] == [Outcome.SIGNATURE] * 3
    assert await desk.store.packets() == ()
    assert len(await desk.store.journal(CASE)) == 1


async def test_a_colleague_cannot_sign_for_another(desk: Desk) -> None:
    assert (await desk.send(a_packet(author="dolma"), "tenzin")).outcome is Outcome.DAMAGED
    assert await desk.store.packets() == ()


async def test_a_forged_part_is_noticed(desk: Desk) -> None:
    data = packet.encode(a_packet())
    signature = packet.sign(data, SIGNERS["tenzin"])
    forged = packet.encode(a_packet(parts={ENTRY: b"another entry"}))
    assert (await desk.packets.take(forged, signature, NOW)).outcome is Outcome.SIGNATURE


async def test_the_same_packet_again_does_nothing_and_has_its_outcome(desk: Desk) -> None:
    for _ in range(3):
        assert (await desk.send(a_packet())).outcome is Outcome.TAKEN
    assert len(await desk.store.journal(CASE)) == 2
    other = a_packet(parts={ENTRY: b"another entry"})
    assert (await desk.send(other)).outcome is Outcome.REPLAYED
    assert len(await desk.store.journal(CASE)) == 2


async def test_packets_out_of_order_wait_for_the_missing_one(desk: Desk) -> None:
    assert (await desk.send(a_packet(sequence=2))).outcome is Outcome.ORDER
    assert await desk.store.packets() == ()
    assert (await desk.send(a_packet(sequence=1))).outcome is Outcome.TAKEN
    assert (await desk.send(a_packet(sequence=2))).outcome is Outcome.TAKEN


async def test_another_person_s_device_is_refused(desk: Desk) -> None:
    await desk.send(a_packet())
    theirs = a_packet(sequence=2, author="dolma")
    assert (await desk.send(theirs, "dolma")).outcome is Outcome.DEVICE


@pytest.mark.parametrize(
    ("one", "signer", "outcome"),
    [
        (a_packet(expires=TODAY - timedelta(days=1)), "tenzin", Outcome.EXPIRED),
        (a_packet(expires=TODAY + timedelta(days=31)), "tenzin", Outcome.EXPIRED),
        (a_packet(case=case("foreign")), "tenzin", Outcome.CASE),
        (a_packet(key="2026Q4.9-general"), "tenzin", Outcome.KEY),
        (a_packet(parts={}), "tenzin", Outcome.PARTS),
        (a_packet(parts={ENTRY: b"a", SERVER: b"b"}), "tenzin", Outcome.PARTS),
        (a_packet(author="reader"), "reader", Outcome.RIGHTS),
        (a_packet("delete", author="reader"), "reader", Outcome.RIGHTS),
        (a_packet("keep-until", until=TODAY), "tenzin", Outcome.RIGHTS),
        (a_packet("deliver", parts={SERVER: b"x", ENTRY: b"y"}), "tenzin", Outcome.DAMAGED),
    ],
)
async def test_what_is_refused_uses_up_its_number_and_changes_nothing(
    desk: Desk, one: Packet, signer: str, outcome: Outcome
) -> None:
    assert (await desk.send(one, signer)).outcome is outcome
    assert (await desk.send(one, signer)).outcome is outcome
    [row] = await desk.store.packets()
    assert row.outcome == outcome
    assert len(await desk.store.journal(CASE)) == 1
    assert await desk.store.standing(CASE) is None
    assert await desk.store.replies() == ()


async def test_a_reply_for_another_case_is_refused(desk: Desk) -> None:
    about = await desk.deliver(about=case("d"))
    assert (await desk.send(about)).outcome is Outcome.CASE
    stolen = await desk.deliver(2, of=case("d"))
    assert (await desk.send(stolen)).outcome is Outcome.DAMAGED
    assert await desk.store.replies() == ()


async def test_an_address_whose_key_is_destroyed_is_dead(desk: Desk) -> None:
    late = NOW + timedelta(days=300)
    one = await desk.deliver()
    await desk.store.drop(cutoffs(late.date(), 6))
    assert (await desk.send(one)).outcome is Outcome.ADDRESS_DEAD
    assert await desk.store.replies() == ()


async def test_the_same_packet_twice_at_once_is_taken_once(desk: Desk) -> None:
    taken = await asyncio.gather(*(desk.send(a_packet()) for _ in range(4)))
    assert {one.outcome for one in taken} == {Outcome.TAKEN}
    assert len(await desk.store.journal(CASE)) == 2
