"""What leaves a chat when a step was taken, and what takes another's place there. Pure.

- A person's message leaves once its answer is kept, and so do a command and what the line does not
  take (a place, a contact). What was not kept stays: nobody's words vanish unkept.
- A file is never taken out unasked: the chat may hold the only copy.
- What stays is remembered, so that it can be removed with the rest of the chat.
- A prompt that only changed, by a tick or a page, takes the place of the one with the button.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.engine.events import Began, Chose, Effect, Event, Keep, Said, Unsupported
from bot.engine.state import State
from bot.ports import Message


def leaves(event: Event, effects: Sequence[Effect]) -> bool:
    """Tell whether the person's message leaves the chat."""
    match event:
        case Said(text=text):
            return was_kept(effects) or _is_command(text)
        case Began() | Unsupported():
            return True
        case _:
            return False


def was_kept(effects: Sequence[Effect]) -> bool:
    """Tell whether a step kept an answer: then the person is told what became of the message."""
    return any(isinstance(effect, Keep) for effect in effects)


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


def _is_command(text: str) -> bool:
    """Tell whether a whole message is one word with a slash."""
    word = text.strip()
    return word.startswith("/") and len(word.split()) == 1
