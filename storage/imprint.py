r"""The imprint of a reply: salted hashes of what was sent to a person, for desks to compare with.

Rules of this file: pure but for the salt. An imprint is made by the server, which knows what it
sends, and lies in the receipt, sealed to staff. Its salt is new each time: no two imprints of the
same words look alike, and none leads back to words that somebody does not know already.

    words = SHA-256("quietline/sent-words/v1\0" ‖ salt ‖ the text, in UTF-8)
    way   = SHA-256("quietline/sent-way/v1\0" ‖ salt ‖ a document of address, hours and language)
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Self

from storage.document import Document, write
from storage.hours import Hours, hours_fields

SALT, HASH = 16, 32
WORDS = b"quietline/sent-words/v1\0"
WAY = b"quietline/sent-way/v1\0"


@dataclass(frozen=True, kw_only=True, slots=True)
class Imprint:
    """Two hashes over one salt: of the words that were sent, and of how and whither."""

    salt: bytes = field(repr=False)
    words: bytes
    way: bytes

    @classmethod
    def of(cls, text: str, *, address: bytes, language: str, hours: Hours | None) -> Self:
        """Return the imprint of a reply, under a new salt; `address` as it stood in the case."""
        salt = secrets.token_bytes(SALT)
        way = hash_way(salt, address, language, hours)
        return cls(salt=salt, words=hash_words(salt, text), way=way)

    def has_words(self, text: str) -> bool:
        """Tell whether this very text was sent."""
        return hash_words(self.salt, text) == self.words

    def has_way(self, *, address: bytes, language: str, hours: Hours | None) -> bool:
        """Tell whether it was sent to this address, in this language and these hours."""
        return hash_way(self.salt, address, language, hours) == self.way


def hash_words(salt: bytes, text: str) -> bytes:
    """Return the hash of words; half a character counts as it came."""
    return hashlib.sha256(WORDS + salt + text.encode(errors="surrogatepass")).digest()


def hash_way(salt: bytes, address: bytes, language: str, hours: Hours | None) -> bytes:
    """Return the hash of how and whither."""
    values: dict[str, object] = {"address": address.hex(), "language": language}
    values |= {"hours": hours_fields(hours)} if hours else {}
    return hashlib.sha256(WAY + salt + write("sent-way", values)).digest()


def imprint_fields(imprint: Imprint) -> dict[str, str]:
    """Return an imprint as it stands in a document."""
    return {
        "salt": imprint.salt.hex(),
        "way": imprint.way.hex(),
        "words": imprint.words.hex(),
    }


def read_imprint(document: Document, key: str) -> Imprint | None:
    """Read the imprint below a field; where it is not there, as in what is older, there is none.

    Raises:
        FieldError: it is none.
    """
    if not document.has(key):
        return None
    section = document.section(key)
    imprint = Imprint(
        salt=section.hexadecimal("salt", SALT),
        words=section.hexadecimal("words", HASH),
        way=section.hexadecimal("way", HASH),
    )
    section.end()
    return imprint
