"""What is wrong with the rows of the survey sheet: names, groups, and cells that do not fit."""

from collections.abc import Iterator

from bot.engine.model import GENERAL, Kind
from bot.forms import vocabulary as v
from bot.forms.outline import Item, Outline
from bot.forms.report import Report, shown

_CHOOSING = frozenset({Kind.ONE, Kind.MANY, Kind.COUNTRY})
_ANSWERED = frozenset(Kind) - {Kind.NOTE, Kind.CALCULATE}
_FILES = frozenset({Kind.FILE, Kind.VOICE})
#: Columns of an answer: what has none may not have them.
_OF_ANSWERS = (
    "required",
    "constraint",
    "constraint_message",
    "bot::compartment",
    "bot::digest",
    "bot::sensitive",
)
_OF_CHOICES = ("choice_filter", "bot::alert", "bot::consent", "bot::digest")
_OF_NOTES = ("bot::end", "bot::lines")
#: Which kinds may fill which columns, and what to say of the others.
_FITS: tuple[tuple[tuple[str, ...], frozenset[Kind], str], ...] = (
    (_OF_ANSWERS, _ANSWERED, "a {} has no answer, so this stays blank"),
    (_OF_CHOICES, _CHOOSING, "this is for questions with choices, not for {}"),
    (_OF_NOTES, frozenset({Kind.NOTE}), "this is for notes, not for {}"),
    (("constraint",), _ANSWERED - _FILES, "a rule cannot look into a file, so this stays blank"),
    (("calculation",), frozenset({Kind.CALCULATE}), "only calculate has a calculation, not {}"),
)


def check(form: Outline, report: Report) -> None:
    """Look at every question and group."""
    _names(form, report)
    questions = [item for item in form.items if item.kind is not Kind.CALCULATE]
    if form.source.sheet(v.SURVEY).rows and not questions:
        report.error(v.SURVEY, 0, "", "the form asks nothing")
    if len(form.items) > v.MOST_QUESTIONS:
        row = form.items[v.MOST_QUESTIONS].number
        report.error(
            v.SURVEY,
            row,
            "",
            f"a form has at most {v.MOST_QUESTIONS} questions; this one has {len(form.items)}",
        )
    for item in form.items:
        if item.kind is not None:
            _fitting(item, report)
            _digest(item, report)
            _codes(form, item, report)
    for group in form.groups.values():
        _group(form, group, report)


def _names(form: Outline, report: Report) -> None:
    first: dict[str, Item] = {}
    rows = sorted((*form.items, *form.groups.values()), key=lambda item: item.number)
    for item in rows:
        for problem in _name_problems(item):
            report.error(v.SURVEY, item.number, "name", problem)
        same = first.setdefault(item.name.lower(), item)
        if item.name and same is not item:
            unit = report.unit
            report.error(
                v.SURVEY,
                item.number,
                "name",
                f"{shown(item.name)} is already the name in {unit} {same.number}"
                + (
                    ""
                    if same.name == item.name
                    else f" ({shown(same.name)}: capitals do not count)"
                ),
            )


def _name_problems(item: Item) -> Iterator[str]:
    name = item.name
    if not name:
        yield "there is no name"
    elif not v.NAME.fullmatch(name):
        yield (
            f"{shown(name)} cannot be a name: it begins with a letter and has at most 32 letters "
            "of a to z, digits, - and _"
        )
    elif name.lower() in v.RESERVED_NAMES:
        yield f"{shown(name)} is a word of the line itself: take another name"
    elif name.lower().endswith(v.RESERVED_ENDINGS):
        yield f"a name does not end in {', '.join(v.RESERVED_ENDINGS)}: texts are named so"


def _fitting(item: Item, report: Report) -> None:
    """Find cells that mean nothing for this type of question."""
    told: set[str] = set()
    for columns, kinds, message in _FITS:
        for column in columns:
            filled = item.row.get(column).lower() not in v.NO
            if filled and item.kind not in kinds and column not in told:
                told.add(column)
                report.error(v.SURVEY, item.number, column, message.format(item.type))
    if item.kind is Kind.CALCULATE and not item.row.get("calculation"):
        report.error(v.SURVEY, item.number, "calculation", "what is calculated?")
    if item.row.get("constraint_message") and not item.row.get("constraint"):
        report.warn(
            v.SURVEY, item.number, "constraint_message", "there is no constraint, so no one sees it"
        )
    _appearance(item, report)


def _appearance(item: Item, report: Report) -> None:
    for word in item.row.get("appearance").split():
        kinds = v.APPEARANCES.get(word)
        fits = kinds is not None and (
            item.kind in kinds or (word == "voice" and item.kind is Kind.VOICE)
        )
        if kinds is None:
            near = v.nearest(word, v.APPEARANCES)
            report.warn(
                v.SURVEY, item.number, "appearance", f"{shown(word)} changes nothing here{near}"
            )
        elif not fits:
            report.warn(
                v.SURVEY, item.number, "appearance", f"{shown(word)} is not for {item.type}"
            )


def _digest(item: Item, report: Report) -> None:
    compartment = item.row.get("bot::compartment")
    if compartment and not v.COMPARTMENT.fullmatch(compartment):
        report.error(
            v.SURVEY,
            item.number,
            "bot::compartment",
            f"{shown(compartment)} cannot name a compartment: small letters, digits and -",
        )
    if item.row.get("bot::digest").lower() in v.YES:
        if compartment and compartment != GENERAL:
            report.error(
                v.SURVEY,
                item.number,
                "bot::digest",
                f"the answer is for {shown(compartment)} only, and a digest goes to everyone",
            )
        if item.repeat:
            report.error(
                v.SURVEY, item.number, "bot::digest", "a digest has no room for a repeated answer"
            )


def _codes(form: Outline, item: Item, report: Report) -> None:
    """Look at the columns that name a code of the question's own list."""
    for column in ("bot::alert", "bot::consent"):
        code = item.row.get(column)
        if not code or not item.chooses:
            continue
        codes = [row.get("name") for row in form.lists.get(item.list_name, ())]
        if codes and code not in codes:
            report.error(
                v.SURVEY,
                item.number,
                column,
                f"{shown(code)} is no code of the list {shown(item.list_name)}"
                + v.nearest(code, codes),
            )
    if item.row.get("bot::consent") and item.kind is Kind.MANY:
        report.error(v.SURVEY, item.number, "bot::consent", "consent is one answer: use select_one")
    if item.row.get("bot::consent") and item.repeat:
        report.error(v.SURVEY, item.number, "bot::consent", "consent cannot be given in a repeat")


def _group(form: Outline, group: Item, report: Report) -> None:
    what = group.type.removeprefix("begin_")
    for column in ("calculation", "choice_filter", "bot::alert", "bot::consent", *_OF_ANSWERS):
        if group.row.get(column).lower() not in v.NO:
            report.error(v.SURVEY, group.number, column, f"this is for questions, not for a {what}")
    for column in _OF_NOTES:
        if group.row.get(column).lower() not in v.NO:
            report.error(v.SURVEY, group.number, column, f"this is for notes, not for a {what}")
    if not any(group.name in item.groups for item in form.items):
        report.warn(v.SURVEY, group.number, "name", f"there is no question in this {what}")
