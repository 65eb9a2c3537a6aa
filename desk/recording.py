"""The record of an export: in this desk's own log, and in the journal of each case that left.

Rules of this file: who may export is asked before anything is opened. The log comes first, then an
act a case into the outbox; if either cannot be kept, there is no export. What was recorded and then
did not come about, as when the power fails, stays recorded: too often is safe, too seldom is not.
"""

from dataclasses import dataclass

from desk.acting import LEAD, Desk
from desk.export.record import ExportLog, ExportRecord
from storage.act import Exported

ACT = "act"  # what a server asks of whoever adds to a journal


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """The record of one of the staff's exports; it is an `Audit`."""

    desk: Desk

    def __call__(self, record: ExportRecord, /) -> None:
        """Add to the log, and make an act for each case."""
        ExportLog(folder=self.desk.reader.desk)(record)
        deed = Exported(
            form=record.format,
            redaction=record.redaction.value,
            reason=record.reason,
            sha256=record.sha256,
        )
        for case in record.cases:
            self.desk.act(case, deed)


def recorded(desk: Desk) -> Record:
    """Return the record that an export by this person is told to."""
    return Record(desk=desk)


def check(desk: Desk) -> None:
    """Check that the person may export, and that it can be recorded.

    Raises:
        NotOnStaff, NoRight: they may not.
        LineError: the statement cannot be used today.
    """
    desk.check(LEAD)
    desk.check(ACT)
