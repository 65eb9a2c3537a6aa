"""What is wrong with a form's words: missing, too long, doubled, or not showable.

Each cell and each language is looked at; a language comes from `label::… (xx)` columns of the form
or from the catalogues, and columns win.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bot.forms import vocabulary as v
from bot.forms.columns import text_columns, text_id
from bot.forms.outline import Outline, Text
from bot.forms.report import Report, shown
from bot.forms.sheets import Row
from bot.forms.texts import as_message
from bot.texts import Texts
from bot.texts.languages import LANGUAGES
from bot.texts.messages import words_of

#: When less than this is there, a language has not been begun; one finding says so.
_BEGUN = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class _Cell:
    """A cell that should hold words: its place, without the language."""

    id: str
    sheet: str
    row: int
    base: str
    needed: bool  # a label; the rest may be blank in every language


def check(form: Outline, texts: Texts | None, report: Report) -> None:
    """Look at all words of the form, and at the catalogues' words for it."""
    cells = {cell.id: cell for cell in _cells(form)}
    for sheet in (v.SURVEY, v.CHOICES):
        _phantom(form, sheet, report)
    _default(form, report)
    own = {tag: frozenset(found) for tag, found in form.texts.items()}
    _unlabelled(cells, own, texts, report)
    for tag, ids in own.items():
        _untranslated(form, cells, tag, ids | _catalogue_ids(texts, tag, cells), report)
    for tag in texts.tags if texts else ():
        if tag not in own:
            _catalogue(cells, own, tag, _catalogue_ids(texts, tag, cells), report)
    for tag, found in form.texts.items():
        for id_, text in found.items():
            _length(id_, text.words, text, report)
            _showable(tag, id_, text, report)
    if texts is not None:
        _catalogue_lengths(texts, own, cells, report)


def _cells(form: Outline) -> Iterator[_Cell]:
    """Yield every cell that holds words in some language, and every label."""
    known = {item.number for item in form.items if item.kind is not None}
    for sheet in (v.SURVEY, v.CHOICES):
        columns = text_columns(form.source, sheet, form.default_language)
        for base in v.TEXTS[sheet]:
            named = [column for column, (what, _) in columns.items() if what == base]
            for row in form.source.sheet(sheet).rows:
                if not row.get("name") or (sheet == v.SURVEY and row.number not in form.spoken):
                    continue
                understood = sheet == v.CHOICES or row.number in known or _is_repeat(form, row)
                needed = base == "label" and understood
                if needed or any(row.get(column) for column in named):
                    yield _Cell(
                        id=text_id(sheet, base, row),
                        sheet=sheet,
                        row=row.number,
                        base=base,
                        needed=needed,
                    )


def _is_repeat(form: Outline, row: Row) -> bool:
    group = form.groups.get(row.get("name"))
    return group is not None and group.number == row.number


# --- languages ---------------------------------------------------------------------------


def _phantom(form: Outline, sheet: str, report: Report) -> None:
    """Find a bare `label` beside `label::xx`: XLSForm makes a nameless language of it."""
    columns = text_columns(form.source, sheet, form.default_language)
    heading = form.source.sheet(sheet).heading
    nameless: set[str] = set()
    for base in v.TEXTS[sheet]:
        tags = [tag for c, (what, tag) in columns.items() if what == base and c != base]
        if base not in columns or not tags:
            continue
        if not form.settings.get("default_language"):
            nameless.add(base)
            report.error(
                sheet,
                heading,
                base,
                f"beside {base}::… columns this one has no language: name it, such as "
                f"{base}::English (en), or set default_language",
            )
    told: set[tuple[str, str]] = set()
    for column, what in columns.items():
        if column in nameless:
            continue
        if what[1] and what in told:
            report.error(
                sheet, heading, column, f"there are two columns for {what[0]} in {what[1]}"
            )
        told.add(what)


def _default(form: Outline, report: Report) -> None:
    written = form.settings.get("default_language")
    tag = form.default_language
    if written and form.texts and tag not in form.texts:
        report.error(
            v.SETTINGS,
            form.settings.number,
            "default_language",
            f"the form has no words in {shown(written)}, only in {', '.join(sorted(form.texts))}",
        )


def _catalogue_ids(texts: Texts | None, tag: str, cells: Collection[str]) -> frozenset[str]:
    if texts is None or tag not in texts.tags:
        return frozenset()
    catalogue = texts.catalogue(tag)
    return frozenset(id_ for id_ in cells if catalogue.has(id_))


# --- missing -----------------------------------------------------------------------------


def _unlabelled(
    cells: dict[str, _Cell], own: dict[str, frozenset[str]], texts: Texts | None, report: Report
) -> None:
    """Find labels that are blank in every language."""
    for cell in cells.values():
        somewhere = any(cell.id in ids for ids in own.values()) or (
            texts is not None and any(texts.catalogue(tag).has(cell.id) for tag in texts.tags)
        )
        if not somewhere:
            report.error(cell.sheet, cell.row, cell.base, "there are no words here to show")


