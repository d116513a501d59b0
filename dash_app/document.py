"""The HTML document around a view: it shows its numbers before any script has run.

The view is in the document as it is; Dash's scripts, deferred, adopt it and from then on replace
only what changes. Nothing in the document comes from elsewhere, and no script stands in it.
"""

import hashlib
import json
import re
import sys
from functools import cached_property
from importlib.resources import files
from pathlib import Path

import brotli
from dash import Dash

from dash_app.labels import LabelsFile
from dash_app.markup import Html, element, fragment

ASSETS = Path(__file__).parent / "assets"
STYLES = ("tokens.css", "layout.css", "panels.css", "charts.css")
SCRIPTS = (
    *("calendar.js", "chart.js", "picture.js", "live.js", "menu.js", "print.js", "view.js"),
    "vitals.js",
)
BOOT = "boot.js"
THEMES = ("light", "dark")
"""What may be chosen in place of what the machine says."""
EXPLORE = "explore.js"

SUITES = ("/dash/deps/react", "/dash/deps/prop-types", "/dash/dash-renderer/")
"""Of Dash's scripts, React and the renderer: no page uses a component suite of Dash's so far."""
TOLD = frozenset({"python_version", "dash_version_url"})
"""What Dash would tell every visitor, and none needs."""
READY = Path(sys.prefix) / "share" / "netflix-pipeline" / "plotly.js.br"
QUALITY = 5
"""Of the compression where somebody waits for it."""


class Bundle:
    """Plotly's script as it travels: compressed once, under an address that changes with it.

    `scripts/plotly-bundle`, a part of `make setup`, puts it beside the environment's packages: of
    what npm offers the smaller one that has only charts with axes, or else that of the installed
    package. Where that was never run, the package's own is compressed at the first question.
    """

    PATH = "/assets/plotly.js"

    @property
    def address(self) -> str:
        """Its address; what is found there may be kept for good."""
        return f"{self.PATH}?v={self._version}"

    @cached_property
    def compressed(self) -> bytes:
        """The script, brotli-compressed."""
        if READY.is_file():
            return READY.read_bytes()
        return bytes(brotli.compress(self._installed.read_bytes(), quality=QUALITY))

    @cached_property
    def plain(self) -> bytes:
        """The script for browsers that do not take brotli."""
        return bytes(brotli.decompress(self.compressed))

    @cached_property
    def _version(self) -> str:
        source = READY if READY.is_file() else self._installed
        return hashlib.blake2b(source.read_bytes(), digest_size=6).hexdigest()

    @property
    def _installed(self) -> Path:
        return Path(str(files("plotly"))) / "package_data" / "plotly.min.js"


class Document:
    """Documents of one Dash app, which has its layout and its callbacks by now."""

    def __init__(self, dash: Dash, bundle: Bundle, labels: LabelsFile) -> None:
        self._labels = labels
        suites = [
            source
            for source in re.findall(r'<script src="([^"]+)">', dash._generate_scripts_html())  # noqa: SLF001
            if any(suite in source for suite in SUITES)
        ]
        config = {
            name: value
            for name, value in dash._config().items()  # type: ignore[no-untyped-call]  # noqa: SLF001
            if name not in TOLD
        }
        self._head = fragment(
            element("meta", charset="utf-8"),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("meta", name="description", content="How the service is being watched."),
            element("link", rel="icon", href=_asset("icon.svg"), type="image/svg+xml"),
            [element("link", rel="stylesheet", href=_asset(name)) for name in STYLES],
        )
        self._scripts = fragment(
            [
                element("script", src=source, defer=True)
                for source in (*suites, *map(_asset, SCRIPTS), _asset(BOOT))
            ],
            element("script", src=_asset(EXPLORE), defer=True, data_bundle=bundle.address),
        )
        self._entry = fragment(
            element("div", id="react-entry-point"),
            element(
                "script",
                Html(json.dumps(config).replace("<", "\\u003c")),
                id="_dash-config",
                type="application/json",
            ),
        )

    def around(self, view: Html, theme: str | None = None) -> Html:
        """The whole document that shows a view at first; `theme` is one of THEMES, or neither."""
        heading = re.search(r'data-title="([^"]*)"', view)
        title = Html(heading[1]) if heading else self._labels.labels.product
        body = fragment(element("div", view, id="first-view"), self._entry)
        return self._whole(
            fragment(element("title", title), self._head, self._scripts), body, theme
        )

    def plain(self, heading: str, content: Html, theme: str | None = None) -> Html:
        """A document that needs no script."""
        title = element("title", f"{heading} · {self._labels.labels.product}")
        return self._whole(fragment(title, self._head), content, theme)

    def _whole(self, head: Html, body: Html, theme: str | None) -> Html:
        chosen = theme if theme in THEMES else None
        html = element(
            "html", element("head", head), element("body", body), lang="en", data_theme=chosen
        )
        return Html(f"<!DOCTYPE html>{html}")


def _asset(name: str) -> str:
    """The address of an asset: another one whenever the file changes, so it is kept for good."""
    digest = hashlib.blake2b((ASSETS / name).read_bytes(), digest_size=6).hexdigest()
    return f"/assets/{name}?v={digest}"
