"""What leaves a chat when a step was taken, and what takes another's place there. Pure.

- A person's message leaves once its answer is kept, and so do a command, or a slip of one, a choice
  in a menu, and what the line does not take (a place, a contact). What was not kept stays: nobody's
  words vanish unkept.
- That it leaves is told when words are kept, once for each question: whoever sees "1" go knows why.
- A case code leaves when it led somewhere: it is a secret.
- A file is never taken out unasked: the chat may hold the only copy.
- What stays is remembered, so that it can be removed with the rest of the chat.
- A prompt that only changed, by a tick or a page, takes the place of the one with the button.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.engine import answers
from bot.engine.events import (
    Began,
    Chose,
    Edited,
    Effect,
    Event,
    Keep,
    Proof,
    Proved,
    Said,
    Say,
    Shape,
    Tell,
    Unsupported,
)
from bot.engine.model import Form, Kind
from bot.engine.state import Mode, State
from bot.ports import Message

#: How a chat app writes commands. A whole sentence may follow a slash in scripts without spaces.
_LIKE_A_COMMAND = re.compile(r"/[A-Za-z0-9_]{1,32}(@[A-Za-z0-9_]+)?", re.ASCII)
#: Menus, where an answer is a choice: words that lead on were one.
_MENUS = frozenset(
    {
        Mode.LANGUAGE,
        Mode.REVIEW,
        Mode.CHANGING,
        Mode.DOUBT,
        Mode.STOPPING,
        Mode.DELETING,
        Mode.ADDING,
        Mode.CONTACT,
    }
)
#: Questions where every answer is a choice.
_CHOICES = frozenset({Kind.ONE, Kind.MANY, Kind.COUNTRY, Kind.ACKNOWLEDGE, Kind.AGAIN})

#: Messages of one chat, and chats, that `Left` remembers at most.
MOST_LEFT, MOST_CHATS = 1_000, 1_000


@dataclass(frozen=True, slots=True)
class Left:
    """Messages that were not looked at, because too many came: who wipes the chat means them too.

    By the tag of their chat, in memory until its next step is kept: a flood costs no commits.
    """

    _left: dict[bytes, list[str]] = field(default_factory=dict, repr=False)

    def note(self, tag: bytes, message: str) -> None:
        """Remember that a message stands in a chat."""
        if tag in self._left or len(self._left) < MOST_CHATS:
            messages = self._left.setdefault(tag, [])
            if len(messages) < MOST_LEFT:
                messages.append(message)

    def of(self, tag: bytes) -> tuple[str, ...]:
        """Return what is remembered of a chat."""
        return tuple(self._left.get(tag, ()))

    def kept(self, tag: bytes) -> None:
        """Forget what is kept elsewhere by now."""
        self._left.pop(tag, None)


def stands(event: Event) -> bool:
    """Tell whether an event is a new message of the person's in the chat."""
    return not isinstance(event, Chose | Edited)


def leaves(
    form: Form, event: Event, effects: Sequence[Effect], before: State, after: State
) -> bool:
    """Tell whether the person's message leaves the chat."""
    match event:
        case Said(text=text):
            chosen = _was_chosen(form, effects, before, after)
            return was_kept(effects) or chosen or _is_command(form, text.strip())
        case Began() | Unsupported():
            return True
        case Proved(proof=proof):
            return proof is not Proof.WRONG
        case _:
            return False


def was_kept(effects: Sequence[Effect]) -> bool:
    """Tell whether a step kept an answer: the person is told when its message cannot leave."""
    return any(isinstance(effect, Keep) for effect in effects)


def is_told(effects: Sequence[Effect], before: State) -> bool:
    """Tell whether the person is told that the message leaves: for the first words of an answer.

    Files that came before them are no words: of these none has left.
    """
    kept = [effect for effect in effects if isinstance(effect, Keep)]
    return any(one.value.shape is Shape.WORDS and _is_first(one, before) for one in kept)


def _is_first(keep: Keep, before: State) -> bool:
    files = {*before.files, *before.lost}
    return all((*keep.key, part) in files for part in range(keep.part))


def without(said: Sequence[Message], message: str, words: tuple[str, str]) -> list[Message]:
    """Return what is said, the first of it taking the person's message out of the chat.

    `words` say so: that it was asked for, or that it failed; a message that removes the whole chat
    has words of its own.
    """
    first, *rest = said
    removed, not_removed = (first.removed, first.not_removed) if first.wipe else words
    gone = (*first.removes, message)
    return [replace(first, removes=gone, removed=removed, not_removed=not_removed), *rest]


def in_place(
    said: Sequence[Message], event: Event, message: str, before: State, after: State
) -> list[Message]:
    """Return what is said, in the place of the message with the button where only that changed."""
    same = (before.mode, before.at, before.language) == (after.mode, after.at, after.language)
    pressed = isinstance(event, Chose) and event.revision == before.revision
    if message and pressed and same and len(said) == 1 and said[0].prompt:
        return [replace(said[0], replaces=message)]
    return list(said)


def _is_command(form: Form, word: str) -> bool:
    """Tell whether a whole message is a command, in any language, or looks like one."""
    if _LIKE_A_COMMAND.fullmatch(word):
        return True
    return word.startswith("/") and answers.command(form, word) is not None


def _was_chosen(form: Form, effects: Sequence[Effect], before: State, after: State) -> bool:
    """Tell whether words were taken for a choice or a command: there is nothing in them to keep."""
    other = (before.form, before.version, before.sha256) != (form.id, form.version, form.sha256)
    if other or any(map(_is_miss, effects)):
        return False
    if before.revision == 0:  # nothing was open: the words of a command do not begin anything
        return after.mode is Mode.OVER
    if before.mode in _MENUS:
        return after.mode is not before.mode
    if before.mode is Mode.PAUSED:
        return True
    if before.mode is Mode.ASKING and before.at is not None:
        return before.consented or form.by_name[before.at[0]].kind in _CHOICES
    return False


def _is_miss(effect: Effect) -> bool:
    """Tell whether the person is told that their words could not be taken."""
    match effect:
        case Say(id=name):
            return name.startswith(("wrong-", "too-")) or name in {"resumed", "no-command"}
        case Tell(part=part):
            return part == "error"
        case _:
            return False
