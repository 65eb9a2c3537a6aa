"""Chats as they are kept: found by tag, opened with the state key, sealed again.

A chat's row holds, sealed and padded, who it is with and where the conversation stands. It is
found under this month's tag or last month's, and moved to this month's with the next step.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import date

from bot.engine import machine
from bot.engine.model import Form
from bot.engine.state import Mode, State, decode, encode
from bot.errors import ForeignState
from bot.keyring import Keyring, month_before, month_of, padded, unpadded
from storage.rows import ChatRow
from storage.unit import ChatChange, Store


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A chat as it was found: who it is, where it stands, and how it is kept.

    `apart`: what stands here came from another chat just now.
    """

    channel: str
    peer: str = field(repr=False)
    tag: bytes
    state: State
    expected: int = 0
    moved_from: bytes | None = None
    apart: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Chats:
    """Finds chats and seals what becomes of them."""

    store: Store
    keyring: Keyring
    form: Form

    def tag(self, channel: str, peer: str, today: date) -> bytes:
        """Return what stands for a chat this month."""
        return self.keyring.tag(channel, peer, month_of(today))

    async def find(self, channel: str, peer: str, today: date) -> Place:
        """Return where a chat stands; one that is not there has not begun.

        A state whose key is gone (ephemeral drafts, a restart) belongs to no form: the engine
        begins again and says so.
        """
        tag = self.tag(channel, peer, today)
        moved_from = None
        row = await self.store.chat(tag)
        if row is None:
            earlier = self.keyring.tag(channel, peer, month_before(today))
            row = await self.store.chat(earlier)
            moved_from = None if row is None else earlier
        if row is None:
            return Place(channel=channel, peer=peer, tag=tag, state=machine.begin(self.form))
        place = self.open(row)
        if place is not None:
            return replace(place, tag=tag, moved_from=moved_from)
        foreign = replace(machine.begin(self.form), sha256="", revision=row.revision)
        return Place(
            channel=channel,
            peer=peer,
            tag=tag,
            state=foreign,
            expected=row.revision,
            moved_from=moved_from,
        )

    def open(self, row: ChatRow) -> Place | None:
        """Return the chat in a row; None when its key is gone."""
        try:
            plain = unpadded(self._unsealed(row))
            size = int.from_bytes(plain[:4])
            channel, peer = json.loads(plain[4 : 4 + size])
            state = decode(plain[4 + size :])
        except ForeignState:
            return None
        if state.window:  # it asks nothing, so another version of the form does not end it
            form = self.form
            state = replace(state, form=form.id, version=form.version, sha256=form.sha256)
        return Place(channel=channel, peer=peer, tag=row.tag, state=state, expected=row.revision)

    def change(self, place: Place, after: State, *, forget: bool) -> ChatChange | None:
        """Return what becomes of the chat's row; None when there is none and none is wanted."""
        sealed = None
        if forget or after.mode is Mode.OVER:
            if not place.expected:
                return None
        else:
            header = json.dumps([place.channel, place.peer]).encode()
            plain = padded(len(header).to_bytes(4) + header + encode(after))
            box = self.keyring.windows if after.window else self.keyring.states
            sealed = box.seal(plain, place.tag)
        return ChatChange(
            tag=place.tag,
            expected=place.expected,
            state=sealed,
            revision=after.revision,
            moved_from=place.moved_from,
            apart=place.state.case if place.apart else b"",
        )

    def _unsealed(self, row: ChatRow) -> bytes:
        try:
            return self.keyring.states.open(row.state, row.tag)
        except ForeignState:
            return self.keyring.windows.open(row.state, row.tag)


def end(row: ChatRow) -> ChatChange:
    """Return the end of a chat that cannot be opened any more."""
    return ChatChange(tag=row.tag, expected=row.revision, state=None, revision=row.revision)
