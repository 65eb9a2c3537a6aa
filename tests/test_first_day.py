"""The first day, literally: cards, staff, keys, server, statement, and an entry that opens."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from bot import setup
from bot.errors import AlreadySetUp, NotSetUp, OtherServer, RootNotGiven, WrongRoot
from desk import cards, keyfile, keys
from desk.cards import Kind
from storage import age, folder, request
from storage.credentials import Credentials, read_secret
from storage.errors import (
    BrokenChain,
    ExpiredLine,
    ForeignRoot,
    NoReadingKeys,
    NoStatement,
    OlderLine,
    ThrowawayLine,
    UnsignedLine,
    WrongField,
)
from storage.line import FormPin
from storage.signature import fingerprint
from tests.office import TODAY, Office
from tests.test_keys import passphrase

PINS = {"intake-1": FormPin(version="1", sha256="a" * 64)}
TEXTS = {"en": "b" * 64, "ug": "c" * 64}
CONSENT = {"en": "d" * 64}


def typed(kind: Kind) -> object:
    """Return what a person types who copied a card from the screen."""
    return lambda shown: " ".join(cards.words(cards.find(shown, kind, file="")))


def test_the_first_day_ends_with_an_entry_that_opens(tmp_path: Path) -> None:
    office = Office(tmp_path)
    answers = ["", "", typed(Kind.ROOT), typed(Kind.RECOVERY)]
    paper = office.run("org", "init", "--name", "Quiet Line", answers=answers)  # type: ignore[arg-type]
    root_card = " ".join(cards.words(cards.find(paper, Kind.ROOT, file="")))
    on_paper = fingerprint(office.line.root)
    six = ""
    for name in ("anna", "ben"):
        shown = office.run("join", name, "--root", on_paper, desk=name, answers=["", passphrase])
        six = passphrase(shown)
        own = next(line for line in shown.splitlines() if line.startswith("Your fingerprint: "))
        join = str(office.desk(name) / f"{name}.join")
        shown = office.run("org", "add", join, answers=["yes", root_card])
        assert own.removeprefix("Your fingerprint: ") in shown
    office.run("keys", answers=[root_card])

    home = tmp_path / "server"
    form = tmp_path / "form.xlsx"
    form.write_bytes(b"a form")
    pins = {"intake-1": FormPin(version="1", sha256=setup_hash(form))}
    setup.init(home, name="Quiet Line", channels={"telegram": "@quiet"}, forms=pins, texts=TEXTS)
    asked = str(home / "server.request")
    shown = office.run("org", "sign-server", asked, "--form", str(form), answers=[root_card])
    assert fingerprint(Credentials.read(home / "credentials").identity.public) in shown
    loaded = setup.load_line(office.line_folder, home=home, root=on_paper, today=TODAY)

    assert loaded.line == office.line
    assert loaded.line.server is not None
    assert loaded.line.channels == {"telegram": "@quiet"}
    key = loaded.line.reading_key(TODAY, "general")
    sealed = age.seal("ئۇلار كەلدى".encode(), [key.recipient])
    ben = keyfile.load(office.desk("ben"), lambda: six)
    line = keys.trusted_line(office.desk("ben"), home / "line")
    opened = keys.open_all(home / "line", line, ben.reading)
    assert age.open(sealed, [opened[key.id].identity]).decode() == "ئۇلار كەلدى"
    words = set(root_card.split())
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert path.stat().st_mode & 0o077 == 0 or path == form
            text = path.read_bytes().decode("latin-1").lower()
            assert len(words & set(text.split())) < 6, f"a card lies in {path}"


def setup_hash(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


class Server:
    """An office with a server that has asked to be signed."""

    def __init__(self, place: Path) -> None:
        self.office = Office.throwaway(place, "anna")
        self.home = place / "server"
        setup.init(self.home, name="Quiet", forms=PINS, texts=TEXTS, consent=CONSENT)
        self.office.sign("org", "sign-server", str(self.home / "server.request"))
        self.root = fingerprint(self.office.line.root)

    def load(
        self, *, root: str | None = None, today: date = TODAY, allow_throwaway: bool = True
    ) -> setup.Loaded:
        return setup.load_line(
            self.office.line_folder,
            home=self.home,
            root=root,
            today=today,
            allow_throwaway=allow_throwaway,
        )


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


# --- init --------------------------------------------------------------------------------------


def test_init_makes_a_closed_folder_with_all_its_parts(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "server"
    asked = setup.init(home, name='A "quiet" \\ line', forms=PINS, texts=TEXTS, consent=CONSENT)
    assert {path.name for path in home.iterdir()} == {
        "blobs", "credentials", "line", "logs", "outgoing", "quietline.toml", "server.request",
    }  # fmt: skip
    assert all(path.stat().st_mode & 0o077 == 0 for path in [home, *home.rglob("*")])
    assert tomllib.loads((home / "quietline.toml").read_text())["name"] == 'A "quiet" \\ line'
    assert request.parse((home / "server.request").read_text()) == asked
    own = Credentials.read(home / "credentials")
    assert (asked.keys.identity, asked.keys.packet) == (own.identity.public, own.packet.recipient)
    text = (home / "server.request").read_text()
    assert own.packet.secret() not in text
    assert own.identity.seed.hex() not in text


def test_init_never_replaces_a_server(tmp_path: Path) -> None:
    setup.init(tmp_path / "server", name="Quiet")
    before = Credentials.read(tmp_path / "server" / "credentials")
    with pytest.raises(AlreadySetUp):
        setup.init(tmp_path / "server", name="Quiet")
    assert Credentials.read(tmp_path / "server" / "credentials") == before


def test_an_init_that_was_broken_off_goes_on(tmp_path: Path) -> None:
    """Settings come last: without them nobody was ever asked to sign what lies there."""
    home = tmp_path / "server"
    setup.init(home, name="Quiet", token="42:token")
    before = Credentials.read(home / "credentials")
    (home / "quietline.toml").unlink()
    asked = setup.init(home, name="Quiet")
    assert asked.keys.identity == before.identity.public
    assert read_secret(home / "credentials", "telegram") == "42:token"
    for name in ("quietline.toml", "server.request", "credentials/master"):
        (home / name).unlink()
    setup.init(home, name="Quiet")
    assert Credentials.read(home / "credentials").identity.seed != before.identity.seed


def test_a_server_that_lost_its_settings_is_not_made_anew(tmp_path: Path) -> None:
    home = tmp_path / "server"
    setup.init(home, name="Quiet")
    (home / "quietline.toml").unlink()
    (home / "quietline.db").touch()
    with pytest.raises(AlreadySetUp):
        setup.init(home, name="Quiet")


def test_init_with_a_name_that_cannot_stand_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(WrongField, match="`name`"):
        setup.init(tmp_path / "server", name="two\nlines")
    assert not (tmp_path / "server").exists()


def test_a_server_may_bring_its_own_settings_and_ask_again(tmp_path: Path) -> None:
    setup.init(tmp_path / "server", name="Quiet", settings='name = "Quiet"\n')
    assert (tmp_path / "server" / "quietline.toml").read_text() == 'name = "Quiet"\n'
    first = request.parse((tmp_path / "server" / "server.request").read_text())
    again = setup.ask_again(tmp_path / "server", name="Quiet", forms=PINS)
    assert again.keys == first.keys
    assert request.parse((tmp_path / "server" / "server.request").read_text()) == again


# --- sign-server -------------------------------------------------------------------------------


def test_sign_server_shows_and_takes_what_the_server_asks(server: Server) -> None:
    line = server.office.line
    own = Credentials.read(server.home / "credentials")
    assert line.server is not None
    assert (line.server.identity, line.server.packet) == (own.identity.public, own.packet.recipient)
    assert (line.forms, line.texts, line.consent) == (PINS, TEXTS, CONSENT)
    setup.ask_again(server.home, name="Quiet", forms={}, texts=TEXTS)
    shown = server.office.sign("org", "sign-server", str(server.home / "server.request"))
    assert "Form intake-1 is taken out." in shown
    assert "Consent text en is taken out." in shown


def test_a_server_that_would_ask_another_form_is_refused(server: Server, tmp_path: Path) -> None:
    form = tmp_path / "form.xlsx"
    form.write_bytes(b"ours")
    asked = str(server.home / "server.request")
    refused = server.office.refuse("org", "sign-server", asked, "--form", str(form))
    assert "the server would ask something else" in refused


def test_a_request_that_is_none_is_refused(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "server.request"
    path.write_text("quietline = 1\nname = 'x'\nport = 1\n")
    assert "no field `identity`" in server.office.refuse("org", "sign-server", str(path))
    refused = server.office.refuse("org", "sign-server", str(tmp_path / "nowhere"))
    assert "nowhere: No such file or directory" in refused


# --- line load ---------------------------------------------------------------------------------


def test_the_first_load_pins_the_root_and_later_ones_need_no_fingerprint(server: Server) -> None:
    with pytest.raises(RootNotGiven):
        server.load()
    with pytest.raises(WrongRoot, match=server.root):
        server.load(root="AAAA " * 6)
    assert not (server.home / "line" / "root.pub").exists()
    assert "first statement" in server.load(root=server.root.lower().replace(" ", "-")).changes[0]
    assert folder.key_ids(server.home / "line") == folder.key_ids(server.office.line_folder)
    server.office.sign("org", "sign", "--name", "Quieter")
    assert server.load().changes == ("The line's name becomes Quieter; it was Quiet.",)
    assert server.load().changes == ()


def test_a_statement_may_be_given_by_its_file(server: Server) -> None:
    path = server.office.line_folder / "line.toml"
    loaded = setup.load_line(
        path, home=server.home, root=server.root, today=TODAY, allow_throwaway=True
    )
    assert loaded.line == server.office.line


def test_a_throwaway_line_is_refused_unless_allowed(server: Server) -> None:
    with pytest.raises(ThrowawayLine):
        server.load(root=server.root, allow_throwaway=False)
    assert not (server.home / "line" / "line.toml").exists()


def test_another_lines_statement_is_refused_once_the_root_is_pinned(
    server: Server, tmp_path: Path
) -> None:
    server.load(root=server.root)
    other = Office.throwaway(tmp_path / "other", "mallory")
    with pytest.raises(ForeignRoot):
        setup.load_line(other.line_folder, home=server.home, today=TODAY, allow_throwaway=True)
    with pytest.raises(WrongRoot):
        server.load(root=fingerprint(other.line.root))


def test_a_changed_an_older_and_a_late_statement_are_refused(server: Server) -> None:
    server.load(root=server.root)
    older = folder.read(server.office.line_folder)
    server.office.sign("org", "sign", "--name", "Quieter")
    newer = folder.read(server.office.line_folder)
    server.load()
    folder.write(server.office.line_folder, older)
    with pytest.raises(OlderLine):
        server.load()
    server.office.sign("org", "sign", "--name", "Another")  # the root's holder took an old copy
    with pytest.raises(BrokenChain):
        server.load()
    text = newer.text.replace("Quieter", "Quietes")
    folder.write(server.office.line_folder, folder.Signed(text=text, signature=newer.signature))
    with pytest.raises(UnsignedLine):
        server.load()
    folder.write(server.office.line_folder, newer)
    with pytest.raises(ExpiredLine):
        server.load(today=date(2027, 10, 1))
    assert server.load().line.name == "Quieter"


def test_a_line_without_keys_or_without_this_server_is_refused(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.run("org", "init", "--name", "Quiet", "--throwaway")
    home = tmp_path / "server"
    setup.init(home, name="Quiet")
    root = fingerprint(office.line.root)

    def load() -> None:
        setup.load_line(office.line_folder, home=home, root=root, today=TODAY, allow_throwaway=True)

    with pytest.raises(NoReadingKeys):
        load()
    office.sign("keys")
    with pytest.raises(OtherServer, match="names no server's keys"):
        load()
    setup.init(tmp_path / "second", name="Quiet")
    office.sign("org", "sign-server", str(tmp_path / "second" / "server.request"))
    with pytest.raises(OtherServer, match="names another server's keys"):
        load()
    assert list((home / "line").iterdir()) == []
    with pytest.raises(NotSetUp):
        setup.load_line(office.line_folder, home=tmp_path, root=root, today=TODAY)
    with pytest.raises(NoStatement):
        setup.load_line(tmp_path / "nowhere", home=home, root=root, today=TODAY)


def test_retired_keys_are_erased_on_the_server(server: Server) -> None:
    server.load(root=server.root)
    server.office.today = date(2029, 1, 1)
    server.office.sign("keys")
    server.office.sign("keys", "retire", "2026Q4")
    loaded = server.load(today=server.office.today)
    assert "2026Q4.1-general" in loaded.erased
    assert not any(key.startswith("2026Q4") for key in folder.key_ids(server.home / "line"))
    assert "2029Q1.1-general" in folder.key_ids(server.home / "line")
