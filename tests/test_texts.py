"""Texts: whole messages in one language, isolated values, honest status. Fixtures only."""

import datetime
import timeit
from collections.abc import Callable
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import BadStatusFile, ForbiddenReserve, TextFault, UnknownLanguage
from bot.texts import Layer, Status, Texts, load, offered, shipped
from bot.texts.languages import LANGUAGES
from bot.texts.messages import Parser
from bot.texts.scripts import (
    FSI,
    PDI,
    RLM,
    begin_rtl,
    bidi_marks,
    contained,
    has_han,
    isolates_close,
    strip_isolates,
)
from bot.texts.status import Record, fingerprint, render

ENGLISH = {
    "line.ftl": """
button-skip = Skip
greet = Hello { $name }, your code is { $code }.
left = { $n ->
    [one] { $n } question left.
   *[other] { $n } questions left.
 }
only-english = Not translated yet.
word-stop = stop | stop and delete
""",
    "safety.ftl": "notice = Nothing is kept.\nwarn = Leave { $place } now.\n",
}
UYGHUR = {
    "line.ftl": """
button-skip = ئاتلاش
greet = { $name }، كودىڭىز { $code }.
left = { $n ->
    [one] { $n } سوئال قالدى.
   *[other] { $n } سوئال قالدى.
 }
word-stop = توختات | stop
""",
    "safety.ftl": "notice = ھېچنېمە ساقلانمايدۇ.\nwarn = { $place } دىن ھازىر كېتىڭ.\n",
}
CHINESE = {"line.ftl": "button-skip = 跳过\nonly-english = 还没有译文。\n"}
LAYER: Layer = {"en": ENGLISH, "ug": UYGHUR, "zh-Hans": CHINESE}
DAY = datetime.date(2026, 11, 22)


def record(text: str, source: str, status: Status = Status.REVIEWED) -> Record:
    return Record(
        status=status,
        by="native reviewer",
        date=DAY,
        source=fingerprint(source),
        text=fingerprint(text),
    )


def reviewed(files: dict[str, str], *names: str, tag: str = "en") -> Layer:
    """Return a layer that records messages as reviewed as they stand in LAYER."""
    mine = Texts({tag: files}).catalogue(tag).messages
    english = Texts({"en": ENGLISH}).catalogue("en").messages
    records = {name: record(mine[name].source, english[name].source) for name in names}
    return {tag: {"status.toml": render(records)}}


# --- rendering ---------------------------------------------------------------------------------


def test_a_value_stands_in_an_isolate() -> None:
    text = Texts(LAYER).render("en", "greet", name="Ada", code="123")
    assert text == f"Hello {FSI}Ada{PDI}, your code is {FSI}123{PDI}."


def test_a_value_cannot_leave_its_isolate() -> None:
    text = Texts(LAYER).render("en", "greet", name="a\u2069\u202eb", code="1")
    assert text == f"Hello {FSI}ab{PDI}, your code is {FSI}1{PDI}."


def test_numbers_choose_the_plural_and_are_not_grouped() -> None:
    texts = Texts(LAYER)
    assert strip_isolates(texts.render("en", "left", n=1)) == "1 question left."
    assert strip_isolates(texts.render("en", "left", n=2026)) == "2026 questions left."
    assert strip_isolates(texts.render("en", "left", n="1")) == "1 question left."


def test_a_word_where_a_number_chooses_is_a_fault() -> None:
    with pytest.raises(TextFault, match=r"`left` cannot be shown: \$n is a str"):
        Texts(LAYER).render("en", "left", n="many")


def test_a_line_in_uyghur_always_starts_right_to_left() -> None:
    texts = Texts(LAYER)
    assert texts.render("ug", "button-skip") == "ئاتلاش"
    assert texts.render("ug", "warn", place="Paris").startswith(RLM + FSI)
    assert strip_isolates(texts.render("ug", "left", n=3)) == "3 سوئال قالدى."
    assert texts.render("ug", "left", n=3).startswith(RLM)


def test_a_missing_value_raises_and_names_no_value() -> None:
    with pytest.raises(TextFault) as caught:
        Texts(LAYER).render("en", "greet", name="Ada Lovelace")
    assert str(caught.value) == "The text en `greet` cannot be shown: no value for $code."
    assert "Ada" not in repr(caught.value)


