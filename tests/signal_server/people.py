"""What people do: they write, edit, take back, react. Each thing becomes an envelope for the bridge.

`Done` tells the timestamp and the fate of it: "queued", "told", "lost", "untrusted".
"""

import base64
from collections.abc import Sequence
from typing import Any

from tests.signal_server import envelopes
from tests.signal_server.disk import digest
from tests.signal_server.refusals import Unplayable
from tests.signal_server.telling import Telling
from tests.signal_server.world import ACCOUNT_UUID, Chat, Item, Letter, Person, Who, Wire, World

Done = dict[str, Any]
LONG = "text/x-signal-plain"
_CUT = 2_000


class People:
    """Everybody who writes to the account."""

    world: World
    telling: Telling

    def meet(self, person: Who) -> Done:
        """Let a person be registered at Signal, without a word to the bridge."""
        return {"uuid": self.world.person(person).uuid}

    def say(
        self,
        person: Who,
        text: str,
        *,
        expires: int | None = None,
        quote: int | None = None,
        mentions: Sequence[Wire] = (),
        hidden: bool = False,
        group: str = "",
        view_once: bool = False,
        at: int | None = None,
        extra: Wire | None = None,
    ) -> Done:
        """Write a text."""
        if not text:
            raise Unplayable("no app sends an empty text")
        more: Wire = {"mentions": [] if hidden else envelopes.mentions(mentions)}
        if quote is not None:
            more["quote"] = self._quote(self._speaker(person), quote)
        more |= extra or {}
        return self._write(
            person,
            text,
            expires=expires,
            quote=quote,
            group=group,
            view_once=view_once,
            at=at,
            more=more,
        )

    def send(
        self,
        person: Who,
        files: Sequence[Wire],
        *,
        text: str = "",
        group: str = "",
        view_once: bool = False,
        expires: int | None = None,
        at: int | None = None,
    ) -> Done:
        """Send files, with a caption or without."""
        if not files:
            raise Unplayable("there is no file")
        return self._write(
            person, text, expires=expires, group=group, view_once=view_once, at=at, files=files
        )

    def long(self, person: Who, text: str, *, merged: bool = True, at: int | None = None) -> Done:
        """Write more than fits into a message: signal-cli joins it, or leaves an attachment."""
        whole = text.encode()
        if len(whole) <= _CUT:
            raise Unplayable("it fits into a message")
        if merged:
            return self._write(person, text, at=at)
        cut = whole[:_CUT].decode(errors="ignore")
        return self._write(
            person, cut, at=at, files=[{"content": whole, "type": LONG}], stands=text
        )

    def edit(
        self,
        person: Who,
        text: str,
        *,
        target: int | None = None,
        chain: bool = False,
        at: int | None = None,
    ) -> Done:
        """Edit an own message: the newest, or the one named; `chain`: its newest revision is named."""
        someone = self._speaker(person)
        item = self._own(someone, target)
        stamp = self.world.stamp(at)
        aim = item.revisions[-1] if chain and item.revisions else item.timestamp
        item.text, item.edited = text, True
        item.texts.append(text)
        item.revisions.append(stamp)
        new = envelopes.data(stamp, text, expires=item.expires)
        edit = {"targetSentTimestamp": aim, "dataMessage": new}
        return self._tell(someone, stamp, editMessage=edit)

    def remote_delete(self, person: Who, *, target: int | None = None) -> Done:
        """Delete an own message for everyone."""
        someone = self._speaker(person)
        item = self._own(someone, target)
        item.deleted = True
        gone = {"timestamp": item.timestamp if target is None else target}
        return self._data(someone, remoteDelete=gone)

    def react(
        self,
        person: Who,
        emoji: str,
        *,
        target: int | None = None,
        remove: bool = False,
        bare: bool = False,
    ) -> Done:
        """React to a message, the bot's newest or the one named."""
        someone = self._speaker(person)
        item = self._any(someone, target)
        item.reactions[someone.uuid] = emoji
        if remove:
            del item.reactions[someone.uuid]
        if bare:
            return self._data(someone)
        author = (self.world.number, ACCOUNT_UUID) if item.bot else (someone.number, someone.uuid)
        wire = envelopes.reaction(emoji, item.timestamp, author, remove=remove)
        return self._data(someone, reaction=wire)

    def receipt(self, person: Who, *, kind: str = "read", target: int | None = None) -> Done:
        """Tell that a message of the bot has come, was read, or was viewed."""
        if kind not in {"delivery", "read", "viewed"}:
            raise Unplayable(f"no such receipt: {kind}")
        someone = self._speaker(person)
        aim = target or self._newest(someone.chat, bot=True).timestamp
        stamp = self.world.stamp()
        return self._tell(someone, stamp, receiptMessage=envelopes.receipt(kind, stamp, [aim]))

    def typing(self, person: Who, *, stop: bool = False) -> Done:
        """Type, or stop typing."""
        stamp = self.world.stamp()
        wire = {"action": "STOPPED" if stop else "STARTED", "timestamp": stamp}
        return self._tell(self._speaker(person), stamp, typingMessage=wire)

    def timer(self, person: Who, seconds: int) -> Done:
        """Set disappearing messages for the chat."""
        someone = self._speaker(person)
        someone.chat.timer = seconds
        return self._data(someone, update=True)

    def flood(self, person: Who, count: int, *, text: str = "message") -> Done:
        """Write many messages at once."""
        done = [self.say(person, f"{text} {n}") for n in range(1, count + 1)]
        return {name + "s": [each[name] for each in done] for name in ("timestamp", "fate")}

    # --- what all of it comes to ------------------------------------------------------------

    def _write(
        self,
        who: Who,
        text: str,
        *,
        expires: int | None = None,
        quote: int | None = None,
        group: str = "",
        view_once: bool = False,
        at: int | None = None,
        files: Sequence[Wire] = (),
        more: Wire | None = None,
        stands: str = "",
    ) -> Done:
        person = self._speaker(who)
        chat = self.world.group(group) if group else person.chat
        stamp = self.world.stamp(at)
        timer = chat.timer if expires is None else expires
        loose = [_loose(each) for each in files]
        names = [self._file_name(each) for each in files]
        wires = [
            envelopes.attachment(name, told, _size(content), stamp)
            for name, told, content in zip(names, files, loose, strict=True)
        ]
        item = Item(
            chat.place, stamp, bot=False, text=stands or text, quote=quote, expires=timer,
            view_once=view_once, group=group, author=person.uuid,
            attachments=[
                {"type": wire["contentType"], "filename": wire["filename"], "size": wire["size"],
                 "sha256": digest(name, content)}
                for name, wire, content in zip(names, wires, loose, strict=True)
            ],
        )  # fmt: skip
        item.texts.append(item.text)
        chat.items.append(item)
        inside = {"groupInfo": envelopes.group(group, self.world.groups[group][0])} if group else {}
        message = envelopes.data(
            stamp, text or None, expires=timer, view_once=view_once,
            **{"attachments": wires, **inside, **(more or {})},
        )  # fmt: skip
        done = self._tell(person, stamp, tuple(zip(names, loose, strict=True)), dataMessage=message)
        return {**done, "attachments": names} if files else done

    def _data(self, person: Person, *, update: bool = False, **more: Any) -> Done:  # noqa: ANN401 - JSON
        """Tell a dataMessage without words."""
        stamp = self.world.stamp()
        timer = person.chat.timer
        wire = envelopes.data(stamp, None, expires=timer, update=update, **more)
        return self._tell(person, stamp, dataMessage=wire)

    def _tell(
        self,
        person: Person,
        stamp: int,
        files: tuple[tuple[str, bytes | int], ...] = (),
        **message: Any,  # noqa: ANN401 - JSON
    ) -> Done:
        envelope = envelopes.envelope(person, stamp, **message)
        account = self.world.number
        letter = Letter(
            timestamp=stamp, person=person, envelope=envelope, files=files, account=account
        )
        return {"timestamp": stamp, "fate": self.telling.tell(letter)}

    def _speaker(self, who: Who) -> Person:
        """Return who does something, which nobody does to an account they block."""
        person = self.world.person(who)
        if person.blocks:
            raise Unplayable("blocked: they must let the bot in again first")
        return person

    def _file_name(self, file: Wire) -> str:
        kind = file.get("type", "application/octet-stream")
        return self.world.disk.name(kind)

    def _quote(self, person: Person, target: int) -> Wire:
        item = self._any(person, target)
        number, uuid = person.number, person.uuid
        if item.bot:
            number, uuid = self.world.number, ACCOUNT_UUID
        return envelopes.quote(item.timestamp, item.text, number, uuid)

    def _own(self, person: Person, target: int | None) -> Item:
        if target is None:
            return self._newest(person.chat, bot=False)
        item = person.chat.find(target, bot=False)
        if item is None or item.deleted:
            raise Unplayable("no such message of theirs stands there")
        return item

    def _any(self, person: Person, target: int | None) -> Item:
        if target is None:
            return self._newest(person.chat, bot=True)
        item = person.chat.find(target, bot=True) or person.chat.find(target, bot=False)
        if item is None or item.deleted:
            raise Unplayable("no such message stands there")
        return item

    def _newest(self, chat: Chat, *, bot: bool) -> Item:
        for item in reversed(self.world.stands(chat)):
            if item.bot == bot:
                return item
        raise Unplayable("there is no message yet")


def _loose(file: Wire) -> bytes | int:
    """Return a file's content, or its size."""
    content = file.get("content")
    if content is None:
        return int(file["size"])
    return content if isinstance(content, bytes) else base64.b64decode(content)


def _size(content: bytes | int) -> int:
    return content if isinstance(content, int) else len(content)
