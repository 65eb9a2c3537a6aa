"""Who reads at this desk: the statement believed here, the root, and the reading keys that open.

Rules of this file: the person's own key is asked for once, lives in memory for one command, and
opens only what the root signed. A newer statement changes what is held, not who reads.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from desk import keyfile, keys
from desk.errors import NoRootPinned
from storage import folder
from storage.age import Identity
from storage.line import GENERAL, Line
from storage.signature import SigningKey, VerifyKey
from storage.statement import KEY_ID


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """A person at a desk. `keys` are the reading keys they hold, by id."""

    name: str
    desk: Path
    line_folder: Path
    root: VerifyKey
    line: Line
    own: Identity = field(repr=False)
    signing: SigningKey = field(repr=False)
    keys: Mapping[str, Identity] = field(repr=False)

    @property
    def general(self) -> tuple[Identity, ...]:
        """The keys of the general compartment, newest first: they open digests."""
        held = sorted(self.keys.items(), reverse=True)
        return tuple(one for key_id, one in held if compartment(key_id) == GENERAL)


def open_reading_keys(desk: Path, line_folder: Path, ask: Callable[[], str]) -> Reader:
    """Load the statement and the person's key, and open the reading keys they hold.

    `ask` is called for the passphrase, where the key has one.

    Raises:
        NoRootPinned, NoKeyFile, NotYourWords, LineError, ReadingKeyError: what is missing.
    """
    root = folder.read_root(desk)
    if root is None:
        raise NoRootPinned(desk)
    line = keys.trusted_line(desk, line_folder)
    key = keyfile.load(desk, ask)
    return Reader(
        name=key.name,
        desk=desk,
        line_folder=line_folder,
        root=root,
        line=line,
        own=key.reading,
        signing=key.signing,
        keys=_held(line_folder, line, key.reading),
    )


def renew(reader: Reader) -> Reader:
    """Load statement and reading keys again, after a bundle has brought newer ones."""
    line = keys.trusted_line(reader.desk, reader.line_folder)
    return replace(reader, line=line, keys=_held(reader.line_folder, line, reader.own))


def compartment(key_id: str) -> str:
    """Return the compartment of a reading key, from its id."""
    match = KEY_ID.fullmatch(key_id)
    return match[3] if match else "unknown"


def _held(line_folder: Path, line: Line, own: Identity) -> dict[str, Identity]:
    opened = keys.open_all(line_folder, line, own)
    return {key_id: one.identity for key_id, one in opened.items()}
