"""The checks of a form: each fault is found where it stands, and a sound form has none."""

from pathlib import Path

import pytest

from bot.errors import Severity
from bot.forms import vocabulary as v
from bot.forms import workbooks, xlsform
from bot.forms.lint import check
from bot.forms.report import MOST_FINDINGS
from bot.texts import Texts
from tests.forms import tables
from tests.forms.tables import CONSENT, SETTINGS, YESNO, Rows, source

FORMS = Path(__file__).parent / "forms"


def said(survey: Rows, choices: Rows = (), **more: Rows | bool) -> list[str]:
    return [f"{found.severity}: {found}" for found in check(source(survey, choices, **more))]


def note(**cells: str) -> dict[str, str]:
    return {"type": "note", "name": "n", "label": "A note.", **named(cells)}


def ask(type_: str, name: str = "q", **cells: str) -> dict[str, str]:
    return {"type": type_, "name": name, "label": f"What of {name}?", **named(cells)}


def named(cells: dict[str, str]) -> dict[str, str]:
    return {column.replace("__", "::"): cell for column, cell in cells.items()}


def choice(list_name: str, name: str, label: str = "", **cells: str) -> dict[str, str]:
    return {"list_name": list_name, "name": name, "label": label or f"Choice {name}", **cells}


# --- whole forms ------------------------------------------------------------------------


def test_a_text_with_twenty_faults_gives_twenty_findings() -> None:
    found = check(xlsform.read((FORMS / "twenty-faults.md").read_bytes(), "twenty-faults.md"))
    assert [(f.sheet, f.row, f.column) for f in found] == [
        ("survey", 5, "label"),
        ("survey", 7, "bot::end"),
        ("survey", 8, "type"),
        ("survey", 9, "name"),
        ("survey", 11, "name"),
        ("survey", 12, "relevant"),
        ("survey", 13, "type"),
        ("survey", 14, "relevant"),
        ("survey", 15, "relevant"),
        ("survey", 16, "bot::alert"),
        ("survey", 16, "relevant"),
        ("survey", 17, "bot::digest"),
        ("survey", 18, "calculation"),
        ("survey", 21, "label"),
        ("survey", 22, "type"),
        ("choices", 30, "name"),
        ("choices", 31, "name"),
        ("settings", 37, "form_id"),
        ("settings", 37, "version"),
        ("triage", 41, "level"),
    ]
    assert {f.severity for f in found} == {Severity.ERROR}
    assert str(found[2]) == (
        "survey, line 8, type: `selectone yesno` is no type of question; did you mean select_one?"
    )


def test_a_workbook_with_twenty_faults_gives_twenty_findings() -> None:
    found = check(xlsform.read((FORMS / "twenty-faults.xlsx").read_bytes(), "twenty-faults.xlsx"))
    assert [(f.sheet, f.row, f.column) for f in found] == [
        ("survey", 1, "bot::digset"),
        ("survey", 1, "label"),
        ("survey", 1, "relevent"),
        ("survey", 2, "type"),
        ("survey", 3, "required"),
        ("survey", 4, "name"),
        ("survey", 6, "label::Français (fr)"),
        ("survey", 7, "type"),
        ("survey", 8, "name"),
        ("survey", 9, "label::English (en)"),
        ("survey", 11, "relevant"),
        ("survey", 13, "type"),
        ("survey", 17, "default"),
        ("survey", 17, "label::English (en)"),
        ("survey", 20, "type"),
        ("choices", 56, "name"),
        ("choices", 57, "label::English (en)"),
        ("settings", 2, "version"),
        ("settings", 3, ""),
        ("setings", 0, ""),
    ]
    assert "did you mean settings?" in found[-1].message
    assert "row 7, type: 52 choices are too many" in str(found[7])


def test_a_sound_form_has_no_findings() -> None:
    survey = [
        ask("text", "story", relevant="${ok} = 'yes'", appearance="multiline"),
        ask("select_multiple kind", "kinds", choice_filter="short = '' or ${ok} = 'yes'"),
        ask("integer", "age", constraint=". >= 18", constraint_message="Please."),
        ask("begin repeat", "others"),
        ask("select_one yesno", "known", bot__compartment="relatives"),
        {"type": "end repeat"},
        {"type": "calculate", "name": "many", "calculation": "count(${others})"},
        note(relevant="${many} > 1 and ${story} != ''"),
    ]
    kinds = [choice("kind", "A", short="yes"), choice("kind", "UNK", "I do not know")]
    triage = [{"level": "U1", "when": "selected(${kinds}, 'A')"}, {"level": "U4", "when": "true()"}]
    assert said(survey, kinds, triage=triage) == []


