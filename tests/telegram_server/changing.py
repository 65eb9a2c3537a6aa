"""Methods that change what stands in a chat: edits, deletions, and answers to a press."""

from tests.telegram_server import keyboards
from tests.telegram_server.arguments import Arguments
from tests.telegram_server.refusals import NOT_MODIFIED, QUERY_OVER, bad
from tests.telegram_server.sending import chat_of, message_text
from tests.telegram_server.words import units
from tests.telegram_server.world import GROUPS, QUERY_LIFE, Chat, Message, Wire, World, words_of

DELETABLE = 48 * 3600.0  # seconds after it was sent
MOST_IDS = 100
MOST_ANSWER = 200
_SAID = ("text", "entities", "link_preview_options")


def _message(chat: Chat, given: Arguments, what: str) -> Message:
    number = given.number("message_id")
    if number is None:
        raise bad("message identifier is not specified")
    message = chat.messages.get(number)
    if message is None:
        raise bad(f"{what} not found")
    return message


def _editable(world: World, given: Arguments) -> Message:
    chat = world.writable(chat_of(given))
    message = _message(chat, given, "message to edit")
    if not message.bot:
        raise bad("message can't be edited")
    return message


def _edit(world: World, message: Message, content: Wire, given: Arguments) -> Wire:
    """Give a message new content and the keyboard that came with it, or none."""
    markup = keyboards.inline(given.mapping("reply_markup"))
    edited = content | ({"reply_markup": markup} if markup else {})
    if edited == {k: v for k, v in message.wire.items() if k != "edit_date"}:
        raise bad(NOT_MODIFIED)
    message.wire = edited | {"edit_date": int(world.now())}
    message.texts.append(words_of(message.wire))
    world.changed("edited", message)
    return message.wire


def edit_message_text(world: World, given: Arguments) -> Wire:
    said = message_text(given)
    message = _editable(world, given)
    if "text" not in message.wire:
        raise bad("there is no text in the message to edit")
    return _edit(world, message, _without(message, *_SAID) | said, given)


def edit_message_reply_markup(world: World, given: Arguments) -> Wire:
    message = _editable(world, given)
    return _edit(world, message, _without(message), given)


def _without(message: Message, *fields: str) -> Wire:
    gone = {"edit_date", "reply_markup", *fields}
    return {key: value for key, value in message.wire.items() if key not in gone}


def delete_message(world: World, given: Arguments) -> bool:
    chat = world.chat(chat_of(given))
    message = _message(chat, given, "message to delete")
    _check_deletable(world, chat, message)
    world.delete(message)
    return True


def delete_messages(world: World, given: Arguments) -> bool:
    """Delete up to 100 messages; unknown ids are skipped, one that must stay keeps all."""
    chat_id = chat_of(given)
    ids = given.sequence("message_ids")
    if not ids:
        raise bad("message identifiers are not specified")
    if len(ids) > MOST_IDS:
        raise bad("too many message identifiers specified")
    if not all(isinstance(number, int) and number > 0 for number in ids):
        raise bad("invalid message identifier specified")
    chat = world.chat(chat_id)
    found = [chat.messages[number] for number in dict.fromkeys(ids) if number in chat.messages]
    for message in found:
        _check_deletable(world, chat, message)
    for message in found:
        world.delete(message)
    return True


def _check_deletable(world: World, chat: Chat, message: Message) -> None:
    young = world.now() - message.wire["date"] < DELETABLE
    if not young or (chat.kind in GROUPS and not message.bot):
        raise bad("message can't be deleted for everyone")


def answer_callback_query(world: World, given: Arguments) -> bool:
    query = world.queries.get(given.text("callback_query_id"))
    if query is None or world.now() - query.date > QUERY_LIFE:
        raise bad(QUERY_OVER)
    if units(given.text("text")) > MOST_ANSWER:
        raise bad("MESSAGE_TOO_LONG")
    if not query.answered:
        query.answered = True
        query.text, query.alert = given.text("text"), given.truth("show_alert")
    return True
