"""What deeds, outcomes and cautions are called, in the staff's English.

Rules of this file: values to sentences, one table a kind, for the command line and the web alike.
What staff or persons wrote is not in a sentence of ours: `written` gives it apart.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from desk.acts import Moment
from desk.daytime import PARTS, Wish
from desk.deadlines import ACK, BACK, REMINDER, TRIAGE, Due
from desk.departing import Departure
from desk.replying import Caution, Prepared
from storage.act import (
    Assessed,
    Assigned,
    Deed,
    Erase,
    Exported,
    Hold,
    KeepUntil,
    Note,
    Outside,
    Read,
    Recall,
    Reminder,
    Reply,
    StateSet,
    Tagged,
    Urgency,
)
from storage.outcome import Outcome
from storage.standing import PERSON, RETENTION, STAFF
from storage.tombstone import Stage

OUTCOMES: Mapping[Outcome, str] = {
    Outcome.TAKEN: "taken by the server",
    Outcome.WAITING: "waits at the server to be sent",
    Outcome.ATTEMPTING: "is being sent",
    Outcome.SENT: "sent to the person's chat",
    Outcome.UNKNOWN: "may or may not have arrived: the app did not say. Write again if it must be.",
    Outcome.BLOCKED: "not sent: the person has blocked the line, or has left the app",
    Outcome.KEY_CHANGED: "not sent: another phone has that number now, perhaps another person",
    Outcome.ADDRESS_DEAD: "not sent: the address opens no more",
    Outcome.WITHDRAWN: "not sent: the case is being deleted",
    Outcome.TAKEN_BACK: "taken back before it was sent: the person gets none of it",
    Outcome.TOO_LATE: "too late: it was being sent, or had its end, which stands with the reply",
    Outcome.SIGNATURE: "refused: the server does not know your signature. Ask the root's holder.",
    Outcome.DAMAGED: "refused: it was damaged on the way. Do it again.",
    Outcome.DEVICE: "refused: this computer's number is another person's. Do it again.",
    Outcome.ORDER: "refused: an earlier packet of this computer is missing at the server",
    Outcome.REPLAYED: "refused: this folder was put back from an older copy. Do it again.",
    Outcome.EXPIRED: "refused: it came too late. Do it again.",
    Outcome.RIGHTS: "refused: the statement does not give you the right to do this",
    Outcome.CASE: "refused: the case is gone, or is being deleted",
    Outcome.KEY: "refused: it was sealed to a key that does not serve any more. Do it again.",
    Outcome.PARTS: "refused: it lacks a part. Report this as a fault of the program.",
    Outcome.HOLD: "refused: there is nothing to hold, it was held before, or it is too long",
    Outcome.REPLY: "refused: the server took no such reply in this case",
    Outcome.ROOM: "refused: the server has no room for this file, or the case has enough of them",
}
#: What is said of words with so many digits in a row.
LONG_NUMBER = (
    "There is a long number in it, as of a document or a telephone: leave it out, unless it is"
    " needed."
)
#: Why an answer in an interview is not taken.
NOT_TAKEN: Mapping[str, str] = {
    "wrong-empty": "There is no answer yet.",
    "wrong-choice": "That is none of the choices.",
    "wrong-many": "One of these is none of the choices.",
    "wrong-country": "That is no country of the list: type its code.",
    "wrong-number": "That is no whole number.",
    "wrong-date": "That is no date: type 2021, 2021-05 or 2021-05-17.",
    "wrong-constraint": "The form does not take that.",
    "cannot-skip": "This one cannot be skipped.",
    "too-many": "That is more than the form takes.",
    "too-long": "That is too long.",
}
CAUTIONS: Mapping[Caution, str] = {
    Caution.DURESS: "The person has used the word that means: I am not free to speak. Somebody may"
    " be reading along.",
    Caution.NO_PHRASE: "The person gave no phrase: they cannot know by it that this is you.",
    Caution.HOURS: "{asked} {unknown}. It goes at once: mind the hour.",
    Caution.OUTSIDE: "{asked} {there}: it goes at once all the same.",
    Caution.WHO: "The person said whether a woman or a man should write: see question F2S.",
    Caution.ONLY_URGENT: "The person wants to be written to only if it is urgent.",
    Caution.FURTHER: "Whoever gave this address had the case code, and your team did not write"
    " there last. Is it the person? The phrase goes there as well.",
    Caution.DIES_SOON: "This address opens only until {day}: after it nobody can write here.",
    Caution.OTHER_LANGUAGE: "This is not the language in which the person wrote.",
}
DUES: Mapping[str, str] = {
    TRIAGE: "look at what the person told",
    ACK: "tell the person that it came (7 days)",
    BACK: "tell the person what came of it (3 months)",
    REMINDER: "reminder",
}

PARTS_OF_A_DAY: Mapping[str, str] = {
    "morning": "in the morning",
    "midday": "around midday",
    "evening": "in the evening",
    "night": "at night",
}
WAITS = "{asked} {there}: it waits at the server until {until}."
IN_TIME = (
    "{asked} {there}: it goes at once. If it comes to the server too late for that, it waits there"
    " for the next day."
)
NO_ZONE = "They named no country whose time zone is known here"
NO_HOURS = "{there}, and no hours suit all time zones there"
PENDING = "not sent yet"

ASKERS: Mapping[str, str] = {
    PERSON: "the person",
    STAFF: "the team",
    RETENTION: "retention",
}
STAGES: Mapping[Stage, str] = {
    Stage.LEAVING: "it will be destroyed when its wait is over",
    Stage.HELD: "held until {until}, and destroyed then",
    Stage.GONE: "destroyed at the server; erased by {erased} of {of} of the staff",
}
HOW_TO_HOLD = (
    "The lead can look at one and hold it once: quietline-desk hold NUMBER DAY --reason TEXT"
)

HOW_TO_KEEP = "The lead can take that back: quietline-desk keep-until NUMBER DAY --reason TEXT"
NOT_KEPT = "That you keep it until {until} is not in force before the server has taken it."


def departure(one: Departure) -> str:
    """Return where the deletion of a case stands."""
    stone = one.stone
    stage = STAGES[stone.stage].format(until=stone.until, erased=stone.erased, of=stone.of)
    told = f"asked for by {ASKERS[stone.by]} on {stone.asked}; {stage}."
    if one.hold is not None and stone.stage is Stage.LEAVING:
        told += f" Your hold until {one.hold} is not in force before the server tells of it."
    if one.keep is not None and one.may_stay:
        return f"{told} {NOT_KEPT.format(until=one.keep)}"
    return f"{told} {HOW_TO_KEEP}" if one.may_stay else told


def deed(one: Deed) -> str:  # noqa: C901, PLR0911, PLR0912 - one line for each kind of deed
    """Return what was done, after the name of who did it."""
    match one:
        case Note():
            return "noted:"
        case StateSet(state=state):
            return f"set the state: {state}"
        case Assigned(to=to):
            return f"gave the case to {to}" if to else "took the case from its owner"
        case Tagged(add=add, remove=remove):
            changes = [*(f"+{tag}" for tag in add), *(f"-{tag}" for tag in remove)]
            return f"changed tags: {' '.join(changes)}"
        case Reminder(due=None):
            return "has done what the reminder said:"
        case Reminder(due=due):
            return f"set a reminder for {due}:"
        case Urgency(level=level):
            return f"set the urgency: {level}"
        case Assessed(verification=verification, attribution=attribution):
            told = {"verification": verification, "attribution": attribution}
            return "assessed: " + ", ".join(f"{name} {code}" for name, code in told.items() if code)
        case Outside(asked=asked):
            return f"asked somebody outside, on {asked}:"
        case Reply(address=address):
            return f"wrote to the person, at address {address}:"
        case Recall():
            return "asked for a reply that waited at the server to be taken back"
        case Read(what=what):
            return f"opened {what}" if what else "opened the case"
        case Exported(form=form, redaction=redaction):
            return f"exported the case as {form}, redaction {redaction}"
        case Erase():
            return "asked for the case to be deleted:"
        case Hold(until=until):
            return f"held the deletion until {until}:"
        case KeepUntil(until=until):
            return f"keeps the case until {until}:"


def outcome(one: Moment, wish: Wish, now: datetime) -> str:
    """Return what became of an act, or nothing: it is in the journal, and that is all.

    Of a colleague's reply only its end is told; before its hours have come first, it waits.
    """
    hours = one.deed.hours if isinstance(one.deed, Reply) else None
    waits = ""
    if hours is not None and not hours.include(now):
        waits = f"waits until {_moment(wish, hours.next(now))}, at the server"
    if one.outcome is None and one.pending:
        return f"{PENDING}; then it {waits}" if waits else PENDING
    if one.outcome is Outcome.WAITING or (one.outcome is None and hours and now < hours.opens):
        return waits or OUTCOMES[Outcome.WAITING]
    return OUTCOMES[one.outcome] if one.outcome is not None else ""


def before(one: Prepared) -> Iterator[str]:
    """Yield what staff should know of a reply before they send it."""
    values = {"day": one.way.dies or "", **_hours(one.wish, one.now)}
    if one.hours is not None:
        until = _moment(one.wish, one.hours.next(one.now))
        yield (WAITS if one.outside else IN_TIME).format(until=until, **values)
    for caution in one.cautions:
        yield CAUTIONS[caution].format(**values)


def _hours(wish: Wish, now: datetime) -> Mapping[str, str]:
    """Return how it is said when somebody wants to be written to, and what time it is there."""
    begins, lasts = PARTS.get(wish.part, (None, timedelta()))
    told = PARTS_OF_A_DAY.get(wish.part, f"at a time of day that is called {wish.part}")
    if begins is not None:
        ends = (datetime.combine(now, begins) + lasts).time()
        told += f" ({begins:%H:%M} to {ends:%H:%M} by their clock)"
    there = NO_ZONE
    if wish.zones:
        there = f"In the country of the report it is {_clock(wish, now)} now"
    return {
        "asked": f"The person asked to be written to {told}.",
        "there": there,
        "unknown": NO_HOURS.format(there=there) if wish.zones else NO_ZONE,
    }


def _moment(wish: Wish, moment: datetime) -> str:
    """Return a day and a time, by their clock where one is known."""
    first = next(iter(wish.clocks(moment)), moment)
    whose = "their time" if wish.zones else "UTC"
    return f"{first:%Y-%m-%d}, {_clock(wish, moment)} {whose}"


def _clock(wish: Wish, moment: datetime) -> str:
    """Return the time there; from the first to the last where there are several."""
    first, *others = wish.clocks(moment) or (moment,)
    return f"{first:%H:%M}" + (f" to {others[-1]:%H:%M}" if others else "")


def written(one: Deed) -> str:
    """Return what staff wrote with a deed, or nothing."""
    if isinstance(one, Outside):
        return "\n".join(text for text in (f"{one.whom}: {one.what}", one.came) if text)
    return str(getattr(one, "text", "") or getattr(one, "reason", ""))


def due(one: Due) -> str:
    """Return what is to be done, and by when."""
    return f"{DUES[one.what]}, by {one.on}"


def not_taken(reason: str) -> str:
    """Return why an answer in an interview is not taken."""
    return NOT_TAKEN.get(reason, NOT_TAKEN["wrong-constraint"])


def begun(interviewer: str) -> tuple[str, str]:
    """Return who a case is from, and how it came: from the person, or written down for them."""
    if interviewer:
        return interviewer, "wrote down what the person told"
    return "The person", "sent the case"
