"""A form taken apart: questions, groups, lists, rules and texts, each with its place.

The outline is tolerant: what cannot be understood is reported and left empty, so that one run of
the checks sees everything else. `lint` judges an outline; `compile` builds the form from it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bot.engine.expressions import Expression
from bot.engine.expressions import compile as compile_expression
from bot.engine.model import Kind
from bot.errors import ExpressionFault
from bot.forms import vocabulary as v
from bot.forms.columns import default_language, text_columns, text_id, unknown_language
from bot.forms.report import Report, shown
from bot.forms.sheets import FormSource, Row


@dataclass(frozen=True, kw_only=True, slots=True)
class Formula:
    """An expression and the cell it stands in; `expression` is None when it cannot be read."""

    sheet: str
    row: int
    column: str
    source: str
    expression: Expression | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One row of the survey sheet: a question, or the row that begins a group or a repeat."""

    row: Row
    name: str
    type: str
    kind: Kind | None = None
    list_name: str = ""
    groups: tuple[str, ...] = ()
    repeat: str = ""
    formulas: Mapping[str, Formula] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """The row's number."""
        return self.row.number

    @property
    def chooses(self) -> bool:
        """Whether it offers a list of choices."""
        return self.kind in {Kind.ONE, Kind.MANY, Kind.COUNTRY}


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """Words for people in one language, and the cell they stand in."""

    sheet: str
    row: int
    column: str
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Outline:
    """Everything a form says. `texts` holds language, then text id."""

    source: FormSource
    settings: Row
    items: tuple[Item, ...]
    groups: Mapping[str, Item]
    lists: Mapping[str, tuple[Row, ...]]
    triage: tuple[tuple[Row, Formula | None], ...]
    enough: Formula | None
    contact: Formula | None
    default_language: str
    texts: Mapping[str, Mapping[str, Text]]
    by_name: Mapping[str, Item]  # questions and groups; of several with one name, the first
    spoken: frozenset[int]  # rows of the survey sheet whose words people see

    def formulas(self) -> Iterator[tuple[Item | None, Formula]]:
        """Yield every expression of the form, with the question or group it belongs to."""
        for item in (*self.items, *self.groups.values()):
            for formula in item.formulas.values():
                yield item, formula
        for _, when in self.triage:
            if when is not None:
                yield None, when
        for rule in (self.enough, self.contact):
            if rule is not None:
                yield None, rule


def outline(source: FormSource, report: Report) -> Outline:
    """Take a form apart; what cannot be understood goes to `report`."""
    settings = next(iter(source.sheet(v.SETTINGS).rows), Row(number=0, cells={}))
    default = default_language(settings, report)
    items, groups = _Survey(source, report).read()
    lists: dict[str, list[Row]] = {}
    for row in source.sheet(v.CHOICES).rows:
        lists.setdefault(row.get("list_name"), []).append(row)
    triage = tuple(
        (row, formula(v.TRIAGE, row, "when", report)) for row in source.sheet(v.TRIAGE).rows
    )
    spoken = _spoken(items, groups)
    return Outline(
        source=source,
        settings=settings,
        items=items,
        groups=groups,
        lists={name: tuple(rows) for name, rows in lists.items()},
        triage=triage,
        enough=formula(v.SETTINGS, settings, "bot::enough", report),
        contact=formula(v.SETTINGS, settings, "bot::contact", report),
        default_language=default,
        texts=_texts(source, default, spoken, report),
        by_name={item.name: item for item in reversed((*items, *groups.values()))},
        spoken=spoken,
    )


# --- survey ------------------------------------------------------------------------------


