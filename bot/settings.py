"""The settings of a server: one TOML file in its home, environment variables on top.

Only this module reads the environment (`QUIETLINE_NAME`, `QUIETLINE_MAIL__SERVER`). Whatever is
wrong is said with the name of the key and what was expected there. Who may read cases is no
setting: see line.toml. Secrets are no settings either: they are files in `credentials/`.
"""

import re
import tomllib
from datetime import time
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from bot.errors import BadSettings
from bot.texts.languages import LANGUAGES

FILE = "quietline.toml"
ADDRESS = r"[!-?A-~]+@[!-?A-~]+"
CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Part(BaseModel):
    """A table of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Telegram(Part):
    """The channel Telegram. The bot's token is in `credentials/telegram`."""

    on: bool = Field(default=False, description="Whether the line answers on Telegram.")
    server: str = Field(
        default="https://api.telegram.org",
        pattern=r"https?://[^/\s]+",
        description="The Bot API server.",
    )
    webhook: str = Field(
        default="",
        pattern=r"(https://\S+)?",
        description="The public address that Telegram sends to; empty: the line asks by itself.",
    )
    per_second: float = Field(
        default=30, gt=0, le=1000, description="Messages a second to all chats together."
    )
    per_chat: float = Field(default=1, gt=0, le=1000, description="Messages a second to one chat.")


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
        default="", pattern=f"({ADDRESS})?", description="The address that mail comes from."
    )
    to: tuple[str, ...] = Field(default=(), description="Who gets digests, one mail each.")
    subject: str = Field(
        default="Notice", min_length=1, max_length=60, description="The subject, always the same."
    )

    @field_validator("to")
    @classmethod
    def _addresses(cls, to: tuple[str, ...]) -> tuple[str, ...]:
        return _addresses(to)

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

    at: str = Field(default="06:00", pattern=CLOCK, description="The time of day.")
    zone: str = Field(default="UTC", description="The time zone of that time.")

    @field_validator("zone")
    @classmethod
    def _zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ValueError, OSError):
            message = f"no such time zone: {zone}"
            raise ValueError(message) from None
        return zone

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


class Settings(BaseSettings):
    """Everything that can be set. Each field's description is its documentation."""

    model_config = SettingsConfigDict(
        env_prefix="QUIETLINE_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    name: str = Field(min_length=1, max_length=60, description="The line's neutral name.")
    contact: str = Field(
        default="", max_length=120, description="How a person reaches one of the team outside."
    )
    handles: str = Field(
        default="", max_length=200, description="The line's true handles, as printed on paper."
    )
    hours: int = Field(
        default=72, ge=1, le=720, description="Within how many hours new reports are read."
    )
    languages: tuple[str, ...] = Field(
        default=("en", "zh-Hans", "zh-Hant", "ug", "ja"), description="Languages, in menu order."
    )
    offer_drafts: tuple[str, ...] = Field(
        default=(), description="Languages offered although their safety texts are unreviewed."
    )
    drafts: Literal["resumable", "ephemeral"] = Field(
        default="resumable", description="Whether unsent drafts survive a restart."
    )
    vanish: bool = Field(
        default=True,
        description="Whether a person's message leaves the chat once its answer is kept.",
    )
    form: str = Field(default="", description="An own form (.xlsx or .md), beside this file.")
    texts: str = Field(default="", description="A folder of own or reviewed texts.")
    helplines: str = Field(default="", description="An own file of emergency and help lines.")
    digests: str = Field(default="digests", description="The folder that digests are put into.")
    listen: str = Field(
        default="127.0.0.1:8470",
        pattern=r"(\[[0-9a-f:]+\]|[0-9.]+|localhost):[0-9]{1,5}",
        description="Where the line listens for Telegram's webhook and health checks.",
    )
    telegram: Telegram = Field(default=Telegram(), description="The channel Telegram.")
    digest: Digest = Field(default=Digest(), description="When digests are made.")
    mail: Mail = Field(default=Mail(), description="Digests by mail.")
    alert: Alert = Field(default=Alert(), description="The urgent alert.")

    @field_validator("languages", "offer_drafts")
    @classmethod
    def _known(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [tag for tag in tags if tag not in LANGUAGES]
        if unknown:
            message = f"no such language: {', '.join(unknown)}"
            raise ValueError(message)
        return tags

    @model_validator(mode="after")
    def _alert_goes_out(self) -> Self:
        if self.alert.on and not (self.mail.server and self.mail.sender):
            message = "`alert.on` needs `mail.server` and `mail.sender`"
            raise ValueError(message)
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file."""
        return env_settings, init_settings


def load(path: Path) -> Settings:
    """Read a file of settings; raises BadSettings naming the key and what was expected."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        message = f"{path} is not there; `quietline init` makes it"
        raise BadSettings(message) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"{path} is not TOML: {error}"
        raise BadSettings(message) from None
    return check(values)


def check(values: dict[str, Any]) -> Settings:
    """Return settings out of values; raises BadSettings with one sentence for each fault."""
    try:
        return Settings(**values)
    except SettingsError:
        message = "an environment variable QUIETLINE_... holds what cannot be read; lists are JSON"
        raise BadSettings(message) from None
    except ValidationError as error:
        faults = "; ".join(_sentence(e["type"], e["loc"], e["msg"]) for e in error.errors())
        raise BadSettings(faults) from None


def field_of(place: tuple[int | str, ...]) -> tuple[FieldInfo | None, type[BaseModel]]:
    """Return the field at a place such as ("mail", "port"), and the table that it stands in."""
    table: type[BaseModel] = Settings
    found: FieldInfo | None = None
    for step in place:
        if step not in table.model_fields:
            break
        found = table.model_fields[str(step)]
        kind = found.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            table = kind
    return found, table


def _addresses(to: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [one for one in to if re.fullmatch(ADDRESS, one) is None]
    if wrong:
        message = f"not a mail address: {', '.join(wrong)}"
        raise ValueError(message)
    return tuple(dict.fromkeys(to))


def _sentence(kind: str, place: tuple[int | str, ...], message: str) -> str:
    key = ".".join(str(part) for part in place)
    found, table = field_of(place)
    if kind == "extra_forbidden":
        return f"`{key}` is no setting; the settings here are {', '.join(table.model_fields)}"
    expected = found.description if found else ""
    if kind == "missing":
        return f"`{key}` is missing: {expected}"
    plain = message.removeprefix("Value error, ")
    if not key or plain.startswith("`"):
        return plain
    return f"`{key}`: {plain[0].lower()}{plain[1:]} ({expected})"
