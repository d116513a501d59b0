"""The frame of every chart and table: what it shows in words, and every way on from it.

A panel has a heading, a sentence that says what is to be seen, the chart, the same numbers as a
table, what they mean and of when they are, and links: to the rows behind them, CSV, Excel, picture,
and a figure to explore.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from dash_app import figures, formats, labels
from dash_app.charts.drawing import draw, legend
from dash_app.markup import Html, Node, element
from dash_app.page_request import Visit
from dash_app.panels import comparing
from dash_app.panels.definition_popover import about
from dash_app.table import Table, plain
from netflix_pipeline.serving import Answer, SnapshotInfo
from netflix_pipeline.time_zones import UTC

T = TypeVar("T")
R = TypeVar("R")
_DRAWING = ThreadPoolExecutor(max(2, os.cpu_count() or 1), "panel")
"""Draws panels of all views, and what stands above them."""
EXPORTS = "/export"
"""Below it lie CSV, workbook and figure of every panel: the page's path, its name, the query."""
WHOLE = "page"
"""What stands for a panel's name where all of a page's are meant."""

PEOPLE = ("person", "people")
"""One and several, see `formats.counted`."""
NOTHING = "Nothing was watched in this period."
NOTHING_OF = {
    "hours_viewed": "In this period nothing was watched of which the duration is known. "
    "By {plays} the rest is shown too.",
    "views": "In this period nothing was watched of which duration and runtime are known. "
    "By {plays} the rest is shown too.",
    **dict.fromkeys(
        ("viewers", "stickiness"),
        "Of nobody in this period is it known that they watched something for two minutes or more.",
    ),
    "completion_rate": "In this period nothing was watched of which it is known how far.",
}
"""What is missing where there is nothing of a measure."""


def nothing_of(measure: str) -> str:
    """What is said where there is nothing of a measure; other plays there may be."""
    return NOTHING_OF.get(measure, NOTHING).format(plays=labels.metric("plays").label)


BY_UTC = "Its days are those of UTC."
"""The note of a panel whose numbers stay with these on a page in another time zone."""


@dataclass(frozen=True)
class Panel:
    """A panel's content.

    `name` is the one under which it is exported, `answer` where its numbers come from; a snapshot
    of version 0 is none, but the moment of its `as_of`. `figure` is the chart, drawn here and
    opened to explore; what is `shown` stands in its place. Without both the table itself is shown,
    without rows `nothing` says so. `sentences` define what is no metric. `note` tells what is not
    in it; `rows` is the address of the rows behind all of it, `keys` are those to which names in
    the legend lead. `choices` are links to the same panel told otherwise.
    """

    name: str
    heading: str
    summary: str
    table: Table
    answer: Answer[Any]
    figure: figures.Figure | None = None
    shown: Html | None = None
    facts: Sequence[tuple[str, str]] = ()
    sentences: Sequence[str] = ()
    note: str | None = None
    rows: str | None = None
    choices: Html | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    nothing: str = NOTHING
    """What is said where there are no rows; filters that may be the reason are named besides."""


Panels = Mapping[str, Callable[[Visit], Panel]]
"""What makes the panels of a page, by their names."""


def drawn(panel: Panel, visit: Visit) -> Html:
    """The panel as it stands on the page that is visited."""
    if visit.zone != panel.answer.zone and panel.answer.metrics:
        panel = replace(panel, note=" ".join(filter(None, (panel.note, BY_UTC))))
    empty = not panel.table.rows
    chart = None if empty or panel.shown else panel.figure
    return element(
        "section",
        element(
            "header",
            element("h2", panel.heading),
            legend(chart, panel.keys) if chart else None,
            _about(panel),
        ),
        panel.choices,
        element("p", panel.summary, class_="summary") if panel.summary and not empty else None,
        element("p", _nothing(panel, visit), class_="nothing") if empty else _content(panel, chart),
        None if empty else _ways_on(panel, visit),
        id=f"panel-{panel.name}",
        aria_label=panel.heading,
        data_told=" · ".join(filter(None, (_compared(panel, visit), *told(panel)))),
        data_file=file_name(panel),
        class_=f"panel {panel.name}",
    )


def all_drawn(visit: Visit, panels: Panels, look: str = "") -> Html:
    """Panels beside and below one another, in order; `look` is how they share the width."""
    return being_drawn(visit, panels, look)()


