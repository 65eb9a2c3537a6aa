"""What people type, and what it means: numbers in any script, labels, dates, case codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.answers import Miss, command, language, looks_like_id, normalise, read
from bot.engine.codes import draw_code, read_code, show_code
from bot.engine.events import Shape, Value
from bot.engine.model import Choice, Command, Form, Kind, Question
from tests.line_made import LANGUAGES, content_of, settings

CHOICES = (Choice(code="CP"), Choice(code="TD"), Choice(code="UNK"))
FORM = Form(
    id="f",
    version="1",
    sha256="0",
    questions=(),
    commands={"yes": Command.YES, "oui": Command.YES, "stop": Command.STOP},
    words={
        "l": {"cp": "CP", "family, or friends": "CP", "td": "TD", "unk": "UNK"},
        "country": {"japan": "JP", "jordan": "JO", "日本": "JP", "türkiye": "TR"},
    },
    months={"may": 5, "mai": 5, "november": 11},
)
COUNTRIES = (Choice(code="JP"), Choice(code="JO"), Choice(code="TR"))


def asked(kind: Kind, text: str, choices: tuple[Choice, ...] = CHOICES) -> tuple[str, ...] | str:
    name = "country" if kind is Kind.COUNTRY else "l"
    got = read(FORM, Question(name="q", kind=kind, list_name=name), choices, text)
    return got.items if isinstance(got, Value) else got.reason


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("1", ("CP",)),
        (" 2. ", ("TD",)),
        ("٢", ("TD",)),  # Arabic-Indic
        ("۲", ("TD",)),  # Extended Arabic-Indic
        ("२", ("TD",)),  # Devanagari
        ("２", ("TD",)),
        ("\u20682\u2069", ("TD",)),
        ("Family, or friends", ("CP",)),
        ("CP", ("CP",)),
        ("4", "wrong-choice"),
        ("0", "wrong-choice"),
        ("-1", "wrong-choice"),
        ("perhaps", "wrong-choice"),
        ("   ", "wrong-empty"),
    ],
)
def test_one_choice(text: str, codes: object) -> None:
    assert asked(Kind.ONE, text) == codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("1, 2", ("CP", "TD")),
        ("1，2", ("CP", "TD")),
        ("1、2", ("CP", "TD")),
        ("1 2", ("CP", "TD")),
        ("١، ٢", ("CP", "TD")),
        ("2 1 2", ("TD", "CP")),
        ("family, or friends", ("CP",)),
        ("1, 3", ("CP",)),  # "I don't know" beside an answer no longer counts
        ("3", ("UNK",)),
        ("1, 9", "wrong-many"),
        ("1, perhaps", "wrong-many"),
        (",", "wrong-many"),
    ],
)
def test_many_choices(text: str, codes: object) -> None:
    assert asked(Kind.MANY, text) == codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Japan", ("JP",)),
        ("japan.", ("JP",)),
        ("日本", ("JP",)),
        ("Jap", ("JP",)),
        ("J", "wrong-country"),
        ("Jo", "wrong-country"),
        ("1", ("JP",)),
        ("Atlantis", "wrong-country"),
    ],
)
def test_countries(text: str, codes: object) -> None:
    assert asked(Kind.COUNTRY, text, COUNTRIES) == codes


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2021", ("2021",)),
        ("2021-05", ("2021-05",)),
        ("2021/5", ("2021-05",)),
        ("05/2021", ("2021-05",)),
        ("May 2021", ("2021-05",)),
        ("2021 mai", ("2021-05",)),
        ("2021年5月", ("2021-05",)),
        ("2021年5月3日", ("2021-05-03",)),
        ("٢٠٢١", ("2021",)),
        ("2021-05-03", ("2021-05-03",)),
        ("3 May 2021", ("2021-05-03",)),
        ("2021-13", "wrong-date"),
        ("3.5.2021", "wrong-date"),  # day before month is a guess
        ("last spring", "wrong-date"),
        ("99999", "wrong-date"),
        ("", "wrong-empty"),
    ],
)
def test_coarse_dates(text: str, date: object) -> None:
    assert asked(Kind.WHEN, text) == date


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", ("12",)), ("１２", ("12",)), ("-3", ("-3",)), ("1.5", "wrong-number")],
)
def test_integers(text: str, number: object) -> None:
    assert asked(Kind.INTEGER, text) == number


def test_words_are_kept_as_they_came() -> None:
    got = read(FORM, Question(name="q", kind=Kind.TEXT), (), "  Ａ \u2068b\u2069\n")
    assert isinstance(got, Value)
    assert got.items == ("  Ａ \u2068b\u2069\n",)
    assert got.shape is Shape.WORDS


def test_any_word_for_yes_is_yes_where_there_is_one() -> None:
    choices = (Choice(code="yes"), Choice(code="no"))
    assert asked(Kind.ONE, "oui", choices) == ("yes",)
    assert asked(Kind.ONE, "oui") == "wrong-choice"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/stop", (Command.STOP, True)),
        ("／stop", (Command.STOP, True)),
        ("/stop@garden_desk_bot", (Command.STOP, True)),
        ("STOP!", (Command.STOP, False)),
        ("he said stop", None),
    ],
)
def test_commands_are_whole_messages(text: str, found: object) -> None:
    assert command(FORM, text) == found


@given(st.text(), st.sampled_from([Kind.ONE, Kind.MANY, Kind.INTEGER, Kind.WHEN, Kind.COUNTRY]))
def test_reading_never_raises(text: str, kind: Kind) -> None:
    got = read(FORM, Question(name="q", kind=kind, list_name="l"), CHOICES, text)
    assert isinstance(got, (Value, Miss))
    if isinstance(got, Value) and kind in {Kind.ONE, Kind.MANY}:
        assert set(got.items) <= {"CP", "TD", "UNK"}


@given(st.text())
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("E12345678", True),
        ("+81 90-1234-5678", True),
        ("٠١٢٣٤٥٦٧٨", True),
        ("in 2019 and 2020, twice", False),
        ("on 12.05.2021", True),  # eight digits with points: asked about, not refused
        ("1234567", False),
    ],
)
def test_long_numbers_are_noticed(text: str, seen: bool) -> None:
    assert looks_like_id(text) is seen


@given(st.binary(min_size=32, max_size=32))
def test_a_case_code_is_read_back_in_any_script(draw: bytes) -> None:
    code = draw_code(draw)
    assert len(code) == 20
    assert read_code(show_code(code)) == code
    arabic = "".join(chr(0x0660 + int(c)) for c in code)
    assert read_code(f" {arabic[:7]} - {arabic[7:]} ") == code


@given(st.binary(min_size=32, max_size=32), st.integers(0, 19), st.integers(1, 9))
def test_a_slip_in_one_digit_is_noticed(draw: bytes, place: int, by: int) -> None:
    code = draw_code(draw)
    wrong = code[:place] + str((int(code[place]) + by) % 10) + code[place + 1 :]
    assert read_code(wrong) is None


@given(st.binary(min_size=32, max_size=32), st.integers(0, 18))
def test_two_digits_that_changed_places_are_noticed(draw: bytes, place: int) -> None:
    code = draw_code(draw)
    wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert (read_code(wrong) is None) == (wrong != code)


def test_a_language_is_named_by_name_tag_or_number(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    form = content_of(settings(), tmp_path_factory.mktemp("home")).form
    for number, tag in enumerate(LANGUAGES, start=1):
        assert language(form, tag) == tag
        assert language(form, str(number)) == tag
    assert language(form, "ئۇيغۇرچە") == "ug"
    assert language(form, "Klingon") is None


def test_letters_of_other_keyboards_count() -> None:
    assert normalise("ئوقۇيالايدۇ") == normalise("ئوقۇیالایدۇ")
    assert normalise("كېيىن") == normalise("کېیىن")
