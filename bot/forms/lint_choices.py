"""What is wrong with the choices sheet: lists, codes, and how many one question offers."""

from collections.abc import Sequence

from bot.engine.answers import digits, normalise
from bot.engine.model import Kind
from bot.forms import vocabulary as v
from bot.forms.outline import Item, Outline
from bot.forms.report import Report, dated, shown
from bot.forms.sheets import Row

_MOST_TYPED = 3  # digits: answers longer than this are no number of a choice


def check(form: Outline, report: Report) -> None:
    """Look at every list, and at the questions that offer one."""
    used = {item.list_name for item in form.items}
    for name, rows in form.lists.items():
        _list_name(name, rows, report)
        _rows(name, rows, report)
        if name and name not in used and name != v.AGAIN_LIST:
            report.warn(
                v.CHOICES, rows[0].number, "list_name", f"no question uses the list {shown(name)}"
            )
    for item in form.items:
        if item.list_name:
            _offer(form, item, report)
    _labels(form, report)
    _same_id(form, report)


def _list_name(name: str, rows: Sequence[Row], report: Report) -> None:
    row = rows[0].number
    if not name:
        for blank in rows:
            report.error(v.CHOICES, blank.number, "list_name", "of which list is this a choice?")
    elif name == v.AGAIN_LIST:
        report.error(
            v.CHOICES, row, "list_name", f"{shown(name)} is a list of the line: take another name"
        )
    elif not v.NAME.fullmatch(name):
        report.error(
            v.CHOICES,
            row,
            "list_name",
            f"{shown(name)} cannot name a list: letters of a to z, digits, - and _, no spaces",
        )


def _rows(name: str, rows: Sequence[Row], report: Report) -> None:
    first: dict[str, Row] = {}
    for row in rows:
        code = row.get("name")
        if not code:
            report.error(v.CHOICES, row.number, "name", "the choice has no code")
        elif not v.CODE.fullmatch(code):
            message = (
                "a code has no spaces" if " " in code else "letters of a to z, digits, - and _"
            )
            report.error(
                v.CHOICES,
                row.number,
                "name",
                f"{shown(code)} cannot be a code: {dated(code).removeprefix('; ') or message}",
            )
        elif code.lower() in first:
            report.error(
                v.CHOICES,
                row.number,
                "name",
                f"{shown(code)} is already in the list {shown(name)}, "
                f"{report.unit} {first[code.lower()].number}",
            )
        first.setdefault(code.lower(), row)


def _offer(form: Outline, item: Item, report: Report) -> None:
    rows = form.lists.get(item.list_name)
    if not rows:
        near = v.nearest(item.list_name, form.lists)
        report.error(
            v.SURVEY,
            item.number,
            "type",
            f"there is no list {shown(item.list_name)} on the choices sheet{near}",
        )
        return
    typed = "autocomplete" in item.row.get("appearance").split() or item.kind is Kind.COUNTRY
    if len(rows) > v.MOST_OPTIONS and not typed and not item.row.get("choice_filter"):
        report.error(
            v.SURVEY,
            item.number,
            "type",
            f"{len(rows)} choices are too many to read in a chat: give the question a "
            "choice_filter, or the appearance autocomplete",
        )


def _labels(form: Outline, report: Report) -> None:
    """Find labels that a person who types them could not mean."""
    places = {
        f"c-{name}-{row.get('name')}": (name, at)
        for name, rows in form.lists.items()
        for at, row in enumerate(rows, start=1)
    }
    for texts in form.texts.values():
        meant: dict[tuple[str, str], str] = {}
        for id_, text in texts.items():
            if id_ not in places:
                continue
            name, at = places[id_]
            word = normalise(text.words)
            same = meant.setdefault((name, word), id_)
            if same != id_:
                report.error(
                    v.CHOICES,
                    text.row,
                    text.column,
                    f"{shown(text.words)} stands for two choices of the list {shown(name)}",
                )
            number = digits(word)
            if number.isdecimal() and len(number) <= _MOST_TYPED and int(number) != at:
                report.warn(
                    v.CHOICES,
                    text.row,
                    text.column,
                    f"who answers {number} chooses number {number} of the list, and this is "
                    f"number {at}",
                )


def _same_id(form: Outline, report: Report) -> None:
    """Find two choices whose texts would have one id, such as a/b-c and a-b/c."""
    first: dict[str, tuple[str, str]] = {}
    for name, rows in form.lists.items():
        for row in rows:
            code = row.get("name")
            other = first.setdefault(f"c-{name}-{code}", (name, code))
            if other != (name, code):
                report.error(
                    v.CHOICES,
                    row.number,
                    "name",
                    f"{shown(code)} of {shown(name)} cannot be told from {shown(other[1])} of "
                    f"{shown(other[0])}: name one of the lists differently",
                )
