"""What is known of a file that is on its way: where it lies, whose it is, what it answers.

A claim is sealed under the server's lasting key, since drafts may end with the process and a file
of a case that was sent must still be found. It is padded, and bound to its row.
"""

import json
from dataclasses import asdict, dataclass, field, fields

from bot.engine.events import Key
from bot.errors import ForeignState
from bot.keyring import Keyring, padded, unpadded
from bot.ports import Media


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A file that a person sent. `began` is when (unix seconds).

    `channel` and `peer` are who is told: a draft may have moved to another chat since. `depot` is
    the channel that has the file, `form` is id, version and hash. The draft's key is not here: it
    exists in the chat's state alone.
    """

    channel: str
    peer: str = field(repr=False)
    depot: str
    media: Media
    language: str
    key: Key
    part: int
    sequence: int
    number: int
    compartment: str
    form: tuple[str, str, str]
    began: int


def seal_claim(keyring: Keyring, claim: Claim, bound: bytes) -> bytes:
    """Return a claim sealed, and bound to the key of its row."""
    text = json.dumps(asdict(claim), ensure_ascii=False, separators=(",", ":"))
    return keyring.fetches.seal(padded(text.encode(errors="replace")), bound)


def open_claim(keyring: Keyring, sealed: bytes, bound: bytes) -> Claim:
    """Return what `seal_claim` was given; raises ForeignState for anything else."""
    try:
        plain = json.loads(unpadded(keyring.fetches.open(sealed, bound)))
        if set(plain) != {one.name for one in fields(Claim)}:
            raise ForeignState
        name, iteration = plain.pop("key")
        form = tuple(plain.pop("form"))
        media = Media(**plain.pop("media"))
        return Claim(media=media, key=(name, iteration), form=form, **plain)
    except (ValueError, TypeError, KeyError):
        raise ForeignState from None
