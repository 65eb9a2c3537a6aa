"""The log holds listed fields and codes: nothing a person wrote, and nothing a library says."""

import ast
import json
import logging
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import logs
from bot.engine.events import Chose, Deleted, Edited, Event, Said, Sent, Unsupported
from bot.errors import DeliveryFailed
from bot.ports import Incoming, Message
from storage.errors import DatabaseFailed
from storage.memory import MemoryStore
from tests.canary import found_in, number_forms, text_forms
from tests.line_made import Inbox, made
from tests.quiet import logged, text_of
from tests.reports import short
from tests.watched import Watched, new_keys

CANARY = "canary-0451-sings"
PEER = "7123456789"
TREE = Path(__file__).parent.parent

#: Every call of `logs.event` and what it is given. A new call belongs here only after someone has
#: looked at each value: none may come from a person, and none may name one.
CALLS = {
    ("bot/alerts.py", "alert", ""),
    ("bot/app.py", "down", ""),
    ("bot/erasing.py", "cases-erased", "count=len(due)"),
    ("bot/erasing.py", "clock-ahead", "count=len(due)"),
    ("bot/erasing.py", "retention-full", ""),
    ("bot/app.py", "text", "text=name"),
    ("bot/desk_door.py", "desk-failed", "error=type(error).__name__"),
    ("bot/app.py", "up", "epoch=line.epoch, version=content.form.version"),
    (
        "bot/channels/telegram/depot.py",
        "file-not-erased",
        "channel=NAME, error=type(error).__name__",
    ),
    ("bot/channels/signal/gaps.py", "gap", "channel=NAME"),
    ("bot/channels/signal/gaps.py", "gap-not-told", "channel=NAME, error=type(error).__name__"),
    ("bot/channels/signal/polling.py", "updates-broken", "channel=NAME"),
    (
        "bot/channels/signal/polling.py",
        "updates-failed",
        "channel=NAME, error=type(error).__name__",
    ),
    ("bot/channels/signal/polling.py", "updates-refused", "channel=NAME, status=answer.status"),
    (
        "bot/channels/signal/receiving.py",
        "update-not-kept",
        "channel=NAME, error=type(error).__name__",
    ),
    (
        "bot/channels/signal/receiving.py",
        "words-not-fetched",
        "channel=NAME, error=type(error).__name__",
    ),
    ("bot/channels/signal/sending.py", "letter-cut", "channel=NAME, count=len(unfinished.sent)"),
    ("bot/channels/signal/sending.py", "not-removed", "channel=NAME, count=stays"),
    ("bot/channels/signal/sending.py", "timer-not-set", "channel=NAME, error=type(error).__name__"),
    ("bot/channels/signal/sending.py", "timer-not-set", "channel=NAME, status=answer.status"),
    ("bot/channels/signal/stream.py", "updates-broken", "channel=NAME"),
    ("bot/channels/signal/stream.py", "updates-failed", "channel=NAME, error=type(error).__name__"),
    ("bot/channels/signal/trusting.py", "key-not-trusted", "channel=NAME"),
    (
        "bot/channels/signal/trusting.py",
        "key-not-trusted",
        "channel=NAME, error=type(error).__name__",
    ),
    ("bot/channels/signal/trusting.py", "key-trusted", "channel=NAME, status=answer.status"),
    (
        "bot/channels/signal/watching.py",
        "updates-failed",
        "channel=NAME, error=type(error).__name__",
    ),
    (
        "bot/channels/telegram/polling.py",
        "updates-failed",
        "channel=NAME, error=type(error).__name__",
    ),
    (
        "bot/channels/telegram/profile.py",
        "profile-not-set",
        "channel=NAME, error=type(error).__name__",
    ),
    (
        "bot/channels/telegram/receiving.py",
        "update-half-taken",
        "channel=NAME, error=type(error).__name__",
    ),
    (
        "bot/channels/telegram/receiving.py",
        "update-not-kept",
        "channel=NAME, error=type(error).__name__",
    ),
    ("bot/channels/telegram/sending.py", "not-removed", "channel=NAME, count=refused"),
    ("bot/channels/troubles.py", "channel-trouble", "error=code"),
    ("bot/channels/troubles.py", "trouble-not-kept", "error=type(error).__name__"),
    (
        "bot/channels/telegram/webhook.py",
        "webhook-not-set",
        "channel=NAME, error=type(error).__name__",
    ),
    ("bot/daily.py", "digest", "number=made.number"),
    ("bot/daily.py", "digest-failed", "error=type(error).__name__"),
    ("bot/delivery.py", "letter-failed", "channel=errand.channel, error=type(error).__name__"),
    ("bot/delivery.py", "letter-refused", "channel=errand.channel"),
    ("bot/delivery.py", "letter-unreadable", ""),
    ("bot/delivery.py", "letter-without-channel", ""),
    ("bot/delivery.py", "letters-unread", "error=type(error).__name__"),
    ("bot/followup.py", "reply-failed", "error=type(error).__name__"),
    ("bot/followup.py", "reply-unknown", "channel=channel.name, error=type(error).__name__"),
    ("bot/fetching.py", "fetch-failed", "channel=channel, error=type(error).__name__"),
    ("bot/fetching.py", "fetch-not-put-off", "error=type(error).__name__"),
    ("bot/fetching.py", "fetches-unread", "error=type(error).__name__"),
    ("bot/fetching.py", "files-not-erased", "error=type(error).__name__"),
    ("bot/fetching.py", "files-of-nobody", "count=len(gone)"),
    ("bot/fetching.py", "files-unknown", "count=len(unknown)"),
    ("bot/intake.py", "flood", "channel=incoming.channel"),
    ("bot/intake.py", "poison", "error=type(error).__name__, attempt=attempt"),
    ("bot/jobs.py", "clock-set-back", "text=job.id"),
    ("bot/jobs.py", "job-failed", "text=event.job_id, error=type(event.exception).__name__"),
    ("bot/jobs.py", "swept", "count=swept.drafts"),
    ("bot/jobs.py", "timer-failed", "error=type(error).__name__"),
    ("bot/outlets.py", "copies-stay", "error=type(error).__name__"),
    ("bot/outlets.py", "mail-failed", "text=to.code, error=failed.code"),
    ("bot/outlets.py", "mail-lost", "number=row.number"),
    ("bot/outlets.py", "mailed", "text=to.code"),
    ("bot/outlets.py", "owed-in-memory", "error=type(error).__name__"),
    ("bot/outlets.py", "trouble-untold", "error=type(error).__name__"),
    ("bot/service.py", "went-down", "error=name"),
    ("bot/running.py", "statement", "epoch=line.epoch"),
    ("bot/running.py", "statement-refused", "error=type(error).__name__"),
    ("bot/troubles.py", "trouble", "text=code"),
    ("bot/troubles.py", "trouble-not-noted", "error=type(error).__name__"),
    ("bot/troubles.py", "trouble-not-settled", "error=type(error).__name__"),
}


