"""The line's statement: what is refused, each for its own reason, and what stock tools accept."""

import subprocess
import tomllib
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import folder
from storage.age import Identity
from storage.errors import (
    BadRootFile,
    BrokenChain,
    Duplicate,
    ExpiredLine,
    FieldError,
    ForeignRoot,
    LineError,
    MissingField,
    MixedRecipients,
    NoReadingKey,
    NoReadingKeys,
    NoRecovery,
    NoStatement,
    OlderLine,
    OtherFormat,
    StorageError,
    UnknownField,
    UnreadableToml,
    UnsignedLine,
    WrongExpiry,
    WrongField,
)
from storage.line import (
    NAMESPACE,
    Former,
    FormPin,
    Line,
    ReadingKey,
    ServerKeys,
    Staff,
    authenticate,
    check,
    difference,
    parse,
    render,
    sign,
)
from storage.quarter import Quarter, months_after
from storage.signature import SigningKey

TODAY = date(2026, 11, 22)
ROOT = SigningKey.from_seed(bytes([1]) * 32)
OTHER_ROOT = SigningKey.from_seed(bytes([2]) * 32)
IDENTITIES = [Identity.from_seed(bytes([n]) * 32) for n in range(20, 40)]
SIGNERS = [SigningKey.from_seed(bytes([n]) * 32) for n in range(40, 50)]
RECOVERY = IDENTITIES[0].recipient
CLASSIC = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"


def key(
    number: int, quarter: str = "2026Q4", serial: int = 1, compartment: str = "general"
) -> ReadingKey:
    parsed = Quarter.parse(quarter)
    return ReadingKey.make(
        parsed, serial, compartment, since=parsed.first, recipient=IDENTITIES[number].recipient
    )


def person(number: int, name: str = "anna") -> Staff:
    return Staff(
        name=name,
        signing=SIGNERS[number].public,
        reading=IDENTITIES[number].recipient,
        rights=("read", "act"),
        compartments=("general",),
    )


FIRST = Line(
    name="Quiet ئۇيغۇر",
    epoch=1,
    issued=TODAY,
    expires=date(2027, 3, 31),
    previous="",
    root=ROOT.public,
    recovery=RECOVERY,
    retention_months=24,
    return_months=6,
    server=ServerKeys(identity=SIGNERS[9].public, packet=IDENTITIES[9].recipient),
    staff=(person(1),),
    reading_keys=(key(2), key(3, "2027Q1")),
    forms={"intake-1": FormPin(version="3", sha256="a" * 64)},
    texts={"en": "b" * 64, "zh-Hans": "c" * 64},
    consent={"en": "d" * 64},
    channels={"telegram": "@quiet"},
)
SECOND = replace(FIRST, epoch=2, previous=FIRST.sha256)


def checked(line: Line, *, last: Line | None = None, today: date = TODAY) -> Line:
    text = render(line)
    return check(text, sign(text, ROOT), root=ROOT.public, today=today, last=last)


def edited(change: Callable[[str], str], line: Line = FIRST) -> Line:
    """Check a text that was edited by hand and signed all the same."""
    text = change(render(line))
    assert text != render(line)
    return check(text, sign(text, ROOT), root=ROOT.public, today=TODAY)


# --- what is accepted --------------------------------------------------------------------------


def test_a_signed_statement_is_accepted_and_says_what_was_signed() -> None:
    assert checked(FIRST) == FIRST
    assert checked(SECOND, last=FIRST) == SECOND


def test_the_same_statement_may_be_taken_again() -> None:
    assert checked(SECOND, last=SECOND) == SECOND


def test_a_statement_in_between_may_be_missed() -> None:
    assert checked(replace(SECOND, epoch=5, previous="e" * 64), last=FIRST).epoch == 5


def test_a_line_is_valid_to_the_last_day_of_its_last_quarter() -> None:
    assert checked(FIRST, today=date(2027, 3, 31)) == FIRST


