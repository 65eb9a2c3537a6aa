"""What a form is once it is compiled: frozen values, no behaviour beyond looking things up.

`bot.forms` makes a `Form` from an XLSForm; the engine only reads it. Labels are not here:
texts live in the catalogues. What is here of words is the other direction, what a person may
type: labels and command words of every offered language, normalised by `answers.normalise`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.engine.expressions import Expression

#: Answers that mean "I don't know" and "I prefer not to say": valid in every list, exclusive.
RESERVED = frozenset({"UNK", "PNS"})
GENERAL = "general"
#: What stands for a question where a person adds to a case that was sent.
ADDED = "added"


class Kind(StrEnum):
    """The types of question that the engine walks through."""

    NOTE = "note"
    TEXT = "text"
    ONE = "one"
    MANY = "many"
    INTEGER = "integer"
    WHEN = "when"
    COUNTRY = "country"
    ACKNOWLEDGE = "acknowledge"
    FILE = "file"
    VOICE = "voice"
    CALCULATE = "calculate"
    AGAIN = "again"  # "add another?", made by the compiler at the end of a repeat


#: Questions that are answered in writing, by voice or with a file: whichever comes.
OPEN = frozenset({Kind.TEXT, Kind.FILE, Kind.VOICE})


class Command(StrEnum):
    """What a person may ask for at any moment, by button or by words."""

    START = "start"
    SKIP = "skip"
    BACK = "back"
    ADD = "add"
    DONE = "done"
    MORE = "more"
    CHANGE = "change"
    SEND = "send"
    REVIEW = "review"
    PAUSE = "pause"
    STOP = "stop"
    DELETE = "delete"
    HELP = "help"
    WHY = "why"
    DANGER = "danger"
    LANGUAGE = "language"
    ORIGINAL = "original"
    VERIFY = "verify"
    WHO = "who"
    WIPE = "wipe"
    CODE = "code"
    STATUS = "status"
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """One row of the choices sheet: a code, and its other columns for `choice_filter`."""

    code: str
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """A group of questions; `repeat` asks "add another?" after its last question."""

    name: str
    relevant: Expression | None = None
    repeat: bool = False
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One row of the survey sheet. `row` is its row there, for messages to the form's author."""

    name: str
    kind: Kind
    row: int = 0
    groups: tuple[str, ...] = ()  # enclosing groups, outermost first
    repeat: str = ""  # the repeat it is in, else ""
    list_name: str = ""
    choices: tuple[Choice, ...] = ()
    relevant: Expression | None = None
    constraint: Expression | None = None
    choice_filter: Expression | None = None
    calculation: Expression | None = None
    required: bool = False
    several: bool = False  # appearance `multiline`: several messages or files, then "done"
    compartment: str = GENERAL
    digest: bool = False
    sensitive: bool = False
    alert: str = ""  # the code that asks for the urgent alert
    consent: str = ""  # the code that gives consent; nothing is kept before it
    end: bool = False  # a note after which everything is forgotten
    lines: bool = False  # a note whose words come from the emergency lines of a country
    crisis: bool = False  # and of these only where somebody listens: for who may hurt themselves
    why: bool = False  # there is a text that says why we ask
    constraint_text: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One row of the triage sheet: the first rule that holds gives the urgency."""

    level: str
    when: Expression


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """A compiled form. `words` and `commands` hold normalised words of every offered language."""

    id: str
    version: str
    sha256: str
    questions: tuple[Question, ...]
    groups: Mapping[str, Group] = field(default_factory=dict)
    triage: tuple[Rule, ...] = ()
    enough: Expression | None = None  # what must hold before "send"
    contact: Expression | None = None  # whether staff may write to the person
    languages: tuple[str, ...] = ("en",)
    drafts: frozenset[str] = frozenset()  # offered languages nobody has reviewed
    autonyms: Mapping[str, str] = field(default_factory=dict)  # normalised name -> language
    commands: Mapping[str, Command] = field(default_factory=dict)
    tongues: Mapping[str, str] = field(default_factory=dict)  # command word -> its language
    thanks: Mapping[str, str] = field(default_factory=dict)  # words of thanks -> their language
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # list -> word -> code
    months: Mapping[str, int] = field(default_factory=dict)
    routing: frozenset[str] = frozenset()  # questions whose codes the state keeps
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # own: language -> id
    by_name: Mapping[str, Question] = field(default_factory=dict)

    def question(self, name: str) -> Question:
        """Return the question of that name; raises KeyError."""
        return self.by_name[name]
