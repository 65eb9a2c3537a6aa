"""Writing to the person: a draft that stays sealed, texts to begin from, a preview, then the reply.

Rules of this file: nothing goes without having been seen as the person will see it. What is sent is
what was previewed, to the letter; where it would differ, or was changed since, it is shown again. A
button that is pressed twice sends once.
"""

import hashlib
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.texts.languages import LANGUAGES
from desk import drawer, phrases
from desk.casebook import CaseView
from desk.errors import DeskError, NoText, OnlyIfUrgent, ReplyError
from desk.language_names import NAMES
from desk.replying import Prepared, may_write, writable
from desk.web.asking import Answer, Asked, Elsewhere, Page, part
from desk.web.deeds import said, text
from desk.web.desktop import Desktop
from storage.act import Reply

TEMPLATES = "templates"
MOST_TEMPLATES = 100
CHANGED = "It was changed after it was shown. This is how it would go now."
URGENT = (
    "They want to be written to only if it is urgent. If this is, tick that below; then preview."
)
SENT = "Kept to be sent: it goes to the server {}."
PREVIEW, SEND, AT_ONCE = "preview", "send", "now"  # buttons


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What is written so far."""

    text: str = field(default="", repr=False)
    language: str = ""
    address: int = 0
    anyway: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    """A text to begin from."""

    id: str
    language: str
    title: str
    text: str = field(repr=False)


def show(desktop: Desktop, asked: Asked) -> Answer:
    """Show the draft."""
    view = desktop.book.case(asked.path["case"])
    return _page(desktop, asked, view, _kept(desktop, view))


def keep(desktop: Desktop, asked: Asked) -> Answer:
    """Keep the draft, sealed, while it is written."""
    case = desktop.book.find(asked.path["case"]).case
    _keep(desktop, case, _draft(asked))
    return Page(template="kept.html")


def change(desktop: Desktop, asked: Asked) -> Answer:
    """Do what a button of the form says: preview, send, begin from a text, keep one, discard."""
    view = desktop.book.case(asked.path["case"])
    draft, button = _draft(asked), asked.said("do")
    if button == "discard":
        desktop.drawer.drop(drawer.draft(view.case))
        return Elsewhere(place=f"case/{part(asked.path['case'])}", says="The draft is gone.")
    if button == "begin":
        draft = _begin(desktop, draft, asked.said("template"))
    elif button == "template":
        _add(desktop, draft, text(asked, "title"))
        desktop.say("Kept among your texts.")
    elif button == "forget":
        _forget(desktop, asked.said("template"))
    elif button in {SEND, AT_ONCE} and _differs(kept := _kept(desktop, view), draft):
        desktop.say(CHANGED)
        draft, button = replace(kept, anyway=draft.anyway), PREVIEW
    _keep(desktop, view.case, draft)
    if button not in {PREVIEW, SEND, AT_ONCE}:
        return _page(desktop, asked, view, draft)
    return _send(desktop, asked, view, draft, button)


def _send(desktop: Desktop, asked: Asked, view: CaseView, draft: Draft, button: str) -> Answer:
    """Show the reply as it will go; or send it, when it is the one that was shown."""
    try:
        prepared = desktop.book.prepare(
            view,
            draft.text,
            now=asked.now,
            address=draft.address,
            language=draft.language,
            anyway=draft.anyway,
        )
    except OnlyIfUrgent:
        return _page(desktop, asked, view, draft, trouble=URGENT)
    except ReplyError as error:
        return _page(desktop, asked, view, draft, trouble=str(error))
    if button in {SEND, AT_ONCE} and asked.said("shown") == mark(prepared):
        prepared = replace(prepared, at_once=button == AT_ONCE)
        if not _waits(view, prepared):
            desktop.book.desk.reply(prepared)
        desktop.drawer.drop(drawer.draft(view.case))
        return Elsewhere(place=f"case/{part(asked.path['case'])}", says=SENT.format(desktop.goes))
    return _page(desktop, asked, view, draft, prepared=prepared)


def _waits(view: CaseView, prepared: Prepared) -> bool:
    """Tell whether this very reply lies in the outbox: the button was pressed twice."""
    same = prepared.text, prepared.language, prepared.way.number, prepared.hours
    waiting = (one.deed for one in view.standing.of(Reply) if one.pending)
    return any(
        isinstance(one, Reply) and (one.text, one.language, one.address, one.hours) == same
        for one in waiting
    )


def _page(
    desktop: Desktop,
    asked: Asked,
    view: CaseView,
    draft: Draft,
    *,
    prepared: Prepared | None = None,
    trouble: str = "",
) -> Page:
    open_to = writable(view.casefile, view.ways)
    address = draft.address or view.used or (open_to[0].number if open_to else 0)
    way = next((one for one in open_to if one.number == address), None)
    spoken = draft.language or (way.language if way else view.casefile.language)
    refusal = _refusal(desktop, view, asked.now)
    return Page(
        template="answer.html",
        values={
            "view": view,
            "casefile": view.casefile,
            "draft": replace(draft, language=spoken, address=address),
            "prepared": prepared,
            "shown": mark(prepared) if prepared else "",
            "before": list(phrases.before(prepared)) if prepared else [],
            "trouble": trouble or refusal,
            "closed": bool(refusal),
            "templates": templates(desktop),
            "spoken": _spoken(desktop, view, spoken),
            "urgent": may_write(view.casefile) == "urgent",
        },
    )


def _spoken(desktop: Desktop, view: CaseView, *own: str) -> list[tuple[str, str]]:
    """Return the languages a message can be in: first the person's, then those of the line."""
    near = {*own, *(one.language for one in view.ways), view.casefile.language}
    order = (near, set(desktop.reader.line.consent), set(LANGUAGES))
    known = [tag for tag in LANGUAGES if tag in NAMES]
    ranked = sorted(known, key=lambda tag: next(n for n, some in enumerate(order) if tag in some))
    return [(tag, NAMES[tag]) for tag in ranked]


