"""Expressions of forms: what each gives, what each fault says, and that nothing else ever happens.

Where XPath 1.0 decides, `elementpath` is asked as well, in test_expressions_oracle.py.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from itertools import product
from typing import Never

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.engine.expressions import Expression, Value, compile  # noqa: A004 - the verb
from bot.engine.expressions.functions import FUNCTIONS, MAX_REGEX_TEXT
from bot.engine.expressions.lexer import CURLY_WARNING, MAX_LENGTH, MAX_TOKENS, SPACE_WARNING
from bot.engine.expressions.parser import MAX_DEPTH, MAX_HEIGHT
from bot.errors import ExpressionError, ExpressionFault
from tests.expression_context import Answers, same

PERSON = Answers(
    answers={
        "types": "CP RT-2 DA",
        "age": "17",
        "score": 2.5,
        "words": "secret words",
        "day": "2026-11-20",
        "month": "2026-11",
        "year": "2026",
        "old": "2024",
        "past": "2024-05",
    },
    rounds={
        "child": ["", "", ""],
        "child_age": ["7", "", "11"],
        "name": ["a", "b", ""],
        "none": [],
    },
    self_="2021-05",
    columns={"region": "north", "name": "n1"},
    position=3,
    now=datetime(2026, 11, 22, 23, 59, 58, 123456, tzinfo=UTC),
)


def worked_out(source: str) -> Value:
    return compile(source).evaluate(PERSON)


# --- what functions give -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # choices
        ("selected(${types}, 'DA')", True),
        ("selected(${types}, ' DA ')", True),
        ("selected(${types}, 'RT')", False),
        ("selected(${types}, '')", False),
        ("selected(${types}, 'CP RT-2')", False),
        ("selected(${nothing}, 'CP')", False),
        ("selected(., '2021-05')", True),
        ("count-selected(${types})", 3.0),
        ("count-selected(${nothing})", 0.0),
        ("selected-at(${types}, 0)", "CP"),
        ("selected-at(${types}, 2.9)", "DA"),
        ("selected-at(${types}, 3)", ""),
        ("selected-at(${types}, -1)", ""),
        ("selected-at(${types}, 0 div 0)", ""),
        ("selected-at(${types}, 1 div 0)", ""),
        # truths and branches
        ("true()", True),
        ("false()", False),
        ("not(${nothing})", True),
        ("not('false')", False),
        ("if(${age} < 18, 'minor', 'adult')", "minor"),
        ("if(${nothing}, 'minor', if(1, 'adult', 'else'))", "adult"),
        ("coalesce(${nothing}, ${age})", "17"),
        ("coalesce('', '', 0)", 0.0),
        ("coalesce('', '')", ""),
        ("coalesce(${age}, ${nothing})", "17"),
        ("once('new')", "2021-05"),
        # days
        ("today()", "2026-11-22"),
        ("now()", "2026-11-22T23:59:58+00:00"),
        ("decimal-date-time('1970-01-02')", 1.0),
        ("decimal-date-time('1971')", 365.0),
        ("decimal-date-time('1970-02')", 31.0),
        ("decimal-date-time('1970-01-01T12:00')", 0.5),
        ("decimal-date-time('1970-01-01T12:00:00+02:00')", 10 / 24),
        ("decimal-date-time('1970-01-01T06:00:00.000Z')", 0.25),
        ("decimal-date-time('1969-12-31')", -1.0),
        ("decimal-date-time(7)", 7.0),
        ("decimal-date-time('yesterday')", math.nan),
        ("decimal-date-time('2026-02-29')", math.nan),
        ("decimal-date-time('2026-13')", math.nan),
        ("decimal-date-time('0000')", math.nan),
        ("decimal-date-time('1970-01-01T25:00')", math.nan),
        ("decimal-date-time('0001-01-01T00:00+23:59')", -719162.9993055556),
        # numbers
        ("number('17') + 1", 18.0),
        ("number('seventeen')", math.nan),
        ("number('1970-01-11')", 10.0),
        ("number(' -.5 ')", -0.5),
        ("number('+5')", math.nan),
        ("number('1e3')", math.nan),
        ("number('1_0')", math.nan),
        ("number('\x0b5')", math.nan),
        ("number('٣')", math.nan),  # the engine writes an answer's digits as ASCII
        ("int('12.9')", 12.0),
        ("int(-12.9)", -12.0),
        ("int('x')", math.nan),
        ("int(1 div 0)", math.inf),
        ("round(2.5)", 3.0),
        ("round(-2.5)", -2.0),
        ("1 div round(-0.2)", -math.inf),
        ("round('x')", math.nan),
        ("round(1 div 0)", math.inf),
        ("round(1.005, 2)", 1.01),
        ("round(-1.25, 1)", -1.2),
        ("round(1234, -2)", 1200.0),
        ("round(1.5, 0 div 0)", math.nan),
        ("round(1.5, 1 div 0)", 1.5),
        ("round(1.5, -1 div 0)", 0.0),
        # texts
        ("string(1 div 3)", "0.3333333333333333"),
        ("string(true())", "true"),
        ("string-length(${words})", 12.0),
        ("string-length('ئۇيغۇر')", 6.0),
        ("normalize-space('  a \n\t b ')", "a b"),
        ("contains(${words}, 'ret w')", True),
        ("contains(${words}, '')", True),
        ("starts-with(${words}, 'secret')", True),
        ("starts-with(${words}, 'words')", False),
        ("substring('12345', 2, 3)", "234"),
        ("substring('12345', 1.5, 2.6)", "234"),
        ("substring('12345', 0 div 0)", ""),
        ("substring('12345', -1 div 0, 1 div 0)", ""),
        ("substring('12345', -42, 1 div 0)", "12345"),
        ("substr('12345', 1, 3)", "23"),
        ("substr('12345', -2)", "45"),
        ("substr('12345', 1, -1)", "234"),
        ("substr('12345', 1 div 0)", ""),
        ("substr('12345', -1 div 0, 1 div 0)", "12345"),
        ("substr('12345', 0 div 0)", ""),
        ("regex(., '[0-9]{4}(-[0-9]{2})?')", True),
        ("regex(., '[0-9]{4}')", False),  # the whole text, as ODK has it
        ("regex(., '^20.*$')", True),
        ("regex('شىنجاڭ', '\\p{Arabic}+')", True),
        ("regex('', '')", True),
        ("concat('a', 1, true(), ${nothing})", "a1true"),
        ("concat('a')", "a"),
        ("join(', ', ${name})", "a, b, "),
        ("join('-', 'a', 1, ${age})", "a-1-17"),
        ("join('-', ${none})", ""),
        # repeats
        ("position(..)", 3.0),
        ("count(${child})", 3.0),
        ("count(${none})", 0.0),
        ("sum(${child_age})", 18.0),
        ("sum(${none})", 0.0),
        ("min(${child_age})", 7.0),
        ("max(${child_age})", 11.0),
        ("max(${none})", math.nan),
        ("max(${name})", math.nan),
        ("min(3, '', ${age}, 20)", 3.0),
        ("max(3, ${age})", 17.0),
    ],
)
def test_a_function_gives(source: str, expected: Value) -> None:
    assert same(worked_out(source), expected)


def test_every_function_has_an_example_that_compiles_and_a_test() -> None:
    (cases,) = test_a_function_gives.pytestmark  # type: ignore[attr-defined]
    tried = " ".join(source for source, _ in cases.args[1])
    for name, function in FUNCTIONS.items():
        assert compile(function.example, choice_names=True).source == function.example
        assert f"{name}(" in tried


# --- empty, numbers, truths --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("${nothing} = ''", True),
        ("${words} != ''", True),
        ("${score} = ''", False),
        ("${score} != ''", True),
        ("${age} = 17", True),
        ("${age} = '17'", True),
        ("${age} = '17.0'", False),
        ("${age} = 17.0", True),
        ("'10' > '9'", True),
        ("'b' > 'a'", False),  # order is of numbers: neither is one
        ("'a' < 'b'", False),
        ("${nothing} < 18", False),
        ("${nothing} >= 18", False),
        ("${nothing} = 0", False),
        ("${nothing} != 18", True),
        ("0 div 0 = 0 div 0", False),
        ("${nothing} = false()", True),
        ("'false' = true()", True),
        ("1 < 2 = true()", True),
        (".5 + .5 = 1.", True),
        ("- - 1 = 1", True),
        ("2 - -1 = 3", True),
        ("${age}-1 = 16", True),
        ("${ age } = 17", True),
        ("${age}\n=\t17", True),
        ("1 or 0 and 0", True),
        ("(1 or 0) and 0", False),
        ("'a' and 'b' or ''", True),
        ("${types} and ${nothing}", False),
        ("1 div 0 > 5", True),
        ("-1 div 0 < 5", True),
        ("5 mod 0 = 5 mod 0", False),
        ("-7 mod 3 = -1", True),
    ],
)
def test_values_compare_as_texts_unless_a_side_is_a_number(source: str, expected: bool) -> None:
    assert worked_out(source) is expected


# --- dates -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("${day} <= today()", True),
        ("${day} < today()", True),
        ("${day} > today()", False),
        ("${day} >= '2026-11-20'", True),
        ("${day} = '2026-11-20'", True),
        ("'2026-11-23' > today()", True),
        ("today() < now()", True),
        # coarse dates: as finely as the coarser one says
        ("${month} <= today()", True),
        ("${month} < today()", False),
        ("${month} >= today()", True),
        ("today() <= ${month}", True),
        ("'2026-12' > today()", True),
        ("${year} <= today()", True),
        ("${year} < today()", False),
        ("'2027' <= today()", False),
        ("${old} < ${month}", True),
        ("${old} < ${past}", False),
        ("${old} <= ${past}", True),
        ("${past} < ${month}", True),
        ("${old} < ${year}", True),
        ("'2026-13' <= today()", False),
        ("today() >= '2026-02-30'", False),
        # equality is of texts
        ("${month} = today()", False),
        ("${month} = '2026-11'", True),
        # days as numbers
        ("${day} >= today() - 7", True),
        ("${day} >= today() - 1", False),
        ("${past} < today() - 365", True),
        ("today() - ${day} = 2", True),
        ("int((today() - '2008-01-01') div 365.25)", 18.0),
        ("${day} = number(today()) - 2", True),
    ],
)
def test_dates_compare_as_dates(source: str, expected: Value) -> None:
    assert worked_out(source) == expected


def test_today_is_the_day_of_the_event() -> None:
    event = Answers(now=datetime(1999, 12, 31, 1, 2, tzinfo=UTC))
    assert compile("today()").text(event) == "1999-12-31"
    assert compile("substring(now(), 1, 16)").text(event) == "1999-12-31T01:02"


# --- what an expression reads ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "names", "compared"),
    [
        ("1 = 1", "", ""),
        ("${a} = ''", "a", ""),
        ("'' != ${a}", "a", ""),
        ('(${a}) = ("")', "a", ""),
        ("${a} = '' or ${b} != ''", "a b", ""),
        ("not(${a} = '') and 1", "a", ""),
        ("${a} = '' or ${a} = 'x'", "a", "a"),
        ("${a} > ''", "a", "a"),
        ("${a} = ' '", "a", "a"),
        ("${a} = ${b}", "a b", "a b"),
        ("concat(${a}, '') = ''", "a", "a"),
        ("${a}", "a", "a"),
        ("string-length(${a}) > 0 and ${b} != ''", "a b", "a"),
        ("count(${r}) > sum(${x})", "r x", "r x"),
        ("if(${a} = '', ${b}, ${c} != '')", "a b c", "b"),
        ("${a-1} = ${b.c}", "a-1 b.c", "a-1 b.c"),
    ],
)
def test_an_expression_knows_the_names_it_reads(source: str, names: str, compared: str) -> None:
    expression = compile(source)
    assert expression.names == set(names.split())
    assert expression.compared == set(compared.split())


def test_an_expression_knows_what_else_it_reads() -> None:
    assert compile(". > 1").uses_self
    assert compile("once(today())").uses_self
    assert not compile("${a} = 0.5 and position(..) > 1").uses_self
    assert compile("count(${r}) + sum(${x})").counted == {"r"}


def test_only_a_choice_filter_reads_columns() -> None:
    expression = compile("region = ${region} and name != 'n2' and count = ''", choice_names=True)
    assert expression.columns == {"region", "name", "count"}
    assert expression.names == {"region"}
    assert not expression.true(PERSON)
    assert compile("region = 'north' and div = ''", choice_names=True).true(PERSON)
    with pytest.raises(ExpressionFault):
        compile("region = 'north'")


def test_an_expression_can_be_shown_and_compared_without_its_closures() -> None:
    assert compile("1 = 1") == compile("1 = 1")
    assert "0x" not in repr(compile("${a} = 1"))


# --- what word processors do -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "warnings"),
    [
        ("${age} = ‘17’", [CURLY_WARNING]),
        ("${age} = “17”", [CURLY_WARNING]),
        ("${age} = ”17”", [CURLY_WARNING]),
        ("${age} = ’17'", [CURLY_WARNING]),
        ("${age}\u00a0= '17'", [SPACE_WARNING]),
        ("${\u00a0age } =\u3000'17'", [SPACE_WARNING]),
        ("${age}\u202f= ‘17’", [SPACE_WARNING, CURLY_WARNING]),
        ("'it’s' != \"it's\"", []),
    ],
)
def test_curly_quotes_and_odd_spaces_are_read_with_a_warning(
    source: str, warnings: Sequence[str]
) -> None:
    expression = compile(source)
    assert expression.true(PERSON)
    assert list(expression.warnings) == list(warnings)
    assert expression.source == source


def test_a_text_that_is_always_true_is_warned_of() -> None:
    (warning,) = compile("${age} = 'a' or 'b'").warnings
    assert warning == "'b' beside \"or\" is always true: write ${name} = 'b'"
    assert compile("${age} = 'a' or ${age} = 'b'").warnings == ()


# --- faults ------------------------------------------------------------------------------------


FAULTS = [
    ("", 1, "The expression is empty"),
    (" \n", 1, "The expression is empty"),
    # functions
    ("selectd(${a}, 'b')", 1, "There is no function \"selectd\"; the nearest is selected(${question}, 'code')"),
    ("1 + Today()", 5, 'There is no function "Today"; the nearest is today()'),
    ("count_selected(${a})", 1, 'There is no function "count_selected"; the nearest is count-selected(${question})'),
    ("zzz()", 1, 'There is no function "zzz"'),
    ("jr:choice-name(1)", 1, 'There is no function "jr:choice-name"'),
    ("selected(${a})", 1, "selected takes 2 values, and here are 1: write selected(${question}, 'code')"),
    ("today(1)", 1, "today takes no value, and here are 1: write today()"),
    ("not()", 1, "not takes 1 value, and here are 0: write not(condition)"),
    ("if(1, 2)", 1, "if takes 3 values, and here are 2: write if(condition, then, else)"),
    ("round(1, 2, 3)", 1, "round takes 1 or 2 values, and here are 3: write round(number, places)"),
    ("coalesce(1)", 1, "coalesce takes at least 2 values, and here are 1: write coalesce(${first}, ${second})"),
    ("today", 1, "today is a function: write today()"),
    ("position(${a})", 10, "Only two dots can stand here: write position(..)"),
    ("position()", 1, "position takes 1 value, and here are 0: write position(..)"),
    ("count('a')", 7, "Write a name here, as in count(${repeat})"),
    ("sum(${a} + 1)", 5, "Write a name here, as in sum(${question})"),
    ("max(5)", 5, "Write a name here, as in max(${question})"),
    # commas and brackets
    ("selected(${types} 'x')", 19, 'A comma is missing between "${types}" and "\'x\'"'),
    ("selected(${types},, 'x')", 19, 'A value is missing between "," and ","'),
    ("selected(${types}, )", 20, 'A value is missing between "," and ")"'),
    ("(1, 2)", 3, "A comma stands only between the values of a function"),
    ("1, 2", 2, "A comma stands only between the values of a function"),
    ("(1 + 2", 1, "The bracket opened here is never closed"),
    ("1 + not(${a}", 5, "The bracket opened here is never closed"),
    ("not((${a})", 1, "The bracket opened here is never closed"),
    ("(1))", 4, "This bracket closes what was never opened"),
    (")", 1, 'The expression begins with ")": a value is missing'),
    ("1 + ()", 5, "Nothing stands between these brackets"),
    # operators
    ("${c} = = 'x'", 6, 'Write "=" once'),
    ("${c} == 'x'", 6, 'Write "=" once'),
    ("${c} > = 1", 6, 'Write ">=" instead of ">" and "="'),
    ("${c} => 1", 6, 'Write ">=" instead of "=" and ">"'),
    ("${c} =< 1", 6, 'Write "<=" instead of "=" and "<"'),
    ("${c} <> 1", 6, 'Write "!=" instead of "<" and ">"'),
    ("1 < 2 < 3", 7, 'Only two values are compared at a time: join two comparisons with "and"'),
    ("${a} = 1 = =", 10, 'Write "=" once'),
    ("${a} = 1 = < 2", 10, 'Write "<=" instead of "=" and "<"'),
    ("1 +", 4, 'The expression ends after "+": a value is missing'),
    ("1 + * 2", 5, 'A value is missing between "+" and "*"'),
    ("* 2", 1, 'The expression begins with "*": a value is missing'),
    ("+1", 1, 'The expression begins with "+": a value is missing'),
    ("and 1", 1, 'A value is missing before "and"'),
    ("and (1)", 1, 'A value is missing before "and"'),
    ("${a} AND ${b}", 6, 'Write "and" in small letters'),
    ("${a} ${b}", 6, 'Something is missing between "${a}" and "${b}": an operator such as "and" or "="'),
    ("5a", 2, 'Something is missing between "5" and "a": an operator such as "and" or "="'),
    ("(${a} 'b')", 7, 'Something is missing between "${a}" and "\'b\'": an operator such as "and" or "="'),
    # names, texts, characters
    ("${a} = yes", 8, "Write 'yes' in quotes for a code, or ${yes} for a question"),
    ("${a", 1, "Between ${ and } stands the name of one question, and nothing else"),
    ("${}", 1, "Between ${ and } stands the name of one question, and nothing else"),
    ("${a b}", 1, "Between ${ and } stands the name of one question, and nothing else"),
    ("$a", 1, 'The character "$" has no meaning in an expression: write ${name} for a question'),
    ("${a} = 'x", 8, "The quotation mark opened here is never closed"),
    ("${a} = ‘x", 8, "The quotation mark opened here is never closed"),
    (".. = 1", 1, '".." can stand only in position(..): write ${name} for a question'),
    ("/data/a", 1, 'The character "/" has no meaning in an expression: write ${name} for a question, and div to divide'),
    ("1 && 2", 3, 'The character "&" has no meaning in an expression: write "and"'),
    ("1 || 2", 3, 'The character "|" has no meaning in an expression: write "or"'),
    ("!${a}", 1, 'The character "!" has no meaning in an expression: write != for “is not”, or not(...)'),
    ("1 ? 2", 3, 'The character "?" has no meaning in an expression'),
    ("${a} ＝ 1", 6, 'The character "＝" is not "=": write the plain one'),
    ("if（1，2）", 3, 'The character "（" is not "(": write the plain one'),
    ("1 +\u200b1", 4, "An invisible character (U+200B) stands here: delete it"),
    ("\ufeff1", 1, "An invisible character (U+FEFF) stands here: delete it"),
    ("1 = \ud800", 5, "An invisible character (U+D800) stands here: delete it"),
    # patterns
    ("regex(., ${a})", 10, "The pattern of regex must be written out in quotes, so that it can be checked"),
    ("regex(., concat('a'))", 10, "The pattern of regex must be written out in quotes, so that it can be checked"),
    ("regex(., '(a')", 10, "The pattern of regex cannot be read: missing ): (a"),
    ("regex(., 'a(?!b)')", 10, "The pattern of regex cannot be read: invalid perl operator: (?! (looking ahead or back and repeating a group by \\1 are not possible)"),
    ("regex(., '(a)\\1')", 10, "The pattern of regex cannot be read: invalid escape sequence: \\1 (looking ahead or back and repeating a group by \\1 are not possible)"),
    ("regex(., '\ud800')", 10, "The pattern of regex cannot be read: an unknown character"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "column", "message"), FAULTS)
def test_a_fault_says_where_and_what_to_write(source: str, column: int, message: str) -> None:
    with pytest.raises(ExpressionFault) as caught:
        compile(source)
    assert caught.value.message == message
    assert caught.value.column == column
    assert str(caught.value) == f"The expression cannot be read, at character {column}: {message}."


def test_a_pattern_that_explodes_is_a_fault() -> None:
    with pytest.raises(ExpressionFault, match="pattern too large"):
        compile(r"regex(., '([\p{L}]{0,300}){0,3}')")
    with pytest.raises(ExpressionFault, match="invalid repetition size"):
        compile("regex(., '((a{100}){100}){100}')")


def test_an_authors_text_is_cut_and_cleaned_in_a_message() -> None:
    with pytest.raises(ExpressionFault) as caught:
        compile("not(1 '\u202e\x1b[31m" + "x" * 200 + "')")
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 120


# --- limits ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fits", "too_much"),
    [
        ("1" + " " * (MAX_LENGTH - 1), "1" + " " * MAX_LENGTH),
        (
            "(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH,
            "(" * (MAX_DEPTH + 1) + "1" + ")" * (MAX_DEPTH + 1),
        ),
        ("-" * MAX_DEPTH + "1", "-" * (MAX_DEPTH + 1) + "1"),
        (
            "not(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH,
            "not(" * (MAX_DEPTH + 1) + "1" + ")" * (MAX_DEPTH + 1),
        ),
        ("1" + "+1" * (MAX_HEIGHT - 1), "1" + "+1" * MAX_HEIGHT),
        ("1" + " or 1" * (MAX_TOKENS // 2 - 1), "1" + " or 1" * (MAX_TOKENS // 2)),
    ],
)
def test_limits_are_faults(fits: str, too_much: str) -> None:
    assert compile(fits).evaluate(PERSON) is not None
    with pytest.raises(ExpressionFault):
        compile(too_much)


def test_the_deepest_expression_runs_on_a_busy_stack() -> None:
    deepest = compile("string(1+-(" * (MAX_DEPTH // 3) + "1" + "))" * (MAX_DEPTH // 3))
    tallest = compile("${age}" + " + ${age}" * (MAX_HEIGHT - 1))

    def under(frames: int) -> tuple[Value, Value]:
        if frames:
            return under(frames - 1)
        return deepest.evaluate(PERSON), tallest.evaluate(PERSON)

    assert under(300) == (worked_out(deepest.source), 17.0 * MAX_HEIGHT)


def test_a_regex_takes_time_in_proportion_to_the_text() -> None:
    # A backtracking engine needs longer than the age of the universe for each of these.
    hostile = Answers(self_="a" * (MAX_REGEX_TEXT - 1) + "!")
    for pattern in ("(a+)+", "(a|a)*", "(a|aa)+$", "(.*a){20}", "([a-zA-Z]+)*"):
        assert not compile(f"regex(., '{pattern}')").true(hostile)


def test_a_text_too_long_for_a_regex_is_an_error_without_its_words() -> None:
    pattern = compile("regex(., '.*')")
    assert pattern.true(Answers(self_="x" * MAX_REGEX_TEXT))
    with pytest.raises(ExpressionError) as caught:
        pattern.true(Answers(self_="x" * (MAX_REGEX_TEXT + 1)))
    assert "xx" not in str(caught.value)


# --- contexts that fail ------------------------------------------------------------------------


class Broken(Answers):
    """A context that raises, with a person's words in what it raises."""

    def value(self, name: str) -> Never:
        raise KeyError("secret words")

    def values(self, name: str) -> Never:
        raise RecursionError("secret words")


