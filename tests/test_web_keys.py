"""The web desk in a real browser: what keys do, and what is changed after it was shown."""

from pathlib import Path

from storage.act import Assigned, Reply, StateSet
from tests.served import case_id
from tests.test_web_browser import ONE, Seen, at_the_desk

#: Where each character of a text stands, from the left.
ORDER = """element => {
  const text = element.firstChild;
  return [...text.data].map((_, at) => {
    const range = document.createRange();
    range.setStart(text, at);
    range.setEnd(text, at + 1);
    return range.getBoundingClientRect().left;
  });
}"""


def done(seen: Seen) -> list[object]:
    """Return what lies in ana's outbox for the first case."""
    own = seen.staffed.book("ana").own().get(case_id(1), ())
    return [one.act.deed for one in own]


async def waits_for_button(seen: Seen, field: str, *keys: str) -> None:
    """Choose in a list with the keyboard: nothing is sent until its button is pressed."""
    page = seen.page
    before = page.url
    await page.focus(field)
    for key in keys:
        await page.keyboard.press(key)
    await page.wait_for_timeout(300)
    assert await page.evaluate("document.activeElement.id") == field.removeprefix("#")
    assert page.url == before
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.innerText") == "Set"
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def test_a_list_is_chosen_from_with_the_keyboard_and_nothing_in_between_is_done(
    tmp_path: Path,
) -> None:
    (tmp_path / "office").mkdir()
    async with at_the_desk(tmp_path) as seen:
        await seen.go(f"case/{ONE}")
        await waits_for_button(seen, "#state", "ArrowDown", "ArrowDown")
        await waits_for_button(seen, "#owner", "ArrowUp", "ArrowUp")
        set_ = [one for one in done(seen) if isinstance(one, StateSet | Assigned)]
        assert set_[1:] == [StateSet(state="in-progress"), Assigned(to="")]
        assert seen.wrong == []


async def test_a_number_reads_the_same_from_right_to_left(tmp_path: Path) -> None:
    (tmp_path / "office").mkdir()
    async with at_the_desk(tmp_path) as seen:
        numbers = seen.page.locator(".row .number")
        for language in ("en", "ug"):
            await seen.page.select_option("#language", language)
            await seen.page.wait_for_selector(
                f"#language option[value={language}][selected]", state="attached"
            )
            await numbers.first.evaluate("e => { e.textContent = '094-PH6-GBB'; }")
            assert await numbers.first.evaluate(ORDER) == sorted(
                await numbers.first.evaluate(ORDER)
            )


async def test_what_is_changed_after_the_preview_is_previewed_again_before_it_goes(
    tmp_path: Path,
) -> None:
    (tmp_path / "office").mkdir()
    async with at_the_desk(tmp_path) as seen:
        page = seen.page
        await seen.go(f"case/{ONE}/answer")
        await page.fill("#text", "Come at nine.")
        await page.click("text=Preview")
        await page.wait_for_selector("#as-shown >> text=Come at nine.")
        await page.fill("#text", "Come at ten.")
        assert not await page.is_visible("text=Send this")
        assert await page.is_visible("#changed")
        await page.click("#reply >> text=Preview")
        await page.wait_for_selector("#as-shown >> text=Come at ten.")
        assert not await page.is_visible("#changed")
        await page.click("text=Send this")
        await page.wait_for_selector(".events >> text=Come at ten.")
        assert [one.text for one in done(seen) if isinstance(one, Reply)] == ["Come at ten."]
        assert seen.wrong == []
