"""A packet as it lies in the outbox: its head, read once, and the rest when it is asked for.

Rules of this file: a head is remembered by the file's name, size, time and place. A packet may be
as large as a file that staff bring, so its bytes are read only for whoever sends or opens it, and
held by nobody here. A signature that is not whole is made again when it is wanted.
"""

import contextlib
import os
import re
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path

from storage import disk, packet
from storage.packet import Header
from storage.signature import BEGIN as BEGINS
from storage.signature import END as ENDS
from storage.signature import SigningKey

NAME = re.compile(r"packet-([0-9a-f]{16})-([0-9]{6,})\.tar", re.ASCII)
MAX_PACKET = 32 * 1024 * 1024

#: Which packet: the device, and its number.
Number = tuple[bytes, int]
#: What a file is known by: size, time and place, for some disks count time in two seconds.
Mark = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A packet as it lies here. What reads its file raises FileNotFoundError when it has gone."""

    path: Path
    header: Header
    size: int
    signing: SigningKey = field(repr=False)

    @property
    def number(self) -> Number:
        """Which packet it is."""
        return self.header.device, self.header.sequence

    @property
    def data(self) -> bytes:
        """The whole of it, read now."""
        with self.path.open("rb") as file:
            return file.read(MAX_PACKET)

    @property
    def signature(self) -> str:
        """The signature beside it, made again where a loss of power left none, or not all of it."""
        return _whole_signature(signature_of(self.path)) or sign(self.path, self.data, self.signing)

    def part(self, name: str) -> bytes | None:
        """Return one of its sealed parts, if it has it; what stands behind that is not read."""
        with self.path.open("rb") as file:
            return packet.beginning(file, name).parts.get(name)


@dataclass(kw_only=True, slots=True)
class Heads:
    """The heads that were read of the packets of one folder."""

    _known: dict[Number, tuple[Mark, Waiting]] = field(default_factory=dict, repr=False)
    _last: tuple[Waiting, ...] = field(default=(), repr=False)

    def look(self, folder: Path, signing: SigningKey) -> tuple[Waiting, ...]:
        """Return the packets that lie in a folder, in their order; of each its head is read once.

        As long as nothing changes there it is the very same tuple.

        Raises:
            ArchiveError, FieldError, WrongPacket: one is none.
        """
        before, found = self._known, dict[Number, tuple[Mark, Waiting]]()
        for number, entry in listed(folder):
            with contextlib.suppress(FileNotFoundError):  # gone since: a sync runs beside us
                now, known = entry.stat(), before.get(number)
                mark = now.st_size, now.st_mtime_ns, now.st_ino
                if known is None or known[0] != mark:
                    known = mark, _head(Path(entry.path), now.st_size, signing)
                found[number] = known
        self._known = found
        lying = tuple(one for _, one in found.values())
        self._last = self._last if lying == self._last else lying
        return self._last


def listed(folder: Path) -> list[tuple[Number, "os.DirEntry[str]"]]:
    """Return the packets of a folder by name, in their order, without a look at any."""
    try:
        with os.scandir(folder) as entries:
            named = [(NAME.fullmatch(one.name), one) for one in entries]
    except FileNotFoundError:
        return []
    found = [((bytes.fromhex(name[1]), int(name[2])), one) for name, one in named if name]
    return sorted(found, key=itemgetter(0))


def _head(path: Path, size: int, signing: SigningKey) -> Waiting:
    with path.open("rb") as file:
        return Waiting(path=path, header=packet.beginning(file).header, size=size, signing=signing)


def signature_of(path: Path) -> Path:
    """Return where a packet's signature lies."""
    return path.with_name(path.name + ".sig")


def sign(path: Path, data: bytes, signing: SigningKey) -> str:
    """Sign a packet, and put the signature beside it."""
    signature = packet.sign(data, signing)
    disk.write(signature_of(path), signature.encode(), lasting=False)
    return signature


def _whole_signature(path: Path) -> str:
    """Return a signature, or nothing where a loss of power has left none, or not all of it."""
    try:
        text = path.read_text("ascii", errors="replace")
    except FileNotFoundError:
        return ""
    return text if text.startswith(BEGINS) and text.rstrip().endswith(ENDS) else ""
