"""The line of a demo: keys, a signed statement, a server, in a folder of its own.

Made by the commands that an organisation runs on its first day, as subprocesses, with throw-away
keys that `quietline run` refuses. An own form is asked in the languages that both it and the
line's own texts have, each as a draft.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.content import read_form
from bot.errors import DemoFailed
from bot.forms.texts import labels
from storage import folder
from storage.line import parse
from storage.signature import fingerprint

LINE_NAME = "Garden Desk"
STAFF = "aygul"
LANGUAGES = ("en", "zh-Hans", "zh-Hant", "ug", "ja")
SETTINGS_FILE = "quietline.toml"
#: Stands in a folder that a demo has begun to set up: only there is anything ever deleted.
MARK = ".quietline-demo"
SETTINGS = """\
# The settings of a line that is only tried out.
name = "Garden Desk"
contact = "the person who showed you this demo"
handles = "none: this line lives in your terminal only"
languages = [{languages}]
# Nobody has reviewed these texts yet, so each language says itself that it is a draft.
offer_drafts = [{languages}]
digests = "../digests"
"""


class Founder:
    """Makes a demo's line where none is, and runs the desk's commands there."""

    def __init__(self, place: Path, *, form: Path | None, say: Callable[[str], None]) -> None:
        """Found in `place`; `form` is an own form's file, None for the shipped one."""
        self.place = place
        self.server = place / "server"
        self.staff = place / "staff"
        self.digests = place / "digests"
        self._form = form
        self._say = say

    def found(self) -> None:
        """Make the line, or go on with the one that is there; raises DemoFailed."""
        if (self.server / "line" / folder.STATEMENT).exists():
            self._refuse_another_form()
            self._say(f"Going on in {self.place}.")
            return
        settings = settings_text(self._form)
        self._say("A line of its own is being set up: keys, a signed statement, a server.")
        self.place.mkdir(parents=True, exist_ok=True)
        making = self.place / ".setting-up"
        leftovers = [p for p in (making, self.staff, self.server) if p.exists()]
        if leftovers and not (self.place / MARK).exists():
            raise DemoFailed(f"{leftovers[0]} is there already and is not the demo's")
        (self.place / MARK).touch()
        for leftover in leftovers:
            shutil.rmtree(leftover)
        making.mkdir()
        self._first_day(making, settings)
        (making / "staff").rename(self.staff)
        (making / "server").rename(self.server)
        making.rmdir()
        (self.place / MARK).unlink()
        self.digests.mkdir(exist_ok=True)

    def desk(self, *arguments: str, cwd: Path | None = None) -> str:
        """Run a command of the desk and return what it printed; raises DemoFailed."""
        return _run("desk", *arguments, cwd=cwd)

    def _first_day(self, making: Path, settings: str) -> None:
        staff, server = making / "staff", making / "server"
        staff.mkdir(mode=0o700)
        (staff / SETTINGS_FILE).write_text(settings, encoding="utf-8")
        if self._form:
            shutil.copyfile(self._form, staff / self._form.name)
        places = ["--line", str(staff / "line"), "--desk", str(staff / "desk")]
        card = ["--card", str(staff / "cards.txt")]
        self.desk("org", "init", "--name", LINE_NAME, "--throwaway", *places, "--cards", card[1])
        root = folder.read_root(staff / "line")
        if root is None:
            raise DemoFailed("no root key was made")
        shown = fingerprint(root)
        self.desk("join", STAFF, "--throwaway", *places, "--root", shown, cwd=staff)
        self.desk(
            "org", "add", str(staff / "desk" / f"{STAFF}.join"), "--compared", *places, *card,
            "--rights", "read,act,lead", "--compartments", "general,relatives,lead",
        )  # fmt: skip
        self.desk("keys", *places, *card)
        _run(
            "bot", "init", "--home", str(server), "--name", LINE_NAME,
            "--settings", str(staff / SETTINGS_FILE),
        )  # fmt: skip
        if self._form:
            shutil.move(staff / self._form.name, server / self._form.name)
            self.desk("forms", str(server / self._form.name), *places)
        self.desk("org", "sign-server", str(server / "server.request"), *places, *card)
        _run(
            "bot", "line", "load", str(staff / "line"), "--home", str(server),
            "--root", shown, "--throwaway",
        )  # fmt: skip
        (staff / SETTINGS_FILE).unlink()

    def _refuse_another_form(self) -> None:
        """Raise DemoFailed when the line that is there asks another form than the one wanted."""
        if self._form is None:
            return
        pins = parse(folder.read(self.server / "line").text).forms.values()
        if hashlib.sha256(_bytes(self._form)).hexdigest() not in {pin.sha256 for pin in pins}:
            raise DemoFailed(f"the line in {self.place} asks another form: name another folder")


def settings_text(form: Path | None) -> str:
    """Return a demo's settings; raises DemoFailed for a form that cannot be asked here."""
    tags = _languages(form) if form else LANGUAGES
    text = SETTINGS.format(languages=", ".join(map(json.dumps, tags)))
    return text if form is None else f"{text}form = {json.dumps(form.name)}\n"


def _languages(form: Path) -> Sequence[str]:
    _bytes(form)
    words = labels(read_form(form))
    has = [tag for tag in LANGUAGES if tag in words]
    if not has:
        listed = ", ".join(LANGUAGES)
        raise DemoFailed(f"{form} has words in none of the line's languages ({listed})")
    return has


def _bytes(form: Path) -> bytes:
    try:
        return form.read_bytes()
    except OSError as error:
        raise DemoFailed(f"{form} cannot be read ({error.strerror})") from error


def _run(module: str, *arguments: str, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().removeprefix("quietline: ").rstrip(".")
        raise DemoFailed(said or f"{module} {arguments[0]} failed")
    return done.stdout
