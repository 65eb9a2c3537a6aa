"""From one statement to the next: what changes is shown, the root card is asked for, it is signed.

Rules of this file: no other place signs a statement. The card is asked for after the change was
shown, lives in memory for one signature, and must be the card of this line's root. What is written
is first read back and checked as a server would.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from desk import cards
from desk.cards import Kind
from desk.errors import CardError, ForeignCard, NoLine, WrongWordCount
from desk.terminal import Terminal
from storage import folder
from storage.age import Identity
from storage.line import Line, authenticate, difference, follow, parse, render, sign
from storage.signature import SigningKey

TRIES = 5
MAX_CARD_FILE = 1 << 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What the next statement says otherwise, and the files of the keys it names first."""

    line: Line
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def current(line_folder: Path) -> Line:
    """Return the line folder's statement, signed by the root in the folder; it may have expired."""
    root = folder.read_root(line_folder)
    if root is None:
        raise NoLine(line_folder)
    signed = folder.read(line_folder)
    return authenticate(signed.text, signed.signature, root=root)


def next_line(line: Line, *, today: date) -> Line:
    """Return the statement that follows, still saying the same."""
    return replace(line, epoch=line.epoch + 1, issued=today, previous=line.sha256, source="")


def sign_change(
    line_folder: Path, old: Line, change: Change, *, terminal: Terminal, card: Path | None
) -> bool:
    """Show the change, ask for the root card, sign and write; return whether there was a change.

    Raises:
        FieldError: a new value cannot stand in a statement.
        CardError: no card, or another's. Nothing has been written in either case.
    """
    new = replace(change.line, expires=change.line.last_day())
    rehearse(new)
    changes = difference(old, new)
    if not changes:
        terminal.say("Nothing changes, so nothing is signed.")
        return False
    terminal.say(f"Statement {new.epoch} of {new.name} will say:")
    for sentence in changes:
        terminal.say(f"  - {sentence}")
    root = ask_root(old, terminal=terminal, card=card)
    write_signed(line_folder, new, root, last=old, files=change.files)
    terminal.say(f"Signed. Servers take it by: quietline line load {line_folder}")
    return True


def rehearse(line: Line) -> None:
    """Refuse values that no reader of the statement would take, before anybody signs them."""
    parse(render(line))


def write_signed(
    line_folder: Path,
    new: Line,
    root: SigningKey,
    *,
    last: Line | None,
    files: Mapping[str, bytes],
) -> None:
    """Sign a statement, check it as its readers will, and put it into the folder."""
    signed = signed_by(root, new)
    if last is not None:
        follow(authenticate(signed.text, signed.signature, root=last.root), last)
    folder.write(line_folder, signed, files)


def signed_by(root: SigningKey, new: Line) -> folder.Signed:
    """Return the statement with its signature, checked against the root it names."""
    text = render(new)
    signature = sign(text, root)
    authenticate(text, signature, root=new.root)
    return folder.Signed(text=text, signature=signature)


def ask_root(line: Line, *, terminal: Terminal, card: Path | None) -> SigningKey:
    """Return the root from its card.

    Raises:
        ForeignCard: the card is another line's, or the recovery card.
    """

    def fits(seed: bytes) -> bool:
        return SigningKey.from_seed(seed).public == line.root

    return SigningKey.from_seed(ask_card(Kind.ROOT, fits, terminal=terminal, card=card))


def ask_recovery(line: Line, *, terminal: Terminal, card: Path | None) -> Identity:
    """Return the recovery identity from its card.

    Raises:
        ForeignCard: the card is another line's, or the root card.
    """

    def fits(seed: bytes) -> bool:
        return Identity.from_seed(seed).recipient == line.recovery

    return Identity.from_seed(ask_card(Kind.RECOVERY, fits, terminal=terminal, card=card))


def ask_card(
    kind: Kind, fits: Callable[[bytes], bool], *, terminal: Terminal, card: Path | None
) -> bytes:
    """Return the seed of a card, from its file or typed; a slip of the pen is asked for again.

    Raises:
        CardError: the file is not this card, or it was not typed right in five tries.
        NoInput: nobody typed.
    """
    if card is not None:
        with card.open("rb") as file:
            text = file.read(MAX_CARD_FILE).decode(errors="replace")
        seed = cards.find(text, kind, file=str(card))
        if not fits(seed):
            raise ForeignCard(kind.value)
        return seed
    for _ in range(TRIES - 1):
        try:
            return _typed(kind, fits, terminal)
        except CardError as error:
            terminal.say(f"{error} Please type the whole card again.")
    return _typed(kind, fits, terminal)


def _typed(kind: Kind, fits: Callable[[bytes], bool], terminal: Terminal) -> bytes:
    words: tuple[str, ...] = ()
    while len(words) < cards.COUNT:
        place = f"from word {len(words) + 1}" if words else "a row at a time, or all at once"
        row = terminal.ask_hidden(f"Words of the {kind.value} card ({place}):")
        spelled = cards.spell(row, first=len(words) + 1)
        if not spelled:
            raise WrongWordCount(len(words))
        words += spelled
    seed = cards.seed_of(" ".join(words))
    if not fits(seed):
        raise ForeignCard(kind.value)
    return seed