def test_stock_ssh_keygen_accepts_the_signature_and_refuses_another_text(tmp_path: Path) -> None:
    text = render(FIRST)
    folder.write(tmp_path, folder.Signed(text=text, signature=sign(text, ROOT)))
    allowed = tmp_path / "allowed"
    allowed.write_text(f'root@line namespaces="{NAMESPACE}" {ROOT.public}\n')
    command = ["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", "root@line", "-n", NAMESPACE]
    command += ["-s", str(tmp_path / folder.SIGNATURE)]
    statement = (tmp_path / folder.STATEMENT).read_bytes()
    assert (
        subprocess.run(command, input=statement, check=False, capture_output=True).returncode == 0
    )
    worse = statement.replace(b"@quiet", b"@quie7")
    assert subprocess.run(command, input=worse, check=False, capture_output=True).returncode != 0


# --- what is refused, each in its own words ----------------------------------------------------


def test_a_changed_text_is_unsigned() -> None:
    text = render(FIRST)
    with pytest.raises(UnsignedLine):
        check(text.replace("@quiet", "@quie7"), sign(text, ROOT), root=ROOT.public, today=TODAY)


@pytest.mark.parametrize("signature", ["", "-----BEGIN SSH SIGNATURE-----\n", "nonsense"])
def test_a_statement_without_a_signature_is_unsigned(signature: str) -> None:
    with pytest.raises(UnsignedLine):
        check(render(FIRST), signature, root=ROOT.public, today=TODAY)


def test_a_signature_for_another_purpose_is_none() -> None:
    text = render(FIRST)
    signature = ROOT.sign(text.encode(), "quietline-digest@v1")
    with pytest.raises(UnsignedLine):
        check(text, signature, root=ROOT.public, today=TODAY)


def test_a_statement_of_another_root_is_foreign() -> None:
    text = render(replace(FIRST, root=OTHER_ROOT.public))
    with pytest.raises(ForeignRoot):
        check(text, sign(text, OTHER_ROOT), root=ROOT.public, today=TODAY)


def test_a_statement_that_names_another_root_is_foreign() -> None:
    text = render(replace(FIRST, root=OTHER_ROOT.public))
    with pytest.raises(ForeignRoot):
        check(text, sign(text, ROOT), root=ROOT.public, today=TODAY)


def test_a_last_statement_of_another_root_is_foreign() -> None:
    with pytest.raises(ForeignRoot):
        checked(SECOND, last=replace(FIRST, root=OTHER_ROOT.public))


def test_an_expired_statement_is_refused_on_the_day_after() -> None:
    with pytest.raises(ExpiredLine, match="2027-03-31"):
        checked(FIRST, today=date(2027, 4, 1))


def test_an_expired_statement_still_says_who_signed_it() -> None:
    text = render(FIRST)
    assert authenticate(text, sign(text, ROOT), root=ROOT.public) == FIRST


def test_an_older_statement_is_refused() -> None:
    with pytest.raises(OlderLine, match="number 1, and number 2"):
        checked(FIRST, last=SECOND)


def test_another_statement_of_the_same_number_is_a_fork() -> None:
    with pytest.raises(BrokenChain):
        checked(replace(SECOND, retention_months=3), last=SECOND)


def test_a_next_statement_that_does_not_name_the_last_breaks_the_chain() -> None:
    with pytest.raises(BrokenChain):
        checked(replace(SECOND, previous="e" * 64), last=FIRST)


@pytest.mark.parametrize(
    "whose", ["recovery", "staff[1].reading", "reading_keys[1].recipient", "server.packet"]
)
def test_a_classic_key_anywhere_is_refused_by_its_field(whose: str) -> None:
    recipients = {
        "recovery": FIRST.recovery,
        "staff[1].reading": FIRST.staff[0].reading,
        "reading_keys[1].recipient": FIRST.reading_keys[0].recipient,
        "server.packet": IDENTITIES[9].recipient,
    }
    with pytest.raises(MixedRecipients) as refusal:
        edited(lambda text: text.replace(str(recipients[whose]), CLASSIC))
    assert f"`{whose}`" in str(refusal.value)


