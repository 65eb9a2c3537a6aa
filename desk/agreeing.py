"""Desk and server come to the same statement: the newer one wins, whoever has it.

Rules of this file: the root decides what is a statement, its number which is newer; the server has
to have signed what it shows by the keys that are named in it. Key files that a colleague shared go
the same way, in both directions.
"""

import io
import itertools
from collections.abc import Sequence

from desk import reader
from desk.errors import ForeignServer, NoServerKeys, StrangeAnswer
from desk.mirror import Mirror
from desk.offered import offered_keys
from desk.reader import Reader
from desk.remote import Remote
from desk.statements import Adopted, adopt, believed, first_of
from storage import age_header, archive, bundle, folder
from storage.archive import END, Member
from storage.errors import LineError, StorageError
from storage.line import Line, authenticate
from storage.signature import VerifyKey

LINE = "/line"


def agreed(remote: Remote, mirror: Mirror, who: Reader) -> tuple[Reader, Adopted]:
    """Take a newer statement and keys that were shared; bring what is newer here.

    Raises:
        SyncError: the server cannot be asked, or not be believed.
        LineError, ReadingError: its statement or keys are refused.
    """
    members = _shown(remote, who)
    if _line_in(members, who).epoch < who.line.epoch:
        _bring(remote, who)
        members = _shown(remote, who)
    adopted = _adopted(mirror, who, members)
    who = reader.renew(who)
    if _has_more(who, members):
        _bring(remote, who)
    return who, adopted


def server_of(line: Line) -> VerifyKey:
    """Return the identity of a statement's server.

    Raises:
        NoServerKeys: it names none.
    """
    if line.server is None:
        raise NoServerKeys
    return line.server.identity


def _shown(remote: Remote, who: Reader) -> list[Member]:
    """Return the server's line folder, signed by the server that the statement in it names."""

    def server(body: bytes) -> VerifyKey:
        return server_of(_line_in(_members(body), who) if body else who.line)

    body = remote.ask(LINE, server)
    if body is None:
        raise StrangeAnswer(LINE)
    return _members(body)


def _adopted(mirror: Mirror, who: Reader, members: Sequence[Member]) -> Adopted:
    rest = iter(members)
    signed = first_of(rest)
    line = believed(signed, who)
    ended = itertools.chain(rest, [Member(name=bundle.HEADS, data=b"")])
    fresh, _ = offered_keys(ended, line, who)
    return adopt(mirror, who, line, signed, fresh)


def _has_more(who: Reader, members: Sequence[Member]) -> bool:
    """Tell whether a key file here is sealed to more people than the server's."""
    theirs = {one.name: one.data for one in members}
    for key in who.line.reading_keys:
        ours = folder.read_key(who.line_folder, key.id)
        other = theirs.get(bundle.key_name(key.id), b"")
        if ours is not None and age_header.count(ours) > age_header.count(other):
            return True
    return False


def _bring(remote: Remote, who: Reader) -> None:
    """Bring the statement here, with its keys, to the server."""
    signed = folder.read(who.line_folder)
    keys = {key.id: folder.read_key(who.line_folder, key.id) for key in who.line.reading_keys}
    members = [
        Member(name=bundle.STATEMENT, data=signed.text.encode()),
        Member(name=bundle.SIGNATURE, data=signed.signature.encode()),
        *(Member(name=bundle.key_name(one), data=data) for one, data in keys.items() if data),
    ]
    body = b"".join((*map(archive.write, members), END))
    remote.ask(LINE, lambda _: server_of(who.line), body=body)


def _members(body: bytes) -> list[Member]:
    try:
        return list(archive.read(io.BytesIO(body)))
    except StorageError:
        raise ForeignServer from None


def _line_in(members: Sequence[Member], who: Reader) -> Line:
    """Return the statement that a server shows, if our root signed it.

    Raises:
        LineError: it did not. ForeignServer: it shows none.
    """
    try:
        signed = first_of(iter(members))
        return authenticate(signed.text, signed.signature, root=who.root)
    except LineError:
        raise
    except StorageError:
        raise ForeignServer from None
