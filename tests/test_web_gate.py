"""Who gets into the web desk, and who does not: each way to drive it from elsewhere is tried."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from desk.web import drawing
from desk.web.seat import MOST_WRONG
from desk.web.serving import watched
from storage import age
from tests.browsing import HOST, ORIGIN, Browser, browsing
from tests.served import Served, case_number

WORDS = "one-two-three-four-five-six"


@pytest.fixture
async def served(tmp_path: Path) -> Served:
    made = Served(tmp_path)
    await made.send(1)
    await made.send(2, urgency="U1")
    await made.bundle()
    made.office.run("open", str(made.drop), desk="ana")
    return made


@pytest.fixture
async def browser(served: Served) -> AsyncIterator[Browser]:
    async with browsing(served.office.desk("ana"), served.office.line_folder) as made:
        yield made


def locked(served: Served) -> None:
    """Put ana's open key under words."""
    desk = served.office.desk("ana")
    plain = desk / "key.txt"
    (desk / "key.age").write_bytes(age.seal_with_passphrase(plain.read_bytes(), WORDS, work=10))
    plain.unlink()


# --- coming in ---------------------------------------------------------------------------------


async def test_the_link_leads_to_the_words_and_the_words_to_the_cases(
    served: Served, browser: Browser
) -> None:
    locked(served)
    answer = await browser.enter()
    assert (answer.status_code, answer.headers["location"]) == (303, browser.at())
    answer = await browser.get()
    assert (answer.status_code, answer.headers["location"]) == (303, browser.at("unlock"))
    await browser.get("unlock")
    assert "Your six words" in browser.shown
    answer = await browser.post("unlock", {"words": "ONE two three four five six"})
    assert (answer.status_code, answer.headers["location"]) == (303, browser.at())
    await browser.get()
    assert browser.shown.index(case_number(2)) < browser.shown.index(case_number(1))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "has six words, and 0 came"),
        ("able zone march salt song", "has six words, and 5 came"),
        ("able zone march salt song qwertz", "word 6 is not in the list"),
        ("able twoo march salt fivve song", "words 2 and 5 are not in the list"),
        ("able zone march salt song deposit", "These are not the six words"),
    ],
)
async def test_words_that_do_not_open_are_told_by_what_was_typed_alone(
    served: Served, browser: Browser, typed: str, told: str
) -> None:
    locked(served)
    await browser.enter()
    await browser.get("unlock")
    for words in (WORDS, "able-zone-march-salt-song-wet"):  # whatever opens the key
        key = served.office.desk("ana") / "key.age"
        key.write_bytes(age.seal_with_passphrase(b"# a key", words, work=10))
        answer = await browser.post("unlock", {"words": typed})
        assert answer.status_code == 403
        assert told in browser.shown
        assert "qwertz" not in browser.shown
        assert "twoo" not in browser.shown


async def test_the_link_opens_once(browser: Browser) -> None:
    link = browser.seat.link
    assert (await browser.client.get("/open/wrong")).status_code == 403
    assert (await browser.client.get(f"/open/{link}")).status_code == 303
    browser.client.cookies.clear()
    answer = await browser.client.get(f"/open/{link}")
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert (await browser.client.get("/open/")).status_code == 403


async def test_the_cookie_is_for_this_room_and_no_script_or_other_page_has_it(
    browser: Browser,
) -> None:
    cookie = (await browser.enter()).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert f"Path={browser.at()}" in cookie


async def test_without_the_cookie_every_address_answers_the_same(browser: Browser) -> None:
    await browser.unlock()
    browser.client.cookies.clear()
    places = ["", "unlock", "case/K7Q-4MD-001", "static/desk.css", "nothing", "../", "lock"]
    answers = {(await browser.get(place)).text for place in places}
    answers |= {
        (await browser.client.get(path)).text
        for path in ("/", "/x/unlock", "/%C3%A9/unlock", "/open/x")
    }
    answers.add((await browser.post("unlock", {"words": ""})).text)
    assert len(answers) == 1
    assert "This door is closed" in answers.pop()


async def test_wrong_words_are_refused_and_not_for_ever(served: Served, browser: Browser) -> None:
    locked(served)
    await browser.enter()
    await browser.get("unlock")
    for _ in range(MOST_WRONG):
        answer = await browser.post("unlock", {"words": "six wrong words"})
        assert answer.status_code == 403
    assert (await browser.post("unlock", {"words": WORDS})).status_code == 403
    assert (await browser.get()).status_code == 403


# --- the lock ----------------------------------------------------------------------------------


async def test_it_locks_after_a_quiet_time_and_forgets_what_it_held(browser: Browser) -> None:
    await browser.unlock()
    for _ in range(3):
        browser.watch.forward(minutes=14)
        assert (await browser.get()).status_code == 200
    browser.watch.forward(minutes=15)
    answer = await browser.get()
    assert answer.headers["location"] == browser.at("unlock")
    assert browser.seat.held(browser.watch()) is None


