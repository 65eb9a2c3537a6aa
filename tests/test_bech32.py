"""The text form of age keys, against the test strings of BIP 173."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import bech32

PREFIX = "age1pq"


@pytest.mark.parametrize(
    ("prefix", "text", "data"),
    [
        ("a", "A12UEL5L", ""),
        ("a", "a12uel5l", ""),
        (
            "abcdef",
            "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
            "00443214c74254b635cf84653a56d7c675be77df",
        ),
        (
            "split",
            "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
            "c5f38b70305f519bf66d85fb6cf03058f3dde463ecd7918f2dc743918f2d",
        ),
        ("?", "?1ezyfcl", ""),
    ],
)
def test_the_valid_strings_of_bip_173(prefix: str, text: str, data: str) -> None:
    assert bech32.decode(prefix, text).hex() == data
    assert bech32.encode(prefix, bytes.fromhex(data)) == text.lower()


@pytest.mark.parametrize(
    ("prefix", "text"),
    [
        ("a", "10a06t8"),  # no prefix
        ("a", "A1G7SGD8"),  # checksum over the upper-case prefix
        ("a", "1qzzfhee"),
        ("li", "li1dgmt3"),  # checksum too short
        ("x", "x1b4n0q5v"),  # a character that is none
        ("pzry9x0s0muk", "pzry9x0s0muk"),  # no separator
        ("de", "de1lg7wt\xff"),
        ("a", "a12UEL5L"),  # mixed case
        ("A", "A12UEL5L"),  # a prefix is asked for in lower case
        ("b", "a12uel5l"),  # another prefix
        ("k", bech32.encode("k", b"").upper().replace("K", "\u212a")),  # Kelvin, whose lower is k
        ("a", "a12uel5l\n"),
        ("a", ""),
    ],
)
def test_what_is_not_bech32_is_refused(prefix: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"prefix|character|checksum"):
        bech32.decode(prefix, text)


@pytest.mark.parametrize("words", [[0], [0, 1], [0, 0, 0], [31, 31]])
def test_bits_left_over_are_refused(words: list[int]) -> None:
    """A text with a right checksum whose groups are no whole bytes: as `encode` never writes."""
    text = checksummed(words)
    with pytest.raises(ValueError, match="left over"):
        bech32.decode(PREFIX, text)


def checksummed(words: list[int]) -> str:
    """Return the text of any five-bit groups; the checksum is found as BIP 173 writes it."""
    values = [ord(one) >> 5 for one in PREFIX] + [0] + [ord(one) & 31 for one in PREFIX] + words
    remainder = 1
    for value in [*values, 0, 0, 0, 0, 0, 0]:
        top = remainder >> 25
        remainder = (remainder & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(bech32.GENERATOR):
            remainder ^= generator if top >> bit & 1 else 0
    tail = [(remainder ^ 1) >> 5 * (5 - place) & 31 for place in range(6)]
    return f"{PREFIX}1" + "".join(bech32.CHARACTERS[word] for word in words + tail)


@given(data=st.binary(max_size=1300))
def test_bytes_survive_their_text_in_either_case(data: bytes) -> None:
    text = bech32.encode(PREFIX, data)
    assert bech32.decode(PREFIX, text) == data
    assert bech32.decode(PREFIX, text.upper()) == data


@given(
    data=st.binary(min_size=1, max_size=40),
    place=st.integers(0),
    other=st.sampled_from(bech32.CHARACTERS),
)
def test_no_changed_character_is_read(data: bytes, place: int, other: str) -> None:
    text = bech32.encode(PREFIX, data)
    place = len(PREFIX) + 1 + place % (len(text) - len(PREFIX) - 1)
    if text[place] != other:
        with pytest.raises(ValueError, match="checksum"):
            bech32.decode(PREFIX, text[:place] + other + text[place + 1 :])
