"""What was not as expected: how well it would have been found."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from netflix_pipeline.cli.common import Json, counted, print_json, print_table, say, settings
from netflix_pipeline.errors import BadInput

if TYPE_CHECKING:
    from netflix_pipeline.intelligence.anomalies.evaluation import Evaluation

app = typer.Typer(help="What was not as expected: how well it would have been found.")


@app.callback()
def anomalies() -> None:
    """What was not as expected: how well it would have been found."""


@app.command()
def evaluate(
    days: Annotated[
        int, typer.Option(min=28, max=730, help="Last days with data that are watched.")
    ] = 182,
    repeats: Annotated[
        int, typer.Option(min=1, max=1000, help="Faults of each kind, level and length.")
    ] = 10,
    seed: Annotated[int, typer.Option(help="The same seed puts in the same faults.")] = 1,
    as_json: Json = False,
) -> None:
    """Put faults into the hours watched of the past, and judge how well they would have been found.

    Viewers: drops and spikes of 30 % in total and 50 % of one country or device, shifts of 20 %.
    Data: rows lost, quarantined, late, hours in which nothing came. All take 1 to 3 days. What was
    expected was said at most 3 days before, of what was known then. docs/intelligence.md says how.

    Reads: $NETFLIX_HOME/lake: silver plays and titles, gold arrival_daily and activity.

    Writes: nothing.

    Example: netflix-pipeline anomalies evaluate --seed 1
    """
    from netflix_pipeline.intelligence.anomalies.home import evaluated
    from netflix_pipeline.lake import Lake

    judged = evaluated(Lake.of(settings(look_only=True)), days, repeats, seed)
    if judged is None:
        raise BadInput(
            "anomalies evaluate: too little is known: the home needs 150 plays a day, and 56 days "
            f"before those that are watched ({days}): ingest more, then materialize, or give fewer "
            "--days"
        )
    if as_json:
        print_json(asdict(judged))
    else:
        _print(judged)


def _print(judged: Evaluation) -> None:
    print_table(
        "What viewers did",
        ("what", "level", "days", "put in", "found", "not called data", "value named"),
        (
            (each.what, each.level, each.days, each.injected, each.found, each.told, each.named)
            for each in judged.watching
        ),
    )
    print_table(
        "What befell the data",
        ("what", "days", "put in", "told", "outside the band", "the verdict"),
        (
            (each.what, each.days, each.injected, each.told, each.found, each.named)
            for each in judged.data
        ),
    )
    print_table(
        "Raised without a fault",
        ("level", "series", "series-years", "raised", "unexplained", "a series and year"),
        (
            (
                each.level,
                each.series,
                f"{each.series_years:.1f}",
                each.raised,
                each.unexplained,
                f"{each.unexplained / each.series_years:.2f}" if each.series_years else "",
            )
            for each in judged.alarms
        ),
    )
    put = sum(each.injected for each in judged.watching)
    found = sum(each.found for each in judged.watching)
    say(
        f"Found {found} of {counted(put, 'fault')} of viewers; a fault of the data was told on "
        f"{judged.false_faults} of {counted(judged.days, 'day')} without one; seed {judged.seed}."
    )
