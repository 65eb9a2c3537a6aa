"""`elementpath`, an independent XPath 1.0, agrees with our expressions on generated ones.

An expression is drawn once and written twice: for us as an author writes it, with as few brackets
as precedence allows; for the oracle fully bracketed, so that our precedence is tested against the
specification and not against another parser's. `${a}` is `$a` there: a text or a double.

Left out, because we differ from XPath 1.0 on purpose (tested in test_expressions.py): texts that
are dates, `1 < 2 < 3`, sum, min and max over rounds. The functions that ODK adds (if, selected,
coalesce ...) are registered with the oracle below, one line each.

Written around, because elementpath 5.1 differs from XPath 1.0 (sections of the 1999 text); what we
give it is the specification's own definition of the same thing:

- number literals are exact decimals there, doubles in §3.5: given as `number('0.1')`
- a text that is no number raises in an order there, NaN in §3.4: given as `number(..) < number(..)`
- `'5' = 5` is false there, compared as numbers in §3.4: given as `number(..) = number(..)`
- `mod` of doubles takes the sign of the divisor there, of the dividend in §3.5: `remainder` below
- NaN div 0 is -Infinity there, NaN in IEEE 754: given only where the dividend equals itself
- substring rounds halves to even there, up in §4.2: given as `substring(.., round(..))`
- Infinity is "INF" and 1e-7 is "1E-07" there, "Infinity" and "0.0000001" in §4.2: `digits` below
- number('1e3'), number('+5'), number('INF') are numbers there, NaN in §4.4: such texts are not drawn
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import product
from xml.etree import ElementTree as ET

import pytest
from elementpath import XPath1Parser, XPathContext, XPathToken
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.engine.expressions import Value, compile  # noqa: A004 - the verb
from tests.expression_context import Answers, same

ROOT = ET.Element("data")
EXAMPLES = 40 * settings().max_examples


# --- the oracle, with ODK's functions ----------------------------------------------------------


class Oracle(XPath1Parser):
    """XPath 1.0 and the functions that forms add to it."""


def digits(number: float) -> str:
    """Write a double as XPath 1.0 §4.2 does."""
    if not math.isfinite(number):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(number)]
    mantissa, _, exponent = repr(abs(number)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    shift = int(exponent or "0")
    figures = "0" * -shift + whole + fraction + "0" * shift
    point = len(whole) + max(shift, 0)
    before, after = figures[:point].lstrip("0") or "0", figures[point:].rstrip("0")
    return ("-" if number < 0 else "") + before + ("." + after if after else "")


def remainder(left: float, right: float) -> float:
    """Return the rest of a division that truncates, §3.5, worked out exactly."""
    if not right or not math.isfinite(left) or math.isnan(right):
        return math.nan
    if math.isinf(right):
        return left
    one, other = Fraction(left), Fraction(right)
    return float(one - other * math.trunc(one / other))


def truncate(number: float) -> float:
    return float(int(number)) if math.isfinite(number) else number


def register(name: str, arity: int, function: Callable[..., object]) -> None:
    """Give the oracle a function of its token and of callables that work out the arguments."""

    def evaluate(self: XPathToken, context: XPathContext | None = None) -> object:
        return function(self, *(lambda item=item: item.evaluate(context) for item in self))

    evaluate.__name__ = "evaluate_" + name.replace("-", "_")
    Oracle.method(Oracle.function(name, nargs=arity))(evaluate)


register("if", 3, lambda t, test, one, other: one() if t.boolean_value(test()) else other())
register("coalesce", 2, lambda t, one, other: one() if t.string_value(one()) else other())
register("int", 1, lambda t, x: truncate(t.number_value(x())))
register("selected", 2, lambda t, x, y: t.string_value(y()).strip() in t.string_value(x()).split())
register("count-selected", 1, lambda t, x: float(len(t.string_value(x()).split())))
register("digits", 1, lambda t, x: digits(t.number_value(x())))
register("remainder", 2, lambda t, x, y: remainder(t.number_value(x()), t.number_value(y())))


def ask(expression: str, answers: dict[str, str | float]) -> Value:
    """Return what the oracle says."""
    context = XPathContext(ROOT, variables=dict(answers))
    value = Oracle().parse(expression).evaluate(context)
    assert isinstance(value, str | bool | int | float | Decimal)
    return value if isinstance(value, str | bool) else float(value)


# --- expressions, written twice ----------------------------------------------------------------

ATOM, UNARY, EQUALITY, ORDER = 9, 8, 3, 4
LEVELS = {
    "or": 1, "and": 2, "=": EQUALITY, "!=": EQUALITY, "<": ORDER, "<=": ORDER, ">": ORDER,
    ">=": ORDER, "+": 5, "-": 5, "*": 6, "div": 6, "mod": 6,
}  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """One expression: our text and how tightly it binds, the oracle's text, what is in it."""

    ours: str
    oracle: str
    kind: str
    uses: tuple[str, ...] = ()
    level: int = ATOM

    def within(self, level: int) -> str:
        return self.ours if self.level >= level else f"({self.ours})"


