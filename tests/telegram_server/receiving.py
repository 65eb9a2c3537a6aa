"""Methods by which updates reach the bot, and files: getUpdates, webhooks, getFile."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from tests.telegram_server.arguments import Arguments
from tests.telegram_server.refusals import OTHER_POLL, WEBHOOK_ACTIVE, WEBHOOK_SET, bad, conflict
from tests.telegram_server.updates import KINDS, MOST
from tests.telegram_server.world import POLLS, QUEUE, TAKEN, Webhook, Wire, World

LONGEST_POLL = 50
_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})


class Polls:
    """Long polls: one at a time, the older gives way."""

    def __init__(self, world: World, rung: Callable[[], Awaitable[None]]) -> None:
        self._world = world
        self._rung = rung  # waits until the queue's bell rings
        self._latest = 0
        self.waiting = 0
        self.closing = False

    async def get_updates(self, given: Arguments) -> list[Any]:
        """Acknowledge, then return what waits; or wait for it up to `timeout` seconds."""
        world = self._world
        if world.webhook.url:
            raise conflict(WEBHOOK_ACTIVE)
        self._latest += 1
        mine = self._latest
        world.rung(QUEUE)
        remember_kinds(world, given)
        offset, limit = given.number("offset"), given.number("limit") or MOST
        limit = limit if 1 <= limit <= MOST else MOST
        timeout = min(max(given.number("timeout") or 0, 0), LONGEST_POLL)
        before = len(world.updates.pending)
        found = world.updates.take(offset, limit, world.now())
        if len(world.updates.pending) != before:
            world.rung(TAKEN)
        if found or not timeout:
            return found
        self.waiting += 1
        world.rung(POLLS)
        try:
            async with asyncio.timeout(timeout):
                while not found and not self.closing:
                    await self._rung()
                    if self._latest != mine:
                        raise conflict(OTHER_POLL)
                    if world.webhook.url:
                        raise conflict(WEBHOOK_SET)
                    found = world.updates.take(None, limit, world.now())
        except TimeoutError:
            pass
        finally:
            self.waiting -= 1
        return found


def remember_kinds(world: World, given: Arguments) -> None:
    """Keep which kinds of updates the bot wants, from now on."""
    kinds = given.sequence("allowed_updates")
    if kinds is not None:
        world.updates.allowed = tuple(kind for kind in kinds if kind in KINDS)


def set_webhook(world: World, given: Arguments) -> bool:
    """Post updates to a URL; the emulator takes http:// on this machine too."""
    url, secret = given.text("url"), given.text("secret_token")
    if not url:
        return delete_webhook(world, given)
    parts = urlsplit(url)
    if parts.scheme != "https" and (parts.scheme != "http" or parts.hostname not in _HERE):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if not _SECRET.fullmatch(secret):
        raise bad("secret token contains unallowed characters")
    connections = min(max(given.number("max_connections") or 40, 1), 100)
    remember_kinds(world, given)
    _move(world, Webhook(url, secret, connections), drop=given.truth("drop_pending_updates"))
    return True


def delete_webhook(world: World, given: Arguments) -> bool:
    _move(world, Webhook(), drop=given.truth("drop_pending_updates"))
    return True


def _move(world: World, webhook: Webhook, *, drop: bool) -> None:
    """Post to another place from now on; what is set as it was already goes on undisturbed."""
    if drop:
        world.updates.drop()
        world.rung(TAKEN)
    was = world.webhook
    same = (was.url, was.secret, was.connections)
    if drop or same != (webhook.url, webhook.secret, webhook.connections):
        world.webhook = webhook
        world.rung(QUEUE)


def get_webhook_info(world: World, _: Arguments) -> Wire:
    webhook, updates = world.webhook, world.updates
    info: Wire = {
        "url": webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(updates.pending),
    }
    if webhook.url:
        info |= {"max_connections": webhook.connections, "ip_address": "127.0.0.1"}
    if webhook.error:
        info |= {"last_error_date": webhook.error_date, "last_error_message": webhook.error}
    return info | ({"allowed_updates": list(updates.allowed)} if updates.allowed else {})


def get_file(world: World, given: Arguments) -> Wire:
    file = world.files.get(given.text("file_id"))
    return {**file.wire, "file_path": world.files.place(file, world.token)}
