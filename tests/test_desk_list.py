"""The list of cases as staff see it: in their own language, on their own screen, nothing turned around."""

import argparse
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from datetime import timedelta
from fcntl import ioctl
from pathlib import Path

import pyte
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.engine.model import Question
from bot.texts.languages import LANGUAGES
from desk import session
from desk.form_labels import FormLabels, languages, nearest
from desk.inbox import Item, announced_item
from desk.labels import BareCodes
from desk.language_names import NAMES
from desk.layout import CLOSING, WIDEST, paragraph, width_of, wrap
from desk.listing import Listing
from desk.safe_text import ISOLATES, PDI, isolated
from desk.terminal import LOCALES, Keyboard
from storage.entry import IndexEntry
from tests.demo_made import TREE
from tests.office import TODAY
from tests.served import FORM, Served, case_id, case_number

FULL: Mapping[str, tuple[str, ...]] = {
    "A2": ("CP", "TD", "DA"),
    "A3": ("now",),
    "A4": ("TR",),
    "F1": ("urgent",),
    "S2": ("held",),
}
#: "Turkey", "Yes: police, airport or removal" and "I prefer not to say", in each language.
SAID = {
    "en": ("Turkey", "Yes: police, airport or removal", "I prefer not to say"),
    "ja": ("トルコ", "はい：警察、空港、または送り返されそう", "答えたくない"),
    "ug": ("تۈركىيە", "ھەئە: ساقچى، ئايرودروم، ياكى قايتۇرۇۋېتىش", "ئېيتماسلىقنى خالايمەن"),
    "zh-Hans": ("土耳其", "有：警察、机场，或要被遣返", "我不想说"),
    "zh-Hant": ("土耳其", "有：警察、機場，或要被遣返", "我不想說"),
}
ROW = re.compile(r"^  (U\d)  (\S+)  (\S+)  (.+?)  +intake-1  +(\w+)$", re.MULTILINE)


@pytest.fixture
async def served(tmp_path: Path) -> Served:
    """A server with four cases; two of them have come in a bundle, two were announced."""
    made = Served(tmp_path)
    await made.send(1, urgency="U1", codes=FULL)
    await made.send(2, urgency="U3", language="zh-Hans", codes={"S2": ("PNS",), "H1": ()})
    await made.bundle()
    await made.send(3, urgency="U4", language="ja", day=TODAY + timedelta(1), codes={})
    await made.send(4, urgency="U1", language="zh-Hant", day=TODAY + timedelta(1), codes=FULL)
    await made.digest()
    made.office.run("open", str(made.drop), desk="ana")
    return made


def listed(served: Served, *options: str) -> str:
    return served.office.run("list", *options, desk="ana")


def item(codes: Mapping[str, tuple[str, ...]], *, form: str = FORM.id, cut: bool = False) -> Item:
    index = IndexEntry(
        case=case_id(1),
        number=case_number(1),
        form=form,
        version="1",
        urgency="U2",
        language="ug",
        day=TODAY,
        codes=codes,
        codes_cut=cut,
    )
    return announced_item(index)


# --- what stands in it -----------------------------------------------------------------------------


async def test_the_most_urgent_stand_first_with_day_language_and_state(served: Served) -> None:
    assert ROW.findall(listed(served)) == [
        ("U1", case_number(1), "2026-11-22", "Uyghur", "new"),
        ("U1", case_number(4), "2026-11-23", "Chinese (traditional)", "announced"),
        ("U3", case_number(2), "2026-11-22", "Chinese (simplified)", "new"),
        ("U4", case_number(3), "2026-11-23", "Japanese", "announced"),
    ]


async def test_an_announced_case_tells_its_codes_before_its_bundle(served: Served) -> None:
    shown = listed(served)
    own = shown[shown.index(case_number(4)) : shown.index(case_number(2))]
    assert [line.strip() for line in own.splitlines()[1:-1]] == [
        "S2 Yes: police, airport or removal",
        "A2 My family or friends back home are being pressured; Calls, messages or",
        "letters to me; Violence, or someone came at me in person",
        "A3 It is going on now · A4 Turkey · F1 Only if it is urgent",
    ]
    assert re.search(
        r"^  A4  In which country are you, or the person affected, now\?$", shown, re.MULTILINE
    )
    assert shown.count("Are you, or is someone else, in danger right now?") == 1


