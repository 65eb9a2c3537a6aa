"""The functions that an expression may call: one table, and how each gets its arguments.

XPath 1.0 §4 where it has them, ODK's reading where it does not. `today` and `now` are the moment of
the event, never a clock. `regex` matches the whole text with a literal pattern, on RE2: linear in
the text, so no pattern holds the line up. A builder gets compiled arguments and returns a closure;
what only the form's author can mend is a fault at compile.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import re2

from bot.engine.expressions import primitives
from bot.engine.expressions.lexer import shown
from bot.engine.expressions.values import (
    Context,
    Kind,
    Node,
    Run,
    Value,
    as_number,
    as_text,
    as_truth,
    plain,
    to_number,
)
from bot.errors import ExpressionError, ExpressionFault

#: The longest text that `regex` looks at: the longest message that is taken as an answer.
MAX_REGEX_TEXT = 8_000
#: RE2's own default. It bounds the compiled pattern, and with it the time per character.
MAX_REGEX_MEMORY = 8 << 20

Build = Callable[[Sequence[Node]], Run]
Way = Callable[[Node], Callable[[Context], Value]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Function:
    """One function: how it is written, how many values it takes, what it gives."""

    example: str
    kind: Kind
    least: int
    most: int | None
    build: Build


def _over(function: Callable[..., Value], *ways: Way) -> Build:
    """Return a builder that hands `function` each argument turned the way it wants it."""

    def build(arguments: Sequence[Node]) -> Run:
        runs = [way(node) for way, node in zip(ways, arguments, strict=False)]
        if len(runs) == 1:
            only = runs[0]
            return lambda context: function(only(context))
        if len(runs) == 2:  # noqa: PLR2004 - the common case, without making a list
            first, second = runs
            return lambda context: function(first(context), second(context))
        return lambda context: function(*[run(context) for run in runs])

    return build


def _always(run: Run) -> Build:
    return lambda _arguments: run


def _as_is(node: Node) -> Run:
    return node.run


def _name(node: Node, example: str) -> str:
    if not node.name:
        raise ExpressionFault(f"Write a name here, as in {example}", column=node.column)
    return node.name


def _texts(arguments: Sequence[Node]) -> Callable[[Context], Sequence[str]]:
    """Return what gives a lone question's answers of all rounds, else each argument's text."""
    if len(arguments) == 1 and arguments[0].name:
        name = arguments[0].name
        return lambda context: context.values(name)
    runs = [as_text(node) for node in arguments]
    return lambda context: [run(context) for run in runs]


def _over_rounds(function: Callable[[Sequence[float]], float], example: str) -> Build:
    """Return a builder over all rounds of a repeat; a skipped answer does not count."""

    def build(arguments: Sequence[Node]) -> Run:
        if len(arguments) == 1:
            _name(arguments[0], example)
        texts = _texts(arguments)
        return lambda context: function([to_number(t) for t in texts(context) if t != ""])

    return build


def _count(arguments: Sequence[Node]) -> Run:
    name = _name(arguments[0], "count(${repeat})")
    return lambda context: float(context.count(name))


def _if(arguments: Sequence[Node]) -> Run:
    condition, then, otherwise = as_truth(arguments[0]), arguments[1].run, arguments[2].run
    return lambda context: then(context) if condition(context) else otherwise(context)


def _coalesce(arguments: Sequence[Node]) -> Run:
    runs = tuple(node.run for node in arguments)

    def run(context: Context) -> Value:
        value: Value = ""
        for each in runs:
            value = each(context)
            if value != "":
                break
        return value

    return run


def _once(arguments: Sequence[Node]) -> Run:
    otherwise = arguments[0].run
    return lambda context: otherwise(context) if context.self_ == "" else plain(context.self_)


def _concat(arguments: Sequence[Node]) -> Run:
    runs = [as_text(node) for node in arguments]
    return lambda context: "".join([run(context) for run in runs])


def _join(arguments: Sequence[Node]) -> Run:
    between, texts = as_text(arguments[0]), _texts(arguments[1:])
    return lambda context: between(context).join(texts(context))


def _regex(arguments: Sequence[Node]) -> Run:
    text, pattern = as_text(arguments[0]), arguments[1]
    if pattern.literal is None:
        message = "The pattern of regex must be written out in quotes, so that it can be checked"
        raise ExpressionFault(message, column=pattern.column)
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MAX_REGEX_MEMORY
    try:
        matches = re2.compile(pattern.literal, options).fullmatch
    except (re2.error, UnicodeEncodeError) as error:
        raise ExpressionFault(_about_pattern(error), column=pattern.column) from None

    def run(context: Context) -> bool:
        subject = text(context)
        if len(subject) > MAX_REGEX_TEXT:
            raise ExpressionError("text too long for regex")
        return matches(subject) is not None

    return run


def _about_pattern(error: Exception) -> str:
    """Return RE2's reason, in front of what most often lies behind it."""
    reason = error.args[0]
    words = "an unknown character"
    if isinstance(reason, bytes):
        words = shown(reason.decode(errors="replace"))
    if "perl operator" in words or "escape" in words:
        words += " (looking ahead or back and repeating a group by \\1 are not possible)"
    return f"The pattern of regex cannot be read: {words}"


