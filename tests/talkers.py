"""People who report on Telegram: they read what comes, answer each question once, and go on.

They know no ids: what a message asks they find out as a person does, by reading it in their own
language. A message that comes twice, as after a crash, they do not answer twice; but when they are
welcomed back to a question that they have answered, their answer was not taken, and they repeat it.

Some bring a file: beside their words, or where the form asks for something to send.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from bot.app import facts
from bot.content import Content, open_content
from bot.files import short_hash
from bot.settings import load
from bot.texts.languages import LANGUAGES
from storage.line import Line
from tests.telegram_server.remote import Remote

CODE = re.compile(r"(?<!\d)\d{4}(?: \d{4}){4}(?!\d)")
#: Seconds that people in a story wait: less than a test may take, so that it fails with their words.
PATIENCE = 240
#: What everybody answers: the place of the choice on its list, or words of a command.
CHOICES: Mapping[str, str] = {
    "q-S1": "1",
    "q-S2": "1",
    "q-C1": "1",
    "q-C2": "1",
    "q-A2": "1, 2",
    "q-A3": "1",
    "q-A4": "1",
    "q-F1": "3",
    "q-M0": "1",
    "review": "1",
}
#: The same as codes, as the desk is to find them.
CODES: Mapping[str, str] = {
    "S1": "yes",
    "S2": "no",
    "C1": "yes",
    "C2": "adult",
    "A2": "CP TD",
    "A3": "week",
    "A4": "JP",
    "F1": "no",
    "M0": "send",
}
#: What those answer who bring a file to where the form asks for one.
EVIDENCE: Mapping[str, str] = {
    **CHOICES,
    "q-M0": "2",
    "q-M1": "2",
    "q-G1": "1",
    "q-G2": "1",
    "q-G2D": "1",
    "q-G2P": "1",
}
EVIDENCE_CODES: Mapping[str, str] = {
    **CODES,
    "M0": "more",
    "M1": "G",
    "G1": "EV-CHAT",
    "G2": "EQ-ORIG",
    "G2D": "yes",
    "G2P": "EP-MINE",
}
#: Where several may be chosen.
TICKED = frozenset({"q-A2", "q-M1", "q-G1", "q-G2P"})
ENDS = frozenset({"sent", "sent-known"})
#: Texts with a number in them, known by all that stands around it.
NUMBERED = ("review", "review-files", "file-coming", "file-kept")
#: What is said of a gap, and of something that could not be read.
GAPS = ("missed", "send-again")


@cache
def content_of(home: Path) -> Content:
    """Return the form and texts of a server's home."""
    return open_content(load(home / "quietline.toml"), home)


class Reading:
    """Knows what each message says in one language, by its words."""

    def __init__(
        self,
        home: Path,
        line: Line,
        language: str,
        app: str = "Telegram",
        *,
        also: Iterable[str] = (),
    ) -> None:
        content, settings = content_of(home), load(home / "quietline.toml")
        values = {**facts(settings, line), "app": app, "code": "\N{BULLET}"}
        values["largest"] = "\N{BULLET}"
        names = [*EVIDENCE, "q-A1", "q-G1F", "kept", *ENDS, "trouble", "end", *also]
        self._texts = {
            name: content.texts.render(language, name, **values)
            .split("\N{BULLET}")[0]
            .split("\n")[0]
            .strip("\u2068\u2069 ")
            for name in names
            if name != "review"
        }
        self._back = content.texts.render(language, "welcome-back", **values)
        self._already = content.texts.render(language, "already", **values)
        self._gaps = [content.texts.render(language, name, **values) for name in GAPS]
        blanks = dict.fromkeys(("count", "files", "number", "hash"), "\N{BULLET}")
        self._numbered = {
            name: [
                part.strip("\u2068\u2069 ")
                for part in content.texts.render(language, name, **blanks, **values).split(
                    "\N{BULLET}"
                )
            ]
            for name in NUMBERED
        }
        self.language, self.home = language, home

    def repeats(self, text: str) -> bool:
        """Tell whether a message asks for an answer that was not taken."""
        return self._back in text

    def doubts(self, text: str) -> bool:
        """Tell whether a message says that something of theirs may not have come."""
        return any(words in text for words in self._gaps)

    def is_older(self, text: str) -> bool:
        """Tell whether a message says that theirs answered an older question."""
        return self._already in text

    def what(self, text: str) -> str:
        """Return the id of a message's text, "" for one that needs no answer."""
        if LANGUAGES[self.language].autonym in text or "hello" in text:
            return "language"
        found = [name for name, words in self._texts.items() if words and words in text]
        if found:
            return max(found, key=lambda name: len(self._texts[name]))
        parts = self._numbered.items()
        return next((name for name, known in parts if all(one in text for one in known)), "")


