"""Hiding: from all that is printed, a hidden small count could still be any number from 1 to 9.

The proof tries every set of numbers that fits what is printed, with three in the place of ten.
"""

from collections.abc import Iterator, Mapping
from itertools import product

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from desk.hiding import LEAST, Hidden, Sums, Union, Verdict, hide

LOW = 3  # the threshold in proofs that try everything
MOST = 7  # the highest count there


def shown(counts: Mapping[str, int], verdict: Verdict[str], least: int = LEAST) -> dict[str, str]:
    names = {Hidden.SMALL: f"<{least}", Hidden.BESIDE: "hidden"}
    return {
        key: names[verdict.hidden[key]] if key in verdict.hidden else str(count)
        for key, count in counts.items()
        if key not in verdict.closed
    }


def parts(*rows: int) -> dict[str, str]:
    counts = {f"r{n}": count for n, count in enumerate(rows)}
    return shown(counts, hide(counts, sum(rows), Sums(parts=(tuple(counts),))))


@pytest.mark.parametrize(
    ("rows", "printed"),
    [
        ((30, 0, 20), "30 0 20"),
        ((30, 20, 12, 5), "30 hidden hidden <10"),  # 12 + 5 = 17: 5 could not be 8
        ((30, 20, 14, 5), "30 20 hidden <10"),  # 19: 1 + 18 to 9 + 10
        ((30, 20, 13, 5), "30 hidden hidden <10"),
        ((100, 4, 4), "hidden <10 <10"),  # together 8: neither could be 9
        ((100, 5, 5), "100 <10 <10"),  # together 10: 1 + 9 to 9 + 1
        ((100, 9, 9), "hidden <10 <10"),  # together 18: both 9
        ((12, 5), ""),
        ((5, 4), ""),
        ((0, 0), "0 0"),
    ],
)
def test_rows_that_add_up(rows: tuple[int, ...], printed: str) -> None:
    assert " ".join(parts(*rows).values()) == printed


@pytest.mark.parametrize(
    ("whole", "members", "printed"),
    [
        (20, (20, 0), "20 20 0"),
        (21, (20, 1), "21 20 <10"),
        (22, (20, 2), "22 hidden <10"),  # 22 would tell that the other is 2 at least
        (10, (5, 5), "10 <10 <10"),
        (11, (5, 6), "hidden <10 <10"),
        (30, (15, 14, 2), "30 15 14 <10"),  # 29 of 30: 1 is enough
        (5, (3, 2), "<10 <10 <10"),
    ],
)
def test_a_union_tells_nothing_of_its_small_members(
    whole: int, members: tuple[int, ...], printed: str
) -> None:
    counts = {"U": whole, **{f"m{n}": count for n, count in enumerate(members)}}
    union = Union(whole="U", members=tuple(counts)[1:])
    verdict = hide(counts, 100, Sums(unions=(union,)))
    assert " ".join(shown(counts, verdict).values()) == printed


def test_few_in_all_show_nothing() -> None:
    counts = {"a": 9, "b": 0}
    assert shown(counts, hide(counts, 9, Sums())) == {}
    assert shown({"b": 0}, hide({"b": 0}, 0, Sums())) == {"b": "0"}


# --- the proof ---------------------------------------------------------------------------------


def fitting(
    counts: Mapping[str, int], verdict: Verdict[str], total: int, sums: Sums[str]
) -> Iterator[dict[str, int]]:
    """Try every number for what is hidden; yield those sets that agree with what is printed."""
    ranges = {Hidden.SMALL: range(1, LOW), Hidden.BESIDE: range(LOW, total + 1)}
    hidden = sorted(verdict.hidden)
    for numbers in product(*(ranges[verdict.hidden[key]] for key in hidden)):
        guess = {**counts, **dict(zip(hidden, numbers, strict=True))}
        if all(sum(guess[k] for k in rows) == total for rows in sums.parts) and _tied(guess, sums):
            yield guess


