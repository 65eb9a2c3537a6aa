"""Sealing: what is sealed opens whole, for whom it was sealed, or not at all."""

import io
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, cast

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import age, age_header
from storage.age import Identity, Recipient
from storage.age_header import Stanza
from storage.age_payload import BATCH, CHUNK, SEALED_CHUNK
from storage.errors import (
    BadKeyText,
    BadRecipients,
    DuplicateRecipient,
    NoKeyFits,
    NoRecipients,
    NotPostQuantum,
    TooManyRecipients,
)
from tests.age_made import ME, SMALL, STRANGER, YOU, pattern

EDGES = st.builds(
    lambda chunks, more: max(0, chunks * CHUNK + more),
    st.sampled_from([0, 1, 2, 3, BATCH, BATCH + 1, 2 * BATCH]),
    st.integers(-2, 2),
)


class Witness:
    """An identity that remembers the file keys it unwrapped."""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.file_keys: list[bytes] = []

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        file_key = self.identity.unwrap(stanzas)
        assert file_key is not None
        self.file_keys.append(file_key)
        return file_key


class Trickle:
    """A file that gives few bytes at a time, and takes few."""

    def __init__(self, data: bytes = b"", *, most: int) -> None:
        self.inside = io.BytesIO(data)
        self.taken = io.BytesIO()
        self.most = most

    def read(self, size: int) -> bytes:
        return self.inside.read(min(size, self.most))

    def write(self, data: memoryview) -> int:
        return self.taken.write(data[: self.most])


class Zeros:
    """A source of so many zero bytes that remembers how many were asked for at once."""

    def __init__(self, length: int) -> None:
        self.left = length
        self.most = 0

    def read(self, size: int) -> bytes:
        self.most = max(self.most, size)
        size = min(size, self.left)
        self.left -= size
        return bytes(size)

    def readinto(self, buffer: memoryview) -> int:
        self.most = max(self.most, len(buffer))
        size = min(len(buffer), self.left)
        buffer[:size] = bytes(size)
        self.left -= size
        return size


class Meter:
    """A sink that keeps nothing but the count, and the most it was given at once."""

    def __init__(self) -> None:
        self.total = 0
        self.most = 0

    def write(self, data: memoryview) -> int:
        self.total += len(data)
        self.most = max(self.most, len(data))
        return len(data)


def file(fake: Trickle | Zeros | Meter) -> BinaryIO:
    """Pass a fake file where a file is asked for: only what it has may be used."""
    return cast("BinaryIO", fake)


def stream_sealed(plaintext: bytes, recipients: Sequence[Recipient]) -> bytes:
    sink = io.BytesIO()
    age.seal_stream(io.BytesIO(plaintext), sink, recipients)
    return sink.getvalue()


def stream_opened(sealed: bytes, identities: Sequence[Identity]) -> bytes:
    sink = io.BytesIO()
    age.open_stream(io.BytesIO(sealed), sink, identities)
    return sink.getvalue()


# --- keys --------------------------------------------------------------------------------------


def known_answer() -> Iterator[str]:
    text = (Path(__file__).parent / "data" / "age-known-answer.txt").read_text()
    return (line for line in text.splitlines() if not line.startswith("#"))


def test_the_identity_of_the_specification_gives_its_recipient() -> None:
    identity, recipient, *_ = known_answer()
    assert str(Identity.parse(identity).recipient) == recipient
    assert str(Recipient.parse(recipient)) == recipient
    assert Identity.parse(identity).secret() == identity


def test_the_stanza_of_the_specification_opens_with_its_identity() -> None:
    identity, _, arguments, body = known_answer()
    _, kind, encapsulated = arguments.encode().split(b" ")
    stanza = Stanza(type=kind, arguments=(encapsulated,), body=age_header.decode(body.encode()))
    file_key = Identity.parse(identity).unwrap([stanza])
    assert file_key is not None
    assert len(file_key) == 16
    assert ME.unwrap([stanza]) is None


@given(seed=st.binary(min_size=32, max_size=32))
def test_keys_survive_their_text(seed: bytes) -> None:
    identity = Identity.from_seed(seed)
    assert Identity.parse(identity.secret()) == identity
    assert Identity.parse(identity.secret()).seed == seed
    recipient = Recipient.parse(str(identity.recipient))
    assert recipient == identity.recipient
    assert len(recipient.public) == 1216
    assert hash(recipient) == hash(identity.recipient)
    assert pickle.loads(pickle.dumps(recipient)) == recipient  # noqa: S301 - our own


