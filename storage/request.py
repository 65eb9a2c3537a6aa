"""`server.request`: what a new server asks the organisation's root to put into the statement.

Rules of this file: public halves and hashes only, so the file may travel by any way; what makes
it true is that the root's holder compares the fingerprints and signs. Nothing is secret here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import tomli_w

from storage.fields import FORMAT, Table
from storage.parties import FormPin, ServerKeys, form_pin, recipient, verify_key

FILE = "server.request"
HEAD = "# For the holder of the root card: quietline-desk org sign-server server.request\n\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerRequest:
    """A server's public keys, its handles, and the hashes of what it will say."""

    name: str
    keys: ServerKeys
    channels: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, FormPin] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    consent: Mapping[str, str] = field(default_factory=dict)


def render(request: ServerRequest) -> str:
    """Write the request as TOML."""
    forms = {
        name: {"version": pin.version, "sha256": pin.sha256}
        for name, pin in sorted(request.forms.items())
    }
    return HEAD + tomli_w.dumps(
        {
            "quietline": FORMAT,
            "name": request.name,
            "identity": str(request.keys.identity),
            "packet": str(request.keys.packet),
            "channels": dict(sorted(request.channels.items())),
            "forms": forms,
            "texts": dict(sorted(request.texts.items())),
            "consent": dict(sorted(request.consent.items())),
        }
    )


def parse(text: str) -> ServerRequest:
    """Read a request.

    Raises:
        FieldError: the text is not one; MixedRecipients: its packet key is a classic one.
    """
    table = Table.parse(text, file=FILE)
    request = ServerRequest(
        name=table.text("name"),
        keys=ServerKeys(identity=verify_key(table, "identity"), packet=recipient(table, "packet")),
        channels=table.mapping("channels", Table.text),
        forms=table.mapping("forms", form_pin),
        texts=table.mapping("texts", Table.sha256),
        consent=table.mapping("consent", Table.sha256),
    )
    table.end()
    return request
