"""What can be wrong with the line's standing at Telegram: codes, told by `bot.channels.troubles`.

A conflict counts as over only after some quiet: two pollers take turns.
"""

from bot.channels import troubles
from bot.channels.troubles import Note as Tell
from bot.ports import Ticks

__all__ = ["AGAIN", "CALM", "CONFLICT", "TOKEN", "Tell", "Troubles"]

TOKEN = "telegram-token"  # noqa: S105 - a code: Telegram does not know the token
CONFLICT = "telegram-conflict"  # somebody else asks for this bot's updates
#: Seconds without a trouble after which it is over.
CALM = {TOKEN: 0.0, CONFLICT: 300.0}
#: Seconds between two tellings of the same trouble.
AGAIN = troubles.AGAIN


class Troubles(troubles.Troubles):
    """Telegram's troubles that stand, and those that an earlier run may have left."""

    def __init__(self, *, trouble: Tell, settled: Tell, ticks: Ticks) -> None:
        """Take two ways to tell a code (it is there, it is over) and a clock of seconds."""
        super().__init__(CALM, trouble=trouble, settled=settled, ticks=ticks)