@pytest.mark.parametrize("source", ["${a} = 1", "sum(${a})", "not(selected(${a}, 'x'))"])
def test_a_failing_context_is_an_expression_error_without_words(source: str) -> None:
    expression = compile(source)
    for method in (expression.evaluate, expression.true, expression.text):
        with pytest.raises(ExpressionError) as caught:
            method(Broken())
        assert "secret" not in str(caught.value)
        assert caught.value.__cause__ is None


class Code(StrEnum):
    """Codes as some callers hold them."""

    CP = "CP"


def test_answers_may_be_of_subclasses() -> None:
    answers: dict[str, str | float] = {"a": Code.CP, "b": 3, "c": True}
    context = Answers(answers=answers, self_=Code.CP)
    assert compile("${a} = 'CP' and 'CP' = ${a} and . = ${a} and once('x') = 'CP'").true(context)
    assert compile("${b} = 3 and string(${b}) = '3' and ${c} = 1").true(context)


# --- promises ----------------------------------------------------------------------------------

PIECES = [
    *FUNCTIONS, "${a}", "${b}", "${ c }", ".", "..", "'x'", '"5"', "''", "‘y’", "7", "0", ".5", "2026-11",
    "'2026-11'", "name", "(", "(", ")", ")", ",", ",", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*",
    "div", "mod", "and", "or", "AND", "$", "${", "/", "\u00a0", " ", "\ud800", "'[a-z]+'", "(1 div 0)",
]  # fmt: skip
sources = (
    st.text(max_size=60)
    | st.text("${}ab'\"‘”().,=<>!+-*/0 1\u00a0", max_size=60)
    | st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join)
    | st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
)
answers_of_any_kind = (
    st.text(max_size=12) | st.floats() | st.dates().map(str) | st.datetimes().map(str)
)


