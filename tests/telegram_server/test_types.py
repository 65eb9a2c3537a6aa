"""The emulator's answers against the official types: two packages of npm, read by tsc.

`@gramio/types` is generated from Telegram's documentation, `@grammyjs/types` is kept by hand. What
the emulator says of each method and each update is assigned to them; a wrong field must fail.
"""

import re
import subprocess
from pathlib import Path

import pytest

from tests.telegram_server import serving
from tests.telegram_server.methods import NAMES
from tests.telegram_server.recorded import Recorded, as_literal, record
from tests.test_age_peers import NODE

MODULES = Path(__file__).parent.parent / "node" / "node_modules"
TSC = MODULES / "typescript" / "bin" / "tsc"
OPTIONS = ("--noEmit", "--strict", "--target", "es2022", "--module", "esnext", "--skipLibCheck")
WAYS = {
    "gramio": (
        '@gramio/types/out/index"',
        "TelegramUpdate as Update, TelegramAPIResponseError as Refusal, APIMethodReturn as Of",
    ),
    "grammy": (
        '@grammyjs/types/mod"',
        "Update, ApiError as Refusal, ApiMethods",
    ),
}
_OF = {
    "gramio": "",
    "grammy": "type Of<M extends keyof ApiMethods<unknown>> = ReturnType<ApiMethods<unknown>[M]>;",
}


def lines_of(recorded: Recorded) -> list[tuple[str, str]]:
    """Return a type and a literal for everything that was recorded."""
    found = [(f'Of<"{method}">', as_literal(result)) for method, result in recorded.answers]
    found += [("Refusal", as_literal(refusal)) for refusal in recorded.refusals]
    return found + [("Update", as_literal(update)) for update in recorded.updates]


def wrong_lines(place: Path, way: str, lines: list[tuple[str, str]]) -> list[str]:
    """Have tsc read assignments; return the lines it does not accept, with its reasons."""
    source, names = WAYS[way]
    head = [f'import type {{ {names} }} from "{MODULES.as_posix()}/{source};', _OF[way]]
    body = [f"export const v{n}: {type_} = {said};" for n, (type_, said) in enumerate(lines)]
    file = place / "recorded.ts"
    file.write_text("\n".join([*head, *body]), "utf-8")
    command = [
        str(NODE),
        str(TSC),
        *OPTIONS,
        "--moduleResolution",
        "bundler",
        "--pretty",
        "false",
        str(file),
    ]
    run = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    found = re.findall(r"recorded\.ts\((\d+),\d+\): (error .*)", run.stdout)
    assert bool(found) == bool(run.returncode), run.stdout + run.stderr
    return [f"{'/'.join(lines[int(at) - 3])[:300]}: {why}" for at, why in found]


@pytest.mark.parametrize("way", WAYS)
async def test_everything_it_says_is_what_the_official_types_say(way: str, tmp_path: Path) -> None:
    async with serving() as server:
        recorded = await record(server)
    assert {method for method, _ in recorded.answers} == set(NAMES.values())
    kinds = {key for update in recorded.updates for key in update if key != "update_id"}
    assert kinds == {
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "business_message",
        "callback_query",
        "my_chat_member",
    }
    assert wrong_lines(tmp_path, way, lines_of(recorded)) == []


@pytest.mark.parametrize("way", WAYS)
def test_a_wrong_field_is_found(way: str, tmp_path: Path) -> None:
    user = '"id": 7, "is_bot": false, "first_name": "A"'
    chat = '"chat": {"id": 7, "type": "private", "first_name": "A"}'
    right = f'{{"message_id": 1, "date": 1, {chat}, "from": {{{user}}}, "text": "x"}}'
    wrong = [
        right.replace('"text"', '"txet"'),
        right.replace('"date": 1', '"date": "1"'),
        right.replace('"message_id": 1, ', ""),
        right.replace('"private"', '"secret"'),
        right.replace('"is_bot": false, ', ""),
    ]
    lines = [('Of<"sendMessage">', said) for said in (right, *wrong)]
    lines += [("Update", f'{{"update_id": 1, "message": {said}}}') for said in (right, *wrong)]
    lines.append(('Of<"deleteMessage">', "null"))
    found = wrong_lines(tmp_path, way, lines)
    assert [said for said in found if right in said] == []
    assert len(found) == 2 * len(wrong) + 1
