"""The pages of the web desk: what a caseworker sees and does, and what people's tricks do not."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from html import unescape
from pathlib import Path

import pytest

from bot.texts.languages import LANGUAGES
from desk.drawer import Drawer
from desk.language_names import NAMES
from desk.web.drawing import words
from storage import age, way
from storage.act import (
    Assessed,
    Assigned,
    Erase,
    Note,
    Outside,
    Read,
    Reminder,
    Reply,
    StateSet,
    Tagged,
    Urgency,
)
from storage.age import Identity
from storage.entry import Words
from storage.hours import Hours
from storage.line import GENERAL
from storage.unit import NewEntry
from storage.way import FurtherAddress
from tests.browsing import Browser, browsing
from tests.canary import text_forms
from tests.served import case_id, case_number
from tests.staffed import CHINESE, LATER, NOW, PHRASE, TRAP, UYGHUR, Staffed, brought

ONE, TWO, FIVE = case_number(1), case_number(2), case_number(5)
CASE = f"case/{ONE}"


@pytest.fixture
async def staffed(tmp_path: Path) -> Staffed:
    return await brought(tmp_path)


@pytest.fixture
async def browser(staffed: Staffed) -> AsyncIterator[Browser]:
    async with browsing(staffed.office.desk("ana"), staffed.office.line_folder) as made:
        made.watch.forward(days=(NOW - made.watch().date()).days)
        await made.unlock()
        yield made


def numbers(browser: Browser) -> list[str]:
    """Return the cases of the list, in order."""
    return re.findall(r"data-row[^>]*>([^<]+)</a>", browser.shown)


def deeds(staffed: Staffed, number: int = 1) -> list[object]:
    """Return what lies in ana's outbox for a case."""
    own = staffed.book("ana").own().get(case_id(number), ())
    return [one.act.deed for one in own]


def written(text: str, language: str) -> str:
    return str(words(text, language))


# --- the list ----------------------------------------------------------------------------------


async def test_the_list_shows_the_most_urgent_first_and_filters_are_in_the_address(
    browser: Browser,
) -> None:
    await browser.get()
    assert numbers(browser) == [case_number(n) for n in (1, 2, 3, 4, 5)]
    for address, found in (
        ("?urgency=U2", [TWO]),
        ("?speaks=ja", [case_number(4)]),
        ("?kind=photo", [ONE]),
        ("?state=closed", []),
        ("?urgency=U1&urgency=U4", [ONE, FIVE]),
        ("?sort=oldest", [case_number(n) for n in (5, 3, 2, 1, 4)]),
        ("?sort=nonsense&owner=-&urgency=U1", [ONE]),
    ):
        await browser.get(address)
        assert numbers(browser) == found, address
        piece = await browser.get(address, **{"HX-Request": "true"})
        assert numbers(browser) == found
        assert "<html" not in piece.text


async def test_what_is_looked_for_stands_in_no_address(browser: Browser) -> None:
    answer = await browser.post("search", {"search": "领事馆"})
    assert answer.headers["location"] == browser.at()
    await browser.get()
    assert numbers(browser) == [TWO]
    await browser.post("search", {"search": '"><script>'})
    await browser.get()
    assert '"><script>' not in browser.shown
    await browser.post("search", {"search": ""})
    await browser.get()
    assert len(numbers(browser)) == 5


async def test_a_view_is_kept_under_a_name_and_lies_sealed(
    browser: Browser, staffed: Staffed
) -> None:
    await browser.get()
    assert "Keep this view as" not in browser.shown
    await browser.get("?urgency=U2", **{"HX-Request": "true"})
    assert "Keep this view as" in browser.shown  # as soon as something is filtered
    await browser.get("?urgency=U2")
    assert "Keep this view as" in browser.shown
    name = "Consulates <b>"
    told = {"name": name, "address": "?urgency=U2&evil=javascript:x"}
    answer = await browser.post("views", told)
    assert answer.headers["location"] == browser.at("?urgency=U2")
    await browser.get()
    assert "Consulates &lt;b&gt;" in browser.shown
    assert "Consulates <b>" not in browser.shown
    assert "javascript:x" not in browser.shown
    found = [p.read_bytes() for p in staffed.office.desk("ana").rglob("*") if p.is_file()]
    assert not any(b"Consulates" in data for data in found)
    await browser.post("views", {"gone": name, "address": ""})
    await browser.get()
    assert "Consulates" not in browser.shown


