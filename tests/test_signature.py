"""Signatures: checkable with stock ssh-keygen, by one known key, for one use."""

import base64
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import (
    BadKeyText,
    BadSignature,
    OtherNamespace,
    UnknownSigner,
    UnreadableSignature,
)
from storage.signature import SigningKey, VerifyKey, fingerprint, verify

NAMESPACE = "quietline-digest@v1"
MESSAGE = b"what was sent on Monday\n"
KEY = SigningKey.from_seed(bytes(range(32)))
OTHER = SigningKey.from_seed(bytes(32))

# RFC 8032, 7.1, TEST 2
RFC_SEED = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
RFC_PUBLIC = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
RFC_SIGNATURE = (
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)

needs_ssh_keygen = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="this computer has no ssh-keygen"
)


def ssh_keygen(*arguments: str | Path, message: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = ["ssh-keygen", *map(str, arguments)]
    return subprocess.run(command, input=message, capture_output=True, check=False)


def ssh_verifies(folder: Path, message: bytes, signature: str, namespace: str) -> bool:
    (folder / "allowed").write_text(f'desk namespaces="{NAMESPACE}" {KEY.public}\n')
    (folder / "signature").write_text(signature)
    arguments = ("-Y", "verify", "-f", folder / "allowed", "-I", "desk", "-n", namespace)
    return not ssh_keygen(*arguments, "-s", folder / "signature", message=message).returncode


@needs_ssh_keygen
def test_stock_ssh_keygen_accepts_what_we_sign(tmp_path: Path) -> None:
    for message in (MESSAGE, b"", bytes(100_000)):
        assert ssh_verifies(tmp_path, message, KEY.sign(message, NAMESPACE), NAMESPACE)


@needs_ssh_keygen
def test_stock_ssh_keygen_refuses_another_text_namespace_or_signer(tmp_path: Path) -> None:
    signature = KEY.sign(MESSAGE, NAMESPACE)
    assert not ssh_verifies(tmp_path, MESSAGE + b"!", signature, NAMESPACE)
    assert not ssh_verifies(tmp_path, MESSAGE, signature, "quietline-line@v1")
    elsewhere = KEY.sign(MESSAGE, "quietline-line@v1")
    assert not ssh_verifies(tmp_path, MESSAGE, elsewhere, NAMESPACE)
    assert not ssh_verifies(tmp_path, MESSAGE, OTHER.sign(MESSAGE, NAMESPACE), NAMESPACE)


@needs_ssh_keygen
def test_we_accept_what_stock_ssh_keygen_signs(tmp_path: Path) -> None:
    made = ssh_keygen("-q", "-t", "ed25519", "-N", "", "-C", "a b", "-f", tmp_path / "key")
    assert not made.returncode, made.stderr
    key = VerifyKey.parse((tmp_path / "key.pub").read_text())
    (tmp_path / "message").write_bytes(MESSAGE)
    ssh_keygen("-q", "-Y", "sign", "-f", tmp_path / "key", "-n", NAMESPACE, tmp_path / "message")
    signature = (tmp_path / "message.sig").read_text()
    assert verify(MESSAGE, signature, NAMESPACE, [OTHER.public, key]) == key
    with pytest.raises(BadSignature):
        verify(MESSAGE + b"!", signature, NAMESPACE, [key])


def test_a_signature_by_ssh_keygen_is_byte_for_byte_ours() -> None:
    """Ed25519 has no randomness: OpenSSH 9.2 wrote this with the same seed, text and namespace."""
    written = Path(__file__).parent / "data" / "ssh-keygen.sig"
    assert KEY.sign(MESSAGE, NAMESPACE) == written.read_text()


def test_a_bare_signature_is_the_one_of_rfc_8032() -> None:
    key = SigningKey.from_seed(bytes.fromhex(RFC_SEED))
    assert key.public.raw.hex() == RFC_PUBLIC
    assert key.sign_bytes(b"\x72").hex() == RFC_SIGNATURE
    key.public.verify_bytes(b"\x72", bytes.fromhex(RFC_SIGNATURE))


@given(message=st.binary(max_size=300), namespace=st.text(min_size=1, max_size=40))
def test_what_is_signed_verifies_by_its_key_only(message: bytes, namespace: str) -> None:
    signature = KEY.sign(message, namespace)
    assert verify(message, signature, namespace, {OTHER.public, KEY.public}) == KEY.public
    with pytest.raises(UnknownSigner):
        verify(message, signature, namespace, {OTHER.public})
    with pytest.raises(UnknownSigner):
        verify(message, signature, namespace, ())


def test_a_signature_serves_no_other_use() -> None:
    with pytest.raises(OtherNamespace, match=r"quietline-line@v1.*quietline-digest@v1"):
        verify(MESSAGE, KEY.sign(MESSAGE, "quietline-line@v1"), NAMESPACE, [KEY.public])


def test_a_namespace_is_signed_not_only_written() -> None:
    """A text whose namespace was replaced names the right one and is refused all the same."""
    signature = KEY.sign(MESSAGE, "quietline-digest@v2")
    blob = base64.b64decode("".join(signature.splitlines()[1:-1]))
    with pytest.raises(BadSignature):
        verify(MESSAGE, _armoured(blob.replace(b"@v2", b"@v1")), NAMESPACE, [KEY.public])


def test_no_flipped_byte_of_a_signature_verifies() -> None:
    blob = base64.b64decode("".join(KEY.sign(MESSAGE, NAMESPACE).splitlines()[1:-1]))
    assert verify(MESSAGE, _armoured(blob), NAMESPACE, [KEY.public]) == KEY.public
    for place in range(len(blob)):
        flipped = bytearray(blob)
        flipped[place] ^= 1
        with pytest.raises(BadSignature):
            verify(MESSAGE, _armoured(flipped), NAMESPACE, [KEY.public])


def test_no_changed_character_of_a_signature_verifies() -> None:
    signature = KEY.sign(MESSAGE, NAMESPACE)
    for place, character in enumerate(signature.rstrip("\n")):
        if character != "\n":
            changed = (
                signature[:place] + ("B" if character == "A" else "A") + signature[place + 1 :]
            )
            with pytest.raises(BadSignature):
                verify(MESSAGE, changed, NAMESPACE, [KEY.public])


def _armoured(blob: bytes | bytearray) -> str:
    text = base64.b64encode(blob).decode()
    return f"-----BEGIN SSH SIGNATURE-----\n{text}\n-----END SSH SIGNATURE-----\n"


def test_line_ends_and_widths_of_other_tools_are_read() -> None:
    signature = KEY.sign(MESSAGE, NAMESPACE)
    blob = base64.b64decode("".join(signature.splitlines()[1:-1]))
    for text in (signature.replace("\n", "\r\n"), f"\n{signature.rstrip()}", _armoured(blob)):
        assert verify(MESSAGE, text, NAMESPACE, [KEY.public]) == KEY.public


GOOD = KEY.sign(MESSAGE, NAMESPACE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD[:-30],
        GOOD[30:],
        GOOD.replace("U1NI", "U1N "),
        GOOD.replace("U1NI", "U1N\x00"),
        GOOD.replace("\n-----END", "AAAA\n-----END"),
        GOOD + GOOD,
        GOOD.replace("SIGNATURE", "MESSAGE"),
        _armoured(b""),
        _armoured(b"SSHSIG\0\0\0\1"),
        _armoured(b"SSHSIG\0\0\0\1\xff\xff\xff\xff"),
        "-----BEGIN SSH SIGNATURE-----\n" + "A" * 5000,
    ],
)
def test_what_is_no_signature_is_called_that(text: str) -> None:
    with pytest.raises(UnreadableSignature):
        verify(MESSAGE, text, NAMESPACE, [KEY.public])


