r"""Who asks and who answers: signatures over a desk's requests and over the server's answers.

Rules of this file: formats only, nothing is sent and nobody is let in here. Every part that is
signed has its length before it, so that no two requests are signed alike. A request names the root
of the line, so that it serves at no other line's server; an answer names the request by its nonce,
so that it answers no other. A body is signed by its hash, which stands in the request's head:
whoever cannot sign is refused before a byte of it is read.

    request = Ed25519("quietline/request/v1\0" ‖ root ‖ method ‖ target ‖ author ‖ device ‖ time ‖
                      nonce ‖ SHA-256(body))
    answer  = Ed25519("quietline/answer/v1\0" ‖ root ‖ nonce ‖ status ‖ SHA-256(body))

Lengths are 4 bytes, big-endian; `time` is in seconds since 1970, in decimal digits like `status`;
`target` is the path below the server's address with its query. Signatures travel in base64.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from storage.act import DEVICE
from storage.fields import WORD
from storage.signature import SigningKey, VerifyKey

REQUEST_LABEL = b"quietline/request/v1\0"
ANSWER_LABEL = b"quietline/answer/v1\0"
AUTHOR, SENDER, TIME, NONCE, BODY, SIGNATURE = (
    "Quietline-Author",
    "Quietline-Device",
    "Quietline-Time",
    "Quietline-Nonce",
    "Quietline-Body",
    "Quietline-Signature",
)
#: Bytes of a nonce; seconds by which clocks may differ, and for which nonces are remembered: a
#: request is good from so much before its time to so much after it.
FRESH, NEAR = 8, 300
REMEMBERED = 2 * NEAR
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_HEX = re.compile(r"[0-9a-f]+", re.ASCII)
_SIGNED, _HASH = 64, 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What a desk asks; `body` is the SHA-256 of what comes with it."""

    method: str
    target: str
    author: str
    device: bytes
    time: int
    nonce: bytes
    body: bytes


def hashed(body: bytes) -> bytes:
    """Return the hash by which a body is signed."""
    return hashlib.sha256(body).digest()


def sign_request(request: Request, key: SigningKey, root: VerifyKey) -> dict[str, str]:
    """Return the header of a signed request."""
    return {
        AUTHOR: request.author,
        SENDER: request.device.hex(),
        TIME: str(request.time),
        NONCE: request.nonce.hex(),
        BODY: request.body.hex(),
        SIGNATURE: _text(key.sign_bytes(request_bytes(request, root))),
    }


def read_request(
    method: str, target: str, header: Mapping[str, str]
) -> tuple[Request, bytes] | None:
    """Return what a header claims, and the signature; None where it is none of ours."""
    author, seconds = header.get(AUTHOR, ""), header.get(TIME, "")
    device, nonce, body = (
        _bytes(header.get(name, ""), size)
        for name, size in ((SENDER, DEVICE), (NONCE, FRESH), (BODY, _HASH))
    )
    signature = _signature(header.get(SIGNATURE, ""))
    if device is None or nonce is None or body is None or signature is None:
        return None
    if WORD.fullmatch(author) is None or _SECONDS.fullmatch(seconds) is None:
        return None
    request = Request(
        method=method,
        target=target,
        author=author,
        device=device,
        time=int(seconds),
        nonce=nonce,
        body=body,
    )
    return request, signature


def request_bytes(request: Request, root: VerifyKey) -> bytes:
    """Return what the author of a request signs."""
    parts = (
        root.raw,
        request.method.encode(),
        request.target.encode(),
        request.author.encode(),
        request.device,
        str(request.time).encode(),
        request.nonce,
        request.body,
    )
    return REQUEST_LABEL + _parts(*parts)


def answer_bytes(nonce: bytes, status: int, body: bytes, root: VerifyKey) -> bytes:
    """Return what the server identity signs."""
    return ANSWER_LABEL + _parts(root.raw, nonce, str(status).encode(), hashed(body))


def sign_answer(
    nonce: bytes, status: int, body: bytes, *, key: SigningKey, root: VerifyKey
) -> dict[str, str]:
    """Return the header of a signed answer."""
    return {SIGNATURE: _text(key.sign_bytes(answer_bytes(nonce, status, body, root)))}


def answer_signature(header: Mapping[str, str]) -> bytes:
    """Return the signature that came with an answer; nothing where there is none."""
    return _signature(header.get(SIGNATURE, "")) or b""


def _parts(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _text(signature: bytes) -> str:
    return base64.b64encode(signature).decode()


def _signature(text: str) -> bytes | None:
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if len(found) == _SIGNED and _text(found) == text else None


def _bytes(text: str, size: int) -> bytes | None:
    whole = len(text) == 2 * size and _HEX.fullmatch(text)
    return bytes.fromhex(text) if whole else None