def _untranslated(
    form: Outline, cells: dict[str, _Cell], tag: str, there: frozenset[str], report: Report
) -> None:
    """Find the blank cells of a language that the form has columns for."""
    wanted = [cell for cell in cells.values() if _in_any(form, cell)]
    missing = [cell for cell in wanted if cell.id not in there]
    if not missing:
        return
    share = _share(len(wanted) - len(missing), len(wanted))
    columns = {
        (sheet, base): column
        for sheet in (v.SURVEY, v.CHOICES)
        for column, (base, language) in text_columns(
            form.source, sheet, form.default_language
        ).items()
        if language == tag
    }
    whole: set[tuple[str, str]] = set()
    for cell in missing:
        column = columns.get((cell.sheet, cell.base), "")
        place = (cell.sheet, cell.base)
        if column and cell.base == "label":
            report.error(
                cell.sheet, cell.row, column, f"the words in {_called(tag)} are missing ({share})"
            )
        elif column:
            report.warn(
                cell.sheet, cell.row, column, f"the words in {_called(tag)} are missing ({share})"
            )
        elif place not in whole:
            whole.add(place)
            report.warn(
                cell.sheet,
                0,
                cell.base,
                f"there is no column {cell.base} in {_called(tag)} ({share} of all texts)",
            )


def _in_any(form: Outline, cell: _Cell) -> bool:
    return any(cell.id in found for found in form.texts.values())


def _catalogue(
    cells: dict[str, _Cell],
    own: dict[str, frozenset[str]],
    tag: str,
    there: frozenset[str],
    report: Report,
) -> None:
    """Find what a language of the catalogues lacks for this form."""
    wanted = [cell for cell in cells.values() if any(cell.id in ids for ids in own.values())]
    missing = [cell for cell in wanted if cell.id not in there]
    if not missing or not there:  # none at all: the catalogue is about other forms
        return
    share = _share(len(wanted) - len(missing), len(wanted))
    report.warn("", 0, "", f"{_called(tag)}: {share} of the form's texts are in the catalogue")
    if len(there) >= _BEGUN * len(wanted):
        for cell in missing:
            report.warn(
                cell.sheet,
                cell.row,
                cell.base,
                f"the text {cell.id} is missing in {_called(tag)} ({share})",
            )


def _share(there: int, wanted: int) -> str:
    return f"{100 * there // max(wanted, 1)} %"


def _called(tag: str) -> str:
    return f"{LANGUAGES[tag].autonym} ({tag})" if tag in LANGUAGES else tag


# --- length and showing ------------------------------------------------------------------


def _length(id_: str, words: str, text: Text, report: Report) -> None:
    for problem in _too_long(id_, words):
        report.error(text.sheet, text.row, text.column, problem)


def _too_long(id_: str, words: str) -> Iterator[str]:
    size = len(words.encode("utf-8", "replace"))
    if id_.startswith("c-"):
        if size > v.CHOICE_BYTES:
            yield f"the choice has {size} bytes and would not fit a button ({v.CHOICE_BYTES})"
    elif len(words) > v.LABEL_CHARACTERS:
        yield f"the text has {len(words)} characters; one message holds {v.LABEL_CHARACTERS}"
    elif size > v.LABEL_BYTES:
        yield f"the text has {size} bytes; one message holds {v.LABEL_BYTES}"


def _showable(tag: str, id_: str, text: Text, report: Report) -> None:
    """Find braces that Fluent cannot read, and values that the line does not have."""
    message, problem = as_message(tag, text.words)
    if "${" in text.words:
        problem = "a text cannot repeat an earlier answer (${…}): what people wrote stays sealed"
    elif message is not None:
        unknown = sorted(message.variables - v.VALUES)
        if unknown and not problem:
            near = v.nearest(unknown[0], v.VALUES)
            problem = f"the line has no value named {shown(unknown[0])}{near}"
        elif message.variables and id_.startswith("c-"):
            problem = "a choice is said in fixed words, without { $… }"
    if problem:
        report.error(text.sheet, text.row, text.column, problem)


def _catalogue_lengths(
    texts: Texts, own: dict[str, frozenset[str]], cells: dict[str, _Cell], report: Report
) -> None:
    for tag in texts.tags:
        messages = texts.catalogue(tag).messages
        for id_, cell in cells.items():
            if id_ in messages and id_ not in own.get(tag, ()):
                for problem in _too_long(id_, "".join(words_of(messages[id_].pattern))):
                    report.warn(cell.sheet, cell.row, cell.base, f"in {_called(tag)} {problem}")
