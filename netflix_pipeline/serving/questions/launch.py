"""How a title, or a series, did since its launch, beside earlier launches of its type."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any, Final, Literal

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.contracts.measures import OF_PLAYS
from netflix_pipeline.metrics import metric
from netflix_pipeline.serving.query import measures, persons
from netflix_pipeline.serving.query.codes import title_names
from netflix_pipeline.serving.query.filters import (
    ALL,
    Choice,
    Filters,
    UnknownValues,
    check_known,
    conditions,
)
from netflix_pipeline.serving.query.launches import LAUNCHED, launch_day
from netflix_pipeline.serving.question import (
    AnswerModel,
    Period,
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
COMPARED: Final = ("starters", "watchers", "completers", "hours_viewed")
"""The measures by which launches are compared."""


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


class Launch(AnswerModel):
    """The launch of a title or of a series; numbers of a series are those of all its episodes."""

    title_id: str
    title: str | None
    content_type: str | None
    launch_day: date | None = Field(
        description="the day on which it was added, else of its first play; null without either"
    )
    launch_day_by: Literal["added_on", "first_day"] | None = Field(
        description="which of these two days it is"
    )
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


MEMBERS = """
    SELECT t.title_id, t.series_key, t.content_type, t.added_on, c.code
    FROM titles AS t LEFT JOIN codes.title_id AS c ON c.name = t.title_id
    WHERE $id IN (t.title_id, t.series_key, t.entry_id) ORDER BY t.title_id
"""

KNOWN = """
    SELECT DISTINCT unnest([title_id, series_key]) AS id FROM titles
    WHERE list_has_any([title_id, series_key], $ids::VARCHAR[])
"""

DAYS = f"""
    SELECT event_date - $launch::DATE AS day,
        {", ".join(f"{each.summed_sql} AS {each.name}" for each in OF_PLAYS)}
    FROM coded.plays
    WHERE list_contains($codes::INTEGER[], title_id) AND event_date BETWEEN $launch AND $last
        {{narrowed}}
    GROUP BY ALL ORDER BY day
"""

# Plays that begin at the same time have no order: a play is somebody's first where none began
# before, and the next ones are all that begin first afterwards.
PEOPLE = """
    WITH own AS MATERIALIZED (
        SELECT user_id, event_date, started_at, starter FROM coded.plays
        WHERE list_contains($codes::INTEGER[], title_id) AND event_date BETWEEN $launch AND $last
            {narrowed}
    ), viewers AS MATERIALIZED (
        SELECT user_id, min(event_date) - $launch::DATE AS began FROM own WHERE starter
        GROUP BY user_id
    ), moments AS (
        SELECT user_id, started_at,
            lag(started_at) OVER (PARTITION BY user_id ORDER BY started_at) AS before
        FROM (
            SELECT DISTINCT user_id, started_at FROM coded.plays SEMI JOIN viewers USING (user_id)
            WHERE event_date <= $last
        )
    ), reached AS (
        SELECT user_id,
            min(event_date - $launch::DATE) FILTER (WHERE before IS NULL) AS new,
            min(event_date - $launch::DATE)
                FILTER (WHERE before <= started_at - to_days($away)) AS returned
        FROM (SELECT DISTINCT user_id, event_date, started_at FROM own)
        JOIN moments USING (user_id, started_at) GROUP BY user_id
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
    ), later AS (
        SELECT user_id, title_id, started_at FROM coded.plays JOIN viewers USING (user_id)
        WHERE starter AND started_at > began AND NOT list_contains($codes::INTEGER[], title_id)
        QUALIFY started_at = min(started_at) OVER (PARTITION BY user_id)
    ), named AS (
        SELECT DISTINCT user_id, coalesce(t.series_key, c.name) AS title_id
        FROM later JOIN codes.title_id AS c ON c.code = later.title_id
        LEFT JOIN titles AS t ON t.title_id = c.name
    )
    SELECT named.title_id, any_value(t.title) AS title, count(DISTINCT user_id) AS viewers
    FROM named LEFT JOIN titles AS t ON t.title_id = named.title_id
    GROUP BY named.title_id ORDER BY viewers DESC, named.title_id LIMIT $listed
"""

OTHERS = """
    WITH units AS (
        SELECT {unit} AS unit, {launched} AS launched,
            coalesce(min(t.content_type) = $content_type, false) AS of_type,
            list(c.code) FILTER (WHERE c.code IS NOT NULL) AS codes
        FROM titles AS t LEFT JOIN title_profile AS p USING (title_id)
        LEFT JOIN codes.title_id AS c ON c.name = t.title_id
        WHERE {unit} IS NOT NULL GROUP BY {unit}
    ), launches AS MATERIALIZED (
        SELECT unit, launched, of_type AND launched < $launch AS earlier, codes FROM units
        WHERE unit <> $id AND launched BETWEEN $first AND $last
            AND ((of_type AND launched < $launch) OR list_contains($against::VARCHAR[], unit))
    ), members AS (SELECT unit, launched, unnest(codes) AS title_id FROM launches), by_day AS (
        SELECT m.unit, event_date - m.launched AS day, {columns}
        FROM coded.{table} JOIN members AS m USING (title_id)
        WHERE event_date BETWEEN $first AND $last
            AND event_date BETWEEN m.launched AND m.launched + $longest::INTEGER - 1 {narrowed}
        GROUP BY ALL
    )
    SELECT l.unit AS title_id, any_value(t.title) AS title, l.launched, l.earlier, w.days, {metrics}
    FROM launches AS l CROSS JOIN (SELECT unnest($windows::INTEGER[]) AS days) AS w
    LEFT JOIN by_day AS d ON d.unit = l.unit AND d.day < w.days
    LEFT JOIN titles AS t ON t.title_id = l.unit
    GROUP BY l.unit, l.launched, l.earlier, w.days ORDER BY l.launched DESC, l.unit, w.days
