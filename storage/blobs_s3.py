"""Sealed files in a bucket of an S3-compatible store; loaded only by a line that says so.

A line has a place of its own in the bucket, a prefix that no other line has: what lies elsewhere it
neither sees nor erases.

Rules of this file: nothing is sent but by a call, and to the store's own address only: `obstore`
would take proxies and credentials from the environment, so both are given here. A file goes over
in parts and has its name when the last one is there; an upload that is given up is taken back.
What a kill leaves of one has no name, and only the bucket's own rule for unfinished uploads ends
it (docs/decisions/0021-files.md). All of it waits for the network: call it in a thread.
"""

import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from queue import Queue
from threading import Thread
from types import TracebackType
from typing import Any, BinaryIO, Self, cast
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from storage.blobs import PATH, WHOLE, name_of
from storage.errors import BlobFailed, BlobMissing

#: Bytes of a part: the least that S3 takes. Those in flight, and one that fills, are in memory.
PART = 5 * 1024 * 1024
IN_FLIGHT = 2
#: Bytes that are read at a time.
PIECE = 1024 * 1024
#: Pieces that wait to be sent.
WAITING = 4
#: Times that a request is sent again at once; whoever fetches the file tries again much later.
RETRIES = 3
#: A file is read in one request, however long it takes while something comes.
SILENCE, WHOLE_REQUEST = timedelta(minutes=1), timedelta(hours=12)
#: A proxy where nobody listens (RFC 863), for every host that is not the store's.
NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bucket:
    """Where files are kept, and what opens it. `prefix` is the line's own place in it."""

    name: str
    prefix: str
    endpoint: str
    region: str
    key_id: str = field(repr=False)
    secret: str = field(repr=False)


class S3Blobs:
    """Files in a bucket, under the names that they have on a disk."""

    def __init__(self, bucket: Bucket) -> None:
        self._place = f"{bucket.endpoint}/{bucket.name}/{bucket.prefix}"
        where = urlsplit(bucket.endpoint)
        self._store = S3Store(
            bucket.name,
            prefix=bucket.prefix,
            aws_endpoint_url_s3=bucket.endpoint,
            region=bucket.region,
            virtual_hosted_style_request=False,
            skip_signature=False,
            disable_bulk_delete=True,
            client_options={
                "allow_http": where.scheme == "http",
                "proxy_url": NOWHERE,
                "proxy_excludes": where.hostname or "",
                "timeout": WHOLE_REQUEST,
                "read_timeout": SILENCE,
            },
            retry_config={"max_retries": RETRIES},
            credential_provider=cast("Any", lambda: _credential(bucket)),
        )

    def begin(self, blob: bytes) -> "S3Writer":
        """Begin a file, anew if there is one."""
        return S3Writer(self._store, name_of(blob), self._place)

    def open(self, blob: bytes, start: int = 0) -> BinaryIO:
        """Open a file to be read from its beginning, or from a byte before its end."""
        options: Any = {"range": {"offset": start}} if start else {}
        try:
            found = obstore.get(self._store, name_of(blob), options=options)
        except FileNotFoundError:
            raise BlobMissing(blob.hex()) from None
        except (BaseError, OSError) as error:
            raise self._failed(error) from None
        pieces = iter(found.stream(min_chunk_size=PIECE))
        return cast("BinaryIO", io.BufferedReader(_Reader(pieces, self._place), PIECE))

    def erase(self, blob: bytes) -> bool:
        """Erase a file; tell whether there was one."""
        try:
            obstore.head(self._store, name_of(blob))
            obstore.delete(self._store, name_of(blob))
        except FileNotFoundError:
            return False
        except (BaseError, OSError) as error:
            raise self._failed(error) from None
        return True

    def names(self) -> frozenset[bytes]:
        """Return the ids of all whole files."""
        try:
            paths = [one["path"] for page in obstore.list(self._store) for one in page]
        except (BaseError, OSError) as error:
            raise self._failed(error) from None
        found = map(PATH.fullmatch, paths)
        return frozenset(bytes.fromhex(one[2]) for one in found if one and one[3] == WHOLE)

    def sweep(self, known: Collection[bytes]) -> int:
        """Erase files of unknown ids; return how many."""
        return sum(self.erase(blob) for blob in sorted(self.names().difference(known)))

    def _failed(self, error: Exception) -> BlobFailed:
        return BlobFailed(self._place, type(error).__name__)


def _credential(bucket: Bucket) -> dict[str, str | None]:
    return {
        "access_key_id": bucket.key_id,
        "secret_access_key": bucket.secret,
        "token": None,
        "expires_at": None,
    }


class S3Writer:
    """A file on its way: a thread of its own sends what is written, and waits when it must."""

    def __init__(self, store: S3Store, path: str, place: str) -> None:
        self._store, self._path, self._place = store, path, place
        self._pieces: Queue[bytes | None] = Queue(WAITING)
        self._error: Exception | None = None
        self._whole = self._over = self._ended = False
        self._thread = Thread(target=self._send, name="quietline-blob", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        """Write all of the data."""
        if self._error is None:
            self._pieces.put(data)
        else:
            self.abandon()
            raise BlobFailed(self._place, type(self._error).__name__)

    def finish(self) -> None:
        """Give the file its name."""
        self._whole = True
        self._end()
        if self._error is not None:
            raise BlobFailed(self._place, type(self._error).__name__)

    def abandon(self) -> None:
        """Let go; what was sent is taken back. After `finish` it does nothing."""
        self._end()

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Abandon what is not finished."""
        self.abandon()

    def _end(self) -> None:
        if not self._over:
            self._over = True
            self._pieces.put(None)
            self._thread.join()

    def _send(self) -> None:
        pieces = self._given()
        try:
            obstore.put(
                self._store,
                self._path,
                pieces,
                use_multipart=True,
                chunk_size=PART,
                max_concurrency=IN_FLIGHT,
            )
        except Exception as error:  # noqa: BLE001 - it goes to the one who writes
            self._error = error
        while not self._ended:  # nobody who writes waits for ever
            self._ended = self._pieces.get() is None

    def _given(self) -> Iterator[bytes]:
        while (piece := self._pieces.get()) is not None:
            yield piece
        self._ended = True
        if not self._whole:
            raise _GivenUp


class _GivenUp(Exception):
    """The file is not wanted any more."""


class _Reader(io.RawIOBase):
    """A file that comes in pieces, to be read like any other."""

    def __init__(self, pieces: Iterator[bytes], place: str) -> None:
        self._pieces, self._place = pieces, place
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        """Fill some of the buffer; 0 at the end."""
        try:
            while not self._rest:
                self._rest = memoryview(next(self._pieces))
        except StopIteration:
            return 0
        except (BaseError, OSError) as error:
            raise BlobFailed(self._place, type(error).__name__) from None
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