@st.composite
def contexts(draw: st.DrawFn) -> Answers:
    names = st.sampled_from(["a", "b", "c", "name"])
    return Answers(
        answers=draw(st.dictionaries(names, answers_of_any_kind)),
        rounds=draw(st.dictionaries(names, st.lists(st.text(max_size=6), max_size=4))),
        self_=draw(answers_of_any_kind),
        columns=draw(st.dictionaries(names, st.text(max_size=6))),
        position=draw(st.integers(0, 20)),
        now=draw(st.datetimes(timezones=st.just(UTC))),
    )


def or_fault(source: str, *, choice_names: bool) -> Expression | None:
    try:
        return compile(source, choice_names=choice_names)
    except ExpressionFault as error:
        fault = error
    assert 1 <= fault.column <= len(source) + 1
    assert str(fault).isprintable()
    return None


@given(sources, st.booleans(), contexts())
@example("if(1,2", False, Answers())
@example("1" * 400, False, Answers())
@example("round(1, -" + "9" * 30 + ")", False, Answers())
@example("substr('a', 1 div 0, -1 div 0)", False, Answers())
def test_nothing_but_a_fault_or_an_error_ever_happens(
    source: str, choice_names: bool, context: Answers
) -> None:
    expression = or_fault(source, choice_names=choice_names)
    if expression is None:
        return
    try:
        value = expression.evaluate(context)
    except ExpressionError:
        return
    assert type(value) in {str, float, bool}
    assert type(expression.true(context)) is bool
    assert type(expression.text(context)) is str
    assert expression.compared <= expression.names