def test_a_statement_without_recovery_is_refused() -> None:
    line = f'recovery = "{RECOVERY}"\n'
    with pytest.raises(NoRecovery):
        edited(lambda text: text.replace(line, ""))
    with pytest.raises(NoRecovery):
        edited(lambda text: text.replace(line, 'recovery = ""\n'))


def test_a_statement_without_reading_keys_is_refused() -> None:
    with pytest.raises(NoReadingKeys):
        checked(replace(FIRST, reading_keys=(), expires=date(2026, 12, 31)))


def test_a_statement_without_a_general_key_today_is_refused() -> None:
    with pytest.raises(NoReadingKeys):
        checked(replace(FIRST, reading_keys=(key(3, "2027Q1"),)))
    with pytest.raises(NoReadingKeys):
        checked(replace(FIRST, reading_keys=(key(3, "2027Q1"), key(2, compartment="lead"))))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"staff": (person(1), person(4))}, "the staff name anna"),
        (
            {"staff": (person(1), replace(person(4, "ben"), reading=person(1).reading))},
            "reading key of anna",
        ),
        (
            {"staff": (person(1), replace(person(4, "ben"), signing=person(1).signing))},
            "signing key of anna",
        ),
        (
            {
                "reading_keys": (
                    key(2),
                    replace(key(5), recipient=key(3).recipient),
                    key(3, "2027Q1"),
                )
            },
            "2026Q4.1-general",
        ),
        ({"reading_keys": (key(2), key(2, "2027Q1"))}, "recipient of 2026Q4.1-general"),
        ({"staff": (replace(person(1), reading=RECOVERY),)}, "recovery identity"),
        ({"staff": (replace(person(1), signing=ROOT.public),)}, "signing key of anna"),
        ({"server": ServerKeys(identity=SIGNERS[9].public, packet=RECOVERY)}, "recovery identity"),
    ],
)
def test_what_stands_twice_is_refused(change: dict[str, object], named: str) -> None:
    with pytest.raises(Duplicate, match="twice") as refusal:
        checked(replace(FIRST, **change))  # type: ignore[arg-type]
    assert named in str(refusal.value)


def test_a_wrong_last_day_is_refused() -> None:
    with pytest.raises(WrongExpiry, match=r"2027-06-30.*2027-03-31"):
        checked(replace(FIRST, expires=date(2027, 6, 30)))


def test_text_that_is_no_toml_is_refused_with_its_place() -> None:
    with pytest.raises(UnreadableToml, match="line 3, column"):
        edited(lambda text: text.replace("\nquietline = 1", "\nquietline = = 1"))


def test_another_format_is_refused_by_number() -> None:
    with pytest.raises(OtherFormat, match="format 2"):
        edited(lambda text: text.replace("quietline = 1\n", "quietline = 2\n"))


