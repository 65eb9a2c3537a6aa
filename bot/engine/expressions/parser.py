"""Reads the tokens of an expression into one compiled piece, by precedence climbing.

Two values are compared at a time: `1 < 2 < 3` is a fault although XPath allows it, because nobody
means what it says there. Depth is bounded twice, so that no form can exhaust the stack: brackets
and calls while reading, pieces within pieces while running.
"""

from collections import Counter
from collections.abc import Sequence

from bot.engine.expressions import complaints
from bot.engine.expressions.functions import FUNCTIONS
from bot.engine.expressions.lexer import Token, TokenKind
from bot.engine.expressions.operators import BINDING, COMPARISONS, join, negate
from bot.engine.expressions.values import Context, Kind, Node, Value, plain

#: Brackets, calls and signs within one another; nobody reads more (our own limit).
MAX_DEPTH = 32
#: Pieces within pieces, which a long sum makes as well; each is at most two Python frames.
MAX_HEIGHT = 100


class Parser:
    """One reading of one expression; afterwards it knows which names were read, and how."""

    def __init__(self, tokens: Sequence[Token], *, choice_names: bool) -> None:
        self._tokens = tokens
        self._at = 0
        self._opened: list[Token] = []  # brackets; for a call, the token of its name
        self._depth = 0
        self._choice_names = choice_names
        self._reads: Counter[str] = Counter()
        self._only_if_empty: Counter[str] = Counter()
        self.columns: set[str] = set()
        self.counted: set[str] = set()
        self.uses_self = False
        self.warnings: list[str] = []

    @property
    def names(self) -> frozenset[str]:
        """Every `${name}` that was read."""
        return frozenset(self._reads)

    @property
    def compared(self) -> frozenset[str]:
        """The names that were read in any way but `= ''` and `!= ''`."""
        return frozenset(self._reads - self._only_if_empty)

    def parse(self) -> Node:
        """Return the whole expression as one piece; raises ExpressionFault."""
        first = self._token
        if first.is_end:
            raise complaints.empty(first)
        node = self._expression(0)
        if not self._token.is_end:
            raise self._after_value()
        return node

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    @property
    def _previous(self) -> Token | None:
        return self._tokens[self._at - 1] if self._at else None

    @property
    def _operator(self) -> str:
        return self._token.text if self._token.kind is TokenKind.SIGN else ""

    def _take(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _expression(self, outer: int) -> Node:
        """Read operands joined by operators that bind more tightly than `outer`."""
        left = self._operand()
        while (binding := BINDING.get(self._operator, 0)) > outer:
            sign, operands = self._token, [left]
            while self._token.is_sign(sign.text):
                self._take()
                operands.append(self._expression(binding))
                if sign.text not in {"and", "or"}:
                    break
            left = self._join(sign, operands)
            if sign.text in COMPARISONS and BINDING.get(self._operator) == binding:
                raise self._chained()
        return left

    def _chained(self) -> Exception:
        """Say which mistake it is: two signs in a row, or three values."""
        following = self._tokens[self._at + 1]
        if following.kind is TokenKind.SIGN and following.text in COMPARISONS:
            return complaints.no_value(self._token, following)
        return complaints.chained(self._token)

    def _join(self, sign: Token, operands: Sequence[Node]) -> Node:
        symbol = sign.text
        if symbol in {"and", "or"}:
            texts = [node.literal for node in operands if node.literal is not None]
            self.warnings += [complaints.lone_text(text, symbol) for text in texts]
        if symbol in {"=", "!="} and "" in {node.literal for node in operands}:
            self._only_if_empty.update(node.name for node in operands if node.name)
        return self._low_enough(join(symbol, operands), sign)

    def _low_enough(self, node: Node, token: Token) -> Node:
        if node.height > MAX_HEIGHT:
            raise complaints.too_deep(token, MAX_HEIGHT)
        return node

    def _operand(self) -> Node:
        token = self._token
        match token.kind:
            case TokenKind.REFERENCE:
                return self._reference(self._take())
            case TokenKind.NUMBER:
                return _constant(float(self._take().text), Kind.NUMBER, token.column)
            case TokenKind.TEXT:
                return _constant(self._take().text, Kind.TEXT, token.column)
            case TokenKind.SELF:
                self._take()
                self.uses_self = True
                return Node(kind=Kind.ANY, run=_self, column=token.column)
            case TokenKind.NAME:
                return self._name(token)
            case TokenKind.PARENT:
                raise complaints.parent(token)
            case _:
                return self._nested(token)

    def _nested(self, token: Token) -> Node:
        if token.is_sign("-"):
            self._deeper(self._take())
            node = self._low_enough(negate(self._operand(), column=token.column), token)
        elif token.is_sign("("):
            self._deeper(self._take())
            self._opened.append(token)
            node = self._expression(0)
            self._close()
        else:
            raise complaints.no_value(self._previous, token)
        self._depth -= 1
        return node

    def _deeper(self, token: Token) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise complaints.too_deep(token, MAX_DEPTH)

    def _close(self) -> None:
        if not self._token.is_sign(")"):
            raise self._after_value()
        self._take()
        self._opened.pop()

    def _reference(self, token: Token) -> Node:
        name = token.text
        self._reads[name] += 1

        def run(context: Context) -> Value:
            value = context.value(name)
            return value if value.__class__ is str else plain(value)

        return Node(kind=Kind.ANY, run=run, column=token.column, name=name)

    def _name(self, token: Token) -> Node:
        if self._tokens[self._at + 1].is_sign("("):
            return self._call(self._take())
        if not self._choice_names:
            raise complaints.bare_name(token)
        name = self._take().text
        self.columns.add(name)
        return Node(
            kind=Kind.TEXT,
            run=lambda context: plain(context.columns.get(name, "")),
            column=token.column,
        )

    def _call(self, token: Token) -> Node:
        function = FUNCTIONS.get(token.text)
        if function is None:
            raise complaints.unknown_function(token)
        self._deeper(token)
        arguments = self._arguments(token)
        self._depth -= 1
        most = len(arguments) if function.most is None else function.most
        if not function.least <= len(arguments) <= most:
            raise complaints.wrong_count(token, function, len(arguments))
        node = Node(
            kind=function.kind,
            run=function.build(arguments),
            column=token.column,
            height=1 + max((node.height for node in arguments), default=0),
        )
        self.uses_self |= token.text == "once"
        if token.text == "count":
            self.counted.add(arguments[0].name)
        return self._low_enough(node, token)

    def _arguments(self, name: Token) -> list[Node]:
        self._take()
        self._opened.append(name)
        arguments: list[Node] = []
        if not self._token.is_sign(")"):
            arguments.append(self._argument(name))
        while self._token.is_sign(","):
            self._take()
            arguments.append(self._argument(name))
        self._close()
        return arguments

    def _argument(self, name: Token) -> Node:
        if name.text != "position":
            return self._expression(0)
        token = self._token
        if token.kind is not TokenKind.PARENT:
            raise complaints.not_position(token, FUNCTIONS[name.text])
        self._take()
        return _constant("", Kind.TEXT, token.column)

    def _after_value(self) -> Exception:
        previous = self._tokens[self._at - 1]
        return complaints.after_value(previous, self._token, self._opened)


def _self(context: Context) -> Value:
    return plain(context.self_)


def _constant(value: Value, kind: Kind, column: int) -> Node:
    literal = value if isinstance(value, str) else None
    return Node(kind=kind, run=lambda _: value, column=column, literal=literal)
