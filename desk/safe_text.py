r"""A person's words on a screen: shown as they are, unless a character would play a trick on it.

Rules of this file: nothing is taken away and nothing is put in its place but a visible escape, as
`\u202e`. Tricks are controls (a terminal obeys them), bidirectional controls (they turn what is
read around) and characters that nobody sees. A joiner or a variation selector is no trick where the
writing needs it: in Arabic, Mongolian and Indic letters, and in emoji. Exports keep every
character, so this is for screens only. `isolated` is for labels of ours that stand in a line beside
words written the other way.

Source: Unicode UAX 9 (bidi controls), DerivedCoreProperties (Default_Ignorable_Code_Point),
RFC 5892 A.1 and A.2 (where joiners belong)
"""

import unicodedata

ZWNJ, ZWJ = "\u200c", "\u200d"
JOINERS = frozenset((ZWNJ, ZWJ))
MONGOLIAN_SEPARATORS = frozenset("\u180b\u180c\u180d\u180e\u180f")
#: Controls, format characters, halves of characters, line and paragraph separators.
TRICKY = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
#: Letters and marks that nobody sees: Default_Ignorable beyond the categories above.
UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800")
SELECTORS = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
#: Signs before digits in Arabic, Syriac and Kaithi: category Cf, but everybody sees them.
SEEN = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
VIRAMA = 9  # the combining class of the sign after which Indic scripts may join
EMOJI = frozenset({"So", "Sk"})
BASIC = 0xFFFF
RTL = frozenset({"R", "AL"})
LTR = frozenset({"L"})
LRI, RLI, FSI, PDI = "\u2066", "\u2067", "\u2068", "\u2069"
ISOLATES = frozenset((LRI, RLI, FSI))
_MODIFIERS = frozenset(map(chr, range(0x1F3FB, 0x1F400)))  # skin tones


def safe_line(text: str) -> str:
    """Return the text as one line without tricks; line breaks are shown as escapes as well."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        _escape(c) if _is_trick(c, text[i - 1 : i], text[i + 1 : i + 2]) else c
        for i, c in enumerate(text)
    )


def safe_lines(text: str) -> list[str]:
    """Return the lines of the text, each without tricks; a line ends with LF or CR LF only."""
    return [safe_line(line) for line in text.replace("\r\n", "\n").split("\n")]


def isolated(text: str) -> str:
    """Return a text so that letters from right to left in it turn nothing around beside it.

    It takes its direction from its first letter, as one that is shown alone does.
    """
    if text.isascii():
        return text
    directions = [unicodedata.bidirectional(c) for c in text]
    if RTL.isdisjoint(directions):
        return text
    first = next(one for one in directions if one in RTL | LTR)
    return f"{RLI if first in RTL else LRI}{text}{PDI}"


def is_safe(text: str) -> bool:
    """Tell whether the text would be shown as it is."""
    return safe_line(text) == text


def _is_trick(c: str, before: str, after: str) -> bool:
    """Tell whether a character between these two may not be shown."""
    if c in JOINERS:
        return not _may_join(c, before, after)
    if c in SELECTORS:
        return not before or _is_hidden(before) or before.isspace()
    if c in MONGOLIAN_SEPARATORS:
        return not _is_mongolian(before)
    return _is_hidden(c)


def _may_join(c: str, before: str, after: str) -> bool:
    """Tell whether a writing needs a joiner here."""
    if not before or not after:
        return False
    if unicodedata.combining(before) == VIRAMA:
        return unicodedata.category(after).startswith("L")
    if _is_joining(before) and _is_joining(after):
        return True
    return c == ZWJ and _is_emoji(before) and _is_emoji(after)


def _is_joining(c: str) -> bool:
    """Tell whether a character is a letter or mark of a script whose letters join."""
    arabic = unicodedata.bidirectional(c) == "AL" and unicodedata.category(c) in {"Lo", "Lm"}
    return arabic or _is_mongolian(c) or (_is_mark(c) and not _is_hidden(c))


def _is_mark(c: str) -> bool:
    return unicodedata.category(c) == "Mn" and unicodedata.name(c, "").startswith(
        ("ARABIC ", "SYRIAC ")
    )


def _is_mongolian(c: str) -> bool:
    return bool(c) and unicodedata.name(c, "").startswith("MONGOLIAN LETTER")


def _is_emoji(c: str) -> bool:
    return c in _MODIFIERS or c == "\ufe0f" or unicodedata.category(c) in EMOJI


def _is_hidden(c: str) -> bool:
    """Tell whether a character obeys, turns around or hides, wherever it stands."""
    if c in JOINERS or c in SELECTORS or c in MONGOLIAN_SEPARATORS or c in UNSEEN:
        return True
    if c in SEEN:
        return False
    return unicodedata.category(c) in TRICKY or 0xE0000 <= ord(c) <= 0xE0FFF  # noqa: PLR2004 - tags


def _escape(c: str) -> str:
    return f"\\u{ord(c):04x}" if ord(c) <= BASIC else f"\\U{ord(c):08x}"