CALLS = [
    function.example.partition("(")[0] + "(" + ", ".join(["{}"] * count) + ")"
    for function in FUNCTIONS.values()
    for count in {function.least, function.most or function.least + 1}
    if function.example not in {"position(..)", "regex(${question}, 'pattern')", "count(${repeat})"}
]


@given(contexts(), st.data())
def test_every_function_takes_every_value(context: Answers, data: st.DataObject) -> None:
    operand = st.sampled_from(
        ["${a}", "${b}", "${c}", ".", "''", "1 div 0", "0 div 0", "-1", "true()"]
    )
    source = data.draw(st.sampled_from(CALLS))
    arguments = [data.draw(operand) for _ in range(source.count("{}"))]
    expression = or_fault(source.format(*arguments), choice_names=False)
    if expression is not None:
        assert type(expression.evaluate(context)) in {str, float, bool}
        expression.text(context)


@given(contexts(), st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "div", "mod"]))
def test_every_operator_takes_every_value(context: Answers, symbol: str) -> None:
    for left, right in product(["${a}", "${b}", ".", "today()", "5", "true()"], repeat=2):
        assert type(compile(f"{left} {symbol} {right}").evaluate(context)) in {float, bool}


@given(st.dates(), st.dates())
def test_dates_stand_in_the_order_of_days(one: object, other: object) -> None:
    context = Answers(answers={"a": str(one), "b": str(other)})
    assert compile("${a} < ${b}").true(context) == (str(one) < str(other))
    assert compile("${a} <= ${b}").true(context) == (str(one) <= str(other))
    assert compile("${a} = ${b}").true(context) == (one == other)


