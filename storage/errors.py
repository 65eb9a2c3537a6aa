"""Everything that can be wrong with what is kept: one tree.

Rules of this file: a class is named for what happened, and its docstring is the sentence an
operator reads. `{}` in a sentence is a fact given when raising: a file, a name, a position, a day;
never a person's words and never a secret.
"""


class StorageError(Exception):
    """Something that is kept cannot be used."""

    def __str__(self) -> str:
        """Return the sentence of the class with its facts."""
        sentence = " ".join((type(self).__doc__ or "").split("\n\n")[0].split())
        if self.args and "{}" not in sentence:
            return f"{sentence} ({', '.join(map(str, self.args))})"
        return sentence.format(*self.args)


# --- TOML files: the line's statement, a join, a server's request ------------------------------


class FieldError(StorageError):
    """A file of the line cannot be read."""


class UnreadableToml(FieldError):
    """{} cannot be read as TOML (at {}): fetch the file again from where it was made."""


class OtherFormat(FieldError):
    """{} is in format {}, and this version of Quietline reads format {}: update Quietline."""


class MissingField(FieldError):
    """{} has no field `{}`: the file is incomplete."""


class UnknownField(FieldError):
    """{} has a field `{}` that this version of Quietline does not know: update Quietline."""


class WrongField(FieldError):
    """{} says something in `{}` that cannot be: expected {}."""


# --- the line's statement ----------------------------------------------------------------------


class LineError(StorageError):
    """The line's statement cannot be used."""


class NoStatement(LineError):
    """There is no `line.toml` with its `line.toml.sig` in {}."""


class BadRootFile(LineError):
    """{} does not hold the root's public key (one line that begins with ssh-ed25519)."""


class UnsignedLine(LineError):
    """The signature is not of this line.toml: it was changed after signing, or never signed."""


class ForeignRoot(LineError):
    """This line.toml is signed by another root than the one pinned here: it is another line's."""


class ExpiredLine(LineError):
    """This line.toml was valid to {}: run `quietline-desk keys` and load the new statement."""


class OlderLine(LineError):
    """This line.toml is number {}, and number {} was seen before: somebody offers an old one."""


class BrokenChain(LineError):
    """This line.toml, number {}, does not continue the one seen before: ask the root's holder."""


class MixedRecipients(LineError):
    """`{}` holds a classic age key; only post-quantum ones (age1pq1...) may stand in line.toml."""


class NoRecovery(LineError):
    """This line.toml names no recovery identity: were all computers lost, nothing would open."""


class NoReadingKeys(LineError):
    """This line.toml lists no reading key for {}: run `quietline-desk keys`."""


class NoReadingKey(LineError):
    """The line's statement has no reading key for {} on {}: run `quietline-desk keys`."""


class Duplicate(LineError):
    """This line.toml names {} twice."""


class WrongExpiry(LineError):
    """This line.toml says that it is valid to {}, but the last quarter it lists ends on {}."""


class ThrowawayLine(LineError):
    """This line was made with --throwaway, for trying out: its secrets lie open on a disk."""


# --- a server's credentials --------------------------------------------------------------------


class CredentialError(StorageError):
    """The server's credentials cannot be used."""


class MissingCredential(CredentialError):
    """The secret `{}` is not in {}: put its file there, or give it to the service."""


class UnreadableCredential(CredentialError):
    """The secret `{}` in {} may not be read ({}): give the file to the line's own user."""


class BadCredential(CredentialError):
    """The credential `{}` in {} is not {}."""


class CredentialsExist(CredentialError):
    """There are credentials in {} already: what was sealed under them would be lost with them."""


# --- the database ------------------------------------------------------------------------------


class DatabaseError(StorageError):
    """The database cannot be used."""


class DatabaseFailed(DatabaseError):
    """The database answered with an error ({}): look at its disk and its owner; is it whole?"""


class NoPlace(DatabaseError):
    """There can be no database at {}: {}."""


class NotOurDatabase(DatabaseError):
    """{} is not a database that Quietline can read."""


class NewerDatabase(DatabaseError):
    """The database was written by a newer Quietline (its schema is {}): update this one."""


class OlderDatabase(DatabaseError):
    """The database is of another version (its schema is {}): the line's start brings it up."""


class OnlyLooking(DatabaseError):
    """The database was opened to be looked at, and nothing is changed in it."""


class StoreClosed(DatabaseError):
    """The store is closed: nothing more is kept."""


class DigestOutOfOrder(DatabaseError):
    """Digest {} was made already, or the one before it was not: two processes make digests."""


# --- files -------------------------------------------------------------------------------------


class BlobError(StorageError):
    """A sealed file cannot be kept or read."""


class BlobFailed(BlobError):
    """Sealed files cannot be written or read in {} ({}): see that it is there and has room."""


