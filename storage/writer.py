"""The only writer: `apply` puts units into an open transaction, `settle` finds their outcomes.

Rules of this file: one `executemany` for each table in a fixed order, however many units there
are, and row counts compared with what the units expect. No savepoints: they halve the speed. When
something does not fit, all is rolled back and each unit is tried alone, so that only the guilty
one is refused. Units written together are strangers (`Group`): they share no chat, draft, code,
letter, timer, file or event, so that the order among them is of no matter.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import SQLAlchemyError

from storage import fetches, journal, standings
from storage.database import begin, failure
from storage.fetches import run
from storage.statements import Statements
from storage.unit import GROUP, ChatChange, DraftEntry, Outcome, Sign, TimerChange, Unit

Rows = Sequence[tuple[object, ...]]


class Group:
    """Units that may be written together: up to 64 strangers, or one that forgets."""

    def __init__(self, first: Unit) -> None:
        self.units = [first]
        self._touched = set(touched(first))

    def admit(self, unit: Unit) -> bool:
        """Take the unit in, unless it has to wait for this group."""
        if len(self.units) == GROUP or unit.forgets or self.units[0].forgets:
            return False
        keys = set(touched(unit))
        if not self._touched.isdisjoint(keys):
            return False
        self._touched |= keys
        self.units.append(unit)
        return True


def touched(unit: Unit) -> Iterator[bytes]:
    """Return what the unit reads or changes that another unit might. Journals need no order."""
    if unit.seen is not None:
        yield unit.seen
    if unit.chat is not None:
        yield unit.chat.tag
        yield unit.chat.source
    for draft in unit.drafts:
        yield draft.case
    for code in unit.codes:
        yield code.lookup
    for letter in unit.letters:
        yield letter.key
    yield from unit.sent
    for timer in unit.timers:
        yield timer.tag
    yield from unit.forget
    for change in unit.fetches:
        yield change.key
        if change.row is not None:
            yield change.row.blob
    for blob in unit.blobs:
        yield blob.id
    yield from unit.dropped
    yield from unit.doomed


class Writer:
    """Writes units into one kind of database, signing what goes into a journal."""

    def __init__(self, dialect: Dialect, sign: Sign) -> None:
        self._say = Statements(dialect)
        self._sign = sign

    def settle(self, conn: Connection, units: Sequence[Unit]) -> list[Outcome | Exception]:
        """Keep units in one transaction, or, when that cannot be, each in its own.

        An error takes the place of the outcome of the one unit that it befell.
        """
        if len(units) > 1 and self._attempt(conn, units) is Outcome.COMMITTED:
            return [Outcome.COMMITTED] * len(units)
        return [self._attempt(conn, [unit]) for unit in units]

    def _attempt(self, conn: Connection, units: Sequence[Unit]) -> Outcome | Exception:
        try:
            begin(conn)
            outcome = self.apply(conn, units)
            if outcome is Outcome.COMMITTED:
                conn.commit()
            else:
                conn.rollback()
        except SQLAlchemyError as error:
            conn.rollback()
            return failure(error)
        except Exception as error:  # noqa: BLE001 - it goes to the one who waits for this unit
            conn.rollback()
            return error
        return outcome

    def apply(self, conn: Connection, units: Sequence[Unit]) -> Outcome:
        """Write units into the open transaction.

        DUPLICATE or STALE means that one of them is, and that the caller must roll back.
        """
        if not self._see(conn, units):
            return Outcome.DUPLICATE
        for unit in units:
            if (outcome := standings.keep(conn, unit)) is not Outcome.COMMITTED:
                return outcome
        if not self._change_chats(conn, [unit.chat for unit in units if unit.chat]):
            return Outcome.STALE
        if not fetches.keep(conn, self._say, units):
            return Outcome.STALE
        self._keep_drafts(conn, units)
        entries = [entry for unit in units for entry in unit.entries]
        index = [entry for unit in units for entry in unit.index]
        if entries or index:
            journal.append(conn, entries, index, self._sign)
        self._keep_codes(conn, units)
        self._keep_letters(conn, units)
        self._keep_traces(conn, units)
        self._set_timers(conn, units)
        return Outcome.COMMITTED

    def keep_return_key(self, conn: Connection, month: str, wrapped: bytes) -> None:
        """Keep a month's wrapped return key, unless there is one."""
        run(conn, self._say.keep_return_key, [(month, wrapped)])

    def _see(self, conn: Connection, units: Sequence[Unit]) -> bool:
        keys = [(unit.seen, unit.day.isoformat()) for unit in units if unit.seen is not None]
        return run(conn, self._say.see, keys) == len(keys)

    def _change_chats(self, conn: Connection, changes: Sequence[ChatChange]) -> bool:
        """Change chats as long as each is as expected; tell whether all were."""
        opened, stepped = [], []
        for change in changes:
            if change.state is None or change.source != change.tag:
                return len(changes) == 1 and self._end_or_move(conn, change)
            if change.expected:
                stepped.append((change.revision, change.state, change.tag, change.expected))
            else:
                opened.append((change.tag, change.revision, change.state))
        return run(conn, self._say.open_chat, opened) == len(opened) and (
            run(conn, self._say.step_chat, stepped) == len(stepped)
        )

    def _end_or_move(self, conn: Connection, change: ChatChange) -> bool:
        """Delete a chat with its timers, or move it with all it has; such a unit is alone."""
        say, old, new = self._say, change.source, change.tag
        if change.state is None:
            fits = self._delete_chat(conn, change)
            run(conn, say.drop_timers, [(old,)])
            return fits
        row = (new, change.revision, change.state, old, change.expected, new)
        fits = change.expected != 0 and run(conn, say.move_chat, [row]) == 1
        run(conn, say.drop_timers, [(new,)])
        run(conn, say.move_timers, [(new, old)])
        if change.apart:
            run(conn, say.move_fetches_of, [(new, old, change.apart)])
            return fits
        run(conn, say.move_letters, [(new, old)])
        run(conn, say.move_traces, [(new, old)])
        run(conn, say.move_fetches, [(new, old)])
        return fits

    def _delete_chat(self, conn: Connection, change: ChatChange) -> bool:
        if change.expected:
            return run(conn, self._say.close_chat, [(change.source, change.expected)]) == 1
        count = conn.exec_driver_sql(self._say.count_chats, (change.source,)).scalar()
        return count == 0

    def _keep_drafts(self, conn: Connection, units: Sequence[Unit]) -> None:
        wiped: list[tuple[object, ...]] = []
        kept: list[tuple[object, ...]] = []
        for unit in units:
            if unit.drafts:
                slots, entries = fold(unit.drafts)
                wiped += slots
                kept += [
                    (entry.case, entry.slot, entry.part, entry.day.isoformat(), entry.sealed)
                    for entry in entries
                ]
        run(conn, self._say.wipe_slot, wiped)
        run(conn, self._say.keep_draft, kept)
        run(conn, self._say.forget_case, [(case,) for unit in units for case in unit.forget])

    def _keep_codes(self, conn: Connection, units: Sequence[Unit]) -> None:
        codes = {change.lookup: change.row for unit in units for change in unit.codes}
        gone = [(lookup,) for lookup, row in codes.items() if row is None]
        kept = [
            (lookup, row.salt, row.hash, row.expires.isoformat(), row.sealed)
            for lookup, row in codes.items()
            if row is not None
        ]
        run(conn, self._say.drop_code, gone)
        run(conn, self._say.keep_code, kept)

    def _keep_letters(self, conn: Connection, units: Sequence[Unit]) -> None:
        sent = [(key,) for unit in units for key in unit.sent]
        waiting = [
            (letter.key, letter.tag, unit.day.isoformat(), letter.sealed)
            for unit in units
            for letter in unit.letters
        ]
        run(conn, self._say.drop_letter, sent)
        run(conn, self._say.keep_letter, waiting)

    def _keep_traces(self, conn: Connection, units: Sequence[Unit]) -> None:
        gone = [(number,) for unit in units for number in unit.untraced]
        stand = [
            (trace.tag, trace.day.isoformat(), trace.sealed)
            for unit in units
            for trace in unit.traces
        ]
        run(conn, self._say.drop_trace, gone)
        run(conn, self._say.keep_trace, stand)

    def _set_timers(self, conn: Connection, units: Sequence[Unit]) -> None:
        timers = {
            (timer.tag, timer.name): timer
            for unit in units
            for timer in unit.timers
            if not _is_of_deleted(timer, unit.chat)
        }
        gone = [key for key, timer in timers.items() if timer.due is None]
        kept = [
            (*key, timer.due, timer.revision)
            for key, timer in timers.items()
            if timer.due is not None
        ]
        run(conn, self._say.drop_timer, gone)
        run(conn, self._say.set_timer, kept)


def fold(drafts: Sequence[DraftEntry]) -> tuple[Rows, Sequence[DraftEntry]]:
    """Return which slots of a draft are wiped first, and which entries are then kept."""
    if len(drafts) == 1 and drafts[0].part == 0 and drafts[0].sealed is not None:
        return [(drafts[0].case, drafts[0].slot)], drafts
    wiped: dict[tuple[bytes, bytes], None] = {}
    kept: dict[tuple[bytes, bytes, int], DraftEntry] = {}
    for entry in drafts:
        slot = (entry.case, entry.slot)
        if entry.part == 0 or entry.sealed is None:
            wiped[slot] = None
            kept = {key: other for key, other in kept.items() if key[:2] != slot}
        if entry.sealed is not None:
            kept[*slot, entry.part] = entry
    return list(wiped), list(kept.values())


def _is_of_deleted(timer: TimerChange, chat: ChatChange | None) -> bool:
    return chat is not None and chat.state is None and timer.tag == chat.source
