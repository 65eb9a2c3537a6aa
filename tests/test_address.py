"""The return address: one size, one case, dead with its key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.address import SIZE, Address, month_of, new_key, open_address, seal_address
from storage.errors import AddressDead, AddressTooLong, ForeignAddress, StorageError

CASE = bytes(range(16))
KEY = bytes(range(32))
PEER = "5551234567890"


def seal(key: bytes = KEY, case: bytes = CASE, peer: str = PEER) -> bytes:
    return seal_address(key, "2026-11", case, "telegram", peer, "zh-Hans")


@given(
    st.sampled_from(["telegram", "signal", "console"]),
    st.from_regex(r"[0-9a-f+-]{1,36}", fullmatch=True),
    st.sampled_from(["en", "zh-Hant", "ug"]),
    st.sampled_from(["2026-01", "2026-12", "2099-10"]),
)
def test_an_address_comes_back_to_its_own_case(
    channel: str, peer: str, language: str, month: str
) -> None:
    sealed = seal_address(KEY, month, CASE, channel, peer, language)
    assert len(sealed) == SIZE == 160
    assert month_of(sealed) == month
    opened = open_address({month: KEY}, CASE, sealed)
    assert opened == Address(channel=channel, peer=peer, language=language)


def test_no_one_but_the_month_is_told_outside() -> None:
    sealed = seal()
    assert sealed[:4] == (202611).to_bytes(4, "big")
    assert PEER.encode() not in sealed
    assert seal()[4:] != sealed[4:]
    assert PEER not in repr(open_address({"2026-11": KEY}, CASE, sealed))


def test_an_address_dies_with_its_key() -> None:
    with pytest.raises(AddressDead, match="2026-11"):
        open_address({"2026-10": KEY, "2026-12": KEY}, CASE, seal())


def test_an_address_of_another_case_or_line_does_not_open() -> None:
    for keys, case in (({"2026-11": KEY}, bytes(16)), ({"2026-11": new_key()}, CASE)):
        with pytest.raises(ForeignAddress):
            open_address(keys, case, seal())


def test_no_byte_of_it_can_be_changed() -> None:
    sealed = seal()
    for place in range(SIZE):
        flipped = bytearray(sealed)
        flipped[place] ^= 1
        with pytest.raises((ForeignAddress, AddressDead)):
            open_address({"2026-11": KEY}, CASE, bytes(flipped))
    for cut in (b"", sealed[:-1], sealed + b"\0"):
        with pytest.raises(ForeignAddress):
            open_address({"2026-11": KEY}, CASE, cut)


@given(st.binary(max_size=200))
def test_noise_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(StorageError):
        open_address({"2026-11": KEY}, CASE, data)


def test_a_longer_peer_is_refused_without_naming_it() -> None:
    with pytest.raises(AddressTooLong) as caught:
        seal(peer="9" * 100)
    assert "999" not in str(caught.value)


def test_a_month_is_written_with_a_hyphen() -> None:
    for month in ("202611", "2026-13", "2026-1"):
        with pytest.raises(ValueError, match="2026-11"):
            seal_address(KEY, month, CASE, "signal", PEER, "en")