class BlobMissing(BlobError):
    """There is no sealed file {}: it was erased, or taken from where files are kept."""


# --- a case's journal --------------------------------------------------------------------------


class JournalError(StorageError):
    """A case's journal is not as the server made it."""


class EntryMissing(JournalError):
    """The journal has no entry at position {}: one was taken out, or not all of it was sent."""


class EntryMisplaced(JournalError):
    """The journal's entry at position {} stands twice, out of order, or belongs to another case."""


class EntryAltered(JournalError):
    """The journal's entry at position {} is not the one that the server appended."""


class ForeignEntry(JournalError):
    """The journal's entry at position {} is not signed by this line's server."""


class JournalForked(JournalError):
    """At position {} this journal is not the one seen before: the server shows two of them."""


# --- sealed files ------------------------------------------------------------------------------


class SealError(StorageError):
    """A sealed file cannot be made or opened."""


class SealingUnavailable(SealError):
    """Sealing needs cryptography >= 47 with ML-KEM, and what is installed here has it not."""


class NotAnAgeFile(SealError):
    """This is not a sealed file: it does not begin with age-encryption.org/v1."""


class DamagedFile(SealError):
    """This sealed file was changed or cut short on its way: fetch it again."""


class DamagedHeader(DamagedFile):
    """This sealed file does not begin as an age file must: fetch it again."""


class ChangedHeader(DamagedFile):
    """The beginning of this sealed file was changed after it was sealed: fetch it again."""


class DamagedPayload(DamagedFile):
    """This sealed file was changed or cut short in its part {}: fetch it again."""


class NoKeyFits(SealError):
    """None of the keys given opens this file: it is sealed to others."""


class SealedWithPassphrase(NoKeyFits):
    """This file is sealed with a passphrase, not to keys."""


class SealedToKeys(NoKeyFits):
    """This file is sealed to keys, not with a passphrase."""


class WrongPassphrase(SealError):
    """The passphrase does not open this file: type it again, with the spaces or dashes it has."""


class EmptyPassphrase(SealError):
    """A passphrase must not be empty."""


class TooMuchWork(SealError):
    """This file asks for more than scrypt work 2^{}, which Quietline never uses: it is not ours."""


class TooLittleMemory(SealError):
    """This computer has too little memory for the passphrase's work (2^{} takes as many KiB)."""


class BadRecipients(SealError):
    """A file cannot be sealed to these recipients."""


class NoRecipients(BadRecipients):
    """There is nobody to seal to."""


class TooManyRecipients(BadRecipients):
    """A file can be sealed to at most {} recipients."""


class DuplicateRecipient(BadRecipients):
    """The same recipient is listed twice."""


class NotPostQuantum(BadRecipients):
    """Only post-quantum recipients (age1pq1...) may be sealed to: a classic one weakens all."""


class BadKeyText(SealError):
    """This is not {}: copy the whole line again."""


class TooLong(SealError):
    """{} bytes do not fit into a size of {}."""


# --- signatures --------------------------------------------------------------------------------


class BadSignature(StorageError):
    """The signature does not belong to what it came with."""


class UnreadableSignature(BadSignature):
    """This is not an SSH signature by an Ed25519 key: fetch the .sig file again."""


class UnknownSigner(BadSignature):
    """The signature is by a key that is not known here."""


class OtherNamespace(BadSignature):
    """The signature was made for {}, and something signed for {} is asked for."""


# --- documents and archives --------------------------------------------------------------------


class UnreadableDocument(FieldError):
    """{} is not a document as Quietline writes them: it is damaged, or something else."""


class ArchiveError(StorageError):
    """An archive cannot be used."""


class NotAnArchive(ArchiveError):
    """This is no archive as Quietline writes them (see {}): it is damaged, or something else."""


class ArchiveCutShort(ArchiveError):
    """This archive ends too early: it was cut short on its way, fetch it again."""


class ArchiveTooLarge(ArchiveError):
    """The archive holds something beyond its limits ({}): it is not ours."""


class WrongPackage(StorageError):
    """A submission's package does not hold what its manifest says ({}): it was changed."""


class WrongPacket(StorageError):
    """A packet does not hold what its header says ({}): it was changed, or signed by another."""


class WrongDigest(StorageError):
    """This is not a digest as the server makes them: it is damaged, or something else."""


class WrongBundle(StorageError):
    """The bundle does not hold what a bundle holds ({}): it was changed, or is something else."""


# --- return addresses --------------------------------------------------------------------------


class AddressError(StorageError):
    """A return address cannot be used."""


class AddressTooLong(AddressError):
    """A return address has {} bytes, and {} are the most that can be sealed."""


class AddressDead(AddressError):
    """The key of {} is destroyed or was never here: this return address opens no more."""


class ForeignAddress(AddressError):
    """This return address belongs to another case or another line, or it was changed."""