# --- one case ----------------------------------------------------------------------------------


async def test_a_case_shows_words_in_their_own_language_and_codes_in_the_staffs(
    browser: Browser,
) -> None:
    await browser.get(CASE)
    assert written(UYGHUR, "ug") in browser.shown
    assert '<div class="words" lang="ug" dir="rtl">' in browser.shown
    assert "My family or friends back home are being pressured" in browser.shown
    assert written(LATER, "ug") in browser.shown
    await browser.post("language", {"language": "zh-Hans"})
    await browser.get(CASE)
    assert "In your own words" not in browser.shown
    assert written(UYGHUR, "ug") in browser.shown
    await browser.post("language", {"language": "ug"})
    await browser.get(CASE)
    assert '<html lang="en" dir="rtl">' in browser.shown
    await browser.post("language", {"language": "../../etc"})
    await browser.get(CASE)
    assert '<html lang="en" dir="rtl">' in browser.shown


async def test_a_correction_is_shown_with_what_it_was_before(
    staffed: Staffed, browser: Browser
) -> None:
    await staffed.add(2, Words(words="不是微信，是电话。"), question="A1", day=NOW)
    await staffed.bring("ana")
    await browser.get()
    await browser.get(f"case/{TWO}")
    now, before = browser.shown.index("不是微信，是电话。"), browser.shown.index(CHINESE)
    assert now < browser.shown.index("What it was before") < before


async def test_each_deed_of_the_page_lies_in_the_outbox(browser: Browser, staffed: Staffed) -> None:
    await browser.get(CASE)
    for deed, fields, made in (
        ("note", {"text": " Rang the lawyer.\r\nShe agrees. "}, Note(text="Rang the lawyer.\nShe agrees.")),
        ("state", {"state": "triaged"}, StateSet(state="triaged")),
        ("owner", {"owner": "ben"}, Assigned(to="ben")),
        ("tags", {"tags": "consulate, #parents"}, Tagged(add=("consulate", "parents"))),
        ("tags", {"tags": "parents"}, Tagged(remove=("consulate",))),
        ("urgency", {"level": "U2", "reason": "They are safe"}, Urgency(level="U2", reason="They are safe")),
        ("assess", {"verification": "VF-CONSIST"}, Assessed(verification="VF-CONSIST")),
        ("remind", {"text": "Ring", "due": "2027-02-01"}, Reminder(text="Ring", due=NOW.replace(month=2, day=1))),
        ("done", {"text": "Ring"}, Reminder(text="Ring")),
        ("outside", {"whom": "The bar", "what": "A lawyer"}, Outside(whom="The bar", what="A lawyer", asked=NOW)),
    ):  # fmt: skip
        answer = await browser.post(f"{CASE}/{deed}", fields)
        assert answer.headers["location"] == browser.at(CASE), answer.text
        assert deeds(staffed)[-1] == made
    await browser.get(CASE)
    assert "not sent yet" in browser.shown
    assert written("Rang the lawyer.\nShe agrees.", "") in browser.shown


@pytest.mark.parametrize(
    ("deed", "fields"),
    [
        ("note", {"text": "  "}),
        ("state", {"state": "gone"}),
        ("owner", {"owner": "mallory"}),
        ("urgency", {"level": "U0", "reason": "x"}),
        ("urgency", {"level": "U2"}),
        ("assess", {"verification": "VF-EVIL"}),
        ("remind", {"text": "Ring", "due": "soon"}),
        ("delete", {"number": "K7Q", "reason": "x"}),
        ("keep", {"until": "2020-01-01", "reason": "x"}),
        ("nothing", {}),
    ],
)
async def test_what_cannot_be_done_is_said_and_does_nothing(
    browser: Browser, staffed: Staffed, deed: str, fields: dict[str, str]
) -> None:
    await browser.get(CASE)
    before = deeds(staffed)
    answer = await browser.post(f"{CASE}/{deed}", fields)
    assert answer.status_code == 409
    assert "That was not done" in browser.shown
    assert deeds(staffed) == before


async def test_opening_a_case_or_a_file_is_noted_once(browser: Browser, staffed: Staffed) -> None:
    await browser.get(CASE)
    await browser.get(f"{CASE}/file/1")
    assert deeds(staffed)[-1] == Read(what="file 1")
    once = len(staffed.book("ana").outbox.lying())
    await browser.get(CASE)
    await browser.get(f"{CASE}/file/1")
    assert len(staffed.book("ana").outbox.lying()) == once > 0


