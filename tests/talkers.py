"""People who report on Telegram: they read what comes, answer each question once, and go on.

They know no ids: what a message asks they find out as a person does, by reading it in their own
language. A message that comes twice, as after a crash, they do not answer twice; but when they are
welcomed back to a question that they have answered, their answer was not taken, and they repeat it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from bot.app import facts
from bot.content import Content, open_content
from bot.settings import load
from bot.texts.languages import LANGUAGES
from storage.line import Line
from tests.telegram_server.remote import Remote

CODE = re.compile(r"(?<!\d)\d{4}(?: \d{4}){4}(?!\d)")
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
ENDS = frozenset({"sent", "sent-known"})


@cache
def content_of(home: Path) -> Content:
    """Return the form and texts of a server's home."""
    return open_content(load(home / "quietline.toml"), home)


class Reading:
    """Knows what each message says in one language, by its words."""

    def __init__(self, home: Path, line: Line, language: str) -> None:
        content, settings = content_of(home), load(home / "quietline.toml")
        values = {**facts(settings, line), "app": "Telegram", "code": "\N{BULLET}"}
        names = [*CHOICES, "q-A1", "kept", *ENDS, "trouble", "end"]
        self._texts = {
            name: content.texts.render(language, name, **values)
            .split("\N{BULLET}")[0]
            .split("\n")[0]
            .strip("\u2068\u2069 ")
            for name in names
            if name != "review"
        }
        self._back = content.texts.render(language, "welcome-back", **values)
        self._review = content.texts.render(language, "review", count="\N{BULLET}", **values)
        self.language = language

    def repeats(self, text: str) -> bool:
        """Tell whether a message asks for an answer that was not taken."""
        return self._back in text

    def what(self, text: str) -> str:
        """Return the id of a message's text, "" for one that needs no answer."""
        if LANGUAGES[self.language].autonym in text or "hello" in text:
            return "language"
        found = [name for name, words in self._texts.items() if words and words in text]
        if found:
            return max(found, key=lambda name: len(self._texts[name]))
        parts = self._review.split("\N{BULLET}")
        return "review" if all(part.strip("\u2068\u2069 ") in text for part in parts) else ""


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

    async def reports(self, *, patience: float = 120) -> str:
        """Report, from the first word to the case code; return the code."""
        await self.remote.say(person={"id": self.id, **self.person}, text="/start")
        while not self.code:
            shown = await self.remote.wait(chat=self.id, after=self.seen, timeout=patience)
            for message in shown["messages"]:
                self.seen = max(self.seen, message["id"])
                await self._reads(message)
        return self.code

    async def _reads(self, message: Mapping[str, Any]) -> None:
        what = self._what(message)
        self.welcomed = self.welcomed or self.reading.repeats(message["text"])
        if what in ENDS:
            found = CODE.search(message["text"])
            self.code = found[0] if found else "known"
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
        elif what == "kept":
            await self._says("/done")
        elif label := self._button(what, message):
            await self._presses(message, label)
        else:
            await self._says(CHOICES[what])

    def _button(self, what: str, message: Mapping[str, Any]) -> str:
        """Return the button to press; every other person writes, and several ticks are written."""
        if what == "q-A2" or self.id % 2:
            return ""
        buttons = [button for row in message["buttons"] for button in row]
        wanted = f".{int(CHOICES[what]) - 1}"
        return next((b["text"] for b in buttons if b["data"].endswith(wanted)), "")

    async def _says(self, text: str) -> None:
        await self.remote.say(person=self.id, text=text)

    async def _presses(self, message: Mapping[str, Any], label: str) -> None:
        await self.remote.press(person=self.id, message_id=message["id"], label=label)