def test_a_value_too_long_for_a_message_raises() -> None:
    with pytest.raises(TextFault):
        Texts(LAYER).render("en", "greet", name="x" * 3000, code="1")


def test_a_missing_message_raises() -> None:
    with pytest.raises(TextFault, match="there is no such message"):
        Texts(LAYER).render("ug", "only-english")


def test_words_are_listed() -> None:
    catalogue = Texts(LAYER).catalogue("en")
    assert catalogue.words("word-stop") == ("stop", "stop and delete")
    with pytest.raises(TextFault, match="lists no words"):
        Texts({"en": {"line.ftl": 'word-no = { "" }\n'}}).catalogue("en").words("word-no")


# --- what cannot be read -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("broken = { $x\n", "unreadable"),
        ("a = one\na = two\n", "twice"),
        ("a = one\n  .title = two\n", "attribute"),
        ("a = one\nb = { a }\n", "reference"),
        ("-brand = x\n", "term"),
        ("b = { -brand }\n", "reference"),
        ("b = { NUMBER($n) }\n", "reference"),
    ],
)
def test_what_fluent_would_swallow_raises(text: str, rule: str) -> None:
    with pytest.raises(TextFault, match=rule):
        Texts({"en": {"line.ftl": text}})


def test_a_folder_that_is_no_language_is_refused() -> None:
    with pytest.raises(UnknownLanguage, match="tlh"):
        Texts({"tlh": {"line.ftl": "a = b\n"}})


# --- production: a person always gets a whole message --------------------------------------------


def production(**reserves: tuple[str, ...]) -> tuple[Texts, list[str]]:
    faults: list[str] = []
    return Texts(LAYER, reserves=reserves, on_fault=faults.append), faults


def test_a_missing_message_comes_whole_in_the_reserve_language() -> None:
    texts, faults = production()
    assert not texts.strict
    assert texts.render("ug", "only-english") == "Not translated yet."
    assert faults == ["only-english"]


def test_a_broken_message_comes_whole_in_the_reserve_language() -> None:
    faults: list[str] = []
    broken: Layer = {**LAYER, "ug": {"line.ftl": "button-skip = { $oh\n"}}
    texts = Texts(broken, on_fault=faults.append)
    assert faults == ["button-skip"]  # told once at the start
    assert texts.render("ug", "button-skip") == "Skip"
    assert faults == ["button-skip", "button-skip"]


def test_a_person_is_never_left_without_a_reply() -> None:
    texts, faults = production()
    assert texts.render("ug", "nowhere") == "…"
    assert texts.render("en", "greet", name="Ada") == "…"
    assert texts.render("tlh", "button-skip") == "Skip"
    assert faults == ["nowhere", "nowhere", "greet", "button-skip"]


def test_a_question_is_shown_whole_in_one_language() -> None:
    texts, _ = production()
    assert texts.language_for("ug", ["button-skip", "notice"]) == "ug"
    assert texts.language_for("ug", ["button-skip", "only-english"]) == "en"


@pytest.mark.parametrize("tag", ["ug"])
@pytest.mark.parametrize("reserve", ["zh-Hans", "zh-Hant", "yue-Hant"])
def test_chinese_never_stands_in_for_uyghur(tag: str, reserve: str) -> None:
    with pytest.raises(ForbiddenReserve, match=f"Readers of {tag} may not be shown {reserve}"):
        Texts(LAYER, reserves={tag: [reserve]})


def test_one_chinese_script_never_stands_in_for_the_other() -> None:
    with pytest.raises(ForbiddenReserve):
        Texts(LAYER, reserves={"zh-Hans": ["zh-Hant"]})


# --- layers and folders --------------------------------------------------------------------------


def test_an_organisations_text_wins_and_stays_in_its_block() -> None:
    texts = Texts(LAYER, {"en": {"own.ftl": "notice = We keep nothing.\n"}})
    catalogue = texts.catalogue("en")
    assert texts.render("en", "notice") == "We keep nothing."
    assert catalogue.messages["notice"].file == "safety.ftl"
    assert texts.render("en", "button-skip") == "Skip"


