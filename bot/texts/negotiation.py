"""Which language fits a hint, which are offered, and in which order the menu lists them.

A channel's hint is that of an app, perhaps of the state a person fled: it orders the menu and
decides nothing. No match ever crosses scripts (facts: RFC 4647 lookup on likely subtags).
"""

from collections.abc import Collection, Mapping, Sequence

from bot.errors import UnknownLanguage
from bot.texts.languages import Parts, may_stand_in, parts
from bot.texts.library import Texts


def negotiate(
    wanted: str, offered: Sequence[str], reserves: Mapping[str, Sequence[str]]
) -> str | None:
    """Return the offered language nearest to a tag or a language pack's name, or None.

    Subtags are stripped from right to left, but never the script; then the reserves of the
    wanted language are tried, without those that may not stand in for it.
    """
    known = parts(wanted)
    if known is None:
        return None
    found = _match(wanted, known, offered)
    if found is not None:
        return found
    for key in _widening(known):
        for tag, others in reserves.items():
            if parts(tag) is not None and key in _keys(tag):
                return _first_reserve(wanted, others, offered)
    return None


def _first_reserve(wanted: str, others: Sequence[str], offered: Sequence[str]) -> str | None:
    for other in others:
        known = parts(other)
        if known is not None and may_stand_in(wanted, other):
            found = _match(other, known, offered)
            if found is not None:
                return found
    return None


def _match(wanted: str, known: Parts, offered: Sequence[str]) -> str | None:
    exact = wanted.replace("_", "-").lower()
    for tag in offered:
        if tag.lower() == exact:
            return tag
    for key in _widening(known):
        for tag in offered:
            if key in _keys(tag):
                return tag
    return None


def _widening(known: Parts) -> tuple[Parts, ...]:
    return (known, Parts(known.language, known.script))


def _keys(tag: str) -> tuple[Parts, ...]:
    """Return what a tag answers to: itself completed, and any territory when it names none."""
    known = parts(tag)
    if known is None:
        return ()
    names_territory = tag.replace("_", "-").lower().endswith(f"-{known.territory.lower()}")
    return (known,) if names_territory else _widening(known)


def offered(
    texts: Texts, *, languages: Sequence[str], offer_drafts: Collection[str]
) -> tuple[str, ...]:
    """Return the languages people may choose, in the organisation's order.

    A language whose safety block is not wholly reviewed is left out unless `offer_drafts` lists
    it. Raises UnknownLanguage for one that has no texts.
    """
    for tag in (*languages, *offer_drafts):
        if tag not in texts.tags:
            raise UnknownLanguage(tag)
    return tuple(
        tag
        for tag in dict.fromkeys(languages)
        if texts.catalogue(tag).safety_reviewed or tag in offer_drafts
    )


def order_menu(hint: str | None, offered: Sequence[str]) -> tuple[str, ...]:
    """Return the offered languages, the one that fits the hint first; the rest keep their order."""
    first = negotiate(hint, offered, {}) if hint else None
    if first is None:
        return tuple(offered)
    return (first, *(tag for tag in offered if tag != first))
