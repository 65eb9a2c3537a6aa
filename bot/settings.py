"""The settings of a server: one TOML file in its home, environment variables on top.

Only this module reads the environment (`QUIETLINE_NAME`, `QUIETLINE_MAIL__SERVER`). Whatever is
wrong is said with the name of the key and what was expected there. Who may read cases is no
setting: see line.toml. Secrets are no settings either: they are files in `credentials/`.
"""

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from bot.errors import BadSettings
from bot.tables import WHERE, Alert, Desk, Digest, Files, Mail, Part, Relay, Signal, Telegram, whole
from bot.texts.languages import LANGUAGES

__all__ = [
    "Alert",
    "Desk",
    "Digest",
    "Files",
    "Mail",
    "Part",
    "Relay",
    "Service",
    "Settings",
    "Signal",
    "Telegram",
]

FILE = "quietline.toml"
CREDENTIALS = "credentials"
OUTGOING = "outgoing"  # what is still to be mailed
#: Folders that are no drop folder. The home is locked while the line runs: a digest that is made
#: there would wait for ever; and what lies in `outgoing` is erased.
TAKEN = frozenset({"", ".", CREDENTIALS, OUTGOING, "line", "logs", "blobs"})
LONGEST_NAME = 60
LONGEST_CONTACT = 120


class Settings(BaseSettings):
    """Everything that can be set. Each field's description is its documentation."""

    model_config = SettingsConfigDict(
        env_prefix="QUIETLINE_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    name: str = Field(min_length=1, max_length=LONGEST_NAME, description="The line's neutral name.")
    contact: str = Field(
        default="",
        max_length=LONGEST_CONTACT,
        description="How a person reaches one of the team outside.",
    )
    handles: str = Field(
        default="", max_length=200, description="The line's true handles, as printed on paper."
    )
    hours: int = Field(
        default=72, ge=1, le=720, description="Within how many hours new reports are read."
    )
    reply_days: int = Field(
        default=14,
        ge=1,
        le=27,
        description="Days for which a person can answer in the chat what staff have written.",
    )
    erase_hours: int = Field(
        default=48,
        ge=1,
        le=336,
        description="Hours between asking for a case's deletion and its doing; people read 48.",
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
        pattern=whole(WHERE),
        description="Where the line listens for Telegram's webhook and health checks.",
    )
    telegram: Telegram = Field(default=Telegram(), description="The channel Telegram.")
    signal: Signal = Field(default=Signal(), description="The channel Signal.")
    files: Files = Field(default=Files(), description="Files that people send.")
    desk: Desk = Field(default=Desk(), description="Desks over the network.")
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

    @field_validator("digests")
    @classmethod
    def _a_folder_of_its_own(cls, digests: str) -> str:
        if os.path.normpath(digests or ".") in TAKEN:
            message = "it is to be a folder of its own"
            raise ValueError(message)
        return digests

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """What the service manager gives to a process that it started (systemd.exec(5))."""

    socket: str = ""  # where it wants to hear of the line
    credentials: Path | None = None  # where the secrets lie

    @classmethod
    def of_environment(cls) -> Self:
        """Read the variables that systemd sets."""
        folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
        return cls(
            socket=os.environ.get("NOTIFY_SOCKET", ""),
            credentials=Path(folder) if folder else None,
        )


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
    except SettingsError as error:
        found = re.search(r'field "(\w+)"', str(error))
        variable = "QUIETLINE_" + (found[1].upper() if found else "...")
        message = f'the environment variable {variable} is no list as it is written there: ["en"]'
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


def _sentence(kind: str, place: tuple[int | str, ...], message: str) -> str:
    key = ".".join(str(part) for part in place)
    found, table = field_of(place)
    if kind == "extra_forbidden":
        return f"`{key}` is no setting; the settings here are {', '.join(table.model_fields)}"
    expected = found.description if found else ""
    if kind == "missing":
        return f"`{key}` is missing: {expected}"
    if kind == "string_pattern_mismatch" and found:
        example = (found.examples or [found.default])[0]
        return f'`{key}` is not written as it should be, for example "{example}" ({expected})'
    if kind in {"tuple_type", "list_type"}:
        return f'`{key}` is to be a list, such as ["one", "two"] ({expected})'
    plain = message.removeprefix("Value error, ")
    if not key or plain.startswith("`"):
        return plain
    return f"`{key}`: {plain[0].lower()}{plain[1:]} ({expected})"
