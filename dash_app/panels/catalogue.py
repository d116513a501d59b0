"""The catalogue: every title, searched and sorted on the server, page by page."""

from collections.abc import Mapping

from dash_app import formats, labels
from dash_app.filters import TITLE_LEVELS
from dash_app.markup import Html, element, fragment
from dash_app.page_request import Visit
from dash_app.panels.cards import unknown
from dash_app.panels.filter_bar import kept, labelled, levels
from dash_app.panels.paging import paging
from dash_app.panels.panel import Panel
from dash_app.table import Table, TableColumn, dimension, measured
from netflix_pipeline.errors import BadInput
from netflix_pipeline.serving import Told
from netflix_pipeline.serving.questions.titles import Title, TitleFilters, TitleSort, TitlesQuestion

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


def columns() -> tuple[TableColumn, ...]:
    """What the table tells of each title."""
    return (
        TableColumn("title", "Title"),
        TableColumn("title_id", "Id"),
        dimension("content_type", "Type"),
        dimension("genre", "Genre"),
        TableColumn("release_year", "Year"),
        *(measured(name, labels.metric(name).label, labels.metric(name).unit) for name in NUMBERS),
    )


def catalogue(visit: Visit, limit: int = EXPORTED) -> Panel:
    """The panel of the titles that fit the address: `search`, `sort`, `order`, and filters."""
    sort, order = _sort(visit), visit.own("order")
    answer = visit.source.ask(
        TitlesQuestion(
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
            # Numbers of all days so far are at hand.
            period=None if visit.filters.is_everything else visit.period,
            level=visit.filters.level,
            zone=visit.zone,
        )
    )
    table = Table.of(
        "Titles", columns(), answer.data, title=lambda one: labels.title(one.title_id, one.title)
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
            _table(visit, table, answer.data, sort),
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


def _untold(title: Title) -> list[str]:
    """The numbers of a title that are 0 because they are not known of any of its plays."""
    numbers = {name: getattr(title, name) for name in NUMBERS}
    return [name for name, value in numbers.items() if value == 0 and unknown(name, value, title)]


def _table(visit: Visit, table: Table, titles: tuple[Title, ...], sort: TitleSort) -> Html:
    shown = [place for place, name in enumerate(table.names) if name != "title_id"]
    body = []
    for title, row in zip(titles, table.rows, strict=True):
        said = table.said(row)
        for untold in _untold(title):
            said[table.names.index(untold)] = formats.UNKNOWN
        name = element("a", said[0], href=visit.title_page(title.title_id))
        body.append(
            element(
                "tr",
                element("th", name, scope="row"),
                [
                    element("td", said[place], class_=_look(table.names[place], sort))
                    for place in shown[1:]
                ],
            )
        )
    return element(
        "div",
        element(
            "table",
            element("caption", "Titles", class_="unseen"),
            element(
                "thead",
                element("tr", [_head(visit, table.columns[place], sort) for place in shown]),
            ),
            element("tbody", body),
        ),
        class_="whole catalogue",
    )


def _look(name: str, sort: TitleSort) -> str:
    """The classes of a column's cells; what narrow windows show beside the title has `lead`."""
    look, lead = name.replace("_", "-"), DEFAULT_SORT if sort == "title" else sort
    return f"{look} lead" if name == lead else look


def _sorting(visit: Visit, sort: TitleSort) -> Html:
    """The list of what the table can be sorted by, for where heads find no room."""
    options = [
        element("option", column.label, value=column.name, selected=column.name == sort)
        for column in columns()
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


def _head(visit: Visit, column: TableColumn, sort: TitleSort) -> Html:
    """A column's head; a link that sorts by it, or the other way round when it does already."""
    if column.name not in SORTED:
        return element("th", column.label, scope="col", class_=_look(column.name, sort))
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
        class_=_look(column.name, sort),
    )
