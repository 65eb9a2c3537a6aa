"""A broken configuration names the key and what was expected."""

import re
import zoneinfo
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.configuration import Key, keys
from bot.errors import BadHelplines, BadSettings
from bot.helplines import COLUMNS, crisis, parse, sentences
from bot.schedule import day_of
from bot.settings import check, load

GOOD = {"name": "Garden Desk"}


def is_pattern(rule: object) -> bool:
    return getattr(rule, "pattern", None) is not None


def test_only_the_name_is_needed() -> None:
    settings = check(GOOD)
    assert settings.drafts == "resumable"
    assert settings.offer_drafts == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, ["`name`", "at least 1"]),
        ({"hours": "many"}, ["`hours`", "integer"]),
        ({"hours": 0}, ["`hours`", "greater than or equal to 1"]),
        ({"drafts": "forever"}, ["`drafts`", "'resumable' or 'ephemeral'"]),
        ({"languages": ["en", "xx"]}, ["`languages`", "no such language: xx"]),
        ({"colour": "blue"}, ["`colour` is no setting", "offer_drafts"]),
    ],
)
def test_a_fault_names_the_key_and_what_was_expected(
    change: dict[str, object], words: list[str]
) -> None:
    with pytest.raises(BadSettings) as fault:
        check({**GOOD, **change})
    for word in words:
        assert word in str(fault.value)


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(BadSettings) as fault:
        check({"hours": "many", "colour": "blue"})
    assert all(f"`{key}`" in str(fault.value) for key in ("name", "hours", "colour"))


def test_a_file_that_is_not_there_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="quietline init"):
        load(tmp_path / "quietline.toml")


def test_a_file_that_is_not_toml_says_where(tmp_path: Path) -> None:
    (tmp_path / "quietline.toml").write_text('name = "a\n', encoding="utf-8")
    with pytest.raises(BadSettings, match="line 1"):
        load(tmp_path / "quietline.toml")


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "quietline.toml").write_text('name = "file"\n', encoding="utf-8")
    monkeypatch.setenv("QUIETLINE_NAME", "environment")
    assert load(tmp_path / "quietline.toml").name == "environment"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[digest]\nzone = "Tokyo"', 'no such time zone: Tokyo; it is written like "Asia/Tokyo"'),
        ('[digest]\nat = "6am"', 'not written as it should be, for example "06:00"'),
        ('[telegram]\nwebhook = "line.example.org"', "https://line.example.org/telegram"),
        ('[alert]\nto = "anna@desk.example"', "`alert.to` is to be a list"),
    ],
)
def test_what_is_wrong_is_said_in_words_of_an_operator(
    text: str, words: str, tmp_path: Path
) -> None:
    file = tmp_path / "quietline.toml"
    file.write_text(f'name = "Garden"\n{text}\n')
    with pytest.raises(BadSettings) as told:
        load(file)
    assert words in str(told.value)
    assert "pattern" not in str(told.value)


def test_a_list_in_the_environment_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIETLINE_LANGUAGES", "en, ja")
    with pytest.raises(BadSettings, match=r"QUIETLINE_LANGUAGES is no list .* \[\"en\"\]"):
        check(GOOD)


@pytest.mark.parametrize("key", [one for one in keys() if any(map(is_pattern, one.field.metadata))])
def test_what_does_not_fit_is_told_with_an_example_that_does(key: Key) -> None:
    def settings_of(value: str) -> dict[str, object]:
        return {**GOOD, **({key.table: {key.name: value}} if key.table else {key.name: value})}

    with pytest.raises(BadSettings) as told:
        check(settings_of("no such thing!"))
    assert f"`{key.path}` is not written as it should be" in str(told.value)
    (example,) = re.findall(r'for example "(.+?)"', str(told.value))
    check(settings_of(example))


def test_without_a_list_of_time_zones_there_is_utc_and_a_word() -> None:
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=[])
    zoneinfo.ZoneInfo.clear_cache()
    try:
        assert day_of(datetime(2026, 11, 22, 5, tzinfo=UTC), check(GOOD).digest).day == 21
        with pytest.raises(BadSettings, match="Asia/Tokyo neither: install `tzdata`"):
            check({**GOOD, "digest": {"zone": "Asia/Tokyo"}})
    finally:
        zoneinfo.reset_tzpath(to=before)
    assert check({**GOOD, "digest": {"zone": "Asia/Tokyo"}}).digest.zone == "Asia/Tokyo"


HEAD = ",".join(COLUMNS)


def test_only_verified_lines_are_shown() -> None:
    rows = parse(
        f"{HEAD}\nDE,110,,,false,false,x,,false\nJP,110,119,,false,false,x,2026-01-02,true\n"
    )
    assert [name for name, _ in sentences(rows["DE"])] == ["lines-none"]
    assert [name for name, _ in sentences(rows["JP"])] == ["lines-row", "lines-crisis"]
    assert [name for name, _ in sentences(None)] == ["lines-none"]


def test_where_somebody_listens_is_shown_where_it_is_verified_and_never_of_a_country_of_origin() -> (
    None
):
    rows = parse(
        f"{HEAD}\nCN,110,120,,false,true,x,2026-01-02,true\nDE,110,0800,,false,false,x,,false\n"
        "FR,17,3114,,false,false,x,2026-01-02,true\nJP,110,,,false,false,x,2026-01-02,true\n"
    )
    assert crisis(rows["CN"]) == ("crisis-origin", {})
    assert crisis(rows["DE"]) == crisis(rows["JP"]) == crisis(None) == ("crisis-none", {})
    assert crisis(rows["FR"]) == ("lines-crisis", {"number": "3114", "date": "2026-01-02"})


def test_a_country_of_origin_gets_no_police_number_even_when_verified() -> None:
    rows = parse(f"{HEAD}\nCN,110,,,false,true,x,2026-01-02,true\n")
    assert sentences(rows["CN"]) == (("lines-origin", {}),)


def test_where_police_may_send_people_back_help_comes_first() -> None:
    rows = parse(f"{HEAD}\nTR,112,,UNHCR,true,false,x,2026-01-02,true\n")
    ((name, args),) = sentences(rows["TR"])
    assert (name, args["help"]) == ("lines-caution", "UNHCR")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n", "line 1"),
        (f"{HEAD}\nDE,110,,,maybe,false,x,,false\n", "line 2: police_caution"),
        (f"{HEAD}\nTH,191,,,true,false,x,2026-11-01,true\n", "asylum_help says whom to ask first"),
        (f"{HEAD}\nDE,110,,,false,false,x,,true\n", "line 2: a verified row needs the day"),
    ],
)
def test_a_bad_file_of_lines_says_what_is_wrong(text: str, words: str) -> None:
    with pytest.raises(BadHelplines, match=words):
        parse(text)
