"""`quietline texts`: how far the translations are, what is wrong with them, and their review.

The organisation's own folder (`--texts DIR`) is laid over the shipped texts; nothing here writes
anywhere else. Reading and writing only: what it means is `bot.texts`.
"""

import argparse
import datetime
from pathlib import Path

from bot.content import shipped_texts
from bot.errors import BadReviewFile
from bot.texts import Layer, Texts, read
from bot.texts.completeness import check
from bot.texts.review import export, table, take

Subparsers = argparse._SubParsersAction  # noqa: SLF001 - argparse gives its type no public name


def register(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add `texts` and its actions; each sets `run`: arguments in, exit code out."""
    texts = subparsers.add_parser("texts", help="the translations and their review")
    actions = texts.add_subparsers(required=True, metavar="ACTION")
    own = argparse.ArgumentParser(add_help=False)
    own.add_argument("--texts", type=Path, metavar="DIR", help="your organisation's own texts")

    status = actions.add_parser("status", parents=[own], help="how far each language is")
    status.set_defaults(run=_status)
    checking = actions.add_parser("check", parents=[own], help="what is wrong with the texts")
    checking.set_defaults(run=_check)

    out = actions.add_parser("export", parents=[own], help="a CSV file for reviewers")
    out.add_argument("language", metavar="LANG")
    out.add_argument("file", type=Path, metavar="FILE.csv")
    out.set_defaults(run=_export)

    back = actions.add_parser("import", help="take a reviewed CSV file into your own texts")
    back.add_argument("file", type=Path, metavar="FILE.csv")
    back.add_argument(
        "--texts", type=Path, metavar="DIR", required=True, help="where they are kept"
    )
    back.add_argument("--by", metavar="ROLE", required=True, help="who reviewed: a role, no name")
    back.add_argument(
        "--date",
        type=datetime.date.fromisoformat,
        metavar="YYYY-MM-DD",
        required=True,
        help="the day of the review",
    )
    back.set_defaults(run=_import)


def _layers(folder: Path | None) -> tuple[Layer, Layer]:
    """Return the shipped texts and the organisation's own, which may not be there yet."""
    own = read(folder) if folder is not None and folder.is_dir() else {}
    return shipped_texts()[0], own


def _texts(arguments: argparse.Namespace) -> Texts:
    if arguments.texts is not None and not arguments.texts.is_dir():
        raise BadReviewFile(f"{arguments.texts} is no folder of texts")
    safety = shipped_texts()[1]
    return Texts(*_layers(arguments.texts), safety=safety, on_fault=lambda _: None)


def _status(arguments: argparse.Namespace) -> int:
    print(table(_texts(arguments)))
    return 0


def _check(arguments: argparse.Namespace) -> int:
    findings = check(_texts(arguments))
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings" if findings else "Nothing is wrong with the texts.")
    return 1 if findings else 0


def _export(arguments: argparse.Namespace) -> int:
    content = export(_texts(arguments), arguments.language)
    # The mark at the start tells spreadsheets that this is UTF-8.
    arguments.file.write_text(content, encoding="utf-8-sig", newline="")
    print(f"{arguments.file} is written. Set the status of each row you have read to “reviewed”.")
    return 0


def _import(arguments: argparse.Namespace) -> int:
    below, own = _layers(arguments.texts)
    taken = take(
        _read(arguments.file), layers=[below], own=own, by=arguments.by, date=arguments.date
    )
    # status.toml sorts last: a text without its record is a draft, never the other way round.
    for name, content in sorted(taken.files.items()):
        _write(arguments.texts / name, content)
    print(
        f"{taken.language}: {taken.reviewed} reviewed, {taken.drafts} changed drafts, "
        f"{taken.untouched} rows left as they were."
    )
    return 0


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadReviewFile(f"there is no {file}") from None
    except UnicodeDecodeError:
        raise BadReviewFile(f"{file} is not UTF-8: save it as “CSV UTF-8”") from None


def _write(file: Path, content: str) -> None:
    """Write a file whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(file.name + ".new")
    new.write_text(content, encoding="utf-8")
    new.replace(file)
