"""Methods that bring a message into a chat: sendMessage and the like, and "is typing"."""

from collections.abc import Callable
from typing import Any

from tests.telegram_server import keyboards, media
from tests.telegram_server.arguments import Arguments
from tests.telegram_server.files import MOST_PHOTO, MOST_UPLOAD
from tests.telegram_server.refusals import Refused, bad
from tests.telegram_server.words import cleaned, commands_in, units
from tests.telegram_server.world import GROUPS, Chat, Wire, World

MOST_TEXT = 4096  # UTF-16 units
MOST_CAPTION = 1024
ACTIONS = frozenset(
    {
        "choose_sticker",
        "find_location",
        "record_video",
        "record_video_note",
        "record_voice",
        "typing",
        "upload_document",
        "upload_photo",
        "upload_video",
        "upload_video_note",
        "upload_voice",
    }
)


def chat_of(given: Arguments) -> int:
    """Read which chat a call is about.

    Raises:
        Refused: it does not say.
    """
    if not given.text("chat_id"):
        raise bad("chat_id is empty")
    chat = given.chat
    if chat is None:
        raise bad("chat not found")
    return chat


def words(given: Arguments, name: str, most: int, entities: str) -> Wire:
    """Read a text or a caption with its marks.

    Raises:
        Refused: it is too long, or formatted in a way this emulator does not read.
    """
    if given.text("parse_mode"):
        raise bad("unsupported parse_mode: the emulator reads plain text and entities only")
    text = cleaned(given.text(name))
    if units(text) > most:
        raise bad("message is too long" if name == "text" else "message caption is too long")
    marks = given.sequence(entities) or commands_in(text)
    return ({name: text} if text else {}) | ({entities: marks} if text and marks else {})


def message_text(given: Arguments) -> Wire:
    """Read the text of a message, which must not be empty."""
    said = words(given, "text", MOST_TEXT, "entities")
    if not said:
        raise bad("message text is empty")
    preview = given.mapping("link_preview_options")
    return said | ({"link_preview_options": preview} if preview else {})


def send_message(world: World, given: Arguments) -> Wire:
    said = message_text(given) if "text" in given else None
    if said is None:
        raise bad("message text is empty")
    return _send(world, given, lambda _: said)


def _send(world: World, given: Arguments, made: Callable[[Chat], Wire]) -> Wire:
    """Put a message of the bot into a chat, with its keyboard and what it replies to."""
    markup = given.mapping("reply_markup")
    inline = keyboards.inline(markup)
    chat = world.writable(chat_of(given))
    wire: Wire = {"from": world.bot}
    if chat.kind == "channel":
        wire = {"sender_chat": chat.wire}
    wire |= _reply(chat, given)
    wire |= made(chat)
    if inline:
        wire["reply_markup"] = inline
    if given.truth("protect_content"):
        wire["has_protected_content"] = True
    if below := keyboards.other(markup):
        chat.keyboard = None if "remove_keyboard" in below else below
    message = world.put(chat, wire, bot=True, silent=given.truth("disable_notification"))
    return message.wire


def _reply(chat: Chat, given: Arguments) -> Wire:
    told = given.mapping("reply_parameters") or {}
    number = told.get("message_id", given.number("reply_to_message_id"))
    if number is None:
        return {}
    message = chat.messages.get(number)
    if message is None:
        anyway = told.get("allow_sending_without_reply")
        if anyway or given.truth("allow_sending_without_reply"):
            return {}
        raise bad("message to be replied not found")
    answered = {k: v for k, v in message.wire.items() if k != "reply_to_message"}
    return {"reply_to_message": answered}


def sender(kind: str) -> Callable[[World, Arguments], Wire]:
    """Return the method that sends a file of this kind."""

    def send_file(world: World, given: Arguments) -> Wire:
        caption = words(given, "caption", MOST_CAPTION, "caption_entities")
        return _send(world, given, lambda _: _content(world, kind, given) | caption)

    return send_file


def _content(world: World, kind: str, given: Arguments) -> Wire:
    said = given.text(kind)
    upload = given.uploads.get(said.removeprefix("attach://") if said else kind)
    if upload is None:
        return _known(world, kind, said)
    if not upload.content:
        raise bad("file must be non-empty")
    if len(upload.content) > MOST_UPLOAD:
        raise Refused(413, "Request Entity Too Large")
    if kind == "photo" and len(upload.content) > MOST_PHOTO:
        raise bad("file is too big for a photo")
    told = {"content": upload.content, "file_name": upload.name, "mime_type": upload.mime}
    return media.make(kind, world.files, told)


def _known(world: World, kind: str, id_: str) -> Wire:
    """Send again what was sent before, by its file_id."""
    if not id_:
        raise bad(f"there is no {kind} in the request")
    if id_ not in world.files.by_id:
        raise bad("wrong file identifier/HTTP URL specified")
    file = world.files.by_id[id_]
    told: dict[str, Any] = {"content": file.content, "size": file.size}
    return media.make(kind, world.files, told)


def send_chat_action(world: World, given: Arguments) -> bool:
    action = given.text("action")
    if action not in ACTIONS:
        raise bad("wrong parameter action in request")
    chat = world.writable(chat_of(given))
    chat.action = action
    world.rung(chat.id)
    return True


def leave_chat(world: World, given: Arguments) -> bool:
    chat = world.writable(chat_of(given))
    if chat.kind not in GROUPS | {"channel"}:
        raise bad("chat member status can't be changed in private chats")
    chat.alive = False
    was, now = ({"status": status, "user": world.bot} for status in ("member", "left"))
    change = {"chat": chat.wire, "from": world.bot, "date": int(world.now())}
    change |= {"old_chat_member": was, "new_chat_member": now}
    world.tell("my_chat_member", change, f"member {chat.id}")
    return True