# --- one fault each ---------------------------------------------------------------------

TEXT = ask("text", "story")
SURVEY_FAULTS: list[tuple[Rows, str]] = [
    ([{"name": "q", "label": "?"}], "line 5, type: there is no type"),
    ([ask("geopoint")], "the line never asks for a place on a map"),
    ([ask("decimal")], "use integer"),
    ([ask("select_one")], "after select_one comes the name of a list"),
    ([ask("select_one yesno or_other")], "`or_other` is not understood"),
    ([ask("text please")], "nothing comes after text, but `please` does"),
    ([ask("select_one yesnno")], "did you mean yesno?"),
    ([ask("select one from file x.csv")], "put the choices on the choices sheet"),
    ([{"type": "text", "label": "?"}], "name: there is no name"),
    ([ask("text", "1st")], "cannot be a name"),
    ([ask("text", "x" * 33)], "cannot be a name"),
    ([ask("text", "Language")], "a word of the line itself"),
    ([ask("text", "added")], "a word of the line itself"),
    ([ask("text", "a-why")], "a name does not end in"),
    ([ask("text", "q-telegram")], "a name does not end in"),
    (
        [TEXT, ask("text", "Story")],
        "is already the name in line 5 (`story`: capitals do not count)",
    ),
    ([{"type": "text", "name": "q"}], "label: there are no words here to show"),
    ([note(required="yes")], "a note has no answer"),
    ([note(bot__compartment="lead")], "a note has no answer"),
    ([note(constraint=". > 1")], "a note has no answer"),
    ([ask("file", constraint=". != 'x'")], "a rule cannot look into a file"),
    ([ask("image", bot__digest="yes")], "this is for questions with choices, not for image"),
    ([ask("text", choice_filter="a = ''")], "this is for questions with choices, not for text"),
    ([ask("text", bot__digest="yes")], "this is for questions with choices, not for text"),
    ([ask("text", bot__alert="yes")], "this is for questions with choices, not for text"),
    ([ask("text", bot__end="yes")], "this is for notes, not for text"),
    ([ask("text", bot__lines="yes")], "this is for notes, not for text"),
    ([ask("integer", calculation="1 + 1")], "only calculate has a calculation"),
    ([{"type": "calculate", "name": "q"}], "what is calculated?"),
    ([ask("text", required="perhaps")], "this is yes or blank, not `perhaps`"),
    ([ask("note", **{"bot::lines": "all"})], "this is yes, crisis or blank, not `all`"),
    ([ask("text", appearance="multi-line")], "did you mean multiline?"),
    ([ask("integer", appearance="multiline")], "`multiline` is not for integer"),
    ([ask("integer", constraint_message="Too old.")], "there is no constraint"),
    ([ask("text", bot__compartment="The Lead")], "cannot name a compartment"),
    ([ask("select_one yesno", bot__digest="yes", bot__compartment="lead")], "goes to everyone"),
    ([ask("select_one yesno", bot__alert="ja")], "`ja` is no code of the list `yesno`"),
    ([ask("select_one yesno", bot__consent="Yes")], "`Yes` is no code"),
    ([ask("select_multiple yesno", bot__consent="yes")], "consent is one answer"),
    ([ask("end group", "")], "end group ends nothing"),
    ([ask("begin group", "g"), TEXT], "begin group `g` is never ended"),
    ([ask("begin_group", "g"), {"type": "end_group"}], "there is no question in this group"),
    ([ask("begin group", "g", bot__sensitive="yes"), TEXT, ask("end group")], "not for a group"),
    ([ask("begin group", "story"), TEXT, ask("end group", "")], "is already the name"),
    (
        [ask("begin repeat", "r"), ask("select_one yesno", bot__digest="yes"), ask("end repeat")],
        "no room for a repeated answer",
    ),
    (
        [ask("begin repeat", "r"), ask("select_one yesno", bot__consent="yes"), ask("end repeat")],
        "consent cannot be given in a repeat",
    ),
    ([{"type": "begin repeat", "name": "r"}, TEXT, ask("end repeat")], "no words here to show"),
]


