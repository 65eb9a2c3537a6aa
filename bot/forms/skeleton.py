"""The form's questions, groups and rules as the engine walks them, still without words.

Built from an outline, tolerantly: a question of unknown type is left out, a rule that cannot be
read is none. `compile` refuses such forms; the checks of the flow look at them all the same.
"""

from collections.abc import Iterator

from bot.engine.expressions import Expression
from bot.engine.model import GENERAL, OPEN, Choice, Form, Group, Kind, Question, Rule
from bot.forms import vocabulary as v
from bot.forms.outline import Item, Outline

_CODED = frozenset({Kind.ONE, Kind.MANY, Kind.COUNTRY, Kind.INTEGER, Kind.WHEN, Kind.ACKNOWLEDGE})
_AGAIN = (Choice(code="yes"), Choice(code="no"))


def skeleton(outline: Outline) -> Form:
    """Return the form without words, languages and labels."""
    questions = tuple(_questions(outline))
    return Form(
        id=outline.settings.get("form_id"),
        version=outline.settings.get("version"),
        sha256=outline.source.sha256,
        questions=questions,
        groups={name: _group(item) for name, item in outline.groups.items()},
        triage=tuple(
            Rule(level=row.get("level"), when=when.expression)
            for row, when in outline.triage
            if when is not None and when.expression is not None
        ),
        enough=outline.enough.expression if outline.enough else None,
        contact=outline.contact.expression if outline.contact else None,
        routing=_routing(outline),
        by_name={question.name: question for question in reversed(questions)},
    )


def _questions(outline: Outline) -> Iterator[Question]:
    """Yield the questions in order, "add another?" after the last one of each repeat."""
    open_repeat = ""
    for item in outline.items:
        if open_repeat and item.repeat != open_repeat:
            yield _again(outline.groups[open_repeat])
        open_repeat = item.repeat
        if item.kind is not None and item.name:
            yield _question(outline, item, item.kind)
    if open_repeat:
        yield _again(outline.groups[open_repeat])


def _question(outline: Outline, item: Item, kind: Kind) -> Question:
    row = item.row
    return Question(
        name=item.name,
        kind=kind,
        row=item.number,
        groups=item.groups,
        repeat=item.repeat,
        list_name=item.list_name,
        choices=_choices(outline, item) if item.chooses else (),
        relevant=_rule(item, "relevant"),
        constraint=_rule(item, "constraint"),
        choice_filter=_rule(item, "choice_filter"),
        calculation=_rule(item, "calculation"),
        required=_yes(item, "required"),
        several=kind in OPEN and "multiline" in row.get("appearance").split(),
        compartment=row.get("bot::compartment") or GENERAL,
        digest=_yes(item, "bot::digest"),
        sensitive=_yes(item, "bot::sensitive"),
        alert=row.get("bot::alert"),
        consent=row.get("bot::consent"),
        end=_yes(item, "bot::end"),
        lines=_has_lines(item),
        crisis=_has_crisis(item),
        why=_told(outline, item, "-why"),
        constraint_text=_told(outline, item, "-error"),
    )


def _again(repeat: Item) -> Question:
    return Question(
        name=repeat.name,
        kind=Kind.AGAIN,
        row=repeat.number,
        groups=(*repeat.groups, repeat.name),
        repeat=repeat.name,
        list_name=v.AGAIN_LIST,
        choices=_AGAIN,
    )


def _group(item: Item) -> Group:
    return Group(
        name=item.name,
        relevant=_rule(item, "relevant"),
        repeat=item.type == "begin_repeat",
        parents=item.groups,
    )


def _choices(outline: Outline, item: Item) -> tuple[Choice, ...]:
    """Return the choices with the columns that a choice_filter may look at."""
    own = [
        c
        for c in outline.source.sheet(v.CHOICES).columns
        if c not in v.COLUMNS[v.CHOICES] and "::" not in c
    ]
    return tuple(
        Choice(
            code=row.get("name"),
            columns={"name": row.get("name"), **{c: row.get(c) for c in own}},
        )
        for row in outline.lists.get(item.list_name, ())
    )


def _rule(item: Item, column: str) -> Expression | None:
    formula = item.formulas.get(column)
    return formula.expression if formula else None


def _yes(item: Item, column: str) -> bool:
    return item.row.get(column).lower() in v.YES


def _has_lines(item: Item) -> bool:
    return _yes(item, "bot::lines") or _has_crisis(item)


def _has_crisis(item: Item) -> bool:
    return item.row.get("bot::lines").lower() == v.CRISIS


def _told(outline: Outline, item: Item, ending: str) -> bool:
    return any(f"q-{item.name}{ending}" in texts for texts in outline.texts.values())


def _routing(outline: Outline) -> frozenset[str]:
    """Return the questions whose codes a rule, the index entry or the consent still needs.

    Texts never: a rule knows only whether there is one. Countries when the form shows emergency
    lines, which go by country.
    """
    read = {
        name
        for _, formula in outline.formulas()
        if formula.expression is not None
        for name in formula.expression.compared
    }
    lines = any(_has_lines(item) for item in outline.items)
    return frozenset(
        item.name
        for item in outline.items
        if item.kind in _CODED
        and (
            item.name in read
            or _yes(item, "bot::digest")
            or item.row.get("bot::alert")
            or item.row.get("bot::consent")
            or (lines and item.kind is Kind.COUNTRY)
        )
    )
