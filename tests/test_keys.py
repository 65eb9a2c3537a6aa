"""A reading key's life, walked with the real commands: quarters, newcomers, leavers, losses."""

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from desk import cards, keyfile, keys
from desk.cards import Kind
from desk.errors import BadReadingKeyFile, ForeignKeyFile
from desk.keyfile import StaffKey
from desk.keys import Opened
from storage import age, folder
from storage.age import Identity
from storage.errors import NoKeyFits, NoReadingKey
from storage.line import check
from storage.statement import Line, ReadingKey
from tests.office import TODAY, Office

WORDS = b"what a person said"
NEXT_QUARTER = date(2027, 1, 1)


def staff_key(office: Office, name: str) -> StaffKey:
    def nobody() -> str:
        pytest.fail("a throw-away key asks for nothing")

    return keyfile.load(office.desk(name), nobody)


def opened(office: Office, name: str) -> dict[str, Opened]:
    """Return the reading keys that a person's own key opens."""
    return keys.open_all(office.line_folder, office.line, staff_key(office, name).reading)


def recovered(office: Office) -> dict[str, Opened]:
    """Return the reading keys that the recovery card opens."""
    text = office.cards.read_text(encoding="utf-8")
    identity = Identity.from_seed(cards.find(text, Kind.RECOVERY, file=""))
    return keys.open_all(office.line_folder, office.line, identity)


def entry(office: Office, compartment: str = "general") -> tuple[str, bytes]:
    """Seal an entry as the server would today; return the key's id and the ciphertext."""
    key = office.line.reading_key(office.today, compartment)
    return key.id, age.seal(WORDS, [key.recipient])


def reads(office: Office, name: str, sealed: tuple[str, bytes]) -> bool:
    """Tell whether a person opens an entry."""
    key = opened(office, name).get(sealed[0])
    if key is None:
        return False
    assert age.open(sealed[1], [key.identity]) == WORDS
    return True


def usable(office: Office) -> Line:
    """Return the statement as a server may use it today."""
    signed = folder.read(office.line_folder)
    return check(signed.text, signed.signature, root=office.line.root, today=office.today)


# --- keys --------------------------------------------------------------------------------------


