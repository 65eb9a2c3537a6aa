"""The list of cases: filters in the address, views that were kept, the search in no address.

Rules of this file: summaries to rows of a table. What is looked for may be a person's name, so it
is sent as a form and kept on the desk; a browser remembers addresses.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from desk import phrases
from desk.acting import LEAD
from desk.acts import FAILED
from desk.dimensions import METHOD, QUESTIONS
from desk.inbox import State
from desk.listing import called
from desk.summaries import SORTS, Counts, Filter, Summary
from desk.web import asking, wording
from desk.web.asking import Answer, Asked, Elsewhere, Page
from desk.web.desktop import Desktop

VIEWS = "views"
MOST_VIEWS = 20
MOST_SHOWN = 200
LONGEST = 60  # characters of a view's name
SEVERAL = ("state", "urgency", "tag", "speaks", "kind")
DANGER, UNHARMED = "S2", frozenset({"no", "PNS"})  # who is in danger now; what says that nobody is
METHODS = tuple(name for name, dimension in QUESTIONS.items() if dimension == METHOD)


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A case in the list."""

    one: Summary
    name: str
    mark: str
    state: str
    topics: tuple[str, ...] = field(repr=False)
    danger: tuple[str, ...] = field(default=(), repr=False)
    kinds: tuple[str, ...] = ()
    due: str = ""
    late: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """A link that shows some of the cases."""

    name: str
    query: str
    count: int | None = None


def show(desktop: Desktop, asked: Asked) -> Answer:
    """Show the list; a whole page looks at what has come since."""
    if not asked.piece:
        desktop.look(asked.today)
    wanted, sort = wanted_of(asked, desktop.search), sort_of(asked)
    found = desktop.book.cases(wanted, sort)
    counts = desktop.book.counts()
    return Page(
        template="rows.html" if asked.piece else "inbox.html",
        values={
            "rows": [row(desktop, one, asked.today) for one in found[:MOST_SHOWN]],
            "found": len(found),
            "most": MOST_SHOWN,
            "counts": counts,
            "wanted": wanted,
            "sort": sort,
            "views": list(_views(desktop, counts)),
            "saved": saved_views(desktop),
            "address": asking.query(pairs_of(asked)),
            "choices": _choices(desktop, counts),
            "leaving": list(_leaving(desktop)),
        },
    )


def _leaving(desktop: Desktop) -> Iterator[tuple[str, str, bool]]:
    """Yield each case that is being deleted: its number, how that stands, whether it opens here."""
    leads = LEAD in desktop.rights
    for one in desktop.book.leaving():
        yield one.number, phrases.departure(one), leads and one.is_open


def look_for(desktop: Desktop, asked: Asked) -> Answer:
    """Look for something in all that was said and noted; or stop looking."""
    desktop.search = asked.said("search")
    return Elsewhere(place="")


def keep_view(desktop: Desktop, asked: Asked) -> Answer:
    """Keep the filters that are set, under a name; or let go of one."""
    name, gone = asked.said("name")[:LONGEST], asked.said("gone")
    views = [one for one in saved_views(desktop) if one.name not in {name, gone}]
    told = asking.fields(asked.said("address").removeprefix("?").encode())
    query = asking.query(pairs_of(Asked(path={}, query=told, now=asked.now)))
    if name:
        views.append(View(name=name, query=query))
    desktop.drawer.put(VIEWS, [[one.name, one.query] for one in views[-MOST_VIEWS:]])
    return Elsewhere(place=query)


def alive(desktop: Desktop, asked: Asked) -> Answer:  # noqa: ARG001 - the shape of a page
    """Note that somebody is there."""
    return Page(template="nothing.html")


def speak(desktop: Desktop, asked: Asked) -> Answer:
    """Show questions and codes in another language, on the page where one is."""
    desktop.speak(asked.said("language"))
    return Elsewhere(place=asked.said("back").lstrip("/"))


# --- what is asked for -------------------------------------------------------------------------


def wanted_of(asked: Asked, search: str = "") -> Filter:
    """Return the filter that an address asks for."""
    return Filter(
        states=asked.all("state"),
        owner=asked.asks("owner"),
        urgencies=asked.all("urgency"),
        tags=asked.all("tag"),
        languages=asked.all("speaks"),
        kinds=asked.all("kind"),
        overdue=asked.asks("overdue") == "1",
        unread=asked.asks("unread") == "1",
        search=search,
    )


