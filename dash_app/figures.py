"""Plotly figures of the dashboard's charts: a table in, a figure out, pure.

A figure is plain JSON, `{"data": [trace, …], "layout": {…}}`, as `plotly.graph_objects.Figure`
takes it. It is the one description of a chart: `dash_app.charts` draws it as SVG on the page, and
the browser opens the same one to explore it. Only tests have Plotly validate it, because that takes
longer than the rest of a page.

Colours are names of the page's styles, `var(--accent)`, which are others in light and dark.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from dash_app import formats
from dash_app.scales import around
from dash_app.table import Table

Figure = dict[str, Any]
Trace = dict[str, Any]
Shape = dict[str, Any]
Ticks = Mapping[int, str]
"""What stands at an axis, by index of its values."""

FORMATS = {"share": ".1%"}
"""How an axis writes values of a unit, where not as plain numbers."""
_HIGH: Shape = {"xref": "x", "yref": "paper", "y0": 0, "y1": 1}
POINT = "x+name+text"
"""What Plotly says of a point: its place, its trace, and its value as the table has it."""


def lines(
    table: Table,
    x: str,
    traces: Sequence[Trace],
    *,
    value: str,
    unit: str = "",
    title: str | None = None,
    ticks: Ticks | None = None,
    yaxis: Mapping[str, Any] | None = None,
    **layout: Any,
) -> Figure:
    """A figure of `between`, `area` and `line`s over the column `x`, the last one told first.

    Rates are drawn around the values that they have, without the area that begins at 0, unless
    their `yaxis` has a range.
    """
    amounts = _amounts(value, unit)
    if yaxis:
        amounts |= yaxis
    elif unit == "share":
        scale = around(rate for trace in traces for rate in trace["y"])
        amounts |= {"range": [scale[0], scale[-1]], "dtick": scale[1] - scale[0]}
        if scale[0]:
            amounts["title"] = {"text": f"{value}, {cut_off(scale[0])}"}
            traces = [trace for trace in traces if trace["mode"] != "none"]
    return _figure(
        title or table.caption,
        traces,
        xaxis=_axis(table.label(x), plain(table.column(x)), ticks),
        yaxis=amounts,
        hovermode="x unified",
        legend={"traceorder": "reversed"},
        **layout,
    )


def line(
    table: Table,
    x: str,
    y: str,
    *,
    name: str | None = None,
    color: str = "accent",
    dash: str = "solid",
    partial: Collection[int] = (),
    partial_name: str | None = None,
) -> list[Trace]:
    """A line through the values of the column `y`; it is in the legend under its `name`.

    A row without a value leaves a gap, and a value between two such is a point. What leads to a
    `partial` row, by index, is dotted, and in the legend under a name of its own.
    """
    values = table.column(y)
    whole: Trace = {
        "type": "scatter",
        "mode": _mode(values),
        "line": {"dash": dash},
        **_points(table, x, y, name, color),
    }
    if not partial:
        return [whole]
    near = {at + step for at in partial for step in (-1, 0, 1)}
    dotted = whole | {
        "name": partial_name or whole["name"],
        "y": [value if at in near else None for at, value in enumerate(values)],
        "line": {"dash": "dot"},
        "hoverinfo": [POINT if at in partial else "skip" for at in range(len(values))],
        "showlegend": partial_name is not None,
    }
    whole["y"] = [None if at in partial else value for at, value in enumerate(values)]
    return [dotted, whole]


def _mode(values: Sequence[float | None]) -> str:
    """What is drawn of a line: points too, where a line alone would not show each value."""
    around = zip((None, *values), values, (*values[1:], None), strict=False)
    alone = [before is after is None for before, value, after in around if value is not None]
    if not any(alone):
        return "lines"
    return "markers" if all(alone) else "lines+markers"


def area(table: Table, x: str, y: str) -> list[Trace]:
    """The surface below the line of the column `y`; none where that has gaps."""
    values = table.column(y)
    if len(values) < 2 or None in values:
        return []
    return [
        {
            "type": "scatter",
            "mode": "none",
            "x": plain(table.column(x)),
            "y": values,
            "fill": "tozeroy",
            "fillcolor": "var(--area)",
            "hoverinfo": "skip",
            "showlegend": False,
        }
    ]


def between(
    table: Table, x: str, low: str, high: str, name: str, *, inner: bool = False
) -> list[Trace]:
    """The surface between the lines of two columns, in the legend under its `name`.

    It ends where either has no value, and begins anew behind that. An `inner` one lies on a wider
    one, and so is darker.
    """
    ends = list(zip(table.column(low), table.column(high), strict=True))
    known = [None not in pair for pair in ends]
    begins = [at for at, here in enumerate(known) if here and not (at and known[at - 1])]
    traces = list[Trace]()
    for first in begins:
        last = next((at for at in range(first, len(known)) if not known[at]), len(known))
        for end, fill in enumerate(("none", "tonexty")):
            traces.append(
                {
                    "type": "scatter",
                    "mode": "none",
                    "name": name,
                    "x": plain(table.column(x)),
                    "y": [
                        pair[end] if first <= at < last else None for at, pair in enumerate(ends)
                    ],
                    "fill": fill,
                    "fillcolor": "var(--band)",
                    "marker": {"color": f"var(--{'band-inner' if inner else 'band'})"},
                    "hoverinfo": "skip",
                    "showlegend": fill == "tonexty" and first == begins[0],
                }
            )
    return traces


def marks(
    table: Table, x: str, y: str, rows: Collection[int], name: str, *, color: str
) -> list[Trace]:
    """Points on the values of the column `y` in some rows, by index; none without such."""
    if not rows:
        return []
    return [
        {
            **_points(table, x, y, name, color),
            "type": "scatter",
            "mode": "markers",
            "y": [value if at in rows else None for at, value in enumerate(table.column(y))],
            "hoverinfo": "skip",
        }
    ]


def stacked(
    table: Table,
    x: str,
    traces: Sequence[Trace],
    *,
    value: str,
    ticks: Ticks | None = None,
    **layout: Any,
) -> Figure:
    """A figure of `column`s over the column `x`, in order from the line outwards."""
    return _figure(
        table.caption,
        traces,
        xaxis=_axis(table.label(x), plain(table.column(x)), ticks),
        yaxis=_amounts(value),
        barmode="relative",
        bargap=0.28,
        **layout,
    )


def column(
    table: Table,
    x: str,
    y: str,
    *,
    name: str | None = None,
    color: str = "part-1",
    down: bool = False,
    partial: Collection[int] = (),
) -> Trace:
    """One part of each column, or one that hangs `down`; it is in the legend under its `name`.

    Those of `partial` rows, by index, are paler.
    """
    trace: Trace = {"type": "bar", **_points(table, x, y, name, color)}
    if down:
        trace["y"] = [-value if value else value for value in trace["y"]]
    if partial:
        trace["marker"]["opacity"] = [0.5 if at in partial else 1 for at in range(len(trace["y"]))]
    return trace


def bars(
    table: Table,
    name: str,
    value: str,
    said: Sequence[str],
    *,
    unit: str = "",
    names: Sequence[str] | None = None,
    most: int | None = None,
    title: str | None = None,
    signed: bool = False,
    chosen: Collection[int] = (),
) -> Figure:
    """A lying bar for each row, the first on top, with its value as `said` beside it.

    It is called as the column `name` says, or by `names`. At first so many are shown, or all.
    Those of `signed` values lie right and left of zero, in the colours of up and down. Where some
    are `chosen`, by index, the others are paler.
    """
    shown = min(len(said), most or len(said))
    values = table.column(value)
    trace: Trace = {
        "type": "bar",
        "orientation": "h",
        "name": table.label(value),
        "y": list(names or table.texts_of(name)),
        "x": values,
        "text": list(said),
        "marker": {
            "color": [f"var(--{'down' if value < 0 else 'up'})" for value in values]
            if signed
            else "var(--accent)"
        },
        "hovertext": table.texts_of(value),
        "hoverinfo": "y+text",
        "showlegend": False,
    }
    if chosen:
        trace["marker"]["opacity"] = [1 if at in chosen else 0.4 for at in range(len(said))]
    return _figure(
        title or table.caption,
        [trace],
        xaxis=_amounts(table.label(value), unit),
        yaxis={"type": "category", "range": [shown - 0.5, -0.5], "automargin": True},
    )


def heat_map(table: Table, x: str, y: str, value: str, ticks: Ticks | None = None) -> Figure:
    """Amounts as steps of a colour: the columns `x` and `y` say the place of each row's value."""
    across, down = table.texts_of(x), table.texts_of(y)
    xs, ys = list(dict.fromkeys(across)), list(dict.fromkeys(down))
    told = zip(table.column(value), table.texts_of(value), strict=True)
    known = dict(zip(zip(across, down, strict=True), told, strict=True))
    cells = [[known.get((each, row), (None, "")) for each in xs] for row in ys]
    axis = _axis(table.label(x), xs, ticks) | {"type": "category"}
    return _cells(table, value, cells, axis, x=xs, y=ys)


