"""The case code: the person's own secret, twenty digits in five groups of four.

Eighteen digits are drawn, two check them (ISO 7064 MOD 97-10), so that a slip of the pen is
told from a wrong code. Pure: the randomness is handed in.
"""

import hashlib
import unicodedata

from bot.engine.answers import digits

DRAWN = 18
LENGTH = 20
_GROUP = 4
#: What may stand between the digits, beside spaces and what nobody sees.
_BETWEEN = frozenset({"Zs", "Cc", "Cf", "Pd"})


def draw_case(draw: bytes) -> tuple[bytes, bytes]:
    """Return a random case id (16 bytes) and draft key (32 bytes) out of 32 random bytes."""
    return (
        hashlib.sha256(b"quietline/case\0" + draw).digest()[:16],
        hashlib.sha256(b"quietline/draft key\0" + draw).digest(),
    )


def draw_code(draw: bytes) -> str:
    """Return the twenty digits of a new case code out of 32 random bytes."""
    number = int.from_bytes(hashlib.sha512(b"quietline/case code\0" + draw).digest()) % 10**DRAWN
    return f"{number:0{DRAWN}d}{_check(number):02d}"


def show_code(code: str) -> str:
    """Return the code in its five groups."""
    return " ".join(code[i : i + _GROUP] for i in range(0, LENGTH, _GROUP))


def read_code(text: str) -> str | None:
    """Return the twenty digits in a person's words, in any script, or None."""
    found = "".join(c for c in digits(text) if c.isdecimal())
    if len(found) != LENGTH or _check(int(found[:DRAWN])) != int(found[DRAWN:]):
        return None
    return found


def whole_code(text: str) -> str | None:
    """Return the digits of a message that is a case code as a whole; "" of one with a slip in it.

    Digits of any script, in groups or not.
    """
    if len(text) < LENGTH:
        return None
    plain = "".join(c for c in digits(text) if unicodedata.category(c) not in _BETWEEN)
    if len(plain) != LENGTH or not (plain.isascii() and plain.isdecimal()):
        return None
    return read_code(plain) or ""


def _check(number: int) -> int:
    return 98 - number * 100 % 97
