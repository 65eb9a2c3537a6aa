"""What is not as it should be with a case's journal, in the staff's English.

Rules of this file: codes to sentences, for the command line and the web alike. What staff or
persons wrote is not in a sentence of ours. Each says what it means, and whom to tell.
"""

from collections.abc import Mapping

from desk.casefile import Planted
from desk.forks import Finding
from desk.imprints import Likeness

FINDINGS: Mapping[str, str] = {
    "forged": "Entry {position} says that {author} made it, and {author} did not sign it, or may"
    " not do that: somebody made it up. It changed nothing here. Tell the lead.",
    "twice": "Entry {position} repeats an act that was there before: the server put it there. It"
    " changed nothing here. Tell the lead.",
    "late": "Entry {position} is by {author}, who might do that no more when it came: the server"
    " did not know yet, or somebody put it there. It changed nothing here. Tell the lead.",
    "fork": "{author} was shown another entry at position {position} than is here: the server shows"
    " different people different things. Tell the lead, by another way.",
    "behind": "Entry {position}, by {author}, says that it came after what stands behind it: the"
    " server has put entries into another order. Tell the lead.",
    Planted.WORDS.value: "Entry {position} was sent by one of the staff, and is made as if the"
    " person had said it. It does not stand among what the person told. Tell the lead.",
    Planted.SERVER.value: "Entry {position} was sent by one of the staff, and is made as if the"
    " server had written it. It changed nothing here. Tell the lead.",
    Planted.FOREIGN.value: "Entry {position} was sent by one of the staff, and is of another case."
    " It changed nothing here. Tell the lead.",
    Planted.JUNK.value: "Entry {position} was sent by one of the staff, and does not open with the"
    " key that it names. It changed nothing here. Tell the lead.",
    "digest": "{author} had digest {number}, which is not here: sync, or open what is missing.",
    "statement": "{author} used a statement of the line that was not seen here: sync, or open the"
    " newest bundle.",
    Likeness.WORDS.value: "What was sent is not what stands here: the words that went to the person"
    " are others than those that {author} wrote down as entry {position}. Either that desk is not"
    " to be trusted or the server is not. Do not rely on what stands there, and tell the lead.",
    Likeness.WAY.value: "What was sent is not what stands here: what {author} wrote down as entry"
    " {position} went to another address, in another language or at other hours than it says."
    " Either that desk is not to be trusted or the server is not. Tell the lead.",
    "unwritten": "Something was sent to the person of which no reply stands here: entry {position}"
    " is what the server says of it. Tell the lead.",
}
#: What is said where it is proven who made what staff sent and may not.
MADE_BY: Mapping[str, str] = {
    Planted.FOREIGN.value: "Entry {position} was sent by one of the staff, and is what {author} did"
    " with another case, signed by {author}. It changed nothing here. Tell the lead.",
}
#: What is said of a reply that was sent, after what became of it.
LIKENESS: Mapping[Likeness, str] = {
    Likeness.SAME: "as it stands here",
    Likeness.WORDS: "NOT WHAT STANDS HERE: other words",
    Likeness.WAY: "NOT AS STANDS HERE: another address, another language or other hours",
    Likeness.UNKNOWN: "whether it is what stands here was not checked",
}


def finding(one: Finding) -> str:
    """Return a finding as a sentence."""
    told = MADE_BY.get(one.code, FINDINGS[one.code]) if one.author else FINDINGS[one.code]
    return told.format(author=one.author or "its author", position=one.position, number=one.number)


def likened(became: str, likeness: Likeness | None) -> str:
    """Return what became of a reply, and whether it went out as it stands in the case."""
    return became if likeness is None else f"{became.rstrip('.')}; {LIKENESS[likeness]}"
