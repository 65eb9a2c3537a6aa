"""`quietline` run as an operator runs it: init, line load, request, digest, bundle, retention."""

import contextlib
import io
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.app import read_credentials, read_line
from bot.content import open_content
from bot.errors import ForeignContent
from bot.settings import load
from desk import keyfile
from storage import packet
from storage.packet import Header
from storage.signature import fingerprint
from tests.office import TODAY, Office

SETTINGS = """\
name = "Garden Desk"
languages = ["en", "ug"]
offer_drafts = ["en", "ug"]
"""


def quietline(*command: str) -> tuple[int, str, str]:
    """Run a command on the office's day; return exit code, output and errors."""
    out, wrong = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(wrong):
        code = main(["--today", str(TODAY), *command])
    return code, out.getvalue(), wrong.getvalue()


def refused(*command: str) -> str:
    code, _, wrong = quietline(*command)
    assert code == 1
    assert wrong.count("\n") == 1
    return wrong


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office.throwaway(tmp_path / "office", "anna")
    settings = tmp_path / "first" / "quietline.toml"
    settings.parent.mkdir()
    settings.write_text(SETTINGS, encoding="utf-8")
    home = str(tmp_path / "server")
    code, said, wrong = quietline(
        "init", "--home", home, "--name", "Garden Desk", "--settings", str(settings)
    )
    assert (code, wrong) == (0, "")
    assert "org sign-server" in said
    office.sign("org", "sign-server", f"{home}/server.request")
    return office


def taken(office: Office, home: Path) -> None:
    code, _, wrong = quietline(
        "line", "load", str(office.line_folder), "--home", str(home),
        "--root", fingerprint(office.line.root), "--throwaway",
    )  # fmt: skip
    assert (code, wrong) == (0, "")


def test_a_server_is_set_up_and_makes_digests_of_one_size(office: Office, tmp_path: Path) -> None:
    home = tmp_path / "server"
    taken(office, home)
    sizes = []
    for _ in range(2):
        code, said, wrong = quietline("digest", "now", "--home", str(home), "--throwaway")
        assert (code, wrong) == (0, "")
        sizes.append(Path(said.strip()).stat().st_size)
    assert sizes[0] == sizes[1]
    code, said, _ = quietline("bundle", "export", "--home", str(home), "--throwaway")
    assert code == 0
    office.run("open", str(Path(said.strip()).parent), desk="anna")
    assert "signed" in office.run("verify", desk="anna")
    code, said, _ = quietline("retention", "now", "--home", str(home), "--throwaway")
    assert code == 0
    assert (
        said == "seen: 0, codes: 0, drafts: 0, letters: 0, traces: 0, timers: 0, return_keys: 0, "
        "fetches: 0, blobs: 0\n"
    )


def test_a_throwaway_line_is_refused_unless_it_is_asked_for(office: Office, tmp_path: Path) -> None:
    home = tmp_path / "server"
    root = fingerprint(office.line.root)
    folder = str(office.line_folder)
    said = refused("line", "load", folder, "--home", str(home), "--root", root)
    assert "--throwaway" in said
    taken(office, home)
    assert "--throwaway" in refused("digest", "now", "--home", str(home))


def test_the_root_must_be_named_and_be_the_one(office: Office, tmp_path: Path) -> None:
    folder, home = str(office.line_folder), str(tmp_path / "server")
    assert "fingerprint" in refused("line", "load", folder, "--home", home, "--throwaway")
    wrong = refused("line", "load", folder, "--home", home, "--root", "A" * 24, "--throwaway")
    assert fingerprint(office.line.root) in wrong


def test_a_home_is_made_once(office: Office, tmp_path: Path) -> None:
    assert office.line.server is not None
    said = refused("init", "--home", str(tmp_path / "server"), "--name", "Garden Desk")
    assert str(tmp_path / "server") in said


def test_without_settings_nothing_is_offered_and_that_is_said(tmp_path: Path) -> None:
    home = tmp_path / "server"
    code, said, wrong = quietline("init", "--home", str(home), "--name", "Garden Desk")
    assert (code, wrong) == (0, "")
    assert "No language is offered yet" in said
    assert load(home / "quietline.toml").name == "Garden Desk"


def test_what_the_root_did_not_sign_is_not_asked(office: Office, tmp_path: Path) -> None:
    """A changed text is refused until the root has signed it; `line request` asks for that."""
    home = tmp_path / "server"
    taken(office, home)
    own = home / "own" / "en"
    own.mkdir(parents=True)
    (own / "line.ftl").write_text("button-skip = Skip this\n", encoding="utf-8")
    settings = home / "quietline.toml"
    settings.write_text(settings.read_text() + 'texts = "own"\n', encoding="utf-8")
    content = open_content(load(home / "quietline.toml"), home)
    line = read_line(home, TODAY, allow_throwaway=True)
    with pytest.raises(ForeignContent, match="texts `en`"):
        content.refuse_foreign(line)
    code, _, _ = quietline("line", "request", "--home", str(home))
    assert code == 0
    office.sign("org", "sign-server", str(home / "server.request"))
    taken(office, home)
    content.refuse_foreign(read_line(home, TODAY, allow_throwaway=True))
    read_credentials(home, read_line(home, TODAY, allow_throwaway=True))


def test_a_home_that_is_none_says_what_to_do(tmp_path: Path) -> None:
    said = refused("digest", "now", "--home", str(tmp_path))
    assert "quietline init" in said


def test_packets_that_were_carried_here_are_taken_in_order(office: Office, tmp_path: Path) -> None:
    home = tmp_path / "server"
    taken(office, home)
    carried = tmp_path / "carried"
    carried.mkdir()
    signing = keyfile.load(office.desk("anna"), lambda: "").signing

    def carry(sequence: int) -> None:
        header = Header(
            kind="report",
            case=b"c" * 16,
            author="anna",
            device=b"device-1",
            sequence=sequence,
            day=TODAY,
            expires=TODAY,
            line=office.line.sha256,
            report="opened",
        )
        data = packet.encode(packet.Packet(header=header))
        path = carried / packet.file_name(header)
        path.write_bytes(data)
        path.with_name(path.name + ".sig").write_text(packet.sign(data, signing))

    for sequence in (1, 2, 10, 11):
        carry(sequence)
    (carried / f"packet-{b'device-1'.hex()}-000011.tar.sig").unlink()
    (carried / "notes.txt").write_text("not ours")
    command = ("packets", "import", str(carried), "--home", str(home), "--throwaway")
    code, said, wrong = quietline(*command)
    assert [line.partition(": ")[2] for line in said.splitlines()] == [
        "refused-case",
        "refused-case",
        "refused-order",
        "refused-signature",
    ]
    assert (code, wrong.count("\n")) == (1, 1)
    assert "4 of 4 packets were refused" in wrong
    assert quietline(*command)[1] == said  # the same again
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "no packet" in refused("packets", "import", str(empty), *command[3:])