def _f(example: str, kind: Kind, least: int, most: int | None, build: Build) -> Function:
    return Function(example=example, kind=kind, least=least, most=most, build=build)


_T, _N, _B, _ANY = Kind.TEXT, Kind.NUMBER, Kind.TRUTH, Kind.ANY
_LIST = "${question}"
_TABLE = (
    # choices
    _f(f"selected({_LIST}, 'code')", _B, 2, 2, _over(primitives.selected, as_text, as_text)),
    _f(f"count-selected({_LIST})", _N, 1, 1, _over(primitives.count_selected, as_text)),
    _f(f"selected-at({_LIST}, 0)", _T, 2, 2, _over(primitives.selected_at, as_text, as_number)),
    # truths and branches
    _f("true()", _B, 0, 0, _always(lambda _: True)),
    _f("false()", _B, 0, 0, _always(lambda _: False)),
    _f("not(condition)", _B, 1, 1, _over(lambda truth: not truth, as_truth)),
    _f("if(condition, then, else)", _ANY, 3, 3, _if),
    _f("coalesce(${first}, ${second})", _ANY, 2, None, _coalesce),
    _f("once(value)", _ANY, 1, 1, _once),
    # days
    _f("today()", _T, 0, 0, _always(lambda context: context.now.date().isoformat())),
    _f("now()", _T, 0, 0, _always(lambda context: context.now.isoformat(timespec="seconds"))),
    _f("decimal-date-time(${date})", _N, 1, 1, _over(primitives.decimal_date_time, _as_is)),
    # numbers
    _f("number(value)", _N, 1, 1, _over(float, as_number)),
    _f("int(number)", _N, 1, 1, _over(primitives.truncate, as_number)),
    _f("round(number, places)", _N, 1, 2, _over(primitives.round_half_up, as_number, as_number)),
    # texts
    _f("string(value)", _T, 1, 1, _over(str, as_text)),
    _f("string-length(text)", _N, 1, 1, _over(primitives.length, as_text)),
    _f("normalize-space(text)", _T, 1, 1, _over(primitives.normalize_space, as_text)),
    _f(
        "contains(text, 'part')", _B, 2, 2, _over(lambda text, part: part in text, as_text, as_text)
    ),
    _f("starts-with(text, 'part')", _B, 2, 2, _over(str.startswith, as_text, as_text)),
    _f(
        "substring(text, first, length)",
        _T,
        2,
        3,
        _over(primitives.substring, as_text, as_number, as_number),
    ),
    _f("substr(text, from, to)", _T, 2, 3, _over(primitives.substr, as_text, as_number, as_number)),
    _f("regex(${question}, 'pattern')", _B, 2, 2, _regex),
    _f("concat(first, second)", _T, 1, None, _concat),
    _f(f"join(', ', {_LIST})", _T, 2, None, _join),
    # repeats
    _f("position(..)", _N, 1, 1, _always(lambda context: float(context.position))),
    _f("count(${repeat})", _N, 1, 1, _count),
    _f("sum(${question})", _N, 1, 1, _over_rounds(primitives.total, "sum(${question})")),
    _f("min(${question})", _N, 1, None, _over_rounds(primitives.least, "min(${question})")),
    _f("max(${question})", _N, 1, None, _over_rounds(primitives.greatest, "max(${question})")),
)
FUNCTIONS = {function.example.partition("(")[0]: function for function in _TABLE}
