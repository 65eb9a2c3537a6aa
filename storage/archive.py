"""A plain tar archive with one spelling: any `tar` reads it, and nothing in it can hurt a reader.

Rules of this file: regular files only, mode 0600, no owner, no time. A header that is read must be,
byte for byte, the one that would be written for its name and size, so there are no links, devices,
sparse files, extended headers or absolute names to beware of. Nothing is written to a disk by the
name found here. After the end there are zeros only.

Source: POSIX.1-2001 pax, "ustar Interchange Format"
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from storage.errors import ArchiveCutShort, ArchiveTooLarge, NotAnArchive
from storage.padding import MIB

BLOCK = 512
END = bytes(2 * BLOCK)
MAX_NAME = 100  # what a ustar header holds without a prefix
MAX_MEMBER = 64 * MIB  # ours: a package of 64 MiB is 8,000 answers of the longest kind
MAX_MEMBERS = 2_000_000  # ours: a million entries in a bundle
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*", re.ASCII)
_CHUNK = MIB
_ZEROS = bytes(_CHUNK)
#: A header but for name, size and checksum: mode 0600, owner 0, group 0; time 0; a regular file.
_OWNED, _TIMED = b"0000600\0" + 2 * b"0000000\0", b"00000000000\0"
_REST = b"0" + bytes(100) + b"ustar\x0000" + bytes(247)
#: The checksum's share of these; while it is reckoned, eight spaces stand in its place.
_CHECK = sum(_OWNED) + sum(_TIMED) + sum(b" " * 8) + sum(_REST)


class Source(Protocol):
    """What is read: an open file, or one that is mapped."""

    def read(self, size: int, /) -> bytes:
        """Return so many bytes, fewer only at the end."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One file of an archive."""

    name: str
    data: bytes = field(repr=False)


def write(member: Member) -> bytes:
    """Return a member as it stands in an archive: its header, its bytes, zeros to a whole block."""
    return b"".join((header(member.name, len(member.data)), member.data, bytes(_gap(member.data))))


def header(name: str, size: int) -> bytes:
    """Return the one header of a file of this name and size.

    Raises:
        ArchiveTooLarge: the name or the file is longer than a header can say.
    """
    if len(name) > MAX_NAME or size > MAX_MEMBER or NAME.fullmatch(name) is None:
        raise ArchiveTooLarge(ascii(name[:MAX_NAME]))
    named, sized = name.encode("ascii").ljust(MAX_NAME, b"\0"), b"%011o\0" % size
    check = sum(named) + sum(sized) + _CHECK
    return b"".join((named, _OWNED, sized, _TIMED, b"%06o\0 " % check, _REST))


def read(
    source: Source, *, max_member: int = MAX_MEMBER, max_members: int = MAX_MEMBERS
) -> Iterator[Member]:
    """Yield the members of an archive in order, one in memory at a time.

    Raises:
        NotAnArchive: a header is not one that is written here, a name stands twice, or
            something follows the end.
        ArchiveCutShort: it ends too early.
        ArchiveTooLarge: a member, or the number of members, is beyond the limit.
    """
    seen: set[str] = set()
    while (head := _exactly(source, BLOCK)) != END[:BLOCK]:
        name, size = _parse(head)
        if name in seen:
            raise NotAnArchive(name)
        seen.add(name)
        if size > max_member or len(seen) > max_members:
            raise ArchiveTooLarge(name)
        data = _exactly(source, size)
        if any(_exactly(source, _gap(data))):
            raise NotAnArchive(name)
        yield Member(name=name, data=data)
    _check_end(source)


def _parse(head: bytes) -> tuple[str, int]:
    """Return name and size of a header that is exactly ours."""
    try:
        name = head[:MAX_NAME].rstrip(b"\0").decode("ascii")
        size = int(head[124:135].decode("ascii"), 8)
        if head == header(name, size):
            return name, size
    except (ValueError, ArchiveTooLarge):
        pass
    raise NotAnArchive("header")


def _check_end(source: Source) -> None:
    if any(_exactly(source, BLOCK)):
        raise NotAnArchive("end")
    while chunk := source.read(_CHUNK):
        if chunk != _ZEROS[: len(chunk)]:
            raise NotAnArchive("end")


def _exactly(source: Source, size: int) -> bytes:
    data = source.read(size)
    if len(data) < size:
        raise ArchiveCutShort
    return data


def _gap(data: bytes) -> int:
    return -len(data) % BLOCK
