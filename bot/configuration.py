"""The settings as a page and as an example file: made from the fields' own descriptions.

Rules of this file: values in, text out; nothing is read and nothing is written. What it makes is
committed as `docs/configuration.md` and `deploy/quietline.example.toml`, and a test compares.
"""

import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, MaxLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.settings import FILE, Settings

#: The files of the credentials folder, and what each is.
SECRETS: Mapping[str, str] = {
    "identity": "The key that signs entries and digests. Made by `quietline init`.",
    "packet": "The key that opens letters from staff. Made by `quietline init`.",
    "master": "What the keys of open conversations are derived from. Made by `quietline init`.",
    "telegram": "The bot's token, as @BotFather gave it. Needed when `telegram.on` is set.",
    "mail": "The password for the mail server. Needed when `mail.user` is set.",
    "s3": "The key's id of the S3-compatible store, and on a second line its secret. Needed when "
    "`files.bucket` is set.",
}

TITLE = "# Configuration"

HEAD = f"""\
<!-- Made by `quietline settings` out of what bot/settings.py says. A test compares. -->

`{FILE}` in the server's folder is read once, when the line starts: restart the line after a
change. [quietline.example.toml](../deploy/quietline.example.toml) holds every key with its default.

- Only `name` is needed. An unknown key, or a value out of range, is refused by its name.
- An environment variable wins over the file. A list is written as JSON there:
  `QUIETLINE_LANGUAGES='["en", "ja"]'`.
- Paths are beside the file.
- `form`, `texts` and `languages` name what the root signs: after a change run `quietline line
  request`, and load the statement that comes back.
- Who may read cases is not set here. That is `line.toml`, signed by the organisation's root.\
"""

SECRETS_HEAD = """\
## Secrets

A secret is no setting, and never an environment variable. Each is one small file in a folder. The
line takes the folder that `--credentials` names, else the one systemd gives it, else `credentials`
in the server's folder. `identity`, `packet` and `master` cannot be made anew: the root has signed
what belongs to them.\
"""

EXAMPLE = f"""\
# Settings of a line: every key, with its default. Copy this file as {FILE} into the server's
# folder, and take away the # before what you change. Only `name` is needed. Secrets (the bot's
# token, the password for mail) do not belong here. All is explained in docs/configuration.md.\
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """One key of one table; `table` is "" at the top."""

    table: str
    name: str
    field: FieldInfo

    @property
    def path(self) -> str:
        """The key with its table, as errors name it."""
        return f"{self.table}.{self.name}" if self.table else self.name

    @property
    def variable(self) -> str:
        """The environment variable that wins over the file."""
        prefix = Settings.model_config["env_prefix"]
        return prefix + self.path.replace(".", "__").upper()

    @property
    def default(self) -> str:
        """The default as TOML; "" where the key is needed."""
        return "" if self.field.is_required() else toml(self.field.default)

    @property
    def meaning(self) -> str:
        """The description, and what is allowed."""
        return " ".join(
            part for part in (self.field.description or "", allowed(self.field)) if part
        )


def tables() -> Mapping[str, type[BaseModel]]:
    """Return the tables by name; "" is the top of the file, and the first."""
    found: dict[str, type[BaseModel]] = {"": Settings}
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            found[name] = field.annotation
    return found


def keys() -> tuple[Key, ...]:
    """Return every key, table by table, in the order of the settings."""
    known = tables()
    return tuple(
        Key(table=table, name=name, field=field)
        for table, model in known.items()
        for name, field in model.model_fields.items()
        if table or name not in known
    )


def page() -> str:
    """Return docs/configuration.md: a section for each table, a row for each key."""
    parts = [TITLE, HEAD]
    for table, model in tables().items():
        parts += [f"## `[{table}]`", _about(model)] if table else ["## At the top of the file"]
        parts.append(_rows(key for key in keys() if key.table == table))
    parts += [SECRETS_HEAD, _secret_rows()]
    return "\n\n".join(parts) + "\n"


def example() -> str:
    """Return deploy/quietline.example.toml: every key, its default, and a line about it."""
    parts = [EXAMPLE]
    for table, model in tables().items():
        if table:
            parts.append("\n".join((*_comment(_about(model)), f"[{table}]")))
        parts += [_entry(key) for key in keys() if key.table == table]
    return "\n\n".join(parts) + "\n"


def toml(value: object) -> str:
    """Write a text, number, truth or list as TOML: as JSON, but for the delete character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def allowed(field: FieldInfo) -> str:
    """Say in a few words what a value may be; "" where the description has to do."""
    if get_origin(field.annotation) is Literal:
        return f"One of {', '.join(toml(one) for one in get_args(field.annotation))}."
    lowest: object = None
    highest: object = None
    for rule in field.metadata:
        if isinstance(rule, MaxLen):
            return f"At most {rule.max_length} characters."
        if isinstance(rule, Ge):
            lowest = rule.ge
        elif isinstance(rule, Gt):
            lowest = f"more than {rule.gt}"
        elif isinstance(rule, Le):
            highest = rule.le
    if lowest is None or highest is None:
        return ""
    return f"From {lowest} to {highest}."


def _about(model: type[BaseModel]) -> str:
    return inspect.cleandoc(model.__doc__ or "")


def _rows(found: Iterator[Key]) -> str:
    rows = ["| key | default | what it is | environment |", "| --- | --- | --- | --- |"]
    for key in found:
        default = f"`{key.default}`" if key.default else "needed"
        rows.append(f"| `{key.name}` | {default} | {_cell(key.meaning)} | `{key.variable}` |")
    return "\n".join(rows)


def _secret_rows() -> str:
    rows = ["| file | what it is |", "| --- | --- |"]
    rows += [f"| `{name}` | {_cell(what)} |" for name, what in SECRETS.items()]
    return "\n".join(rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _entry(key: Key) -> str:
    """Return a comment and the key: commented out with its default, or bare where it is needed."""
    line = f"#{key.name} = {key.default}" if key.default else f'{key.name} = ""'
    return "\n".join((*_comment(key.meaning), line))


def _comment(text: str) -> Iterator[str]:
    return (f"# {line}".rstrip() for line in text.splitlines())