@given(text=st.text(max_size=200), blob=st.binary(max_size=200))
def test_nothing_but_a_refusal_comes_of_garbage(text: str, blob: bytes) -> None:
    for signature in (text, _armoured(blob), _armoured(b"SSHSIG\0\0\0\1" + blob)):
        with pytest.raises(BadSignature):
            verify(MESSAGE, signature, NAMESPACE, [KEY.public])
    with pytest.raises(BadSignature):
        KEY.public.verify_bytes(MESSAGE, blob)
    with pytest.raises(BadKeyText):
        VerifyKey.parse(text)


@given(seed=st.binary(min_size=32, max_size=32))
def test_keys_survive_their_text(seed: bytes) -> None:
    key = SigningKey.from_seed(seed)
    assert key.seed == seed
    assert VerifyKey.parse(str(key.public)) == key.public
    assert VerifyKey.parse(f" {key.public} somebody at a desk\n") == key.public
    assert SigningKey.from_seed(key.seed) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ssh-ed25519",
        str(KEY.public)[:-4],
        str(KEY.public) + "=",
        str(KEY.public).replace("ssh-ed25519 ", "ssh-rsa "),
        str(KEY.public).replace("ssh-ed25519 ", "ssh-ed25519  "),
        f"{KEY.public}\n{OTHER.public}",
        f"{KEY.public} a comment\nand another line",
        "ssh-ed25519 " + base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0\x03abc").decode(),
        "ssh-ed25519 " + base64.b64encode(KEY.public.blob + b"\0").decode(),
        "ecdsa-sha2-nistp256 " + base64.b64encode(KEY.public.blob).decode(),
    ],
)
def test_what_is_no_public_key_is_called_that(text: str) -> None:
    with pytest.raises(BadKeyText, match=r"ssh-ed25519 AAAA\.\.\."):
        VerifyKey.parse(text)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_seed_has_32_bytes(length: int) -> None:
    with pytest.raises(BadKeyText):
        SigningKey.from_seed(bytes(length))


def test_no_repr_shows_a_seed() -> None:
    key = SigningKey.generate()
    shown = repr(key) + str(key) + repr([key])
    assert key.seed.hex() not in shown
    assert repr(key.seed) not in shown
    assert str(key.public) in shown


def test_new_keys_differ() -> None:
    assert len({SigningKey.generate().seed for _ in range(50)}) == 50


def test_a_fingerprint_is_24_characters_in_fours() -> None:
    assert fingerprint(KEY.public) == fingerprint(KEY.public.raw)
    assert re.fullmatch(r"([A-Z2-7]{4} ){5}[A-Z2-7]{4}", fingerprint(KEY.public))
    assert fingerprint(KEY.public) == "VZ5G NAQR X4FZ 3DNY THBQ 43UI"
    assert fingerprint(KEY.public) != fingerprint(OTHER.public)
