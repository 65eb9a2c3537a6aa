"""An extract: what leaves a desk of one case, before it is written in any format.

Rules of this file: pure. Every format is written from extracts, so that a redaction is made once
and holds in all of them. An extract starts whole, as the casefile is, but for one thing: how many
answers are sealed to the lead is never told, for it tells that a duress word was chosen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from desk.casefile import Casefile, Told
from desk.labels import Labels
from storage.entry import Codes, Day, File, FormRef, Number, Words

LEAD = "lead"


class Redaction(Enum):
    """How much is taken out: nothing, what names a person, or what describes them as well."""

    NONE = "none"
    DIRECT = "direct"
    CONTEXTUAL = "contextual"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """One answer as it leaves: `days` may be coarse, or empty where it was taken out."""

    question: str
    label: str
    repeat: int
    language: str
    day: str
    later: str | None
    value: Words | Codes | Number | Day | None = field(repr=False)
    messages: tuple[str, ...] = field(default=(), repr=False)
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)
    files: tuple[int, ...] = ()
    compartments: frozenset[str] = frozenset()

    @property
    def words(self) -> str:
        """The words, messages on lines of their own; nothing where there are none."""
        return "\n".join(self.messages)


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One thing that staff did. `deed` is its code, `did` says it, `text` is what was written.

    `position` is of its entry, None while no server has it; `outcome` what became of a reply.
    `sha256` is of a file that left. `told` are events for a casefile; the others only say in a
    custody log that they were.
    """

    day: str
    who: str
    deed: str
    did: str
    position: int | None
    outcome: str = ""
    text: str = field(default="", repr=False)
    language: str = "en"
    form: str = ""
    redaction: str = ""
    sha256: str = ""
    told: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Handled:
    """How a case stands at the desk, and what staff did with it, in order."""

    state: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    verification: str = ""
    attribution: str = ""
    events: tuple[Event, ...] = ()


NOT_HANDLED = Handled()


@dataclass(frozen=True, kw_only=True, slots=True)
class Extract:
    """A case as it leaves. `number` is a pseudonym in a redacted one, and `case` is empty."""

    number: str
    case: str
    chain: str
    form: FormRef
    urgency: str
    language: str
    day: str
    entries: int
    answers: tuple[Reply, ...] = field(repr=False)
    added: tuple[Reply, ...] = field(repr=False)
    files: Mapping[int, File] = field(repr=False)
    link: str = field(repr=False)
    calculated: Mapping[str, str] = field(repr=False)
    return_address: bool
    closed: Mapping[str, int]
    unknown: int
    handled: Handled = NOT_HANDLED
    redaction: Redaction = Redaction.NONE
    cautions: tuple[str, ...] = ()

    @property
    def replies(self) -> tuple[Reply, ...]:
        """All answers, those that came later last."""
        return (*self.answers, *self.added)

    @property
    def whole(self) -> bool:
        """Whether nothing was taken out."""
        return self.redaction is Redaction.NONE


def extract(
    casefile: Casefile, labels: Labels, *, chain: bytes, handled: Handled = NOT_HANDLED
) -> Extract:
    """Return the whole casefile as an extract; `chain` is the end of its journal."""
    labels = labels.of(casefile.form)
    return Extract(
        number=casefile.number,
        case=casefile.case.hex(),
        chain=chain.hex(),
        form=casefile.form,
        urgency=casefile.urgency,
        language=casefile.language,
        day=casefile.day.isoformat(),
        entries=casefile.entries,
        answers=tuple(_reply(one, casefile, labels) for one in casefile.answers),
        added=tuple(_reply(one, casefile, labels) for one in casefile.added),
        files=casefile.files,
        link=casefile.submission.link,
        calculated=dict(casefile.submission.calculated),
        return_address=bool(casefile.submission.return_address or casefile.ways),
        closed={name: count for name, count in casefile.closed.items() if name != LEAD},
        unknown=casefile.unknown,
        handled=handled,
    )


def _reply(told: Told, casefile: Casefile, labels: Labels) -> Reply:
    form, last = casefile.form.id, told.parts[-1]
    value = next((one for one in reversed(told.values) if not isinstance(one, File)), None)
    codes = value.codes if isinstance(value, Codes) else ()
    words = isinstance(value, Words)
    return Reply(
        question=told.question,
        label=labels.question(form, told.question),
        repeat=told.repeat,
        language=last.language,
        day=last.day.isoformat(),
        later=None if told.later is None else told.later.isoformat(),
        value=value,
        messages=tuple(one.words for one in told.values if words and isinstance(one, Words)),
        labels={code: labels.code(form, told.question, code) for code in codes},
        files=tuple(
            n for n, file in casefile.files.items() if any(file is one for one in told.values)
        ),
        compartments=told.compartments,
    )
