"""What a form's questions and codes are called in the staff's language.

Rules of this file: the seam only. Whoever knows the forms gives labels; where nobody does, a bare
code is shown. Answers are stored as codes, so a label is for reading and never for counting.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
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

    def at(self, desk: Path) -> "Labels":
        """Return the same labels, which also know the forms that are kept at this desk."""
        ...

    def of(self, form: FormRef) -> "Labels":
        """Return the labels of this very form, by its hash; none where it is not at hand."""
        ...

    def knows(self, form: FormRef) -> bool:
        """Tell whether this very form is at hand, or labels are shown for none."""
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

    def at(self, desk: Path) -> "Labels":  # noqa: ARG002 - the seam's shape
        """Return itself."""
        return self

    def of(self, form: FormRef) -> "Labels":  # noqa: ARG002 - the seam's shape
        """Return itself."""
        return self

    def knows(self, form: FormRef) -> bool:  # noqa: ARG002 - the seam's shape
        """Return true: no label is shown."""
        return True
