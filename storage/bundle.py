"""What a bundle holds: a line folder, all journals, and which heads each digest has witnessed.

Rules of this file: names and documents of a bundle's members, to bytes and back; making one is
`bot.digest`, believing one is the desk's. A bundle is a plain tar (see `storage.archive`), its
members in this order: `line/line.toml`, `line/line.toml.sig`, `line/keys/ID.age`, `heads.json`,
`tombstones.json`, `outcomes.json` (see `storage.tombstone`; older bundles have neither), and for
each entry `journal/CASE/POSITION.age` and `.json`, by case and position.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from storage.archive import Member
from storage.chain import START, heads_value
from storage.document import Document, write
from storage.entry import CASE
from storage.errors import WrongBundle
from storage.rows import CaseId, Head, JournalRow

NAMESPACE = "quietline-bundle@v1"
STATEMENT = "line/line.toml"
SIGNATURE = "line/line.toml.sig"
KEYS = "line/keys/"
HEADS = "heads.json"
JOURNAL = "journal/"
MAX_POSITION = 999_999  # six digits
HASH = 32
SIGNED = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Witness:
    """What one digest has witnessed: its heads' hash, and the heads that it covers."""

    number: int
    heads: bytes
    changed: tuple[Head, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Heads:
    """What all digests have witnessed, from the first on, and the day on which it was listed."""

    day: date
    witnesses: tuple[Witness, ...] = ()


def key_name(key_id: str) -> str:
    """Return the name of a reading key's sealed secret."""
    return f"{KEYS}{key_id}.age"


def entry_name(case: CaseId, position: int) -> str:
    """Return the name of an entry, without its ending."""
    return f"{JOURNAL}{case.hex()}/{position:06d}"


def encode_row(row: JournalRow) -> bytes:
    """Return what the server says of an entry."""
    return write(
        "row",
        {
            "case": row.case.hex(),
            "chain": row.chain.hex(),
            "day": row.day.isoformat(),
            "hash": row.hash.hex(),
            "key": row.key,
            "position": row.position,
            "previous": row.previous.hex(),
            "signature": row.signature.hex(),
        },
    )


def decode_row(data: bytes, sealed: bytes) -> JournalRow:
    """Read what the server says of an entry, and put the entry to it; nothing is checked yet.

    Raises:
        FieldError: it is something else.
    """
    document = Document.decode(data, file="What the server says of an entry", kind="row")
    row = JournalRow(
        case=document.hexadecimal("case", CASE),
        position=document.whole("position", high=MAX_POSITION),
        previous=document.hexadecimal("previous", HASH),
        hash=document.hexadecimal("hash", HASH),
        chain=document.hexadecimal("chain", HASH),
        signature=document.hexadecimal("signature", SIGNED),
        key=document.code("key"),
        day=document.day("day"),
        sealed=sealed,
    )
    document.end()
    return row


def read_rows(members: Iterator[Member]) -> Iterator[JournalRow]:
    """Yield entries, each from its two members; nothing of them is checked yet.

    Raises:
        FieldError, WrongBundle: a member is not what it should be.
    """
    for sealed in members:
        said = next(members, None)
        if said is None:
            raise WrongBundle(sealed.name)
        row = decode_row(said.data, sealed.data)
        name = entry_name(row.case, row.position)
        if (sealed.name, said.name) != (f"{name}.age", f"{name}.json"):
            raise WrongBundle(sealed.name)
        yield row


def encode_heads(heads: Heads) -> bytes:
    """Return the list of what each digest has witnessed."""
    listed = [witness_fields(one) for one in heads.witnesses]
    return write("heads", {"day": heads.day.isoformat(), "digests": listed})


def decode_heads(data: bytes) -> Heads:
    """Read the list of what each digest has witnessed, and check that it is one chain.

    Raises:
        FieldError: it is something else.
        WrongBundle: a digest is left out, or its hash is not over the heads listed.
    """
    document = Document.decode(data, file=HEADS, kind="heads")
    witnesses = tuple(map(read_witness, document.sections("digests")))
    heads = Heads(day=document.day("day"), witnesses=witnesses)
    document.end()
    _check(witnesses)
    return heads


def _check(witnesses: Sequence[Witness]) -> None:
    previous = START
    for number, witness in enumerate(witnesses, 1):
        ordered = tuple(sorted(set(witness.changed)))
        expected = number, ordered, heads_value(previous, ordered)
        if expected != (witness.number, witness.changed, witness.heads):
            raise WrongBundle(f"the heads of digest {number}")
        previous = witness.heads


def witness_fields(witness: Witness) -> dict[str, object]:
    """Return what stands in a document for one digest."""
    return {
        "number": witness.number,
        "heads": witness.heads.hex(),
        "changed": list(map(head_fields, witness.changed)),
    }


def head_fields(head: Head) -> dict[str, object]:
    """Return what stands in a document for one head."""
    return {"case": head.case.hex(), "position": head.position, "chain": head.chain.hex()}


def read_witness(document: Document) -> Witness:
    """Read what a document says of one digest."""
    witness = Witness(
        number=document.whole("number", low=1),
        heads=document.hexadecimal("heads", HASH),
        changed=tuple(map(read_head, document.sections("changed"))),
    )
    document.end()
    return witness


def read_head(document: Document) -> Head:
    """Read one head."""
    head = Head(
        case=document.hexadecimal("case", CASE),
        position=document.whole("position", high=MAX_POSITION),
        chain=document.hexadecimal("chain", HASH),
    )
    document.end()
    return head
