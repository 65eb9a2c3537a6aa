"""Somebody on Telegram who talks to a line: they see texts and buttons, and nothing else.

What a message is they know by its words in their language. Each message that they hear is checked
as it stands there: its buttons, and whether what they wrote themselves is still to be seen.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.channels.telegram.decode import NAME
from bot.channels.telegram.depot import CLOUD
from bot.engine.model import Kind
from bot.texts.languages import LANGUAGES as KNOWN
from tests.dialogues import Given, Row, code_in
from tests.line_made import Made
from tests.playing import KEPT, Known, Memory, Shown, Somebody
from tests.telegram_live import PATIENCE, Live
from tests.telegram_server.words import units

CODES = {"en": "en", "zh-Hans": "zh-hans", "zh-Hant": "zh-hant", "ug": "ug", "ja": "ja"}
#: What is said of messages that were to leave the chat, before the text itself.
SAID_FIRST = ("vanished", "not-vanished", "wiped", "not-wiped")
#: What is heard where words were not taken: these stay in the chat.
_MISSES = (
    *("wrong-", "too-", "resumed", "no-command", "trouble", "wait", "restarted", "edited"),
    "code-wrong",
)
_DATA = re.compile(r"([0-9a-f]{1,8})\.([0-9]{1,3}|[a-z]+)")
#: In which order those buttons stand that carry a command.
_COMMANDS = (
    "send",
    "change",
    "more",
    "done",
    "status",
    "delete",
    "skip",
    "add",
    "back",
    "why",
    "pause",
    "stop",
    "wipe",
)
MOST_UNITS, MOST_DATA, PAGE = 4_096, 64, 8
#: How far from somebody's account their other one is.
ELSEWHERE = 1_000_000_000


class Reading(Known):
    """Knows each text of a line on Telegram by its words."""

    def __init__(self, line: Made) -> None:
        super().__init__(line, NAME)

    def first(self, language: str, message: Shown, name: str) -> str | None:
        """Return what is said before the text `name`, "" for nothing; None: it is another text."""
        said = "|".join(f"(?P<{n.replace('-', '_')}>{self.text(language, n)})" for n in SAID_FIRST)
        whole = f"(?:(?:{said})\n)?{self.text(language, name)}{self._tail(language, message, name)}"
        found = re.fullmatch(whole, message["text"])
        if found is None:
            return None
        return next((n.replace("_", "-") for n, text in found.groupdict().items() if text), "")

    def _tail(self, language: str, message: Shown, name: str) -> str:
        """Return the pattern of what stands under a text: a hint, the page, how to answer."""
        tail = self.hint(language, name)
        picks = [pick for _, pick in picks_of(message)]
        if "more" in picks:
            tail += f"\n{self.text(language, 'page')}"
        tail += r"(?:\n\d+\. [^\n]+)*"  # the choices, where a button would cut one off
        if not any(pick.isdecimal() or pick == "send" for pick in picks):
            tail += f"(?:\n{self.how(language)})?"
        return tail


def buttons_of(message: Shown) -> list[Mapping[str, str]]:
    """Return the buttons under a message."""
    return [button for row in message["buttons"] for button in row]


def picks_of(message: Shown) -> list[tuple[int, str]]:
    """Return what the buttons under a message carry back: revision and pick."""
    found = [_DATA.fullmatch(button["data"]) for button in buttons_of(message)]
    return [(int(one[1], 16), one[2]) for one in found if one is not None]


def check_layout(message: Shown, language: str) -> None:
    """Check what holds of every message: its size, its rows, and what its buttons carry."""
    assert 0 < units(message["text"]) <= MOST_UNITS
    for row in message["buttons"]:
        assert len(row) <= 2
        places = []
        for button in row:
            assert button["data"].isascii()
            assert len(button["data"]) <= MOST_DATA
            found = _DATA.fullmatch(button["data"])
            assert found is not None, "it carries more than a revision and a place or a command"
            number = found[2].isdecimal()
            places.append(int(found[2]) if number else 1_000 + _COMMANDS.index(found[2]))
        rtl = KNOWN[language].direction == "rtl"
        assert places == sorted(places, reverse=rtl), "a row is read from where reading begins"
    assert len({revision for revision, _ in picks_of(message)}) <= 1
    assert sum(pick.isdecimal() for _, pick in picks_of(message)) <= PAGE


@dataclass
class Person(Somebody):
    """Somebody with Telegram in a language."""

    up: Live
    id: int
    language: str = "en"
    reading: Reading = field(repr=False, kw_only=True)
    seconds: float = 2.0  # that pass before each thing they do
    seen: int = 0  # the last message that they have looked at
    heard: list[Shown] = field(default_factory=list)  # after the last thing they did
    first: str = ""  # what was said there of messages that were to leave the chat
    everything: list[Shown] = field(default_factory=list, repr=False)
    queries: list[str] = field(default_factory=list, repr=False)
    files: list[int] = field(default_factory=list, repr=False)  # messages that are files
    memory: Memory = field(default_factory=Memory, repr=False, kw_only=True)
    told: bool = False  # that their words leave the chat
    _written: tuple[int, str] | None = None  # the last message that they wrote

    @property
    def known(self) -> Reading:
        """What they know messages by."""
        return self.reading

    @property
    def wire(self) -> dict[str, Any]:
        """What Telegram knows of them."""
        return {"id": self.id, "language_code": CODES[self.language]}

    @property
    def prompt(self) -> Shown:
        """The last message, as it stands there now."""
        return self.standing(self.heard[-1]["id"])

    def stands(self) -> list[Shown]:
        """Return what stands in their chat."""
        messages: list[Shown] = self.up.server.chat(self.id)["messages"]
        return messages

    def standing(self, number: int) -> Shown:
        """Return one message as it is now."""
        return next(one for one in self.stands() if one["id"] == number)

    # --- what they do ---------------------------------------------------------------------------

    def says(self, text: str) -> int:
        """Write; return the message's number."""
        self._passes()
        number: int = self.up.server.say(self.wire, text)["message_id"]
        self._written = (number, text)
        return number

    def presses(self, *, label: str = "", pick: str = "", message: Shown | None = None) -> None:
        """Press a button under the last message, or under another."""
        self._passes()
        under = message or self.prompt
        (data,) = [
            button["data"]
            for button in buttons_of(under)
            if button["text"].removeprefix("☑ ") == label or button["data"].endswith(f".{pick}")
        ]
        self.tap(under["id"], data)

    def tap(self, number: int, data: str) -> None:
        """Press a button, also one that is not there any more."""
        done = self.up.server.press(self.wire, message_id=number, data=data)
        self.queries.append(done["query_id"])
        self._written = None

    async def changes(self, *, label: str = "", pick: str = "") -> Shown:
        """Press a button whose message is changed by it, in its place; return it as it is then."""
        before, count = self.prompt, len(self.stands())
        change = self.up.server.chat(self.id)["change"]
        self.presses(label=label, pick=pick, message=before)
        while self.prompt["text"] == before["text"] and self.prompt["buttons"] == before["buttons"]:
            shown = await self.up.server.wait(self.id, change=change, timeout=PATIENCE)
            change = shown["change"]
        assert len(self.stands()) == count
        check_layout(self.prompt, self.language)
        return self.prompt

    # --- what they hear -------------------------------------------------------------------------

    async def hears(self, *names: str, language: str = "", where: str = "") -> Sequence[Shown]:
        """Wait for just these texts, in this order; check what was to leave the chat."""
        messages: list[Shown] = []
        while len(messages) < len(names):
            came = await self.hears_of(len(names) - len(messages), where=where or str(names))
            messages += came if KEPT in names else [m for m in came if not self._by_itself(m)]
        self.heard = messages
        assert len(messages) == len(names), f"{where}: {[m['text'] for m in messages]}"
        first = ""
        for number, (message, name) in enumerate(zip(messages, names, strict=True)):
            english = number and name == names[0] == "draft-language"  # a draft says so twice
            spoken = "en" if english else language or self.language
            said = self.reading.first(spoken, message, name)
            assert said is not None, f"{where}: {name} is not {message['text']!r}"
            first = first or said or (name if name in SAID_FIRST else "")
            check_layout(message, spoken)
        self.first = first
        self._looks(messages)
        self._check_written(names, where)
        return messages

    async def hears_of(self, count: int, *, where: str = "") -> Sequence[Shown]:
        """Wait for so many messages; return what has come."""
        try:
            found = await self.up.server.wait(
                self.id, after=self.seen, count=count, timeout=PATIENCE
            )
        except TimeoutError:
            stood = [m["text"] for m in self.stands() if m["bot"] and m["id"] > self.seen]
            raise AssertionError(f"{where}: there is only {stood}") from None
        self.heard = found["messages"]
        self.everything += self.heard
        self.seen = self.heard[-1]["id"]
        return self.heard

    async def comes(self, where: str) -> None:
        """Wait for something that comes by itself, and put it aside."""
        if self.up.by_hand:
            await self.up.fetch()
        last = self.heard
        came = await self.hears_of(1, where=where)
        assert all(self._by_itself(one) for one in came), f"{where}: {[m['text'] for m in came]}"
        self.heard = last

    def _by_itself(self, message: Shown) -> bool:
        """Put a message aside if it came by itself; tell whether it did."""
        if self.reading.first(self.language, message, KEPT) is None:
            return False
        self.memory.aside.append(message)
        return True

    def _check_written(self, names: Sequence[str], where: str) -> None:
        """Check that what they wrote has left the chat just when it was taken, and no file did."""
        standing = {one["id"] for one in self.stands()}
        assert standing.issuperset(self.files), where
        if self._written is None:
            return
        number, text = self._written
        command = text.startswith("/") and (" " not in text or text.startswith("/start "))
        missed = any(name.startswith(_MISSES) for name in names) or "hello" in names
        if code_in(text):  # a secret when it leads somewhere, and nothing when it does not
            missed, command = "code-wrong" in names, False
        stays = self.first == "not-vanished" or (missed and not command)
        assert (number in standing) == stays, f"{where}: {text}"

    def _passes(self) -> None:
        self.up.line.watch.forward(seconds=self.seconds)

    # --- dialogues ------------------------------------------------------------------------------

    def elsewhere(self) -> "Person":
        """Return the same person with another account."""
        there = self.memory.elsewhere()
        number = self.id + ELSEWHERE
        person = Person(self.up, number, self.language, reading=self.reading, memory=there)
        person.told = self.told
        return person

    def notes(self, names: Sequence[str], where: str, *, late: bool) -> None:
        """Check that it was said, by the first words that are kept, that they leave the chat."""
        if names[0] in {"kept", "looks-like-id"}:
            self.told = self.told or self.first == "vanished"
            assert self.told or late, where

    async def sends(self, file: Given) -> None:
        """Send a file."""
        self._passes()
        told: dict[str, Any] = {"size": CLOUD + 1} if file.large else {"content": file.data}
        if file.name:
            told |= {"file_name": file.name, "mime_type": file.type}
        self.files.append(self.up.server.send(self.wire, file.kind, **told)["message_id"])
        self._written = None

    async def does(self, row: Row, asked: str, text: str, language: str) -> None:
        """Write, or press a button, on whatever page it stands."""
        if not row.chosen:
            self.says(text)
            return
        more = self.reading.label(language, "button-more")
        while text not in {b["text"].removeprefix("☑ ") for b in buttons_of(self.prompt)}:
            await self.changes(label=more)
        question = self.reading.asked(asked)
        if question is not None and question.kind is Kind.MANY:
            await self.changes(label=text)
            text = self.reading.label(language, "button-done")
        self.presses(label=text)
