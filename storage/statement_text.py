"""The text of `line.toml`: written one way only, and read strictly.

Rules of this file: shape only. `render` writes the same text for the same values; `parse` refuses
a missing, unknown or unfitting field by its key, and a key that is not post-quantum. Whether a
statement may be *used* is decided in `storage.line`.
"""

import hashlib
import re

import tomli_w

from storage.age import Recipient
from storage.errors import MixedRecipients, NoRecovery
from storage.fields import FORMAT, Table
from storage.quarter import Quarter
from storage.signature import VerifyKey
from storage.statement import KEY_ID, RIGHTS, FormPin, Line, ReadingKey, ServerKeys, Staff

FILE = "line.toml"
MAX_EPOCH = 10**9
MAX_MONTHS = 1200
CLASSIC = re.compile(r"age1(?!pq1)[a-z0-9]+", re.ASCII | re.IGNORECASE)
HEAD = "# The line's statement, signed by its root in line.toml.sig. Made by quietline-desk.\n\n"


def render(line: Line) -> str:
    """Write the statement as TOML, the same text for the same values."""
    values: dict[str, object] = {
        "quietline": FORMAT,
        "name": line.name,
        "epoch": line.epoch,
        "issued": line.issued,
        "expires": line.expires,
        "previous": line.previous,
        "throwaway": line.throwaway,
        "retention_months": line.retention_months,
        "return_months": line.return_months,
        "root": str(line.root),
        "recovery": str(line.recovery),
    }
    if line.server is not None:
        values["server"] = {
            "identity": str(line.server.identity),
            "packet": str(line.server.packet),
        }
    values |= {
        "channels": dict(sorted(line.channels.items())),
        "forms": {
            name: {"version": pin.version, "sha256": pin.sha256}
            for name, pin in sorted(line.forms.items())
        },
        "texts": dict(sorted(line.texts.items())),
        "consent": dict(sorted(line.consent.items())),
        "staff": [_staff_fields(one) for one in line.staff],
        "reading_keys": [_key_fields(key) for key in line.reading_keys],
    }
    filled = {key: value for key, value in values.items() if value not in ({}, [])}
    return HEAD + tomli_w.dumps(filled)


def _staff_fields(one: Staff) -> dict[str, object]:
    return {
        "name": one.name,
        "rights": list(one.rights),
        "compartments": list(one.compartments),
        "signing": str(one.signing),
        "reading": str(one.reading),
    }


def _key_fields(key: ReadingKey) -> dict[str, object]:
    return {"id": key.id, "since": key.since, "until": key.until, "recipient": str(key.recipient)}


def parse(text: str) -> Line:
    """Read `line.toml`.

    Raises:
        FieldError: the text is not TOML, or a field is missing, unknown or of another kind.
        MixedRecipients: a key is a classic one.
        NoRecovery: there is no recovery identity.
    """
    table = Table.parse(text, file=FILE)
    if table.values.get("recovery", "") == "":
        raise NoRecovery
    line = Line(
        name=table.text("name"),
        epoch=table.number("epoch", low=1, high=MAX_EPOCH),
        issued=table.day("issued"),
        expires=table.day("expires"),
        previous=table.sha256("previous", blank=True),
        throwaway=table.flag("throwaway"),
        retention_months=table.number("retention_months", low=1, high=MAX_MONTHS),
        return_months=table.number("return_months", low=0, high=MAX_MONTHS),
        root=verify_key(table, "root"),
        recovery=recipient(table, "recovery"),
        server=_server(table.table("server")) if table.has("server") else None,
        channels=table.mapping("channels", Table.text),
        forms=table.mapping("forms", form_pin),
        texts=table.mapping("texts", Table.sha256),
        consent=table.mapping("consent", Table.sha256),
        staff=tuple(_staff(one) for one in table.tables("staff")),
        reading_keys=tuple(_reading_key(one) for one in table.tables("reading_keys")),
        source=hashlib.sha256(text.encode()).hexdigest(),
    )
    table.end()
    return line


def verify_key(table: Table, key: str) -> VerifyKey:
    """Read a field that holds a signing key's public half."""
    return table.key(key, VerifyKey.parse, "a public key like ssh-ed25519 AAAA...")


def recipient(table: Table, key: str) -> Recipient:
    """Read a field that holds a post-quantum recipient, and refuse a classic one by its name."""
    if CLASSIC.fullmatch(str(table.values.get(key))):
        raise MixedRecipients(table.path + key)
    return table.key(key, Recipient.parse, "a post-quantum recipient like age1pq1...")


def form_pin(table: Table, key: str) -> FormPin:
    """Read a form's version and hash."""
    pin = table.table(key)
    value = FormPin(version=pin.text("version"), sha256=pin.sha256("sha256"))
    pin.end()
    return value


def _server(table: Table) -> ServerKeys:
    keys = ServerKeys(identity=verify_key(table, "identity"), packet=recipient(table, "packet"))
    table.end()
    return keys


def _staff(table: Table) -> Staff:
    one = Staff(
        name=table.word("name"),
        rights=table.words("rights"),
        compartments=table.words("compartments"),
        signing=verify_key(table, "signing"),
        reading=recipient(table, "reading"),
    )
    if not set(one.rights) <= set(RIGHTS):
        raise table.wrong("rights", "some of " + ", ".join(RIGHTS))
    table.end()
    return one


def _reading_key(table: Table) -> ReadingKey:
    match = KEY_ID.fullmatch(table.take("id", str, "a text like 2026Q4.1-general"))
    if match is None or match[1].startswith("0000"):
        raise table.wrong("id", "a text like 2026Q4.1-general")
    quarter, serial, compartment = Quarter.parse(match[1]), int(match[2]), match[3]
    key = ReadingKey(
        id=match[0],
        quarter=str(quarter),
        serial=serial,
        compartment=compartment,
        since=table.day("since"),
        until=table.day("until"),
        recipient=recipient(table, "recipient"),
    )
    if not quarter.first <= key.since <= key.until <= quarter.last:
        raise table.wrong("since", "days inside the key's quarter")
    table.end()
    return key