# --- people's tricks ---------------------------------------------------------------------------


TRICK = '</div><script>alert(1)</script>\u202e gnp.exe \u2066=HYPERLINK("http://x")&amp;'


async def test_a_persons_words_are_never_a_page_and_turn_nothing_around(
    staffed: Staffed, browser: Browser
) -> None:
    await staffed.add(1, Words(words=TRICK), part=4, day=NOW)
    await staffed.bring("ana")
    await browser.get()
    await browser.get(CASE)
    assert "<script>alert" not in browser.shown
    assert "\u202e" not in browser.shown
    assert "\u2066" not in browser.shown
    assert "&lt;/div&gt;&lt;script&gt;alert(1)" in browser.shown
    assert r"\u202e gnp.exe \u2066=HYPERLINK" in unescape(browser.shown)
    await browser.post(f"{CASE}/tags", {"tags": "\u202etag <i>"})
    await browser.get()
    assert "<i>" not in browser.shown


async def test_what_the_person_wrote_last_stands_above_what_they_told(
    browser: Browser, staffed: Staffed
) -> None:
    await browser.get(f"case/{TWO}")
    assert "The newest from them." not in browser.shown
    await staffed.add(2, Words(words="They are at the door."), part=4, day=NOW)
    await staffed.bring("ana")
    await browser.get()
    await browser.get(f"case/{TWO}")
    above = browser.shown[browser.shown.index("What the person told") :]
    assert above.index("They are at the door.") < above.index("The newest from them.")
    assert above.index("The newest from them.") < above.index('class="answer"')


async def test_the_history_says_what_codes_mean(browser: Browser) -> None:
    await browser.post(f"{CASE}/state", {"state": "in-progress"})
    await browser.post(f"{CASE}/urgency", {"level": "U2", "reason": "x"})
    told = {"verification": "VF-CORROB", "attribution": "AB-LIKELY", "reason": "x"}
    await browser.post(f"{CASE}/assess", told)
    await browser.get(CASE)
    for said in (
        "set the state: In progress",
        "set the urgency: U2, Within 24 hours",
        "assessed: Corroborated; A state likely did it",
    ):
        assert said in browser.shown
    await browser.post(f"{CASE}/assess", {"verification": "", "attribution": ""})
    await browser.get(CASE)
    assert "assessed: not any more" in browser.shown


async def test_the_number_of_a_case_to_delete_may_have_spaces(
    browser: Browser, staffed: Staffed
) -> None:
    told = {"number": ONE.lower().replace("-", " "), "reason": "they asked by telephone"}
    await browser.post(f"{CASE}/delete", told)
    assert deeds(staffed)[-1] == Erase(reason="they asked by telephone")


async def test_only_pixels_drawn_anew_leave_a_file(browser: Browser) -> None:
    await browser.get(CASE)
    assert "../../map" in browser.shown  # the name is told, and leads nowhere
    assert "\u202e" not in browser.shown
    picture = await browser.get(f"{CASE}/file/1")
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.content.startswith(b"\xff\xd8\xff")
    assert b"secret place" not in picture.content
    trap = await browser.get(f"{CASE}/file/2")
    assert (trap.status_code, trap.headers["content-type"]) == (409, "text/html; charset=utf-8")
    assert TRAP not in trap.content
    assert b"onload" not in trap.content
    for name in ("3", "99999", "-1", "..%2f1", "1/../2x"):
        assert (await browser.get(f"{CASE}/file/{name}")).status_code in {404, 409}


async def test_nothing_that_is_shown_or_written_lies_open(
    browser: Browser, staffed: Staffed
) -> None:
    canary = "Zitronenfalter im Nebel"
    await browser.get(CASE)
    await browser.get(f"{CASE}/file/1")
    await browser.post(f"{CASE}/note", {"text": canary})
    await browser.post(f"{CASE}/draft", {"text": canary})
    await browser.post(f"{CASE}/answer", {"text": canary, "title": canary, "do": "template"})
    await browser.post("search", {"search": canary})
    await browser.get("statistics")
    texts = (canary, UYGHUR, CHINESE, PHRASE)
    secrets = [form for text in texts for form in text_forms(text).values()]
    for path in staffed.office.desk("ana").rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        assert not any(secret in data for secret in secrets), path


