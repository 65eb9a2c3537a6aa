"""The settings of a server: one TOML file in its home, environment variables on top.

Only this module reads the environment (`QUIETLINE_NAME=...`). Whatever is wrong is said with the
name of the key and what was expected there. Who may read cases is no setting: see line.toml.
"""

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from bot.errors import BadSettings
from bot.texts.languages import LANGUAGES

FILE = "quietline.toml"


class Settings(BaseSettings):
    """Everything that can be set. Each field's description is its documentation."""

    model_config = SettingsConfigDict(env_prefix="QUIETLINE_", extra="forbid", frozen=True)

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
    form: str = Field(default="", description="An own form (.xlsx or .md), beside this file.")
    texts: str = Field(default="", description="A folder of own or reviewed texts.")
    helplines: str = Field(default="", description="An own file of emergency and help lines.")
    digests: str = Field(default="digests", description="The folder that digests are put into.")

    @field_validator("languages", "offer_drafts")
    @classmethod
    def _known(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [tag for tag in tags if tag not in LANGUAGES]
        if unknown:
            message = f"no such language: {', '.join(unknown)}"
            raise ValueError(message)
        return tags

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


def _sentence(kind: str, place: tuple[int | str, ...], message: str) -> str:
    key = ".".join(str(part) for part in place)
    if kind == "extra_forbidden":
        return f"`{key}` is no setting; the settings are {', '.join(Settings.model_fields)}"
    if kind == "missing":
        return f"`{key}` is missing: {Settings.model_fields[str(place[0])].description}"
    expected = Settings.model_fields[str(place[0])].description if place else ""
    return f"`{key}`: {message[0].lower()}{message[1:]} ({expected})"
