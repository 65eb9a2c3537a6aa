"""All checks of a form, in one run: what its author should mend, with sheet, row and column.

`check` takes what `xlsform.read` made of any file and never raises. pyxform's own conversion is
asked last, when we have found nothing ourselves.
"""

from bot.errors import Finding, Severity
from bot.forms import (
    lint_choices,
    lint_columns,
    lint_expressions,
    lint_flow,
    lint_settings,
    lint_survey,
    lint_texts,
)
from bot.forms import vocabulary as v
from bot.forms.outline import Outline, outline
from bot.forms.report import Report
from bot.forms.sheets import FormSource
from bot.texts import Texts

_ORDER = {"": 0, **{name: at for at, name in enumerate(v.SHEETS, start=1)}}


def check(source: FormSource, texts: Texts | None = None) -> list[Finding]:
    """Return everything that is wrong with a form, by sheet and row.

    With `texts`, the catalogues count as translations of the form, and are looked at too.
    """
    return examine(source, texts)[1]


def examine(
    source: FormSource, texts: Texts | None = None, *, second: bool = True
) -> tuple[Outline, list[Finding]]:
    """Return the form taken apart, and everything that is wrong with it.

    `second`: ask pyxform too, which takes longer than all the rest.
    """
    report = Report(source.unit)
    report.add(*source.findings)
    form = outline(source, report)
    if source.sheets:
        lint_columns.check(form, report)
        lint_survey.check(form, report)
        lint_choices.check(form, report)
        lint_settings.check(form, report)
        lint_texts.check(form, texts, report)
        if len(form.items) <= v.MOST_QUESTIONS:  # these take longer than a form that long deserves
            lint_expressions.check(form, report)
            lint_flow.check(form, report)
        if second and not report.errors:
            from bot.forms.workbooks import second_opinion  # noqa: PLC0415 - it loads libraries

            report.add(*second_opinion(source))
    return form, sorted(report.findings, key=_place)


def _place(finding: Finding) -> tuple[int, str, int, str, bool]:
    order = _ORDER.get(finding.sheet, len(_ORDER))
    warning = finding.severity is Severity.WARNING
    return order, finding.sheet, finding.row, finding.column, warning
