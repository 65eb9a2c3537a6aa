"""The server's credentials: three small files, and what is derived from one of them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.age import Identity
from storage.credentials import Credentials
from storage.errors import BadCredential, CredentialsExist, MissingCredential
from storage.signature import SigningKey

FIXED = Credentials(
    identity=SigningKey.from_seed(bytes([1]) * 32),
    packet=Identity.from_seed(bytes([2]) * 32),
    master=bytes(range(32)),
)


def test_what_is_written_reads_back_and_is_the_owners_alone(tmp_path: Path) -> None:
    place = tmp_path / "credentials"
    made = Credentials.make()
    made.write(place)
    assert Credentials.read(place) == made
    assert place.stat().st_mode & 0o777 == 0o700
    assert {path.name for path in place.iterdir()} == {"identity", "packet", "master"}
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in place.iterdir())


def test_each_server_has_its_own() -> None:
    one, other = Credentials.make(), Credentials.make()
    assert one.identity.seed != other.identity.seed
    assert one.packet.seed != other.packet.seed
    assert one.master != other.master


def test_credentials_are_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "master").write_text("something")
    with pytest.raises(CredentialsExist):
        FIXED.write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["master"]


def test_no_secret_is_in_a_repr() -> None:
    shown = repr(FIXED)
    for secret in (FIXED.identity.seed, FIXED.packet.seed, FIXED.master):
        assert secret.hex() not in shown
        assert repr(secret)[2:-1] not in shown
    assert FIXED.packet.secret() not in shown


def test_a_derived_key_is_the_published_one() -> None:
    # HKDF-SHA256 (RFC 5869) without salt, info "quietline/tag": computed apart with `hmac` alone
    import hashlib
    import hmac

    extracted = hmac.digest(bytes(32), FIXED.master, hashlib.sha256)
    expected = hmac.digest(extracted, b"quietline/tag\x01", hashlib.sha256)
    assert FIXED.derive("tag") == expected


@given(st.text(max_size=20), st.text(max_size=20), st.integers(16, 64))
def test_labels_do_not_share_keys(label: str, other: str, length: int) -> None:
    assert len(FIXED.derive(label, length)) == length
    assert (FIXED.derive(label) == FIXED.derive(other)) == (label == other)


@pytest.mark.parametrize("name", ["identity", "packet", "master"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    FIXED.write(tmp_path / "credentials")
    (tmp_path / "credentials" / name).unlink()
    with pytest.raises(MissingCredential, match=f"`{name}`"):
        Credentials.read(tmp_path / "credentials")


@pytest.mark.parametrize("name", ["identity", "packet", "master"])
@pytest.mark.parametrize(
    "content", [b"", b"\xff" * 64, b"ab" * 31, b"AGE-SECRET-KEY-PQ-1QQQQ", b"zz" * 32]
)
def test_a_file_of_something_else_is_named_and_not_quoted(
    tmp_path: Path, name: str, content: bytes
) -> None:
    FIXED.write(tmp_path / "credentials")
    (tmp_path / "credentials" / name).write_bytes(content)
    with pytest.raises(BadCredential, match=f"`{name}`") as refusal:
        Credentials.read(tmp_path / "credentials")
    assert not content or content.decode("latin-1") not in str(refusal.value)
