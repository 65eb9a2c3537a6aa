"""Forms for tests, written as rows of dictionaries and turned into text tables or workbooks."""

from collections.abc import Mapping, Sequence

from bot.forms import xlsform
from bot.forms.sheets import FormSource

Rows = Sequence[Mapping[str, str]]

CONSENT: Rows = (
    {
        "type": "select_one yesno",
        "name": "ok",
        "label": "May we?",
        "required": "yes",
        "bot::consent": "yes",
    },
    {
        "type": "note",
        "name": "bye",
        "label": "All right.",
        "relevant": "${ok} = 'no'",
        "bot::end": "yes",
    },
)
YESNO: Rows = (
    {"list_name": "yesno", "name": "yes", "label": "Yes"},
    {"list_name": "yesno", "name": "no", "label": "No"},
)
SETTINGS: Rows = ({"form_id": "test", "version": "1", "default_language": "English (en)"},)


def sheets(
    survey: Rows,
    choices: Rows = (),
    settings: Rows = SETTINGS,
    triage: Rows = (),
    *,
    consent: bool = True,
) -> dict[str, list[list[str]]]:
    """Return tables of a form that is sound but for what the rows say."""
    given = {
        "survey": [*(CONSENT if consent else ()), *survey],
        "choices": [*YESNO, *choices],
        "settings": settings,
        "triage": triage,
    }
    found: dict[str, list[list[str]]] = {}
    for name, rows in given.items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        if columns:
            found[name] = [columns, *([row.get(c, "") for c in columns] for row in rows)]
    return found


def text(tables: Mapping[str, Sequence[Sequence[str]]]) -> str:
    """Write tables as pyxform's markdown."""
    lines: list[str] = []
    for name, rows in tables.items():
        lines.append(f"| {name} |")
        lines += ["| | " + " | ".join(c.replace("|", r"\|") for c in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def source(survey: Rows, choices: Rows = (), **more: Rows | bool) -> FormSource:
    """Return such a form as it is read from text."""
    tables = sheets(survey, choices, **more)  # type: ignore[arg-type]
    return xlsform.read(text(tables).encode(), "test.md")
