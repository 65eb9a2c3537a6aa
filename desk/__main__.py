"""The command line `quietline-desk`: parse, run, and say in one line what is wrong.

Rules of this file: commands register themselves (`register(commands)`, each setting `run`), and
only the file of the word that was typed is loaded. The clock is read here and nowhere else at the
desk. Exit codes: 0 done, 1 refused or wrong, 2 written wrongly, 130 interrupted.
"""

import argparse
import difflib
import gc
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NoReturn

from desk import saving, vault
from desk.errors import DeskError, RefusedFiles
from desk.options import Commands
from desk.safe_text import safe_line
from desk.terminal import Keyboard, Terminal
from storage.errors import StorageError

INTERRUPTED = 130
WRITTEN_WRONGLY = 2
#: How argparse says that a command is none: which, and all that there are.
MISTYPED = re.compile(
    r"^argument \w*(?:COMMAND|command)\w*: invalid choice: '(.*)' \(choose from (.*)\)$"
)
QUOTED = re.compile(r"[a-z][a-z-]*")
ONLINE = frozenset({"sync"})  # commands that connect
VAULT = "--vault"  # the one option that may stand before the word


def _now() -> datetime:
    return datetime.now(UTC)


def _serve(args: argparse.Namespace) -> int:
    """Serve the page; its libraries are loaded for nothing else."""
    from desk.web import serving

    return serving.run(args, _now)


class Parser(argparse.ArgumentParser):
    """Of a mistyped command it says the nearest one and where help is, not all there are."""

    def error(self, message: str) -> NoReturn:
        """Say in one line what is written wrongly, and end."""
        found = MISTYPED.search(message)
        if found is None:
            super().error(message)
        near = difflib.get_close_matches(found[1], QUOTED.findall(found[2]), n=1)
        nearest = f": did you mean `{self.prog} {near[0]}`?" if near else "."
        typed = safe_line(found[1])
        self.exit(
            WRITTEN_WRONGLY,
            f'quietline-desk: There is no command "{typed}"{nearest} `{self.prog} -h` shows all.\n',
        )


# --- what each word loads ----------------------------------------------------------------------


def _org(commands: Commands) -> None:
    from desk import org

    org.register(commands)


def _joining(commands: Commands) -> None:
    from desk import joining

    joining.register(commands)


def _custody(commands: Commands) -> None:
    from desk import custody

    custody.register(commands)


def _reading(commands: Commands) -> None:
    from desk import reading
    from desk.form_labels import FormLabels

    reading.register(commands, labels=FormLabels)


def _filing(commands: Commands) -> None:
    from desk import filing
    from desk.form_labels import FormLabels

    filing.register(commands, labels=FormLabels)


def _formbook(commands: Commands) -> None:
    from desk import formbook
    from desk.form_labels import FormLabels

    formbook.register(commands, labels=FormLabels)


def _doing(commands: Commands) -> None:
    from desk import doing
    from desk.form_labels import FormLabels

    doing.register(commands, labels=FormLabels)


def _talking(commands: Commands) -> None:
    from desk import talking

    talking.register(commands)


def _counting(commands: Commands) -> None:
    from desk import counting
    from desk.form_labels import FormLabels, form_lists

    counting.register(commands, labels=FormLabels, lists=form_lists)


def _exporting(commands: Commands) -> None:
    from desk import exporting
    from desk.form_labels import FormLabels, form_lists

    exporting.register(commands, labels=FormLabels, lists=form_lists)


def _exchanging(commands: Commands) -> None:
    from desk import exchanging
    from desk.form_labels import FormLabels

    exchanging.register(commands, labels=FormLabels, clock=_now)


def _page(commands: Commands) -> None:
    from desk.form_labels import FormLabels
    from desk.web import command

    command.register(commands, labels=FormLabels, run=_serve)


#: Each first word, in the order of the help, and what registers it.
WORDS: Mapping[str, Callable[[Commands], None]] = {
    "org": _org,
    **dict.fromkeys(("join", "fingerprint"), _joining),
    "keys": _custody,
    **dict.fromkeys(("open", "list", "show", "verify"), _reading),
    "files": _filing,
    "forms": _formbook,
    **dict.fromkeys(("note", "remind", "outside", "state", "assign", "tag"), _doing),
    **dict.fromkeys(("urgency", "assess", "reply", "delete", "hold", "keep-until"), _doing),
    "interview": _talking,
    "stats": _counting,
    "export": _exporting,
    **dict.fromkeys(("sync", "packets"), _exchanging),
    "serve": _page,
}


def parser(word: str = "") -> argparse.ArgumentParser:
    """Return the parser with what the file of a word registers; for others, with every command."""
    top = Parser(
        prog="quietline-desk", description="The staff's side of a Quietline: keys, cases, answers."
    )
    top.add_argument(
        VAULT,
        action="store_true",
        help="this desk is on a computer that is never online: mark it so, for good",
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for register in [WORDS[word]] if word in WORDS else dict.fromkeys(WORDS.values()):
        register(commands)
    return top


def main(
    argv: Sequence[str] | None = None,
    *,
    terminal: Terminal | None = None,
    clock: Callable[[], datetime] = _now,
) -> int:
    """Run one command and return its exit code."""
    args = _read(sys.argv[1:] if argv is None else argv)
    args.terminal = terminal or Keyboard()
    args.now = clock()
    if day := getattr(args, "today", None):
        args.now = datetime.combine(day, args.now.timetz())
    args.today = args.now.date()
    try:
        _shut(args)
        saving.sweep_desk(args.desk, datetime.now(UTC).timestamp())
        code: int = args.run(args)
    except RefusedFiles as error:
        return _refuse(*map(str, error.args))
    except (DeskError, StorageError) as error:
        return _refuse(str(error))
    except UnicodeDecodeError:
        return _refuse("a file that was given is not UTF-8 text.")
    except OSError as error:
        where = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        return _refuse(f"{safe_line(where)}.")
    except KeyboardInterrupt:
        _refuse("Interrupted: nothing more was done.")
        return INTERRUPTED
    return code


def _read(words: Sequence[str]) -> argparse.Namespace:
    """Read the words that were typed; no garbage is looked for in what is loaded for them."""
    typed = next((word for word in words if word != VAULT), "")
    sweeps = gc.isenabled()
    gc.disable()
    try:
        return parser(typed).parse_args(words)
    finally:
        if sweeps:
            gc.enable()


def _shut(args: argparse.Namespace) -> None:
    """Mark a vault where that is wanted; where one is, no connection is opened from here on."""
    if args.vault:
        vault.mark(args.desk)
    if args.command in ONLINE:
        vault.refuse(args.desk)
    if vault.is_marked(args.desk):
        vault.shut()


def _refuse(*sentences: str) -> int:
    for sentence in sentences:
        print(f"quietline-desk: {sentence}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
