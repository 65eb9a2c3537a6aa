"""Methods about the bot itself: commands, name, descriptions, menu; each in many languages."""

import json
import re
from collections.abc import Callable
from typing import Any

from tests.telegram_server.arguments import Arguments
from tests.telegram_server.refusals import bad
from tests.telegram_server.words import units
from tests.telegram_server.world import Wire, World

MOST_COMMANDS = 100
MOST_NAME, MOST_DESCRIPTION, MOST_SHORT = 64, 512, 120
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"([a-z]{2})?")  # td/telegram/misc.cpp, validate_bot_language_code
_SCOPES = {
    "default": (),
    "all_private_chats": (),
    "all_group_chats": (),
    "all_chat_administrators": (),
    "chat": ("chat_id",),
    "chat_administrators": ("chat_id",),
    "chat_member": ("chat_id", "user_id"),
}
_MENUS = frozenset({"commands", "default", "web_app"})

Method = Callable[[World, Arguments], Any]


def get_me(world: World, _: Arguments) -> Wire:
    return world.bot | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
        "supports_guest_queries": False,
        "supports_join_request_queries": False,
    }


def _language(given: Arguments) -> str:
    language = given.text("language_code")
    if not _LANGUAGE.fullmatch(language):
        raise bad("invalid language code specified")
    return language


def _scope(given: Arguments) -> str:
    scope = given.mapping("scope") or {"type": "default"}
    fields = _SCOPES.get(scope.get("type", ""))
    if fields is None:
        raise bad("can't parse BotCommandScope: unsupported type specified")
    if any(name not in scope for name in fields):
        raise bad("can't parse BotCommandScope: chat_id is empty")
    return json.dumps({name: scope[name] for name in ("type", *fields)})


def _command(told: Any) -> Wire:  # noqa: ANN401 - whatever the bot sent
    if not isinstance(told, dict):
        raise bad("expected an Object as BotCommand")
    name, description = str(told.get("command", "")), str(told.get("description", ""))
    name = name.removeprefix("/")
    if not _COMMAND.fullmatch(name):
        raise bad("BOT_COMMAND_INVALID")
    if not 1 <= units(description.strip()) <= 256:
        raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description.strip()}


def set_my_commands(world: World, given: Arguments) -> bool:
    told = given.sequence("commands")
    if told is None:
        raise bad("commands must be specified")
    if len(told) > MOST_COMMANDS:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    where = (_scope(given), _language(given))
    world.profile.commands[where] = [_command(command) for command in told]
    return True


def get_my_commands(world: World, given: Arguments) -> list[Wire]:
    return world.profile.commands.get((_scope(given), _language(given)), [])


def delete_my_commands(world: World, given: Arguments) -> bool:
    world.profile.commands.pop((_scope(given), _language(given)), None)
    return True


def _pair(field: str, most: int, kept: Callable[[World], dict[str, str]]) -> tuple[Method, Method]:
    """Return the methods that set and get one text in each language."""

    def put(world: World, given: Arguments) -> bool:
        text, language = given.text(field).strip(), _language(given)
        if units(text) > most:
            raise bad(f"{field} is too long")
        if text:
            kept(world)[language] = text
        else:
            kept(world).pop(language, None)
        return True

    def get(world: World, given: Arguments) -> Wire:
        texts = kept(world)
        return {field: texts.get(_language(given), texts.get("", ""))}

    return put, get


def _names(world: World) -> dict[str, str]:
    world.profile.names.setdefault("", world.bot["first_name"])
    return world.profile.names


set_my_name, get_my_name = _pair("name", MOST_NAME, _names)
set_my_description, get_my_description = _pair(
    "description", MOST_DESCRIPTION, lambda world: world.profile.descriptions
)
set_my_short_description, get_my_short_description = _pair(
    "short_description", MOST_SHORT, lambda world: world.profile.short_descriptions
)


def set_chat_menu_button(world: World, given: Arguments) -> bool:
    button = given.mapping("menu_button") or {"type": "default"}
    if button.get("type") not in _MENUS:
        raise bad("can't parse MenuButton: unsupported type specified")
    chat = given.chat or 0
    if chat:
        world.chat(chat)
    world.profile.menus[chat] = button
    return True


def get_chat_menu_button(world: World, given: Arguments) -> Wire:
    menus = world.profile.menus
    return menus.get(given.chat or 0, menus.get(0, {"type": "commands"}))


def get_chat(world: World, given: Arguments) -> Wire:
    id_ = given.chat
    if id_ is None:
        raise bad("chat_id is empty")
    chat = world.chat(id_)
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
    accepted = dict.fromkeys((*gifts, "gifts_from_channels"), True)
    return chat.wire | {
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": accepted,
    }
