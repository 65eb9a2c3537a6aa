"""What a person reads: turns the effects of a step into messages, in one language each.

Pure. A `Speaker` knows a form, the texts and the facts of an organisation (its name, how long it
keeps a report). It never sees an answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.engine.codes import show_code
from bot.engine.events import Ask, Code, Effect, Forget, Say, Tell, Wipe
from bot.engine.flow import Standing
from bot.engine.model import Command, Form, Kind
from bot.engine.state import Mode, State
from bot.helplines import EMERGENCY, Helpline, crisis, sentences
from bot.menus import Menus
from bot.ports import Message
from bot.profile import Profile, profile
from bot.texts.library import Texts
from bot.texts.negotiation import negotiate
from bot.wording import Wording

#: What is said of a chat that is cleared, where everything can be removed and where only ours can.
_WIPED = "wiped", "not-wiped"
_WIPED_OURS = "wiped-ours", "not-wiped-ours"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Here:
    """Where something is said: the language, the state after the step, and the channel."""

    language: str
    state: State
    channel: str
    now: datetime
    ephemeral: bool
    removes: bool
    vanishes: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Speaker:
    """Says things for one organisation. `facts` are the values that texts may name."""

    form: Form
    texts: Texts
    facts: Mapping[str, str]
    helplines: Mapping[str, Helpline]
    reserve: str = "en"
    alerts: bool = False  # whether people may be told that somebody reads urgent alerts
    largest: Mapping[str, int] = field(default_factory=dict)  # by channel: megabytes of a file
    programs: frozenset[str] = frozenset()  # channels by which programs may come
    timers: Mapping[str, int] = field(default_factory=dict)  # by channel: days of its messages
    wording: Wording = field(init=False, repr=False, compare=False)
    menus: Menus = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Take up the words and the menus made of them."""
        wording = Wording(
            form=self.form,
            texts=self.texts,
            facts=self.facts,
            alerts=self.alerts,
            largest=self.largest,
            programs=self.programs,
        )
        object.__setattr__(self, "wording", wording)
        object.__setattr__(self, "menus", Menus(form=self.form, wording=wording))

    def messages(  # noqa: PLR0913 - what a channel can do is part of what is said
        self,
        before: State,
        after: State,
        effects: Sequence[Effect],
        *,
        channel: str,
        now: datetime,
        ephemeral: bool = False,
        removes: bool = False,
        vanishes: bool = True,
        hint: str = "",
    ) -> list[Message]:
        """Return what the person gets, in order.

        `removes`: the channel can take its own messages out of the chat, `vanishes`: the person's
        as well; `hint`: the app's language.
        """
        spoken = next(
            (one.language for one in effects if isinstance(one, Say) and one.language), ""
        )
        here = _Here(
            language=self.language(after, before, hint=spoken or hint),
            state=after,
            channel=channel,
            now=now,
            ephemeral=ephemeral,
            removes=removes,
            vanishes=vanishes,
        )
        said = [message for effect in effects for message in self._messages(effect, here)]
        if removes and said and _ends(effects):
            said[-1] = self._offer_wipe(here.language, said[-1])
        if said and self._begins(before, after, effects):
            said[0] = replace(said[0], begins=True)
        return said

    def _messages(self, effect: Effect, here: _Here) -> list[Message]:
        match effect:
            case Tell(name="", part="lines"):
                return self._danger(here)
            case Tell(name=name, part=part):
                return self._tell(here, name, part)
            case Say() | Code() | Wipe() | Ask():
                return [self._message(effect, here)]
            case _:
                return []

    def _message(self, effect: Say | Code | Wipe | Ask, here: _Here) -> Message:
        match effect:
            case Say(id="closed" | "paused" as name) if here.ephemeral:
                return self._say(here, f"{name}-ephemeral")
            case Say(id=name, args=args, language=other):
                return self._say(replace(here, language=other or here.language), name, args)
            case Code(digits=digits, sent=sent):
                return self._say(here, "sent" if sent else "code", {"code": show_code(digits)})
            case Wipe(id=name):
                return self._wipe(here, name)
            case Ask():
                place = (here.language, here.state, here.now)
                return self.menus.ask(effect, *place, channel=here.channel)

    def simple(self, language: str, name: str, state: State) -> Message:
        """Return one text that is said without a step: `trouble`, `wait` or `resting`."""
        text = self.render(language, name)
        return Message(id=name, text=text, revision=state.revision, language=language)

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

    def _say(self, here: _Here, name: str, args: Mapping[str, str] | None = None) -> Message:
        text = self.wording.render(here.language, name, args, here.channel)
        return Message(id=name, text=text, revision=here.state.revision, language=here.language)

    def _begins(self, before: State, after: State, effects: Sequence[Effect]) -> bool:
        """Tell whether a conversation begins here, or comes to this chat from another."""
        mine = (self.form.id, self.form.version, self.form.sha256)
        foreign = (before.form, before.version, before.sha256) != mine
        new = foreign or before.revision == 0 or before.mode is Mode.OVER
        return after.mode is not Mode.OVER and (new or Say(id="moved") in effects)

    def _wipe(self, here: _Here, name: str) -> Message:
        if not here.removes:
            return self._say(here, name or "no-wipe")
        asked, failed = _WIPED if here.vanishes else _WIPED_OURS
        return Message(
            id=name or "wiped",
            text=self.render(here.language, name) if name else "",
            revision=here.state.revision,
            language=here.language,
            wipe=True,
            removed=self.wording.of_app(here.language, asked, here.channel),
            not_removed=self.wording.of_app(here.language, failed, here.channel),
        )

    def _offer_wipe(self, language: str, last: Message) -> Message:
        offer = self.wording.option(language, "button-wipe", Command.WIPE.value)
        return replace(last, actions=(offer,))

    def _tell(self, here: _Here, name: str, part: str) -> list[Message]:
        question = self.form.by_name[name]
        if question.crisis and not part:
            return [self._crisis(here)]
        if question.lines and not part:
            return self._lines(here)
        own = f"q-{name}-{here.channel}"
        if part:
            text = f"q-{name}-{part}"
        else:
            has = self.texts.catalogue(here.language).has
            text = own if has(own) else self.wording.asked(here.language, name)
        shown = self.texts.language_for(here.language, (text,))
        said = [self._say(replace(here, language=shown), text)]
        days = self.timers.get(here.channel, 0)
        if days and text == own:
            said.append(self._say(here, "timer", {"days": str(days)}))
        return said

    def _lines(self, here: _Here) -> list[Message]:
        """Say the help lines of the country that was named last, if one was."""
        code = self._country(here)
        country = {"country": self.render(here.language, f"c-country-{code}")} if code else {}
        found = sentences(self.helplines.get(code))
        return [self._say(here, name, {**args, **country}) for name, args in found]

    def _crisis(self, here: _Here) -> Message:
        """Say where somebody listens, in that country."""
        return self._say(here, *crisis(self.helplines.get(self._country(here))))

    def _danger(self, here: _Here) -> list[Message]:
        """Say the help lines; to who may hurt themselves where somebody listens comes first."""
        lines = self._lines(here)
        standing = Standing(self.form, here.state, here.now)
        notes = [question for question in self.form.questions if question.crisis]
        if not any(standing.relevant((question.name, 0)) for question in notes):
            return lines
        return [self._crisis(here), *(line for line in lines if line.id in EMERGENCY)]

    def _country(self, here: _Here) -> str:
        codes = [
            here.state.codes[(q.name, 0)][0]
            for q in self.form.questions
            if q.kind is Kind.COUNTRY and here.state.codes.get((q.name, 0))
        ]
        return codes[-1] if codes else ""


def _ends(effects: Iterable[Effect]) -> bool:
    """Tell whether a conversation ends here without its chat being removed."""
    kinds = {type(effect) for effect in effects}
    return Forget in kinds and Wipe not in kinds
