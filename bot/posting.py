"""Letters: rendered messages, sealed until they are sent; and the ids of what stands in a chat.

A letter's key comes from the event's own randomness, so that the same step tried again puts the
same letters. What is inside is only for `delivery`. What goes together (`parcels`) is decided here,
and nothing is sent.
"""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.errors import ForeignState
from bot.keyring import Keyring, padded, unpadded
from bot.ports import Message, Option
from storage.rows import LetterRow
from storage.unit import Letter

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
#: A sealed id is a multiple of this many bytes, so that its size does not count messages.
_ID = 16
_TRACE = b"trace"
#: Begins a trace that is no message: from here a report was sent, in the language that follows.
SENT = "sent "
_PROMPT, _WIPE, _BEGINS = 1, 2, 4
#: How many of a message's values are always there, and what the others are where they are left out.
_ALWAYS = 7
_NOTHING: tuple[Any, ...] = (0, (), "", "", "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """One message and where it goes. `also` is another tag whose traces a wipe removes."""

    channel: str
    peer: str = field(repr=False)
    message: Message
    also: bytes = b""


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcel:
    """One message to send; `keys` are the letters that are done with once it is."""

    keys: tuple[bytes, ...]
    post: Post


def letters_of(
    keyring: Keyring,
    channel: str,
    peer: str,
    tag: bytes,
    messages: Sequence[Message],
    draw: bytes,
    *,
    also: bytes = b"",
) -> tuple[Letter, ...]:
    """Return messages as sealed letters, in their order; `also` goes with those that wipe."""
    letters: list[Letter] = []
    for number, message in enumerate(messages):
        key = hmac.digest(draw, b"letter %d" % number, "sha256")[:16]
        more = [also.hex()] if also and message.wipe else []
        content = _JSON.encode([channel, peer, _plain(message), *more])
        sealed = keyring.letters.seal(padded(content.encode()), key)
        letters.append(Letter(key=key, tag=tag, sealed=sealed))
    return tuple(letters)


def open_letter(keyring: Keyring, row: LetterRow) -> Post:
    """Return what a letter says; raises ForeignState when it is not ours."""
    try:
        content = json.loads(unpadded(keyring.letters.open(row.sealed, row.key)))
        channel, peer, plain, *more = content
        also = bytes.fromhex("".join(more))
        return Post(channel=channel, peer=peer, message=_message(plain), also=also)
    except (ValueError, TypeError, KeyError):
        raise ForeignState from None


def seal_trace(keyring: Keyring, message: str) -> bytes:
    """Return the id of a message that stands in a chat, sealed."""
    data = message.encode()
    return keyring.letters.seal(data.ljust(-(-len(data) // _ID) * _ID, b"\0"), _TRACE)


def open_trace(keyring: Keyring, sealed: bytes) -> str:
    """Return the id of a message that stands in a chat; raises ForeignState when it is not ours."""
    try:
        return keyring.letters.open(sealed, _TRACE).rstrip(b"\0").decode()
    except UnicodeDecodeError:
        raise ForeignState from None


def parcels(posts: Sequence[tuple[bytes, Post]]) -> tuple[Parcel, ...]:
    """Return what of one chat's waiting posts (with the keys of their letters) is to be sent.

    A prompt behind which another one waits is stale and left out. What it would have removed is
    removed, and told, by the next one that is sent to the same person.
    """
    last = {_where(post): number for number, (_, post) in enumerate(posts) if post.message.prompt}
    stale: dict[tuple[str, str], list[tuple[bytes, Post]]] = {}
    made: list[Parcel] = []
    for number, (key, post) in enumerate(posts):
        if post.message.prompt and number < last[_where(post)]:
            stale.setdefault(_where(post), []).append((key, post))
            continue
        carried = stale.pop(_where(post), [])
        keys = (*(k for k, _ in carried), key)
        made.append(Parcel(keys=keys, post=_joined([p for _, p in carried], post)))
    return tuple(made)


def _where(post: Post) -> tuple[str, str]:
    return post.channel, post.peer


def _joined(carried: Sequence[Post], post: Post) -> Post:
    """Return a post that also removes, and tells of, what stale ones before it would have."""
    if not carried:
        return post
    every = [*carried, post]
    messages = [one.message for one in every]
    message = replace(
        post.message,
        removes=tuple(dict.fromkeys(name for m in messages for name in m.removes)),
        removed="\n".join(dict.fromkeys(m.removed for m in messages if m.removed)),
        not_removed="\n".join(dict.fromkeys(m.not_removed for m in messages if m.not_removed)),
        wipe=any(m.wipe for m in messages),
        begins=any(m.begins for m in messages),
    )
    return replace(post, message=message, also=next((p.also for p in every if p.also), b""))


def _plain(message: Message) -> list[object]:
    """Return a message as JSON values, the last ones only where they say something."""
    options = [[o.label, o.pick, o.number, int(o.ticked)] for o in message.options]
    actions = [[o.label, o.pick] for o in message.actions]
    flags = _PROMPT * message.prompt | _WIPE * message.wipe | _BEGINS * message.begins
    more = [flags, message.removes, message.removed, message.not_removed, message.replaces]
    while more and not more[-1]:
        more.pop()
    words = [message.id, message.text, message.how]
    return [*words, options, actions, message.revision, message.language, *more]


def _message(plain: Any) -> Message:  # noqa: ANN401 - our own JSON; anything else raises above
    row: list[Any] = [*plain, *_NOTHING[len(plain) - _ALWAYS :]]
    name, text, how, options, actions, revision, language, *more = row
    flags, removes, removed, not_removed, replaces = more
    return Message(
        id=name,
        text=text,
        how=how,
        options=tuple(
            Option(label=label, pick=pick, number=number, ticked=bool(ticked))
            for label, pick, number, ticked in options
        ),
        actions=tuple(Option(label=label, pick=pick) for label, pick in actions),
        revision=revision,
        language=language,
        prompt=bool(flags & _PROMPT),
        removes=tuple(removes),
        removed=removed,
        not_removed=not_removed,
        wipe=bool(flags & _WIPE),
        replaces=replaces,
        begins=bool(flags & _BEGINS),
    )
