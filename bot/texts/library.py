"""All catalogues together: what a person sees, also when a message is missing or broken.

In tests a fault raises. In production (an `on_fault` is given) the id is handed to it, never the
values, and the person sees the whole message in a language that may stand in for theirs: two
languages never share a message.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

from bot.errors import ForbiddenReserve, TextFault, UnknownLanguage
from bot.texts import status
from bot.texts.catalogue import Argument, Catalogue
from bot.texts.languages import language, may_stand_in
from bot.texts.messages import Finding, Message, parse

#: Where texts come from: {language: {file name: text}}; a later layer wins message by message.
Layer = Mapping[str, Mapping[str, str]]

SOURCE = "en"
STATUS_FILE = "status.toml"
#: Shown when a message can be rendered in no language at all; a person always gets a reply.
NOTHING = "…"


class Texts:
    """The catalogues by language, and the languages that stand in for each."""

    def __init__(
        self,
        *layers: Layer,
        reserves: Mapping[str, Sequence[str]] | None = None,
        safety: Collection[str] = (),
        on_fault: Callable[[str], None] | None = None,
    ) -> None:
        """Put layers of texts together; `safety` names ids of the safety block kept elsewhere.

        Raises TextFault for what cannot be read (unless `on_fault` takes its id), UnknownLanguage,
        ForbiddenReserve and BadStatusFile.
        """
        self._on_fault = on_fault
        merged = _merge(layers)
        source = merged[SOURCE].messages if SOURCE in merged else {}
        self._catalogues = {
            tag: Catalogue(
                tag=tag,
                messages=shelf.messages,
                records=shelf.records,
                source=source,
                safety=safety,
                findings=shelf.findings,
            )
            for tag, shelf in merged.items()
        }
        reserves = reserves or {}
        self._chains = {tag: self._chain(tag, reserves.get(tag, ())) for tag in merged}
        for catalogue in self._catalogues.values():
            for finding in catalogue.findings:
                self._report(TextFault(finding.language, finding.name, finding.rule), finding.name)

    def _chain(self, tag: str, reserves: Sequence[str]) -> tuple[str, ...]:
        for other in reserves:
            language(other)
            if not may_stand_in(tag, other):
                raise ForbiddenReserve(tag, other)
        last = [SOURCE] if may_stand_in(tag, SOURCE) else []
        chain = dict.fromkeys([tag, *reserves, *last])
        return tuple(other for other in chain if other in self._catalogues)

    def _report(self, fault: TextFault | UnknownLanguage, name: str) -> None:
        if self._on_fault is None:
            raise fault
        self._on_fault(name)

    @property
    def strict(self) -> bool:
        """Whether a fault raises instead of being reported."""
        return self._on_fault is None

    @property
    def tags(self) -> tuple[str, ...]:
        """The languages there are texts in."""
        return tuple(self._catalogues)

    def catalogue(self, tag: str) -> Catalogue:
        """Return the texts of one language; raises UnknownLanguage."""
        try:
            return self._catalogues[tag]
        except KeyError:
            raise UnknownLanguage(tag) from None

    def render(self, tag: str, name: str, /, **args: Argument) -> str:
        """Return a message in a language; what happens on a fault is told at the file's head."""
        for other in self._chain_of(tag, name):
            try:
                return self._catalogues[other].render(name, **args)
            except TextFault as fault:
                self._report(fault, name)
        return NOTHING

    def _chain_of(self, tag: str, name: str) -> tuple[str, ...]:
        if tag in self._chains:
            return self._chains[tag]
        self._report(UnknownLanguage(tag), name)
        return self._chains.get(SOURCE, ())

    def language_for(self, tag: str, names: Collection[str]) -> str:
        """Return the language to show a whole question in: the first that has all its texts."""
        for other in self._chains.get(tag, ()):
            if all(self._catalogues[other].has(name) for name in names):
                return other
        return SOURCE

    def sha256(self, tag: str) -> str:
        """Return the hash of all texts of a language, for `line.toml`."""
        return self._digest(tag, self.catalogue(tag).messages)

    def consent_sha256(self, tag: str, names: Collection[str]) -> str:
        """Return the hash of the texts consent is given to; raises TextFault if one is missing."""
        return self._digest(tag, names)

    def _digest(self, tag: str, names: Iterable[str]) -> str:
        messages = self.catalogue(tag).messages
        digest = sha256(b"quietline/texts/v1\0" + tag.encode() + b"\0")
        for name in sorted(set(names)):
            if name not in messages:
                raise TextFault(tag, name, "there is no such message")
            digest.update(f"{name}\0{messages[name].source}\0".encode())
        return digest.hexdigest()


class _Shelf:
    """The texts of one language while layers are laid over each other."""

    def __init__(self) -> None:
        self.messages: dict[str, Message] = {}
        self.records: dict[str, status.Record] = {}
        self.findings: list[Finding] = []

    def lay(self, tag: str, files: Mapping[str, str]) -> None:
        """Lay the files of a layer over what is there; a message keeps the file it came in."""
        fluent = {name: text for name, text in files.items() if name.endswith(".ftl")}
        messages, findings = parse(tag, fluent)
        self.findings += findings
        for name, message in messages.items():
            earlier = self.messages.get(name)
            self.messages[name] = replace(message, file=earlier.file) if earlier else message
        if STATUS_FILE in files:
            self.records |= status.parse(files[STATUS_FILE], where=f"{tag}/{STATUS_FILE}")


def _merge(layers: Iterable[Layer]) -> dict[str, _Shelf]:
    shelves: defaultdict[str, _Shelf] = defaultdict(_Shelf)
    for layer in layers:
        for tag, contents in layer.items():
            shelves[language(tag).tag].lay(tag, contents)
    return {tag: shelves[tag] for tag in sorted(shelves, key=lambda tag: (tag != SOURCE, tag))}


def read(folder: Traversable) -> Layer:
    """Read a folder of texts: `<language>/*.ftl` and `<language>/status.toml`."""
    return {
        place.name: {
            file.name: file.read_text(encoding="utf-8")
            for file in place.iterdir()
            if file.name.endswith(".ftl") or file.name == STATUS_FILE
        }
        for place in folder.iterdir()
        if place.is_dir() and not place.name.startswith((".", "_"))
    }


def shipped() -> Traversable:
    """Return the folder of the texts that come with Quietline."""
    return files("bot.texts") / "locales"


def load(
    *folders: Traversable,
    reserves: Mapping[str, Sequence[str]] | None = None,
    safety: Collection[str] = (),
    on_fault: Callable[[str], None] | None = None,
) -> Texts:
    """Read folders of texts, each laid over the one before; see `Texts`."""
    return Texts(*map(read, folders), reserves=reserves, safety=safety, on_fault=on_fault)
