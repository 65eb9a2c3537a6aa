"""What stands in deploy/ is hardened, whole, and names only what is there."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import parser
from bot.configuration import SECRETS
from bot.findings import MEANINGS
from bot.service import ALIVE
from bot.settings import Settings
from desk.__main__ import parser as desk_parser

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
HOME = "/var/lib/quietline"
UNITS = ("quietline.service", "quietline-check.service", "quietline-check.timer")
USER = "10001"
MEBIBYTES_A_LINE_NEEDS = 256
#: Secrets that every line is given; the others are there to be switched on.
NEEDED = [name for name in SECRETS if name != "s3"]
EXPOSURE = 20  # tenths: of 0 (best) to 100

HARDENING = {
    "AmbientCapabilities": "",
    "CapabilityBoundingSet": "",
    "DevicePolicy": "closed",
    "DynamicUser": "yes",
    "KeyringMode": "private",
    "LimitCORE": "0",
    "LockPersonality": "yes",
    "MemoryDenyWriteExecute": "yes",
    "MemorySwapMax": "0",
    "NoNewPrivileges": "yes",
    "PrivateDevices": "yes",
    "PrivateMounts": "yes",
    "PrivateTmp": "yes",
    "PrivateUsers": "yes",
    "ProcSubset": "pid",
    "ProtectClock": "yes",
    "ProtectControlGroups": "yes",
    "ProtectHome": "yes",
    "ProtectHostname": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectProc": "invisible",
    "ProtectSystem": "strict",
    "RemoveIPC": "yes",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes",
    "StateDirectory": "quietline",
    "StateDirectoryMode": "0700",
    "SystemCallArchitectures": "native",
    "UMask": "0077",
}


def _text(name: str) -> str:
    return (DEPLOY / name).read_text("utf-8")


# --- the service ----------------------------------------------------------------------------


def _service(name: str = "quietline.service") -> list[tuple[str, str]]:
    """List the settings of a unit's [Service] section, in order."""
    section, found = "", []
    for line in _text(name).splitlines():
        if line.startswith("["):
            section = line
        elif section == "[Service]" and (setting := re.fullmatch(r"([A-Za-z]+)=(.*)", line)):
            found.append((setting[1], setting[2]))
    return found


def _values(key: str) -> list[str]:
    return [value for name, value in _service() if name == key]


def _seconds(text: str) -> int:
    return int(text.removesuffix("s"))


@pytest.mark.parametrize("key", HARDENING)
def test_the_service_is_locked_in(key: str) -> None:
    assert _values(key) == [HARDENING[key]]


def test_the_service_may_only_call_what_a_service_needs() -> None:
    assert _values("SystemCallFilter") == ["@system-service", "~@privileged @resources"]
    assert _values("SystemCallErrorNumber") == ["EPERM"]


def test_the_service_takes_every_secret_and_no_other() -> None:
    loaded = [value.split(":") for value in _values("LoadCredentialEncrypted")]
    assert [name for name, _ in loaded] == NEEDED
    assert all(path == f"/etc/credstore.encrypted/quietline.{name}" for name, path in loaded)
    plain = re.findall(r"^#LoadCredential=(\w+):", _text("quietline.service"), re.MULTILINE)
    assert plain == list(SECRETS)
    later = re.findall(
        r"^#LoadCredentialEncrypted=(\w+):", _text("quietline.service"), re.MULTILINE
    )
    assert [*NEEDED, *later] == list(SECRETS)


def test_a_line_that_hangs_or_falls_is_started_anew() -> None:
    assert _values("Type") == ["notify"]
    assert _values("Restart") == ["on-failure"]
    assert "StartLimitIntervalSec=0" in _text("quietline.service")
    assert _seconds(_values("WatchdogSec")[0]) >= 3 * ALIVE
    assert _values("WatchdogSignal") == ["SIGKILL"], "SIGABRT may write a core file"


def test_what_was_begun_is_finished_before_a_stop_is_forced() -> None:
    assert _seconds(_values("TimeoutStopSec")[0]) > 30
    assert _seconds(_compose()["stop_grace_period"]) > 30


def test_the_service_runs_a_command_that_exists() -> None:
    (start,) = _values("ExecStart")
    program, *words = shlex.split(start)
    assert Path(program).name in _programs()
    assert parser().parse_args(words).home == Path(HOME)


