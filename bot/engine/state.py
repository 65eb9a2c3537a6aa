"""Where a conversation stands: everything the chat's sealed state holds, and its bytes.

The state never holds a person's words. Of answers it holds which questions were answered, in
how many parts, and the codes of those choices that a later rule of the form still needs.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.engine.events import Key
from bot.errors import ForeignState

#: 2 added the start link, 3 files and adding, 4 origins, 5 reply windows, 6 a further address,
#: 7 that something was said before a language was chosen.
#: Older states are read too: an update must not lose open drafts.
VERSION = 7
#: What a state of an earlier version lacks at its end.
_LACKS: Mapping[int, tuple[Any, ...]] = {
    1: ("", ("", 0, (), ()), (), False, False, False),
    2: (("", 0, (), ()), (), False, False, False),
    3: ((), False, False, False),
    4: (False, False, False),
    5: (False, False),
    6: (False,),
    VERSION: (),
}
#: Nothing in a state holds itself; to look for that is a quarter of the writing.
_JSON = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False)


class Mode(StrEnum):
    """What the next words of the person are about."""

    LANGUAGE = "language"
    ASKING = "asking"
    DOUBT = "doubt"  # the last message looked like a document number: keep it?
    REVIEW = "review"
    CHANGING = "changing"  # choosing which answer to change
    STOPPING = "stopping"  # "stop and delete everything?"
    PAUSED = "paused"
    DELETING = "deleting"  # "have the team delete what was sent?"
    ADDING = "adding"  # to a case that was sent: everything is kept at once
    CONTACT = "contact"  # "may we write to you here as well?", before that ends
    OVER = "over"  # sent, stopped or ended: nothing is kept of it


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """A conversation. `answered` counts kept parts: 0 is a question that was skipped."""

    form: str
    version: str
    sha256: str
    revision: int = 0
    mode: Mode = Mode.LANGUAGE
    before: Mode = Mode.ASKING  # where STOPPING, PAUSED and a change of language lead back to
    language: str = ""
    at: Key | None = None
    page: int = 0
    ticked: tuple[str, ...] = field(default=(), repr=False)
    answered: Mapping[Key, int] = field(default_factory=dict)
    told: tuple[Key, ...] = ()
    trail: tuple[Key, ...] = ()
    open: tuple[Key, ...] = ()  # asked again although answered ("back", "change")
    codes: Mapping[Key, tuple[str, ...]] = field(default_factory=dict, repr=False)
    iterations: Mapping[str, int] = field(default_factory=dict)
    consented: bool = False
    case: bytes = b""
    key: bytes = field(default=b"", repr=False)
    sequence: int = 0
    strikes: int = 0
    code: bytes = field(default=b"", repr=False)  # how the case code is found, once there is one
    link: str = field(default="", repr=False)  # what came with the start link, if one was used
    adds: bytes = b""  # the sent case that is added to
    filed: int = 0  # how many numbers were given to files
    files: tuple[tuple[str, int, int], ...] = ()  # parts that are files: question, iteration, part
    numbers: tuple[int, ...] = ()  # the numbers of these, in the same order
    lost: tuple[tuple[str, int, int], ...] = ()  # parts that count, and are not there
    # By which message of the person's a part came: message, question, iteration, part.
    origins: tuple[tuple[str, str, int, int], ...] = field(default=(), repr=False)
    window: bool = False  # it is added to because staff wrote, and not because of a case code
    offered: bool = False  # it was asked whether one may be written to here as well
    unheard: bool = False  # something was said or sent before a language was chosen, and not kept

    @property
    def adding(self) -> bool:
        """Tell whether entries are added to a sent case: each has a number of its author's."""
        return bool(self.adds) and bool(self.sequence)

    @property
    def leaves(self) -> bool:
        """Tell whether the code led to a case that leaves: it is told of, and not added to."""
        return bool(self.adds) and not self.sequence


def encode(state: State) -> bytes:
    """Return the state as compact JSON."""
    return _JSON.encode(
        [
            VERSION,
            [state.form, state.version, state.sha256],
            state.revision,
            [state.mode.value, state.before.value],
            state.language,
            state.at,
            state.page,
            state.ticked,
            [[*k, n] for k, n in state.answered.items()],
            state.told,
            state.trail,
            state.open,
            [[*k, *c] for k, c in state.codes.items()],
            state.iterations,
            state.consented,
            [_text(state.case), _text(state.key), _text(state.code)],
            state.sequence,
            state.strikes,
            state.link,
            [_text(state.adds), state.filed, _numbered(state), state.lost],
            state.origins,
            state.window,
            state.offered,
            state.unheard,
        ]
    ).encode()


def decode(data: bytes) -> State:
    """Return the state that `encode` wrote; raises ForeignState for anything else."""
    try:
        return _decode(json.loads(data))
    except (ValueError, TypeError, IndexError, KeyError, AttributeError):
        raise ForeignState from None


def _decode(row: Any) -> State:  # noqa: ANN401 - parsed JSON, checked by what is done with it
    version, form, revision, modes, language, at, page, ticked, answered, told, *rest = row
    if version not in _LACKS:
        raise ForeignState
    rest += _LACKS[version]
    trail, reopened, codes, iterations, consented, secrets, sequence, strikes, *rest = rest
    link, more, origins, window, offered, unheard = rest
    adds, filed, files, lost = more
    return State(
        form=form[0],
        version=form[1],
        sha256=form[2],
        revision=revision,
        mode=Mode(modes[0]),
        before=Mode(modes[1]),
        language=language,
        at=None if at is None else _key(at),
        page=page,
        ticked=tuple(ticked),
        answered={_key(k): k[2] for k in answered},
        told=tuple(_key(k) for k in told),
        trail=tuple(_key(k) for k in trail),
        open=tuple(_key(k) for k in reopened),
        codes={_key(k): tuple(k[2:]) for k in codes},
        iterations=dict(iterations),
        consented=consented,
        case=_bytes(secrets[0]),
        key=_bytes(secrets[1]),
        code=_bytes(secrets[2]),
        sequence=sequence,
        strikes=strikes,
        link=link,
        adds=_bytes(adds),
        filed=filed,
        files=tuple((name, iteration, part) for name, iteration, part, _ in files),
        numbers=tuple(number for *_, number in files),
        lost=tuple((name, iteration, part) for name, iteration, part in lost),
        origins=tuple((source, name, iteration, part) for source, name, iteration, part in origins),
        window=window,
        offered=offered,
        unheard=unheard,
    )


def _numbered(state: State) -> list[tuple[Any, ...]]:
    return [(*file, number) for file, number in zip(state.files, state.numbers, strict=True)]


def _key(row: list[Any]) -> Key:
    return (row[0], row[1])


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
