"""`quietline forms`: check a form, begin one, or take the shipped one into a spreadsheet.

Reading, printing and writing only: what it means is `bot.forms`.
"""

import argparse
from importlib.resources import files
from pathlib import Path

from bot.errors import Finding, FormFileExists, NoFormFile, Severity
from bot.forms import vocabulary as v
from bot.forms import xlsform
from bot.forms.export import tables
from bot.forms.lint import examine
from bot.forms.outline import Outline
from bot.texts import Texts, read, shipped

Subparsers = argparse._SubParsersAction  # noqa: SLF001 - argparse gives its type no public name

_INTAKE = "intake/intake-1.md"
_STARTER = "starter.md"


def register(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add `forms` and its actions; each sets `run`: arguments in, exit code out."""
    forms = subparsers.add_parser("forms", help="the form that people are asked")
    actions = forms.add_subparsers(required=True, metavar="ACTION")

    check = actions.add_parser("check", help="everything that is wrong with a form")
    check.add_argument("file", type=Path, metavar="FILE", help="an .xlsx or a text (.md)")
    check.add_argument("--texts", type=Path, metavar="DIR", help="your organisation's own texts")
    check.set_defaults(run=_check)

    new = actions.add_parser("new", help="a small form to begin with")
    new.add_argument("file", type=Path, metavar="FILE.md")
    new.set_defaults(run=_new)

    export = actions.add_parser("export", help="the shipped form for Excel, KoBo or ODK")
    export.add_argument("file", type=Path, metavar="FILE.xlsx")
    export.add_argument(
        "--language",
        action="append",
        default=[],
        metavar="LANG",
        help="add the words of this language (may be given again)",
    )
    export.set_defaults(run=_export)


def _check(arguments: argparse.Namespace) -> int:
    source = xlsform.read(_bytes(arguments.file), arguments.file.name)
    form, findings = examine(source, _texts(arguments.texts))
    for finding in findings:
        print(f"{finding.severity}: {finding}")
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    print(_summary(arguments.file, form, findings, errors))
    return 1 if errors else 0


def _summary(file: Path, form: Outline, findings: list[Finding], errors: int) -> str:
    warnings = len(findings) - errors
    counts = f"{_count(errors, 'error')}, {_count(warnings, 'warning')}"
    if errors:
        return f"{file}: {counts}. The line takes it when the errors are mended."
    size = f"{_count(len(form.items), 'row')} in {', '.join(sorted(form.texts))}"
    if warnings:
        return f"{file} can be used ({size}); {_count(warnings, 'warning')} to look at."
    return f"Nothing is wrong with {file} ({size})."


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _new(arguments: argparse.Namespace) -> int:
    file: Path = arguments.file
    text = (files("bot.forms") / _STARTER).read_text("utf-8")
    if v.FORM_ID.fullmatch(file.stem):
        text = text.replace("| starter   |", f"| {file.stem:<9} |")
    _write(file, text.encode())
    print(f"{file} is written. Change it, then: quietline forms check {file}")
    return 0


def _export(arguments: argparse.Namespace) -> int:
    texts = _texts(None)
    for tag in arguments.language:
        texts.catalogue(tag)  # refuses a language we do not have
    source = xlsform.read((files("bot.forms") / _INTAKE).read_bytes(), _INTAKE)
    form, _ = examine(source)
    from bot.forms.workbooks import workbook

    _write(arguments.file, workbook(tables(form, texts, arguments.language)))
    print(f"{arguments.file} is written.")
    return 0


def _texts(folder: Path | None) -> Texts:
    if folder is not None and not folder.is_dir():
        raise NoFormFile(folder, "it is no folder of texts")
    layers = [read(shipped()), *([read(folder)] if folder is not None else [])]
    return Texts(*layers, on_fault=lambda _: None)


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(v.MOST_BYTES + 1)  # the reader says that it is too long
    except OSError as error:
        raise NoFormFile(file, error.strerror or type(error).__name__) from None


def _write(file: Path, content: bytes) -> None:
    try:
        with file.open("xb") as opened:
            opened.write(content)
    except FileExistsError:
        raise FormFileExists(file) from None
    except OSError as error:
        raise NoFormFile(file, error.strerror or type(error).__name__) from None
