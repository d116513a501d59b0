"""What models of what people watch next are fitted to and judged by, read from the lake."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from netflix_pipeline.errors import BadInput
from netflix_pipeline.intelligence.what_next.evaluation import (
    HORIZON,
    Evaluation,
    Split,
    evaluated,
)
from netflix_pipeline.intelligence.what_next.known import EVENTS, known_plays
from netflix_pipeline.intelligence.what_next.works import earliest, genres_of, starts
from netflix_pipeline.lake import Lake
from netflix_pipeline.transforms.continuing import (
    DAYS,
    PLAYED,
    Continued,
    continued,
    continuing,
)
from netflix_pipeline.transforms.profiles import following

DAY = timedelta(days=1)
PLAYS_BY_DAY = "silver/plays"
AT_ONCE = 31
"""Days of plays that are held at a time."""
PLAYS = ("user_id", "ended_at", "country", *PLAYED)
DESCRIBED = ("title_id", "series_key", "genre", "season", "episode")


@dataclass(frozen=True)
class Judgement:
    """What was judged at an origin: lists of what is new to people, and what they went on with."""

    new: Evaluation
    begun: Continued
    reconstructed: float | None
    """The share of the events before the origin that came in a bulk load: nobody can say when they
    would have been known. None where it is not counted yet."""


def newest_origin(lake: Lake) -> date:
    """The last day of which all `HORIZON` days after it are in the lake."""
    days = lake.partitions(PLAYS_BY_DAY)
    if not days:
        raise BadInput("there are no plays yet: netflix-pipeline materialize builds them.")
    return days[-1] + DAY - timedelta(days=HORIZON)


def judge(lake: Lake, origin: date) -> Judgement:
    """How well what was known before a day told what people started in the days after it.

    Raises BadInput where there are no plays before the days by which models are chosen.
    """
    days, before = lake.partitions(PLAYS_BY_DAY), origin - timedelta(days=HORIZON)
    if not days or days[0] >= before or days[-1] < origin:
        raise BadInput(
            f"nothing can be judged at {origin}: plays from before {before} to {origin} are "
            "needed. Name another --origin, or take in more data."
        )
    titles = lake.read("silver/titles", None, DESCRIBED)
    moment = {day: datetime.combine(day, time(), UTC) for day in (before, origin)}
    known: dict[date, list[pl.DataFrame]] = {day: [] for day in moment}
    ever, midst, after = [], [], []
    since, until = moment[origin] - timedelta(days=DAYS), origin + timedelta(days=HORIZON)
    for plays, events in _parts(lake, [day for day in days if day < until], moment[before]):
        ever.append(starts(plays, titles))
        for day, at in moment.items():
            known[day].append(starts(known_plays(plays, events, at), titles))
        recent = known_plays(plays, events, moment[origin])
        midst.append(recent.filter(pl.col("started_at") >= since))
        after.append(plays.filter(pl.col("started_at") >= moment[origin]))
    genres = genres_of(titles)
    then, now = (earliest(known[day]) for day in (before, origin))
    splits = Split(then, now, before, genres), Split(now, earliest(ever), origin, genres)
    offers = continuing(pl.concat(midst), titles, following(titles), moment[origin])
    return Judgement(
        evaluated(*splits),
        continued(offers, pl.concat(after), titles),
        _reconstructed(lake, [day for day in days if day < origin]),
    )


def known_starts(
    lake: Lake, moments: Sequence[date]
) -> tuple[dict[date, pl.DataFrame], pl.DataFrame]:
    """The `STARTS` that were known at the beginning of some days, and the genres of works."""
    titles = lake.read("silver/titles", None, DESCRIBED)
    days = [day for day in lake.partitions(PLAYS_BY_DAY) if day < max(moments)]
    known: dict[date, list[pl.DataFrame]] = {day: [] for day in moments}
    for plays, events in _parts(lake, days, datetime.combine(min(moments), time(), UTC)):
        for day in moments:
            at = datetime.combine(day, time(), UTC)
            known[day].append(starts(known_plays(plays, events, at), titles))
    return {day: earliest(parts) for day, parts in known.items()}, genres_of(titles)


def _parts(
    lake: Lake, days: Sequence[date], since: datetime
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Plays of some days at a time, and the events of these that came at `since` or later."""
    there = set(lake.partitions("bronze/watch_events"))
    for start in range(0, len(days), AT_ONCE):
        part = days[start : start + AT_ONCE]
        plays = lake.read_days(PLAYS_BY_DAY, part, PLAYS)
        # A play that runs past midnight has events of the next day.
        late = [
            day for day in sorted({*part, part[-1] + DAY} & there) if _came_after(lake, day, since)
        ]
        events = lake.read_days("bronze/watch_events", late, EVENTS)
        yield plays, events.filter(pl.col("received_at") >= since)


def _reconstructed(lake: Lake, days: Sequence[date]) -> float | None:
    came = lake.read_days("gold/arrival_daily", days, ("rows", "bulk_rows"))
    rows, bulk = (int(came[name].sum()) for name in ("rows", "bulk_rows"))
    return bulk / rows if rows else None


def _came_after(lake: Lake, day: date, since: datetime) -> bool:
    """Whether events of a day may have come at a moment or later."""
    came = lake.read("gold/arrival_daily", day, ["last_received_at"])["last_received_at"]
    return came.is_empty() or bool((came >= since).any())
