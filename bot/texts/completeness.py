"""What keeps a language from being shown, found in one run: a table of rules over all messages.

Limits come from the shared list of checks (docs: languages, section 7). A finding names language,
message and rule; `quietline texts check` prints them, and a test keeps the shipped texts free of
them.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from babel import Locale
from fluent.syntax import ast

from bot.engine.answers import digits, normalise
from bot.errors import TextFault
from bot.texts.catalogue import WORDS_SEPARATOR, Catalogue
from bot.texts.languages import NEVER_CHINESE, parts
from bot.texts.library import SOURCE, Texts
from bot.texts.messages import Finding, Message, is_plural, keys_of, nodes, words_of
from bot.texts.scripts import bidi_marks, has_han, isolates_close

MOST_CHARACTERS = 350
MOST_BUTTON_CHARACTERS = 40
BUTTON_PREFIXES = ("button-",)
WORDS_PREFIX = "word-"
#: How long a value usually is, where `samples` does not say.
TYPICAL = 12
_NUMBER = re.compile(r"\d+")
#: Format characters that belong to a script: joiners of Arabic and Indic writing.
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One message beside its English, as the rules look at it."""

    catalogue: Catalogue
    message: Message
    english: Message | None
    samples: Mapping[str, int]  # characters a value of that name usually has

    @property
    def text(self) -> str:
        """All literal pieces of the text, variants included."""
        return "".join(words_of(self.message.pattern))

    @property
    def is_words(self) -> bool:
        """Whether the message is a list of command words."""
        return self.message.name.startswith(WORDS_PREFIX)

    @property
    def is_button(self) -> bool:
        """Whether the message stands on a button."""
        return self.message.name.startswith(BUTTON_PREFIXES)


def check(texts: Texts, *, samples: Mapping[str, int] | None = None) -> tuple[Finding, ...]:
    """Return all findings of all languages, sorted; `samples` are typical lengths of values."""
    found = [*_clashes(texts)]
    for tag in texts.tags:
        found += check_language(texts, tag, samples=samples)
    return tuple(sorted(set(found)))


def check_language(
    texts: Texts, tag: str, *, samples: Mapping[str, int] | None = None
) -> tuple[Finding, ...]:
    """Return the findings of one language but for clashes with the words of others."""
    catalogue = texts.catalogue(tag)
    english = texts.catalogue(SOURCE).messages if SOURCE in texts.tags else {}
    missing = english.keys() - catalogue.messages.keys()
    # What else people may type for a choice differs by language: `c-country-GB-words`.
    own = {name for name in catalogue.messages if name.endswith("-words")}
    extra = catalogue.messages.keys() - english.keys() - own
    found = [
        *catalogue.findings,
        *(Finding(language=tag, name=name, rule="missing") for name in missing),
        *(Finding(language=tag, name=name, rule="extra") for name in extra),
    ]
    for name, message in catalogue.messages.items():
        case = Case(
            catalogue=catalogue,
            message=message,
            english=english.get(name),
            samples=samples or {},
        )
        found += [
            Finding(language=tag, name=name, rule=rule, detail=detail)
            for rule, look in RULES.items()
            for detail in look(case)
        ]
    return tuple(sorted(found))


# --- the rules: each yields what is wrong ------------------------------------------------------


def _values(case: Case) -> Iterator[str]:
    if case.english is not None and case.message.variables != case.english.variables:
        yield f"has {_names(case.message)}, English has {_names(case.english)}"


def _names(message: Message) -> str:
    return " ".join(f"${name}" for name in sorted(message.variables)) or "none"


def _choices(case: Case) -> Iterator[str]:
    if case.english is not None:
        mine, theirs = (
            {keys_of(choice) for choice in _selects(message) if not is_plural(choice)}
            for message in (case.message, case.english)
        )
        if mine != theirs:
            yield "the variants are named otherwise than in English"


def _plurals(case: Case) -> Iterator[str]:
    needed = plural_forms(case.catalogue.tag)
    for choice in _selects(case.message):
        if is_plural(choice) and keys_of(choice) != needed:
            yield f"has {_list(keys_of(choice))}, the language has {_list(needed)}"


def _list(names: frozenset[str]) -> str:
    return " ".join(sorted(names))


def _selects(message: Message) -> list[ast.SelectExpression]:
    return [node for node in nodes(message.pattern) if isinstance(node, ast.SelectExpression)]


def plural_forms(tag: str) -> frozenset[str]:
    """Return the plural forms a language has, by CLDR; `other` is in every language."""
    return frozenset(Locale.parse(tag, sep="-").plural_form.tags) | {"other"}


