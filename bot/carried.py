"""Packets that came as files: which of those given are some, in the order in which they are taken.

Rules of this file: names and bytes only; nothing is believed here. A file's name is no more than a
name: which packet it is stands inside, signed.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from bot.errors import NoPackets
from storage.exchange import MAX_PACKET

NAME = re.compile(r"packet-([0-9a-f]{16})-([0-9]{6,})\.tar", re.ASCII)
MAX_SIGNATURE = 4096


def packet_files(given: Sequence[Path]) -> list[Path]:
    """Return the packets among files and folders, those of a device in their order.

    Raises:
        NoPackets: there are none.
    """
    found = {
        file
        for path in given
        for file in (path.iterdir() if path.is_dir() else [_packet(path)])
        if not path.is_dir() or NAME.fullmatch(file.name)
    }
    if not found:
        raise NoPackets(", ".join(map(str, given)))
    return sorted(found, key=_order)


def read_packet(file: Path) -> tuple[bytes, str]:
    """Return a packet and the signature beside it, nothing where there is none."""
    with file.open("rb") as packet:
        data = packet.read(MAX_PACKET + 1)
    try:
        with file.with_name(file.name + ".sig").open("rb") as beside:
            return data, beside.read(MAX_SIGNATURE).decode(errors="replace")
    except FileNotFoundError:
        return data, ""


def _packet(path: Path) -> Path:
    return path.with_suffix("") if path.suffix == ".sig" else path


def _order(path: Path) -> tuple[str, int, str]:
    match = NAME.fullmatch(path.name)
    return (match[1], int(match[2]), path.name) if match else ("", 0, path.name)
