"""`quietline-desk interview`: the form of the line, filled in for a person who sits across.

Rules of this file: the command only: it shows a question, reads a line, says what was wrong. Which
questions there are is decided in `desk.interviewing`; after each answer all is kept, sealed.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from bot.engine.answers import looks_like_id
from bot.engine.model import Kind, Question
from bot.texts.languages import LANGUAGES
from desk import interviews, phrases, session
from desk.acting import Desk
from desk.errors import AnotherForm, InterviewError
from desk.form_labels import ENGLISH, FormLabels, nearest, of_line
from desk.interviewing import Asked, Asking, Interview, Place
from desk.interviews import Interviews, recipient_of
from desk.layout import paragraph
from desk.numbers import count
from desk.options import Commands
from desk.outbox import Outbox
from desk.reader import Reader
from desk.terminal import Terminal
from storage.entry import Codes, Day, File, Number, Value, Words

SKIP, BACK, LATER = "-", "<", "."
HOW = (
    f"Type the answer, or the number of a choice (several: 1, 3). {SKIP} skips, {BACK} goes back,"
    f" {LATER} keeps all for later."
)


def register(commands: Commands) -> None:
    """Add the command to the command line."""
    says = "fill in the form for a person whom you meet, and hand it in as a case"
    parser = session.add(commands, "interview", says, run_interview, session.bare)
    session.add_language(parser)
    parser.add_argument(
        "--written",
        choices=sorted(LANGUAGES),
        default="",
        metavar="TAG",
        help="the language in which you write down what is said, where it is another",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--go-on", metavar="ID", help="go on with one that was kept for later")
    which.add_argument("--forget", metavar="ID", help="throw one away that was kept for later")
    which.add_argument("--kept", action="store_true", help="list those that were kept for later")


def run_interview(args: argparse.Namespace) -> int:
    """Begin an interview, go on with one, list or forget those that are kept."""
    who = session.reader_of(args)
    kept = Interviews(desk=args.desk, own=who.own)
    terminal: Terminal = args.terminal
    if args.kept:
        for name in kept.names():
            one = kept.open(name)
            terminal.say(f"{name[:8]}  begun {one.day}  {one.language}")
        return 0
    if args.forget:
        kept.forget(kept.open(args.forget).case)
        terminal.say("Thrown away.")
        return 0
    language = args.language or nearest(terminal.locale) or ENGLISH
    labels = of_line(language, who.line)
    if not interviews.is_pinned(labels.form, who.line):
        raise AnotherForm(labels.form.id)
    hand = _hand(args, who)
    hand.check("act")
    interview = kept.open(args.go_on) if args.go_on else None
    if interview is not None and interview.form.sha256 != labels.form.sha256:
        raise AnotherForm(interview.form.id)
    if interview is None:
        interview = interviews.begin(labels.form, language, args.today, args.written)
    return Talk(terminal=terminal, labels=labels, kept=kept, hand=hand).run(interview)


def _hand(args: argparse.Namespace, who: Reader) -> Desk:
    outbox = Outbox(desk=who.desk, signing=who.signing)
    return Desk(reader=who, mirror=session.mirror_of(args), outbox=outbox, today=args.today)


class Talk:
    """One interview at a terminal."""

    def __init__(
        self, *, terminal: Terminal, labels: FormLabels, kept: Interviews, hand: Desk
    ) -> None:
        self.terminal = terminal
        self.labels = labels
        self.kept = kept
        self.hand = hand

    def run(self, interview: Interview) -> int:
        """Ask until all is asked, then hand in."""
        self.terminal.say(HOW)
        read = frozenset[str]()
        while True:
            asking = Asking(form=self.labels.form, interview=interview)
            place = asking.next()
            if place is None:
                return self._end(asking)
            for note in place.notes:
                if note.question.name not in read:
                    self._say("", "Read aloud: " + self._label(note))
            read |= {note.question.name for note in place.notes}
            after = self._ask(asking, place)
            if after is None:
                return self._later(interview)
            interview = after
            now = Asking(form=self.labels.form, interview=interview)
            self.kept.settle(now)
            if now.refused:
                self._say("", "Without consent nothing is kept. Nothing was.")
                return 0

    # --- one question --------------------------------------------------------------------------

    def _ask(self, asking: Asking, place: Place) -> Interview | None:
        """Ask one question until it is answered, skipped or left; None: later."""
        asked, question = place.asked, place.asked.question
        self._say("", f"{question.name}  {self._label(asked)}")
        for number, choice in enumerate(asked.choices, 1):
            if question.kind is not Kind.COUNTRY:
                self.terminal.say(f"  {number:2d}  {self._code(question, choice.code)}")
        if question.several:
            files = question.kind is Kind.FILE
            lines = "the path of a file on each line" if files else "several lines"
            self.terminal.say(f"  ({lines}; an empty line ends)")
        while True:
            line = self.terminal.ask(">").strip()
            if line == LATER:
                return None
            if line == BACK:
                return asking.reopen(place.before) if place.before else asking.interview
            after = self._answered(asking, asked, line)
            if not isinstance(after, str):
                return after
            self.terminal.say(_why(after))

    def _answered(self, asking: Asking, asked: Asked, line: str) -> Interview | str:
        if line == SKIP:
            return asking.answer(asked.key, ())
        values: list[Value] = []
        while True:
            value = self._read(asking, asked, line, len(values))
            if isinstance(value, str) and not values:
                return value
            if isinstance(value, str):  # what was said before it stands
                self.terminal.say(_why(value))
            else:
                values.append(value)
            if not asked.question.several:
                break
            line = self.terminal.ask(">").strip()
            if not line:
                break
        return asking.answer(asked.key, values)

    def _read(self, asking: Asking, asked: Asked, line: str, before: int) -> Value | str:
        """Return the value of a line; of a file, which is named by its path, the sealed one."""
        if asked.question.kind is not Kind.FILE:
            return asking.read(asked, line)
        recipient = recipient_of(asked.question, self.hand.reader.line, self.hand.today)
        number, case = before + 1, asking.interview.case
        try:
            return self.kept.enclosures.add(case, recipient, Path(line).expanduser(), number)
        except (InterviewError, OSError) as error:
            return str(error) if isinstance(error, InterviewError) else f"{error.strerror}: {line}"

    # --- the end -------------------------------------------------------------------------------

    def _end(self, asking: Asking) -> int:
        """Show what was answered, ask whether it is handed in, and do so."""
        self._say("", "What you wrote down:")
        for one in asking.questions():
            if one.values:
                shown = "; ".join(self._value(one.question, value) for value in one.values)
                self._say(f"{one.question.name}  {shown}")
                if any(isinstance(v, Words) and looks_like_id(v.words) for v in one.values):
                    self._say(phrases.LONG_NUMBER)
        if not asking.ready:
            self.terminal.say("There is not enough to hand in: no words, and no method.")
            return self._later(asking.interview)
        self._say("", "Has the person heard or read it, and does it stand? Type yes to hand it in.")
        if self.terminal.ask(">").strip().lower() != "yes":
            return self._later(asking.interview)
        _, number = self.kept.hand_in(asking, self.hand)
        self._say(
            "", f"Case {number}. It waits in the outbox, sealed, and leaves with the next sync."
        )
        return 0

    def _later(self, interview: Interview) -> int:
        if not Asking(form=self.labels.form, interview=interview).consented:
            self.kept.forget(interview.case)
            self.terminal.say("Without consent nothing is kept. Nothing was.")
            return 0
        self.kept.keep(interview)
        name = interview.case.hex()[:8]
        self.terminal.say(f"Kept, sealed to you. Go on: quietline-desk interview --go-on {name}")
        return 0

    # --- words ---------------------------------------------------------------------------------

    def _say(self, *lines: str) -> None:
        for line in lines:
            self.terminal.say("\n".join(paragraph(line, None)) if line else "")

    def _label(self, asked: Asked) -> str:
        return self.labels.question(self.labels.form.id, asked.question.name)

    def _code(self, question: Question, code: str) -> str:
        return self.labels.code(self.labels.form.id, question.name, code)

    def _value(self, question: Question, value: Value) -> str:
        match value:
            case Words():
                return value.words
            case Codes():
                return self._codes(question, value.codes)
            case Number():
                return str(value.number)
            case Day():
                return value.day
            case File():
                return f"{value.name or 'a file'}, {count(value.size, 'byte')}"

    def _codes(self, question: Question, codes: Sequence[str]) -> str:
        return ", ".join(self._code(question, code) for code in codes)


def _why(reason: str) -> str:
    """Return why an answer is not taken: of a file a whole sentence."""
    return reason if " " in reason else phrases.not_taken(reason)
