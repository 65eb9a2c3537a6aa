"""A thief of a running server's disk and keys: opens everything that they open, and lists what it is.

The thief knows this tree: every key that can be derived, every way in which something is sealed.
What is found has a kind for each field and column, so a new one has no name here until someone has
thought about it, and has written it into docs/threats.md.
"""

import ast
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV, ChaCha20Poly1305

from bot import keyring, logs
from bot.engine.state import State, decode
from bot.keyring import Keyring, unpadded
from bot.posting import SENT, open_letter
from storage import age, schema
from storage.age import Identity
from storage.credentials import Credentials
from storage.errors import StorageError
from storage.rows import LetterRow
from tests.demo_made import CODE

DATABASE = "quietline.db"
MONTHS = ("2026-10", "2026-11", "2026-12")
NONCE = 12
#: What is not bound to its row is bound to a word that says what it is.
WORDS = (b"trace",)

#: What each column tells as it lies there. `number` only orders rows as they came; that of a trace
#: is never given twice, so SQLite keeps the last one in a table of its own.
CLEAR: Mapping[str, Mapping[str, str]] = {
    "chats": {"number": "", "tag": "chat tag", "revision": "revision", "state": "size class"},
    "drafts": {
        "number": "",
        "case_id": "case id",
        "slot": "slot",
        "part": "slot",
        "day": "day",
        "sealed": "size class",
    },
    "timers": {"tag": "chat tag", "name": "timer", "due": "due time", "revision": "revision"},
    "letters": {
        "number": "",
        "key": "letter key",
        "tag": "chat tag",
        "day": "day",
        "sealed": "size class",
    },
    "traces": {"number": "counts", "tag": "chat tag", "day": "day", "sealed": ""},
    "codes": {
        "lookup": "code lookup",
        "salt": "salt and hash",
        "hash": "salt and hash",
        "expires": "last day",
        "sealed": "",
    },
    "seen": {"key": "event tag", "day": "day"},
    "return_keys": {"month": "month", "wrapped": ""},
    "fetches": {
        "key": "slot",
        "case_id": "case id",
        "tag": "chat tag",
        "blob": "blob id",
        "due": "due time",
        "tries": "counts",
        "day": "day",
        "sealed": "size class",
    },
    "blobs": {
        "id": "blob id",
        "key": "slot",
        "case_id": "case id",
        "day": "day",
        "size": "file size",
        "state": "whether it came",
    },
    "journal": {
        "sequence": "order",
        "case_id": "case id",
        "position": "order",
        "hash": "hashes and signature",
        "chain": "hashes and signature",
        "signature": "hashes and signature",
        "key": "reading key",
        "day": "day",
        "sealed": "size class",
    },
    "index_entries": {
        "sequence": "order",
        "case_id": "case id",
        "key": "reading key",
        "day": "day",
        "sealed": "",
    },
    "totals": {
        "one": "",
        "cases": "counts",
        "entries": "counts",
        "journal_sequence": "counts",
        "index_sequence": "counts",
    },
    "digests": {
        "number": "order",
        "day": "day",
        "sha256": "hashes",
        "heads": "hashes",
        "journal_sequence": "counts",
        "index_sequence": "counts",
    },
    "troubles": {"code": "trouble code", "since": "day", "last": "day", "count": "counts"},
    "mailed": {"recipient": "hash of a staff address", "number": "digest number"},
    "packets": {
        "number": "counts",
        "device": "device",
        "sequence": "counts",
        "case_id": "case id",
        "author": "staff name",
        "sha256": "hashes",
        "kind": "what staff asked for",
        "outcome": "what staff asked for",
        "day": "day",
    },
    "replies": {
        "id": "letter key",
        "case_id": "case id",
        "tag": "chat tag",
        "device": "device",
        "sequence": "counts",
        "day": "day",
        "attempting": "what staff asked for",
        "sealed": "size class",
    },
    "standings": {
        "case_id": "case id",
        "revision": "counts",
        "opened": "what staff asked for",
        "answered": "what staff asked for",
        "keep_until": "last day",
        "leaving": "whether it leaves",
        "asked": "whether it leaves",
        "due": "due time",
        "by": "whether it leaves",
        "held_until": "whether it leaves",
    },
    "erased": {"case_id": "case id", "device": "device", "day": "day"},
    "sqlite_sequence": {"name": "", "seq": "counts"},
}
#: What each field of an opened state tells.
STATE: Mapping[str, str] = {
    "form": "form",
    "version": "form",
    "sha256": "form",
    "revision": "revision",
    "mode": "position",
    "before": "position",
    "language": "language",
    "at": "position",
    "page": "position",
    "ticked": "ticked choices",
    "answered": "questions answered",
    "told": "position",
    "trail": "position",
    "open": "position",
    "codes": "routing codes",
    "iterations": "position",
    "consented": "position",
    "case": "case id",
    "key": "draft key",
    "sequence": "questions answered",
    "strikes": "position",
    "code": "code lookup",
    "link": "start link",
    "adds": "case id",
    "filed": "file number",
    "files": "questions answered",
    "numbers": "file number",
    "lost": "questions answered",
    "origins": "times of messages",
    "window": "position",
    "offered": "position",
    "unheard": "position",
}
#: What each field of an opened reply of staff tells.
REPLY: Mapping[str, str] = {
    "channel": "channel",
    "peer": "chat id",
    "language": "language",
    "text": "words of staff",
    "hours": "hours for a reply",
    "imprint": "imprint of a reply",
}
#: What each field of an opened claim to a file tells.
CLAIM: Mapping[str, str] = {
    "channel": "channel",
    "peer": "chat id",
    "depot": "channel",
    "media": "file reference, file name, file kind, file size",
    "language": "language",
    "key": "questions answered",
    "part": "questions answered",
    "sequence": "questions answered",
    "number": "file number",
    "compartment": "compartment",
    "form": "form",
    "began": "due time",
}
#: Everything else in a server's folder.
FILES: Mapping[str, str] = {
    "credentials": "server keys",
    "line": "public keys, sealed keys",
    "quietline.toml": "settings",
    "server.request": "public keys",
    "logs": "event codes",
    "outgoing": "sealed digests, mails owed",
    "blobs/": "sealed files, blob id, file size",
}