class _Survey:
    """One pass over the survey sheet, which knows the groups that are open."""

    def __init__(self, source: FormSource, report: Report) -> None:
        self._rows = source.sheet(v.SURVEY).rows
        self._report = report
        self._open: list[Item] = []

    def read(self) -> tuple[tuple[Item, ...], dict[str, Item]]:
        """Return the questions in order, and the groups by name."""
        items: list[Item] = []
        groups: dict[str, Item] = {}
        for row in self._rows:
            item = self._item(row)
            if item.type.startswith("begin_"):
                self._begin(item)
                groups.setdefault(item.name, item)
            elif item.type.startswith("end_"):
                self._end(item)
            else:
                items.append(item)
        for item in self._open:
            begun = item.type.replace("_", " ")
            self._error(item.row, "type", f"{begun} {shown(item.name)} is never ended")
        return tuple(items), groups

    def _error(self, row: Row, column: str, message: str) -> None:
        self._report.error(v.SURVEY, row.number, column, message)

    def _item(self, row: Row) -> Item:
        type_, list_name = self._type(row)
        kind = v.KINDS.get(type_)
        if type_ == "select_one" and list_name == v.COUNTRY_LIST:
            kind = Kind.COUNTRY
        if type_ == "audio" and "voice" in row.get("appearance").split():
            kind = Kind.VOICE
        repeats = [item.name for item in self._open if item.type == "begin_repeat"]
        formulas = {c: formula(v.SURVEY, row, c, self._report) for c in v.EXPRESSIONS}
        return Item(
            row=row,
            name=row.get("name"),
            type=type_,
            kind=kind,
            list_name=list_name,
            groups=tuple(item.name for item in self._open),
            repeat=repeats[-1] if repeats else "",
            formulas={c: found for c, found in formulas.items() if found is not None},
        )

    def _type(self, row: Row) -> tuple[str, str]:
        """Return the type in its own spelling and its list, "" for what is not understood."""
        words = row.get("type").split()
        if not words:
            self._error(row, "type", "there is no type")
            return "", ""
        for length in range(len(words), 0, -1):
            spelt = v.snake(" ".join(words[:length]))
            type_ = v.TYPE_ALIASES.get(spelt, spelt)
            if type_ in v.TYPES:
                return self._with_list(row, type_, words[length:])
            if type_ in v.TYPES_NOT_TAKEN:
                why = v.TYPES_NOT_TAKEN[type_]
                self._error(row, "type", f"{shown(type_)} cannot be used here: {why}")
                return "", ""
        near = v.nearest(v.snake(words[0]), v.TYPES)
        self._error(row, "type", f"{shown(' '.join(words))} is no type of question{near}")
        return "", ""

    def _with_list(self, row: Row, type_: str, rest: list[str]) -> tuple[str, str]:
        if type_.startswith("select_"):
            if not rest:
                self._error(row, "type", f"after {type_} comes the name of a list of choices")
            elif len(rest) > 1:
                extra = " ".join(rest[1:])
                self._error(
                    row, "type", f"{shown(extra)} is not understood: add the choice to the list"
                )
            return type_, rest[0] if rest else ""
        if rest and type_ not in v.STRUCTURE:
            self._error(
                row, "type", f"nothing comes after {type_}, but {shown(' '.join(rest))} does"
            )
        return type_, ""

    def _begin(self, item: Item) -> None:
        outer = next((i.name for i in self._open if i.type == "begin_repeat"), "")
        if item.type == "begin_repeat" and outer:
            self._error(item.row, "type", f"a repeat cannot stand inside the repeat {shown(outer)}")
        self._open.append(item)

    def _end(self, item: Item) -> None:
        wanted = item.type.replace("end_", "begin_")
        if not self._open:
            self._error(item.row, "type", f"{item.type.replace('_', ' ')} ends nothing")
        elif self._open[-1].type != wanted:
            last = self._open[-1]
            self._error(
                item.row,
                "type",
                f"{item.type.replace('_', ' ')} stands where "
                f"{last.type.replace('begin_', 'end ')} of {shown(last.name)} is due",
            )
            if any(i.type == wanted for i in self._open):
                self._open.pop()
        else:
            self._open.pop()


def formula(sheet: str, row: Row, column: str, report: Report) -> Formula | None:
    """Compile the expression in a cell; None when the cell is blank."""
    source = row.get(column)
    if not source:
        return None
    expression = None
    try:
        expression = compile_expression(source, choice_names=column == "choice_filter")
        for warning in expression.warnings:
            report.warn(sheet, row.number, column, warning)
    except ExpressionFault as fault:
        place = f"at character {fault.column} of the expression: "
        report.error(sheet, row.number, column, place + fault.message)
    return Formula(sheet=sheet, row=row.number, column=column, source=source, expression=expression)


# --- texts --------------------------------------------------------------------------------------


def _spoken(items: Iterable[Item], groups: Mapping[str, Item]) -> frozenset[int]:
    """Return the rows of the survey sheet whose words people see: no groups, no calculations."""
    repeats = [item for item in groups.values() if item.type == "begin_repeat"]
    return frozenset(
        item.number for item in (*items, *repeats) if item.name and item.kind is not Kind.CALCULATE
    )


def _texts(
    source: FormSource, default: str, spoken: Collection[int], report: Report
) -> dict[str, dict[str, Text]]:
    texts: dict[str, dict[str, Text]] = {}
    for sheet in (v.SURVEY, v.CHOICES):
        for column, (base, tag) in text_columns(source, sheet, default).items():
            if not tag:
                written = column.partition("::")[2]
                heading = source.sheet(sheet).heading
                report.error(sheet, heading, column, unknown_language(written))
                continue
            for row in source.sheet(sheet).rows:
                words = row.get(column)
                if words and (row.number in spoken if sheet == v.SURVEY else row.get("name")):
                    text = Text(sheet=sheet, row=row.number, column=column, words=words)
                    texts.setdefault(tag, {}).setdefault(text_id(sheet, base, row), text)
    return texts
