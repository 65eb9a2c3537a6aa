"""This computer's number at the server: a random id, and how many packets it has made.

Rules of this file: a number is given once. It is taken when a packet of that number lies in the
outbox (see `desk.outbox`), and remembered here before the packet goes from there, so that it is not
given again. A folder that was put back from an older copy gets a new id, never an old number.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path

from storage import disk
from storage.act import DEVICE
from storage.document import Document, write

FILE = "device.json"
KIND = "device"
MAX_FILE = 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """An id, and the highest number whose packet may have gone: each given above it lies there."""

    id: bytes
    last: int = 0


def load(desk: Path) -> Device:
    """Return the desk's device, made when there is none yet.

    Raises:
        FieldError: the file is not what was written.
    """
    try:
        with (desk / FILE).open("rb") as file:
            data = file.read(MAX_FILE)
    except FileNotFoundError:
        return save(desk, Device(id=secrets.token_bytes(DEVICE)))
    document = Document.decode(data, file=FILE, kind=KIND)
    device = Device(id=document.hexadecimal("id", DEVICE), last=document.whole("last"))
    document.end()
    return device


def save(desk: Path, device: Device) -> Device:
    """Keep a device, and return it."""
    disk.make_folder(desk)
    disk.write(desk / FILE, write(KIND, {"id": device.id.hex(), "last": device.last}))
    return device


def renew(desk: Path) -> Device:
    """Make this computer another one: the server knows numbers of the old that we do not."""
    return save(desk, Device(id=secrets.token_bytes(DEVICE)))
