"""What becomes of files and voice notes in a turn: taken, refused, kept or lost.

And of what the person erases by deleting the message that brought it, words or files.

A file is an answer to any question that is answered in writing: its part counts at once and has a
number for the person. That it is kept is said only when somebody fetched and sealed it. One that
never came leaves a gap: its part is neither sent nor given to another.
"""

from collections.abc import Sequence

from bot.engine.events import Ask, Drop, Fetch, Fetched, Key, Say, Sent
from bot.engine.flow import parts
from bot.engine.keeping import MOST_KEPT, MOST_PARTS, AnswerTurn
from bot.engine.model import ADDED, OPEN, Question
from bot.engine.state import Mode

#: Modes that lead back to where the conversation stood.
_ASIDE = frozenset({Mode.PAUSED, Mode.STOPPING, Mode.LANGUAGE})


class FileTurn(AnswerTurn):
    """A turn that takes files as well."""

    def sent(self, sent: Sent) -> None:
        """Take a file where an answer in writing is asked for; elsewhere say where to."""
        mode, question, key = self.state.mode, self.question, self.state.at
        if mode is Mode.PAUSED:
            self.stay()
        if mode is Mode.DELETING:  # whoever goes on sending does not delete
            self.stay()
            mode = self.state.mode
        if mode is Mode.CONTACT:  # nor is whoever goes on sending done
            self.set(mode=Mode.ADDING)
        if mode in {Mode.ADDING, Mode.CONTACT}:
            self._take_to((ADDED, 0), sent)
        elif not self.state.consented:
            self.set(unheard=self.state.unheard or not self.state.language)
            self.ask("no-voice" if sent.voice else "no-file")
        elif question is None or key is None or not self._takes_files(question, mode):
            self.ask("no-file-here")
        elif sent.refused:
            self.ask(sent.refused)
        else:
            self._leave_doubt(question)
            self._take(question, key)

    @staticmethod
    def _takes_files(question: Question, mode: Mode) -> bool:
        return mode in {Mode.ASKING, Mode.DOUBT} and question.kind in OPEN

    def _leave_doubt(self, question: Question) -> None:
        """Do with the words in doubt what other words after them would do."""
        if self.state.mode is Mode.DOUBT and question.several:
            self.set(mode=Mode.ASKING)
            self.do(Say(id="number-kept"))
        elif self.state.mode is Mode.DOUBT:
            self.take_back()

    def _take(self, question: Question, key: Key) -> None:
        if self.state.sequence >= MOST_KEPT:
            self.do(Say(id="too-many-answers"))
            self.review()
        elif not question.several:
            self.clear(key)
            number = self._fetch(key)
            self.do(Say(id="file-coming", args={"number": str(number)}))
            self.leave_and_go_on(key)
        elif key in self.state.open:
            self.clear(key)
            self.set(open=tuple(k for k in self.state.open if k != key))
            self._fetch_more(key)
        elif self.state.answered.get(key, 0) >= MOST_PARTS:
            self.ask("too-many")
        else:
            self._fetch_more(key)

    def _take_to(self, key: Key, sent: Sent) -> None:
        """Take a file for a case that was sent."""
        if sent.refused:
            self.ask(sent.refused)
        elif self.state.answered.get(key, 0) >= MOST_KEPT:
            self.ask("too-many")
        else:
            self._fetch_more(key)

    def _fetch_more(self, key: Key) -> None:
        self.do(Ask(brief=True, coming=self._fetch(key)))

    def _fetch(self, key: Key) -> int:
        state, part = self.state, self.state.answered.get(key, 0)
        number, sequence = state.filed + 1, state.sequence + 1
        self.do(Fetch(key=key, part=part, sequence=sequence, number=number))
        self.set(
            answered={**state.answered, key: part + 1},
            sequence=sequence,
            filed=number,
            files=(*state.files, (*key, part)),
            numbers=(*state.numbers, number),
        )
        return number

    def fetched(self, fetched: Fetched) -> None:
        """Say what became of a file, and count it no more if it is lost.

        One that is not of this conversation, or was replaced meanwhile, is none of its matters.
        What is added to a case that was sent stays with it, whichever conversation it came in.
        """
        file = (*fetched.key, fetched.part)
        known = zip(self.state.files, self.state.numbers, strict=True)
        adds = bool(self.state.adds) and fetched.key == (ADDED, 0)
        if not adds and (file, fetched.number) not in known:
            return
        number = str(fetched.number)
        if not fetched.refused:
            self.do(Say(id="file-kept", args={"number": number, "hash": fetched.hash}))
            return
        self.do(Say(id=fetched.refused, args={"number": number}))
        if adds:
            return
        self._lose(fetched.key, fetched.part)
        if self.state.mode is not Mode.PAUSED:
            self.do(Ask())  # the buttons that are there carry a revision that is over

    def erase(self, gone: Sequence[tuple[Key, int]]) -> None:
        """Delete parts whose messages the person has deleted; what is needed is asked again.

        What was there to be left out is as if it had been skipped. It ends no pause.
        """
        state = self.state
        here = state.before if state.mode in _ASIDE else state.mode
        asking = here in {Mode.ASKING, Mode.DOUBT}
        there = parts(state, state.at) if state.at is not None else []
        if here is Mode.DOUBT and (state.at, there[-1:]) in [(key, [part]) for key, part in gone]:
            here = Mode.ASKING  # the part in doubt
        for key, part in gone:
            self.do(Drop(key=key, part=part))
            self.take_out(key, part)
        left = [key for key in dict.fromkeys(k for k, _ in gone) if key not in state.answered]
        for key in left:
            self._unanswer(key, asked=asking and key == state.at)
        self._go_on_without([key for key in left if key not in state.answered], here)

    def _unanswer(self, key: Key, *, asked: bool) -> None:
        """Take back what an answer meant to the others."""
        question = self.form.by_name[key[0]]
        codes = dict(self.state.codes)
        if codes.pop(key, None) is not None:
            self._untell(question)
        self.set(codes=codes)
        if not asked and not question.required:
            self.set(answered={**self.state.answered, key: 0})

    def _go_on_without(self, wanted: Sequence[Key], here: Mode) -> None:
        """Say that it was erased, and stand where the conversation goes on."""
        state = self.state
        self.do(Say(id="erased" if wanted else "erased-change"))
        if wanted and here in {Mode.REVIEW, Mode.CHANGING}:
            here = Mode.ASKING
            self.set(at=wanted[0])
        self.set(**{"before" if state.mode in _ASIDE else "mode": here})
        if state.mode is Mode.ASKING and state.at and not self.look().relevant(state.at):
            self.go_on()
        elif state.mode is not Mode.PAUSED:
            self.do(Ask())

    def _lose(self, key: Key, part: int) -> None:
        self.take_out(key, part)
        question = self.form.by_name.get(key[0])
        gone = key not in self.state.answered
        if gone and question is not None and key != self.state.at and not question.required:
            # As if it had been skipped: nobody is led back to it, and it can be changed.
            self.set(answered={**self.state.answered, key: 0})
