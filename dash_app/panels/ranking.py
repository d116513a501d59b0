"""The titles of a period with the most of a measure."""

from __future__ import annotations

from dash_app import formats
from dash_app.charts.small import bar
from dash_app.markup import Html, element
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving import Answer, TitleMeasures

COLUMNS = ("hours_viewed", "views", "viewers", "completion_rate")


def ranking(found: Answer[tuple[TitleMeasures, ...]], by: str) -> Html:
    """The panel of the titles, ranked by a metric of theirs."""
    heading = f"Top titles by {METRICS[by].label.lower()}"
    most = max((getattr(title, by) for title in found.data), default=0)
    columns = [by, *(name for name in COLUMNS if name != by)]
    heads = [
        element(
            "th",
            METRICS[name].label,
            scope="col",
            title=METRICS[name].sentence,
            aria_sort="descending" if name == by else None,
            class_="measure" if name == by else "other",
        )
        for name in columns
    ]
    rows = [_row(rank, title, columns, most) for rank, title in enumerate(found.data, 1)]
    table = element(
        "table",
        element("caption", heading, class_="unseen"),
        element(
            "thead",
            element(
                "tr",
                element("th", element("span", "Rank", class_="unseen"), scope="col"),
                element("th", "Title", scope="col"),
                heads,
            ),
        ),
        element("tbody", rows),
        class_="ranking",
    )
    nothing = element("p", "No title was watched in this period.", class_="nothing")
    return element(
        "section",
        element("header", element("h2", heading)),
        table if rows else nothing,
        aria_label=heading,
        class_="panel",
    )


def _row(rank: int, title: TitleMeasures, columns: list[str], most: float) -> Html:
    by, *others = columns
    kind = " · ".join(
        (part or "unknown").replace("_", " ") for part in (title.content_type, title.genre)
    )
    return element(
        "tr",
        element("td", rank, class_="rank"),
        element(
            "th",
            element("span", title.title or title.title_id, class_="name"),
            element("span", kind, class_="kind"),
            scope="row",
        ),
        element(
            "td",
            element("span", formats.value_in(METRICS[by].unit, getattr(title, by))),
            bar(getattr(title, by) / most if most else 0),
            class_="measure",
        ),
        [
            element(
                "td", formats.value_in(METRICS[name].unit, getattr(title, name)), class_="other"
            )
            for name in others
        ],
    )
