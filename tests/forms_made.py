"""Arbitrary forms for property tests: every kind of question, groups, repeats, rules, consent."""

from typing import cast

from hypothesis import strategies as st

from bot.engine.expressions import Context, Expression
from bot.engine.expressions import compile as compile_expression
from bot.engine.model import OPEN, Choice, Command, Form, Group, Kind, Question, Rule
from bot.errors import ExpressionError

CODES = ("a", "b", "UNK")
COMMANDS = {command.value: command for command in Command}
KINDS = (
    Kind.NOTE,
    Kind.TEXT,
    Kind.ONE,
    Kind.MANY,
    Kind.INTEGER,
    Kind.WHEN,
    Kind.COUNTRY,
    Kind.ACKNOWLEDGE,
    Kind.CALCULATE,
    Kind.FILE,
)
_CODED = frozenset({Kind.ONE, Kind.MANY, Kind.COUNTRY})


class Broken:
    """A rule that cannot be worked out, whatever the answers are."""

    def true(self, context: Context) -> bool:
        """Raise."""
        raise ExpressionError("broken")


@st.composite
def forms(draw: st.DrawFn, *, broken: bool = False) -> Form:
    """Return a form of up to a dozen questions with one question for consent among them."""
    count = draw(st.integers(1, 12))
    consent_at = draw(st.integers(0, count - 1))
    groups = {
        "g": Group(name="g", relevant=_rule(draw, ["q0"], broken=broken)),
        "r": Group(name="r", repeat=True),
    }
    questions: list[Question] = []
    repeat_at = draw(st.integers(0, count))
    for number in range(count):
        earlier = [q.name for q in questions if q.kind in _CODED]
        if number == consent_at:
            questions.append(_consent(number))
            continue
        in_repeat = repeat_at <= number < repeat_at + 2 and number > consent_at
        questions.append(_question(draw, number, earlier, in_repeat=in_repeat, broken=broken))
    questions = _with_again(questions)
    names = frozenset(q.name for q in questions if q.kind not in OPEN)
    return Form(
        id="made",
        version="1",
        sha256="0" * 64,
        questions=tuple(questions),
        groups=groups,
        triage=(Rule(level="U4", when=compile_expression("true()")),),
        languages=("en", "ug") if draw(st.booleans()) else ("en",),
        autonyms={"en": "en", "ug": "ug"},
        commands=dict(COMMANDS),
        words={"l": {code.lower(): code for code in CODES}, "": {"yes": "yes", "no": "no"}},
        routing=names,
        by_name={q.name: q for q in questions},
    )


def _rule(draw: st.DrawFn, earlier: list[str], *, broken: bool) -> Expression | None:
    if broken:
        return cast("Expression", Broken())
    if not earlier or draw(st.booleans()):
        return None
    name = draw(st.sampled_from(earlier))
    return compile_expression(
        draw(
            st.sampled_from(
                [
                    f"selected(${{{name}}}, 'a')",
                    f"${{{name}}} != ''",
                    f"not(selected(${{{name}}}, 'b'))",
                    f"count-selected(${{{name}}}) < 2",
                ]
            )
        )
    )


def _consent(number: int) -> Question:
    return Question(
        name=f"q{number}",
        kind=Kind.ONE,
        choices=(Choice(code="a"), Choice(code="b")),
        list_name="l",
        required=True,
        consent="a",
    )


def _question(
    draw: st.DrawFn, number: int, earlier: list[str], *, in_repeat: bool, broken: bool
) -> Question:
    kind = draw(st.sampled_from(KINDS))
    in_group = not in_repeat and draw(st.booleans())
    return Question(
        name=f"q{number}",
        kind=kind,
        groups=("r",) if in_repeat else (("g",) if in_group else ()),
        repeat="r" if in_repeat else "",
        list_name="l" if kind in _CODED else "",
        choices=tuple(Choice(code=code) for code in CODES) if kind in _CODED else (),
        relevant=_rule(draw, earlier, broken=broken),
        constraint=compile_expression(". != '2'") if draw(st.booleans()) else None,
        choice_filter=_rule(draw, earlier, broken=broken) if kind in _CODED else None,
        calculation=compile_expression("1 + 1") if kind is Kind.CALCULATE else None,
        several=kind in OPEN and draw(st.booleans()),
        end=kind is Kind.NOTE and draw(st.booleans()),
        why=draw(st.booleans()),
        alert="a" if kind is Kind.ONE and draw(st.booleans()) else "",
    )


def _with_again(questions: list[Question]) -> list[Question]:
    inside = [i for i, q in enumerate(questions) if q.repeat]
    if not inside:
        return questions
    again = Question(
        name="r",
        kind=Kind.AGAIN,
        groups=("r",),
        repeat="r",
        list_name="",
        choices=(Choice(code="yes"), Choice(code="no")),
    )
    return [*questions[: inside[-1] + 1], again, *questions[inside[-1] + 1 :]]
