"""An office with a server that people have sent cases to: what the desk is given to read."""

import atexit
import hashlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType

from bot import forms
from bot.bundle import MadeBundle, make_bundle
from bot.digest import MadeDigest, make_digest
from desk.bundles import TakenBundle
from desk.bundles import take as take_bundle
from desk.digests import TakenDigest
from desk.digests import take as take_digest
from desk.mirror import FOLDER, Mirror
from desk.reader import Reader, open_reading_keys
from desk.sent import read_digest
from storage import age, entry, package, request
from storage.credentials import Credentials
from storage.digest import Health
from storage.entry import Answer, Codes, Day, FormRef, IndexEntry, Number, Value, Words
from storage.line import GENERAL
from storage.memory import MemoryStore
from storage.request import ServerRequest
from storage.statement import ServerKeys
from storage.unit import IndexEntry as SealedIndex
from storage.unit import NewEntry, Outcome, Unit
from tests.office import TODAY, Office

#: The shipped form, by its own hash.
SHIPPED = Path(forms.__file__).parent / "intake" / "intake-1.md"
FORM = FormRef(
    id="intake-1", version="2026.1", sha256=hashlib.sha256(SHIPPED.read_bytes()).hexdigest()
)
WORDS = "ئىككى ساقچى ئاتا-ئانامنىڭ ئۆيىگە كەلدى."
#: question, repeat, part, value, compartment
TOLD: Sequence[tuple[str, int, int, Value, str]] = (
    ("A1", 0, 0, Words(words=WORDS), GENERAL),
    ("A1", 0, 1, Words(words="第二条消息"), GENERAL),
    ("A2", 0, 0, Codes(codes=("CP", "TD")), GENERAL),
    ("A3Y", 0, 0, Day(day="2024-05"), GENERAL),
    ("N", 2, 0, Number(number=-7), GENERAL),
    ("E1", 0, 0, Codes(codes=("RR-NOW",)), "relatives"),
)
#: What an index entry tells.
CODES: Mapping[str, tuple[str, ...]] = MappingProxyType({"A2": ("CP", "TD"), "F1": ("no",)})


def case_id(number: int) -> bytes:
    return hashlib.sha256(number.to_bytes(4)).digest()[:16]


def case_number(number: int) -> str:
    return f"K7Q-4MD-{number:03d}"


