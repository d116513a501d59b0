"""Where the pages of the registry are, for tests that look at each of them."""

from __future__ import annotations

from dash_app.pages import PAGES
from dash_app.visit import Page

ARGUMENTS = {"title_id": "t-dark"}
"""What stands for the names in braces of paths: things that the small service has."""


def path_of(page: Page) -> str:
    """A path of the page that has something to show."""
    return page.at(**ARGUMENTS)


def menu() -> list[str]:
    """The paths of all pages, each once."""
    return [path_of(page) for page in PAGES]
