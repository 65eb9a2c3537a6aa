"""A store that is watched: it remembers what was handed in, and fails when it is told to."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from storage.age import Identity
from storage.credentials import Credentials
from storage.line import Line
from storage.unit import Outcome, Store, Unit
from tests.line_made import START, content_of, made_line, settings

Keys = tuple[Credentials, Line, dict[str, Identity]]


class Watched:
    """Stands in front of a store; reads go through untouched."""

    def __init__(
        self, store: Store, fails: Callable[[Unit], Exception | None] | None = None
    ) -> None:
        self._store = store
        self.fails = fails or (lambda _: None)
        self.units: list[Unit] = []
        self.failures = 0

    async def commit(self, unit: Unit) -> Outcome:
        error = self.fails(unit)
        if error is not None:
            self.failures += 1
            raise error
        self.units.append(unit)
        return await self._store.commit(unit)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the store has
        return getattr(self._store, name)

    @property
    def store(self) -> Store:
        """This one, as whoever needs a store sees it."""
        return cast("Store", self)

    def sealed(self) -> Iterator[tuple[str, bytes]]:
        """Yield everything that was ever handed in sealed, with what it was."""
        for unit in self.units:
            if unit.chat is not None and unit.chat.state is not None:
                yield "state", unit.chat.state
            yield from (("draft", d.sealed) for d in unit.drafts if d.sealed is not None)
            yield from (("code", c.row.sealed) for c in unit.codes if c.row is not None)
            yield from (("letter", letter.sealed) for letter in unit.letters)
            yield from (("trace", trace.sealed) for trace in unit.traces)
            yield from (("fetch", f.row.sealed) for f in unit.fetches if f.row is not None)


def lying(sealed: Iterator[tuple[str, bytes]], place: Path) -> list[str]:
    """Return what of it can still be found in files, whole or its end (large cells are split)."""
    data = {p.name: p.read_bytes() for p in place.rglob("*") if p.is_file()}
    return [
        f"{what} in {name}"
        for what, blob in sealed
        for name, content in data.items()
        if blob[:48] in content or blob[-48:] in content
    ]


def new_keys(home: Path) -> Keys:
    """Make a server's secrets and a statement for it, before there is a line."""
    credentials = Credentials.make()
    content = content_of(settings(), home)
    return (credentials, *made_line(credentials, content, START.date()))