def calendar(
    table: Table,
    day: str,
    value: str,
    weekdays: Sequence[str],
    ticks: Ticks,
    week_start: int = 1,
) -> Figure:
    """A heat map of days, one a row: a column for each week, its first day on top.

    `weekdays` are the names of its seven rows, `ticks` stand below its weeks, which begin with
    that weekday (1 is Monday).
    """
    days: list[date] = table.column(day)
    told = list(zip(table.column(value), table.texts_of(value), strict=True))
    before = (days[0].isoweekday() - week_start) % 7 if days else 0
    nothing: list[tuple[Any, str]] = [(None, "")]
    every = [*nothing * before, *told, *nothing * (-(before + len(told)) % 7)]
    weeks = [every[at : at + 7] for at in range(0, len(every), 7)]
    begins = plain([days[0] + timedelta(days=7 * at - before) for at in range(len(weeks))])
    axis = _axis(table.label(day), begins, ticks)
    made = _cells(table, value, weeks, axis, x=begins, y=list(weekdays), transpose=True)
    # Plotly turns the values round, but not what is said of them.
    (trace,) = made["data"]
    trace["hovertext"] = [[week[at] for week in trace["hovertext"]] for at in range(7)]
    return made


def flag(day: date, text: str) -> Shape:
    """The shape of something that happened on a day."""
    return {
        "type": "line",
        **_HIGH,
        "x0": f"{day}",
        "x1": f"{day}",
        "line": {"color": "var(--mark-ink)", "dash": "dash", "width": 1},
        "label": {"text": text},
    }


