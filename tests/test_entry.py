"""What stands inside a seal: nothing lost, nothing half understood, nothing told by size or repr."""

import contextlib
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import entry
from storage.entry import (
    ADDED,
    INDEX_BYTES,
    Answer,
    Codes,
    Day,
    File,
    FormRef,
    IndexEntry,
    Number,
    Value,
    Words,
)
from storage.errors import (
    FieldError,
    MissingField,
    OtherFormat,
    StorageError,
    TooLong,
    UnknownField,
    UnreadableDocument,
    WrongField,
)
from storage.padding import answer_size

FORM = FormRef(id="intake-1", version="2026.1", sha256="ab" * 32)
NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,20}", fullmatch=True)
CODES = st.from_regex(r"[A-Z][A-Z-]{0,9}", fullmatch=True)
LANGUAGES = st.sampled_from(["en", "ug", "zh-Hans", "zh-Hant", "ja", "bo", "kk-Arab"])
DAYS = st.dates(date(2020, 1, 1), date(2100, 1, 1))
VALUES: st.SearchStrategy[Value] = st.one_of(
    st.builds(Words, words=st.text(st.characters(), max_size=300)),  # lone surrogates too
    st.builds(Codes, codes=st.lists(CODES, max_size=9).map(tuple)),
    st.builds(Number, number=st.integers(-(10**12), 10**12)),
    st.builds(Day, day=st.sampled_from(["2024", "2024-05", "2024-05-17", "0999-12-31"])),
    st.builds(
        File,
        blob=st.binary(min_size=16, max_size=16),
        size=st.integers(0, 10**12),
        type=st.sampled_from(["", "image/jpeg", "application/octet-stream"]),
        sha256=st.just("ab" * 32),
        sealed_sha256=st.just("cd" * 32),
        name=st.text(max_size=80),
        kind=st.sampled_from(["photo", "voice", "document"]),
        number=st.integers(0, 99),
    ),
)
ANSWERS = st.builds(
    Answer,
    case=st.binary(min_size=16, max_size=16),
    sequence=st.integers(0, 10**9),
    form=st.builds(FormRef, id=NAMES, version=NAMES, sha256=st.just("0f" * 32)),
    question=NAMES,
    repeat=st.integers(0, 99),
    part=st.integers(0, 99),
    value=VALUES,
    language=LANGUAGES,
    day=DAYS,
)
INDEXES = st.builds(
    IndexEntry,
    case=st.binary(min_size=16, max_size=16),
    number=st.just("K7Q-4MD-2XR"),
    form=NAMES,
    version=NAMES,
    urgency=st.sampled_from(["", "U1", "U4"]),
    language=LANGUAGES,
    day=DAYS,
    codes=st.dictionaries(NAMES, st.lists(CODES, min_size=1, max_size=30).map(tuple), max_size=12),
)


def answer(**changes: object) -> Answer:
    values: dict[str, Any] = {
        "case": bytes(range(16)),
        "sequence": 3,
        "form": FORM,
        "question": "A1",
        "value": Words(words="something private"),
        "language": "ug",
        "day": date(2026, 11, 22),
    }
    return Answer(**{**values, **changes})


def photo(**changes: object) -> File:
    values: dict[str, Any] = {
        "blob": bytes(range(16)),
        "size": 1_234_567,
        "type": "image/jpeg",
        "sha256": "ab" * 32,
        "sealed_sha256": "cd" * 32,
        "name": "private photo.jpg",
        "kind": "photo",
        "number": 2,
    }
    return File(**{**values, **changes})


def index(**changes: object) -> IndexEntry:
    values: dict[str, Any] = {
        "case": bytes(range(16)),
        "number": "K7Q-4MD-2XR",
        "form": "intake-1",
        "version": "2026.1",
        "urgency": "U3",
        "language": "ug",
        "day": date(2026, 11, 22),
        "codes": {"A2": ("CP",)},
    }
    return IndexEntry(**{**values, **changes})


# --- answers --------------------------------------------------------------------------------


