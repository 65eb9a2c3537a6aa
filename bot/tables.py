"""The tables of the settings file: what belongs together, and what needs what.

Values only. Each field's description is its documentation (docs/configuration.md is made of it).
"""

import re
from datetime import UTC, time, tzinfo
from typing import Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

#: One plain address: no signs that set addresses apart or quote them (RFC 5322, `specials`).
ADDRESS = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+"
CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"
#: An address and a port to listen on.
WHERE = r"(\[[0-9a-f:]+\]|[0-9.]+|localhost):[0-9]{1,5}"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def zone_of(name: str) -> tzinfo:
    """Return a time zone; UTC also where the system has no list of them."""
    return UTC if name == "UTC" else ZoneInfo(name)


def whole(pattern: str) -> str:
    """Return a pattern that the whole of a value must have; pydantic looks for it anywhere."""
    return f"^(?:{pattern})$"


class Part(BaseModel):
    """A table of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Telegram(Part):
    """The channel Telegram. The bot's token is in `credentials/telegram`."""

    on: bool = Field(default=False, description="Whether the line answers on Telegram.")
    server: str = Field(
        default="https://api.telegram.org",
        pattern=whole(r"https?://[^/\s]+"),
        description="The Bot API server.",
    )
    webhook: str = Field(
        default="",
        pattern=whole(r"(https://\S+)?"),
        examples=["https://line.example.org/telegram"],
        description="The public address that Telegram sends to; empty: the line asks by itself.",
    )
    per_second: float = Field(
        default=30, gt=0, le=1000, description="Messages a second to all chats together."
    )
    per_chat: float = Field(default=1, gt=0, le=1000, description="Messages a second to one chat.")
    local: bool = Field(
        default=False,
        description="Whether `server` is our own and was started with --local: files up to 2 GB.",
    )
    folder: str = Field(
        default="",
        pattern=whole(r"(/[^\n]*)?"),
        examples=["/var/lib/telegram-bot-api"],
        description="Where that server puts files: at the same place on this machine.",
    )


class Signal(Part):
    """The channel Signal, through a bridge of its own (signal-cli-rest-api; see docs/signal.md)."""

    on: bool = Field(default=False, description="Whether the line answers on Signal.")
    bridge: str = Field(
        default="http://127.0.0.1:8080",
        pattern=whole(r"https?://[^/\s]+"),
        description="The bridge. Nobody else may reach it: it knows no password.",
    )
    number: str = Field(
        default="",
        pattern=whole(r"(\+[1-9][0-9]{5,14})?"),
        examples=["+819012345678"],
        description="The line's phone number at Signal.",
    )
    receive: Literal["auto", "poll", "websocket", "webhook"] = Field(
        default="auto", description="How messages come; auto: as the bridge's mode allows."
    )
    rpc: str = Field(
        default="",
        pattern=whole(r"(https?://[^/\s]+)?"),
        examples=["http://127.0.0.1:8090"],
        description="signal-cli's own HTTP address, where it can be reached: to forget contacts.",
    )
    timer_days: int = Field(
        default=7,
        ge=0,
        le=28,
        description="After how many days messages disappear, unless the person chose; 0: never.",
    )
    read_receipts: bool = Field(
        default=False, description="Whether people see that the line has read what they wrote."
    )
    per_second: float = Field(
        default=5, gt=0, le=1000, description="Messages a second to all chats together."
    )
    per_chat: float = Field(default=1, gt=0, le=1000, description="Messages a second to one chat.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.on and not self.number:
            message = "`signal.on` needs `signal.number`: the line's phone number"
            raise ValueError(message)
        return self


class Files(Part):
    """Photos, recordings and documents that people send. Secrets of S3 are in `credentials/s3`."""

    largest_mb: int = Field(
        default=100, ge=1, le=2048, description="The largest file that is taken, in megabytes."
    )
    most: int = Field(default=20, ge=0, le=100, description="How many files one report may have.")
    bucket: str = Field(
        default="",
        pattern=whole(r"[a-z0-9.-]{0,63}"),
        examples=["quietline-files"],
        description="A bucket of an S3-compatible store; empty: the folder `blobs` on disk.",
    )
    endpoint: str = Field(
        default="",
        pattern=whole(r"(https?://\S+)?"),
        examples=["https://s3.example.org"],
        description="The store's address.",
    )
    region: str = Field(default="us-east-1", max_length=40, description="The store's region.")


class Desk(Part):
    """Desks over the network, each request signed by one of the staff (see docs/desk-sync.md)."""

    on: bool = Field(
        default=False, description="Whether desks may ask here; else bundles and packets are files."
    )
    listen: str = Field(
        default="",
        pattern=whole(f"({WHERE})?"),
        examples=["10.8.0.1:8471"],
        description="An address of its own for desks; empty: below /desk at `listen`.",
    )


class Relay(Part):
    """A mail server that takes our mail. Its password is in `credentials/mail`."""

    server: str = Field(default="", max_length=200, description="The mail server's name.")
    port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description='How it is reached; "none" only on this very machine.'
    )
    user: str = Field(default="", max_length=200, description="The name to log in with, if any.")
    authority: str = Field(
        default="", description="A file with the certificate authority to trust instead of all."
    )


