"""What changed between two statements, in words: what the root's holder reads before signing.

Rules of this file: every field of a statement that can change is spoken of (a test walks the
fields), one sentence a change, and keys are shown by their fingerprints. Nothing is decided here.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

from storage.age import Recipient
from storage.signature import VerifyKey, fingerprint
from storage.statement import Former, FormPin, Line, ReadingKey, Staff

SHOWN = 16  # hexadecimal digits of a hash: enough to compare by eye with another screen

T = TypeVar("T")


def difference(old: Line | None, new: Line) -> list[str]:
    """Return the changes from the old statement to the new one, a sentence each."""
    if old is None:
        return [f"This is the first statement of {new.name}.", *_whole(new)]
    return [
        *_basics(old, new),
        *_server(old, new),
        *_staff(old, new),
        *_former(old, new),
        *_reading_keys(old, new),
        *_named("Channel", old.channels, new.channels, lambda handle: handle),
        *_named("Form", old.forms, new.forms, _pin),
        *_named("Texts", old.texts, new.texts, _short),
        *_named("Consent text", old.consent, new.consent, _short),
    ]


def person(signing: VerifyKey, reading: Recipient) -> str:
    """Return the fingerprint of a person's two public keys together."""
    return fingerprint(signing.raw + reading.public)


def _whole(new: Line) -> list[str]:
    return [
        f"The root is {fingerprint(new.root)}.",
        f"The recovery identity is {fingerprint(new.recovery.public)}.",
        f"Cases are kept for {new.retention_months} months.",
        f"Return addresses live {new.return_months} months.",
        *(["It is a throw-away line, for trying out."] if new.throwaway else []),
    ]


def _basics(old: Line, new: Line) -> list[str]:
    said = []
    if old.name != new.name:
        said.append(f"The line's name becomes {new.name}; it was {old.name}.")
    if old.root != new.root:
        said.append(f"THE ROOT BECOMES {fingerprint(new.root)}; no server or desk will take this.")
    if old.recovery != new.recovery:
        said.append(f"The recovery identity becomes {fingerprint(new.recovery.public)}.")
    if old.throwaway != new.throwaway:
        said.append(f"The line {'becomes' if new.throwaway else 'is no longer'} a throw-away one.")
    if old.retention_months != new.retention_months:
        said.append(
            f"Cases are kept for {new.retention_months} months; it was {old.retention_months}."
        )
    if old.return_months != new.return_months:
        said.append(
            f"Return addresses live {new.return_months} months; it was {old.return_months}."
        )
    if old.expires != new.expires:
        said.append(f"The statement is valid to {new.expires}; it was {old.expires}.")
    return said


def _server(old: Line, new: Line) -> list[str]:
    if old.server == new.server:
        return []
    if new.server is None:
        return ["The server's keys are taken out: no server can speak for the line."]
    identity, packet = new.server.identity, new.server.packet
    verb = "is" if old.server is None else "BECOMES"
    return [
        f"The server's identity {verb} {fingerprint(identity)}.",
        f"The server's packet key {verb} {fingerprint(packet.public)}.",
    ]


def _staff(old: Line, new: Line) -> list[str]:
    said = [f"{one.name} leaves the staff." for one in old.staff if new.person(one.name) is None]
    for one in new.staff:
        before = old.person(one.name)
        if before is None:
            said.append(
                f"{one.name} joins the staff ({_may(one)}), fingerprint"
                f" {person(one.signing, one.reading)}."
            )
        elif before != one:
            if (before.signing, before.reading) != (one.signing, one.reading):
                said.append(
                    f"{one.name} HAS OTHER KEYS, fingerprint {person(one.signing, one.reading)}."
                )
            if _may(before) != _may(one):
                said.append(f"{one.name} {_may(one)}; before: {_may(before)}.")
    return said


def _former(old: Line, new: Line) -> list[str]:
    said = [
        f"What {_signed(one)} counts up to {one.until}."
        for one in new.former
        if one not in old.former
    ]
    said += [
        f"WHAT {_signed(one)} COUNTS NO MORE, whenever it came."
        for one in old.former
        if one not in new.former
    ]
    return said


def _signed(one: Former) -> str:
    rights = ", ".join(one.rights) or "nothing"
    return f"{one.name} signed with the right to {rights} ({fingerprint(one.signing)})"


def _may(one: Staff) -> str:
    rights = ", ".join(one.rights) or "nothing"
    compartments = ", ".join(one.compartments) or "no compartment"
    return f"may {rights}; holds {compartments}"


def _reading_keys(old: Line, new: Line) -> list[str]:
    said = []
    for key in new.reading_keys:
        before = old.key(key.id)
        if before is None:
            said.append(f"Reading key {_days(key)} is new.")
        elif before != key:
            said.append(f"READING KEY {_days(key)} IS CHANGED.")
    said += [
        f"Reading key {key.id} is retired: nothing new is sealed to it, and its file is erased."
        for key in old.reading_keys
        if new.key(key.id) is None
    ]
    return said


def _days(key: ReadingKey) -> str:
    return f"{key.id} ({key.since} to {key.until}, {fingerprint(key.recipient.public)})"


def _named(
    what: str, old: Mapping[str, T], new: Mapping[str, T], show: Callable[[T], str]
) -> list[str]:
    said = []
    for name in sorted({*old, *new}):
        if name not in new:
            said.append(f"{what} {name} is taken out.")
        elif name not in old:
            said.append(f"{what} {name} is {show(new[name])}.")
        elif old[name] != new[name]:
            said.append(f"{what} {name} becomes {show(new[name])}; it was {show(old[name])}.")
    return said


def _pin(pin: FormPin) -> str:
    return f"version {pin.version} ({_short(pin.sha256)})"


def _short(sha256: str) -> str:
    return f"SHA-256 {sha256[:SHOWN]}..."
