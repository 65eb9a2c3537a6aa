"""A form as tables for a spreadsheet, with the catalogues' translations in columns of their own.

What comes out is an XLSForm again: KoBo and ODK load it, `xlsform.read` reads it back.
"""

from collections.abc import Mapping, Sequence

from bot.forms import vocabulary as v
from bot.forms.columns import text_columns, text_id
from bot.forms.outline import Outline
from bot.forms.sheets import Row, Sheet
from bot.texts import Texts
from bot.texts.languages import LANGUAGES

Table = list[list[str]]


def tables(form: Outline, texts: Texts, languages: Sequence[str] = ()) -> dict[str, Table]:
    """Return the form's sheets; `languages` are added as columns beside its own."""
    found: dict[str, Table] = {}
    for name in v.SHEETS:
        sheet = form.source.sheet(name)
        if sheet.columns:
            found[name] = _table(form, sheet, texts, [t for t in languages if t not in form.texts])
    return found


def _table(form: Outline, sheet: Sheet, texts: Texts, languages: Sequence[str]) -> Table:
    bases = {
        column: base
        for column, (base, _) in text_columns(
            form.source, sheet.name, form.default_language
        ).items()
    }
    last = {base: column for column, base in bases.items()}
    headings: list[str] = []
    sources: list[tuple[str, str, str]] = []  # own column, or what and in which language
    for column in sheet.columns:
        headings.append(_heading(column, form.default_language if column in bases else ""))
        sources.append((column, "", ""))
        base = bases.get(column, "")
        if base and last[base] == column:
            for tag in languages:
                headings.append(_heading(base, tag))
                sources.append(("", base, tag))
    rows = [[_cell(form, sheet, row, texts, source) for source in sources] for row in sheet.rows]
    return [headings, *rows]


def _heading(column: str, tag: str) -> str:
    if not tag or "::" in column:
        return column
    return f"{column}::{LANGUAGES[tag].autonym if tag in LANGUAGES else tag} ({tag})"


def _cell(form: Outline, sheet: Sheet, row: Row, texts: Texts, source: tuple[str, str, str]) -> str:
    column, base, tag = source
    if column == "default_language":
        return _heading("", form.default_language).removeprefix("::")
    if column:
        return row.get(column)
    if sheet.name == v.SURVEY and row.number not in form.spoken:
        return ""
    message = _messages(texts, tag).get(text_id(sheet.name, base, row))
    return message or ""


def _messages(texts: Texts, tag: str) -> Mapping[str, str]:
    return {id_: message.source for id_, message in texts.catalogue(tag).messages.items()}
