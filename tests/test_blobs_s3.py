"""A bucket gets what is sealed, from us alone, by no way but its own, and keeps no half files."""

import gc
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zlib import crc32

import psutil
import pytest

from bot.tables import Files
from bot.vault import open_blobs
from storage.blobs import Blobs
from storage.blobs_s3 import PART, Bucket, S3Blobs
from storage.credentials import Credentials, read_pair
from storage.errors import BadCredential, BlobFailed, BlobMissing, MissingCredential
from tests.bucket import asked, made, of, serving

ONE = b"\1" * 16
MIB = 1 << 20


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture
def bucket(address: str, request: pytest.FixtureRequest) -> Bucket:
    return made(address, f"files-{crc32(request.node.name.encode())}")


#: Pieces after which an upload has begun in any case.
MOST_PIECES = 100


def keep(blobs: S3Blobs, *pieces: bytes) -> None:
    with blobs.begin(ONE) as writer:
        for piece in pieces:
            writer.write(piece)
        writer.finish()


def uploads(bucket: Bucket) -> str:
    """Return what the store says of uploads that are not over."""
    return asked(bucket.endpoint, "GET", f"/{bucket.name}?uploads")


def test_an_upload_that_is_given_up_is_taken_back(bucket: Bucket) -> None:
    with S3Blobs(bucket).begin(ONE) as writer:
        pieces = 0
        while "<UploadId>" not in uploads(bucket):  # it writes beside, so when is not sure
            assert pieces < MOST_PIECES
            writer.write(bytes(PART))
            pieces += 1
    gc.collect()
    assert "<UploadId>" not in uploads(bucket)
    assert S3Blobs(bucket).names() == frozenset()


def test_other_things_in_the_bucket_are_left_alone(bucket: Bucket) -> None:
    asked(bucket.endpoint, "PUT", f"/{bucket.name}/line/photos/cat.jpg")
    asked(bucket.endpoint, "PUT", f"/{bucket.name}/line/02/{ONE.hex()}.age")
    blobs = S3Blobs(bucket)
    with blobs.begin(ONE) as writer:
        writer.finish()
    assert blobs.names() == {ONE}
    assert blobs.sweep(()) == 1
    listed = asked(bucket.endpoint, "GET", f"/{bucket.name}")
    assert listed.count("<Key>") == 2


def test_two_lines_on_one_bucket_see_nothing_of_each_other(bucket: Bucket) -> None:
    asked(bucket.endpoint, "PUT", f"/{bucket.name}/01/{ONE.hex()}.age")
    ours, theirs = S3Blobs(bucket), S3Blobs(replace(bucket, prefix="line2"))
    keep(ours, b"ours")
    assert theirs.names() == frozenset()
    assert theirs.sweep(()) == 0
    assert not theirs.erase(ONE)
    with pytest.raises(BlobMissing):
        theirs.open(ONE)
    keep(theirs, b"theirs")
    assert ours.sweep(()) == 1
    with theirs.open(ONE) as file:
        assert file.read() == b"theirs"
    assert asked(bucket.endpoint, "GET", f"/{bucket.name}").count("<Key>") == 2


def test_a_lines_place_in_a_bucket_is_its_own_and_stays(bucket: Bucket, tmp_path: Path) -> None:
    (tmp_path / "s3").write_text("id\nsecret\n")
    files = Files(bucket=bucket.name, endpoint=bucket.endpoint)
    one, other = Credentials.make(), Credentials.make()

    def opened(own: Credentials) -> Blobs:
        return open_blobs(tmp_path, files, tmp_path, own)

    with opened(one).begin(ONE) as writer:
        writer.finish()
    assert opened(one).names() == {ONE}
    assert opened(other).names() == frozenset()
    listed = asked(bucket.endpoint, "GET", f"/{bucket.name}")
    (key,) = re.findall("<Key>(.*?)</Key>", listed)
    assert re.fullmatch(f"[0-9a-f]{{32}}/01/{ONE.hex()}.age", key)


