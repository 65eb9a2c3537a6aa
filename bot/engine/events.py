"""What happens to a conversation (past tense) and what it wants done (imperative).

Frozen values without behaviour. Fields that hold a person's words are left out of every repr.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

#: A question and its iteration: 0 outside repeats, 1, 2, ... inside one.
Key = tuple[str, int]


# --- events ------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """The person wrote something; `early`: before they could read what is asked now.

    `again`: what they said last, before they could read that it was taken.
    """

    text: str = field(repr=False)
    early: bool = False
    again: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Chose:
    """The person pressed a button that was made at `revision`."""

    revision: int
    pick: str = field(repr=False)  # an index into the choices, or the name of a command


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """The person sent a file or a voice note.

    `refused` is the id of the text that says why it is not taken, found out before the step.
    """

    voice: bool = False
    refused: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Edited:
    """The person edited an earlier message."""

    text: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Deleted:
    """The person deleted an earlier message, where the channel tells.

    Found out before the step: `parts` are what that message gave to the draft, `sent` is the
    language of the report that went out from this chat before.
    """

    parts: tuple[tuple[Key, int], ...] = ()
    sent: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unsupported:
    """Something came that the line does not take (sticker, location, contact, poll)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rang:
    """A timer that was set at `revision` has run out."""

    name: str
    revision: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Began:
    """The person opened the line by its start button, or by a link that says where it stood."""

    payload: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """A file that was announced by `Fetch` is sealed and kept, or never will be.

    `hash` is what the person is shown of its SHA-256; `refused` the id of the text that says why
    it could not be kept, "" when it was.
    """

    key: Key
    part: int
    number: int
    hash: str = ""
    refused: str = ""


class Proof(StrEnum):
    """What a case code leads to."""

    WRONG = "wrong"  # to nothing, or too many were tried
    DRAFT = "draft"  # to a draft, whose state is this very one by now
    SENT = "sent"  # to a case that was sent
    LEAVES = "leaves"  # to one whose deletion is asked for: nothing is added any more


@dataclass(frozen=True, kw_only=True, slots=True)
class Proved:
    """The person gave a case code, and it was looked up: the digits themselves never come here.

    `case` and `sequence` are of a case that was sent: its id, and the last of the numbers that its
    author has given to entries.
    """

    proof: Proof
    case: bytes = b""
    sequence: int = 0
    files: int = 0  # that the case has


@dataclass(frozen=True, kw_only=True, slots=True)
class Closed:
    """What was added to leaves meanwhile: what has just been said or sent was not kept."""


Event = (
    Said | Chose | Sent | Edited | Deleted | Unsupported | Rang | Began | Fetched | Proved | Closed
)


# --- values and effects ------------------------------------------------------------------


class Shape(StrEnum):
    """How the value of an answer is to be read."""

    WORDS = "words"
    CODES = "codes"
    NUMBER = "number"
    DATE = "date"


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """An answer. `items`: one string of words, the codes, the number or the date (EDTF)."""

    shape: Shape
    items: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """Put the question (or menu) that the new state stands at.

    `original`: in English. `brief`: only that a part of the answer was kept and more may come.
    `coming` is the number of a file that is on its way: then it is said to be just that, not kept.
    """

    original: bool = False
    brief: bool = False
    coming: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Say:
    """Say one of the line's own texts."""

    id: str
    args: Mapping[str, str] = field(default_factory=dict, repr=False)
    language: str = ""  # "" is the conversation's


@dataclass(frozen=True, kw_only=True, slots=True)
class Tell:
    """Say a note of the form, or the reason why a question is asked (`part` "why")."""

    name: str
    part: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Keep:
    """Seal and keep one part of an answer before anything else is asked."""

    key: Key
    part: int
    value: Value = field(repr=False)
    sequence: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetch:
    """Fetch, seal and keep the file of this event as one part of an answer.

    `number` is what the person calls it: the how-manieth file of the case.
    """

    key: Key
    part: int
    sequence: int
    number: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Drop:
    """Delete one kept part of an answer."""

    key: Key
    part: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Send:
    """Pack the kept parts named here and hand the case over."""

    kept: tuple[tuple[Key, int], ...]
    files: frozenset[tuple[Key, int]] = frozenset()  # of these: what is not there yet comes later
    urgency: str
    digest: Mapping[str, tuple[str, ...]] = field(repr=False)
    calculated: Mapping[str, str] = field(repr=False)
    contact: bool = True  # whether the person may be written to
    link: str = field(default="", repr=False)  # by which start link the person came


@dataclass(frozen=True, kw_only=True, slots=True)
class Code:
    """Make the case code findable, and show it."""

    digits: str = field(repr=False)
    sent: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Forget:
    """Delete the draft, its key and the state."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wipe:
    """Ask the channel to remove what stands in this chat, then say the text `id` if any."""

    id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SetTimer:
    """Ring `name` after `seconds`; None takes it back."""

    name: str
    seconds: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Erase:
    """Ask for the deletion of a case that was sent."""

    case: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """Say how a case that was sent stands: opened, answered, how far its deletion is."""

    case: bytes
    language: str = ""  # "" is the conversation's


@dataclass(frozen=True, kw_only=True, slots=True)
class KeepWay:
    """Keep with a case that was sent that the person may be written to in this chat as well."""

    case: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """Someone asked that a person be alerted now."""


Effect = (
    Ask
    | Say
    | Tell
    | Keep
    | Fetch
    | Drop
    | Send
    | Code
    | Forget
    | Wipe
    | SetTimer
    | Erase
    | Account
    | KeepWay
    | Alert
)