@pytest.mark.parametrize(("survey", "message"), SURVEY_FAULTS, ids=[m for _, m in SURVEY_FAULTS])
def test_a_fault_of_the_survey_is_found(survey: Rows, message: str) -> None:
    assert message in "\n".join(said(survey))


EXPRESSION_FAULTS: list[tuple[Rows, str]] = [
    ([TEXT, note(relevant="${stroy} != ''")], "no question is named `stroy`; did you mean story?"),
    ([note(relevant="selectd(${ok}, 'yes')")], "relevant: at character 1 of the expression:"),
    ([note(relevant="selected(${ok})")], "selected"),
    ([note(relevant="${ok} = ‘yes’")], "warning: survey, line 5, relevant:"),
    ([TEXT, note(relevant="string-length(${story}) > 3")], "a person's own words"),
    ([TEXT, note(relevant="contains(${story}, 'x')")], "a person's own words"),
    ([note(), ask("text", relevant="${n} = 'x'")], "`n` is a note and has no answer"),
    ([ask("text", relevant="${q} = ''")], "this looks at its own answer"),
    ([ask("text", "a", relevant="${b} = ''"), ask("text", "b")], "`b` is asked later, in line 6"),
    (
        [
            ask("integer", "a", relevant="${sum} > 1"),
            ask("integer", "b"),
            {"type": "calculate", "name": "sum", "calculation": "${b} + 1"},
        ],
        "`b` (through `sum`) is asked later, in line 6",
    ),
    (
        [
            ask("integer", "a", relevant="${sum} > 1"),
            {"type": "calculate", "name": "sum", "calculation": "${a} + 1"},
        ],
        "this looks at its own answer (through `sum`)",
    ),
    ([ask("integer", constraint="${q} > 1")], "write . for the answer itself, not ${q}"),
    ([ask("integer", constraint="${ok} = 'yes'")], "this does not look at the answer"),
    ([ask("integer", relevant=". > 1")], "there is no answer yet that . could stand for"),
    ([note(relevant="${ok} = 'ja'")], "`ja` is no code of the list `yesno`"),
    ([note(relevant="'yess' != ${ok}")], "`yess` is no code of the list `yesno`; did you mean yes"),
    ([note(relevant='selected( ${ok} , "ye")')], "`ye` is no code"),
    ([ask("select_one yesno", choice_filter="colour = 'red'")], "no column `colour`"),
    (
        [ask("begin group", "g"), TEXT, ask("end group", ""), note(relevant="${g} = ''")],
        "`g` is a group and has no answer",
    ),
    (
        [ask("begin repeat", "r"), TEXT, ask("end repeat", ""), note(relevant="${r} > 1")],
        "`r` is a repeat: write count(${r})",
    ),
    ([note(relevant="count(${ok}) > 1")], "count() counts the rounds of a repeat"),
    (
        [
            ask("begin repeat", "r"),
            ask("integer", "age"),
            ask("end repeat", ""),
            note(relevant="${age} > 1"),
        ],
        "write sum(), min(), max() or join()",
    ),
    ([{"type": "calculate", "name": "a", "calculation": "${a} + 1"}], "its own result: a → a"),
    (
        [
            {"type": "calculate", "name": "a", "calculation": "${b}"},
            {"type": "calculate", "name": "b", "calculation": "${c}"},
            {"type": "calculate", "name": "c", "calculation": "${b}"},
        ],
        "its own result: b → c → b",
    ),
]


@pytest.mark.parametrize(
    ("survey", "message"), EXPRESSION_FAULTS, ids=[m for _, m in EXPRESSION_FAULTS]
)
def test_a_fault_of_an_expression_is_found(survey: Rows, message: str) -> None:
    assert message in "\n".join(said(survey))


def test_an_expression_may_look_at_all_rounds_of_a_repeat() -> None:
    survey = [
        ask("begin repeat", "r"),
        ask("integer", "age"),
        ask("integer", "years", constraint=". < ${age}"),
        {"type": "end repeat"},
        note(relevant="sum(${age}) > 1 and max( ${age} ) > 2"),
    ]
    assert said(survey) == []


