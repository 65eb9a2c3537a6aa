"""Key files under a passphrase: age's scrypt recipient, alone, with bounded work."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import age, age_header
from storage.age_header import Stanza
from storage.age_passphrase import MAX_WORK, Passphrase
from storage.errors import (
    DamagedFile,
    DamagedHeader,
    EmptyPassphrase,
    NoKeyFits,
    SealedToKeys,
    SealedWithPassphrase,
    SealError,
    TooMuchWork,
    WrongPassphrase,
)
from tests.age_made import ME

FILE_KEY = bytes(range(16))
WORDS = "osmosis-trowel-gecko-unfold-sandy-jolt"
LIGHT = 4  # work of the tests: the format is the same


def sealed_by(*stanzas: Stanza) -> bytes:
    """Return a whole file with these stanzas and an empty payload that does not matter."""
    return age_header.write(stanzas, FILE_KEY) + bytes(32)


def scrypt(*arguments: bytes, body: int = 32) -> Stanza:
    return Stanza(type=b"scrypt", arguments=arguments, body=bytes(body))


SALT = age_header.encode(bytes(16))


@settings(max_examples=20)
@given(plaintext=st.binary(max_size=200), words=st.text(min_size=1))
def test_what_a_passphrase_seals_it_opens(plaintext: bytes, words: str) -> None:
    words = words.encode("utf-8", "replace").decode()
    sealed = age.seal_with_passphrase(plaintext, words, work=LIGHT)
    assert age.open_with_passphrase(sealed, words) == plaintext
    with pytest.raises(WrongPassphrase):
        age.open_with_passphrase(sealed, words + " ")


def test_the_default_work_is_that_of_the_age_command() -> None:
    sealed = age.seal_with_passphrase(ME.secret().encode(), WORDS)
    assert sealed.splitlines()[1].split()[-1] == b"18"
    assert age.Identity.parse(age.open_with_passphrase(sealed, WORDS).decode()) == ME


def test_two_files_share_neither_salt_nor_key() -> None:
    files = [age.seal_with_passphrase(b"", WORDS, work=LIGHT) for _ in range(20)]
    assert len({one.splitlines()[1] for one in files}) == 20
    assert len({one.splitlines()[2] for one in files}) == 20


def test_an_empty_passphrase_seals_and_opens_nothing() -> None:
    with pytest.raises(EmptyPassphrase):
        age.seal_with_passphrase(b"", "")
    with pytest.raises(EmptyPassphrase):
        age.open_with_passphrase(sealed_by(scrypt(SALT, b"4")), "")


def test_each_kind_of_file_says_which_kind_it_is() -> None:
    with pytest.raises(SealedWithPassphrase):
        age.open(age.seal_with_passphrase(b"", WORDS, work=LIGHT), [ME])
    with pytest.raises(SealedToKeys):
        age.open_with_passphrase(age.seal(b"", [ME.recipient]), WORDS)
    assert issubclass(SealedWithPassphrase, NoKeyFits)


@pytest.mark.parametrize("work", [b"23", b"99", b"1000000000000", b"9" * 5000])
def test_work_beyond_reason_is_refused_before_it_is_done(work: bytes) -> None:
    with pytest.raises(TooMuchWork, match=rf"2\^{MAX_WORK}"):
        age.open_with_passphrase(sealed_by(scrypt(SALT, work)), WORDS)


def test_nothing_is_sealed_with_work_that_would_not_be_opened() -> None:
    with pytest.raises(TooMuchWork):
        age.seal_with_passphrase(b"", WORDS, work=MAX_WORK + 1)


@pytest.mark.parametrize(
    "stanza",
    [
        scrypt(),
        scrypt(SALT),
        scrypt(SALT, b"4", b"4"),
        scrypt(SALT, b"0"),
        scrypt(SALT, b"04"),
        scrypt(SALT, b"+4"),
        scrypt(SALT, b"0x4"),
        scrypt(SALT, b"4a"),
        scrypt(SALT + b"AA", b"4"),
        scrypt(SALT[:-2], b"4"),
        scrypt(SALT[:-1] + b"B", b"4"),  # not canonical
        scrypt(SALT, b"4", body=31),
        scrypt(SALT, b"4", body=48),
    ],
)
def test_a_stanza_out_of_form_is_damage(stanza: Stanza) -> None:
    with pytest.raises(DamagedHeader):
        age.open_with_passphrase(sealed_by(stanza), WORDS)


def test_a_passphrase_stands_alone() -> None:
    """Else whoever knows no passphrase could add a key, and the file would not be the owner's."""
    passphrase = Passphrase(words=WORDS, work=LIGHT).wrap(FILE_KEY)
    for stanzas in (
        [passphrase, ME.recipient.wrap(FILE_KEY)],
        [ME.recipient.wrap(FILE_KEY), passphrase],
        [passphrase, passphrase],
        [passphrase, Stanza(type=b"joint", arguments=(), body=b"")],
    ):
        with pytest.raises(DamagedHeader):
            age.open_with_passphrase(sealed_by(*stanzas), WORDS)
        with pytest.raises(DamagedHeader):
            age.open(sealed_by(*stanzas), [ME])


def test_no_flipped_byte_of_a_key_file_opens() -> None:
    sealed = age.seal_with_passphrase(b"x", WORDS, work=1)
    for place in range(len(sealed)):
        flipped = bytearray(sealed)
        flipped[place] ^= 1
        with pytest.raises(SealError):
            age.open_with_passphrase(bytes(flipped), WORDS)


def test_another_passphrase_is_not_mistaken_for_damage() -> None:
    assert not issubclass(WrongPassphrase, DamagedFile)


def test_no_repr_shows_the_words() -> None:
    assert WORDS not in repr(Passphrase(words=WORDS))


def test_too_little_memory_is_said_in_one_sentence() -> None:
    program = f"""
import resource
from storage import age
sealed = age.seal_with_passphrase(b"", "x", work=1)
limit = 400 << 20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
age.open_with_passphrase(sealed.replace(b" 1\\n", b" {MAX_WORK}\\n", 1), "x")
"""
    pytest.importorskip("resource")
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert "TooLittleMemory: This computer has too little memory" in run.stderr.decode()
