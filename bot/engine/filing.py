"""What becomes of files and voice notes in a turn: taken, refused, kept or lost.

A file is an answer to any question that is answered in writing: its part counts at once and has a
number for the person. That it is kept is said only when somebody fetched and sealed it. One that
never came leaves a gap: its part is neither sent nor given to another.
"""

from bot.engine.events import Ask, Fetch, Fetched, Key, Say, Sent
from bot.engine.keeping import MOST_KEPT, MOST_PARTS, AnswerTurn
from bot.engine.model import ADDED, OPEN, Question
from bot.engine.state import Mode


class FileTurn(AnswerTurn):
    """A turn that takes files as well."""

    def sent(self, sent: Sent) -> None:
        """Take a file where an answer in writing is asked for; elsewhere say where to."""
        mode, question, key = self.state.mode, self.question, self.state.at
        if mode is Mode.PAUSED:
            self.stay()
        if mode is Mode.ADDING:
            self._take_to((ADDED, 0), sent)
        elif not self.state.consented:
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

    def _lose(self, key: Key, part: int) -> None:
        self.take_out(key, part)
        question = self.form.by_name.get(key[0])
        gone = key not in self.state.answered
        if gone and question is not None and key != self.state.at and not question.required:
            # As if it had been skipped: nobody is led back to it, and it can be changed.
            self.set(answered={**self.state.answered, key: 0})
