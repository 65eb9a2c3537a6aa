"""What `quietline check` can see of the line at its bridge. It changes nothing.

Facts only: what is good or bad about them is for `check` to say. What went wrong is a code.
"""

from dataclasses import dataclass

from bot.channels.signal.wire import Bridge
from bot.errors import DeliveryFailed, OutcomeUnknown
from bot.settings import Signal

#: What can be wrong.
NO_CONNECTION, NO_ANSWER, NO_BRIDGE = "no-connection", "no-answer", "no-bridge"
#: Seconds that a look may take.
PATIENCE = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What was seen; `error` is empty, or a code and the rest was not seen."""

    error: str = ""
    mode: str = ""  # json-rpc, native, normal
    version: str = ""
    registered: bool = False  # whether the line's number is an account there
    accounts: int = 0  # how many there are in all
    files: int = 0  # files that lie there, of all accounts
    trust: str = ""  # what changed safety numbers mean; "" where the bridge tells no truth of it


async def look(settings: Signal) -> Look:
    """Ask the bridge what it is and whom it serves."""
    async with Bridge(settings, patience=PATIENCE) as bridge:
        try:
            about = (await bridge.ask("GET", "/v1/about")).read()
            if not isinstance(about, dict) or "mode" not in about:
                return Look(error=NO_BRIDGE)
            accounts = (await bridge.ask("GET", "/v1/accounts")).read()
            files = (await bridge.ask("GET", "/v1/attachments")).read()
            trust = await _trust(bridge, str(about["mode"]))
        except DeliveryFailed:
            return Look(error=NO_CONNECTION)
        except OutcomeUnknown:
            return Look(error=NO_ANSWER)
    known = accounts if isinstance(accounts, list) else []
    return Look(
        mode=str(about["mode"]),
        version=str(about.get("version", "")),
        registered=settings.number in known,
        accounts=len(known),
        files=len(files) if isinstance(files, list) else 0,
        trust=trust,
    )


async def _trust(bridge: Bridge, mode: str) -> str:
    """Return what is set; in json-rpc mode the bridge always says the same."""
    if mode == "json-rpc":
        return ""
    read = (await bridge.ask("GET", bridge.own("/v1/configuration", "settings"))).read()
    return str(read.get("trust_mode", "")) if isinstance(read, dict) else ""
