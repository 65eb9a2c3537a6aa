"""The command line `quietline`: parse, run, and end with one clear line when something is wrong.

Commands register themselves and set `run`; only the file of the word that was typed is loaded. The
clock is read here and handed on. Exit codes: 0 done, 1 refused or wrong, 2 written wrongly, 130
interrupted.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from importlib import import_module

from bot.errors import BotError
from storage.errors import StorageError

#: Each first word, in the order of the help, and the file in `bot/commands` that registers it.
WORDS = {
    "demo": "demo",
    "settings": "first",
    "init": "first",
    "line": "first",
    "run": "running",
    "check": "running",
    "signal": "signal",
    "digest": "server",
    "bundle": "server",
    "packets": "server",
    "retention": "server",
    "forms": "forms",
    "texts": "texts",
}
INTERRUPTED = 130


def parser(word: str = "") -> argparse.ArgumentParser:
    """Return the parser with what the file of a word registers; for others, with every command."""
    top = argparse.ArgumentParser(
        prog="quietline", description="A reporting line in the chat apps people already use."
    )
    top.add_argument("--today", type=date.fromisoformat, help=argparse.SUPPRESS)
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for file in [WORDS[word]] if word in WORDS else dict.fromkeys(WORDS.values()):
        import_module(f"bot.commands.{file}").register(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = sys.argv[1:] if argv is None else argv
    arguments = parser(*words[:1]).parse_args(words)
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
