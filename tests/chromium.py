"""A real browser for tests: the Chromium of tests/node, with fonts that are there on every machine.

It reaches this machine only: every name but loopback resolves to nothing.
"""

import fcntl
import os
import subprocess
import sysconfig
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

NODE = Path(sysconfig.get_path("scripts")) / "node"
PLACE = Path(__file__).parent / "node"
MODULES = PLACE / "node_modules"
AXE = MODULES / "axe-core" / "axe.min.js"
UNPACKED = MODULES / ".chromium"
ARGUMENTS = (
    "--no-sandbox",  # tests may run as root
    "--no-zygote",
    "--disable-gpu",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--in-process-gpu",
    "--disable-dev-shm-usage",
    "--font-render-hinting=none",
    "--hide-scrollbars",
    "--site-per-process",  # as browsers on desktops do; the old headless one does not by itself
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>{dirs}<cachedir>{cache}</cachedir>
<alias><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
<alias><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
</fontconfig>
"""


def executable() -> Path:
    """Return where the browser is; it is unpacked once."""
    assert MODULES.is_dir(), "`make test` installs tests/node"
    UNPACKED.mkdir(exist_ok=True)
    with (UNPACKED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        run = subprocess.run(
            [NODE, PLACE / "chromium.mjs", UNPACKED], capture_output=True, check=False, text=True
        )
    assert run.returncode == 0, run.stderr
    return Path(run.stdout.strip().splitlines()[-1])


def surroundings(place: Path, browser: Path) -> dict[str, str]:
    """Return the environment: our fonts, and the libraries that this machine lacks."""
    folders = [UNPACKED / "fonts", *(MODULES / "@expo-google-fonts").iterdir()]
    dirs = "".join(f"<dir>{folder}</dir>" for folder in folders)
    fonts = place / "fonts.conf"
    fonts.write_text(FONTS.format(dirs=dirs, cache=place / "fonts"), encoding="utf-8")
    found = {**os.environ, "FONTCONFIG_FILE": str(fonts), "HOME": str(place)}
    linked = subprocess.run(["ldd", browser], capture_output=True, check=False, text=True)
    if "not found" in linked.stdout:
        found["LD_LIBRARY_PATH"] = str(UNPACKED / "al2023" / "lib")
    return found


@asynccontextmanager
async def chromium(place: Path) -> AsyncIterator[Browser]:
    """Start the browser, and end it."""
    binary = executable()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=binary, args=list(ARGUMENTS), env={**surroundings(place, binary)}
        )
        try:
            yield browser
        finally:
            await browser.close()
