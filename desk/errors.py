"""Everything that can go wrong at a desk: one tree.

Rules of this file: a class is named for what happened, and its docstring is the sentence a staff
member reads, with what to do now. `{}` in a sentence is a fact given when raising: a file, a name,
a position, a day; never a reporting person's words. A mistyped word of a card is named, because
it is not on the card.
"""


class DeskError(Exception):
    """Something at this desk cannot be done."""

    def __str__(self) -> str:
        """Return the sentence of the class with its facts."""
        sentence = " ".join((type(self).__doc__ or "").split("\n\n")[0].split())
        if self.args and "{}" not in sentence:
            return f"{sentence} ({', '.join(map(str, self.args))})"
        return sentence.format(*self.args)


class NoInput(DeskError):
    """Nobody was there to answer: {}."""

    def __init__(self, question: str) -> None:
        """Name the question as a sentence can hold it."""
        super().__init__(question.rstrip(" :.>") or "what was asked above")


# --- the two cards -----------------------------------------------------------------------------


class CardError(DeskError):
    """The words of a card cannot be used."""


class NoSuchWord(CardError):
    """Word {}, "{}", is not on any card{}."""


class WrongWordCount(CardError):
    """A card has 24 words, and {} were given."""


class WrongChecksum(CardError):
    """Each word exists, but they are not a card together: look for a swapped or similar word."""


class NoCard(CardError):
    """{} holds no {} card."""


class ForeignCard(CardError):
    """These are the words of a card, but not of this line's {} card."""


class UnprovenCard(CardError):
    """The {} card does not do what it is for, so no line was made: run `org init` again."""


# --- a person's own key file and join ----------------------------------------------------------


class KeyFileError(DeskError):
    """The staff key file cannot be used."""


class DeskTaken(KeyFileError):
    """There is a key in {} already: give another --desk, or --again when its passphrase is lost."""


class NoKeyFile(KeyFileError):
    """There is no staff key in {}: run `quietline-desk join NAME`, or give the right --desk."""


class BadKeyFile(KeyFileError):
    """{} opens, but it is not a staff key file."""


class NotYourWords(KeyFileError):
    """These are not the six words: look at each. Capitals, spaces and hyphens do not matter."""


class NotSixWords(NotYourWords):
    """Your passphrase has six words, and {} came: look at what was typed."""


class MistypedWords(NotYourWords):
    """These are not the six words: {} not in the list that they are drawn from."""


class PassphraseDiffers(KeyFileError):
    """What was typed is not the passphrase shown: nothing was kept, run `join` again."""


class WrongName(KeyFileError):
    """The name "{}" will not do: take 1 to 32 small letters, digits and hyphens, not "recovery"."""


class ThrowawayJoin(KeyFileError):
    """{} was made with --throwaway: its secret lies open on a disk, and this line is a real one."""


# --- the root at this desk ---------------------------------------------------------------------


class RootError(DeskError):
    """This desk does not know which root to believe."""


class NoRootPinned(RootError):
    """No root is pinned in {}: run {}, and compare the six groups that it shows with {}."""

    def __init__(self, desk: object) -> None:
        """Say what is compared with what."""
        pin = "`quietline-desk fingerprint --pin`"
        super().__init__(desk, pin, "those on your organisation's paper")


class NotCompared(RootError):
    """Without the comparison nothing was changed: a wrong fingerprint means another's key."""


class WrongFingerprint(RootError):
    """The root here has another fingerprint, {}: this is not the line you were told of."""


# --- the statement at the root's holder --------------------------------------------------------


class OrgError(DeskError):
    """The statement cannot be changed so."""


class NoLine(OrgError):
    """There is no line in {}: give the right --line, or make one with `org init`."""


class LineExists(OrgError):
    """There is a line in {} already: a line has one root for its life."""


class CardsExist(OrgError):
    """There are cards in {} already: give another --cards."""


class NameTaken(OrgError):
    """`{}` is on the staff with other keys: run `quietline-desk org remove {}` first."""


class NoSuchPerson(OrgError):
    """There is no {} on the staff."""


class LeadCannotRead(OrgError):
    """Who leads must read what is sealed to the lead: give {} read, and the compartment lead."""


class OtherForm(OrgError):
    """{} is not a form that the server's request names: the server would ask something else."""


class NothingSuch(OrgError):
    """There is no {} in the statement to take out."""


# --- reading keys ------------------------------------------------------------------------------


class ReadingKeyError(DeskError):
    """A reading key cannot be used."""


class ForeignKeyFile(ReadingKeyError):
    """The file of reading key {} holds another key than the root signed: it was swapped."""


class BadReadingKeyFile(ReadingKeyError):
    """The file of reading key {} is damaged: fetch the line folder again."""