@pytest.mark.parametrize(
    "text",
    [
        "",
        "age1pq1",
        "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",  # X25519, from the spec
        "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX",
        ME.secret(),
        str(ME.recipient)[:-1],
        str(ME.recipient) + "q",
        str(ME.recipient) + "\n",
        " " + str(ME.recipient),
        str(ME.recipient).replace("age1pq1", "Age1pq1"),
        str(ME.recipient).replace("age1pq1", "age1tagpq1"),
        str(ME.recipient)[:900] + ("q" if str(ME.recipient)[900] == "p" else "p") + "q" * 1058,
    ],
)
def test_what_is_no_post_quantum_recipient_is_refused(text: str) -> None:
    with pytest.raises(BadKeyText, match=r"post-quantum recipient \(age1pq1"):
        Recipient.parse(text)


@pytest.mark.parametrize("public", [b"", bytes(1215), b"\xff" * 1216, bytes(1217)])
def test_bytes_that_are_no_key_are_refused(public: bytes) -> None:
    with pytest.raises(BadKeyText):
        Recipient(public)


@pytest.mark.parametrize(
    "text",
    [
        "",
        str(ME.recipient),
        ME.secret()[:-1],
        ME.secret() + "\n",
        ME.secret().lower().replace("age", "AGE"),
        ME.secret().replace("PQ-1", "1"),
        "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX",
    ],
)
def test_what_is_no_secret_key_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(BadKeyText, match=r"secret key \(AGE-SECRET-KEY-PQ-1") as refusal:
        Identity.parse(text)
    assert text[20:] not in str(refusal.value) or not text[20:]


def test_no_repr_shows_a_seed() -> None:
    identity = Identity.generate()
    shown = repr(identity) + str(identity) + repr([identity])
    for secret in (identity.secret(), identity.secret().lower(), identity.seed.hex()):
        assert secret not in shown
    assert repr(identity.seed) not in shown
    assert len(shown) < 400


# --- round trips -------------------------------------------------------------------------------


@given(length=EDGES)
def test_what_is_sealed_opens_at_every_chunk_edge(length: int) -> None:
    plaintext = pattern(length)
    sealed = age.seal(plaintext, [ME.recipient])
    streamed = stream_sealed(plaintext, [ME.recipient])
    assert len(sealed) == len(streamed) == age.sealed_size(length)
    for one in (sealed, streamed):
        assert age.open(one, [ME]) == plaintext
        assert stream_opened(one, [ME]) == plaintext


@given(plaintext=st.binary(max_size=2000), count=st.integers(1, 4))
def test_each_recipient_opens_and_nobody_else(plaintext: bytes, count: int) -> None:
    members = [Identity.from_seed(bytes([n]) * 32) for n in range(2, 2 + count)]
    sealed = age.seal(plaintext, [member.recipient for member in members])
    assert len(sealed) == age.sealed_size(len(plaintext), count)
    for member in members:
        assert age.open(sealed, [STRANGER, member]) == plaintext
    for others in ([STRANGER], [], [STRANGER, YOU]):
        with pytest.raises(NoKeyFits):
            age.open(sealed, others)


@pytest.mark.parametrize("most", [1, 7, 1000, 65_537])
def test_short_reads_and_short_writes_lose_nothing(most: int) -> None:
    plaintext = pattern(CHUNK + 9 if most > 7 else 300)
    out = Trickle(most=most)
    age.seal_stream(file(Trickle(plaintext, most=most)), file(out), [ME.recipient])
    assert age.open(out.taken.getvalue(), [ME]) == plaintext
    back = Trickle(most=most)
    age.open_stream(file(Trickle(out.taken.getvalue(), most=most)), file(back), [ME])
    assert back.taken.getvalue() == plaintext


def test_a_file_that_has_nothing_yet_is_not_taken_for_its_end() -> None:
    outlet, inlet = os.pipe()
    os.set_blocking(outlet, False)
    os.set_blocking(inlet, False)
    with (
        os.fdopen(outlet, "rb", buffering=0) as source,
        os.fdopen(inlet, "wb", buffering=0) as sink,
    ):
        with pytest.raises(BlockingIOError):
            age.seal_stream(cast("BinaryIO", source), io.BytesIO(), [ME.recipient])
        with pytest.raises(BlockingIOError):
            age.open_stream(cast("BinaryIO", source), io.BytesIO(), [ME])
        with pytest.raises(BlockingIOError):
            age.seal_stream(io.BytesIO(bytes(8 << 20)), cast("BinaryIO", sink), [ME.recipient])


