"""Reading at the desk, as a caseworker does: what is shown, and one clear line when it must not be."""

import json
import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from desk.__main__ import main
from desk.export import jsonl
from desk.export.extract import extract
from desk.inbox import State, read_inbox
from desk.labels import BareCodes
from desk.layout import width_of
from desk.pages import Pages
from storage import age, archive, bundle
from storage.entry import Words
from storage.line import GENERAL
from tests.served import WORDS, Desk, Served, case_id, case_number

NASTY = "\x1b]0;owned\a\x1b[2J first \u202egnp.exe\u2069\nsecond\u200b line \x9b31m\x00"
EXPORT = ("export", "jsonl", "--reason", "a handover")
PASSPHRASE = "six-words-of-the-cards-list"


@pytest.fixture
async def served(tmp_path: Path) -> Served:
    """A server with two cases in a bundle, a digest, and a third case after the bundle."""
    made = Served(tmp_path)
    made.office.let_lead("ana")
    await made.send(1)
    await made.send(2, [("A1", 0, 0, Words(words=NASTY), GENERAL)], urgency="U1")
    await made.digest()
    await made.bundle()
    await made.send(3)
    await made.digest(days=1)
    return made


def opened(served: Served) -> Served:
    served.office.run("open", str(served.drop), desk="ana")
    return served


def run(served: Served, *command: str) -> str:
    return served.office.run(*command, desk="ana")


def refuse(served: Served, *command: str) -> str:
    return served.office.refuse(*command, desk="ana").removeprefix("quietline-desk: ").rstrip("\n")


def path_of(served: Served, name: str) -> str:
    return str(served.drop / name)


# --- what is shown -----------------------------------------------------------------------------


async def test_open_shows_what_came(served: Served) -> None:
    shown = run(
        served, "open", path_of(served, "digest-000001.age"), path_of(served, "bundle-000001.tar")
    )
    assert shown.index("Bundle bundle-000001.tar") < shown.index("Digest 1 of 2026-11-22")
    assert "2 new cases, 2 new entries" in shown
    assert "The server holds 2 cases with 2 entries; new in this digest: 2." in shown
    again = run(served, "open", path_of(served, "bundle-000001.tar"))
    assert "brings nothing new" in again


async def test_open_takes_a_folder_and_any_order_and_signatures_named_too(served: Served) -> None:
    names = [str(path) for path in sorted(served.drop.iterdir(), reverse=True)]
    first = run(served, "open", *names)
    assert re.findall(r"^(?:Bundle|Digest).*$", first, re.MULTILINE) == [
        "Bundle bundle-000001.tar",
        "Digest 1 of 2026-11-22",
        "Digest 2 of 2026-11-23",
    ]
    second = run(served, "open", str(served.drop))
    assert "Digests 1 to 2 were here already; nothing has changed." in second
    assert "Digest 1 of" not in second
    alone = run(served, "open", path_of(served, "digest-000001.age"))
    assert "Digest 1 of 2026-11-22" in alone
    assert "It was here already; nothing has changed." in alone


async def test_list_shows_every_case_the_most_urgent_first(served: Served) -> None:
    row = re.compile(r"^  (U\d)  (K7Q\S+)  2026-11-22  Uyghur +intake-1 +(.*)$", re.MULTILINE)
    run(served, "open", path_of(served, "digest-000001.age"))
    assert row.findall(run(served, "list")) == [
        ("U1", case_number(2), "announced"),
        ("U3", case_number(1), "announced"),
    ]
    assert row.findall(run(opened(served), "list")) == [
        ("U1", case_number(2), "new"),
        ("U3", case_number(1), "new"),
        ("U3", case_number(3), "announced"),
    ]


async def test_an_empty_desk_says_what_to_do(served: Served) -> None:
    assert "quietline-desk open FILE" in run(served, "list")
    assert "Everything here is as the server signed it." in run(served, "verify")
    assert "no case here" in refuse(served, *EXPORT)


@pytest.mark.parametrize(
    "name", [case_number(1), "k7q4md001", case_id(1).hex(), case_id(1).hex()[:6]]
)
async def test_show_finds_a_case_however_it_is_called(served: Served, name: str) -> None:
    assert f"Case {case_number(1)}\n" in run(opened(served), "show", name)


