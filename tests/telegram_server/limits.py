"""How often a bot may speak: buckets of tokens, per chat and in all. Off unless switched on."""

import math
from dataclasses import dataclass, field


@dataclass
class Bucket:
    """Holds up to `most` tokens, and gains `rate` a second."""

    rate: float
    most: float
    tokens: float
    at: float

    def wait(self, now: float) -> float:
        """Return the seconds until there is a token."""
        self.tokens = min(self.most, self.tokens + max(0.0, now - self.at) * self.rate)
        self.at = now
        return 0.0 if self.tokens >= 1 - 1e-9 else (1 - self.tokens) / self.rate


@dataclass
class Limits:
    """Messages a second, to one chat and in all; 0 is without limit."""

    chat: float = 0.0
    overall: float = 0.0
    burst: int = 1
    _chats: dict[int, Bucket] = field(default_factory=dict)
    _all: Bucket | None = None

    def set(self, *, chat: float, overall: float, burst: int) -> None:
        self.chat, self.overall, self.burst = chat, overall, burst
        self._chats.clear()
        self._all = None

    def refusal(self, chat: int | None, now: float) -> int:
        """Take one message's tokens; or return the whole seconds to wait, and take none."""
        buckets = self._buckets(chat, now)
        wait = max((bucket.wait(now) for bucket in buckets), default=0.0)
        if wait > 0:
            return max(1, math.ceil(wait))
        for bucket in buckets:
            bucket.tokens -= 1
        return 0

    def _buckets(self, chat: int | None, now: float) -> list[Bucket]:
        found = []
        if self.overall:
            if self._all is None:
                most = max(1.0, self.overall)
                self._all = Bucket(self.overall, most, most, now)
            found.append(self._all)
        if self.chat and chat is not None:
            if chat not in self._chats:
                self._chats[chat] = Bucket(self.chat, self.burst, self.burst, now)
            found.append(self._chats[chat])
        return found
