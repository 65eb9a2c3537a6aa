"""What an answer of the bridge to something sent means: a table. Pure.

There is no code for a machine in it. A failure also comes as 201, with reasons for each recipient;
until 0.100 a success was an object, since then it is a list of one. What is not known here is an
unknown outcome: a message may have been sent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from bot.channels.signal.troubles import ACCOUNT, CHALLENGE, IDENTITY
from bot.channels.signal.wire import Answer
from bot.errors import (
    BotError,
    DeliveryFailed,
    KeyChanged,
    NotNow,
    OutcomeUnknown,
    Refused,
    Unreachable,
)

#: Seconds to wait when Signal takes no more, and when it wants to see a person first.
A_WHILE, LONG = 60.0, 600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """The timestamp of what was sent, or why it was not, and which trouble that is."""

    timestamp: str = field(default="", repr=False)
    error: BotError | None = None
    trouble: str = ""
    challenge: str = field(default="", repr=False)  # the token of what Signal wants


_REASONS: dict[str, Callable[[], Outcome]] = {
    "IDENTITY_FAILURE": lambda: Outcome(error=KeyChanged(), trouble=IDENTITY),
    "UNREGISTERED_FAILURE": lambda: Outcome(error=Unreachable()),
    "RATE_LIMIT_FAILURE": lambda: Outcome(error=NotNow(A_WHILE)),
    "INVALID_PRE_KEY_FAILURE": lambda: Outcome(error=DeliveryFailed("prekey")),
}
#: What a refusal says, in small letters, and what that means; the first that fits.
_WORDS: tuple[tuple[str, Callable[[], Outcome]], ...] = (
    ("untrusted", lambda: Outcome(error=KeyChanged(), trouble=IDENTITY)),
    ("not registered", lambda: Outcome(error=DeliveryFailed("account"), trouble=ACCOUNT)),
    (
        "specified account does not",
        lambda: Outcome(error=DeliveryFailed("account"), trouble=ACCOUNT),
    ),
    ("valid number", lambda: Outcome(error=DeliveryFailed("account"), trouble=ACCOUNT)),
    ("captcha", lambda: Outcome(error=NotNow(LONG), trouble=CHALLENGE)),
    ("rate limit", lambda: Outcome(error=NotNow(A_WHILE))),
    ("unregistered", lambda: Outcome(error=Unreachable())),
    ("invalid request", lambda: Outcome(error=Refused("request"))),
)

_STATUSES: dict[int, Callable[[], Outcome]] = {
    HTTPStatus.NOT_FOUND: lambda: Outcome(error=DeliveryFailed("no such call")),  # it is no bridge
    HTTPStatus.METHOD_NOT_ALLOWED: lambda: Outcome(error=DeliveryFailed("no such call")),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: lambda: Outcome(error=Refused("size")),
}


def outcome(answer: Answer, number: str) -> Outcome:
    """Return what an answer to something sent to one person means; `number` is the line's."""
    if answer.fine:
        return _sent(answer.read())
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return _too_many(answer.read())
    if means := _STATUSES.get(answer.status):
        return means()
    if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _refused(answer.text.lower(), number.lstrip("+"))
    return _unknown()


def _refused(text: str, number: str) -> Outcome:
    """Return what a refusal in words means."""
    if "not registered" in text and number not in text:
        return Outcome(error=Unreachable())
    return next((means() for words, means in _WORDS if words in text), _unknown())


def _sent(read: object) -> Outcome:
    """Return what became of a message that the bridge took."""
    one = read[0] if isinstance(read, list) and read else read
    if not isinstance(one, Mapping):
        return _unknown()
    errors = one.get("errors")
    failed = errors.get("recipients") if isinstance(errors, Mapping) else None
    if failed:
        first = failed[0] if isinstance(failed, list) else None
        reason = first.get("reason") if isinstance(first, Mapping) else None
        return _REASONS.get(str(reason), _unknown)()
    timestamp = str(one.get("timestamp", ""))
    return Outcome(timestamp=timestamp) if timestamp.isdecimal() else _unknown()


def _too_many(read: object) -> Outcome:
    tokens = read.get("challenge_tokens") if isinstance(read, Mapping) else None
    token = next((t for t in tokens if isinstance(t, str) and t), "") if tokens else ""
    if not token:
        return Outcome(error=NotNow(A_WHILE))
    return Outcome(error=NotNow(LONG), trouble=CHALLENGE, challenge=token)


def _unknown() -> Outcome:
    return Outcome(error=OutcomeUnknown())
