"""Setting up a server: `init` makes its folder and its keys, `load_line` takes a signed statement.

Rules of this file: plain parameters in, values out; the command line speaks. A statement is
believed only through `storage.line.check` with the root that an operator once compared with
paper; until everything was checked, nothing in the server's folder changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.errors import AlreadySetUp, NotSetUp, OtherServer, RootNotGiven, WrongRoot
from bot.walk import Answers
from storage import disk, folder, request
from storage.credentials import NAMES, Credentials, write_secret
from storage.errors import CredentialError, MissingCredential, ThrowawayLine
from storage.line import Line, ServerKeys, check, difference, parse
from storage.request import ServerRequest
from storage.signature import VerifyKey, fingerprint
from storage.statement import FormPin

SETTINGS = "quietline.toml"
CREDENTIALS = "credentials"
DATABASE = "quietline.db"
LINE = "line"
TOKEN = "telegram"  # noqa: S105 - the name of its file
FOLDERS = (CREDENTIALS, LINE, "blobs", "logs", "outgoing")

TEMPLATE = """\
# Settings of this server. A line that begins with # is a comment and shows what applies anyway;
# every key is told in docs/configuration.md. Who may read cases is not set here: that is
# line.toml, signed by the organisation's root.

name = {name}

# How a person reaches one of the team outside of this line.
{contact}

# The line's true names, as printed on paper. People compare them letter by letter.
{handles}

# Languages offered although nobody has reviewed their safety texts yet, like ["en", "ug"].
{drafts}

# "resumable": a restart loses nothing. "ephemeral": drafts live in memory only.
# drafts = "resumable"

[telegram]
# The bot's token is not here: it is in credentials/telegram.
{telegram}

# Through a bridge of its own: docs/signal.md tells how, and `quietline signal register` goes on.
{signal}

# [mail]
# Digests by mail; the password is in credentials/mail.
# server = "mail.example.org"
# user = "line@example.org"
# sender = "line@example.org"
# to = ["one@example.org", "two@example.org"]
"""


def settings_text(answers: Answers) -> str:
    """Return the settings that an operator's answers make."""
    names = {"Telegram": answers.handle, "Signal": answers.number}
    handles = ", ".join(f"{app}: {name}" for app, name in names.items() if name)
    drafts = "[" + ", ".join(map(_quoted, answers.drafts)) + "]"
    return TEMPLATE.format(
        name=_quoted(answers.name),
        contact=_set("contact", _quoted(answers.contact), answers.contact),
        handles=_set("handles", _quoted(handles), handles),
        drafts=_set("offer_drafts", drafts, answers.drafts),
        telegram=_set("on", "true" if answers.token else "false", answers.token),
        signal=_signal(answers),
    )


def _signal(answers: Answers) -> str:
    number = answers.number
    lines = ["[signal]", "on = true", f"number = {_quoted(number or '+819012345678')}"]
    lines += [f"bridge = {_quoted(answers.bridge)}"] if answers.bridge else []
    return "\n".join(lines if number else [f"# {line}" for line in lines])


def _set(key: str, value: str, given: object) -> str:
    return f"{key} = {value}" if given else f"# {key} = {value}"


def refuse_taken(home: Path) -> None:
    """Raise AlreadySetUp where a server's folder is: settings are the last thing that is made."""
    if (home / SETTINGS).exists() or any(map(_is_used, (home / DATABASE, home / LINE))):
        raise AlreadySetUp(home)


def _is_used(path: Path) -> bool:
    return any(path.iterdir()) if path.is_dir() else path.exists()


def _begun(folder: Path) -> Credentials | None:
    """Return the keys that an `init` made that was broken off, if they are whole."""
    try:
        return Credentials.read(folder)
    except MissingCredential:  # nothing was ever asked for with a part of them
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """A statement that was taken, what it changed, and the key files it made the server erase."""

    line: Line
    changes: tuple[str, ...]
    erased: tuple[str, ...]


def init(
    home: Path,
    *,
    name: str,
    channels: Mapping[str, str] | None = None,
    forms: Mapping[str, FormPin] | None = None,
    texts: Mapping[str, str] | None = None,
    consent: Mapping[str, str] | None = None,
    settings: str | None = None,
    token: str = "",
) -> ServerRequest:
    """Make a server's folder with new keys and settings; return the request it wrote.

    Broken off, it goes on where it was: `token`, the bot's, is there before the settings are.

    Raises:
        AlreadySetUp: there is one here.
        WrongField: the name or a handle cannot stand in a statement.
    """
    refuse_taken(home)
    begun = _begun(home / CREDENTIALS)
    credentials = begun or Credentials.make()
    asked = _request(name, credentials, channels, forms, texts, consent)
    disk.make_folder(home)
    for part in FOLDERS:
        disk.make_folder(home / part)
    if begun is None:
        for secret in NAMES:
            disk.erase(home / CREDENTIALS / secret)
        credentials.write(home / CREDENTIALS)
    if token:
        write_secret(home / CREDENTIALS, TOKEN, token)
    disk.write(home / request.FILE, request.render(asked).encode())
    text = settings_text(Answers(name=name)) if settings is None else settings
    disk.write(home / SETTINGS, text.encode())
    return asked


