"""Bech32 as age uses it: the BIP 173 checksum, and no limit on length.

Rules of this file: a text is wholly lower or wholly upper case; the checksum is over the lower-case
form; what `encode` would not write again is refused.

Source: https://github.com/bitcoin/bips/blob/master/bip-0173.mediawiki, https://c2sp.org/age
"""

import base64

CHARACTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
VALUES = {character: value for value, character in enumerate(CHARACTERS)}
CHECKSUM = 6
GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


#: RFC 4648 cuts bytes into groups of five bits as well; Python reads numbers in base 32.
FROM_RFC_4648 = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", bytes(range(32)))
TO_DIGITS = bytes.maketrans(bytes(range(32)), b"0123456789abcdefghijklmnopqrstuv")


def _step(top: int) -> int:
    """Return what the checksum's five topmost bits turn into."""
    folded = 0
    for bit, generator in enumerate(GENERATOR):
        if top >> bit & 1:
            folded ^= generator
    return folded


STEPS = tuple(_step(top) for top in range(32))


def encode(prefix: str, data: bytes) -> str:
    """Return the lower-case text of some bytes."""
    words = [*base64.b32encode(data).rstrip(b"=").translate(FROM_RFC_4648)]
    remainder = _remainder(prefix, [*words, *[0] * CHECKSUM]) ^ 1
    words += [remainder >> 5 * (CHECKSUM - 1 - place) & 31 for place in range(CHECKSUM)]
    return f"{prefix}1{''.join(CHARACTERS[word] for word in words)}"


def decode(prefix: str, text: str) -> bytes:
    """Return the bytes of a text with this prefix.

    Raises:
        ValueError: it is not one.
    """
    lower = text.lower()
    found, _, rest = lower.rpartition("1")
    if text not in {lower, text.upper()} or not text.isascii() or found != prefix:
        message = "another prefix, or mixed case"
        raise ValueError(message)
    try:
        words = [VALUES[character] for character in rest]
    except KeyError:
        message = "a character that bech32 does not have"
        raise ValueError(message) from None
    if len(words) < CHECKSUM or _remainder(prefix, words) != 1:
        message = "the checksum does not fit"
        raise ValueError(message)
    return _joined(words[:-CHECKSUM])


def _remainder(prefix: str, words: list[int]) -> int:
    expanded = [ord(one) >> 5 for one in prefix] + [0] + [ord(one) & 31 for one in prefix]
    checksum = 1
    for word in expanded + words:
        checksum = (checksum & 0x1FFFFFF) << 5 ^ word ^ STEPS[checksum >> 25]
    return checksum


def _joined(words: list[int]) -> bytes:
    """Join groups of five bits; what is left over at the end must be zeros, and no whole group."""
    left = 5 * len(words) % 8
    number = int(bytes(words).translate(TO_DIGITS) or b"0", 32)
    if left >= 5 or number & (1 << left) - 1:  # noqa: PLR2004 - the bits of a group
        message = "bits left over"
        raise ValueError(message)
    return (number >> left).to_bytes(5 * len(words) // 8)
