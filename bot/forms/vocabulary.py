"""The words of an XLSForm that the line understands: sheets, columns, types, limits.

Tables only. What is not listed here is a finding; what is listed under `NOT_TAKEN` is XLSForm
but not ours, and says why. XLSForm reference: xlsform.org; pyxform 4.5 `aliases.py`.
"""

import difflib
import itertools
import re
from collections.abc import Iterable, Mapping

from bot.engine.model import ADDED, Kind

SURVEY, CHOICES, SETTINGS, TRIAGE = "survey", "choices", "settings", "triage"
SHEETS = (SURVEY, CHOICES, SETTINGS, TRIAGE)

#: Columns whose cells are words for people; each may carry a language: `label::Français (fr)`.
TEXTS: Mapping[str, Mapping[str, str]] = {
    SURVEY: {"label": "", "hint": "-hint", "guidance_hint": "-why", "constraint_message": "-error"},
    CHOICES: {"label": ""},
    SETTINGS: {},
    TRIAGE: {},
}
#: Columns of the survey sheet that hold an expression.
EXPRESSIONS = ("relevant", "constraint", "choice_filter", "calculation")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    SURVEY: (
        "type",
        "name",
        *TEXTS[SURVEY],
        "required",
        "appearance",
        *EXPRESSIONS,
        "bot::compartment",
        "bot::digest",
        "bot::alert",
        "bot::sensitive",
        "bot::consent",
        "bot::end",
        "bot::lines",
    ),
    CHOICES: ("list_name", "name", *TEXTS[CHOICES]),
    SETTINGS: (
        "form_id",
        "form_title",
        "version",
        "default_language",
        "bot::enough",
        "bot::contact",
    ),
    TRIAGE: ("level", "when"),
}
#: Columns without which a sheet cannot be read.
NEEDED: Mapping[str, tuple[str, ...]] = {
    SURVEY: ("type", "name"),
    CHOICES: ("list_name", "name"),
    SETTINGS: ("form_id", "version"),
    TRIAGE: ("level", "when"),
}
#: XLSForm columns that we do not take, and what to do instead.
NOT_TAKEN: Mapping[str, str] = {
    "default": "nobody's answer is filled in beforehand",
    "parameters": "no parameter changes how the line asks",
    "read_only": "use a note",
    "readonly": "use a note",
    "repeat_count": "after each round the line asks whether to add another",
    "required_message": "the line has its own words for an answer it needs",
    "choice_label": "use the label column of the choices sheet",
    "trigger": "a calculation is always up to date",
    "list name": "write list_name",
    "relevance": "write relevant",
    "calculate": "write calculation",
    "caption": "write label",
    "value": "write name",
    "image": "the line sends no media with a question yet",
    "audio": "the line sends no media with a question yet",
    "video": "the line sends no media with a question yet",
    "media": "the line sends no media with a question yet",
    "public_key": "answers are sealed to the line's own reading keys",
    "submission_url": "a form is sent nowhere but to the line",
    "instance_name": "a case has a random number instead",
    "style": "it changes nothing in a chat",
    "allow_choice_duplicates": "a code may stand only once in its list",
    "bind": "the line reads no bind columns",
    "body": "the line reads no body columns",
    "control": "the line reads no control columns",
}