class Mail(Relay):
    """Digests by mail. Nothing is mailed while `to` is empty."""

    sender: str = Field(
        default="",
        pattern=whole(f"({ADDRESS})?"),
        examples=["line@example.org"],
        description="The address that mail comes from.",
    )
    to: tuple[str, ...] = Field(default=(), description="Who gets digests, one mail each.")
    subject: str = Field(
        default="Notice",
        min_length=1,
        max_length=60,
        description="The subject, always the same.",
    )

    @field_validator("to")
    @classmethod
    def _addresses(cls, to: tuple[str, ...]) -> tuple[str, ...]:
        return _addresses(to)

    @field_validator("subject")
    @classmethod
    def _printable(cls, subject: str) -> str:
        if not subject.isprintable():
            message = "it is not one printable line"
            raise ValueError(message)
        return subject

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.to and not (self.server and self.sender):
            message = "`mail.to` needs `mail.server` and `mail.sender`"
            raise ValueError(message)
        if self.security == "none" and self.server not in {"", *LOOPBACK}:
            message = "`mail.security` may be none only for a server on this very machine"
            raise ValueError(message)
        return self


class Digest(Part):
    """When digests are made: every day at one time, whether something came in or not."""

    at: str = Field(default="06:00", pattern=whole(CLOCK), description="The time of day.")
    zone: str = Field(default="UTC", description="The time zone of that time.")

    @field_validator("zone")
    @classmethod
    def _zone(cls, zone: str) -> str:
        try:
            zone_of(zone)
        except (ValueError, OSError, KeyError):  # the last is what an unknown name raises
            message = f'no such time zone: {zone}; it is written like "Asia/Tokyo"'
            if not available_timezones():
                message = f"this machine knows no time zones, {zone} neither: install `tzdata`"
            raise ValueError(message) from None
        return zone

    @property
    def where(self) -> tzinfo:
        """The time zone."""
        return zone_of(self.zone)

    @property
    def time(self) -> time:
        """The time of day, in `zone`."""
        return time.fromisoformat(self.at)


class Alert(Part):
    """The urgent alert: a mail of constant words, without a number, after a random delay.

    People are told of it only when `who` and `within_hours` say who reads it, and how soon.
    """

    on: bool = Field(default=False, description="Whether urgent reports raise an alert.")
    to: tuple[str, ...] = Field(default=(), description="Who gets it.")
    who: str = Field(default="", max_length=100, description="Who reads it: a person or a duty.")
    within_hours: int = Field(
        default=0, ge=0, le=72, description="Within how many hours they read it, day and night."
    )
    delay_minutes: int = Field(
        default=20, ge=1, le=240, description="It goes out after a random time of at most this."
    )
    apart_minutes: int = Field(
        default=60, ge=1, le=1440, description="At least so long after the alert before."
    )

    @field_validator("to")
    @classmethod
    def _addresses(cls, to: tuple[str, ...]) -> tuple[str, ...]:
        return _addresses(to)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.on and not self.to:
            message = "`alert.on` needs `alert.to`: who gets it"
            raise ValueError(message)
        return self

    @property
    def promised(self) -> bool:
        """Whether people may be told that somebody reads it soon."""
        return self.on and bool(self.who) and self.within_hours > 0


def _addresses(to: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [one for one in to if re.fullmatch(ADDRESS, one) is None]
    if wrong:
        message = f"not a mail address: {', '.join(wrong)}"
        raise ValueError(message)
    return tuple(dict.fromkeys(to))
