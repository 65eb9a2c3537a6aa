"""What the desk shows on a screen: the inbox, what came, what was verified.

Rules of this file: values to lines of text, nothing else. Everything that came from outside goes
through `desk.safe_text`. A case has a page of its own (`desk.case_page`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from desk.audit import Finding
from desk.bundles import TakenBundle
from desk.case_page import CasePage
from desk.casefile import Casefile
from desk.digests import TakenDigest
from desk.inbox import Item, State
from desk.incoming import Incoming
from desk.labels import Labels
from desk.layout import heading, paragraph, table
from desk.listing import NO_NOTES, Listing, Notes, called
from desk.numbers import count, named
from desk.safe_text import safe_line
from desk.shelf import Shelved
from storage.entry import IndexEntry

MENDING = (
    "If this computer's own disk is to blame, move the folder `mirror` away and open the newest"
    " bundle and the digests again."
)
GOOD, BAD = "\u2713", "\u2717"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pages:
    """Pages for one screen: `width` in columns, None where nobody knows it."""

    width: int | None
    colour: bool
    labels: Labels

    # --- the inbox -----------------------------------------------------------------------------

    def inbox(self, items: Sequence[Item], notes: Notes = NO_NOTES) -> list[str]:
        """Return the list of cases, each with what there is to note of it."""
        if not items:
            return [
                "No case is here yet.",
                *self._say("What the server sends is read with: quietline-desk open FILE"),
            ]
        lines = [*self._heading(count(len(items), "case")), ""]
        lines += self._listing.cases(items, notes)
        lines += self.legend(items)
        announced = any(item.state is State.ANNOUNCED for item in items)
        more = " Announced cases come with the next bundle." if announced else ""
        lines += ["", *self._say("U1 is the most urgent." + more)]
        for item in items:
            if item.state is State.TROUBLE:
                lines += ["", *self._say(f"{called(item)}: {safe_line(item.trouble)}")]
        return [*lines, "", *self._say("Read one with: quietline-desk show NUMBER")]

    def cases(self, items: Sequence[Item]) -> list[str]:
        """Return the list of cases."""
        return self._listing.cases(items)

    def legend(self, items: Sequence[Item]) -> list[str]:
        """Return what the questions in the list of cases are, below an empty line."""
        lines = self._listing.legend(items)
        return ["", *lines] if lines else []

    # --- one case ------------------------------------------------------------------------------

    def case(
        self, casefile: Casefile, *, here: Collection[int] = (), foreign_form: bool = False
    ) -> list[str]:
        """Return a case that could be opened; `here` are the numbers of files that are here."""
        return self._case_page.case(casefile, here=here, foreign_form=foreign_form)

    def announced(self, index: IndexEntry) -> list[str]:
        """Return what a digest told of a case that is not here yet."""
        return self._case_page.announced(index)

    # --- what came -----------------------------------------------------------------------------

    def digest(self, taken: TakenDigest, items: Sequence[Item], copies: int = 1) -> list[str]:
        """Return what a digest tells; `items` are the cases that it announces."""
        value = taken.read.digest
        lines = self._heading(f"Digest {value.number} of {value.day}")
        if not taken.fresh:
            lines += self._say("It was here already; nothing has changed.")
        if copies > 1:
            lines += self._say(f"It came {copies} times, the same each time.")
        lines += self._say(
            f"The server holds {count(value.cases, 'case')} with"
            f" {count(value.entries, 'entry')}; new in this digest: {len(value.index)}."
        )
        if value.more:
            lines += self._say(
                f"{count(value.more, 'more case')} had no room and will be told next."
            )
        lines += self._health(taken)
        if items:
            lines += ["", *self.cases(items)]
        if taken.read.closed:
            told = count(taken.read.closed, "new case")
            lines += ["", *self._say(f"{told} sealed to keys that you do not hold.")]
        if taken.missing:
            lines += ["", *self._missing(taken.missing)]
        if taken.unknown_line:
            sentence = "It was made under a statement that is not here yet: open the next bundle."
            lines += ["", *self._say(sentence)]
        return lines

    def _missing(self, numbers: Sequence[int]) -> list[str]:
        return self._say(f"Not here: {named('digest', numbers)}. Fetch what is missing.")

    def _health(self, taken: TakenDigest) -> list[str]:
        health = taken.read.digest.health
        lines = []
        if health.waiting:
            lines += self._say(f"{count(health.waiting, 'letter')} waiting to be delivered.")
        if health.failures:
            shown = ", ".join(map(safe_line, health.failures))
            lines += self._say(f"What could not be delivered or done: {shown}.")
        rows = [(safe_line(name), safe_line(str(value))) for name, value in health.figures.items()]
        return [*lines, *(["", *table(rows)] if rows else [])]

    def bundle(self, name: str, taken: TakenBundle, items: Sequence[Item]) -> list[str]:
        """Return what a bundle brought; `items` are the cases that are new."""
        lines = self._heading(f"Bundle {safe_line(name)}")
        if taken.entries:
            cases, entries = count(len(taken.cases), "new case"), count(taken.entries, "new entry")
            lines += self._say(f"{cases}, {entries}: whole, signed by the line's server, in order.")
        else:
            lines += self._say(
                "It is whole and signed by the line's server, and brings nothing new."
            )
        if taken.newer_line:
            line = taken.line
            lines += self._say(f"Statement {line.epoch} of {safe_line(line.name)} is newer: taken.")
        if taken.keys:
            lines += self._say(f"Key files taken: {', '.join(map(safe_line, taken.keys))}.")
        if taken.older:
            lines += self._say("It is older than what is here already: nothing was taken back.")
        if taken.beyond:
            sentence = f"Made before {named('digest', taken.beyond)}: what these tell comes later."
            lines += self._say(sentence)
        if taken.erased:
            erased = ", ".join(map(safe_line, taken.erased))
            lines += self._say(f"Retired keys, whose files are erased here now: {erased}.")
        if items:
            lines += ["", *self.cases(items)]
        if len(items) < len(taken.cases):
            lines += ["", *self._say("The others are shown by: quietline-desk list")]
        return lines

    def shelved(self, taken: Shelved) -> list[str]:
        """Return what came of a folder with files."""
        lines: list[str] = []
        if taken.taken:
            sealed = count(taken.taken, "sealed file")
            lines += self._say(f"{sealed} taken, each the one that its case names.")
        if taken.missing:
            lines += self._say(f"Not here: {'; '.join(taken.missing)}.")
        return lines

    def rest(self, came: Incoming, known: Sequence[int], missing: Sequence[int]) -> list[str]:
        """Return what needs no page: digests that were here already, mails without one."""
        lines: list[str] = []
        if known:
            were = "was" if len(known) == 1 else "were"
            text = f"{named('digest', known)} {were} here already; nothing has changed."
            lines += self._say(text[0].upper() + text[1:])
        if missing:
            lines += self._missing(missing)
        if came.without:
            hold = "holds" if came.without == 1 else "hold"
            lines += self._say(f"{count(came.without, 'mail')} {hold} no digest: passed over.")
        if not came.looked and not came.refused:
            lines += self._say("There is nothing here to open: no digest, no bundle, no mail.")
        return lines

    # --- what was verified ---------------------------------------------------------------------

    def findings(self, findings: Sequence[Finding]) -> list[str]:
        """Return the findings, then one sentence about all of them."""
        lines = []
        for one in findings:
            mark = GOOD if one.good else BAD
            lines += paragraph(safe_line(one.sentence), self.width, by=2, first=mark)
        bad = sum(not one.good for one in findings)
        if not bad:
            return [*lines, "", "Everything here is as the server signed it."]
        lines += ["", f"{count(bad, 'finding')} to look into before relying on what is here."]
        return [*lines, *self._say(MENDING)]

    # --- pieces --------------------------------------------------------------------------------

    def _heading(self, text: str) -> list[str]:
        return heading(text, colour=self.colour)

    def _say(self, text: str) -> list[str]:
        return paragraph(text, self.width)

    @property
    def _case_page(self) -> CasePage:
        return CasePage(width=self.width, colour=self.colour, labels=self.labels)

    @property
    def _listing(self) -> Listing:
        return Listing(width=self.width, colour=self.colour, labels=self.labels)
