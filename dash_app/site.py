"""Every view of the site as a function of its address and the current snapshot."""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from dash_app import formats, labels, locales
from dash_app.access import visitor
from dash_app.alerting import owner_of
from dash_app.annotations import Notebook
from dash_app.cached_queries import Answers, CachedQueries
from dash_app.filters import ViewState, mended
from dash_app.labels import Labels, LabelsFile, called_by
from dash_app.live_window import Now
from dash_app.markup import Html, fragment
from dash_app.page_request import DashboardPage, Pace, Visit
from dash_app.pages import PAGES, viewing
from dash_app.panels import message
from dash_app.panels.filter_bar import picker
from dash_app.panels.notes import notes
from dash_app.panels.page_frame import FIGURES, Frame, framed
from dash_app.panels.panel import EXPORTS, WHOLE, Panel, aside
from dash_app.single_flight_cache import SingleFlightCache, size
from netflix_pipeline import time_zones
from netflix_pipeline.business_alerts.receivers import NOBODY_TOLD, AlertReceivers
from netflix_pipeline.errors import BadInput, DamagedFile, Transient, panics_raised
from netflix_pipeline.monitoring import AlertReport, ObjectiveReport
from netflix_pipeline.serving import NoSnapshot, NotFound, SnapshotInfo, Snapshots, Source
from netflix_pipeline.serving.query.periods import WeekStart
from netflix_pipeline.serving.questions.headline import HeadlineQuestion
from netflix_pipeline.serving.questions.user import only_household
from netflix_pipeline.state import NOBODY, Bookmark

log = logging.getLogger(__name__)

KEPT = 256
"""Views that are kept."""
ANSWERS_KEPT = 2048
"""Answers that are kept, for views that were not asked for before: some ten of each."""
MEGABYTES = 64
"""Of views and answers that are kept, where nothing else is said: half of each."""
KEPT_LIVE = 16
"""Views of pages that change by themselves that are kept: many look at the same ones."""
OLD = (
    "These numbers are old: they were published at {built}, and a newer publication was due after "
    "{hours:g} hours. `netflix-pipeline status` tells what is pending."
)
UNREADABLE = "A newer snapshot cannot be read; these numbers are of the last good one."


@dataclass(frozen=True)
class RenderedView:
    """A rendered view, the HTTP status that it stands for, and its own address where it has one."""

    html: Html
    status: int = 200
    address: str | None = None