# --- the writer of the log ----------------------------------------------------------------------


def test_only_listed_fields_of_their_type_are_logged(tmp_path: Path) -> None:
    with logged(tmp_path / "log") as log:
        logs.event("up", epoch=3, version="2026112201", peer=PEER, words=CANARY)
        logs.event("up", epoch="three", count=1.5)  # type: ignore[arg-type]
        logs.event("up", epoch=True, error="x" * 65, text="kelime ئۇ")
        logs.event("up", error=CANARY.encode())  # type: ignore[arg-type]
    plain = {"level": "info", "event": "up"}
    assert log() == [plain | {"epoch": 3, "version": "2026112201"}, plain, plain, plain]


def test_the_log_is_rotated_and_stays_private(tmp_path: Path) -> None:
    path = tmp_path / "log"
    before = os.umask(0)
    try:
        with logged(path):
            for number in range(logs.SIZE * (logs.KEPT + 2) // 1000):
                logs.event("up", number=number, text="x" * 64)
                for handler in logging.getLogger().handlers:  # as if twelve times as much came
                    handler.stream.write(f"{'-' * 900}\n")  # type: ignore[attr-defined]
    finally:
        os.umask(before)
    files = sorted(tmp_path.iterdir())
    assert [one.name for one in files] == ["log", *(f"log.{one}" for one in range(1, 6))]
    assert all(one.stat().st_mode & 0o777 == 0o600 for one in files)
    assert all(one.stat().st_size <= logs.SIZE + 1000 for one in files)


def test_no_listed_field_is_for_words_or_people() -> None:
    assert set(logs.FIELDS) == {
        "attempt", "channel", "count", "epoch", "error", "number", "outcome", "status", "text",
        "version",
    }  # fmt: skip


def test_a_library_loses_its_text(tmp_path: Path) -> None:
    library = logging.getLogger("some.library")
    with logged(tmp_path / "log") as log:
        library.info("a request: %s", CANARY)
        library.warning("a request: %s", CANARY, extra={"fields": {"error": CANARY}})
        library.error(CANARY, stack_info=True)
        try:
            int(CANARY)  # the error quotes it
        except ValueError:
            library.exception(CANARY)
        logging.getLogger().warning(CANARY)
        logging.getLogger("quietline.below").warning(CANARY)
    assert [(entry["level"], entry["library"]) for entry in log()] == [
        ("warning", "some.library"),
        ("error", "some.library"),
        ("error", "some.library"),
        ("warning", "root"),
        ("warning", "quietline.below"),
    ]
    assert all(set(entry) == {"level", "library"} for entry in log())


def test_clients_that_log_addresses_are_quiet(tmp_path: Path) -> None:
    with logged(tmp_path / "log") as log:
        for name in ("httpx", "httpcore", "telegram", "apscheduler"):
            logging.getLogger(name).info("https://host/bot%s", CANARY)
    assert log() == []


def test_an_event_keeps_no_exception_and_no_stack(tmp_path: Path) -> None:
    with logged(tmp_path / "log") as log:
        try:
            int(CANARY)  # the error quotes it
        except ValueError as error:
            logs.event("poison", error=type(error).__name__, attempt=1)
    assert log() == [{"level": "info", "event": "poison", "error": "ValueError", "attempt": 1}]


def test_nothing_is_logged_on_a_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with logged(tmp_path / "log"):
        logs.event("up", epoch=1)
        logging.getLogger("some.library").error(CANARY)
    assert capfd.readouterr() == ("", "")


# --- those who write into it --------------------------------------------------------------------


def calls() -> Iterator[tuple[str, str, str]]:
    """Find every call that could log something, in the tree's own code."""
    for path in sorted(
        p for root in ("bot", "storage", "desk") for p in (TREE / root).rglob("*.py")
    ):
        name = path.relative_to(TREE).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"logs.event", "event"}:
                fields = ", ".join(f"{k.arg}={ast.unparse(k.value)}" for k in node.keywords)
                if ast.unparse(node.func) == "logs.event":
                    yield name, ast.literal_eval(node.args[0]), fields


