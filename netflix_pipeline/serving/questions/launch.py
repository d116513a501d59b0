"""How a title, or a series, did since its launch, beside earlier launches of its type."""

# Written into SQL are names out of contracts and metrics only; values are bound.

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any, Final, Literal, Self

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.metrics import metric
from netflix_pipeline.serving.query import launches, measures
from netflix_pipeline.serving.query.codes import title_names
from netflix_pipeline.serving.query.filters import ALL, Filters, conditions
from netflix_pipeline.serving.query.launches import COMPARED, Launched
from netflix_pipeline.serving.question import (
    AnswerModel,
    Question,
    Row,
    RowTable,
    Snapshot,
    measure,
)

WINDOWS: Final = (1, 7, 28, 91)
"""Days from the launch day on, that one included, over which launches are told."""
AWAY: Final = 28
"""Days without a play after which somebody comes back."""
NEXT: Final = 28
"""The window of whose viewers it is told what they watched next."""
LISTED: Final = 10
"""Earlier launches, and titles watched next, that are told."""


class LaunchNumbers(AnswerModel):
    """How a title was watched in the first days after its launch."""

    days: int = Field(description="days from the launch day on, that one included: 1, 7, 28, 91")
    whole: bool = Field(description="whether all of these days are in the data")
    starters: int = measure("starters")
    watchers: int = measure("watchers")
    completers: int = measure("completers")
    hours_viewed: float = measure("hours_viewed")


class Typical(AnswerModel):
    """The median of earlier launches of the type, over the same days."""

    launches: int = Field(description="launches of which the median is [titles or series]")
    starters: float = Field(description="median of their starters [plays]")
    watchers: float = Field(description="median of their watchers [plays]")
    completers: float = Field(description="median of their completers [plays]")
    hours_viewed: float = Field(description="median of their hours viewed [h]")


class LaunchWindow(LaunchNumbers):
    """The first days of a title, who came with it, and what is typical for its type."""

    viewers: int = measure("viewers")
    new_viewers: int = Field(
        description="those of them whose first play ever was of it, in these days [users]"
    )
    returned_viewers: int = Field(
        description="those of them who came back with it: they began it in these days at least "
        "28 days after their play before [users]"
    )
    typical: Typical | None = Field(
        description="null where no earlier launch of the type has all these days in the data"
    )


class LaunchDay(AnswerModel):
    """One day of a title since its launch."""

    day: int = Field(description="days since the launch day, which is 0")
    starters: int = measure("starters")
    hours_viewed: float = measure("hours_viewed")


class EarlierLaunch(AnswerModel):
    """A launch to compare with."""

    title_id: str = Field(description="id of the title, or of the series")
    title: str | None
    launch_day: date
    windows: tuple[LaunchNumbers, ...]


class WatchedNext(AnswerModel):
    """A title, or a series, that viewers began after it."""

    title_id: str = Field(description="id of the title, or of the series")
    title: str | None
    viewers: int = Field(description="viewers of the first 28 days who began it next [users]")


class OfLaunch(AnswerModel):
    """What was launched, and when."""

    title_id: str
    title: str | None
    content_type: str | None
    launch_day: date | None = Field(
        description="the day on which it was added, else of its first play; null without either"
    )
    launch_day_by: Literal["added_on", "first_day"] | None = Field(
        description="which of these two days it is"
    )

    @classmethod
    def told(cls, launched: Launched, **more: Any) -> Self:
        """The same of a launch, with more that is told of it."""
        return cls(
            title_id=launched.id,
            title=launched.title,
            content_type=launched.content_type,
            launch_day=launched.day,
            launch_day_by=launched.by,
            **more,
        )


class Launch(OfLaunch):
    """The launch of a title or of a series; numbers of a series are those of all its episodes."""

    windows: tuple[LaunchWindow, ...] = Field(
        description="the first 1, 7, 28 and 91 days; none where it was launched before the data"
    )
    days: tuple[LaunchDay, ...] = Field(description="each of its first 91 days in the data")
    watched_next: tuple[WatchedNext, ...] = Field(
        description="what viewers of the first 28 days began next, most viewers first"
    )
    earlier: tuple[EarlierLaunch, ...] = Field(
        description="those asked for, else the last ten earlier launches of its type, newest first"
    )


