"""A reply at the desk: it waits for the person's hours, says until when, or goes at once by a word."""

import re
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from desk.history import History
from storage import age, packet
from storage.act import Reply
from storage.entry import Codes
from storage.hours import Hours
from storage.line import GENERAL
from storage.outcome import Outcome
from storage.packet import SERVER
from tests.office import TODAY
from tests.served import case_id, case_number
from tests.test_casebook import ASKED, Line

NUMBER = case_number(1)
#: In Turkey it is three hours later than here.
EVENING = Hours(
    opens=datetime.combine(TODAY, time(15), UTC), closes=datetime.combine(TODAY, time(18), UTC)
)
UNTIL = f"waits until {TODAY}, 18:00 their time, at the server"


@pytest.fixture
async def line(tmp_path: Path) -> Line:
    return Line(tmp_path)


async def reported(line: Line, part: str, country: str = "TR") -> None:
    """Have a person report who said when to write to them, and where they are."""
    chose = (("F1", "yes"), ("F2", part), ("A4", country))
    told = [(question, 0, 0, Codes(codes=(code,)), GENERAL) for question, code in chose]
    address = await line.returns.seal(case_id(1), "telegram", "77001", "ug", TODAY)
    await line.send(1, (*ASKED, *told), address=address)
    await line.sync("ana", "ben")


def written(line: Line, *options: str) -> str:
    """Write to the person; return what was shown before, on one line."""
    shown = line.office.run("reply", NUMBER, "We are here.", "--yes", *options, desk="ben")
    return " ".join(shown.split())


def deed(line: Line) -> Reply:
    (moment,) = line.view("ben").standing.of(Reply)
    assert isinstance(moment.deed, Reply)
    return moment.deed


def delivered(line: Line) -> packet.Delivery:
    """Return what the server is told of the reply that waits in the outbox."""
    (one,) = [one for one in line.book("ben").outbox.lying() if one.header.kind == "deliver"]
    sealed = packet.decode(one.data).parts[SERVER]
    return packet.decode_delivery(age.open(sealed, [line.credentials.packet]))


def stands(line: Line, name: str, hour: int) -> str:
    """Return what the case says of itself at an hour, on one line."""
    now = datetime.combine(TODAY, time(hour), UTC)
    return " ".join(" ".join(History(width=None, colour=False).case(line.view(name), now)).split())


async def test_a_reply_waits_for_their_evening_and_each_desk_says_until_when(line: Line) -> None:
    await reported(line, "evening")
    shown = written(line)
    assert "to be written to in the evening (18:00 to 21:00 by their clock)." in shown
    assert (
        f"In the country of the report it is 15:00 now: it waits at the server until {TODAY}, 18:00 their"
        in shown
    )
    assert (deed(line).hours, delivered(line).hours) == (EVENING, EVENING)
    assert f"[not sent yet; then it {UNTIL}]" in stands(line, "ben", 12)
    assert await line.sync("ben", "ana") == [Outcome.WAITING]
    for name in ("ben", "ana"):
        assert f"[{UNTIL}]" in stands(line, name, 12)
    assert "[waits at the server to be sent]" in stands(line, "ben", 15)
    assert "their time" not in stands(line, "ana", 15)  # it may have been sent since


async def test_in_their_evening_it_goes_at_once_and_what_comes_late_waits(line: Line) -> None:
    line.office.time = time(16, tzinfo=UTC)
    await reported(line, "evening")
    shown = written(line)
    assert "In the country of the report it is 19:00 now: it goes at once." in shown
    assert delivered(line).hours == EVENING
    assert await line.sync("ben") == [Outcome.WAITING]
    assert "their time" not in stands(line, "ben", 16)
    assert "waits until 2026-11-23, 18:00 their time" in stands(line, "ben", 20)


async def test_staff_may_send_it_now_all_the_same(line: Line) -> None:
    await reported(line, "evening")
    shown = written(line, "--now")
    assert "In the country of the report it is 15:00 now: it goes at once all the same." in shown
    assert "it waits at the server" not in shown
    assert (deed(line).hours, delivered(line).hours) == (None, None)
    assert await line.sync("ben") == [Outcome.WAITING]
    assert "their time" not in stands(line, "ben", 12)


@pytest.mark.parametrize(
    ("country", "says"),
    [
        (
            "US",
            "In the country of the report it is 02:00 to 07:00 now, and no hours suit all time zones there.",
        ),
        ("PNS", "They named no country whose time zone is known here."),
    ],
)
async def test_where_their_hours_are_not_known_staff_are_told_to_mind_the_hour(
    line: Line, country: str, says: str
) -> None:
    await reported(line, "evening", country)
    shown = written(line)
    assert says in shown
    assert "It goes at once: mind the hour." in shown
    assert (deed(line).hours, delivered(line).hours) == (None, None)


async def test_who_may_be_written_to_at_any_time_is_not_spoken_of(line: Line) -> None:
    await reported(line, "any")
    shown = written(line)
    assert not re.search("asked to be written to|mind the hour|their", shown.partition("Kept")[0])
    assert delivered(line).hours is None


async def test_what_is_made_again_waits_for_the_hours_that_come(line: Line) -> None:
    await reported(line, "evening")
    written(line)
    (one,) = line.book("ben").outbox.waiting()
    late = datetime(2027, 1, 20, tzinfo=UTC)
    assert (await line.packets.take(one.data, one.signature, late)).outcome is Outcome.EXPIRED
    await line.sync("ben")
    line.office.time = time(20, tzinfo=UTC)
    shown = " ".join(line.office.run("packets", "again", "1", "--yes", desk="ben").split())
    assert "it waits at the server until 2026-11-23, 18:00 their time" in shown
    assert delivered(line).hours == Hours(
        opens=datetime(2026, 11, 23, 15, tzinfo=UTC), closes=datetime(2026, 11, 23, 18, tzinfo=UTC)
    )