def _systemd_analyze(*words: str, cwd: Path) -> str:
    """Run systemd-analyze where it knows what we ask; what it says, when it is content."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd here; the settings themselves are tested everywhere")
    version = subprocess.run([program, "--version"], capture_output=True, check=True, text=True)
    if int(version.stdout.split()[1]) < 250:
        pytest.skip("this systemd cannot look at a file; the settings themselves are tested")
    done = subprocess.run(
        [program, *words], capture_output=True, check=False, cwd=cwd, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_systemd_finds_the_service_hardly_exposed() -> None:
    _systemd_analyze(
        "security",
        "--offline=true",
        f"--threshold={EXPOSURE}",
        "--no-pager",
        str(DEPLOY / "quietline.service"),
        cwd=DEPLOY,
    )


def test_systemd_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    for name in UNITS:
        # Programs that are not installed here stand in for those of a server.
        text = re.sub(r"^(ExecStart=)\S+", rf"\1{sys.executable}", _text(name), flags=re.MULTILINE)
        (tmp_path / name).write_text(text, encoding="utf-8")
    said = _systemd_analyze("verify", "--man=no", *UNITS, cwd=tmp_path)
    assert "quietline" not in said


# --- commands as the line itself --------------------------------------------------------------


def _fake(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


def _as_line(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the script with a systemd that only tells what it was asked for, NUL between words."""
    _fake(folder, "systemctl", f"cat '{DEPLOY}/quietline.service' '{folder}/drop-in.conf'")
    _fake(folder, "systemd-run", "printf '%s\\0' \"$@\"; exit 3")
    return subprocess.run(
        ["/bin/sh", str(DEPLOY / "quietline-as-line"), *words],
        capture_output=True,
        check=False,
        env={"PATH": f"{folder}:{os.environ['PATH']}"},
        text=True,
    )


@pytest.fixture
def asked(tmp_path: Path) -> list[str]:
    (tmp_path / "drop-in.conf").write_text(
        "[Unit]\nAfter=other.service\n[Service]\nReadWritePaths=/srv/drop\n", encoding="utf-8"
    )
    done = _as_line(tmp_path, "line", "load", "/srv/the line", "--root", "45VD XHDC")
    assert (done.returncode, done.stderr) == (3, "")
    return done.stdout.split("\0")[:-1]


def test_a_command_as_the_line_has_all_its_limits_in_their_order(asked: list[str]) -> None:
    process = re.compile(r"Type|NotifyAccess|Exec|Restart|Timeout|Watchdog")
    limits = [f"{key}={value}" for key, value in _service() if not process.match(key)]
    given = [word.removeprefix("--property=") for word in asked if word.startswith("--property=")]
    assert given == [*limits, "ReadWritePaths=/srv/drop"]
    assert set(HARDENING) <= {one.partition("=")[0] for one in given}


def test_a_command_as_the_line_keeps_its_words(asked: list[str]) -> None:
    program = _values("ExecStart")[0].split()[0]
    words = asked[asked.index("--") + 1 :]
    assert words[0] == program
    assert words[1:] == ["line", "load", "/srv/the line", "--root", "45VD XHDC", "--home", HOME]


def test_no_command_as_the_line_says_how_to_give_one(tmp_path: Path) -> None:
    (tmp_path / "drop-in.conf").touch()
    done = _as_line(tmp_path)
    assert done.returncode == 2
    assert "quietline-as-line check" in done.stdout


def test_the_daily_check_is_a_check_as_the_line() -> None:
    ((_, start),) = [one for one in _service("quietline-check.service") if one[0] == "ExecStart"]
    program, *words = shlex.split(start)
    assert (DEPLOY / Path(program).name).exists()
    assert parser().parse_args(words).run


# --- the image ------------------------------------------------------------------------------


