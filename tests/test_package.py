"""The submission's package: stock tar opens it, sizes say little, and nothing in it can do harm."""

import contextlib
import hashlib
import io
import json
import tarfile
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import archive, package
from storage.archive import Member
from storage.entry import FormRef, IndexEntry
from storage.errors import (
    ArchiveCutShort,
    ArchiveTooLarge,
    FieldError,
    NotAnArchive,
    StorageError,
    WrongPackage,
)
from storage.padding import KIB, MIB
from tests.test_entry import INDEXES

CASE = bytes(range(16))
DAY = date(2026, 11, 22)
FORM = FormRef(id="intake-1", version="2026.1", sha256="ab" * 32)
INDEX = IndexEntry(
    case=CASE,
    number="K7Q-4MD-2XR",
    form="intake-1",
    version="2026.1",
    urgency="U3",
    language="ug",
    day=DAY,
)
ANSWERS = [("2026Q4.1-general", b"first"), ("2026Q4.1-relatives", b"second" * 100)]


def pack(**changes: object) -> bytes:
    values: dict[str, Any] = {
        "case": CASE,
        "number": "K7Q-4MD-2XR",
        "form": FORM,
        "language": "ug",
        "day": DAY,
        "index": INDEX,
        "answers": ANSWERS,
        "return_address": bytes(160),
        "calculated": {"adult": "yes \u202e"},
    }
    return package.pack(**{**values, **changes})


def members(data: bytes) -> list[Member]:
    return list(archive.read(io.BytesIO(data)))


def rebuilt(parts: list[Member]) -> bytes:
    return b"".join(map(archive.write, parts)) + archive.END


def with_manifest(**changes: object) -> bytes:
    first, *rest = members(pack())
    manifest = {**json.loads(first.data), **changes}
    return rebuilt([Member(name=first.name, data=json.dumps(manifest).encode()), *rest])


@given(
    INDEXES,
    st.lists(
        st.tuples(st.sampled_from(["2026Q4.1-general", "2027Q1.2-lead"]), st.binary(max_size=900)),
        max_size=6,
    ),
    st.none() | st.binary(min_size=160, max_size=160),
    st.from_regex(r"[A-Za-z0-9_-]{0,64}", fullmatch=True),
)
def test_a_package_comes_back_as_it_was_packed(
    index: IndexEntry, answers: list[tuple[str, bytes]], address: bytes | None, link: str
) -> None:
    whole = package.unpack(
        pack(case=index.case, index=index, answers=answers, return_address=address, link=link)
    )
    assert [(one.key, one.sealed) for one in whole.answers] == answers
    assert whole.submission.return_address == address
    assert (whole.submission.case, whole.submission.form) == (index.case, FORM)
    assert whole.submission.calculated == {"adult": "yes \u202e"}
    assert whole.submission.link == link


def test_without_a_start_link_a_package_is_as_before_there_were_any() -> None:
    assert "link" not in json.loads(members(pack(link=""))[0].data)
    assert json.loads(members(pack(link="shelter-7"))[0].data)["link"] == "shelter-7"
    assert "shelter-7" not in repr(package.unpack(pack(link="shelter-7")))


def test_a_package_from_before_apps_were_named_names_none() -> None:
    assert "channel" not in json.loads(members(pack())[0].data)
    assert package.unpack(pack()).submission.channel == ""
    assert package.unpack(pack(channel="signal")).submission.channel == "signal"
    with pytest.raises(FieldError):
        package.unpack(with_manifest(channel="two words"))


@pytest.mark.parametrize("link", ["two words", "a\nb", 7, None])
def test_what_is_no_start_link_is_refused(link: object) -> None:
    with pytest.raises(FieldError):
        package.unpack(with_manifest(link=link))


def test_stock_tar_reads_it_and_it_tells_nothing_of_who_made_it() -> None:
    with tarfile.open(fileobj=io.BytesIO(pack())) as tar:
        found = tar.getmembers()
        assert [one.name for one in found] == [
            "manifest.json",
            "answers/0001.age",
            "answers/0002.age",
        ]
        assert {(one.mode, one.mtime, one.uid, one.gid, one.uname, one.type) for one in found} == {
            (0o600, 0, 0, 0, "", tarfile.REGTYPE)
        }
        second = tar.extractfile("answers/0002.age")
        assert second is not None
        assert second.read() == b"second" * 100


@given(
    name=st.from_regex(archive.NAME, fullmatch=True).filter(lambda name: len(name) <= 100),
    size=st.integers(min_value=0, max_value=archive.MAX_MEMBER),
)
def test_a_header_is_the_one_that_the_standard_library_writes(name: str, size: int) -> None:
    made = info(name, mode=0o600, size=size)
    assert archive.header(name, size) == made.tobuf(tarfile.USTAR_FORMAT)


def test_its_size_says_neither_how_many_answers_nor_which_compartments() -> None:
    one = pack(answers=[("2026Q4.1-general", bytes(2000))], return_address=None)
    many = pack(answers=[("2026Q4.1-relatives", bytes(2000))] * 80)
    assert len(one) == len(many) == 256 * KIB
    assert len(pack(answers=[("k", bytes(300_000))])) == MIB
    assert len(pack(answers=[("k", bytes(MIB))])) == 2 * MIB


def test_what_is_private_in_it_is_in_no_repr() -> None:
    whole = package.unpack(pack(answers=[("k", b"ciphertext-of-words")]))
    assert "ciphertext-of-words" not in repr(whole)
    assert "yes" not in repr(whole)


