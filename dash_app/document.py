"""The HTML document around a view: it shows its numbers before any script has run.

The view is in the document as it is; Dash's scripts, deferred, adopt it and from then on replace
only what changes. Scripts and styles are the program's own (`asset_files`), and none stands in it.
"""

import json
import re

from dash import Dash

from dash_app.asset_files import AssetFile, AssetFiles
from dash_app.labels import LabelsFile
from dash_app.markup import Html, element, fragment

ENTRY = "react-entry-point"
"""The element that Dash draws in; it stands behind the view."""
WHOLE = element("link", rel="expect", href=f"#{ENTRY}", blocking="render")
"""Has the first paint wait for the whole view: columns of half a table move when the rest comes."""
THEMES = ("light", "dark")
"""What may be chosen in place of what the machine says."""
TOLD = frozenset({"python_version", "dash_version_url"})
"""What Dash would tell every visitor, and none needs."""


class Document:
    """Documents of one Dash app, which has its layout and its callbacks by now."""

    def __init__(self, dash: Dash, files: AssetFiles, labels: LabelsFile) -> None:
        self._files = files
        self._labels = labels
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
            element("link", rel="icon", href=files.address(files.icon), type="image/svg+xml"),
            [
                element("link", rel="stylesheet", href=files.address(file), **files.checked(file))
                for file in files.styles
            ],
        )
        self._scripts = fragment(
            [self._script(file) for file in files.scripts],
            self._script(
                files.explore,
                data_bundle=files.address(files.plotly),
                data_integrity=files.checked(files.plotly).get("integrity"),
            ),
        )
        self._entry = fragment(
            element("div", id=ENTRY),
            element(
                "script",
                Html(json.dumps(config).replace("<", "\\u003c")),
                id="_dash-config",
                type="application/json",
            ),
        )

    def around(self, view: Html, theme: str | None = None) -> Html:
        """The whole document that shows a view at first; `theme` is one of THEMES, or neither."""
        return Html(self.opening(theme) + self.rest(view))

    def opening(self, theme: str | None = None) -> Html:
        """What stands before its title: all that is the same for every view."""
        return Html(f"{self._begun(theme)}{self._head}{WHOLE}{self._scripts}")

    def rest(self, view: Html) -> Html:
        """Its title, and the view."""
        heading = re.search(r'data-title="([^"]*)"', view)
        title = Html(heading[1]) if heading else self._labels.labels.product
        body = element("div", view, id="first-view")
        return Html(f"{element('title', title)}</head><body>{body}{self._entry}</body></html>")

    def plain(self, heading: str, content: Html, theme: str | None = None) -> Html:
        """A document that needs no script."""
        title = element("title", f"{heading} · {self._labels.labels.product}")
        body = element("body", content)
        return Html(f"{self._begun(theme)}{title}{self._head}</head>{body}</html>")

    def _script(self, file: AssetFile, **attributes: str | None) -> Html:
        address, checked = self._files.address(file), self._files.checked(file)
        return element("script", src=address, defer=True, **checked, **attributes)

    def _begun(self, theme: str | None) -> str:
        """The document up to its head."""
        html = element("html", lang="en", data_theme=theme if theme in THEMES else None)
        return f"<!DOCTYPE html>{html.removesuffix('</html>')}<head>"