CHOICE_FAULTS: list[tuple[Rows, str]] = [
    ([choice("", "a")], "of which list is this a choice?"),
    ([choice("my list", "a")], "`my list` cannot name a list"),
    ([choice("again", "a")], "`again` is a list of the line"),
    ([choice("l", "")], "the choice has no code"),
    ([choice("l", "a b")], "a code has no spaces"),
    ([choice("l", "a.b")], "letters of a to z, digits, - and _"),
    ([choice("l", "a"), choice("l", "A", "Other")], "`A` is already in the list `l`, line 11"),
    ([choice("l", "a", "Same."), choice("l", "b", "SAME")], "stands for two choices"),
    ([choice("l", "a", "2")], "who answers 2 chooses number 2 of the list, and this is number 1"),
    ([choice("l", "a", "٢")], "who answers 2 chooses"),
    ([choice("l", "a"), choice("unused", "a")], "no question uses the list `unused`"),
    ([choice("l", "a", colour="red")], "no choice_filter uses this column"),
    ([choice("l", "a", "x" * 101)], "the choice has 101 bytes"),
    ([choice("l", "a", "{ $org }")], "a choice is said in fixed words"),
    ([choice("l", f"c{i}") for i in range(51)], "51 choices are too many to read in a chat"),
]


@pytest.mark.parametrize(("choices", "message"), CHOICE_FAULTS, ids=[m for _, m in CHOICE_FAULTS])
def test_a_fault_of_the_choices_is_found(choices: Rows, message: str) -> None:
    found = said([ask("select_one l"), ask("select_one again", "x")], choices)
    assert message in "\n".join(found)


def test_a_long_list_may_be_typed_or_filtered() -> None:
    many = [choice("country", f"c{i}") for i in range(60)]
    assert said([ask("select_one country")], many) == []
    long = [choice("l", f"c{i}", part="a") for i in range(60)]
    filtered = ask("select_one l", choice_filter="part = 'a'")
    assert said([filtered], long) == []
    plain = [choice("l", f"c{i}") for i in range(60)]
    assert said([ask("select_one l", appearance="autocomplete")], plain) == []


def test_two_choices_with_one_text_id_are_found() -> None:
    survey = [ask("select_one a", "q"), ask("select_one a-b", "r")]
    found = said(survey, [choice("a", "b-c"), choice("a-b", "c")])
    assert "cannot be told from" in "\n".join(found)


SETTINGS_FAULTS: list[tuple[Rows, str]] = [
    ((), "the form has no sheet settings"),
    ([{"form_id": "f"}], "there is no such column"),
    ([{"form_id": "f", "version": "1"}, {"form_id": "g", "version": "2"}], "one row only"),
    ([{"form_id": "Form 1", "version": "1"}], "`Form 1` cannot be a form_id"),
    ([{"form_id": "f", "version": "v2"}], "`v2` is no version"),
    ([{"form_id": "f", "version": "1", "default_language": "Klingon"}], "names no language"),
    ([{"form_id": "f", "version": "1", "default_language": "Chinese (zh)"}], "two scripts"),
    ([{"form_id": "f", "version": "1", "public_key": "MII"}], "sealed to the line's own"),
    ([{"form_id": "f", "version": "1", "bot::enough": "${x} != ''"}], "no question is named `x`"),
    ([{"form_id": "f", "version": "1", "titel": "x"}], "the line knows no such column"),
]


@pytest.mark.parametrize(
    ("settings", "message"), SETTINGS_FAULTS, ids=[m for _, m in SETTINGS_FAULTS]
)
def test_a_fault_of_the_settings_is_found(settings: Rows, message: str) -> None:
    assert message in "\n".join(said([TEXT], settings=settings))


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"level": "U0", "when": "true()"}, "`U0` is no level"),
        ({"level": "", "when": "true()"}, "which level?"),
        ({"level": "U1", "when": ""}, "when does this level hold?"),
        ({"level": "U1", "when": "${x} = 1"}, "no question is named `x`"),
        ({"level": "U1", "when": "1 +"}, "at character"),
    ],
)
def test_a_fault_of_the_triage_is_found(rule: dict[str, str], message: str) -> None:
    assert message in "\n".join(said([TEXT], triage=[rule]))