KINDS: Mapping[str, Kind] = {
    "note": Kind.NOTE,
    "text": Kind.TEXT,
    "select_one": Kind.ONE,
    "select_multiple": Kind.MANY,
    "integer": Kind.INTEGER,
    "date": Kind.WHEN,
    "acknowledge": Kind.ACKNOWLEDGE,
    "image": Kind.FILE,
    "video": Kind.FILE,
    "audio": Kind.FILE,
    "file": Kind.FILE,
    "calculate": Kind.CALCULATE,
}
STRUCTURE = ("begin_group", "end_group", "begin_repeat", "end_repeat")
#: Other spellings that XLSForm allows.
TYPE_ALIASES: Mapping[str, str] = {
    "select_one_from": "select_one",
    "select1": "select_one",
    "select_all_that_apply": "select_multiple",
    "select_all_that_apply_from": "select_multiple",
    "select_multiple_from": "select_multiple",
    "photo": "image",
    "int": "integer",
    "string": "text",
    "trigger": "acknowledge",
}
TYPES = (*KINDS, *STRUCTURE)
#: XLSForm types that we do not take, and why.
TYPES_NOT_TAKEN: Mapping[str, str] = {
    **dict.fromkeys(
        ("start", "end", "today", "datetime", "time", "background-audio", "audit"),
        "the line keeps nothing finer than a day, and records nothing unasked",
    ),
    **dict.fromkeys(
        ("deviceid", "subscriberid", "simserial", "phonenumber", "username", "email", "imei"),
        "the line never asks who or what device it is",
    ),
    **dict.fromkeys(
        ("geopoint", "geotrace", "geoshape", "start-geopoint", "background-geopoint", "location"),
        "the line never asks for a place on a map; ask for a country or a region",
    ),
    **dict.fromkeys(
        ("decimal", "range", "percentage"), "use integer, or select_one with a few ranges"
    ),
    "rank": "use select_multiple, or one select_one after another",
    "barcode": "use text",
    "select_one_from_file": "put the choices on the choices sheet",
    "select_multiple_from_file": "put the choices on the choices sheet",
    "select_one_external": "put the choices on the choices sheet",
    "csv-external": "put the choices on the choices sheet",
    "xml-external": "put the choices on the choices sheet",
    "hidden": "use calculate",
}
#: Appearances that mean something to us, and the kinds they are for.
APPEARANCES: Mapping[str, frozenset[Kind]] = {
    "multiline": frozenset({Kind.TEXT, Kind.FILE, Kind.VOICE}),
    "voice": frozenset({Kind.FILE}),
    "year": frozenset({Kind.WHEN}),
    "month-year": frozenset({Kind.WHEN}),
    "autocomplete": frozenset({Kind.ONE, Kind.MANY, Kind.COUNTRY}),
    "minimal": frozenset({Kind.ONE, Kind.MANY, Kind.COUNTRY}),
    "quick": frozenset({Kind.ONE, Kind.COUNTRY}),
    "field-list": frozenset(),
}
#: What a text of the form may say of the line, as `{ $org }`.
VALUES = frozenset(
    {"org", "contact", "handles", "team", "hours", "retention", "lifetime", "largest"}
)
COUNTRY_LIST = "country"
#: Made by the compiler for "add another?".
AGAIN_LIST = "again"
LEVELS = ("U1", "U2", "U3", "U4")  # the triage levels, most urgent first
YES = frozenset({"yes", "true", "true()"})
NO = frozenset({"", "no", "false", "false()"})
CRISIS = "crisis"  # in bot::lines, for a note: only where somebody listens

#: Names become Fluent ids (`q-NAME`), XML tags and parts of a button's token.
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,31}")
CODE = re.compile(r"[A-Za-z0-9_-]{1,32}")
FORM_ID = re.compile(r"[a-z][a-z0-9_-]{0,31}")  # it names a file of texts
VERSION = re.compile(r"[0-9]{1,12}")
COMPARTMENT = re.compile(r"[a-z][a-z0-9-]{0,23}")
#: A name may not end like the id of another text of a question, nor be one that the line uses.
RESERVED_NAMES = frozenset({"language", ADDED})
RESERVED_ENDINGS = ("-hint", "-why", "-error", "-alert", "-console", "-signal", "-telegram")

# --- limits ------------------------------------------------------------------------------

MOST_BYTES = 5_000_000  # a form of 300 questions in ten languages has about 400 kB
MOST_UNPACKED = 50_000_000  # a workbook unpacks to about ten times its size
MOST_ROWS = 3_000
MOST_COLUMNS = 200
MOST_QUESTIONS = 300  # facts/conversation 6
MOST_OPTIONS = 50  # facts/conversation 3: more need a filter or typing
LABEL_CHARACTERS = 3_500  # facts/conversation 3: Telegram takes 4096 with what we add
LABEL_BYTES = 1_800  # facts/conversation 3: Signal turns 2000 bytes into an attachment
CHOICE_BYTES = 100  # facts/conversation 3: buttons
MOST_COMPARED = 400  # names a misspelt one is compared with
INDEX_BYTES = 512  # the fixed size of an index entry, which carries the digest's codes


def snake(heading: str) -> str:
    """Return a heading the way pyxform compares it: one underscore for spaces, lower case."""
    return "_".join(heading.split()).lower()


def nearest(word: str, options: Iterable[str]) -> str:
    """Return `; did you mean …?` for the option that is spelt nearest, or nothing."""
    some = list(itertools.islice(options, MOST_COMPARED))
    found = difflib.get_close_matches(word[:80], some, n=1, cutoff=0.6)
    return f"; did you mean {found[0]}?" if found else ""
