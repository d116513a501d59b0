"""Every view of the site as a function of its address and the current snapshot."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from dash_app import locales
from dash_app.access import visitor
from dash_app.filters import Filters
from dash_app.kept import Kept
from dash_app.markup import Html, fragment
from dash_app.notebook import Notebook
from dash_app.pages import PAGES
from dash_app.panels import message
from dash_app.panels.frame import Frame, framed
from dash_app.panels.notes import notes
from dash_app.panels.picker import picker
from dash_app.visit import Page, Visit
from netflix_pipeline.errors import BadInput
from netflix_pipeline.serving import NoSnapshot, NotFound, Queries, Snapshots

log = logging.getLogger(__name__)

KEPT = 256
"""Views that are kept."""
UNREADABLE = "A newer snapshot cannot be read; these numbers are of the last good one."


@dataclass(frozen=True)
class View:
    """A rendered view and the HTTP status that it stands for."""

    html: Html
    status: int = 200


class Site:
    """Renders views; each comes from one snapshot from beginning to end. For many threads."""

    def __init__(
        self, snapshots: Snapshots, notebook: Notebook | None = None, pages: Sequence[Page] = PAGES
    ) -> None:
        self._snapshots = snapshots
        self._notebook = notebook
        self._pages = pages
        self._contents: Kept[Html] = Kept(KEPT)

    def state(self) -> str:
        """Which published state is shown now: changes whenever a view may look different."""
        held = self._snapshots.held
        problem = "!" if self._snapshots.problem else ""
        revision = self._notebook.revision if self._notebook else ""
        return f"{held.info.version if held else 0}{problem}{'~' if revision else ''}{revision}"

    def render(self, path: str, query: str) -> View:
        """The view at an address, as it stands there: parts of the path are percent-encoded.

        Whatever goes wrong is told in a view of its own.
        """
        try:
            return self._rendered(path, query)
        except Exception:
            log.exception("the view %s%s failed", path, query)
            found = self._page(path) is not None
            frame = Frame(self.state(), self._menu(Filters()))
            return View(framed("Error", frame, message.failed(path if found else "/")), 500)

    def refused(self, reason: str, back: str, status: int) -> View:
        """A view that says why something was not done, and leads back to an address."""
        frame = Frame(self.state(), self._menu(Filters()), visitor=visitor())
        return View(framed("Not done", frame, message.not_done(reason, back)), status)

    def _rendered(self, path: str, query: str) -> View:
        found = self._page(path)
        if found is None:
            frame = Frame(self.state(), self._menu(Filters()))
            return View(framed("Not found", frame, message.missing(path)), 404)
        page, arguments = found
        try:
            queries = Queries(self._snapshots.current())
        except NoSnapshot:
            frame = Frame(
                self.state(), self._menu(Filters()), path, problem=self._snapshots.problem
            )
            return View(framed(page.heading, frame, message.nothing_yet()))
        info, filters = queries.info(), Filters()
        try:
            filters = Filters.parse(query, page.own)
            said = self._notebook.pages if self._notebook else ()
            visit = Visit(page, path, filters, queries, arguments, said)
            content, status = self._content(visit), 200
        except NotFound as error:
            content, status = message.missing(path, str(error)), 404
        except BadInput as error:
            content, status = message.refused(str(error), path), 422
        frame = Frame(
            self.state(),
            self._menu(filters),
            path + filters.carried().query(),
            info,
            UNREADABLE if self._snapshots.problem else None,
            page.live,
            visitor(),
        )
        return View(framed(page.heading, frame, content), status)

    def _content(self, visit: Visit) -> Html:
        """What the page shows below its heading; kept, but for pages that change by themselves."""

        def made() -> Html:
            if not visit.info.data_to:
                return message.no_plays()
            noted = notes(visit) if "period" in visit.page.takes else None
            return fragment(picker(visit), visit.page.content(visit), noted)

        if visit.page.live:
            return made()
        revision = self._notebook.revision if self._notebook else ""
        locale = str(locales.current())
        key = visit.info.version, revision, visit.path, visit.filters, locale
        return self._contents.get(key, made)

    def _page(self, path: str) -> tuple[Page, dict[str, str]] | None:
        for page in self._pages:
            arguments = page.match(path)
            if arguments is not None:
                return page, arguments
        return None

    def _menu(self, filters: Filters) -> list[tuple[str, str]]:
        """Address and heading of every page in the navigation; filters are taken along."""
        query = filters.carried().query()
        return [(page.path + query, page.heading) for page in self._pages if page.in_menu]
