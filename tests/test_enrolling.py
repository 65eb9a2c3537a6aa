"""`quietline signal`, step by step against an emulated bridge: what is asked, said and refused."""

import asyncio
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot import enrolling
from bot.by_signal import CHALLENGE
from bot.errors import (
    BadCaptcha,
    BadPicture,
    BridgeAway,
    BridgeRefused,
    BridgeSilent,
    CaptchaNeeded,
    NoChallenge,
)
from bot.settings import Settings, check
from tests.running import Firm
from tests.signal_server import Emulator, serving

NUMBER = "+4915112345678"
SOLVED = "signalcaptcha://signal-hcaptcha.5fad97ac-7d06-4e44-b18a-b950b20148ff.registration.P1_e"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


@dataclass
class Operator:
    """Somebody at a terminal."""

    typed: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.shown.append(text)

    def ask(self, question: str) -> str:
        self.shown.append(question)
        return self.typed.pop(0)

    @property
    def text(self) -> str:
        return "\n".join(self.shown)


def settings(bridge: Emulator, number: str = NUMBER) -> Settings:
    table = {"on": True, "number": number, "bridge": bridge.url}
    return check({"name": "Garden Desk", "signal": table})


async def test_a_number_is_registered_with_a_captcha_and_a_code() -> None:
    operator = Operator(typed=[SOLVED + "\n"])
    async with serving(number=NUMBER, mode="json-rpc") as bridge:
        bridge.registered(on=False)
        await enrolling.register(settings(bridge), operator.say, operator.ask)
        assert enrolling.REGISTRATION in operator.text
        assert "right-click" in operator.text
        assert "quietline signal verify" in operator.text
        await enrolling.status(settings(bridge), operator.say)
        assert f"{NUMBER} is not registered there" in operator.text
        await enrolling.verify(settings(bridge), operator.say, "123-456")
        await enrolling.status(settings(bridge), operator.say)
    assert f"{NUMBER} is registered there." in operator.text
    assert max(map(len, operator.text.splitlines())) <= 90


async def test_what_is_no_captcha_is_asked_of_nobody() -> None:
    operator = Operator(typed=["https://signalcaptchas.org/"])
    async with serving(number=NUMBER) as bridge:
        with pytest.raises(BadCaptcha):
            await enrolling.register(settings(bridge), operator.say, operator.ask)
        assert bridge.calls("register") == []


async def test_a_refusal_is_told_in_the_bridge_s_words() -> None:
    operator = Operator()
    async with serving(number=NUMBER) as bridge:
        bridge.fail("register", 400, text="Captcha invalid or expired")
        with pytest.raises(CaptchaNeeded, match="Captcha invalid"):
            await enrolling.register(settings(bridge), operator.say, operator.ask, captcha=SOLVED)
        with pytest.raises(BridgeRefused, match="Verify error"):
            await enrolling.verify(settings(bridge), operator.say, "12")
    with pytest.raises(BridgeAway, match=r"http://127\.0\.0\.1"):
        await enrolling.verify(settings(bridge), operator.say, "123456")


async def test_what_a_bridge_did_that_gave_no_answer_is_not_known() -> None:
    operator = Operator()
    async with serving(number=NUMBER) as bridge:
        bridge.fail("verify", "close")
        with pytest.raises(BridgeSilent, match="signal status"):
            await enrolling.verify(settings(bridge), operator.say, "123456")


async def test_linking_shows_a_square_and_says_who_else_reads() -> None:
    operator = Operator()
    async with serving(number=NUMBER) as bridge:
        await enrolling.link(settings(bridge), operator.say, device="desk")
    assert "reads\nevery report in the open" in operator.text
    (shown,) = [one for one in operator.shown if "█" in one or "▀" in one]
    lines = shown.splitlines()
    assert len({len(line) for line in lines if line.strip()}) <= 2
    assert len(lines) > 15


async def test_a_profile_is_set_whole_since_what_is_left_out_goes(tmp_path: Path) -> None:
    operator, picture = Operator(), tmp_path / "leaf.png"
    picture.write_bytes(PNG)
    async with serving(number=NUMBER, mode="native") as bridge:
        bridge.trust("always")
        await enrolling.profile(settings(bridge), operator.say, about="Hello", avatar=picture)
        expected = {"name": "Garden Desk", "about": "Hello", "avatar": hashlib.sha256(PNG).hexdigest(), "username": ""}  # fmt: skip
        assert bridge.profile() == expected
        assert bridge.world.trust == "on-first-use"
        await enrolling.profile(settings(bridge), operator.say, name="Tea", avatar=None)
        assert bridge.profile()["avatar"] is None
        assert "no picture" in operator.text
    async with serving(number=NUMBER, mode="json-rpc") as bridge:
        await enrolling.profile(settings(bridge), operator.say, avatar=picture)
    assert "JSON_RPC_TRUST_NEW_IDENTITIES=on-first-use" in operator.text


async def test_a_picture_that_signal_would_not_take_is_refused_here(tmp_path: Path) -> None:
    picture = tmp_path / "leaf.svg"
    picture.write_text("<svg/>")
    async with serving(number=NUMBER) as bridge:
        with pytest.raises(BadPicture, match=r"leaf\.svg"):
            await enrolling.profile(settings(bridge), print, avatar=picture)
        assert bridge.calls("profiles") == []


async def test_a_challenge_that_the_line_met_is_answered(tmp_path: Path) -> None:
    operator = Operator(typed=[SOLVED])
    async with serving(number=NUMBER) as bridge:
        with pytest.raises(NoChallenge):
            await enrolling.challenge(tmp_path, settings(bridge), operator.say, operator.ask)
        (tmp_path / "logs").mkdir()
        (tmp_path / CHALLENGE).write_text("tok-1\n")
        await enrolling.challenge(tmp_path, settings(bridge), operator.say, operator.ask)
        assert enrolling.ANSWERING in operator.text
        assert enrolling.REGISTRATION not in operator.text
        (call,) = bridge.calls("challenge")
        assert call["status"] == 204
    assert not (tmp_path / CHALLENGE).exists()


# --- as commands ----------------------------------------------------------------------------------


@pytest.fixture
def firm(founded: Firm, tmp_path: Path) -> Firm:
    return founded.copy(tmp_path / "firm")


async def test_the_commands_do_as_they_say(firm: Firm) -> None:
    async with serving(number=NUMBER) as bridge:
        done = await asyncio.to_thread(firm.line, "signal", "status", check=False)
        assert "number" in done.stderr
        assert done.returncode == 1
        firm.set(f'\n[signal]\nnumber = "{NUMBER}"\nbridge = "{bridge.url}"\n')
        for words in (
            ["status"],
            ["register", "--captcha", SOLVED],
            ["verify", "123456"],
            ["link"],
            ["profile", "--no-avatar"],
            ["challenge", "--token", "tok-1", "--captcha", SOLVED],
            ["webhook"],
        ):
            done = await asyncio.to_thread(firm.line, "signal", *words)
        assert done.stdout.startswith("RECEIVE_WEBHOOK_URL=http://quietline:8470/signal/")
        assert 'receive = "webhook"' in done.stderr
        done = await asyncio.to_thread(firm.line, "signal", "profile", check=False)
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert "--no-avatar" in done.stderr
