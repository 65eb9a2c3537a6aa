"""Acts and packets: nothing is lost on the way, nothing changed is believed, no words in a repr."""

import io
import tarfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import act, packet
from storage.act import Act, Seen
from storage.archive import END, Member
from storage.archive import write as write_member
from storage.document import Document, write
from storage.errors import ArchiveError, BadSignature, FieldError, StorageError, WrongPacket
from storage.hours import Hours
from storage.packet import Delivery, Header, Packet
from storage.padding import KIB
from storage.signature import SigningKey

CASE, DEVICE = bytes(range(16)), bytes(range(8))
DAY = date(2026, 11, 22)
LINE = "ab" * 32
TEXT = st.text(max_size=200)
CODE = st.from_regex(r"[a-zA-Z0-9-]{1,20}", fullmatch=True)
DAYS = st.dates()
HOURS = Hours.between(opens=1_800_000_000, closes=1_800_010_800)
DEEDS = st.one_of(
    st.builds(act.Note, text=TEXT),
    st.builds(act.StateSet, state=st.sampled_from(act.STATES), reason=TEXT),
    st.builds(act.Assigned, to=CODE | st.just("")),
    st.builds(act.Tagged, add=st.lists(CODE).map(tuple), remove=st.lists(CODE).map(tuple)),
    st.builds(act.Reminder, text=TEXT, due=DAYS | st.none()),
    st.builds(act.Urgency, level=CODE, reason=TEXT),
    st.builds(act.Assessed, verification=CODE, attribution=CODE, reason=TEXT),
    st.builds(act.Outside, whom=TEXT, what=TEXT, asked=DAYS, came=TEXT),
    st.builds(
        act.Reply,
        text=TEXT,
        language=st.just("ug"),
        address=st.integers(1, 9),
        hours=st.none() | st.just(HOURS),
    ),
    st.builds(act.Recall, device=st.binary(min_size=8, max_size=8), sequence=st.integers(1, 9)),
    st.builds(act.Read, what=TEXT),
    st.builds(act.Exported, form=CODE, redaction=CODE, reason=TEXT, sha256=st.just(LINE)),
    st.builds(act.Erase, reason=TEXT),
    st.builds(act.Hold, until=DAYS, reason=TEXT),
    st.builds(act.KeepUntil, until=DAYS, reason=TEXT),
)
KEY = SigningKey.generate()
SEEN = Seen(position=-1, chain=bytes(32), digest=0, line=LINE)


def an_act(deed: act.Deed) -> Act:
    return Act(case=CASE, author="tenzin", device=DEVICE, sequence=3, day=DAY, seen=SEEN, deed=deed)


def a_packet(kind: str = "append") -> Packet:
    header = Header(
        kind=kind,
        case=CASE,
        author="tenzin",
        device=DEVICE,
        sequence=1,
        day=DAY,
        expires=DAY,
        line=LINE,
        key="2026Q4.1-general",
    )
    return Packet(header=header, parts={packet.SERVER: b"for the server", packet.ENTRY: b"entry"})


# --- acts --------------------------------------------------------------------------------------


@given(deed=DEEDS)
def test_a_deed_comes_back_as_it_was(deed: act.Deed) -> None:
    data = act.encode(an_act(deed), KEY)
    signed = act.decode(data)
    assert signed.act == an_act(deed)
    assert signed.by([SigningKey.generate().public, KEY.public])
    assert len(data) == 4 * KIB


@given(deed=DEEDS, other=DEEDS)
def test_nobody_speaks_for_a_person_of_the_staff(deed: act.Deed, other: act.Deed) -> None:
    signed = act.decode(act.encode(an_act(deed), SigningKey.generate()))
    assert not signed.by([KEY.public])
    ours = act.decode(act.encode(an_act(deed), KEY))
    changed = replace(ours, act=replace(ours.act, deed=other))
    assert changed.by([KEY.public]) is (deed == other)
    assert not replace(ours, act=replace(ours.act, sequence=4)).by([KEY.public])


def test_every_deed_has_a_name_of_its_own() -> None:
    assert set(act.DEEDS.values()) == set(get_args(act.Deed))
    assert len(act.DEEDS) == len(get_args(act.Deed))


@given(text=st.text(min_size=12, alphabet="qxz"))
def test_no_repr_has_what_staff_wrote(text: str) -> None:
    said = [
        act.Note(text=text),
        act.Reply(text=text, language="en", address=1),
        act.Outside(whom=text, what=text, asked=DAY, came=text),
        Delivery(case=CASE, text=text, language="en", address=b"a"),
    ]
    assert not [one for one in said if text in repr(one)]