class NotEntitled(ReadingKeyError):
    """The statement gives {} no compartment to read: run `quietline-desk org add` with rights."""


class NothingToShare(ReadingKeyError):
    """None of the keys that {} may hold since {} opens with {}: ask a colleague who holds them."""


class NothingToRetire(ReadingKeyError):
    """There is no reading key of {}, neither listed nor on this disk."""


class QuarterRunning(ReadingKeyError):
    """{} is not over: only the keys of past quarters can be retired."""


class StillKept(ReadingKeyError):
    """What was sealed in {} is kept to {} and would never open again: --early if it must be."""


# --- what the server sent, and the mirror ------------------------------------------------------


class ReadingError(DeskError):
    """What the server sent cannot be read here."""


class RefusedFile(ReadingError):
    """{}: {}."""


class RefusedFiles(ReadingError):
    """Some of the files were refused; the others were taken: {}."""


class UnknownFile(ReadingError):
    """This is neither a digest (digest-000001.age) nor a bundle (bundle-000001.tar) nor a mail."""


class NoSignature(ReadingError):
    """There is no signature beside it: fetch {} as well, and put it into the same folder."""


class OutlookMail(ReadingError):
    """This is Outlook's own format: save the mail's two attachments to a folder, and open that."""


class BadMail(ReadingError):
    """It cannot be read as a mail: save the original again, as an .eml file."""


class OversizedMail(ReadingError):
    """It is larger than a mail with a digest can be: save its two attachments, and open those."""


class NoDigestInside(ReadingError):
    """There is no sealed digest in it: save the mail that has `digest.age` attached."""


class NoSignatureInside(ReadingError):
    """The digest in it has no signature beside it: save the whole mail, with both attachments."""


class AlteredFile(ReadingError):
    """It is not as the server signed it: it was changed or cut short on its way, fetch it again."""


class ForeignFile(ReadingError):
    """It is not signed by this line's server: it is another line's, or somebody made it up."""


class NoServerKeys(ReadingError):
    """The line's statement names no server yet: run `quietline-desk org sign-server`."""


class SealedToOthers(ReadingError):
    """It is sealed to a reading key that you do not hold: ask a colleague to run `keys share`."""


class MisnamedDigest(ReadingError):
    """It is digest {} under the name of another: files were renamed or put in another order."""


class OtherDigest(ReadingError):
    """Another digest {} is here already: two were made, so one of them is false; ask the lead."""


class TornDigests(ReadingError):
    """Digest {} does not continue digest {}: one of them is not the one that the server sent."""


class HeadsDisagree(ReadingError):
    """Digest {} and the bundle tell of different journals: the server shows different journals."""


class WithheldCase(ReadingError):
    """Digest {} tells of a case that the bundle leaves out: the server keeps something back."""


class NotErased(ReadingError):
    """Case {} was deleted and could not be erased here: close what uses its files, sync again."""


class NoSuchCase(ReadingError):
    """There is no case {} here: `quietline-desk list` shows those that are."""


class SeveralCases(ReadingError):
    """{} is the beginning or number of several cases: give the whole case id."""


class OtherCaseInside(ReadingError):
    """The entry at position {} holds another case than it says outside: it was swapped."""


class UnnamedInterviewer(ReadingError):
    """One of the staff has sent it as a person's own report: it names nobody who wrote it down."""


class InterviewFromChat(ReadingError):
    """It says that {} wrote it down for a person, but did not come from one of the staff."""


class UnsignedInterview(ReadingError):
    """It says that {} wrote it down for a person, and nobody of that name who may act signed it."""


class LateInterview(ReadingError):
    """It says that {} wrote it down for a person, and they might do so no more when it came."""


class CaseInTrouble(ReadingError):
    """Case {} is not shown, because it cannot be relied on: {}."""


class NotHereYet(ReadingError):
    """Case {} was announced by a digest: what the person said comes with a bundle or a sync."""


class CaseLeaves(ReadingError):
    """Case {} is being deleted: nothing is written to it; the lead may show it, and hold that."""


class CaseDeparts(ReadingError):
    """Case {} is being deleted, asked for on {}: nothing of it is opened or exported any more."""


class CaseGone(ReadingError):
    """Case {} was deleted, or nothing of it is here: there is nothing to show, nor to hold."""


class NotForYou(ReadingError):
    """Case {} is sealed to a key that you do not hold: ask a colleague to run `keys share`."""


# --- statistics --------------------------------------------------------------------------------


class StatsError(DeskError):
    """Figures cannot be made so."""


class EndBeforeBeginning(StatsError):
    """The last day, {}, lies before the first, {}."""


# --- files that people sent --------------------------------------------------------------------