def _dockerfile() -> list[str]:
    """List the instructions, one a line."""
    text = re.sub(r"^#.*\n", "", _text("Dockerfile"), flags=re.MULTILINE)
    return [line.strip() for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def _last_stage() -> list[str]:
    lines = _dockerfile()
    return lines[max(at for at, line in enumerate(lines) if line.startswith("FROM ")) :]


def _copied() -> Iterator[str]:
    for line in _dockerfile():
        word, *paths = line.split()
        if word == "COPY" and not paths[0].startswith("--from"):
            yield from paths[:-1]


def _programs() -> set[str]:
    return set(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"])


def _json(instruction: str) -> list[str]:
    ((line,),) = [
        re.findall(r"\[.*\]", line) for line in _last_stage() if line.startswith(instruction)
    ]
    words: list[str] = tomllib.loads(f"words = {line}")["words"]
    return words


def test_the_image_is_made_of_what_is_there_and_of_nothing_else() -> None:
    copied = set(_copied())
    assert copied == {
        *("bot", "storage", "desk"),
        *("pyproject.toml", "README.md", "requirements.lock"),
    }
    assert all((ROOT / path).exists() for path in copied)
    ignored = _text("Dockerfile.dockerignore").splitlines()
    assert "*" in ignored
    assert {line[1:] for line in ignored if line.startswith("!")} == copied


def test_the_image_installs_what_the_lock_names_by_hash_without_a_compiler() -> None:
    installs = [line for line in _dockerfile() if " install " in line and "pip" in line]
    (locked, own) = [line for line in installs if "--python /opt/quietline" in line]
    assert "--require-hashes -r /source/requirements.lock" in " ".join(locked.split())
    assert "--only-binary :all:" in locked
    assert "--no-deps --no-build-isolation /source" in " ".join(own.split())
    assert not any(re.search(r"\b(apt|apt-get|apk|curl|wget)\b", line) for line in _dockerfile())


def test_all_that_a_line_needs_is_published_as_wheels() -> None:
    """The paper, the image and `make demo` install wheels only: a source archive stops them."""
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    packages = re.findall(r"^([a-z0-9._-]+)==(.*?)(?=^\S|\Z)", lock, re.MULTILINE | re.DOTALL)
    assert len(packages) > 20
    # Of a package without a wheel the lock knows one file: its source archive.
    assert [name for name, rest in packages if rest.count("--hash=") < 2] == []
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert "$(call install,requirements.lock,--only-binary :all:)" in makefile


def test_the_last_stage_has_no_pip_and_no_rights() -> None:
    stage = _last_stage()
    assert any("pip uninstall" in line for line in stage)
    assert f"USER {USER}:{USER}" in stage
    assert not any(" install " in line and "pip install" in line for line in stage)
    assert "setuptools wheel" in " ".join(_dockerfile())


def test_the_image_starts_a_command_that_exists() -> None:
    (program,) = _json("ENTRYPOINT")
    assert program in _programs()
    assert parser().parse_args(_json("CMD")).home == Path(HOME)


def test_the_image_asks_for_its_health_where_the_line_listens() -> None:
    (check,) = [line for line in _last_stage() if line.startswith("HEALTHCHECK")]
    listen = Settings.model_fields["listen"].default
    assert f"http://{listen}/healthz" in check


# --- compose --------------------------------------------------------------------------------


def _scalar(text: str) -> str | bool:
    plain = text.strip('"')
    return plain == "true" if text in {"true", "false"} else plain


def _block(lines: list[tuple[int, str]], at: int) -> tuple[Any, int]:
    """Read the little of YAML that compose.yaml uses: nested keys, lists, plain values."""
    indent, first = lines[at]
    listed: list[Any] = []
    keyed: dict[str, Any] = {}
    value: Any
    while at < len(lines) and lines[at][0] == indent:
        text = lines[at][1]
        if text.startswith("- ") and re.match(r"- [\w-]+:( |$)", text):
            lines[at] = (indent + 2, text[2:])
            value, at = _block(lines, at)
            listed.append(value)
        elif text.startswith("- "):
            listed.append(_scalar(text[2:]))
            at += 1
        else:
            key, _, rest = text.partition(":")
            value, at = (_scalar(rest.strip()), at + 1) if rest else _block(lines, at + 1)
            keyed[key] = value
    return (listed if first.startswith("- ") else keyed), at


def _yaml(name: str) -> dict[str, Any]:
    lines = [line for line in _text(name).splitlines() if line.strip() and "#" not in line]
    read, end = _block([(len(line) - len(line.lstrip()), line.strip()) for line in lines], 0)
    assert end == len(lines), lines[end]
    found: dict[str, Any] = read
    return found


def _compose() -> dict[str, Any]:
    service: dict[str, Any] = _yaml("compose.yaml")["services"]["quietline"]
    return service


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("read_only", True),
        ("init", True),
        ("cap_drop", ["ALL"]),
        ("security_opt", ["no-new-privileges:true"]),
        ("ulimits", {"core": "0"}),
        ("user", f"{USER}:{USER}"),
        ("tmpfs", ["/tmp:rw,noexec,nosuid,nodev,size=64m"]),
    ],
)
def test_the_container_is_locked_in(key: str, value: object) -> None:
    assert _compose()[key] == value


