"""The titles with most of a measure."""

from dash_app import formats
from dash_app.charts.sparkline import bar
from dash_app.labels import inline, metric, title
from dash_app.markup import Html, Node, element
from dash_app.page_request import Visit
from dash_app.panels.change import changed
from dash_app.panels.links import title_page
from dash_app.panels.panel import Panel, nothing_of
from dash_app.table import Table, TableColumn, measured
from netflix_pipeline.serving.questions.series import Line, SeriesQuestion

MOST = 10


def ranking(visit: Visit) -> Panel:
    """The panel of the titles with most of the page's measure, under its filters."""
    answer = visit.source.ask(
        SeriesQuestion(
            visit.filters.by,
            visit.period,
            visit.narrowing,
            granularity="whole",
            split_by="title",
            top=MOST,
            compare=visit.compared,
            rest=False,
        )
    )
    series = answer.data
    definition = metric(series.metric)
    lines = [line for line in series.lines if line.total]
    columns = [
        TableColumn("rank", "Rank", formats.number),
        TableColumn("title", "Title"),
        measured(definition.name, definition.label, definition.unit),
    ]
    if series.compared_with:
        columns.append(measured("compared", "Before", definition.unit))
    columns.append(TableColumn("title_id", "Id"))
    rows = tuple(
        (
            rank,
            title(line.group or "", line.name),
            line.total,
            *((line.compared_total,) if series.compared_with else ()),
            line.group,
        )
        for rank, line in enumerate(lines, 1)
    )
    heading = f"Top titles by {inline(definition)}"
    table = Table(heading, tuple(columns), rows)
    return Panel(
        name="titles",
        heading=heading,
        summary=f"{formats.counted(series.groups or 0, 'title was', 'titles were')} watched.",
        table=table,
        answer=answer,
        shown=_table(
            visit, heading, definition.unit, definition.label, lines, bool(series.compared_with)
        ),
        nothing=nothing_of(definition.name),
    )


def _table(
    visit: Visit, heading: str, unit: str, label: str, lines: list[Line], compared: bool
) -> Html:
    most = max((line.total or 0 for line in lines), default=0)
    heads: list[Node] = [
        element("th", element("span", "Rank", class_="unseen"), scope="col"),
        element("th", "Title", scope="col"),
        element("th", label, scope="col", aria_sort="descending", class_="measure"),
        element("th", "Change", scope="col", class_="other") if compared else None,
    ]
    rows = [
        element(
            "tr",
            element("td", rank, class_="rank"),
            element(
                "th",
                element(
                    "a",
                    title(line.group or "", line.name),
                    href=title_page(visit, line.group or ""),
                    class_="name",
                ),
                scope="row",
            ),
            element(
                "td",
                element("span", formats.value_in(unit, line.total)),
                bar((line.total or 0) / most if most else 0),
                class_="measure",
            ),
            element("td", changed(unit, line.total, line.compared_total), class_="other")
            if compared
            else None,
        )
        for rank, line in enumerate(lines, 1)
    ]
    return element(
        "table",
        element("caption", heading, class_="unseen"),
        element("thead", element("tr", heads)),
        element("tbody", rows),
        class_="ranking",
    )