@cache
def _usual(*names: str) -> tuple[Path, Credentials]:
    """Make an office once for all tests: its commands force each file to the disk."""
    place = Path(tempfile.mkdtemp(prefix="quietline-office-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return place, Served(place, *names).credentials


class Served:
    """An office, its server's keys and store, and the drop folder between them."""

    form = FORM

    def __init__(self, place: Path, *names: str, copy: tuple[str, ...] = ("ana",)) -> None:
        """Make an office of its own with these people; with none, a copy of the one of `copy`."""
        if names:
            self.office = Office.throwaway(place, *names)
            self.sign_server(Credentials.make())
        else:
            usual, self.credentials = _usual(*copy)
            shutil.copytree(usual, place, dirs_exist_ok=True)
            self.office = Office(place)
        self.store = MemoryStore(self.credentials.identity.sign_bytes)
        self.drop = place / "digests"

    def sign_server(self, credentials: Credentials) -> None:
        """Have the root sign a server's keys."""
        self.credentials = credentials
        identity, packet = credentials.identity.public, credentials.packet.recipient
        asked = ServerRequest(name="Quiet", keys=ServerKeys(identity=identity, packet=packet))
        path = self.office.place / request.FILE
        path.write_text(request.render(asked))
        self.office.sign("org", "sign-server", str(path))

    async def send(
        self,
        number: int,
        told: Sequence[tuple[str, int, int, Value, str]] = TOLD,
        *,
        urgency: str = "U3",
        day: date = TODAY,
        language: str = "ug",
        codes: Mapping[str, tuple[str, ...]] = CODES,
        address: bytes | None = bytes(160),
        channel: str = "",
    ) -> bytes:
        """Have a person send a case; return its id."""
        case, line = case_id(number), self.office.line
        index = self.index(number, urgency=urgency, day=day, language=language, codes=codes)
        answers = []
        for sequence, (question, repeat, part, value, compartment) in enumerate(told, 1):
            answer = Answer(
                case=case,
                sequence=sequence,
                form=self.form,
                question=question,
                repeat=repeat,
                part=part,
                value=value,
                language=language,
                day=day,
            )
            key = line.reading_key(day, compartment)
            answers.append((key.id, age.seal(entry.encode(answer), [key.recipient])))
        key = line.reading_key(day, GENERAL)
        whole = package.pack(
            case=case,
            number=case_number(number),
            form=self.form,
            language=language,
            day=day,
            index=index,
            answers=answers,
            return_address=address,
            channel=channel,
            calculated={"adult": "yes"},
        )
        sealed = age.seal(entry.encode_index(index), [key.recipient])
        await self.append(
            NewEntry(case=case, key=key.id, sealed=age.seal(whole, [key.recipient]), day=day),
            index=SealedIndex(case=case, key=key.id, sealed=sealed, day=day),
        )
        return case

    def index(
        self,
        number: int,
        *,
        urgency: str = "U3",
        day: date = TODAY,
        language: str = "ug",
        codes: Mapping[str, tuple[str, ...]] = CODES,
    ) -> IndexEntry:
        return IndexEntry(
            case=case_id(number),
            number=case_number(number),
            form=self.form.id,
            version=self.form.version,
            urgency=urgency,
            language=language,
            day=day,
            codes=codes,
        )

    async def append(self, new: NewEntry, *, index: SealedIndex | None = None) -> None:
        """Append a sealed entry to a journal."""
        unit = Unit(day=new.day, entries=(new,), index=(index,) if index else ())
        assert await self.store.commit(unit) is Outcome.COMMITTED

    async def add_to(self, case: bytes) -> None:
        """Append an entry of another kind to a case."""
        key = self.office.line.reading_key(TODAY, GENERAL)
        sealed = age.seal(bytes(4096), [key.recipient])
        await self.append(NewEntry(case=case, key=key.id, sealed=sealed, day=TODAY))

    async def digest(self, *, days: int = 0, health: Health | None = None) -> MadeDigest:
        return await make_digest(
            self.store,
            line=self.office.line,
            identity=self.credentials.identity,
            folder=self.drop,
            today=TODAY + timedelta(days=days),
            health=health or Health(),
        )

    async def bundle(self) -> MadeBundle:
        return await make_bundle(
            self.store,
            line_folder=self.office.line_folder,
            identity=self.credentials.identity,
            folder=self.drop,
            today=TODAY,
        )

    def resign(self, path: Path, namespace: str) -> None:
        """Sign a changed file anew, as a server that lies would."""
        signature = self.credentials.identity.sign(path.read_bytes(), namespace)
        path.with_name(path.name + ".sig").write_text(signature)


class Desk:
    """One person's desk, as code."""

    def __init__(self, served: Served, name: str = "ana") -> None:
        self.folder = served.office.desk(name)
        self.line_folder = served.office.line_folder
        self.mirror = Mirror(folder=self.folder / FOLDER)

    @property
    def reader(self) -> Reader:
        return open_reading_keys(self.folder, self.line_folder, lambda: "")

    def take_digest(self, path: Path) -> TakenDigest:
        return take_digest(self.mirror, self.reader, read_digest(path))

    def take_bundle(self, path: Path) -> TakenBundle:
        return take_bundle(self.mirror, self.reader, path)

    def files(self) -> dict[str, bytes]:
        """Return every file of the mirror."""
        found = sorted(path for path in self.mirror.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.mirror.folder)): path.read_bytes() for path in found}
