"""Folding: the journal is not changed, the latest answer stands, and nothing is guessed."""

from dataclasses import replace
from datetime import date
from itertools import permutations
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from desk.casefile import Casefile, Opened, fold
from storage.entry import ADDED, Answer, File, FormRef, IndexEntry, Words
from storage.package import Submission

CASE = bytes(16)
DAY = date(2026, 11, 22)
FORM = FormRef(id="intake-1", version="1", sha256="00" * 32)
INDEX = IndexEntry(
    case=CASE,
    number="K7Q-4MD-2XR",
    form="intake-1",
    version="1",
    urgency="U2",
    language="ug",
    day=DAY,
)
SUBMISSION = Submission(
    case=CASE, number="K7Q-4MD-2XR", form=FORM, language="ug", day=DAY, index=INDEX
)


def answer(
    question: str, sequence: int, words: str = "", *, part: int = 0, repeat: int = 0
) -> Answer:
    return Answer(
        case=CASE,
        sequence=sequence,
        form=FORM,
        question=question,
        repeat=repeat,
        part=part,
        value=Words(words=words or f"{question}-{sequence}"),
        language="ug",
        day=DAY,
    )


def sent(*answers: Answer, closed: tuple[str, ...] = ()) -> Opened:
    return Opened(position=0, day=DAY, submission=SUBMISSION, answers=answers, closed=closed)


def later(position: int, *answers: Answer) -> Opened:
    return Opened(position=position, day=DAY, answers=answers)


def told(*entries: Opened, order: tuple[str, ...] = ()) -> list[tuple[str, int, str]]:
    return [(one.question, one.repeat, one.words) for one in folded(*entries, order=order).answers]


def folded(*entries: Opened, order: tuple[str, ...] = ()) -> Casefile:
    casefile = fold(entries, order)
    assert casefile is not None
    return casefile


def test_what_the_manifest_says_stands_at_the_head() -> None:
    casefile = folded(sent(), later(1), later(2))
    assert (casefile.number, casefile.urgency, casefile.language) == ("K7Q-4MD-2XR", "U2", "ug")
    assert (casefile.form, casefile.day, casefile.entries) == (FORM, DAY, 3)


def test_answers_stand_in_the_forms_order_when_it_is_known() -> None:
    entry = sent(
        answer("A3", 1), answer("A1", 2), answer("ZZ", 3), answer("A2", 4), answer("YY", 5)
    )
    assert [name for name, _, _ in told(entry, order=("A1", "A2", "A3"))] == [
        "A1",
        "A2",
        "A3",
        "ZZ",
        "YY",
    ]
    assert [name for name, _, _ in told(entry)] == ["A3", "A1", "ZZ", "A2", "YY"]


def test_parts_of_an_answer_are_joined_in_order() -> None:
    parts = [
        answer("A1", 1, "one"),
        answer("A1", 2, "two", part=1),
        answer("A1", 3, "three", part=2),
    ]
    for order in permutations(parts):
        assert told(sent(*order)) == [("A1", 0, "one\ntwo\nthree")]


def test_rounds_of_a_repeat_stay_apart() -> None:
    entry = sent(
        answer("B1", 1, repeat=1), answer("B1", 2, repeat=2), answer("B1", 3, part=1, repeat=2)
    )
    assert told(entry, order=("B1",)) == [("B1", 1, "B1-1"), ("B1", 2, "B1-2\nB1-3")]


def test_the_latest_answer_stands() -> None:
    changed = sent(
        answer("A1", 1, "old"), answer("A1", 2, "old too", part=1), answer("A1", 5, "new")
    )
    assert told(changed) == [("A1", 0, "new")]
    corrected = later(1, answer("A1", 1, "from the next entry"))
    assert told(changed, corrected) == [("A1", 0, "from the next entry")]
    assert told(corrected, changed) == [("A1", 0, "from the next entry")]


def test_a_part_given_again_takes_the_place_of_that_part_only() -> None:
    entry = sent(answer("A1", 1, "a"), answer("A1", 2, "b", part=1), answer("A1", 3, "B", part=1))
    assert told(entry) == [("A1", 0, "a\nB")]


def file(question: str, sequence: int, number: int, *, part: int = 0) -> Answer:
    sent = File(
        blob=bytes(16), size=1, type="", sha256="0" * 64, sealed_sha256="0" * 64,
        kind="photo", number=number,
    )  # fmt: skip
    return replace(answer(question, sequence, part=part), value=sent)


def test_what_is_added_later_stands_beside_what_was_there() -> None:
    casefile = folded(
        sent(answer("A1", 1, "as sent"), file("G1", 2, 2, part=1)),
        later(1, file("G1", 3, 1)),
        later(2, answer(ADDED, 4, "more")),
        later(3, answer(ADDED, 4, "and more")),
        later(4, answer("A1", 1, "corrected")),
    )
    assert [(one.question, one.words) for one in casefile.answers] == [
        ("A1", "corrected"),
        ("G1", ""),
    ]
    assert [(one.question, one.words, one.later) for one in casefile.added] == [
        ("G1", "", DAY),
        (ADDED, "more", DAY),
        (ADDED, "and more", DAY),
    ]
    assert [number for number, one in casefile.files.items() if one.number == number] == [1, 2]


def test_files_without_numbers_get_the_next_ones() -> None:
    entry = sent(*(file("G1", n, told, part=n) for n, told in enumerate([0, 3, 3, 1, 0])))
    assert list(folded(entry).files) == [1, 3, 4, 5, 6]
    assert [one.number for one in folded(entry).files.values()] == [1, 3, 3, 0, 0]


def test_what_is_sealed_to_others_is_counted() -> None:
    casefile = folded(sent(closed=("relatives", "lead", "relatives")))
    assert casefile.closed == {"lead": 1, "relatives": 2}


def test_a_submission_that_does_not_open_gives_no_casefile() -> None:
    assert fold([]) is None
    assert fold([Opened(position=0, day=DAY), later(1, answer("A1", 1))]) is None


def test_a_persons_words_are_in_no_repr() -> None:
    casefile = folded(sent(answer("A1", 1, "something private")))
    assert "private" not in repr(casefile)
    assert "private" not in repr(casefile.answers[0])


@given(
    st.lists(
        st.tuples(st.sampled_from(["A1", "A2", "B1"]), st.integers(0, 2), st.integers(0, 2)),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_members_is_of_no_matter(
    places: list[tuple[str, int, int]], random: Random
) -> None:
    answers = [answer(q, n, repeat=r, part=p) for n, (q, r, p) in enumerate(places)]
    shuffled = list(answers)
    random.shuffle(shuffled)
    assert told(sent(*answers)) == told(sent(*shuffled))