def test_folders_are_read_as_they_lie(tmp_path: Path) -> None:
    for tag, files in LAYER.items():
        (tmp_path / tag).mkdir()
        for name, text in files.items():
            (tmp_path / tag / name).write_text(text, encoding="utf-8")
    (tmp_path / ".git").mkdir()
    (tmp_path / "ug" / "notes.txt").write_text("not a text")
    texts = load(tmp_path)
    assert texts.tags == ("en", "ug", "zh-Hans")
    assert texts.sha256("ug") == Texts(LAYER).sha256("ug")


# --- hashes --------------------------------------------------------------------------------------


def test_the_hash_is_of_what_is_shown_and_of_nothing_else() -> None:
    same: Layer = {"en": {"all.ftl": "# A note.\nb = { $x }  \na =   one\n"}}
    plain: Layer = {"en": {"a.ftl": "a = one\n", "b.ftl": "b = {$x}\n"}}
    other: Layer = {"en": {"a.ftl": "a = one\n", "b.ftl": "b = {$y}\n"}}
    assert Texts(same).sha256("en") == Texts(plain).sha256("en")
    assert Texts(other).sha256("en") != Texts(plain).sha256("en")


def test_the_hash_of_the_consent_texts_covers_them_alone() -> None:
    texts = Texts(LAYER)
    changed = Texts(LAYER, {"en": {"own.ftl": "button-skip = Jump\n"}})
    assert texts.consent_sha256("en", ["warn", "notice"]) == changed.consent_sha256(
        "en", ["notice", "warn"]
    )
    assert texts.sha256("en") != changed.sha256("en")
    with pytest.raises(TextFault, match="no such message"):
        texts.consent_sha256("zh-Hans", ["notice"])


# --- status ----------------------------------------------------------------------------------------


def test_without_a_record_every_text_is_a_draft() -> None:
    catalogue = Texts(LAYER).catalogue("en")
    assert catalogue.status("notice") is Status.DRAFT
    assert catalogue.is_draft
    assert not catalogue.safety_reviewed


def test_a_recorded_review_counts_while_both_texts_stay() -> None:
    review = reviewed(UYGHUR, "notice", "warn", tag="ug")
    catalogue = Texts(LAYER, review).catalogue("ug")
    assert catalogue.status("notice") is Status.REVIEWED
    assert catalogue.safety_reviewed
    assert catalogue.is_draft  # the rest is not reviewed


def test_a_changed_text_falls_back_to_draft() -> None:
    review = reviewed(UYGHUR, "notice", "warn", tag="ug")
    changed: Layer = {"ug": {"own.ftl": "notice = باشقا.\n"}}
    catalogue = Texts(LAYER, changed, review).catalogue("ug")
    assert catalogue.status("notice") is Status.DRAFT
    assert not catalogue.safety_reviewed


def test_a_text_whose_english_changed_is_stale() -> None:
    review = reviewed(UYGHUR, "notice", "warn", tag="ug")
    changed: Layer = {"en": {"own.ftl": "notice = Something else.\n"}}
    catalogue = Texts(LAYER, changed, review).catalogue("ug")
    assert catalogue.status("notice") is Status.STALE
    assert not catalogue.safety_reviewed


def test_a_missing_safety_text_is_never_reviewed() -> None:
    assert Texts(LAYER).catalogue("zh-Hans").status("notice") is Status.MISSING
    assert not Texts(LAYER).catalogue("zh-Hans").safety_reviewed


def test_no_safety_block_is_not_a_reviewed_one() -> None:
    texts: Layer = {"en": {"line.ftl": "a = b\n"}}
    assert not Texts(texts).catalogue("en").safety_reviewed


def test_ids_of_the_form_can_belong_to_the_safety_block() -> None:
    review = reviewed(UYGHUR, "notice", "warn", tag="ug")
    assert not Texts(LAYER, review, safety=["left"]).catalogue("ug").safety_reviewed


def test_the_organisations_status_wins() -> None:
    shipped = reviewed(UYGHUR, "notice", "warn", tag="ug")
    text = Texts(LAYER).catalogue("ug").messages["notice"].source
    own: Layer = {
        "ug": {
            "status.toml": render({"notice": record(text, "Nothing is kept.", Status.DRAFT)}),
        }
    }
    assert Texts(LAYER, shipped, own).catalogue("ug").status("notice") is Status.DRAFT


