"""An age file's header: text that wraps the file key for each recipient, under a MAC.

Rules of this file: shape only, no recipient types. What is read is exactly the grammar of
https://c2sp.org/age and nothing beside it: base64 is canonical and unpadded, lines end with LF. One
header has one spelling, so writing what was read gives the same bytes.
"""

import binascii
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.errors import ChangedHeader, DamagedHeader, NotAnAgeFile, SealError

VERSION = b"age-encryption.org/v1\n"
COLUMNS = 64
MAC_LINE = 48  # "--- ", 43 characters, LF
MAX_HEADER = 1 << 20  # ours: 670 post-quantum recipients

# stanza = "-> " argument *(SP argument) LF *full-line final-line
_STANZA = re.compile(
    rb"-> ([!-~]+(?: [!-~]+)*)\n((?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{0,63})\n", re.ASCII
)
_END = re.compile(rb"--- ([A-Za-z0-9+/]{43})\n", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stanza:
    """What one recipient needs to unwrap the file key."""

    type: bytes
    arguments: tuple[bytes, ...]
    body: bytes

    def text(self) -> bytes:
        """Return the stanza as it stands in a file; the last line is shorter than the others."""
        body = encode(self.body)
        lines = [body[at : at + COLUMNS] for at in range(0, len(body) + 1, COLUMNS)]
        return b"\n".join([b" ".join([b"->", self.type, *self.arguments]), *lines, b""])


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """The stanzas, and the MAC over `text`."""

    stanzas: tuple[Stanza, ...]
    text: bytes  # up to and with the "---"
    mac: bytes

    @classmethod
    def parse(cls, header: bytes) -> Self:
        """Read a whole header, from the version line to the end of the MAC line.

        Raises:
            DamagedHeader: it is not in the format.
        """
        stanzas, at = [], len(VERSION)
        while match := _STANZA.match(header, at):
            kind, *arguments = match[1].split(b" ")
            body = decode(match[2].replace(b"\n", b""))
            stanzas.append(Stanza(type=kind, arguments=tuple(arguments), body=body))
            at = match.end()
        end = _END.fullmatch(header, at)
        if not stanzas or end is None:
            raise DamagedHeader
        return cls(stanzas=tuple(stanzas), text=header[: at + 3], mac=decode(end[1]))

    def check(self, file_key: bytes) -> None:
        """Refuse a header that is not the one this file key was wrapped in.

        Raises:
            ChangedHeader: the MAC differs.
        """
        if not hmac.compare_digest(_mac(file_key, self.text), self.mac):
            raise ChangedHeader


def write(stanzas: Sequence[Stanza], file_key: bytes) -> bytes:
    """Return the text of a header, with its MAC line."""
    text = b"".join([VERSION, *(stanza.text() for stanza in stanzas), b"---"])
    return b"%b %b\n" % (text, encode(_mac(file_key, text)))


def length(start: bytes | bytearray) -> int | None:
    """Return where the header ends in the beginning of a file; None when that is further on.

    Raises:
        NotAnAgeFile: it begins otherwise.
        DamagedHeader: there is no end within reason.
    """
    if not VERSION.startswith(start[: len(VERSION)]):
        raise NotAnAgeFile
    mac = start.find(b"\n---", 0, MAX_HEADER) + 1
    if mac and mac + MAC_LINE <= len(start):
        return mac + MAC_LINE
    if len(start) >= MAX_HEADER:
        raise DamagedHeader
    return None


def count(sealed: bytes) -> int:
    """Return to how many a file is sealed; none where it is no age file."""
    try:
        return len(Header.parse(sealed[: whole(sealed)]).stanzas)
    except SealError:
        return 0


def whole(sealed: bytes) -> int:
    """Return where the header ends in a whole file.

    Raises:
        NotAnAgeFile: it begins otherwise.
        DamagedHeader: the header has no end.
    """
    end = length(sealed)
    if end is not None:
        return end
    if len(sealed) < len(VERSION):
        raise NotAnAgeFile
    raise DamagedHeader


def encode(data: bytes) -> bytes:
    """Return base64 without padding."""
    return binascii.b2a_base64(data, newline=False).rstrip(b"=")


def decode(text: bytes) -> bytes:
    """Return the bytes of canonical base64 without padding.

    Raises:
        DamagedHeader: another spelling.
    """
    try:
        data = binascii.a2b_base64(text + b"=" * (-len(text) % 4))
    except binascii.Error:
        raise DamagedHeader from None
    if encode(data) != text:  # also what the decoder passes over
        raise DamagedHeader
    return data


def derive(file_key: bytes, salt: bytes | None, info: bytes) -> bytes:
    """Return the 32-byte key that age derives from a file key."""
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(file_key)


def _mac(file_key: bytes, text: bytes) -> bytes:
    return hmac.digest(derive(file_key, None, b"header"), text, "sha256")
