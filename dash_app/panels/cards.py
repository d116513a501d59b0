"""Headline cards: a number, its change, its shape over the period, and what it means."""

from __future__ import annotations

from dash_app import formats
from dash_app.charts.small import sparkline
from dash_app.markup import Html, Node, element
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving import Answer, DayValue, Glance, Headline, Period

LARGE = ("hours_viewed", "viewers", "views", "plays")
SMALL = ("completion_rate", "avg_sitting_minutes", "binge_rate", "stickiness", "peak_concurrent")
SHOWN = (*LARGE, *SMALL)
"""The metrics that have a card, in order."""

SAMPLES = {
    "hours_viewed": "plays",
    "viewers": "starters",
    "views": "plays",
    "completion_rate": "starters",
    "avg_sitting_minutes": "sittings",
    "binge_rate": "sittings",
    "stickiness": "mau",
}
"""The count that each number rests on."""
LEFT_OUT = {"hours_viewed": "plays_without_duration", "views": "hours_without_runtime"}
"""What a number cannot know of."""

ARROWS = {-1: "▼", 0: "■", 1: "▲"}
WORDS = {-1: "down", 0: "unchanged", 1: "up"}

Trends = dict[str, tuple[DayValue, ...]]


def cards(now: Answer[Glance], before: Answer[Glance] | None, trends: Trends) -> Html:
    """All cards; `trends` gives the values by day of each metric that has them."""
    return element(
        "section",
        element("h2", "At a glance", class_="unseen"),
        *[
            element(
                "div",
                [_card(name, now, before, trends.get(name, ())) for name in names],
                class_=f"cards {size}",
            )
            for size, names in (("large", LARGE), ("small", SMALL))
        ],
        aria_label="At a glance",
    )


def _card(
    name: str,
    now: Answer[Glance],
    before: Answer[Glance] | None,
    trend: tuple[DayValue, ...],
) -> Html:
    told = METRICS[name]
    value = getattr(now.data, name)
    return element(
        "article",
        element("h3", told.label),
        _about(name, now),
        element(
            "p",
            formats.short_in(told.unit, value),
            title=formats.value_in(told.unit, value),
            data_metric=name,
            class_="value",
        ),
        _change(told.unit, value, getattr(before.data, name) if before else None, before),
        sparkline([each.value for each in trend]),
        class_="card",
    )


def _change(
    unit: str, now: float | None, before: float | None, answer: Answer[Glance] | None
) -> Html:
    change = formats.change(unit, now, before)
    if change is None or answer is None:
        return element("p", "no comparison", class_="change none")
    text, direction = change
    assert answer.period is not None
    was = f"{formats.value_in(unit, before)} in {formats.period(answer.period)}"
    return element(
        "p",
        element("span", ARROWS[direction], aria_hidden="true"),
        element("span", f"{WORDS[direction]} ", class_="unseen"),
        text,
        element("span", f", was {was}", class_="unseen"),
        title=f"Was {was}",
        class_=f"change {WORDS[direction]}",
    )


def _about(name: str, now: Answer[Glance]) -> Html:
    """The definition behind a number, and what it rests on."""
    told, data = METRICS[name], now.data
    facts: list[tuple[str, str]] = [("Unit", told.unit)]
    if sample := SAMPLES.get(name):
        facts.append(("Rests on", _counted(sample, data)))
    if gap := LEFT_OUT.get(name):
        facts.append(("Left out", _counted(gap, data)))
    assert now.period is not None
    facts += [
        ("Period", formats.period(_last_day(now.period) if name == "stickiness" else now.period)),
        ("As of", formats.moment(now.snapshot.as_of)),
        ("Exactly", formats.value_in(told.unit, getattr(data, name))),
    ]
    rows: list[Node] = [
        element("div", element("dt", term), element("dd", fact)) for term, fact in facts
    ]
    return element(
        "details",
        element("summary", element("span", f"About {told.label}", class_="unseen")),
        element("div", element("p", told.sentence), element("dl", rows), class_="definition"),
        class_="about",
    )


def _counted(name: str, data: Headline) -> str:
    told = METRICS[name]
    return f"{formats.number(getattr(data, name))} {told.label.lower()}"


def _last_day(period: Period) -> Period:
    return Period(from_=period.to, to=period.to)
