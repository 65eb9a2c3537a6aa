"""What operators read about the settings is what the settings are."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.configuration import SECRETS, Key, example, keys, page, toml
from bot.settings import FILE, Settings, check, load
from storage.credentials import NAMES

ROOT = Path(__file__).resolve().parent.parent
PAPERS = {"docs/configuration.md": page, "deploy/quietline.example.toml": example}
FILLED_IN = {"name": "Garden Desk"}


def _paths(values: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for name, value in values.items():
        path = f"{above}{name}"
        if isinstance(value, Mapping):
            yield from _paths(value, f"{path}.")
        else:
            yield path


def _every_key() -> set[str]:
    return set(_paths(check(FILLED_IN).model_dump()))


def _filled_in() -> str:
    return example().replace('name = ""', 'name = "Garden Desk"', 1)


def _switched_on() -> str:
    """Return the example with the # taken away before every key."""
    return re.sub(r"^#(?=[a-z_]+ = )", "", _filled_in(), flags=re.MULTILINE)


@pytest.mark.parametrize("paper", PAPERS)
def test_the_paper_is_what_the_settings_say(paper: str) -> None:
    made = PAPERS[paper]()
    assert (ROOT / paper).read_text("utf-8") == made, f"make {paper} anew: `quietline settings`"


def test_the_example_loads_once_it_has_a_name(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(_filled_in(), encoding="utf-8")
    assert load(tmp_path / FILE) == check(FILLED_IN)


def test_every_default_in_the_example_is_what_applies_without_it(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(_switched_on(), encoding="utf-8")
    assert load(tmp_path / FILE) == check(FILLED_IN)


def test_every_key_is_in_the_example_and_nothing_else_is() -> None:
    assert set(_paths(tomllib.loads(_switched_on()))) == _every_key()


def test_every_key_is_on_the_page_under_its_table_and_nothing_else_is() -> None:
    named, table = set(), ""
    settings, _, _ = page().partition("## Secrets")
    for line in settings.splitlines():
        if heading := re.fullmatch(r"## `\[(\w+)\]`", line):
            table = f"{heading[1]}."
        elif row := re.match(r"\| `(\w+)` \|", line):
            named.add(table + row[1])
    assert named == _every_key()


@pytest.mark.parametrize("key", keys(), ids=lambda key: key.path)
def test_the_variable_on_the_page_wins_over_the_file(
    key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = getattr(check(FILLED_IN), key.table) if key.table else check(FILLED_IN)
    value = getattr(expected, key.name)
    monkeypatch.setenv(key.variable, value if isinstance(value, str) else toml(value))
    wrong = {key.name: {"no value": "is a table"}}
    values = FILLED_IN | ({key.table: wrong} if key.table else wrong)
    assert check(values) == check(FILLED_IN)
    assert f"| `{key.variable}` |" in page()


@pytest.mark.parametrize("key", keys(), ids=lambda key: key.path)
def test_every_key_is_explained(key: Key) -> None:
    assert key.meaning.endswith(".")
    assert f"# {key.meaning}\n" in example()


@pytest.mark.parametrize("secret", SECRETS)
def test_every_secret_is_explained_and_none_is_a_setting(secret: str) -> None:
    assert re.search(rf"^\| `{secret}` \| .+\. \|$", page(), re.MULTILINE)
    assert not isinstance(check(FILLED_IN).model_dump().get(secret), str)


def test_the_keys_of_a_server_are_secrets() -> None:
    assert set(NAMES) <= set(SECRETS)


def test_no_row_of_the_page_breaks_its_table() -> None:
    rows = [line for line in page().splitlines() if line.startswith("|")]
    columns = {len(re.split(r"(?<!\\)\|", row)) for row in rows}
    assert len(rows) > len(Settings.model_fields)
    assert columns == {6, 4}


@given(st.one_of(st.text(), st.booleans(), st.integers(), st.lists(st.text())))
def test_whatever_a_default_is_toml_reads_it_back(value: object) -> None:
    assert tomllib.loads(f"a = {toml(value)}") == {"a": value}
