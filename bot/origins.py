"""Which message of the person's gave which part of an unsent answer. Pure.

Where an app tells that a message was deleted, the part that it gave is erased. The names of such
messages stand in the chat's sealed state for as long as the draft; the engine takes them out with
their parts. Only what answered the open question is noted.
"""

from collections.abc import Sequence

from bot.engine.events import Edited, Effect, Fetch, Keep, Key
from bot.engine.state import State
from bot.ports import Incoming

Origin = tuple[str, str, int, int]  # a message, then question, iteration and part


def noted(
    before: State, after: State, effects: Sequence[Effect], incoming: Incoming
) -> tuple[Origin, ...]:
    """Return the origins after a step: a changed message is known by its new name as well."""
    source = incoming.source
    if not source or not after.case:
        return after.origins
    new: list[Origin] = [
        (source, *effect.key, effect.part)
        for effect in effects
        if isinstance(effect, Keep | Fetch) and effect.key == before.at
    ]
    if isinstance(incoming.event, Edited):
        new += [(source, *origin[1:]) for origin in after.origins if origin[0] == incoming.about]
    return (*after.origins, *new)


def given(state: State, message: str) -> tuple[tuple[Key, int], ...]:
    """Return the parts that a message gave."""
    return tuple(
        ((name, iteration), part)
        for source, name, iteration, part in state.origins
        if message and source == message
    )