class FileTrouble(DeskError):
    """A file that a person sent cannot be opened."""


class DeskLocked(FileTrouble):
    """The desk was locked while the file was being opened: nothing of it was kept."""


class NotWritten(FileTrouble):
    """The file could not be written, and nothing of it was kept: {}."""


class NoBlob(FileTrouble):
    """It is not here: make a bundle with `--files` on the server, and open that."""


class AlteredBlob(FileTrouble):
    """It is not as the server sealed it: it was changed, cut short or swapped, fetch it again."""


class UnusableBlob(FileTrouble):
    """What lies there under its name is not a file that can be read."""


class ForeignBlob(FileTrouble):
    """It is whole, but it holds something else than its case says: show it to the lead."""


class BlobToOthers(FileTrouble):
    """It is sealed to a reading key that you do not hold: ask a colleague to run `keys share`."""


class NoRoom(FileTrouble):
    """There is no room on the disk: {} are needed, and {} are free."""


class LiesThere(FileTrouble):
    """Something else lies there already, and nothing is replaced: {}."""


class NoCopy(FileTrouble):
    """There is no working copy: {}."""


class NoSound(FileTrouble):
    """It cannot be listened to here, because {}: save the original."""


class NoSuchFile(FileTrouble):
    """Case {} has no file {} that can be opened here."""


class NoFolder(FileTrouble):
    """There is no folder {} with files."""


# --- forms -------------------------------------------------------------------------------------


class NotAForm(DeskError):
    """{} is no form that can be read: give the file that the root signed; nothing was kept."""


# --- exports -----------------------------------------------------------------------------------


class ExportError(DeskError):
    """Nothing was exported."""


class NoReason(ExportError):
    """Each export needs a reason, which is recorded: nothing was exported."""


class NothingToExport(ExportError):
    """There is no case here that you can open: nothing was exported."""


class NoPlace(ExportError):
    """Say where to with --to: only jsonl can go to the screen."""


class NoSuchFolder(ExportError):
    """There is no folder {} to export into."""


class CasesInFigures(ExportError):
    """Figures are of all cases that open here: name none, but a window with --from and --until."""


class OnlyForFigures(ExportError):
    """--from, --until, --dates, --count, --agreed and --by are for export stats only."""


class WrongEnding(ExportError):
    """{} is written to a name that ends with {}."""


class NoPdf(ExportError):
    """The typesetter could not make a PDF of it: export jsonl, and report which script it was."""


class NotABag(ExportError):
    """What was written is no valid bag: the disk may be failing. Try again into another folder."""


class TooLargeHere(ExportError):
    """It has {}, and the page makes at most {}: take fewer, or `quietline-desk export`."""


class NotMade(ExportError):
    """It could not be written: {}. Nothing was exported."""


class NotChosen(ExportError):
    """Choose what kind it is to be, and what is to be left out: nothing was exported."""


class NoneReady(ExportError):
    """No export is ready here any more: make it anew."""


class BrokenExportLog(ExportError):
    """Line {} of the record of exports is damaged, or one was taken out, put in or changed."""


# --- acting ------------------------------------------------------------------------------------


class ActError(DeskError):
    """This cannot be done at this desk."""


class NotOnStaff(ActError):
    """The statement here does not name {} on the staff: ask the root's holder."""


class NotConfirmed(ActError):
    """Nothing was done: only a yes goes on."""


class NoRight(ActError):
    """The statement does not give you the right "{}", which this needs: ask {}."""


class NotYourCompartment(ActError):
    """It is sealed to the compartment {}, which you lack: ask the root's holder to `org add` it."""


class NoSuchColleague(ActError):
    """There is no {} on the staff who may read this: the statement names {}."""


class TooLongNote(ActError):
    """That is too long: at most {} characters."""


class NoText(ActError):
    """There is nothing written: nothing was done."""


class OtherNumber(ActError):
    """That is not this case's number: nothing was deleted. Go back, and type the one above it."""


class HoldTooLong(ActError):
    """A deletion is held for at most {} days, once, and from today on."""


class DayOver(ActError):
    """{} is over: give a day to come."""


class NoSuchPacket(ActError):
    """There is no packet {} in the outbox that was refused."""


class NotHere(ActError):
    """Packet {} does not wait here any more: it was answered, or taken back before."""


class HandedOver(ActError):
    """Too late: packet {} may be at the server or on a stick. After a sync its case says more."""


class NotAReply(ActError):
    """Only a reply can be taken back, and packet {} is none."""


class NoneWaits(ActError):
    """No such reply waits at the server, as far as is known here. Sync, and look at the case."""


class SeveralWait(ActError):
    """Several replies wait at the server: name one by its entry, with --entry: {}."""


