"""Somebody on Signal who talks to a line: they see texts and nothing else, and answer in writing.

What a message is they know by its words in their language, its list and the words under it
included. They choose by number, in the digits of many scripts, or by the words on the list; what
else they want they say with a slash, by the words under the message, or by others of their
language: each time in another way.
"""

import itertools
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.channels.signal.decode import NAME
from bot.engine.model import Command
from bot.texts.scripts import strip_isolates
from tests.dialogues import Given, Row
from tests.line_made import Made
from tests.playing import KEPT, Known, Memory, Shown, Somebody
from tests.signal_live import LARGEST_MB, Live
from tests.telegram_live import PATIENCE

#: Where the digits of some scripts begin: Latin, Arabic, Persian and Uyghur, Tibetan, wide ones.
ZEROS = "0\u0660\u06f0\u0f20\uff10"
#: Bytes of a body that every app shows; longer ones are dropped without a word.
MOST_BYTES = 2_000
MEGABYTE, DAY = 1024 * 1024, 24 * 60 * 60
TIMER_DAYS = 7
#: What stands for the person's words: with these, bare, the line asks first.
_ASKS_FIRST = frozenset({Command.STOP, Command.DELETE})
#: What is said of messages that were to leave the chat. Those of a person can not.
_REMOVED, _REMOVES = ("wiped-ours", "not-wiped-ours"), frozenset({"wiped", "stopped"})
_BUTTONS = (
    "more",
    "done",
    "status",
    "delete",
    "keep",
    "skip",
    "add",
    "back",
    "why",
    "pause",
    "stop",
    "wipe",
)
_LINE = re.compile(r"(\d+)\. (?:☑ )?(.+)")
_BETWEEN = " · "
#: What ends a conversation: nothing is known of the person then, their language neither.
_ENDS = frozenset({"end", "stopped", "delete-asked", "q-LATER", "q-NOCONSENT", "q-D3E"})
#: How far from somebody's account their other one is.
ELSEWHERE = 1_000_000

Spoken = Sequence[tuple[str, str]]  # texts, each with its language before it


class Reading(Known):
    """Knows each text of a line on Signal by its words."""

    def __init__(self, line: Made) -> None:
        super().__init__(line, NAME)

    def escape(self, text: str) -> str:
        """Return a pattern of words that were cut into several messages wherever that may be."""
        plain = "\n".join(filter(None, (one.strip() for one in strip_isolates(text).split("\n"))))
        words = [re.escape(word) for word in plain.split(" ")]
        return re.sub("([。！？])", r"\1\\n?", r"\s".join(words))

    def is_said(self, spoken: Spoken, text: str) -> str | None:
        """Return what was said of the line's messages in the chat, "" for nothing.

        None: it is not just these texts, each in its language.
        """
        parts = [self._whole(language, name) for language, name in spoken]
        found = re.fullmatch("\n".join(parts), text)
        if found is None:
            return None
        return next((n.replace("_", "-") for n, t in found.groupdict().items() if t), "")

    def _whole(self, language: str, name: str) -> str:
        """Return the pattern of a message with all that stands above and under its text."""
        ours = (f"(?P<{n.replace('-', '_')}>{self.text(language, n)})" for n in _REMOVED)
        said = f"(?:{'|'.join(ours)})" if name in _REMOVES else ""
        if name == "wiped":
            return said
        words = "|".join(re.escape(self.label(language, f"button-{b}")) for b in _BUTTONS)
        return (
            (f"{said}\n" if said else "")
            + self.text(language, name)
            + self.hint(language, name)
            + f"(?:\n{self.text(language, 'page')})?"
            + r"(?:\n\d+\. [^\n]+)*"
            + f"(?:\n{self.how(language)})?"
            + f"(?:\n(?:{words})(?:{_BETWEEN}(?:{words}))*)?"
        )


def plain(bodies: Sequence[Shown]) -> str:
    """Return the words of some messages as one text, without what only turns or parts them."""
    lines = strip_isolates("\n".join(one["text"] for one in bodies)).split("\n")
    return "\n".join(line.strip() for line in lines if line.strip())


