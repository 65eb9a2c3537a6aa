"""What may leave at each level: a rule for each thing, and nothing that shows what was left out."""

import json
from time import process_time

import pytest

from desk.export import jsonl
from desk.export.cautions import CHECKLIST, DURESS, MASKED, PHRASE, PRESSURE, WHOLE
from desk.export.extract import Extract, Redaction
from desk.export.masking import masked
from desk.export.redaction import pseudonym
from storage.entry import Codes, FormRef, Number, Words
from tests.exports_made import FILE, LINK, leaving, told, usual
from tests.reports import WORDS

REDACTED = (Redaction.DIRECT, Redaction.CONTEXTUAL)


def all_of(extract: Extract) -> str:
    """Everything that any format could tell of an extract."""
    return jsonl.line(extract) + repr(extract.files) + str(extract.calculated) + extract.link


def questions(extract: Extract) -> list[str]:
    return [one.question for one in extract.replies]


# --- never in a redacted export ----------------------------------------------------------------


@pytest.mark.parametrize("level", REDACTED)
def test_a_redacted_export_ties_to_no_case_and_names_nobody(level: Redaction) -> None:
    text = all_of(leaving(usual(), level))
    whole = all_of(leaving(usual()))
    for secret in (
        "K7Q-4MD-001",
        (bytes(15) + b"\x01").hex(),
        bytes(range(32)).hex(),
        LINK,
        "secret_total",
        FILE.sha256,
        FILE.blob.hex(),
        "np.jpg",
        "canary-phrase",
        "canary-duress",
        "1234-5678",
        "81901234567",
        "XJ",
        "night",
    ):
        assert secret in whole, secret
        assert secret not in text, secret


@pytest.mark.parametrize("level", REDACTED)
def test_nobody_sees_that_somebody_complied(level: Redaction) -> None:
    codes = [("RS-PART",), ("RS-DID", "RS-TOLD"), ("RS-REFUSED",)]
    told_apart = [
        all_of(leaving(told(("A2", Codes(codes=("CP",))), ("R1", Codes(codes=one))), level))
        for one in codes
    ]
    silent = all_of(leaving(told(("A2", Codes(codes=("CP",)))), level))
    assert set(told_apart) == {silent}
    assert PRESSURE in leaving(usual()).cautions


@pytest.mark.parametrize("level", Redaction)
def test_how_much_is_sealed_to_the_lead_is_never_told(level: Redaction) -> None:
    told_of = json.loads(jsonl.line(leaving(usual(), level))).get("sealed_to_others", {})
    assert told_of == ({"relatives": 1} if level is Redaction.NONE else {})


def test_whole_exports_warn_of_what_they_hold() -> None:
    assert {WHOLE, DURESS, PHRASE, PRESSURE} <= set(leaving(usual()).cautions)
    plain = leaving(told(("A2", Codes(codes=("CP",)))))
    assert not {DURESS, PHRASE, PRESSURE} & set(plain.cautions)


def test_an_answer_of_a_compartment_is_known_by_its_seal_not_by_its_name() -> None:
    casefile = told(("OWN1", Words(words="hidden"), "lead"), ("OWN2", Words(words="shown")))
    assert questions(leaving(casefile, Redaction.DIRECT)) == ["OWN2"]


# --- the two levels ----------------------------------------------------------------------------


def test_direct_keeps_the_story_and_warns_that_names_are_not_found() -> None:
    extract = leaving(usual(), Redaction.DIRECT)
    text = all_of(extract)
    assert WORDS["ug"] in text
    assert "They came again." in text
    assert "[number]" in text
    assert {"A1", "A2", "A3", "A3Y", "A4", "C2", "N"} < set(questions(extract))
    assert MASKED in extract.cautions
    (together,) = [one for one in extract.cautions if "stand together" in one]
    assert together.startswith("Age, place, time, language and own words")


def test_contextual_keeps_codes_that_describe_nobody() -> None:
    extract = leaving(usual(), Redaction.CONTEXTUAL)
    assert questions(extract) == ["A2"]
    assert (extract.language, extract.day, extract.added) == ("", "2026", ())
    assert WORDS["ug"] not in all_of(extract)
    assert "2024" not in all_of(extract)


def test_contextual_keeps_nothing_of_a_form_that_it_does_not_know() -> None:
    form = FormRef(id="own-form", version="1", sha256="ab" * 32)
    casefile = told(("A2", Codes(codes=("CP",))), form=form)
    assert leaving(casefile, Redaction.CONTEXTUAL).replies == ()


def test_a_pseudonym_is_always_the_same_and_leads_nowhere() -> None:
    one, other = pseudonym(bytes(16)), pseudonym(bytes(15) + b"\x01")
    assert one == pseudonym(bytes(16)) != other
    assert leaving(usual(), Redaction.DIRECT).number == other


def test_the_checklist_asks_what_no_machine_knows() -> None:
    assert all(one.endswith("?") for one in CHECKLIST)
    assert "job, age, city and family" in CHECKLIST[0]


# --- masking -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("call +81 90-1234-5678 now", "call [number] now"),
        ("打电话13812345678给我", "打电话[number]给我"),
        ("電話は０９０－１２３４－５６７８です", "電話は[number]です"),
        ("تېلېفون ٠٩٠١٢٣٤٥٦٧", "تېلېفون [number]"),
        ("13\u200b81\u200b23\u200b45678", "[number]"),
        ("一三八一二三四五六七八", "[number]"),
        ("passport E12345678, card AB12345678CD", "passport [number], card [number]"),
        ("身份证11010519491231002X。", "身份证[number]。"),
        ("write to a.b+c@mail.example.org please", "write to [mail] please"),
        ("a.b (at) example.org", "[mail]"),
        ("ａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "[mail]"),
        ("he is @some_body on it", "he is [handle] on it"),
        ("微信号：wolf_88，晚上", "[handle]，晚上"),
        ("my WeChat id is wolf88x", "my [handle]"),
        ("see https://vk.com/id1?x=2 there", "see [link] there"),
        ("请看t.me/wolf88。谢谢", "请看[link]。谢谢"),
        ("12 Baker Street, at night", "[address], at night"),
        ("Hauptstraße 12a im Ort", "[address] im Ort"),
        ("新宿区西新宿2丁目8-1に", "[address]に"),
        ("朝阳区建国路88号", "[address]"),
    ],
)
def test_what_a_pattern_finds_is_masked(words: str, left: str) -> None:
    assert masked(words) == left


@pytest.mark.parametrize(
    "words",
    [
        *WORDS.values(),
        "on 2024-05-17 at 12:30, and on 17.05.2024",
        "from 2019-2020, 3 men, 500 yuan, 10,000 in all",
        "2019/11 was the worst",
    ],
)
def test_a_story_its_days_and_small_numbers_stay(words: str) -> None:
    assert masked(words) == words


def test_masking_never_fails_and_is_quick() -> None:
    started = process_time()
    for words in (
        "@" * 5000,
        "1 " * 5000,
        "a." * 5000,
        "http://" * 2000,
        "路" * 5000,
        "a b " * 3000,
    ):
        masked(words)
    assert process_time() - started < 5  # of the computer's own time, however busy it is


@pytest.mark.parametrize("number", [12345, -81901234567])
def test_a_long_number_is_masked_as_well(number: int) -> None:
    text = all_of(leaving(told(("N", Number(number=number))), Redaction.DIRECT))
    assert str(abs(number)) not in text
