"""What a form's questions and codes are called in the staff's language.

Rules of this file: the seam only. Whoever knows the forms gives labels; where nobody does, a bare
code is shown. Answers are stored as codes, so a label is for reading and never for counting.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from storage.entry import FormRef


class Labels(Protocol):
    """The labels of forms, by form id."""

    def question(self, form: str, name: str) -> str:
        """Return what a question is called; its bare name when unknown."""
        ...

    def code(self, form: str, question: str, code: str) -> str:
        """Return what a code of a question is called; the bare code when unknown."""
        ...

    def order(self, form: str) -> Sequence[str]:
        """Return the names of a form's questions in order; nothing when unknown."""
        ...

    def fits(self, form: FormRef) -> bool:
        """Tell whether these are the labels of this very form, or none at all are shown for it."""
        ...


#: Gives the labels in a language, for the line of this name.
LabelsIn: TypeAlias = Callable[[str, str], Labels]


class BareCodes:
    """No labels at all."""

    def question(self, form: str, name: str) -> str:  # noqa: ARG002 - the seam's shape
        """Return the name itself."""
        return name

    def code(self, form: str, question: str, code: str) -> str:  # noqa: ARG002 - the seam's shape
        """Return the code itself."""
        return code

    def order(self, form: str) -> Sequence[str]:  # noqa: ARG002 - the seam's shape
        """Return nothing."""
        return ()

    def fits(self, form: FormRef) -> bool:  # noqa: ARG002 - the seam's shape
        """Return true: no label is shown."""
        return True
