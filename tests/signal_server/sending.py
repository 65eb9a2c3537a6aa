"""`POST /v2/send`: what is refused, what fails for some, and what then stands in people's apps."""

import base64
import re
from typing import Any

from tests.signal_server import refusals
from tests.signal_server.disk import decoded, digest
from tests.signal_server.faults import Answer, told
from tests.signal_server.refusals import Refused, bad
from tests.signal_server.request import Request
from tests.signal_server.world import MOST_BYTES, NORMAL, Chat, Item, Person, Wire, World

GROUP = "group."
_STYLES = re.compile(r"\*\*(.+?)\*\*|\|\|(.+?)\|\||\*(.+?)\*|~(.+?)~|`(.+?)`")


def send(world: World, request: Request, reason: str = "") -> Answer:
    """Send a message to one or several people, or to a group; `reason` fails it for all."""
    recipients = request.texts("recipients")
    recipients += [request.text("recipient")] if request.text("recipient") else []
    if not recipients:
        raise bad("please provide at least one recipient")
    if not request.text("number"):
        raise bad("please provide a valid number")
    sticker = request.text("sticker")
    if sticker and ":" not in sticker:
        raise bad("please provide valid sticker delimiter")
    _unmixed(recipients)
    files = _files(world, request)
    account(world, request.text("number"))
    draft = _draft(request, files)
    stamp = world.stamp()
    errors = [
        {"uuid": uuid_in(world, each), "number": number_in(each), "username": None, "reason": why}
        for each in recipients
        if (why := reason or _deliver(world, each, draft, stamp))
    ]
    return _answer(world, stamp, errors)


def account(world: World, number: str) -> None:
    """Refuse an account that is not here."""
    if number == world.number and world.registered:
        return
    if world.mode == NORMAL:
        raise Refused(400, f"User {number} is not registered.\n")
    raise Refused(400, refusals.NO_ACCOUNT)


def uuid_in(world: World, recipient: str) -> str | None:
    """Return the uuid of a recipient, as far as it is known."""
    person = world.addressed(recipient)
    return person.uuid if person else None


def number_in(recipient: str) -> str | None:
    """Return a recipient that is a number."""
    return recipient if recipient.startswith("+") else None


def _unmixed(recipients: list[str]) -> None:
    groups = [each for each in recipients if each.startswith(GROUP)]
    names = [each for each in recipients if not each.startswith(GROUP) and "." in each]
    if groups and len(groups) < len(recipients):
        raise Refused(400, refusals.MIXED)
    if len(groups) > 1:
        raise Refused(400, refusals.ONE_GROUP)
    if names and len(names) < len(recipients):
        raise Refused(400, refusals.MIXED_NAMES)


def _files(world: World, request: Request) -> list[Wire]:
    found = []
    for each in request.texts("base64_attachments"):
        about, content = decoded(each)
        if world.disk.outgoing(about["filename"] or "upload", content):
            world.counted["escaped"] += 1
        found.append({**about, "size": len(content), "sha256": digest("", content)})
    if request.flag("view_once") and not all(f["type"].startswith("image/") for f in found):
        raise Refused(400, refusals.VIEW_ONCE)
    return found


def _draft(request: Request, files: list[Wire]) -> dict[str, Any]:
    text = request.text("message")
    if request.text("text_mode") == "styled":
        text = _STYLES.sub(lambda found: next(filter(None, found.groups())), text)
    if not (text or files or request.text("sticker")):
        raise Refused(400, f"{refusals.FAILED.split(':')[0]}: No message body or attachment")
    request.things("mentions")
    return {
        "text": text,
        "attachments": files,
        "quote": request.integer("quote_timestamp") or None,
        "edits": request.integer("edit_timestamp"),
        "view_once": bool(request.flag("view_once")),
    }


def _deliver(world: World, recipient: str, draft: dict[str, Any], stamp: int) -> str:
    """Let a message come to one recipient; return why it does not."""
    if recipient.startswith(GROUP):
        return _to_group(world, recipient, draft, stamp)
    person = world.addressed(recipient)
    if person is None or not person.registered:
        return "UNREGISTERED_FAILURE"
    if not world.trusts(person):
        return "IDENTITY_FAILURE"
    timer = world.remember(person).timer
    fields = {name: draft[name] for name in ("text", "attachments", "quote", "view_once")}
    place(
        world, person, Item(person.uuid, stamp, bot=True, expires=timer, **fields), draft["edits"]
    )
    return ""


def _to_group(world: World, recipient: str, draft: dict[str, Any], stamp: int) -> str:
    chat = group_chat(world, recipient)
    fields = {name: draft[name] for name in ("text", "attachments", "quote", "view_once")}
    item = Item(chat.place, stamp, bot=True, group=chat.place, **fields)
    _stand(world, chat, item)
    return ""


def group_chat(world: World, recipient: str) -> Chat:
    """Find the chat of a group.

    Raises:
        Refused: there is none.
    """
    for id_, (_, chat) in world.groups.items():
        if group_name(id_) == recipient:
            return chat
    raise Refused(400, "Invalid group id")


def group_name(id_: str) -> str:
    """Return how a group is called when something is sent to it: base64 of the raw base64."""
    return GROUP + base64.b64encode(id_.encode()).decode()


def place(world: World, person: Person, item: Item, edits: int = 0) -> None:
    """Let a message of the bot come to a person's app, which may drop it without a word."""
    chat = person.chat
    item.shown = not person.blocks
    if len(item.text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        item.shown = False
        world.counted["dropped"] += 1
    if edits:
        _edit(world, chat, item, edits)
        return
    _stand(world, chat, item)


def _stand(world: World, chat: Chat, item: Item) -> None:
    item.texts.append(item.text)
    world.sent.append(item)
    chat.typing = False
    if item.shown:
        chat.items.append(item)
        world.changed("sent", chat, item)


def _edit(world: World, chat: Chat, new: Item, edits: int) -> None:
    old = chat.find(edits, bot=True)
    if old is None or old.deleted or not new.shown:
        return  # apps drop an edit of what they do not have
    old.text, old.edited = new.text, True
    old.texts.append(new.text)
    old.revisions.append(new.timestamp)
    world.changed("edited", chat, old)


def _answer(world: World, stamp: int, errors: list[Wire]) -> Answer:
    old = tuple(map(int, world.release.split("."))) < (0, 101)
    if errors and old:
        identity = any(each["reason"] == "IDENTITY_FAILURE" for each in errors)
        raise Refused(400, refusals.UNTRUSTED if identity else refusals.FAILED)
    sent: Wire = {"timestamp": str(stamp)}
    if errors:
        sent["errors"] = {"recipients": errors}
    return told(201, sent if old else [sent])