class Site:
    """Renders views; each comes from one snapshot from beginning to end. For many threads."""

    def __init__(
        self,
        snapshots: Snapshots,
        notebook: Notebook | None = None,
        pages: Sequence[DashboardPage] = PAGES,
        fresh_hours: float = 0,
        now: Now | None = None,
        kept_megabytes: int = MEGABYTES,
        labels: LabelsFile | None = None,
        start: str = "",
        week_start: WeekStart = "monday",
        alerts: Callable[[], AlertReport] | None = None,
        objectives: Callable[[], ObjectiveReport] | None = None,
        zone: str = time_zones.UTC,
        receivers: AlertReceivers = NOBODY_TOLD,
    ) -> None:
        self._snapshots = snapshots
        self._start = start
        self._notebook = notebook
        self._fresh_hours = fresh_hours
        self._pages = pages
        self._now = now or Now()
        self._file = labels
        self._week_start = week_start
        self._alerts = alerts
        self._objectives = objectives
        self._zone = zone
        self._receivers = receivers
        half = kept_megabytes * 2**20 // 2
        self._contents: SingleFlightCache[Html] = SingleFlightCache(KEPT, half, size)
        self._answers: Answers = SingleFlightCache(ANSWERS_KEPT, half, size)
        self._live_contents: SingleFlightCache[Html] = SingleFlightCache(KEPT_LIVE, half, size)

    @property
    def caches(self) -> dict[str, SingleFlightCache[Any]]:
        """What is kept, by name."""
        return {
            "views": self._contents,
            "live_views": self._live_contents,
            "answers": self._answers,
        }

    def state(self) -> str:
        """Which published state is shown now: changes whenever a view may look different."""
        held = self._snapshots.held
        problem = "!" if self._snapshots.problem else ""
        book = self._notebook
        put_in = (("~", book.revision), ("*", book.marks), ("@", book.alerting)) if book else ()
        parts = (*put_in, ("^", self._labels.revision))
        text = "".join(f"{mark}{part}" for mark, part in parts if part)
        return f"{held.info.version if held else 0}{problem}{text}"

    @property
    def _labels(self) -> Labels:
        return self._file.labels if self._file else Labels()

    def start(self) -> str:
        """The address of the view to begin with: the home's, or the one that suits its data."""
        if self._start:
            return self._start
        try:
            household = only_household(self._snapshots.current())
        except NoSnapshot:
            household = None
        return viewing.PAGE.path if household else "/"

    def stamp(self, pace: Pace) -> str:
        """Changes whenever a page of that pace may look different."""
        return self._now.stamp if pace == "events" else self._now.minute

    def listening(self, pace: Pace | None) -> AbstractContextManager[None]:
        """Count an open page of that pace."""
        return self._now.listening() if pace == "events" else nullcontext()

    def render(
        self, path: str, query: str, *, begun: Callable[[], object] | None = None
    ) -> RenderedView:
        """The view at an address, as it stands there: parts of the path are percent-encoded.

        Whatever goes wrong is told in a view of its own. `begun` is called where it is not kept,
        and is now drawn, once nothing in the address can be wrong any more.
        """
        try:
            with panics_raised(), called_by(self._labels):
                return self._rendered(path, query, begun=begun)
        except Exception as error:
            log.exception("the view %s%s failed", path, query)
            status = 503 if isinstance(error, DamagedFile) else 500
            again = path if self._page(path) else "/"
            with called_by(self._labels):
                return self._without_data("Error", message.failed(again), status)

    def refused(self, reason: str, back: str, status: int) -> RenderedView:
        """A view that says why something was not done, and leads back to an address."""
        content = message.not_done(reason, back)
        with called_by(self._labels):
            return self._without_data("Not done", content, status, visitor=visitor())

    def called(self) -> AbstractContextManager[None]:
        """Meanwhile things are called as the home says."""
        return called_by(self._labels)

    def panel(self, path: str, name: str, query: str) -> Panel:
        """One panel of the page at a path. Raises NotFound, Transient, and BadInput."""
        visit = self._opened(path, query, name)
        with self.called():
            return visit.page.panels[name](visit)

    def page_at(self, path: str) -> str | None:
        """The path of the page at an address, as its `PAGE` has it; None where there is none."""
        matched = self._page(path)
        return matched[0].path if matched else None

    def whole(self, path: str, query: str) -> tuple[str, list[Panel]]:
        """What the page at a path is called, and every panel that it has something to tell of.

        Raises NotFound where that is none, Transient, and BadInput.
        """
        visit, panels = self._opened(path, query), list[Panel]()
        missing = NotFound(f"there is nothing to take along from {path}.")
        with self.called():
            for panel in visit.page.panels.values():
                try:
                    panels.append(panel(visit))
                except NotFound as error:
                    missing = error
            if not panels:
                raise missing
            return visit.page.named(visit) if visit.page.named else visit.page.heading, panels

    def _opened(self, path: str, query: str, name: str | None = None) -> Visit:
        """A visit to the page at a path that has a panel of that name."""
        matched = self._page(path)
        if matched is None or (name and name not in matched[0].panels):
            what = f"nothing called {name}" if name else "nothing"
            raise NotFound(f"there is {what} to take along from {path}.")
        page, arguments = matched
        source = self._source(page)
        filters = ViewState.parse(query, page.own, page.usual)
        return self._visit(page, path, filters, source, arguments)

    def _rendered(
        self, path: str, query: str, *, begun: Callable[[], object] | None = None
    ) -> RenderedView:
        matched = self._page(path)
        if matched is None:
            return self._without_data("Not found", message.missing(path), 404)
        page, arguments = matched
        try:
            source = self._source(page)
        except NoSnapshot:
            problem = self._snapshots.problem
            return self._without_data(
                page.heading, message.nothing_yet(), here=path, problem=problem
            )
        filters, heading = ViewState(), page.heading
        visit: Visit | None = None
        stamp = self.stamp(page.live) if page.live else None
        try:
            parse = ViewState.with_any_zone if "tz" in page.takes else ViewState.parse
            filters = parse(query, page.own, page.usual)
            visit = self._visit(page, path, filters, source, arguments)
            content = self._content(visit, stamp, begun)
            wrong = filters.no_zone or (page.wrong and page.wrong(visit))
            status = 422 if wrong else 200
            heading = page.named(visit) if page.named else heading
        except NotFound as error:
            content, status = message.missing(path, str(error)), 404
        except NoSnapshot as error:
            content, status = message.not_yet(str(error)), 503
        except Transient as error:
            content, status = message.not_now(str(error), path + filters.query()), 503
        except BadInput as error:
            again = mended(query, page.own, error.parameters)
            content = message.refused(str(error), path, None if again is None else path + again)
            status = 422
        # What happens now is not of a snapshot.
        info = None if page.live == "events" else source.current().info
        if info and visit and page.days == "interactions":
            info = visit.dated
        frame = Frame(
            self.state(),
            self._menu(filters),
            path + filters.carried().query(),
            info,
            self._problem(info),
            page.live,
            stamp,
            visitor(),
            path + filters.query() if status == 200 else None,
            self._bookmarks(),
            # Only where a panel is shown there is something to take along.
            f"{EXPORTS}{path.rstrip('/')}/{WHOLE}.xlsx{filters.query()}"
            if f'href="{EXPORTS}/' in content
            else None,
            f'id="{FIGURES}"' in content,
        )
        return RenderedView(framed(heading, frame, content), status, frame.address)

    def _bookmarks(self) -> tuple[Bookmark, ...]:
        book, reader = self._notebook, _reader()
        return tuple(each for each in book.bookmarks if each.is_seen_by(reader)) if book else ()

    def _without_data(
        self, heading: str, content: Html, status: int = 200, **said: Any
    ) -> RenderedView:
        """A view that tells of no numbers; what else is `said` belongs to its frame."""
        frame = Frame(self.state(), self._menu(ViewState()), **said)
        return RenderedView(framed(heading, frame, content), status)

    def _source(self, page: DashboardPage) -> Source:
        """Questions to one snapshot; on a page of what happens now also where there is none."""
        try:
            return CachedQueries(self._snapshots.current(), self._answers)
        except NoSnapshot:
            if page.live != "events":
                raise
            return self._snapshots

    def _content(
        self, visit: Visit, stamp: str | None, begun: Callable[[], object] | None = None
    ) -> Html:
        """What the page shows below its heading, kept; of a live page while its stamp holds.

        `begun` is called as in `render`.
        """

        def made() -> Html:
            if visit.page.live == "events":
                chips = picker(visit) if self._snapshots.held else None
                return fragment(chips, visit.page.content(visit))
            if not visit.dated.data_to:
                return message.nothing_of(visit.page.days)
            if _found_nothing(visit):
                return fragment(picker(visit), message.nothing_fits(visit))
            if begun and _cannot_be_refused(visit):
                begun()
            of_days = "period" in visit.page.takes and visit.page.days != "arrivals"
            bar = aside(picker, visit)
            try:
                content = visit.page.content(visit)
            finally:
                chosen = bar.result()  # what is wrong with what is chosen is told first
            return fragment(chosen, content, notes(visit) if of_days else None)

        # A page of what happens now is there before the first snapshot, too.
        version = self.state() if visit.page.live == "events" else visit.info.version
        page_of_reader = visit.page.of_reader
        revision = self._notebook.revision if self._notebook else ""
        if self._notebook and page_of_reader:
            revision += self._notebook.alerting
        said_in = str(locales.current()), labels.current().revision
        # What is private, or theirs to change, is drawn for its author alone.
        own = any(each.author == visit.reader for each in visit.annotations) or page_of_reader
        reader = visit.reader if own else bool(visit.reader)
        key = version, revision, visit.path, visit.filters, said_in, stamp, reader
        return (self._live_contents if stamp else self._contents).get(key, made)

    def _problem(self, info: SnapshotInfo | None) -> str | None:
        """What is wrong with all numbers, and with what things are called; None where nothing.

        Numbers of a snapshot are wrong where a newer one is damaged, or where it is old.
        """
        of_numbers = UNREADABLE if info and self._snapshots.problem else None
        if info and self._fresh_hours and not of_numbers:
            age = (datetime.now(UTC) - info.built_at) / timedelta(hours=1)
            if age > self._fresh_hours:
                built = formats.moment(info.built_at)
                of_numbers = OLD.format(built=built, hours=self._fresh_hours)
        return " ".join(filter(None, (of_numbers, labels.current().problem))) or None

    def _page(self, path: str) -> tuple[DashboardPage, dict[str, str]] | None:
        for page in self._pages:
            arguments = page.match(path)
            if arguments is not None:
                return page, arguments
        return None

    def _visit(
        self,
        page: DashboardPage,
        path: str,
        filters: ViewState,
        source: Source,
        arguments: dict[str, str],
    ) -> Visit:
        """A visit to a page, with what people put in."""
        book, reader = self._notebook, _reader()
        said = tuple(each for each in book.pages if each.is_seen_by(reader)) if book else ()
        erased = book.erased if book else NOBODY
        return Visit(
            page,
            path,
            filters,
            source,
            arguments,
            said,
            self._now,
            erased,
            reader=reader,
            usual_start=self._week_start,
            alerts=self._alerts,
            objectives=self._objectives,
            usual_zone=self._zone,
            kept_alerts=[each for each in book.alerts if each.is_seen_by(owner_of(reader))]
            if book
            else (),
            kept_reports=[each for each in book.reports if each.is_seen_by(owner_of(reader))]
            if book
            else (),
            receivers=self._receivers,
        )

    def _menu(self, filters: ViewState) -> list[tuple[str, str]]:
        """Address and heading of every page in the navigation; filters are taken along."""
        query = filters.carried().query()
        return [(page.path + query, page.heading) for page in self._pages if page.in_menu]


def _reader() -> str:
    """The name of whoever is being answered; empty where nobody was asked."""
    who = visitor()
    return who.name if who else ""


def _cannot_be_refused(visit: Visit) -> bool:
    """Whether the address of a visit names nothing that only its content looks at."""
    filters, page = visit.filters, visit.page
    names = visit.arguments or filters.own or filters.against or filters.no_zone
    return page.of_plays and page.wrong is None and not names


def _found_nothing(visit: Visit) -> bool:
    """Whether there is data and the filters leave none of it."""
    if not visit.page.of_plays or "period" not in visit.page.takes:
        return False
    question = HeadlineQuestion(visit.period, visit.narrowing, ("plays",), zone=visit.zone)
    answer = visit.source.ask(question)
    return not answer.data.values["plays"]
