"""What the staff have made of a case, on a screen: how it stands, what is due, what was done when.

Rules of this file: values to lines of text, nothing else. What anybody wrote goes through
`desk.safe_text` and stands on lines of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from desk import alarms, phrases
from desk.acts import FAILED, Moment
from desk.casebook import CaseView
from desk.departing import Departure
from desk.inbox import State
from desk.layout import bold, heading, indent, paragraph, table, wrap
from desk.listing import BETWEEN, STATES, Note
from desk.replying import Prepared, Way, wish_of
from desk.safe_text import isolated, safe_line, safe_lines
from desk.summaries import Summary
from storage.entry import ADDED

INSIDE = 4
NOBODY = "nobody"


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """Histories for one screen: `width` in columns, None where nobody knows it."""

    width: int | None
    colour: bool

    def case(self, view: CaseView, now: datetime) -> list[str]:
        """Return how a case stands, and all that was done with it."""
        lines = heading("At the desk", colour=self.colour)
        if view.duress is not None:
            told = f"On {view.duress} the person used the word that means: I am not free to speak."
            lines += ["", *self._bold(told)]
        for one in view.findings:
            lines += ["", *self._say(safe_line(alarms.finding(one)))]
        facts = [(name, safe_line(value)) for name, value in _facts(view, now.date())]
        phrase = isolated(safe_line(view.phrase)) if view.phrase else "the person gave none"
        lines += ["", *table([*facts, ("Phrase", phrase)])]
        lines += ["", *heading("What was done", colour=self.colour)]
        for day, _, who, what, words in sorted(_events(view, now), key=lambda one: one[:2]):
            lines += ["", *self._say(safe_line(f"{day}  {who} {what}")), *self._words(words)]
        return lines

    def prepared(self, reply: Prepared) -> list[str]:
        """Return a reply as the person will see it, and what speaks against it."""
        lines = self._say(f"This goes to address {reply.way.number}, {_way(reply.way)}:")
        lines += ["", *self._words(reply.whole)]
        for one in phrases.before(reply):
            lines += ["", *self._say(safe_line(one))]
        return lines

    # --- cases that leave ----------------------------------------------------------------------

    def leaving(self, cases: Sequence[Departure]) -> list[str]:
        """Return the list of cases that are being deleted, below an empty line."""
        if not cases:
            return []
        lines = ["", *heading("Being deleted", colour=self.colour), ""]
        for one in cases:
            lines += self._say(f"{one.number}: {phrases.departure(one)}")
        return [*lines, "", *self._say(phrases.HOW_TO_HOLD)]

    def leaves(self, one: Departure) -> list[str]:
        """Return what stands above a case that is being deleted."""
        told = f"This case is being deleted: {phrases.departure(one)}"
        return [*self._bold(told), *self._say(phrases.HOW_TO_HOLD)]

    def _bold(self, text: str) -> list[str]:
        return [bold(line, colour=self.colour) for line in self._say(text)]

    def _words(self, text: str) -> list[str]:
        width = None if self.width is None else max(self.width - INSIDE, 20)
        lines = safe_lines(text) if text else []
        return indent([piece for line in lines for piece in wrap(line, width)], INSIDE)

    def _say(self, text: str) -> list[str]:
        return paragraph(text, self.width)


def notes_of(one: Summary, today: date) -> Note:
    """Return what the list of cases says of one: its state, what is overdue, whose it is."""
    marks = one.marks
    verified = one.item.state is State.VERIFIED
    lines = [f"OVERDUE: {phrases.due(due)}" for due in one.overdue(today)]
    if one.duress:
        lines.insert(0, "The person has used the word that means: I am not free to speak.")
    if one.alarms:
        lines.insert(0, "Something is wrong with its journal: look at the case.")
    if one.unread and marks.heard_at and marks.heard is not None:
        lines.append(f"The person told more on {marks.heard}, which you have not read.")
    if marks.reply in FAILED:
        lines.append(f"Your team's last reply: {phrases.OUTCOMES[marks.reply]}")
    if one.refused:
        lines.append("The server refused something of yours: look at the case.")
    told = [f"owner {marks.owner}"] if marks.owner else []
    told += [f"urgency set to {marks.urgency}"] if one.triaged else []
    told += [f"tags {', '.join(marks.tags)}"] if marks.tags else []
    lines += [BETWEEN.join(told)] if told else []
    return Note(state=marks.state if verified else STATES[one.item.state], lines=tuple(lines))


def _facts(view: CaseView, today: date) -> Iterator[tuple[str, str]]:
    marks, summary = view.standing.marks, view.summary
    yield "State", marks.state
    yield "Owner", marks.owner or NOBODY
    triage = f" (the form's table says {view.item.urgency})" if summary.triaged else ""
    yield "Urgency", f"{summary.urgency or NOBODY}{triage}"
    if marks.tags:
        yield "Tags", ", ".join(marks.tags)
    if marks.verification or marks.attribution:
        yield "Assessed", ", ".join(one for one in (marks.verification, marks.attribution) if one)
    for one in summary.dues:
        late = "OVERDUE: " if one.overdue(today) else ""
        yield "To do", late + phrases.due(one) + (f": {one.text}" if one.text else "")
    for way in view.ways:
        told = [_way(way), *_over(way, today)]
        told += ["written to last"] if way.number == view.used else []
        yield f"Address {way.number}", ", ".join(told)
    if marks.hold is not None:
        yield "Held", f"the deletion, until {marks.hold}"
    if marks.keep_until is not None:
        yield "Kept", f"until {marks.keep_until}"
    if summary.pending:
        yield "Waiting", f"{summary.pending} of yours: quietline-desk sync"


def _way(way: Way) -> str:
    parts = [way.app, f"since {way.since}", way.language]
    if way.dies is not None:
        parts.append(f"opens until {way.dies}")
    return ", ".join(part for part in parts if part)


def _over(way: Way, today: date) -> list[str]:
    """Say that an address opens no more, or soon will not."""
    if way.over(today):
        return ["OVER: it opens no more"]
    return ["SOON OVER"] if way.soon(today) else []


Event = tuple[str, int, str, str, str]  # day, position, who, what, what was written


def _events(view: CaseView, now: datetime) -> Iterator[Event]:
    """Yield what the person and the staff did; what waits here comes last on its day."""
    last, wish = view.casefile.entries, wish_of(view.casefile)
    who, what = phrases.begun(view.casefile.submission.interviewer)
    yield view.casefile.day.isoformat(), 0, who, what, ""
    for told in (*view.casefile.answers, *view.casefile.added):
        if told.later is not None:
            what = "added" if told.question == ADDED else f"told more at question {told.question}"
            yield told.later.isoformat(), told.position, "The person", what, ""
    for count, moment in enumerate(view.standing.moments):
        place = last + count if moment.position is None else moment.position
        became = phrases.outcome(moment, wish, now)
        became = alarms.likened(became, view.likeness.get(moment.number))
        what = phrases.deed(moment.deed) + (f" [{became.rstrip('.')}]" if became else "")
        yield _day(moment), place, moment.author, what, phrases.written(moment.deed)


def _day(moment: Moment) -> str:
    return moment.day.isoformat()
