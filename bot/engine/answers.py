"""What a person's words mean: choices by number or label, numbers, coarse dates, commands.

Pure. Whatever cannot be read is a `Miss` with the id of the text that says why. The words
themselves are never changed for keeping, only for comparing.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.engine.events import Shape, Value
from bot.engine.model import RESERVED, Choice, Command, Form, Question

#: The longest text taken as one message (facts: RapidPro and Signal both cut far below).
MOST_CHARACTERS = 8_000
#: Runs of this many digits may be a document or a phone number (passports have 8 or 9).
ID_DIGITS = 8
#: Letters of a word that may be a slip or a greeting; Chinese and Japanese ones count twice.
A_WORD = 12
#: EDTF level 0 years that a report can be about.
YEARS = range(1900, 2101)
_SEPARATORS = re.compile(r"[,،、;；\n/+&]+")
_EDGES = " \t\r\n.,،。、;；:：!！?？؟()（）[]«»「」『』\"“”'‘’…"  # noqa: RUF001 - punctuation of many scripts
#: Farsi and Arabic yeh and Uyghur i; kaf; the forms of heh and Uyghur e: equal in comparing only.
_KEYBOARDS = str.maketrans(
    {
        "\u06cc": "\u0649",
        "\u064a": "\u0649",
        "\u06a9": "\u0643",
        "\u0647": "\u06be",
        "\u06d5": "\u06be",
    }
)
_DATE_MARKS = re.compile(r"[-/.\s年月日년월일]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Miss:
    """The words could not be taken as an answer; `reason` is a text id."""

    reason: str


def normalise(text: str) -> str:
    """Return text as it is compared: NFKC, case-folded, without format characters.

    Letters that Arabic and Persian keyboards have in the place of Uyghur ones count as these.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_KEYBOARDS)
    plain = "".join(c for c in folded if unicodedata.category(c) != "Cf")
    return " ".join(plain.split()).strip(_EDGES)


def digits(text: str) -> str:
    """Return text with the decimal digits of every script written as ASCII."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(c)) if unicodedata.category(c) == "Nd" else c for c in text
    )


def command(form: Form, text: str) -> tuple[Command, bool] | None:
    """Return the command that the whole message is, and whether it was written with a slash."""
    slash = text.lstrip().startswith(("/", "\uff0f"))
    word = normalise(text.strip().lstrip("/\uff0f").split("@", 1)[0] if slash else text)
    if slash:
        word = word.replace("_", " ")
    found = form.commands.get(word)
    return None if found is None else (found, slash)


def tongue(form: Form, text: str) -> str:
    """Return the language of a command that was written in words, "" when that is no hint."""
    return (
        "" if text.lstrip().startswith(("/", "\uff0f")) else form.tongues.get(normalise(text), "")
    )


def thanks(form: Form, text: str) -> str | None:
    """Return the language in which the whole message is thanks, "" for several; None: it is not."""
    return form.thanks.get(normalise(text))


def language(form: Form, text: str) -> str | None:
    """Return the offered language named by its own name, tag or number in the menu."""
    word = normalise(text)
    if word in form.autonyms:
        return form.autonyms[word]
    number = _number(word)
    if number is not None and 1 <= number <= len(form.languages):
        return form.languages[number - 1]
    return None


def read(form: Form, question: Question, offered: Sequence[Choice], text: str) -> Value | Miss:
    """Return the value that `text` gives to `question`, whose choices now are `offered`."""
    if not text.strip():
        return Miss(reason="wrong-empty")
    return _READERS[question.kind](form, question, offered, text)


def looks_like_id(text: str) -> bool:
    """Say whether a run of digits in the text is as long as a document or phone number."""
    run = 0
    for c in digits(text):
        if c.isdecimal():
            run += 1
            if run >= ID_DIGITS:
                return True
        elif c not in " -.()":
            run = 0
    return False


def is_more(text: str) -> bool:
    """Say whether somebody tells something: it is longer than what one word would be."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text.strip()) + wide > A_WORD


def _one(form: Form, question: Question, offered: Sequence[Choice], text: str) -> Value | Miss:
    code = _code(form.words.get(question.list_name, {}), offered, text) or _yes_or_no(
        form, offered, text
    )
    if code is None:
        return Miss(reason="wrong-choice")
    return Value(shape=Shape.CODES, items=(code,))


def _many(form: Form, question: Question, offered: Sequence[Choice], text: str) -> Value | Miss:
    words = form.words.get(question.list_name, {})
    whole = _code(words, offered, text)
    if whole is not None:
        return Value(shape=Shape.CODES, items=(whole,))
    codes: list[str] = []
    for part in _parts(text):
        code = _code(words, offered, part)
        if code is None:
            return Miss(reason="wrong-many")
        if code not in codes:
            codes.append(code)
    return Value(shape=Shape.CODES, items=exclusive(codes)) if codes else Miss(reason="wrong-many")


