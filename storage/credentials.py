"""The server's own secrets: `identity` signs, `packet` opens letters from staff, `master` seals.

Rules of this file: each secret is one small file, which systemd (`LoadCredentialEncrypted`), a
Docker secret or the folder of `quietline init` may give; so `read` does not judge the files'
modes, and `write` makes them 0600 in a 0700 folder. Nothing derived is ever kept. No secret is
in a repr or an error.
"""

import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage import disk
from storage.age import Identity
from storage.errors import (
    BadCredential,
    CredentialsExist,
    MissingCredential,
    StorageError,
    UnreadableCredential,
)
from storage.signature import SigningKey

SEED = 32
LABEL = "quietline/"
NAMES = ("identity", "packet", "master")
MAX_FILE = 4096
PRINTED = re.compile(r"[!-~]+", re.ASCII)
HEXADECIMAL = re.compile(rb"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """The three secrets of a server."""

    identity: SigningKey = field(repr=False)
    packet: Identity = field(repr=False)
    master: bytes = field(repr=False)

    @classmethod
    def make(cls) -> Self:
        """Make new secrets."""
        return cls(
            identity=SigningKey.generate(),
            packet=Identity.generate(),
            master=secrets.token_bytes(SEED),
        )

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the secrets from a credentials folder.

        Raises:
            MissingCredential, UnreadableCredential: a file is not there, or may not be read.
            BadCredential: a file holds something else.
        """
        return cls(
            identity=SigningKey.from_seed(_seed(folder, "identity")),
            packet=_identity(folder),
            master=_seed(folder, "master"),
        )

    def write(self, folder: Path) -> None:
        """Write the secrets into a folder that holds none yet.

        Raises:
            CredentialsExist: there are some; replacing them would lose what they sealed.
        """
        if any((folder / name).exists() for name in NAMES):
            raise CredentialsExist(folder)
        disk.make_folder(folder)
        disk.write(folder / "identity", self.identity.seed.hex().encode() + b"\n")
        disk.write(folder / "packet", self.packet.secret().encode() + b"\n")
        disk.write(folder / "master", self.master.hex().encode() + b"\n")

    def derive(self, label: str, length: int = SEED) -> bytes:
        """Return the key of this label: HKDF-SHA256 of the master, info `quietline/` and label."""
        info = (LABEL + label).encode()
        return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(self.master)


def read_secret(folder: Path, name: str) -> str:
    """Return a secret that another gave us: the bot's token, the mail server's password.

    Raises:
        MissingCredential, UnreadableCredential: its file is not there, or may not be read.
        BadCredential: it is not one line of printable signs.
    """
    data = _read(folder, name)
    text = data.decode("utf-8", "replace")
    if not text or not text.isprintable() or "\ufffd" in text:
        raise BadCredential(name, folder, "one line of text")
    return text


def read_pair(folder: Path, name: str) -> tuple[str, str]:
    """Return a key's id and the secret that goes with it, one a line: those of an S3 store.

    Raises:
        MissingCredential, UnreadableCredential: its file is not there, or may not be read.
        BadCredential: it is not two lines of printable signs.
    """
    lines = _read(folder, name).decode("utf-8", "replace").split("\n")
    pair = tuple(line.strip() for line in lines)
    if [bool(PRINTED.fullmatch(one)) for one in pair] != [True, True]:
        raise BadCredential(name, folder, "two lines: the key's id and its secret")
    return pair[0], pair[1]


def write_secret(folder: Path, name: str, secret: str) -> None:
    """Write such a secret, in place of an earlier one."""
    disk.make_folder(folder)
    disk.write(folder / name, secret.encode() + b"\n")


def _read(folder: Path, name: str) -> bytes:
    try:
        with (folder / name).open("rb") as file:
            return file.read(MAX_FILE).strip()
    except (FileNotFoundError, NotADirectoryError):
        raise MissingCredential(name, folder) from None
    except OSError as error:
        raise UnreadableCredential(name, folder, error.strerror) from None


def _seed(folder: Path, name: str) -> bytes:
    data = _read(folder, name)
    if HEXADECIMAL.fullmatch(data) is None:
        raise BadCredential(name, folder, "64 hexadecimal digits")
    return bytes.fromhex(data.decode("ascii"))


def _identity(folder: Path) -> Identity:
    try:
        return Identity.parse(_read(folder, "packet").decode("ascii"))
    except (MissingCredential, UnreadableCredential):
        raise
    except (StorageError, ValueError):
        raise BadCredential("packet", folder, "one AGE-SECRET-KEY-PQ-1... line") from None
