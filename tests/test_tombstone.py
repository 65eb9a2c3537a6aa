"""Tombstones and outcomes come back as they were, and nothing half understood is taken."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import tombstone
from storage.errors import FieldError
from storage.outcome import Outcome
from storage.tombstone import Stage, Told, Tombstone

TOMBSTONES = st.builds(
    Tombstone,
    case=st.binary(min_size=16, max_size=16),
    asked=st.dates(),
    by=st.sampled_from(tombstone.WHO),
    stage=st.sampled_from(Stage),
    until=st.none() | st.dates(),
    erased=st.integers(0, 9),
    of=st.integers(0, 9),
)
TOLD = st.builds(
    Told,
    device=st.binary(min_size=8, max_size=8),
    sequence=st.integers(1, 10**6),
    outcome=st.sampled_from(Outcome),
    day=st.dates(),
)


@given(found=st.lists(TOMBSTONES, unique_by=lambda one: one.case))
def test_tombstones_come_back_by_case(found: list[Tombstone]) -> None:
    data = tombstone.encode_tombstones(found)
    assert tombstone.decode_tombstones(data) == tuple(sorted(found, key=lambda one: one.case))


@given(found=st.lists(TOLD))
def test_outcomes_come_back_in_order(found: list[Told]) -> None:
    assert tombstone.decode_outcomes(tombstone.encode_outcomes(found)) == tuple(found)


@pytest.mark.parametrize(
    ("before", "after"),
    [('"by":"person"', '"by":"nobody"'), ('"stage":"gone"', '"stage":"lost"'), ('"of"', '"off"')],
)
def test_what_is_not_known_is_refused(before: str, after: str) -> None:
    one = Tombstone(case=bytes(16), asked=date(2026, 11, 22), by="person", stage=Stage.GONE)
    data = tombstone.encode_tombstones([one])
    assert before.encode() in data
    with pytest.raises(FieldError):
        tombstone.decode_tombstones(data.replace(before.encode(), after.encode()))
