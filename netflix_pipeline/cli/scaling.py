"""Predictive scaling: how many replicas are advised, and what policies come to."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from netflix_pipeline.cli.common import (
    Json,
    print_json,
    print_table,
    progress,
    say,
    settings,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netflix_pipeline.intelligence.scaling.comparison import Comparison

app = typer.Typer(help="Predictive scaling: replicas by a forecast of demand.")


@app.command()
def advise(as_json: Json = False) -> None:
    """Show how many replicas of API and dashboard are needed by the time that they are there.

    Reads: demand by the minute, which netflix-pipeline serve counts for five weeks
    ($NETFLIX_HOME/monitoring, or the database of state).

    Writes: nothing.
    """
    from netflix_pipeline.intelligence.scaling.advice import scaling_advice

    advice = scaling_advice(settings(), datetime.now(UTC))
    if as_json:
        print_json(advice.model_dump(mode="json"))
        return
    if advice.problem:
        say(advice.problem)
        return
    print_table(
        f"Replicas for the {advice.minutes_ahead} minutes from {shown(advice.origin)} UTC on, each "
        f"to {advice.target:.0%} of what it serves",
        (
            *("service", "replicas", "reactive", "predicted", "demand now", "median"),
            *(f"quantile {advice.quantile:g}", "mean error %", "below the quantile %", "sample"),
        ),
        (
            (
                *(name, each.replicas, each.reactive, each.predicted, each.demand, each.median),
                each.upper,
                None if each.error is None else 100 * each.error,
                None if each.covered is None else 100 * each.covered,
                each.sample,
            )
            for name, each in advice.services.items()
        ),
    )
    say(f"model: {advice.model}, version {advice.version}")


@app.command()
def report(
    demand: Annotated[
        Literal["lifelike", "steady", "flat"] | None,
        typer.Option(help="The one that is replayed; all of them without it."),
    ] = None,
    seed: Annotated[
        list[int] | None,
        typer.Option(help="Of a made-up service; repeatable. 101 to 105 by default."),
    ] = None,
    boot: Annotated[
        list[int] | None,
        typer.Option(
            min=0, max=60, help="Minutes until a replica is there; repeatable. 1, 5 and 15."
        ),
    ] = None,
    events: Annotated[
        int, typer.Option(min=10_000, help="Events of each service, of 63 days.")
    ] = 3_000_000,
    quantile: Annotated[float, typer.Option(min=0.5, max=0.999, help="What is forecast.")] = 0.98,
    as_json: Json = False,
) -> None:
    """Replay the same demand under each policy of scaling, and compare them at equal node-hours.

    Reads: nothing. It makes up services (netflix-pipeline generate) in a folder that goes away.

    Writes: nothing.

    Static, reactive at its best target and cooldown, predictive, both together, and an oracle. Of
    lifelike services, of ones whose days are all alike, and of ones without a rhythm.

    Example: netflix-pipeline scaling report --seed 1 --boot 5
    """
    from netflix_pipeline.intelligence.scaling.comparison import BOOTS
    from netflix_pipeline.intelligence.scaling.report import DEMANDS, JUDGED_SEEDS, Setup
    from netflix_pipeline.intelligence.scaling.report import report as made

    setup = Setup(
        demands=(demand,) if demand else DEMANDS,
        seeds=tuple(seed or JUDGED_SEEDS),
        events=events,
        boots=tuple(boot or BOOTS),
        quantile=quantile,
    )
    found: dict[tuple[str, int], list[Comparison]] = {}
    rows: list[dict[str, Any]] = []
    with progress("replaying") as update:
        for replayed, number, each in made(setup, lambda what: update(told=what)):
            found.setdefault((replayed, each.boot), []).append(each)
            rows.append({"demand": replayed, "seed": number, "ratio": each.ratio, **asdict(each)})
    if as_json:
        print_json({"quantile": quantile, "events": events, "comparisons": rows})
        return
    for (kind, minutes), comparisons in found.items():
        _show(kind, minutes, comparisons)


def _show(kind: str, boot: int, found: Sequence[Comparison]) -> None:
    """One kind of demand at one boot time: means over its seeds."""
    import numpy as np

    means = {
        policy: {
            name: float(np.mean([asdict(each.outcomes[policy])[name] for each in found]))
            for name in asdict(outcome)
        }
        for policy, outcome in found[0].outcomes.items()
    }
    print_table(
        f"{kind} demand, a replica boots for {boot} min, {len(found)} services",
        (
            "policy",
            "node-hours",
            "time under %",
            "time over %",
            "missing %",
            "too much %",
            "worst shortage %",
            "beyond SLO %",
            "actions",
        ),
        (
            (
                policy,
                round(each["node_hours"]),
                *(
                    f"{100 * each[name]:.3f}"
                    for name in (
                        "time_under",
                        "time_over",
                        "theta_under",
                        "theta_over",
                        "worst_shortage",
                        "beyond_slo",
                    )
                ),
                round(each["actions"]),
            )
            for policy, each in means.items()
        ),
    )
    best = float(np.mean([each.reactive_at_equal_hours for each in found]))
    ratios = [each.ratio for each in found if each.ratio is not None]
    print_table(
        "at equal node-hours",
        ("time under %: reactive", "predictive + reactive", "ratio", "ratio of each service"),
        [
            (
                f"{100 * best:.3f}",
                f"{100 * means['predictive + reactive']['time_under']:.3f}",
                means["predictive + reactive"]["time_under"] / best if best else None,
                ", ".join(f"{ratio:.2f}" for ratio in ratios),
            )
        ],
    )
