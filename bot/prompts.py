"""What a person reads: turns the effects of a step into messages, in one language each.

Pure. A `Speaker` knows a form, the texts and the facts of an organisation (its name, how long it
keeps a report). It never sees an answer: what it shows of a question is its text and its choices.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from bot.buttons import actions, label_of
from bot.engine.codes import show_code
from bot.engine.events import Ask, Code, Effect, Key, Say, Tell
from bot.engine.flow import Standing
from bot.engine.model import Choice, Form, Kind, Question
from bot.engine.state import Mode, State
from bot.helplines import Helpline, sentences
from bot.ports import Message, Option
from bot.texts.languages import language as about
from bot.texts.library import Texts

#: Choices on one page, on every channel (design §6.3).
PAGE = 8
Item = TypeVar("Item")
Found = dict[tuple[str | int, ...], Item]  # by a language, a name, and what else tells it apart
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
class Speaker:
    """Says things for one organisation. `facts` are the values that texts may name."""

    form: Form
    texts: Texts
    facts: Mapping[str, str]
    helplines: Mapping[str, Helpline]
    reserve: str = "en"
    # What follows from form, texts and facts alone is found once.
    _texts: Found[str] = field(default_factory=dict, init=False, repr=False, compare=False)
    _languages_of: Found[str] = field(default_factory=dict, init=False, repr=False, compare=False)
    _options: Found[Option] = field(default_factory=dict, init=False, repr=False, compare=False)

    def messages(
        self,
        before: State,
        after: State,
        effects: Iterable[Effect],
        *,
        channel: str,
        now: datetime,
        ephemeral: bool = False,
    ) -> list[Message]:
        """Return what the person gets, in order."""
        language = after.language or before.language or self.reserve
        said: list[Message] = []
        for effect in effects:
            match effect:
                case Say(id="closed" | "paused" as name) if ephemeral:
                    said.append(self._say(language, after, f"{name}-ephemeral", {}))
                case Say(id=name, args=args, language=other):
                    said.append(self._say(other or language, after, name, args))
                case Tell(name="", part="lines"):
                    said += self._lines(language, after)
                case Tell(name=name, part=part):
                    said += self._tell(language, after, name, part, channel)
                case Code(digits=digits, sent=sent):
                    name, args = "sent" if sent else "code", {"code": show_code(digits)}
                    said.append(self._say(language, after, name, args))
                case Ask():
                    said.append(self._ask(effect, language, after, now))
                case _:
                    pass
        return said

    def trouble(self, language: str, state: State) -> Message:
        """Return the words for an update that could not be taken."""
        return self._say(language, state, "trouble", {})

    def render(self, language: str, name: str, args: Mapping[str, str] | None = None) -> str:
        """Return one text with the organisation's facts in it."""
        if args:
            return self.texts.render(language, name, **{**self.facts, **args})
        text = self._texts.get((language, name))
        if text is None:
            text = self._texts[language, name] = self.texts.render(language, name, **self.facts)
        return text

    # -- texts ----------------------------------------------------------------------------

    def _say(self, language: str, state: State, name: str, args: Mapping[str, str]) -> Message:
        text = self.render(language, name, args)
        return Message(id=name, text=text, revision=state.revision, language=language)

    def _tell(
        self, language: str, state: State, name: str, part: str, channel: str
    ) -> list[Message]:
        question = self.form.by_name[name]
        if question.lines and not part:
            return self._lines(language, state)
        own = f"q-{name}-{channel}"
        if part:
            text = f"q-{name}-{part}"
        else:
            text = own if self.texts.catalogue(language).has(own) else f"q-{name}"
        shown = self.texts.language_for(language, (text,))
        return [self._say(shown, state, text, {})]

    def _lines(self, language: str, state: State) -> list[Message]:
        """Say the help lines of the country that was named last, if one was."""
        codes = [
            state.codes[(q.name, 0)][0]
            for q in self.form.questions
            if q.kind is Kind.COUNTRY and state.codes.get((q.name, 0))
        ]
        code = codes[-1] if codes else ""
        said: list[Message] = []
        for name, args in sentences(self.helplines.get(code)):
            country = {"country": self.texts.render(language, f"c-country-{code}")} if code else {}
            said.append(self._say(language, state, name, {**args, **country}))
        return said

    # -- questions and menus ----------------------------------------------------------------

    def _ask(self, ask: Ask, language: str, state: State, now: datetime) -> Message:
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

    def _languages(self, language: str, state: State) -> Message:
        options = tuple(
            Option(label=about(tag).autonym, pick=str(i), number=i + 1)
            for i, tag in enumerate(self.form.languages)
        )
        name = "choose-language" if state.language else "hello"
        text = self.render(language, name)
        return Message(
            id=name, text=text, options=options, revision=state.revision, language=language
        )

    def _menu(
        self,
        language: str,
        state: State,
        name: str,
        picks: tuple[tuple[str, str], ...],
        args: Mapping[str, str] | None = None,
    ) -> Message:
        options = tuple(
            self._option(language, label, pick, i) for i, (label, pick) in enumerate(picks, start=1)
        )
        return Message(
            id=name,
            text=self.render(language, name, args),
            how=self.render(language, "answer-one"),
            options=options,
            revision=state.revision,
            language=language,
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
            label = self.render(language, f"q-{asked}") + (f" ({i})" if i else "")
            return Option(label=label, pick=str(n), number=n + 1)

        name = "change-which"
        return self._paged(language, state, name, self.render(language, name), keys, option)

    def _question(self, language: str, state: State, now: datetime, *, brief: bool) -> Message:
        if state.at is None:
            return self._say(language, state, "welcome-back", {})
        question = self.form.by_name[state.at[0]]
        language = self._whole(language, question)
        offered = Standing(self.form, state, now).offered(state.at)

        def option(n: int, choice: Choice) -> Option:
            plain = self._option(language, label_of(question, choice.code), str(n), n + 1)
            return replace(plain, ticked=True) if choice.code in state.ticked else plain

        name = "kept" if brief else f"q-{question.name}"
        text = self.render(language, "kept") if brief else self._text(language, question)
        return self._paged(language, state, name, text, offered, option, question)

    def _whole(self, language: str, question: Question) -> str:
        """Return the language in which every part of the question can be shown."""
        whole = self._languages_of.get((language, question.name))
        if whole is None:
            names = [f"q-{question.name}"] if question.kind is not Kind.AGAIN else []
            names += [f"c-{question.list_name}-{c.code}" for c in question.choices if names]
            whole = self.texts.language_for(language, names)
            self._languages_of[language, question.name] = whole
        return whole

    def _text(self, language: str, question: Question) -> str:
        if question.kind is Kind.AGAIN:
            return self.render(language, "again")
        text = self.render(language, f"q-{question.name}")
        hint = f"q-{question.name}-hint"
        if self.texts.catalogue(language).has(hint):
            text = f"{text}\n{self.render(language, hint)}"
        return text

    def _option(self, language: str, label: str, pick: str, number: int = 0) -> Option:
        known = self._options.get((language, label, pick, number))
        if known is None:
            known = Option(label=self.render(language, label), pick=pick, number=number)
            self._options[language, label, pick, number] = known
        return known

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
        actions = self._actions(language, state, question, more=pages > 1)
        if pages > 1:
            text = f"{text}\n{self._page(language, page + 1, pages)}"
        how = "answer-one" if question is None else _HOW[question.kind]
        if question is not None and question.several:
            how = "answer-several" if name != "kept" else ""
        return Message(
            id=name,
            text=text,
            how=self.render(language, how) if how else "",
            options=tuple(option(n, item) for n, item in here),
            actions=actions,
            revision=state.revision,
            language=language,
        )

    def _page(self, language: str, page: int, pages: int) -> str:
        text = self._texts.get((language, "page", page, pages))
        if text is None:
            text = self.render(language, "page", {"page": str(page), "pages": str(pages)})
            self._texts[language, "page", page, pages] = text
        return text

    def _actions(
        self,
        language: str,
        state: State,
        question: Question | None,
        *,
        more: bool,
    ) -> tuple[Option, ...]:
        wanted = actions(state, question, more=more)
        return tuple(
            self._option(language, f"button-{name}", command.value) for name, command in wanted
        )