@given(st.dates(), st.dates(), st.integers(4, 10), st.integers(4, 10))
def test_of_two_dates_one_is_earlier_or_later_or_they_may_be_the_same_day(
    one: object, other: object, fine: int, finer: int
) -> None:
    cut = {4: 4, 5: 4, 6: 7, 7: 7, 8: 7, 9: 10, 10: 10}
    context = Answers(answers={"a": str(one)[: cut[fine]], "b": str(other)[: cut[finer]]})
    before, after = compile("${a} < ${b}").true(context), compile("${a} > ${b}").true(context)
    assert not (before and after)
    assert compile("${a} <= ${b}").true(context) == (not after)
    assert compile("${a} >= ${b}").true(context) == (not before)


def test_evaluating_changes_nothing_and_says_the_same_again() -> None:
    for source in (
        "sum(${child_age}) + count(${child})",
        "join('-', ${name})",
        "${day} <= today()",
    ):
        expression = compile(source)
        assert (
            expression.evaluate(PERSON)
            == expression.evaluate(PERSON)
            == compile(source).evaluate(PERSON)
        )


def test_a_context_is_a_mapping_of_plain_values() -> None:
    columns: Mapping[str, str] = {"region": "north"}
    assert compile("region", choice_names=True).evaluate(Answers(columns=columns)) == "north"
    assert compile("town", choice_names=True).evaluate(Answers(columns=columns)) == ""