def listed(text: str) -> dict[str, int]:
    """Return what may be chosen in a message: each label, and its number."""
    found = [_LINE.fullmatch(line) for line in text.split("\n")]
    numbered = [(int(one[1]), one[2]) for one in found if one is not None]
    numbers = [number for number, _ in numbered]
    assert numbers == [*range(numbers[0], numbers[-1] + 1)] if numbers else True
    return {label: number for number, label in numbered}


def in_digits(number: int, zero: str) -> str:
    """Write a number in the digits of a script."""
    return "".join(chr(ord(zero) + int(digit)) for digit in str(number))


def _spoken(names: Sequence[str], language: str) -> Spoken:
    """Return each text with its language: that it is a draft is said twice."""
    twice = tuple(names[:2]) == ("draft-language",) * 2
    return [("en" if twice and n == 1 else language, name) for n, name in enumerate(names)]


@dataclass
class Person(Somebody):
    """Somebody with Signal in a language."""

    timer = True
    up: Live
    id: int
    language: str = "en"
    reading: Reading = field(repr=False, kw_only=True)
    seconds: float = 2.0  # that pass before each thing they do
    turns: Iterator[int] = field(default_factory=itertools.count, repr=False)
    seen: int = 0  # the last message that they have looked at
    shown: str = ""  # what they heard last, as one text
    first: str = ""  # what was said there of messages that were to leave the chat
    memory: Memory = field(default_factory=Memory, repr=False, kw_only=True)
    open: bool = False  # they have said their language, and the line has not forgotten it yet
    emptied: int = 0  # the last message when their chat was emptied last
    change: int = 0  # of the chat, when they last looked
    late: list[Shown] = field(default_factory=list, repr=False)  # came by itself
    written: list[int] = field(default_factory=list, repr=False)  # their own messages

    @classmethod
    def of(cls, up: Live, number: int, language: str, dialogue: str) -> "Person":
        """Return somebody who does a dialogue in one language always in the same ways."""
        person = cls(up, number, language, reading=Reading(up.line))
        person.turns = itertools.count(zlib.crc32(f"{dialogue} {language}".encode()))
        return person

    @property
    def known(self) -> Reading:
        """What they know messages by."""
        return self.reading

    def elsewhere(self) -> "Person":
        """Return the same person with another account."""
        there = self.memory.elsewhere()
        person = Person(
            self.up, self.id + ELSEWHERE, self.language, reading=self.reading, memory=there
        )
        person.turns = self.turns
        return person

    def stands(self) -> list[Shown]:
        """Return what stands in their chat."""
        messages: list[Shown] = self.up.server.chat(self.id)["messages"]
        return messages

    # --- what they do ---------------------------------------------------------------------------

    async def says(self, text: str) -> None:
        """Write something."""
        self.up.line.watch.forward(seconds=self.seconds)
        self.written.append(self.up.server.say(self.id, text)["timestamp"])
        await self.up.heeds()

    async def sends(self, file: Given) -> None:
        """Send a file."""
        self.up.line.watch.forward(seconds=self.seconds)
        told: dict[str, Any] = {"type": file.type, "filename": file.name or None}
        told |= {"size": LARGEST_MB * MEGABYTE + 1} if file.large else {"content": file.data}
        told |= {"voice": True} if file.kind == "voice" else {}
        self.written.append(self.up.server.send(self.id, [told])["timestamp"])
        await self.up.heeds()

    async def does(self, row: Row, asked: str, text: str, language: str) -> None:
        """Write a row's words, or their like; or answer by a number or the words of a list."""
        if row.chosen or row.rest == "{language}":
            self.open = self.open or not row.chosen
            await self.chooses(text, asked, language)
        else:
            await self.says(self.command(text, language))

    async def chooses(self, label: str, asked: str, language: str) -> None:
        """Choose something from the list, on whatever page it stands."""
        label = strip_isolates(" ".join(label.split()))
        while label not in (choices := listed(self.shown)):
            assert self.reading.label(language, "button-more") in self.under(), label
            await self.says(self.command("/more", language))
            await self.hears(asked, language=language, where=f"{asked}: {label}")
        way = next(self.turns) % (len(ZEROS) + 1)
        if way == len(ZEROS):
            await self.says(label)
        else:
            await self.says(in_digits(choices[label], ZEROS[way]))

    def command(self, text: str, language: str) -> str:
        """Return what to write for a command: one of the ways to say the same."""
        commands = self.reading.form.commands
        meant = commands.get(text[1:]) if text.startswith("/") else None
        if meant is None or meant in _ASKS_FIRST:
            return text
        words = list(self.reading.texts.catalogue(self.language).words(f"word-{meant.value}"))
        button = f"button-{meant.value}"
        if self.reading.has(button) and self.reading.label(language, button) in self.under():
            words.append(self.reading.label(language, button))
        ways = [text, *words]
        return ways[next(self.turns) % len(ways)]

    def under(self) -> list[str]:
        """Return the words that stand under the last message: what else may be said."""
        return self.shown.rpartition("\n")[2].split(_BETWEEN)

    # --- what they hear -------------------------------------------------------------------------

    async def hears(self, *names: str, language: str = "", where: str = "") -> Sequence[Shown]:
        """Wait for just these texts, in this order; check what can be seen of them."""
        ways = [_spoken(names, language or self.language)]
        if not self.open:  # nobody has said a language, and no app tells one
            ways.append(_spoken(names, "en"))
        while self._what(ways, self._came(everything=KEPT in names)) is None:
            await self._waits(f"{where}: {names}")
        await self.up.said()
        bodies = self._came(everything=KEPT in names)
        self.shown, first = plain(bodies), self._what(ways, bodies)
        assert first is not None, f"{where}: {names} is not {self.shown!r}"
        self.first, self.seen = first, bodies[-1]["timestamp"]
        ended = _ENDS.intersection(names) or names[-1] == "status"
        self.open = bool(self.open or "moved" in names) and not ended
        self._looks([{"text": self.shown}])
        assert all(0 < len(one["text"].encode()) <= MOST_BYTES for one in bodies), where
        there = {one["timestamp"] for one in self.stands()}
        assert there.issuperset(self.written), f"{where}: a person's own messages stay"
        return bodies

    async def comes(self, where: str) -> None:
        """Wait for something that comes by itself, and put it aside."""
        count = len(self.memory.aside)
        while True:
            bodies = self._came()
            assert not bodies, f"{where}: {plain(bodies)}"
            if len(self.memory.aside) > count:
                return
            await self._waits(where)

    def notes(self, names: Sequence[str], where: str, *, late: bool) -> None:
        """Check the chat: its timer once it has begun, and that it is empty where that was said."""
        del late
        if {"hello", "moved"}.intersection(names):
            assert self.up.server.chat(self.id)["timer"] == TIMER_DAYS * DAY, where
        if self.first:
            assert self.first == "wiped-ours", where
            left = [one for one in self.stands() if one["bot"]]
            fresh = [one for one in left if one["timestamp"] > self.emptied]
            assert plain(fresh) == self.shown, f"{where}: {plain(fresh)!r}"
            # That a chat was emptied may stand there once more: nothing is remembered of one
            # that is over.
            text = self.reading.text(self.language, "wiped-ours")
            english = self.reading.text("en", "wiped-ours")
            for one in left:
                words = plain([one])
                known = re.match(f"{text}|{english}", words)
                assert one in fresh or known, f"{where}: {words!r}"
            self.emptied = self.seen

    def _what(self, ways: Sequence[Spoken], bodies: Sequence[Shown]) -> str | None:
        """Return what is said of the line's messages, if all is said in one of these ways."""
        text = plain(bodies)
        found = (self.reading.is_said(spoken, text) for spoken in ways)
        return next((one for one in found if one is not None), None)

    def _came(self, everything: bool = False) -> list[Shown]:
        """Return what has come; what came by itself is put aside."""
        chat = self.up.server.chat(self.id)
        self.change = chat["change"]
        late = {one["timestamp"] for one in self.late}
        came = [
            one
            for one in chat["messages"]
            if one["bot"] and one["timestamp"] > self.seen and one["timestamp"] not in late
        ]
        if everything:
            return came
        kept = [one for one in came if re.fullmatch(self._kept, plain([one]))]
        self.late += kept
        self.memory.aside += kept
        return [one for one in came if one not in kept]

    @property
    def _kept(self) -> str:
        return self.reading.text(self.language, KEPT)

    async def _waits(self, where: str) -> None:
        """Wait until there is something new to be seen."""
        try:
            await self.up.server.wait(self.id, change=self.change, timeout=PATIENCE)
        except TimeoutError:
            raise AssertionError(f"{where}: there is only {plain(self._came())!r}") from None