@given(ANSWERS)
def test_an_answer_comes_back_as_it_was_sealed(given_answer: Answer) -> None:
    data = entry.encode(given_answer)
    assert entry.decode(data) == given_answer
    assert len(data) == answer_size(len(data.rstrip(b" ")))


def test_the_shape_is_the_one_that_is_written_down() -> None:
    data = entry.encode(answer(value=Day(day="2024-05"), repeat=2))
    assert data.startswith(b'{"author":"person","case":"000102030405060708090a0b0c0d0e0f",')
    assert json.loads(data) == {
        "v": 1,
        "kind": "answer",
        "author": "person",
        "case": "000102030405060708090a0b0c0d0e0f",
        "sequence": 3,
        "form": {"id": "intake-1", "version": "2026.1", "sha256": "ab" * 32},
        "question": "A1",
        "repeat": 2,
        "part": 0,
        "value": {"date": "2024-05"},
        "language": "ug",
        "day": "2026-11-22",
    }


def test_the_shape_of_a_file_is_the_one_that_is_written_down() -> None:
    written = json.loads(entry.encode(answer(question=ADDED, value=photo())))
    assert written["question"] == "added"
    assert written["value"] == {
        "file": {
            "blob": bytes(range(16)).hex(),
            "kind": "photo",
            "name": "private photo.jpg",
            "number": 2,
            "sealed_sha256": "cd" * 32,
            "sha256": "ab" * 32,
            "size": 1_234_567,
            "type": "image/jpeg",
        }
    }


def test_what_a_file_is_called_is_in_no_repr() -> None:
    assert "private" not in repr(photo())
    assert "private" not in repr(answer(value=photo()))


def with_file(**changes: object) -> bytes:
    fields = json.loads(entry.encode(answer(value=photo())))
    fields["value"]["file"].update(changes)
    return json.dumps(fields).encode()


@pytest.mark.parametrize(
    "changes",
    [
        {"blob": "00"},
        {"blob": "../../../../../etc/passwd"},
        {"size": -1},
        {"size": 10**12 + 1},
        {"size": "big"},
        {"sha256": "ab"},
        {"sealed_sha256": ""},
        {"type": "image/jpeg; x"},
        {"kind": ""},
        {"name": None},
        {"number": -1},
    ],
    ids="-".join,
)
def test_a_file_that_is_half_understood_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(WrongField):
        entry.decode(with_file(**changes))
    with pytest.raises(UnknownField):
        entry.decode(with_file(more=1))


def test_short_answers_have_one_size() -> None:
    sizes = {len(entry.encode(answer(value=Words(words="x" * n)))) for n in range(200)}
    assert sizes == {512}


def test_half_a_character_is_kept_as_it_came() -> None:
    given_answer = answer(value=Words(words="cut \ud83d here"))
    assert entry.decode(entry.encode(given_answer)) == given_answer


