"""The one who sits at this desk: the link that lets them in, the cookie, the lock.

Rules of this file: no page and no header; time is passed in. There is one seat. Its link opens
once; its cookie is good in one folder of one address, because cookies know no ports and another
program on this computer must not be sent ours. While it is locked nothing that opens a case is
held here. The lock falls by itself when nobody has asked for anything for a while, and by the
wall's clock, so that a computer that slept is locked when it wakes.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

IDLE = timedelta(minutes=15)
MOST_WRONG = 10  # times that words are tried before a new link is needed
BYTES = 24

T = TypeVar("T")


def token() -> str:
    """Return something that nobody guesses."""
    return secrets.token_urlsafe(BYTES)


@dataclass(kw_only=True, slots=True)
class Seat(Generic[T]):
    """Where one person sits; `T` is what they hold while it is unlocked.

    `room` is the folder of all addresses, `form` goes with each form.
    """

    idle: timedelta = IDLE
    link: str = field(default_factory=token, repr=False)
    room: str = field(default_factory=token, repr=False)
    form: str = field(default_factory=token, repr=False)
    wrong: int = 0
    _cookie: str = field(default="", repr=False)
    _held: T | None = field(default=None, repr=False)
    _seen: datetime | None = None

    # --- coming in -----------------------------------------------------------------------------

    def admit(self, given: str) -> str:
        """Return the cookie for the link, once; nothing for any other, or the second time."""
        if not self.link or not _same(self.link, given):
            return ""
        self.link, self._cookie = "", token()
        return self._cookie

    def knows(self, cookie: str) -> bool:
        """Tell whether a cookie is the one that was given."""
        return bool(self._cookie) and _same(self._cookie, cookie)

    def allows(self, form: str) -> bool:
        """Tell whether a form is one of ours."""
        return _same(self.form, form)

    def leave(self) -> None:
        """Lock, and let nobody in any more."""
        self.lock()
        self._cookie = ""

    # --- the lock ------------------------------------------------------------------------------

    def unlock(self, now: datetime, open_: Callable[[], T]) -> None:
        """Hold what `open_` returns; what it raises counts as a wrong try."""
        try:
            held = open_()
        except Exception:
            self.wrong += 1
            if self.wrong >= MOST_WRONG:
                self.leave()
            raise
        self.wrong, self._held, self._seen = 0, held, now

    def lock(self) -> None:
        """Forget what is held."""
        self._held = self._seen = None
        self.form = token()

    def expire(self, now: datetime) -> None:
        """Forget what is held when nobody has asked for anything for too long."""
        if self._seen is not None and abs(now - self._seen) >= self.idle:
            self.lock()

    def glance(self, now: datetime) -> T | None:
        """Return what is held, and count it for nothing; None when it is locked, or just was."""
        self.expire(now)
        return self._held

    def keeps(self, held: T) -> bool:
        """Tell whether this is what is held still; to be asked at any time, from any thread."""
        return self._held is held

    def held(self, now: datetime) -> T | None:
        """Return what is held, and begin the time anew; None when it is locked, or just was."""
        found = self.glance(now)
        if found is not None:
            self._seen = now
        return found


def _same(ours: str, given: str) -> bool:
    return hmac.compare_digest(ours.encode(), given.encode(errors="replace"))