def test_the_container_opens_nothing_to_the_outside() -> None:
    asked = {"ports", "expose", "network_mode", "privileged", "cap_add", "devices", "pid", "ipc"}
    assert asked & set(_compose()) == set()


def test_the_container_is_never_swapped_and_its_log_never_fills_the_disk() -> None:
    service = _compose()
    assert service["mem_limit"] == service["memswap_limit"]
    assert int(service["mem_limit"].removesuffix("m")) >= MEBIBYTES_A_LINE_NEEDS
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}


def test_the_container_takes_every_secret_as_a_file_and_none_by_the_environment() -> None:
    files = _yaml("compose.yaml")["secrets"]
    assert _compose()["secrets"] == list(files) == NEEDED
    assert all(files[name] == {"file": f"./secrets/{name}"} for name in NEEDED)
    later = re.findall(r"^      # - (\w+)$", _text("compose.yaml"), re.MULTILINE)
    assert [*NEEDED, *later] == list(SECRETS)
    assert all(f"#   file: ./secrets/{name}\n" in _text("compose.yaml") for name in later)
    assert _compose()["environment"] == {"CREDENTIALS_DIRECTORY": "/run/secrets"}


def test_the_container_runs_a_command_that_exists() -> None:
    given = parser().parse_args(_compose()["command"])
    assert (given.home, given.credentials) == (Path(HOME), Path("/run/secrets"))
    ((volume),) = _compose()["volumes"]
    assert volume["target"] == HOME


def test_the_container_is_built_from_this_tree() -> None:
    build = _compose()["build"]
    assert (DEPLOY / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]).exists()


def test_a_home_and_secrets_beside_the_compose_file_never_get_into_the_tree() -> None:
    ignored = _text(".gitignore").splitlines()
    assert {"/home/", "/secrets/"} <= set(ignored)


# --- Signal beside it ---------------------------------------------------------------------------


def _signal() -> dict[str, Any]:
    service: dict[str, Any] = _yaml("compose.signal.yaml")["services"]["signal"]
    return service


def test_the_bridge_is_of_one_version_and_can_be_held_to_its_digest() -> None:
    image = _signal()["image"]
    assert re.fullmatch(r"\$\{SIGNAL_IMAGE:-bbernhard/signal-cli-rest-api:[0-9.]+\}", image)
    version = image.rpartition(":")[2].rstrip("}")
    assert f"SIGNAL_IMAGE=bbernhard/signal-cli-rest-api:{version}@sha256:" in _text(
        "compose.signal.yaml"
    )


def test_nobody_but_the_line_reaches_the_bridge() -> None:
    signal, both = _signal(), _yaml("compose.signal.yaml")
    asked = {"ports", "expose", "network_mode", "privileged", "cap_add", "devices", "pid", "ipc"}
    assert asked & set(signal) == set()
    assert signal["networks"] == both["services"]["quietline"]["networks"] == ["signal"]
    assert both["networks"] == {"signal": {"driver": "bridge"}}


def test_the_bridge_starts_last_stops_first_and_keeps_files_in_memory() -> None:
    signal = _signal()
    assert signal["depends_on"] == {"quietline": {"condition": "service_healthy", "restart": True}}
    (volume,) = signal["volumes"]
    folders = {one.partition(":")[0] for one in signal["tmpfs"]}
    inside = {f"{volume['target']}/{name}" for name in ("attachments", "avatars", "stickers")}
    assert folders == {"/tmp", *inside}
    assert signal["mem_limit"] == signal["memswap_limit"]
    assert signal["logging"] == {"driver": "none"}
    assert signal["ulimits"] == {"core": "0"}


def test_a_bridge_whose_volume_is_closed_cannot_start() -> None:
    (volume,) = _signal()["volumes"]
    assert volume["source"] == "./signal/account", "inside: signal/ is there without its volume"
    assert volume["bind"] == {"create_host_path": False}
    paper = (ROOT / "docs" / "signal.md").read_text("utf-8")
    assert f"-o 10002 -g 10002 {volume['source'].removeprefix('./')}\n" in paper


