"""A key with which the platform asks its own API, where that asks for keys.

Its text is in the memory of the process that uses it and nowhere else; it holds for an hour, in
every process and replica that shares the database of state.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import httpx
from typing_extensions import override

from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Keys, opened

LASTING = timedelta(hours=1)
RENEWED = LASTING.total_seconds() / 2


class OwnKey(httpx.Auth):
    """Presents a key with each request: lent when it is needed, and again before its time is over.

    One that is refused (its time ended by a clock that was set, somebody revoked it, the database
    was restored) is replaced, and the request sent once more. No key is presented where the API
    needs none.
    """

    def __init__(self, settings: Settings, name: str, scope: str) -> None:
        self._settings = settings
        self._name = name
        self._scope = scope
        self._id = ""
        self._text = ""
        self._renew_at = float("-inf")
        self._lent_at = datetime.now(UTC)

    @override
    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send the request, twice at most."""
        if not self._settings.keys_required:
            yield request
            return
        # It ends by the time of day, which may be set.
        by_clock = (datetime.now(UTC) - self._lent_at).total_seconds()
        if time.monotonic() > self._renew_at or not 0 <= by_clock < RENEWED:
            await self._renew()
        self._present(request)
        answer = yield request
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            await self._renew()
            self._present(request)
            yield request

    def _present(self, request: httpx.Request) -> None:
        request.headers["Authorization"] = f"Bearer {self._text}"

    async def _renew(self) -> None:
        before, lent_at = self._id, datetime.now(UTC)
        self._id, self._text = await asyncio.to_thread(self._lend, before)
        self._renew_at, self._lent_at = time.monotonic() + RENEWED, lent_at

    async def give_back(self) -> None:
        """Take it away."""
        if self._id:
            await asyncio.to_thread(self._take_away, self._id)

    def _lend(self, before: str) -> tuple[str, str]:
        with opened(self._settings) as engine:
            keys = Keys(engine)
            key, text = keys.lend(self._name, {self._scope}, LASTING)
            if before:
                keys.give_back(before)
        return key.id, text

    def _take_away(self, key_id: str) -> None:
        with opened(self._settings) as engine:
            Keys(engine).give_back(key_id)
