"""Requests with keys, and keys as they are needed."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import update

from netflix_pipeline.settings import Settings
from netflix_pipeline.state import open_state
from netflix_pipeline.state.keys import KEYS, SCOPES, Keys


class Client:
    """Sends requests to an application; each may present a key."""

    def __init__(self, app: FastAPI, host: str = "localhost", client: str = "127.0.0.1") -> None:
        self.app = app
        self._transport = httpx.ASGITransport(
            app, raise_app_exceptions=False, client=(client, 50000)
        )
        self._base = f"http://{host}"

    def __call__(
        self, path: str, key: str | None = None, method: str = "GET", **options: Any
    ) -> httpx.Response:
        headers = dict(options.pop("headers", {}))
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        return asyncio.run(self._ask(method, path, headers, options))

    async def _ask(
        self, method: str, path: str, headers: dict[str, str], options: dict[str, Any]
    ) -> httpx.Response:
        async with httpx.AsyncClient(transport=self._transport, base_url=self._base) as client:
            return await client.request(method, path, headers=headers, **options)


class Made:
    """Keys of a home, made as they are asked for."""

    def __init__(self, settings: Settings) -> None:
        self._engine = open_state(settings)
        self.keys = Keys(self._engine)
        self.ids: dict[str, str] = {}

    def __call__(self, *scopes: str, **told: Any) -> str:
        """The text of a new key with those scopes, all if none."""
        key, text = self.keys.create("test", scopes or tuple(SCOPES), **told)
        self.ids[text] = key.id
        return text

    def expired(self, *scopes: str) -> str:
        """The text of a key whose time has just run out."""
        text = self(*scopes, expires=datetime.now(UTC) + timedelta(days=1))
        with self._engine.begin() as connection:
            connection.execute(
                update(KEYS)
                .where(KEYS.c.id == self.ids[text])
                .values(expires=datetime.now(UTC) - timedelta(seconds=1))
            )
        return text

    def revoked(self, *scopes: str) -> str:
        """The text of a revoked key."""
        text = self(*scopes)
        self.keys.revoke(text)
        return text

    def close(self) -> None:
        self._engine.dispose()