def test_each_call_was_looked_at() -> None:
    assert set(calls()) == CALLS


def test_each_call_gives_listed_fields_only() -> None:
    given = {
        field.partition("=")[0] for _, _, fields in CALLS for field in fields.split(", ") if field
    }
    assert given <= set(logs.FIELDS)


def test_nobody_but_the_log_sets_up_or_uses_logging() -> None:
    users = []
    for path in sorted(
        p for root in ("bot", "storage", "desk") for p in (TREE / root).rglob("*.py")
    ):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if "logging" in {name.partition(".")[0] for name in names}:
                users.append(path.relative_to(TREE).as_posix())
    assert users == ["bot/logs.py"]


# --- a whole line ---------------------------------------------------------------------------------


class Moody(Inbox):
    """A channel that fails now and then, and quotes the person when it does."""

    count: int = 0

    async def deliver(self, peer: str, message: Message) -> tuple[str, ...]:
        self.count += 1
        if self.count % 3 == 0:
            raise DeliveryFailed(f"{CANARY} to {peer}")
        if self.count % 4 == 0:
            raise RuntimeError(f"{CANARY} to {peer}: {message.text}")
        return await super().deliver(peer, message)


EVENTS: tuple[Event, ...] = (
    Said(text="/start"),
    Said(text=CANARY),
    Chose(revision=1, pick=CANARY),
    *(Said(text=line) for line in short("en", words=CANARY)[:6]),
    Edited(text=CANARY),
    Deleted(),
    Sent(voice=True),
    Sent(),
    Unsupported(),
    Said(text=f"/{CANARY}"),
    Said(text=f"{CANARY} 12345678"),
    Said(text="2"),
    *(Said(text=line) for line in short("en")[6:]),
    Said(text=CANARY),
)


async def test_a_canary_is_in_no_record_whatever_happens(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    keys = new_keys(tmp_path)
    store = Watched(MemoryStore(keys[0].identity.sign_bytes))
    records: list[logging.LogRecord] = []

    class Everything(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    with logged(tmp_path / "log") as log, warnings.catch_warnings(record=True) as warned:
        logging.getLogger().addHandler(Everything(level=logging.DEBUG))
        async with made(tmp_path, store=store.store, keys=keys, channels=[Moody()]) as line:
            for number, event in enumerate(EVENTS):
                failing = DatabaseFailed(CANARY) if number % 5 == 0 else ValueError(CANARY)
                broken = number % 3 == 0
                store.fails = lambda u, e=failing, b=broken: (
                    e if b and u.chat and u.chat.state else None
                )  # type: ignore[misc]
                come = Incoming(channel="test", peer=PEER, event_id=str(number), event=event)
                await line.app.intake.receive(come)
                store.fails = lambda _: None
                await line.app.intake.receive(
                    Incoming(channel="test", peer=PEER, event_id=f"{number} again", event=event)
                )
                await line.app.delivery.round()
                line.watch.forward(minutes=31)
                await line.app.jobs.timers()
            await line.app.jobs.retention()
        said: list[Any] = [vars(r) | {"args": r.args, "text": r.getMessage()} for r in records]
    everything = "\n".join([text_of(tmp_path / "log"), caplog.text, *capfd.readouterr()])
    everything += repr(said) + repr([str(w.message) for w in warned])
    forms = [text_forms(CANARY), number_forms(int(PEER))]
    assert found_in(forms, everything.encode()) == []
    told = {entry["event"] for entry in log()}
    assert told == {"poison", "letter-failed", "swept"}
    assert {key for entry in log() for key in entry} <= {"level", "event", *logs.FIELDS}
    assert found_in(forms, json.dumps(EVENTS[1].__repr__()).encode()) == []


async def test_the_canary_would_be_found(tmp_path: Path) -> None:
    with logged(tmp_path / "log"):
        logs.event("up", error=CANARY)
    assert found_in([text_forms(CANARY)], text_of(tmp_path / "log").encode()) == ["UTF-8", "JSON"]