def test_files_on_disk_are_sealed_buffered_or_not(tmp_path: Path) -> None:
    plaintext = pattern(3 * CHUNK + 5)
    (tmp_path / "plain").write_bytes(plaintext)
    for buffering in (-1, 0):
        with (
            (tmp_path / "plain").open("rb", buffering=buffering) as source,
            (tmp_path / "sealed").open("wb", buffering=buffering) as sink,
        ):
            age.seal_stream(source, sink, [ME.recipient])
        assert age.open((tmp_path / "sealed").read_bytes(), [ME]) == plaintext


def test_no_two_seals_share_a_file_key_a_nonce_or_a_share() -> None:
    witness = Witness(ME)
    sealed = [age.seal(SMALL, [ME.recipient]) for _ in range(100)]
    sealed += [stream_sealed(SMALL, [ME.recipient]) for _ in range(100)]
    ends = [age_header.whole(one) for one in sealed]
    for one in sealed:
        assert age.open(one, [witness]) == SMALL
    assert len(set(witness.file_keys)) == 200
    assert len({one[end : end + 16] for one, end in zip(sealed, ends, strict=True)}) == 200
    assert len({one[:end].split(b" ")[2] for one, end in zip(sealed, ends, strict=True)}) == 200
    assert len({one[end + 16 :] for one, end in zip(sealed, ends, strict=True)}) == 200


@pytest.mark.parametrize("length", [0, 3 * BATCH * CHUNK + 1, 40 * BATCH * CHUNK])
def test_a_long_file_asks_for_no_more_at_once_than_a_short_one(length: int) -> None:
    source, sink = Zeros(length), Meter()
    age.seal_stream(file(source), file(sink), [ME.recipient])
    assert sink.total == age.sealed_size(length)
    assert max(source.most, sink.most) <= BATCH * SEALED_CHUNK


def test_the_self_test_passes_here() -> None:
    age.self_test()


@pytest.mark.parametrize(
    "world",
    [
        "sys.modules['cryptography.hazmat.primitives.hpke'] = None",
        "from cryptography.hazmat.primitives import hpke; hpke.KEM = object",
        "from cryptography.hazmat.primitives.asymmetric import mlkem; mlkem.MLKEM768PrivateKey = Old",
    ],
)
def test_without_ml_kem_one_sentence_says_what_is_needed(world: str) -> None:
    program = f"""
import sys
from cryptography.exceptions import UnsupportedAlgorithm
class Old:
    def from_seed_bytes(seed): raise UnsupportedAlgorithm("ML-KEM")
{world}
from storage import age
age.self_test()
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert run.returncode
    last = run.stderr.decode().strip().splitlines()[-1]
    assert "SealingUnavailable: Sealing needs cryptography >= 47 with ML-KEM" in last


# --- refusals before anything is written -------------------------------------------------------


@pytest.mark.parametrize(
    ("recipients", "refusal"),
    [
        ([], NoRecipients),
        ([ME.recipient, YOU.recipient, ME.recipient], DuplicateRecipient),
        ([ME.recipient, Recipient.parse(str(ME.recipient))], DuplicateRecipient),
        ([str(ME.recipient)], NotPostQuantum),
        ([ME.recipient, pyrage.x25519.Identity.generate().to_public()], NotPostQuantum),
        ([ME], NotPostQuantum),
        ([ME.recipient] * (age.MAX_RECIPIENTS + 1), TooManyRecipients),
    ],
)
def test_nothing_is_written_for_wrong_recipients(
    recipients: list[Recipient], refusal: type[BadRecipients]
) -> None:
    with pytest.raises(refusal):
        age.seal(SMALL, recipients)
    sink = io.BytesIO()
    with pytest.raises(refusal):
        age.seal_stream(io.BytesIO(SMALL), sink, recipients)
    assert sink.getvalue() == b""


def test_the_largest_team_still_fits_the_reader() -> None:
    """As many stanzas as may be written are read; the keys need not differ for that."""
    stanzas = [ME.recipient.wrap(bytes(16))] * age.MAX_RECIPIENTS
    header = age_header.write(stanzas, bytes(16))
    assert age_header.whole(header + bytes(100)) == len(header)
