"""Signatures over files of any size: the file is mapped, not read into memory.

Rules of this file: what is checked and what is then read are the same open file. The signature is
the one that stock `ssh-keygen -Y verify` checks over the same file.
"""

import mmap
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from storage.errors import ArchiveCutShort
from storage.signature import SigningKey, VerifyKey, verify


@contextmanager
def mapped(path: Path) -> Iterator[mmap.mmap]:
    """Open a file to be read through memory.

    Raises:
        ArchiveCutShort: there is nothing in it.
    """
    with path.open("rb") as file:
        if not file.seek(0, 2):
            raise ArchiveCutShort
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as source:
            yield source


def sign(source: mmap.mmap, identity: SigningKey, namespace: str) -> str:
    """Return an armoured signature over the whole file."""
    return identity.sign(cast("bytes", source), namespace)  # it is only hashed


def check(
    source: mmap.mmap, signature: str, namespace: str, keys: Collection[VerifyKey]
) -> VerifyKey:
    """Return the one of the keys that signed the whole file.

    Raises:
        BadSignature: none did.
    """
    return verify(cast("bytes", source), signature, namespace, keys)  # it is only hashed
