"""What to tell the author of a form whose expression cannot be read.

Every sentence is in a form author's words, quotes what stands there, and says what to write
instead. The parser decides that something is wrong; here is only what it is called.
"""

import difflib
from collections.abc import Sequence

from bot.engine.expressions.functions import FUNCTIONS, Function
from bot.engine.expressions.lexer import WORDS, Token, TokenKind, shown
from bot.errors import ExpressionFault

#: Two signs that were meant as one, and what to write.
_ONE_SIGN = {
    ("=", "="): "=",
    ("=", "<"): "<=",
    ("=", "<="): "<=",
    ("=", ">"): ">=",
    ("=", ">="): ">=",
    ("<", "="): "<=",
    (">", "="): ">=",
    ("<", ">"): "!=",
    ("!=", "="): "!=",
}


def fault(message: str, token: Token) -> ExpressionFault:
    """Return a fault that points at a token; the sentence has no full stop."""
    return ExpressionFault(message, column=token.column)


def empty(end: Token) -> ExpressionFault:
    """Say that there is nothing but spaces."""
    return fault("The expression is empty", end)


def too_deep(token: Token, most: int) -> ExpressionFault:
    """Say that brackets, calls or operators lie too deep in one another."""
    message = f"More than {most} steps lie in one another here: move a part to a calculate row"
    return fault(message, token)


def no_value(previous: Token | None, token: Token) -> ExpressionFault:
    """Say that a value is expected where `token` stands, which cannot begin one."""
    if previous is None:
        return fault(f"The expression begins with {_quoted(token)}: a value is missing", token)
    meant = _ONE_SIGN.get((previous.text, token.text))
    if meant and previous.kind is token.kind is TokenKind.SIGN:
        if token.text == previous.text:
            return fault(f'Write "{meant}" once', previous)
        return fault(f'Write "{meant}" instead of "{previous.text}" and "{token.text}"', previous)
    if previous.is_sign("(") and token.is_sign(")"):
        return fault("Nothing stands between these brackets", previous)
    if token.kind is TokenKind.END:
        return fault(f"The expression ends after {_quoted(previous)}: a value is missing", token)
    return fault(f"A value is missing between {_quoted(previous)} and {_quoted(token)}", token)


def parent(token: Token) -> ExpressionFault:
    """Say that `..` is no value."""
    return fault('".." can stand only in position(..): write ${name} for a question', token)


def bare_name(token: Token) -> ExpressionFault:
    """Say that a name lacks `${}` or quotes."""
    name = shown(token.text)
    if token.text in WORDS:
        return fault(f'A value is missing before "{name}"', token)
    if token.text in FUNCTIONS:
        return fault(f"{name} is a function: write {FUNCTIONS[token.text].example}", token)
    return fault(f"Write '{name}' in quotes for a code, or ${{{name}}} for a question", token)


def unknown_function(token: Token) -> ExpressionFault:
    """Say that no function has that name, and which one has a similar name."""
    name = shown(token.text)
    if token.text.lower() in WORDS:
        return fault(f'A value is missing before "{name}"', token)
    near = difflib.get_close_matches(name.lower().replace("_", "-"), FUNCTIONS, n=1)
    hint = f"; the nearest is {FUNCTIONS[near[0]].example}" if near else ""
    return fault(f'There is no function "{name}"{hint}', token)


def wrong_count(token: Token, function: Function, count: int) -> ExpressionFault:
    """Say how many values the function takes."""
    wanted = _count(function.least)
    if function.most is None:
        wanted = f"at least {wanted}"
    elif function.most != function.least:
        wanted = f"{function.least} or {_count(function.most)}"
    message = f"{token.text} takes {wanted}, and here are {count}: write {function.example}"
    return fault(message, token)


def not_position(token: Token, function: Function) -> ExpressionFault:
    """Say that `position` takes nothing but `..`."""
    return fault(f"Only two dots can stand here: write {function.example}", token)


def chained(token: Token) -> ExpressionFault:
    """Say that a third value is compared with two that already are."""
    message = 'Only two values are compared at a time: join two comparisons with "and"'
    return fault(message, token)


def after_value(previous: Token, token: Token, opened: Sequence[Token]) -> ExpressionFault:
    """Say why `token` cannot follow a value; `opened` brackets wait, the last one the innermost."""
    if token.kind is TokenKind.END:
        return fault("The bracket opened here is never closed", opened[-1])
    if token.is_sign(")"):
        return fault("This bracket closes what was never opened", token)
    if token.is_sign(","):
        return fault("A comma stands only between the values of a function", token)
    if token.kind is TokenKind.NAME and token.text.lower() in WORDS:
        return fault(f'Write "{token.text.lower()}" in small letters', token)
    between = f"between {_quoted(previous)} and {_quoted(token)}"
    if opened and opened[-1].kind is TokenKind.NAME:
        return fault(f"A comma is missing {between}", token)
    return fault(f'Something is missing {between}: an operator such as "and" or "="', token)


def lone_text(text: str, symbol: str) -> str:
    """Return the warning about a quoted text that "and" or "or" takes as a truth."""
    quoted = f"'{shown(text)}'"
    always = "always true" if text else "never true"
    return f'{quoted} beside "{symbol}" is {always}: write ${{name}} = {quoted}'


def _quoted(token: Token) -> str:
    return f'"{shown(token.raw)}"' if token.raw else "the end"


def _count(number: int) -> str:
    return {0: "no value", 1: "1 value"}.get(number, f"{number} values")
