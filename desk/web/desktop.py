"""What lies on an unlocked desk: who reads, their casebook and drawer, in which language.

Rules of this file: it is let go of as a whole when the desk is locked. A sentence that is said once
is said on the next page that is drawn; what was looked for is kept here, and so in no address.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from bot.texts.languages import LANGUAGES
from desk import keys, reader, sync_memory, tor, vault
from desk.casebook import Casebook
from desk.drawer import Drawer
from desk.form_labels import ENGLISH, languages
from desk.interviews import Interviews
from desk.labels import Labels, LabelsIn
from desk.news import News, news
from desk.quarantine import Quarantine
from desk.reader import Reader
from desk.shelf import FOLDER as FILES
from desk.shelf import Shelf
from desk.sounds import Sound
from desk.web.errand import Errand
from desk.web.seat import token
from desk.web.talks import Talks
from storage.line import GENERAL

LANGUAGE = "language"
NEXT, CARRIED = "with the next sync", "when you carry it: quietline-desk packets export FOLDER"


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Where things of a desk lie, and who knows the labels of forms."""

    desk: Path
    line: Path
    labels: LabelsIn
    fonts: tuple[Path, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """The voice note that is listened to; `token` is its address next door."""

    case: bytes
    number: int
    sound: Sound = field(repr=False)
    token: str = field(default_factory=token, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcel:
    """An export that is made and recorded, until it is fetched; `mark` tells it from others.

    `about` is what the page says of it.
    """

    mark: str
    cases: frozenset[bytes]
    name: str
    type: str
    data: bytes = field(repr=False)
    about: Mapping[str, object] = field(repr=False)


@dataclass(kw_only=True, slots=True)
class Desktop:
    """One person at work.

    `search` is what they look for now, `heard` what they listen to, `parcel` what is to leave.
    `came` is what the last sync brought, by case.
    """

    book: Casebook
    drawer: Drawer
    labels_in: LabelsIn
    errand: Errand = field(repr=False)
    talks: Talks = field(repr=False)
    language: str = ENGLISH
    search: str = field(default="", repr=False)
    heard: Heard | None = field(default=None, repr=False)
    parcel: Parcel | None = field(default=None, repr=False)
    fonts: tuple[Path, ...] = ()
    came: tuple[News, ...] = ()
    _said: str = field(default="", repr=False)

    @property
    def reader(self) -> Reader:
        """Who sits here."""
        return self.book.reader

    @property
    def labels(self) -> Labels:
        """The labels in the language of the staff."""
        return self.labels_in(self.language, self.reader.line.name).at(self.reader.desk)

    @property
    def direction(self) -> str:
        """The direction of the language of the staff."""
        return LANGUAGES[self.language].direction

    @property
    def shelf(self) -> Shelf:
        """Where the sealed files lie."""
        return Shelf(folder=self.book.mirror.folder / FILES)

    @property
    def quarantine(self) -> Quarantine:
        """Where originals are saved."""
        return Quarantine(desk=self.reader.desk)

    @property
    def languages(self) -> tuple[tuple[str, str], ...]:
        """The languages that there are labels in, each by its own name."""
        return tuple((tag, LANGUAGES[tag].autonym) for tag in languages())

    @property
    def colleagues(self) -> tuple[str, ...]:
        """Who may read cases, by name."""
        return tuple(one.name for one in self.reader.line.entitled(GENERAL))

    @property
    def rights(self) -> tuple[str, ...]:
        """What the statement lets this person do."""
        person = self.reader.line.person(self.reader.name)
        return person.rights if person else ()

    @property
    def waiting(self) -> int:
        """How many packets wait to be taken to the server."""
        return self.book.outbox.count()[0]

    @property
    def refused(self) -> int:
        """How many packets lie here that the server refused."""
        return self.book.outbox.count()[1]

    @property
    def synced(self) -> date | None:
        """The day of this desk's last whole sync."""
        return sync_memory.finished(self.book.mirror.folder)

    @property
    def address(self) -> str:
        """The server's address that is remembered, or nothing."""
        return sync_memory.remembered(self.reader.desk)

    @property
    def by_tor(self) -> bool:
        """Whether the remembered address is an onion service's, which this process may not ask."""
        return tor.out_of_reach(self.address)

    @property
    def in_vault(self) -> bool:
        """Whether this desk is never online."""
        return vault.is_marked(self.reader.desk)

    @property
    def goes(self) -> str:
        """How what is done here gets to the team."""
        return CARRIED if self.in_vault else NEXT

    def speak(self, language: str) -> None:
        """Show labels in another language, also next time."""
        if language in languages():
            self.language = language
            self.drawer.put(LANGUAGE, language)

    def look(self, today: date) -> None:
        """See what has come since: a newer statement, cases, answers of the server.

        While a sync runs all stays as it was; after it, keys are looked for as well.
        """
        if self.errand.running:
            return
        who = self.reader
        newest = keys.trusted_line(who.desk, who.line_folder)
        if newest.sha256 != who.line.sha256 or self.errand.unseen:
            who = reader.renew(who)
        unseen, self.errand.unseen = self.errand.unseen, False
        self.book = Casebook.of(who, self.labels.order, today, pending=self.book.pending)
        if unseen and self.errand.ended is not None:
            self.came = news(self.book, self.errand.ended.since)
        self.drawer.sweep({one.case for one in self.book.cases()})

    def say(self, text: str) -> None:
        """Say something on the next page."""
        self._said = text or self._said

    def told(self) -> str:
        """Return what is to be said, and forget it."""
        said, self._said = self._said, ""
        return said


def unlock(places: Places, words: str, today: date, errand: Errand) -> Desktop:
    """Open the desk with a person's six words.

    Raises:
        DeskError, StorageError: it does not open so.
    """
    who = reader.open_reading_keys(places.desk, places.line, lambda: words)
    drawer = Drawer(desk=places.desk, own=who.own)
    kept = drawer.get(LANGUAGE)
    language = kept if isinstance(kept, str) and kept in languages() else ENGLISH
    labels = places.labels(language, who.line.name)
    book = Casebook.of(who, labels.order, today)
    return Desktop(
        book=book,
        drawer=drawer,
        labels_in=places.labels,
        errand=errand,
        talks=Talks(kept=Interviews(desk=places.desk, own=who.own)),
        language=language,
        fonts=places.fonts,
    )
