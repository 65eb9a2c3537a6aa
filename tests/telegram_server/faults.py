"""What may go wrong between Telegram and a bot, on request: which call, how often, and how."""

import json
from dataclasses import dataclass, field
from typing import Literal

from tests.telegram_server.refusals import Refused, Unplayable

Wrong = int | Literal["hang", "close", "garbage", "slow", "short", "long"]
#: What a file's download is called; it is no method, and "*" does not mean it.
DOWNLOAD = "download"
_SENTENCES = {
    400: "Bad Request: it went wrong on request",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: "Conflict: it went wrong on request",
    500: "Internal Server Error",
}
_GATEWAY = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n</html>\r\n"  # of a proxy


@dataclass(slots=True)
class Answer:
    """What goes back over HTTP; `delay` in seconds, `closes` instead of answering."""

    status: int
    body: bytes
    delay: float = 0.0
    closes: bool = False


@dataclass(slots=True)
class Fault:
    """The next `times` calls of `method` ("*": of any) [to `chat`] go wrong."""

    method: str
    answer: Wrong
    times: int
    chat: int | None
    seconds: float
    retry_after: int
    done: bool

    def shape(self, real: Answer | None) -> Answer:
        """Return what is answered instead; `real` is there when the work was done."""
        match self.answer:
            case "hang":
                closing = Answer(0, b"", self.seconds, closes=True)
                return closing if real is None else Answer(real.status, real.body, self.seconds)
            case "close":
                return Answer(0, b"", self.seconds, closes=True)
            case "garbage":
                return Answer(200, b'{"ok":true,"result":{"message_id', self.seconds)
            case 502:
                return Answer(502, _GATEWAY, self.seconds)
            case 429:
                sentence = f"Too Many Requests: retry after {self.retry_after}"
                refused = Refused(429, sentence, retry_after=self.retry_after)
            case int(code):
                refused = Refused(code, _SENTENCES.get(code, "It went wrong on request"))
            case how:
                raise Unplayable(f"only a file can be {how}")
        return Answer(refused.code, json.dumps(refused.wire).encode(), self.seconds)


@dataclass
class Faults:
    """All that is to go wrong, the oldest first."""

    waiting: list[Fault] = field(default_factory=list)

    def take(self, method: str, chat: int | None) -> Fault | None:
        """Return the fault that a call meets, and count it."""
        for fault in self.waiting:
            any_ = fault.method == "*" and method != DOWNLOAD
            if (any_ or fault.method == method) and fault.chat in {None, chat}:
                fault.times -= 1
                if not fault.times:
                    self.waiting.remove(fault)
                return fault
        return None
