"""Everything that can be wrong on the side that talks: one tree.

Rules of this file: a class is named for what happened, and its docstring is the sentence an
operator reads. `{}` in a sentence is a fact given when raising: a file, a name, a position, a
language; never a person's words and never a secret.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class BotError(Exception):
    """Something the line needs cannot be used."""

    def __str__(self) -> str:
        """Return the sentence of the class with its facts."""
        sentence = " ".join((type(self).__doc__ or "").split("\n\n")[0].split())
        if self.args and "{}" not in sentence:
            return f"{sentence} ({', '.join(map(str, self.args))})"
        return sentence.format(*self.args)


# --- texts and translations --------------------------------------------------------------------


class TextError(BotError):
    """The texts cannot be used."""


class TextFault(TextError):
    """The text {} `{}` cannot be shown: {}."""


class UnknownLanguage(TextError):
    """There are no texts in `{}`, or it is no language that Quietline knows."""


class ForbiddenReserve(TextError):
    """Readers of {} may not be shown {} instead: name another reserve language."""


class BadStatusFile(TextError):
    """The record of reviewed texts, {}, cannot be read: {}."""


class BadReviewFile(TextError):
    """The file of reviewed texts cannot be taken: {}."""


class RefusedTexts(TextError):
    """Nothing was taken, because {} of the texts cannot stand: {}."""


# --- forms -------------------------------------------------------------------------------------


class Severity(StrEnum):
    """Whether a form with this finding may be used."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What is wrong with a form and where; `row` 0 and `column` "" mean the whole sheet or file."""

    sheet: str
    row: int
    column: str
    severity: Severity
    message: str
    unit: str = "row"  # "line" where the form is a text file

    def __str__(self) -> str:
        """Return one line: the place, then what is wrong."""
        place = [self.sheet, f"{self.unit} {self.row}" if self.row else "", self.column]
        where = ", ".join(part for part in place if part)
        return f"{where}: {self.message}" if where else self.message


class FormError(BotError):
    """The form cannot be used."""


class FormFaults(FormError):
    """The form {} has faults ({}), the first: {}. `quietline forms check` lists all of them."""

    def __init__(self, name: str, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(name, len(self.findings), self.findings[0] if self.findings else "none")


class NoFormFile(FormError):
    """The file {} cannot be opened: {}."""


class FormFileExists(FormError):
    """{} is already there, and nothing was written: choose another name."""


class VersionNotRaised(FormError):
    """The form {} has changed, but its version {} is not higher than {}: raise `version`."""


# --- expressions -------------------------------------------------------------------------------


class ExpressionFault(BotError):
    """The expression cannot be read, at character {}: {}."""

    def __init__(self, message: str, *, column: int) -> None:
        self.message = message
        self.column = column
        super().__init__(column, message)


class ExpressionError(BotError):
    """An expression of the form could not be worked out with these answers: {}."""


# --- conversations -----------------------------------------------------------------------------


class ForeignState(BotError):
    """A conversation's state cannot be read: it was written by another version or another key."""


class DeliveryFailed(BotError):
    """A message could not be sent, and surely was not."""


class NotNow(DeliveryFailed):
    """The chat app takes no message for this chat for {} seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(seconds)


class Unreachable(DeliveryFailed):
    """This person cannot be written to: they have blocked the line, or the chat is gone."""


class KeyChanged(DeliveryFailed):
    """This person's key at Signal is another one, which was not trusted for this message."""


class Refused(DeliveryFailed):
    """The chat app will never take this message, so it was given up."""


class OutcomeUnknown(BotError):
    """It is not known whether a message was sent."""


# --- configuration -----------------------------------------------------------------------------


class BadHelplines(BotError):
    """The file of help lines cannot be used: {}."""


class BadSettings(BotError):
    """The configuration cannot be used: {}."""


# --- setting up a server -----------------------------------------------------------------------


class SetupError(BotError):
    """The server cannot be set up so."""


class AlreadySetUp(SetupError):
    """{} is a server's folder already: `init` makes new ones only."""


class NotSetUp(SetupError):
    """{} is not a server's folder: run `quietline init --home DIR` first."""


class NotSignedYet(SetupError):
    """No statement is here yet: have the root sign `server.request`, then `quietline line load`."""


class NobodyToAsk(SetupError):
    """Give the line's name with --name, or run this at a terminal and be asked."""


class RootNotGiven(SetupError):
    """No root is pinned here yet: give its fingerprint from the organisation's paper, --root."""


class WrongRoot(SetupError):
    """The root of this statement has the fingerprint {}, which is not the one given or pinned."""


class OtherServer(SetupError):
    """The statement names {} server's keys: run `quietline-desk org sign-server server.request`."""


class DraftDamaged(BotError):
    """A part of a draft that was kept is not there any more: the case was not packed."""


class NotKept(BotError):
    """An update could not be kept and was not acknowledged, so it comes again ({})."""


class Poisoned(BotError):
    """An update failed {} times and was set aside: {}."""


class ForeignContent(BotError):
    """The root has not signed this server's {} `{}`: `quietline line request` asks for it."""


class DigestTaken(BotError):
    """The drop folder holds {}, and the database does not know it: was an old one put back?"""


class DemoFailed(BotError):
    """The demo could not go on: {}."""


# --- a running line ------------------------------------------------------------------------------


class AlreadyRunning(BotError):
    """Another `quietline run` works in {}: stop it first, or use another folder."""


class NoChannel(BotError):
    """No channel is switched on: set `on = true` under [telegram] or [signal]."""


class NoPackets(BotError):
    """There is no packet (packet-...-000001.tar) in {}."""


class PacketsRefused(BotError):
    """{} of {} packets were refused: beside the name of each stands why."""


class CannotListen(BotError):
    """The line cannot listen on {} ({}): stop what listens there, or choose another `listen`."""


class WentDown(BotError):
    """The line went down over what should never happen ({}): start it anew, and see its log."""


# --- setting up Signal ---------------------------------------------------------------------------


class SignalError(BotError):
    """The line's account at Signal cannot be set up so."""


class NoNumber(SignalError):
    """No phone number is set: write `number = "+819012345678"` under [signal] in {}."""


class BridgeAway(SignalError):
    """The Signal bridge cannot be reached at {}: start it, and look at `signal.bridge`."""


class BridgeSilent(SignalError):
    """The Signal bridge gave no answer: look with `quietline signal status` what it has done."""


class BridgeRefused(SignalError):
    """The Signal bridge refused: {}."""


class CaptchaNeeded(SignalError):
    """Signal wants a fresh captcha, one of the right page; the bridge says: {}."""


class BadCaptcha(SignalError):
    """That is no result of Signal's captcha page: it begins with signalcaptcha://."""


class NoChallenge(SignalError):
    """No challenge of Signal is known: `check` says when there is one; or give its token."""


class BadPicture(SignalError):
    """{} is no picture that Signal takes: a PNG or JPEG file of at most {} MB."""


class PictureNotSaid(SignalError):
    """Give the picture again with --avatar, or say --no-avatar: one that is left out is removed."""


class NoRoomThere(BotError):
    """There is no room in {}: {} MB are needed there, and {} are free."""


class FilesMissing(BotError):
    """{} of people's sealed files are not where they are kept, or not whole: {}."""


class MailFailed(BotError):
    """A mail could not be handed over ({})."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)
