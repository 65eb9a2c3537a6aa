"""What the web desk calls things: the codes of states, deeds, findings in words.

Rules of this file: tables only. The desk's own words are English, short, and the same everywhere.
"""

from collections.abc import Mapping

from desk.inbox import State

STATES: Mapping[State, str] = {
    State.VERIFIED: "here",
    State.ANNOUNCED: "announced",
    State.CLOSED: "sealed to others",
    State.TROUBLE: "trouble",
}
