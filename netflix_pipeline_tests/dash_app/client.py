"""A browser's requests to the dashboard, without a server between."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI


class Client:
    """Asks an app at a URL, from an address."""

    def __init__(
        self, app: FastAPI, base_url: str = "http://localhost", address: str = "127.0.0.1"
    ) -> None:
        self._transport = httpx.ASGITransport(app, client=(address, 50_000))
        self._base_url = base_url

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("GET", path, **options)

    def ask(
        self, method: str, path: str, cookies: dict[str, str] | None = None, **options: Any
    ) -> httpx.Response:
        if cookies:
            told = "; ".join(f"{name}={value}" for name, value in cookies.items())
            options["headers"] = {**options.get("headers", {}), "Cookie": told}

        async def asked() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=self._transport, base_url=self._base_url
            ) as client:
                return await client.request(method, path, **options)

        return asyncio.run(asked())
