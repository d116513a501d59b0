"""The active persons of cut-offs, out of a lake: as they were known then, and who of them left."""

from datetime import date, timedelta
from functools import cache

import numpy as np
import polars as pl

from netflix_pipeline.contracts.origins import WINDOW_DAYS
from netflix_pipeline.intelligence.leaving.features import COLUMNS, HORIZON_DAYS, features, outcomes
from netflix_pipeline.intelligence.leaving.known_plays import WHO, KnownPlays
from netflix_pipeline.intelligence.leaving.model import GAP_DAYS, Snapshot, learned_from

DAY = timedelta(days=1)


class Snapshots:
    """Each cut-off's persons, looked at once."""

    def __init__(self, plays: KnownPlays) -> None:
        """Those of a lake with plays."""
        self.plays = plays
        self.people = cache(self._people)
        self.known = cache(self._known)

    @property
    def first(self) -> date:
        """The first day with plays."""
        return self.plays.days[0]

    @property
    def newest(self) -> date:
        """The cut-off after the last day with plays."""
        return self.plays.days[-1] + DAY

    @property
    def reconstructed(self) -> float:
        """The share of rows of which only a bulk load tells when they came."""
        return self.plays.bulk_rows / self.plays.rows if self.plays.rows else 0.0

    def learned(self, cutoff: date) -> list[Snapshot]:
        """Those that can be learned from at a cut-off, newest first."""
        return [self.known(each) for each in learned_from(cutoff, self.first)]

    def starts(self, cutoff: date) -> pl.DataFrame:
        """When each play started that was known at a cut-off: user_id, started_at."""
        return self.plays.starts(cutoff)

    def _people(self, cutoff: date) -> pl.DataFrame:
        recent = self.plays.plays(cutoff, cutoff - WINDOW_DAYS * DAY, cutoff, COLUMNS)
        people = self.plays.people(cutoff, self.starts(cutoff))
        return features(recent, people, cutoff, self.first)

    def _known(self, cutoff: date) -> Snapshot:
        people = self.people(cutoff)
        ends = cutoff + HORIZON_DAYS * DAY
        since = self.plays.plays(ends + GAP_DAYS * DAY, cutoff, ends, WHO)
        left = outcomes(people, since, cutoff).to_numpy().astype(np.float64)
        return Snapshot(cutoff, people, left)
