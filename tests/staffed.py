"""A team at its desks with cases of invented people, to look at the web desk with."""

import atexit
import copy
import io
import shutil
import tempfile
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

from PIL import Image, ImageDraw

from bot.bundle import FILES
from bot.keyring import Keyring
from bot.returns import Returns
from desk.casebook import Casebook
from desk.form_labels import FormLabels
from desk.reader import open_reading_keys
from storage.act import Assigned, Note, Outside, Reminder, StateSet, Tagged
from storage.blobs import DiskBlobs
from storage.entry import Codes, FormRef, Value, Words
from storage.line import GENERAL
from tests.files_made import FilesServed, Sent
from tests.office import TODAY, Office
from tests.served import case_id

#: When the desk is looked at; the line is as old as `TODAY`.
NOW = TODAY + timedelta(days=41)
PHRASE = "the blue door is open"
UYGHUR = (
    "ئىككى ساقچى ئاتا-ئانامنىڭ ئۆيىگە كېلىپ، مېنىڭ بۇ يەردە نېمە قىلىدىغانلىقىمنى سورىدى."
    " ئۇلار ماڭا تېلېفون قىلىشنى ئېيتتى."
)
LATER = "بۈگۈن ئۇلار يەنە كەلدى. ئۇلار ئۇكامنىڭ خىزمىتىنى سورىدى."
CHINESE = "有人在微信上自称领事馆工作人员，要我退出学生会，否则父母的退休金会受影响。"
ENGLISH = "A man photographed me and my friends at the vigil and followed us to the station."
JAPANESE = "知らない番号から何度も電話があり、集会の写真を持っていると言われました。"
INTAKE = files("bot.forms") / "intake" / "intake-1.md"
TRAP = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
Told = tuple[str, int, int, Value, str]


def codes(question: str, *names: str) -> Told:
    return (question, 0, 0, Codes(codes=names), GENERAL)


def words(question: str, *texts: str) -> list[Told]:
    return [(question, 0, part, Words(words=text), GENERAL) for part, text in enumerate(texts)]


def picture() -> bytes:
    """Return a photograph of nothing, as a camera would send it."""
    image = Image.new("RGB", (640, 420), "#b9c7c2")
    draw = ImageDraw.Draw(image)
    draw.rectangle((60, 120, 300, 420), fill="#7d6a58")
    draw.polygon(((40, 120), (180, 40), (320, 120)), fill="#5a4a3c")
    draw.rectangle((150, 260, 210, 420), fill="#2b5d8a")
    draw.ellipse((430, 60, 520, 150), fill="#f2e3b3")
    made = io.BytesIO()
    image.save(made, "JPEG", comment=b"secret place")
    return made.getvalue()


