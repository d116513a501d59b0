"""What can be taken along from a panel: its table as CSV or for Excel, its figure as JSON.

A CSV says in columns of its own, the same in every row, what it is about: period, filters, as-of
time and snapshot. Lines of comment before the head would break the programs that read it, and
what only a file's name says is lost when the file is renamed, or put together with others.
"""

import json
import re
from codecs import BOM_UTF8
from dataclasses import replace
from html import escape
from typing import Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, Response

from dash_app.panels.panel import EXPORTS, WHOLE, Panel, file_name
from dash_app.request_path import sent
from dash_app.site import Site
from dash_app.workbook import workbook
from netflix_pipeline.errors import BadInput, DamagedFile, Transient
from netflix_pipeline.excel import MEDIA_TYPE
from netflix_pipeline.serving import NotFound, spelled
from netflix_pipeline.serving.question import csv_text
from netflix_pipeline.time_zones import UTC

ABOUT = ("period_from", "period_to", "filters", "as_of", "snapshot_version")
"""The columns that say what a CSV is about; `filters` are written as in an address."""
UNUSUAL = re.compile(r"[^a-z0-9]+")
"""What does not belong into the name of a file."""
LONGEST = 60
"""Characters of a page's name in that of its file."""


def as_csv(panel: Panel) -> bytes:
    """The panel's table, exact values, with what it is about."""
    answer, info = panel.answer, panel.answer.snapshot
    period, zone = answer.period, [("tz", answer.zone)] if answer.zone != UTC else []
    about = (
        period.from_ if period else None,
        period.to if period else None,
        "&".join(f"{name}={value}" for name, value in [*spelled(answer.filters), *zone]),
        info.as_of,
        info.version or None,
    )
    table = panel.table.exported
    rows = ((*row, *about) for row in table.rows)
    return csv_text((*table.names, *ABOUT), rows)


def csv_file(panel: Panel) -> bytes:
    """The same as a file: without the mark Excel takes UTF-8 for the code page of its machine."""
    return BOM_UTF8 + as_csv(panel)


def as_figure(panel: Panel) -> bytes | None:
    """The panel's figure for Plotly; None where it has none."""
    return json.dumps(_as_text(panel.figure)).encode() if panel.figure else None


def _as_text(cell: Any) -> Any:
    """A figure in which every text is one: Plotly takes `<b>` and its like for markup."""
    if isinstance(cell, str):
        return escape(cell, quote=False)
    if isinstance(cell, dict):
        return {name: _as_text(value) for name, value in cell.items()}
    return [_as_text(value) for value in cell] if isinstance(cell, list) else cell


async def export(site: Site, request: Request) -> Response:
    """What is taken along at `/export/<path of the page>/<panel>.csv`, `.xlsx` or `.json`.

    The query is a view's, and `page.xlsx` has every panel. What cannot be had is told as text: 404,
    422, or 503 without a snapshot that can be read or memory for the question.
    """
    path, _, name = sent(request.scope).removeprefix(EXPORTS).rpartition("/")
    panel, _, kind = name.partition(".")
    try:
        return await run_in_threadpool(_taken, site, path or "/", panel, kind, request.url.query)
    except NotFound as error:
        return PlainTextResponse(str(error), 404)
    except (Transient, DamagedFile) as error:
        return PlainTextResponse(str(error), 503)
    except BadInput as error:
        return PlainTextResponse(str(error), 422)


def _taken(site: Site, path: str, name: str, kind: str, query: str) -> Response:
    """What is taken along of a view. Raises NotFound, Transient, DamagedFile, BadInput."""
    address = f"{path}?{query}" if query else path
    with site.called():
        if (name, kind) == (WHOLE, "xlsx"):
            heading, panels = site.whole(path, query)
            first = next((panel for panel in panels if panel.answer.period), panels[0])
            called = UNUSUAL.sub("-", heading.lower()).strip("-")[:LONGEST] or WHOLE
            named = file_name(replace(first, name=called))
            return _saved(workbook(heading, address, panels), MEDIA_TYPE, f"{named}.xlsx")
        panel = site.panel(path, name, query)
        named = file_name(panel)
        if kind == "xlsx":
            book = workbook(panel.heading, address, [panel])
            return _saved(book, MEDIA_TYPE, f"{named}.xlsx")
        if kind == "csv":
            return _saved(csv_file(panel), "text/csv; charset=utf-8", f"{named}.csv")
        figure = as_figure(panel) if kind == "json" else None
        if figure is None:
            raise NotFound(f"{panel.heading} cannot be had as {kind!r}.")
        return Response(figure, media_type="application/json")


def _saved(content: bytes, media_type: str, name: str) -> Response:
    """A file that a browser saves under that name."""
    saved = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=saved)
