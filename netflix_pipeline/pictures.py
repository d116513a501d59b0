"""Charts as PNG, for mails: mail programs show neither SVG nor what they would have to load.

matplotlib draws them, which is loaded at the first one only.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 600
"""Pixels at which a picture is shown; it has SHARPNESS times as many."""
SHARPNESS = 2
INK, FAINT = "#14171f", "#868d9b"
ONE_AT_A_TIME = threading.Lock()
"""matplotlib's fonts and settings are one for all threads."""
STYLE: dict[Any, Any] = {
    "font.size": 9,
    "text.parse_math": False,  # a title may have a dollar in it
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": "#e1e4ea",
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
}


def picture(height: int, draw: Callable[[Axes], None]) -> bytes:
    """What `draw` puts on a plot of `WIDTH` by `height` pixels, as PNG."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with ONE_AT_A_TIME, rc_context(STYLE):
        figure = Figure(figsize=(WIDTH / 100, height / 100), dpi=100 * SHARPNESS)
        FigureCanvasAgg(figure)
        draw(figure.add_subplot())
        file = BytesIO()
        figure.savefig(file, format="png", bbox_inches="tight", pad_inches=0.05)
        return file.getvalue()


def columns(
    height: int,
    names: Sequence[str],
    values: Sequence[float],
    said: Sequence[str],
    colors: Sequence[str],
) -> bytes:
    """A column for each value, with its name below and what is said of it above, as PNG."""

    def draw(axes: Axes) -> None:
        drawn = axes.bar(range(len(names)), values, color=colors)
        axes.bar_label(drawn, said, padding=2)
        axes.set_xticks(range(len(names)), names)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)

    return picture(height, draw)
