"""Cautions: what an export still tells, and what to ask before it leaves the organisation.

Rules of this file: pure. It looks at an extract as it would leave, and says in sentences what in it
may lead to a person. A machine does not know what others know already: the checklist is for people,
and is told every time.

Source: domain requirements R20 (job, age, city and family together), R22, R24
"""

from collections.abc import Iterator

from desk.export.extract import LEAD, Extract, Redaction, Reply
from storage.entry import Codes, Day, Words

WHOLE = "Nothing is left out: it names whoever the person named. Only for those who must know."
DURESS = (
    "It holds what is sealed to the lead, such as a duress word: whoever has that can misuse it."
)
PHRASE = "It holds the phrase that staff must say first: whoever has it can pretend to be us."
PRESSURE = "It tells what the person did under pressure: never disclose that somebody complied."
RELATIVES = "It holds what is sealed to {}: others could be endangered by it."
MASKED = (
    "A machine masked numbers, links, handles and some addresses. It does not find names, jobs or"
    " places in words: read every line before it leaves."
)
TOLD_WORDS = (
    "Own words can tell what the person did under pressure, and be recognised by their style."
)
CODES_ONLY = (
    "Words, dates, places and files are left out. Few cases can still be told apart by rare codes."
)
TOGETHER = "{} stand together: one of them may name nobody, all of them may name one person."

#: Asked each time: no machine can answer.
CHECKLIST = (
    "Do job, age, city and family together lead to one person, for people who know the community?",
    "Could those who put pressure on the person tell from it who spoke?",
    "Is anybody else in it: relatives, witnesses, other members of a group?",
    "Did the person agree to this use, to each quote, and to each picture?",
)

#: What questions of the shipped form tell about a person.
TELLING = {
    "C2": "age",
    "D1": "place",
    "A4": "place",
    "E1": "family",
    "E2": "family",
    "E2W": "family",
    "E2K": "family",
    "A3": "time",
    "A3Y": "time",
}
PHRASE_QUESTION, DURESS_QUESTION = "F3", "F3B"


def cautions(extract: Extract) -> tuple[str, ...]:
    """Return what to beware of in an extract, in sentences."""
    return tuple(_cautions(extract))


def _cautions(extract: Extract) -> Iterator[str]:
    match extract.redaction:
        case Redaction.NONE:
            yield WHOLE
            yield from _secrets(extract.replies)
        case Redaction.DIRECT:
            yield MASKED
            if any(isinstance(one.value, Words) for one in extract.replies):
                yield TOLD_WORDS
        case Redaction.CONTEXTUAL:
            yield CODES_ONLY
    kinds = _kinds(extract)
    if len(kinds) > 1:
        named = f"{', '.join(kinds[:-1])} and {kinds[-1]}"
        yield TOGETHER.format(named.capitalize())


def _secrets(replies: tuple[Reply, ...]) -> Iterator[str]:
    sealed_to = frozenset[str]().union(*(one.compartments for one in replies)) - {"general"}
    questions = {one.question for one in replies}
    if LEAD in sealed_to or DURESS_QUESTION in questions:
        yield DURESS
    if PHRASE_QUESTION in questions:
        yield PHRASE
    if any(_under_pressure(one) for one in replies):
        yield PRESSURE
    for name in sorted(sealed_to - {LEAD}):
        yield RELATIVES.format(name)


def _under_pressure(reply: Reply) -> bool:
    return isinstance(reply.value, Codes) and any(c.startswith("RS-") for c in reply.value.codes)


def _kinds(extract: Extract) -> list[str]:
    """Return what the extract tells about the person, in the order in which it is named."""
    found = {TELLING[one.question] for one in extract.replies if one.question in TELLING}
    if any(isinstance(one.value, Day) for one in extract.replies):
        found.add("time")
    if extract.language:
        found.add("language")
    if any(isinstance(one.value, Words) for one in extract.replies):
        found.add("own words")
    order = ("age", "place", "family", "time", "language", "own words")
    return [kind for kind in order if kind in found]
