"""What a person is told of how their case stands, and their wish that it is deleted.

- It always looks the same: locked, opened, answered, deletion. Never who, when, why or what.
- The wish is kept in the very unit in which the person is told of it. What retention asked for is
  a promise from the unit on in which the person is told of it: nobody takes that back any more.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.carrying import Parts
from bot.engine.events import Account, Effect, Erase, Say
from bot.erasing import asked, promised
from bot.farewell import erased_by
from storage.line import GENERAL, Line
from storage.rows import CaseId
from storage.standing import PERSON, Answered, Leaving, Standing, StandingChange
from storage.unit import Store

ANSWERS = {Answered.NO: "no", Answered.YES: "yes", Answered.PERHAPS: "perhaps"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Accounts:
    """Gives account of cases, for one line; `hours` lie between a wish and its doing."""

    store: Store
    line: Line
    hours: int

    async def carry_out(
        self, effects: tuple[Effect, ...], parts: Parts, now: datetime
    ) -> tuple[Effect, ...]:
        """Put what is asked for into `parts`; return the effects with the words of an account."""
        done: list[Effect] = []
        known: dict[CaseId, Standing] = {}
        for effect in effects:
            match effect:
                case Erase(case=case):
                    before = await self.store.standing(case)
                    known[case] = after = asked(before, case, PERSON, now, self.hours)
                    if after != before:
                        parts.standings.append(StandingChange(row=after))
                case Account(case=case, language=language):
                    standing = known.get(case) or await self.store.standing(case)
                    standing = standing or Standing(case=case)
                    if promised(standing) != standing:
                        parts.standings.append(StandingChange(row=promised(standing)))
                    done.append(await self._account(standing, language))
                case _:
                    done.append(effect)
        return tuple(done)

    async def _account(self, standing: Standing, language: str) -> Say:
        erased = await erased_by(self.store, standing.case, self.line)
        team = max(len(self.line.entitled(GENERAL)), erased)
        return Say(
            id="status",
            language=language,
            args={
                "opened": _word(standing.opened),
                "answered": ANSWERS[standing.answered],
                "asked": _word(standing.leaving is not Leaving.STAYS),
                "erased": str(erased),
                "people": str(team),
            },
        )


def _word(so: bool) -> str:  # noqa: FBT001 - the word is about nothing else
    return "yes" if so else "no"