def being_drawn(visit: Visit, panels: Panels, look: str = "") -> Callable[[], Html]:
    """The same panels, which are drawn from now on: what is given waits for all of them.

    While the database answers the questions of one, another is drawn.
    """
    making = [aside(lambda made: drawn(made(visit), visit), panel) for panel in panels.values()]
    look = f"panels {look}".rstrip()
    return lambda: element("div", [each.result() for each in making], class_=look)


def aside(draw: Callable[[T], R], of: T) -> Future[R]:
    """What is drawn of something beside the rest of a view; it must not wait for another one."""
    return _DRAWING.submit(copy_context().run, draw, of)


def file_name(panel: Panel) -> str:
    """What its files are called, without their ending: name, days, snapshot or moment."""
    period, info = panel.answer.period, panel.answer.snapshot
    parts = [panel.name]
    if period:
        parts.append(f"{period.from_}_{period.to}")
    if info.version:
        parts.append(f"snapshot-{info.version}")
    elif info.as_of:
        parts.append(f"{info.as_of:%Y-%m-%dT%H%M%SZ}")
    return "_".join(parts)


def _as_of(info: SnapshotInfo) -> str:
    """Of when numbers are: to the second where they are of a moment, and of no snapshot."""
    if info.as_of and not info.version:
        return formats.second(info.as_of)
    return formats.moment(info.as_of)


def _nothing(panel: Panel, visit: Visit) -> str:
    """Why there is nothing: filters that can be taken away may be why, what the page is of not."""
    given = panel.answer.filters.items()
    filters = formats.narrowed(
        {name: value for name, value in given if name != "search" and value != visit.title_id}
    )
    if not filters:
        return panel.nothing
    return f"{panel.nothing} It is narrowed to {filters}: take that away to see more."


def _content(panel: Panel, chart: figures.Figure | None) -> Node:
    note = element("p", panel.note, class_="note") if panel.note else None
    if chart is None:
        return [panel.shown or plain(panel.table), note]
    return [
        draw(chart, panel.summary),
        note,
        element("details", element("summary", "Data table"), plain(panel.table), class_="twin"),
    ]


def _ways_on(panel: Panel, visit: Visit) -> Html:
    base = f"{EXPORTS}{visit.path.rstrip('/')}/{panel.name}"
    query = visit.filters.query()

    def words(text: str, rest: str) -> list[Node]:
        return [text, element("span", f" {rest} {panel.heading}", class_="unseen")]

    return element(
        "div",
        element("a", words("Rows", "behind"), href=panel.rows) if panel.rows else None,
        element("a", words("CSV", "of"), href=f"{base}.csv{query}", download=True),
        element("a", words("Excel", "of"), href=f"{base}.xlsx{query}", download=True),
        element("button", words("PNG", "of"), type="button", data_picture=True),
        element("button", words("Explore", ""), type="button", data_explore=f"{base}.json{query}")
        if panel.figure
        else None,
        class_="ways",
    )


def told(panel: Panel) -> list[str]:
    """What a picture says below its heading: period, filters, as-of, snapshot."""
    answer, info = panel.answer, panel.answer.snapshot
    parts = [formats.period(answer.period)] if answer.period else []
    parts += [f"days of {answer.zone}"] if answer.zone != UTC else []
    parts += filter(None, [formats.narrowed(answer.filters)])
    parts.append(f"as of {_as_of(info)}")
    return [*parts, f"snapshot {info.version}"] if info.version else parts


def _compared(panel: Panel, visit: Visit) -> str | None:
    """Both sides of its numbers where a filter tells them apart: Germany against France."""
    both = comparing.sides(visit)
    heads = {column.label for column in panel.table.columns}
    return f"{both[0]} against {both[1]}" if both and both[1] in heads else None


def _about(panel: Panel) -> Html:
    answer, info = panel.answer, panel.answer.snapshot
    definitions = [labels.metric(name) for name in answer.metrics]
    facts = list(panel.facts)
    if answer.period:
        facts.append(("Period", formats.period(answer.period)))
    if answer.zone != UTC:
        facts.append(("Time zone", answer.zone))
    facts += formats.filters(answer.filters)
    facts.append(("As of", _as_of(info)))
    if info.version:
        facts.append(("Snapshot", formats.number(info.version)))
    sentences = [
        each.sentence
        if len(definitions) == 1 or each.sentence.startswith(f"{each.label}:")
        else f"{each.label}: {each.sentence}"
        for each in definitions
    ]
    return about(panel.heading, [*panel.sentences, *sentences], facts)


def not_drawn(further: int) -> str | None:
    """The note of a chart that leaves so many of its table's rows out."""
    if further <= 0:
        return None
    return f"{formats.counted(further, 'more is', 'more are')} in the table."
