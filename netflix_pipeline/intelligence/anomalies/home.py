"""How well anomalies would have been found in a home."""

from datetime import date, timedelta

from netflix_pipeline.intelligence.anomalies.evaluation import Evaluation, Evaluator
from netflix_pipeline.intelligence.anomalies.watched import came, watched
from netflix_pipeline.intelligence.forecasts.known import PLAYS, known
from netflix_pipeline.intelligence.forecasts.points import FEWEST
from netflix_pipeline.lake import Lake

METRIC = "hours_viewed"


def evaluated(lake: Lake, days: int, repeats: int, seed: int) -> Evaluation | None:
    """Put faults into the last days of a home; None where too little is known of the total."""
    there = lake.partitions(PLAYS)
    home = known(lake, there[-1] + timedelta(days=1)) if there else None
    if home is None or home.days < days + 2 * FEWEST:
        return None
    titles = lake.read("silver/titles", None, ["title_id", "added_on"]).drop_nulls()
    launched: dict[str, date] = dict(titles.rows())
    arrivals = came(lake, home.first, home.days)
    series = list(watched(home, METRIC, days))
    if not series[0].days.any():
        return None
    return Evaluator(home, series, arrivals, launched, seed, METRIC).evaluate(repeats)
