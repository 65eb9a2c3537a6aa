"""People who report on Signal: no buttons, only text, and what was lost on its way tells nobody.

They read as people on Telegram do (`tests.talkers`), and answer by number or by the words of a
choice. Who is told that a message may have been lost looks whether their last one was answered, and
says it again if it was not. The line tells of the next gap later, so whoever has waited long looks
too. Before they have consented nobody tells them anything, since nothing is known of them: they
write again when it takes too long. What they say twice there may begin the conversation anew, and
choose a language: then they ask for theirs.
"""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.texts.languages import LANGUAGES
from tests.signal_server.remote import Remote
from tests.talkers import CODE, ENDS, TICKED, Talker, content_of

#: Seconds after which somebody who has not consented yet writes again; each time they wait longer.
IMPATIENT = 5.0
#: Seconds without a word after which somebody looks whether their last message was answered.
LONG = 30.0
#: How often somebody says the same again before they ask for a language that they can read.
STRANGE = 4
#: Seconds in which an answer comes that is on its way, once everything they wrote has come; where
#: the line asks for messages, an answer waits for the bridge each time.
SOON, LATER = 3.0, 12.0
#: Questions before anything is known of a person.
EARLY = frozenset({"", "language", "q-S1", "q-S2", "q-C1"})
TYPES = {"photo": "image/jpeg", "voice": "audio/aac", "document": "application/pdf"}


@dataclass
class Writer(Talker):
    """One person with a report to make, on Signal."""

    remote: Remote  # type: ignore[assignment]
    asked: str = ""  # what they have answered last
    heard: bool = True  # something new was asked since
    doubts: bool = False  # something of theirs may not have come
    repeats: int = 0
    again: int = 0  # how often they said the last thing again
    soon: float = SOON
    uttered: Counter[str] = field(default_factory=Counter)  # how often they said or sent a thing
    last: deque[str] = field(default_factory=lambda: deque(maxlen=5))  # what they heard
    waited: float = 0.0  # seconds without a word
    gaps: int = 0  # how often they were told of one
    stood: dict[str, int] = field(default_factory=dict)  # when each question came to stand there
    repeated: list[tuple[str, str, int]] = field(default_factory=list)  # to what, what, when

    def crossed(self, question: str) -> Counter[str]:
        """Return what they said again to an older question after this one stood there, unread.

        That is an answer to this one by anything that can be known of it.
        """
        since = self.stood.get(question, 0)
        return Counter(
            text
            for asked, text, when in self.repeated
            if self.stood.get(asked, since) < since < when
        )

    async def reports(self, *, patience: float = 120) -> str:
        """Report, from the first word to the case code; return the code."""
        self.heard = False
        await self._says("/start")
        while not self.code:
            await self._listens(patience)
            if self.doubts and not self.code:
                self.doubts = False
                await self._looks()
        return self.code

    async def _listens(self, patience: float) -> None:
        early = self.asked in EARLY
        seconds = min(IMPATIENT * 2**self.again, LONG) if early else LONG
        try:
            await self._hears(seconds)
        except TimeoutError:
            self._waits(seconds, patience)
            if not early:
                self.doubts = True
            elif not self.heard:
                await self._repeats()
        else:
            self.waited = 0.0

    def _waits(self, seconds: float, patience: float) -> None:
        """Wait once more; nobody waits for ever."""
        self.waited += seconds
        if self.waited > patience:
            told = (
                f"{self.id} answered {self.asked!r}, said it {self.again} times again, heard last:"
            )
            raise TimeoutError("\n".join([told, *self.last]))

    async def _hears(self, seconds: float) -> None:
        shown = await self.remote.wait(person=self.id, after=self.seen, timeout=seconds)
        for message in shown["messages"]:
            self.seen = max(self.seen, message["timestamp"])
            self.last.append(message["text"])
            await self._reads(message)

    async def _looks(self) -> None:
        """Look whether the last answer was taken; what is still on its way gets its time."""
        await self.remote.settled(timeout=60)
        try:
            while not (self.heard or self.code):
                await self._hears(self.soon)
        except TimeoutError:
            await self._repeats()

    async def _reads(self, message: Mapping[str, Any]) -> None:
        text, what = message["text"], self.reading.what(message["text"])
        if self.reading.doubts(text):
            self.doubts, self.gaps = True, self.gaps + 1
        self.doubts = self.doubts or self.reading.is_older(text)
        self.welcomed = self.welcomed or self.reading.repeats(text)
        if what == "file-kept":
            self.receipts.add(text)
        if what in {"file-kept", "end"} or self.code:
            return
        self.stood.setdefault(what, message["timestamp"])
        if what == "language" and self.asked in EARLY - {"language"}:
            self.answered.clear()  # before consent nothing is kept: the line began anew
        if what in ENDS:
            found = CODE.search(text)
            self.code = found[0] if found else "known"
        elif what and what not in self.answered:
            await self._goes_on(what, message)
        elif what and what == self.asked and self.welcomed:
            self.welcomed = False
            await self._repeats()

    async def _goes_on(self, what: str, message: Mapping[str, Any]) -> None:
        self.answered.add(what)
        self.asked, self.heard, self.again = what, False, 0
        self.welcomed = self.doubts = False
        await self._answers(what, message)

    async def _repeats(self) -> None:
        """Say again what was not taken, in words."""
        self.repeats += 1
        self.again += 1
        if not self.asked:
            await self._says("/start")
        elif self.asked in EARLY and self.again % STRANGE == 0:
            await self._says("/language")  # what they said twice was taken for another one
        elif self.asked == "q-G1F" and self.has_receipt():
            await self._says("/done")  # the file was kept: there is nothing to repeat
        elif self.asked in self.choices and self.asked not in TICKED:
            await self._says(self._words(self.asked))
        else:
            await self._answers(self.asked, {})

    async def _answers(self, what: str, message: Mapping[str, Any]) -> None:
        if what == "language":
            await self._says(LANGUAGES[self.reading.language].autonym)
        elif self.id % 2 and what in self.choices and what not in TICKED:
            await self._says(self._words(what))
        else:
            await super()._answers(what, {**message, "buttons": []})

    def _words(self, what: str) -> str:
        """Return the words of the choice that they make."""
        content, language = content_of(self.reading.home), self.reading.language
        name = what.removeprefix("q-")
        if name == "review":
            return content.texts.render(language, "button-send")
        question = content.form.by_name[name]
        label = f"c-{question.list_name}-{self.codes[name]}"
        return content.texts.render(language, label)

    async def _says(self, text: str) -> None:
        self.uttered[text] += 1
        done = await self.remote.say(person=self.id, text=text)
        if self.again:
            self.repeated.append((self.asked, text, done["timestamp"]))

    async def _sends(self) -> None:
        assert self.file is not None
        self.uttered[self.file.sha256] += 1
        sent = {"content": self.file.base64, "type": TYPES[self.file.kind]}
        await self.remote.send(person=self.id, files=[{**sent, "voice": self.file.kind == "voice"}])
