"""A reply before it is sent: whole as the person will see it, with all that speaks against it.

Rules of this file: pure. The phrase that the person chose stands first, put there by the desk, then
an empty line, then what the staff wrote. Where there is no way back, or the person asked not to be
written to, it is refused; what staff should know and may decide is a caution. A reply goes to the
address that was used last, or the first: to another one only when staff choose it. Where the hours
are known in which the person wants to be written to (`desk.daytime`) it waits at the server for
those, unless staff send it at once all the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import Enum

from desk.casefile import Casefile, Told
from desk.daytime import Wish
from desk.errors import (
    AddressOver,
    EmptyReply,
    NoSuchAddress,
    NotWanted,
    NoWayBack,
    OnlyIfUrgent,
    TooLongReply,
)
from storage.address import month_of
from storage.entry import Codes, Words
from storage.errors import ForeignAddress
from storage.hours import Hours

CONTACT, HOURS, WHO, PHRASE, DURESS = "F1", "F2", "F2S", "F3", "F3B"
COUNTRIES = ("A4", "D1")  # where the person, or the one who was harmed, is
URGENT = ("U1", "U2")
LONGEST = 16_000  # characters; ours, several messages in every app
SOON = timedelta(days=14)
MONTHS = 12


class Caution(Enum):
    """What staff should know before they send."""

    NO_PHRASE = "no-phrase"
    HOURS = "hours"  # none are known, and it goes at once
    OUTSIDE = "outside"  # it goes at once, outside their hours
    WHO = "who"
    FURTHER = "further"
    DIES_SOON = "dies-soon"
    OTHER_LANGUAGE = "other-language"
    ONLY_URGENT = "only-urgent"
    DURESS = "duress"


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """An address at which a person can be written to: only the server can open it.

    Address 1 came with the case, mostly; the `further` ones later, each with a yes in that very
    chat. `channel` is "" in a case from before it was told; `dies` is the first day on which it
    opens no more.
    """

    number: int
    since: date
    language: str
    channel: str = ""
    dies: date | None = None
    further: bool = False
    sealed: bytes = field(repr=False)

    @property
    def app(self) -> str:
        """What the app is called in which it is."""
        return self.channel.capitalize() or "The app the case came in"

    def over(self, today: date) -> bool:
        """Tell whether it opens no more."""
        return self.dies is not None and self.dies <= today

    def soon(self, today: date) -> bool:
        """Tell whether it opens no more within 14 days."""
        return self.dies is not None and self.dies - today <= SOON


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """A reply as it will go: `whole` is what the person sees, `text` what the staff wrote.

    `wish` says when they want to be written to, `theirs` are those hours, where they are known; it
    waits for them unless it goes `at_once`. `now` is when it was prepared.
    """

    case: bytes
    way: Way
    language: str
    text: str = field(repr=False)
    whole: str = field(repr=False)
    now: datetime
    wish: Wish
    theirs: Hours | None = None
    at_once: bool = False
    cautions: tuple[Caution, ...] = ()

    @property
    def hours(self) -> Hours | None:
        """The hours that the server keeps to."""
        return None if self.at_once else self.theirs

    @property
    def outside(self) -> bool:
        """Whether it is not in their hours now, as far as these are known."""
        return self.theirs is not None and not self.theirs.include(self.now)


def prepare(  # noqa: PLR0913 - each argument is one choice of the staff
    casefile: Casefile,
    ways: Sequence[Way],
    text: str,
    *,
    today: date,
    now: datetime,
    urgency: str,
    address: int = 0,
    used: int = 0,
    language: str = "",
    anyway: bool = False,
    at_once: bool = False,
    duress: bool = False,
) -> Prepared:
    """Prepare a reply; `address` 0 is the one `used` last, `language` "" is the person's.

    `urgency` is as it stands now; `anyway` when staff write although only urgent things were asked
    for; `at_once` when they do not wait for the person's hours.

    Raises:
        ReplyError: it cannot be sent so; the class says why.
    """
    text = text.strip()
    if not text:
        raise EmptyReply
    way = choose(casefile, ways, address or used, today)
    contact = chosen(casefile, CONTACT)
    if "urgent" in contact and urgency not in URGENT and not anyway:
        raise OnlyIfUrgent(casefile.number)
    phrase = safe_phrase(casefile)
    if len(whole(phrase, text)) > LONGEST:
        raise TooLongReply(LONGEST)
    spoken, wish = language or way.language, wish_of(casefile)
    made = Prepared(
        case=casefile.case,
        way=way,
        language=spoken,
        text=text,
        whole=whole(phrase, text),
        now=now,
        wish=wish,
        theirs=wish.hours(now),
        at_once=at_once,
    )
    cautions = [
        (Caution.DURESS, duress),
        (Caution.NO_PHRASE, not phrase),
        (Caution.HOURS, bool(wish.part) and made.theirs is None),
        (Caution.OUTSIDE, made.outside and at_once),
        (Caution.WHO, bool(set(chosen(casefile, WHO)) - {"any"})),
        (Caution.ONLY_URGENT, "urgent" in contact),
        (Caution.FURTHER, way.further and way.number != used),
        (Caution.DIES_SOON, way.soon(today)),
        (Caution.OTHER_LANGUAGE, spoken != way.language),
    ]
    return replace(made, cautions=tuple(one for one, holds in cautions if holds))


def choose(casefile: Casefile, ways: Sequence[Way], number: int, today: date) -> Way:
    """Return the address of a number; 0 is the first.

    A yes in a further chat is good for that chat, whatever was said before.

    Raises:
        NoWayBack, NotWanted, NoSuchAddress, AddressOver: it cannot be written to.
    """
    open_to = writable(casefile, ways)
    if not open_to:
        unwanted = "no" in chosen(casefile, CONTACT)
        raise (NotWanted if unwanted else NoWayBack)(casefile.number)
    way = next((one for one in open_to if one.number == (number or open_to[0].number)), None)
    if way is None:
        raise NoSuchAddress(casefile.number, number)
    if way.dies is not None and way.over(today):
        raise AddressOver(way.number, way.dies)
    return way


def writable(casefile: Casefile, ways: Sequence[Way]) -> Sequence[Way]:
    """Return the addresses to which the person wants to be written."""
    unwanted = "no" in chosen(casefile, CONTACT)
    return [one for one in ways if one.further or not unwanted]


def wish_of(casefile: Casefile) -> Wish:
    """Return when the person wants to be written to."""
    countries = [code for question in COUNTRIES for code in chosen(casefile, question)]
    return Wish.of(chosen(casefile, HOURS), countries)


def may_write(casefile: Casefile) -> str:
    """Return `yes`, `urgent` or `no`: what the person said, and `no` where there is no address."""
    said = next(iter(chosen(casefile, CONTACT)), "yes")
    if casefile.ways and said == "no":
        return "yes"
    return said if casefile.ways or casefile.submission.return_address else "no"


def ways_of(casefile: Casefile, months: int) -> tuple[Way, ...]:
    """Return the addresses of a case; `months` is how long the statement lets one live."""
    sealed, found = casefile.submission.return_address, list[Way]()
    if sealed is not None:
        first = Way(
            number=1,
            since=casefile.day,
            language=casefile.language,
            channel=casefile.submission.channel,
            dies=dies(sealed, months),
            sealed=sealed,
        )
        found.append(first)
    for number, one in enumerate(casefile.ways, len(found) + 1):
        further = Way(
            number=number,
            since=one.day,
            language=one.language,
            channel=one.channel,
            dies=dies(one.address, months),
            further=True,
            sealed=one.address,
        )
        found.append(further)
    return tuple(found)


def dies(sealed: bytes, months: int) -> date | None:
    """Return the first day on which a sealed address opens no more; None when it is no address.

    Its key is dropped when the month that is `months` + 1 after its own begins.
    """
    try:
        month = month_of(sealed)
    except ForeignAddress:
        return None
    count = int(month[:4]) * MONTHS + int(month[5:]) - 1 + months + 1
    return date(count // MONTHS, count % MONTHS + 1, 1)


def whole(phrase: str, text: str) -> str:
    """Return a reply as the person sees it."""
    return f"{phrase}\n\n{text}" if phrase else text


def safe_phrase(casefile: Casefile) -> str:
    """Return the phrase that the person chose, or nothing."""
    return " ".join(_words(casefile.answers, PHRASE).split())


def phrases_of(casefile: Casefile) -> Sequence[str]:
    """Return the phrase that stands, then those before it; "" where the first came later."""
    told = [one for one in (*casefile.earlier, *casefile.answers) if one.question == PHRASE]
    found = [safe_phrase(casefile), *(" ".join(one.words.split()) for one in reversed(told))]
    return [*found, ""] if told and told[0].later is not None else found


def duress_word(casefile: Casefile) -> str:
    """Return the word that means "I am not free to speak", where this desk may read it."""
    return _words(casefile.answers, DURESS)


def chosen(casefile: Casefile, question: str) -> tuple[str, ...]:
    """Return the codes that the person chose at a question."""
    found: Iterable[str] = ()
    for told in casefile.answers:
        if told.question == question:
            found = [c for one in told.values if isinstance(one, Codes) for c in one.codes]
    return tuple(found)


def _words(answers: Iterable[Told], question: str) -> str:
    told = [one for one in answers if one.question == question]
    return "\n".join(
        value.words for one in told for value in one.values if isinstance(value, Words)
    )
