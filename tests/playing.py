"""What everybody does who plays dialogues in a chat app, whichever it is.

They know a message by its words in their language, and see nothing else of it. What comes by itself
(a file is kept) may come at any moment after what it belongs to: it is put aside until a dialogue
has it come. How a choice is made, and what else is to be seen, is the app's own.
"""

import hashlib
import itertools
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from bot.engine.model import Kind, Question
from bot.files import short_hash
from bot.texts.scripts import strip_isolates
from bot.wording import APPS
from tests.dialogues import (
    Given,
    Ledger,
    Row,
    code_in,
    expected,
    file_of,
    goes_elsewhere,
    rows_of,
    words_of,
)
from tests.line_made import Made

Shown = Mapping[str, Any]  # a message as a person sees it
#: What comes by itself: a file is kept.
KEPT = "file-kept"
#: How a question says that it is to be answered, where there are no buttons.
HOW = (
    *("one", "many", "number", "date", "country", "text", "file", "files"),
    *("several", "instead", "instead-or-add"),
)
#: Values that choose a variant of a text, and do not stand in it: "yes" or "no".
CHOOSE = frozenset({"answered", "asked", "opened"})
_ANY, _NUMBER = "\N{BULLET}", 98_765


class Known:
    """Knows each text of a line by its words, in one app."""

    def __init__(self, line: Made, app: str) -> None:
        self.form, self.texts, self.app = line.app.content.form, line.app.content.texts, app
        speaker = line.app.intake.speaker
        largest = str(speaker.largest.get(app, ""))
        self._facts = {**speaker.facts, "app": APPS[app], "largest": largest}
        self._known: dict[tuple[str, str], str] = {}

    def label(self, language: str, name: str) -> str:
        """Return a text that has no values, such as what stands on a button."""
        return self.texts.render(language, name)

    def has(self, name: str) -> bool:
        """Tell whether there is such a text."""
        return self.texts.catalogue("en").has(name)

    def asked(self, name: str) -> Question | None:
        """Return the question that a text asks; None where it asks none of the form's."""
        return self.form.by_name.get(name.removeprefix("q-")) if name.startswith("q-") else None

    def hint(self, language: str, name: str) -> str:
        """Return the pattern of what stands under a question; of files, what may come in this app."""
        asked, hint = self.asked(name), f"{name}-hint"
        there = asked and asked.kind is not Kind.NOTE and self.texts.catalogue(language).has(hint)
        names = [hint] if there else []
        if asked and asked.kind is Kind.FILE:
            names.append("files-programs" if self.app == "signal" else "files-no-programs")
        return "".join(f"\n{self.text(language, one)}" for one in names)

    def text(self, language: str, name: str) -> str:
        """Return the pattern of a text: its words, and anything where a value stands."""
        known = self._known.get((language, name))
        if known is None:
            known = self._known[language, name] = "|".join(self._patterns(language, name))
        return f"(?:{known})"

    def how(self, language: str) -> str:
        """Return the pattern of what says how to answer."""
        return f"(?:{'|'.join(self.text(language, f'answer-{how}') for how in HOW)})"

    def _patterns(self, language: str, name: str) -> Iterator[str]:
        shelf = self.texts.catalogue(language)
        own = f"{name}-{self.app}"
        message = shelf.messages[own if shelf.has(own) else name]
        counted = message.variables & message.counts - self._facts.keys()
        chosen = [
            dict(zip(CHOOSE, words, strict=True))
            for words in itertools.product(("yes", "no"), repeat=len(CHOOSE))
        ]
        for count, choice in itertools.product(
            (1, _NUMBER) if counted else (0,), chosen if message.variables & CHOOSE else [{}]
        ):
            values = {v: count if v in counted else _ANY for v in message.variables}
            values |= {v: fact for v, fact in {**self._facts, **choice}.items() if v in values}
            text = self.escape(self.texts.render(language, message.name, **values))
            yield text.replace(re.escape(_ANY), "[^\n]+").replace(str(count or _NUMBER), r"\d+")

    def escape(self, text: str) -> str:
        """Return the pattern of just these words."""
        return re.escape(text)


class Up(Protocol):
    """A line that is up in an app."""

    @property
    def line(self) -> Made:
        """The line."""
        ...

    async def quiet(self) -> None:
        """Wait until what came is kept, files too, and all that was said has arrived."""
        ...


