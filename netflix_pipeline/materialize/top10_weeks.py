"""The weekly top 10: lists of weeks that changed are made anew, the others only counted again."""

from collections.abc import Collection
from datetime import timedelta

import polars as pl

from netflix_pipeline.lake import Partition
from netflix_pipeline.materialize.full_rebuild import rows_of
from netflix_pipeline.materialize.incremental import changed_titles, standing
from netflix_pipeline.materialize.pending import weekly_inputs
from netflix_pipeline.materialize.versions import Versions, partitions_of
from netflix_pipeline.transforms import gold_weekly

TABLE, SOURCE, TITLES = "gold/top10_weekly", "gold/title_daily", "silver/titles"


def top10_by_week(
    versions: Versions, tables: Collection[str], *, anew: bool
) -> dict[str, dict[Partition, pl.DataFrame]]:
    """The lists of every week that has any; with `anew` none is taken from what is stored."""
    kept = {} if anew else _lists_that_stand(versions)
    days = [
        day for day in versions.filled(SOURCE) if day - timedelta(days=day.weekday()) not in kept
    ]
    sums = gold_weekly.week_sums(rows_of(versions, SOURCE, gold_weekly.COLUMNS, days=days))
    made = gold_weekly.top10_lists(sums, versions.lake.read(TITLES))
    lists = [made, *(lists.select(made.columns) for lists in kept.values())]
    counted = gold_weekly.weeks_counted(pl.concat(lists))
    return {table: {week: counted[week] for week in counted} for table in tables}


def _lists_that_stand(versions: Versions) -> dict[Partition, pl.DataFrame]:
    """The stored lists of the weeks of which neither a day nor a listed title changed."""
    kept: dict[Partition, pl.DataFrame] = {}
    shown_in: dict[str | None, set[Partition] | None] = {}
    for week, now in weekly_inputs(versions).items():
        stands = standing(versions, TABLE, week)
        if stands is None:
            continue
        lists, footer = stands
        if partitions_of(SOURCE, footer.inputs) != partitions_of(SOURCE, now):
            continue
        titles = footer.inputs.get(TITLES)
        if titles not in shown_in:
            changed = changed_titles(versions, footer)
            shown_in[titles] = None if changed is None else _weeks_with(versions, changed)
        weeks = shown_in[titles]
        if weeks is not None and week not in weeks:
            kept[week] = lists.with_columns(week=pl.lit(week))
    return kept


def _weeks_with(versions: Versions, titles: pl.Series) -> set[Partition]:
    """The weeks in which one of the titles was played."""
    if titles.is_empty():
        return set()
    days = rows_of(versions, SOURCE, ["title_id"], titles)["day"]
    return set(days.dt.truncate("1w").unique())