def ask_again(
    home: Path,
    *,
    name: str,
    credentials: Path | None = None,
    channels: Mapping[str, str] | None = None,
    forms: Mapping[str, FormPin] | None = None,
    texts: Mapping[str, str] | None = None,
    consent: Mapping[str, str] | None = None,
) -> ServerRequest:
    """Write `server.request` anew with the keys that are there: forms or texts have changed.

    Raises:
        CredentialError: there are no keys.
    """
    own = Credentials.read(credentials or home / CREDENTIALS)
    asked = _request(name, own, channels, forms, texts, consent)
    disk.write(home / request.FILE, request.render(asked).encode())
    return asked


def _request(
    name: str,
    credentials: Credentials,
    channels: Mapping[str, str] | None,
    forms: Mapping[str, FormPin] | None,
    texts: Mapping[str, str] | None,
    consent: Mapping[str, str] | None,
) -> ServerRequest:
    """Return the request, read back from its own text so that nothing unreadable is written."""
    asked = ServerRequest(
        name=name,
        keys=ServerKeys(identity=credentials.identity.public, packet=credentials.packet.recipient),
        channels=channels or {},
        forms=forms or {},
        texts=texts or {},
        consent=consent or {},
    )
    return request.parse(request.render(asked))


def _quoted(name: str) -> str:
    """Return the name as a TOML string; a printable line needs two escapes only."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def load_line(
    source: Path,
    *,
    home: Path,
    today: date,
    root: str | None = None,
    credentials: Path | None = None,
    allow_throwaway: bool = False,
) -> Loaded:
    """Take a statement from a line folder, or from the `line.toml` in one, into the server's.

    The first one needs the root's fingerprint, 24 letters and digits as on paper; the root it
    names is pinned then. Key files that the statement lists come along, and those that it does
    not list any more are erased.

    Raises:
        NotSetUp: the home is none. RootNotGiven, WrongRoot: the root is not compared, or another.
        OtherServer: the statement does not name this server's keys.
        ThrowawayLine: it is for trying out, and that was not allowed.
        LineError, FieldError: the statement is refused; see `storage.line.check`.
    """
    if not (home / SETTINGS).exists():
        raise NotSetUp(home)
    found = source if source.is_dir() else source.parent
    place = home / LINE
    pinned = folder.read_root(place)
    signed = folder.read(found)
    last = _last(place)
    line = check(
        signed.text,
        signed.signature,
        root=_root(pinned, root, signed.text),
        today=today,
        last=last,
    )
    if line.throwaway and not allow_throwaway:
        raise ThrowawayLine
    _refuse_other_server(line, credentials or home / CREDENTIALS)
    keys = {key.id: folder.read_key(found, key.id) for key in line.reading_keys}
    if pinned is None:
        folder.pin_root(place, line.root)
    folder.write(place, signed, {key: sealed for key, sealed in keys.items() if sealed is not None})
    erased = folder.erase_unlisted(place, line)
    return Loaded(line=line, changes=tuple(difference(last, line)), erased=tuple(erased))


def _last(place: Path) -> Line | None:
    """Return the statement that the server has; it was checked when it was taken."""
    if not (place / folder.STATEMENT).exists() and not (place / folder.NEXT).exists():
        return None
    return parse(folder.read(place).text)


def _root(pinned: VerifyKey | None, given: str | None, text: str) -> VerifyKey:
    """Return the root to believe: the pinned one; at first the one whose fingerprint is given."""
    if pinned is None and given is None:
        raise RootNotGiven
    root = pinned or parse(text).root
    shown = fingerprint(root)
    if given is not None and _letters(given) != _letters(shown):
        raise WrongRoot(shown)
    return root


def _letters(typed: str) -> str:
    return "".join(typed.replace("-", "").split()).upper()


def _refuse_other_server(line: Line, place: Path) -> None:
    """Refuse a statement without this server; what is not at hand is checked at the start."""
    if line.server is None:
        raise OtherServer("no")
    try:
        own = Credentials.read(place)
    except CredentialError:
        return
    if (own.identity.public, own.packet.recipient) != (line.server.identity, line.server.packet):
        raise OtherServer("another")
