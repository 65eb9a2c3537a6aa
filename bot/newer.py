"""A statement that a desk brings, and keys that a colleague shared: as good as one loaded by hand.

Rules of this file: the root's signature, the chain and the day are asked for as at `line load`, and
the statement is to be for what runs here, or nothing changes. A key file is taken where there is
none, or where it is sealed to more people than the one here: what it holds, only desks can tell.
"""

import io
from datetime import date
from pathlib import Path

from bot.assembly import App
from bot.errors import OtherServer
from storage import age_header, archive, bundle, folder
from storage.archive import Member
from storage.errors import ThrowawayLine, WrongBundle
from storage.folder import MAX_KEY_FILE, MAX_STATEMENT, Signed
from storage.line import Line, check


def bring(data: bytes, *, app: App, today: date) -> None:
    """Take a statement and sealed reading keys into the line folder.

    Raises:
        StorageError: they are not what a desk brings, or not to be believed.
        BotError: the statement is not for the server that runs here.
    """
    members = list(archive.read(io.BytesIO(data), max_member=MAX_STATEMENT))
    signed = _signed(members[:2])
    line = check(signed.text, signed.signature, root=app.line.root, today=today, last=app.line)
    _refuse_other(line, app)
    place = app.home / "line"
    keys = dict(_key(member, line) for member in members[2:])
    fresh = {key: sealed for key, sealed in keys.items() if _is_more(place, key, sealed)}
    newer = line.sha256 != app.line.sha256
    if newer or fresh:
        folder.write(place, signed, fresh)
    if newer:
        folder.erase_unlisted(place, line)


def _signed(members: list[Member]) -> Signed:
    if [one.name for one in members] != [bundle.STATEMENT, bundle.SIGNATURE]:
        raise WrongBundle(bundle.STATEMENT)
    text, signature = (one.data.decode(errors="replace") for one in members)
    return Signed(text=text, signature=signature)


def _refuse_other(line: Line, app: App) -> None:
    if line.throwaway and not app.line.throwaway:
        raise ThrowawayLine
    keys = (app.credentials.identity.public, app.credentials.packet.recipient)
    if line.server is None or keys != (line.server.identity, line.server.packet):
        raise OtherServer("no" if line.server is None else "another")
    app.content.refuse_foreign(line)


def _key(member: Member, line: Line) -> tuple[str, bytes]:
    key_id = member.name.removeprefix(bundle.KEYS).removesuffix(".age")
    named = member.name == bundle.key_name(key_id) and line.key(key_id) is not None
    if not named or len(member.data) > MAX_KEY_FILE:
        raise WrongBundle(member.name)
    return key_id, member.data


def _is_more(place: Path, key_id: str, sealed: bytes) -> bool:
    here = folder.read_key(place, key_id)
    return age_header.count(sealed) > (0 if here is None else age_header.count(here))