@pytest.mark.parametrize(
    "change",
    [
        lambda fields: fields["deed"].update(name="dance"),
        lambda fields: fields["deed"].update(more="x"),
        lambda fields: fields["deed"].update(name="state", state="lost", reason=""),
        lambda fields: fields.update(device="00"),
        lambda fields: fields.update(sequence=0),
        lambda fields: fields["seen"].pop("chain"),
        lambda fields: fields.update(author="Someone Else"),
    ],
)
def test_what_is_not_an_act_is_refused(change: Callable[[Any], object]) -> None:
    data = act.encode(an_act(act.Note(text="a note")), KEY)
    document = Document.decode(data, file="An act", kind="act")
    values = dict(document.values)
    change(values)
    fields = {key: value for key, value in values.items() if key not in {"v", "kind"}}
    with pytest.raises(FieldError):
        act.decode(write("act", fields))


# --- packets -----------------------------------------------------------------------------------


@given(
    kind=st.sampled_from(packet.KINDS),
    parts=st.dictionaries(st.sampled_from(packet.PARTS), st.binary(max_size=2_000)),
    until=st.none() | DAYS,
)
def test_a_packet_comes_back_as_it_was(
    kind: str, parts: dict[str, bytes], until: date | None
) -> None:
    report = "erased" if kind == "report" else ""
    reply = (DEVICE, 7) if kind == packet.RECALL else None
    header = replace(a_packet().header, kind=kind, until=until, report=report, reply=reply)
    one = Packet(header=header, parts=parts)
    assert packet.decode(packet.encode(one)) == one


def test_a_reply_is_named_by_who_takes_one_back_and_by_nobody_else() -> None:
    header = a_packet().header
    for wrong in (replace(header, kind=packet.RECALL), replace(header, reply=(DEVICE, 7))):
        with pytest.raises(FieldError):
            packet.decode(packet.encode(Packet(header=wrong)))
    before = packet.encode(Packet(header=header))
    assert b'"reply"' not in before  # so that a server from before there were any reads the rest


def test_stock_tar_reads_it() -> None:
    with tarfile.open(fileobj=io.BytesIO(packet.encode(a_packet()))) as archive:
        assert archive.getnames() == ["header.json", "server.age", "case.age"]


def test_only_the_author_signs_it() -> None:
    ours, other = SigningKey.generate(), SigningKey.generate()
    keys = {"tenzin": ours.public, "dolma": other.public}
    data = packet.encode(a_packet())
    assert packet.check(data, packet.sign(data, ours), keys) == a_packet()
    with pytest.raises(WrongPacket):
        packet.check(data, packet.sign(data, other), keys)
    with pytest.raises(BadSignature):
        packet.check(data, packet.sign(data, SigningKey.generate()), keys)
    with pytest.raises(BadSignature):
        packet.check(data, ours.sign(data, "quietline-digest@v1"), keys)


@given(place=st.integers(0, 4 * 512 - 1), flip=st.integers(1, 255))
def test_a_changed_byte_is_noticed(place: int, flip: int) -> None:
    ours = SigningKey.from_seed(bytes(32))
    data = bytearray(packet.encode(a_packet()))
    signature = packet.sign(bytes(data), ours)
    data[place] ^= flip
    with pytest.raises(StorageError):
        packet.check(bytes(data), signature, {"tenzin": ours.public})


def test_a_part_that_the_header_does_not_list_is_refused() -> None:
    data = packet.encode(a_packet())
    more = data.removesuffix(END) + write_member(Member(name=packet.INDEX, data=b"more")) + END
    with pytest.raises((WrongPacket, ArchiveError)):
        packet.decode(more)


def test_a_delivery_comes_back_and_has_a_size_class() -> None:
    one = Delivery(case=CASE, text="ياخشىمۇسىز", language="ug", address=bytes(160))
    for each in (one, replace(one, hours=HOURS)):
        data = packet.encode_delivery(each)
        assert packet.decode_delivery(data) == each
        assert len(data) == 4 * KIB


def test_a_delivery_from_before_there_were_hours_is_read() -> None:
    values = {"address": "00", "case": CASE.hex(), "language": "ug", "text": "hello"}
    assert packet.decode_delivery(write("delivery", values)).hours is None
