"""Where the pages of the registry are, for tests that look at each of them."""

from __future__ import annotations

from dash_app.pages import PAGES
from dash_app.visit import Page

ARGUMENTS = {"title_id": "t-dark"}
"""What stands for the names in braces of paths: things that the small service has."""
CHOSEN = {"person": "u1"}
"""What must be chosen for a page to have something to show."""


def address_of(page: Page, query: str = "") -> str:
    """An address of the page at which there is something to see, with a query's further names."""
    told = [f"{name}={value}" for name, value in CHOSEN.items() if name in page.own]
    told += [query] if query else []
    return page.at(**ARGUMENTS) + (f"?{'&'.join(told)}" if told else "")


def menu() -> list[str]:
    """The addresses of all pages, each once."""
    return [address_of(page) for page in PAGES]
