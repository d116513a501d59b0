"""Origins: what each model says on a day, from rows that were known then, and stored for good.

A model's maker is given the lake and the origin. It reads what it likes and takes into account only
rows that were known before the first moment of the origin (`Known at` in docs/intelligence.md), so
that an origin that is made up later is what would have been said at the time.
"""

import hashlib
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from netflix_pipeline.contracts import VIOLATIONS, contract, origin_tables
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import Built, Versions
from netflix_pipeline.materialize.code_digest import Code
from netflix_pipeline.materialize.writer import Failed, attempt

if TYPE_CHECKING:
    from netflix_pipeline.state import Annotation

__all__ = ["MODELS", "Model", "due_origin", "make_origins", "missing", "model_of", "week_known"]

PLAYS, ARRIVALS = "silver/plays", "gold/arrival_daily"
WEEK = 7
"""Days before an origin without which nothing is said: they look empty where they came later."""
ENOUGH = 0.95
"""The share of what had usually come of them by then that had come."""
MONTH = 28
"""Days before that week by which it is known what had usually come."""

Said = Mapping[str, pl.DataFrame]
Maker = Callable[..., Said]
Notes = Callable[[], Sequence["Annotation"]]


@dataclass(frozen=True)
class Model:
    """A model and the tables by origin that it fills.

    `inputs` are the tables by day that it reads, and `whole` those that are stored whole; `make` is
    a module in this room whose `at_origin`, a `Maker`, gives the rows of each of its tables. One
    that is `annotated` is given the annotations of the home besides.
    """

    name: str
    tables: tuple[str, ...]
    inputs: tuple[str, ...]
    make: str
    whole: tuple[str, ...] = ()
    annotated: bool = False

    @property
    def maker(self) -> Maker:
        """The function that gives the rows of an origin."""
        maker: Maker = import_module(f"{__package__}.{self.make}").at_origin
        return maker

    def making(self, lake: Lake, origin: date, annotations: Notes) -> Callable[[], Said]:
        """The maker with all that it takes: what people noted down as well, where it asks."""
        if self.annotated:
            return lambda: self.maker(lake, origin, annotations())
        return partial(self.maker, lake, origin)


MODELS: tuple[Model, ...] = (
    Model(
        "forecasts",
        ("gold/forecast_daily", "gold/forecast_accuracy"),
        ("silver/plays", "gold/arrival_daily", "bronze/watch_events"),
        "forecasts.origin",
        whole=("silver/titles",),
    ),
    Model(
        "leaving",
        ("gold/leaving", "gold/leaving_accuracy"),
        ("silver/plays", "bronze/watch_events"),
        "leaving.origin",
        whole=("silver/titles", "silver/users", "bronze/users"),
    ),
    Model(
        "what_next",
        ("gold/similar_titles", "gold/popular_titles", "gold/what_next"),
        ("silver/plays", "gold/arrival_daily", "bronze/watch_events"),
        "what_next.origin",
        whole=("silver/titles",),
    ),
    Model(
        "anomalies",
        (
            "gold/anomalies",
            "gold/anomaly_evidence",
            "gold/anomaly_parts",
            "gold/anomaly_watch",
        ),
        (
            *("silver/plays", "bronze/watch_events", "gold/arrival_daily", "gold/activity"),
            *("gold/engagement_daily", "gold/ledger_daily", "gold/forecast_daily"),
        ),
        "anomalies.origin",
        whole=("silver/titles",),
        annotated=True,
    ),
)
"""Every model; each table by origin belongs to one."""


def model_of(table: str) -> Model:
    """The model that fills a table by origin."""
    return next(model for model in MODELS if table in model.tables)


def week_known(lake: Lake, origin: date) -> bool:
    """Whether of the week before an origin as much had come as had usually come by then.

    Usually as in the four weeks before it: where files come a day later, of the last day nothing
    has. Of a home that was loaded later nothing can be said of its newest days. Rows of a bulk load
    count as known.
    """
    days = [origin - timedelta(days=back) for back in range(1, WEEK + MONTH + 1)]
    there = [day for day in days if lake.path(ARRIVALS, day).exists()]
    counts = lake.read_days(ARRIVALS, there, ["within_hours", "rows", "bulk_rows"]).with_columns(
        back=pl.lit(origin).sub(pl.col("event_date")).dt.total_days()
    )
    before = counts.filter(pl.col("back") > WEEK)
    came = usual = 0.0
    for back in range(1, WEEK + 1):
        day = counts.filter(pl.col("back") == back)
        came += _came(day, 24 * (back - 1))
        rows = int(before["rows"].sum())
        share = _came(before, 24 * (back - 1)) / rows if rows else 1.0
        usual += share * int(day["rows"].sum())
    return came >= ENOUGH * usual


