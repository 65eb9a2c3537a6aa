"""Letters: rendered messages, sealed until they are sent.

A letter's key comes from the event's own randomness, so that the same step tried again puts the
same letters. What is inside is only for `delivery`.
"""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.errors import ForeignState
from bot.keyring import Keyring, padded, unpadded
from bot.ports import Message, Option
from storage.rows import LetterRow
from storage.unit import Letter

_JSON = json.JSONEncoder(ensure_ascii=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """One message and where it goes."""

    channel: str
    peer: str = field(repr=False)
    message: Message


def letters_of(
    keyring: Keyring,
    channel: str,
    peer: str,
    tag: bytes,
    messages: Sequence[Message],
    draw: bytes,
) -> tuple[Letter, ...]:
    """Return messages as sealed letters, in their order."""
    letters: list[Letter] = []
    for number, message in enumerate(messages):
        key = hmac.digest(draw, b"letter %d" % number, "sha256")[:16]
        content = _JSON.encode([channel, peer, _plain(message)])
        sealed = keyring.letters.seal(padded(content.encode()), key)
        letters.append(Letter(key=key, tag=tag, sealed=sealed))
    return tuple(letters)


def open_letter(keyring: Keyring, row: LetterRow) -> Post:
    """Return what a letter says; raises ForeignState when it is not ours."""
    try:
        channel, peer, plain = json.loads(unpadded(keyring.letters.open(row.sealed, row.key)))
        return Post(channel=channel, peer=peer, message=_message(plain))
    except (ValueError, TypeError, KeyError):
        raise ForeignState from None


def _plain(message: Message) -> list[object]:
    options = [[o.label, o.pick, o.number, o.ticked] for o in message.options]
    actions = [[o.label, o.pick] for o in message.actions]
    words = [message.id, message.text, message.how]
    return [*words, options, actions, message.revision, message.language]


def _message(plain: Any) -> Message:  # noqa: ANN401 - our own JSON; anything else raises above
    name, text, how, options, actions, revision, language = plain
    return Message(
        id=name,
        text=text,
        how=how,
        options=tuple(
            Option(label=label, pick=pick, number=number, ticked=ticked)
            for label, pick, number, ticked in options
        ),
        actions=tuple(Option(label=label, pick=pick) for label, pick in actions),
        revision=revision,
        language=language,
    )
