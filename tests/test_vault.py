"""A vault: a desk that is never online, whatever is asked of it."""

import subprocess
import sys
from pathlib import Path

import pytest

from desk import vault
from desk.errors import NeverOnline
from desk.mirror import FOLDER, Mirror
from storage import packet
from storage.standing import STAFF
from storage.tombstone import Stage, Tombstone
from tests.office import Office
from tests.running import TREE, Firm
from tests.test_interview import FAMILY, SAID, TYPED

#: Nobody has these names and addresses (RFC 2606, RFC 5737, RFC 3849).
ELSEWHERE = (
    "socket.create_connection(('192.0.2.1', 9), timeout=1)",
    "socket.create_connection(('name.invalid', 9), timeout=1)",
    "socket.getaddrinfo('name.invalid', 443)",
    "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9))",
    "socket.socket(socket.AF_INET6, socket.SOCK_STREAM).connect(('2001:db8::1', 9))",
)
HERE = """
door = socket.create_server(("127.0.0.1", 0))
socket.create_connection(door.getsockname()).close()
socket.create_connection(("localhost", door.getsockname()[1])).close()
a, b = socket.socketpair()
"""


def ended(program: str) -> str:
    """Run a program in which the vault is shut; return its last words."""
    done = subprocess.run(
        [sys.executable, "-c", f"import socket\nfrom desk import vault\nvault.shut()\n{program}"],
        cwd=TREE,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.strip().rpartition("\n")[2]


@pytest.mark.parametrize("attempt", ELSEWHERE)
def test_whatever_would_reach_another_computer_is_stopped(attempt: str) -> None:
    assert ended(attempt).startswith("desk.errors.NeverOnline")


def test_the_computer_s_own_address_stays_open() -> None:
    assert ended(HERE) == ""


def test_the_mark_is_for_good(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path, "anna")
    assert not vault.is_marked(office.desk("anna"))
    office.run("--vault", "list", desk="anna")
    office.run("list", desk="anna")
    assert vault.is_marked(office.desk("anna"))
    with pytest.raises(NeverOnline):
        vault.refuse(office.desk("anna"))


def test_a_vault_takes_part_by_files_alone(founded: Firm, tmp_path: Path) -> None:
    """In by bundles, out by packets; `conftest` watches that no connection is opened."""
    firm = founded.copy(tmp_path / "firm")
    office = firm.office
    answers = [firm.words, *TYPED, *FAMILY, "yes"]
    office.run("--vault", "interview", desk="anna", answers=answers)
    stick = tmp_path / "stick"
    shown = office.run("packets", "export", str(stick), desk="anna", answers=[firm.words])
    assert "1 packet" in shown
    assert "taken" in firm.line("packets", "import", str(stick)).stdout
    firm.line("bundle", "export")
    bundle = max((firm.home / "digests").glob("bundle-*.tar"))
    shown = office.run("open", str(bundle), desk="anna", answers=[firm.words])
    assert "CP, TD" not in shown
    number = next(line for line in shown.splitlines() if "verified" in line).split()[1]
    assert SAID in office.run("show", number, desk="anna", answers=[firm.words])

    # What a bundle says is gone is erased, and the report of it leaves on the stick.
    mirror = Mirror(folder=office.desk("anna") / FOLDER)
    (case,) = mirror.cases()
    stone = Tombstone(case=case, asked=office.today, by=STAFF, stage=Stage.GONE, of=1)
    mirror.told.keep([stone], mirror.told.outcomes())
    shown = office.run("open", str(bundle), desk="anna", answers=[firm.words])
    assert "1 case was deleted, and erased here too." in shown
    assert mirror.cases() == []
    office.run("packets", "export", str(stick), desk="anna", answers=[firm.words])
    reports = [packet.decode(path.read_bytes()).header.report for path in stick.glob("*.tar")]
    assert "erased" in reports


def test_a_vault_does_not_sync(founded: Firm, tmp_path: Path) -> None:
    office = founded.copy(tmp_path / "firm").office
    office.run("--vault", "list", desk="anna", answers=[founded.words])
    said = office.refuse("sync", "http://127.0.0.1:9", desk="anna")
    assert str(NeverOnline()) in said
    assert office.terminal.asked == []
