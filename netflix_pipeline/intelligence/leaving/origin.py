"""What is said at an origin of who is leaving, as the rows of its tables.

No weights are kept: each origin is fitted anew on what the lake holds, so that persons who were
erased are in no model that speaks from then on.
"""

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import polars as pl
import polars.selectors as cs

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.origins import REASONS, REASONS_TOLD, TENURES
from netflix_pipeline.intelligence.leaving import scoring
from netflix_pipeline.intelligence.leaving.evaluation import (
    MODELS,
    Judged,
    Model,
    judge,
    score_of,
    tenths,
)
from netflix_pipeline.intelligence.leaving.features import HORIZON_DAYS
from netflix_pipeline.intelligence.leaving.known_plays import KnownPlays
from netflix_pipeline.intelligence.leaving.logistic import Floats
from netflix_pipeline.intelligence.leaving.model import GAP_DAYS, LeavingModel
from netflix_pipeline.intelligence.leaving.snapshots import Snapshots
from netflix_pipeline.lake import Lake

SCORES, ACCURACY = "gold/leaving", "gold/leaving_accuracy"
FEWEST = 10
"""Of fewer persons together nothing is told."""
DECIMALS = 6
"""Of what is stored: beyond, sums that several threads add up differ from run to run."""


def at_origin(lake: Lake, origin: date) -> Mapping[str, pl.DataFrame]:
    """The rows of both tables; none where too little is known to learn from, or few are there."""
    plays = KnownPlays(lake)
    scores, accuracy = contract(SCORES).empty(), contract(ACCURACY).empty()
    if plays.days:
        snapshots = Snapshots(plays)
        model = LeavingModel.fit(snapshots.learned(origin))
        people = snapshots.people(origin)
        if model is not None and len(people) >= FEWEST:
            scores = scores_of(model, people)
        judged = judge(snapshots, origin - timedelta(days=HORIZON_DAYS + GAP_DAYS))
        if judged is not None and len(judged.snapshot.people) >= FEWEST:
            accuracy = _accuracy(judged, snapshots.reconstructed)
    return {SCORES: scores, ACCURACY: accuracy}


def scores_of(model: LeavingModel, people: pl.DataFrame) -> pl.DataFrame:
    """A row a person: probability, tenth, segment, and the reasons that weigh most."""
    told = model.probabilities(people).round(DECIMALS)
    bands = [*TENURES.values()]
    tenure = np.searchsorted(bands, people["tenure"].to_numpy(), side="right") - 1
    return contract(SCORES).arrange(
        people.select("user_id", "country", "plan", "device", "days_since_last").with_columns(
            probability=pl.Series(told),
            decile=pl.Series(scoring.deciles(told)),
            tenure=pl.Series([[*TENURES][at] for at in tenure], dtype=pl.String),
            **_reasons(model.contributions(people).round(DECIMALS)),
        )
    )


def _reasons(effects: Floats) -> dict[str, pl.Series]:
    """The names and effects of each person's reasons, that which weighs most first."""
    names = pl.Series([reason.name for reason in REASONS])
    order = np.argsort(-np.abs(effects), axis=1, kind="stable")
    told: dict[str, pl.Series] = {}
    for n in range(REASONS_TOLD):
        told[f"reason_{n + 1}"] = names.gather(pl.Series(order[:, n]))
        told[f"effect_{n + 1}"] = pl.Series(effects[np.arange(len(effects)), order[:, n]])
    return told


def _accuracy(judged: Judged, reconstructed: float) -> pl.DataFrame:
    rows = [row for model in MODELS for row in _of_model(judged, model)]
    frame = pl.DataFrame(rows, infer_schema_length=None).with_columns(
        cutoff=pl.lit(judged.snapshot.cutoff),
        learned_persons=pl.lit(judged.learned),
        reconstructed=pl.lit(reconstructed),
    )
    return contract(ACCURACY).arrange(frame.with_columns(cs.float().round(DECIMALS)))


def _of_model(judged: Judged, model: Model) -> list[dict[str, object]]:
    """All persons together, and each tenth that is no fewer than can be told."""
    left, told = judged.snapshot.left, judged.told[model]
    score = score_of(model, judged.snapshot.cutoff, left, told)
    known = left.any()
    rows: list[dict[str, object]] = [
        {
            "model": model,
            "decile": 0,
            "persons": score.persons,
            "left": score.left,
            "expected": score.expected,
            "lift": score.lift if known else None,
            "log_loss": score.log_loss,
            "pr_auc": score.pr_auc if known else None,
            "slope": score.slope if known and not left.all() else None,
        }
    ]
    rows += [
        {
            "model": model,
            "decile": tenth.decile,
            "persons": tenth.persons,
            "left": tenth.left,
            "expected": tenth.expected,
            "lift": tenth.lift if known else None,
        }
        for tenth in tenths(left, told)
        if tenth.persons >= FEWEST
    ]
    return rows