@dataclass(kw_only=True)
class Memory:
    """What somebody remembers beside what they see."""

    code: str = ""  # the case code that they were shown last
    sent: list[str] = field(default_factory=list, repr=False)  # hashes of their files
    aside: list[Shown] = field(default_factory=list, repr=False)  # came by itself

    def elsewhere(self) -> "Memory":
        """Return what they remember in another chat."""
        return Memory(code=self.code, sent=self.sent)


class Somebody(ABC):
    """Somebody with an app in a language, who plays dialogues."""

    timer = False  # whether messages disappear by themselves in this app
    up: Up
    language: str
    memory: Memory

    @property
    @abstractmethod
    def known(self) -> Known:
        """What they know messages by."""

    @abstractmethod
    def elsewhere(self) -> Self:
        """Return the same person in another chat."""

    @abstractmethod
    async def does(self, row: Row, asked: str, text: str, language: str) -> None:
        """Write, or choose, what a row means; `language` is that of what was asked."""

    @abstractmethod
    async def sends(self, file: Given) -> None:
        """Send a file."""

    @abstractmethod
    async def hears(self, *names: str, language: str = "", where: str = "") -> Sequence[Shown]:
        """Wait for just these texts, in this order; check all that can be seen of them."""

    @abstractmethod
    async def comes(self, where: str) -> None:
        """Wait for something that comes by itself, and put it aside."""

    @abstractmethod
    def notes(self, names: Sequence[str], where: str, *, late: bool) -> None:
        """Check what was said in a dialogue; `late`: they were not there from its beginning."""

    async def plays(
        self, name: str, *, after: str = "", until: str = "", ledger: Ledger | None = None
    ) -> Self:
        """Go through a dialogue, or until a text is heard; a ledger checks its claims.

        `after` is the text that they have heard already: what comes before it is left out. Returns
        them where they are in the end: it may be another chat.
        """
        person, before, asked, spoken = self, self, "", self.language
        rows = rows_of(name, self.language)
        if after:
            next(row for row in rows if row.kind == "<" and row.rest.split()[-1] == after)
            asked = after
        for row in rows:
            match row.kind:
                case ">" if goes_elsewhere(row):
                    before, person = person, person.elsewhere()
                case ">":
                    await person.follows(row, asked, spoken if row.chosen else self.language)
                    spoken = "en" if row.rest == "/original" else self.language
                case "<":
                    names = expected(row, self.language, removes=True, timer=self.timer)
                    await person.hears(*names, language=spoken, where=row.where)
                    person.notes(names, row.where, late=bool(after))
                    asked = names[-1]
                    if asked == until:
                        return person
                case "~":
                    await person.is_told(*row.rest.split(), where=row.where)
                case "@":
                    await before.hears(*row.rest.split(), where=row.where)
                case _:
                    await self._checks(row, ledger)
        assert not person.memory.aside, f"{name}: this was not to come"
        return person

    async def follows(self, row: Row, asked: str, language: str) -> None:
        """Do what a row of a dialogue says."""
        if file := file_of(row):
            if not file.large:
                self.memory.sent.append(short_hash(hashlib.sha256(file.data).hexdigest()))
            await self.sends(file)
            return
        form, texts = self.known.form, self.known.texts
        text = words_of(row, language, asked, form, texts, self.memory.code)
        await self.does(row, asked, text, language)

    async def is_told(self, *names: str, where: str) -> None:
        """Wait for what comes by itself, of files that they have sent."""
        assert set(names) == {KEPT}, where
        aside, hashes = self.memory.aside, self.memory.sent
        while len(aside) < len(names):
            await self.comes(where)
        assert len(aside) == len(names), where
        for message in aside:
            assert any(one in strip_isolates(message["text"]) for one in hashes), where
        aside.clear()

    async def _checks(self, row: Row, ledger: Ledger | None) -> None:
        if ledger is not None:
            await self.up.quiet()
            await ledger.check(row)

    def _looks(self, messages: Sequence[Shown]) -> None:
        """Remember the case code that a message shows."""
        for message in messages:
            self.memory.code = code_in(strip_isolates(message["text"])) or self.memory.code