class Staffed(FilesServed):
    """An office with ana, who leads, and ben; people have written to it."""

    shipped = FormLabels().form
    form = FormRef(id=shipped.id, version=shipped.version, sha256=shipped.sha256)

    def __init__(self, place: Path) -> None:
        super().__init__(place, copy=("ana", "ben"))
        self.returns = Returns(store=self.store, box=Keyring(self.credentials).returns)
        pinned = f"{self.form.id}:{self.form.version}={INTAKE}"
        offered = [f"--consent={tag}={INTAKE}" for tag in ("en", "ug")]
        self.office.sign("org", "sign", f"--form={pinned}", *offered)

    async def report(
        self,
        number: int,
        told: list[Told],
        *,
        urgency: str,
        language: str,
        days: int,
        topics: tuple[str, ...],
        contact: str = "yes",
    ) -> bytes:
        """Have a person send a case; `days` ago."""
        day = NOW - timedelta(days=days)
        address = await self.returns.seal(case_id(number), "telegram", f"7{number}", language, day)
        return await self.send(
            number,
            [*told, codes("F1", contact)],
            urgency=urgency,
            day=day,
            language=language,
            codes={"A2": topics, "F1": (contact,)},
            address=None if contact == "no" else address,
            channel="" if contact == "no" else "telegram",
        )

    async def people(self) -> None:
        """Have five people write, one of them with a picture, and one more later."""
        photo = await self.keep(
            case_id(1),
            Sent(data=picture(), name="IMG_2041.jpg", type="image/jpeg", kind="photo"),
            day=NOW,
        )
        trap = await self.keep(
            case_id(1),
            Sent(data=TRAP, name="../../map\u202egnp.svg", type="image/svg+xml"),
            day=NOW,
        )
        await self.report(
            1,
            [
                codes("S2", "no"),
                *words("A1", UYGHUR),
                codes("A2", "CP", "TD"),
                codes("A3", "week"),
                codes("A4", "TR"),
                ("G1F", 0, 0, photo, GENERAL),
                ("G1F", 0, 1, trap, GENERAL),
                codes("F2", "evening"),
                *words("F3", PHRASE),
            ],
            urgency="U1",
            language="ug",
            days=2,
            topics=("CP", "TD"),
        )
        await self.add(1, Words(words=LATER), part=3, day=NOW - timedelta(days=1))
        await self.report(
            2,
            [*words("A1", CHINESE), codes("A2", "TD", "SV")],
            urgency="U2",
            language="zh-Hans",
            days=5,
            topics=("TD", "SV"),
        )
        await self.report(
            3,
            [*words("A1", ENGLISH), codes("A2", "SV")],
            urgency="U3",
            language="en",
            days=12,
            topics=("SV",),
            contact="urgent",
        )
        await self.report(
            4,
            [*words("A1", JAPANESE), codes("A2", "RT")],
            urgency="U3",
            language="ja",
            days=1,
            topics=("RT",),
        )
        await self.report(
            5,
            [*words("A1", "繁體字的陳述。"), codes("A2", "DG")],
            urgency="U4",
            language="zh-Hant",
            days=40,
            topics=("DG",),
            contact="no",
        )

    async def bring(self, *names: str) -> None:
        """Bring everything to these desks."""
        self.office.today = NOW
        await self.export()
        for name in names:
            self.office.run("open", str(self.drop), desk=name)

    def copied(self, place: Path) -> "Staffed":
        """Return a copy of it all; what comes to one is not at the other."""
        shutil.copytree(self.office.place, place)
        made = copy.copy(self)
        made.office = Office(place)
        made.office.today = NOW
        made.store = copy.deepcopy(self.store)
        made.drop, made.blobs = place / "digests", DiskBlobs(place / "blobs")
        made.files = made.drop / FILES
        return made

    def book(self, name: str, today: date = NOW) -> Casebook:
        """Return somebody's casebook."""
        who = open_reading_keys(self.office.desk(name), self.office.line_folder, lambda: "")
        return Casebook.of(who, lambda _form: (), today)

    def work(self) -> None:
        """Have ana do what a caseworker does in a week."""
        book = self.book("ana")
        for number, deeds in (
            (1, (Tagged(add=("consulate", "parents")), Assigned(to="ben"))),
            (2, (StateSet(state="in-progress"), Assigned(to="ana"), Note(text="Rang the lawyer."))),
            (3, (StateSet(state="triaged"), Reminder(text="Ask the police desk", due=NOW))),
            (5, (StateSet(state="closed"),)),
        ):
            for deed in deeds:
                book.desk.act(case_id(number), deed)
        book.desk.act(
            case_id(2), Outside(whom="Bar association", what="A lawyer in Ankara", asked=NOW)
        )


_brought: list[Staffed] = []


async def brought(place: Path) -> Staffed:
    """Return an office whose people's cases lie at ana's desk: one is made, each test has a copy."""
    if not _brought:
        first = Path(tempfile.mkdtemp(prefix="quietline-staffed-"))
        atexit.register(shutil.rmtree, first, ignore_errors=True)
        made = Staffed(first)
        await made.people()
        await made.bring("ana")
        _brought.append(made)
    return _brought[0].copied(place / "office")
