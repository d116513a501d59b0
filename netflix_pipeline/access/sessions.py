"""Who is signed in, by the token that their browser brings with each request.

Sessions are looked up in memory, see `state.polling_cache`; a token that was never given is known
by its signature, and asks no database. One that was ended is worth nothing: here at once, in other
processes within a second.
"""

import asyncio
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property

from itsdangerous import BadSignature, Signer

from netflix_pipeline.background import repeating
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import OpenStore, Passwords, state_exists
from netflix_pipeline.state.polling_cache import PollingCache
from netflix_pipeline.state.sessions import Session, Sessions

NOTED = timedelta(minutes=1)
"""How old the last use is that is noted, at most; or a hundredth of the time without use."""
EVERY = 15.0
"""Seconds between two times of writing that down, at most."""
RANDOM_BYTES = 32
WRITTEN = re.compile(r"[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]{64}")
"""A token: what is random, and its signature, in which the library would skip other signs."""


class SignedIn:
    """The sessions of a home. Only the event loop's thread asks it.

    Every method raises Transient where the database of state is away: of what is known it goes on
    for 30 seconds; DamagedFile where the passwords cannot be read.
    """

    def __init__(self, settings: Settings, passwords: Passwords) -> None:
        self._settings = settings
        self._passwords = passwords
        self.idle = timedelta(hours=settings.session_idle_hours)
        self.lasting = timedelta(days=settings.session_days)
        self._noted = min(NOTED, self.idle / 100)
        self._store = OpenStore(settings, Sessions)
        self._current = PollingCache(self._all, "sessions")
        # Ended here since the reading that is held: when, by the monotonic clock.
        self._ended: dict[bytes, float] = {}
        self._used: dict[bytes, datetime] = {}

    async def name(self, token: str, *, using: bool = True) -> str | None:
        """Whose session it is, None where it is nobody's; it is used by that unless told so."""
        digest = self._digest(token)
        if digest is None:
            return None
        known = await self._current.get()
        if digest not in known and digest not in self._ended:
            known = await self._current.anew()  # it may have begun elsewhere a moment ago
        session = self._goes_on(known.get(digest))
        if session is not None and using:
            self._note(session)
        return None if session is None else session.name

    async def begin(self, name: str, password_hash: str) -> str:
        """The token of a new session, which began with the password of that hash."""
        token = self._signer().sign(secrets.token_urlsafe(RANDOM_BYTES)).decode()
        digest = self._digest(token)
        assert digest is not None
        password = self._piece(password_hash)
        await asyncio.to_thread(lambda: self._store.get().begin(digest, name, password))
        return token

    async def end(self, token: str) -> None:
        """End a session, for every process; nothing where it is none."""
        digest = self._digest(token)
        if digest is not None and state_exists(self._settings):
            await asyncio.to_thread(lambda: self._store.get().end(digest))
            held = self._current.read_at
            self._ended = {each: at for each, at in self._ended.items() if at >= held}
            self._ended[digest] = time.monotonic()

    def _goes_on(self, session: Session | None) -> Session | None:
        if session is None or session.digest in self._ended:
            return None
        password = self._passwords.hashes.get(session.name)
        if password is None or not hmac.compare_digest(session.password, self._piece(password)):
            return None
        return session if session.lives(datetime.now(UTC), self.idle, self.lasting) else None

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Meanwhile, the last uses are written down, and sessions read again that could not be."""
        async with (
            self._passwords.following(),
            self._current.following(),
            repeating("session-uses", self._write_down, min(EVERY, self._noted.total_seconds())),
        ):
            yield
        self._store.close()

    def _note(self, session: Session) -> None:
        """Remember that it is used now."""
        now = datetime.now(UTC)
        if abs(now - self._used.get(session.digest, session.used)) >= self._noted:
            self._used[session.digest] = now

    async def _write_down(self) -> None:
        used, self._used = self._used, {}
        if used:
            try:
                await asyncio.to_thread(lambda: self._store.get().used(used))
            except BaseException:
                self._used = used | self._used
                raise

    def _all(self) -> Mapping[bytes, Session]:
        return self._store.looked_up(lambda sessions: sessions.all(), {})

    def _digest(self, token: str) -> bytes | None:
        """What is kept of a token; None where no such token was ever given."""
        if not WRITTEN.fullmatch(token):
            return None
        try:
            chance = self._signer().unsign(token)
        except BadSignature:
            return None
        return hmac.digest(self._key, b"token." + chance, hashlib.sha256)

    def _signer(self) -> Signer:
        # 48 bytes are 64 signs of base64, without a bit to spare that could be changed.
        return Signer(self._key, "session", ".", "hmac", hashlib.sha384)

    def _piece(self, password_hash: str) -> bytes:
        message = b"password." + password_hash.encode()
        return hmac.digest(self._key, message, hashlib.sha256)

    @cached_property
    def _key(self) -> bytes:
        return self._passwords.key()
