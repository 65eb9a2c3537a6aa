"""What is wrong with the settings and triage sheets, and with what goes into an index entry."""

import json

from bot.engine.model import Kind
from bot.forms import vocabulary as v
from bot.forms.outline import Item, Outline
from bot.forms.report import Report, shown

#: The longest values of an index entry beside the form's own (docs: the entry's format).
_INDEX = {
    "v": 1,
    "kind": "index",
    "case": "0" * 32,
    "number": "K7Q-4MD-2XR",
    "urgency": "U1",
    "language": "zh-Hant-HK",
    "day": "2026-11-22",
}


def check(form: Outline, report: Report) -> None:
    """Look at the settings, the triage rules and the codes of the digest."""
    if form.source.sheet(v.SETTINGS).columns:
        _settings(form, report)
    _triage(form, report)
    _index(form, report)


def _settings(form: Outline, report: Report) -> None:
    rows = form.source.sheet(v.SETTINGS).rows
    for row in rows[1:]:
        report.error(v.SETTINGS, row.number, "", "the settings have one row only")
    if not rows:
        return
    row = form.settings
    id_, version = row.get("form_id"), row.get("version")
    if not v.FORM_ID.fullmatch(id_):
        report.error(
            v.SETTINGS,
            row.number,
            "form_id",
            f"{shown(id_)} cannot be a form_id: small letters, digits, - and _"
            if id_
            else "there is no form_id",
        )
    if not v.VERSION.fullmatch(version):
        report.error(
            v.SETTINGS,
            row.number,
            "version",
            (f"{shown(version)} is no version: " if version else "there is no version: ")
            + "digits that rise with each change, such as 2026112201",
        )


def _triage(form: Outline, report: Report) -> None:
    for row, when in form.triage:
        level = row.get("level")
        if level not in v.LEVELS:
            report.error(
                v.TRIAGE,
                row.number,
                "level",
                f"{shown(level)} is no level: {', '.join(v.LEVELS)}" if level else "which level?",
            )
        if when is None:
            report.error(
                v.TRIAGE, row.number, "when", "when does this level hold? `true()` is always"
            )


def _index(form: Outline, report: Report) -> None:
    """Find digest questions whose codes might not fit the fixed size of an index entry."""
    marked = [i for i in form.items if i.row.get("bot::digest").lower() in v.YES and i.chooses]
    if not marked:
        return
    settings = form.settings
    entry = {
        **_INDEX,
        "form": settings.get("form_id"),
        "version": settings.get("version"),
        "codes": {item.name: _most_codes(form, item) for item in marked},
    }
    size = len(json.dumps(entry, separators=(",", ":"), ensure_ascii=False).encode())
    if size > v.INDEX_BYTES:
        report.error(
            v.SURVEY,
            marked[-1].number,
            "bot::digest",
            f"the codes of all digest questions together need up to {size} bytes, and there is "
            f"room for {v.INDEX_BYTES}: mark fewer questions, or use shorter codes",
        )


def _most_codes(form: Outline, item: Item) -> list[str]:
    codes = [row.get("name") for row in form.lists.get(item.list_name, ())]
    return codes if item.kind is Kind.MANY else [max(codes, key=len, default="")]
