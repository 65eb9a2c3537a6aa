"""A file among the answers: what its entry says of it.

Rules of this file: plain values to a document's fields and back. The file itself is a blob, sealed
by itself; both hashes bind it to the entry, so that no other can stand in for it.
"""

from dataclasses import dataclass, field

from storage.document import Document

BLOB = 16  # bytes of a blob's id
MAX_SIZE = 10**12
MAX_NUMBER = 10**9


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """A file that the person sent, sealed by itself as the blob of this id.

    `size` and `sha256` are those of the file as it came, `sealed_sha256` that of the blob. `type`
    is read from its first bytes ("" when they say nothing), `kind` is the chat app's word for it
    (photo, voice, ...), `name` is what the app called it; `number` is the one that the person was
    told, 0 for none.
    """

    blob: bytes
    size: int
    type: str
    sha256: str
    sealed_sha256: str
    name: str = field(default="", repr=False)
    kind: str
    number: int = 0


def file_fields(file: File) -> dict[str, object]:
    """Return a file's fields as they stand in documents."""
    return {
        "blob": file.blob.hex(),
        "kind": file.kind,
        "name": file.name,
        "number": file.number,
        "sealed_sha256": file.sealed_sha256,
        "sha256": file.sha256,
        "size": file.size,
        "type": file.type,
    }


def read_file(document: Document) -> File:
    """Read a file's fields."""
    file = File(
        blob=document.hexadecimal("blob", BLOB),
        size=document.whole("size", high=MAX_SIZE),
        type=document.code("type", blank=True),
        sha256=document.sha256("sha256"),
        sealed_sha256=document.sha256("sealed_sha256"),
        name=document.take("name", str, "a text"),
        kind=document.code("kind"),
        number=document.whole("number", high=MAX_NUMBER),
    )
    document.end()
    return file
