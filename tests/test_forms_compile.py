"""A form's file becomes the form that the engine walks, with the words of every language."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.engine.answers import normalise
from bot.engine.model import Command, Form, Kind, Question
from bot.errors import FormFaults, VersionNotRaised
from bot.forms import texts as form_texts
from bot.forms import workbooks, xlsform
from bot.forms.compile import check_version, compile_form
from bot.texts import Texts
from tests.forms.tables import CONSENT, Rows, source

LINE = {
    "en": "word-skip = skip | next one\nword-yes = yes | yeah\nword-no = no\nbutton-back = Back",
    "ug": "word-skip = ئاتلا\nword-yes = ھەئە\nword-no = ياق",
    "zh-Hans": "word-skip = 跳过 | 下一题\nword-yes = 是\nword-no = 否 | 没有",
}
FORM = {
    "zh-Hans": "c-kind-A = 信件\nc-kind-B = 电话\nc-kind-UNK = 不知道",
    "ug": "c-kind-A = خەت\nc-kind-B = تېلېفون\nc-country-TR-words = تۈركىيە | تۈرك",
}
TEXTS = Texts(
    {tag: {"line.ftl": text} for tag, text in LINE.items()},
    {tag: {"test.ftl": text} for tag, text in FORM.items()},
)
LANGUAGES = ("en", "zh-Hans", "ug")
CHOICES: Rows = (
    {"list_name": "kind", "name": "A", "label": "A letter", "short": "yes"},
    {"list_name": "kind", "name": "B", "label": "A call"},
    {"list_name": "kind", "name": "UNK", "label": "I do not know"},
    {"list_name": "country", "name": "TR", "label": "Turkey"},
    {"list_name": "country", "name": "JP", "label": "Japan"},
)


def compiled(survey: Rows, choices: Rows = CHOICES, **more: Rows | bool) -> Form:
    return compile_form(source(survey, choices, **more), TEXTS, languages=LANGUAGES)


def ask(type_: str, name: str = "q", **cells: str) -> dict[str, str]:
    row = {"type": type_, "name": name, "label": f"What of {name}?"}
    return {**row, **{column.replace("__", "::"): cell for column, cell in cells.items()}}


def only(survey: Rows) -> Question:
    return compiled(survey).question("q")


# --- questions --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("note", Kind.NOTE),
        ("text", Kind.TEXT),
        ("string", Kind.TEXT),
        ("select_one kind", Kind.ONE),
        ("select one kind", Kind.ONE),
        ("select1 kind", Kind.ONE),
        ("select_multiple kind", Kind.MANY),
        ("select all that apply from kind", Kind.MANY),
        ("select_one country", Kind.COUNTRY),
        ("integer", Kind.INTEGER),
        ("date", Kind.WHEN),
        ("acknowledge", Kind.ACKNOWLEDGE),
        ("image", Kind.FILE),
        ("video", Kind.FILE),
        ("audio", Kind.FILE),
        ("file", Kind.FILE),
    ],
)
def test_each_type_has_its_kind(type_: str, kind: Kind) -> None:
    assert only([ask(type_)]).kind is kind


def test_audio_with_voice_is_a_voice_note() -> None:
    assert only([ask("audio", appearance="voice")]).kind is Kind.VOICE


@pytest.mark.parametrize("type_", ["file", "image", "video", "audio"])
def test_several_files_are_taken_as_several_messages_are(type_: str) -> None:
    assert only([ask(type_, appearance="multiline")]).several
    assert only([ask("audio", appearance="voice multiline")]).several
    assert not only([ask(type_)]).several


def test_a_question_has_what_its_row_says() -> None:
    row = ask(
        "select_one kind",
        relevant="${ok} = 'yes'",
        choice_filter="short = 'yes'",
        guidance_hint="To know.",
        required="yes",
        bot__sensitive="yes",
        bot__alert="A",
        bot__digest="yes",
    )
    question = only([row])
    assert question.row == 5
    assert [(c.code, c.columns) for c in question.choices] == [
        ("A", {"name": "A", "short": "yes"}),
        ("B", {"name": "B", "short": ""}),
        ("UNK", {"name": "UNK", "short": ""}),
    ]
    assert question.relevant is not None
    assert question.relevant.names == {"ok"}
    assert question.choice_filter is not None
    assert question.choice_filter.columns == {"short"}
    assert question.required
    assert question.sensitive
    assert question.digest
    assert question.why
    assert not question.constraint_text
    assert (question.alert, question.consent, question.compartment) == ("A", "", "general")


def test_a_text_of_several_messages_and_a_compartment() -> None:
    question = only([ask("text", appearance="multiline", bot__compartment="relatives")])
    assert question.several
    assert question.compartment == "relatives"
    assert not question.required


def test_notes_may_end_and_may_show_lines() -> None:
    rows = [ask("note", "q", bot__lines="yes"), ask("note", "z", relevant="${ok} = 'no'")]
    form = compiled(rows)
    assert form.question("q").lines
    assert form.question("bye").end
    assert not form.question("z").end


def test_a_constraint_and_its_words() -> None:
    question = only([ask("integer", constraint=". < 120", constraint_message="Too old.")])
    assert question.constraint is not None
    assert question.constraint_text


# --- groups and repeats -----------------------------------------------------------------

NESTED: Rows = (
    ask("begin group", "outer", relevant="${ok} = 'yes'"),
    ask("begin repeat", "people"),
    ask("begin group", "inner"),
    ask("text", "who"),
    {"type": "end group"},
    {"type": "end repeat"},
    ask("text", "after"),
    {"type": "end group"},
)


def test_groups_know_their_parents_and_questions_their_groups() -> None:
    form = compiled(NESTED)
    assert form.groups["inner"].parents == ("outer", "people")
    assert form.groups["outer"].relevant is not None
    assert [g.repeat for g in (form.groups["outer"], form.groups["people"])] == [False, True]
    assert form.question("who").groups == ("outer", "people", "inner")
    assert form.question("who").repeat == "people"
    assert form.question("after").groups == ("outer",)
    assert form.question("after").repeat == ""


def test_a_repeat_ends_with_add_another() -> None:
    form = compiled(NESTED)
    assert [q.name for q in form.questions] == ["ok", "bye", "who", "people", "after"]
    again = form.question("people")
    assert again.kind is Kind.AGAIN
    assert again.repeat == "people"
    assert again.groups == ("outer", "people")
    assert [c.code for c in again.choices] == ["yes", "no"]
    assert form.words[again.list_name] == {
        **dict.fromkeys(map(normalise, ("yes", "yeah", "是", "ھەئە")), "yes"),
        **dict.fromkeys(map(normalise, ("no", "否", "没有", "ياق")), "no"),
    }


def test_two_repeats_in_a_row_each_ask_for_another() -> None:
    one, two = ask("begin repeat", "a"), ask("begin repeat", "b")
    end = {"type": "end repeat"}
    form = compiled([one, ask("text", "x"), end, two, ask("text", "y"), end])
    assert [q.name for q in form.questions][2:] == ["x", "a", "y", "b"]


# --- what the state must keep -----------------------------------------------------------


def test_only_what_a_rule_still_needs_is_routed() -> None:
    survey = [
        ask("text", "story"),
        ask("select_one kind", "plain"),
        ask("select_one kind", "shown", bot__digest="yes"),
        ask("integer", "age"),
        ask("select_one kind", "counted"),
        {"type": "calculate", "name": "sum", "calculation": "${age} + 1"},
        ask("select_one kind", "blank"),
        ask("select_one kind", "filtered", choice_filter="${counted} = 'A' or short = ''"),
        ask("date", "since"),
        ask("note", "n", relevant="${story} != '' and ${blank} = '' and ${sum} > 3"),
    ]
    settings = [{"form_id": "f", "version": "1", "bot::enough": "${story} != '' or ${plain} = 'A'"}]
    triage = [{"level": "U2", "when": "${since} > '2024'"}, {"level": "U4", "when": "true()"}]
    form = compiled(survey, settings=settings, triage=triage)
    assert form.routing == {"ok", "plain", "shown", "age", "counted", "since"}
    assert [rule.level for rule in form.triage] == ["U2", "U4"]
    assert form.enough is not None


def test_a_country_is_routed_when_there_are_lines_for_it() -> None:
    survey = [ask("select_one country", "where"), ask("note", "help")]
    assert "where" not in compiled(survey).routing
    for lines in ("yes", "crisis", "Crisis"):
        form = compiled([survey[0], {**survey[1], "bot::lines": lines}])
        assert "where" in form.routing
        assert form.by_name["help"].lines
        assert form.by_name["help"].crisis is (lines != "yes")


# --- words ------------------------------------------------------------------------------


def test_words_of_every_language_and_the_codes_name_a_choice() -> None:
    words = compiled([ask("select_one kind")]).words["kind"]
    assert words["a letter"] == words["信件"] == words[normalise("خەت")] == words["a"] == "A"
    assert words["i do not know"] == words["不知道"] == words["unk"] == "UNK"


def test_a_country_has_more_names() -> None:
    words = compiled([ask("select_one country")]).words["country"]
    assert (
        words["turkey"]
        == words["tr"]
        == words[normalise("تۈرك")]
        == words[normalise("تۈركىيە")]
        == "TR"
    )


def test_a_word_that_means_two_things_means_nothing() -> None:
    choices = [
        {"list_name": "kind", "name": "A", "label": "Home"},
        {"list_name": "kind", "name": "B", "label": "信件"},
    ]
    form = compiled([ask("select_one kind")], choices)
    assert "信件" not in form.words["kind"]
    assert form.words["kind"]["home"] == "A"


def test_a_column_of_the_form_wins_over_the_catalogue() -> None:
    column = "label::简体中文 (zh-Hans)"
    survey = [ask("select_one kind", **{column: "什么？"})]
    mine = [{**CHOICES[0], column: "来信"}, *CHOICES[1:3]]
    rest = "q-ok = 可以吗？\nq-bye = 好的。\nc-yesno-yes = 是\nc-yesno-no = 否\n" + FORM["zh-Hans"]
    texts = Texts({"en": {"line.ftl": LINE["en"]}, "zh-Hans": {"test.ftl": rest}})
    form = compile_form(
        source(survey, mine), texts, languages=("en", "zh-Hans"), drafts=("zh-Hans", "ja")
    )
    words = form.words["kind"]
    assert words["来信"] == "A"
    assert words["电话"] == "B"
    assert "信件" not in words
    assert form.labels["zh-Hans"] == {"q-q": "什么？", "c-kind-A": "来信"}
    assert form.drafts == {"zh-Hans"}


def test_command_words_of_every_language() -> None:
    form = compiled([ask("text")])
    assert (
        form.commands["skip"]
        is form.commands["跳过"]
        is form.commands[normalise("ئاتلا")]
        is Command.SKIP
    )
    assert form.commands["next one"] is Command.SKIP
    assert form.commands["back"] is Command.BACK
    assert {command.value for command in Command} <= form.commands.keys()


def test_a_command_word_of_two_commands_is_none_but_english_names_stay() -> None:
    clash = {"ug": {"line.ftl": "word-skip = توختا | stop\nword-stop = توختا"}}
    form = compile_form(
        source([ask("text")]),
        Texts({"en": {"line.ftl": LINE["en"]}}, clash),
        languages=("en", "ug"),
    )
    assert normalise("توختا") not in form.commands
    assert form.commands["stop"] is Command.STOP


def test_languages_and_months_by_their_own_names() -> None:
    form = compiled([ask("date")])
    assert form.autonyms["english"] == "en"
    assert form.autonyms["简体中文"] == form.autonyms["zh-hans"] == "zh-Hans"
    assert form.autonyms[normalise("ئۇيغۇرچە")] == "ug"
    assert form.months["december"] == form.months["dec"] == form.months["十二月"] == 12
    assert form.months[normalise("يانۋار")] == 1
    assert all(1 <= month <= 12 for month in form.months.values())


# --- texts ------------------------------------------------------------------------------


def test_the_forms_own_words_become_texts() -> None:
    survey = [ask("text", "story", hint="Slowly.", guidance_hint="To know.")]
    read = source(survey)
    english = form_texts.english(read)
    assert english["q-story"] == "What of story?"
    assert english["q-story-hint"] == "Slowly."
    assert english["q-story-why"] == "To know."
    assert english["c-yesno-no"] == "No"
    assert compile_form(read, TEXTS, languages=("en",)).labels == {"en": english}


def test_the_forms_own_words_are_rendered_by_the_catalogues() -> None:
    survey = [
        {"type": "note", "name": "n", "label": "This is { $org }."},
        {"type": "note", "name": "m", "label": "[1] * first\n\n  .second  "},
        {"type": "begin group", "name": "g", "label": "No one reads this { "},
        ask("text"),
        {"type": "end group"},
    ]
    book = workbooks.workbook(
        {
            "survey": [
                ["type", "name", "label", "required", "relevant", "bot::consent", "bot::end"],
                *(
                    [row.get(c, "") for c in ("type", "name", "label", "required", "relevant")]
                    + [row.get("bot::consent", ""), row.get("bot::end", "")]
                    for row in (*CONSENT, *survey)
                ),
            ],
            "choices": [
                ["list_name", "name", "label"],
                ["yesno", "yes", "Y"],
                ["yesno", "no", "N"],
            ],
            "settings": [["form_id", "version"], ["f", "1"]],
        }
    )
    form = compile_form(xlsform.read(book, "f.xlsx"), TEXTS, languages=("en",))
    assert "q-g" not in form.labels["en"]
    texts = Texts(form_texts.layer(form.labels, form.id))
    assert texts.render("en", "q-n", org="Garden Desk") == "This is \u2068Garden Desk\u2069."
    assert texts.render("en", "q-m") == "[1] * first\n\n.second"


def test_words_that_are_no_fluent_do_not_break_the_catalogues() -> None:
    rows = [ask("text", "fine"), ask("text", "not fine"), {**ask("text", "odd"), "label": "Dear {"}]
    own = form_texts.labels(source(rows))
    texts = Texts(form_texts.layer(own, "test"))
    assert texts.catalogue("en").has("q-fine")
    assert not texts.catalogue("en").has("q-odd")


# --- refusals and versions --------------------------------------------------------------


def test_a_form_with_faults_is_refused_with_all_of_them() -> None:
    with pytest.raises(FormFaults) as refused:
        compiled([ask("geopoint", "a"), ask("text", "b c")])
    assert [f.column for f in refused.value.findings] == ["type", "name"]
    assert str(refused.value) == (
        "The form test.md has faults (2), the first: survey, line 5, type: `geopoint` cannot be "
        "used here: the line never asks for a place on a map; ask for a country or a region. "
        "`quietline forms check` lists all of them."
    )


def test_a_file_that_is_no_form_is_refused() -> None:
    with pytest.raises(FormFaults, match="empty"):
        compile_form(xlsform.read(b"", "form.md"), TEXTS, languages=("en",))


def test_a_form_keeps_the_hash_of_its_file() -> None:
    data = (Path(xlsform.__file__).parent / "starter.md").read_bytes()
    read = xlsform.read(data, "starter.md")
    form = compile_form(read, TEXTS, languages=("en",))
    assert (form.id, form.version, form.sha256) == ("starter", "1", read.sha256)
    assert form.languages == ("en",)


def test_a_changed_form_has_a_higher_version() -> None:
    old = compiled([ask("text")])
    changed = compiled([ask("integer")])
    assert old.sha256 != changed.sha256
    with pytest.raises(VersionNotRaised):
        check_version(old, changed)
    check_version(old, old)
    check_version(old, replace(changed, version="2"))
    check_version(replace(old, version="9"), replace(changed, version="10"))
    check_version(old, replace(changed, id="other"))
