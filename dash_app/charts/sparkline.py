"""Charts the size of a word: a trend beside a number, a bar in a row of a table."""

from dash_app.charts.lines import Values, path
from dash_app.charts.plot import SIZE
from dash_app.markup import Html, element


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


def bar(share: float) -> Html:
    """A bar that fills the share of its width."""
    return element(
        "svg",
        element("rect", width="100%", height="100%", class_="track"),
        element("rect", width=f"{100 * share:.2f}%", height="100%", class_="fill"),
        aria_hidden="true",
        class_="bar",
    )