def test_a_digest_that_would_not_fit_an_index_entry_is_found() -> None:
    codes = [choice("l", f"A-LONG-CODE-{i:02d}") for i in range(20)]
    found = said([ask("select_multiple l", bot__digest="yes")], codes)
    assert "there is room for 512" in "\n".join(found)
    assert said([ask("select_one l", bot__digest="yes")], codes) == []


@pytest.mark.parametrize(
    ("title", "message"),
    [
        ("survye", "error: survye: this sheet is not read; did you mean survey?"),
        ("entities", "error: entities: the line does not use this sheet"),
        ("remarks", "warning: remarks: this sheet is not read"),
    ],
)
def test_a_sheet_that_is_not_ours_is_told(title: str, message: str) -> None:
    given = {**tables.sheets([TEXT]), title: [["a"], ["b"]]}
    found = check(xlsform.read(workbooks.workbook(given), "form.xlsx"))
    assert next(f"{f.severity}: {f}" for f in found if f.sheet == title).startswith(message)


def test_a_form_that_asks_nothing_is_found() -> None:
    assert "the form asks nothing" in "\n".join(
        said([{"type": "calculate", "name": "a", "calculation": "1"}], consent=False)
    )


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("lost \N{REPLACEMENT CHARACTER} letters", "letters were lost here"),
        ("a\x07bell", "unreadable characters here (U+0007)"),
        ("x" * 1801, "has 1801 bytes"),
        ("ئ" * 901, "has 1802 bytes"),
        ("Dear ${q}", "cannot repeat an earlier answer"),
        ("Dear { $name }", "no value named `name`"),
        ("Dear { name }", "braces { } hold a value of the line"),
        ("Dear {", "braces { } hold a value of the line"),
    ],
)
def test_words_that_cannot_be_shown_are_found(label: str, message: str) -> None:
    assert message in "\n".join(said([{"type": "text", "name": "q", "label": label}]))


def test_a_direction_mark_in_a_rule_is_found() -> None:
    assert "invisible direction mark" in "\n".join(said([note(relevant="${ok} = 'yes'\u200f")]))


def test_too_many_questions_are_found_once() -> None:
    survey = [ask("text", f"q{i}") for i in range(v.MOST_QUESTIONS + 1)]
    assert len(said(survey)) == 1
    assert "at most 300 questions" in said(survey)[0]


def test_there_is_an_end_to_findings() -> None:
    survey = [ask("geopoint", f"q {i}") for i in range(MOST_FINDINGS)]
    assert len(said(survey)) == MOST_FINDINGS


# --- languages --------------------------------------------------------------------------

EN, FR = "label::English (en)", "label::Français (fr)"


def in_two(*survey: dict[str, str]) -> list[str]:
    settings = [{"form_id": "f", "version": "1", "default_language": "English (en)"}]
    consent = {
        **CONSENT[0],
        "type": "select_one yn",
        "bot::consent": "y",
        EN: "May we?",
        FR: "Oui ?",
    }
    end = {**CONSENT[1], "relevant": "${ok} = 'n'", EN: "Bye.", FR: "Au revoir."}
    del consent["label"], end["label"]
    rows = {
        "survey": [consent, end, *survey],
        "choices": [
            {"list_name": "yn", "name": "y", EN: "Yes", FR: "Oui"},
            {"list_name": "yn", "name": "n", EN: "No", FR: "Non"},
        ],
        "settings": settings,
    }
    made = {}
    for name, cells in rows.items():
        columns = list(dict.fromkeys(c for row in cells for c in row))
        made[name] = [columns, *([row.get(c, "") for c in columns] for row in cells)]
    found = check(xlsform.read(workbooks.workbook(made), "form.xlsx"))
    return [f"{f.severity}: {f}" for f in found]


def test_a_form_in_two_languages_is_sound() -> None:
    assert in_two({"type": "text", "name": "q", EN: "What?", FR: "Quoi ?"}) == []


def test_a_missing_translation_is_found_in_its_cell() -> None:
    assert in_two({"type": "text", "name": "q", EN: "What?"}) == [
        "error: survey, row 4, label::Français (fr): the words in Français (fr) are missing (80 %)"
    ]


