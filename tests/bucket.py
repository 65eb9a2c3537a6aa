"""An S3-compatible store on loopback, written by others: moto's server, without its log."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlsplit

from moto.server import ThreadedMotoServer

from storage.blobs_s3 import Bucket


@contextmanager
def serving() -> Iterator[str]:
    """Run a store; give its address."""
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def asked(address: str, how: str, path: str) -> str:
    """Ask the store as anybody may."""
    connection = HTTPConnection(urlsplit(address).netloc)
    connection.request(how, path)
    answer = connection.getresponse().read().decode()
    connection.close()
    return answer


def made(address: str, name: str, prefix: str = "line") -> Bucket:
    """Make a bucket, and a line's place in it."""
    asked(address, "PUT", f"/{name}")
    return of(address, name, prefix)


def of(address: str, name: str, prefix: str = "line") -> Bucket:
    """Return a line's place in a bucket, which may not be there."""
    return Bucket(
        name=name,
        prefix=prefix,
        endpoint=address,
        region="us-east-1",
        key_id="id",
        secret="secret",
    )
