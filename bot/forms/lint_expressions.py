"""What is wrong with a form's expressions beyond their grammar: whom they look at, and when.

An expression may look at answers that were given before it is needed. Of a text it may know only
whether there is one: the line keeps no words where a rule could read them (design §3).
"""

import re
from collections.abc import Iterator

from bot.engine.model import RESERVED, Kind
from bot.forms import vocabulary as v
from bot.forms.outline import Formula, Item, Outline
from bot.forms.report import Report, shown

_WORDS = frozenset({Kind.TEXT, Kind.FILE, Kind.VOICE})
#: Expressions that are needed when their own row is reached.
_ON_THE_WAY = frozenset({"relevant", "constraint", "choice_filter"})
_SELECTED = re.compile(r"selected\(\s*\$\{\s*([^}\s]+)\s*\}\s*,\s*(?:'([^']*)'|\"([^\"]*)\")\s*\)")
_EQUALS = re.compile(r"\$\{\s*([^}\s]+)\s*\}\s*!?=\s*(?:'([^']*)'|\"([^\"]*)\")")
_EQUALLED = re.compile(r"(?:'([^']*)'|\"([^\"]*)\")\s*!?=\s*\$\{\s*([^}\s]+)\s*\}")
_OVER_ROUNDS = "(?:sum|min|max)\\(\\s*\\$\\{{\\s*{0}\\s*\\}}|join\\([^)]*\\$\\{{\\s*{0}\\s*\\}}"


def check(form: Outline, report: Report) -> None:
    """Look at every expression."""
    by_name = form.by_name
    for item, formula in form.formulas():
        _self(item, formula, report)
        _columns(form, item, formula, report)
        for name in sorted(formula.expression.names) if formula.expression else ():
            if name not in by_name:
                near = v.nearest(name, by_name)
                _say(report, formula, f"no question is named {shown(name)}{near}")
            else:
                _reference(item, by_name[name], formula, report)
        for name, code in codes_named(formula.source):
            _code(form, name, code, formula, report)
        if item is not None and formula.column in _ON_THE_WAY:
            _order(form, item, formula, report)
    _cycles(form, report)


def _say(report: Report, formula: Formula, message: str) -> None:
    report.error(formula.sheet, formula.row, formula.column, message)


def _self(item: Item | None, formula: Formula, report: Report) -> None:
    if formula.expression is None or item is None:
        return
    uses = formula.expression.uses_self
    if formula.column == "constraint" and not uses:
        if item.name in formula.expression.names:
            _say(report, formula, f"write . for the answer itself, not ${{{item.name}}}")
        else:
            report.warn(
                formula.sheet,
                formula.row,
                formula.column,
                "this does not look at the answer, which is written as .",
            )
    elif uses and formula.column in {"relevant", "choice_filter"}:
        _say(report, formula, "there is no answer yet that . could stand for")


def _columns(form: Outline, item: Item | None, formula: Formula, report: Report) -> None:
    if item is None or formula.expression is None:
        return
    columns = form.source.sheet(v.CHOICES).columns
    known = [c for c in columns if c not in v.COLUMNS[v.CHOICES] and "::" not in c]
    for name in sorted(formula.expression.columns - {*known, "name"}):
        near = v.nearest(name, known)
        _say(report, formula, f"the choices sheet has no column {shown(name)}{near}")


def _reference(item: Item | None, other: Item, formula: Formula, report: Report) -> None:
    expression = formula.expression
    if expression is None:
        return
    name = other.name
    if other.type.startswith("begin_"):
        if other.type == "begin_group":
            _say(report, formula, f"{shown(name)} is a group and has no answer")
        elif name not in expression.counted:
            _say(report, formula, f"{shown(name)} is a repeat: write count(${{{name}}})")
    elif name in expression.counted:
        _say(report, formula, f"count() counts the rounds of a repeat, and {shown(name)} is none")
    elif other.kind is Kind.NOTE:
        _say(report, formula, f"{shown(name)} is a note and has no answer")
    elif other.kind in _WORDS and name in expression.compared:
        _say(
            report,
            formula,
            f"{shown(name)} is a person's own words, which no rule may read: only "
            f"${{{name}}} = '' and ${{{name}}} != '' are possible",
        )
    elif other.repeat and other.repeat != _repeat_of(item):
        over = re.compile(_OVER_ROUNDS.format(re.escape(name)))
        if not over.search(formula.source):
            _say(
                report,
                formula,
                f"{shown(name)} is asked again in each round of {shown(other.repeat)}: write "
                "sum(), min(), max() or join()",
            )


