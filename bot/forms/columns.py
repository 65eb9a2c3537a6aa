"""The columns of words: which language each is in, and the id of each cell's text."""

from bot.forms import vocabulary as v
from bot.forms.report import Report, shown
from bot.forms.sheets import FormSource, Row
from bot.texts.languages import LANGUAGES

_BY_FOLDED_TAG = {tag.lower(): tag for tag in LANGUAGES}


def language_of(written: str) -> str:
    """Return the language that `English (en)` or `en` names, "" when we do not know it."""
    inside = written.rpartition("(")[2].removesuffix(")") if written.endswith(")") else written
    return _BY_FOLDED_TAG.get(inside.strip().replace("_", "-").lower(), "")


def default_language(settings: Row, report: Report) -> str:
    """Return the language of columns that name none; English when the settings name none."""
    written = settings.get("default_language")
    tag = language_of(written) if written else "en"
    if not tag:
        report.error(v.SETTINGS, settings.number, "default_language", unknown_language(written))
    return tag or "en"


def unknown_language(written: str) -> str:
    """Return what to tell an author who wrote this for a language."""
    if written.lower() in {"zh", "chinese", "中文", "chinese (zh)", "中文 (zh)"}:
        return "Chinese has two scripts: write zh-Hans or zh-Hant"
    near = v.nearest(written.rpartition("(")[2].removesuffix(")"), LANGUAGES)
    return f"{shown(written)} names no language that the line knows: write English (en){near}"


def text_columns(source: FormSource, sheet: str, default: str) -> dict[str, tuple[str, str]]:
    """Return the columns of words: column -> (what it is, language or "" when unknown)."""
    found: dict[str, tuple[str, str]] = {}
    for column in source.sheet(sheet).columns:
        base, _, language = column.partition("::")
        if base in v.TEXTS[sheet]:
            found[column] = (base, language_of(language) if language else default)
    return found


def text_id(sheet: str, base: str, row: Row) -> str:
    """Return the id under which the catalogues know a cell's words."""
    if sheet == v.SURVEY:
        return f"q-{row.get('name')}{v.TEXTS[sheet][base]}"
    return f"c-{row.get('list_name')}-{row.get('name')}"