def test_no_command_on_paper_takes_the_line_off_the_network_of_the_two() -> None:
    paper = (ROOT / "docs" / "signal.md").read_text("utf-8")
    both = "COMPOSE_FILE=compose.yaml:compose.signal.yaml"
    assert f"#   {both}\n" in _text("compose.signal.yaml")
    before, _, _ = paper.partition(f"echo {both} >> .env")
    assert before != paper
    assert re.findall(r"docker compose (.*)", before) == [
        "run -T --rm quietline signal webhook >> .env"
    ]
    assert "docker compose -f" not in paper + _text("README.md")


def test_the_bridge_brings_messages_to_a_door_of_the_line() -> None:
    told = _signal()["environment"]
    assert told["MODE"] == "${SIGNAL_MODE:-json-rpc}"
    assert told["JSON_RPC_TRUST_NEW_IDENTITIES"] == "on-first-use"
    assert told["RECEIVE_WEBHOOK_URL"].startswith("${RECEIVE_WEBHOOK_URL:?")
    assert {"/signal/", "/.env"} <= set(_text(".gitignore").splitlines())


# --- the paper ------------------------------------------------------------------------------


def _typed() -> Iterator[list[str]]:
    """Give the commands of ours that the paper says to type, in words."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", _text("README.md"), re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`(quietline(?:-as-line|-desk)? [^`]+)`", _text("README.md"))
    lines = [line.strip() for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    for line in [*lines, *(" ".join(span.split()) for span in spans)]:
        words = shlex.split(line, comments=True)
        if words and words[0] in {"quietline", "quietline-as-line", "quietline-desk"}:
            yield words
        elif words[:3] == ["docker", "compose", "run"] or words[:2] == ["docker", "run"]:
            image = max(at for at, word in enumerate(words) if word.startswith("quietline"))
            yield ["quietline", *words[image + 1 :]]


@pytest.mark.parametrize("words", list(_typed()), ids=" ".join)
def test_every_command_on_the_paper_can_be_typed(words: list[str]) -> None:
    program, *rest = words
    parsers = {"quietline-desk": desk_parser}
    home = ["--home", HOME] if program == "quietline-as-line" else []
    assert parsers.get(program, parser)().parse_args([*rest, *home]).run


def _of_signal() -> list[str]:
    text = (ROOT / "docs" / "signal.md").read_text("utf-8")
    return sorted(
        set(re.findall(r"quietline (signal [a-z]+(?: --?[a-z]+ [^\s`|>]+| CODE)?)", text))
    )


@pytest.mark.parametrize("words", _of_signal())
def test_every_command_for_signal_can_be_typed(words: str) -> None:
    assert parser().parse_args(shlex.split(words)).run


def test_every_file_here_and_every_secret_is_on_the_paper() -> None:
    paper = _text("README.md") + (ROOT / "docs/configuration.md").read_text("utf-8")
    written = {path.name for path in DEPLOY.iterdir() if path.is_file()}
    told = written - {"README.md", ".gitignore", "Dockerfile", "Dockerfile.dockerignore"}
    assert [name for name in told if Path(name).stem not in paper] == []
    assert [name for name in SECRETS if f"`{name}`" not in paper] == []


def test_the_paper_links_to_what_is_there() -> None:
    paper = _text("README.md")
    headings = re.findall(r"^#+ (.+)$", paper, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in headings}
    links = re.findall(r"\]\((?!https?:)([^)\s]+)\)", paper)
    assert [one[1:] for one in links if one.startswith("#") and one[1:] not in anchors] == []
    files = [one.partition("#")[0] for one in links if not one.startswith("#")]
    assert [one for one in files if not (DEPLOY / one).exists()] == []


def test_every_finding_of_check_is_explained() -> None:
    found = set(MEANINGS)
    for module in ("bot/checks.py", "bot/asking.py", "bot/bridge.py"):
        text = (ROOT / module).read_text("utf-8")
        found |= set(re.findall(r'\b(?:ok|note|wrong|name=)\(?"([a-z ]+)"', text))
    assert len(found) > len(MEANINGS)
    assert [name for name in sorted(found) if f"`{name}`" not in _text("README.md")] == []
