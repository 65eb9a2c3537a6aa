"""The methods of the Bot API that the emulator knows: a table. getUpdates waits, so it is apart."""

from collections.abc import Callable
from typing import Any

from tests.telegram_server import changing, profile, receiving, sending
from tests.telegram_server.arguments import Arguments
from tests.telegram_server.world import World

Method = Callable[[World, Arguments], Any]

METHODS: dict[str, Method] = {
    "getMe": profile.get_me,
    "setMyCommands": profile.set_my_commands,
    "getMyCommands": profile.get_my_commands,
    "deleteMyCommands": profile.delete_my_commands,
    "setMyName": profile.set_my_name,
    "getMyName": profile.get_my_name,
    "setMyDescription": profile.set_my_description,
    "getMyDescription": profile.get_my_description,
    "setMyShortDescription": profile.set_my_short_description,
    "getMyShortDescription": profile.get_my_short_description,
    "setChatMenuButton": profile.set_chat_menu_button,
    "getChatMenuButton": profile.get_chat_menu_button,
    "getChat": profile.get_chat,
    "setWebhook": receiving.set_webhook,
    "deleteWebhook": receiving.delete_webhook,
    "getWebhookInfo": receiving.get_webhook_info,
    "getFile": receiving.get_file,
    "sendMessage": sending.send_message,
    "sendPhoto": sending.sender("photo"),
    "sendDocument": sending.sender("document"),
    "sendVoice": sending.sender("voice"),
    "sendVideo": sending.sender("video"),
    "sendAudio": sending.sender("audio"),
    "sendChatAction": sending.send_chat_action,
    "leaveChat": sending.leave_chat,
    "editMessageText": changing.edit_message_text,
    "editMessageReplyMarkup": changing.edit_message_reply_markup,
    "deleteMessage": changing.delete_message,
    "deleteMessages": changing.delete_messages,
    "answerCallbackQuery": changing.answer_callback_query,
}
POLL = "getUpdates"
NAMES = {name.lower(): name for name in (*METHODS, POLL)}
LIMITED = frozenset(
    name
    for name in METHODS
    if name.startswith(("send", "editMessage")) and name != "sendChatAction"
)