def sort_of(asked: Asked) -> str:
    """Return the order that an address asks for."""
    return asked.asks("sort") if asked.asks("sort") in SORTS else SORTS[0]


def pairs_of(asked: Asked) -> Sequence[tuple[str, str]]:
    """Return what an address asks for, as it is written; nothing else of it."""
    single = ("owner", "overdue", "unread", "sort")
    several = [(name, value) for name in SEVERAL for value in asked.all(name)]
    return [*several, *((name, asked.asks(name)) for name in single)]


# --- what is shown -----------------------------------------------------------------------------


def row(desktop: Desktop, one: Summary, today: date) -> Row:
    """Return a case as a row."""
    late = one.overdue(today)
    due = next(iter(late or one.dues), None)
    mark, state = wording.state(one.item.state, one.marks.state)
    return Row(
        one=one,
        name=called(one.item),
        mark=mark,
        state=state,
        topics=tuple(_labels(desktop, one, *METHODS)),
        danger=tuple(_labels(desktop, one, DANGER)),
        kinds=tuple(_kind(kind) for kind in one.kinds if kind != "words"),
        due="" if due is None else f"{wording.DUE[due.what]}, {due.on:%d %b}",
        late=bool(late),
        notes=tuple(_notes(one)),
    )


def _labels(desktop: Desktop, one: Summary, *questions: str) -> Iterator[str]:
    codes = one.item.codes or {}
    for question in questions:
        for code in codes.get(question, ()):
            if question != DANGER or code not in UNHARMED:
                yield desktop.labels.code(one.item.form, question, code)


def _notes(one: Summary) -> Iterator[str]:
    if one.duress:
        yield "They used the word that means: I am not free to speak"
    if one.alarms:
        yield "Something is wrong with its journal"
    if one.item.state is State.TROUBLE:
        yield one.item.trouble
    if one.marks.reply in FAILED and one.marks.reply is not None:
        yield f"Last reply: {phrases.OUTCOMES[one.marks.reply]}"
    if one.refused:
        yield "The server refused something of yours"


def saved_views(desktop: Desktop) -> list[View]:
    """Return the views that this person has kept."""
    kept = desktop.drawer.get(VIEWS)
    pairs = [pair for pair in kept if isinstance(pair, list)] if isinstance(kept, list) else []
    return [View(name=str(pair[0]), query=str(pair[1])) for pair in pairs if len(pair) == 2]  # noqa: PLR2004


def _views(desktop: Desktop, counts: Counts) -> Iterator[View]:
    name = desktop.reader.name
    yield View(name="All", query="", count=counts.all)
    yield View(name="Mine", query=asking.query([("owner", name)]), count=counts.mine)
    nobody = dict(counts.owners).get("", 0)
    yield View(name="Nobody's", query=asking.query([("owner", "-")]), count=nobody)
    yield View(name="Unread", query=asking.query([("unread", "1")]), count=counts.unread)
    yield View(name="Overdue", query=asking.query([("overdue", "1")]), count=counts.overdue)


def _choices(desktop: Desktop, counts: Counts) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return the filters with what can be chosen in each."""
    held = sorted({kind for one in desktop.book.cases() for kind in one.kinds})
    owners = [("", "anybody"), ("-", "nobody"), *((name, name) for name in desktop.colleagues)]
    found = [
        ("state", "State", [("", "any"), *((s, wording.STATES[s]) for s, _ in counts.states)]),
        ("urgency", "Urgency", [("", "any"), *((u, u) for u, _ in counts.urgencies if u)]),
        ("owner", "Owner", owners),
        ("speaks", "Language", [("", "any"), *((tag, tag) for tag, _ in counts.languages)]),
        ("kind", "Holds", [("", "anything"), *((kind, _kind(kind)) for kind in held)]),
        ("tag", "Tag", [("", "any"), *((tag, tag) for tag, _ in counts.tags)]),
        ("sort", "Order", list(wording.SORTS.items())),
    ]
    return [(name, label, choices) for name, label, choices in found if len(choices) > 1]


def _kind(kind: str) -> str:
    return wording.KINDS.get(kind, kind)