def test_keys_makes_four_quarters_of_each_compartment(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    ids = {key.id for key in office.line.reading_keys}
    quarters = ("2026Q4", "2027Q1", "2027Q2", "2027Q3")
    assert ids == {f"{q}.1-{c}" for q in quarters for c in ("general", "relatives", "lead")}
    assert sorted(ids) == folder.key_ids(office.line_folder)
    assert office.line.expires == date(2027, 9, 30)
    assert office.line.reading_key(TODAY, "general").since == TODAY


def test_each_key_opens_for_those_entitled_and_for_recovery(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.run("org", "init", "--name", "Quiet", "--throwaway")
    office.join("anna", "--rights", "read,act,lead")
    office.join("ben", "--compartments", "general,relatives")
    office.join("cem", "--rights", "act")
    shown = office.sign("keys")
    everything = {key.id for key in office.line.reading_keys}
    assert set(recovered(office)) == everything
    assert set(opened(office, "anna")) == {key for key in everything if "relatives" not in key}
    assert set(opened(office, "ben")) == {key for key in everything if "lead" not in key}
    assert opened(office, "cem") == {}
    assert "Nobody" not in shown


@pytest.mark.parametrize(
    "given",
    [
        ("--rights", "read,act,lead", "--compartments", "general"),
        ("--rights", "act,lead", "--compartments", "general,lead"),
    ],
)
def test_nobody_leads_who_cannot_read_what_the_lead_decides(
    tmp_path: Path, given: tuple[str, ...]
) -> None:
    office = Office.throwaway(tmp_path, "anna")
    before = office.line
    join = str(office.desk("anna") / "anna.join")
    command = ("org", "add", join, "--compared", *given, "--card", str(office.cards))
    code, wrong = office.attempt(*command)
    assert code == 1
    assert "Who leads must read what is sealed to the lead: give anna" in wrong
    assert office.line == before


def test_a_compartment_that_nobody_holds_is_spoken_of(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.run("org", "init", "--name", "Quiet", "--throwaway")
    assert "Nobody on the staff holds general" in office.sign("keys")
    assert len(recovered(office)) == 12


def test_keys_that_are_there_are_not_made_again(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    before = office.line
    assert "nothing is made" in office.run("keys")
    assert office.line == before


def test_a_new_compartment_gets_keys_and_keeps_getting_them(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    shown = office.add("anna", "--compartments", "general,medical")
    assert "quietline-desk keys --compartments medical" in shown
    office.sign("keys", "--compartments", "general,medical")
    assert office.line.reading_key(TODAY, "medical").id in opened(office, "anna")
    office.today = NEXT_QUARTER
    office.sign("keys")
    assert "2027Q4.1-medical" in opened(office, "anna")


def test_a_stock_age_identity_file_is_inside(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    sealed = folder.read_key(office.line_folder, "2026Q4.1-general")
    assert sealed is not None
    text = age.open(sealed, [staff_key(office, "anna").reading]).decode()
    secrets = [line for line in text.splitlines() if not line.startswith("#")]
    assert len(secrets) == 1
    assert Identity.parse(secrets[0]).recipient == office.line.reading_keys[0].recipient


def test_no_secret_lies_open_in_the_line_folder_or_in_a_repr(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    kept = b"".join(path.read_bytes() for path in office.line_folder.rglob("*") if path.is_file())
    assert b"AGE-SECRET" not in kept
    everything = opened(office, "anna")
    for one in everything.values():
        assert one.identity.secret() not in repr(one)
    key = staff_key(office, "anna")
    assert key.reading.secret() not in repr(key)
    assert key.signing.seed.hex() not in repr(key)


# --- the quarter's end -------------------------------------------------------------------------


def test_at_a_quarters_end_the_next_key_takes_over_and_old_entries_stay_readable(
    tmp_path: Path,
) -> None:
    office = Office.throwaway(tmp_path, "anna")
    office.today = date(2026, 12, 31)
    old = entry(office)
    office.today = NEXT_QUARTER
    new = entry(office)
    assert (old[0], new[0]) == ("2026Q4.1-general", "2027Q1.1-general")
    office.sign("keys")
    assert office.line.expires == date(2027, 12, 31)
    assert reads(office, "anna", old)
    assert reads(office, "anna", new)
    assert usable(office) == office.line


def test_a_line_that_nobody_renews_ends_with_its_last_quarter_and_can_be_renewed(
    tmp_path: Path,
) -> None:
    office = Office.throwaway(tmp_path, "anna")
    office.today = date(2027, 10, 1)
    with pytest.raises(NoReadingKey):
        entry(office)
    office.sign("keys")
    assert usable(office).expires == date(2028, 9, 30)
    assert reads(office, "anna", entry(office))


# --- newcomer ----------------------------------------------------------------------------------


def test_a_newcomer_reads_from_this_quarter_on_once_a_colleague_shares(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    old = entry(office)
    office.today = NEXT_QUARTER
    shown = office.join("ben")
    assert "quietline-desk keys share ben" in shown
    new = entry(office)
    assert not reads(office, "ben", new)
    office.run("fingerprint", "--pin", "--root", root(office), desk="anna")
    shown = office.run("keys", "share", "ben", desk="anna")
    assert "2027Q1.1-general" in shown
    assert reads(office, "ben", new)
    assert not reads(office, "ben", old)
    assert reads(office, "anna", old)
    assert reads(office, "anna", new)
    assert set(recovered(office)) == {key.id for key in office.line.reading_keys}


def test_older_quarters_are_shared_when_asked_for(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    old = entry(office)
    office.today = NEXT_QUARTER
    office.join("ben")
    office.run("keys", "share", "ben", "--since", "2026Q4", desk="anna")
    assert reads(office, "ben", old)


def test_sharing_leaves_nobody_out_and_lets_no_leaver_in(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna", "ben", "cem")
    office.sign("org", "remove", "cem")
    office.join("dora")
    office.run("keys", "share", "dora", desk="anna")
    for name in ("anna", "ben", "dora"):
        assert reads(office, name, entry(office)), name
    assert "2026Q4.1-general" not in opened(office, "cem")  # sealed anew without them
    assert set(recovered(office)) == {key.id for key in office.line.reading_keys}


def test_a_newcomer_gets_no_compartment_that_the_statement_does_not_give(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.run("org", "init", "--name", "Quiet", "--throwaway")
    office.join("anna", "--compartments", "general,relatives")
    office.sign("keys")
    office.join("ben")
    office.join("cem", "--rights", "act")
    office.run("keys", "share", "ben", desk="anna")
    assert not reads(office, "ben", entry(office, "relatives"))
    assert "gives cem no compartment" in office.refuse("keys", "share", "cem", desk="anna")


def test_what_a_colleague_does_not_hold_is_named(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    office.join("ben", "--compartments", "general,relatives")
    shown = office.run("keys", "share", "ben", desk="anna")
    assert "Not held by your key, so not shared: 2026Q4.1-relatives" in shown
    office.join("cem")
    office.run("join", "dora", "--throwaway", desk="dora")
    assert "ask a colleague" in office.refuse("keys", "share", "cem", desk="dora")


def test_a_stranger_is_not_shared_with(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    assert "no mallory on the staff" in office.refuse("keys", "share", "mallory", desk="anna")


def test_a_desk_shares_only_by_a_statement_of_its_own_root(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path / "real", "anna")
    false = Office.throwaway(tmp_path / "false", "mallory")
    false.desk("anna").parent.mkdir(exist_ok=True)
    office.desk("anna").rename(false.desk("anna"))
    assert "another root" in false.refuse("keys", "share", "mallory", desk="anna")


def test_a_desk_refuses_an_older_statement_than_it_has_seen(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna", "ben")
    older = folder.read(office.line_folder)
    office.sign("org", "remove", "ben")
    office.join("cem")
    office.run("keys", "share", "cem", desk="anna")
    folder.write(office.line_folder, older)
    assert "an old one" in office.refuse("keys", "share", "ben", desk="anna")


# --- leaver ------------------------------------------------------------------------------------


def test_a_leaver_reads_what_they_had_and_nothing_that_comes(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna", "ben")
    old = entry(office)
    shown = office.sign("org", "remove", "ben")
    assert "What ben had stays readable to ben" in shown
    assert office.line.person("ben") is None
    new = entry(office)
    assert new[0] == "2026Q4.2-general"
    assert reads(office, "ben", old)
    assert not reads(office, "ben", new)
    assert reads(office, "anna", old)
    assert reads(office, "anna", new)
    assert new[0] in recovered(office)
    office.today = NEXT_QUARTER
    later = entry(office)
    assert later[0] == "2027Q1.2-general"
    assert not reads(office, "ben", later)
    assert reads(office, "anna", later)


def test_only_the_leavers_own_compartments_get_new_keys(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna", "ben")
    office.sign("org", "remove", "ben")
    assert entry(office, "lead")[0] == "2026Q4.1-lead"
    second = [key.id for key in office.line.reading_keys if key.serial == 2]
    assert second == [f"{q}.2-general" for q in ("2026Q4", "2027Q1", "2027Q2", "2027Q3")]


def test_past_quarters_keep_their_keys_when_somebody_leaves(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna", "ben")
    office.today = NEXT_QUARTER
    office.sign("org", "remove", "ben")
    assert office.line.key("2026Q4.2-general") is None
    assert office.line.key("2027Q1.2-general") is not None


def test_whoever_is_given_less_is_a_leaver_of_what_they_lose(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.run("org", "init", "--name", "Quiet", "--throwaway")
    office.join("anna", "--compartments", "general,relatives")
    office.join("ben", "--compartments", "general,relatives")
    office.sign("keys")
    office.add("ben")
    assert entry(office, "relatives")[0] == "2026Q4.2-relatives"
    assert entry(office)[0] == "2026Q4.1-general"
    assert reads(office, "anna", entry(office, "relatives"))
    assert not reads(office, "ben", entry(office, "relatives"))


def test_the_last_holders_leaving_is_spoken_of(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    assert "Nobody on the staff holds general" in office.sign("org", "remove", "anna")
    assert entry(office)[0] in recovered(office)


def test_nobody_leaves_who_is_not_there(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path)
    assert "no ben on the staff" in office.refuse("org", "remove", "ben")


# --- lost passphrase, lost computer, everything lost -------------------------------------------


def root(office: Office) -> str:
    """Return the root's fingerprint as it is on paper."""
    shown = office.run("fingerprint")
    return next(line for line in shown.splitlines() if line.startswith("root"))[4:].split("(")[0]


def passphrase(shown: str) -> str:
    """Return the six words on the screen, as a person types them: spaced, and with a capital."""
    (words,) = re.findall(r"^    ([a-z]+(?:-[a-z]+){5})$", shown, re.MULTILINE)
    return str(words).replace("-", " ").capitalize()


def test_a_lost_passphrase_is_a_new_key_for_the_same_person(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna", "ben")
    old = entry(office)
    office.desk("anna").joinpath("key.txt").unlink()
    given: list[str] = []

    def keep(shown: str) -> str:
        given.append(passphrase(shown))
        return given[-1]

    office.run("join", "anna", "--root", root(office), desk="anna", answers=["", keep])
    assert "There is a key in" in office.refuse("join", "anna", desk="anna")
    # the passphrase is forgotten
    wrong = office.refuse(
        "keys", "share", "ben", desk="anna", answers=["six other words of the list"]
    )
    assert "six words" in wrong
    again = ["join", "anna", "--again", "--root", root(office)]
    shown = office.run(*again, desk="anna", answers=["", keep])
    assert "key.lost-1.age" in shown
    join = str(office.desk("anna") / "anna.join")
    assert "other keys" in office.refuse(
        "org", "add", join, "--compared", "--card", str(office.cards)
    )
    office.sign("org", "remove", "anna")
    office.add("anna")
    office.run("keys", "share", "anna", "--since", "2026Q4", desk="ben")
    new = keyfile.load(office.desk("anna"), lambda: given[1])
    held = keys.open_all(office.line_folder, office.line, new.reading)
    assert age.open(old[1], [held[old[0]].identity]) == WORDS
    key_id, sealed = entry(office)
    assert key_id == "2026Q4.2-general"
    assert age.open(sealed, [held[key_id].identity]) == WORDS


def test_when_nobody_holds_a_key_the_recovery_card_shares_it(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    old = entry(office)
    on_paper = root(office)
    office.sign("org", "remove", "anna")
    office.desk("anna").rename(tmp_path / "stolen")
    office.join("anna")
    assert "opens with your key" in office.refuse("keys", "share", "anna", desk="anna")
    share = ["keys", "share", "anna", "--since", "2026Q4", "--recovery"]
    wrong = cards.words(bytes(32))
    refused = office.refuse(*share, desk="anna", answers=[" ".join(wrong)] * 5)
    assert "not of this line's recovery card" in refused
    text = office.cards.read_text(encoding="utf-8")
    typed = " ".join(cards.words(cards.find(text, Kind.RECOVERY, file="")))
    office.run(*share, desk="anna", answers=[typed])
    assert reads(office, "anna", old)
    assert reads(office, "anna", entry(office))
    office.run("fingerprint", "--pin", "--root", on_paper, desk="anna")


def test_only_a_recovery_command_asks_for_the_recovery_card(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    text = office.cards.read_text(encoding="utf-8")
    typed = " ".join(cards.words(cards.find(text, Kind.ROOT, file="")))
    office.run("org", "sign", "--name", "Quieter", answers=[typed])
    assert all("root card" in asked for asked in office.terminal.asked)
    assert office.line.name == "Quieter"


# --- the person's own key ----------------------------------------------------------------------


def test_a_key_is_kept_only_when_its_passphrase_was_typed_back(tmp_path: Path) -> None:
    office = Office(tmp_path)
    refused = office.refuse("join", "anna", desk="anna", answers=["", "something else"])
    assert "nothing was kept" in refused
    assert not office.desk("anna").exists()


def test_the_key_file_is_a_passphrase_file_of_the_standard(tmp_path: Path) -> None:
    office = Office(tmp_path)
    shown = office.run("join", "anna", desk="anna", answers=["", passphrase])
    path = office.desk("anna") / "key.age"
    sealed = path.read_bytes()
    assert sealed.startswith(b"age-encryption.org/v1\n-> scrypt ")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    words = "-".join(passphrase(shown).lower().split())
    text = age.open_with_passphrase(sealed, words).decode()
    assert sum(not line.startswith("#") for line in text.splitlines()) == 1
    assert words not in "".join(
        file.read_bytes().decode("latin-1") for file in tmp_path.rglob("*") if file.is_file()
    )


@pytest.mark.parametrize("name", ["Anna", "an na", "recovery", "../anna", "", "a" * 33])
def test_a_name_that_will_not_do_is_refused(tmp_path: Path, name: str) -> None:
    office = Office(tmp_path)
    assert "will not do" in office.refuse("join", name, "--throwaway", desk="x")


def test_another_root_than_on_paper_is_not_pinned(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path)
    refused = office.refuse("join", "anna", "--root", "AAAA " * 6, desk="anna")
    assert "another fingerprint" in refused
    assert "Without the comparison" in office.refuse("join", "anna", desk="anna", answers=["no"])
    assert not office.desk("anna").exists()


def test_a_throwaway_join_is_refused_by_a_real_line(tmp_path: Path) -> None:
    office = Office(tmp_path)

    def typed(kind: Kind) -> object:
        return lambda shown: " ".join(cards.words(cards.find(shown, kind, file="")))

    answers = ["", "", typed(Kind.ROOT), typed(Kind.RECOVERY)]
    office.run("org", "init", "--name", "Quiet", answers=answers)  # type: ignore[arg-type]
    office.run("join", "anna", "--throwaway", desk="anna")
    join = str(office.desk("anna") / "anna.join")
    assert "lies open on a disk" in office.refuse("org", "add", join, "--compared")


def test_nobody_is_added_before_the_voices_were_compared(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path)
    office.run("join", "anna", "--throwaway", desk="anna")
    join = str(office.desk("anna") / "anna.join")
    card = ["--card", str(office.cards)]
    assert "Without the comparison" in office.refuse("org", "add", join, *card, answers=["what?"])
    own = next(
        line for line in office.run("fingerprint", desk="anna").splitlines() if "anna" in line
    )
    shown = office.run("org", "add", join, *card, answers=["Yes"])
    assert own.split("(")[0][4:].strip() in shown


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no field `quietline`"),
        ("quietline = 1\nname = 'anna'\n", "no field `throwaway`"),
        ("nonsense", "cannot be read as TOML"),
        ("\xff", "cannot be read as TOML"),
    ],
)
def test_a_join_that_is_none_is_refused(tmp_path: Path, text: str, says: str) -> None:
    office = Office.throwaway(tmp_path)
    path = tmp_path / "x.join"
    path.write_bytes(text.encode("latin-1"))
    assert says in office.refuse("org", "add", str(path), "--compared")


@pytest.mark.parametrize("text", ["", "AGE-SECRET-KEY-PQ-1QQQ", "# name: anna\n" * 2])
def test_a_key_file_of_another_kind_is_refused(tmp_path: Path, text: str) -> None:
    office = Office.throwaway(tmp_path, "anna", "ben")
    office.desk("anna").joinpath("key.txt").write_text(text)
    assert "not a staff key file" in office.refuse("keys", "share", "ben", desk="anna")


def test_a_desk_without_key_or_line_says_what_to_do(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    assert "No root is pinned" in office.refuse("keys", "share", "anna", desk="cem")
    office.run("fingerprint", "--pin", "--root", root(office), desk="cem")
    assert "no staff key in" in office.refuse("keys", "share", "anna", desk="cem")
    office.line_folder = tmp_path / "elsewhere"
    assert "There is no line in" in office.refuse("keys")


# --- swapped and damaged files -----------------------------------------------------------------


def first_key(office: Office) -> tuple[ReadingKey, bytes]:
    key = office.line.reading_key(TODAY, "general")
    sealed = folder.read_key(office.line_folder, key.id)
    assert sealed is not None
    return key, sealed


def test_a_swapped_key_file_is_refused(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna", "ben")
    other = folder.read_key(office.line_folder, "2027Q1.1-general")
    assert other is not None
    folder.write_key(office.line_folder, "2026Q4.1-general", other)
    with pytest.raises(ForeignKeyFile):
        opened(office, "anna")
    refused = office.refuse("keys", "share", "ben", desk="anna")
    assert "2026Q4.1-general holds another key than the root signed" in refused


def test_a_foreign_key_file_made_for_the_person_is_refused(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    key, _ = first_key(office)
    anna = staff_key(office, "anna").reading
    foreign = age.seal(Identity.generate().secret().encode(), [anna.recipient])
    for sealed in (foreign, age.seal(b"", [anna.recipient]), age.seal(b"\xff", [anna.recipient])):
        with pytest.raises((ForeignKeyFile, BadReadingKeyFile)):
            keys.open_one(key, sealed, anna)
    with pytest.raises(ForeignKeyFile):
        keys.open_one(key, age.seal_with_passphrase(b"", "x", work=1), anna)


def test_a_damaged_key_file_is_refused_and_a_strangers_is_skipped(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    key, sealed = first_key(office)
    anna = staff_key(office, "anna").reading
    for worse in (sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1]), b"", b"nonsense"):
        with pytest.raises(BadReadingKeyFile):
            keys.open_one(key, worse, anna)
    assert keys.open_one(key, sealed, Identity.generate()) is None
    assert keys.open_one(key, age.seal(b"", [Identity.generate().recipient]), anna) is None


def test_a_missing_key_file_takes_only_its_own_entries_away(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    folder.key_path(office.line_folder, "2026Q4.1-general").unlink()
    assert "2027Q1.1-general" in opened(office, "anna")
    assert "2026Q4.1-general" not in opened(office, "anna")


# --- retire ------------------------------------------------------------------------------------


def test_a_retired_quarter_opens_for_nobody_again(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    old = entry(office)
    office.today = date(2029, 1, 1)  # 24 months after the quarter's end
    office.sign("keys")
    shown = office.sign("keys", "retire", "2026Q4")
    for compartment in ("general", "lead", "relatives"):
        assert f"2026Q4.1-{compartment}.age" in shown
        assert f"2026Q4.1-{compartment} is retired" in shown
    assert not any(key_id.startswith("2026Q4") for key_id in folder.key_ids(office.line_folder))
    assert not reads(office, "anna", old)
    assert old[0] not in recovered(office)
    assert office.line.key(old[0]) is None
    assert reads(office, "anna", entry(office))
    assert "no reading key of 2026Q4" in office.refuse("keys", "retire", "2026Q4")


@pytest.mark.parametrize("quarter", ["2026Q4", "2027Q1"])
def test_a_quarter_that_is_not_over_is_not_retired(tmp_path: Path, quarter: str) -> None:
    office = Office.throwaway(tmp_path, "anna")
    assert f"{quarter} is not over" in office.refuse("keys", "retire", quarter)


def test_what_is_still_kept_is_retired_only_on_the_explicit_word(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    office.today = date(2028, 12, 31)
    assert "kept to 2028-12-31" in office.refuse("keys", "retire", "2026Q4")
    office.sign("keys", "retire", "2026Q4", "--early")
    assert office.line.key("2026Q4.1-general") is None


def test_a_retirement_cut_short_is_finished_without_the_card(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    _, sealed = first_key(office)
    office.today = date(2029, 1, 1)
    office.sign("keys")
    office.sign("keys", "retire", "2026Q4")
    folder.write_key(office.line_folder, "2026Q4.1-general", sealed)
    assert "Erased here" in office.run("keys", "retire", "2026Q4")
    assert folder.read_key(office.line_folder, "2026Q4.1-general") is None


# --- signing -----------------------------------------------------------------------------------


def test_another_lines_card_signs_nothing(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path / "one", "anna")
    other = Office.throwaway(tmp_path / "two")
    before = folder.read(office.line_folder)
    refused = office.refuse("org", "sign", "--name", "X", "--card", str(other.cards))
    assert "not of this line's root card" in refused
    assert folder.read(office.line_folder) == before


def test_a_statement_changed_on_the_disk_is_not_signed_on(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    path = office.line_folder / folder.STATEMENT
    path.write_bytes(path.read_bytes().replace(b"retention_months = 24", b"retention_months = 99"))
    assert "changed after signing" in office.refuse("org", "sign", "--name", "X")


def test_sign_changes_what_it_is_told_and_says_so(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    form = tmp_path / "form.md"
    form.write_bytes(b"a form")
    command = ["org", "sign", "--channel", "telegram=@quiet", "--form", f"intake-1:3={form}"]
    command += ["--text", "en=" + "b" * 64, "--retention-months", "12", "--return-months", "0"]
    shown = office.sign(*command)
    line = office.line
    assert (line.channels, line.texts) == ({"telegram": "@quiet"}, {"en": "b" * 64})
    assert line.forms["intake-1"].version == "3"
    assert (line.retention_months, line.return_months) == (12, 0)
    assert "Cases are kept for 12 months; it was 24." in shown
    assert "Channel telegram is @quiet." in shown
    assert (line.epoch, line.issued) == (4, TODAY)
    office.sign("org", "sign", "--drop-form", "intake-1", "--drop-channel", "telegram")
    assert (office.line.forms, office.line.channels) == ({}, {})
    assert "no signal in the statement" in office.refuse("org", "sign", "--drop-channel", "signal")
    assert "`retention_months`" in office.refuse("org", "sign", "--retention-months", "-1")
    assert "nothing is signed" in office.run("org", "sign")
    assert office.line.epoch == 5


def test_each_statement_names_the_one_before(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    before = office.line
    office.sign("org", "sign", "--name", "Quieter")
    assert office.line.previous == before.sha256
    assert office.line.epoch == before.epoch + 1


# --- the command line --------------------------------------------------------------------------


def test_fingerprint_shows_everybody(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna", "ben")
    shown = office.run("fingerprint", desk="anna")
    assert [line.split()[0] for line in shown.splitlines()] == [
        "root",
        "recovery",
        "anna",
        "ben",
        "anna",
    ]
    assert "(not pinned here)" in office.run("fingerprint", desk="nobody")


def test_the_places_may_stand_before_the_command_below(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    office.join("ben")
    office.run("keys", "--line", str(office.line_folder), "share", "ben", desk="anna")
    assert reads(office, "ben", entry(office))


def test_the_real_command_answers_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "desk", "keys", "--line", str(tmp_path)]
    ended = subprocess.run(
        command, capture_output=True, check=False, text=True, stdin=subprocess.DEVNULL
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith("quietline-desk: There is no line in ")
    assert ended.stderr.count("\n") == 1


def test_the_keyboard_reads_a_pipe(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path)
    text = office.cards.read_text(encoding="utf-8")
    typed = "\n".join(cards.words(cards.find(text, Kind.ROOT, file="")))
    command = [sys.executable, "-m", "desk", "org", "sign", "--name", "Piped"]
    command += ["--line", str(office.line_folder)]
    ended = subprocess.run(command, capture_output=True, check=False, text=True, input=typed)
    assert ended.returncode == 0, ended.stderr
    assert office.line.name == "Piped"
    assert typed.split()[0] not in ended.stdout


def test_a_stranger_opens_no_reading_key(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    _, sealed = first_key(office)
    with pytest.raises(NoKeyFits):
        age.open(sealed, [Identity.generate()])
