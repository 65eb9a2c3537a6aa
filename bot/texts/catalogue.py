"""The texts of one language: rendered with isolated values, each with its status.

A catalogue never falls back and never shows half a message: what cannot be rendered whole raises
`TextFault`, and `bot.texts.library` decides what the person sees instead.
"""

from collections.abc import Collection, Iterable, Mapping

from fluent.syntax import ast

from bot.errors import TextFault
from bot.texts.languages import language
from bot.texts.messages import Finding, Message, words_of
from bot.texts.scripts import begin_rtl, contained, isolate_commands
from bot.texts.status import Record, Status, fingerprint

Argument = str | int

SAFETY_FILE = "safety.ftl"
#: The ending of a text that takes another's place where somebody reads urgent alerts.
ALERT = "-alert"
#: Between the words of a command.
WORDS_SEPARATOR = "|"


class Catalogue:
    """The messages of one language beside the English they were made from."""

    def __init__(
        self,
        *,
        tag: str,
        messages: Mapping[str, Message],
        records: Mapping[str, Record],
        source: Mapping[str, Message],
        safety: Collection[str] = (),
        findings: Iterable[Finding] = (),
    ) -> None:
        known = language(tag)
        self.tag = tag
        self.autonym = known.autonym
        self.direction = known.direction
        self.messages = messages
        self.records = records
        self.findings = tuple(findings)
        self._source = source
        self._safety = frozenset(safety) | {
            name
            for name, message in source.items()
            if message.file == SAFETY_FILE
            or (name.endswith(ALERT) and name.removesuffix(ALERT) in safety)
        }
        from fluent.runtime import FluentBundle  # noqa: PLC0415 - who reads labels renders nothing

        self._bundle = FluentBundle([tag, "en"], use_isolating=True)
        self._bundle.add_resource(
            ast.Resource(
                [
                    ast.Message(id=ast.Identifier(message.name), value=message.pattern)
                    for message in messages.values()
                ]
            )
        )
        self._plain: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Catalogue({self.tag!r}, {len(self.messages)} messages)"

    def has(self, name: str) -> bool:
        """Tell whether there is a message of that id."""
        return name in self.messages

    def render(self, name: str, /, **args: Argument) -> str:
        """Return a message with its values; raises TextFault, which never carries a value.

        A value that the message does not use is left out without complaint.
        """
        plain = self._plain.get(name)
        if plain is not None:
            return plain
        message = self._message(name)
        text = self._format(message, args)
        if self.direction == "rtl":
            text = begin_rtl(isolate_commands(text))
        if not message.variables:
            self._plain[name] = text
        return text

    def _format(self, message: Message, args: Mapping[str, Argument]) -> str:
        missing = sorted(message.variables.difference(args))
        if missing:
            raise TextFault(self.tag, message.name, f"no value for ${', $'.join(missing)}")
        values = {name: self._value(message, name, args[name]) for name in message.variables}
        pattern = self._bundle.get_message(message.name).value
        if pattern is None:
            raise TextFault(self.tag, message.name, "it has no text")
        text, faults = self._bundle.format_pattern(pattern, values)
        if faults or not isinstance(text, str):
            raise TextFault(self.tag, message.name, type(faults[0]).__name__ if faults else "")
        return text

    def _value(self, message: Message, name: str, value: Argument) -> Argument:
        """Return a value as Fluent takes it: numbers ungrouped, words kept in their isolate."""
        from fluent.runtime.types import FluentInt  # noqa: PLC0415 - see `__init__`

        if name in message.counts and isinstance(value, str) and value.isdecimal():
            value = int(value)
        if isinstance(value, int):
            return FluentInt(value, useGrouping=False)
        if name in message.counts or not isinstance(value, str):
            raise TextFault(self.tag, message.name, f"${name} is a {type(value).__name__}")
        return contained(value)

    def words(self, name: str) -> tuple[str, ...]:
        """Return the words a message lists, separated by |; raises TextFault if there are none."""
        text = "".join(words_of(self._message(name).pattern))
        found = tuple(filter(None, map(str.strip, text.split(WORDS_SEPARATOR))))
        if not found:
            raise TextFault(self.tag, name, "it lists no words")
        return found

    def _message(self, name: str) -> Message:
        try:
            return self.messages[name]
        except KeyError:
            raise TextFault(self.tag, name, "there is no such message") from None

    def status(self, name: str) -> Status:
        """Return how far a message may be trusted; MISSING when there is none."""
        message, record = self.messages.get(name), self.records.get(name)
        if message is None:
            return Status.MISSING
        if record is None or name not in self._source:
            return Status.DRAFT
        return record.judge(
            source=fingerprint(self._source[name].source), text=fingerprint(message.source)
        )

    def _all_reviewed(self, names: Collection[str]) -> bool:
        return bool(names) and all(self.status(name) is Status.REVIEWED for name in names)

    @property
    def safety_names(self) -> frozenset[str]:
        """The ids of the safety block, as the source language has it."""
        return self._safety

    @property
    def safety_reviewed(self) -> bool:
        """Whether every text of the safety block is here, reviewed, and not stale."""
        return self._all_reviewed(self._safety)

    @property
    def is_draft(self) -> bool:
        """Whether any text is not reviewed: the language then says itself that it is a draft."""
        return not self._all_reviewed(self._source.keys() | self._safety)
