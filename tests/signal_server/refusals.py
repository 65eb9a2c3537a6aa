"""How the bridge says no: status and sentence of each refusal, as the real server words them.

Sentences are those of signal-cli-rest-api (src/api/api.go) and of signal-cli, seen 2026-11.
"""

from typing import Any

JSON = "application/json; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, error: str, *, kind: str = JSON, **more: Any) -> None:  # noqa: ANN401 - JSON
        super().__init__(f"{status} {error}")
        self.status = status
        self.kind = kind
        self.wire: dict[str, Any] = {"error": error, **more}


class Unplayable(Exception):
    """What a test asks of a person cannot be done: nobody could edit what was never said."""


def bad(reason: str) -> Refused:
    """Refuse a request before signal-cli hears of it."""
    return Refused(400, f"Couldn't process request - {reason}")


def malformed() -> Refused:
    """Refuse a body that is not the JSON that was expected: it says text/plain, and is JSON."""
    return Refused(400, "Couldn't process request - invalid request", kind=PLAIN)


def limited(tokens: list[str], account: str) -> Refused:
    """Refuse for speed: signal-cli's error -5."""
    sentence = (
        "Failed to send message due to rate limiting. Use the attached challenge tokens to lift the "
        "rate limit restrictions via the '/v1/accounts/{number}/rate-limit-challenge' endpoint."
    )
    return Refused(429, sentence, challenge_tokens=tokens, account=account)


UNTRUSTED = "Unable to complete request due to untrusted recipient keys"  # -4
NETWORK = "Failed to send message: Connection timed out"  # -3
FAILED = "Failed to send message: it went wrong on request"  # -1
NO_ACCOUNT = "Specified account does not exist"
NO_ATTACHMENT = "No attachment with that name found"
MIXED = (
    "Signal Messenger Groups and phone numbers cannot be specified together in one request! "
    "Please split them up into multiple REST API calls."
)
MIXED_NAMES = (
    "Signal Messenger usernames and phone numbers cannot be specified together in one request! "
    "Please split them up into multiple REST API calls."
)
ONE_GROUP = (
    "A signal message can only be sent to one group at once! Please use multiple REST API calls "
    "for that."
)
VIEW_ONCE = "'view_once' can only be set for image attachments!"
REASONS = (
    "IDENTITY_FAILURE",
    "UNREGISTERED_FAILURE",
    "NETWORK_FAILURE",
    "RATE_LIMIT_FAILURE",
    "INVALID_PRE_KEY_FAILURE",
)
