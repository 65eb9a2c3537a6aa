"""The two cards: made to be written down by hand, typed back by hand, and checked by machine."""

import contextlib
from pathlib import Path

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from desk import cards
from desk.cards import Kind
from desk.errors import CardError, NoCard, NoSuchWord, WrongChecksum, WrongWordCount
from storage.age import Identity
from storage.signature import SigningKey, fingerprint
from tests.office import Office

SEEDS = st.binary(min_size=32, max_size=32)
SEED = bytes(range(32))
WORDS = cards.words(SEED)
TYPED = " ".join(WORDS)


def test_the_words_are_those_of_the_published_standard() -> None:
    # BIP-39 test vectors: the seed is the entropy
    assert cards.words(bytes(32)) == ("abandon",) * 23 + ("art",)
    assert cards.words(b"\xff" * 32) == ("zoo",) * 23 + ("vote",)
    legal = "legal winner thank year wave sausage worth useful legal winner thank year wave sausage"
    legal += " worth useful legal winner thank year wave sausage worth title"
    assert cards.seed_of(legal) == b"\x7f" * 32


@given(SEEDS)
def test_a_card_reads_back_from_its_words_and_from_its_text(seed: bytes) -> None:
    assert cards.seed_of(" ".join(cards.words(seed))) == seed
    text = cards.render(Kind.ROOT, seed, line="Quiet", fingerprint="AAAA")
    assert cards.find(text, Kind.ROOT, file="card") == seed


@pytest.mark.parametrize(
    "typed",
    [
        TYPED.upper(),
        "\n".join(f"{place}. {word}" for place, word in enumerate(WORDS, 1)),
        "  ".join(f"{place}{word}," for place, word in enumerate(WORDS, 1)),
        "　".join(WORDS),
        TYPED.replace("a", "ａ"),
        f"\t{TYPED}\r\n\n",
    ],
)
def test_words_are_read_however_they_are_typed(typed: str) -> None:
    assert cards.seed_of(typed) == SEED


@pytest.mark.parametrize(
    ("wrong", "suggested"),
    [("abandom", "abandon"), ("zooo", "zoo"), ("recieve", "receive"), ("abst", "abstract")],
)
def test_a_wrong_word_is_named_with_its_place_and_the_nearest(wrong: str, suggested: str) -> None:
    typed = [*WORDS[:6], wrong, *WORDS[7:]]
    with pytest.raises(NoSuchWord) as refusal:
        cards.seed_of(" ".join(typed))
    assert str(refusal.value).startswith(f'Word 7, "{wrong}", is not on any card; is it ')
    assert suggested in str(refusal.value)


def test_a_word_like_no_other_is_named_alone() -> None:
    with pytest.raises(NoSuchWord) as refusal:
        cards.spell("xqxqxq", first=19)
    assert str(refusal.value) == 'Word 19, "xqxqxq", is not on any card.'


@pytest.mark.parametrize("count", [0, 12, 23, 25])
def test_another_number_of_words_is_refused(count: int) -> None:
    with pytest.raises(WrongWordCount, match=f"24 words, and {count} were"):
        cards.seed_of(" ".join((WORDS * 2)[:count]))


def test_swapped_words_are_told_apart_from_unknown_ones() -> None:
    swapped = [WORDS[1], WORDS[0], *WORDS[2:]]
    with pytest.raises(WrongChecksum):
        cards.seed_of(" ".join(swapped))


@given(SEEDS, st.integers(0, 23), st.data())
def test_one_wrong_word_is_nearly_always_noticed_and_never_gives_the_seed(
    seed: bytes, place: int, data: st.DataObject
) -> None:
    typed = list(cards.words(seed))
    other = data.draw(st.sampled_from(cards.wordlist()).filter(lambda word: word != typed[place]))
    typed[place] = other
    with contextlib.suppress(WrongChecksum):  # one in 256 has a fitting checksum
        assert cards.seed_of(" ".join(typed)) != seed


@given(st.text())
def test_whatever_is_typed_is_refused_in_words(text: str) -> None:
    with pytest.raises(CardError) as refusal:
        cards.seed_of(text)
    assert str(refusal.value).endswith((".", "?."))


def test_each_card_is_found_in_a_file_of_both() -> None:
    both = "\n".join(
        cards.render(kind, bytes([number]) * 32, line="ROOT CARD RECOVERY CARD", fingerprint="X")
        for number, kind in enumerate(Kind)
    )
    assert cards.find(both, Kind.ROOT, file="both") == bytes(32)
    assert cards.find(both, Kind.RECOVERY, file="both") == bytes([1]) * 32


def test_a_file_of_plain_words_is_a_card_and_one_of_the_other_card_is_none() -> None:
    assert cards.find(TYPED, Kind.RECOVERY, file="words") == SEED
    other = cards.render(Kind.ROOT, SEED, line="Quiet", fingerprint="X")
    with pytest.raises(NoCard, match=r"c\.txt holds no recovery card"):
        cards.find(other, Kind.RECOVERY, file="c.txt")