async def test_what_a_digest_tells_is_told_when_it_is_opened(served: Served) -> None:
    await served.send(7, urgency="U2", codes=FULL)
    path = (await served.digest(days=1)).path
    shown = served.office.run("open", str(path), "--language", "ja", desk="ana")
    assert "A4 トルコ" in shown
    assert "いちばん最近あったのは、いつですか？" in shown


@pytest.mark.parametrize("tag", SAID)
async def test_codes_stand_in_the_language_that_was_asked_for(served: Served, tag: str) -> None:
    shown, labels = listed(served, "--language", tag), FormLabels(tag, "Quiet")
    plain = re.sub("[\u2066-\u2069]", "", shown)
    for words in SAID[tag]:
        assert words in plain
    assert labels.question(FORM.id, "A3") in plain
    others = {words for other in SAID.keys() - {tag} for words in SAID[other]} - set(SAID[tag])
    assert not [words for words in others if words in plain]


@pytest.mark.parametrize("tag", languages())
def test_every_code_that_a_digest_may_tell_has_a_label_in_every_language(tag: str) -> None:
    labels, english = FormLabels(tag), FormLabels()
    told = [question for question in _questions(english) if question.digest]
    assert {question.name for question in told} == {"S2", "A2", "A3", "A4", "F1", "G2", "H1"}
    for question in told:
        names = [labels.question(FORM.id, question.name)]
        names += [labels.code(FORM.id, question.name, one.code) for one in question.choices]
        theirs = [english.question(FORM.id, question.name)]
        theirs += [english.code(FORM.id, question.name, one.code) for one in question.choices]
        assert len(names) > 1
        for name, other in zip(names, theirs, strict=True):
            assert name
            assert "{" not in name
            assert "\n" not in name
            assert (name == other) is (tag == "en")


def _questions(labels: FormLabels) -> tuple[Question, ...]:
    return labels.form.questions


async def test_a_language_without_labels_is_refused_with_those_there_are(
    served: Served,
) -> None:
    with pytest.raises(SystemExit) as ended:
        listed(served, "--language", "tlh")
    assert ended.value.code == 2
    with pytest.raises(argparse.ArgumentTypeError, match=r"in en, ja, ug, zh-Hans, zh-Hant$"):
        session.language("tlh")
    assert session.language("zh-TW") == "zh-Hant"


def test_unknown_forms_and_codes_are_shown_bare() -> None:
    listing = Listing(width=80, colour=False, labels=FormLabels("ja"))
    own = [item({"Q1": ("x", "y")}, form="ours-2"), item({"A4": ("ZZ",), "Z9": ()}, cut=True)]
    shown = "\n".join(listing.cases(own))
    assert "      Q1 x; y\n" in shown
    assert shown.endswith("      A4 ZZ · Z9 – · … more than a digest has room for")
    assert [line[:4] for line in listing.legend(own)] == ["  A4"]


def test_nothing_in_an_index_entry_plays_tricks() -> None:
    listing = Listing(width=80, colour=False, labels=BareCodes())
    own = item({"Q\u202e1": ("x\x1b[2J",)}, form="\u2066form")
    shown = "\n".join(listing.cases([own]))
    assert not set(shown) & set("\x1b\u202e\u2066")
    assert "Q\\u202e1 x\\u001b[2J" in shown


# --- whose language --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "tag"),
    [
        ("ja_JP.UTF-8", "ja"),
        ("ja_JP.eucJP", "ja"),
        ("zh_CN.GB18030", "zh-Hans"),
        ("zh_SG", "zh-Hans"),
        ("zh_TW.UTF-8", "zh-Hant"),
        ("zh_HK", "zh-Hant"),
        ("ug_CN.UTF-8", "ug"),
        ("en_GB.UTF-8", "en"),
        ("C.UTF-8", None),
        ("POSIX", None),
        ("de_DE.UTF-8", None),
        ("uz_UZ@cyrillic", None),
        ("ug_CN@latin", None),
        ("bo_CN.UTF-8", None),
        ("mn_MN.UTF-8", None),
        ("", None),
    ],
)
def test_the_computers_language_is_taken_where_there_are_labels(
    locale: str, tag: str | None
) -> None:
    assert nearest(locale) == tag


def test_the_environment_is_read_as_posix_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LOCALES:
        monkeypatch.delenv(name, raising=False)
    assert Keyboard().locale == ""
    monkeypatch.setenv("LANG", "ja_JP.UTF-8")
    monkeypatch.setenv("LC_MESSAGES", "ug_CN")
    assert Keyboard().locale == "ug_CN"
    monkeypatch.setenv("LC_ALL", "C")
    assert Keyboard().locale == "C"


