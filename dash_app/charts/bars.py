"""Traces `bar` that lie: amounts beside one another, each a bar behind its name."""

from dash_app.charts.plot import color_of, plot
from dash_app.charts.scale import largest, share
from dash_app.figures import Figure
from dash_app.markup import Html, element

ROW = 34
"""Pixels of one bar's row."""
LONGEST = 26
"""Characters of a name that find room beside its number on a phone."""


def bars(figure: Figure, label: str) -> Html:
    """A row for each name within the range, the bar as long as its value is against the largest."""
    (trace,) = figure["data"]
    ends = figure["layout"].get("yaxis", {}).get("range", (len(trace["x"]) - 0.5, -0.5))
    count = int(ends[0] + 0.5)
    values = [value or 0 for value in trace["x"][:count]]
    told = zip(trace["y"][:count], values, trace["text"][:count], strict=True)
    most = largest(values)
    rows = [
        element(
            "svg",
            element("rect", width="100%", height=ROW - 4, rx="6", class_="track"),
            element(
                "rect",
                width=share(max(0.0, value) / most if most else 0),
                height=ROW - 4,
                rx="6",
                fill=color_of(trace),
                class_="fill",
            ),
            element("text", _cut(name), x="10", y=ROW / 2 - 2, dy="0.35em", class_="name"),
            element("text", text, x="100%", dx="-10", y=ROW / 2 - 2, dy="0.35em", class_="amount"),
            y=index * ROW,
            width="100%",
            height=ROW,
        )
        for index, (name, value, text) in enumerate(told)
    ]
    return plot("bars", rows, label=label, grid=(1, len(rows)), height=ROW * len(rows))


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1].rstrip()}…"
