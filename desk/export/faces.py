"""Typefaces: which of them a language is set in, and in which direction a line runs.

Rules of this file: of the families named here only those that are there are asked for; the
typesetter looks through all others for what these lack. Chinese characters have other shapes in
Japan, Taiwan and the mainland, so the language decides which family comes first. Digits and Latin
come last of all.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import typst

Line: TypeAlias = dict[str, object]

LATIN = ("Noto Sans", "DejaVu Sans", "Noto Serif", "Libertinus Serif")
MONO = ("Noto Sans Mono", "DejaVu Sans Mono")
ARABIC = ("Noto Naskh Arabic", "Noto Sans Arabic", "Noto Naskh Arabic UI")
HAN = {
    "zh-Hans": ("Noto Sans SC", "Noto Sans CJK SC"),
    "zh-Hant": ("Noto Sans TC", "Noto Sans CJK TC", "Noto Sans HK", "Noto Sans CJK HK"),
    "ja": ("Noto Sans JP", "Noto Sans CJK JP"),
    "ko": ("Noto Sans KR", "Noto Sans CJK KR"),
}
OWN = {
    **dict.fromkeys(("ug", "ar", "fa", "ur", "ckb", "ps"), ARABIC),
    "bo": ("Noto Serif Tibetan",),
    "mn": ("Noto Sans Mongolian",),
    "th": ("Noto Sans Thai",),
    "hi": ("Noto Sans Devanagari",),
}
FALLBACK = ("zh-Hans", "zh-Hant", "ja", "ko")
LONGEST = 32  # characters without a place to break; a line has room for about 80
RIGHT = frozenset({"R", "AL"})
TAG = re.compile("[a-z]{2,3}", re.ASCII)
BREAK = "\u200b"


@dataclass(frozen=True)
class Faces:
    """The typefaces of this computer, and of the folders that were named."""

    folders: tuple[Path, ...] = ()
    system: bool = True

    @cached_property
    def families(self) -> frozenset[str]:
        """The families that are there."""
        found = typst.Fonts(include_system_fonts=self.system, font_paths=list(self.folders))
        return frozenset(found.families())

    @property
    def mono(self) -> list[str]:
        """What hashes are set in."""
        return self._there(MONO)

    def of(self, language: str) -> list[str]:
        """Return the families for a language, the best first."""
        spoken = _han(language)
        han = [name for one in dict.fromkeys([spoken, *FALLBACK]) for name in HAN.get(one, ())]
        own = OWN.get(language.partition("-")[0], ())
        first = han if spoken in HAN else ()
        return self._there([*own, *first, *LATIN, *ARABIC, *han])

    def line(self, text: str, language: str = "en") -> Line:
        """Return a line of text with the direction of its first letter."""
        return {
            "text": broken(text),
            "dir": direction(text),
            "lang": tag(language),
            "fonts": self.of(language),
        }

    def _there(self, wanted: Sequence[str]) -> list[str]:
        there = [name for name in dict.fromkeys(wanted) if name in self.families]
        return there or sorted(self.families)[:1]


def tag(language: str) -> str:
    """Return the language as the typesetter knows it: two or three letters."""
    first = language.partition("-")[0]
    return first if TAG.fullmatch(first) else "en"


def direction(text: str) -> str:
    """Return `rtl` where the first letter runs from right to left."""
    for c in text:
        if (runs := unicodedata.bidirectional(c)) in RIGHT:
            return "rtl"
        if runs == "L":
            return "ltr"
    return "ltr"


def broken(text: str) -> str:
    """Return a text that breaks: what is longer than a line would run off the page."""
    return " ".join(_breakable(word) for word in text.split(" "))


def _breakable(word: str) -> str:
    if len(word) <= LONGEST or any(unicodedata.east_asian_width(c) == "W" for c in word[:LONGEST]):
        return word
    return BREAK.join(word[at : at + LONGEST] for at in range(0, len(word), LONGEST))


def _han(language: str) -> str:
    if language.startswith("zh"):
        traditional = any(part in language for part in ("Hant", "TW", "HK", "MO"))
        return "zh-Hant" if traditional else "zh-Hans"
    return language.partition("-")[0]