def exclusive(codes: Sequence[str]) -> tuple[str, ...]:
    """Return the codes, where "I don't know" beside a real answer no longer counts."""
    real = tuple(c for c in codes if c not in RESERVED)
    return real or tuple(codes[-1:])


def _country(form: Form, question: Question, offered: Sequence[Choice], text: str) -> Value | Miss:
    words = form.words.get(question.list_name, {})
    code = _code(words, offered, text)
    if code is None:
        start = normalise(text)
        here = {c.code for c in offered}
        near = {c for w, c in words.items() if c in here and len(start) > 2 and w.startswith(start)}  # noqa: PLR2004 - a prefix shorter than three letters is a guess
        code = near.pop() if len(near) == 1 else None
    if code is None:
        return Miss(reason="wrong-country")
    return Value(shape=Shape.CODES, items=(code,))


def _integer(_f: Form, _q: Question, _o: Sequence[Choice], text: str) -> Value | Miss:
    word = digits(normalise(text))
    if not re.fullmatch(r"[-+]?\d{1,12}", word):
        return Miss(reason="wrong-number")
    return Value(shape=Shape.NUMBER, items=(str(int(word)),))


def _when(form: Form, _q: Question, _o: Sequence[Choice], text: str) -> Value | Miss:
    numbers = _date_numbers(form.months, text)
    value = None if numbers is None else _edtf(numbers)
    if value is None:
        return Miss(reason="wrong-date")
    return Value(shape=Shape.DATE, items=(value,))


def _date_numbers(months: Mapping[str, int], text: str) -> list[int] | None:
    word = digits(normalise(text))
    found: list[int] = []
    for part in (p for p in _DATE_MARKS.split(word) if p):
        if part.isdecimal():
            found.append(int(part[:6]))
        elif part in months:
            found.append(-months[part])  # a month by its name, wherever it stands
        else:
            return None
    return found


def _edtf(numbers: list[int]) -> str | None:
    """Return YYYY, YYYY-MM or YYYY-MM-DD; the year is the number that can be one."""
    years = [n for n in numbers if n in YEARS]
    rest = [n for n in numbers if n not in YEARS]
    if len(years) != 1 or len(rest) > 2:  # noqa: PLR2004 - a month and a day
        return None
    named = [-n for n in rest if n < 0]
    plain = [n for n in rest if n >= 0]
    if numbers[0] != years[0] and len(plain) == 2:  # noqa: PLR2004 - day before month is a guess
        return None
    ordered = named + plain
    if not all(1 <= n <= last for n, last in zip(ordered, (12, 31), strict=False)):
        return None
    return "-".join([str(years[0]), *(f"{n:02d}" for n in ordered)])


def _acknowledge(form: Form, _q: Question, _o: Sequence[Choice], text: str) -> Value | Miss:
    word = normalise(text)
    if _number(word) == 1 or form.commands.get(word) in {Command.YES, Command.DONE}:
        return Value(shape=Shape.CODES, items=("OK",))
    return Miss(reason="wrong-choice")


def _words(_f: Form, _q: Question, _o: Sequence[Choice], text: str) -> Value | Miss:
    if len(text) > MOST_CHARACTERS:
        return Miss(reason="too-long")
    return Value(shape=Shape.WORDS, items=(text,))


def _code(words: Mapping[str, str], offered: Sequence[Choice], text: str) -> str | None:
    word = normalise(text)
    number = _number(word)
    if number is not None:
        return offered[number - 1].code if 1 <= number <= len(offered) else None
    code = words.get(word)
    return code if any(c.code == code for c in offered) else None


def _yes_or_no(form: Form, offered: Sequence[Choice], text: str) -> str | None:
    """Return the choice `yes` or `no` for any word that means so, where there is one."""
    found = form.commands.get(normalise(text))
    code = {Command.YES: "yes", Command.NO: "no"}.get(found) if found else None
    return code if any(c.code == code for c in offered) else None


def _number(word: str) -> int | None:
    plain = digits(word)
    return int(plain) if plain.isdecimal() and len(plain) <= 3 else None  # noqa: PLR2004 - no list has 1,000 choices


def _parts(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text)  # the full-width comma becomes a comma
    parts = [p for p in _SEPARATORS.split(folded) if p.strip()]
    return [
        piece
        for part in parts
        for piece in (part.split() if digits(part).replace(" ", "").isdecimal() else [part])
    ]


_READERS = {
    "text": _words,
    "one": _one,
    "many": _many,
    "integer": _integer,
    "when": _when,
    "country": _country,
    "acknowledge": _acknowledge,
    "again": _one,
    "file": _words,
    "voice": _words,
}
