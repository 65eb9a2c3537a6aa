"""Where people's sealed files lie: in a folder of the server's, or in a bucket that settings name.

Rules of this file: the choice only. A bucket's library is loaded only by a line that has one.
"""

from pathlib import Path

from bot.tables import Files
from storage.blobs import Blobs, DiskBlobs
from storage.credentials import read_pair

FOLDER = "blobs"  # in the server's folder
CREDENTIAL = "s3"  # the key's id and its secret, two lines
AMAZON = "https://s3.{region}.amazonaws.com"  # where no other address is given


def open_blobs(home: Path, files: Files, credentials: Path) -> Blobs:
    """Open the place of sealed files; `credentials` is the folder of secrets.

    Raises:
        CredentialError: a bucket is named, and its key is not there.
    """
    if not files.bucket:
        return DiskBlobs(home / FOLDER)
    from storage.blobs_s3 import Bucket, S3Blobs  # noqa: PLC0415 - it loads a library

    key_id, secret = read_pair(credentials, CREDENTIAL)
    return S3Blobs(
        Bucket(
            name=files.bucket,
            endpoint=files.endpoint or AMAZON.format(region=files.region),
            region=files.region,
            key_id=key_id,
            secret=secret,
        )
    )
