"""What of a home was known at an origin."""

from datetime import date

import numpy as np
import pytest

from netflix_pipeline.intelligence.forecasts.known import TOTAL, Known, Level

DAYS = 20


def home(came_after: int, received: int) -> Known:
    """Ten plays a day; of the newest so many days all were received on one day."""
    late = np.arange(DAYS - came_after, DAYS)
    nobody = np.array([], dtype=np.int64)
    total = Level(
        [TOTAL],
        {"plays": np.full((1, DAYS), 10.0)},
        {
            "plays": (
                np.zeros_like(late),
                late,
                np.full_like(late, received),
                np.full(len(late), 10.0),
            )
        },
        (nobody, nobody, nobody),
    )
    return Known(date(2026, 1, 1), DAYS, {"total": total}, 0.0)


@pytest.mark.parametrize(
    ("came_after", "received", "speaks"),
    [(0, DAYS, True), (3, DAYS, True), (4, DAYS, False), (7, DAYS, False), (7, DAYS - 1, True)],
)
def test_where_most_of_the_week_came_after_an_origin_nothing_is_said(
    came_after: int, received: int, speaks: bool
) -> None:
    assert home(came_after, received).speaks(DAYS) is speaks
