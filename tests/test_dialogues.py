"""Every dialogue in every language by the engine and the texts alone: no line, no channel, no store.

What others do between two steps is done here by hand: a file is said to be fetched, a code to be
looked up. That what is left over is right is for the runners with a whole line.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.content import Content
from bot.engine.codes import draw_code, read_code, show_code
from bot.engine.events import (
    Account,
    Code,
    Drop,
    Effect,
    Erase,
    Event,
    Fetch,
    Fetched,
    Proof,
    Proved,
    Said,
    Say,
    Send,
    Sent,
)
from bot.engine.machine import begin, step
from bot.engine.state import State
from bot.ports import Message
from bot.prompts import Speaker
from tests.dialogues import (
    DIALOGUES,
    Row,
    code_in,
    expected,
    file_of,
    goes_elsewhere,
    rows_of,
    words_of,
)
from tests.line_made import LANGUAGES, content_of, settings
from tests.test_prompts import FACTS

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def account(effect: Account) -> Say:
    """Return how a case stands, as it is told, of which somebody asked for the deletion."""
    words = dict.fromkeys(("opened", "answered", "asked"), "yes")
    args = {**words, "erased": "1", "people": "2"}
    return Say(id="status", args=args, language=effect.language)


@dataclass
class World:
    """A line without a line: where each chat stands, what is on its way, what codes lead to."""

    content: Content
    states: list[State] = field(default_factory=list)
    coming: list[Fetch] = field(default_factory=list)
    heard: list[Message] = field(default_factory=list)
    codes: dict[str, Proof] = field(default_factory=dict)
    shown: str = ""
    draws: int = 0

    def goes_elsewhere(self) -> None:
        self.states.append(begin(self.content.form))

    def takes(self, event: Event) -> None:
        before = self.states[-1]
        self.draws += 1
        draw = self.draws.to_bytes(2) * 16
        after, effects = step(self.content.form, before, event, now=NOW, draw=draw)
        assert effects
        speaker = Speaker(
            form=self.content.form,
            texts=self.content.texts,
            facts={**FACTS, "org": "Garden Desk"},
            helplines=self.content.helplines,
        )
        told = tuple(account(one) if isinstance(one, Account) else one for one in effects)
        self.heard += speaker.messages(before, after, told, channel="test", now=NOW)
        self.states[-1] = after
        for effect in effects:
            self._does(effect)
        self.shown = next((c for m in self.heard if (c := code_in(m.text))), self.shown)

    def _does(self, effect: Effect) -> None:
        match effect:
            case Fetch():
                self.coming.append(effect)
            case Drop(key=key, part=part):
                self.coming = [f for f in self.coming if (f.key, f.part) != (key, part)]
            case Code(digits=digits, sent=sent):
                self.codes[digits] = Proof.SENT if sent else Proof.DRAFT
                if not sent:
                    self.states[-1] = replace(self.states[-1], code=b"how it is found")
            case Erase():
                self.codes |= dict.fromkeys(self.codes, Proof.LEAVES)
            case Send():
                self.codes |= dict.fromkeys(self.codes, Proof.SENT)
            case _:
                pass

    def says(self, words: str) -> None:
        digits = read_code(words)
        if digits is None or self.states[-1].consented:
            self.takes(Said(text=words))
            return
        proof = self.codes.get(digits, Proof.WRONG)
        if proof is Proof.DRAFT:
            self.states[-1] = self.states[-2]
        sequence = 1_000 if proof is Proof.SENT else 0
        self.takes(Proved(proof=proof, case=b"c" * 16, sequence=sequence))

    def waits(self) -> None:
        coming, self.coming = self.coming, []
        for one in coming:
            self.takes(Fetched(key=one.key, part=one.part, number=one.number, hash="3fa2 91bc"))


@pytest.fixture(scope="module")
def content() -> Content:
    return content_of(settings(), Path())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(DIALOGUES))
def test_dialogue(content: Content, name: str, language: str) -> None:
    world = World(content)
    world.goes_elsewhere()
    for row in rows_of(name, language):
        if row.kind == ">":
            asked = world.heard[-1].id if world.heard else ""
            world.heard = []
            does(world, row, asked, language)
        elif row.kind == "<":
            assert ids(world) == expected(row, language, removes=False), row.where
        elif row.kind == "~":
            asked_last, world.heard = world.heard[-1:], []
            world.waits()
            assert ids(world) == row.rest.split(), row.where
            world.heard = asked_last
    assert not world.coming


def does(world: World, row: Row, asked: str, language: str) -> None:
    file = file_of(row)
    if goes_elsewhere(row):
        world.goes_elsewhere()
    elif file is not None:
        refused = "file-too-large" if file.large else ""
        world.takes(Sent(voice=file.kind == "voice", refused=refused))
    else:
        form, texts = world.content.form, world.content.texts
        world.says(words_of(row, language, asked, form, texts, world.shown))


def ids(world: World) -> list[str]:
    return [message.id for message in world.heard]


def test_a_code_that_leads_nowhere_is_well_formed() -> None:
    assert read_code(show_code(draw_code(b"leads nowhere"))) is not None