async def test_show_gives_the_words_in_the_original_and_codes_with_their_meaning(
    served: Served,
) -> None:
    shown = run(opened(served), "show", case_number(1))
    assert "A1  In your own words: what happened?\n" in shown
    assert f"    {WORDS}\n    第二条消息\n" in shown
    assert re.search(
        r"^    CP  My family or friends back home are being pressured$", shown, re.MULTILINE
    )
    assert re.search(r"^    2024-05$", shown, re.MULTILINE)
    assert re.search(r"^N \(2\)\n    -7$", shown, re.MULTILINE)
    assert "1 answer sealed to relatives, not open to you." in shown
    assert "RR-NOW" not in shown
    assert "1 entry, whole, signed by the line's server" in shown


async def test_whoever_holds_the_compartment_reads_it(tmp_path: Path) -> None:
    served = Served(tmp_path)
    join = served.office.desk("ana") / "ana.join"
    served.office.sign("org", "add", str(join), "--compared", "--compartments", "general,relatives")
    keys = served.office.line_folder / "keys"
    key = Desk(served).reader.own
    # What `keys share` needs is a colleague who holds the compartment; here the recovery card is.
    cards = str(served.office.cards)
    served.office.run("keys", "share", "ana", "--recovery", "--card", cards, desk="ana")
    assert age.open((keys / "2026Q4.1-relatives.age").read_bytes(), [key])
    await served.send(1)
    await served.bundle()
    shown = run(opened(served), "show", case_number(1))
    assert "RR-NOW" in shown
    assert "sealed to" not in shown


async def test_show_tells_what_a_digest_announced(served: Served) -> None:
    shown = run(opened(served), "show", case_number(3))
    assert "announced" in shown
    assert re.search(r"^    CP  ", shown, re.MULTILINE)
    assert WORDS not in shown


async def test_verify_says_what_it_checked(served: Served) -> None:
    shown = run(opened(served), "verify")
    assert shown.endswith("Everything here is as the server signed it.")
    for told in ("2 digests", "2 cases", "Statement 5 of Quiet", "1 case announced"):
        assert told in shown


# --- tricks in a person's words ----------------------------------------------------------------


async def test_a_persons_tricks_are_shown_and_do_nothing(served: Served) -> None:
    opened(served)
    for command in (["show", case_number(2)], ["list"], EXPORT):
        shown = run(served, *command)
        assert not set(shown) & set("\x1b\a\x00\x9b\u202e\u2069\u200b")
    shown = run(served, "show", case_number(2))
    assert "    \\u001b]0;owned\\u0007\\u001b[2J first \\u202egnp.exe\\u2069\n" in shown
    assert "    second\\u200b line \\u009b31m\\u0000\n" in shown + "\n"


