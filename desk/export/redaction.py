"""Redaction: an extract without what names a person, or without what describes them as well.

Rules of this file: pure, and by rule alone (docs/desk-exports.md tells them). What is left out is
left out without a trace, so that nothing shows *that* it was there: who did under pressure what was
asked (R22) must look like who never answered. Both levels leave out files, whatever is sealed to a
compartment of its own, and how a person is reached. `contextual` keeps only codes that it knows to
be safe, so that a question of an own form stays out until somebody decided about it.

Source: domain requirements R19 (two levels, a pseudonym), R20, R22, R24
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace

from desk.casefile import Casefile
from desk.export.cautions import cautions
from desk.export.extract import NOT_HANDLED, Extract, Handled, Redaction, Reply, extract
from desk.export.masking import ENOUGH, NUMBER, masked
from desk.labels import Labels
from storage.entry import Codes, Number, Words
from storage.line import GENERAL

#: What a person did when asked to do something: never told outside. By code, in any form.
UNDER_PRESSURE = "RS-"
#: Questions of the shipped form about reaching the person: when, by whom, phrase, duress word.
REACHING = frozenset({"F2", "F2S", "F3", "F3B"})
#: Questions of the shipped form whose codes neither date nor place nor describe a person.
SAFE: Mapping[str, frozenset[str]] = {"intake-1": frozenset({"A2", "G1", "G2", "G2D", "H1"})}
PSEUDONYM = b"quietline pseudonym"
YEAR = 4


def take_out(
    casefile: Casefile,
    labels: Labels,
    *,
    chain: bytes,
    redaction: Redaction,
    handled: Handled = NOT_HANDLED,
) -> Extract:
    """Return the extract of a case at this level, with its cautions."""
    whole = extract(casefile, labels, chain=chain, handled=handled)
    match redaction:
        case Redaction.NONE:
            told = whole
        case Redaction.DIRECT:
            told = _direct(whole, casefile)
        case Redaction.CONTEXTUAL:
            told = _contextual(_direct(whole, casefile))
    told = replace(told, redaction=redaction)
    return replace(told, cautions=cautions(told))


def pseudonym(case: bytes) -> str:
    """Return the name of a case in redacted exports: always the same, and leading nowhere.

    A case id is 128 random bits, so only who holds it finds the name, and nobody goes back.
    """
    digest = base64.b32encode(hashlib.sha256(PSEUDONYM + case).digest()).decode()
    return f"P-{digest[:4]}-{digest[4:8]}-{digest[8:12]}"


# --- without what names ------------------------------------------------------------------------


def _direct(whole: Extract, casefile: Casefile) -> Extract:
    return replace(
        whole,
        number=pseudonym(casefile.case),
        case="",
        chain="",
        entries=0,
        answers=tuple(_shown(whole.answers)),
        added=tuple(_shown(whole.added)),
        files={},
        link="",
        calculated={},
        return_address=False,
        closed={},
        unknown=0,
        handled=NOT_HANDLED,  # it names staff, and what they write can name anybody
    )


def _shown(replies: tuple[Reply, ...]) -> Iterator[Reply]:
    for reply in replies:
        if not _stays_inside(reply):
            shown = _unnamed(reply)
            if shown.value is not None:
                yield shown


def _stays_inside(reply: Reply) -> bool:
    """Tell whether an answer leaves in no redacted export."""
    codes = reply.value.codes if isinstance(reply.value, Codes) else ()
    return (
        reply.question in REACHING
        or reply.compartments != {GENERAL}
        or any(code.startswith(UNDER_PRESSURE) for code in codes)
    )


def _unnamed(reply: Reply) -> Reply:
    match reply.value:
        case Words():
            messages = tuple(map(masked, reply.messages))
            words = Words(words="\n".join(messages))
            return replace(reply, value=words, messages=messages, files=())
        case Number(number=number) if len(str(abs(number))) >= ENOUGH:
            return replace(reply, value=Words(words=NUMBER), messages=(NUMBER,), files=())
        case _:
            return replace(reply, files=())


# --- without what describes --------------------------------------------------------------------


def _contextual(named: Extract) -> Extract:
    safe = SAFE.get(named.form.id, frozenset[str]())
    return replace(
        named,
        language="",
        day=named.day[:YEAR],
        answers=tuple(_undated(one) for one in named.answers if _is_safe(one, safe)),
        added=(),
    )


def _is_safe(reply: Reply, safe: frozenset[str]) -> bool:
    return reply.question in safe and isinstance(reply.value, Codes)


def _undated(reply: Reply) -> Reply:
    return replace(reply, language="", day=reply.day[:YEAR], later=None)