def _bidi(case: Case) -> Iterator[str]:
    marks = bidi_marks(case.text)
    if marks:
        yield "has " + " ".join(sorted({f"U+{ord(mark):04X}" for mark in marks}))
    if not isolates_close(case.text):
        yield "an isolate is not closed"


def _control(case: Case) -> Iterator[str]:
    for character in sorted(set(case.text) - {"\n"}):
        category = unicodedata.category(character)
        unseen = category == "Cf" and not _is_bidi(character) and character not in _JOINERS
        if unseen or category in {"Cc", "Co", "Cs", "Zl", "Zp"}:
            yield f"has U+{ord(character):04X}"


def _is_bidi(character: str) -> bool:
    return bool(bidi_marks(character)) or not isolates_close(character)


def _lines(case: Case) -> Iterator[str]:
    breaks = _breaks(case.message)
    if breaks and (case.is_button or case.is_words):
        yield "a button and a list of words have one line"
    elif case.english is not None and breaks != _breaks(case.english):
        yield f"has {breaks} line breaks, English has {_breaks(case.english)}"


def _breaks(message: Message) -> int:
    """Count line breaks in the longest variant: a Fluent file wrapped by hand shows them."""
    return _measure(message.pattern, lambda text: text.count("\n"), lambda _: 0)


def _long(case: Case) -> Iterator[str]:
    if not case.is_words:
        most = MOST_BUTTON_CHARACTERS if case.is_button else MOST_CHARACTERS
        length = _measure(case.message.pattern, len, lambda name: case.samples.get(name, TYPICAL))
        if length > most:
            yield f"{length} characters of at most {most}"


def _measure(
    pattern: ast.Pattern, of_text: Callable[[str], int], of_value: Callable[[str], int]
) -> int:
    """Add up a pattern's pieces; of several variants the greatest counts."""
    total = 0
    for element in pattern.elements:
        total += (
            of_text(element.value)
            if isinstance(element, ast.TextElement)
            else _measure_one(element.expression, of_text, of_value)
        )
    return total


def _measure_one(
    node: ast.SyntaxNode, of_text: Callable[[str], int], of_value: Callable[[str], int]
) -> int:
    match node:
        case ast.Placeable():
            return _measure_one(node.expression, of_text, of_value)
        case ast.SelectExpression():
            return max(_measure(variant.value, of_text, of_value) for variant in node.variants)
        case ast.VariableReference():
            return of_value(node.id.name)
        case ast.StringLiteral():
            return of_text(str(node.parse()["value"]))
        case _:
            return 0


def _digits(case: Case) -> Iterator[str]:
    if case.english is not None and not case.is_words:
        mine, theirs = _numbers(case.message), _numbers(case.english)
        if mine != theirs:
            yield f"has {' '.join(sorted(mine)) or 'none'}, English has " + (
                " ".join(sorted(theirs)) or "none"
            )


def _numbers(message: Message) -> set[str]:
    """Return the numbers written in a text, in ASCII; variants of a choice count once."""
    return set(_NUMBER.findall(digits(" ".join(words_of(message.pattern)))))


def _words(case: Case) -> Iterator[str]:
    if case.is_words:
        if case.message.variables:
            yield "a list of words has no values in it"
        try:
            words = [normalise(word) for word in case.catalogue.words(case.message.name)]
        except TextFault:
            words = []
        if not words or not all(words):
            yield "lists no word, or one with no letter"
        elif len(set(words)) < len(words):
            yield "lists a word twice"


def _han(case: Case) -> Iterator[str]:
    known = parts(case.catalogue.tag)
    if known is not None and known.language in NEVER_CHINESE and has_han(case.text):
        yield "has Chinese letters"


RULES: Mapping[str, Callable[[Case], Iterator[str]]] = {
    "values": _values,
    "choices": _choices,
    "plurals": _plurals,
    "bidi": _bidi,
    "control": _control,
    "lines": _lines,
    "long": _long,
    "digits": _digits,
    "words": _words,
    "han": _han,
}


def _clashes(texts: Texts) -> Iterator[Finding]:
    """Find words that mean one command here and another one there, in any two languages."""
    meanings: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for tag in texts.tags:
        for name, message in texts.catalogue(tag).messages.items():
            if name.startswith(WORDS_PREFIX):
                for word in "".join(words_of(message.pattern)).split(WORDS_SEPARATOR):
                    meanings[normalise(word)].add((name, tag))
    meanings.pop("", None)
    for word, uses in meanings.items():
        for name, tag in uses:
            others = sorted(use for use in uses if use[0] != name)
            if others:
                detail = f"“{word}” is also {' in '.join(others[0])}"
                yield Finding(language=tag, name=name, rule="clash", detail=detail)
