"""The languages we know: their own names, their direction, and who may stand in for whom.

The names are made by hand and never taken from CLDR, whose names for places and territories are
not neutral here (docs/threats.md). Babel gives likely subtags and aliases only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from babel.core import get_global, parse_locale

from bot.errors import UnknownLanguage

Direction = Literal["ltr", "rtl"]

#: Readers of these are never shown Chinese unless they choose it: the switch itself is harmful.
NEVER_CHINESE = frozenset({"ug", "bo", "mn"})
_HAN_SCRIPTS = frozenset({"Hans", "Hant", "Hani", "Hanb"})
_LONGEST_TAG = 64  # a language pack's name comes from the network

#: Language packs and old tags that CLDR does not know.
_ALIASES = {"prs": "fa-AF", "classic-zh-cn": "zh-Hans", "no": "nb"}


@dataclass(frozen=True, slots=True)
class Language:
    """A language as its readers know it. Mongolian script is shown horizontally in chats."""

    tag: str
    autonym: str
    direction: Direction = "ltr"


@dataclass(frozen=True, slots=True)
class Parts:
    """A tag taken apart and completed with its likely subtags; "" where nothing is known."""

    language: str
    script: str = ""
    territory: str = ""


LANGUAGES: Mapping[str, Language] = {
    language.tag: language
    for language in (
        Language("en", "English"),
        Language("zh-Hans", "简体中文"),
        Language("zh-Hant", "繁體中文"),
        Language("zh-Hant-TW", "繁體中文（台灣）"),
        Language("zh-Hant-HK", "繁體中文（香港）"),
        Language("yue-Hant", "粵語"),
        Language("ug", "ئۇيغۇرچە", "rtl"),
        Language("ug-Latn", "Uyghurche"),
        Language("ug-Cyrl", "Уйғурчә"),
        Language("bo", "བོད་ཡིག"),
        Language("mn", "Монгол"),
        Language("mn-Mong", "ᠮᠣᠩᠭᠣᠯ"),
        Language("kk-Cyrl", "Қазақша"),
        Language("kk-Arab", "قازاقشا", "rtl"),
        Language("uz", "O‘zbekcha"),  # noqa: RUF001 - the letter of the Uzbek alphabet
        Language("uz-Cyrl", "Ўзбекча"),
        Language("ky", "Кыргызча"),
        Language("tg", "Тоҷикӣ"),
        Language("ja", "日本語"),
        Language("ko", "한국어"),
        Language("vi", "Tiếng Việt"),
        Language("th", "ไทย"),
        Language("tr", "Türkçe"),
        Language("de", "Deutsch"),
        Language("nl", "Nederlands"),
        Language("fr", "Français"),
        Language("es", "Español"),
        Language("pt", "Português"),
        Language("pt-BR", "Português (Brasil)"),
        Language("it", "Italiano"),
        Language("ru", "Русский"),
        Language("ar", "العربية", "rtl"),
        Language("fa", "فارسی", "rtl"),
        Language("fa-AF", "دری", "rtl"),
        Language("ps", "پښتو", "rtl"),
        Language("ckb", "کوردیی ناوەندی", "rtl"),
        Language("ur", "اردو", "rtl"),
        Language("sv", "Svenska"),
        Language("nb", "Norsk bokmål"),
        Language("id", "Bahasa Indonesia"),
        Language("ms", "Bahasa Melayu"),
        Language("my", "မြန်မာ"),
        Language("km", "ខ្មែរ"),
        Language("lo", "ລາວ"),
        Language("am", "አማርኛ"),
        Language("ti", "ትግርኛ"),
        Language("hi", "हिन्दी"),
        Language("pa", "ਪੰਜਾਬੀ"),
    )
}


def language(tag: str) -> Language:
    """Return what we know of a language; raises UnknownLanguage."""
    try:
        return LANGUAGES[tag]
    except KeyError:
        raise UnknownLanguage(tag) from None


@lru_cache(maxsize=512)
def parts(tag: str) -> Parts | None:
    """Take a tag apart and add its likely subtags; None when it is no language we can place.

    Takes `zh-HK`, `zh_hant`, `classic-zh-cn`, `zh-hans-raw`: of a language pack's name, the
    longest run of subtags that is a known language counts.
    """
    subtags = tag[:_LONGEST_TAG].strip().replace("_", "-").lower().split("-")
    for length in range(len(subtags), 0, -1):
        for start in range(len(subtags) - length + 1):
            found = _known("-".join(subtags[start : start + length]))
            if found is not None:
                return found
    return None


def _known(tag: str) -> Parts | None:
    aliases = get_global("language_aliases")
    tag = _ALIASES.get(tag) or str(aliases.get(tag, tag)).replace("_", "-")
    try:
        name, territory, script, *_ = parse_locale(tag, sep="-")
    except ValueError:
        return None
    name = str(aliases.get(name, name))
    likely = _likely(name, script, territory)
    if likely is None and name not in LANGUAGES:
        return None
    _, likely_territory, likely_script, *_ = parse_locale(likely) if likely else (name, None, None)
    return Parts(name, script or likely_script or "", territory or likely_territory or "")


def _likely(name: str, script: str | None, territory: str | None) -> str | None:
    """Look a language up in CLDR's likely subtags, in CLDR's order of keys."""
    table = get_global("likely_subtags")
    for subtags in ((name, script, territory), (name, territory), (name, script), (name,)):
        found = table.get("_".join(filter(None, subtags)))
        if found is not None:
            return str(found)
    return None


def may_stand_in(wanted: str, other: str) -> bool:
    """Tell whether a reader of `wanted` may be shown `other` without having chosen it.

    Never another script of the same language, never Hant for Hans or Hans for Hant, and never
    Chinese for Uyghur, Tibetan or Mongolian.
    """
    mine, theirs = parts(wanted), parts(other)
    if mine is None or theirs is None:
        return True
    if mine.language == theirs.language:
        return mine.script == theirs.script
    if {mine.script, theirs.script} == {"Hans", "Hant"}:
        return False
    return not (mine.language in NEVER_CHINESE and theirs.script in _HAN_SCRIPTS)
