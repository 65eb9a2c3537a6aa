"""The outbox: each number once, whatever crashes, and found without reading what lies there."""

import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import device
from desk.errors import HandedOver, NotHere
from desk.outbox import Outbox
from desk.waiting import Number
from storage import disk, packet
from storage.errors import StorageError
from storage.outcome import Outcome
from storage.packet import Header, Packet
from storage.signature import SigningKey
from storage.tombstone import Told
from tests.reads import reads

DAY = date(2026, 11, 22)
KEY = SigningKey.generate()
KEYS = {"ana": KEY.public}


def a_packet(device: bytes, number: int) -> Packet:
    header = Header(
        kind="report",
        case=bytes(16),
        author="ana",
        device=device,
        sequence=number,
        day=DAY,
        expires=DAY,
        line="ab" * 32,
        report="opened",
    )
    return Packet(header=header)


def box(place: Path) -> Outbox:
    return Outbox(desk=place, signing=KEY)


def put(place: Path) -> Number:
    return box(place).put(a_packet).number


def numbers(place: Path) -> list[int]:
    return [one.number[1] for one in box(place).lying()]


@given(
    steps=st.lists(st.sampled_from(["put", "put", "put", "drop first", "drop last", "drop middle"]))
)
def test_each_number_is_given_once_and_without_a_gap(steps: list[str]) -> None:
    with TemporaryDirectory() as name:
        place, given_yet, lying = Path(name), 0, list[Number]()
        for step in steps:
            if step == "put":
                lying.append(put(place))
                given_yet += 1
                assert lying[-1][1] == given_yet
            elif lying:
                at = {"first": 0, "last": -1, "middle": len(lying) // 2}[step.split()[1]]
                box(place).drop(lying.pop(at))
        assert [one.number for one in box(place).lying()] == lying


def test_what_was_answered_is_not_given_again_even_if_its_file_is_taken_away(
    tmp_path: Path,
) -> None:
    first, second = put(tmp_path), put(tmp_path)
    told = Told(device=second[0], sequence=2, outcome=Outcome.EXPIRED, day=DAY)
    box(tmp_path).settle([told])
    for one in box(tmp_path).lying():
        one.path.unlink()
    assert put(tmp_path) == (first[0], 3)


def test_another_computer_begins_at_one(tmp_path: Path) -> None:
    before = put(tmp_path)
    device.renew(tmp_path)
    after = put(tmp_path)
    assert (before[1], after[1], before[0] == after[0]) == (1, 1, False)


def test_two_windows_at_once_get_two_numbers(tmp_path: Path) -> None:
    others = iter([None])

    def while_another_writes(device: bytes, number: int) -> Packet:
        for _ in others:
            put(tmp_path)
        return a_packet(device, number)

    assert box(tmp_path).put(while_another_writes).number[1] == 2
    assert numbers(tmp_path) == [1, 2]


@pytest.mark.parametrize("left", [b"", bytes(300), b"-----BEGIN SSH SIGNATURE-----\nabc", None])
def test_a_signature_that_a_loss_of_power_has_emptied_is_made_again(
    tmp_path: Path, left: bytes | None
) -> None:
    whole = box(tmp_path).put(a_packet)
    beside = whole.path.with_name(whole.path.name + ".sig")
    if left is None:
        beside.unlink()
    else:
        beside.write_bytes(left)
    (one,) = box(tmp_path).waiting()
    assert one.signature == whole.signature == beside.read_text("ascii")
    assert packet.check(one.data, one.signature, KEYS) == a_packet(*whole.number)


_looked: list[str] = []


class Counted(type(Path())):  # type: ignore[misc]  # the kind of path of this system
    """A path that tells when it is looked for."""

    def exists(self) -> bool:
        _looked.append(str(self))
        return bool(super().exists())


def test_a_packet_is_put_without_listing_what_lies_there(tmp_path: Path) -> None:
    place = Counted(tmp_path)
    many = 300
    for _ in range(many):
        put(place)
    _looked.clear()
    with reads(tmp_path) as found:
        assert put(place)[1] == many + 1
    assert found["lists"] == 0
    assert len(_looked) < 30
    with reads(tmp_path) as found:
        assert numbers(place) == list(range(1, many + 2))
    assert found["lists"] == 1


def test_heads_are_read_once_and_bodies_only_when_they_are_wanted(tmp_path: Path) -> None:
    here, many = box(tmp_path), 20
    for _ in range(many):
        put(tmp_path)
    with reads(tmp_path / "outbox") as found:
        assert here.count() == (many, 0)
    assert found == {"lists": 1, "opens": 1}  # the outcomes, which are not there
    with reads(tmp_path / "outbox") as found:
        assert len(here.waiting()) == many
    assert found["opens"] == many + 1
    with reads(tmp_path / "outbox") as found:
        for _ in range(5):
            here.waiting()
    assert found["opens"] == 5
    assert [one.size for one in here.lying()] == [len(one.data) for one in here.lying()]


def test_another_packet_in_ones_place_is_not_taken_for_it(tmp_path: Path) -> None:
    here = box(tmp_path)
    put(tmp_path)
    (one,) = here.lying()
    other = replace(a_packet(*one.number), header=replace(one.header, report="erased"))
    one.path.write_bytes(packet.encode(other) + bytes(512))
    assert [found.header for found in here.lying()] == [other.header]


def test_another_packet_of_the_same_size_and_moment_is_told_apart(tmp_path: Path) -> None:
    here = box(tmp_path)
    put(tmp_path)
    (one,) = here.lying()
    before = one.path.stat()
    other = replace(a_packet(*one.number), header=replace(one.header, report="erased"))
    disk.write(one.path, packet.encode(other))
    os.utime(one.path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert one.path.stat().st_size == before.st_size
    assert [found.header for found in here.lying()] == [other.header]


def test_what_the_server_said_since_is_known_though_the_file_was_read_before(
    tmp_path: Path,
) -> None:
    here, elsewhere = box(tmp_path), box(tmp_path)
    first = put(tmp_path)
    assert here.count() == (1, 0)
    for outcome, counts in ((Outcome.EXPIRED, (0, 1)), (Outcome.TAKEN, (0, 0))):
        told = Told(device=first[0], sequence=1, outcome=outcome, day=DAY)
        elsewhere.settle([told])
        assert here.count() == counts


def test_a_packet_that_is_no_packet_is_named_and_not_counted_out(tmp_path: Path) -> None:
    here = box(tmp_path)
    put(tmp_path)
    (one,) = here.lying()
    one.path.write_bytes(b"nothing")
    assert here.count() == (1, 0)
    with pytest.raises(StorageError):
        here.lying()


# --- taken back ----------------------------------------------------------------------------------


def another(device: bytes, number: int) -> Packet:
    made = a_packet(device, number)
    return replace(made, header=replace(made.header, report="erased"))


def test_in_the_place_of_what_has_not_left_something_else_may_be_put(tmp_path: Path) -> None:
    here, numbers_ = box(tmp_path), [put(tmp_path) for _ in range(3)]
    here.handed.mark(numbers_[:1])
    with pytest.raises(HandedOver):
        here.put_back(numbers_[0], another)
    put_ = here.put_back(numbers_[1], another)
    assert [one.header.report for one in here.lying()] == ["opened", "erased", "opened"]
    assert packet.check(put_.data, put_.signature, KEYS) == another(*numbers_[1])
    assert put(tmp_path)[1] == 4
    here.handed.mark(numbers_)
    for number in numbers_:
        with pytest.raises(HandedOver):
            here.put_back(number, another)


def test_what_is_not_here_or_was_answered_is_not_replaced(tmp_path: Path) -> None:
    here, first = box(tmp_path), put(tmp_path)
    here.settle([Told(device=first[0], sequence=1, outcome=Outcome.TAKEN, day=DAY)])
    for number in (first, (first[0], 2), (bytes(8), 1)):
        with pytest.raises(NotHere):
            here.put_back(number, another)
    assert here.lying()[0].header.report == "opened"


def test_what_lay_here_before_there_were_marks_may_have_left(tmp_path: Path) -> None:
    here, first = box(tmp_path), put(tmp_path)
    (here.folder / "handed.json").unlink()
    with pytest.raises(HandedOver):
        here.put_back(first, another)
    second = put(tmp_path)  # from here on it is known
    with pytest.raises(HandedOver):
        here.put_back(first, another)
    assert here.put_back(second, another).header.report == "erased"


def test_who_sends_while_a_packet_is_taken_back_gets_what_was_put_there(tmp_path: Path) -> None:
    here, first = box(tmp_path), put(tmp_path)
    sent, senders = list[Packet](), list[Thread]()

    def send() -> None:
        elsewhere = box(tmp_path)
        elsewhere.handed.mark([first])
        sent.extend(packet.decode(one.data) for one in elsewhere.lying())

    def while_another_sends(device: bytes, number: int) -> Packet:
        senders.append(Thread(target=send))
        senders[0].start()
        senders[0].join(0.3)  # it would be done by then, if it did not wait
        return another(device, number)

    here.put_back(first, while_another_sends)
    senders[0].join()
    assert sent == [another(*first)]


@pytest.mark.parametrize("left", ["signature gone", "new packet", "whole"])
def test_a_crash_while_it_is_taken_back_leaves_one_of_the_two_whole(
    tmp_path: Path, left: str
) -> None:
    here, first = box(tmp_path), put(tmp_path)
    (one,) = here.lying()
    one.path.with_name(one.path.name + ".sig").unlink()
    if left != "signature gone":
        one.path.write_bytes(packet.encode(another(*first)))
    if left == "whole":
        assert here.lying()[0].signature
    (found,) = box(tmp_path).lying()
    whole = packet.check(found.data, found.signature, KEYS)
    assert whole == (a_packet if left == "signature gone" else another)(*first)