def given(talkers: "Iterable[Talker]") -> int:
    """Return how many answers people have given."""
    return sum(len(one.answered) for one in talkers)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A file that somebody brings."""

    content: bytes = field(repr=False)
    kind: str = "photo"  # as Telegram calls it: photo, voice, document
    asked: bool = False  # sent where the form asks for it, not beside the words

    @property
    def sha256(self) -> str:
        """Its hash."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def base64(self) -> str:
        """It, as it goes over HTTP."""
        return base64.b64encode(self.content).decode()


@dataclass
class Talker:
    """One person with a report to make."""

    remote: Remote
    reading: Reading
    id: int
    words: str
    person: Mapping[str, Any] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    code: str = ""
    seen: int = 0
    welcomed: bool = False  # back to a question: the answer was not taken
    file: Evidence | None = None
    receipts: set[str] = field(default_factory=set)  # of files that are kept

    @property
    def choices(self) -> Mapping[str, str]:
        """What they answer."""
        return EVIDENCE if self.file and self.file.asked else CHOICES

    @property
    def codes(self) -> Mapping[str, str]:
        """The same as codes."""
        return EVIDENCE_CODES if self.file and self.file.asked else CODES

    async def reports(self, *, patience: float = 120) -> str:
        """Report, from the first word to the case code; return the code."""
        await self.remote.say(person={"id": self.id, **self.person}, text="/start")
        while not self.code:
            shown = await self._awaits(patience)
            for message in shown["messages"]:
                self.seen = max(self.seen, message["id"])
                await self._reads(message)
        return self.code

    async def _awaits(self, patience: float) -> Mapping[str, Any]:
        """Wait for what comes next; who is left waiting tells what they saw last."""
        try:
            shown = await self.remote.wait(chat=self.id, after=self.seen, timeout=patience)
        except TimeoutError as error:
            chat = await self.remote.wait(chat=self.id)
            last = [message["text"] for message in chat["messages"][-4:]]
            told = f"{self.id} in {self.reading.language} heard last: {last}"
            raise TimeoutError(told) from error
        return dict(shown)

    async def _reads(self, message: Mapping[str, Any]) -> None:
        what = self._what(message)
        self.welcomed = self.welcomed or self.reading.repeats(message["text"])
        if what == "end" or self.code:
            return
        if what in ENDS:
            found = CODE.search(message["text"])
            self.code = found[0] if found else "known"
        elif what == "file-kept":
            self.receipts.add(message["text"])
        elif what and (asked := self._asked(what, message)) not in self.answered:
            self.answered |= {what, asked}
            self.welcomed = False
            await self._answers(what, message)

    def _asked(self, what: str, message: Mapping[str, Any]) -> str:
        """Return what tells a question from the same one asked anew: its buttons are others."""
        if not self.welcomed:
            return what
        return " ".join([what, *(b["data"] for row in message["buttons"] for b in row)])

    def _what(self, message: Mapping[str, Any]) -> str:
        labels = [button["text"] for row in message["buttons"] for button in row]
        if LANGUAGES[self.reading.language].autonym in labels:
            return "language"
        return self.reading.what(message["text"])

    async def _answers(self, what: str, message: Mapping[str, Any]) -> None:
        if what == "language":
            await self._presses(message, LANGUAGES[self.reading.language].autonym)
        elif what == "q-A1":
            await self._says(self.words)
        elif what == "q-G1F" or (what == "kept" and self.file and not self.file.asked):
            await self._sends()
        elif what in {"kept", "file-coming"}:
            await self._says("/done")
        elif label := self._button(what, message):
            await self._presses(message, label)
        else:
            await self._says(self.choices[what.removesuffix("-files")])

    def _button(self, what: str, message: Mapping[str, Any]) -> str:
        """Return the button to press; every other person writes, and several ticks are written."""
        if what in TICKED or self.id % 2:
            return ""
        buttons = [button for row in message["buttons"] for button in row]
        wanted = f".{int(self.choices[what.removesuffix('-files')]) - 1}"
        return next((b["text"] for b in buttons if b["data"].endswith(wanted)), "")

    async def _says(self, text: str) -> None:
        await self.remote.say(person=self.id, text=text)

    async def _presses(self, message: Mapping[str, Any], label: str) -> None:
        await self.remote.press(person=self.id, message_id=message["id"], label=label)

    async def _sends(self) -> None:
        """Send the file."""
        assert self.file is not None
        kind, content = self.file.kind, self.file.base64
        await self.remote.send(person=self.id, kind=kind, content=content)

    def has_receipt(self) -> bool:
        """Tell whether they were told that their file is kept, by its hash."""
        wanted = "" if self.file is None else short_hash(self.file.sha256)
        return self.file is None or any(wanted in text for text in self.receipts)