def test_the_code_holds_the_words_as_a_reader_sees_them() -> None:
    lines = cards.qr(WORDS).splitlines()
    halves = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}
    rows = [[halves[one][half] for one in line] for line in lines for half in (0, 1)]
    expected = segno.make_qr(TYPED.upper(), error="l", boost_error=False)
    drawn = [list(row) for row in expected.matrix_iter(border=2)]
    assert rows[: len(drawn)] == drawn
    assert {len(line) for line in lines} == {len(drawn[0])}
    assert all(
        line.startswith("\x1b[30;107m") for line in cards.qr(WORDS, colour=True).splitlines()
    )


# --- org init ----------------------------------------------------------------------------------


def cards_shown(shown: str) -> dict[Kind, str]:
    """Return the words a person copied from the screen."""
    return {kind: " ".join(cards.words(cards.find(shown, kind, file=""))) for kind in Kind}


def root_words(shown: str) -> str:
    return cards_shown(shown)[Kind.ROOT]


def recovery_words(shown: str) -> str:
    return cards_shown(shown)[Kind.RECOVERY]


def init(office: Office, *answers: object) -> tuple[int, str]:
    return office.attempt("org", "init", "--name", "Quiet", answers=["", "", *answers])  # type: ignore[list-item]


def test_init_ends_when_both_cards_were_typed_from_paper(tmp_path: Path) -> None:
    office = Office(tmp_path)
    assert init(office, root_words, recovery_words) == (0, "")
    shown = office.terminal.shown
    typed = cards_shown(shown)
    assert office.line.root == SigningKey.from_seed(cards.seed_of(typed[Kind.ROOT])).public
    seed = cards.seed_of(typed[Kind.RECOVERY])
    assert office.line.recovery == Identity.from_seed(seed).recipient
    assert not office.line.throwaway
    assert fingerprint(office.line.root) in shown
    assert shown.count("(cleared)") == 2


def test_no_word_of_a_card_stays_on_the_disk(tmp_path: Path) -> None:
    office = Office(tmp_path)
    init(office, root_words, recovery_words)
    typed = cards_shown(office.terminal.shown)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()).lower()
    assert kept
    for words in typed.values():
        seed = cards.seed_of(words)
        assert seed not in kept
        assert seed.hex().encode() not in kept
        assert " ".join(words.split()[:2]).encode() not in kept
        assert Identity.from_seed(seed).secret().lower().encode() not in kept


def test_a_slip_of_the_pen_is_asked_for_again_and_rows_may_be_typed_one_by_one(
    tmp_path: Path,
) -> None:
    office = Office(tmp_path)

    def row(number: int) -> object:
        return lambda shown: " ".join(root_words(shown).split()[4 * number : 4 * number + 4])

    rows = [row(number) for number in range(6)]
    code, wrong = init(office, "abandom", recovery_words, *rows, recovery_words)
    assert (code, wrong) == (0, "")
    assert 'Word 1, "abandom"' in office.terminal.shown
    assert "not of this line's root card" in office.terminal.shown
    assert "from word 5" in " ".join(office.terminal.asked)


def test_init_without_the_words_makes_no_line(tmp_path: Path) -> None:
    office = Office(tmp_path)
    code, wrong = init(office, root_words)
    assert code == 1
    assert "recovery card" in wrong
    assert not office.line_folder.exists()
    code, wrong = init(office, *["abandom"] * 5)
    assert code == 1
    assert not office.line_folder.exists()


def test_a_line_has_one_root_for_its_life(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path)
    assert "There is a line in" in office.refuse("org", "init", "--name", "Again", "--throwaway")


def test_throwaway_cards_are_in_a_file_and_nothing_is_asked(tmp_path: Path) -> None:
    office = Office.throwaway(tmp_path)
    assert office.terminal.asked == []
    text = office.cards.read_text(encoding="utf-8")
    root = SigningKey.from_seed(cards.find(text, Kind.ROOT, file=""))
    assert root.public == office.line.root
    assert office.line.throwaway
    assert office.cards.stat().st_mode & 0o777 == 0o600


def test_throwaway_never_writes_over_cards(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.cards.write_text("something")
    assert "cards" in office.refuse("org", "init", "--name", "Quiet", "--throwaway")
    assert office.cards.read_text() == "something"


@pytest.mark.parametrize("name", ["", " ", "two\nlines", "a\u202eb", "x" * 201])
def test_a_name_that_cannot_stand_in_a_statement_is_refused(tmp_path: Path, name: str) -> None:
    office = Office(tmp_path)
    assert "`name`" in office.refuse("org", "init", "--name", name, "--throwaway")
    assert not office.line_folder.exists()
