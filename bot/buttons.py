"""What stands on buttons: choices, and what may be done beside answering, in order. Pure."""

from bot.engine.model import Command, Kind, Question
from bot.engine.state import State


def actions(state: State, question: Question | None, *, more: bool) -> list[tuple[str, Command]]:
    """Return the names of buttons and their commands; `question` None stands for a menu.

    `more`: there are more choices than one page holds.
    """
    wanted = [("more", Command.MORE)] if more else []
    if question is None or state.at is None:
        return [*wanted, ("back", Command.BACK)]
    answered = bool(state.answered.get(state.at))
    ticked = question.kind is Kind.MANY and bool(state.ticked)
    more_comes = question.several and answered and state.at not in state.open
    if ticked or more_comes or question.kind is Kind.ACKNOWLEDGE:
        wanted.append(("done", Command.DONE))
    elif not question.required or answered:
        there = state.at in state.open and (answered or state.at in state.codes)
        wanted.append(("keep" if there else "skip", Command.SKIP))
        wanted += [("add", Command.ADD)] if there and question.several and answered else []
    wanted += [("back", Command.BACK)] if state.trail else []
    wanted += [("why", Command.WHY)] if question.why else []
    return [*wanted, ("pause", Command.PAUSE), ("stop", Command.STOP)]


def label_of(question: Question, code: str) -> str:
    """Return the name of the text on a choice."""
    if question.kind is Kind.AGAIN:
        return f"button-{code}"
    if question.kind is Kind.ACKNOWLEDGE:
        return "button-understood"
    return f"c-{question.list_name}-{code}"
