"""How well it would have been known who leaves, at several cut-offs of the past.

At each cut-off every model is fitted on what was known then, and judged by what was known of the
28 days after it. Beside the model stand a logistic regression on the days since the last play,
fitted on the same people, and BG/NBD, fitted on all days of all people until then.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

import numpy as np
import polars as pl

from netflix_pipeline.errors import BadInput
from netflix_pipeline.intelligence.leaving import bg_nbd, logistic, scoring
from netflix_pipeline.intelligence.leaving.features import HORIZON_DAYS
from netflix_pipeline.intelligence.leaving.logistic import Floats
from netflix_pipeline.intelligence.leaving.model import GAP_DAYS, LeavingModel, Snapshot
from netflix_pipeline.intelligence.leaving.snapshots import Snapshots

Model = Literal["leaving", "recency", "bg_nbd"]
MODELS: tuple[Model, ...] = get_args(Model)
BETWEEN_DAYS = 28
"""Between cut-offs, so that no day is judged twice."""
TOP = 0.1
"""The share of the likeliest whose lift is told."""


@dataclass(frozen=True)
class Score:
    """How good the probabilities of a model were for some persons.

    `slope` and `intercept` are of calibration: 1 and 0 are right. `lift` is that of the likeliest
    tenth. Without a cut-off it is of all of them together.
    """

    model: Model
    cutoff: date | None
    persons: int
    left: int
    expected: float
    log_loss: float
    pr_auc: float
    brier: float
    slope: float
    intercept: float
    lift: float


@dataclass(frozen=True)
class Decile:
    """A tenth of the persons, from the likeliest to leave, 1, on."""

    decile: int
    persons: int
    left: int
    expected: float
    lift: float


@dataclass(frozen=True)
class Evaluation:
    """What the models were worth: by cut-off and together, and the model's tenths together.

    `better` tells at how many cut-offs the model's log loss, and its PR-AUC, were better than those
    of the logistic regression on recency. `reconstructed` is the share of the rows of which only a
    bulk load tells when they came.
    """

    cutoffs: tuple[date, ...]
    scores: tuple[Score, ...]
    together: tuple[Score, ...]
    deciles: tuple[Decile, ...]
    better: dict[str, int]
    reconstructed: float


def evaluate(snapshots: Snapshots, cutoffs: int) -> Evaluation:
    """Judge the models at the newest cut-offs whose outcomes are known, 28 days apart.

    Raises BadInput where the history is too short for that many.
    """
    newest = snapshots.newest - timedelta(days=HORIZON_DAYS + GAP_DAYS)
    days = [newest - n * timedelta(days=BETWEEN_DAYS) for n in range(cutoffs)]
    judged = [_judged(snapshots, day) for day in reversed(days)]
    scores = tuple(
        score_of(model, each.snapshot.cutoff, each.snapshot.left, each.told[model])
        for each in judged
        for model in MODELS
    )
    left = np.concatenate([each.snapshot.left for each in judged])
    together = {model: np.concatenate([each.told[model] for each in judged]) for model in MODELS}
    of = {(score.model, score.cutoff): score for score in scores}
    pairs = [(of["leaving", day], of["recency", day]) for day in days]
    return Evaluation(
        cutoffs=tuple(reversed(days)),
        scores=scores,
        together=tuple(score_of(model, None, left, together[model]) for model in MODELS),
        deciles=tenths(left, together["leaving"]),
        better={
            "log_loss": sum(ours.log_loss < theirs.log_loss for ours, theirs in pairs),
            "pr_auc": sum(ours.pr_auc > theirs.pr_auc for ours, theirs in pairs),
        },
        reconstructed=snapshots.reconstructed,
    )


@dataclass(frozen=True)
class Judged:
    """The persons of a cut-off, who of them left, and what each model had told of each.

    `learned` tells on how many persons the model was fitted, one at each cut-off.
    """

    snapshot: Snapshot
    told: dict[Model, Floats]
    learned: int


def judge(snapshots: Snapshots, cutoff: date) -> Judged | None:
    """What would have been told at a cut-off; None where too little was known to learn from."""
    learned = snapshots.learned(cutoff)
    model = LeavingModel.fit(learned)
    if model is None:
        return None
    judged = snapshots.known(cutoff)
    people = judged.people
    told: dict[Model, Floats] = {
        "leaving": model.probabilities(people),
        "recency": by_recency(learned, people),
        "bg_nbd": by_bg_nbd(snapshots.starts(cutoff), people, cutoff),
    }
    return Judged(judged, told, model.people)


def _judged(snapshots: Snapshots, cutoff: date) -> Judged:
    judged = judge(snapshots, cutoff)
    if judged is None:
        learned = snapshots.learned(cutoff)
        raise BadInput(
            f"leaving evaluate: at {cutoff} too little is known to learn from: {len(learned)} "
            f"earlier cut-offs, {sum(int(each.left.sum()) for each in learned)} persons who left; "
            "ask for fewer --cutoffs, or take in a longer history"
        )
    return judged


def by_recency(learned: list[Snapshot], people: pl.DataFrame) -> Floats:
    """Of each person, the probability by a logistic regression on days since the last play."""
    days = np.concatenate([each.people["days_since_last"].to_numpy() for each in learned])
    left = np.concatenate([each.left for each in learned])
    line = logistic.fit(days[:, None], left, ridge=0.0)
    return logistic.sigmoid(line.logits(people["days_since_last"].to_numpy()[:, None]))


def by_bg_nbd(starts: pl.DataFrame, people: pl.DataFrame, cutoff: date) -> Floats:
    """Of each person, the probability by BG/NBD, fitted on everybody's days with a play."""
    since = (pl.lit(cutoff) - pl.col("first")).dt.total_days()
    bought = (
        starts.select("user_id", day=pl.col("started_at").dt.date())
        .group_by("user_id")
        .agg(
            x=(pl.col("day").n_unique() - 1).cast(pl.Float64),
            first=pl.col("day").min(),
            last=pl.col("day").max(),
        )
        .sort("user_id")
        .with_columns(
            t_x=(pl.col("last") - pl.col("first")).dt.total_days().cast(pl.Float64),
            t=since.cast(pl.Float64),
        )
    )
    model = bg_nbd.fit(*(bought[name].to_numpy() for name in ("x", "t_x", "t")))
    theirs = people.select("user_id").join(bought, on="user_id", how="left", maintain_order="left")
    x, t_x, t = (theirs[name].to_numpy() for name in ("x", "t_x", "t"))
    return model.none_within(x, t_x, t, HORIZON_DAYS)


def score_of(model: Model, cutoff: date | None, left: Floats, told: Floats) -> Score:
    """How good what was told of some persons was."""
    intercept, slope = scoring.calibration(left, told)
    return Score(
        model=model,
        cutoff=cutoff,
        persons=len(left),
        left=int(left.sum()),
        expected=float(told.sum()),
        log_loss=scoring.log_loss(left, told),
        pr_auc=scoring.pr_auc(left, told),
        brier=scoring.brier(left, told),
        slope=slope,
        intercept=intercept,
        lift=scoring.lift(left, told, TOP),
    )


def tenths(left: Floats, told: Floats) -> tuple[Decile, ...]:
    """The tenths of some persons by what was told of them."""
    tenth = scoring.deciles(told)
    return tuple(
        Decile(
            decile=number,
            persons=int((tenth == number).sum()),
            left=int(left[tenth == number].sum()),
            expected=float(told[tenth == number].sum()),
            lift=float(left[tenth == number].mean() / left.mean()) if left.any() else float("nan"),
        )
        for number in range(1, scoring.DECILES + 1)
        if (tenth == number).any()
    )