def test_a_missing_translation_of_a_hint_is_a_warning() -> None:
    row = {"type": "text", "name": "q", EN: "What?", FR: "Quoi ?", "hint::English (en)": "Say."}
    assert in_two(row) == [
        "warning: survey, hint: there is no column hint in Français (fr) (83 % of all texts)"
    ]


def test_a_language_that_nobody_knows_is_found() -> None:
    row = {"type": "text", "name": "q", EN: "What?", FR: "Quoi ?", "label::Lojban": "ma"}
    assert "names no language" in in_two(row)[0]


def test_a_label_beside_labels_of_languages_is_a_language_without_name() -> None:
    settings = [{"form_id": "f", "version": "1"}]
    rows = [{**CONSENT[0], FR: "Pouvons-nous ?"}, CONSENT[1]]
    found = said(rows, [{**YESNO[0], FR: "Oui"}], settings=settings, consent=False)
    assert sum("this one has no language" in line for line in found) == 2
    named_ = said(rows, settings=SETTINGS, consent=False)
    assert "this one has no language" not in "\n".join(named_)


def test_a_default_language_without_words_is_found() -> None:
    settings = [{"form_id": "f", "version": "1", "default_language": "Français (fr)"}]
    rows = [{"type": "text", "name": "q", EN: "What?"}]
    found = said(rows, settings=settings, consent=False)
    assert not any("has no words in" in line for line in found), "the choices are in French"
    alone = {
        "survey": [["type", "name", EN], ["text", "q", "What?"]],
        "settings": [["form_id", "version", "default_language"], ["f", "1", "Français (fr)"]],
    }
    found_alone = check(xlsform.read(tables.text(alone).encode(), "form.md"))
    assert "the form has no words in `Français (fr)`, only in en" in str(found_alone)


def test_the_catalogues_count_as_translations() -> None:
    survey = [ask("text", "story")]
    whole = "q-ok = ?\nq-bye = ?\nq-story = ?\nc-yesno-yes = Oui\nc-yesno-no = Non\n"
    assert check(source(survey), Texts({"fr": {"test.ftl": whole}})) == []
    part = whole.replace("q-story = ?\n", "")
    found = [str(f) for f in check(source(survey), Texts({"fr": {"test.ftl": part}}))]
    assert found == [
        "Français (fr): 80 % of the form's texts are in the catalogue",
        "survey, line 5, label: the text q-story is missing in Français (fr) (80 %)",
    ]
    begun = [str(f) for f in check(source(survey), Texts({"fr": {"test.ftl": "q-ok = ?\n"}}))]
    assert begun == ["Français (fr): 20 % of the form's texts are in the catalogue"]
    assert check(source(survey), Texts({"fr": {"other.ftl": "q-other = ?\n"}})) == []


def test_a_translation_that_fits_no_button_is_found() -> None:
    long = "q-ok = ?\nq-bye = ?\nq-story = ?\nc-yesno-yes = " + "é" * 51 + "\nc-yesno-no = Non\n"
    found = [str(f) for f in check(source([TEXT]), Texts({"fr": {"test.ftl": long}}))]
    assert found == [
        "choices, line 8, label: in Français (fr) the choice has 102 bytes and would not fit a button (100)"
    ]


# --- the way through --------------------------------------------------------------------


def test_a_form_without_consent_is_found() -> None:
    assert "no question asks for consent" in "\n".join(said([TEXT], consent=False))


@pytest.mark.parametrize("type_", ["text", "integer", "date", "file", "select_one yesno"])
def test_an_answer_before_consent_that_would_be_lost_is_found(type_: str) -> None:
    found = said([ask(type_, "early"), *CONSENT], consent=False)
    assert "asked before consent can be given (`ok`), and no rule needs it" in "\n".join(found)


def test_an_answer_before_consent_that_a_rule_needs_is_sound() -> None:
    survey = [
        ask("select_one yesno", "safe"),
        note(relevant="${safe} = 'no'", bot__end="yes"),
        *CONSENT,
        TEXT,
    ]
    assert said(survey, consent=False) == []


