"""A caseworker who writes to people: signed packets to a line's server, as a desk sends them."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.packets import Packets
from storage import age, entry, packet, way
from storage.age import Identity
from storage.hours import Hours
from storage.line import ReadingKey, Staff
from storage.outcome import Outcome
from storage.packet import ENTRY, SERVER, Delivery, Header, Packet
from storage.receipt import Receipt, decode
from storage.signature import SigningKey
from storage.standing import Standing
from storage.unit import NewEntry, Store, Unit
from storage.way import FurtherAddress
from tests.line_made import Made, Person

PHRASE = "The blue door is open."
TEXT = f"{PHRASE}\n\nWe have read it. Where is your brother now?"
#: Words up to the question whether one may be written to, and on to the end with a yes.
REPORTS = (
    *("/start", "1", "1", "1", "1", "1", "words", "/done", "1", "1", "Japan"),
    *("1", "/send", "1"),
)


@dataclass
class Caseworker:
    """Somebody with the right to act, at one desk."""

    line: Made
    device: bytes = b"device-1"
    sequence: int = 0
    store: Store | None = None  # in front of the line's own
    signer: SigningKey = field(default_factory=SigningKey.generate, repr=False)

    def packets(self) -> Packets:
        """Return what takes packets at the line, whose staff they are."""
        staff = Staff(
            name="tenzin",
            signing=self.signer.public,
            reading=Identity.generate().recipient,
            rights=("read", "act"),
            compartments=("general",),
        )
        return Packets(
            store=self.store or self.line.app.store,
            line=replace(self.line.line, staff=(staff,)),
            identity=self.line.credentials.packet,
            keyring=self.line.app.intake.keyring,
            returns=self.line.app.intake.carrier.returns,
            hours=48,
        )

    async def writes(
        self,
        text: str = TEXT,
        *,
        language: str = "en",
        case: int = 0,
        hours: Hours | None = None,
    ) -> bytes:
        """Write to the person of a case that was sent; return the case's id."""
        (submission, _) = (await self.line.cases())[case]
        assert submission.return_address is not None
        await self._delivers(submission.case, submission.return_address, text, language, hours)
        return submission.case

    async def further(self, case: bytes) -> list[FurtherAddress]:
        """Return the addresses that a case got after it was sent."""
        everyone = list(self.line.secrets.values())
        opened = [age.open(row.sealed, everyone) for row in await self.line.app.store.journal(case)]
        return [way.decode(plain) for plain in opened if b'"kind":"way"' in plain]

    async def writes_further(self, case: bytes, text: str = TEXT) -> None:
        """Write to the address that a case got last."""
        last = (await self.further(case))[-1]
        await self._delivers(case, last.address, text, last.language)

    async def writes_to(
        self, channel: str, peer: str, text: str = TEXT, *, language: str = "en"
    ) -> bytes:
        """Write to somebody in an app, about a case that is made for it; return its id."""
        store, today = self.line.app.store, self.line.watch().date()
        case = (await store.totals()).entries.to_bytes(16)
        new = NewEntry(case=case, key=self._key().id, sealed=self.sealed(), day=today)
        await store.commit(Unit(day=today, entries=(new,)))
        returns = self.line.app.intake.carrier.returns
        address = await returns.seal(case, channel, peer, language, today)
        await self._delivers(case, address, text, language)
        return case

    async def tries(
        self,
        case: bytes,
        address: bytes,
        text: str = TEXT,
        language: str = "en",
        hours: Hours | None = None,
    ) -> Outcome:
        """Write to an address, as one of a case; return what the server makes of it."""
        told = Delivery(case=case, text=text, language=language, address=address, hours=hours)
        server = self.line.credentials.packet.recipient
        sealed = age.seal(packet.encode_delivery(told), [server])
        return await self._sends("deliver", case, {SERVER: sealed, ENTRY: self.sealed()})

    async def _delivers(
        self, case: bytes, address: bytes, text: str, language: str, hours: Hours | None = None
    ) -> None:
        assert await self.tries(case, address, text, language, hours) is Outcome.WAITING

    async def deletes(self, case: bytes) -> None:
        """Ask for the deletion of a case."""
        await self.sends("delete", case, {ENTRY: self.sealed()})

    async def recalls(self, case: bytes, reply: int, *, store: Store | None = None) -> Outcome:
        """Ask for a reply of this device to be taken back; return what the server makes of it."""
        self.store = store
        return await self._sends("recall", case, {ENTRY: self.sealed()}, reply=(self.device, reply))

    def sealed(self) -> bytes:
        """Return something sealed to the staff, as an act is."""
        return age.seal(b"an act", [self._key().recipient])

    async def sends(self, kind: str, case: bytes, parts: dict[str, bytes]) -> None:
        """Send a packet, which must be taken."""
        assert await self._sends(kind, case, parts) in {Outcome.WAITING, Outcome.TAKEN}

    async def _sends(
        self,
        kind: str,
        case: bytes,
        parts: dict[str, bytes],
        reply: tuple[bytes, int] | None = None,
    ) -> Outcome:
        self.sequence += 1
        today = self.line.watch().date()
        header = Header(
            kind=kind,
            case=case,
            author="tenzin",
            device=self.device,
            sequence=self.sequence,
            day=today,
            expires=today + timedelta(days=14),
            line="ab" * 32,
            key=self._key().id if parts else "",
            reply=reply,
        )
        data = packet.encode(Packet(header=header, parts=parts))
        signature = packet.sign(data, self.signer)
        return (await self.packets().take(data, signature, self.line.watch())).outcome

    async def outcomes(self) -> list[str]:
        """Return what became of all that was sent."""
        return [row.outcome for row in await self.line.app.store.packets()]

    async def receipts(self, case: bytes) -> list[Receipt]:
        """Open what the server has put into a case."""
        everyone = list(self.line.secrets.values())
        opened = [age.open(row.sealed, everyone) for row in await self.line.app.store.journal(case)]
        return [decode(plain) for plain in opened if b'"kind":"receipt"' in plain]

    async def standing(self, case: bytes) -> Standing | None:
        """Return where a case stands."""
        return await self.line.app.store.standing(case)

    async def answers(self) -> list[entry.Answer]:
        """Open what people have added, and nothing of the staff's or the server's."""
        everyone, found = list(self.line.secrets.values()), []
        totals = await self.line.app.store.totals()
        for head in await self.line.app.store.changed(0, totals.journal_sequence):
            for row in await self.line.app.store.journal(head.case):
                plain = age.open(row.sealed, everyone)
                if b'"kind":"answer"' in plain and row.position:
                    found.append(entry.decode(plain))
        return found

    def _key(self) -> ReadingKey:
        return self.line.line.reading_key(self.line.watch().date(), "general")


async def reported(line: Made, name: str = "person", language: int = 1) -> Person:
    """Return somebody who has reported, and may be written to."""
    person = line.person(name)
    for number, text in enumerate(REPORTS):
        await person.says(str(language) if number == 1 else text)
    assert "end" in person.heard
    return person