def test_a_persons_answer_is_in_no_repr() -> None:
    for value in (Words(words="secret-1"), Codes(codes=("secret-2",)), Day(day="2019-07")):
        shown = repr(answer(value=value)) + repr(value)
        assert "secret" not in shown
        assert "2019" not in shown
    assert "99887" not in repr(Number(number=99887))


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    fields = json.loads(entry.encode(answer()))
    change(fields)
    return json.dumps(fields).encode()


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (changed(lambda f: f.update(more=1)), UnknownField),
        (changed(lambda f: f["form"].update(more=1)), UnknownField),
        (changed(lambda f: f["form"].update(id=["intake-1"])), WrongField),
        (changed(lambda f: f["form"].update(sha256="ab")), WrongField),
        (changed(lambda f: f["value"].update(codes=[])), UnknownField),
        (changed(lambda f: f.pop("day")), MissingField),
        (changed(lambda f: f.pop("v")), MissingField),
        (changed(lambda f: f.update(value={})), MissingField),
        (changed(lambda f: f.update(v=2)), OtherFormat),
        (changed(lambda f: f.update(v=True)), WrongField),
        (changed(lambda f: f.update(kind="index")), WrongField),
        (changed(lambda f: f.update(author="staff")), WrongField),
        (changed(lambda f: f.update(case="00")), WrongField),
        (changed(lambda f: f.update(case="0A" * 16)), WrongField),
        (changed(lambda f: f.update(sequence=-1)), WrongField),
        (changed(lambda f: f.update(part=True)), WrongField),
        (changed(lambda f: f.update(question="A 1")), WrongField),
        (changed(lambda f: f.update(language="u g")), WrongField),
        (changed(lambda f: f.update(day="20261122")), WrongField),
        (changed(lambda f: f.update(day="2026-02-30")), WrongField),
        (changed(lambda f: f.update(value={"date": "2024-13"})), WrongField),
        (changed(lambda f: f.update(value={"codes": ["A", 1]})), WrongField),
        (changed(lambda f: f.update(value={"codes": ["A B"]})), WrongField),
        (changed(lambda f: f.update(value=["words"])), WrongField),
        (changed(lambda f: f.update(sequence=1.0)), UnreadableDocument),
        (b'{"v":1,"v":1}', UnreadableDocument),
        (b'{"v":NaN}', UnreadableDocument),
        (b'{"v":1e400}', UnreadableDocument),
        (b'{"v":' + b"9" * 5000 + b"}", UnreadableDocument),
        (b'{"\\u001b[31m":1}', UnreadableDocument),
        (b"[" * 100_000, UnreadableDocument),
        (b"[]", UnreadableDocument),
        (b"{} {}", UnreadableDocument),
        (b"\xff{}", UnreadableDocument),
        (b"", UnreadableDocument),
    ],
)
def test_what_is_half_understood_is_refused(data: bytes, error: type[StorageError]) -> None:
    with pytest.raises(error) as caught:
        entry.decode(data)
    assert str(caught.value).endswith((".", ")"))
    assert "private" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


@given(st.binary(max_size=300))
def test_noise_is_refused_by_name(data: bytes) -> None:
    for decode in (entry.decode, entry.decode_index):
        with pytest.raises(StorageError):
            decode(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=4), inside, max_size=3)
    ),
    max_leaves=4,
)


@given(st.data())
def test_any_field_may_be_anything_and_only_a_named_error_follows(data: st.DataObject) -> None:
    fields = json.loads(
        data.draw(st.sampled_from([entry.encode(answer()), entry.encode_index(index())]))
    )
    place = data.draw(st.sampled_from([fields, fields.get("form"), fields.get("value", fields)]))
    if not isinstance(place, dict):
        place = fields
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(JSON)
    written = json.dumps(fields).encode()
    for decode in (entry.decode, entry.decode_index):
        with contextlib.suppress(StorageError):
            decode(written)


# --- index entries --------------------------------------------------------------------------


@given(INDEXES)
def test_an_index_entry_has_one_size_and_comes_back_but_for_codes_without_room(
    given_index: IndexEntry,
) -> None:
    data = entry.encode_index(given_index)
    assert len(data) == INDEX_BYTES
    back = entry.decode_index(data)
    assert back == entry.cut(given_index)
    if not back.codes_cut:
        assert back == given_index
    for question, codes in back.codes.items():
        assert given_index.codes[question][: len(codes)] == codes
    assert entry.encode_index(back) == data


def test_each_question_keeps_a_code_before_one_keeps_its_second() -> None:
    many = tuple(f"CODE-{n}" for n in range(60))
    back = entry.decode_index(
        entry.encode_index(index(codes={"A2": many, "F1": ("yes",), "S2": ("no",)}))
    )
    assert back.codes_cut
    assert back.codes["F1"] == ("yes",)
    assert back.codes["S2"] == ("no",)
    assert 10 < len(back.codes["A2"]) < 60


def test_an_index_entry_without_room_for_its_form_is_refused() -> None:
    with pytest.raises(TooLong):
        entry.encode_index(index(version="v" * 190, form="f" * 190))


def test_an_index_entry_of_another_kind_is_refused() -> None:
    with pytest.raises(FieldError):
        entry.decode_index(entry.encode(answer()))
    with pytest.raises(FieldError):
        entry.decode(entry.encode_index(index()))
