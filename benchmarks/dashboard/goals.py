"""Tables of figures beside the goals that they are held against."""

from benchmarks.tables import row


def against(name: str, value: float, unit: str, goal: float | None, *more: object) -> None:
    """One row: a figure, what it shall be at most, and whether it is; `more` are further cells."""
    if goal is None:
        row(name, f"{value:,.0f} {unit}", *more, "", "")
        return
    row(name, f"{value:,.0f} {unit}", *more, f"≤ {goal:,.0f} {unit}", _kept(value <= goal))


def at_least(name: str, value: float, goal: float, *more: object) -> None:
    """One row: a score, and what it shall be at least."""
    row(name, f"{value:.0f}", *more, f"≥ {goal:.0f}", _kept(value >= goal))


def _kept(kept: bool) -> str:
    return "kept" if kept else "**missed**"