def test_every_language_of_the_line_has_a_name_here() -> None:
    assert NAMES.keys() == LANGUAGES.keys()
    assert len(set(NAMES.values())) == len(NAMES)
    assert max(map(len, NAMES.values())) <= 22


# --- on a screen -----------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("tag", SAID)
async def test_the_list_fits_a_real_terminal(served: Served, tag: str, columns: int) -> None:
    shown = in_a_terminal(served, columns, "list", "--language", tag)
    lines = re.sub("\x1b\\[[0-9;]*m", "", shown).replace("\r\n", "\n").rstrip("\n").split("\n")
    assert max(map(width_of, lines)) <= min(columns, WIDEST)
    screen = pyte.Screen(columns, len(lines) + 1)
    # pyte forgets the rest of a line after a character without width; a terminal does not.
    pyte.Stream(screen).feed(re.sub("[\u2066-\u2069]", "", shown))
    seen = [
        "".join(screen.buffer[row][c].data for c in range(columns)) for row in range(len(lines))
    ]
    assert [line.rstrip() for line in seen] == [
        re.sub("[\u2066-\u2069]", "", line).rstrip() for line in lines
    ]
    assert screen.buffer[4][2].data == "U"
    starts = {
        line.index(case_number(n)) for n in (1, 2, 3, 4) for line in seen if case_number(n) in line
    }
    assert starts == {6}
    assert screen.buffer[4][2].bold
    assert not screen.buffer[5][6].bold


def in_a_terminal(served: Served, columns: int, *command: str) -> str:
    """Run a command of the desk in a terminal of its own; return all that came on the screen."""
    office, (master, slave) = served.office, pty.openpty()
    ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 60, columns, 0, 0))
    places = ["--line", str(office.line_folder), "--desk", str(office.desk("ana"))]
    process = subprocess.Popen(
        [sys.executable, "-m", "desk", *command, *places, "--today", str(office.today)],
        cwd=TREE,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "PYTHONUTF8": "1", "TERM": "xterm-256color"},
    )
    os.close(slave)
    shown = b""
    try:
        while data := os.read(master, 1 << 16):
            shown += data
    except OSError:  # the program has ended
        pass
    os.close(master)
    assert process.wait() == 0
    return shown.decode()


@pytest.mark.parametrize("tag", SAID)
async def test_no_line_leaves_the_next_one_turned_around(served: Served, tag: str) -> None:
    shown = listed(served, "--language", tag)
    for line in shown.splitlines():
        depth = 0
        for c in line:
            depth += (c in ISOLATES) - (c == PDI)
            assert depth in {0, 1}
        assert depth == 0
    assert (PDI in shown) is (tag == "ug")


WRITTEN = st.text(st.sampled_from("ab 1ئۇ،؟警、。（A"), max_size=200)


@given(WRITTEN)
def test_only_what_needs_it_stands_in_an_isolate(text: str) -> None:
    shown = isolated(text)
    strong = [c for c in text if c in "abA警ئۇ؟"]  # a comma has no direction of its own
    if set(strong).isdisjoint("ئۇ؟"):
        assert shown == text
    else:
        assert shown == ("\u2067" if strong[0] in "ئۇ؟" else "\u2066") + text + PDI


@given(st.lists(WRITTEN.filter(str.strip), min_size=1, max_size=4), st.integers(20, 60))
def test_a_paragraph_keeps_width_and_every_letter_and_closes_each_line(
    texts: list[str], width: int
) -> None:
    text = "; ".join(map(isolated, texts))
    lines = paragraph(text, width)
    assert all(width_of(line) <= width for line in lines)
    for line in lines:
        assert line.count(PDI) == sum(line.count(one) for one in ISOLATES)
    bare = re.compile("[\u2066-\u2069 ]")
    assert bare.sub("", "".join(lines)) == bare.sub("", text)


@given(WRITTEN, st.integers(4, 60))
@example("1（1、", 4)  # its only good break leaves too much behind
def test_a_broken_line_is_whole_again_when_it_is_joined(text: str, width: int) -> None:
    pieces = wrap(text, width)
    assert "".join(pieces) == text
    assert all(width_of(piece.rstrip(" ")) <= width for piece in pieces)


def test_no_line_begins_with_what_closes_a_sentence() -> None:
    text = "私に電話、メッセージ、手紙が来る。" * 6
    for width in range(20, 60):
        assert not [piece for piece in wrap(text, width) if piece[0] in CLOSING]
