"""Calls about the bridge and its account: what it is, whom it trusts, how it presents itself."""

import base64
import binascii
import hashlib
import io

import segno

from tests.signal_server.disk import kind_of
from tests.signal_server.faults import Answer, told
from tests.signal_server.refusals import NO_ACCOUNT, NO_ATTACHMENT, Refused, bad
from tests.signal_server.request import Request
from tests.signal_server.sending import account, group_name
from tests.signal_server.world import JSON_RPC, ON_FIRST_USE, TRUSTS, Wire, World

NOTHING = 204


def health(_: World, __: Request) -> Answer:
    """Say that the HTTP server is there; of signal-cli it knows nothing."""
    return Answer(NOTHING)


def about(world: World, _: Request) -> Answer:
    """Tell versions and mode."""
    capabilities = {"v2/send": ["quotes", "mentions"]}
    head = {"versions": ["v1", "v2"], "build": 2, "mode": world.mode, "version": world.release}
    return told(200, {**head, "capabilities": capabilities})


def accounts(world: World, _: Request) -> Answer:
    """List the accounts."""
    return told(200, [world.number] if world.registered else [])


# --- attachments ------------------------------------------------------------------------------


def attachments(world: World, _: Request) -> Answer:
    """List the attachments of all accounts."""
    return told(200, world.disk.names())


def attachment(world: World, request: Request) -> Answer:
    """Give an attachment; its type is guessed from its content."""
    try:
        path = world.disk.attachment(request.params["attachment"])
    except FileNotFoundError:
        raise Refused(404, NO_ATTACHMENT) from None
    with path.open("rb") as file:
        kind = kind_of(file.read(512))
    return Answer(200, kind=kind, file=str(path))


def delete_attachment(world: World, request: Request) -> Answer:
    """Delete an attachment."""
    try:
        world.disk.attachment(request.params["attachment"]).unlink()
    except FileNotFoundError:
        raise Refused(404, NO_ATTACHMENT) from None
    return Answer(NOTHING)


# --- identities -------------------------------------------------------------------------------


def identities(world: World, request: Request) -> Answer:
    """List the keys that the bridge knows."""
    if request.number != world.number or not world.registered:
        raise Refused(500, NO_ACCOUNT)
    return told(200, known(world))


def known(world: World) -> list[Wire]:
    """Return the keys that the bridge knows, as they are listed."""
    return [
        {
            "number": (world.people[uuid].number or "") if uuid in world.people else "",
            "status": identity.status,
            "fingerprint": fingerprint(uuid, identity.key),
            "added": str(identity.added),
            "safety_number": safety_number(uuid, identity.key),
            "uuid": uuid,
        }
        for uuid, identity in world.identities.items()
    ]


def fingerprint(uuid: str, key: int) -> str:
    """Return a key's fingerprint as signal-cli shows it."""
    made = hashlib.sha256(f"{uuid} {key}".encode()).digest()
    return " ".join(f"{byte:02x}" for byte in b"\x05" + made)


def safety_number(uuid: str, key: int) -> str:
    """Return the sixty digits that two people compare."""
    made = hashlib.sha512(f"{uuid} {key}".encode()).digest()
    return f"{int.from_bytes(made[:32], 'big') % 10**60:060d}"


def trust(world: World, request: Request) -> Answer:
    """Trust a key: by its safety number, or whatever it is."""
    given = request.json().get("verified_safety_number")
    number, every = request.text("verified_safety_number"), request.flag("trust_all_known_keys")
    if given is None and not every:
        raise bad(
            "please either provide a safety number (preferred & more secure) or set "
            "'trust_all_known_keys' to true"
        )
    if given is not None and every:
        raise bad(
            "please either provide a safety number or set 'trust_all_known_keys' to true. But do "
            "not set both parameters at once!"
        )
    if given is not None and not number:
        raise bad("please provide a valid safety number")
    account(world, request.number)
    person = world.addressed(request.params["numberToTrust"])
    identity = world.identities.get(person.uuid) if person else None
    if person is None or identity is None:
        raise Refused(400, "Failed to set the trust for the number, make sure it is correct.")
    if not every and number != safety_number(person.uuid, identity.key):
        raise Refused(400, "Failed to set the trust for the number, make sure it is correct.")
    identity.status = "TRUSTED_UNVERIFIED" if every else "TRUSTED_VERIFIED"
    return Answer(NOTHING)


def configuration(world: World, request: Request) -> Answer:
    """Tell or set the trust mode; in json-rpc neither is so."""
    if request.method == "GET":
        return told(200, {"trust_mode": ON_FIRST_USE if world.mode == JSON_RPC else world.trust})
    mode = request.text("trust_mode")
    if mode not in TRUSTS:
        raise Refused(400, "Invalid trust mode")
    if world.mode == JSON_RPC:
        raise Refused(400, "Couldn't set trust mode")
    world.trust = mode
    return Answer(NOTHING)