def quoted(text: str) -> Piece:
    quote = '"' if "'" in text else "'"
    uses = ("digits in quotes",) if any(c.isdigit() for c in text) else ()
    return Piece(quote + text + quote, quote + text + quote, "text", uses)


def literal(text: str) -> Piece:
    return Piece(text, f"number('{text}')", "number", ("literal",))


def answer(name: str) -> Piece:
    return Piece(f"${{{name}}}", f"${name}", "text" if name in "ab" else "number", ("answer",))


def as_text(piece: Piece) -> Piece:
    """Put a number or a truth where a text is wanted."""
    convert = {"number": "digits", "truth": "string"}[piece.kind]
    uses = (*piece.uses, f"{piece.kind} as text")
    return Piece(piece.ours, f"{convert}({piece.oracle})", "text", uses, piece.level)


def binary(symbol: str, left: Piece, right: Piece) -> Piece:
    level = LEVELS[symbol]
    compares = level in {EQUALITY, ORDER}
    ours = f"{left.within(level + compares)} {symbol} {right.within(level + 1)}"
    if symbol == "mod":
        oracle = f"remainder({left.oracle}, {right.oracle})"
    elif symbol == "div":
        dividend = f"number({left.oracle})"
        oracle = f"if({dividend} = {dividend}, {dividend} div {right.oracle}, number('NaN'))"
    elif level == ORDER or (level == EQUALITY and {left.kind, right.kind} == {"text", "number"}):
        oracle = f"(number({left.oracle}) {symbol} number({right.oracle}))"
    else:
        oracle = f"({left.oracle} {symbol} {right.oracle})"
    uses = (symbol, *left.uses, *right.uses)
    return Piece(ours, oracle, "number" if level > ORDER else "truth", uses, level)


def minus(piece: Piece) -> Piece:
    uses = ("unary -", *piece.uses)
    return Piece(f"-{piece.within(UNARY)}", f"(-{piece.oracle})", "number", uses, UNARY)


def brackets(piece: Piece) -> Piece:
    return Piece(f"( {piece.ours} )", piece.oracle, piece.kind, piece.uses)


def call(kind: str, name: str, *arguments: Piece) -> Piece:
    theirs = [a.oracle for a in arguments]
    if name == "substring":
        theirs[1:] = [f"round({number})" for number in theirs[1:]]
    inner = tuple(use for a in arguments for use in a.uses)
    nested = ("if in if",) if name == "if" and "if" in inner else ()
    ours = f"{name}({', '.join(a.ours for a in arguments)})"
    return Piece(ours, f"{name}({', '.join(theirs)})", kind, (name, *nested, *inner))


NUMBERS = [
    "0",
    "1",
    "2",
    "3",
    "7",
    "10",
    "100",
    "0.5",
    ".25",
    "2.5",
    "10.",
    "0.1",
    "1000000",
    "0.00001",
]
WORDS = [
    "", " ", "a", "yes", "a b c", "b", "5", "10", "9", "09", "2.5", " 7 ", "-5", "--5", "5-", ".",
    "-", "1.2.3", "1 2", "NaN", "Infinity", "true", "false", "it's", "\ta\n b ", "ئۇيغۇر", "简体", "0",
]  # fmt: skip
DOUBLES = [0.0, -0.0, 1.0, -2.5, 0.1, 1e-7, 1e21, 123456789.125, math.nan, math.inf]

words = st.sampled_from(WORDS) | st.text("0159. abé日", max_size=5)
contexts = st.fixed_dictionaries(
    {"a": words, "b": words, "n": st.sampled_from(DOUBLES), "m": st.floats()}
)


def one(*names: str) -> st.SearchStrategy[str]:
    return st.sampled_from(names)


def function(kind: str, *parts: st.SearchStrategy[object]) -> st.SearchStrategy[Piece]:
    return st.builds(call, st.just(kind), *parts)


LEAVES = (
    st.sampled_from(NUMBERS).map(literal) | one("n", "m").map(answer),
    words.map(quoted) | one("a", "b").map(answer),
    function("truth", one("true", "false")),
)


