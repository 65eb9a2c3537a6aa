"""What a person reads: turns the effects of a step into messages, in one language each.

Pure. A `Speaker` knows a form, the texts and the facts of an organisation (its name, how long it
keeps a report). It never sees an answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.engine.codes import show_code
from bot.engine.events import Ask, Code, Effect, Forget, Say, Tell, Wipe
from bot.engine.model import Command, Form, Kind
from bot.engine.state import State
from bot.helplines import Helpline, sentences
from bot.menus import Menus
from bot.ports import Message
from bot.profile import Profile, profile
from bot.texts.library import Texts
from bot.texts.negotiation import negotiate
from bot.wording import Wording


@dataclass(frozen=True, kw_only=True, slots=True)
class Speaker:
    """Says things for one organisation. `facts` are the values that texts may name."""

    form: Form
    texts: Texts
    facts: Mapping[str, str]
    helplines: Mapping[str, Helpline]
    reserve: str = "en"
    alerts: bool = False  # whether people may be told that somebody reads urgent alerts
    wording: Wording = field(init=False, repr=False, compare=False)
    menus: Menus = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Take up the words and the menus made of them."""
        wording = Wording(form=self.form, texts=self.texts, facts=self.facts, alerts=self.alerts)
        object.__setattr__(self, "wording", wording)
        object.__setattr__(self, "menus", Menus(form=self.form, wording=wording))

    def messages(
        self,
        before: State,
        after: State,
        effects: Sequence[Effect],
        *,
        channel: str,
        now: datetime,
        ephemeral: bool = False,
        removes: bool = False,
        hint: str = "",
    ) -> list[Message]:
        """Return what the person gets, in order.

        `removes`: the channel can take messages out of the chat; `hint`: the app's language.
        """
        language = self.language(after, before, hint=hint)
        said: list[Message] = []
        for effect in effects:
            match effect:
                case Say(id="closed" | "paused" as name) if ephemeral:
                    said.append(self._say(language, after, f"{name}-ephemeral"))
                case Say(id=name, args=args, language=other):
                    said.append(self._say(other or language, after, name, args))
                case Tell(name="", part="lines"):
                    said += self._lines(language, after)
                case Tell(name=name, part=part):
                    said += self._tell(language, after, name, part, channel)
                case Code(digits=digits, sent=sent):
                    name, args = "sent" if sent else "code", {"code": show_code(digits)}
                    said.append(self._say(language, after, name, args))
                case Wipe(id=name):
                    wipe = self._wipe if removes else self._no_wipe
                    said.append(wipe(language, after, name, channel))
                case Ask():
                    said.append(self.menus.ask(effect, language, after, now))
                case _:
                    pass
        if removes and said and _ends(effects):
            said[-1] = self._offer_wipe(language, said[-1])
        return said

    def simple(self, language: str, name: str, state: State) -> Message:
        """Return one text that is said without a step: `trouble`, `wait` or `resting`."""
        return self._say(language, state, name)

    def vanished(self, language: str, channel: str = "") -> tuple[str, str]:
        """Return what is said of a kept answer's message: it was asked away; it could not be."""
        asked = self.wording.of_app(language, "vanished", channel)
        return asked, self.wording.of_app(language, "not-vanished", channel)

    def profile(self, language: str) -> Profile:
        """Return what the line says of itself in a language."""
        return profile(language, self.facts["org"], self.render)

    def language(self, *states: State, hint: str = "") -> str:
        """Return the language of the first state that has one; else what fits the app's.

        A language whose texts were taken away since is none.
        """
        for state in states:
            if state.language and state.language in self.texts.tags:
                return state.language
        return (negotiate(hint, self.form.languages, {}) if hint else None) or self.reserve

    def render(self, language: str, name: str, args: Mapping[str, str] | None = None) -> str:
        """Return one text with the organisation's facts in it."""
        return self.wording.render(language, name, args)

    # -- texts ----------------------------------------------------------------------------

    def _say(
        self, language: str, state: State, name: str, args: Mapping[str, str] | None = None
    ) -> Message:
        text = self.render(language, name, args)
        return Message(id=name, text=text, revision=state.revision, language=language)

    def _wipe(self, language: str, state: State, name: str, channel: str) -> Message:
        return Message(
            id=name or "wiped",
            text=self.render(language, name) if name else "",
            revision=state.revision,
            language=language,
            wipe=True,
            removed=self.wording.of_app(language, "wiped", channel),
            not_removed=self.wording.of_app(language, "not-wiped", channel),
        )

    def _no_wipe(self, language: str, state: State, name: str, _channel: str) -> Message:
        return self._say(language, state, name or "no-wipe")

    def _offer_wipe(self, language: str, last: Message) -> Message:
        offer = self.wording.option(language, "button-wipe", Command.WIPE.value)
        return replace(last, actions=(offer,))

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
            has = self.texts.catalogue(language).has
            text = own if has(own) else self.wording.asked(language, name)
        shown = self.texts.language_for(language, (text,))
        return [self._say(shown, state, text)]

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


def _ends(effects: Iterable[Effect]) -> bool:
    """Tell whether a conversation ends here without its chat being removed."""
    kinds = {type(effect) for effect in effects}
    return Forget in kinds and Wipe not in kinds
