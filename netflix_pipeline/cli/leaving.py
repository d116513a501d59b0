"""Who is leaving: how well it would have been known."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from netflix_pipeline.cli.common import (
    Json,
    counted,
    print_json,
    print_table,
    say,
    settings,
)
from netflix_pipeline.errors import BadInput

if TYPE_CHECKING:
    from netflix_pipeline.intelligence.leaving.evaluation import Evaluation

app = typer.Typer(help="Who is leaving: how well it would have been known.")


@app.callback()
def leaving() -> None:
    """Who is leaving: how well it would have been known."""


@app.command()
def evaluate(
    cutoffs: Annotated[
        int, typer.Option(min=1, max=52, help="Cut-offs, 28 days apart, the newest first.")
    ] = 5,
    as_json: Json = False,
) -> None:
    """Judge at cut-offs of the past how well it would have been known who leaves.

    An active person has a play in the 28 days before a cut-off; who leaves has none in the 28 after
    it. At each cut-off everything is fitted on what was known then. Beside the model stand a
    logistic regression on the days since the last play and BG/NBD. docs/intelligence.md says how.

    Reads: $NETFLIX_HOME/lake: bronze (when events came), silver plays and titles.

    Writes: nothing.

    Example: netflix-pipeline leaving evaluate --cutoffs 5
    """
    from netflix_pipeline.intelligence.leaving.evaluation import evaluate as judge
    from netflix_pipeline.intelligence.leaving.known_plays import KnownPlays
    from netflix_pipeline.intelligence.leaving.snapshots import Snapshots
    from netflix_pipeline.lake import Lake

    plays = KnownPlays(Lake.of(settings(look_only=True)))
    if not plays.days:
        raise BadInput("leaving evaluate: the home has no plays: ingest, then materialize")
    judged = judge(Snapshots(plays), cutoffs)
    if as_json:
        print_json(asdict(judged))
    else:
        _print(judged)


def _print(judged: Evaluation) -> None:
    columns = ("model", "persons", "left", "expected", "log loss", "PR-AUC", "slope", "lift 10 %")
    print_table(
        "Who leaves within 28 days, by cut-off",
        ("cut-off", *columns),
        (
            (
                str(score.cutoff or "all"),
                score.model,
                score.persons,
                score.left,
                round(score.expected),
                *(f"{each:.4f}" for each in (score.log_loss, score.pr_auc)),
                *(f"{each:.2f}" for each in (score.slope, score.lift)),
            )
            for score in (*judged.scores, *judged.together)
        ),
    )
    print_table(
        "The model's tenths, all cut-offs together",
        ("tenth", "persons", "left", "expected", "lift"),
        (
            (each.decile, each.persons, each.left, round(each.expected), f"{each.lift:.2f}")
            for each in judged.deciles
        ),
    )
    say(
        f"Better than by recency at {judged.better['log_loss']} (log loss) and "
        f"{judged.better['pr_auc']} (PR-AUC) of {counted(len(judged.cutoffs), 'cut-off')}; "
        f"reconstructed, {judged.reconstructed:.0%} of rows: a bulk load says not when they came."
    )
