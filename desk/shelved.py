"""All cases of an index as the list takes them: read once, and kept as long as the page is open.

Rules of this file: nothing is opened but rows of the index. Ten thousand of them are made at once
and stay, so nothing is looked through for garbage meanwhile.
"""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from desk.folding import plain
from desk.inbox import announced_item
from desk.index import Index
from desk.summaries import Summary
from desk.summary_form import decode, decode_index
from storage.entry import IndexEntry
from storage.rows import CaseId


@dataclass(kw_only=True, slots=True)
class Shelved:
    """The cases of an index, as of when it was refreshed."""

    index: Index
    name: str  # whose desk it is
    unlisted: frozenset[CaseId] = frozenset()
    _all: tuple[Summary, ...] | None = None

    def all(self) -> Sequence[Summary]:
        """Return a summary of each case that does not leave."""
        return [one for one in self._known() if one.case not in self.unlisted]

    def leaving(self) -> Sequence[Summary]:
        """Return a summary of each case that leaves, as far as it is known here."""
        return [one for one in self._known() if one.case in self.unlisted]

    def read(self) -> Mapping[CaseId, int]:
        """Return up to which position cases were read here by who may not say so to the team."""
        return dict(self.index.read())

    def note_read(self, case: CaseId, upto: int) -> None:
        """Remember that a case was read here."""
        with self.index.writing():
            self.index.put_read(case, upto)

    def _known(self) -> tuple[Summary, ...]:
        if self._all is None:
            with _unswept():
                self._all = tuple(_summaries(self.index, self.name))
        return self._all

    def search(self, text: str) -> set[CaseId]:
        """Return the cases in which all the words of a text occur."""
        wanted = [word.encode() for word in plain(text).split()]
        return {case for case, words in self.index.words() if all(w in words for w in wanted)}


def _summaries(index: Index, name: str) -> Iterator[Summary]:
    announced: dict[CaseId, IndexEntry] = {}
    for told in index.told():
        announced.update((entry.case, entry) for entry in decode_index(told))
    for case, data in index.summaries():
        one = decode(case, data, name)
        entry = announced.pop(case, None)
        if entry is not None and one.item.codes is None:
            item = announced_item(entry)
            one = Summary(item=replace(item, state=one.item.state, trouble=one.item.trouble))
        yield one
    for entry in announced.values():
        yield Summary(item=announced_item(entry))


@contextmanager
def _unswept() -> Iterator[None]:
    """Look for no garbage while much is made that stays; then it counts among what is old.

    Frozen it may not be: keys that are let go with a lock would never be found to be garbage.
    """
    sweeps = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
        gc.unfreeze()  # where it goes, without a look at it
    finally:
        if sweeps:
            gc.enable()