def test_a_question_that_goes_round_consent_is_found() -> None:
    survey = [
        ask("select_one yesno", "danger"),
        {**CONSENT[0], "relevant": "${danger} = 'no'", "required": "yes"},
        note(relevant="${ok} = 'no'", bot__end="yes"),
        TEXT,
    ]
    found = said(survey, consent=False)
    assert len(found) == 1
    assert "`story` can be asked although nobody has consented (where danger is" in found[0]


def test_the_end_after_a_no_keeps_the_rest_behind_consent() -> None:
    survey = [
        {**CONSENT[0], "required": "yes"},
        note(relevant="${ok} = 'no'", bot__end="yes"),
        TEXT,
    ]
    assert said(survey, consent=False) == []


@pytest.mark.parametrize(
    "relevant",
    [
        "${ok} = 'yes' and ${ok} = 'no'",
        "selected(${kinds}, 'A') and not(selected(${kinds}, 'A'))",
        "${often} > 5 and ${often} < 3",
        "${story} = '' and ${story} != ''",
        "${never} = 'yes'",
        "${both} = '1' and ${ok} = 'no'",
        "false()",
    ],
)
def test_a_question_that_nobody_reaches_is_found(relevant: str) -> None:
    survey = [
        TEXT,
        ask("select_multiple kind", "kinds"),
        ask("integer", "often"),
        ask("select_one yesno", "never", relevant="${ok} = 'yes' and ${ok} != 'yes'"),
        {"type": "calculate", "name": "both", "calculation": "if(${ok} = 'yes', 1, 0)"},
        ask("text", "last", relevant=relevant),
    ]
    found = said(survey, [choice("kind", "A"), choice("kind", "B")])
    assert any("no answers lead to `last`" in line for line in found)


@pytest.mark.parametrize(
    "relevant",
    [
        "${ok} = 'yes' or ${ok} = 'no'",
        "selected(${kinds}, 'A') and selected(${kinds}, 'B')",
        "${often} > 5 and ${often} < 7",
        "${story} != '' and ${kinds} = ''",
        "${since} < today()",
        "count-selected(${kinds}) > 1",
        "${town} = 'T40' and ${town} != 'T41'",
        "${both} = '1'",
        "${since} = '2024'",
    ],
)
def test_a_question_that_somebody_reaches_is_sound(relevant: str) -> None:
    survey = [
        TEXT,
        ask("select_multiple kind", "kinds"),
        ask("integer", "often"),
        ask("date", "since"),
        ask("select_one town", "town"),
        {"type": "calculate", "name": "both", "calculation": "if(${ok} = 'yes', 1, 0)"},
        ask("text", "last", relevant=relevant),
    ]
    towns = [choice("town", f"T{i}") for i in range(45)]
    assert said(survey, [choice("kind", "A"), choice("kind", "B"), *towns]) == []


def test_a_question_in_a_group_that_nobody_enters_is_found() -> None:
    survey = [
        ask("begin group", "g", relevant="${ok} = 'yes' and ${ok} = 'no'"),
        TEXT,
        {"type": "end group"},
    ]
    assert any("no answers lead to `story`" in line for line in said(survey))


def test_a_form_of_many_rules_is_checked_in_good_time() -> None:
    # Every question looks at ten others: far more combinations than are tried.
    survey = [
        ask(
            "select_multiple kind",
            f"q{i}",
            relevant=" and ".join(
                f"not(selected(${{q{j}}}, 'A'))" for j in range(max(0, i - 10), i)
            ),
        )
        for i in range(200)
    ]
    assert said(survey, [choice("kind", c) for c in "ABCD"]) == []


# --- pyxform's opinion ------------------------------------------------------------------


def test_pyxform_is_asked_when_we_have_found_nothing() -> None:
    found = said([ask("text", "meta")])
    assert len(found) == 1
    assert "pyxform says: On the 'survey' sheet, the 'name' value 'meta' is invalid" in found[0]
    both = said([ask("text", "meta"), ask("geopoint")])
    assert "pyxform" not in "\n".join(both)


def test_what_pyxform_refuses_is_told_with_our_row() -> None:
    made = tables.sheets([TEXT])
    made["survey"][0][0] = "typ"
    read = xlsform.read(tables.text(made).encode(), "form.md")
    said_ = [str(f) for f in workbooks.second_opinion(read)]
    assert said_
    assert all("pyxform says" in line or "pyxform cannot" in line for line in said_)
