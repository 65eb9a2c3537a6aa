"""Where people's sealed files lie: in a folder of the server's, or in a bucket that settings name.

Rules of this file: the choice only. A bucket's library is loaded only by a line that has one.
"""

from pathlib import Path

from bot.tables import Files
from storage.blobs import Blobs, DiskBlobs
from storage.credentials import Credentials, read_pair

FOLDER = "blobs"  # in the server's folder
CREDENTIAL = "s3"  # the key's id and its secret, two lines
AMAZON = "https://s3.{region}.amazonaws.com"  # where no other address is given
#: Bytes of a line's own name in a bucket: derived, so that it says nothing and no two are alike.
PLACE = 16


def open_blobs(home: Path, files: Files, credentials: Path, own: Credentials) -> Blobs:
    """Open the place of sealed files; `credentials` is the folder of secrets, `own` the line's.

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
            prefix=own.derive("files", PLACE).hex(),
            endpoint=files.endpoint or AMAZON.format(region=files.region),
            region=files.region,
            key_id=key_id,
            secret=secret,
        )
    )
