"""The line's account at Signal, as far as an operator sets it up: registering, linking, profile.

Each function asks the bridge for one thing and returns when it was done. What the bridge says
when it refuses is handed on to the operator, who typed it: nothing of a person is in it.
"""

from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import quote

from bot.channels.signal.wire import Answer, Bridge
from bot.errors import (
    BridgeAway,
    BridgeRefused,
    BridgeSilent,
    CaptchaNeeded,
    DeliveryFailed,
    OutcomeUnknown,
)

#: What a result of Signal's captcha page begins with.
CAPTCHA = "signalcaptcha://"
#: What the mode is called in which signal-cli runs all the time.
JSON_RPC = "json-rpc"


async def accounts(bridge: Bridge) -> tuple[str, ...]:
    """Return the numbers that the bridge has accounts of."""
    read = (await _done(bridge, "GET", "/v1/accounts")).read()
    return tuple(one for one in read if isinstance(one, str)) if isinstance(read, list) else ()


async def register(bridge: Bridge, *, captcha: str = "", voice: bool = False) -> None:
    """Ask Signal for a code by SMS, or by a call.

    Raises:
        CaptchaNeeded: without one, or with this one, Signal does not. BridgeRefused, BridgeAway.
    """
    body = {"use_voice": voice, **({"captcha": captcha} if captcha else {})}
    await _done(bridge, "POST", bridge.own("/v1/register"), body)


async def verify(bridge: Bridge, code: str, pin: str = "") -> None:
    """Finish a registration with the code that came, and the account's PIN if it has one."""
    digits = "".join(code.replace("-", "").split())
    body = {"pin": pin} if pin else {}
    await _done(bridge, "POST", bridge.own("/v1/register", "verify", digits), body)


async def link(bridge: Bridge, device: str) -> str:
    """Return the address that a phone is shown as a QR code, to link the bridge to its account."""
    path = f"/v1/qrcodelink/raw?device_name={quote(device)}"
    read = (await _done(bridge, "GET", path)).read()
    uri = read.get("device_link_uri", "") if isinstance(read, dict) else ""
    if not isinstance(uri, str) or not uri:
        raise BridgeRefused("it gave no address to link with")
    return uri


async def answer_challenge(bridge: Bridge, token: str, captcha: str) -> None:
    """Show Signal that a person runs the account."""
    body = {"challenge_token": token, "captcha": captcha}
    await _done(bridge, "POST", bridge.own("/v1/accounts", "rate-limit-challenge"), body)


async def set_profile(bridge: Bridge, *, name: str, about: str, avatar: bytes | None) -> None:
    """Set name, words and picture in one go: the bridge takes away a picture that is left out."""
    body = {"name": name, "about": about}
    if avatar is not None:
        body["base64_avatar"] = b64encode(avatar).decode("ascii")
    await _done(bridge, "PUT", bridge.own("/v1/profiles"), body)


async def set_trust(bridge: Bridge, mode: str) -> bool:
    """Say whether changed safety numbers are trusted; False where only its environment can."""
    if (await about(bridge)).get("mode") == JSON_RPC:
        return False
    path = bridge.own("/v1/configuration", "settings")
    await _done(bridge, "POST", path, {"trust_mode": mode})
    return True


async def about(bridge: Bridge) -> Mapping[str, object]:
    """Return what the bridge says of itself: `mode`, `version`."""
    read = (await _done(bridge, "GET", "/v1/about")).read()
    if not isinstance(read, dict):
        raise BridgeRefused("it is no signal-cli-rest-api")
    return read


async def _done(
    bridge: Bridge, method: str, path: str, body: Mapping[str, object] | None = None
) -> Answer:
    """Have something done, or say in words why it was not."""
    try:
        answer = await bridge.ask(method, path, body)
    except DeliveryFailed:
        raise BridgeAway(bridge.address) from None
    except OutcomeUnknown:
        raise BridgeSilent from None
    if answer.fine:
        return answer
    said = _words(answer)
    if "captcha" in said.lower():
        raise CaptchaNeeded(said)
    raise BridgeRefused(said)


def _words(answer: Answer) -> str:
    """Return what the bridge said of its refusal, on one line."""
    read = answer.read()
    said = read.get("error", "") if isinstance(read, dict) else answer.text
    return " ".join(str(said).split())[:200].rstrip(".") or f"status {answer.status}"
