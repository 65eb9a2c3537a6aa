"""The list of cases on a screen: a row for each, and below it what its index entry tells.

Rules of this file: values to lines of text, nothing else. A row holds only what is short; codes
stand below it under their labels in the staff's language, each led by its question's name, and
`legend` says once what the questions are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from desk.inbox import Item, State
from desk.labels import Labels
from desk.language_names import name_of
from desk.layout import USUAL, bold, indent, paragraph, table, width_of
from desk.safe_text import isolated, safe_line
from storage.entry import IndexEntry
from storage.rows import CaseId

STATES = {
    State.VERIFIED: "verified",
    State.ANNOUNCED: "announced",
    State.CLOSED: "sealed to others",
    State.TROUBLE: "TROUBLE",
}
COLUMNS = ("", "Number", "Day", "Language", "Form", "State")
UNKNOWN = "\u2013"
CUT = "\u2026"
BETWEEN = " \u00b7 "
INSIDE = 6  # spaces before what an index entry tells


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """What stands beside a case: its state, and lines below it."""

    state: str
    lines: tuple[str, ...] = ()


Notes = Mapping[CaseId, Note]
NO_NOTES: Notes = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """Lists for one screen: `width` in columns, None where nobody knows it."""

    width: int | None
    colour: bool
    labels: Labels

    def cases(self, items: Sequence[Item], notes: Notes = NO_NOTES) -> list[str]:
        """Return the cases in the order given, each with the state and lines noted of it."""
        shown = [(*_row(item), notes.get(item.case, _note(item)).state) for item in items]
        head, *rows = table([COLUMNS, *shown])
        lines = [head]
        for item, row in zip(items, rows, strict=True):
            lines.append(bold(row, colour=self.colour))
            for line in notes.get(item.case, _note(item)).lines:
                lines += paragraph(safe_line(line), self.width, by=INSIDE)
            if item.index is not None:
                lines += indent(self._told(item.index), INSIDE)
        return lines

    def legend(self, items: Sequence[Item]) -> list[str]:
        """Return what the questions below the cases are called, each once."""
        asked = {
            (index.form, question): self.labels.question(index.form, question)
            for index in (item.index for item in items)
            if index is not None
            for question in questions(index, self.labels)
        }
        lines = []
        for (_, question), label in asked.items():
            if label != question:
                name = safe_line(question)
                text = isolated(safe_line(label))
                lines += paragraph(
                    text, self.width, by=max(INSIDE, len(name) + 4), first=f"  {name}"
                )
        return lines

    def _told(self, index: IndexEntry) -> list[str]:
        """Return what an index entry tells: as many questions on a line as it has room for."""
        width = (self.width or USUAL) - INSIDE
        lines, line = list[str](), ""
        for name, labels in self._answers(index):
            piece = f"{name} {labels}"
            joined = f"{line}{BETWEEN}{piece}" if line else piece
            if width_of(joined) <= width:
                line = joined
                continue
            lines += [line] if line else []
            line = piece if width_of(piece) <= width else ""
            if not line:
                lines += paragraph(labels, width, by=width_of(name) + 1, first=name)
        return [*lines, line] if line else lines

    def _answers(self, index: IndexEntry) -> Iterator[tuple[str, str]]:
        for question in questions(index, self.labels):
            labels = (self.labels.code(index.form, question, c) for c in index.codes[question])
            shown = "; ".join(isolated(safe_line(label)) for label in labels)
            yield safe_line(question), shown or UNKNOWN
        if index.codes_cut:
            yield CUT, "more than a digest has room for"


def questions(index: IndexEntry, labels: Labels) -> list[str]:
    """Return the questions of an index entry in the form's order, unknown ones at the end."""
    places = {name: place for place, name in enumerate(labels.order(index.form))}
    return sorted(index.codes, key=lambda name: (places.get(name, len(places)), name))


def called(item: Item) -> str:
    """Return the number, or the case id's beginning where no number is known."""
    return safe_line(item.number) or item.case.hex()[:12]


def spoken(tag: str) -> str:
    """Return a language's name, to stand on a screen."""
    return safe_line(name_of(tag))


def _note(item: Item) -> Note:
    return Note(state=STATES[item.state])


def _row(item: Item) -> tuple[str, ...]:
    urgency, form = (safe_line(text) or UNKNOWN for text in (item.urgency, item.form))
    day = item.day.isoformat() if item.day else UNKNOWN
    return urgency, called(item), day, spoken(item.language) or UNKNOWN, form