async def test_who_is_in_danger_now_is_told_in_the_list(staffed: Staffed) -> None:
    for number, code in ((8, "now"), (9, "no"), (10, "PNS")):
        topics = {"S2": (code,), "A2": ("CP",)}
        await staffed.send(number, urgency="U1", day=NOW, language="en", codes=topics)
    await staffed.bring("ana")
    async with browsing(staffed.office.desk("ana"), staffed.office.line_folder) as browser:
        browser.watch.forward(days=(NOW - browser.watch().date()).days)
        await browser.unlock()
        await browser.get()
        told = re.findall(r'<b class="bad note-line">(.*?)</b>', browser.shown)
        assert ["violence, being taken, or followed home" in one for one in told] == [True]
        await browser.post("language", {"language": "ja"})
        await browser.get()
        assert "暴力" in re.findall(r'<b class="bad note-line">(.*?)</b>', browser.shown)[0]


# --- writing -----------------------------------------------------------------------------------


async def test_a_reply_is_seen_whole_before_it_goes_phrase_first(
    browser: Browser, staffed: Staffed
) -> None:
    text = {"text": "We have your message.", "language": "en"}
    await browser.get(f"{CASE}/answer")
    before = len(deeds(staffed))
    await browser.post(f"{CASE}/answer", {**text, "do": "send"})  # not seen yet: shown
    assert len(deeds(staffed)) == before
    bubble = browser.shown[browser.shown.index('class="bubble"') :]
    assert bubble.index(PHRASE) < bubble.index("We have your message.")
    assert "This is not the language in which the person wrote." in browser.shown
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', browser.shown)
    assert shown is not None
    changed = {**text, "text": "Something else.", "do": "send", "shown": shown[1]}
    await browser.post(f"{CASE}/answer", changed)
    assert len(deeds(staffed)) == before
    sent = await browser.post(f"{CASE}/answer", {**text, "do": "send", "shown": shown[1]})
    assert sent.headers["location"] == browser.at(CASE)
    assert len(deeds(staffed)) == before + 1
    twice = await browser.post(f"{CASE}/answer", {**text, "do": "send", "shown": shown[1]})
    assert twice.headers["location"] == browser.at(CASE)
    assert len(deeds(staffed)) == before + 1  # who presses a button twice writes once
    await browser.get(f"{CASE}/answer")
    assert "We have your message." not in browser.shown  # the draft is gone


async def previewed(browser: Browser) -> dict[str, str]:
    """Preview a reply; return what its buttons send."""
    text = {"text": "We have your message.", "language": "ug"}
    await browser.post(f"{CASE}/answer", {**text, "do": "preview"})
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', browser.shown)
    assert shown is not None
    return {**text, "shown": shown[1]}


async def pass_by(browser: Browser, hours: int) -> None:
    """Let hours pass in which the desk does not lock."""
    for _ in range(6 * hours):
        browser.watch.forward(minutes=10)
        await browser.get("help")


async def test_what_was_changed_after_it_was_shown_is_shown_again_and_not_lost(
    browser: Browser, staffed: Staffed
) -> None:
    told, before = await previewed(browser), len(deeds(staffed))
    better = {"text": "We have your letter.", "language": "ug"}
    await browser.post(f"{CASE}/draft", better)
    await browser.post(f"{CASE}/answer", {**told, "do": "now"})
    assert len(deeds(staffed)) == before
    assert "It was changed after it was shown." in browser.shown
    bubble = browser.shown[browser.shown.index('class="bubble"') :]
    assert "We have your letter." in bubble
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', browser.shown)
    assert shown is not None
    await browser.post(f"{CASE}/answer", {**better, "do": "now", "shown": shown[1]})
    sent = deeds(staffed)[-1]
    assert isinstance(sent, Reply)
    assert sent.text == "We have your letter."


async def test_a_reply_waits_for_their_hours_unless_it_is_sent_all_the_same(
    browser: Browser, staffed: Staffed
) -> None:
    told = await previewed(browser)  # at noon in Turkey, and they chose the evening
    assert f"it waits at the server until {NOW}, 18:00 their time." in browser.shown
    await browser.post(f"{CASE}/answer", {**told, "do": "send"})
    opens = datetime.combine(NOW, time(15), UTC)
    waits = deeds(staffed)[-1]
    assert isinstance(waits, Reply)
    assert waits.hours == Hours(opens=opens, closes=opens + timedelta(hours=3))
    await browser.get(CASE)
    assert f"not sent yet; then it waits until {NOW}, 18:00 their time" in browser.shown
    await browser.post(f"{CASE}/answer", {**await previewed(browser), "do": "now"})
    at_once = deeds(staffed)[-1]
    assert isinstance(at_once, Reply)
    assert at_once.hours is None