@pytest.mark.parametrize(
    "field", ["name", "epoch", "issued", "previous", "throwaway", "root", "retention_months"]
)
def test_a_missing_field_is_named(field: str) -> None:
    lines = render(FIRST).splitlines(keepends=True)
    without = "".join(line for line in lines if not line.startswith(f"{field} = "))
    with pytest.raises(MissingField, match=rf"line.toml has no field `{field}`"):
        edited(lambda _: without, replace(FIRST, staff=()) if field == "name" else FIRST)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("epoch = 1\n", "epoch = 1\nepock = 1\n", "epock"),
        ("[server]\n", "[server]\nport = 1\n", "server.port"),
        ("[[staff]]\n", "[[staff]]\nphone = 1\n", "staff[1].phone"),
        ("[[reading_keys]]\n", "[[reading_keys]]\nnote = 1\n", "reading_keys[1].note"),
        ("[forms.intake-1]\n", "[forms.intake-1]\nurl = 1\n", "forms.intake-1.url"),
    ],
)
def test_an_unknown_field_is_named(old: str, new: str, named: str) -> None:
    with pytest.raises(UnknownField) as refusal:
        edited(lambda text: text.replace(old, new, 1))
    assert f"`{named}`" in str(refusal.value)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("epoch = 1\n", "epoch = 0\n", "epoch"),
        ("epoch = 1\n", "epoch = true\n", "epoch"),
        ("epoch = 1\n", 'epoch = "1"\n', "epoch"),
        ("issued = 2026-11-22\n", "issued = 2026-11-22T10:00:00\n", "issued"),
        ("retention_months = 24\n", "retention_months = -1\n", "retention_months"),
        ("throwaway = false\n", "throwaway = 0\n", "throwaway"),
        ('previous = ""\n', 'previous = "abc"\n', "previous"),
        (f'root = "{ROOT.public}"', 'root = "ssh-rsa AAAA"', "root"),
        (f'recovery = "{RECOVERY}"', 'recovery = "age1pq1xyz"', "recovery"),
        ('name = "anna"', 'name = "An Na"', "staff[1].name"),
        ('    "act",\n', '    "own",\n', "staff[1].rights"),
        ('    "act",\n', '    "read",\n', "staff[1].rights"),
        ('id = "2026Q4.1-general"', 'id = "2026Q5.1-general"', "reading_keys[1].id"),
        ("since = 2026-10-01\n", "since = 2026-09-30\n", "reading_keys[1].since"),
        ('version = "3"', 'version = "3\\u202e"', "forms.intake-1.version"),
        ('telegram = "@quiet"', 'telegram = "@quiet\\n"', "channels.telegram"),
        ('en = "' + "b" * 64, 'en = "' + "B" * 64, "texts.en"),
        ("[server]\n", "[[server]]\n", "server"),
    ],
)
def test_a_wrong_value_is_named_by_its_field(old: str, new: str, named: str) -> None:
    with pytest.raises(WrongField) as refusal:
        edited(lambda text: text.replace(old, new, 1))
    assert f"`{named}`" in str(refusal.value)


def test_each_refusal_has_its_own_sentence() -> None:
    def below(kind: type[StorageError]) -> list[type[StorageError]]:
        return [kind, *(one for child in kind.__subclasses__() for one in below(child))]

    kinds = [*below(LineError), *below(FieldError)]
    sentences = {" ".join(str(kind.__doc__).split()) for kind in kinds}
    assert len(sentences) == len(kinds)
    for kind in kinds:
        facts = ["fact"] * str(kind.__doc__).count("{}")
        assert str(kind(*facts)) == " ".join(str(kind.__doc__).split()).replace("{}", "fact")
        assert str(kind(*facts)).endswith(".")


# --- promises about every statement ------------------------------------------------------------

LINE_TEXT = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40)
WORDS = st.from_regex(r"[a-z0-9][a-z0-9-]{0,9}", fullmatch=True)
HASHES = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
DAYS = st.dates(date(1900, 1, 1), date(2990, 1, 1))
RECIPIENTS = st.sampled_from([identity.recipient for identity in IDENTITIES])
VERIFIERS = st.sampled_from([signer.public for signer in SIGNERS])
READING_KEYS = st.builds(
    lambda day, serial, compartment, recipient: ReadingKey.make(
        Quarter.of(day), serial, compartment, since=day, recipient=recipient
    ),
    DAYS,
    st.integers(1, 9999),
    WORDS,
    RECIPIENTS,
)
LINES = st.builds(
    Line,
    name=LINE_TEXT,
    epoch=st.integers(1, 10**9),
    issued=DAYS,
    expires=DAYS,
    previous=HASHES | st.just(""),
    root=VERIFIERS,
    recovery=RECIPIENTS,
    throwaway=st.booleans(),
    retention_months=st.integers(1, 1200),
    return_months=st.integers(0, 1200),
    server=st.none() | st.builds(ServerKeys, identity=VERIFIERS, packet=RECIPIENTS),
    staff=st.lists(
        st.builds(
            Staff,
            name=WORDS,
            signing=VERIFIERS,
            reading=RECIPIENTS,
            rights=st.lists(st.sampled_from(["read", "act", "lead"]), unique=True).map(tuple),
            compartments=st.lists(WORDS, unique=True, max_size=3).map(tuple),
        ),
        max_size=3,
        unique_by=lambda one: one.name,
    ).map(tuple),
    former=st.lists(
        st.builds(
            Former,
            name=WORDS,
            signing=VERIFIERS,
            rights=st.lists(st.sampled_from(["act", "lead"]), unique=True).map(tuple),
            until=DAYS,
        ),
        max_size=2,
    ).map(tuple),
    reading_keys=st.lists(READING_KEYS, max_size=3, unique_by=lambda key: key.id).map(tuple),
    forms=st.dictionaries(
        LINE_TEXT, st.builds(FormPin, version=LINE_TEXT, sha256=HASHES), max_size=2
    ),
    texts=st.dictionaries(LINE_TEXT, HASHES, max_size=2),
    consent=st.dictionaries(LINE_TEXT, HASHES, max_size=2),
    channels=st.dictionaries(LINE_TEXT, LINE_TEXT, max_size=2),
)


