"""The operators of XPath 1.0 §3.4 and §3.5 as closures over two pieces.

Equality compares texts unless a side is a number or a truth; order compares numbers, or dates.
NaN equals nothing and is neither less nor greater. Arithmetic is IEEE 754 and never raises:
division by zero gives Infinity or NaN.
"""

import operator
from collections.abc import Callable, Sequence

from bot.engine.expressions.primitives import divide, modulo
from bot.engine.expressions.values import (
    Context,
    Kind,
    Node,
    Run,
    TruthRun,
    are_equal,
    as_number,
    as_truth,
    to_order,
)

#: How tightly each operator binds; equal ones read from the left.
BINDING = {
    "or": 1,
    "and": 2,
    "=": 3,
    "!=": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "div": 6,
    "mod": 6,
}
COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})


_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "div": divide,
    "mod": modulo,
}
_ORDER: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def join(symbol: str, operands: Sequence[Node]) -> Node:
    """Return the operator over its operands: two, or more for `and` and `or`."""
    height = 1 + max(node.height for node in operands)
    column = operands[0].column
    if symbol in {"and", "or"}:
        truths = tuple(as_truth(node) for node in operands)
        run: Run = _any(truths) if symbol == "or" else _all(truths)
        return Node(kind=Kind.TRUTH, run=run, column=column, height=height)
    left, right = operands
    if symbol in _ARITHMETIC:
        run = _arithmetic(_ARITHMETIC[symbol], left, right)
        return Node(kind=Kind.NUMBER, run=run, column=column, height=height)
    run = (
        _order(_ORDER[symbol], left, right) if symbol in _ORDER else _equality(symbol, left, right)
    )
    return Node(kind=Kind.TRUTH, run=run, column=column, height=height)


def negate(node: Node, *, column: int) -> Node:
    """Return the unary minus of a piece."""
    number = as_number(node)
    return Node(
        kind=Kind.NUMBER,
        run=lambda context: -number(context),
        column=column,
        height=node.height + 1,
    )


def _any(truths: Sequence[TruthRun]) -> TruthRun:
    def run(context: Context) -> bool:
        for truth in truths:  # noqa: SIM110 - any() over a generator costs twice as much
            if truth(context):
                return True
        return False

    return run


def _all(truths: Sequence[TruthRun]) -> TruthRun:
    def run(context: Context) -> bool:
        for truth in truths:  # noqa: SIM110 - as above
            if not truth(context):
                return False
        return True

    return run


def _arithmetic(function: Callable[[float, float], float], left: Node, right: Node) -> Run:
    first, second = as_number(left), as_number(right)
    return lambda context: function(first(context), second(context))


def _order(function: Callable[[float, float], bool], left: Node, right: Node) -> Run:
    if Kind.NUMBER in {left.kind, right.kind}:
        first, second = as_number(left), as_number(right)
        return lambda context: function(first(context), second(context))
    one, other = left.run, right.run
    return lambda context: function(*to_order(one(context), other(context)))


def _equality(symbol: str, left: Node, right: Node) -> Run:
    one, other = left.run, right.run
    if symbol == "=":
        return lambda context: are_equal(one(context), other(context))
    return lambda context: not are_equal(one(context), other(context))
