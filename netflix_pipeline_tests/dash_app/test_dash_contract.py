"""What of Dash is not promised, and the document rests on all the same."""

import re
from pathlib import Path

import dash
import pytest
from dash import Dash
from fastapi import FastAPI

from dash_app.app import create_app
from dash_app.asset_files import SUITES
from dash_app.component import View
from dash_app.document import TOLD
from dash_app.pages import PAGES
from netflix_pipeline.settings import Settings


@pytest.fixture(scope="module")
def stock() -> Dash:
    """A Dash app as its users make one."""
    app = Dash(__name__, server=False, backend="fastapi", add_log_handler=False)
    app.init_app(FastAPI())
    app.layout = View(id="view")
    return app


def test_dash_tells_its_scripts_as_elements_with_a_source(stock: Dash) -> None:
    scripts = re.findall(r'<script src="([^"]+)">', stock._generate_scripts_html())
    for suite in SUITES:
        assert any(suite in script for script in scripts), suite


def test_dash_tells_its_renderer_where_to_ask_and_the_visitor_too_much(stock: Dash) -> None:
    config = stock._config()  # type: ignore[no-untyped-call]
    assert config.keys() >= {"url_base_pathname", "requests_pathname_prefix", "ui"}
    assert config.keys() >= TOLD


def test_every_page_is_registered_with_dash(tmp_path: Path) -> None:
    create_app(Settings(home=tmp_path))
    registered = [(page["path_template"], page["name"]) for page in dash.page_registry.values()]
    assert ("/titles/<title_id>", "Title") in registered
    assert [name for _, name in registered] == [page.heading for page in PAGES]
