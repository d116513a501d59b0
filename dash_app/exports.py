"""What can be taken along from a panel: its table as CSV, its figure as JSON.

A CSV says in columns of its own, the same in every row, what it is about: period, filters, as-of
time and snapshot. Lines of comment before the head would break the programs that read it, and
what only a file's name says is lost when the file is renamed, or put together with others.
"""

import json
from html import escape
from typing import Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, Response

from dash_app.panels.panel import EXPORTS, Panel, file_name
from dash_app.request_path import sent
from dash_app.site import Site
from netflix_pipeline.errors import BadInput, DamagedFile
from netflix_pipeline.serving import NoSnapshot, NotFound, spelled
from netflix_pipeline.serving.question import csv_text

ABOUT = ("period_from", "period_to", "filters", "as_of", "snapshot_version")
"""The columns that say what a CSV is about; `filters` are written as in an address."""


def as_csv(panel: Panel) -> bytes:
    """The panel's table, exact values, with what it is about."""
    period, info = panel.answer.period, panel.answer.snapshot
    about = (
        period.from_ if period else None,
        period.to if period else None,
        "&".join(f"{name}={value}" for name, value in spelled(panel.answer.filters)),
        info.as_of,
        info.version or None,
    )
    rows = ((*row, *about) for row in panel.table.rows)
    return csv_text((*panel.table.names, *ABOUT), rows)


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
    """The answer to `/export/<path of the page>/<panel>.csv` or `.json`, with a view's query.

    What cannot be had is told as text: 404, 422, or 503 without a snapshot that can be read.
    """
    path, _, name = sent(request.scope).removeprefix(EXPORTS).rpartition("/")
    panel, _, kind = name.partition(".")
    try:
        panel_of_page = await run_in_threadpool(site.panel, path or "/", panel, request.url.query)
    except NotFound as error:
        return PlainTextResponse(str(error), 404)
    except (NoSnapshot, DamagedFile) as error:
        return PlainTextResponse(str(error), 503)
    except BadInput as error:
        return PlainTextResponse(str(error), 422)
    if kind == "csv":
        saved = {"Content-Disposition": f'attachment; filename="{file_name(panel_of_page)}.csv"'}
        return Response(as_csv(panel_of_page), media_type="text/csv; charset=utf-8", headers=saved)
    figure = as_figure(panel_of_page) if kind == "json" else None
    if figure is None:
        return PlainTextResponse(f"{panel_of_page.heading} cannot be had as {kind!r}.", 404)
    return Response(figure, media_type="application/json")
