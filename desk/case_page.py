"""How one case is shown: what is known of it, each answer in the person's own words, its files.

Rules of this file: values to lines of text, nothing else. Everything that came from outside goes
through `desk.safe_text`; a person's words stand on lines of their own, apart from ours, and are
broken only where a terminal would break them. What a case cannot tell is said, not left out.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from desk import file_pages
from desk.casefile import Casefile, Told
from desk.labels import Labels
from desk.layout import heading, indent, paragraph, table, width_of, wrap
from desk.listing import UNKNOWN, questions, spoken
from desk.numbers import count
from desk.safe_text import isolated, safe_line, safe_lines
from storage.entry import ADDED, Codes, Day, File, FormRef, IndexEntry, Number, Words

INSIDE = 4  # spaces before what a person said
NOT_AT_HAND = (
    "The form that this case was told with, {form}, is not at hand here: its questions and codes"
    " stand below without labels."
)
FOREIGN = (
    "No statement of the line that is here names this form: it is older than this desk, or not the"
    " line's. Ask the lead."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class CasePage:
    """Pages of cases for one screen: `width` in columns, None where nobody knows it."""

    width: int | None
    colour: bool
    labels: Labels

    def case(
        self, casefile: Casefile, *, here: Collection[int] = (), foreign_form: bool = False
    ) -> list[str]:
        """Return a case that could be opened; `here` are the numbers of files that are here."""
        known = self.labels.knows(casefile.form)
        remarks = [] if known else [not_at_hand(casefile.form)]
        remarks += [FOREIGN] if foreign_form else []
        return replace(self, labels=self.labels.of(casefile.form)).told(casefile, here, remarks)

    def told(self, casefile: Casefile, here: Collection[int], remarks: Sequence[str]) -> list[str]:
        """Return a case by the labels that these are, under what there is to remark of it."""
        facts = self._facts(casefile, here)
        lines = [*self._heading(f"Case {safe_line(casefile.number)}"), "", *facts]
        for remark in remarks:
            lines += ["", *self._say(remark)]
        for told in (*casefile.answers, *casefile.added):
            lines += ["", *self._answer(casefile, told, here)]
        for name, number in casefile.closed.items():
            sentence = f"{count(number, 'answer')} sealed to {safe_line(name)}, not open to you."
            lines += ["", *self._say(sentence)]
        if casefile.unknown:
            told_of = count(casefile.unknown, "entry")
            sentence = f"{told_of} of a kind that this version does not know: not shown."
            lines += ["", *self._say(sentence)]
        if casefile.files:
            opens = f"Open the files with: quietline-desk files {safe_line(casefile.number)}"
            lines += ["", *self._say(opens)]
        return lines

    def announced(self, index: IndexEntry) -> list[str]:
        """Return what a digest told of a case that is not here yet."""
        lines = self._heading(f"Case {safe_line(index.number)}, announced")
        lines += self._say("A digest told of it. The person's words come with the next bundle.")
        lines += [
            "",
            *table(
                [
                    (name, safe_line(value) or UNKNOWN)
                    for name, value in (
                        ("Urgency", index.urgency),
                        ("Form", f"{index.form}, version {index.version}"),
                        ("Language", _language(index.language)),
                        ("Sent", index.day.isoformat()),
                        ("Case id", index.case.hex()),
                    )
                ]
            ),
        ]
        for question in questions(index, self.labels):
            lines += ["", *self._question(index.form, question, 0)]
            lines += self._codes(index.form, question, index.codes[question])
        if index.codes_cut:
            lines += ["", *self._say("There are more codes than a digest has room for.")]
        return lines

    # --- what is known -------------------------------------------------------------------------

    def _facts(self, casefile: Casefile, here: Collection[int]) -> list[str]:
        link, interviewer = casefile.submission.link, casefile.submission.interviewer
        facts = [
            ("Urgency", casefile.urgency or UNKNOWN),
            ("Form", _form(casefile.form)),
            ("Language", _language(casefile.language)),
            ("Sent", casefile.day.isoformat()),
            ("Journal", f"{count(casefile.entries, 'entry')}, whole, signed by the line's server"),
            ("Reply", _reply(casefile)),
            *([("Files", _files(len(casefile.files), len(here)))] if casefile.files else []),
            *([("Came by link", link)] if link else []),
            *([("Interview by", interviewer)] if interviewer else []),
            ("Case id", casefile.case.hex()),
        ]
        return table([(name, safe_line(value)) for name, value in facts])

    # --- answers -------------------------------------------------------------------------------

    def _answer(self, casefile: Casefile, told: Told, here: Collection[int]) -> list[str]:
        form = casefile.form.id
        lines = self._head(form, told)
        languages = {part.language for part in told.parts} - {casefile.language}
        if languages:
            lines[-1] += f"  (answered in {', '.join(map(safe_line, sorted(languages)))})"
        numbers = {id(file): number for number, file in casefile.files.items()}
        for value in told.values:
            match value:
                case Words():
                    lines += self._words(value.words)
                case Codes():
                    lines += self._codes(form, told.question, value.codes)
                case Number():
                    lines += indent([str(value.number)], INSIDE)
                case Day():
                    lines += indent([safe_line(value.day)], INSIDE)
                case File():
                    number = numbers[id(value)]
                    lines += file_pages.entry(number, value, here=number in here)
        return lines

    def _head(self, form: str, told: Told) -> list[str]:
        """Return the question of an answer, and the day where it came later than the case."""
        question = self._question(form, told.question, told.repeat)
        if told.later is None:
            return question
        if told.question == ADDED:
            return [f"Added later, on {told.later.isoformat()}"]
        how = "Added" if told.has_file else "Changed"
        return [f"{how} later, on {told.later.isoformat()}, to:", *question]

    def _question(self, form: str, name: str, repeat: int) -> list[str]:
        label = self.labels.question(form, name)
        shown = safe_line(name) + (f" ({repeat})" if repeat else "")
        if label == name:
            return [shown]
        return paragraph(
            isolated(safe_line(label)), self.width, by=max(width_of(shown) + 2, 4), first=shown
        )

    def _words(self, words: str) -> list[str]:
        width = None if self.width is None else max(self.width - INSIDE, 20)
        return indent([piece for line in safe_lines(words) for piece in wrap(line, width)], INSIDE)

    def _codes(self, form: str, question: str, codes: Sequence[str]) -> list[str]:
        labels = [self.labels.code(form, question, code) for code in codes]
        rows = [
            (safe_line(code), "" if label == code else isolated(safe_line(label)))
            for code, label in zip(codes, labels, strict=True)
        ]
        return table(rows, by=INSIDE) if rows else indent([UNKNOWN], INSIDE)

    # --- pieces --------------------------------------------------------------------------------

    def _heading(self, text: str) -> list[str]:
        return heading(text, colour=self.colour)

    def _say(self, text: str) -> list[str]:
        return paragraph(text, self.width)


def not_at_hand(form: FormRef) -> str:
    """Return that the form of a case is not at hand."""
    return NOT_AT_HAND.format(form=safe_line(_form(form)))


def _form(form: FormRef) -> str:
    return f"{form.id}, version {form.version}"


def _files(number: int, here: int) -> str:
    return f"{number}, all here" if here == number else f"{number}, of which {here} here"


def _language(tag: str) -> str:
    return tag if spoken(tag) == tag else f"{spoken(tag)}, {tag}"


def _reply(casefile: Casefile) -> str:
    if not (casefile.submission.return_address or casefile.ways):
        return "no address: the person wants no message, or cannot be written to"
    return "an address is sealed inside; only the server can use it"
