"""Questions and menus: what an `Ask` puts to a person at the place where a state stands.

Pure. It never sees an answer: what it shows of a question is its text and its choices.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from bot.buttons import actions, label_of
from bot.engine.events import Ask, Key
from bot.engine.flow import Standing
from bot.engine.model import Choice, Form, Kind, Question
from bot.engine.state import Mode, State
from bot.ports import Message, Option
from bot.texts.languages import language as about
from bot.wording import Wording

#: Choices on one page, on every channel (design §6.3).
PAGE = 8
Item = TypeVar("Item")
_HOW = {
    Kind.TEXT: "answer-text",
    Kind.ONE: "answer-one",
    Kind.MANY: "answer-many",
    Kind.INTEGER: "answer-number",
    Kind.WHEN: "answer-date",
    Kind.COUNTRY: "answer-country",
    Kind.ACKNOWLEDGE: "",
    Kind.AGAIN: "answer-one",
    Kind.FILE: "answer-text",
    Kind.VOICE: "answer-text",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Menus:
    """Puts questions and menus in one organisation's words."""

    form: Form
    wording: Wording

    def ask(self, ask: Ask, language: str, state: State, now: datetime) -> Message:
        """Return the question or menu of the place where `state` stands."""
        if ask.original:
            language = "en"
        match state.mode:
            case Mode.LANGUAGE:
                return self._languages(language, state)
            case Mode.REVIEW:
                return self._review(language, state, now)
            case Mode.CHANGING:
                return self._changing(language, state, now)
            case Mode.DOUBT:
                picks = (("button-keep-it", "0"), ("button-write-again", "1"))
                return self._menu(language, state, "looks-like-id", picks)
            case Mode.STOPPING:
                picks = (("button-yes", "0"), ("button-no", "1"))
                return self._menu(language, state, "stop-sure", picks)
            case _:
                return self._question(language, state, now, brief=ask.brief)

    def _prompt(
        self, language: str, state: State, name: str, options: tuple[Option, ...] = ()
    ) -> Message:
        return Message(
            id=name,
            text=self.wording.render(language, name),
            options=options,
            revision=state.revision,
            language=language,
            prompt=True,
        )

    def _languages(self, language: str, state: State) -> Message:
        options = tuple(
            Option(label=about(tag).autonym, pick=str(i), number=i + 1)
            for i, tag in enumerate(self.form.languages)
        )
        return self._prompt(
            language, state, "choose-language" if state.language else "hello", options
        )

    def _menu(
        self,
        language: str,
        state: State,
        name: str,
        picks: tuple[tuple[str, str], ...],
        args: dict[str, str] | None = None,
    ) -> Message:
        options = tuple(
            self.wording.option(language, label, pick, i)
            for i, (label, pick) in enumerate(picks, start=1)
        )
        return Message(
            id=name,
            text=self.wording.render(language, name, args),
            how=self.wording.render(language, "answer-one"),
            options=options,
            revision=state.revision,
            language=language,
            prompt=True,
        )

    def _review(self, language: str, state: State, now: datetime) -> Message:
        count, aside = Standing(self.form, state, now).counts()
        picks = (("button-send", "send"), ("button-change", "change"), ("button-stop", "stop"))
        name = "review-aside" if aside else "review"
        args = {"count": str(count), **({"aside": str(aside)} if aside else {})}
        return self._menu(language, state, name, picks, args)

    def _changing(self, language: str, state: State, now: datetime) -> Message:
        keys = Standing(self.form, state, now).changeable()

        def option(n: int, key: Key) -> Option:
            asked, i = key
            label = self.wording.render(language, self.wording.asked(language, asked))
            return Option(label=label + (f" ({i})" if i else ""), pick=str(n), number=n + 1)

        name = "change-which"
        text = self.wording.render(language, name)
        return self._paged(language, state, name, text, keys, option)

    def _question(self, language: str, state: State, now: datetime, *, brief: bool) -> Message:
        if state.at is None:
            return self._prompt(language, state, "welcome-back")
        question = self.form.by_name[state.at[0]]
        language = self.wording.whole(language, question)
        offered = Standing(self.form, state, now).offered(state.at)

        def option(n: int, choice: Choice) -> Option:
            label = label_of(question, choice.code)
            plain = self.wording.option(language, label, str(n), n + 1)
            return replace(plain, ticked=True) if choice.code in state.ticked else plain

        if brief:
            name, text = "kept", self.wording.render(language, "kept")
        else:
            name, text = f"q-{question.name}", self.wording.question(language, question)
        return self._paged(language, state, name, text, offered, option, question)

    def _paged(
        self,
        language: str,
        state: State,
        name: str,
        text: str,
        items: Sequence[Item],
        option: Callable[[int, Item], Option],
        question: Question | None = None,
    ) -> Message:
        pages = max(1, -(-len(items) // PAGE))
        page = state.page % pages
        first = page * PAGE
        here = enumerate(items[first : first + PAGE], start=first)
        if pages > 1:
            text = f"{text}\n{self.wording.page(language, page + 1, pages)}"
        how = "answer-one" if question is None else _how(question, state, brief=name == "kept")
        return Message(
            id=name,
            text=text,
            how=self.wording.render(language, how) if how else "",
            options=tuple(option(n, item) for n, item in here),
            actions=self._actions(language, state, question, more=pages > 1),
            revision=state.revision,
            language=language,
            prompt=True,
        )

    def _actions(
        self, language: str, state: State, question: Question | None, *, more: bool
    ) -> tuple[Option, ...]:
        wanted = actions(state, question, more=more)
        return tuple(
            self.wording.option(language, f"button-{name}", command.value)
            for name, command in wanted
        )


def _how(question: Question, state: State, *, brief: bool) -> str:
    """Return the name of the text that tells how to answer, or nothing."""
    if brief:
        return ""
    reopened = state.at is not None and state.at in state.open and state.answered.get(state.at)
    if reopened and question.kind is Kind.TEXT:
        return "answer-instead"
    return "answer-several" if question.several else _HOW[question.kind]
