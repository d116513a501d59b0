"""A browser's requests to the dashboard without a server between, and where its pages are."""

import asyncio
import csv
import io
import re
from html import unescape
from typing import Any

import httpx
from fastapi import FastAPI

from dash_app.page_request import DashboardPage

ARGUMENTS = {"title_id": "t-dark", "series_id": "saga"}
"""What stands for the names in braces of paths: things that the small service has."""
CHOSEN = {"person": "u1"}
"""What must be chosen for a page to have something to show."""


class Client:
    """Asks an app at a URL, from an address, with its cookies."""

    def __init__(
        self,
        app: FastAPI,
        base_url: str = "http://localhost",
        address: str = "127.0.0.1",
        cookies: dict[str, str] | None = None,
    ) -> None:
        self._cookies = cookies
        self._transport = httpx.ASGITransport(app, client=(address, 50_000))
        self._base_url = base_url

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("GET", path, **options)

    def ask(
        self, method: str, path: str, cookies: dict[str, str] | None = None, **options: Any
    ) -> httpx.Response:
        if cookies := cookies or self._cookies:
            told = "; ".join(f"{name}={value}" for name, value in cookies.items())
            options["headers"] = {**options.get("headers", {}), "Cookie": told}

        async def asked() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=self._transport, base_url=self._base_url
            ) as client:
                return await client.request(method, path, **options)

        return asyncio.run(asked())


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    """The rows of a CSV that was taken along."""
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def address_of(page: DashboardPage, query: str = "") -> str:
    """An address of the page at which there is something to see, with a query's further names."""
    told = [f"{name}={value}" for name, value in CHOSEN.items() if name in page.own]
    told += [query] if query else []
    return page.at(**ARGUMENTS) + (f"?{'&'.join(told)}" if told else "")


def cards(html: str) -> dict[str, str]:
    """What the cards of a page say, by their labels."""
    found = re.findall(r"<article[^>]*><h3>(.*?)</h3>.*?class=\"value\">(.*?)</p>", html)
    return {unescape(label): unescape(value) for label, value in found}
