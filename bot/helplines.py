"""Emergency and help lines by country, from a file that the organisation edits and verifies.

Only rows with `verified_by_org` are ever shown; a country of origin gets no police number at all.
Nothing is taken from a software library: public tables contradict each other (domain FND-8).
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import BadHelplines

COLUMNS = (
    "country",
    "emergency_police",
    "crisis_line",
    "asylum_help",
    "police_caution",
    "origin",
    "source",
    "checked_on",
    "verified_by_org",
)
#: The texts with an emergency number.
EMERGENCY = frozenset({"lines-row", "lines-caution"})
_BOOLEANS = {"true": True, "false": False, "": False}


@dataclass(frozen=True, kw_only=True, slots=True)
class Helpline:
    """What is known for one country."""

    country: str
    emergency: str
    crisis: str
    help: str
    caution: bool
    origin: bool
    checked: str
    verified: bool


def parse(text: str) -> Mapping[str, Helpline]:
    """Return the rows of a helplines file by country code; raises BadHelplines."""
    reader = csv.DictReader(io.StringIO(text))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        message = f"line 1: the columns are to be {', '.join(COLUMNS)}"
        raise BadHelplines(message)
    found: dict[str, Helpline] = {}
    for number, row in enumerate(reader, start=2):
        found[row["country"]] = _row(number, row)
    return found


def _row(number: int, row: dict[str, str]) -> Helpline:
    for name in ("police_caution", "origin", "verified_by_org"):
        if row[name] not in _BOOLEANS:
            message = f"line {number}: {name} is to be true or false"
            raise BadHelplines(message)
    verified = _BOOLEANS[row["verified_by_org"]]
    if verified and not row["checked_on"]:
        message = f"line {number}: a verified row needs the day it was checked, in checked_on"
        raise BadHelplines(message)
    caution = _BOOLEANS[row["police_caution"]]
    if verified and caution and row["emergency_police"] and not row["asylum_help"]:
        message = f"line {number}: where police_caution is true, asylum_help says whom to ask first"
        raise BadHelplines(message)
    return Helpline(
        country=row["country"],
        emergency=row["emergency_police"],
        crisis=row["crisis_line"],
        help=row["asylum_help"],
        caution=caution,
        origin=_BOOLEANS[row["origin"]],
        checked=row["checked_on"],
        verified=verified,
    )


def crisis(line: Helpline | None) -> tuple[str, Mapping[str, str]]:
    """Return the text to show to somebody who may hurt themselves; never an emergency number."""
    if line is not None and line.origin:
        return "crisis-origin", {}
    if line is None or not line.verified or not line.crisis:
        return "crisis-none", {}
    return "lines-crisis", {"number": line.crisis, "date": line.checked}


def sentences(line: Helpline | None) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """Return the texts (id, arguments) to show for a country; the country's name is added."""
    if line is not None and line.origin:
        return (("lines-origin", {}),)
    if line is None or not line.verified:
        return (("lines-none", {}),)
    said: list[tuple[str, Mapping[str, str]]] = []
    if line.emergency:
        args = {"number": line.emergency, "date": line.checked}
        if line.caution:
            said.append(("lines-caution", {**args, "help": line.help}))
        else:
            said.append(("lines-row", args))
    if line.crisis:
        said.append(("lines-crisis", {"number": line.crisis, "date": line.checked}))
    return tuple(said) or (("lines-none", {}),)
