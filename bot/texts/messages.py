"""Fluent files taken apart: one `Message` for each text, and a finding for all else.

A message stands alone. Attributes, terms, functions and references to other messages are refused:
a reviewed text must not change because another one did, and what is hashed is all there is.
"""

import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from fluent.syntax import FluentParser, FluentSerializer, ast
from fluent.syntax.stream import FluentParserStream

#: Files that are kept as they were read: all that are shipped, some times over.
KEPT = 256
#: What Fluent's block text may not start with; such a text begins beside its id.
_SPECIAL = ("[", "*", ".", "}")
#: What a piece of text ends at: a brace or the line's end, which a lone CR is not.
_END = re.compile(r"[{}\n]|\r\n")
_PLURALS = frozenset({"zero", "one", "two", "few", "many", "other"})


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Finding:
    """Something that keeps a translation from being shown as it is."""

    language: str
    name: str  # message id, or the file where there is none
    rule: str
    detail: str = ""

    def __str__(self) -> str:
        """Return the line `texts check` prints."""
        return f"{self.language}  {self.name}  {self.rule}" + (
            f": {self.detail}" if self.detail else ""
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One text. `source` is its canonical Fluent text: what is hashed, exported and compared."""

    name: str
    file: str
    source: str
    comment: str = ""
    variables: frozenset[str] = frozenset()
    counts: frozenset[str] = frozenset()  # variables that choose a plural form
    pattern: ast.Pattern = field(repr=False, compare=False)


class Parser(FluentParser):
    """The library's parser; it takes text by the line, where that takes it by the character."""

    def get_text_element(self, ps: FluentParserStream) -> ast.TextElement:
        """Take text up to a brace or the line's end."""
        start, stop = ps.index, _END.search(ps.string, ps.index)
        ps.index = stop.start() if stop else len(ps.string)
        ps.reset_peek()
        element = ast.TextElement(ps.string[start : ps.index])
        if self.with_spans:
            element.add_span(start, ps.index)
        return element


def parse(language: str, files: Mapping[str, str]) -> tuple[dict[str, Message], list[Finding]]:
    """Read Fluent files, {file name: text}; what cannot be used becomes a finding."""
    messages: dict[str, Message] = {}
    findings: list[Finding] = []
    for file, text in sorted(files.items()):
        for found in _entries(language, file, text):
            if isinstance(found, Finding):
                findings.append(found)
                continue
            if found.name in messages:
                findings.append(_finding(language, found.name, "twice", file))
            messages.setdefault(found.name, found)
    return messages, findings


@lru_cache(maxsize=KEPT)
def _entries(language: str, file: str, text: str) -> tuple[Message | Finding, ...]:
    """Read one file; what was read once is not read again, for nothing of it is ever changed."""
    found: list[Message | Finding] = []
    for entry in Parser().parse(text).body:
        if isinstance(entry, ast.Junk):
            found.append(_junk(language, file, text, entry))
        elif isinstance(entry, ast.Message):
            message, faults = read(language, file, entry)
            found += faults
            found += [message] if message is not None else []
        elif isinstance(entry, ast.Term):
            found.append(_finding(language, f"-{entry.id.name}", "term", file))
    return tuple(found)


def read(language: str, file: str, entry: ast.Message) -> tuple[Message | None, list[Finding]]:
    """Make a `Message` of one entry, or None with the findings that say why not."""
    name = entry.id.name
    faults = [
        _finding(language, name, "attribute", f".{item.id.name}") for item in entry.attributes
    ]
    if entry.value is None:
        return None, faults or [_finding(language, name, "empty", file)]
    faults += [
        _finding(language, name, "reference", node.id.name)
        for node in nodes(entry.value)
        if isinstance(node, ast.MessageReference | ast.TermReference | ast.FunctionReference)
    ]
    if faults:
        return None, faults
    return (
        Message(
            name=name,
            file=file,
            source=_source(entry.value),
            comment=(entry.comment.content or "") if entry.comment else "",
            variables=frozenset(
                node.id.name
                for node in nodes(entry.value)
                if isinstance(node, ast.VariableReference)
            ),
            counts=frozenset(_counts(entry.value)),
            pattern=entry.value,
        ),
        [],
    )


def _finding(language: str, name: str, rule: str, detail: str) -> Finding:
    return Finding(language=language, name=name, rule=rule, detail=detail)


def _junk(language: str, file: str, text: str, junk: ast.Junk) -> Finding:
    line = text.count("\n", 0, junk.span.start if junk.span else 0) + 1
    head = (junk.content or "").split("=")[0].strip()
    why = junk.annotations[0].message if junk.annotations else ""
    name = head if head.isascii() and head.replace("-", "").isalnum() else file
    return _finding(language, name, "unreadable", f"{file} line {line}: {why}")


def nodes(pattern: ast.Pattern) -> Iterator[ast.SyntaxNode]:
    """Walk every text, literal, reference and choice of a pattern, all variants included."""
    for element in pattern.elements:
        if isinstance(element, ast.TextElement):
            yield element
        else:
            yield from _inside(element)


def _inside(node: ast.SyntaxNode) -> Iterator[ast.SyntaxNode]:
    match node:
        case ast.Placeable():
            yield from _inside(node.expression)
        case ast.SelectExpression():
            yield node
            yield from _inside(node.selector)
            for variant in node.variants:
                yield from nodes(variant.value)
        case _:
            yield node


def words_of(pattern: ast.Pattern) -> Iterator[str]:
    """Return the literal pieces of text of a pattern, all variants included."""
    for node in nodes(pattern):
        if isinstance(node, ast.TextElement):
            yield node.value
        elif isinstance(node, ast.StringLiteral):
            yield str(node.parse()["value"])


def keys_of(choice: ast.SelectExpression) -> frozenset[str]:
    """Return the names of a choice's variants; exact numbers ([0], [1]) are left out."""
    return frozenset(
        variant.key.name for variant in choice.variants if isinstance(variant.key, ast.Identifier)
    )


def is_plural(choice: ast.SelectExpression) -> bool:
    """Tell whether a choice goes by plural forms: all its variants are named for them."""
    return keys_of(choice) <= _PLURALS


def _counts(pattern: ast.Pattern) -> Iterator[str]:
    for node in nodes(pattern):
        if (
            isinstance(node, ast.SelectExpression)
            and isinstance(node.selector, ast.VariableReference)
            and is_plural(node)
        ):
            yield node.selector.id.name


def _source(pattern: ast.Pattern) -> str:
    """Return the text of a pattern in canonical Fluent, without its id and indentation."""
    entry = ast.Message(id=ast.Identifier("x"), value=pattern)
    head, _, rest = FluentSerializer().serialize_entry(entry).partition("=")[2].partition("\n")
    body = textwrap.dedent(rest).rstrip("\n")
    return "\n".join(filter(None, (head.removeprefix(" "), body)))


def entry_text(name: str, source: str) -> str:
    """Write a message as it stands in a Fluent file, from its id and its canonical text."""
    if "\n" not in source or source.startswith(_SPECIAL):
        return f"{name} = " + source.replace("\n", "\n    ") + "\n"
    return f"{name} =\n" + textwrap.indent(source, "    ") + "\n"