@pytest.mark.parametrize(
    "text",
    [
        "[notice",
        'notice = "reviewed"',
        '[notice]\nstatus = "stale"\nby = "x"\ndate = 2026-11-22\nsource = "a"\ntext = "b"\n',
        '[notice]\nstatus = "draft"\nby = "x"\ndate = "2026"\nsource = "a"\ntext = "b"\n',
        '[notice]\nstatus = "draft"\nby = "x"\ndate = 2026-11-22\nsource = "a"\n',
        '[notice]\nstatus = "draft"\nby = "x"\ndate = 2026-11-22\nsource = "a"\ntext = "b"\nx = 1\n',
    ],
)
def test_a_status_file_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadStatusFile, match=r"ug/status\.toml"):
        Texts(LAYER, {"ug": {"status.toml": text}})


# --- what is offered -------------------------------------------------------------------------------


def test_an_unreviewed_language_is_offered_only_when_asked_for() -> None:
    texts = Texts(LAYER, reviewed(UYGHUR, "notice", "warn", tag="ug"))
    languages = ["zh-Hans", "ug", "en"]
    assert offered(texts, languages=languages, offer_drafts=[]) == ("ug",)
    assert offered(texts, languages=languages, offer_drafts=["en"]) == ("ug", "en")


def test_a_language_without_texts_cannot_be_offered() -> None:
    with pytest.raises(UnknownLanguage, match="ja"):
        offered(Texts(LAYER), languages=["ja"], offer_drafts=[])


# --- scripts and names -----------------------------------------------------------------------------


@given(st.text())
def test_a_contained_value_closes_what_it_opens(text: str) -> None:
    assert isolates_close(contained(text))
    assert not set(bidi_marks(contained(text))) & set("\u202a\u202b\u202c\u202d\u202e")
    assert strip_isolates(contained(text)) == strip_isolates(text)


@given(st.text(alphabet="aئ1 \n\u2068\u2069"))
def test_marking_lines_adds_marks_only(text: str) -> None:
    marked = begin_rtl(text)
    assert marked.replace(RLM, "") == text
    assert begin_rtl(marked) == marked
    assert all(line[0] in {RLM, "ئ"} for line in map(str.strip, marked.split("\n")) if line)


def test_han_letters_are_seen() -> None:
    assert has_han("abc 的")
    assert has_han("𠮷")
    assert not has_han("ئۇيغۇرچە, “abc”, ひらがな")


def test_no_language_is_named_after_a_territory_by_others() -> None:
    assert LANGUAGES["zh-Hant-HK"].autonym == "繁體中文（香港）"
    assert all("中國" not in known.autonym for known in LANGUAGES.values())
    assert [tag for tag, known in LANGUAGES.items() if known.direction == "rtl"] == [
        "ug", "kk-Arab", "ar", "fa", "fa-AF", "ps", "ckb", "ur",
    ]  # fmt: skip


def test_rendering_is_fast() -> None:
    """Well under 30 microseconds on an idle machine; ten times that here, which is shared."""
    texts = Texts(LAYER)
    calls: list[Callable[[], str]] = [
        lambda: texts.render("ug", "greet", name="ئايگۈل", code="12345"),
        lambda: texts.render("ug", "left", n=3),
        lambda: texts.render("ug", "button-skip"),
    ]
    for call in calls:
        call()
        assert min(timeit.repeat(call, number=100, repeat=10)) / 100 < 300e-6


@given(st.text(alphabet='ab =#-.{}$"[]*>0ئ\r\n', max_size=60).map("a = ".__add__))
@example("a = b\r\n    c\rd\r\nb = { $a } } x\n")
def test_text_is_read_as_the_library_reads_it(text: str) -> None:
    assert Parser().parse(text).to_json() == FluentParser().parse(text).to_json()


def test_the_shipped_texts_are_read_as_the_library_reads_them() -> None:
    files = sorted(Path(str(shipped())).glob("*/*.ftl"))
    assert files
    for file in files:
        text = file.read_text("utf-8")
        assert Parser().parse(text).to_json() == FluentParser().parse(text).to_json()
