"""The catalogue: every title, searched and sorted on the server, page by page."""

from collections.abc import Mapping
from functools import partial

from dash_app import formats, labels
from dash_app.filters import TITLE_LEVELS
from dash_app.markup import Html, Node, element, fragment
from dash_app.page_request import Visit
from dash_app.panels import comparing
from dash_app.panels.cards import changed, unknown
from dash_app.panels.controls import kept, labelled, levels
from dash_app.panels.paging import paging
from dash_app.panels.panel import Panel
from dash_app.table import Table, TableColumn, dimension, measured
from netflix_pipeline.errors import BadInput
from netflix_pipeline.serving import Told
from netflix_pipeline.serving.questions.titles import (
    ListedTitle,
    TitleFilters,
    TitleSort,
    TitlesQuestion,
)

SHOWN = 50
EXPORTED = 5_000
"""Titles on one page, and in one CSV."""
NUMBERS: tuple[TitleSort, ...] = (
    "hours_viewed",
    "views",
    "viewers",
    "plays",
    "completion_rate",
    "rating",
)
SORTED: tuple[TitleSort, ...] = (*NUMBERS, "release_year", "title")
"""By what the table can be sorted; from the largest on, but titles by name."""
DEFAULT_SORT: TitleSort = "hours_viewed"


NOTE = "A dash in place of a number: for want of durations or runtimes it is not known."


COLUMNS = (
    TableColumn("title", "Title"),
    TableColumn("title_id", "Id"),
    dimension("content_type", "Type"),
    dimension("genre", "Genre"),
    TableColumn("release_year", "Year"),
)
"""What the table says of each title; beside it stand its numbers."""


def columns(visit: Visit, compared: str | None = None) -> tuple[TableColumn, ...]:
    """What the table tells of each title; beside a number that is compared, before and change."""
    told = list(COLUMNS)
    for name in NUMBERS:
        definition = labels.metric(name)
        told.append(measured(name, definition.label, definition.unit))
        if name == compared:
            told += comparing.columns(visit, definition.unit)
    return tuple(told)


def catalogue(visit: Visit, limit: int = EXPORTED) -> Panel:
    """The panel of the titles that fit the address: `search`, `sort`, `order`, and filters."""
    sort, order = _sort(visit), visit.own("order")
    # Numbers of all days so far are at hand, and have none before them.
    by_period = not visit.filters.is_everything
    question = TitlesQuestion(
        TitleFilters(
            search=visit.own("search"),
            content_type=visit.narrowing.given.get("content_type"),
            genre=visit.narrowing.given.get("genre"),
            language=visit.narrowing.given.get("language"),
            maturity_rating=visit.narrowing.given.get("maturity_rating"),
        ),
        sort=sort,
        order="asc" if order == "asc" else "desc" if order == "desc" else None,
        limit=limit,
        cursor=visit.own("cursor"),
        period=visit.period if by_period else None,
        level=visit.filters.level,
        zone=visit.zone,
        compare=visit.compared if by_period else None,
    )
    answer = visit.source.ask(question)
    compared = question.compared if question.compare else None
    table = Table.of(
        "Titles",
        columns(visit, compared),
        answer.data,
        title=lambda one: labels.title(one.title_id, one.title),
        change=partial(_difference, compared),
    )
    return Panel(
        name="catalogue",
        heading=_heading(visit, answer.filters, by_period=answer.period is not None),
        summary="Ratings are of all reviews so far, whatever the period.",
        table=table,
        answer=answer,
        note=NOTE if any(_untold(title) for title in answer.data) else None,
        choices=fragment(levels(visit), _sorting(visit, sort)),
        shown=fragment(
            _table(visit, table, answer.data, sort, compared),
            paging(visit, answer),
        ),
        nothing=_nothing(visit),
    )


def _nothing(visit: Visit) -> str:
    """Why the list is empty."""
    rows = TITLE_LEVELS[visit.filters.level].lower()
    if visit.own("search"):
        return f"No title among {rows} has that in its name, or for its id."
    return f"There are no such {rows}."