def grow(depth: int) -> tuple[st.SearchStrategy[Piece], ...]:
    """Return strategies for numbers, texts and truths of at most that depth."""
    if depth == 0:
        return LEAVES
    number, text, truth = grow(depth - 1)
    value = number | text | truth
    anything = text | text | number.map(as_text) | truth.map(as_text)
    numbers = st.one_of(
        LEAVES[0],
        st.builds(binary, one("+", "-", "*", "div", "mod"), value, value),
        st.builds(minus, value),
        st.builds(brackets, number),
        function("number", one("number", "round", "int"), number | text),
        function("number", one("string-length", "count-selected"), anything),
        function("number", one("if"), value, number, number),
        function("number", one("coalesce"), number, number),
    )
    texts = st.one_of(
        LEAVES[1],
        function("text", one("string", "normalize-space"), anything),
        function("text", one("concat"), anything, anything),
        function("text", one("concat"), anything, anything, anything),
        function("text", one("substring"), anything, number),
        function("text", one("substring"), anything, number, number),
        function("text", one("if"), value, text, text),
        function("text", one("coalesce"), text, text),
    )
    truths = st.one_of(
        LEAVES[2],
        st.builds(binary, one("=", "!=", "<", "<=", ">", ">="), value, value),
        st.builds(binary, one("=", "!="), text, text),
        st.builds(binary, one("and", "or"), value, value),
        st.builds(brackets, truth),
        function("truth", one("not"), value),
        function("truth", one("contains", "starts-with", "selected"), anything, anything),
        function("truth", one("if"), value, truth, truth),
    )
    return numbers, texts, truths


EVERYTHING = {
    *LEVELS, "unary -", "literal", "answer", "digits in quotes", "number as text", "truth as text",
    "if", "if in if", "coalesce", "selected", "count-selected", "not", "true", "false", "number",
    "round", "int", "string", "string-length", "normalize-space", "concat", "substring", "contains",
    "starts-with", "gives NaN", "gives a text", "gives true", "gives false",
}  # fmt: skip


def outcome(value: Value) -> str:
    return "gives a text" if isinstance(value, str) else f"gives {digits_or_truth(value)}"


def digits_or_truth(value: float) -> str:
    return str(value).lower() if isinstance(value, bool) else digits(abs(value))


def check(piece: Piece, answers: dict[str, str | float]) -> Value:
    ours = compile(piece.ours).evaluate(Answers(answers=answers))
    theirs = ask(piece.oracle, answers)
    assert same(ours, theirs), f"{piece.ours}\n{piece.oracle}\n{ours!r} but {theirs!r}"
    return ours


@pytest.mark.parametrize("symbol", LEVELS)
def test_the_oracle_agrees_on_every_pair_of_values(symbol: str) -> None:
    zero = literal("0")
    values = [
        *map(quoted, ["", "a", "5", " 7 ", "0", "05", "-"]),
        *map(literal, ["0", "2.5", "5", "7"]),
        *map(brackets, [binary("div", literal("1"), zero), binary("div", zero, zero), minus(zero)]),
        call("truth", "true"),
        call("truth", "false"),
    ]
    outcomes = {outcome(check(binary(symbol, x, y), {})) for x in values for y in values}
    if LEVELS[symbol] <= ORDER:
        assert outcomes == {"gives true", "gives false"}
    else:
        assert {"gives NaN", "gives 0", "gives 5"} <= outcomes
    assert ("gives Infinity" in outcomes) == (symbol in {"+", "-", "*", "div"})


@pytest.mark.parametrize("outer", LEVELS)
def test_operators_bind_as_the_specification_says(outer: str) -> None:
    for inner, numbers in product(LEVELS, ["723", "100", "012", "132"]):
        x, y, z = map(literal, numbers)
        check(binary(outer, binary(inner, x, y), z), {})
        check(binary(outer, x, binary(inner, y, z)), {})
        check(binary(outer, minus(x), brackets(binary(inner, y, z))), {})


def test_the_oracle_agrees_on_expressions_of_every_kind() -> None:
    seen: set[str] = set()

    @settings(max_examples=EXAMPLES)
    @given(st.one_of(*grow(3)), contexts)
    def agree(piece: Piece, answers: dict[str, str | float]) -> None:
        seen.update({*piece.uses, outcome(check(piece, answers))})

    agree()
    assert not sorted(EVERYTHING - seen)


@given(st.floats())
@example(1e21)
@example(-1e-7)
@example(5e-324)
def test_numbers_are_written_as_the_specification_says(number: float) -> None:
    written = compile("string(${n})").text(Answers(answers={"n": number}))
    assert written == digits(number)
    assert "e" not in written


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_written_and_read_is_the_same(number: float) -> None:
    context = Answers(answers={"n": number})
    assert compile("number(string(${n})) = ${n}").true(context)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("'10' > '9'", "number('10') > number('9')", True),
        ("'5' = '5.0'", "'5' = '5.0'", False),
        ("not('0')", "not('0')", False),
        ("substring('12345', 2, 3)", "substring('12345', 2, 3)", "234"),
        ("-7 mod 3", "-7 mod 3", -1.0),
        ("7 - 2 - 1", "7 - 2 - 1", 4.0),
        ("1 + 2 * 3", "1 + 2 * 3", 7.0),
        ("8 div 2 div 2", "8 div 2 div 2", 2.0),
        ("1 or 0 and 0", "1 or 0 and 0", True),
        ("2 * -3", "2 * -3", -6.0),
    ],
)
def test_both_say_what_the_specification_says(ours: str, theirs: str, expected: Value) -> None:
    assert same(compile(ours).evaluate(Answers()), expected)
    assert same(ask(theirs, {}), expected)
