"""What statistics count: the dimensions, which answers belong to which, and the published counts.

Rules of this file: tables, and the pure look-ups in them. Codes are those of the coded lists
`tnr-1`; a code means the same in every form, so a form that is not known here is counted by its
codes. What may never be counted (thoughts of self-harm, being publicly known) is in no table.
"""

from collections.abc import Mapping
from dataclasses import dataclass

# --- dimensions --------------------------------------------------------------------------------

METHOD, DEMAND, CHANNEL = "method", "demand", "channel"
ACTIVITY, SHARE, RECENCY = "activity", "share", "recency"
COUNTRY, LANGUAGE, MONTH, INCIDENT = "country", "language", "month", "incident"
URGENCY, VERIFICATION, SOURCE = "urgency", "verification", "source"
PUBLISHED = "published"

NOT_TOLD = "not-told"
NOT_ASSESSED = "not-assessed"
LINE, INTERVIEW = "line", "interview"
AGREED = "SH-STAT"  # "anonymous numbers", off until the person ticks it


@dataclass(frozen=True, kw_only=True, slots=True)
class Dimension:
    """A table of figures.

    `parts`: each report is in exactly one row, so that the rows add up to all reports.
    """

    name: str
    title: str
    parts: bool


#: In the order in which they are shown.
DIMENSIONS: Mapping[str, Dimension] = {
    one.name: one
    for one in (
        Dimension(name=METHOD, title="What happened (method)", parts=False),
        Dimension(name=DEMAND, title="What was demanded", parts=False),
        Dimension(name=CHANNEL, title="How it reached people (channel)", parts=False),
        Dimension(name=COUNTRY, title="Country in which people are", parts=True),
        Dimension(name=LANGUAGE, title="Language of the report", parts=True),
        Dimension(name=MONTH, title="Month in which it was reported", parts=True),
        Dimension(name=INCIDENT, title="Month or year in which it last happened", parts=True),
        Dimension(name=URGENCY, title="Urgency", parts=True),
        Dimension(name=VERIFICATION, title="Verification by staff", parts=True),
        Dimension(name=SOURCE, title="How the report came", parts=True),
    )
}

# --- which answer belongs to which dimension ---------------------------------------------------

#: By the name of a question's list; a list called `method_cp` or `method-cp` is one of methods.
LISTS: Mapping[str, str] = {
    "method": METHOD,
    "demand": DEMAND,
    "channel": CHANNEL,
    "activity": ACTIVITY,
    "country": COUNTRY,
    "share": SHARE,
    "recency": RECENCY,
}
#: Questions that no list can tell: the year or month of what lies longer ago.
INCIDENT_DAYS = frozenset({"A3Y"})
#: Questions whose codes do not say what they are, where the form is not known here.
QUESTIONS: Mapping[str, str] = {"A2": METHOD, "A3": RECENCY, "A4": COUNTRY, "D1": COUNTRY}
METHOD_ORDER = ("CP", "TD", "RT", "DA", "SV", "DG", "IN", "IM", "MC", "CO", "PR")
#: By the beginning of a code, where the form is not known here.
BEGINNINGS: Mapping[str, str] = {
    **dict.fromkeys((*METHOD_ORDER, "PS", "LG", "FN"), METHOD),
    "DM": DEMAND,
    "CH": CHANNEL,
    "AV": ACTIVITY,
    "SH": SHARE,
}
#: Leaves whose group is not called as they begin: they have no button of their own.
GROUPS: Mapping[str, str] = {"PS": "PR", "LG": "PR", "FN": "PR"}


def dimension_of(question: str, code: str, lists: Mapping[str, str]) -> str:
    """Return the dimension that a code of a question belongs to, or nothing; `lists` by question.

    A question that the form does not have (an older or newer one was answered) goes by its codes.
    """
    if question in lists:
        name = lists[question].replace("-", "_")
        return LISTS.get(name) or LISTS.get(name.partition("_")[0], "")
    beginning, dash, _ = code.partition("-")
    if dash:
        return BEGINNINGS.get(beginning, "")
    found = QUESTIONS.get(question, "")
    return found if found == RECENCY or code.isupper() else ""


