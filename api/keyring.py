"""The keys that open something, held in memory as of less than a second ago.

All of them are read at once, not one by one as they are presented: a forged key never reaches the
database, and a good one costs a hash.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from hmac import compare_digest

from sqlalchemy import Engine

from api.refusals import BadKey, ExpiredKey, KeysUnavailable, RevokedKey
from netflix_pipeline.background import repeating
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import open_state, state_exists
from netflix_pipeline.state.key_text import hash_of, id_of
from netflix_pipeline.state.keys import Key, Keys

AHEAD, FRESH = 0.4, 0.8
"""Seconds after which keys are read again beside requests, and after which those wait for it."""
AGAIN = 0.1
"""Seconds that lie between the beginnings of two readings."""
PATIENCE = 0.25
"""Seconds that a request waits for a database that does not answer."""
GRACE = 30.0
"""Seconds for which keys hold that cannot be read again."""
LOOK_EVERY = 1.0
"""Seconds between two looks whether keys could be read."""
INVALID = ', error="invalid_token"'


class Keyring:
    """Tells which key a text is. Only the event loop's thread asks it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._engine: Engine | None = None
        self._keys: dict[str, Key] = {}
        # By hash, those that were presented since the last reading and are good.
        self._good: dict[bytes, Key] = {}
        self._read_at = self._begun_at = float("-inf")
        self._reading: asyncio.Task[None] | None = None
        self._failure: BaseException | None = None

    async def key(self, text: bytes) -> Key:
        """The key of that text.

        Raises BadKey for what is none, without telling which ids there are; ExpiredKey, RevokedKey;
        KeysUnavailable when it cannot be known.
        """
        age = time.monotonic() - self._read_at
        if age > AHEAD:
            reading = self._begin()
            if age > FRESH:
                await self._wait(reading)
        digest = hash_of(text)
        return self._good.get(digest) or await self._checked(text, digest)

    def following(self) -> AbstractAsyncContextManager[None]:
        """Meanwhile, keys that could not be read are read again, also while nobody presents any."""
        return repeating("keys", self._look, LOOK_EVERY, grace=GRACE)

    async def _look(self) -> None:
        if self._failure is not None:
            await self._begin()
        if self._failure is not None:
            raise self._failure

    async def _checked(self, text: bytes, digest: bytes) -> Key:
        key_id = id_of(text)
        if key_id is not None and key_id not in self._keys:
            # It may have been made a moment ago; forged ones wait, and share a few looks a second.
            await asyncio.sleep(self._begun_at + AGAIN - time.monotonic())
            await self._wait(self._begin())
        key = self._keys.get(key_id or "")
        known = compare_digest(digest, key.hash if key else b"")
        if key is None or not known:
            raise BadKey("the key is not one of this service's: look for a misspelling.", INVALID)
        if key.revoked is not None:
            raise RevokedKey(f"the key {key.id} was revoked: ask for another one.", INVALID, key.id)
        if key.expired(datetime.now(UTC)):
            raise ExpiredKey(f"the key {key.id} has expired: ask for another one.", INVALID, key.id)
        self._good[digest] = key
        return key

    def _begin(self) -> asyncio.Task[None]:
        """A reading that is under way, or has just ended."""
        if self._reading is None or (
            self._reading.done() and time.monotonic() - self._begun_at >= AGAIN
        ):
            self._begun_at = time.monotonic()
            self._reading = asyncio.create_task(self._read())
        return self._reading

    async def _wait(self, reading: asyncio.Task[None]) -> None:
        if not reading.done():  # what has ended may be of an event loop that is closed
            await asyncio.wait((reading,), timeout=PATIENCE)
        if time.monotonic() - self._read_at > GRACE:
            raise KeysUnavailable("keys cannot be looked up just now: try again in a moment.")

    async def _read(self) -> None:
        begun = self._begun_at
        try:
            self._keys = await asyncio.to_thread(self._all)
            self._good.clear()
        except Exception as error:  # noqa: BLE001 - told by `following`
            self._failure = error
        else:
            self._failure = None
            self._read_at = begun

    def _all(self) -> dict[str, Key]:
        if self._engine is None:
            if not state_exists(self._settings):
                return {}
            self._engine = open_state(self._settings)
        return {key.id: key for key in Keys(self._engine).all()}