# Plays that begin at the same time have no order: a play is somebody's first where none began
# before, and the next ones are all that begin first afterwards. What somebody played before is
# looked up for the few plays of the title that come first, or after a pause from it: to put all
# plays of its viewers in order would take many times the memory.
PEOPLE = """
    WITH own AS MATERIALIZED (
        SELECT user_id, event_date, started_at, starter FROM coded.plays
        WHERE list_contains($codes::INTEGER[], title_id) AND event_date BETWEEN $launch AND $last
            {narrowed}
    ), viewers AS MATERIALIZED (
        SELECT user_id, min(event_date) - $launch::DATE AS began FROM own WHERE starter
        GROUP BY user_id
    ), moments AS MATERIALIZED (
        SELECT DISTINCT user_id, event_date, started_at FROM (
            SELECT user_id, event_date, started_at, lag(started_at)
                OVER (PARTITION BY user_id ORDER BY started_at) AS own_before
            FROM own SEMI JOIN viewers USING (user_id)
        )
        WHERE own_before IS NULL OR own_before <= started_at - to_days($away)
    ), reached AS (
        SELECT user_id,
            min(event_date - $launch::DATE) FILTER (WHERE before IS NULL) AS new,
            min(event_date - $launch::DATE)
                FILTER (WHERE before <= started_at - to_days($away)) AS returned
        FROM (
            SELECT m.user_id, m.event_date, m.started_at, max(p.started_at) AS before
            FROM moments AS m LEFT JOIN coded.plays AS p
                ON p.user_id = m.user_id AND p.started_at < m.started_at AND p.event_date <= $last
            GROUP BY ALL
        )
        GROUP BY user_id
    )
    SELECT days, count(*) AS viewers, count(*) FILTER (WHERE new < days) AS new_viewers,
        count(*) FILTER (WHERE returned < days) AS returned_viewers
    FROM viewers LEFT JOIN reached USING (user_id)
    JOIN (SELECT unnest($windows::INTEGER[]) AS days) ON began < days
    GROUP BY days
"""

WATCHED_NEXT = """
    WITH viewers AS MATERIALIZED (
        SELECT user_id, min(started_at) AS began FROM coded.plays
        WHERE list_contains($codes::INTEGER[], title_id) AND starter
            AND event_date BETWEEN $launch AND $last {narrowed}
        GROUP BY user_id
    ), later AS MATERIALIZED (
        SELECT user_id, min(started_at) AS started_at FROM coded.plays JOIN viewers USING (user_id)
        WHERE starter AND started_at > began AND NOT list_contains($codes::INTEGER[], title_id)
        GROUP BY user_id
    ), named AS (
        SELECT DISTINCT user_id, coalesce(t.series_key, c.name) AS title_id
        FROM coded.plays AS p JOIN later USING (user_id, started_at)
        JOIN codes.title_id AS c ON c.code = p.title_id
        LEFT JOIN titles AS t ON t.title_id = c.name
        WHERE starter AND NOT list_contains($codes::INTEGER[], p.title_id)
    )
    SELECT named.title_id, any_value(t.title) AS title, count(DISTINCT user_id) AS viewers
    FROM named LEFT JOIN titles AS t ON t.title_id = named.title_id
    GROUP BY named.title_id ORDER BY viewers DESC, named.title_id LIMIT $listed
"""

OTHERS = """
    {beside}
    SELECT l.unit AS title_id, any_value(t.title) AS title, l.launched, l.earlier, w.days, {metrics}
    FROM launches AS l CROSS JOIN (SELECT unnest($windows::INTEGER[]) AS days) AS w
    LEFT JOIN by_day AS d ON d.unit = l.unit AND d.day < w.days
    LEFT JOIN titles AS t ON t.title_id = l.unit
    GROUP BY l.unit, l.launched, l.earlier, w.days ORDER BY l.launched DESC, l.unit, w.days
"""


@dataclass(frozen=True, slots=True)
class LaunchQuestion(Question[Launch]):
    """The launch of a title, season or series: first days, who came with it, earlier launches.

    `against` are ids of launches to compare with; without any, the last of its type.
    Raises NotFound, FilterNotTaken and UnknownValues.
    """

    title_id: str
    filters: Filters = ALL
    against: tuple[str, ...] = ()

    metrics = (*COMPARED, "viewers")
    rows = RowTable(LaunchNumbers, lambda launch: (_plain(each) for each in launch.windows))

    @override
    def answer(self, snapshot: Snapshot, period: None) -> Launch:
        for name in self.metrics:
            metric(name).check(self.filters.given)
        launched = launches.launch_of(snapshot, self.title_id)
        narrowed, bound = conditions(snapshot, self.filters)
        launches.check_against(snapshot, self.against)
        data, day = snapshot.info.days, launched.day
        if data is None or day is None or not data.from_ <= day <= data.to:
            return Launch.told(launched, windows=(), days=(), watched_next=(), earlier=())
        others = self._others(snapshot, launched)
        bound |= {"codes": list(launched.codes), "launch": day}
        by_day = launches.of_days(snapshot, launched, self.filters, WINDOWS[-1])
        people = _people(snapshot, day, narrowed, bound)
        return Launch.told(
            launched,
            windows=_windows(day, data.to, by_day, people, others),
            days=_days(day, data.to, by_day),
            watched_next=_watched_next(snapshot, day, narrowed, bound),
            earlier=_earlier(others, self.against, data.to),
        )

    def _others(self, snapshot: Snapshot, launched: Launched) -> list[Row]:
        """The launches to compare with, newest first: each in its first 1, 7, 28 and 91 days."""
        beside, bound = launches.beside(snapshot, launched, self.against, self.filters, WINDOWS[-1])
        query = OTHERS.format(beside=beside, metrics=measures.chosen(COMPARED))
        rows = snapshot.rows(query, bound | {"windows": list(WINDOWS)})
        launches.check_found(self.against, {row["title_id"] for row in rows})
        if launched.unit == launches.SEASON:
            named = title_names(snapshot, [row["title_id"] for row in rows])
            rows = [row | {"title": named.get(row["title_id"])} for row in rows]
        return rows

    example = (
        {"title_id": "t-204"},
        Launch(
            title_id="t-204",
            title="The Long Night",
            content_type="film",
            launch_day=date(2026, 3, 5),
            launch_day_by="added_on",
            windows=(
                LaunchWindow(
                    days=1,
                    whole=True,
                    starters=120,
                    watchers=80,
                    completers=61,
                    hours_viewed=140.5,
                    viewers=117,
                    new_viewers=6,
                    returned_viewers=9,
                    typical=Typical(
                        launches=14, starters=96, watchers=70.5, completers=52, hours_viewed=101.2
                    ),
                ),
            ),
            days=(LaunchDay(day=0, starters=120, hours_viewed=140.5),),
            watched_next=(WatchedNext(title_id="t-31", title="Harbour", viewers=12),),
            earlier=(
                EarlierLaunch(
                    title_id="t-180",
                    title="Two Rivers",
                    launch_day=date(2026, 2, 19),
                    windows=(
                        LaunchNumbers(
                            days=1,
                            whole=True,
                            starters=90,
                            watchers=66,
                            completers=50,
                            hours_viewed=98.1,
                        ),
                    ),
                ),
            ),
        ),
    )


