"""The line's account at Signal, step by step, in words that its operator follows.

Rules of this file: each step asks the bridge for one thing, then says what was done and what comes
next. Nobody is written to. What is typed or shown goes through `ask` and `say`.
"""

import io
from collections.abc import Callable
from pathlib import Path

import segno

from bot.by_signal import CHALLENGE
from bot.channels.signal import account
from bot.channels.signal.wire import Bridge
from bot.errors import BadCaptcha, BadPicture, NoChallenge
from bot.settings import Settings
from storage import disk

Ask = Callable[[str], str]
Say = Callable[[str], object]

#: Signal's captchas: what one page gives is refused where the other is asked for.
REGISTRATION = "https://signalcaptchas.org/registration/generate.html"
ANSWERING = "https://signalcaptchas.org/challenge/generate.html"
#: Seconds to wait for the bridge: in two of its modes signal-cli starts anew for each call.
PATIENCE = 120.0
#: Of a picture for the profile: megabytes, and what one begins with.
LARGEST, MEBIBYTE = 5, 1 << 20
PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
#: What happens to messages of somebody whose safety number has changed.
TRUST = "on-first-use"

STEPS = """\
Signal wants to see that a person asks. On any computer with a browser:
  1. Open {page}
  2. Solve what it shows. A button "Open Signal" appears.
  3. Do not press it: right-click it, "Copy link". It begins with
     {begins}
  4. Paste it here within a few minutes. It is good for one time."""
TAKES_OVER = """\
Registering takes the number away from any phone that uses it at Signal now,
and everybody who wrote to it is shown a changed safety number."""
BEFORE_LINKING = """\
A linked line shares the account with a phone: whoever holds that phone reads
every report in the open, and can answer. Use a number of the line's own
(`quietline signal register`) unless you are only trying things out. Signal
drops a linked device after 30 days without a connection.
"""
LINKING = """\
On the phone that has the account: Signal, Settings, Linked devices, then "+"
or "Link new device". Point it at this square within a minute or two:
"""
IN_ENVIRONMENT = f"""\
What happens to changed safety numbers is set where the bridge is started:
  JSON_RPC_TRUST_NEW_IDENTITIES={TRUST}"""


async def status(settings: Settings, say: Say) -> None:
    """Say what the bridge says of itself and of the line."""
    number = settings.signal.number
    async with Bridge(settings.signal, patience=PATIENCE) as bridge:
        about = await account.about(bridge)
        say(f"The bridge at {bridge.address} answers.")
        say(f"Version {about.get('version', 'unknown')}, mode {about.get('mode', 'unknown')}.")
        numbers = await account.accounts(bridge)
    if number in numbers:
        say(f"{number} is registered there.")
    else:
        say(f"{number} is not registered there: `quietline signal register`.")
    for other in sorted({*numbers} - {number}):
        say(f"It has another account as well, {other}: give each line a bridge of its own.")


async def register(
    settings: Settings, say: Say, ask: Ask, *, captcha: str = "", voice: bool = False
) -> None:
    """Have Signal send a code to the line's own number."""
    say(TAKES_OVER)
    solved = _captcha(captcha, REGISTRATION, say, ask)
    async with Bridge(settings.signal, patience=PATIENCE) as bridge:
        await account.register(bridge, captcha=solved, voice=voice)
    how = "calls" if voice else "sends an SMS to"
    say(f"Signal {how} {settings.signal.number}, with a code of six digits. Then:")
    say("  quietline signal verify CODE")


async def verify(settings: Settings, say: Say, code: str, *, pin: str = "") -> None:
    """Finish registering with the code that came."""
    async with Bridge(settings.signal, patience=PATIENCE) as bridge:
        await account.verify(bridge, code, pin)
    say(f"{settings.signal.number} is registered. Next, what people see of it:")
    say("  quietline signal profile --avatar FILE")


async def link(settings: Settings, say: Say, *, device: str) -> None:
    """Show a square that links the bridge to a phone's account."""
    say(BEFORE_LINKING)
    async with Bridge(settings.signal, patience=PATIENCE) as bridge:
        uri = await account.link(bridge, device)
    say(LINKING)
    say(square(uri))
    say("When the phone says that it is linked: `quietline signal status`.")


async def challenge(
    home: Path, settings: Settings, say: Say, ask: Ask, *, token: str = "", captcha: str = ""
) -> None:
    """Answer Signal, which has stopped the line for writing to many.

    Raises:
        NoChallenge: neither was one given, nor did the running line meet one.
    """
    kept = home / CHALLENGE
    token = token or (kept.read_text(encoding="utf-8").strip() if kept.exists() else "")
    if not token:
        raise NoChallenge
    solved = _captcha(captcha, ANSWERING, say, ask)
    async with Bridge(settings.signal, patience=PATIENCE) as bridge:
        await account.answer_challenge(bridge, token, solved)
    disk.erase(kept)
    say("Signal took the answer. The line goes on by itself, and sends what waits.")


async def profile(
    settings: Settings, say: Say, *, name: str = "", about: str = "", avatar: Path | None
) -> None:
    """Set what people see of the line, all of it; without `avatar` there is no picture then."""
    name, picture = name or settings.name, _picture(avatar)
    async with Bridge(settings.signal, patience=PATIENCE) as bridge:
        await account.set_profile(bridge, name=name, about=about, avatar=picture)
        trusts = await account.set_trust(bridge, TRUST)
    say(f'People see the name "{name}", {"your picture" if picture else "and no picture"}.')
    if trusts:
        say("Who has a new phone is asked to send again what could not be read.")
    else:
        say(IN_ENVIRONMENT)


def square(text: str) -> str:
    """Return a QR code as a terminal shows it."""
    out = io.StringIO()
    segno.make_qr(text, error="l").terminal(out=out, compact=True)
    return out.getvalue()


def _captcha(given: str, page: str, say: Say, ask: Ask) -> str:
    """Return what Signal's page gave, or what is pasted now."""
    if not given:
        say(STEPS.format(page=page, begins=account.CAPTCHA))
        given = ask("Paste it: ")
    if not given.strip().startswith(account.CAPTCHA):
        raise BadCaptcha
    return given.strip()


def _picture(path: Path | None) -> bytes | None:
    if path is None:
        return None
    data = path.read_bytes()
    if len(data) > LARGEST * MEBIBYTE or not data.startswith(PICTURES):
        raise BadPicture(path, LARGEST)
    return data
