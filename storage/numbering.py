"""Case numbers: what staff call a case, random and unrelated to anything of the case.

Rules of this file: pure; 32 random bytes in, a number out.
"""

import hmac

#: Letters and digits of case numbers: none that are read for one another (Crockford's base 32).
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 9


def draw_number(draw: bytes) -> str:
    """Return a case number: three groups of three."""
    number = int.from_bytes(hmac.digest(b"quietline/case number", draw, "sha256"))
    letters = [_ALPHABET[number >> 5 * i & 31] for i in range(_LENGTH)]
    return "-".join("".join(letters[i : i + 3]) for i in range(0, _LENGTH, 3))
