"""Independent readers and writers: npm age-encryption and pyrage.

What we seal they open, and what they seal we open; so no file depends on this project to be read.
"""

import base64
import json
import subprocess
import sysconfig
from pathlib import Path
from typing import cast

import pyrage
import pytest

from storage import age
from storage.errors import SealError, WrongPassphrase
from tests.age_made import ME, YOU, pattern

NODE = Path(sysconfig.get_path("scripts")) / "node"
READER = Path(__file__).parent / "node" / "age.mjs"
WORDS = "kékkő osmosis trowel"
LENGTHS = (0, 1, 1024, 65_535, 65_536, 65_537, 200_000)


def npm(job: str, **values: object) -> dict[str, str]:
    """Have npm age-encryption do a job (see tests/node/age.mjs)."""
    assert (READER.parent / "node_modules").is_dir(), "`make test` installs tests/node"
    given = {key: _text(value) for key, value in values.items()}
    request = json.dumps({"job": job, **given}).encode()
    run = subprocess.run([NODE, READER], input=request, capture_output=True, check=False)
    assert not run.returncode, run.stderr.decode()
    return cast("dict[str, str]", json.loads(run.stdout))


def _text(value: object) -> object:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def test_npm_derives_the_same_recipient_from_an_identity() -> None:
    assert npm("recipient", identity=ME.secret())["recipient"] == str(ME.recipient)
    made = npm("make")
    assert str(age.Identity.parse(made["identity"]).recipient) == made["recipient"]


@pytest.mark.parametrize("length", LENGTHS)
def test_npm_opens_what_we_seal(length: int) -> None:
    plaintext = pattern(length)
    sealed = age.seal(plaintext, [YOU.recipient, ME.recipient])
    opened = npm("open", sealed=sealed, identity=ME.secret())
    assert base64.b64decode(opened["plaintext"]) == plaintext


@pytest.mark.parametrize("length", LENGTHS)
def test_we_open_what_npm_seals(length: int) -> None:
    plaintext = pattern(length)
    recipients = [str(YOU.recipient), str(ME.recipient)]
    made = npm("seal", plaintext=plaintext, recipients=recipients)
    sealed = base64.b64decode(made["sealed"])
    assert len(sealed) == age.sealed_size(length, 2)
    assert age.open(sealed, [ME]) == plaintext


def test_npm_refuses_what_we_refuse() -> None:
    sealed = age.seal(pattern(70_000), [ME.recipient])
    other = b"x" if sealed[100:101] != b"x" else b"y"
    for damaged in (sealed[:-1], sealed + b"\0", sealed[:100] + other + sealed[101:]):
        assert "refused" in npm("open", sealed=damaged, identity=ME.secret())
        with pytest.raises(SealError):
            age.open(damaged, [ME])
    assert "refused" in npm("open", sealed=sealed, identity=YOU.secret())


def test_npm_and_we_open_each_other_s_passphrase_files() -> None:
    ours = age.seal_with_passphrase(ME.secret().encode(), WORDS, work=10)
    opened = npm("open", sealed=ours, passphrase=WORDS)
    assert base64.b64decode(opened["plaintext"]).decode() == ME.secret()
    assert "refused" in npm("open", sealed=ours, passphrase=WORDS + "!")
    made = npm("seal", plaintext=b"theirs", passphrase=WORDS, work=10)
    theirs = base64.b64decode(made["sealed"])
    assert age.open_with_passphrase(theirs, WORDS) == b"theirs"
    with pytest.raises(WrongPassphrase):
        age.open_with_passphrase(theirs, WORDS + "!")


def test_pyrage_opens_our_passphrase_files() -> None:
    ours = age.seal_with_passphrase(ME.secret().encode(), WORDS, work=10)
    assert pyrage.passphrase.decrypt(ours, WORDS).decode() == ME.secret()
    with pytest.raises(pyrage.DecryptError):
        pyrage.passphrase.decrypt(ours, WORDS + "!")


@pytest.mark.thorough
def test_we_open_passphrase_files_of_pyrage() -> None:
    """Thorough, for pyrage takes as much work as a second can hold, and so must we."""
    theirs = pyrage.passphrase.encrypt(b"theirs", WORDS)
    assert age.open_with_passphrase(theirs, WORDS) == b"theirs"


def test_pyrage_without_post_quantum_keys_opens_nothing_of_ours() -> None:
    """A classic identity among the keys is a stranger like any other."""
    sealed = age.seal(b"private", [ME.recipient])
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed, [pyrage.x25519.Identity.generate()])
