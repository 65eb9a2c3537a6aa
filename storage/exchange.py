"""What desk and server exchange over a connection: pages of entries, heads, packets, outcomes.

Rules of this file: formats only, values to bytes and back; who may ask is in `storage.access`. An
answer is signed as a whole where it is sent, so nothing here carries a signature of its own but
what had one before: statements, entries, packets.

    page      a tar: page.json, then entries as in a bundle, in the order in which they came in
    state     what digests have witnessed above a number, and one hash over all journals' ends
    packets   a tar: NAME.tar, NAME.tar.sig, for each packet, in their order
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from storage import archive, bundle
from storage.archive import END, Member
from storage.bundle import Witness, head_fields, read_head, read_witness, witness_fields
from storage.chain import START, heads_value
from storage.document import Document, write
from storage.entry import CASE
from storage.errors import WrongBundle
from storage.outcome import Outcome
from storage.packet import MAX_PART
from storage.padding import MIB
from storage.rows import CaseId, Head, JournalRow

PAGE = "page.json"
HASH = 32
#: Bytes of a page beyond which no entry is put into it, and of a piece of a file.
FULL, PIECE = 4 * MIB, 4 * MIB
#: Bytes that an answer may have: a page with one entry of the largest kind, a list of all heads.
MAX_ANSWER = archive.MAX_MEMBER + 2 * FULL
#: Bytes and number of the packets that are brought at once; one packet may be larger than that.
MAX_BROUGHT, MOST_BROUGHT = 8 * MIB, 64
#: What one packet may be: three parts and a header.
MAX_PACKET = 3 * MAX_PART + MIB
SIG = ".sig"


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Entries with sequence numbers in (after, upto], of cases that stay.

    `last` is the highest number that the server has given; `more` tells whether there are entries
    above `upto`; `files` are the cases of this page that have files.
    """

    after: int
    upto: int
    last: int
    more: bool
    files: tuple[CaseId, ...] = ()
    rows: tuple[JournalRow, ...] = field(default=(), repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """How things stand at a sequence number, for a desk that knows `after` digests.

    `digests` counts those made, `sum` is over the ends of all journals of cases that stay.
    """

    upto: int
    digests: int
    sum: bytes
    witnesses: tuple[Witness, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Brought:
    """One packet on its way: its file's name, its bytes, its signature."""

    name: str
    data: bytes = field(repr=False)
    signature: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What became of a packet, by its file's name."""

    name: str
    outcome: Outcome


def heads_sum(heads: Iterable[Head]) -> bytes:
    """Return one hash over the ends of journals."""
    return heads_value(START, heads)


def encode_page(page: Page) -> bytes:
    """Return a page as it is sent."""
    told = {
        "after": page.after,
        "files": [case.hex() for case in page.files],
        "last": page.last,
        "more": page.more,
        "upto": page.upto,
    }
    return b"".join((*map(archive.write, _page_members(page, told)), END))


def _page_members(page: Page, told: dict[str, object]) -> Iterator[Member]:
    yield Member(name=PAGE, data=write("page", told))
    for row in page.rows:
        name = bundle.entry_name(row.case, row.position)
        yield Member(name=f"{name}.age", data=row.sealed)
        yield Member(name=f"{name}.json", data=bundle.encode_row(row))


def decode_page(data: bytes) -> Page:
    """Read a page; nothing of its entries is checked yet.

    Raises:
        ArchiveError, FieldError, WrongBundle: it is none.
    """
    members = archive.read(io.BytesIO(data))
    first = next(members, None)
    if first is None or first.name != PAGE:
        raise WrongBundle(PAGE)
    document = Document.decode(first.data, file=PAGE, kind="page")
    page = Page(
        after=document.whole("after"),
        upto=document.whole("upto"),
        last=document.whole("last"),
        more=document.take("more", bool, "true or false"),
        files=tuple(_case(one) for one in document.codes("files")),
        rows=tuple(bundle.read_rows(members)),
    )
    document.end()
    beyond = page.upto > page.last and page.upto > page.after
    if page.upto < page.after or beyond or (page.more and page.upto == page.after):
        raise WrongBundle(PAGE)
    return page


def encode_state(state: State) -> bytes:
    """Return how things stand, as it is sent."""
    listed = list(map(witness_fields, state.witnesses))
    told = {"count": state.digests, "digests": listed, "sum": state.sum.hex(), "upto": state.upto}
    return write("state", told)


def decode_state(data: bytes) -> State:
    """Read how things stand.

    Raises:
        FieldError: it is something else.
    """
    document = Document.decode(data, file="How things stand", kind="state")
    state = State(
        upto=document.whole("upto"),
        digests=document.whole("count"),
        sum=document.hexadecimal("sum", HASH),
        witnesses=tuple(map(read_witness, document.sections("digests"))),
    )
    document.end()
    return state


def encode_ends(heads: Iterable[Head]) -> bytes:
    """Return the ends of journals, as they are sent."""
    return write("ends", {"heads": list(map(head_fields, heads))})


def decode_ends(data: bytes) -> tuple[Head, ...]:
    """Read the ends of journals.

    Raises:
        FieldError: it is something else.
    """
    document = Document.decode(data, file="The list of journals", kind="ends")
    heads = tuple(map(read_head, document.sections("heads")))
    document.end()
    return heads


def encode_packets(packets: Iterable[Brought]) -> bytes:
    """Return packets as they are sent together."""
    members = []
    for one in packets:
        members.append(Member(name=one.name, data=one.data))
        members.append(Member(name=one.name + SIG, data=one.signature.encode()))
    return b"".join((*map(archive.write, members), END))


def decode_packets(data: bytes) -> tuple[Brought, ...]:
    """Read packets that came together; nothing of them is believed yet.

    Raises:
        ArchiveError, WrongBundle: it is something else.
    """
    members = archive.read(io.BytesIO(data), max_member=MAX_PACKET, max_members=2 * MOST_BROUGHT)
    found = []
    for packet in members:
        beside = next(members, None)
        if beside is None or beside.name != packet.name + SIG:
            raise WrongBundle(packet.name)
        text = beside.data.decode(errors="replace")
        found.append(Brought(name=packet.name, data=packet.data, signature=text))
    return tuple(found)


def encode_answers(answers: Sequence[Answer]) -> bytes:
    """Return what became of packets, in their order."""
    listed = [{"name": one.name, "outcome": one.outcome.value} for one in answers]
    return write("answers", {"packets": listed})


def decode_answers(data: bytes) -> tuple[Answer, ...]:
    """Read what became of packets.

    Raises:
        FieldError: it is something else.
    """
    document = Document.decode(data, file="What became of packets", kind="answers")
    found = tuple(map(_answer, document.sections("packets")))
    document.end()
    return found


def _answer(document: Document) -> Answer:
    name, word = document.line("name"), document.code("outcome")
    document.end()
    if word not in set(Outcome):
        raise document.wrong("outcome", "what a server says of packets")
    return Answer(name=name, outcome=Outcome(word))


def _case(text: str) -> CaseId:
    try:
        case = bytes.fromhex(text)
    except ValueError:
        case = b""
    if len(case) != CASE:
        raise WrongBundle(PAGE)
    return case
