"""What is wrong with the way through a form: questions nobody reaches, answers before consent.

Both walk the form with the engine's own rules and made-up answers, within a budget: where it runs
out there is no finding, so each finding comes with its reason.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.engine.events import Key
from bot.engine.flow import ANSWERED, Standing
from bot.engine.model import Form, Kind, Question
from bot.engine.state import State
from bot.forms import vocabulary as v
from bot.forms.lint_expressions import codes_named
from bot.forms.outline import Outline
from bot.forms.report import Report, shown
from bot.forms.skeleton import skeleton

#: Tries for one question, and for all questions of a form: about a second.
MOST_TRIES, MOST_TRIES_IN_ALL = 1_000, 8_000
#: Steps of the walk to consent, which is short in every form that means well.
MOST_STEPS = 2_000
_WORDS = frozenset({Kind.TEXT, Kind.FILE, Kind.VOICE})
_SILENT = frozenset({Kind.NOTE, Kind.CALCULATE, Kind.AGAIN})
_LONG_LIST = 12  # of a longer list only the codes that a rule names, and one other, are tried
_FUNCTION = re.compile(r"([a-z][a-z-]*)\s*\(")
#: Functions whose outcome depends on nothing but the codes that are tried.
_PLAIN = frozenset({"selected", "not", "true", "false", "if", "coalesce", "and", "or"})
_NUMBER = re.compile(r"(?<![\w.'-])\d{1,9}(?![\w.'-])")
_NOW = datetime(2026, 1, 1, tzinfo=UTC)  # no rule that looks at the day is tried


def check(outline: Outline, report: Report) -> None:
    """Look for questions out of reach and for answers that come before consent."""
    form = skeleton(outline)
    names = [question.name for question in form.questions]
    if len(set(names)) == len(names):
        _reach(outline, form, report)
    _consent(form, report)
    if not report.errors:
        _walk(form, _literals(outline), report)


# --- reach -------------------------------------------------------------------------------


def _reach(outline: Outline, form: Form, report: Report) -> None:
    literals = _literals(outline)
    budget = MOST_TRIES_IN_ALL
    for question in form.questions:
        sources = _sources(outline, question.name)
        if sources is None or question.kind is Kind.AGAIN:
            continue
        names, texts = sources
        if not texts:
            continue
        tries = _tries(form, names, literals, texts)
        outcome, tried = _try(form, question, tries, min(MOST_TRIES, budget))
        budget -= tried
        if outcome is False:
            report.warn(
                v.SURVEY,
                question.row,
                "relevant",
                f"no answers lead to {shown(question.name)}: it would never be asked",
            )


def _try(
    form: Form, question: Question, tries: Iterator[State], most: int
) -> tuple[bool | None, int]:
    """Say whether a question is asked in any state, None when `most` are too few, and how many."""
    for tried in range(most):
        state = next(tries, None)
        if state is None:
            return False, tried
        if Standing(form, state, _NOW).relevant(_key(question)):
            return True, tried + 1
    return None, most


def _sources(outline: Outline, name: str) -> tuple[list[str], list[str]] | None:
    """Return the questions that decide whether `name` is asked, and the rules that say so.

    None where a rule cannot be read or looks at more than codes.
    """
    by_name = outline.by_name
    waiting, seen, answers, texts = [name], {name}, [], []
    while waiting:
        item = by_name.get(waiting.pop())
        if item is None:
            return None
        if item.name != name and item.kind is not Kind.CALCULATE:
            answers.append(item.name)
        formulas = [item.formulas.get("relevant"), item.formulas.get("calculation")]
        formulas += [by_name[g].formulas.get("relevant") for g in item.groups if g in by_name]
        for formula in formulas:
            if formula is None:
                continue
            functions = set(_FUNCTION.findall(formula.source))
            if formula.expression is None or not functions <= _PLAIN:
                return None
            texts.append(formula.source)
            waiting += [n for n in sorted(formula.expression.names) if n not in seen]
            seen |= formula.expression.names
    return sorted(answers), texts


def _tries(
    form: Form, names: Sequence[str], literals: Mapping[str, list[str]], texts: Sequence[str]
) -> Iterator[State]:
    """Yield states with made-up answers to `names`, in every combination."""
    questions = [form.by_name[name] for name in names if name in form.by_name]
    numbers = sorted({int(n) for text in texts for n in _NUMBER.findall(text)})
    offers = [_answers(q, literals.get(q.name, []), numbers) for q in questions]
    empty = State(form=form.id, version=form.version, sha256=form.sha256, consented=True)
    for combination in itertools.product(*offers):
        given = {_key(q): a for q, a in zip(questions, combination, strict=True) if a}
        codes = {key: answer for key, answer in given.items() if answer != (ANSWERED,)}
        yield replace(empty, answered=dict.fromkeys(given, 1), codes=codes)


def _answers(
    question: Question, literals: Sequence[str], numbers: Sequence[int]
) -> list[tuple[str, ...]]:
    """Return the answers worth trying, () for none."""
    if question.kind in _WORDS:
        return [(ANSWERED,), ()]
    if question.kind is Kind.ACKNOWLEDGE:
        return [("OK",), ()]
    if question.kind is Kind.INTEGER:
        near = sorted({n + d for n in numbers or [0] for d in (-1, 0, 1)})
        return [*((str(n),) for n in near), ()]
    if question.kind is Kind.WHEN:
        return [*((f"{year}",) for year in (1900, *literals, 2100)), ()]
    codes = [choice.code for choice in question.choices]
    if len(codes) > _LONG_LIST:
        other = next((c for c in codes if c not in literals), None)
        codes = [c for c in codes if c in literals or c == other]
    tried: list[tuple[str, ...]] = [(code,) for code in codes]
    if question.kind is Kind.MANY:
        named = [c for c in codes if c in literals]
        tried += [*itertools.combinations(named, 2), tuple(codes)]
    return [*tried, ()]


def _literals(outline: Outline) -> dict[str, list[str]]:
    """Return the codes that any rule compares each question with."""
    found: dict[str, list[str]] = {}
    for _, formula in outline.formulas():
        for name, code in codes_named(formula.source):
            if code and code not in found.setdefault(name, []):
                found[name].append(code)
    return found


def _key(question: Question) -> Key:
    return question.name, 1 if question.repeat else 0


# --- consent -----------------------------------------------------------------------------


def _consent(form: Form, report: Report) -> None:
    """Find a form without consent, and questions that stand before it for nothing."""
    first = next((q for q in form.questions if q.consent), None)
    if first is None:
        if form.questions:
            report.error(
                v.SURVEY,
                0,
                "bot::consent",
                "no question asks for consent, so nothing could ever be kept",
            )
        return
    for question in form.questions:
        if question is first:
            return
        if _lost(form, question):
            report.error(
                v.SURVEY,
                question.row,
                "name",
                f"{shown(question.name)} is asked before consent can be given "
                f"({shown(first.name)}), and no rule needs it: the answer would be lost",
            )


def _lost(form: Form, question: Question) -> bool:
    return question.kind not in _SILENT and question.name not in form.routing


def _walk(form: Form, literals: Mapping[str, list[str]], report: Report) -> None:
    """Follow every way that leads past consent without giving it."""
    start = State(form=form.id, version=form.version, sha256=form.sha256)
    waiting: list[tuple[State, str]] = [(start, "")]
    told: set[str] = set()
    for _ in range(MOST_STEPS):
        if not waiting:
            return
        state, last = waiting.pop()
        standing = Standing(form, state, _NOW)
        found = standing.next()
        if found is None:
            continue
        key, question = found
        if question.kind is Kind.NOTE:
            if not question.end:
                waiting.append((replace(state, told=(*state.told, key)), last))
            continue
        first = next(q for q in form.questions if q.consent)
        if _lost(form, question) and question.row > first.row:
            if question.name not in told:
                told.add(question.name)
                report.warn(
                    v.SURVEY,
                    question.row,
                    "relevant",
                    f"{shown(question.name)} can be asked although nobody has consented"
                    f"{f' (where {last})' if last else ''}: the answer would be lost",
                )
            continue
        waiting += _ways_on(standing, key, question, literals.get(question.name, []), last)


def _ways_on(
    standing: Standing, key: Key, question: Question, literals: Sequence[str], last: str
) -> Iterator[tuple[State, str]]:
    """Yield the states after each answer to a question that gives no consent."""
    state = standing.state
    answered = {**state.answered, key: 0}
    if not question.required:
        yield replace(state, answered=answered), f"{question.name} is skipped"
    if question.name not in standing.form.routing:
        if question.required:
            yield replace(state, answered=answered), last
        return
    offered = {choice.code for choice in standing.offered(key)}
    for answer in _answers(question, literals, []):
        if (
            answer
            and question.consent not in answer
            and (not question.choices or offered >= {*answer})
        ):
            codes = {**state.codes, key: answer}
            way = f"{question.name} is {' '.join(answer)}"
            yield replace(state, answered=answered, codes=codes), way
