"""Somebody on Telegram who may be written to: they chose a phrase, and look whether it comes first.

What they are told they know by its words in their language, and by nothing else.
"""

from dataclasses import dataclass, field

from bot.texts.languages import LANGUAGES
from bot.texts.scripts import strip_isolates
from tests.talkers import CHOICES, Talker, content_of

#: The questions that are asked of whoever may be written to.
ALSO = ("q-F2", "q-F2S", "q-F3", "q-F3B")


@dataclass
class Contact(Talker):
    """A person with a report to make, who wants an answer."""

    phrase: str = field(default="", kw_only=True, repr=False)
    duress: str = field(default="", kw_only=True, repr=False)
    daytime: str = field(default="5", kw_only=True)  # the place of when they may be written to

    @property
    def choices(self) -> dict[str, str]:
        """What they answer: yes, whoever it is."""
        return {**CHOICES, "q-F1": "1", "q-F2": self.daytime, "q-F2S": "3"}

    async def _answers(self, what: str, message: object) -> None:
        written = {"q-F3": self.phrase, "q-F3B": self.duress}
        if what in written:
            await self.says(written[what])
        else:
            await super()._answers(what, message)  # type: ignore[arg-type]

    def text(self, name: str, **values: str) -> str:
        """Return what a text of the line says in their language."""
        texts = content_of(self.reading.home).texts
        return strip_isolates(texts.render(self.reading.language, name, **values))

    async def says(self, text: str) -> None:
        """Write."""
        await self.remote.say(person=self.id, text=text)

    async def gives(self, code: str) -> None:
        """Give the code to a chat that knows nothing of them: it asks for their language."""
        await self.says(code)
        own = LANGUAGES[self.reading.language].autonym
        await self.hears(own)
        await self.says(own)

    async def hears(self, text: str, *, patience: float = 30) -> str:
        """Wait for a message that has these words, or a button; return it whole."""
        heard: list[str] = []
        while True:
            try:
                shown = await self.remote.wait(chat=self.id, after=self.seen, timeout=patience)
            except TimeoutError:
                raise AssertionError(f"{text!r} did not come, but {heard}") from None
            for message in shown["messages"]:
                self.seen = message["id"]
                labels = [button["text"] for row in message["buttons"] for button in row]
                heard.append(strip_isolates("\n".join([message["text"], *labels])))
                if text in heard[-1]:
                    return heard[-1]
