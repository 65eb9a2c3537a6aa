"""The texts of one organisation with its facts in them, each found once and then remembered.

Pure. What may differ while a line runs (a country, a count, an app's name) comes as `args`, and is
not remembered unless it says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.engine.model import Form, Kind, Question
from bot.ports import Option
from bot.texts.catalogue import ALERT
from bot.texts.library import Texts

#: Apps by the channel's name, as they call themselves. Others are "the app", in each language.
APPS = {"telegram": "Telegram", "signal": "Signal"}
_Key = tuple[str | int, ...]  # a language, a name, and what else tells it apart


@dataclass(frozen=True, kw_only=True, slots=True)
class Wording:
    """Finds the words. `facts` are the values that texts may name."""

    form: Form
    texts: Texts
    facts: Mapping[str, str]
    alerts: bool = False  # whether people may be told that somebody reads urgent alerts
    largest: Mapping[str, int] = field(default_factory=dict)  # by channel: megabytes of a file
    programs: frozenset[str] = frozenset()  # channels by which programs may come
    _texts: dict[_Key, str] = field(default_factory=dict, init=False, repr=False, compare=False)
    _languages: dict[_Key, str] = field(default_factory=dict, init=False, repr=False, compare=False)
    _options: dict[_Key, Option] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def render(
        self, language: str, name: str, args: Mapping[str, str] | None = None, channel: str = ""
    ) -> str:
        """Return one text with the organisation's facts in it, and those of a channel."""
        own = channel if channel in self.largest else ""
        if args:
            return self.texts.render(language, name, **{**self._facts(own), **args})
        text = self._texts.get((language, name, own, "fact"))
        if text is None:
            text = self.texts.render(language, name, **self._facts(own))
            self._texts[language, name, own, "fact"] = text
        return text

    def _facts(self, channel: str) -> Mapping[str, str]:
        if not channel:
            return self.facts
        return {**self.facts, "largest": str(self.largest[channel])}

    def of_app(self, language: str, name: str, channel: str) -> str:
        """Return a text that may name the app of a channel."""
        text = self._texts.get((language, name, channel))
        if text is None:
            app = APPS.get(channel) or self.render(language, "this-app")
            text = self.render(language, name, {"app": app})
            self._texts[language, name, channel] = text
        return text

    def page(self, language: str, page: int, pages: int) -> str:
        """Return which page of how many this is."""
        text = self._texts.get((language, "page", page, pages))
        if text is None:
            text = self.render(language, "page", {"page": str(page), "pages": str(pages)})
            self._texts[language, "page", page, pages] = text
        return text

    def option(self, language: str, label: str, pick: str, number: int = 0) -> Option:
        """Return a button whose label is the text `label`."""
        known = self._options.get((language, label, pick, number))
        if known is None:
            known = Option(label=self.render(language, label), pick=pick, number=number)
            self._options[language, label, pick, number] = known
        return known

    # -- questions ----------------------------------------------------------------------------

    def asked(self, language: str, question: str) -> str:
        """Return the id of the text that asks a question, or tells a note, in a language."""
        name, asked = f"q-{question}", self.form.by_name[question]
        told = self.alerts and (asked.alert or asked.kind is Kind.NOTE)
        return name + ALERT if told and self.texts.catalogue(language).has(name + ALERT) else name

    def whole(self, language: str, question: Question) -> str:
        """Return the language in which every part of the question can be shown."""
        whole = self._languages.get((language, question.name))
        if whole is None:
            names = [f"q-{question.name}"] if question.kind is not Kind.AGAIN else []
            names += [f"c-{question.list_name}-{c.code}" for c in question.choices if names]
            whole = self.texts.language_for(language, names)
            self._languages[language, question.name] = whole
        return whole

    def question(self, language: str, question: Question, channel: str = "") -> str:
        """Return what a question asks, with its hint."""
        if question.kind is Kind.AGAIN:
            return self.render(language, "again")
        text = self.render(language, self.asked(language, question.name), channel=channel)
        hint = f"q-{question.name}-hint"
        if self.texts.catalogue(language).has(hint):
            text = f"{text}\n{self.render(language, hint, channel=channel)}"
        if question.kind is Kind.FILE:
            programs = "files-programs" if channel in self.programs else "files-no-programs"
            text = f"{text}\n{self.render(language, programs)}"
        return text
