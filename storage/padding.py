"""The sizes that sealed things may have, so that a size says little.

Rules of this file: a size is of the plaintext, before sealing; every function is pure. Padmé leaks
O(log log n) bits and costs at most 12 %.

Source of Padmé: PURBs, https://doi.org/10.2478/popets-2019-0056, section 4
"""

from storage.errors import TooLong

KIB = 1024
MIB = 1024 * KIB
ANSWER_FLOOR = 512
ENTRY_CLASSES = (4 * KIB, 64 * KIB, 256 * KIB)
#: The longest path of the shipped form has to fit the first (tests/test_shapes.py).
PACKAGE_CLASSES = (256 * KIB,)


def padme(n: int) -> int:
    """Return the Padmé size that holds n bytes: its low bits, all but log2 of log2 n, are zero."""
    if n < 2:  # noqa: PLR2004 - log2 of log2 begins at 2
        return max(n, 1)
    exponent = n.bit_length() - 1
    kept = exponent.bit_length()
    low = (1 << (exponent - kept)) - 1
    return (n + low) & ~low


def answer_size(n: int) -> int:
    """Return the size of an answer of n bytes."""
    return max(ANSWER_FLOOR, padme(n))


def entry_size(n: int) -> int:
    """Return the size of a journal entry of n bytes."""
    return _class(n, ENTRY_CLASSES)


def package_size(n: int) -> int:
    """Return the size of a submission's package of n bytes."""
    return _class(n, PACKAGE_CLASSES)


def pad(data: bytes, size: int, fill: bytes = b" ") -> bytes:
    """Fill up to exactly `size` bytes.

    Raises:
        TooLong: there are more bytes than that.
    """
    if len(data) > size:
        raise TooLong(len(data), size)
    return data.ljust(size, fill)


def _class(n: int, classes: tuple[int, ...]) -> int:
    """Return the smallest class that holds n bytes; beyond the last, whole MiB."""
    whole = -(-n // MIB) * MIB
    return next((size for size in classes if n <= size), whole)
