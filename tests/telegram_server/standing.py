"""How the bot stands with people: blocked, unblocked, brought into groups and thrown out."""

from tests.telegram_server.people import Done, People, Person, Place
from tests.telegram_server.refusals import Unplayable
from tests.telegram_server.world import GROUPS, Chat, Wire

_MIGRATED = 1_000_000_000_000


class Standing(People):
    """People, and what they let the bot do."""

    def block(self, person: Person) -> Done:
        """Block the bot."""
        user = self._known(person)
        return self._stand(user, self._private(user), "member", "kicked")

    def unblock(self, person: Person) -> Done:
        """Unblock it again."""
        user = self._known(person)
        return self._stand(user, self._private(user), "kicked", "member")

    def deactivate(self, person: Person) -> Done:
        """Close a person's account; the bot is not told."""
        place = self._private(self._known(person))
        place.gone = True
        return {"update_id": None, "message_id": None}

    def add(self, person: Person, chat: Place) -> Done:
        """Bring the bot into a group or a channel."""
        user = self._known(person)
        place = self._group(user, chat)
        place.alive = False
        role = "administrator" if place.kind == "channel" else "member"
        done = self._stand(user, place, "left", role)
        if place.kind in GROUPS:
            came = {"new_chat_members": [self.world.bot]}
            done["message_id"] = self._write(user, place.id, came, None, None)["message_id"]
        return done

    def kick(self, person: Person, chat: Place) -> Done:
        """Throw the bot out of a group."""
        user = self._known(person)
        return self._stand(user, self._group(user, chat), "member", "kicked")

    def upgrade(self, chat: int) -> Done:
        """Make a supergroup of a group: two service messages, and the old id leads to the new."""
        old = self.world.chats.get(chat)
        if old is None or old.kind != "group":
            raise Unplayable("only a group becomes a supergroup")
        new = Chat(-_MIGRATED + chat, old.wire | {"id": -_MIGRATED + chat, "type": "supergroup"})
        self.world.chats[new.id] = new
        anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
        anonymous |= {"username": "GroupAnonymousBot"}
        for place, field, other in (
            (old, "migrate_to_chat_id", new.id),
            (new, "migrate_from_chat_id", old.id),
        ):
            head = {"from": anonymous, "sender_chat": place.wire, field: other}
            message = self.world.put(place, head, bot=False)
            self.world.tell("message", message.wire, f"chat {place.id}")
        old.moved = new.id
        return {"update_id": None, "message_id": None, "chat": new.id}

    def _group(self, user: Wire, chat: Place) -> Chat:
        place = self._place(user, chat)
        if place.kind == "private":
            raise Unplayable("the bot is in every private chat")
        return place

    def _stand(self, user: Wire, place: Chat, was: str, now: str) -> Done:
        alive = now in {"member", "administrator"}
        if place.alive == alive:
            raise Unplayable("it is so already")
        place.alive = alive
        change = {"chat": place.wire, "from": user, "date": int(self.world.now())}
        change["old_chat_member"] = self._member(was)
        change["new_chat_member"] = self._member(now)
        update = self.world.tell("my_chat_member", change, f"member {place.id}")
        return {"update_id": update, "message_id": None}

    def _member(self, status: str) -> Wire:
        """Return the bot as a member of a chat: what Telegram says of each status."""
        member = {"status": status, "user": self.world.bot}
        if status == "kicked":
            return {**member, "until_date": 0}
        if status != "administrator":
            return member
        rights = dict.fromkeys(_RIGHTS, False) | {"can_post_messages": True}
        return {**member, "can_be_edited": False, **rights}


_RIGHTS = (
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_send_welcome_messages",
)
