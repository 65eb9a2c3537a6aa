"""The desk: many cases opened and folded into the sealed index, beside bare decryption; then lists.

The cases have fifteen answers each and lie in a mirror, as a sync has left them. Bare decryption
opens the same age files and does nothing else, on as many processes. Ten thousand cases take some
700 MB and a minute for each turn.
"""

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from desk.casebook import Casebook
from desk.index import FILE
from desk.reader import Reader
from desk.refreshing import CHUNK, cores
from desk.summaries import Filter
from storage import age, bundle, chain, entry, folder, package
from storage.age import Identity, Recipient
from storage.bundle import entry_name
from storage.entry import Answer, Words
from storage.line import GENERAL
from storage.rows import JournalRow
from storage.signature import SigningKey
from tests.bench.table import Row, Wanted
from tests.office import TODAY
from tests.served import FORM, Desk, Served, case_id, case_number

MANY, QUICK = 10_000, 400
ROUNDS = 3
ANSWERS = 15
SAID = "They came to the door again in the morning and asked for my brother by his name. "
SLOWEST, SLOWER = 300.0, 1.5  # milliseconds of a page; our time to that of bare decryption
_HELD: list[Identity] = []


def rows(*, quick: bool) -> list[Row]:
    """Measure the desk."""
    number = QUICK if quick else MANY
    with TemporaryDirectory(prefix="quietline-bench-") as place:
        served = Served(Path(place))
        desk = Desk(served)
        _fill(served, desk, number)
        held = [one.seed for one in desk.reader.keys.values()]
        ours, bare = [], []
        for _ in range(1 if quick else ROUNDS):
            (desk.folder / FILE).unlink(missing_ok=True)
            bare.append(_seconds(lambda: _bare(desk.mirror.folder, number, held)))
            ours.append(_seconds(lambda: _book(desk)))
        return [
            Row(
                what=f"{number:,} cases of {ANSWERS} answers into the index",
                ours=median(ours),
                unit="s",
                than="bare decryption, as many processes",
                beside=median(bare),
                wanted=Wanted("≤", SLOWER),
            ),
            *_lists(desk, number, rounds=1 if quick else 5),
        ]


def _lists(desk: Desk, number: int, rounds: int) -> Iterator[Row]:
    """Yield what lists cost: by a new process, as each command is, and in one that stays."""

    def of(what: str, does: Callable[[], object]) -> Row:
        took = median(_seconds(does) * 1_000 for _ in range(rounds))
        wanted = Wanted("<", SLOWEST, ours=True)
        return Row(what=f"{what}, {number:,} cases", ours=took, unit="ms", wanted=wanted)

    reader = desk.reader
    yield of("the inbox from the index", lambda: _book(desk, reader).cases())
    book = _book(desk, reader)
    book.cases()
    yield of("the inbox again in a page that stays", book.cases)
    yield of("a search", lambda: book.cases(Filter(search="brother asked k7q4md001")))


def _book(desk: Desk, reader: Reader | None = None) -> Casebook:
    return Casebook.of(reader or desk.reader, lambda _form: (), TODAY)


def _seconds(does: Callable[[], object]) -> float:
    before = time.perf_counter()
    does()
    return time.perf_counter() - before


# --- bare decryption ---------------------------------------------------------------------------


def _bare(mirror: Path, number: int, held: Sequence[bytes]) -> None:
    chunks = [range(at, min(at + CHUNK, number)) for at in range(0, number, CHUNK)]
    with _pool(_hold, list(held)) as pool:
        for _ in pool.map(_open, [mirror] * len(chunks), chunks):
            pass


def _hold(seeds: Sequence[bytes]) -> None:
    _HELD[:] = map(Identity.from_seed, seeds)


def _open(mirror: Path, numbers: range) -> int:
    opened = 0
    for number in numbers:
        sealed = (mirror / entry_name(case_id(number), 0)).with_suffix(".age").read_bytes()
        for one in package.unpack(age.open(sealed, _HELD)).answers:
            opened += len(age.open(one.sealed, _HELD))
    return opened


@contextmanager
def _pool(start: Callable[..., None], *given: object) -> Iterator[ProcessPoolExecutor]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        max_workers=cores(), mp_context=context, initializer=start, initargs=given
    ) as pool:
        yield pool


# --- the cases ---------------------------------------------------------------------------------


def _fill(served: Served, desk: Desk, number: int) -> None:
    """Write the mirror that a sync of so many cases leaves."""
    key = served.office.line.reading_key(TODAY, GENERAL)
    given = (desk.mirror.folder, served.credentials.identity.seed, key.id, str(key.recipient))
    desk.mirror.keep_statement(desk.reader.line, folder.read(desk.line_folder))
    chunks = [range(at, min(at + CHUNK, number)) for at in range(0, number, CHUNK)]
    with _pool(_hold, []) as pool:
        for _ in pool.map(_write, [given] * len(chunks), chunks):
            pass


def _write(given: tuple[Path, bytes, str, str], numbers: range) -> None:
    mirror, seed, key, recipient = given
    signing, to = SigningKey.from_seed(seed), Recipient.parse(recipient)
    for number in numbers:
        case = case_id(number)
        sealed = age.seal(_package(number, key, to), [to])
        link = chain.link(
            case=case, position=0, previous=chain.START, sealed=sealed, sign=signing.sign_bytes
        )
        row = JournalRow(
            case=case,
            position=0,
            previous=chain.START,
            hash=link.hash,
            chain=link.chain,
            signature=link.signature,
            key=key,
            day=TODAY,
            sealed=sealed,
        )
        path = mirror / entry_name(case, 0)
        path.parent.mkdir(parents=True)
        path.with_suffix(".age").write_bytes(sealed)
        path.with_suffix(".json").write_bytes(bundle.encode_row(row))


def _package(number: int, key: str, to: Recipient) -> bytes:
    case = case_id(number)
    answers = [
        Answer(
            case=case,
            sequence=place,
            form=FORM,
            question=f"Q{place}",
            value=Words(words=SAID * (1 + place % 3)),
            language="en",
            day=TODAY,
        )
        for place in range(1, ANSWERS + 1)
    ]
    return package.pack(
        case=case,
        number=case_number(number),
        form=FORM,
        language="en",
        day=TODAY,
        index=entry.IndexEntry(
            case=case,
            number=case_number(number),
            form=FORM.id,
            version=FORM.version,
            urgency=f"U{1 + number % 4}",
            language="en",
            day=TODAY,
            codes={"A2": ("CP", "TD"), "F1": ("yes",)},
        ),
        answers=[(key, age.seal(entry.encode(one), [to])) for one in answers],
        return_address=bytes(160),
    )