async def test_the_lock_falls_though_nobody_asks(browser: Browser) -> None:
    await browser.unlock()
    before, ended = browser.watch(), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(watched(browser.seat, browser.watch, ended, 0.01))
        await asyncio.sleep(0.1)
        assert browser.seat.held(before) is not None
        browser.watch.forward(minutes=15)
        await asyncio.sleep(0.1)
        ended.set()
    assert browser.seat.held(before) is None  # whatever the clock says by then


async def test_a_browser_keeps_and_sends_nothing_of_what_is_typed(browser: Browser) -> None:
    await browser.unlock()
    forms = 0
    for path in drawing.FOLDER.glob("templates/*.html"):
        for form in re.findall(r"<form[^>]*>", path.read_text()):
            assert 'autocomplete="off"' in form, path.name
            forms += 1
    assert forms
    await browser.get()
    assert '<body spellcheck="false" writingsuggestions="false"' in browser.shown


async def test_it_is_locked_by_hand_and_an_old_form_does_nothing_after(browser: Browser) -> None:
    await browser.unlock()
    await browser.get()
    assert (await browser.post("lock")).headers["location"] == browser.at("unlock")
    assert (await browser.get()).headers["location"] == browser.at("unlock")
    old = browser.form
    await browser.get("unlock")
    browser.form, fresh = old, browser.form
    await browser.post("unlock", {"words": ""})
    assert browser.seat.held(browser.watch()) is None
    assert old != fresh


async def test_a_piece_of_a_page_sends_the_whole_page_to_the_lock(browser: Browser) -> None:
    await browser.unlock()
    browser.watch.forward(hours=1)
    answer = await browser.get("", **{"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, browser.at("unlock"))


# --- other pages, other programs ---------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["localhost:8123", "127.0.0.1", "127.0.0.1:80", "evil.example:8123", "[::1]:8123", ""]
)
async def test_another_host_name_is_refused(browser: Browser, host: str) -> None:
    await browser.unlock()
    assert (await browser.get(host=host)).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": f"https://{HOST}"},
        {"origin": ORIGIN, "sec-fetch-site": "cross-site"},
        {"origin": ORIGIN, "sec-fetch-site": "same-site"},
        {"origin": ORIGIN, "sec-fetch-dest": "iframe"},
    ],
)
async def test_another_page_drives_nothing(browser: Browser, headers: dict[str, str]) -> None:
    await browser.unlock()
    await browser.get()
    assert (await browser.post("lock", None, **headers)).status_code == 403
    assert (await browser.get("", **headers)).status_code == 403
    assert browser.seat.held(browser.watch()) is not None


async def test_a_post_without_origin_or_without_our_token_changes_nothing(browser: Browser) -> None:
    await browser.unlock()
    await browser.get()
    form = browser.form
    bare = await browser.client.post(browser.at("lock"), data={"form": form})
    assert bare.status_code == 403
    for token in ("", "x" * len(form)):
        await browser.post("lock", {"form": token})
        assert (await browser.post("alive", {"form": token})).status_code == 403
    assert browser.seat.held(browser.watch()) is not None
    browser.form = form
    assert (await browser.post("alive")).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
async def test_only_reading_and_forms_are_answered(browser: Browser, method: str) -> None:
    await browser.enter()
    answer = await browser.client.request(method, browser.at(), headers={"origin": ORIGIN})
    assert answer.status_code == 405


async def test_a_form_has_an_end(browser: Browser) -> None:
    await browser.unlock()
    answer = await browser.post("alive", {"words": "x" * 2_000_000})
    assert answer.status_code == 413

    async def endless() -> AsyncIterator[bytes]:
        yield b"form=x"

    unsaid = await browser.client.post(
        browser.at("alive"), content=endless(), headers={"origin": ORIGIN}
    )
    assert unsaid.status_code == 413


async def test_every_answer_carries_the_same_strict_headers(browser: Browser) -> None:
    await browser.unlock()
    answers: list[httpx.Response] = [
        await browser.get(),
        await browser.get("static/desk.js"),
        await browser.get("nothing"),
        await browser.get(host="evil.example"),
        await browser.client.get("/"),
    ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; img-src")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"


async def test_a_file_of_ours_is_one_of_a_few(browser: Browser) -> None:
    await browser.enter()
    assert "htmx" in (await browser.get("static/htmx.min.js")).text[:2000]
    for name in ("..%2fapp.py", "../app.py", "%2e%2e%2fapp.py", "desk.css.bak", ""):
        assert (await browser.get(f"static/{name}")).status_code in {403, 404}