def _heading(visit: Visit, filters: Mapping[str, Told], *, by_period: bool) -> str:
    """Which titles are listed, and by which days."""
    search = filters.get("search")
    others = formats.narrowed({name: value for name, value in filters.items() if name != "search"})
    rows = TITLE_LEVELS[visit.filters.level]
    which = rows if filters else f"All {rows.lower()}"
    which += f" with “{search}”" if search else ""
    which += f" of {others}" if others else ""
    if visit.own("cursor"):
        which += ", continued"
    return which if by_period else f"{which}, by all days so far"


def _sort(visit: Visit) -> TitleSort:
    sort = visit.own("sort") or DEFAULT_SORT
    for known in SORTED:
        if sort == known:
            return known
    raise BadInput(f"titles cannot be sorted by {sort!r}: choose one of {', '.join(SORTED)}.")


def _untold(title: ListedTitle) -> list[str]:
    """The numbers of a title that are 0 because they are not known of any of its plays."""
    numbers = {name: getattr(title, name) for name in NUMBERS}
    return [name for name, value in numbers.items() if value == 0 and unknown(name, value, title)]


def _difference(compared: str | None, title: ListedTitle) -> float | None:
    """How what is compared changed, as files have it."""
    if compared is None:
        return None
    return formats.difference(
        labels.metric(compared).unit, getattr(title, compared), title.compared
    )


def _table(
    visit: Visit,
    table: Table,
    titles: tuple[ListedTitle, ...],
    sort: TitleSort,
    compared: str | None,
) -> Html:
    names = table.names
    shown = [place for place, name in enumerate(names) if name != "title_id"]
    body = []
    for title, row in zip(titles, table.rows, strict=True):
        cells: list[Node] = [*table.said(row)]
        untold = _untold(title)
        for name in untold:
            cells[names.index(name)] = formats.UNKNOWN
        if compared:
            unit, now = labels.metric(compared).unit, getattr(title, compared)
            cells[names.index("change")] = changed(unit, now, title.compared)
            if compared in untold and not title.compared:
                cells[names.index("compared")] = formats.UNKNOWN
        link = element("a", cells[0], href=visit.title_page(title.title_id))
        body.append(
            element(
                "tr",
                element("th", link, scope="row"),
                [
                    element("td", cells[place], class_=_look(names[place], sort, compared))
                    for place in shown[1:]
                ],
            )
        )
    heads = [_head(visit, table.columns[place], sort, compared) for place in shown]
    return element(
        "div",
        element(
            "table",
            element("caption", "Titles", class_="unseen"),
            element("thead", element("tr", heads)),
            element("tbody", body),
        ),
        class_="whole catalogue",
    )


LOOKS = {"change": "difference"}
"""The classes of columns that are not called by their names."""


def _look(name: str, sort: TitleSort, compared: str | None) -> str:
    """The classes of a column's cells; what narrow windows show beside the title has `lead`."""
    look = LOOKS.get(name, name.replace("_", "-"))
    lead = DEFAULT_SORT if sort == "title" else sort
    shown = compared if name == "change" else name
    return f"{look} lead" if shown == lead else look


def _sorting(visit: Visit, sort: TitleSort) -> Html:
    """The list of what the table can be sorted by, for where heads find no room."""
    options = [
        element("option", column.label, value=column.name, selected=column.name == sort)
        for column in columns(visit)
        if column.name in SORTED
    ]
    return element(
        "form",
        labelled("Sort by", "sort", options, chosen=False),
        kept(visit.filters.with_own(sort=None, order=None, cursor=None)),
        element("button", "Show", type="submit"),
        action=visit.path,
        method="get",
        aria_label="Order",
        data_auto=True,
        class_="lists sorting",
    )


def _head(visit: Visit, column: TableColumn, sort: TitleSort, compared: str | None) -> Html:
    """A column's head; a link that sorts by it, or the other way round when it does already."""
    if column.name not in SORTED:
        return element("th", column.label, scope="col", class_=_look(column.name, sort, compared))
    usual = "asc" if column.name == "title" else "desc"
    now = (visit.own("order") or usual) if column.name == sort else None
    other = ("desc" if now == "asc" else "asc") if now else usual
    sorting = visit.filters.with_own(
        sort=column.name, order=None if other == usual else other, cursor=None
    )
    words = {"asc": "ascending", "desc": "descending"}
    return element(
        "th",
        element("a", column.label, href=visit.link(sorting)),
        scope="col",
        aria_sort=words[now] if now else None,
        class_=_look(column.name, sort, compared),
    )
