"""How translations are reviewed: a table of how far each language is, and a CSV there and back.

Pure: texts in, texts out; `bot.commands.texts` reads and writes. A review is an organisation's
own: it is kept in a folder of its own, which overlays the shipped texts and pins what was read.
A row counts as reviewed only when its status says so: nobody reviews by leaving a row untouched.
"""

import csv
import datetime
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fluent.syntax import FluentParser, FluentSerializer, ast

from bot.errors import BadReviewFile, RefusedTexts
from bot.texts import status
from bot.texts.catalogue import SAFETY_FILE, Catalogue
from bot.texts.completeness import check
from bot.texts.languages import LANGUAGES
from bot.texts.library import SOURCE, STATUS_FILE, Layer, Texts
from bot.texts.messages import Finding, Message, entry_text, parse
from bot.texts.status import Record, Status, fingerprint

_COLUMNS = ("id", "English", "{}", "status", "note")
_LONGEST_ROLE = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of the CSV."""

    name: str
    english: str
    text: str
    status: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What an import comes to: the organisation's files as they are to be, `tag/file` to text."""

    language: str
    files: Mapping[str, str]
    reviewed: int
    drafts: int
    untouched: int


# --- status ------------------------------------------------------------------------------------


def table(texts: Texts) -> str:
    """Return how far each language is, as lines for a terminal."""
    head = ("language", "messages", "reviewed", "draft", "stale", "missing", "safety block")
    rows = [head, *(_standing(texts.catalogue(tag), _names(texts)) for tag in texts.tags)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _standing(catalogue: Catalogue, names: Sequence[str]) -> tuple[str, ...]:
    count = Counter(map(catalogue.status, names))
    safety = sorted(catalogue.safety_names)
    done = sum(catalogue.status(name) is Status.REVIEWED for name in safety)
    return (
        catalogue.tag,
        str(len(names) - count[Status.MISSING]),
        *(str(count[kind]) for kind in (Status.REVIEWED, Status.DRAFT, Status.STALE)),
        str(count[Status.MISSING]),
        "reviewed" if catalogue.safety_reviewed else f"{done} of {len(safety)}",
    )


def _names(texts: Texts) -> list[str]:
    """Return the ids of the English texts, the safety block first."""
    messages = texts.catalogue(SOURCE).messages
    return sorted(messages, key=lambda name: messages[name].file != SAFETY_FILE)


# --- there -------------------------------------------------------------------------------------


def export(texts: Texts, tag: str) -> str:
    """Return the CSV for reviewers of one language: id, English, translation, status, note."""
    english, catalogue = texts.catalogue(SOURCE), texts.catalogue(tag)
    sink = io.StringIO()
    rows = csv.writer(sink, lineterminator="\n")
    rows.writerow(column.format(tag) for column in _COLUMNS)
    for name in _names(texts):
        message = english.messages[name]
        mine = catalogue.messages.get(name)
        rows.writerow(
            (
                name,
                message.source,
                mine.source if mine else "",
                catalogue.status(name).value,
                message.comment,
            )
        )
    return sink.getvalue()


# --- and back ----------------------------------------------------------------------------------


def read(text: str) -> tuple[str, tuple[Row, ...]]:
    """Read a CSV as a spreadsheet saved it: its language and rows; raises BadReviewFile."""
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    lines = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    titles = [title.strip() for title in lines[0]] if lines else []
    wanted = [column.format("LANGUAGE") for column in _COLUMNS]
    if len(titles) != len(wanted) or [*titles[:2], *titles[3:]] != [*wanted[:2], *wanted[3:]]:
        raise BadReviewFile(f"its first line must be {', '.join(wanted)}, as it was exported")
    if titles[2] not in LANGUAGES:
        raise BadReviewFile(f"its third column names no language: {titles[2]}")
    return titles[2], tuple(_rows(lines[1:]))


def _rows(lines: Sequence[Sequence[str]]) -> Iterator[Row]:
    for number, line in enumerate(lines, start=2):
        cells = [cell.replace("\r\n", "\n").strip() for cell in line]
        if not any(cells):
            continue
        if len(cells) < len(_COLUMNS) - 1:
            raise BadReviewFile(f"line {number} has {len(cells)} columns")
        yield Row(name=cells[0], english=cells[1], text=cells[2], status=cells[3].lower())


def take(text: str, *, layers: Sequence[Layer], own: Layer, by: str, date: datetime.date) -> Taken:
    """Work out an organisation's folder after the review in a CSV.

    `layers` are the texts below, `own` what the folder holds. Raises BadReviewFile, and
    RefusedTexts with every row that cannot stand; then nothing is to be written.
    """
    if not by.strip() or len(by) > _LONGEST_ROLE or "@" in by or not by.isprintable():
        raise BadReviewFile("--by takes a role, for example “native reviewer”, not a name")
    tag, rows = read(text)
    texts = Texts(*layers, own, on_fault=_ignore)
    catalogue = texts.catalogue(tag) if tag in texts.tags else None
    review = _Review(tag, texts.catalogue(SOURCE), catalogue, by=by, date=date)
    for row in rows:
        review.add(row)
    after = {**own, tag: {**own.get(tag, {}), **review.files(own.get(tag, {}))}}
    review.findings += [
        finding
        for finding in check(Texts(*layers, after, on_fault=_ignore))
        if finding.language == tag and finding.name in review.messages
    ]
    if tag == SOURCE:
        review.findings += _other_values(
            review.messages, after[tag], Texts(*layers, on_fault=_ignore)
        )
    if review.findings:
        lines = "".join(f"\n  {finding}" for finding in review.findings)
        raise RefusedTexts(len({finding.name for finding in review.findings}), lines)
    done = Counter(record.status for record in review.records.values())
    return Taken(
        language=tag,
        files={f"{tag}/{name}": content for name, content in after[tag].items()},
        reviewed=done[Status.REVIEWED],
        drafts=done[Status.DRAFT],
        untouched=len(rows) - len(review.records),
    )


def _other_values(names: Iterable[str], files: Mapping[str, str], below: Texts) -> list[Finding]:
    """Find English texts that name other values than the shipped ones: nobody would give them."""
    shipped = below.catalogue(SOURCE).messages
    fluent = {name: text for name, text in files.items() if name.endswith(".ftl")}
    changed, _ = parse(SOURCE, fluent)
    return [
        Finding(
            language=SOURCE, name=name, rule="variables", detail="not those of the shipped text"
        )
        for name in names
        if name in shipped and changed[name].variables != shipped[name].variables
    ]


def _ignore(_: str) -> None:
    """Take no note of faults: `check` finds them."""


class _Review:
    """The rows of one CSV, taken one by one."""

    def __init__(
        self,
        tag: str,
        english: Catalogue,
        current: Catalogue | None,
        *,
        by: str,
        date: datetime.date,
    ) -> None:
        self.tag, self.by, self.date = tag, by, date
        self.english, self.current = english, current
        self.messages: dict[str, Message] = {}
        self.records: dict[str, Record] = {}
        self.findings: list[Finding] = []
        self._seen: set[str] = set()

    def add(self, row: Row) -> None:
        """Take a row: as reviewed, as a changed draft, or not at all."""
        if row.status not in set(Status) | {""}:
            return self._refuse(row, "status", f"“{row.status}” is neither reviewed nor draft")
        if row.name in self._seen:
            return self._refuse(row, "twice", "the file has this id twice")
        self._seen.add(row.name)
        source = self.english.messages.get(row.name)
        if source is None:
            return self._refuse(row, "extra", "there is no such message in English")
        if row.english != source.source:
            return self._refuse(row, "stale", "the English has changed since this was exported")
        if not row.text:
            if row.status == Status.REVIEWED:
                self._refuse(row, "empty", "reviewed, but there is no text")
            return None
        return self._keep(row, source)

    def _keep(self, row: Row, source: Message) -> None:
        messages, faults = parse(self.tag, {source.file: entry_text(row.name, row.text)})
        message = messages.get(row.name)
        if faults or message is None or len(messages) != 1:
            self.findings += faults
            if not faults:
                self._refuse(row, "unreadable", "this is not one text")
            return
        reviewed = row.status == Status.REVIEWED
        if self._is_known(message, reviewed=reviewed):
            return
        origin = message if self.tag == SOURCE else source
        self.messages[row.name] = message
        self.records[row.name] = Record(
            status=Status.REVIEWED if reviewed else Status.DRAFT,
            by=self.by,
            date=self.date,
            source=fingerprint(origin.source),
            text=fingerprint(message.source),
        )

    def _is_known(self, message: Message, *, reviewed: bool) -> bool:
        """Tell whether a row says nothing new: whoever reviewed it first stays on record."""
        current = self.current.messages.get(message.name) if self.current else None
        if self.current is None or current is None or current.source != message.source:
            return False
        return not reviewed or self.current.status(message.name) is Status.REVIEWED

    def _refuse(self, row: Row, rule: str, detail: str) -> None:
        self.findings.append(Finding(language=self.tag, name=row.name, rule=rule, detail=detail))

    def files(self, own: Mapping[str, str]) -> dict[str, str]:
        """Return the files of the language that change, with what was taken written in."""
        changed = {
            file: _write(
                own.get(file, ""), {m.name: m for m in self.messages.values() if m.file == file}
            )
            for file in {message.file for message in self.messages.values()}
        }
        if self.records:
            kept = status.parse(own.get(STATUS_FILE, ""), where=f"{self.tag}/{STATUS_FILE}")
            changed[STATUS_FILE] = status.render(kept | self.records)
        return changed


def _write(text: str, messages: Mapping[str, Message]) -> str:
    """Put messages into a Fluent file: in place where it has them, else at its end."""
    resource = FluentParser().parse(text)
    left = dict(messages)
    for entry in resource.body:
        if isinstance(entry, ast.Message) and entry.id.name in left:
            entry.value = left.pop(entry.id.name).pattern
            entry.attributes = []
    resource.body += [
        ast.Message(id=ast.Identifier(message.name), value=message.pattern)
        for message in left.values()
    ]
    return FluentSerializer(with_junk=True).serialize(resource)
