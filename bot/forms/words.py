"""The words a person may type, turned into what they mean, for every offered language at once.

Labels, codes and aliases give codes; command words give commands; names of languages and months
give those. A word that would mean two things is left out: nobody's answer is guessed.
"""

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

from babel import Locale, UnknownLocaleError

from bot.engine.answers import normalise
from bot.engine.model import Command
from bot.forms import vocabulary as v
from bot.forms.outline import Outline
from bot.texts import Texts
from bot.texts.languages import LANGUAGES
from bot.texts.messages import words_of

_T = TypeVar("_T")
_SEPARATOR = "|"
#: CLDR gives `M01` or bare numbers where a language has no names for its months.
_NO_MONTH = re.compile(r"m?\d{1,2}")

#: Buttons of a command that has several; what stands on one may be written as well.
_BUTTONS = {Command.SKIP: ("button-skip", "button-keep")}


def lists(form: Outline, texts: Texts, languages: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return for each list what its words mean; "add another?" takes the words for yes and no."""
    found: dict[str, dict[str, str]] = {}
    for name, rows in form.lists.items():
        pairs = [(row.get("name"), row.get("name")) for row in rows]
        for row in rows:
            code = row.get("name")
            id_ = f"c-{name}-{code}"
            for tag in languages:
                own = form.texts.get(tag, {}).get(id_)
                said = [own.words] if own else [_whole(texts, tag, id_)]
                pairs += [(word, code) for word in (*said, *_several(texts, tag, f"{id_}-words"))]
        found[name] = _unambiguous(pairs)
    answers = ((Command.YES, "yes"), (Command.NO, "no"))
    found[v.AGAIN_LIST] = _unambiguous(
        (word, code)
        for command, code in answers
        for word in (code, *_command_words(texts, command, languages))
    )
    return found


def commands(texts: Texts, languages: Sequence[str]) -> dict[str, Command]:
    """Return what the command words of the languages mean; the English names always hold."""
    pairs = [
        (word, command) for command in Command for word in _command_words(texts, command, languages)
    ]
    return _unambiguous(pairs) | {command.value: command for command in Command}


def tongues(texts: Texts, languages: Sequence[str]) -> dict[str, str]:
    """Return the language of each command word that only one of the languages has."""
    return _unambiguous(
        (word, tag)
        for tag in languages
        for command in Command
        for word in _words_in(texts, command, tag)
    )


def thanks(texts: Texts, languages: Sequence[str]) -> dict[str, str]:
    """Return the words of thanks with their language, "" for what several have."""
    pairs = [(word, tag) for tag in languages for word in _several(texts, tag, "word-thanks")]
    known = {normalise(word): "" for word, _ in pairs} | _unambiguous(pairs)
    return {word: tag for word, tag in known.items() if word}


def autonyms(languages: Iterable[str]) -> dict[str, str]:
    """Return the offered languages by their own names and by their tags."""
    pairs = [(tag, tag) for tag in languages]
    pairs += [(LANGUAGES[tag].autonym, tag) for tag in languages if tag in LANGUAGES]
    return _unambiguous(pairs)


def months(languages: Iterable[str]) -> dict[str, int]:
    """Return the months by their names, long and short, as CLDR has them."""
    pairs: list[tuple[str, int]] = []
    for tag in languages:
        try:
            names = Locale.parse(tag, sep="-").months
        except (ValueError, UnknownLocaleError):
            continue
        for place in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                pairs += [(str(word), month) for month, word in names[place][width].items()]
    return {
        word: month for word, month in _unambiguous(pairs).items() if not _NO_MONTH.fullmatch(word)
    }


def _command_words(texts: Texts, command: Command, languages: Sequence[str]) -> list[str]:
    tags = dict.fromkeys((*languages, "en"))
    return [word for tag in tags for word in _words_in(texts, command, tag)]


def _words_in(texts: Texts, command: Command, tag: str) -> list[str]:
    buttons = _BUTTONS.get(command, (f"button-{command}",))
    said = _several(texts, tag, f"word-{command}")
    return [*said, *(_whole(texts, tag, button) for button in buttons)]


def _whole(texts: Texts, tag: str, id_: str) -> str:
    """Return a message without values as its words, "" when there is none."""
    message = texts.catalogue(tag).messages.get(id_) if tag in texts.tags else None
    if message is None or message.variables:
        return ""
    return "".join(words_of(message.pattern))


def _several(texts: Texts, tag: str, id_: str) -> list[str]:
    return _whole(texts, tag, id_).split(_SEPARATOR)


def _unambiguous(pairs: Iterable[tuple[str, _T]]) -> dict[str, _T]:
    """Return what each word means, without those that mean two things."""
    meanings: dict[str, set[_T]] = {}
    for word, meaning in pairs:
        meanings.setdefault(normalise(word), set()).add(meaning)
    return {word: found.pop() for word, found in meanings.items() if word and len(found) == 1}
