"""Reading keys that a bundle offers: which of them are worth keeping here.

Rules of this file: only a key that the root has signed, and only a key file that opens more, or
stands where there is none; nothing is written here.
"""

import itertools
from collections.abc import Iterator

from desk import keys
from desk.errors import ReadingKeyError
from desk.keys import Opened
from desk.reader import Reader
from storage import bundle, folder
from storage.archive import Member
from storage.errors import WrongBundle
from storage.line import Line, ReadingKey


def offered_keys(
    members: Iterator[Member], line: Line, reader: Reader
) -> tuple[dict[str, bytes], Iterator[Member]]:
    """Return the key files worth keeping, and the members after them."""
    fresh: dict[str, bytes] = {}
    for member in members:
        if not member.name.startswith(bundle.KEYS):
            return fresh, itertools.chain([member], members)
        key_id = member.name.removeprefix(bundle.KEYS).removesuffix(".age")
        key = line.key(key_id)
        if key is None or member.name != bundle.key_name(key_id):
            raise WrongBundle(member.name)
        if _is_better(key, member.data, reader):
            fresh[key_id] = member.data
    raise WrongBundle(bundle.HEADS)


def _is_better(key: ReadingKey, sealed: bytes, reader: Reader) -> bool:
    """Tell whether a key file is to take the place of the one here.

    One that opens here is, if it names our holders and more (a colleague shared it), or if ours
    does not open; one that does not open here is only where there is none.

    Raises:
        ReadingKeyError: it is not the key that the root signed.
    """
    here = folder.read_key(reader.line_folder, key.id)
    if here == sealed:
        return False
    offered = keys.open_one(key, sealed, reader.own)
    if here is None:
        return True
    ours = _open_ours(key, here, reader)
    return offered is not None and (ours is None or offered.holders > ours.holders)


def _open_ours(key: ReadingKey, sealed: bytes, reader: Reader) -> Opened | None:
    try:
        return keys.open_one(key, sealed, reader.own)
    except ReadingKeyError:  # damaged on this disk
        return None