def group_of(code: str) -> str:
    """Return the group that a method belongs to; nothing for a group itself and for X- codes."""
    beginning, dash, _ = code.partition("-")
    if not dash or BEGINNINGS.get(beginning) != METHOD:
        return ""
    return GROUPS.get(beginning, beginning)


# --- what staff decide -------------------------------------------------------------------------

#: Levels that are told apart and are in no other figure.
APART: Mapping[str, str] = {
    "VF-INSUFF": "Not enough information (VF-INSUFF)",
    "VF-DUP": "Duplicates (VF-DUP)",
    "VF-ABUSE": "False or abusive reports (VF-ABUSE)",
}
#: Names of codes that no form has a label for.
NAMES: Mapping[str, Mapping[str, str]] = {
    VERIFICATION: {
        NOT_ASSESSED: "Not assessed",
        "VF-NEW": "New",
        "VF-CONSIST": "Consistent",
        "VF-CORROB": "Corroborated",
        "VF-VERIF": "Verified by evidence",
        "VF-DOUBT": "Doubtful",
    },
    SOURCE: {LINE: "Through the line", INTERVIEW: "Interview by staff"},
    URGENCY: {
        "U1": "Now",
        "U2": "Within 24 hours",
        "U3": "Normal (72 hours)",
        "U4": "Record only",
    },
    COUNTRY: {NOT_TOLD: "Not told"},
    INCIDENT: {NOT_TOLD: "Not told, or not to the year"},
    LANGUAGE: {},
}

# --- the published counts ----------------------------------------------------------------------

Place = tuple[str, str]  # a dimension and a code


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """A count with its definition: a report counts when it has a code of every one of `clauses`."""

    name: str
    title: str
    clauses: tuple[tuple[Place, ...], ...]

    @property
    def definition(self) -> str:
        """The codes, as they are shown beside the figure."""
        sides = [" or ".join(code for _, code in clause) for clause in self.clauses]
        return sides[0] if len(sides) == 1 else " and ".join(f"({side})" for side in sides)

    def holds(self, codes: Mapping[str, frozenset[str]]) -> bool:
        """Tell whether a report with these codes, by dimension, counts."""
        return all(
            any(code in codes.get(dimension, ()) for dimension, code in clause)
            for clause in self.clauses
        )


def _codes(dimension: str, codes: str) -> tuple[Place, ...]:
    return tuple((dimension, code) for code in codes.split())


PUBLISHED_COUNTS: tuple[Published, ...] = (
    Published(
        name="apps",
        title="Reached by messaging apps",
        clauses=(
            _codes(
                CHANNEL, "CH-WECHAT CH-WHATSAPP CH-TELEGRAM CH-SIGNAL CH-LINE CH-KAKAO CH-OTHERAPP"
            ),
        ),
    ),
    Published(
        name="phone",
        title="Reached by phone",
        clauses=(_codes(CHANNEL, "CH-PHONE CH-ROBO") + _codes(METHOD, "TD-REPEAT"),),
    ),
    Published(
        name="speaking",
        title="Threatened for speaking out",
        clauses=(
            _codes(METHOD, "TD-THREAT TD-DEATH CP-THREAT"),
            _codes(DEMAND, "DM-STOP DM-CANCEL DM-DELETE DM-SILENT")
            + _codes(ACTIVITY, "AV-PROTEST AV-POST AV-MEDIA AV-TESTIFY"),
        ),
    ),
    Published(
        name="inform",
        title="Asked to inform on others",
        clauses=(
            _codes(METHOD, "IN IN-RECRUIT IN-COERCE IN-INDUCE IN-TASK") + _codes(DEMAND, "DM-SPY"),
        ),
    ),
)
