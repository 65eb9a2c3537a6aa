"""Sizes say little: what a thing may weigh before it is sealed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import TooLong
from storage.padding import KIB, MIB, answer_size, entry_size, package_size, pad, padme

LENGTHS = st.one_of(
    st.integers(0, 4096), st.integers(0, 3 * MIB), st.integers(0, 60).map(lambda bits: 1 << bits)
)


@pytest.mark.parametrize(
    ("length", "size"),
    [(0, 1), (1, 1), (2, 2), (8, 8), (9, 10), (100, 104), (129, 144), (512, 512), (1000, 1024)],
)
def test_padme_is_the_published_one(length: int, size: int) -> None:
    assert padme(length) == size


@given(length=st.integers(2, 1 << 40))
def test_padme_is_the_formula_of_its_paper(length: int) -> None:
    exponent = math.frexp(length)[1] - 1
    free = exponent - (math.floor(math.log2(exponent)) + 1)
    low = 2**free - 1
    assert padme(length) == (length + low) & ~low


@given(length=LENGTHS)
def test_padme_costs_at_most_an_eighth_and_is_its_own_size(length: int) -> None:
    size = padme(length)
    assert max(length, 1) <= size <= max(length, 1) * 1.12
    assert padme(size) == size


def test_padme_knows_few_sizes() -> None:
    assert len({padme(length) for length in range(512, 1 << 16)}) < 16 * (16 - 9) + 2


@given(shorter=LENGTHS, longer=LENGTHS)
def test_no_size_falls_as_the_length_grows(shorter: int, longer: int) -> None:
    shorter, longer = sorted((shorter, longer))
    for size in (padme, answer_size, entry_size, package_size):
        assert size(shorter) <= size(longer)


@given(length=LENGTHS)
def test_every_size_holds_its_length(length: int) -> None:
    for size in (padme, answer_size, entry_size, package_size):
        assert size(length) >= length
        assert size(size(length)) == size(length)


@pytest.mark.parametrize("length", [0, 1, 200, 511, 512])
def test_short_answers_are_of_one_size(length: int) -> None:
    assert answer_size(length) == 512


@pytest.mark.parametrize(
    ("length", "size"),
    [
        (0, 4 * KIB),
        (4 * KIB, 4 * KIB),
        (4 * KIB + 1, 64 * KIB),
        (64 * KIB, 64 * KIB),
        (64 * KIB + 1, 256 * KIB),
        (256 * KIB, 256 * KIB),
        (256 * KIB + 1, MIB),
        (MIB, MIB),
        (MIB + 1, 2 * MIB),
        (250 * MIB - 1, 250 * MIB),
    ],
)
def test_entries_are_of_three_sizes_then_whole_mebibytes(length: int, size: int) -> None:
    assert entry_size(length) == size
    assert package_size(length) == max(size, 256 * KIB)


@given(data=st.binary(max_size=64), more=st.integers(0, 64))
def test_padding_fills_to_the_size_and_keeps_what_was_there(data: bytes, more: int) -> None:
    size = len(data) + more
    assert pad(data, size) == data + b" " * more
    assert pad(data, size, b"\0") == data + bytes(more)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(TooLong, match="513 bytes do not fit into a size of 512"):
        pad(bytes(513), 512)
