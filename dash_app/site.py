"""Every view of the site as a function of its address and the current snapshot."""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import dataclass

from dash_app.filters import Filters
from dash_app.markup import Html
from dash_app.pages import overview
from dash_app.panels import message
from dash_app.panels.frame import framed
from netflix_pipeline.errors import BadInput
from netflix_pipeline.serving import NoSnapshot, Queries, Snapshots

log = logging.getLogger(__name__)

PAGES = {overview.PATH: (overview.HEADING, overview.overview)}
"""Heading and content of every page, by path."""
KEPT = 128
"""Views that are kept."""
UNREADABLE = "A newer snapshot cannot be read; these numbers are of the last good one."


@dataclass(frozen=True)
class View:
    """A rendered view and the HTTP status that it stands for."""

    html: Html
    status: int = 200


class Site:
    """Renders views; each comes from one snapshot from beginning to end. For many threads."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots
        self._views: OrderedDict[tuple[str, str, Filters], View] = OrderedDict()

    def state(self) -> str:
        """Which published state is shown now: changes whenever a view may look different."""
        held = self._snapshots.held
        return f"{held.info.version if held else 0}{'!' if self._snapshots.problem else ''}"

    def render(self, path: str, query: str) -> View:
        """The view at an address. Whatever goes wrong is told in a view of its own."""
        try:
            return self._rendered(path, query)
        except Exception:
            log.exception("the view %s%s failed", path, query)
            content = message.failed(path if path in PAGES else "/")
            return View(framed("Error", content, state=self.state(), info=None), 500)

    def _rendered(self, path: str, query: str) -> View:
        if path not in PAGES:
            content = message.missing(path)
            return View(framed("Not found", content, state=self.state(), info=None), 404)
        heading, page = PAGES[path]
        try:
            queries = Queries(self._snapshots.current())
        except NoSnapshot:
            problem = self._snapshots.problem
            content = message.nothing_yet()
            return View(framed(heading, content, state=self.state(), info=None, problem=problem))
        info, state = queries.info(), self.state()
        problem = UNREADABLE if self._snapshots.problem else None
        try:
            filters = Filters.parse(query)
            key = (f"{info.version} {state}", path, filters)
            view = self._views.get(key)
            if view is None:
                content = page(queries, filters) if info.data_to else message.no_plays()
                view = View(framed(heading, content, state=state, info=info, problem=problem))
                self._keep(key, view)
            return view  # noqa: TRY300 (what it may raise lies above)
        except BadInput as error:
            content = message.refused(str(error), path)
            return View(framed(heading, content, state=state, info=info), 422)

    def _keep(self, key: tuple[str, str, Filters], view: View) -> None:
        self._views[key] = view
        while len(self._views) > KEPT:
            self._views.popitem(last=False)
