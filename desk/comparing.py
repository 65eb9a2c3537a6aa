"""What the server says of all journals, compared with what is here: every way to show less.

Rules of this file: pure; it raises a sentence for whatever does not fit, and decides nothing else.
Digests are one chain from the first, also where they were told of on different days.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from desk.errors import (
    ForkedCase,
    LeftOutDigest,
    LostEntries,
    ServerWentBack,
    SyncError,
    UnwitnessedCase,
    VanishedCase,
    WithheldEntries,
)
from storage.bundle import Heads, Witness
from storage.chain import START, heads_value
from storage.exchange import State
from storage.rows import CaseId, Head


def whole_chain(here: Heads, state: State, seen: Mapping[int, bytes], today: date) -> Heads:
    """Return what all digests have witnessed, once the server's part continues ours.

    `seen` are hashes of heads by the number of a digest that came by itself.

    Raises:
        ServerWentBack, LeftOutDigest: it does not.
    """
    if state.digests < len(here.witnesses):
        said = f"{state.digests} digests, and {len(here.witnesses)} are known"
        raise ServerWentBack(said)
    witnesses = (*here.witnesses, *state.witnesses)
    for number, witness in enumerate(witnesses, 1):
        if witness.number != number or seen.get(number, witness.heads) != witness.heads:
            raise LeftOutDigest(number)
    if len(witnesses) != state.digests:
        raise LeftOutDigest(len(witnesses) + 1)
    return Heads(day=today, witnesses=_chain(witnesses))


def _chain(witnesses: Sequence[Witness]) -> tuple[Witness, ...]:
    previous = START
    for witness in witnesses:
        if heads_value(previous, witness.changed) != witness.heads:
            raise LeftOutDigest(witness.number)
        previous = witness.heads
    return tuple(witnesses)


def check_witnessed(
    witnesses: Sequence[Witness], ends: Mapping[CaseId, Sequence[bytes]], leaves: Collection[CaseId]
) -> None:
    """Check that what digests witnessed is here; `ends` are the chain values of a case.

    Raises:
        UnwitnessedCase: something else is, or nothing.
    """
    for witness in witnesses:
        for head in witness.changed:
            chains = ends.get(head.case, ())
            fits = head.position < len(chains) and chains[head.position] == head.chain
            if not fits and head.case not in leaves:
                raise UnwitnessedCase(witness.number, head.case.hex())


def is_missing(error: SyncError) -> bool:
    """Tell whether something is missing here only, so that it may be asked for again."""
    return isinstance(error, WithheldEntries)


def differences(
    ours: Collection[Head], theirs: Collection[Head], leaves: Collection[CaseId]
) -> Iterator[SyncError]:
    """Yield what differs between two lists of journals' ends, the worst first."""
    here, there = ({one.case: one for one in heads} for heads in (ours, theirs))
    for case, own in sorted(here.items()):
        other = there.get(case)
        if case in leaves:
            continue
        if other is None:
            yield VanishedCase(case.hex())
        elif other.position < own.position:
            yield LostEntries(case.hex(), other.position, own.position)
        elif other.position == own.position and other.chain != own.chain:
            yield ForkedCase(case.hex(), own.position)
    for case, other in sorted(there.items()):
        own_end = here.get(case)
        if case not in leaves and (own_end is None or own_end.position < other.position):
            yield WithheldEntries(case.hex())