@given(LINES)
def test_what_is_written_reads_back_the_same(line: Line) -> None:
    text = render(line)
    again = parse(text)
    assert again == line
    assert render(again) == text
    assert again.sha256 == line.sha256


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
def test_no_text_is_read_as_a_statement_by_accident(text: str) -> None:
    with pytest.raises(StorageError):
        parse(text)


@given(LINES, st.data())
def test_a_statement_with_any_field_of_another_kind_is_refused_or_reads(
    line: Line, data: st.DataObject
) -> None:
    text = render(line)
    rows = [row for row in text.splitlines() if " = " in row]
    row = data.draw(st.sampled_from(rows))
    name = row.partition(" = ")[0]
    worse = text.replace(
        row, f"{name} = {data.draw(st.sampled_from(['1.5', '{}', '[]', '-1', 'false']))}", 1
    )
    try:
        tomllib.loads(worse)
        parse(worse)
    except (StorageError, tomllib.TOMLDecodeError):
        pass


@given(LINES, LINES)
def test_every_change_of_a_field_is_spoken_of(old: Line, new: Line) -> None:
    silent = {"epoch", "issued", "previous", "source"}
    for field in fields(Line):
        if field.name in silent:
            continue
        before, after = getattr(old, field.name), getattr(new, field.name)
        if isinstance(before, tuple):  # the order of people and keys says nothing
            before, after = set(before), set(after)
        said = difference(old, replace(old, **{field.name: getattr(new, field.name)}))
        assert bool(said) == (before != after), field.name


def test_the_differences_are_words() -> None:
    new = replace(
        SECOND,
        staff=(replace(person(1), rights=("read",)), person(4, "ben")),
        reading_keys=(key(2), key(5, serial=2), key(3, "2027Q1")),
        channels={"telegram": "@other", "signal": "quiet.01"},
        forms={},
        server=None,
    )
    said = difference(FIRST, new)
    assert "Channel signal is quiet.01." in said
    assert "Channel telegram becomes @other; it was @quiet." in said
    assert "Form intake-1 is taken out." in said
    assert any(
        one.startswith("ben joins the staff (may read, act; holds general), fingerprint ")
        for one in said
    )
    assert "anna may read; holds general; before: may read, act; holds general." in said
    assert any(
        one.startswith("Reading key 2026Q4.2-general (2026-10-01 to 2026-12-31, ") for one in said
    )
    assert "The server's keys are taken out: no server can speak for the line." in said
    assert "anna leaves the staff." in difference(FIRST, replace(FIRST, staff=()))


# --- the key of a day --------------------------------------------------------------------------


def test_the_key_of_a_day_is_the_highest_serial_that_serves() -> None:
    newer = replace(key(5, serial=2), since=TODAY)
    line = replace(FIRST, reading_keys=(key(2), newer, key(3, "2027Q1")))
    assert line.reading_key(date(2026, 11, 21), "general") == key(2)
    assert line.reading_key(TODAY, "general") == newer
    assert line.reading_key(date(2026, 12, 31), "general") == newer
    assert line.reading_key(date(2027, 1, 1), "general").id == "2027Q1.1-general"


