"""What a step answers, and the one unit in which all that comes of it is kept.

Here it is put together what is said, what leaves the chat and what is remembered of it; what is
kept of the step's own effects came from `carrying`. A unit is committed here and nowhere else
between a person and the store.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.carrying import Parts
from bot.chats import Chats, Place
from bot.claims import Claim, open_claim
from bot.engine.events import Chose, Effect, Event, Said, Say
from bot.engine.model import Form
from bot.engine.state import State
from bot.keyring import Keyring, month_before
from bot.ports import Incoming, Message
from bot.posting import SENT, letters_of, seal_trace
from bot.prompts import Speaker
from bot.removal import Left, in_place, is_told, leaves, stands, was_kept, without
from bot.screens import Screens
from storage.rows import CaseId
from storage.unit import Letter, Outcome, Store, Trace, Unit


@dataclass(frozen=True, kw_only=True, slots=True)
class Replies:
    """Says what there is to say for one line, and keeps it with the rest of a step.

    `removing` are the channels that take their own messages out of a chat, `vanishing` those that
    take the person's out as well; with `vanish` a person's message leaves once its answer is kept.
    """

    store: Store
    keyring: Keyring
    chats: Chats
    speaker: Speaker
    form: Form
    ephemeral: bool = False  # unsent drafts end with this process, and the texts say so
    vanish: bool = True
    removing: frozenset[str] = frozenset()
    vanishing: frozenset[str] = frozenset()
    left: Left = field(default_factory=Left)
    screens: Screens = field(default_factory=Screens)
    coming: Callable[[], None] = lambda: None  # files wait: see `fetching`
    unclaimed: Callable[[str, str], None] = lambda *_: None  # a channel's file that nobody wants

    def said(
        self,
        place: Place,
        after: State,
        effects: Sequence[Effect],
        now: datetime,
        *,
        hint: str = "",
    ) -> list[Message]:
        """Return what a step says."""
        return self.speaker.messages(
            place.state,
            after,
            effects,
            channel=place.channel,
            now=now,
            ephemeral=self.ephemeral,
            removes=place.channel in self.removing,
            vanishes=place.channel in self.vanishing,
            hint=hint,
        )

    def answer(
        self,
        place: Place,
        after: State,
        effects: Sequence[Effect],
        incoming: Incoming,
        event: Event,
        parts: Parts,
        now: datetime,
    ) -> list[Message]:
        """Return what a step says to what came in, which was stepped as `event`.

        The person's message leaves the chat with it, or is remembered to stand there.
        """
        said = self.said(place, after, effects, now, hint=incoming.hint)
        message = incoming.message
        if not message or not said or place.channel not in self.removing:
            return said
        if isinstance(event, Chose):
            return in_place(said, event, message, place.state, after)
        if place.channel not in self.vanishing:
            return said
        if self.vanish and leaves(self.form, event, effects, place.state, after):
            language = self.speaker.language(after, place.state, hint=incoming.hint)
            gone, not_gone = self.speaker.vanished(language, place.channel)
            told = (
                gone if is_told(effects, place.state) else "",
                not_gone if was_kept(effects) else "",
            )
            return without(said, message, told)
        if stands(event):  # else it is known already
            parts.traces += self.traces(place.tag, [message], now)
        return said

    async def dated(self, place: Place, incoming: Incoming, event: Said, now: datetime) -> Incoming:
        """Return a message with what its time tells: whether its sender can have read the last.

        A chat from before this process counts as one that was told of a gap: a restart is one.
        Where a message that is kept leaves the chat, its sender sees by that what was taken.
        """
        tag, state, again = place.tag, place.state, False
        if place.channel not in self.vanishing:
            if place.expected and not self.screens.repeats.knows(tag):
                self.screens.told(tag, state, read=not await self.store.letters(tag, 1))
            again = self.screens.repeats.is_again(
                tag, self.form, state, event.text, sent=incoming.sent, now=now
            )
        early = self.screens.is_early(tag, incoming.sent, now.timestamp())
        return replace(incoming, event=replace(event, early=early, again=again))

    def heard(
        self,
        place: Place,
        after: State,
        effects: Sequence[Effect],
        event: Said,
        sent: float,
        now: datetime,
    ) -> None:
        """Remember of a message that was stepped and kept whether it was taken."""
        if (event.early or event.again) and Say(id="already") in effects:
            self.screens.refused(place.tag, sent, now.timestamp())
        elif place.channel not in self.vanishing:
            self.screens.took(place.tag, place.state, after, effects, event.text)

    async def only_say(
        self,
        incoming: Incoming,
        names: Sequence[str],
        *,
        now: datetime,
        draw: bytes,
        seen: bytes | None = None,
    ) -> Outcome:
        """Answer an event without looking at it: `trouble` for poison, `wait` for a flood."""
        place = await self.chats.find(incoming.channel, incoming.peer, now.date())
        language = self.speaker.language(place.state, hint=incoming.hint)
        said = [self.speaker.simple(language, name, place.state) for name in names]
        there = [incoming.message] if self.stands(incoming) else []
        unit = Unit(
            day=now.date(),
            seen=seen,
            letters=self.letters(place, said, draw, now),
            traces=self.traces(place.tag, there, now),
        )
        outcome = await self.store.commit(unit)
        if outcome is Outcome.COMMITTED:
            self.let_go(incoming)
        return outcome

    def let_go(self, incoming: Incoming) -> None:
        """Have a file that is not taken erased where it lies."""
        if incoming.media is not None:
            self.unclaimed(incoming.channel, incoming.media.reference)

    def say(
        self, place: Place, language: str, name: str, args: Mapping[str, str], now: datetime
    ) -> list[Message]:
        """Return one text that is said outside a conversation, in a language of its own."""
        said = Say(id=name, args=args, language=language)
        return self.said(place, place.state, [said], now)

    async def keep(
        self,
        place: Place,
        after: State,
        parts: Parts,
        said: Sequence[Message],
        *,
        now: datetime,
        draw: bytes,
        seen: bytes | None = None,
    ) -> Outcome:
        """Commit all that came of a step."""
        left = self.left.of(place.tag)
        # Who deletes a message afterwards, where that is seen, is told that what was sent stays.
        sent = [SENT + place.state.language] if parts.sends and place.state.origins else []
        over = (place.state.case,) if place.state.case not in {b"", after.case} else ()
        claims = await self._unclaimed(place.state, parts, over)
        unit = Unit(
            day=now.date(),
            seen=seen,
            chat=self.chats.change(place, after, forget=parts.forget),
            drafts=() if parts.forget else tuple(parts.drafts.values()),
            entries=tuple(parts.entries),
            index=tuple(parts.index),
            codes=tuple(parts.codes),
            letters=(*parts.letters, *self.letters(place, said, draw, now)),
            timers=(*parts.line_timers, *(() if parts.forget else parts.timers.values())),
            traces=(*parts.traces, *self.traces(place.tag, [*left, *sent], now)),
            untraced=tuple(parts.untraced),
            # A new version of the form begins again: what was told under the old one goes too.
            forget=over,
            fetches=() if parts.forget else tuple(parts.fetches),
            blobs=tuple(parts.blobs),
            dropped=tuple(parts.dropped),
            doomed=tuple(parts.doomed),
            doom=() if parts.sends else over,
            standings=tuple(parts.standings),
        )
        outcome = await self.store.commit(unit)
        if outcome is Outcome.COMMITTED:
            self.left.kept(place.tag)
            self.screens.put(place.tag, after, said)
            if unit.fetches or unit.dropped or unit.doom:
                self.coming()
            for claim in claims:
                self.unclaimed(claim.depot, claim.media.reference)
        return outcome

    async def _unclaimed(self, state: State, parts: Parts, over: tuple[CaseId, ...]) -> list[Claim]:
        """Return what is on its way, and will not be wanted once a step is kept."""
        dooms = bool(over) and not parts.sends
        if not state.files or not (dooms or parts.dropped):
            return []
        rows = await self.store.fetches_of(state.case)
        gone = [row for row in rows if dooms or row.key in parts.dropped]
        return [open_claim(self.keyring, row.sealed, row.key) for row in gone]

    def stands(self, incoming: Incoming) -> bool:
        """Tell whether an event has left a message in a chat from which it can be removed."""
        removable = incoming.message and incoming.channel in self.vanishing
        return bool(removable) and stands(incoming.event)

    def traces(self, tag: bytes, messages: Sequence[str], now: datetime) -> tuple[Trace, ...]:
        """Return what is remembered of messages that stand in a chat."""
        sealed = (seal_trace(self.keyring, message) for message in messages)
        return tuple(Trace(tag=tag, day=now.date(), sealed=one) for one in sealed)

    def letters(
        self, place: Place, said: Sequence[Message], draw: bytes, now: datetime
    ) -> tuple[Letter, ...]:
        """Seal what is said; who removes a chat may have to look under last month's tag too."""
        also = b""
        if any(message.wipe for message in said):
            also = self.keyring.tag(place.channel, place.peer, month_before(now.date()))
        return letters_of(self.keyring, place.channel, place.peer, place.tag, said, draw, also=also)
