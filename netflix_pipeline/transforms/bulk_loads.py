"""Which events came in a bulk load: a file brought them long after they happened.

When they would have come by themselves nobody can say, so that they tell nothing of lateness.
"""

import polars as pl

from netflix_pipeline.contracts import HTTP
from netflix_pipeline.metrics import BULK_AFTER

OF_A_BULK_LOAD = (pl.col("source") != HTTP) & (
    pl.col("received_at") - pl.col("event_time") > BULK_AFTER
)
"""Whether a watch event did, of its `source`, `received_at` and `event_time`."""
