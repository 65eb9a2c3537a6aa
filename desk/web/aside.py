"""What takes long and is done beside the pages: a film that is opened, a picture drawn anew.

Rules of this file: a page decides what is to be done, with the desk before it; the work itself
holds no turn, so every other page answers meanwhile; how it ended is said with the desk before it
again. It ends at its next step once the desk is locked, and what it had made until then is gone.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from desk.errors import DeskError, DeskLocked
from desk.saving import GoOn
from desk.web.asking import Answer, Asked
from desk.web.desktop import Desktop
from storage.errors import StorageError

#: Works done at once: more would only be slower, and each may hold a picture in memory.
MOST = 2

End = Callable[[Desktop, Asked], Answer]


@dataclass(frozen=True, kw_only=True, slots=True)
class Aside:
    """What is to be done beside the pages; it returns what answers then."""

    work: Callable[[GoOn], End] = field(repr=False)

    def done(self, sitting: Callable[[], bool]) -> End:
        """Do it, for as long as the one who began it is sitting there; return what answers."""

        def go_on() -> None:
            if not sitting():
                raise DeskLocked

        try:
            go_on()
            return self.work(go_on)
        except (DeskError, StorageError) as error:
            return _saying(error)


def _saying(error: DeskError | StorageError) -> End:
    """Return what raises an error where pages are drawn."""

    def end(_desktop: Desktop, _asked: Asked) -> Answer:
        raise error

    return end
