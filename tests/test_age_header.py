"""The header's grammar: one header, one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import age_header
from storage.age_header import Stanza
from storage.errors import ChangedHeader, DamagedHeader

WORDS = st.binary(min_size=1, max_size=12).map(lambda raw: bytes(33 + one % 94 for one in raw))
STANZAS = st.builds(
    Stanza,
    type=WORDS,
    arguments=st.lists(WORDS, max_size=3).map(tuple),
    body=st.one_of(st.binary(max_size=20), st.sampled_from([47, 48, 49, 96]).map(bytes)),
)


@given(
    stanzas=st.lists(STANZAS, min_size=1, max_size=4), file_key=st.binary(min_size=16, max_size=16)
)
def test_a_header_says_what_was_written(stanzas: list[Stanza], file_key: bytes) -> None:
    text = age_header.write(stanzas, file_key)
    assert age_header.whole(text + b"payload\n--- x") == len(text)
    header = age_header.Header.parse(text)
    assert list(header.stanzas) == stanzas
    header.check(file_key)
    with pytest.raises(ChangedHeader):
        header.check(bytes(16) if any(file_key) else b"\1" * 16)


@given(
    stanzas=st.lists(STANZAS, min_size=1, max_size=2),
    place=st.integers(0),
    byte=st.integers(0, 255),
)
def test_a_header_has_one_spelling(stanzas: list[Stanza], place: int, byte: int) -> None:
    """Whatever still parses after a change is another header, never the same one respelt."""
    text = bytearray(age_header.write(stanzas, bytes(16)))
    text[len(age_header.VERSION) + place % (len(text) - len(age_header.VERSION))] = byte
    try:
        header = age_header.Header.parse(bytes(text))
    except DamagedHeader:
        return
    written = b"".join(stanza.text() for stanza in header.stanzas)
    mac = age_header.encode(header.mac)
    assert age_header.VERSION + written + b"--- " + mac + b"\n" == bytes(text)