def _came(counts: pl.DataFrame, within_hours: int) -> int:
    """How many rows had come so many hours after their days, bulk loads among them."""
    known = pl.when(pl.col("within_hours") <= within_hours).then("rows").otherwise("bulk_rows")
    return int(counts.select(known.sum()).item())


def due_origin(lake: Lake, today: date | None = None) -> date | None:
    """The origin of now: today, or the day behind the last with plays where that is long ago.

    Where the week before it came later, as in a home that was loaded today, the newest before it at
    which that is not so. None where there are no plays.
    """
    days = lake.partitions(PLAYS)
    if not days:
        return None
    newest = min(today or datetime.now(UTC).date(), days[-1] + timedelta(days=1))
    earlier = (newest - timedelta(days=back) for back in range(WEEK + 1))
    return next((day for day in earlier if week_known(lake, day)), newest)


def missing(lake: Lake, origin: date, tables: Collection[str] = ()) -> list[Model]:
    """The models that have not said anything at an origin yet; those of the tables, else all."""
    asked = tables or origin_tables()
    return [
        model
        for model in MODELS
        if any(table in asked and lake.footer(table, origin) is None for table in model.tables)
    ]


def make_origins(
    lake: Lake, origin: date, tables: Collection[str] = (), annotations: Notes = tuple
) -> Iterator[Built]:
    """Let the models of the tables (of all) speak at an origin, and store what they say.

    What was said before stays and is not told. Nothing is said where the week before was not
    known. A model that raises has failed, and the others go
    on; what breaks its contract is told and not stored.
    """
    versions = Versions(lake)
    for model in missing(lake, origin, tables) if week_known(lake, origin) else ():
        begun = time.perf_counter()
        made = attempt(model.tables[0], origin, model.making(lake, origin, annotations))
        if isinstance(made, Failed):
            yield _built(model.tables[0], origin, begun, problem=str(made.error))
            continue
        inputs, code = _inputs(versions, model, origin), code_version(model)
        # The lock is held only now: a model may think for a while, and publishing does not wait.
        with lake.writing():
            for table in model.tables:
                told = contract(table)
                frame = told.conform(made[table])
                (violations,) = told.violations(frame)
                if violations.is_empty():
                    footer, new = lake.write_origin(table, origin, frame, inputs=inputs, code=code)
                    if new:
                        yield _built(table, origin, begun, footer.rows, footer.version)
                else:
                    yield _built(table, origin, begun, violations=violations)


def _built(
    table: str,
    origin: date,
    begun: float,
    rows: int = 0,
    version: str = "",
    violations: pl.DataFrame | None = None,
    problem: str = "",
) -> Built:
    seconds, broken = time.perf_counter() - begun, VIOLATIONS.to_frame()
    if violations is not None:
        broken = violations
    return Built(table, origin, rows, version, bool(version), seconds, broken, problem)


def _inputs(versions: Versions, model: Model, origin: date) -> dict[str, str]:
    """What was read, by table: a digest of the versions of all its days before the origin."""
    told = {}
    for table in model.inputs:
        days = [day for day in versions.partitions(table) if day < origin]
        text = repr(sorted(versions.inputs(table, days).items()))
        told[table] = hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
    return told | {
        name: version for table in model.whole for name, version in _whole(versions, table)
    }


def _whole(versions: Versions, table: str) -> Iterator[tuple[str, str]]:
    yield from versions.inputs(table, [None]).items()


@cache
def code_version(model: Model) -> str:
    """A digest of the code by which a model speaks."""
    spec = find_spec(__package__.partition(".")[0])
    assert spec is not None
    assert spec.origin is not None
    contracts = [("netflix_pipeline.contracts.origins", _constant(table)) for table in model.tables]
    makers = [*contracts, (f"{__package__}.{model.make}", "at_origin")]
    return Code(Path(spec.origin).parents[1]).version(model.name, makers)


def _constant(table: str) -> str:
    return table.partition("/")[2].upper()
