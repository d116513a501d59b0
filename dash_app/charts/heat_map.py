"""Traces `heatmap`: amounts as steps of one colour, by weekday and hour, or day by day."""

from dash_app.charts.plot import below, box, labels, plot, stretched
from dash_app.charts.scale import LEVELS, centre, level, share
from dash_app.figures import Figure
from dash_app.markup import Html, element

FEWEST_WEEKS = 13
"""Columns of a calendar at least: the cells of a few weeks would be as wide as the chart."""


def heat_map(figure: Figure, label: str) -> Html:
    """A cell for each value, read along the rows; of a calendar, transposed, down its weeks.

    What has no value there is no day of it.
    """
    (trace,), layout = figure["data"], figure["layout"]
    z, by_week = trace["z"], trace.get("transpose", False)
    rows = len(trace["y"])
    columns = max(FEWEST_WEEKS, len(z)) if by_week else len(trace["x"])
    paths: dict[int, list[str]] = {}
    for at, values in enumerate(z):
        for place, value in enumerate(values):
            if by_week and value is None:
                continue
            x, y = (at, place) if by_week else (place, at)
            cell = box(x / columns, y / rows, 1 / columns, 1 / rows)
            paths.setdefault(level(value, trace["zmax"]), []).append(cell)
    # One path for all the cells of a step: few elements, however many cells.
    cells = [
        element("path", d="".join(paths[step]), class_=f"cell step-{step}")
        for step in range(LEVELS + 1)
        if step in paths
    ]
    margin = [
        element("text", name, x="-10", y=share(centre(row, rows)), dy="0.35em")
        for row, name in labels(layout["yaxis"], trace["y"]).items()
        if not (by_week and row % 2)
    ]
    return plot(
        "heat calendar" if by_week else "heat",
        element("g", margin, class_="margin"),
        stretched(cells),
        label=label,
        grid=(columns, rows),
        axis=below(labels(layout["xaxis"], trace["x"]), columns),
        first=next(at for at, value in enumerate(z[0]) if value is not None) if by_week else None,
    )