def _plain(window: LaunchWindow) -> LaunchNumbers:
    return LaunchNumbers(**{name: getattr(window, name) for name in LaunchNumbers.model_fields})


def _people(snapshot: Snapshot, launched: date, narrowed: str, bound: Row) -> dict[int, Row]:
    """The viewers of each window, and those who came with it."""
    last = launched + timedelta(days=WINDOWS[-1] - 1)
    more = {"last": last, "away": AWAY, "windows": list(WINDOWS)}
    rows = snapshot.rows(PEOPLE.format(narrowed=narrowed), bound | more)
    return {row.pop("days"): row for row in rows}


def _windows(
    launched: date,
    last: date,
    by_day: Mapping[int, Row],
    people: Mapping[int, Row],
    others: list[Row],
) -> tuple[LaunchWindow, ...]:
    nobody = {"viewers": 0, "new_viewers": 0, "returned_viewers": 0}
    told = []
    for days in WINDOWS:
        rows = [row for day, row in by_day.items() if day < days]
        counts = {name: sum(row[name] for row in rows) for name in COMPARED[:3]}
        told.append(
            LaunchWindow(
                days=days,
                whole=_whole(launched, days, last),
                **counts,
                hours_viewed=sum(row["watch_seconds"] for row in rows) / 3600,
                **people.get(days, nobody),
                typical=_typical(others, days, last),
            )
        )
    return tuple(told)


def _days(launched: date, last: date, by_day: Mapping[int, Row]) -> tuple[LaunchDay, ...]:
    """Each of its first days in the data, also where nobody played it."""
    known = min(WINDOWS[-1], (last - launched).days + 1)
    nothing = {"starters": 0, "watch_seconds": 0}
    told = ((day, by_day.get(day, nothing)) for day in range(known))
    return tuple(
        LaunchDay(day=day, starters=row["starters"], hours_viewed=row["watch_seconds"] / 3600)
        for day, row in told
    )


def _whole(launched: date, days: int, last: date) -> bool:
    return launched + timedelta(days=days - 1) <= last


def _typical(others: list[Row], days: int, last: date) -> Typical | None:
    rows = [
        row
        for row in others
        if row["earlier"] and row["days"] == days and _whole(row["launched"], days, last)
    ]
    if not rows:
        return None
    medians = {name: float(median(row[name] for row in rows)) for name in COMPARED}
    return Typical(launches=len(rows), **medians)


def _watched_next(
    snapshot: Snapshot, launched: date, narrowed: str, bound: Row
) -> tuple[WatchedNext, ...]:
    more = {"last": launched + timedelta(days=NEXT - 1), "listed": LISTED}
    rows = snapshot.rows(WATCHED_NEXT.format(narrowed=narrowed), bound | more)
    return tuple(WatchedNext(**row) for row in rows)


def _earlier(others: list[Row], against: tuple[str, ...], last: date) -> tuple[EarlierLaunch, ...]:
    """Those asked for, else the last ones of its type."""
    told: dict[str, EarlierLaunch] = {}
    for row in others:
        wanted = row["title_id"] in against if against else row["earlier"]
        if not wanted or (len(told) == LISTED and row["title_id"] not in told):
            continue
        window = LaunchNumbers(
            days=row["days"],
            whole=_whole(row["launched"], row["days"], last),
            **{name: row[name] for name in COMPARED},
        )
        known = told.get(row["title_id"])
        told[row["title_id"]] = EarlierLaunch(
            title_id=row["title_id"],
            title=row["title"],
            launch_day=row["launched"],
            windows=(*(known.windows if known else ()), window),
        )
    return tuple(told.values())