async def test_what_would_wait_for_other_hours_than_were_shown_is_shown_again(
    browser: Browser, staffed: Staffed
) -> None:
    await pass_by(browser, hours=7)  # it is their evening
    told = await previewed(browser)
    assert "Send now all the same" not in browser.shown
    before = len(deeds(staffed))
    await pass_by(browser, hours=2)
    await browser.post(f"{CASE}/answer", {**told, "do": "send"})
    assert len(deeds(staffed)) == before
    tomorrow = NOW + timedelta(days=1)
    assert f"it waits at the server until {tomorrow}, 18:00 their time." in browser.shown
    assert "Send now all the same" in browser.shown


async def test_another_address_is_listed_and_not_chosen_by_the_page(staffed: Staffed) -> None:
    case, day = case_id(1), NOW
    address = await staffed.returns.seal(case, "signal", "abc", "en", day)
    further = FurtherAddress(case=case, channel="signal", language="en", day=day, address=address)
    key = staffed.office.line.reading_key(day, GENERAL)
    sealed = age.seal(way.encode(further), [key.recipient])
    await staffed.append(NewEntry(case=case, key=key.id, sealed=sealed, day=day))
    await staffed.bring("ana")
    async with browsing(staffed.office.desk("ana"), staffed.office.line_folder) as browser:
        browser.watch.forward(days=(NOW - browser.watch().date()).days)
        await browser.unlock()
        await browser.get(CASE)
        assert "Address 1, Telegram, since 2026-12-31" in browser.shown
        assert f"Address 2, Signal, since {day}" in browser.shown
        await browser.get(f"{CASE}/answer")
        chosen = re.findall(r'<option value="(\d)"( selected)?>Address', browser.shown)
        assert chosen == [("1", " selected"), ("2", "")]
        await browser.post(f"{CASE}/answer", {"text": "x", "address": "2", "do": "preview"})
        assert "To address 2, Signal" in browser.shown
        assert "Whoever gave this address had the case code" in browser.shown


async def test_the_persons_language_and_those_of_the_line_come_first(browser: Browser) -> None:
    await browser.get(f"{CASE}/answer")
    chosen = browser.shown[browser.shown.index('id="spoken"') :]
    tags = re.findall(r'<option value="([\w-]+)"', chosen)
    assert tags[:2] == ["ug", "en"]
    assert len(tags) == len(set(tags)) == len([tag for tag in LANGUAGES if tag in NAMES])


async def test_a_draft_is_kept_and_discarded(browser: Browser) -> None:
    await browser.get(f"{CASE}/answer")
    await browser.post(f"{CASE}/draft", {"text": "Half a sent", "language": "ug"})
    await browser.post("lock")
    await browser.get("unlock")
    await browser.post("unlock", {"words": ""})
    await browser.get(f"{CASE}/answer")
    assert "Half a sent</textarea>" in browser.shown
    await browser.post(f"{CASE}/answer", {"text": "Half a sent", "do": "discard"})
    await browser.get(f"{CASE}/answer")
    assert "Half a sent" not in browser.shown


async def test_a_note_that_is_being_written_outlives_a_lock(browser: Browser) -> None:
    await browser.get(CASE)
    await browser.post(f"{CASE}/noted", {"text": "Half a note"})
    await browser.post("lock")
    await browser.get("unlock")
    await browser.post("unlock", {"words": ""})
    await browser.get(CASE)
    assert "Half a note</textarea>" in browser.shown
    await browser.post(f"{CASE}/note", {"text": "Half a note, and the rest"})
    await browser.get(CASE)
    assert "Half a note</textarea>" not in browser.shown
    assert "Half a note, and the rest" in browser.shown
    await browser.post(f"{CASE}/noted", {"text": "Another"})
    await browser.post(f"{CASE}/noted", {"text": " "})
    await browser.get(CASE)
    assert "Another" not in browser.shown


