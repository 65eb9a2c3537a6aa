"""Cuts the text of an expression into tokens; knows characters, not grammar.

What a word processor does to a formula is undone here with a warning: curly quotes open and close
a text, non-breaking and full-width spaces are spaces. Inside a text that straight quotes enclose,
curly quotes stay as written. Everything else that has no meaning is a fault that says what to
write instead. Every pattern here is linear: no nested repetition.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from bot.errors import ExpressionFault

#: A cell longer than this is not a rule that a person can check by eye (our own limit).
MAX_LENGTH = 4_000
MAX_TOKENS = 1_000
MAX_SHOWN = 40

#: Operators that are words; by XPath 1.0 §3.7 they are names where a value is expected.
WORDS = frozenset({"and", "or", "div", "mod"})

CURLY_WARNING = "Curly quotes were read as straight ones: write ' instead"
SPACE_WARNING = "Non-breaking or full-width spaces were read as ordinary ones"

_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u3000": " "})
_CURLY = "‘’‚“”„"  # noqa: RUF001 - the quotes that a word processor makes
_QUOTES = "'\"" + _CURLY
_TOKEN = re.compile(
    r"""
      (?P<SPACE>     [ \t\r\n]+ )
    | (?P<REFERENCE> \$\{ [ \t\r\n]* (?P<name> [^\W\d][\w.\-]* ) [ \t\r\n]* \} )
    | (?P<NUMBER>    [0-9]+ (?: \.[0-9]* )? | \.[0-9]+ )
    | (?P<TEXT>      '[^']*' | "[^"]*" | [‘’‚][^‘’']*[‘’'] | [“”„][^“”"]*[“”"] )
    | (?P<NAME>      [^\W\d][\w.\-]* (?: :[^\W\d][\w.\-]* )? )
    | (?P<PARENT>    \.\. )
    | (?P<SELF>      \. )
    | (?P<SIGN>      != | <= | >= | [=<>+\-*(),] )
    """,  # noqa: RUF001 - as above
    re.VERBOSE,
)
_INSTEAD = {
    "&": 'write "and"',
    "|": 'write "or"',
    "!": "write != for “is not”, or not(...)",
    "/": "write ${name} for a question, and div to divide",
    "%": 'write "mod" for the rest of a division',
    "$": "write ${name} for a question",
    "{": "write ${name} for a question",
    "}": "write ${name} for a question",
    "[": "write if(...) or and/or instead of a filter",
    ";": "write a comma between values",
}


class TokenKind(Enum):
    """What a token is, as far as its own characters tell."""

    REFERENCE = auto()
    NUMBER = auto()
    TEXT = auto()
    NAME = auto()
    PARENT = auto()
    SELF = auto()
    SIGN = auto()
    END = auto()


_VALUES = frozenset(TokenKind) - {TokenKind.SIGN, TokenKind.END}


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """One piece: `text` is its meaning, `raw` its spelling, `column` its 1-based place."""

    kind: TokenKind
    text: str
    raw: str
    column: int

    @property
    def is_end(self) -> bool:
        """Tell whether nothing comes any more."""
        return self.kind is TokenKind.END

    @property
    def ends_value(self) -> bool:
        """Tell whether a value can end here, so that an operator may follow."""
        return self.kind in _VALUES or self.is_sign(")")

    def is_sign(self, text: str) -> bool:
        """Tell whether this is that sign or word operator."""
        return self.kind is TokenKind.SIGN and self.text == text


def lex(source: str) -> tuple[tuple[Token, ...], tuple[str, ...]]:
    """Return the tokens, the last an END, and warnings; raises ExpressionFault."""
    if len(source) > MAX_LENGTH:
        message = f"The expression has {len(source)} characters; {MAX_LENGTH} is the most"
        raise ExpressionFault(message, column=MAX_LENGTH + 1)
    plain = source.translate(_SPACES)
    warnings = [SPACE_WARNING] if plain != source else []
    tokens: list[Token] = []
    for token in _tokens(plain):
        if len(tokens) == MAX_TOKENS:
            message = f"The expression has more than {MAX_TOKENS} parts: split it up"
            raise ExpressionFault(message, column=token.column)
        tokens.append(_with_word_operator(token, tokens))
    if any(t.kind is TokenKind.TEXT and t.raw[0] in _CURLY for t in tokens):
        warnings.append(CURLY_WARNING)
    end = Token(kind=TokenKind.END, text="", raw="", column=len(source.rstrip()) + 1)
    return (*tokens, end), tuple(warnings)


def shown(text: str) -> str:
    """Return a piece of the author's text for a message: short, without what does not print."""
    short = text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"
    return "".join(c if c.isprintable() else "\ufffd" for c in short)


def _tokens(plain: str) -> Iterator[Token]:
    at = 0
    while at < len(plain):
        match = _TOKEN.match(plain, at)
        if match is None:
            raise ExpressionFault(_complaint(plain, at), column=at + 1)
        at = match.end()
        if match.lastgroup == "SPACE":
            continue
        raw = match.group()
        # The innermost named group closes first, so `lastgroup` is the alternative, never `name`.
        kind = TokenKind[match.lastgroup or "SIGN"]
        text = match["name"] or (raw[1:-1] if kind is TokenKind.TEXT else raw)
        yield Token(kind=kind, text=text, raw=raw, column=match.start() + 1)


def _with_word_operator(token: Token, before: list[Token]) -> Token:
    """Make `and`, `or`, `div`, `mod` a sign where a value has just ended."""
    if token.kind is not TokenKind.NAME or token.text not in WORDS:
        return token
    if not before or not before[-1].ends_value:
        return token
    return Token(kind=TokenKind.SIGN, text=token.text, raw=token.raw, column=token.column)


def _complaint(plain: str, at: int) -> str:
    character = plain[at]
    if character in _QUOTES:
        return "The quotation mark opened here is never closed"
    if plain.startswith("${", at):
        return "Between ${ and } stands the name of one question, and nothing else"
    if not character.isprintable():
        return f"An invisible character (U+{ord(character):04X}) stands here: delete it"
    ascii_twin = unicodedata.normalize("NFKC", character)
    if len(ascii_twin) == 1 and ascii_twin.isascii() and ascii_twin != character:
        return f'The character "{character}" is not "{ascii_twin}": write the plain one'
    instead = _INSTEAD.get(character)
    hint = f": {instead}" if instead else ""
    return f'The character "{character}" has no meaning in an expression{hint}'
