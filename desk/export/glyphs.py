"""Which characters the fonts of this computer show: asked of the typesetter, never guessed.

Rules of this file: nothing is ever set as an empty box. The typesetter refuses an archival PDF
(PDF/A) that holds one, so it is asked with what a text is made of: all at once, then by halves.
What cannot be shown is named by its script, with how much of it there is, and its place in the text
says so.

Source: ISO 19005-2, 6.2.11.8 (no reference to the .notdef glyph)
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import groupby

Shows = Callable[[str], bool]  # whether everything in these lines can be shown

MOST_QUESTIONS = 48  # asked about one script; what is left is then named as missing
SIGNS = "signs and pictures"
JOINED = frozenset({"Mn", "Mc", "Me", "Cf"})
SCRIPTS = {"cjk": "Chinese characters", "uighur": "Uyghur", "kangxi": "Chinese characters"}


def missing(texts: Iterable[str], shows: Shows) -> frozenset[str]:
    """Return the clusters of these texts that no font has."""
    clusters = {one for text in texts if not text.isascii() for one in _clusters(text)}
    clusters = {one for one in clusters if not one.isascii()}
    found = set[str]()
    for _, same in groupby(sorted(clusters, key=_sorted), key=script):
        found |= _without(list(same), shows)
    return frozenset(found)


def told(text: str, lacking: Collection[str]) -> tuple[str, Counter[str]]:
    """Return a text in which what cannot be shown is named, and how much that was, by script."""
    counted: Counter[str] = Counter()
    if not lacking or text.isascii():
        return text, counted
    pieces = list[str]()
    for name, run in groupby(_clusters(text), key=lambda one: one in lacking and script(one)):
        same = list(run)
        if not name:
            pieces += same
        else:
            counted[name] += len(same)
            pieces.append(f"[{name}: {len(same)} not shown]")
    return "".join(pieces), counted


def script(cluster: str) -> str:
    """Return what a cluster is written in, for people: `Tibetan`, `Mongolian`."""
    if unicodedata.category(cluster[0])[0] not in "LMNP":
        return SIGNS
    words = unicodedata.name(cluster[0], "unknown").lower().split()
    return SCRIPTS.get(words[0], words[0].capitalize())


def _sorted(cluster: str) -> tuple[str, str]:
    return script(cluster), cluster


def _clusters(text: str) -> Iterator[str]:
    """Yield characters with the marks that stand on them."""
    cluster = ""
    for c in text:
        if cluster and unicodedata.category(c) in JOINED:
            cluster += c
            continue
        if cluster:
            yield cluster
        cluster = c
    if cluster:
        yield cluster


def _without(clusters: Sequence[str], shows: Shows) -> set[str]:
    """Return those of one script that cannot be shown."""
    found, waiting, asked = set[str](), [list(clusters)], 0
    while waiting:
        some = waiting.pop()
        if asked >= MOST_QUESTIONS:
            found |= set(some)
            continue
        asked += 1
        if shows("\n".join(some)):
            continue
        if len(some) == 1:
            found.add(some[0])
        else:
            waiting += [some[: len(some) // 2], some[len(some) // 2 :]]
    return found