class NothingInside(ActError):
    """What is in packet {} cannot be made again by itself: do the same again, then drop it."""


class InterviewError(ActError):
    """This interview cannot go on."""


class AnotherForm(InterviewError):
    """The statement does not name this desk's form {}: install the version that the line has."""


class NoSuchInterview(InterviewError):
    """There is no interview {} here, or more than one: `interview --kept` lists them."""


class InterviewDamaged(InterviewError):
    """{} is not what was kept, or another person's: it opens with their key only."""


class NotReady(InterviewError):
    """Consent is missing, or there is nothing to hand in yet."""


class TooLargeFile(InterviewError):
    """A file of an interview has at most {} MB: nothing of it was kept."""


class TooManyFiles(InterviewError):
    """That is more files than an answer takes."""


class EmptyFile(InterviewError):
    """There is nothing in this file."""


class EnclosureGone(InterviewError):
    """File {} of the interview is not here any more, or was changed: take it out of the answer."""


class ReplyError(ActError):
    """This reply cannot be sent."""


class EmptyReply(ReplyError):
    """There is nothing written: nothing was sent."""


class TooLongReply(ReplyError):
    """With the phrase it is longer than {} characters: shorten it, or send it in two."""


class NoWayBack(ReplyError):
    """There is no address in case {}: the person cannot be written to, but may write to us."""


class NotWanted(ReplyError):
    """The person of case {} said that nobody is to write to them: nothing was sent."""


class OnlyIfUrgent(ReplyError):
    """The person of case {} wants to be written to only if it is urgent: --anyway if it must be."""


class NoSuchAddress(ReplyError):
    """Case {} has no address {}."""


class AddressOver(ReplyError):
    """Address {} opens no more since {}: the person must write to us first, with their code."""


class NeverOnline(DeskError):
    """This desk is a vault and opens no connection: carry files, see docs/desk-vault.md."""


# --- the local index ---------------------------------------------------------------------------


class IndexDamaged(DeskError):
    """The index of this desk is damaged ({}); it is made again at the next start."""


# --- the web desk ------------------------------------------------------------------------------


class PortTaken(DeskError):
    """The desk cannot be opened at port {}: {}. Try another, or none."""


# --- sync --------------------------------------------------------------------------------------


class SyncError(DeskError):
    """This desk and the server cannot exchange what they have."""


class NoAddress(SyncError):
    """This desk knows no server yet: give its address once, `quietline-desk sync https://...`."""


class BadAddress(SyncError):
    """{} will not do: https://..., or http:// to this computer itself or to an onion service."""


class OnionHere(SyncError):
    """This does not go through Tor, so nothing was asked: `torsocks quietline-desk sync {}`."""


class Unreachable(SyncError):
    """The server cannot be reached: {}. Nothing is lost: what waits goes with the next sync."""


class TurnedAway(SyncError):
    """Nobody there lets you in: are you on the staff of today's statement, is this the address?"""


class ClockOff(SyncError):
    """This computer's clock and the server's are {} minutes apart: set the clock, sync again."""


class ForeignServer(SyncError):
    """What answered is not this line's server, or was changed on its way: nothing was believed."""


class TooOften(SyncError):
    """You have asked too often: wait some minutes, and sync again; it goes on where it ended."""


class ServerFailed(SyncError):
    """The server met an error of its own: ask whoever runs it to look at its log."""


class SyncStopped(SyncError):
    """The desk was locked, and the sync ended with it; the next one goes on where it ended."""


class StrangeAnswer(SyncError):
    """The server's answer is not one that this version knows ({}): update Quietline."""


class ServerRefused(SyncError):
    """The server did not take the statement that lies here: {}."""


class ServerWentBack(SyncError):
    """The server has gone back: it tells of {} here. Was it put back from a copy? Ask the lead."""


class TamperedCase(SyncError):
    """What the server sent of case {} cannot be believed, and was not kept: {}."""


class ForkedCase(SyncError):
    """The server tells case {} otherwise than before, from position {}: show this to the lead."""


class LostEntries(SyncError):
    """The server has lost entries of case {}: it ends at {} there and at {} here; ask the lead."""


class VanishedCase(SyncError):
    """The server shows case {} no more, and does not say that it was deleted: ask the lead."""


class WithheldEntries(SyncError):
    """The server keeps back entries of case {}, which it says are there: show this to the lead."""


class LeftOutDigest(SyncError):
    """The server tells nothing of digest {}, or tells it otherwise than before: ask the lead."""


class UnwitnessedCase(SyncError):
    """Digest {} witnessed another end of case {} than the server sends: show this to the lead."""


class ManyGone(SyncError):
    """{} cases are said to be gone, after {} in a week; none was erased: if right, give --erase."""