def _tied(guess: Mapping[str, int], sums: Sums[str]) -> bool:
    whole = all(guess[u.whole] <= sum(guess[m] for m in u.members) for u in sums.unions)
    covered = all(guess[m] <= guess[u.whole] for u in sums.unions if u.covers for m in u.members)
    return whole and covered and all(guess[part] <= guess[group] for part, group in sums.within)


def nothing_is_told(counts: Mapping[str, int], total: int, sums: Sums[str]) -> bool:
    verdict = hide(counts, total, sums, LOW)
    assert all(0 < counts[key] < LOW for key, why in verdict.hidden.items() if why is Hidden.SMALL)
    assert all(counts[key] >= LOW for key, why in verdict.hidden.items() if why is Hidden.BESIDE)
    small = {key for key, count in counts.items() if 0 < count < LOW} - verdict.closed
    assert small <= set(verdict.hidden)
    if verdict.closed:
        return True
    guesses = list(fitting(counts, verdict, total, sums))
    return all({guess[key] for guess in guesses} == set(range(1, LOW)) for key in small)


@given(rows=st.lists(st.integers(0, MOST), min_size=1, max_size=5))
def test_rows_that_add_up_never_give_a_small_one_away(rows: list[int]) -> None:
    counts = {f"r{n}": count for n, count in enumerate(rows)}
    assert nothing_is_told(counts, sum(rows), Sums(parts=(tuple(counts),)))


@given(people=st.lists(st.sets(st.sampled_from("pqcd")), min_size=LOW, max_size=12))
@example(people=[set("c")] * 3 + [set("d")] * 2 + [set()] * 4)  # c is at most V, so d at least 2
def test_unions_and_groups_never_give_a_small_one_away(people: list[set[str]]) -> None:
    """A group with two parts, two codes more, and two unions that share some of them."""
    told = [codes | ({"G"} if codes & {"p", "q"} else set()) for codes in people]
    unions = (
        Union(whole="U", members=("p", "c")),
        Union(whole="V", members=("G", "c", "d")),
        Union(whole="W", members=("p", "q"), covers=False),
        Union(whole="W", members=("c", "d"), covers=False),
    )
    counts = {code: sum(code in codes for codes in told) for code in "Gpqcd"}
    counts["U"] = sum(bool(codes & {"p", "c"}) for codes in told)
    counts["V"] = sum(bool(codes & {"G", "c", "d"}) for codes in told)
    counts["W"] = sum(bool(codes & {"p", "q"} and codes & {"c", "d"}) for codes in told)
    sums = Sums(unions=unions, within=(("p", "G"), ("q", "G")))
    verdict = hide(counts, len(told), sums, LOW)
    assume(len(verdict.hidden) <= 6)
    assert nothing_is_told(counts, len(told), sums)


@given(rows=st.lists(st.integers(0, 40), min_size=1, max_size=8))
def test_what_need_not_be_hidden_is_shown(rows: list[int]) -> None:
    counts = {f"r{n}": count for n, count in enumerate(rows)}
    verdict = hide(counts, sum(rows), Sums(parts=(tuple(counts),)))
    if not any(0 < count < LEAST for count in rows):
        assert shown(counts, verdict) == {key: str(count) for key, count in counts.items()}


@given(
    large=st.lists(st.integers(LEAST, 40), min_size=2, max_size=6),
    one=st.integers(1, LEAST - 1),
    other=st.integers(1, LEAST - 1),
)
def test_which_rows_are_hidden_is_decided_by_what_is_printed(
    large: list[int], one: int, other: int
) -> None:
    """Whoever knows the rules learns nothing: the same print for any small count, or another sum."""
    first, second = parts(*large, one), parts(*[large[0] + one - other, *large[1:]], other)
    if large[0] + one - other >= LEAST and first.get("r0") == "hidden" == second.get("r0"):
        assert first == second