"""
"""What is launched is a series or season with all its episodes, or an episode or film by itself."""

SEASON = "CASE WHEN t.season IS NOT NULL THEN t.entry_id END"
"""The season of an episode, as the Top 10 has it."""

SUMMED = tuple(each for each in OF_PLAYS if each.name in (*COMPARED, "watch_seconds"))


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
        members = snapshot.rows(MEMBERS, {"id": self.title_id})
        if not members:
            raise persons.NotFound(
                f"no title {self.title_id!r} is known: look for its id with /titles?search=NAME."
            )
        launched = launch_day(snapshot, self.title_id)
        added = any(member["added_on"] for member in members)
        is_series = any(member["series_key"] == self.title_id for member in members)
        ids = {member["title_id"] for member in members}
        is_season = not is_series and self.title_id not in ids
        types = (member["content_type"] for member in members)
        content_type = min(filter(None, types), default=None)
        told: dict[str, Any] = {
            "title_id": self.title_id,
            "title": title_names(snapshot, [self.title_id]).get(self.title_id),
            "content_type": content_type,
            "launch_day": launched,
            "launch_day_by": None if launched is None else "added_on" if added else "first_day",
        }
        days = snapshot.info.days
        narrowed, bound = conditions(snapshot, self.filters)
        self._check_known(snapshot)
        if launched is None or days is None or not days.from_ <= launched <= days.to:
            return Launch(**told, windows=(), days=(), watched_next=(), earlier=())
        codes = [member["code"] for member in members if member["code"] is not None]
        unit = "t.series_key" if is_series else SEASON if is_season else "t.title_id"
        wanted = bound | {"content_type": content_type, "launch": launched}
        others = self._others(snapshot, days, unit, narrowed, wanted)
        bound |= {"codes": codes, "launch": launched}
        return Launch(
            **told,
            **_own(snapshot, launched, days.to, narrowed, bound, others),
            watched_next=_watched_next(snapshot, launched, narrowed, bound),
            earlier=_earlier(others, self.against, days.to),
        )

    def _check_known(self, snapshot: Snapshot) -> None:
        """Raise UnknownValues where a title or series to compare with is not known."""
        if self.against:
            known = [row["id"] for row in snapshot.rows(KNOWN, {"ids": list(self.against)})]
            check_known("against", Choice(values=self.against), known, None)

    def _others(
        self, snapshot: Snapshot, days: Period, unit: str, narrowed: str, bound: Row
    ) -> list[Row]:
        """The launches to compare with, newest first: each in its first 1, 7, 28 and 91 days."""
        by_country = set(self.filters.given) <= {"country"}  # title_daily knows it
        bound |= {
            "id": self.title_id,
            "against": list(self.against),
            "first": days.from_,
            "last": days.to,
            "longest": WINDOWS[-1],
            "windows": list(WINDOWS),
        }
        query = OTHERS.format(
            unit=unit,
            launched=LAUNCHED,
            columns=", ".join(
                f"{f'sum({each.name})' if by_country else each.summed_sql} AS {each.name}"
                for each in SUMMED
            ),
            table="title_daily" if by_country else "plays",
            narrowed=narrowed,
            metrics=measures.chosen(COMPARED),
        )
        rows = snapshot.rows(query, bound)
        missing = sorted(set(self.against) - {row["title_id"] for row in rows})
        if missing:
            remedy = (
                "Compare with a launch that is in the data, a series with series, a season with "
                "seasons and a title with titles."
            )
            raise UnknownValues("against", missing, remedy)
        if unit == SEASON:
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


def _own(
    snapshot: Snapshot, launched: date, last: date, narrowed: str, bound: Row, others: list[Row]
) -> dict[str, Any]:
    """Its windows and days."""
    bound = bound | {"last": launched + timedelta(days=WINDOWS[-1] - 1)}
    by_day = {row.pop("day"): row for row in snapshot.rows(DAYS.format(narrowed=narrowed), bound)}
    bound |= {"away": AWAY, "windows": list(WINDOWS)}
    people = {
        row.pop("days"): row for row in snapshot.rows(PEOPLE.format(narrowed=narrowed), bound)
    }
    nobody = {"viewers": 0, "new_viewers": 0, "returned_viewers": 0}
    windows = []
    for days in WINDOWS:
        rows = [row for day, row in by_day.items() if day < days]
        counts = {name: sum(row[name] for row in rows) for name in COMPARED[:3]}
        hours = sum(row["watch_seconds"] for row in rows) / 3600
        windows.append(
            LaunchWindow(
                days=days,
                whole=_whole(launched, days, last),
                **counts,
                hours_viewed=hours,
                **people.get(days, nobody),
                typical=_typical(others, days, last),
            )
        )
    known = min(WINDOWS[-1], (last - launched).days + 1)
    nothing = {"starters": 0, "watch_seconds": 0}
    told = ((day, by_day.get(day, nothing)) for day in range(known))
    return {
        "windows": tuple(windows),
        "days": tuple(
            LaunchDay(day=day, starters=row["starters"], hours_viewed=row["watch_seconds"] / 3600)
            for day, row in told
        ),
    }


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