def place_of(path: Path) -> str:
    """Return the name of something in a server's folder; a folder may be called like a table."""
    return f"{path.name}/" if path.name in CLEAR else path.name


def facts_of(text: str) -> set[str]:
    """Return the kinds in a comma-separated list."""
    return {part.strip() for part in text.split(",") if part.strip()}


@dataclass
class Loot:
    """What a thief has: by place, the kinds of facts; and everything that could be opened."""

    kinds: dict[str, set[str]] = field(default_factory=dict)
    opened: list[bytes] = field(default_factory=list, repr=False)
    states: list[State] = field(default_factory=list)
    unopened: list[bytes] = field(default_factory=list, repr=False)  # age files


class Thief:
    """Holds a copy of a server's folder, its credentials among it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.credentials = Credentials.read(home / "credentials")
        self.keyring = Keyring(self.credentials)
        self.loot = Loot()
        self.keys = [
            self.credentials.master,
            self.credentials.identity.seed,
            self.credentials.packet.seed,
            *(self.credentials.derive(label) for label in labels()),
        ]

    def open_all(self) -> Loot:
        """Open all that opens, return keys and states first: there are more keys in them."""
        with closing(sqlite3.connect(self.home / DATABASE)) as database:
            database.row_factory = sqlite3.Row
            self.tables = {
                name: [dict(row) for row in database.execute(f"SELECT * FROM {name}")]  # noqa: S608 - our own tables
                for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type='table'")
                if name != "alembic_version"
            }
        assert set(self.tables) == set(CLEAR)
        for name in dict.fromkeys(("return_keys", "chats", *CLEAR)):
            self.loot.kinds[name] = self._table(name)
        for path in sorted(self.home.iterdir()):
            if not path.name.startswith(DATABASE):
                self.loot.kinds[place_of(path)] = self._file(path)
        return self.loot

    def confirms(self, channel: str, peer: str, event_id: str) -> bool:
        """Say whether a guessed event of a guessed chat can be told to have come."""
        guess = self.keyring.seen(channel, peer, event_id)
        return any(row["key"] == guess for row in self.tables["seen"])

    def stood(self, channel: str, peer: str) -> bool:
        """Say whether a guessed chat can be told to have been talked to of late."""
        guesses = [self.keyring.tag(channel, peer, month) for month in MONTHS]
        return any(row["tag"] in guesses for row in self.tables["traces"])

    def _table(self, name: str) -> set[str]:
        kinds: set[str] = set()
        for row in self.tables[name]:
            assert set(row) == set(CLEAR[name]), f"{name} has a column that nobody thought of"
            kinds |= {kind for kind in CLEAR[name].values() if kind}
            for value in row.values():
                kinds |= self._sealed(name, value, row) if isinstance(value, bytes) else set()
        return kinds

    def _sealed(self, name: str, value: bytes, row: Mapping[str, Any]) -> set[str]:
        """Try every key on a value, bound to every other value of its row or to nothing."""
        if value.startswith(b"age-encryption.org/v1"):
            return self.age_file(value)
        others = [v if isinstance(v, bytes) else str(v).encode() for v in row.values()]
        for key in self.keys:
            for bound in (None, b"", *WORDS, *others):
                for plain in unsealed(key, value, bound):
                    self.loot.opened.append(plain)
                    return self._understood(name, plain, row)
        return set()

    def age_file(self, sealed: bytes) -> set[str]:
        """Try every secret of 32 bytes as the seed of an age identity."""
        seeds = [Identity.from_seed(key) for key in dict.fromkeys(self.keys) if len(key) == 32]
        try:
            plain = age.open(sealed, [self.credentials.packet, *seeds])
        except StorageError:
            self.loot.unopened.append(sealed)
            return set()
        self.loot.opened.append(plain)
        return {"a person's words"}

    def _understood(self, name: str, plain: bytes, row: Mapping[str, Any]) -> set[str]:
        match name:
            case "chats" | "letters":
                return self._state(plain) if name == "chats" else self._letter(row)
            case "codes":
                return {{"case": "case id", "tag": "chat tag"}[key] for key in json.loads(plain)}
            case "replies":
                return {REPLY[key] for key in json.loads(unpadded(plain))}
            case "drafts":
                return {"compartment", *self.age_file(plain[64:])}
            case "fetches":
                return self._claim(plain)
            case _:
                return {self._small(name, plain)}

    def _small(self, name: str, plain: bytes) -> str:
        """Return what one value by itself is."""
        if name == "return_keys":
            self.keys.append(plain)
            return "return key"
        if name == "traces" and plain.startswith(SENT.encode()):
            return "language"
        traced = name == "traces" and plain.rstrip(b"\0").isdigit()
        return "message number" if traced else "something nobody thought of"

    def _state(self, plain: bytes) -> set[str]:
        whole = unpadded(plain)
        size = int.from_bytes(whole[:4])
        assert len(json.loads(whole[4 : 4 + size])) == 2
        state = decode(whole[4 + size :])
        assert {f.name for f in fields(State)} == set(STATE), "a field that nobody thought of"
        self.loot.states.append(state)
        self.keys.append(state.key)
        return {"channel", "chat id", *STATE.values()}

    def _letter(self, row: Mapping[str, Any]) -> set[str]:
        values = {name: row[name] for name in ("number", "key", "tag", "sealed")}
        post = open_letter(self.keyring, LetterRow(**values))
        kinds = {"channel", "chat id", "language", "text of the line", "ticked choices", "revision"}
        if post.message.removes or post.message.replaces:
            kinds.add("message number")
        return kinds | ({"case code"} if CODE.search(post.message.text) else set())

    def _claim(self, plain: bytes) -> set[str]:
        told = json.loads(unpadded(plain))
        assert set(told) == set(CLAIM), "a field that nobody thought of"
        return set().union(*(facts_of(CLAIM[name]) for name, value in told.items() if value != ""))

    def _file(self, path: Path) -> set[str]:
        inside = [p for p in path.rglob("*") if p.is_file()] if path.is_dir() else [path]
        for file in inside:
            if file.suffix == ".age":
                assert self.age_file(file.read_bytes()) == set()
            if file.suffix == ".log":
                for line in file.read_text().splitlines():
                    assert set(json.loads(line)) <= {"level", "event", "library", *logs.FIELDS}
        return facts_of(FILES[place_of(path)]) if inside else set()


def labels() -> Iterator[str]:
    """Find what keys are derived for, as the code says it."""
    tree = ast.parse(Path(keyring.__file__).read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("derive"):
            label = node.args[0]
            if isinstance(label, ast.Constant):
                yield str(label.value)
            else:
                yield from (f"tag {month}" for month in MONTHS)


def unsealed(key: bytes, value: bytes, bound: bytes | None) -> Iterator[bytes]:
    """Yield what a value says under a key, if it was sealed so."""
    if len(key) != 32 or len(value) < NONCE + 16:
        return
    for kind in (ChaCha20Poly1305, AESGCMSIV):
        try:
            yield kind(key).decrypt(value[:NONCE], value[NONCE:], bound)
        except (InvalidTag, ValueError):
            continue


def columns() -> dict[str, set[str]]:
    """Return the columns of every table, as the schema has them, and of SQLite's own."""
    ours = {table.name: set(table.columns.keys()) for table in schema.metadata.sorted_tables}
    return {**ours, "sqlite_sequence": {"name", "seq"}}