def band(first: date, last: date) -> Shape:
    """The shape of days whose numbers lack something."""
    return {
        "type": "rect",
        **_HIGH,
        "x0": f"{first}",
        "x1": f"{last}T23:59:59",
        "layer": "below",
        "fillcolor": "var(--ink)",
        "opacity": 0.06,
        "line": {"width": 0},
    }


def cut_off(low: float) -> str:
    """What an axis of rates says that begins elsewhere than at 0."""
    return f"from {formats.percent(low)}, not from 0"


def plain(values: Sequence[Any]) -> list[Any]:
    """Values as JSON has them."""
    return [value.isoformat() if isinstance(value, date | datetime) else value for value in values]


def _figure(title: str, traces: Sequence[Trace], **layout: Any) -> Figure:
    return {
        "data": list(traces),
        "layout": {"title": {"text": title}, "showlegend": True, **layout},
    }


def _amounts(title: str, unit: str = "") -> dict[str, Any]:
    """The axis of amounts of a unit."""
    return {
        "title": {"text": title},
        "rangemode": "tozero",
        "tickformat": FORMATS.get(unit, ""),
    }


def _axis(title: str, values: Sequence[Any], ticks: Ticks | None) -> dict[str, Any]:
    """The axis of what has amounts, with the ticks that it is to have, or Plotly's."""
    named = {"title": {"text": title}}
    if ticks is None:
        return named
    shown = {values[at]: text for at, text in ticks.items() if at < len(values)}
    return named | {"tickvals": list(shown), "ticktext": list(shown.values())}


def _points(table: Table, x: str, y: str, name: str | None, color: str) -> Trace:
    return {
        "name": name or table.label(y),
        "x": plain(table.column(x)),
        "y": table.column(y),
        "marker": {"color": f"var(--{color})"},
        "hovertext": _with_change(table, y),
        "hoverinfo": POINT,
        "showlegend": name is not None,
    }


def _with_change(table: Table, y: str) -> list[str]:
    """The values of a column as people read them, each with its change where that stands behind."""
    texts, place = table.texts_of(y), table.names.index(y)
    behind = table.names[place + 1 : place + 3]
    if [name.rpartition("_")[2] for name in behind] != ["compared", "change"]:
        return texts
    changes = zip(texts, table.column(behind[1]), table.texts_of(behind[1]), strict=True)
    return [text if change is None else f"{text} ({told})" for text, change, told in changes]


def _cells(
    table: Table,
    value: str,
    cells: Sequence[Sequence[tuple[float | None, str]]],
    xaxis: dict[str, Any],
    **trace: Any,
) -> Figure:
    """A figure of amounts and what is said of them."""
    label = {"text": table.label(value)}
    known = [amount for row in cells for amount, _ in row if amount is not None]
    heat = {
        "type": "heatmap",
        "name": table.label(value),
        "z": [[amount for amount, _ in row] for row in cells],
        "zmin": 0,
        "zmax": max(known, default=0) or 1,
        "colorscale": [[0, "var(--step-1)"], [1, "var(--step-7)"]],
        "hovertext": [[text for _, text in row] for row in cells],
        "hoverinfo": "x+y+text",
        "colorbar": {"title": label},
        **trace,
    }
    yaxis = {"type": "category", "autorange": "reversed", "automargin": True}
    return _figure(table.caption, [heat], xaxis=xaxis, yaxis=yaxis)
