"""A person's own key, in a file on their own computer, and the join that tells others of it.

Rules of this file: the secret leaves the computer in no form; what travels is the join, public
halves only. The key file is a standard age file under a passphrase (scrypt) that holds an age
identity file: `age -d -i key.age FILE` opens with it, and the signing seed stands in a comment.
With --throwaway the same text lies open, for trying out.
"""

import contextlib
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Self

import tomli_w

from desk.cards import wordlist
from desk.errors import (
    BadKeyFile,
    DeskTaken,
    MistypedWords,
    NoKeyFile,
    NotSixWords,
    NotYourWords,
    WrongName,
)
from storage import disk
from storage.age import Identity, Recipient, open_with_passphrase, seal_with_passphrase
from storage.errors import StorageError, WrongPassphrase
from storage.fields import FORMAT, WORD, Table
from storage.parties import recipient, verify_key
from storage.signature import SigningKey, VerifyKey

SEALED = "key.age"
OPEN = "key.txt"
MAX_KEY_FILE = 1 << 16
PASSPHRASE_WORDS = 6  # 66 bits, behind scrypt 2^18 (0.9 s a guess)
RESERVED = "recovery"
LINES = {
    "name": re.compile(r"^# name: ([a-z0-9-]+)$", re.MULTILINE),
    "seed": re.compile(r"^# ed25519 seed: ([0-9a-f]{64})$", re.MULTILINE),
    "identity": re.compile(r"^(AGE-SECRET-KEY-PQ-1[0-9A-Z]+)$", re.MULTILINE),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffKey:
    """What one person reads and signs with."""

    name: str
    reading: Identity = field(repr=False)
    signing: SigningKey = field(repr=False)

    @classmethod
    def make(cls, name: str) -> Self:
        """Make a new key for a person.

        Raises:
            WrongName: the name cannot stand in a statement.
        """
        if WORD.fullmatch(name) is None or name == RESERVED:
            raise WrongName(name)
        return cls(name=name, reading=Identity.generate(), signing=SigningKey.generate())


@dataclass(frozen=True, kw_only=True, slots=True)
class Join:
    """What a person sends to the root's holder to be put on the staff."""

    name: str
    signing: VerifyKey
    reading: Recipient
    throwaway: bool


def render(key: StaffKey, *, made: date) -> str:
    """Write the key as an age identity file."""
    return (
        "# Quietline staff key; whoever has it reads what this person reads\n"
        f"# name: {key.name}\n"
        f"# created: {made}\n"
        f"# public key: {key.reading.recipient}\n"
        f"# signs as: {key.signing.public}\n"
        f"# ed25519 seed: {key.signing.seed.hex()}\n"
        f"{key.reading.secret()}\n"
    )


def parse(text: str, *, file: Path) -> StaffKey:
    """Read an opened key file; each of its parts must stand in it once.

    Raises:
        BadKeyFile: it is another kind of file.
    """
    found = {part: pattern.findall(text) for part, pattern in LINES.items()}
    if any(len(values) != 1 for values in found.values()):
        raise BadKeyFile(file)
    try:
        return StaffKey(
            name=found["name"][0],
            reading=Identity.parse(found["identity"][0]),
            signing=SigningKey.from_seed(bytes.fromhex(found["seed"][0])),
        )
    except (StorageError, ValueError):
        raise BadKeyFile(file) from None


def new_passphrase() -> str:
    """Return six words drawn from the cards' list."""
    return "-".join(secrets.choice(wordlist()) for _ in range(PASSPHRASE_WORDS))


def spelled(typed: str) -> str:
    """Return typed words as the passphrase is written, whatever their case and spaces."""
    return "-".join(re.findall(r"[a-z]+", typed.lower()))


def save(desk: Path, key: StaffKey, *, passphrase: str | None, made: date) -> Path:
    """Put the key into a desk that has none; without passphrase it lies open.

    Raises:
        DeskTaken: there is a key already.
    """
    refuse_taken(desk)
    disk.make_folder(desk)
    text = render(key, made=made).encode()
    path = desk / (OPEN if passphrase is None else SEALED)
    disk.write(path, text if passphrase is None else seal_with_passphrase(text, passphrase))
    return path


def refuse_taken(desk: Path) -> None:
    """Refuse a desk that has a key."""
    if any((desk / name).exists() for name in (SEALED, OPEN)):
        raise DeskTaken(desk)


def require(desk: Path) -> None:
    """Refuse a desk that has no key, before its words are asked for.

    Raises:
        NoKeyFile: it has none.
    """
    if not any((desk / name).exists() for name in (SEALED, OPEN)):
        raise NoKeyFile(desk)


def set_aside(desk: Path) -> Path | None:
    """Move a key whose passphrase is lost out of the way; it may be remembered yet."""
    path = desk / SEALED
    if not path.exists():
        return None
    number = 1 + sum(1 for _ in desk.glob("key.lost-*.age"))
    return path.rename(desk / f"key.lost-{number}.age")


def load(desk: Path, ask: Callable[[], str]) -> StaffKey:
    """Return the desk's key; `ask` is called for the passphrase where there is one.

    Raises:
        NoKeyFile: the desk has no key. NotYourWords: the words are others.
        NotAnAgeFile, DamagedFile, BadKeyFile: the file is not what was written.
    """
    sealed, plain = desk / SEALED, desk / OPEN
    if sealed.exists():
        return parse(_open(_read(sealed), ask()), file=sealed)
    if plain.exists():
        return parse(_text(_read(plain), plain), file=plain)
    raise NoKeyFile(desk)


def is_throwaway(desk: Path) -> bool:
    """Tell whether the desk's key lies open."""
    return not (desk / SEALED).exists() and (desk / OPEN).exists()


def _open(sealed: bytes, typed: str) -> str:
    """Open with the words, however they were typed; else with exactly what was typed."""
    words = spelled(typed)
    for one in dict.fromkeys(filter(None, (words, typed))):
        with contextlib.suppress(WrongPassphrase):
            return _text(open_with_passphrase(sealed, one), Path(SEALED))
    raise _wrong(words.split("-") if words else [])


def _wrong(words: Sequence[str]) -> NotYourWords:
    """Say what is wrong with words that do not open.

    It looks at what was typed and at the public list, never at the key: whoever guesses at a
    stolen file learns what the list tells. No word is named, only its place: one letter away, it
    would stand on the screen.
    """
    if len(words) != PASSPHRASE_WORDS:
        return NotSixWords(len(words))
    known = frozenset(wordlist())
    strange = [str(place) for place, word in enumerate(words, 1) if word not in known]
    if not strange:
        return NotYourWords()
    if len(strange) == 1:
        return MistypedWords(f"word {strange[0]} is")
    return MistypedWords(f"words {', '.join(strange[:-1])} and {strange[-1]} are")


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_KEY_FILE)


def _text(data: bytes, file: Path) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise BadKeyFile(file) from None


def write_join(desk: Path, key: StaffKey, *, throwaway: bool) -> Path:
    """Write the person's `NAME.join` into the desk."""
    path = desk / f"{key.name}.join"
    text = tomli_w.dumps(
        {
            "quietline": FORMAT,
            "name": key.name,
            "throwaway": throwaway,
            "signing": str(key.signing.public),
            "reading": str(key.reading.recipient),
        }
    )
    disk.write(path, text.encode())
    return path


def parse_join(text: str, *, file: str) -> Join:
    """Read a join.

    Raises:
        FieldError: the text is not one. WrongName: the name cannot stand in a statement.
        MixedRecipients: the reading key is a classic one.
    """
    table = Table.parse(text, file=file)
    join = Join(
        name=table.word("name"),
        throwaway=table.flag("throwaway"),
        signing=verify_key(table, "signing"),
        reading=recipient(table, "reading"),
    )
    table.end()
    if join.name == RESERVED:
        raise WrongName(join.name)
    return join
