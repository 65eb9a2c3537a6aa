"""One case from its journal: verified, opened, folded, compared with what other desks have seen.

Rules of this file: it reads the mirror and decides nothing of its own. The word that means "I am
not free to speak" is looked for in what the person told later, at desks that may read that word.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from desk.acts import Number, Own, Standing, fold
from desk.casefile import Casefile
from desk.forks import Finding, Weight, findings, serious_first
from desk.imprints import Likeness, compare
from desk.inbox import Item, Order, State, read_case, witnessed_heads
from desk.mirror import Known, Mirror
from desk.opening import Keys
from desk.reader import Reader
from desk.replying import Way, duress_word, may_write, ways_of
from desk.signers import Signers
from desk.summaries import Summary, kinds_of
from storage.outcome import Outcome
from storage.rows import CaseId, Head

NOTHING = Standing()


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """What all cases of a desk are checked against; one for all of them."""

    known: Known
    witnessed: Mapping[CaseId, Sequence[Head]]
    signers: Signers
    digests: int
    lines: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Folded:
    """A case as its journal tells it; `likeness` says whether replies went out as they stand."""

    item: Item
    standing: Standing = field(repr=False)
    findings: tuple[Finding, ...] = ()
    ways: tuple[Way, ...] = ()
    likeness: Mapping[Number, Likeness] = field(default_factory=dict)
    duress: date | None = None

    @property
    def summary(self) -> Summary:
        """What the list of cases keeps of it; what was opened stays here."""
        item, casefile = self.item, self.item.casefile
        return Summary(
            item=replace(item, casefile=None, opened=(), chains=()),
            marks=self.standing.marks,
            kinds=kinds_of(item),
            files=0 if casefile is None else len(casefile.files),
            may_write="no" if casefile is None else may_write(casefile),
            alarms=sum(one.weight is Weight.ALARM for one in self.findings),
            duress=self.duress is not None,
        )


def ground_of(mirror: Mirror, reader: Reader) -> Ground:
    """Return what this desk checks its cases against.

    Raises:
        ReadingError, StorageError: what is here is not what was kept.
    """
    known, heads = mirror.known(reader), mirror.heads()
    return Ground(
        known=known,
        witnessed=witnessed_heads(heads),
        signers=Signers.of(known.lines[-1]),
        digests=max((0, *mirror.digests(), len(heads.witnesses))),
        lines=frozenset(line.sha256 for line in known.lines),
    )


def fold_case(
    mirror: Mirror,
    keys: Keys,
    ground: Ground,
    case: CaseId,
    order: Order,
    own: Sequence[Own] = (),
    outcomes: Mapping[Number, Outcome] | None = None,
) -> Folded:
    """Verify, open and fold one case."""
    witnessed = ground.witnessed.get(case, ())
    item = read_case(mirror, keys, ground.known, case, witnessed, order)
    if item.state is not State.VERIFIED or item.casefile is None:
        return Folded(item=item, standing=NOTHING)
    standing = fold(item.opened, ground.signers, own, outcomes)
    found = findings(standing, item.chains, digests=ground.digests, lines=ground.lines)
    ways = ways_of(item.casefile, ground.known.lines[-1].return_months)
    compared = compare(item.opened, standing, item.casefile, ways)
    return Folded(
        item=item,
        standing=standing,
        findings=serious_first((*found, *compared.findings)),
        ways=ways,
        likeness=compared.likeness,
        duress=duress(item.casefile),
    )


def duress(casefile: Casefile) -> date | None:
    """Return the day on which the person used the word for "I am not free", if they did."""
    word = plain(duress_word(casefile))
    if not word:
        return None
    later = [one for one in (*casefile.answers, *casefile.added) if one.later is not None]
    days = [one.later for one in later if one.later and word in plain(one.words)]
    return max(days, default=None)


def plain(text: str) -> str:
    """Return a text as it is compared: whatever its case, its spaces, its width."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
