"""A way back to a person is sealed only when they said that they may be written to."""

from pathlib import Path

import pytest

from bot.keyring import month_of
from storage.address import open_address
from tests.line_made import START, made

TO_F1 = ["/start", "1", "1", "1", "1", "1", "words", "/done", "1", "1", "Japan"]


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ([*TO_F1, "1", "/send", "1"], True),
        ([*TO_F1, "2", "/send", "1"], True),
        ([*TO_F1, "3", "/send", "1"], False),
        ([*TO_F1, "/skip", "/send", "1"], False),
        ([*TO_F1[:8], "/send", "1"], False),  # sent before the question came
    ],
)
async def test_the_way_back_is_there_when_it_was_allowed(
    lines: list[str],
    wanted: bool,
    tmp_path: Path,
) -> None:
    async with made(tmp_path) as line:
        person = line.person("7123456789")
        for text in lines:
            await person.says(text)
        ((submission, _),) = await line.cases()
        assert (submission.return_address is not None) is wanted
        assert submission.channel == ("test" if wanted else "")
        if submission.return_address is not None:
            month = month_of(START.date())
            wrapped = await line.app.store.return_key(month)
            assert wrapped is not None
            key = line.app.intake.keyring.returns.open(wrapped, month.encode())
            address = open_address({month: key}, submission.case, submission.return_address)
            assert (address.channel, address.peer) == ("test", "7123456789")
