"""Whether a statement may be used: signed, ours, whole, in time, and the next of its chain.

Rules of this file: each refusal is its own error with its own sentence, and all of them are
decided before a statement is used for anything. `authenticate` asks who says it and whether it
makes sense; `follow` asks whether it continues the last one seen; `valid` asks about the day;
`check` asks all three. A desk that reads old cases needs no valid day; the bot needs everything.

Source of the signature's format: OpenSSH PROTOCOL.sshsig, checked by stock `ssh-keygen -Y verify`.
"""

from collections import Counter
from datetime import date

from storage.difference import difference
from storage.errors import (
    BadSignature,
    BrokenChain,
    Duplicate,
    ExpiredLine,
    ForeignRoot,
    NoReadingKey,
    NoReadingKeys,
    OlderLine,
    StorageError,
    UnsignedLine,
    WrongExpiry,
)
from storage.signature import SigningKey, VerifyKey, verify
from storage.statement import (
    GENERAL,
    Former,
    FormPin,
    Line,
    ReadingKey,
    ServerKeys,
    Staff,
    parse,
    render,
)

__all__ = [
    "GENERAL",
    "NAMESPACE",
    "FormPin",
    "Former",
    "Line",
    "ReadingKey",
    "ServerKeys",
    "Staff",
    "authenticate",
    "check",
    "difference",
    "follow",
    "parse",
    "render",
    "sign",
    "valid",
]

NAMESPACE = "quietline-line@v1"


def sign(text: str, root: SigningKey) -> str:
    """Return the root's armoured signature over the statement's text."""
    return root.sign(text.encode(), NAMESPACE)


def check(
    text: str, signature: str, *, root: VerifyKey, today: date, last: Line | None = None
) -> Line:
    """Return the statement if it may be used today.

    Raises:
        LineError: it may not; the class says why.
        FieldError: the text is not a statement.
    """
    line = authenticate(text, signature, root=root)
    if last is not None:
        follow(line, last)
    valid(line, today)
    return line


def authenticate(text: str, signature: str, *, root: VerifyKey) -> Line:
    """Return the statement if this root signed it and it does not contradict itself.

    Raises:
        ForeignRoot: another root signed it, or it names another.
        UnsignedLine: the signature is not one over this text.
        Duplicate: a name or a key stands in it twice.
        WrongExpiry: it claims another last day than its keys have.
    """
    try:
        verify(text.encode(), signature, NAMESPACE, [root])
    except BadSignature:
        raise (ForeignRoot if _signed_by_its_own_root(text, signature) else UnsignedLine) from None
    line = parse(text)
    if line.root != root:
        raise ForeignRoot
    _once(line)
    if line.expires != line.last_day():
        raise WrongExpiry(line.expires, line.last_day())
    return line


def follow(line: Line, last: Line) -> None:
    """Refuse a statement that does not come after the last one seen; the same one is welcome.

    A statement in between may have been missed; then the root's signature alone speaks.

    Raises:
        ForeignRoot: it is of another line.
        OlderLine: an earlier number.
        BrokenChain: the same number with another text, or the next that does not name the last.
    """
    if line.root != last.root:
        raise ForeignRoot
    if line.epoch < last.epoch:
        raise OlderLine(line.epoch, last.epoch)
    forked = line.epoch == last.epoch and line.sha256 != last.sha256
    torn = line.epoch == last.epoch + 1 and line.previous != last.sha256
    if forked or torn:
        raise BrokenChain(line.epoch)


def valid(line: Line, today: date) -> None:
    """Refuse a statement whose days are over, or that has no key to seal to today.

    Raises:
        ExpiredLine: the last quarter has ended.
        NoReadingKeys: no key of the general compartment serves today.
    """
    if not line.reading_keys:
        raise NoReadingKeys(today)
    if today > line.expires:
        raise ExpiredLine(line.expires)
    try:
        line.reading_key(today, GENERAL)
    except NoReadingKey:
        raise NoReadingKeys(today) from None


def _signed_by_its_own_root(text: str, signature: str) -> bool:
    try:
        verify(text.encode(), signature, NAMESPACE, [parse(text).root])
    except StorageError:
        return False
    return True


def _once(line: Line) -> None:
    """Refuse names and keys that stand in the statement twice, in whatever part of it."""
    names = Counter(f"the staff name {one.name}" for one in line.staff)
    names.update(f"the reading key {key.id}" for key in line.reading_keys)
    keys = {"the recovery identity": line.recovery.public}
    for one in line.staff:
        keys[f"the reading key of {one.name}"] = one.reading.public
        keys[f"the signing key of {one.name}"] = one.signing.raw
    for key in line.reading_keys:
        keys[f"the recipient of {key.id}"] = key.recipient.public
    keys["the root key"] = line.root.raw
    if line.server is not None:
        keys["the server's identity"] = line.server.identity.raw
        keys["the server's packet key"] = line.server.packet.public
    twice = next((name for name, count in names.items() if count > 1), None)
    used = Counter(keys.values())
    twice = twice or next((name for name, key in keys.items() if used[key] > 1), None)
    if twice is not None:
        raise Duplicate(twice)
