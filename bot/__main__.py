"""The command line `quietline`: parse, run, and end with one clear line when something is wrong.

Commands register themselves and set `run`; the clock is read here and handed on. Exit codes: 0
done, 1 refused or wrong, 2 written wrongly, 130 interrupted.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime

from bot.commands import demo, first, forms, running, server, signal, texts
from bot.errors import BotError
from storage.errors import StorageError

COMMANDS = (
    demo.register,
    first.register,
    running.register,
    signal.register,
    server.register,
    forms.register,
    texts.register,
)
INTERRUPTED = 130


def parser() -> argparse.ArgumentParser:
    """Return the parser with every command."""
    top = argparse.ArgumentParser(
        prog="quietline", description="A reporting line in the chat apps people already use."
    )
    top.add_argument("--today", type=date.fromisoformat, help=argparse.SUPPRESS)
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for register in COMMANDS:
        register(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = parser().parse_args(argv)
    arguments.now = datetime.now(UTC)
    arguments.today = arguments.today or arguments.now.date()
    try:
        code: int = arguments.run(arguments)
    except (BotError, StorageError) as error:
        print(f"quietline: {error}", file=sys.stderr)
        return 1
    except UnicodeDecodeError:
        print("quietline: a file that was given is not UTF-8 text.", file=sys.stderr)
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"quietline: {where}{error.strerror or error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, EOFError):  # Ctrl-C, or Ctrl-D at a question
        print("quietline: interrupted; what was kept is kept", file=sys.stderr)
        return INTERRUPTED
    return code


if __name__ == "__main__":
    sys.exit(main())
