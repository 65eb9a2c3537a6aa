"""Somebody on Telegram who talks to a line: they see texts and buttons, and nothing else.

What a message is they know by its words in their language. Each message that they hear is checked
as it stands there: its buttons, and whether what they wrote themselves is still to be seen.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.engine.model import Kind
from bot.texts.languages import LANGUAGES as KNOWN
from tests.dialogues import Ledger, Row, expected, rows_of, words_of
from tests.line_made import Made
from tests.telegram_live import PATIENCE, Live
from tests.telegram_server.words import units

Shown = Mapping[str, Any]  # a message as a person sees it
CODES = {"en": "en", "zh-Hans": "zh-hans", "zh-Hant": "zh-hant", "ug": "ug", "ja": "ja"}
#: What is said of messages that were to leave the chat, before the text itself.
SAID_FIRST = ("vanished", "not-vanished", "wiped", "not-wiped")
_HOW = ("one", "many", "number", "date", "country", "text", "several", "instead")
#: What is heard where words were not taken: these stay in the chat.
_MISSES = ("wrong-", "too-", "resumed", "no-command", "trouble", "wait", "restarted", "edited")
_ANY, _NUMBER = "\N{BULLET}", 98_765
_DATA = re.compile(r"([0-9a-f]{1,8})\.([0-9]{1,3}|[a-z]+)")
#: In which order those buttons stand that carry a command.
_COMMANDS = ("send", "change", "more", "done", "skip", "back", "why", "pause", "stop", "wipe")
MOST_UNITS, MOST_DATA, PAGE = 4_096, 64, 8


class Reading:
    """Knows each text of a line by its words."""

    def __init__(self, line: Made) -> None:
        self.form, self.texts = line.app.content.form, line.app.content.texts
        self._facts = {**line.app.intake.speaker.facts, "app": "Telegram"}
        self._known: dict[tuple[str, str], str] = {}

    def label(self, language: str, name: str) -> str:
        """Return what stands on a button."""
        return self.texts.render(language, name)

    def has(self, name: str) -> bool:
        """Tell whether there is such a text."""
        return self.texts.catalogue("en").has(name)

    def first(self, language: str, message: Shown, name: str) -> str | None:
        """Return what is said before the text `name`, "" for nothing; None: it is another text."""
        said = "|".join(f"(?P<{n.replace('-', '_')}>{self._text(language, n)})" for n in SAID_FIRST)
        whole = (
            f"(?:(?:{said})\n)?{self._text(language, name)}{self._tail(language, message, name)}"
        )
        found = re.fullmatch(whole, message["text"])
        if found is None:
            return None
        return next((n.replace("_", "-") for n, text in found.groupdict().items() if text), "")

    def _text(self, language: str, name: str) -> str:
        """Return the pattern of a text: its words, and anything where a value stands."""
        known = self._known.get((language, name))
        if known is None:
            known = self._known[language, name] = "|".join(self._patterns(language, name))
        return f"(?:{known})"

    def _patterns(self, language: str, name: str) -> Iterator[str]:
        shelf = self.texts.catalogue(language)
        own = f"{name}-telegram"
        message = shelf.messages[own if shelf.has(own) else name]
        counted = message.variables & message.counts - self._facts.keys()
        for count in (1, _NUMBER) if counted else (0,):
            values = {v: count if v in counted else _ANY for v in message.variables}
            values |= {v: fact for v, fact in self._facts.items() if v in values}
            text = re.escape(self.texts.render(language, message.name, **values))
            yield text.replace(re.escape(_ANY), "[^\n]+").replace(str(count or _NUMBER), r"\d+")

    def _tail(self, language: str, message: Shown, name: str) -> str:
        """Return the pattern of what stands under a text: a hint, the page, how to answer."""
        asked = self.form.by_name.get(name.removeprefix("q-"))
        hint = f"{name}-hint"
        tail = ""
        if asked and asked.kind is not Kind.NOTE and self.texts.catalogue(language).has(hint):
            tail += f"\n{self._text(language, hint)}"
        picks = [pick for _, pick in picks_of(message)]
        if "more" in picks:
            tail += f"\n{self._text(language, 'page')}"
        tail += r"(?:\n\d+\. [^\n]+)*"  # the choices, where a button would cut one off
        if not any(pick.isdecimal() or pick == "send" for pick in picks):
            ways = "|".join(self._text(language, f"answer-{how}") for how in _HOW)
            tail += f"(?:\n(?:{ways}))?"
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
class Person:
    """Somebody with an app in a language."""

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
    _written: tuple[int, str] | None = None  # the last message that they wrote

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
        messages = await self.hears_of(len(names), where=where or str(names))
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

    def _check_written(self, names: Sequence[str], where: str) -> None:
        """Check that what they wrote has left the chat just when it was taken."""
        if self._written is None:
            return
        number, text = self._written
        command = text.startswith("/") and (" " not in text or text.startswith("/start "))
        missed = any(name.startswith(_MISSES) for name in names) or "hello" in names
        stays = self.first == "not-vanished" or (missed and not command)
        there = number in {one["id"] for one in self.stands()}
        assert there == stays, f"{where}: {text}"

    def _passes(self) -> None:
        self.up.line.watch.forward(seconds=self.seconds)

    # --- dialogues ------------------------------------------------------------------------------

    async def plays(
        self, name: str, *, after: str = "", until: str = "", ledger: Ledger | None = None
    ) -> None:
        """Go through a dialogue, or until a text is heard; a ledger checks its claims.

        `after` is the text that they have heard already: what comes before it is left out.
        """
        asked, spoken, words, told = "", self.language, "", False
        rows = rows_of(name, self.language)
        if after:
            next(row for row in rows if row.kind == "<" and row.rest.split()[-1] == after)
            asked = after
        for row in rows:
            if row.kind == ">":
                words = row.rest
                await self._does(row, asked, spoken if row.chosen else self.language)
                spoken = "en" if words == "/original" else self.language
            elif row.kind == "<":
                names = expected(row, self.language, removes=True)
                await self.hears(*names, language=spoken, where=row.where)
                if names[0] in {"kept", "looks-like-id"} and not told:
                    told = self.first == "vanished"
                    assert told or after, row.where
                asked = names[-1]
                if asked == until:
                    return
            elif ledger is not None:
                await self.up.quiet()
                await ledger.check(row)

    async def _does(self, row: Row, asked: str, language: str) -> None:
        text = words_of(row, language, asked, self.reading.form, self.reading.texts)
        if not row.chosen:
            self.says(text)
            return
        more = self.reading.label(language, "button-more")
        while text not in {b["text"].removeprefix("☑ ") for b in buttons_of(self.prompt)}:
            await self.changes(label=more)
        question = self.reading.form.by_name.get(asked.removeprefix("q-"))
        if question is not None and question.kind is Kind.MANY:
            await self.changes(label=text)
            text = self.reading.label(language, "button-done")
        self.presses(label=text)