def _repeat_of(item: Item | None) -> str:
    if item is None:
        return ""
    return item.name if item.type == "begin_repeat" else item.repeat


def codes_named(source: str) -> Iterator[tuple[str, str]]:
    """Yield each question and code that an expression compares, as far as it is plain to see."""
    for pattern in (_SELECTED, _EQUALS):
        for name, single, double in pattern.findall(source):
            yield name, single or double
    for single, double, name in _EQUALLED.findall(source):
        yield name, single or double


def _code(form: Outline, name: str, code: str, formula: Formula, report: Report) -> None:
    item = form.by_name.get(name)
    if item is None or not item.chooses or not code or formula.expression is None:
        return
    codes = {row.get("name") for row in form.lists.get(item.list_name, ())}
    if codes and code not in codes | RESERVED:
        near = v.nearest(code, codes)
        _say(report, formula, f"{shown(code)} is no code of the list {shown(item.list_name)}{near}")


# --- order and circles -------------------------------------------------------------------


def _order(form: Outline, item: Item, formula: Formula, report: Report) -> None:
    """Find answers that are looked at before they can have been given."""
    if formula.expression is None:
        return
    own = formula.column == "constraint"
    for name, through in _looked_at(form, formula).items():
        other = form.by_name[name]
        if own and name == item.name and not through:
            continue  # told already: write .
        by_way = f" (through {shown(through)})" if through else ""
        if name == item.name:
            _say(report, formula, f"this looks at its own answer{by_way}")
        elif other.number > item.number:
            _say(
                report,
                formula,
                f"{shown(name)}{by_way} is asked later, in {report.unit} {other.number}",
            )


def _looked_at(form: Outline, formula: Formula) -> dict[str, str]:
    """Return the questions looked at, and the calculation through which, "" when directly."""
    by_name = form.by_name
    found: dict[str, str] = {}
    seen: set[str] = set()
    waiting = [
        (name, "") for name in sorted(formula.expression.names if formula.expression else ())
    ]
    while waiting:
        name, through = waiting.pop(0)
        item = by_name.get(name)
        if item is None or name in seen:
            continue
        seen.add(name)
        if item.kind is Kind.CALCULATE:
            waiting += [(other, through or name) for other in sorted(_names(item))]
        elif not item.type.startswith("begin_"):
            found[name] = through
    return found


def _names(item: Item) -> set[str]:
    return {
        name
        for formula in item.formulas.values()
        if formula.expression is not None
        for name in formula.expression.names
    }


def _cycles(form: Outline, report: Report) -> None:
    """Find calculations that need their own result."""
    calculations = {i.name: i for i in form.items if i.kind is Kind.CALCULATE}
    done: set[str] = set()
    for start in calculations:
        if start not in done:
            _walk(start, calculations, done, report)


def _walk(start: str, calculations: dict[str, Item], done: set[str], report: Report) -> None:
    path = [start]
    stack = [(start, iter(sorted(_names(calculations[start]))))]
    while stack:
        here, others = stack[-1]
        other = next((o for o in others if o in calculations), None)
        if other is None:
            stack.pop()
            path.pop()
            done.add(here)
        elif other in path:
            circle = " → ".join([*path[path.index(other) :], other])
            item = calculations[other]
            report.error(
                v.SURVEY, item.number, "calculation", f"this needs its own result: {circle}"
            )
        elif other not in done:
            path.append(other)
            stack.append((other, iter(sorted(_names(calculations[other])))))
