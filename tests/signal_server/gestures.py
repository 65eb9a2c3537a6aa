"""Calls about single people and their messages: typing, receipts, reactions, removal, timers, polls."""

from tests.signal_server.faults import Answer, told
from tests.signal_server.refusals import Refused, bad
from tests.signal_server.request import Request
from tests.signal_server.sending import GROUP, account, group_chat, place
from tests.signal_server.world import ACCOUNT_UUID, JSON_RPC, Chat, Item, Person, World

NOTHING = 204


def typing(world: World, request: Request) -> Answer:
    """Show or hide that the bot types; who it is for is not checked."""
    recipient = request.text("recipient")
    account(world, request.number)
    blocked = False
    if recipient.startswith(GROUP):
        chat = group_chat(world, recipient)
    elif (person := world.addressed(recipient)) is not None:
        chat, blocked = person.chat, person.blocks
    else:
        return Answer(NOTHING)
    if not blocked:
        chat.typing = request.method == "PUT"
        world.changed("typing" if chat.typing else "idle", chat)
    return Answer(NOTHING)


def receipts(world: World, request: Request) -> Answer:
    """Tell a person that the bot has read a message; it is always a read receipt."""
    recipient = request.needed("recipient")
    if request.text("receipt_type") not in {"read", "viewed"}:
        raise bad("receipt type must be read or viewed")
    target = request.integer("timestamp")
    if not target:
        raise bad("timestamp missing")
    chat, _ = _chat(world, request, recipient)
    item = chat.find(target, bot=False)
    if item is not None:
        item.read = True
        world.changed("receipt", chat, item)
    return Answer(NOTHING)


def reactions(world: World, request: Request) -> Answer:
    """React to a message, or take the reaction back; what is not there is not reacted to."""
    recipient = request.needed("recipient")
    removing = request.method == "DELETE"
    emoji = request.text("reaction") if removing else request.needed("reaction")
    author = request.needed("target_author")
    target = request.integer("timestamp")
    if not target:
        raise bad("timestamp missing")
    chat, blocked = _chat(world, request, recipient)
    own = author in {world.number, ACCOUNT_UUID}
    item = chat.find(target, bot=own)
    if item is None or blocked:
        return Answer(NOTHING)
    if removing:
        item.reactions.pop("bot", None)
    else:
        item.reactions["bot"] = emoji
    world.changed("unreacted" if removing else "reacted", chat, item)
    return Answer(NOTHING)


def remote_delete(world: World, request: Request) -> Answer:
    """Delete an own message for everyone."""
    recipient = request.needed("recipient")
    target = request.integer("timestamp")
    if not target:
        raise bad("timestamp missing")
    chat, blocked = _chat(world, request, recipient)
    item = chat.find(target, bot=True)
    if item is not None and not blocked:
        item.deleted = True
        world.changed("deleted", chat, item)
    return told(201, {"timestamp": str(world.stamp())})


def contacts(world: World, request: Request) -> Answer:
    """Set a name and the timer of disappearing messages.

    In json-rpc a timer of 0 is not told to signal-cli; -1, says signalbot, switches it off.
    """
    recipient = request.needed("recipient")
    seconds = request.json().get("expiration_in_seconds")
    if seconds is not None:
        seconds = request.integer("expiration_in_seconds")
    person = _someone(world, request, recipient)
    if seconds is None or (seconds == 0 and world.mode == JSON_RPC):
        world.remember(person)
        return Answer(NOTHING)
    contact = world.remember(person)
    seconds = max(seconds, 0)
    if contact.timer != seconds:
        world.remember(person, seconds)
        if not person.blocks:
            person.chat.timer = seconds
            world.changed("timer", person.chat)
    return Answer(NOTHING)


def polls(world: World, request: Request) -> Answer:
    """Ask a poll; votes come back as indexes only."""
    recipient = request.needed("recipient")
    question, options = request.needed("question"), request.texts("answers")
    if not options:
        raise bad("answers missing")
    person = _someone(world, request, recipient)
    stamp = world.stamp()
    timer = world.remember(person).timer
    item = Item(person.uuid, stamp, bot=True, text=question, expires=timer, options=options)
    place(world, person, item)
    return told(201, {"timestamp": str(stamp)})


def _chat(world: World, request: Request, recipient: str) -> tuple[Chat, bool]:
    """Find a chat, and whether nothing comes to it."""
    if recipient.startswith(GROUP):
        return group_chat(world, recipient), False
    person = _someone(world, request, recipient)
    return person.chat, person.blocks


def _someone(world: World, request: Request, recipient: str) -> Person:
    account(world, request.number)
    person = world.addressed(recipient)
    if person is None or not person.registered:
        raise Refused(400, f"Failed to send message: Unregistered user: {recipient}")
    if not world.trusts(person):
        raise Refused(400, "Unable to complete request due to untrusted recipient keys")
    return person
