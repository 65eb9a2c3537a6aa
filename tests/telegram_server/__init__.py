"""An emulator of the Telegram Bot API over real HTTP, and the people who write to the bot.

It stands in for Telegram in tests: the bot speaks to `{url}/bot{token}/METHOD` and downloads from
`{url}/file/bot{token}/PATH`; a test plays the people. Rules come from Telegram's own server and
documentation, never from the bot under test. Nothing here imports `bot`.

In the test's own process:

    async with serving(token="42:secret") as server:      # an `Emulator`; uvicorn in this loop
        server.say(7, "/start")                           # a person; known from then on
        seen = await server.wait(7, after=0)              # what the bot said since message 0
        server.press(7, label="English")
        server.fail("sendMessage", answer=429, retry_after=3, times=2)

As a process, which prints `http://127.0.0.1:PORT` when it is ready and ends on SIGTERM:

    python -m tests.telegram_server --port 0 --token 42:secret [--store FILE] [--local FOLDER]

`--store FILE` keeps the world in FILE at the end and goes on from it at the next start. `--local
FOLDER` is a server of one's own: getFile takes 2000 MB, puts the file into FOLDER and answers with
its path there; nothing is downloaded over HTTP. So does `serving(local=folder)`.
Its people are played over HTTP: `POST {url}/control/NAME` with the fields as JSON; the answer is
JSON, 400 {"error"} for what cannot be done, 408 {"error"} when a wait is over (after 30 s unless
`timeout` says otherwise). Names and fields are those of the methods of `Emulator`; `Remote(url)`
(tests/telegram_server/remote.py) has them too, each awaited.

`person` is an id, or {"id", "first_name", "last_name", "username", "language_code", "is_premium"}:
given once, kept. `chat` is the person's private chat when left out; else an id, or {"id": -100..,
"type": "group" | "supergroup" | "channel", "title"}. What people do answers {"update_id" (null
when the bot did not ask for that kind), "message_id", ...}.

People
    say      person, text, chat, reply_to, extra        a text (in a channel: a post)
    send     person, kind, chat, caption, content (base64) or size, file_name, mime_type, extra
             kind: photo document voice video video_note audio animation sticker location venue
             contact poll dice; `extra` is merged into the message on the wire
    album    person, items [{"kind", "caption", ...}], chat      -> "update_ids", "message_ids"
    press    person, message_id, data or label, chat    -> "query_id"; without message_id: the newest
             message with such a button; with message_id, data may be made up
    edit     person, message_id, text or caption, chat  an edited_message
    remove   person, message_id, chat                   people's deletions tell the bot nothing
    lose     person, message_id, chat                   Telegram has its files no more -> "files"
    block, unblock   person                             a my_chat_member update; sends answer 403
    deactivate       person                             their account is gone: sends answer 403
    add      person, chat                               the bot comes into a group
    kick     person, chat                               and out of it
    upgrade  chat                                       a group becomes a supergroup: migrate_to_chat_id
    meet     person                                     known to the bot without a word
    business person, text                               a business_message, another's private chat
    raw      update                                     an update as it is given, also malformed; gets
                                                        the next update_id unless it has one
    flood    person, count, text, chat                  `count` messages, "TEXT 1".. -> "first", "last"
    do       actions [{"do": NAME, ...fields}]          many of these in one go -> list of results

Seeing
    chat     chat                what stands there now: {"change", "action", "messages": [{"id", "bot",
                                 "who", "kind", "text", "buttons" [[{"text", "data"}]], "date",
                                 "edited", "reply_to"}], "keyboard"}; the deleted are gone
    wait     chat, after, change, count, timeout
                                 waits until `count` bot messages with id > after stand there, or, with
                                 `change`, until anything was sent, edited or deleted since; -> as chat,
                                 messages only those after `after`
    news     change, timeout     the same for all chats at once: what the bot sent, edited or deleted
                                 after `change` (0: ever); -> {"change", "news": [{"what", "chat", as
                                 in chat}]}: one wait serves thousands of people
    sent     chat                every message ever sent by the bot (to one chat, or all), each once:
                                 [{"chat", "id", "kind", "text", "texts" (with edits), "buttons", "date",
                                 "deleted", "silent", "protected"}]
    calls    method, chat        [{"method", "chat", "time", "status"}] in order; `status` 0: no answer
    counters                     {"calls": {method: n}, "statuses": {"429": n}, "updates", "pending"}
    query    query_id            how a press was answered: {"answered", "text", "alert"}
    queue                        {"pending": [update_id..], "last", "allowed"}
    settled  timeout             waits until the bot has acknowledged everything
    polled   timeout             waits until the bot's long poll waits: it is there, and idle
    profile                      {"commands", "name", "description", "short_description", "menu"}
    webhook                      as getWebhookInfo

Rules and faults
    limits   chat, overall, burst     messages a second; 0 is without limit (so at the start)
    fail     method, answer, times, chat, seconds, retry_after, done
             the next `times` calls of `method` ("*": any) [to `chat`]: answer is a status (400 401 403
             429 500 502), "hang", "close" (the connection) or "garbage" (no JSON). `done`: the work was
             done all the same (so for hang, close, garbage unless said otherwise); "hang" lasts `seconds`.
             `method` "download" is no method: a file's bytes, where "close" comes in the middle, "slow"
             waits `seconds` before each piece, "short" and "long" send another length than was said
    heal                              forget all faults
    redeliver  acknowledged           give unacknowledged updates again at once; or all that ever were
    clock    advance or at            move the time of messages and limits (seconds; Unix time)
    backoff  seconds, most            how soon a webhook is tried again, from the next setWebhook on

As at Telegram: message ids count over the whole account (a supergroup and a channel have their own);
updates live 24 hours, presses 150 s; a press must be answered within 30 s; messages can be deleted
for 48 h; language codes are two letters; tabs, embedding marks (U+202A..E) and white space around a
text are taken out; webhooks post each chat's messages in order, but a press and a message of one
chat may come at the same time. Unlike Telegram: no parse_mode, no URLs as files, webhooks may be
http:// on this machine.
"""

from tests.telegram_server.emulator import Emulator
from tests.telegram_server.server import serving

__all__ = ["Emulator", "serving"]
