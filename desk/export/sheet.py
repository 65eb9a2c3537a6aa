"""What stands on the paper of a casefile, as plain data for the typesetter's template.

Rules of this file: pure. Each text passes through `say`, once and nowhere else, after its tricks
were made visible. A person's words come in lines, each running in its own direction. Nothing is
decided here about what may leave: that was done in the extract.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from desk.export.cautions import CHECKLIST
from desk.export.extract import Event, Extract, Handled, Reply
from desk.export.faces import Faces, Line
from desk.language_names import name_of
from desk.numbers import count
from desk.safe_text import safe_line, safe_lines
from storage.entry import ADDED, Codes, Day, File, Number, Words

Say = Callable[[str], str]
NONE = "-"


@dataclass(frozen=True, kw_only=True, slots=True)
class Paper:
    """Lays extracts out in these typefaces; the staff's labels are in `language`."""

    faces: Faces
    say: Say
    language: str

    def sheet(self, extracts: Sequence[Extract], notices: Sequence[str], day: date) -> Line:
        """Return all that the template needs."""
        title = extracts[0].number if len(extracts) == 1 else count(len(extracts), "case")
        return {
            "title": f"Casefile {self._text(title)}",
            "header": f"Casefile {self._text(title)}, exported on {day.isoformat()}",
            "fonts": self.faces.of("en"),
            "mono": self.faces.mono,
            "files": "Files",
            "done": "What was done",
            "notices": [self._ours(text) for text in (*notices, *CHECKLIST)],
            "cases": [self._case(one) for one in extracts],
        }

    def _case(self, one: Extract) -> Line:
        return {
            "title": f"Case {self._text(one.number)}",
            "facts": [[name, self._text(value) or NONE] for name, value in _facts(one)],
            "cautions": [self._ours(text) for text in one.cautions],
            "answers": [self._answer(reply, one) for reply in one.replies],
            "files": [self._file(number, file) for number, file in one.files.items()],
            "done": [self._event(event) for event in one.handled.events if event.told],
        }

    def _event(self, event: Event) -> Line:
        told = f"{event.day}  {event.who} {event.did}"
        texts = safe_lines(event.text) if event.text else []
        return {
            "head": self._ours(f"{told} [{event.outcome}]" if event.outcome else told),
            "lines": [self.faces.line(self.say(text), event.language) for text in texts],
        }

    def _answer(self, reply: Reply, one: Extract) -> Line:
        name = self._text(reply.question) + (f" ({reply.repeat})" if reply.repeat else "")
        if reply.question == ADDED:
            name = "Added later"
        label = "" if reply.label == reply.question else self._text(reply.label)
        return {
            "name": name,
            "label": self.faces.line(label, self.language),
            "note": self._text("; ".join(_notes(reply, one))),
            "lines": list(self._lines(reply)),
        }

    def _lines(self, reply: Reply) -> Iterator[Line]:
        match reply.value:
            case Words():
                for message in reply.messages:
                    for line in safe_lines(message):
                        yield self.faces.line(self.say(line), reply.language)
            case Codes(codes=codes):
                for code in codes:
                    label = reply.labels[code]
                    text = code if label == code else f"{label} ({code})"
                    yield self.faces.line(self._text(text), self.language)
            case Number(number=number):
                yield self._ours(str(number))
            case Day(day=day):
                yield self._ours(day)
            case None:
                pass
        for number in reply.files:
            yield self._ours(f"File {number}")

    def _file(self, number: int, file: File) -> Line:
        said = f"File {number}: {file.kind}, {file.type}, {file.size:,} bytes"
        lines = [self._ours(said), *([self._ours(file.name)] if file.name else [])]
        return {"lines": lines, "hash": f"SHA-256 {file.sha256}"}

    def _ours(self, text: str) -> Line:
        return self.faces.line(self._text(text), "en")

    def _text(self, text: str) -> str:
        return self.say(safe_line(text))


def _facts(one: Extract) -> Iterator[tuple[str, str]]:
    yield "Urgency", one.urgency
    yield "Form", f"{one.form.id}, version {one.form.version}"
    if one.language:
        yield "Language", f"{name_of(one.language)}, {one.language}"
    yield "Sent", one.day
    yield "Redaction", one.redaction.value
    if one.whole:
        yield "Journal", f"{count(one.entries, 'entry')}, whole, signed by the line's server"
        yield "Journal's end", one.chain
        yield "Files", str(len(one.files))
        yield "Case id", one.case
        yield from _standing(one.handled)
    for name, number in one.closed.items():
        yield f"Sealed to {safe_line(name)}", f"{count(number, 'answer')}, not open to who exported"
    if one.unknown:
        yield (
            "Not shown",
            f"{count(one.unknown, 'entry')} of a kind that this version does not know",
        )


def _standing(desk: Handled) -> Iterator[tuple[str, str]]:
    """Yield how the case stands at the desk; nothing of what nobody said."""
    told = {
        "State": desk.state,
        "Owner": desk.owner,
        "Tags": ", ".join(desk.tags),
        "Verification": desk.verification,
        "Attribution": desk.attribution,
    }
    yield from ((name, value) for name, value in told.items() if value)


def _notes(reply: Reply, one: Extract) -> Iterator[str]:
    if reply.later is not None:
        yield f"later, on {reply.later}"
    if reply.language and reply.language != one.language:
        yield f"answered in {reply.language}"