def test_more_answers_than_a_package_holds_are_refused() -> None:
    with pytest.raises(WrongPackage):
        pack(answers=[("k", b"")] * 10_000)


# --- hostile packages -----------------------------------------------------------------------


def tar_with(*infos: tarfile.TarInfo, format: int = tarfile.PAX_FORMAT) -> bytes:  # noqa: A002
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=format) as tar:
        for info in infos:
            tar.addfile(info, io.BytesIO(bytes(info.size)) if info.size else None)
    return sink.getvalue()


def info(name: str = "a", **changes: object) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.mode = 0o600
    for key, value in changes.items():
        setattr(made, key, value)
    return made


@pytest.mark.parametrize(
    "data",
    [
        tar_with(info(type=tarfile.SYMTYPE, linkname="/etc/passwd")),
        tar_with(info(type=tarfile.LNKTYPE, linkname="b")),
        tar_with(info(type=tarfile.DIRTYPE)),
        tar_with(info(type=tarfile.CHRTYPE)),
        tar_with(info(type=tarfile.FIFOTYPE)),
        tar_with(info("/etc/passwd")),
        tar_with(info("../up")),
        tar_with(info("a/../b")),
        tar_with(info("a//b")),
        tar_with(info(".hidden")),
        tar_with(info("a\\b")),
        tar_with(info("é")),
        tar_with(info("a" * 101)),
        tar_with(info("a" * 300), format=tarfile.GNU_FORMAT),
        tar_with(info(mode=0o4755)),
        tar_with(info(mtime=1)),
        tar_with(info(uid=1)),
        tar_with(info(uname="root")),
        tar_with(info(pax_headers={"comment": "x"})),
        tar_with(info("a"), info("a")),
        archive.write(Member(name="a", data=b"x"))[:-1] + b"y" + archive.END,
        archive.END + b"x",
        bytes(512) + b"x" * 512,
        b"x" * 2048,
    ],
)
def test_an_archive_with_anything_but_plain_files_is_refused(data: bytes) -> None:
    with pytest.raises(NotAnArchive):
        members(data)


def test_a_size_field_that_is_no_plain_octal_number_is_refused() -> None:
    head = bytearray(archive.header("a", 8))
    for size in (b"-0000000010", b"\x80" + b"\xff" * 10, b" 000000010\0", b"0_000000010"):
        head[124:135] = size[:11]
        with pytest.raises(NotAnArchive):
            members(bytes(head) + bytes(512) + archive.END)


def test_limits_hold_before_anything_is_read_into_memory() -> None:
    with pytest.raises(ArchiveTooLarge):
        list(archive.read(io.BytesIO(archive.header("a", 1000)), max_member=999))
    three = rebuilt([Member(name=str(n), data=b"") for n in range(3)])
    with pytest.raises(ArchiveTooLarge):
        list(archive.read(io.BytesIO(three), max_members=2))
    for name, size in (("a" * 101, 0), ("a", archive.MAX_MEMBER + 1), ("../a", 0)):
        with pytest.raises(ArchiveTooLarge):
            archive.header(name, size)


def test_an_archive_that_ends_too_early_is_refused_wherever_it_is_cut() -> None:
    whole = rebuilt(members(pack()))
    for end in (0, 1, 511, 512, 600, 1024, len(whole) - 1024, len(whole) - 512, len(whole) - 1):
        with pytest.raises(ArchiveCutShort):
            members(whole[:end])


@pytest.mark.parametrize(
    "data",
    [
        rebuilt([]),
        rebuilt(members(pack())[1:]),
        rebuilt(members(pack())[:2]),
        rebuilt([*members(pack()), Member(name="answers/0003.age", data=b"")]),
        rebuilt([members(pack())[0], *reversed(members(pack())[1:])]),
        rebuilt(
            [members(pack())[0], Member(name="answers/0001.age", data=b"First"), members(pack())[2]]
        ),
        with_manifest(answers=[]),
        with_manifest(index={**json.loads(members(pack())[0].data)["index"], "case": "00" * 16}),
    ],
)
def test_a_package_that_is_not_what_its_manifest_says_is_refused(data: bytes) -> None:
    with pytest.raises(WrongPackage):
        package.unpack(data)


@pytest.mark.parametrize(
    "changes",
    [
        {"more": 1},
        {"v": 2},
        {"kind": "package"},
        {"answers": {}},
        {"answers": [1, 2]},
        {"return_address": "AAAA"},
        {"return_address": "?" * 216},
        {"calculated": {"adult": 1}},
        {"number": "K7Q 4MD"},
        {"index": {}},
    ],
)
def test_a_manifest_that_is_half_understood_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(FieldError):
        package.unpack(with_manifest(**changes))


def test_a_member_with_another_size_than_listed_is_refused() -> None:
    listed = json.loads(members(pack())[0].data)["answers"]
    listed[0]["size"] += 1
    with pytest.raises(WrongPackage):
        package.unpack(with_manifest(answers=listed))
    listed[0]["size"] -= 1
    listed[0]["sha256"] = hashlib.sha256(b"other").hexdigest()
    with pytest.raises(WrongPackage):
        package.unpack(with_manifest(answers=listed))


@given(st.binary(max_size=3000))
def test_noise_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(StorageError):
        package.unpack(data)


@given(st.integers(0, 6000), st.integers(1, 255))
def test_a_changed_byte_gives_another_package_or_a_named_error(place: int, change: int) -> None:
    data = bytearray(pack())
    data[place] ^= change
    with contextlib.suppress(StorageError):
        package.unpack(bytes(data))