def test_a_compartment_or_day_without_a_key_is_refused() -> None:
    with pytest.raises(NoReadingKey, match="relatives on 2026-11-22"):
        FIRST.reading_key(TODAY, "relatives")
    with pytest.raises(NoReadingKey):
        FIRST.reading_key(date(2027, 4, 1), "general")


@given(st.dates(date(1, 1, 1), date(9990, 1, 1)))
def test_a_quarter_holds_its_days_and_sorts_as_its_text(day: date) -> None:
    quarter = Quarter.of(day)
    assert quarter.first <= day <= quarter.last
    assert Quarter.parse(str(quarter)) == quarter
    assert (quarter.next().first - quarter.last).days == 1
    assert str(quarter) < str(quarter.next())
    assert quarter.next(4).first.year == quarter.first.year + 1


@pytest.mark.parametrize(
    "text", ["2026Q0", "2026Q5", "26Q1", "2026q1", "2026Q1 ", "0000Q1", "٢٠٢٦Q1"]
)
def test_what_is_no_quarter_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Quarter.parse(text)


def test_months_later_stays_in_the_month() -> None:
    assert months_after(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert months_after(date(2026, 12, 31), 12) == date(2027, 12, 31)


# --- the folder --------------------------------------------------------------------------------


def signed(line: Line) -> folder.Signed:
    text = render(line)
    return folder.Signed(text=text, signature=sign(text, ROOT))


def test_a_folder_gives_back_what_was_written(tmp_path: Path) -> None:
    folder.write(tmp_path, signed(FIRST), {"2026Q4.1-general": b"sealed"})
    assert folder.read(tmp_path) == signed(FIRST)
    assert folder.read_key(tmp_path, "2026Q4.1-general") == b"sealed"
    assert folder.key_ids(tmp_path) == ["2026Q4.1-general"]
    assert (tmp_path / folder.STATEMENT).stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "keys",
        "line.toml",
        "line.toml.sig",
    ]


def test_a_change_cut_short_is_finished_by_the_next_reader(tmp_path: Path) -> None:
    folder.write(tmp_path, signed(FIRST))
    (tmp_path / folder.NEXT).write_bytes((signed(SECOND).signature + signed(SECOND).text).encode())
    (tmp_path / folder.SIGNATURE).write_text(signed(SECOND).signature)  # the power fails here
    assert folder.read(tmp_path) == signed(SECOND)
    assert not (tmp_path / folder.NEXT).exists()


def test_a_change_that_was_never_whole_is_dropped(tmp_path: Path) -> None:
    folder.write(tmp_path, signed(FIRST))
    (tmp_path / folder.NEXT).write_bytes(b"-----BEGIN SSH")
    assert folder.read(tmp_path) == signed(FIRST)


def test_a_folder_without_statement_or_signature_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoStatement):
        folder.read(tmp_path / "nowhere")
    folder.write(tmp_path, signed(FIRST))
    (tmp_path / folder.SIGNATURE).unlink()
    with pytest.raises(NoStatement):
        folder.read(tmp_path)


def test_a_pinned_root_is_read_back_and_another_file_refused(tmp_path: Path) -> None:
    assert folder.read_root(tmp_path) is None
    folder.pin_root(tmp_path, ROOT.public)
    assert folder.read_root(tmp_path) == ROOT.public
    (tmp_path / folder.ROOT).write_bytes(b"\xff")
    with pytest.raises(BadRootFile):
        folder.read_root(tmp_path)


def test_only_unlisted_key_files_are_erased(tmp_path: Path) -> None:
    folder.write(tmp_path, signed(FIRST), {"2026Q4.1-general": b"a", "2025Q4.1-general": b"b"})
    (tmp_path / "keys" / "notes.age").write_bytes(b"c")
    assert folder.erase_unlisted(tmp_path, FIRST) == ["2025Q4.1-general"]
    assert folder.key_ids(tmp_path) == ["2026Q4.1-general"]
    assert (tmp_path / "keys" / "notes.age").exists()
