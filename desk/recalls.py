"""Which replies of a case can be taken back at the server, as far as is known here.

Rules of this file: pure. A reply is named by its entry in the journal, whoever of the team wrote
it: the act there, which its author signed, says which packet it came by. Whether it still waits
only the server knows. What this desk has asked for is not offered again before it was answered.
"""

from desk.acts import Moment, Standing
from desk.errors import NoneWaits, SeveralWait
from storage.act import Recall, Reply


def waiting(standing: Standing) -> tuple[Moment, ...]:
    """Return the replies that the server took and that have no end here, in order."""
    asked = {
        (one.deed.device, one.deed.sequence)
        for one in standing.moments
        if isinstance(one.deed, Recall) and one.position is None and not one.refused
    }
    return tuple(one for one in standing.of(Reply) if _waits(one) and one.number not in asked)


def chosen(standing: Standing, entry: int | None = None) -> Moment:
    """Return the reply of an entry, or the only one that waits.

    Raises:
        NoneWaits: there is none. SeveralWait: which one was not said.
    """
    found = [one for one in waiting(standing) if entry in {None, one.position}]
    if not found:
        raise NoneWaits
    if len(found) > 1:
        listed = [f"{one.position} ({one.author}, {one.day})" for one in found]
        raise SeveralWait(", ".join(listed))
    return found[0]


def _waits(one: Moment) -> bool:
    return one.position is not None and (one.outcome is None or not one.outcome.is_final)
