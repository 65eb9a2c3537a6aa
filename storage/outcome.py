"""What can become of a packet: the words that the server answers, and desks show.

Rules of this file: codes only; what they are called in a person's language is the desk's matter.
"""

from enum import StrEnum


class Outcome(StrEnum):
    """What became of a packet."""

    TAKEN = "taken"
    # of a reply, after it was taken
    WAITING = "waiting"
    ATTEMPTING = "attempting"
    SENT = "sent"
    UNKNOWN = "unknown"  # the app may have shown it: staff decide whether to write again
    BLOCKED = "blocked"  # the person has shut us out, or is not there any more
    KEY_CHANGED = "key-changed"  # Signal: another phone, perhaps another person
    ADDRESS_DEAD = "address-dead"  # the key of its month is destroyed
    WITHDRAWN = "withdrawn"  # the case leaves: nothing more is sent
    TAKEN_BACK = "taken-back"  # by staff, while it waited: nothing of it was sent
    # of the taking back of a reply
    TOO_LATE = "too-late"  # it was being sent, or had its end
    # refused
    SIGNATURE = "refused-signature"  # nobody of the staff signed it
    DAMAGED = "refused-damaged"
    DEVICE = "refused-device"  # another person's device
    ORDER = "refused-order"  # an earlier packet of the device is missing
    REPLAYED = "refused-replayed"  # another packet of this number was taken before
    EXPIRED = "refused-expired"
    RIGHTS = "refused-rights"
    CASE = "refused-case"  # there is no such case, or it leaves
    KEY = "refused-key"  # not a reading key of the line that serves
    PARTS = "refused-parts"  # it lacks what its kind needs, or has more
    HOLD = "refused-hold"  # there is nothing to hold, it was held before, or for too long
    REPLY = "refused-reply"  # to be taken back, and no reply of this case that was taken
    ROOM = "refused-room"  # there is no room for a file, or the case has as many as it may

    @property
    def is_refusal(self) -> bool:
        """Whether nothing was done."""
        return self.value.startswith("refused-")

    @property
    def is_final(self) -> bool:
        """Whether it will never be another."""
        return self not in {Outcome.WAITING, Outcome.ATTEMPTING}
