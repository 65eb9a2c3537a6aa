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
from bot.engine.model import OPEN, Choice, Command, Form, Kind, Question
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
    Kind.FILE: "answer-file",
    Kind.VOICE: "answer-file",
}


#: Menus of two choices: what they ask, and what stands on them.
_MENUS = {
    Mode.DOUBT: ("looks-like-id", (("button-keep-it", "0"), ("button-write-again", "1"))),
    Mode.STOPPING: ("stop-sure", (("button-yes", "0"), ("button-no", "1"))),
    Mode.DELETING: ("delete-sure", (("button-yes", "0"), ("button-no", "1"))),
    Mode.CONTACT: ("contact-here", (("button-yes", "0"), ("button-no", "1"))),
}
#: What is said of one part of an answer, where the question is not repeated.
_BRIEF = frozenset({"kept", "file-coming"})
#: The review, by whether answers are set aside and whether files are sent.
_REVIEWS = {
    (False, False): "review",
    (True, False): "review-aside",
    (False, True): "review-files",
    (True, True): "review-aside-files",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Menus:
    """Puts questions and menus in one organisation's words."""

    form: Form
    wording: Wording

    def ask(
        self, ask: Ask, language: str, state: State, now: datetime, *, channel: str = ""
    ) -> Message:
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
            case Mode.DOUBT | Mode.STOPPING | Mode.DELETING | Mode.CONTACT:
                return self._menu(language, state, *_MENUS[state.mode])
            case Mode.ADDING:
                return self._adding(language, state, ask)
            case _:
                return self._question(language, state, now, ask, channel)

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
        here = Standing(self.form, state, now)
        count, aside = here.counts()
        files = len(here.files())
        picks = (("button-send", "send"), ("button-change", "change"), ("button-stop", "stop"))
        counts = {"count": count, "aside": aside, "files": files}
        name = _REVIEWS[bool(aside), bool(files)]
        return self._menu(language, state, name, picks, {n: str(c) for n, c in counts.items()})

    def _adding(self, language: str, state: State, ask: Ask) -> Message:
        """Return what is said to whoever adds to a case: nothing of the case itself."""
        name = _brief(ask, "added") if ask.brief else "adding"
        wanted = [Command.DONE]
        if not ask.brief and not state.window:
            wanted += [Command.STATUS, Command.DELETE]
        return Message(
            id=name,
            text=self.wording.render(language, name, _number(ask)),
            how="" if ask.brief else self.wording.render(language, "answer-several"),
            actions=tuple(
                self.wording.option(language, f"button-{one}", one.value) for one in wanted
            ),
            revision=state.revision,
            language=language,
            prompt=True,
        )

    def _changing(self, language: str, state: State, now: datetime) -> Message:
        keys = Standing(self.form, state, now).changeable()

        def option(n: int, key: Key) -> Option:
            asked, i = key
            label = self.wording.render(language, self.wording.asked(language, asked))
            return Option(label=label + (f" ({i})" if i else ""), pick=str(n), number=n + 1)

        name = "change-which"
        text = self.wording.render(language, name)
        return self._paged(language, state, name, text, keys, option)

    def _question(
        self, language: str, state: State, now: datetime, ask: Ask, channel: str
    ) -> Message:
        if state.at is None:
            return self._prompt(language, state, "welcome-back")
        question = self.form.by_name[state.at[0]]
        language = self.wording.whole(language, question)
        offered = Standing(self.form, state, now).offered(state.at)

        def option(n: int, choice: Choice) -> Option:
            label = label_of(question, choice.code)
            plain = self.wording.option(language, label, str(n), n + 1)
            return replace(plain, ticked=True) if choice.code in state.ticked else plain

        if ask.brief:
            name = _brief(ask, "kept")
            text = self.wording.render(language, name, _number(ask))
        else:
            name, text = f"q-{question.name}", self.wording.question(language, question, channel)
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
        how = "answer-one" if question is None else _how(question, state, brief=name in _BRIEF)
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
    if reopened and question.kind in OPEN:
        return "answer-instead-or-add" if question.several else "answer-instead"
    if question.several:
        return "answer-several" if question.kind is Kind.TEXT else "answer-files"
    return _HOW[question.kind]


def _brief(ask: Ask, kept: str) -> str:
    """Return what is said of one part: that it is kept, or that a file is only on its way."""
    return "file-coming" if ask.coming else kept


def _number(ask: Ask) -> dict[str, str] | None:
    return {"number": str(ask.coming)} if ask.coming else None