def test_a_large_file_goes_through_little_memory(bucket: Bucket) -> None:
    """The store's own memory is ours too, here: what is measured is what waits on its way."""
    process = psutil.Process()
    blobs = S3Blobs(bucket)
    with blobs.begin(b"\2" * 16) as writer:
        writer.write(bytes(MIB))
        writer.finish()
    piece = os.urandom(MIB)
    gc.collect()
    before = process.memory_info().rss
    with blobs.begin(ONE) as writer:
        for _ in range(64):
            writer.write(piece)
        queued = writer._pieces.maxsize  # noqa: SLF001 - what may wait
        writer.finish()
    kept_by_the_store = 64 * MIB
    assert queued * MIB <= 4 * MIB
    assert process.memory_info().rss - before < 2.5 * kept_by_the_store


def test_a_store_that_is_not_there_fails_and_nobody_waits_for_ever(bucket: Bucket) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{held.getsockname()[1]}"
        blobs = S3Blobs(of(nowhere, "b"))
        for call in (blobs.names, lambda: blobs.open(ONE), lambda: blobs.erase(ONE)):
            with pytest.raises(BlobFailed, match=nowhere):
                call()
        with pytest.raises(BlobFailed):
            keep(blobs, *[bytes(MIB)] * 64)


def test_a_bucket_that_is_not_there_fails(bucket: Bucket) -> None:
    other = of(bucket.endpoint, "nobodys")
    with pytest.raises(BlobFailed):
        keep(S3Blobs(other), b"x")
    with pytest.raises(BlobMissing):
        S3Blobs(other).open(ONE)


def test_no_secret_is_in_a_repr_or_an_error(bucket: Bucket) -> None:
    assert "secret" not in repr(bucket).replace("secret=", "")
    assert "id" not in repr(bucket).replace("endpoint", "").split("region")[1]


# --- no connection that nobody asked for --------------------------------------------------------


class Overheard:
    """A server that answers nothing useful and writes down who asked what."""

    def __init__(self) -> None:
        said = self.said = list[dict[str, str]]()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                said.append({**{k.lower(): v for k, v in self.headers.items()}, "": self.path})
                self.send_response(404)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_HEAD = do_PUT = do_POST = do_CONNECT = do_GET  # noqa: N815 - http.server's names

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def overheard() -> Iterator[list[Overheard]]:
    servers = [Overheard(), Overheard()]
    yield servers
    for server in servers:
        server.close()


def test_nothing_is_sent_but_by_a_call_and_nothing_of_the_environment_is_used(
    overheard: list[Overheard], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, stranger = overheard
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, stranger.address)
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_METADATA_ENDPOINT"):
        monkeypatch.setenv(name, stranger.address)
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", stranger.address)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a-strangers-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-strangers-secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-strangers-token")
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    blobs = S3Blobs(replace(of(store.address, "b"), key_id="our-key", secret="s"))
    assert (store.said, stranger.said) == ([], [])
    with pytest.raises(BlobMissing):
        blobs.open(ONE)
    assert stranger.said == []
    [request] = store.said
    assert request[""] == f"/b/line/01/{ONE.hex()}.age"
    assert "Credential=our-key/" in request["authorization"]
    assert not any("a-strangers" in value for value in request.values())


def test_a_line_without_a_bucket_loads_nothing_of_it() -> None:
    asked = "import sys, bot.vault, storage.blobs; print('obstore' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", asked], capture_output=True, check=True)
    assert run.stdout.strip() == b"False"


# --- its credentials ----------------------------------------------------------------------------


def test_a_pair_is_two_lines(tmp_path: Path) -> None:
    folder = tmp_path
    (folder / "s3").write_bytes(b"AKIA-1\r\nse/cr+et\n")
    assert read_pair(folder, "s3") == ("AKIA-1", "se/cr+et")
    for wrong in (b"", b"one", b"one\n\n", b"one\ntwo\nthree", b"one\ntw o", "one\né".encode()):
        (folder / "s3").write_bytes(wrong)
        with pytest.raises(BadCredential, match="two lines"):
            read_pair(folder, "s3")
    with pytest.raises(MissingCredential):
        read_pair(folder, "other")
