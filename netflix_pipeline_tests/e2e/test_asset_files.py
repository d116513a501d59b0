"""Scripts and styles from another origin, in a real browser."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect
from typing_extensions import override

from dash_app import asset_files
from netflix_pipeline_tests.support.browser import ready, without_complaints
from netflix_pipeline_tests.support.processes import dashboard
from netflix_pipeline_tests.support.service import Service


class OfAnySite(SimpleHTTPRequestHandler):
    """A folder that pages of other origins may load from."""

    @override
    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    @override
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def origin(folder: Path) -> Iterator[str]:
    """Where a folder is served meanwhile."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(OfAnySite, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_a_page_works_with_files_from_elsewhere_and_takes_none_that_was_changed(
    first_page: Page,
    browser: Browser,
    service: Service,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "files"
    monkeypatch.setattr("sys.argv", ["asset_files", str(folder)])
    asset_files.main()
    asked: list[Request] = []
    first_page.on("request", lambda request: asked.append(request))  # noqa: PLW0108 - a builtin cannot be heard by
    with origin(folder) as cdn:
        settings = service.settings.model_copy(update={"assets_url": cdn})
        with dashboard(settings, tmp_path / "dashboard.log") as (address, _):
            with without_complaints(first_page, address, cdn):
                ready(first_page, f"{address}/?period=7d")
                first_page.locator("#panel-trend").get_by_text("Explore").click()
                expect(first_page.locator("dialog .main-svg").first).to_be_visible()
            files = [each.url for each in asked if each.resource_type in ("script", "stylesheet")]
            assert len(files) > 15
            assert all(url.startswith(f"{cdn}/") for url in files)

            (script,) = folder.glob("view.*.js")
            script.write_text("document.title = 'taken'", encoding="utf-8")
            with browser.new_context() as context:
                page = context.new_page()
                said: list[str] = []
                page.on("console", lambda message: said.append(message.text))
                page.goto(f"{address}/?period=7d")
                expect(page.locator(".card .value").first).to_be_visible()
                assert page.title() != "taken"
                assert any(script.name in each and "integrity" in each for each in said)
