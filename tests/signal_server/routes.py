"""Every call the bridge knows: its name, its method and path, what does it, and whether signal-cli."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.signal_server import account, gestures, rpc
from tests.signal_server.faults import Answer
from tests.signal_server.request import Request
from tests.signal_server.sending import send
from tests.signal_server.world import World

Work = Callable[[World, Request], Answer]
RECEIVE = "receive"


@dataclass(frozen=True, slots=True)
class Known:
    """One call; `cli`: the HTTP server asks signal-cli for it, and waits."""

    name: str
    methods: tuple[str, ...]
    path: str
    work: Work
    cli: bool = True


def _nothing(_: World, __: Request) -> Answer:
    """Stand for what the emulator itself does."""
    raise NotImplementedError


KNOWN = (
    Known("health", ("GET",), "/v1/health", account.health, cli=False),
    Known("about", ("GET",), "/v1/about", account.about, cli=False),
    Known("accounts", ("GET",), "/v1/accounts", account.accounts),
    Known("send", ("POST",), "/v2/send", send),
    Known(RECEIVE, ("GET",), "/v1/receive/{number}", _nothing),
    Known("attachments", ("GET",), "/v1/attachments", account.attachments, cli=False),
    Known("attachment", ("GET",), "/v1/attachments/{attachment}", account.attachment, cli=False),
    Known(
        "delete-attachment",
        ("DELETE",),
        "/v1/attachments/{attachment}",
        account.delete_attachment,
        cli=False,
    ),
    Known("typing", ("PUT", "DELETE"), "/v1/typing-indicator/{number}", gestures.typing),
    Known("receipts", ("POST",), "/v1/receipts/{number}", gestures.receipts),
    Known("reactions", ("POST", "DELETE"), "/v1/reactions/{number}", gestures.reactions),
    Known("remote-delete", ("DELETE",), "/v1/remote-delete/{number}", gestures.remote_delete),
    Known("contacts", ("PUT",), "/v1/contacts/{number}", gestures.contacts),
    Known("contacts", ("GET",), "/v1/contacts/{number}", account.contacts),
    Known("polls", ("POST",), "/v1/polls/{number}", gestures.polls),
    Known("profiles", ("PUT",), "/v1/profiles/{number}", account.profiles),
    Known("identities", ("GET",), "/v1/identities/{number}", account.identities),
    Known("trust", ("PUT",), "/v1/identities/{number}/trust/{numberToTrust}", account.trust),
    Known(
        "configuration",
        ("GET", "POST"),
        "/v1/configuration/{number}/settings",
        account.configuration,
        cli=False,
    ),
    Known("challenge", ("POST",), "/v1/accounts/{number}/rate-limit-challenge", account.challenge),
    Known("settings", ("PUT",), "/v1/accounts/{number}/settings", account.settings),
    Known("username", ("POST", "DELETE"), "/v1/accounts/{number}/username", account.username),
    Known("register", ("POST",), "/v1/register/{number}", account.register),
    Known("verify", ("POST",), "/v1/register/{number}/verify/{token}", account.verify),
    Known("groups", ("GET",), "/v1/groups/{number}", account.groups),
    Known("groups", ("GET",), "/v1/groups/{number}/{group}", account.groups),
    Known("qrcodelink", ("GET",), "/v1/qrcodelink", account.link),
    Known("qrcodelink", ("GET",), "/v1/qrcodelink/raw", account.link),
    Known("rpc", ("POST",), "/api/v1/rpc", rpc.rpc),
    Known("rpc", ("GET",), "/api/v1/check", rpc.check),
)
NAMES = frozenset(known.name for known in KNOWN)
