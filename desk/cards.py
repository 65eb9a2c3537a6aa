"""The root card and the recovery card: a 32-byte seed as 24 words and a QR code.

Rules of this file: text in, text out; nothing is written to a disk and nothing is asked here.
What a person types is read forgivingly (case, spaces, line breaks, the numbers of the words), and
refused exactly: a word that is on no card is named with its place, and a wrong card as a whole.

Source: BIP-39, English list, without passphrase; the words encode the seed itself (entropy), not
a wallet's stretched seed. The QR code holds the same words in capitals.
"""

import difflib
import re
import unicodedata
from enum import Enum
from functools import cache

from mnemonic import Mnemonic

from desk.errors import NoCard, NoSuchWord, WrongChecksum, WrongWordCount

COUNT = 24
ROW = 4
WIDTH = 66
QUIET = 2  # modules of white around the code: half the standard's four, which readers accept
BLACK_ON_WHITE = "\x1b[30;107m"
PLAIN = "\x1b[0m"
HALF_BLOCKS = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}
HEADING = re.compile(r"^ *(ROOT|RECOVERY) CARD\b.*$", re.MULTILINE)
NUMBERED = re.compile(r"(?: *\d{1,2} +[a-z]+)+ *", re.ASCII)
LETTERS = re.compile(r"[^\W\d_]+")


class Kind(Enum):
    """Which of the two cards."""

    ROOT = "root"
    RECOVERY = "recovery"


PURPOSE = {
    Kind.ROOT: (
        "It signs who may read this line's cases, and what the line asks.",
        "Whoever has it can add themselves. Needed a few times a year.",
    ),
    Kind.RECOVERY: (
        "It opens every case when all computers or passphrases are lost.",
        "Whoever has it can read everything. Needed, with luck, never.",
    ),
}
KEEPING = "Two copies on paper, in two places, away from computers and from the other card."


def words(seed: bytes) -> tuple[str, ...]:
    """Return the 24 words of a 32-byte seed."""
    return tuple(_bip39().to_mnemonic(seed).split(" "))


def spell(text: str, *, first: int = 1) -> tuple[str, ...]:
    """Return the card words in what a person typed; `first` is the place of the first one.

    Raises:
        NoSuchWord: one is on no card; the nearest ones are suggested.
    """
    typed = LETTERS.findall(unicodedata.normalize("NFKC", text).lower())
    for place, word in enumerate(typed, first):
        if word not in _words():
            raise NoSuchWord(place, word[:WIDTH], _nearest(word))
    return tuple(typed)


def seed_of(text: str) -> bytes:
    """Return the seed of 24 typed words.

    Raises:
        NoSuchWord, WrongWordCount, WrongChecksum: they are not the words of a card.
    """
    typed = spell(text)
    if len(typed) != COUNT:
        raise WrongWordCount(len(typed))
    try:
        return bytes(_bip39().to_entropy(list(typed)))
    except ValueError:
        raise WrongChecksum from None


def find(text: str, kind: Kind, *, file: str) -> bytes:
    """Return the seed of one card in a file: of cards as rendered, or of plain words.

    Raises:
        NoCard: the file holds only the other card; and what `seed_of` raises.
    """
    headings = list(HEADING.finditer(text))
    if not headings:
        return seed_of(text)
    for number, heading in enumerate(headings):
        if heading[1] == kind.value.upper():
            end = headings[number + 1].start() if number + 1 < len(headings) else len(text)
            rows = text[heading.end() : end].splitlines()
            return seed_of(" ".join(row for row in rows if NUMBERED.fullmatch(row)))
    raise NoCard(file, kind.value)


def render(kind: Kind, seed: bytes, *, line: str, fingerprint: str, colour: bool = False) -> str:
    """Return the card as text: purpose, fingerprint, numbered words, QR code."""
    own = words(seed)
    cells = [f"{place:2d} {word:<10}" for place, word in enumerate(own, 1)]
    rows = ["  ".join(cells[at : at + ROW]).rstrip() for at in range(0, COUNT, ROW)]
    return "\n".join(
        [
            "=" * WIDTH,
            f"{kind.value.upper()} CARD of the line: {line}",
            "=" * WIDTH,
            *PURPOSE[kind],
            KEEPING,
            f"Fingerprint: {fingerprint}",
            "",
            *rows,
            "",
            qr(own, colour=colour),
            "",
        ]
    )


def qr(own: tuple[str, ...], *, colour: bool = False) -> str:
    """Return the words as a QR code of half blocks, black on white paper (or screen)."""
    import segno  # noqa: PLC0415 - it loads xml, http and email; only who makes a card needs it

    code = segno.make_qr(" ".join(own).upper(), error="l", boost_error=False)
    dots = [list(row) for row in code.matrix_iter(border=QUIET)]
    if len(dots) % 2:
        dots.append([0] * len(dots[0]))
    lines = [
        "".join(HALF_BLOCKS[upper, lower] for upper, lower in zip(*pair, strict=True))
        for pair in zip(dots[::2], dots[1::2], strict=True)
    ]
    if colour:
        lines = [f"{BLACK_ON_WHITE}{line}{PLAIN}" for line in lines]
    return "\n".join(lines)


def wordlist() -> tuple[str, ...]:
    """Return the 2048 words, which passphrases are drawn from as well."""
    return tuple(_bip39().wordlist)


@cache
def _bip39() -> Mnemonic:
    return Mnemonic("english")


@cache
def _words() -> frozenset[str]:
    return frozenset(_bip39().wordlist)


def _nearest(word: str) -> str:
    """Return the suggestion; four letters tell the words of the list apart, so they come first."""
    alike = [one for one in _bip39().wordlist if len(word) > ROW - 1 and one[:ROW] == word[:ROW]]
    alike += difflib.get_close_matches(word, _bip39().wordlist, n=3, cutoff=0.6)
    nearest = list(dict.fromkeys(alike))[:3]
    return f"; is it {' or '.join(nearest)}?" if nearest else ""