# --- the account --------------------------------------------------------------------------------


def profiles(world: World, request: Request) -> Answer:
    """Set name, about and avatar; without an avatar the old one goes."""
    name = request.text("name")
    if not name:
        raise bad("profile name missing")
    account(world, request.number)
    try:
        picture = base64.b64decode(request.text("base64_avatar"), validate=True)
    except (binascii.Error, ValueError):
        raise Refused(400, "illegal base64 data at input byte 0") from None
    avatar = hashlib.sha256(picture).hexdigest() if picture else None
    world.profile = {"name": name, "about": request.text("about"), "avatar": avatar}
    return Answer(NOTHING)


def settings(world: World, request: Request) -> Answer:
    """Set whether the number is shown and found."""
    request.json()
    account(world, request.number)
    for name in ("discoverable_by_number", "share_number"):
        if (value := request.flag(name)) is not None:
            world.profile[name] = value
    return Answer(NOTHING)


def username(world: World, request: Request) -> Answer:
    """Set or remove the account's username."""
    account(world, request.number)
    if request.method == "DELETE":
        world.username = ""
        return Answer(NOTHING)
    wanted = request.needed("username")
    world.username = wanted if "." in wanted else f"{wanted}.01"
    link = base64.urlsafe_b64encode(hashlib.sha256(world.username.encode()).digest()).decode()
    answer = {"username": world.username, "username_link": f"https://signal.me/#eu/{link}"}
    return told(201, answer)


def challenge(world: World, request: Request) -> Answer:
    """Lift a rate limit with a captcha that was solved."""
    token, captcha = request.text("challenge_token"), request.text("captcha")
    account(world, request.number)
    if not captcha.startswith("signalcaptcha://"):
        raise Refused(400, "Captcha rejected by server")
    world.faults.solved(token)
    return Answer(NOTHING)


def register(world: World, request: Request) -> Answer:
    """Ask Signal for a code."""
    given = Request(name="", method="", path="", body=request.body or b"{}")
    if not given.text("captcha"):
        raise Refused(400, "Captcha required for verification")
    world.number, world.registered = request.number, False
    return Answer(201)


def verify(world: World, request: Request) -> Answer:
    """Give the code back, and have the account; any six digits will do, with a hyphen or without."""
    code = request.params["token"].replace("-", "")
    if request.number != world.number or len(code) != 6 or not code.isdigit():
        raise Refused(400, "Verify error: StatusCode: 403")
    world.registered = True
    return Answer(201)


def link(world: World, request: Request) -> Answer:
    """Show the code by which another device becomes this account."""
    name = request.query.get("device_name", "")
    if not name:
        raise Refused(400, "Please provide a name for the device")
    key = base64.urlsafe_b64encode(hashlib.sha256(name.encode()).digest()).decode()
    address = f"sgnl://linkdevice?uuid={key[:22]}&pub_key={key}"
    if request.path.endswith("/raw"):
        return told(200, {"device_link_uri": address})
    picture = io.BytesIO()
    segno.make(address).save(picture, kind="png")
    return Answer(200, picture.getvalue(), "image/png")


def groups(world: World, request: Request) -> Answer:
    """List the groups, or one of them."""
    account(world, request.number)
    entries = [_group(world, id_, name) for id_, (name, _) in world.groups.items()]
    wanted = request.params.get("group")
    if wanted is None:
        return told(200, entries)
    for entry in entries:
        if entry["id"] == wanted:
            return told(200, entry)
    raise Refused(404, "No group with that id found")


def _group(world: World, id_: str, name: str) -> Wire:
    members = "every-member"
    rights = {"add_members": members, "edit_group": members, "send_messages": members}
    return {
        "id": group_name(id_),
        "internal_id": id_,
        "name": name,
        "description": "",
        "blocked": False,
        "member": True,
        "members": [world.number],
        "admins": [],
        "invite_link": "",
        "pending_invites": [],
        "pending_requests": [],
        "permissions": rights,
    }


def contacts(world: World, request: Request) -> Answer:
    """List whom the bridge remembers."""
    account(world, request.number)
    empty = {"about": "", "given_name": "", "has_avatar": False, "lastname": ""}
    nickname = {"name": "", "given_name": "", "family_name": ""}
    return told(
        200,
        [
            {
                "number": each.number or "",
                "uuid": each.uuid,
                "name": "",
                "given_name": "",
                "profile_name": each.name or "",
                "username": "",
                "color": "",
                "note": "",
                "blocked": False,
                "message_expiration": str(each.timer),
                "nickname": nickname,
                "profile": {**empty, "last_updated_timestamp": 0},
            }
            for each in world.contacts.values()
        ],
    )
