"""What people watch next: how well it is told."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from netflix_pipeline.cli.common import (
    Json,
    counted,
    named_day,
    print_json,
    print_table,
    say,
    settings,
)

if TYPE_CHECKING:
    from netflix_pipeline.intelligence.what_next.accuracy import Bounded

COLUMNS = (
    *("model", "recall@20", "NDCG@20", "NDCG@100", "coverage", "novelty [bit]"),
    *("recall ÷ popularity", "NDCG@100 ÷ popularity"),
)

app = typer.Typer(help="What people may watch next, and how well it is told.")


@app.command()
def evaluate(
    origin: Annotated[
        date | None,
        typer.Option(
            help="Day before which all is known, YYYY-MM-DD; by default 28 days before the end of "
            "the data.",
            metavar="DAY",
            parser=named_day,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge models by what people newly started in the 28 days after an origin.

    Reads: $NETFLIX_HOME/lake: plays, titles, and when events were received.

    Writes: nothing.

    Models are fitted to what was known at the origin, chosen by the 28 days before it, and rank
    the whole catalogue. What people were in the midst of is judged apart.

    Example: netflix-pipeline recommend evaluate --origin 2026-01-03
    """
    from netflix_pipeline.intelligence.what_next.judging import judge, newest_origin
    from netflix_pipeline.lake import Lake

    lake = Lake.of(settings())
    judged = judge(lake, newest_origin(lake) if origin is None else origin)
    if as_json:
        print_json(dataclasses.asdict(judged))
        return
    new, begun = judged.new, judged.begun
    print_table(
        f"What is new to people: {new.origin} and the {new.days - 1} days after it",
        COLUMNS,
        (
            (
                name,
                _bounded(model.recall),
                _bounded(model.ndcg_short),
                _bounded(model.ndcg_long),
                f"{model.coverage:.2f}",
                f"{model.novelty:.1f}",
                _bounded(model.recall_ratio),
                _bounded(model.ndcg_ratio),
            )
            for name, model in new.models.items()
        ),
    )
    say(
        f"{counted(new.people, 'viewer')} with {counted(new.starts, 'new start')}; "
        f"{counted(new.works, 'title')} that at least 10 people had started, and "
        f"{counted(new.beyond, 'new start')} of others. Chosen before: {new.chosen}. In brackets: "
        "95 % of the bootstrap of people."
    )
    if judged.reconstructed:
        say(
            f"Reconstructed: {judged.reconstructed:.0%} of the events came in bulk loads and count "
            "as known when they happened."
        )
    say(
        f"In the midst of {counted(begun.offered, 'title')}: went on with {begun.taken:,}, "
        f"{begun.told:,} of them where they were expected to."
    )


def _bounded(number: Bounded) -> str:
    return f"{number.value:.3f} [{number.low:.3f}, {number.high:.3f}]"