def _refusal(desktop: Desktop, view: CaseView, now: datetime) -> str:
    """Return why nothing at all can be written to this person, or nothing."""
    trouble = ""
    for number in [one.number for one in writable(view.casefile, view.ways)] or [0]:
        try:
            desktop.book.prepare(view, "…", now=now, address=number, anyway=True)
        except DeskError as error:
            trouble = trouble or str(error)
        else:
            return ""
    return trouble


def mark(prepared: Prepared) -> str:
    """Return what tells one reply from another: its words, its language, its way, when it goes."""
    theirs, outside = prepared.theirs, prepared.outside
    opens = theirs.next(prepared.now).isoformat() if theirs and outside else ""
    told = f"{prepared.way.number}\0{prepared.language}\0{opens}\0{prepared.whole}"
    return hashlib.sha256(told.encode(errors="replace")).hexdigest()


# --- drafts ------------------------------------------------------------------------------------


def _draft(asked: Asked) -> Draft:
    address = asked.said("address")
    return Draft(
        text=said(asked, "text"),
        language=asked.said("language") if asked.said("language") in LANGUAGES else "",
        address=int(address) if address.isascii() and address.isdigit() else 0,
        anyway=asked.said("anyway") == "1",
    )


def _keep(desktop: Desktop, case: bytes, draft: Draft) -> None:
    if not draft.text:
        desktop.drawer.drop(drawer.draft(case))
        return
    kept = {"text": draft.text, "language": draft.language, "address": draft.address}
    desktop.drawer.put(drawer.draft(case), kept)


def _kept(desktop: Desktop, view: CaseView) -> Draft:
    kept = desktop.drawer.get(drawer.draft(view.case))
    match kept:
        case {"text": str(text), "language": str(language), "address": int(address)}:
            return Draft(text=text, language=language, address=address)
        case _:
            return Draft()


def _differs(kept: Draft, shown: Draft) -> bool:
    """Tell whether what is written by now is something else than what was shown."""
    pairs = (
        (kept.text, shown.text),
        (kept.language, shown.language),
        (kept.address, shown.address),
    )
    return bool(kept.text) and any(now and now != then for now, then in pairs)


def draft_again(desktop: Desktop, case: bytes, reply: Reply) -> None:
    """Make a draft of a reply that was taken back, before whatever is written by now."""
    begun = drawer.draft(case)
    match desktop.drawer.get(begun):
        case {"text": str(text)} if text:
            whole = f"{reply.text}\n\n{text}"
        case _:
            whole = reply.text
    kept = Draft(text=whole, language=reply.language, address=reply.address)
    _keep(desktop, case, kept)


# --- texts to begin from -----------------------------------------------------------------------


def templates(desktop: Desktop) -> list[Template]:
    """Return the texts that this person has kept, by language."""
    kept = desktop.drawer.get(TEMPLATES)
    found = []
    for name, value in kept.items() if isinstance(kept, dict) else ():
        match value:
            case [str(language), str(title), str(text)]:
                found.append(Template(id=name, language=language, title=title, text=text))
            case _:
                continue
    return sorted(found, key=lambda one: (one.language, one.title))


def _begin(desktop: Desktop, draft: Draft, name: str) -> Draft:
    """Put a text below what is written."""
    chosen = next((one for one in templates(desktop) if one.id == name), None)
    if chosen is None:
        raise NoText
    whole = "\n\n".join(part for part in (draft.text, chosen.text) if part)
    language = draft.language if draft.text else chosen.language
    return replace(draft, text=whole, language=language)


def _add(desktop: Desktop, draft: Draft, title: str) -> None:
    if not draft.text:
        raise NoText
    every = templates(desktop)[-MOST_TEMPLATES + 1 :]
    new = Template(id=secrets.token_hex(8), language=draft.language, title=title, text=draft.text)
    _write(desktop, [*every, new])


def _forget(desktop: Desktop, name: str) -> None:
    _write(desktop, [one for one in templates(desktop) if one.id != name])


def _write(desktop: Desktop, every: list[Template]) -> None:
    kept = {one.id: [one.language, one.title, one.text] for one in every}
    desktop.drawer.put(TEMPLATES, kept)
