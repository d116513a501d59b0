"""Forecasts: how good they would have been."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from netflix_pipeline.cli.common import (
    Json,
    counted,
    named_day,
    print_json,
    print_table,
    progress,
    say,
    settings,
)
from netflix_pipeline.errors import BadInput

if TYPE_CHECKING:
    from netflix_pipeline.intelligence.forecasts.backtest import Judged

app = typer.Typer(help="Forecasts: how good they would have been.")


@app.callback()
def forecast() -> None:
    """Forecasts: how good they would have been."""


@app.command()
def backtest(
    origins: Annotated[
        int, typer.Option(min=4, max=52, help="Origins, 14 days apart, the newest first.")
    ] = 12,
    until: Annotated[
        date | None,
        typer.Option(
            help="The day before which all is looked at, YYYY-MM-DD; that behind the last with "
            "data.",
            metavar="DAY",
            parser=named_day,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge at origins of the past how good forecasts of the next 28 days would have been.

    At each origin all is fitted anew on what was known then, and series are those with 10 people
    and more in the 28 days before. What would have been told stands beside simple forecasts: the
    last week again, the mean of the last four same weekdays, and of 28 days. docs/intelligence.md
    says what the scores mean.

    Reads: $NETFLIX_HOME/lake: silver plays and titles, gold arrival_daily; bronze, where events
    came behind their day.

    Writes: nothing.

    Example: netflix-pipeline forecast backtest --origins 8
    """
    from netflix_pipeline.intelligence.forecasts.backtest import backtest as judge
    from netflix_pipeline.intelligence.forecasts.known import known
    from netflix_pipeline.intelligence.origins import due_origin
    from netflix_pipeline.lake import Lake

    lake = Lake.of(settings())
    day = until or due_origin(lake)
    with progress("looking back"):
        home = known(lake, day) if day else None
        judged = judge(home, home.index(day), origins) if home and day else []
    if home is None or day is None or not judged:
        raise BadInput(
            "too few days are known for four origins that have 56 days before them and 28 behind: "
            "ingest more, and run netflix-pipeline materialize"
        )
    told = [asdict(each) for each in judged]
    if as_json:
        print_json({"until": day, "reconstructed": home.reconstructed, "scores": told})
        return
    columns = ("metric", "level", "model", "series", "MASE", "WQL", "80 %", "bias", "skill", "to")
    print_table(f"Forecasts before {day}", columns, [_line(each) for each in judged])
    first = day - timedelta(days=28 + 14 * (judged[0].origins - 1))
    say(
        f"{counted(judged[0].origins, 'origin')} from {first} on; {home.reconstructed:.0%} of rows "
        "are reconstructed. Skill: 1 - error ÷ that of the seasonal naive forecast, with the "
        "bounds of 95 %."
    )


def _line(each: Judged) -> tuple[str, ...]:
    return (
        each.metric,
        each.level,
        each.model,
        f"{each.series:,}",
        f"{each.mase:.3f}",
        f"{each.wql:.3f}",
        f"{each.coverage_80:.0%}",
        f"{each.bias:+.1%}",
        f"{each.skill_low:+.2f}",
        f"{each.skill_high:+.2f}",
    )
