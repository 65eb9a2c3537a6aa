"""What lies on an unlocked desk: who reads, which cases are here, in which language.

Rules of this file: it is let go of as a whole when the desk is locked. A sentence that is said once
is said on the next page that is drawn.
"""

from dataclasses import dataclass, field
from pathlib import Path

from bot.texts.languages import LANGUAGES
from desk import reader
from desk.form_labels import ENGLISH, languages
from desk.labels import Labels, LabelsIn
from desk.mirror import FOLDER, Mirror
from desk.reader import Reader


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Where things of a desk lie, and who knows the labels of forms."""

    desk: Path
    line: Path
    labels: LabelsIn


@dataclass(kw_only=True, slots=True)
class Desktop:
    """One person at work."""

    reader: Reader
    mirror: Mirror
    labels_in: LabelsIn
    language: str = ENGLISH
    _said: str = field(default="", repr=False)

    @property
    def labels(self) -> Labels:
        """The labels in the language of the staff."""
        return self.labels_in(self.language, self.reader.line.name)

    @property
    def name(self) -> str:
        """Who sits here, as the statement calls them."""
        own = self.reader.own.recipient
        return next((one.name for one in self.reader.line.staff if one.reading == own), "")

    @property
    def languages(self) -> tuple[tuple[str, str], ...]:
        """The languages that there are labels in, each by its own name."""
        return tuple((tag, LANGUAGES[tag].autonym) for tag in languages())

    def say(self, text: str) -> None:
        """Say something on the next page."""
        self._said = text or self._said

    def told(self) -> str:
        """Return what is to be said, and forget it."""
        said, self._said = self._said, ""
        return said


def unlock(places: Places, words: str) -> Desktop:
    """Open the desk with a person's six words.

    Raises:
        DeskError, StorageError: it does not open so.
    """
    who = reader.open_reading_keys(places.desk, places.line, lambda: words)
    mirror = Mirror(folder=places.desk / FOLDER)
    return Desktop(reader=who, mirror=mirror, labels_in=places.labels)
