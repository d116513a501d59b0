"""The one Dash component of the app: the part of the page that shows a view."""

from dash.development.base_component import Component


class View(Component):
    """Shows a view's HTML; drawn by `assets/view.js`.

    `asked` is written by the browser: `{"n": 3, "path": "/", "query": "?period=7d"}`. The answer
    to it is `{"n": 3, "html": "…"}`; what differs from the HTML that stands there is put in place.
    """

    _namespace = "dash_app"
    _type = "View"
    _prop_names = ["id", "asked", "answer"]  # noqa: RUF012 (as Dash declares them)
    _base_nodes = []  # noqa: RUF012
    _children_props = []  # noqa: RUF012
    _valid_wildcard_attributes = []  # noqa: RUF012

    def __init__(self, id: str) -> None:  # noqa: A002 (Dash's own word)
        super().__init__(id=id)  # type: ignore[no-untyped-call]
