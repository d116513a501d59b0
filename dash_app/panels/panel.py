"""The frame of every chart and table: what it shows in words, and every way on from it.

A panel has a heading, a sentence that says what is to be seen, the chart, the same numbers as a
table, what they mean and of when they are, and links: to the rows behind them, CSV, picture, and a
figure to explore.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dash_app import formats
from dash_app.figures import Figure
from dash_app.markup import Html, Node, element
from dash_app.panels.about import about
from dash_app.table import Table, plain
from dash_app.visit import Visit
from netflix_pipeline.metrics import metric
from netflix_pipeline.serving import Answer

EXPORTS = "/export"
"""Below it lie the CSV and the figure of every panel: the page's path, its name, the query."""


@dataclass(frozen=True)
class Key:
    """What a colour or line stands for: the class that draws it, and its name."""

    look: str
    name: str


@dataclass(frozen=True)
class Panel:
    """A panel's content.

    `name` is the one under which it is exported, `answer` where its numbers come from. Without a
    `chart` the table itself is shown, drawn by `shown` where it is more than plain; without rows
    `nothing` says so. `figure` draws it for exploring. `note` tells what is not in it; `rows` is
    the address of the rows behind all of it.
    """

    name: str
    heading: str
    summary: str
    table: Table
    answer: Answer[Any]
    chart: Html | None = None
    shown: Html | None = None
    figure: Callable[[], Figure] | None = None
    keys: Sequence[Key] = ()
    facts: Sequence[tuple[str, str]] = ()
    note: str | None = None
    rows: str | None = None
    nothing: str = "Nothing was watched in this period."
    """What is said where there are no rows; filters that may be the reason are named besides."""


def drawn(panel: Panel, visit: Visit) -> Html:
    """The panel as it stands on the page that is visited."""
    empty = not panel.table.rows
    return element(
        "section",
        element(
            "header",
            element("h2", panel.heading),
            _legend(panel.keys) if not empty else None,
            _about(panel),
        ),
        element("p", panel.summary, class_="summary") if panel.summary and not empty else None,
        element("p", _nothing(panel), class_="nothing") if empty else _content(panel),
        None if empty else _ways_on(panel, visit),
        id=f"panel-{panel.name}",
        aria_label=panel.heading,
        data_told=" · ".join(_told(panel.answer)),
        data_file=file_name(panel),
        class_=f"panel {panel.name}",
    )


def file_name(panel: Panel) -> str:
    """What its files are called, without their ending: name, days, snapshot."""
    period = panel.answer.period
    parts = [panel.name]
    if period:
        parts.append(f"{period.from_}_{period.to}")
    return "_".join([*parts, f"snapshot-{panel.answer.snapshot.version}"])


def _nothing(panel: Panel) -> str:
    if not panel.answer.filters:
        return panel.nothing
    told = ", ".join(name.replace("_", " ") for name in panel.answer.filters)
    return f"{panel.nothing} It is narrowed by {told}: take that away to see more."


def _content(panel: Panel) -> Node:
    note = element("p", panel.note, class_="note") if panel.note else None
    if panel.chart is None:
        return [panel.shown or plain(panel.table), note]
    return [
        panel.chart,
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
        element("button", words("PNG", "of"), type="button", data_picture=True),
        element("button", words("Explore", ""), type="button", data_explore=f"{base}.json{query}")
        if panel.figure
        else None,
        class_="ways",
    )


def _legend(keys: Sequence[Key]) -> Html | None:
    if not keys:
        return None
    return element(
        "div",
        [element("span", key.name, class_=f"key {key.look}") for key in keys],
        aria_hidden="true",
        class_="legend",
    )


def _told(answer: Answer[Any]) -> list[str]:
    """What a picture says below its heading: period, filters, as-of, snapshot."""
    told = [formats.period(answer.period)] if answer.period else []
    told += [f"{name} {value}" for name, value in answer.filters.items()]
    return [
        *told,
        f"as of {formats.moment(answer.snapshot.as_of)}",
        f"snapshot {answer.snapshot.version}",
    ]


def _about(panel: Panel) -> Html:
    answer = panel.answer
    told = [metric(name) for name in answer.metrics]
    facts = list(panel.facts)
    if answer.period:
        facts.append(("Period", formats.period(answer.period)))
    facts += [
        (name.replace("_", " ").capitalize(), value) for name, value in answer.filters.items()
    ]
    facts += [
        ("As of", formats.moment(answer.snapshot.as_of)),
        ("Snapshot", formats.number(answer.snapshot.version)),
    ]
    sentences = [
        f"{each.label}: {each.sentence}" if len(told) > 1 else each.sentence for each in told
    ]
    return about(panel.heading, sentences, facts)
