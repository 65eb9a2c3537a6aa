"""A form's own words as the catalogues know them: by language and text id.

`q-NAME`, `q-NAME-hint`, `q-NAME-why`, `q-NAME-error` and `c-LIST-CODE`. A cell is a Fluent pattern:
plain words, and `{ $org }` where the line puts a value.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from bot.forms.outline import Outline, outline
from bot.forms.report import Report
from bot.forms.sheets import FormSource
from bot.texts.library import Layer
from bot.texts.messages import Message, entry_text, parse

_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
#: What a line of a Fluent text may not begin with.
_SPECIAL = ("[", "*", ".")
_BRACES = "braces { } hold a value of the line, such as { $org }; this cannot be read"


def labels(source: FormSource) -> dict[str, dict[str, str]]:
    """Return all words of the form: language, then id, then the cell's text."""
    return labels_of(outline(source, Report()))


def labels_of(form: Outline) -> dict[str, dict[str, str]]:
    """Return all words of a form that is already taken apart."""
    return {
        tag: {id_: text.words for id_, text in found.items()} for tag, found in form.texts.items()
    }


def english(source: FormSource) -> dict[str, str]:
    """Return the form's English words by id."""
    return labels(source).get("en", {})


def layer(labels: Mapping[str, Mapping[str, str]], form_id: str) -> Layer:
    """Return words as a layer of texts that `bot.texts.Texts` lays over the shipped ones.

    What is no Fluent is left out: `lint` tells the author of it, and the form is refused.
    """
    return {
        tag: {
            f"{form_id}.ftl": "".join(
                _entry(id_, words)
                for id_, words in found.items()
                if _ID.fullmatch(id_) and not as_message(tag, words)[1]
            )
        }
        for tag, found in labels.items()
    }


@lru_cache(maxsize=2048)  # asked twice of every cell: by `lint`, and here
def as_message(tag: str, words: str) -> tuple[Message | None, str]:
    """Return a cell's words as a message, and what is wrong with them, "" when nothing is."""
    messages, findings = parse(tag, {"form.ftl": _entry("words", words)})
    message = messages.get("words")
    return message, _BRACES if message is None or findings or len(messages) > 1 else ""


def _entry(id_: str, words: str) -> str:
    """Write a cell as a Fluent entry; a later line that begins like Fluent is quoted."""
    first, *rest = (line.strip() for line in words.strip().splitlines() or [""])
    quoted = [f'{{"{line[0]}"}}{line[1:]}' if line.startswith(_SPECIAL) else line for line in rest]
    return entry_text(id_, "\n".join([first, *quoted]))
