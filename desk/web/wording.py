"""What the web desk calls things: states, kinds, levels, sections of the form.

Rules of this file: tables only. The desk's own words are English, short, and the same everywhere;
sentences about deeds and outcomes are those of `desk.phrases`, the same as on the command line;
a case's history has the names of codes that stand here.
"""

from collections.abc import Mapping

from desk.dimensions import APART, NAMES, VERIFICATION
from desk.inbox import State

#: Cases that are not open here: what a row is marked with, and what it says.
NOT_OPEN: Mapping[State, tuple[str, str]] = {
    State.ANNOUNCED: ("announced", "Announced"),
    State.CLOSED: ("sealed", "Sealed to others"),
    State.TROUBLE: ("trouble", "Trouble"),
}
STATES: Mapping[str, str] = {
    "new": "New",
    "triaged": "Triaged",
    "in-progress": "In progress",
    "waiting": "Waiting",
    "closed": "Closed",
}
URGENCIES: Mapping[str, str] = {
    "U1": "Now",
    "U2": "Within 24 hours",
    "U3": "Within 72 hours",
    "U4": "Record only",
}
KINDS: Mapping[str, str] = {
    "words": "Words",
    "photo": "Photo",
    "voice": "Voice note",
    "audio": "Audio",
    "video": "Video",
    "document": "Document",
}
SORTS: Mapping[str, str] = {
    "urgency": "Most urgent first",
    "overdue": "Overdue first",
    "newest": "Newest first",
    "oldest": "Oldest first",
    "owner": "By owner",
    "number": "By number",
}
LEVELS: Mapping[str, str] = {
    code: name for code, name in NAMES[VERIFICATION].items() if code.startswith("VF-")
} | {code: name.partition(" (")[0] for code, name in APART.items()}
ATTRIBUTIONS: Mapping[str, str] = {
    "AB-STATE": "A state did it",
    "AB-LIKELY": "A state likely did it",
    "AB-UNCLEAR": "Unclear",
    "AB-NOT": "Not a state",
}
WHO_MAY_WRITE: Mapping[str, str] = {
    "yes": "May be written to",
    "urgent": "Only if it is urgent",
    "no": "Is not to be written to",
}
#: The parts of the shipped form, by how the names of its questions begin.
SECTIONS: Mapping[str, str] = {
    "SH": "What may be shared",
    "S": "Safety",
    "D": "Safety",
    "C": "Agreement",
    "A": "What happened",
    "B": "More about what happened",
    "E": "Family and friends",
    "F": "How to write back",
    "G": "Evidence",
    "H": "What would help",
    "M": "What to add",
}
OTHER = "Everything else"
#: What an export can be: what it is called, and what for; keys as in `export_choice.WAYS`.
EXPORTS: Mapping[str, tuple[str, str]] = {
    "pdf": ("On paper (PDF)", "To be read, printed, put into an archive."),
    "bag": (
        "Evidence (ZIP)",
        "For a lawyer, a court, police that the person agreed to: originals with their hashes.",
    ),
    "xlsx": ("Workbook (XLSX)", "To count and sort. Very long words are cut, visibly."),
    "jsonl": ("For another program (JSON Lines)", "Every character as it was."),
    "uwazi": ("For Uwazi, without files (CSV)", "A collection's import."),
    "uwazi-files": ("For Uwazi, with files (ZIP)", "The same, with originals and copies."),
}
#: How much is left out: the name of it, what is in it, what is not.
REDACTIONS: Mapping[str, tuple[str, str, str]] = {
    "contextual": (
        "Only codes of what happened",
        "What happened, which evidence there is, what would help: as codes. How urgent. The year.",
        "All words, files, dates, country, age, language, and what is not in the next one.",
    ),
    "direct": (
        "Without what names somebody",
        (
            "The person's own words, with telephone numbers, links, handles and some addresses"
            " masked: no machine finds names. Codes, dates, country, age, language."
        ),
        (
            "The number (a made-up name instead), files, how to reach the person, their phrase,"
            " what is sealed to the lead or about relatives, what somebody did under pressure,"
            " what the team did."
        ),
    ),
    "none": (
        "Everything",
        (
            "All that you can read here: words, names, files, the number, how to reach the person,"
            " their phrase, and what the team did."
        ),
        "Notes to the team, reminders, that a deletion was held.",
    ),
}
DUE: Mapping[str, str] = {
    "triage": "First look",
    "acknowledge": "Tell them it came",
    "feedback": "Tell them what came of it",
    "reminder": "Reminder",
    "reply": "Reply failed",
}


def state(item: State, at_desk: str) -> tuple[str, str]:
    """Return the mark and the name of a case's state."""
    return NOT_OPEN.get(item) or (at_desk, STATES.get(at_desk, at_desk))


def section(question: str) -> str:
    """Return the part of the form in which a question stands."""
    begins = (question[:length] for length in (2, 1))
    return next((SECTIONS[one] for one in begins if one in SECTIONS), OTHER)
