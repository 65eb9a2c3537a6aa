"""What people say in the benchmarks: a report on the shipped form, the long way, word for word.

Numbers mean the same choice in every language, so one text serves all five. Every line of ANSWERS
but DONE leaves one sealed answer; DONE ends an answer of several messages.
"""

import json
from collections.abc import Sequence

from bot.engine.events import Said
from bot.ports import Incoming
from tests.line_made import LANGUAGES

DONE = "/done"
#: Up to consent, which keeps the answers that came before it.
OPENING = ("/start", "{language}", "1", "1", "1")
ANSWERS = (
    "1",  # C2
    "Two men came to my parents' home at night and asked where I live now and what I study.",
    "They said that my brother would lose his work if I went on. They wrote down my number.",
    DONE,
    "1, 3",  # A2
    "2",
    "1",
    "1",  # F1
    "1",
    "1",
    "blue teapot",
    "rain",
    "2",  # M0: more
    "1, 3",  # E and H
    "1",  # E1
    "1",
    "1, 2",
    "2",
    "2",  # H1; then comes the review
)
#: Sealed answers in ANSWERS.
KEPT = len(ANSWERS) - ANSWERS.count(DONE)
CHANNEL = "test"


def incoming(peer: str, lines: Sequence[str], *, first: int = 0) -> list[Incoming]:
    """Return lines as what a channel decoded, with event ids from `first` on."""
    return [
        Incoming(channel=CHANNEL, peer=peer, event_id=str(number), event=Said(text=line))
        for number, line in enumerate(lines, start=first)
    ]


def opening(peer: str, number: int) -> list[Incoming]:
    """Return how a chat begins; its number chooses one of the languages."""
    language = str(number % len(LANGUAGES) + 1)
    return incoming(peer, [line.format(language=language) for line in OPENING])


def answers(peer: str) -> list[Incoming]:
    """Return the answers of a chat that has begun."""
    return incoming(peer, ANSWERS, first=len(OPENING))


def body(number: int, person: int, text: str) -> bytes:
    """Return an update as Telegram writes it: a person's text in their private chat."""
    named = {"first_name": "Person", "username": f"person_{person}"}
    message: dict[str, object] = {
        "message_id": number,
        "from": {"id": person, "is_bot": False, **named, "language_code": "de"},
        "chat": {"id": person, **named, "type": "private"},
        "date": 1_795_338_000,
        "text": text,
    }
    if text.startswith("/"):
        message["entities"] = [{"offset": 0, "length": len(text), "type": "bot_command"}]
    return json.dumps({"update_id": number, "message": message}).encode()