async def test_an_export_keeps_every_character(served: Served, tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    assert "2 cases written" in run(opened(served), *EXPORT, "--to", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    lines = file.read_bytes().decode().splitlines()
    cases = {case["number"]: case for case in map(json.loads, lines)}
    assert [case["case"] for case in map(json.loads, lines)] == sorted(
        c["case"] for c in cases.values()
    )
    assert cases[case_number(2)]["answers"][0]["words"] == NASTY
    first = cases[case_number(1)]
    assert (first["schema"], first["version"], first["urgency"]) == (
        "urn:quietline:casefile",
        4,
        "U3",
    )
    assert first["answers"][0]["messages"] == [WORDS, "第二条消息"]
    assert {
        a["question"]: a.get("codes", a.get("number", a.get("date"))) for a in first["answers"][1:]
    } == {
        "A2": ["CP", "TD"],
        "A3Y": "2024-05",
        "N": -7,
    }
    assert (
        first["answers"][1]["labels"]["CP"] == "My family or friends back home are being pressured"
    )
    assert first["sealed_to_others"] == {"relatives": 1}
    for line in lines:
        assert line == line.strip()
        assert json.dumps(json.loads(line), sort_keys=True) == json.dumps(json.loads(line))


async def test_an_export_is_the_same_on_the_screen(served: Served, tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    run(opened(served), *EXPORT, "--to", str(file))
    assert run(served, *EXPORT) + "\n" == file.read_text()


async def test_an_export_tells_the_end_of_the_journal_it_told(served: Served) -> None:
    told = {
        c["case"]: c["chain"] for c in map(json.loads, run(opened(served), *EXPORT).splitlines())
    }
    for number in (1, 2):
        (row,) = await served.store.journal(case_id(number))
        assert told[case_id(number).hex()] == row.chain.hex()


# --- a screen of its own width -------------------------------------------------------------------


async def test_pages_fit_the_screen_and_keep_the_words(served: Served) -> None:
    long = "word " * 60 + "警察官" * 30
    await served.send(5, [("A1", 0, 0, Words(words=long), GENERAL)])
    await served.bundle()
    desk = Desk(opened(served))
    item = read_inbox(desk.mirror, desk.reader, lambda _form: ()).find(case_number(5))
    assert item.casefile is not None
    pages = Pages(width=40, colour=False, labels=BareCodes())
    lines = pages.case(item.casefile)
    words = [line for line in lines[lines.index("A1") + 1 :] if line]
    assert all(width_of(line.rstrip(" ")) <= 40 for line in words)
    assert "".join(line.removeprefix("    ") for line in words) == long
    plain = Pages(width=None, colour=False, labels=BareCodes()).case(item.casefile)
    assert f"    {long}" in plain
    assert (
        json.loads(jsonl.line(extract(item.casefile, BareCodes(), chain=b"")))["answers"][0][
            "words"
        ]
        == long
    )


# --- one clear line, and exit code 1 -------------------------------------------------------------


async def test_a_digest_changed_anywhere_ends_in_one_line(served: Served) -> None:
    path = served.drop / "digest-000001.age"
    data = path.read_bytes()
    for place in [*range(0, 1700, 61), *range(1700, len(data), 4001), len(data) - 1]:
        flipped = bytearray(data)
        flipped[place] ^= 0x20
        path.write_bytes(flipped)
        assert refuse(served, "open", str(path)).startswith(
            "digest-000001.age: It is not as the server"
        )
    for cut in (0, 10, 1600, len(data) - 1):
        path.write_bytes(data[:cut])
        assert "changed or cut short" in refuse(served, "open", str(path))
    assert "No case is here yet." in run(served, "list")


async def test_a_bundle_changed_anywhere_ends_in_one_line(served: Served) -> None:
    path = served.drop / "bundle-000001.tar"
    data = path.read_bytes()
    for place in [*range(0, 600, 101), *range(600, len(data), 20_011), len(data) - 1]:
        flipped = bytearray(data)
        flipped[place] ^= 0x01
        path.write_bytes(flipped)
        assert refuse(served, "open", str(path)).startswith("bundle-000001.tar: ")
    for cut in (0, 511, 100_000, len(data) - 512):
        path.write_bytes(data[:cut])
        assert refuse(served, "open", str(path)).startswith("bundle-000001.tar: ")
    assert "No case is here yet." in run(served, "list")


async def test_a_signature_changed_anywhere_ends_in_one_line(served: Served) -> None:
    path = served.drop / "digest-000001.age.sig"
    text = path.read_text()
    for place in range(40, len(text) - 40, 7):
        if text[place] != "\n":
            other = "A" if text[place] != "A" else "B"
            path.write_text(text[:place] + other + text[place + 1 :])
            refuse(served, "open", path_of(served, "digest-000001.age"))


async def test_another_lines_files_end_in_one_line(served: Served, tmp_path: Path) -> None:
    other = Served(tmp_path / "other", "eve")
    await other.send(1)
    digest, made = await other.digest(), await other.bundle()
    assert "not signed by this line's server" in refuse(served, "open", str(digest.path))
    assert "it is another line's" in refuse(served, "open", str(made.path))


async def test_files_under_each_others_names_end_in_one_line(served: Served) -> None:
    first, second = (served.drop / f"digest-{n:06d}.age" for n in (1, 2))
    for ending in ("", ".sig"):
        one, other = (path.with_name(path.name + ending) for path in (first, second))
        data = one.read_bytes()
        one.write_bytes(other.read_bytes())
        other.write_bytes(data)
    code, wrong = served.office.attempt("open", str(first), str(second), desk="ana")
    assert (code, served.office.terminal.said) == (1, [])
    assert wrong.splitlines() == [
        f"quietline-desk: digest-00000{name}.age: It is digest {number} under the name of another:"
        " files were renamed or put in another order."
        for name, number in ((1, 2), (2, 1))
    ]


async def test_what_is_refused_keeps_nothing_else_out(served: Served, tmp_path: Path) -> None:
    (served.drop / "digest-000001.age").write_bytes(b"age-encryption.org/v1\n")
    (served.drop / "bundle-000009.tar").write_bytes(b"x" * 1024)
    (served.drop / "bundle-000009.tar.sig").write_text("x")
    code, wrong = served.office.attempt("open", str(served.drop), desk="ana")
    assert code == 1
    assert [line.split(":")[1].strip() for line in wrong.splitlines()] == [
        "bundle-000009.tar",
        "digest-000001.age",
    ]
    shown = served.office.terminal.shown
    assert "Bundle bundle-000001.tar" in shown
    assert "Digest 2 of 2026-11-23" in shown
    assert Desk(served).mirror.digests() == [2]


async def test_entries_in_another_order_end_in_one_line(served: Served) -> None:
    path = served.drop / "bundle-000001.tar"
    members = list(archive.read(BytesIO(path.read_bytes())))
    journals = [one for one in members if one.name.startswith(bundle.JOURNAL)]
    others = [one for one in members if one not in journals]
    path.write_bytes(
        b"".join(map(archive.write, [*others, *journals[2:], *journals[:2]])) + archive.END
    )
    assert "not as the server signed it" in refuse(served, "open", str(path))
    served.resign(path, bundle.NAMESPACE)
    assert "does not hold what a bundle holds" in refuse(served, "open", str(path))


async def test_what_cannot_be_opened_is_said_in_one_line(served: Served, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("hello")
    assert "neither a digest" in refuse(served, "open", str(tmp_path / "letter.txt"))
    assert "No such file" in refuse(served, "open", str(tmp_path / "nothing.age"))
    (served.drop / "bundle-000001.tar.sig").unlink()
    assert "bundle-000001.tar.sig" in refuse(served, "open", path_of(served, "bundle-000001.tar"))
    assert "There is no case NONE here" in refuse(served, "show", "NONE")


async def test_a_file_name_plays_no_tricks_on_the_screen(served: Served, tmp_path: Path) -> None:
    evil = tmp_path / "digest\u202e\x1b[31m.age"
    evil.write_bytes(b"x")
    said = refuse(served, "open", str(evil))
    assert "\x1b" not in said
    assert "\u202e" not in said


async def test_a_desk_without_a_root_reads_nothing(served: Served) -> None:
    for command in (["list"], ["verify"], EXPORT, ["open", str(served.drop)]):
        said = served.office.refuse(*command, desk="stranger")
        assert "No root is pinned" in said
        assert "those on your organisation's paper" in said


async def test_of_a_mistyped_command_the_nearest_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for typed, told in (
        ("synk", 'no command "synk": did you mean `quietline-desk sync`?'),
        ("frobnicate", 'no command "frobnicate". `quietline-desk -h` shows all'),
    ):
        with pytest.raises(SystemExit) as ended:
            main([typed])
        assert ended.value.code == 2
        said = capsys.readouterr().err
        assert told in said
        assert said.count("\n") == 1
        assert "fingerprint" not in said


async def test_the_passphrase_is_asked_for_once_and_a_wrong_one_is_told(
    served: Served, tmp_path: Path
) -> None:
    desk = served.office.desk("ana")
    key = (desk / "key.txt").read_bytes()
    (desk / "key.txt").unlink()
    (desk / "key.age").write_bytes(age.seal_with_passphrase(key, PASSPHRASE, work=6))
    served.office.run("open", str(served.drop), desk="ana", answers=[PASSPHRASE])
    assert len(served.office.terminal.asked) == 1
    wrong = served.office.refuse("list", desk="ana", answers=["other-words"])
    assert "six words, and 2 came" in wrong
    assert "other-words" not in wrong
    words = tmp_path / "words"
    words.write_text(PASSPHRASE + "\n")
    assert case_number(1) in run(served, "list", "--passphrase-file", str(words))
    words.write_text("other words")
    assert "passphrase" in refuse(served, "list", "--passphrase-file", str(words))


# --- verify finds trouble --------------------------------------------------------------------------


def trouble(served: Served) -> str:
    """Run verify, which must find something; return what it showed."""
    code, wrong = served.office.attempt("verify", desk="ana")
    assert (code, wrong) == (1, "")
    shown = served.office.terminal.shown
    assert "to look into before relying on what is here" in shown
    return " ".join(shown.split())


async def test_verify_finds_what_was_changed_on_this_disk(served: Served) -> None:
    mirror = Desk(opened(served)).mirror.folder
    entry = mirror / bundle.entry_name(case_id(1), 0)
    whole = {path: path.read_bytes() for path in mirror.rglob("*") if path.is_file()}
    changes = [
        (entry.with_suffix(".age"), "is not the one that the server appended"),
        (mirror / "digests" / "digest-000001.age", "Digest 1: It is not as the server signed it"),
        (mirror / "digests" / "digest-000002.age.sig", "✗ Digest 2: "),
        (mirror / "statements" / "000005.toml", "statements kept here cannot be believed"),
        (mirror / "heads.json", "What bundles told of digests is damaged"),
    ]
    for path, told in changes:
        data = bytearray(whole[path])
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        assert told in trouble(served)
        path.write_bytes(whole[path])
    run(served, "verify")


async def test_verify_finds_what_is_missing(served: Served) -> None:
    desk = Desk(opened(served))
    mirror = desk.mirror.folder
    entry = mirror / bundle.entry_name(case_id(1), 0)
    data = entry.with_suffix(".json").read_bytes()
    entry.with_suffix(".json").unlink()
    assert f"Case {case_id(1).hex()}" in trouble(served)
    entry.with_suffix(".json").write_bytes(data)
    await served.digest(days=2)
    await served.digest(days=3)
    run(served, "open", path_of(served, "digest-000004.age"))
    assert "Not here: digest 3" in trouble(served)
    run(served, "open", path_of(served, "digest-000003.age"))
    run(served, "verify")


async def test_verify_finds_an_expired_statement(served: Served) -> None:
    opened(served)
    served.office.today = served.office.today.replace(year=2030)
    assert "It was valid to" in trouble(served)


async def test_a_case_in_trouble_is_listed_and_not_shown(served: Served) -> None:
    mirror = Desk(opened(served)).mirror.folder
    entry = (mirror / bundle.entry_name(case_id(2), 0)).with_suffix(".age")
    entry.write_bytes(entry.read_bytes()[:-1])
    assert re.search(rf"{case_number(2)} .*TROUBLE", run(served, "list"))
    assert "cannot be relied on" in refuse(served, "show", case_number(2))
    assert case_number(2) not in run(served, *EXPORT)


async def test_a_case_sealed_to_others_is_listed_and_not_shown(served: Served) -> None:
    opened(served)
    desk = Desk(served)
    reader = desk.reader
    items = read_inbox(desk.mirror, replace(reader, keys={}), lambda _form: ()).items
    assert {item.state for item in items} == {State.CLOSED}
    shown = "\n".join(Pages(width=None, colour=False, labels=BareCodes()).inbox(items))
    assert "  sealed to others\n" in shown
    assert case_id(1).hex()[:12] in shown
    for key in (served.office.line_folder / "keys").glob("*.age"):
        key.unlink()
    assert "keys share" in refuse(served, "show", case_id(1).hex())
    listed = {state: run(served, "list", "--state", state) for state in ("sealed", "closed")}
    assert case_id(1).hex()[:12] in listed["sealed"]
    assert case_id(1).hex()[:12] not in listed["closed"]  # nobody of the team has closed it
