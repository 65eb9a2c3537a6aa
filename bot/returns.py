"""Return addresses and the month keys that seal them.

A month's key is random, kept wrapped in the database, and destroyed some months later: then the
addresses of that month can be opened by nobody any more (design §4).
"""

import os
from dataclasses import dataclass, field
from datetime import date

from bot.keyring import Box, month_of
from storage import address
from storage.address import Address
from storage.rows import CaseId
from storage.unit import Store


@dataclass(frozen=True, kw_only=True, slots=True)
class Returns:
    """Seals the way back to a person."""

    store: Store
    box: Box = field(repr=False)

    async def seal(
        self, case: CaseId, channel: str, peer: str, language: str, today: date
    ) -> bytes:
        """Return the sealed address of a chat, bound to its case."""
        month = month_of(today)
        key = await self._key(month)
        return address.seal_address(key, month, case, channel, peer, language)

    async def open(self, case: CaseId, sealed: bytes) -> Address:
        """Return the address of a chat as it was sealed for this case.

        Raises:
            AddressDead: the key of its month is destroyed.
            ForeignAddress, FieldError: it is another case's, or something else.
        """
        month = address.month_of(sealed)
        kept = await self.store.return_key(month)
        keys = {} if kept is None else {month: self.box.open(kept, month.encode())}
        return address.open_address(keys, case, sealed)

    async def _key(self, month: str) -> bytes:
        bound = month.encode()
        kept = await self.store.return_key(month)
        if kept is None:
            await self.store.keep_return_key(month, self.box.seal(os.urandom(32), bound))
            kept = await self.store.return_key(month)
        return self.box.open(kept or b"", bound)
