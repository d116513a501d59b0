"""Traces `scatter`: lines over equal steps, of time or of a title's length; and sparklines."""

from collections.abc import Sequence

from dash_app.charts.plot import (
    SIZE,
    centre,
    color_of,
    largest,
    over_steps,
    share,
    stretched,
)
from dash_app.figures import Figure, Trace
from dash_app.markup import Html, element
from dash_app.scales import even, ticks

Values = Sequence[float | None]

DASHES = {"solid": "", "dash": "dashed", "dot": "dotted"}
"""How a line is drawn, by its `dash`."""


def lines(figure: Figure, label: str) -> Html:
    """A chart of lines, and of the surface below one; a step without a value leaves a gap.

    The axis has its `range`, in steps of its `dtick`, or reaches from 0 to the largest value.
    """
    traces, axis = figure["data"], figure["layout"].get("yaxis", {})
    if "dtick" in axis:
        scale = even(axis["range"], axis["dtick"])
    else:
        most = largest(value for trace in traces for value in trace["y"])
        scale = ticks(axis["range"][1] if "range" in axis else most)
    ends = scale[0], scale[-1]
    return over_steps(
        "lines",
        figure,
        scale,
        stretched(
            [
                _drawn(trace, ends, below)
                for below, trace in zip([None, *traces], traces, strict=False)
                if trace["mode"] != "markers" and trace.get("fill") != "none"
            ]
        ),
        [_dots(trace, ends) for trace in traces if "markers" in trace["mode"]],
        label=label,
    )


def path(values: Values, top: float, low: float = 0) -> str:
    """The drawing of a line through the middles of equal bands; `top` is full height."""
    steps = []
    drawing = False
    for index, value in enumerate(values):
        if value is None:
            drawing = False
            continue
        x, y = SIZE * centre(index, len(values)), SIZE * (top - value) / (top - low)
        steps.append(f"{'L' if drawing else 'M'}{x:.1f} {y:.1f}")
        drawing = True
    return "".join(steps)


def sparkline(values: Values) -> Html | None:
    """The shape of a series, from its least to its most; None for less than two values."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    least, span = min(known), max(known) - min(known)
    shape = [None if value is None else (value - least) / span if span else 0.5 for value in values]
    return element(
        "svg",
        element("path", d=path(shape, 1), class_="line"),
        viewBox=f"0 -40 {SIZE} {SIZE + 80}",
        preserveAspectRatio="none",
        aria_hidden="true",
        class_="spark",
    )


def _drawn(trace: Trace, ends: tuple[float, float], below: Trace | None) -> Html:
    """A line, the surface below it, or that between it and the trace `below` it."""
    low, top = ends
    drawn = path(trace["y"], top, low)
    if "lines" in trace["mode"]:
        look = f"line {DASHES[trace['line']['dash']]}".rstrip()
        return element("path", d=drawn, stroke=color_of(trace), class_=look)
    if trace["fill"] == "tonexty" and below:
        back = path(below["y"], top, low).replace("M", "L").split("L")[:0:-1]
        return element("path", d=f"{drawn}L{'L'.join(back)}Z", fill=trace["fillcolor"])
    first, last = (SIZE * centre(at, len(trace["y"])) for at in (0, len(trace["y"]) - 1))
    surface = f"{drawn}L{last:.1f} {SIZE}L{first:.1f} {SIZE}Z"
    return element("path", d=surface, fill=trace["fillcolor"])


def _dots(trace: Trace, ends: tuple[float, float]) -> list[Html]:
    """The values of a line of which some stand by themselves."""
    low, top = ends
    return [
        element(
            "circle",
            cx=share(centre(at, len(trace["y"]))),
            cy=share((top - value) / (top - low)),
            r="5" if trace["mode"] == "markers" else "3",
            fill=color_of(trace),
        )
        for at, value in enumerate(trace["y"])
        if value is not None
    ]
