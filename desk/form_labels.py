"""The labels of the shipped form, from the same files that the line asks with.

Rules of this file: read only, from the pure floor of `bot`. A form that is not here, or a code that
it does not have, is shown bare: an older case is never shown under a newer label by guessing.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.resources import files

from bot.engine.model import Form
from bot.forms.outline import outline
from bot.forms.report import Report
from bot.forms.sheets import FormSource
from bot.forms.skeleton import skeleton
from bot.forms.texts import labels
from bot.forms.xlsform import read

INTAKE = "intake-1.md"
_VALUE = re.compile(r"\{ \$(\w+) \}")
_NEUTRAL = {"org": "the line"}


class FormLabels:
    """English labels, as the form's author wrote them; other languages come with the web desk."""

    @cached_property
    def _source(self) -> FormSource:
        place = files("bot.forms") / "intake" / INTAKE
        return read(place.read_bytes(), INTAKE)

    @cached_property
    def _form(self) -> Form:
        return skeleton(outline(self._source, Report()))

    @cached_property
    def _words(self) -> Mapping[str, str]:
        return labels(self._source).get("en", {})

    def question(self, form: str, name: str) -> str:
        """Return what a question is called; its bare name when unknown."""
        return self._of(form, f"q-{name}", name)

    def code(self, form: str, question: str, code: str) -> str:
        """Return what a code of a question is called; the bare code when unknown."""
        if form != self._form.id or question not in self._form.by_name:
            return code
        return self._of(form, f"c-{self._form.by_name[question].list_name}-{code}", code)

    def order(self, form: str) -> Sequence[str]:
        """Return the names of a form's questions in order; nothing when unknown."""
        return tuple(q.name for q in self._form.questions) if form == self._form.id else ()

    def _of(self, form: str, name: str, otherwise: str) -> str:
        if form != self._form.id:
            return otherwise
        return _VALUE.sub(
            lambda found: _NEUTRAL.get(found[1], "…"), self._words.get(name, otherwise)
        )
