"""A measure by day, beside the period before: as a chart, in words, and as a table."""

from __future__ import annotations

from collections.abc import Sequence

from dash_app import formats
from dash_app.charts.lines import lines
from dash_app.markup import Html, element, fragment
from netflix_pipeline.metrics import Metric, metric
from netflix_pipeline.serving import Answer, DayValue

Daily = Answer[tuple[DayValue, ...]]


def trend(now: Daily, before: Daily | None) -> Html:
    """The panel of a metric by day."""
    told = metric(now.metrics[0])
    days = [each.day for each in now.data]
    summary = summarized(told, now.data)
    legend = fragment(
        element("span", "This period", class_="key now"),
        element("span", formats.period(before.period), class_="key before")
        if before and before.period
        else None,
    )
    chart = lines(
        days,
        [each.value for each in now.data],
        [each.value for each in before.data] if before else None,
        label=f"{told.label} by day. {summary}",
        tick=lambda value: formats.short_in(told.unit, value),
        tick_day=formats.day_of_year if days[0].year == days[-1].year else formats.month,
    )
    return element(
        "section",
        element(
            "header",
            element("h2", f"{told.label} by day"),
            element("div", legend, aria_hidden="true", class_="legend"),
        ),
        element("p", summary, class_="summary"),
        element("div", chart, class_="chart", data_chart=True),
        element(
            "details",
            element("summary", "Data table"),
            _table(told, now, before),
            class_="twin",
        ),
        aria_label=f"{told.label} by day",
        class_="panel trend",
    )


def summarized(told: Metric, values: Sequence[DayValue]) -> str:
    """What the chart shows, in a sentence: the mean, the most, the least."""
    known = [(each.value, each.day) for each in values if each.value is not None]
    if not known or not any(value for value, _ in known):
        return "Nothing was watched in this period."
    if len(known) == 1:
        value, day = known[0]
        return f"{formats.value_in(told.unit, value)} on {formats.weekday(day)}."
    (least, quiet), (most, busy) = min(known), max(known)
    mean = formats.value_in(told.unit, sum(value for value, _ in known) / len(known))
    return (
        f"{mean} a day on average; most on {formats.weekday(busy)} "
        f"({formats.value_in(told.unit, most)}), least on {formats.weekday(quiet)} "
        f"({formats.value_in(told.unit, least)})."
    )


def _table(told: Metric, now: Daily, before: Daily | None) -> Html:
    """The same numbers as rows; the chart's pointer reads them from here."""
    rows = []
    earlier = before.data if before else ()
    for index, each in enumerate(now.data):
        was = earlier[index] if before else None
        rows.append(
            element(
                "tr",
                element("th", formats.weekday(each.day), scope="row"),
                element("td", formats.value_in(told.unit, each.value)),
                element("td", formats.value_in(told.unit, was.value)) if was else None,
                element("td", formats.weekday(was.day)) if was else None,
            )
        )
    heads = ("Day (UTC)", told.label, *(("Before", "Day before") if before else ()))
    return element(
        "div",
        element(
            "table",
            element("caption", f"{told.label} by day", class_="unseen"),
            element("thead", element("tr", [element("th", head, scope="col") for head in heads])),
            element("tbody", rows),
        ),
        tabindex="0",
        role="region",
        aria_label=f"{told.label} by day, as a table",
        class_="scroll",
    )
