"""The keys that open something, held in memory as of less than a second ago.

A good key costs a hash and a forged one no more: what is no key never reaches the database, and
all that may be new ones share a few looks a second.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hmac import compare_digest

from starlette.types import Scope

from netflix_pipeline.access import credentials
from netflix_pipeline.access.attempts import Attempts, TooManyAttempts
from netflix_pipeline.access.auth_errors import (
    INVALID,
    BadKey,
    ExpiredKey,
    KeysUnavailable,
    RevokedKey,
)
from netflix_pipeline.access.clients import Clients
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Key, Keys, OpenStore
from netflix_pipeline.state.keys import hash_of, id_of
from netflix_pipeline.state.polling_cache import NotCurrent, PollingCache

AGAIN = 0.1
"""Seconds that lie between two looks for keys that are not known."""
FAILURES, WINDOW = 30, 60
"""Keys of one client that are not good, and seconds from the first of them; more are not looked
for."""


class Keyring:
    """Tells which key a request presents. Only the event loop's thread asks it.

    `clients` tells whom a request counts for that brings no good key.
    """

    def __init__(self, settings: Settings, clients: Clients) -> None:
        self._clients = clients
        self._failures = Attempts(FAILURES, WINDOW)
        self._store = OpenStore(settings, Keys)
        self._current = PollingCache(self._all, "keys", AGAIN)
        self._keys: Mapping[str, Key] = {}
        # By hash, those that were presented since the last reading and are good.
        self._good: dict[bytes, Key] = {}

    async def _key(self, text: bytes, tried: Callable[[], None]) -> Key:
        """The key of that text; what is not known to be good is `tried`, which may refuse it."""
        try:
            self._hold(await self._current.get())
            digest = hash_of(text)
            return self._good.get(digest) or await self._checked(text, digest, tried)
        except NotCurrent as error:
            raise KeysUnavailable(
                "keys cannot be looked up just now: try again in a moment."
            ) from error

    async def presented(self, scope: Scope) -> Key | None:
        """The key that a request presents; None where it presents none.

        Raises BadKey for what is none, without telling which ids there are; ExpiredKey, RevokedKey;
        KeysUnavailable when it cannot be known; TooManyAttempts where its client presented so many
        that were not good. A good one is let in however many were not.
        """
        text = credentials.presented(scope)
        if text is None:
            return None
        counted: list[str] = []

        def tried() -> None:
            client = self._clients.of(scope)
            if wait := self._failures.add(client):
                raise TooManyAttempts(
                    "too many keys that are not good came from your address: wait until the minute "
                    "is over.",
                    wait,
                )
            counted.append(client)

        key = await self._key(text, tried)
        for client in counted:  # it was made a moment ago
            self._failures.undo(client)
        return key

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Meanwhile, keys are read now and then, also while nobody presents any."""
        async with self._current.following():
            yield
        self._store.close()

    async def _checked(self, text: bytes, digest: bytes, tried: Callable[[], None]) -> Key:
        now = datetime.now(UTC)
        key_id = id_of(text) or ""
        key = self._keys.get(key_id)
        if key is None or not compare_digest(digest, key.hash) or not key.usable(now):
            tried()
            if key_id and key is None:
                # It may have been made a moment ago.
                self._hold(await self._current.anew())
                key = self._keys.get(key_id)
        known = compare_digest(digest, key.hash if key else b"")
        if key is None or not known:
            raise BadKey("the key is not one of this service's: look for a misspelling.", INVALID)
        if key.revoked is not None:
            raise RevokedKey(f"the key {key.id} was revoked: ask for another one.", INVALID, key.id)
        if key.expired(now):
            raise ExpiredKey(f"the key {key.id} has expired: ask for another one.", INVALID, key.id)
        self._good[digest] = key
        return key

    def _hold(self, keys: Mapping[str, Key]) -> None:
        if keys is not self._keys:
            self._keys = keys
            self._good.clear()

    def _all(self) -> dict[str, Key]:
        keys: Sequence[Key] = self._store.looked_up(lambda store: store.all(), ())
        return {key.id: key for key in keys}