async def test_a_note_that_is_being_written_lies_sealed_and_goes_with_its_case(
    browser: Browser, staffed: Staffed
) -> None:
    await browser.post(f"{CASE}/noted", {"text": "canary in a note"})
    (path,) = (staffed.office.desk("ana") / "drawer").glob("note-*.age")
    assert b"canary" not in path.read_bytes()
    kept = Drawer(desk=staffed.office.desk("ana"), own=Identity.generate())
    kept.sweep({case_id(1)})
    assert path.exists()
    kept.sweep(set())
    assert not path.exists()


async def test_a_page_that_was_open_over_a_lock_says_that_nothing_of_it_is_kept(
    browser: Browser,
) -> None:
    await browser.get(CASE)
    stale = browser.form
    await browser.post("lock")
    await browser.get("unlock")
    await browser.post("unlock", {"words": ""})
    told = {"text": "Written on the old page", "form": stale}
    piece = {"hx-request": "true", "hx-target": "note-kept"}
    answer = await browser.post(f"{CASE}/noted", told, **piece)
    assert (answer.status_code, answer.headers.get("hx-retarget")) == (200, None)
    assert "Copy what you wrote" in browser.shown
    answer = await browser.post("sync", told, **{"hx-request": "true", "hx-target": "sync"})
    assert answer.headers["hx-retarget"] == "#says"
    answer = await browser.post(f"{CASE}/note", told)
    assert answer.status_code == 403
    assert "Nothing was done" in browser.shown
    await browser.get(CASE)
    assert "Written on the old page" not in browser.shown


async def test_a_text_is_kept_to_begin_from(browser: Browser) -> None:
    await browser.get(f"{CASE}/answer")
    told = {"text": "Thank you.", "language": "en", "title": "Thanks", "do": "template"}
    await browser.post(f"{CASE}/answer", told)
    found = re.search(r'<option value="([0-9a-f]{16})">Thanks \(English\)', browser.shown)
    assert found is not None
    await browser.get(f"case/{TWO}/answer")
    await browser.post(f"case/{TWO}/answer", {"text": "", "template": found[1], "do": "begin"})
    assert "Thank you.</textarea>" in browser.shown
    await browser.post(f"case/{TWO}/answer", {"template": found[1], "do": "forget"})
    assert "Thanks (English)" not in browser.shown


async def test_who_wants_only_what_is_urgent_gets_it_when_it_is_said_to_be(
    browser: Browser,
) -> None:
    place = f"case/{case_number(3)}/answer"
    await browser.post(place, {"text": "Hello", "do": "preview"})
    assert "If this is, tick that below" in browser.shown
    assert "--anyway" not in browser.shown  # that is the command's
    assert 'class="bubble"' not in browser.shown
    await browser.post(place, {"text": "Hello", "do": "preview", "anyway": "1"})
    assert 'class="bubble"' in browser.shown


async def test_who_wants_no_message_gets_none(browser: Browser, staffed: Staffed) -> None:
    await browser.get(f"case/{FIVE}/answer")
    assert "<textarea" not in browser.shown
    assert 'class="trouble"' in browser.shown
    before = len(deeds(staffed, 5))
    await browser.post(f"case/{FIVE}/answer", {"text": "Hello", "do": "send"})
    assert len(deeds(staffed, 5)) == before


# --- statistics and help -----------------------------------------------------------------------


async def test_statistics_always_come_with_their_text_and_hide_small_counts(
    browser: Browser,
) -> None:
    await browser.get("statistics")
    assert "Reports received, not prevalence" in browser.shown
    assert "&lt;10 cases" in browser.shown
    table = await browser.get("statistics/statistics.csv?from=2026-11-01")
    assert table.headers["content-disposition"] == 'attachment; filename="statistics.csv"'
    assert "Reports received" in table.text
    picture = await browser.get("statistics/method.svg")
    assert picture.headers["content-disposition"].startswith("attachment")
    assert picture.text.startswith("<svg")
    assert (await browser.get("statistics/../../x.svg")).status_code in {403, 404}
    assert (await browser.get("statistics/x.svg")).status_code == 409
    assert (await browser.get("statistics?from=2027-02-01&to=2027-01-01")).status_code == 409


async def test_help_and_what_is_nowhere(browser: Browser) -> None:
    assert "A day at the desk" in (await browser.get("help")).text
    assert (await browser.get("nowhere")).status_code == 404
    assert (await browser.get("case/K9Z-999-999")).status_code == 409
