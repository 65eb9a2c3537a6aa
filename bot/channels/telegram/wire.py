"""Requests to Telegram, and what their failures mean.

`Wire` is the library's own transport with three habits of ours: it tells what surely never left
from what may have arrived, it neither logs nor repeats an answer, and it reads no environment.
An error of the library may carry an address, and an address holds the bot's token: `failure` turns
each into one of ours, to be raised where nothing of the first is attached to it.
"""

import contextlib
import json
from enum import StrEnum
from typing import Any

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
)
from telegram.request import HTTPXRequest

from bot.errors import BotError, DeliveryFailed, NotNow, OutcomeUnknown, Unreachable

#: Seconds to wait for an answer, and for a free connection.
PATIENCE = 20.0
#: Connections at once; 30 messages a second need few.
CONNECTIONS = 64
#: Seconds to wait when Telegram says "too many" and not for how long.
A_WHILE = 5.0
_TOO_MANY = 429
#: The reasons, by name of the HTTP library's error, for which a request never left this machine.
_NEVER_LEFT = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol"})
#: How a chat is refused that is not there any more, beside 403.
_GONE = ("chat not found", "user is deactivated", "user not found", "peer_id_invalid")


class Slow(TelegramError):
    """Telegram takes nothing of this kind for some seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__("too many requests")
        self.seconds = seconds


class NeverLeft(NetworkError):
    """The request surely did not reach Telegram."""


class Lost(NetworkError):
    """The request may have reached Telegram; its answer did not reach us."""


class No(StrEnum):
    """Why Telegram would not do one thing that it was asked, when asking again does not help."""

    SAME = "same"  # the message is so already
    ABSENT = "absent"  # there is no such message
    REFUSED = "refused"


class Wire(HTTPXRequest):
    """Requests over HTTP. `date` is the Date header of the last answer."""

    def __init__(self, *, connections: int = CONNECTIONS, patience: float = PATIENCE) -> None:
        self.date = ""
        super().__init__(
            connection_pool_size=connections,
            read_timeout=patience,
            write_timeout=patience,
            connect_timeout=patience,
            pool_timeout=patience,
            httpx_kwargs={"trust_env": False, "event_hooks": {"response": [self._heard]}},
        )

    async def do_request(self, *given: Any, **named: Any) -> tuple[int, bytes]:  # noqa: ANN401 - the library's own
        """Send a request; see the library. Raises NeverLeft, Lost and Slow."""
        try:
            status, payload = await super().do_request(*given, **named)
        except NetworkError as error:
            never = type(error.__cause__).__name__ in _NEVER_LEFT
        except (UnicodeError, RuntimeError):  # it could not be written, or the wire is closed
            never = True
        except Exception:  # noqa: BLE001 - its text may be an address
            never = False
        else:
            if status == _TOO_MANY:
                raise Slow(_seconds(payload))
            return status, payload
        raise NeverLeft("never left") if never else Lost("lost")

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Read an answer; raises Lost, without a word of what it was."""
        read: object = None
        with contextlib.suppress(ValueError, RecursionError):
            read = json.loads(payload.decode("utf-8", "replace"))
        if isinstance(read, dict):
            return read
        raise Lost("garbled")

    async def _heard(self, response: Any) -> None:  # noqa: ANN401 - of the HTTP library
        self.date = str(response.headers.get("date", ""))


def reason(error: BadRequest) -> No | None:
    """Return why Telegram would not do it; None when the chat itself is gone."""
    words = str(error).lower()
    if any(sign in words for sign in _GONE):
        return None
    if "not modified" in words:
        return No.SAME
    if "not found" in words or "message_id_invalid" in words:
        return No.ABSENT
    return No.REFUSED


def failure(error: Exception) -> BotError:
    """Return what an error of the library means for a message; it holds nothing of the first."""
    match error:
        case Slow(seconds=seconds):
            return NotNow(seconds)
        case Forbidden():
            return Unreachable()
        case BadRequest():
            return Unreachable() if reason(error) is None else DeliveryFailed("refused")
        case InvalidToken():
            return DeliveryFailed("token")
        case NeverLeft() | Conflict() | ChatMigrated():
            return DeliveryFailed("not sent")
        case _:  # no answer, one that cannot be read, or a server's own fault
            return OutcomeUnknown()


def _seconds(payload: bytes) -> float:
    """Return how long Telegram wants us to wait."""
    try:
        asked = Wire.parse_json_payload(payload)["parameters"]["retry_after"]
        return max(float(asked), 1.0)
    except (TelegramError, KeyError, TypeError, ValueError):
        return A_WHILE
