"""What people do that is no message to answer: stories, calls, polls, syncs, and what stands behind."""

from collections.abc import Sequence
from typing import Any

from tests.signal_server import envelopes
from tests.signal_server.people import Done, People
from tests.signal_server.refusals import Unplayable
from tests.signal_server.world import ACCOUNT_UUID, Letter, Person, Who, Wire

_PACK = "9a32eda01a7a28574f2eb48668ae0dc4"


class Oddities(People):
    """People, and everything else that a bridge tells."""

    def story(self, person: Who, *, text: str = "a story") -> Done:
        """Put up a story."""
        stamp = self.world.stamp()
        wire = envelopes.story(text)
        return self._tell(self._speaker(person), stamp, storyMessage=wire)

    def call(self, person: Who) -> Done:
        """Ring."""
        stamp = self.world.stamp()
        return self._tell(self._speaker(person), stamp, callMessage=envelopes.call(stamp))

    def poll(
        self, person: Who, *, question: str = "?", options: Sequence[str] = ("a", "b")
    ) -> Done:
        """Ask a poll."""
        wire = envelopes.poll(question, options)
        return self._data(self._speaker(person), pollCreate=wire)

    def vote(self, person: Who, choices: Sequence[int], *, target: int | None = None) -> Done:
        """Vote in the bot's newest poll, or the one named."""
        someone = self._speaker(person)
        polls = [i for i in self.world.stands(someone.chat) if i.bot and i.options]
        found = [i for i in polls if target in {None, i.timestamp}]
        if not found:
            raise Unplayable("there is no poll")
        item = found[-1]
        if any(not 0 <= choice < len(item.options) for choice in choices):
            raise Unplayable("there is no such choice")
        item.votes += 1
        wire = envelopes.vote(item.timestamp, choices, self.world.number, item.votes)
        return self._data(someone, pollVote=wire)

    def sticker(self, person: Who) -> Done:
        """Send a sticker."""
        return self._data(self._speaker(person), sticker={"packId": _PACK, "stickerId": 3})

    def contact(self, person: Who, *, name: str = "Bo", number: str = "+4915100000099") -> Done:
        """Share somebody's address."""
        wire = [envelopes.contact(name, number)]
        return self._data(self._speaker(person), contacts=wire)

    def payment(self, person: Who) -> Done:
        """Send a payment."""
        return self._data(self._speaker(person), payment={"note": "", "receipt": "AAAA"})

    def blank(self, person: Who, *, no_data: bool = False) -> Done:
        """Send what has no words: an empty dataMessage, or no message at all (profile keys)."""
        someone = self._speaker(person)
        return self._tell(someone, self.world.stamp()) if no_data else self._data(someone)

    def sync(self, kind: str = "empty") -> Done:
        """Let another device of the account tell what it did."""
        stamp = self.world.stamp()
        reader = {"sender": ACCOUNT_UUID, "senderNumber": None, "senderUuid": ACCOUNT_UUID}
        sent = {"destination": None, "destinationNumber": None, "destinationUuid": ACCOUNT_UUID}
        kinds: dict[str, Wire] = {
            "empty": {},
            "read": {"readMessages": [{**reader, "timestamp": stamp - 1}]},
            "sent": {"sentMessage": {**sent, **envelopes.data(stamp, "from another device")}},
        }
        if kind not in kinds:
            raise Unplayable(f"no such sync: {kind}")
        account = Person(ACCOUNT_UUID, self.world.number)
        wire = envelopes.envelope(account, stamp, syncMessage=kinds[kind])
        return self._raw(stamp, wire)

    def raw(
        self,
        envelope: Any,  # noqa: ANN401 - may be malformed
        *,
        exception: Wire | None = None,
        account: str | None = None,
    ) -> Done:
        """Let an envelope arrive as it is."""
        return self._raw(self.world.stamp(), envelope, exception, account)

    def _raw(
        self,
        stamp: int,
        envelope: Any,  # noqa: ANN401 - may be malformed
        exception: Wire | None = None,
        account: str | None = None,
    ) -> Done:
        letter = Letter(
            timestamp=stamp,
            person=None,
            envelope=envelope,
            account=account or self.world.number,
            exception=exception,
        )
        return {"timestamp": stamp, "fate": self.telling.tell(letter)}

    # --- how they stand ---------------------------------------------------------------------

    def identity_changed(self, person: Who) -> Done:
        """Let a person have a new phone: their key changes."""
        someone = self.world.person(person)
        someone.key += 1
        return {"uuid": someone.uuid}

    def block(self, person: Who) -> Done:
        """Block the account: it is not told, and nothing of it arrives."""
        return self._stand(person, "blocks", now=True)

    def unblock(self, person: Who) -> Done:
        """Let it in again."""
        return self._stand(person, "blocks", now=False)

    def deactivate(self, person: Who) -> Done:
        """Let a person leave Signal."""
        return self._stand(person, "registered", now=False)

    def _stand(self, person: Who, name: str, *, now: bool) -> Done:
        someone = self.world.person(person)
        if getattr(someone, name) == now:
            raise Unplayable("it is so already")
        setattr(someone, name, now)
        return {"uuid": someone.uuid}
