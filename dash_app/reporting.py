"""Views by mail: the forms that keep and remove reports, and the way out for whoever gets one."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from sqlalchemy import Engine

from dash_app import forms
from dash_app.access import LEAVE
from dash_app.alerting import owner_of
from dash_app.annotations import number_of
from dash_app.document import Document
from dash_app.markup import element
from dash_app.page_request import OVERVIEW, SERIES, TITLE
from dash_app.panels.reports import KEEP, PREVIEW, REMOVE
from dash_app.report_mail import ReportMail, report_mail
from dash_app.report_schedule import last_due
from dash_app.site import Site
from netflix_pipeline import time_zones
from netflix_pipeline.addresses import query_string
from netflix_pipeline.business_alerts import check_receivers
from netflix_pipeline.errors import BadInput, PipelineError
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import opened
from netflix_pipeline.state.reports import NoReport, Reports

MAILED = frozenset((OVERVIEW, TITLE, SERIES, "/titles", "/top10", "/audience", "/discovery"))
"""The pages that can be mailed: those of numbers, not of single persons, rows or this minute."""
USUAL = "email"
"""The receiver in forms that stands for the addresses that the operator has configured."""
Form = Mapping[str, str]
Change = Callable[[Engine, dict[str, str], str], None]


def changes(settings: Settings, site: Site) -> dict[str, Change]:
    """What the forms do, by their addresses."""

    def keep(engine: Engine, form: Form, who: str) -> None:
        """Keep a report of a view that can be mailed. Raises BadInput."""
        view = form.get("view", "")
        _mail_of(site, form.get("name", ""), view, "")  # what cannot be shown cannot be mailed
        receivers = list(_receivers(form))
        check_receivers(settings, receivers)
        hour = form.get("hour", "")
        if not hour.isascii() or not hour.isdigit() or len(hour) > 2:
            raise BadInput("the hour from which a report is sent is 0 to 23.")
        every, zone = form.get("every", ""), time_zones.zone(settings.time_zone)
        if every not in ("day", "week", "month"):
            raise BadInput("a report is sent every day, week or month: choose one.")
        now = datetime.now(UTC)
        Reports(engine).add(
            form.get("name", ""),
            view,
            every,
            int(hour),
            receivers,
            owner_of(who),
            since=last_due(every, int(hour) % 24, zone, now, settings.week_start),
        )

    def remove(engine: Engine, form: dict[str, str], who: str) -> None:
        Reports(engine).remove(number_of(form), owner_of(who))

    return {KEEP: keep, REMOVE: remove}


def _mail_of(site: Site, name: str, view: str, dashboard: str) -> ReportMail:
    """A view that can be mailed, as a mail. Raises BadInput, Transient and DamagedFile."""
    if forms.inside(view) != view or site.page_at(urlsplit(view).path) not in MAILED:
        raise BadInput(
            "views of Overview, Titles, Top 10, Audience, Discovery, of a title and of a series "
            "can be mailed: give the address of one."
        )
    return report_mail(site, name, view, dashboard)


def _receivers(form: Form) -> Iterator[str]:
    if USUAL in form:
        yield USUAL
    yield from form.get("addresses", "").replace(",", " ").split()[:20]


class ReportRoutes:
    """What a report will look like; and the way out, by a token that only a receiver was sent."""

    def __init__(self, settings: Settings, site: Site, document: Document) -> None:
        self._settings = settings
        self._site = site
        self._document = document

    def add_to(self, server: FastAPI) -> None:
        """Put the routes in place."""
        server.add_api_route(PREVIEW, self.preview, methods=["GET"], include_in_schema=False)
        server.add_api_route(LEAVE, self.show, methods=["GET"], include_in_schema=False)
        server.add_api_route(LEAVE, self.leave, methods=["POST"], include_in_schema=False)

    async def preview(self, request: Request) -> Response:
        """The mail of a view as a page."""
        asked = request.query_params
        view, name = asked.get("view", ""), asked.get("name", "Preview")
        dashboard = self._settings.url(self._settings.dashboard_port)
        try:
            mail = await run_in_threadpool(_mail_of, self._site, name, view, dashboard)
        except PipelineError as error:
            return PlainTextResponse(f"{error}\n", 422 if isinstance(error, BadInput) else 503)
        return HTMLResponse(self._document.plain(name, mail.page))

    async def show(self, request: Request) -> Response:
        """The page that asks: whatever only looks at links takes nobody out."""
        token = request.query_params.get("token", "")[:100]
        content = element(
            "main",
            element(
                "form",
                element("h1", "No more of this report"),
                element("p", "It will not be sent to your address any more."),
                element("button", "Send me no more", type="submit", class_="button"),
                action=LEAVE + query_string([("token", token)]),
                method="post",
                class_="panel",
            ),
            class_="login",
        )
        return HTMLResponse(self._document.plain("No more of this report", content))

    async def leave(self, request: Request) -> Response:
        """Take them out; a mail program does so by one request (RFC 8058)."""
        token = request.query_params.get("token", "")[:100]

        def left() -> str:
            with opened(self._settings) as engine:
                return Reports(engine).leave(token)

        try:
            name = await run_in_threadpool(left)
        except NoReport:
            return PlainTextResponse("This report is not sent to you.\n")
        except PipelineError as error:
            return PlainTextResponse(f"{error}\n", 503, {"Retry-After": "60"})
        return PlainTextResponse(f"{name} is not sent to you any more.\n")
