"""A receipt of the server's says of which packet it is, and desks know it."""

from dataclasses import replace

import pytest

from desk.errors import OtherCaseInside
from desk.opening import open_journal
from storage import age
from storage.age import Identity
from storage.errors import FieldError
from storage.imprint import Imprint
from storage.outcome import Outcome
from storage.receipt import Receipt, decode, encode
from storage.rows import JournalRow
from tests.stores import DAY, a_row, case

RECEIPT = Receipt(
    case=case("c"), device=b"device-1", sequence=7, outcome=Outcome.KEY_CHANGED, day=DAY
)
IMPRINT = Imprint.of("We are here.", address=bytes(160), language="en", hours=None)
READING = Identity.generate()
KEY = "2026Q4.1-general"


def row(receipt: Receipt) -> JournalRow:
    sealed = age.seal(encode(receipt), [READING.recipient])
    return a_row(sealed, key=KEY)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_it_is_read_as_it_was_written_in_one_size(outcome: Outcome) -> None:
    one = replace(RECEIPT, outcome=outcome)
    assert decode(encode(one)) == one
    assert len(encode(one)) == 4096
    with_imprint = replace(one, imprint=IMPRINT)
    assert decode(encode(with_imprint)) == with_imprint
    assert len(encode(with_imprint)) == 4096


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        encode(RECEIPT).replace(b'"kind":"receipt"', b'"kind":"answer"'),
        encode(RECEIPT).replace(b"key-changed", b"well"),
        encode(RECEIPT).replace(b'"sequence":7', b'"sequence":0'),
        encode(RECEIPT).replace(b'"sequence":7', b'"sequence":7,"why":"x"'),
        encode(replace(RECEIPT, imprint=IMPRINT)).replace(b'"salt":"', b'"salt":"00'),
        encode(replace(RECEIPT, imprint=IMPRINT)).replace(b'"words":', b'"more":"","words":'),
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(FieldError):
        decode(data)


def test_a_desk_knows_it() -> None:
    [opened] = open_journal([row(RECEIPT)], {KEY: READING})
    assert opened.known
    assert opened.receipt == RECEIPT


def test_one_of_another_case_is_refused() -> None:
    with pytest.raises(OtherCaseInside):
        open_journal([row(replace(RECEIPT, case=case("d")))], {KEY: READING})
