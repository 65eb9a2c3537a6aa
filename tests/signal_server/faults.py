"""What may go wrong between the bridge and a bot, on request: which call, how often, and how."""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from tests.signal_server.refusals import (
    FAILED,
    JSON,
    NETWORK,
    PLAIN,
    REASONS,
    UNTRUSTED,
    Refused,
    limited,
)

Wrong = int | str  # a status, or one of WRONG
WRONG = frozenset({"hang", "close", "garbage", "network", "untrusted", *REASONS})
DONE_ANYWAY = frozenset({"hang", "close", "garbage"})
FOREVER = 10.0**9
_TRACE = (
    b'java.lang.NullPointerException: null\n\tat org.asamk.signal.Main.main(Main.java:61)\n[{"env'
)
_GATEWAY = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n</html>\r\n"  # of a proxy


@dataclass(slots=True)
class Answer:
    """What goes back over HTTP; `delay` in seconds, `closes` instead of answering."""

    status: int
    body: bytes = b""
    kind: str = JSON
    delay: float = 0.0
    closes: bool = False
    file: str = ""  # a path whose content is the body


def told(status: int, wire: Any) -> Answer:  # noqa: ANN401 - JSON
    """Answer with JSON."""
    return Answer(status, json.dumps(wire, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def refusal(refused: Refused) -> Answer:
    """Answer with an error."""
    answer = told(refused.status, refused.wire)
    answer.kind = refused.kind
    return answer


@dataclass(slots=True)
class Fault:
    """The next `times` calls of `name` ("*": of any) [for `person`] go wrong."""

    name: str
    answer: Wrong
    times: int
    person: str | None
    seconds: float
    done: bool
    text: str
    tokens: list[str]

    @property
    def reason(self) -> str:
        """The reason for errors.recipients, or "": such a call is answered 201."""
        return self.answer if isinstance(self.answer, str) and self.answer in REASONS else ""

    def shape(self, real: Answer | None, account: str) -> Answer:
        """Return what is answered instead; `real` is there when the work was done."""
        match self.answer:
            case "hang":
                seconds = self.seconds or FOREVER
                if real is None:
                    return Answer(0, delay=seconds, closes=True)
                real.delay = seconds
                return real
            case "close":
                return Answer(0, delay=self.seconds, closes=True)
            case "garbage":
                return Answer(real.status if real else 200, _TRACE, PLAIN, self.seconds)
            case 502:
                return Answer(502, _GATEWAY, "text/html", self.seconds)
            case 429:
                refused = limited(self.tokens, account)
            case "untrusted":
                refused = Refused(400, UNTRUSTED)
            case "network":
                refused = Refused(400, NETWORK)
            case code:
                refused = Refused(code if isinstance(code, int) else 400, self.text or FAILED)
        answer = refusal(refused)
        answer.delay = self.seconds
        return answer


@dataclass
class Faults:
    """All that is to go wrong, the oldest first."""

    waiting: list[Fault] = field(default_factory=list)

    def take(self, name: str, persons: Collection[str]) -> Fault | None:
        """Return the fault that a call meets, and count it."""
        for fault in self.waiting:
            if fault.name in {"*", name} and (fault.person is None or fault.person in persons):
                fault.times -= 1
                if not fault.times:
                    self.waiting.remove(fault)
                return fault
        return None

    def solved(self, token: str) -> bool:
        """Lift the limit that a captcha was solved for; tell whether there was one."""
        limits = [fault for fault in self.waiting if fault.answer == 429 and token in fault.tokens]
        for fault in limits:
            self.waiting.remove(fault)
        return bool(limits)
