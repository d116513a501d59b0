"""The filter bar: period and measure, as links and a form, so that the address holds the state."""

from __future__ import annotations

from dash_app import formats
from dash_app.filters import DEFAULT_MEASURE, MEASURES, PRESETS, Filters
from dash_app.markup import Html, Node, element
from netflix_pipeline.serving import Period, SnapshotInfo


def picker(
    path: str, filters: Filters, period: Period, previous: Period | None, info: SnapshotInfo
) -> Html:
    """The bar, and in words which days are shown and which they are compared with."""
    presets = [
        _choice(path + filters.over(name).query(), label, filters.preset == name)
        for name, (_, label) in PRESETS.items()
    ]
    measures = [
        _choice(path + filters.measured(name).query(), label, filters.by == name)
        for name, label in MEASURES.items()
    ]
    compared = (
        f"compared with {formats.period(previous)}"
        if previous
        else "no complete period before it to compare with"
    )
    return element(
        "section",
        element("div", presets, role="group", aria_label="Period", class_="segments"),
        _dates(path, filters, period, info),
        element("div", measures, role="group", aria_label="Measure", class_="segments measures"),
        element(
            "p",
            element("strong", formats.period(period)),
            f" · {formats.days(period.days)} · ",
            element("span", compared),
            class_="told",
        ),
        aria_label="Filters",
        class_="filters",
    )


def _choice(href: str, label: str, chosen: bool) -> Html:
    return element("a", label, href=href, aria_current="true" if chosen else None)


def _dates(path: str, filters: Filters, period: Period, info: SnapshotInfo) -> Html:
    ends: list[Node] = [
        element(
            "label",
            element("span", label),
            element(
                "input",
                type="date",
                name=name,
                value=value.isoformat(),
                min=str(info.data_from),
                max=str(info.data_to),
                required=True,
            ),
        )
        for label, name, value in (("From", "from", period.from_), ("to", "to", period.to))
    ]
    by = filters.by
    return element(
        "form",
        ends,
        element("input", type="hidden", name="by", value=by) if by != DEFAULT_MEASURE else None,
        element("button", "Show", type="submit"),
        action=path,
        method="get",
        aria_label="Other period",
        class_="dates" if filters.custom is None else "dates chosen",
    )
