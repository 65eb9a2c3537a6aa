"""From a form's file to the `Form` that the engine walks: checked, with its words, frozen.

A form with faults is refused whole, with all its findings. Warnings are for the author, who reads
them with `quietline forms check`.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.engine.model import Form
from bot.errors import FormFaults, Severity, VersionNotRaised
from bot.forms import words
from bot.forms.lint import examine
from bot.forms.sheets import FormSource
from bot.forms.skeleton import skeleton
from bot.forms.texts import labels_of
from bot.texts import Texts


def compile_form(
    source: FormSource,
    texts: Texts,
    *,
    languages: Sequence[str],
    drafts: Collection[str] = (),
    second: bool = True,
) -> Form:
    """Return the form for the offered languages; raises FormFaults with all findings.

    `drafts` are the offered languages whose texts nobody has reviewed; `second` as in `examine`.
    """
    outline, findings = examine(source, texts, second=second)
    faults = [finding for finding in findings if finding.severity is Severity.ERROR]
    if faults:
        raise FormFaults(source.name, faults)
    return replace(
        skeleton(outline),
        languages=tuple(languages),
        drafts=frozenset(drafts) & frozenset(languages),
        autonyms=words.autonyms(languages),
        commands=words.commands(texts, languages),
        tongues=words.tongues(texts, languages),
        thanks=words.thanks(texts, languages),
        words=words.lists(outline, texts, languages),
        months=words.months(languages),
        labels=labels_of(outline),
    )


def check_version(old: Form, new: Form) -> None:
    """Check that a changed form has a higher version; raises VersionNotRaised."""
    if old.id != new.id or old.sha256 == new.sha256:
        return
    if int(new.version) <= int(old.version):
        raise VersionNotRaised(new.id, new.version, old.version)
