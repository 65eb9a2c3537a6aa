"""A bare python-telegram-bot application, as its own examples begin: it answers each message.

`python -m tests.bench.bare SERVER TOKEN`; ends on SIGTERM. It keeps nothing and seals nothing.
"""

import sys

from telegram import Update
from telegram.ext import ApplicationBuilder, ContextTypes, MessageHandler, filters

#: About as long as a question of the shipped form with its choices.
QUESTION = "When did it happen, or when did it begin? You can give a year or a month, or skip this."


async def _answer(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    if update.message is not None:
        await update.message.reply_text(QUESTION)


def main(server: str, token: str) -> None:
    """Answer until stopped."""
    app = ApplicationBuilder().token(token).base_url(f"{server}/bot").build()
    app.add_handler(MessageHandler(filters.TEXT, _answer))
    app.run_polling()


if __name__ == "__main__":
    main(*sys.argv[1:])
