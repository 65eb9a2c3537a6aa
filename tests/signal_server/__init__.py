"""An emulator of signal-cli-rest-api over real HTTP and WebSocket, and the people who write to it.

It stands in for the Signal bridge in tests: the bot speaks to `{url}/v1/...` and `{url}/v2/send`; a
test plays the people. Rules come from the official API description, from signal-cli and from what
the real server was seen to do, never from the bot under test. Nothing here imports `bot`.

In the test's own process:

    async with serving(mode="json-rpc") as bridge:        # an `Emulator`; uvicorn in this loop
        bridge.say(7, "start")                            # a person; known from then on
        seen = await bridge.wait(7)                       # what the bot said
        bridge.fail("send", 429, times=2)
        bridge.sent(uuid_of(7))                           # 7 is that uuid

`serving(number=NUMBER, mode="json-rpc", release="0.101", port=0, folder=None, webhook="", trust=
"on-first-use", ping=54.0, now=time.time)`. mode: "json-rpc", "normal", "native". release "0.100"
answers `/v2/send` with an object, later ones with an array. webhook: RECEIVE_WEBHOOK_URL. `folder`
(else a temporary one) holds what the bridge has on its disk. `bridge.url` is the bridge's address,
`bridge.number` its account (`NUMBER`), `bridge.control` where it is steered, which goes on while
the bridge is down.

As a process, which prints the address of the bridge, then that of its control, a line each, when it
is ready, and ends on SIGTERM:

    python -m tests.signal_server --port 0 [--mode native] [--number +49..] [--folder DIR]
        [--release 0.101] [--webhook URL] [--trust always] [--ping 54]

Its people are played over HTTP: `POST {control}/control/NAME` with the fields as JSON; the answer
is JSON, 400 {"error"} for what cannot be done, 408 {"error"} when a wait is over (after 30 s unless
`timeout` says otherwise). Names and fields are those of the methods of `Emulator`; `Remote(control)`
(tests/signal_server/remote.py) has them too, each awaited, fields by name.

`person` is a whole number (7 is the uuid `uuid_of(7)`), a uuid, or {"id" or "uuid", "number" (null:
number privacy), "name", "username"}: given once, kept. What people do answers {"timestamp" (the
message's name together with the uuid), "fate"}; fate: "queued" (at Signal), "told" (to a websocket,
the webhook or a poll's answer to come), "lost", "untrusted" (an exception was told). `at` sets the
timestamp, else it is now, in ms, never twice. `target` is a message's timestamp, the person's own or
the bot's; left out, the newest that fits.

People
    meet     person                                     known to nobody yet, but registered at Signal
    say      person, text, expires, quote (a timestamp), mentions [{"start", "length", "uuid"}], group,
             view_once, at, hidden (mentions missing: U+FFFC only), extra (merged into dataMessage)
    send     person, files [{"content" (base64; bytes in process) or "size", "type", "filename",
             "voice"}], text, group, view_once, expires, at   -> also "attachments" [id..]
    long     person, text, merged                       over 2,000 bytes; merged (so at first): signal-cli
                                                        gives it whole; else cut, and a text/x-signal-plain
                                                        attachment holds it all
    edit     person, text, target, chain                one's own message; each edit has a new timestamp;
                                                        chain: the edit names the revision before it
    remote_delete    person, target
    react    person, emoji, target, remove, bare (the reaction object is missing)
    receipt  person, kind "delivery" | "read" | "viewed", target
    typing   person, stop
    story    person, text
    sync     kind "read" | "empty" | "sent"             of a linked device of the account
    call     person
    poll     person, question, options
    vote     person, choices [index..], target          in a poll of the bot's
    sticker, contact, payment   person                  messages without words
    blank    person, no_data                            an empty dataMessage; no *Message at all
    timer    person, seconds                            disappearing messages: an expiration update
    identity_changed person                             a new phone: see `trust` below
    raw      envelope, exception, account               told as it is; `envelope` may be malformed
    block, unblock   person                             sends still answer 201; nothing arrives
    deactivate       person                             unregistered: errors.recipients says so
    habits   receipts, read                             apps answer with delivery and read receipts (off)
    flood    person, count, text                        "TEXT 1".. -> "timestamps", "fates"
    do       actions [{"do": NAME, ...fields}]          many of these in one go -> list of results

Seeing
    chat     person, group       what stands in their app now: {"change", "typing", "timer", "messages":
                                 [{"timestamp", "bot", "text", "attachments" [{"type", "filename",
                                 "size", "sha256"}], "quote", "edited", "expires", "reactions" {who: emoji},
                                 "read" (by the bot), "view_once", "who", "options" (of a poll)}]}; remotely
                                 deleted and expired ones are gone. who: "bot", or a uuid
    wait     person, after, change, count, timeout      waits until `count` bot messages with timestamp >
                                 after stand there, or, with `change`, until the bot did anything since;
                                 -> as chat, messages only the bot's after `after`
    news     change, timeout     the same for all: {"change", "news": [{"what" sent edited deleted reacted
                                 unreacted timer receipt typing idle, "person" (a uuid, or a group's id), ...as in chat}]}
    sent     person              every message the bot ever sent, each once: [{"person", "timestamp",
                                 "text", "texts" (with edits), "attachments", "deleted", "shown",
                                 "bytes", "group"}]; shown: false when the app dropped or blocked it
    calls    name, person        [{"name", "method", "path", "person", "time", "status"}], in order;
                                 status 0: no answer; a websocket's `receive` has 101
    counters                     {"calls": {name: n}, "statuses": {"201": n}, "incoming", "told",
                                 "lost", "dropped" (over 2,000 bytes), "escaped" (file names that would
                                 leave the bridge's folder), "connections" (websockets ever), "posts"
                                 {"200": n}}
    posts                        {timestamp: status} of each post to the webhook; 0: no answer
    queue                        {"waiting" [timestamp..] at Signal, "websockets", "polls", "up"}
    settled  timeout             waits until nothing waits at Signal, in a websocket or a webhook's post
    connected    count, timeout  waits until so many websockets hear (or polls wait); 1 unless said
    disconnected timeout         waits until nobody hears
    contacts                     what the bridge remembers of people: [{"uuid", "number", "name", "timer"}]
    profile                      the bot's own: {"name", "about", "avatar" (its sha256, or null), "username"}
    folders                      {"root", "attachments", "tmp", "data"}: search them for canaries
    identities                   [{"uuid", "status", "fingerprint", "safety_number"}]

Rules and faults
    fail     name, answer, times, person, seconds, done, text, tokens
             the next `times` calls of `name` [for `person`]. Names: health about accounts send receive
             attachments attachment delete-attachment typing receipts reactions remote-delete contacts
             profiles identities trust configuration challenge settings username register verify groups
             polls qrcodelink rpc, or "*". answer: a status (400 with `text`; 429 with `tokens`; 404;
             500; 502), "hang" (`seconds`; 0: never returns), "close" (the connection), "garbage" (not
             JSON: a stack trace before it), "network", "untrusted",
             or a reason for errors.recipients (IDENTITY_FAILURE UNREGISTERED_FAILURE NETWORK_FAILURE
             RATE_LIMIT_FAILURE INVALID_PRE_KEY_FAILURE; these answer 201). A captcha solved for a token
             of a 429 lifts it. `done`: the work was done all
             the same (so for hang, close, garbage unless said otherwise; a `receive` that was done has
             taken its messages from Signal for ever). With json-rpc, `receive` is the websocket's
             handshake
    heal                         forget all faults, losses and stalls
    lose     times, skip         json-rpc: the next `times` pushes, after `skip`, reach nobody
    bursts   gap                 how long (s) a websocket is deaf after each frame, as the real one is
                                 for about 0.001; what is pushed then is lost. 0 (at first): never
    stall    on                  websockets stay open and say nothing, not even pongs (half-open)
    cut      code                every websocket is closed: 1006 (at first) without a word, or a code
    down     (awaited)           the bridge's port is closed (refused), every connection dies; messages
                                 wait at Signal
    up       keep, late          (awaited) it is back. What waited comes as one burst, at once: lost, as
                                 no websocket can be there yet; `late`: when the first one is. Attachments
                                 are gone, as on a tmpfs, unless `keep`
    restart  keep, late          (awaited) both
    daemon   on                  only signal-cli's process is away, the HTTP server and its websockets go
                                 on: calls hang for ever; back again, what waited comes as one burst
    redeliver        target      Signal tells a message again (as after a crash of signal-cli)
    delay    seconds             every call to signal-cli takes this long (0 at first)
    clock    advance or at       move the time of messages (seconds; Unix time); messages expire
    trust    mode                "on-first-use", "always", "never": what a changed identity means. Not
                                 trusted: incoming is told as an exception and lost, sends fail, until
                                 PUT /v1/identities/{n}/trust/{x}; a first contact is trusted but with "never"
    registered       on          the account is there (/v1/accounts), or was taken away
    webhook  url                 RECEIVE_WEBHOOK_URL from now on ("": websockets)

As with the real server: without a websocket each pushed message is lost; every websocket hears all; a
plain GET of receive answers 400 in json-rpc; frames from clients over 512 bytes close with 1009; it
pings and never times out; a webhook is posted once, one after the other, and while a post is under way
calls to signal-cli wait; in the other modes a send waits behind a receive, too. Texts over 2,000 bytes
never appear in the person's app, and the sender is not told. `POST {url}/api/v1/rpc` answers as
signal-cli's own daemon: version, listAccounts, listContacts, removeContact (recipient, forget); of
send, sendTyping, getUserStatus, receive it refuses what has no account here, and does nothing else.
Not here, and answered 404: changing groups, devices, stickers, pins, search, unregister, v1/send,
closing a poll or voting in one as the bot.
"""

from tests.signal_server.emulator import Emulator
from tests.signal_server.server import serving
from tests.signal_server.world import NUMBER, uuid_of

__all__ = ["NUMBER", "Emulator", "serving", "uuid_of"]
