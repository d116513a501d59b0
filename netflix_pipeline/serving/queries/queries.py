"""All questions that can be asked of a snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal

from netflix_pipeline.serving.answers import (
    ALL,
    Answer,
    Audience,
    Checks,
    Compare,
    DayValue,
    Filters,
    Glance,
    Granularity,
    HeatMap,
    KeptSnapshot,
    Ledger,
    LifecycleWeek,
    Page,
    PeopleFound,
    Period,
    PersonalViewing,
    Play,
    Quarantine,
    Recommendations,
    Retention,
    Searches,
    Segments,
    Series,
    SnapshotInfo,
    Split,
    Title,
    TitleDetail,
    TitleFilters,
    TitleMeasures,
    TitleSort,
    Top10,
    User,
)
from netflix_pipeline.serving.errors import NotFound
from netflix_pipeline.serving.queries import (
    audience,
    catalogue,
    codes,
    engagement,
    headline,
    heatmap,
    households,
    interactions,
    known_people,
    lifecycle,
    measures,
    people,
    plays,
    quality,
    retention,
    rollups,
    series,
    title,
    titles,
    top10,
    trace,
    viewing,
)
from netflix_pipeline.serving.queries.periods import days_before, earlier, reaches, resolve
from netflix_pipeline.serving.queries.weeks import last_full_week, monday, sunday, weeks
from netflix_pipeline.serving.snapshots import Row, Snapshot, Source
from netflix_pipeline.state import NOBODY, Marked


class Queries:
    """Questions to the newest snapshot of a `Snapshots`, or to one `Snapshot` that is held on to.

    Each question is answered from one snapshot, whatever is published meanwhile. A period that is
    left out is the 28 days that end with the last day with data. Raises NoSnapshot when nothing was
    published, BadPeriod, BadCursor, NotFound, UnknownMetric and FilterNotTaken as their names say.
    """

    def __init__(self, source: Source) -> None:
        self._source = source

    def info(self) -> SnapshotInfo:
        """Which snapshot answers come from."""
        return self._source.current().info

    def choices(self) -> dict[str, tuple[str, ...]]:
        """The values that plays can be narrowed to, by filter, in order; titles are left out."""
        snapshot = self._source.current()
        return snapshot.kept(
            "choices",
            lambda: {
                name: tuple(sorted(known.values()))
                for name, known in codes.dimensions(snapshot).items()
                if name in Filters.model_fields
            },
        )

    def compared_with(
        self, period: Period, compare: Compare, since: date | None = None
    ) -> Period | None:
        """The days that a period is compared with; None where the data do not reach back to them.

        The same as answers with `compare` name. Data begin with the first play, or `since` a day.
        Raises BadPeriod.
        """
        snapshot = self._source.current()
        period = resolve(snapshot, period)
        before = earlier(period, days_before(period, compare))
        reached = since <= before.from_ if since else reaches(snapshot, before)
        return before if reached else None

    def headline(
        self,
        period: Period | None = None,
        filters: Filters = ALL,
        metrics: Sequence[str] | None = None,
        compare: Compare | None = None,
    ) -> Answer[Glance]:
        """The numbers of a period at a glance, beside those of another one where one is asked for.

        Without `metrics`, all that can be had under the filters; the others are named.
        """
        snapshot = self._source.current()
        period = resolve(snapshot, period)
        told = headline.headline(snapshot, period, filters, metrics, compare)
        return Answer[Glance](
            data=told,
            period=period,
            filters=filters.given,
            metrics=tuple(told.values),
            snapshot=snapshot.info,
        )

    def series(
        self,
        metric: str,
        period: Period | None = None,
        filters: Filters = ALL,
        *,
        granularity: Granularity = "day",
        split_by: Split | None = None,
        top: int = 10,
        compare: Compare | None = None,
        zone: str = "UTC",
        rest: bool = True,
    ) -> Answer[Series]:
        """A metric in the course of a period: every hour, day, week or month of it, or all as one.

        Split, the `top` groups with most of it, and the rest as one, if that is asked for.
        """
        snapshot = self._source.current()
        period = resolve(snapshot, period)
        told = measures.of_period(metric)
        asked = series.Asked(told, period, filters, granularity, zone, split_by)
        return Answer[Series](
            data=series.series(snapshot, asked, top, compare, rest=rest),
            period=period,
            filters=filters.given,
            zone=zone,
            metrics=tuple(series.names_of(asked)),
            snapshot=snapshot.info,
        )

    def courses(
        self,
        metrics: Sequence[str],
        period: Period | None = None,
        filters: Filters = ALL,
        *,
        granularity: Granularity = "day",
    ) -> dict[str, tuple[float | None, ...]]:
        """The values that `series` tells of several metrics, by name, for little more than one."""
        snapshot = self._source.current()
        told = [measures.of_period(name) for name in metrics]
        if not told:
            return {}
        asked = series.Asked(told[0], resolve(snapshot, period), filters, granularity)
        return series.several(snapshot, told, asked)

    def heatmap(
        self, period: Period | None = None, filters: Filters = ALL, zone: str = "UTC"
    ) -> Answer[HeatMap]:
        """Plays and hours by weekday and hour, on the clock of a zone."""
        snapshot = self._source.current()
        period = resolve(snapshot, period)
        return Answer[HeatMap](
            data=heatmap.heatmap(snapshot, period, filters, zone),
            period=period,
            filters=filters.given,
            zone=zone,
            metrics=(*heatmap.MEASURES, "activity"),
            snapshot=snapshot.info,
        )

    def daily(
        self, period: Period | None = None, metric: str = "hours_viewed"
    ) -> Answer[tuple[DayValue, ...]]:
        """A metric by day: every day of the period, in order."""
        snapshot = self._source.current()
        period = resolve(snapshot, period)
        return Answer[tuple[DayValue, ...]](
            data=tuple(series.daily(snapshot, period, metric)),
            period=period,
            metrics=(metric,),
            snapshot=snapshot.info,
        )

    def top_titles(
        self, period: Period | None = None, limit: int = 10, by: str = "hours_viewed"
    ) -> Answer[tuple[TitleMeasures, ...]]:
        """The titles of a period with the most of one metric; ties by hours, then by id."""
        snapshot = self._source.current()
        period = resolve(snapshot, period)
        return Answer[tuple[TitleMeasures, ...]](
            data=tuple(titles.top(snapshot, period, limit, by)),
            period=period,
            metrics=titles.MEASURES,
            snapshot=snapshot.info,
        )

    def title_names(self, title_ids: Sequence[str]) -> dict[str, str | None]:
        """The names of titles, by id; those that no source or event told of are left out."""
        return titles.names(self._source.current(), title_ids)

    def titles(
        self,
        filters: TitleFilters = TitleFilters(),  # noqa: B008  it cannot be changed
        *,
        sort: TitleSort = "title",
        order: Literal["asc", "desc"] | None = None,
        limit: int = 50,
        cursor: str | None = None,
        period: Period | None = None,
    ) -> Page[tuple[Title, ...]]:
        """The catalogue: titles with how they were watched so far, unknown values last.

        With a `period` in it; reviews and rating are those so far all the same.

        `filters.search` finds those of which the name contains it, or the id is it; case and
        accents do not matter.
        """
        snapshot = self._source.current()
        period = resolve(snapshot, period) if period else None
        found, following = catalogue.catalogue(
            snapshot, filters, sort=sort, order=order, limit=limit, cursor=cursor, period=period
        )
        return Page[tuple[Title, ...]](
            data=tuple(found),
            period=period,
            filters=filters.written,
            metrics=catalogue.MEASURES,
            snapshot=snapshot.info,
            next=following,
        )

    def title(
        self, title_id: str, period: Period | None = None, filters: Filters = ALL
    ) -> Answer[TitleDetail]:
        """A title or a series: facts, numbers so far and in a period, drop-off, next episodes."""
        snapshot = self._source.current()
        period = resolve(snapshot, period)
        return Answer[TitleDetail](
            data=title.title(snapshot, title_id, period, filters),
            period=period,
            filters=filters.given,
            metrics=title.MEASURES,
            snapshot=snapshot.info,
        )

    def user(self, user_id: str, recent: int = 10) -> Answer[User]:
        """A user's profile, favourite genres, engagement, lifecycle and most recent plays."""
        told = self.users([user_id], recent)[user_id]
        if isinstance(told, NotFound):
            raise told
        return told

    def make_ready(self) -> None:
        """Take into memory what answers about people faster; it takes some tenths of a second."""
        known_people.make_ready(self._source.current())

    def make_sums_ready(self) -> None:
        """Take into memory what answers about numbers faster; it takes some tenths of a second."""
        rollups.make_ready(self._source.current())

    def users(
        self, user_ids: Sequence[str], recent: int = 10
    ) -> dict[str, Answer[User] | NotFound]:
        """The same of several users, by id, from one snapshot; of an unknown one the error."""
        snapshot = self._source.current()
        known = people.users(snapshot, user_ids, recent)
        return {
            user_id: Answer[User](
                data=known[user_id], metrics=people.MEASURES, snapshot=snapshot.info
            )
            if user_id in known
            else people.not_found(user_id)
            for user_id in user_ids
        }

    def history(
        self,
        user_id: str,
        period: Period | None = None,
        *,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[tuple[Play, ...]]:
        """What a user played, newest first: ever, or in a period."""
        snapshot = self._source.current()
        period = resolve(snapshot, period) if period else None
        found, following = people.history(snapshot, user_id, period, limit, cursor)
        return Page[tuple[Play, ...]](
            data=tuple(found), period=period, snapshot=snapshot.info, next=following
        )

    def people(self, search: str | None = None, limit: int = 20) -> Answer[PeopleFound]:
        """Whose id contains a text, profiles of Netflix exports first; without one, only these."""
        snapshot = self._source.current()
        found = households.people(snapshot, search, limit)
        return Answer[PeopleFound](data=found, snapshot=snapshot.info)

    def viewing(
        self, user_id: str, period: Period | None = None, *, top: int = 10, recent: int = 10
    ) -> Answer[PersonalViewing]:
        """How a person watched in a period, or ever: days, sittings, favourites, newest plays.

        `top` favourites of a kind and binge sittings are listed, and `recent` plays.
        """
        snapshot = self._source.current()
        users = people.person(snapshot, user_id)
        return self._viewing(snapshot, users, period, top, recent)

    def household_viewing(
        self,
        household: str,
        period: Period | None = None,
        *,
        top: int = 10,
        recent: int = 10,
        without: Marked = NOBODY,
    ) -> Answer[PersonalViewing]:
        """The same of all profiles of a household together, but for those in `without`."""
        snapshot = self._source.current()
        users = households.members(snapshot, household, without)
        return self._viewing(snapshot, users, period, top, recent)

    def household_history(
        self,
        household: str,
        period: Period | None = None,
        *,
        limit: int = 100,
        cursor: str | None = None,
        without: Marked = NOBODY,
    ) -> Page[tuple[Play, ...]]:
        """What the profiles of a household played, newest first: ever, or in a period."""
        snapshot = self._source.current()
        period = resolve(snapshot, period) if period else None
        users = households.members(snapshot, household, without)
        found, following = plays.of_users(snapshot, users, limit, cursor, period)
        return Page[tuple[Play, ...]](
            data=tuple(found), period=period, snapshot=snapshot.info, next=following
        )

    @staticmethod
    def _viewing(
        snapshot: Snapshot, users: Mapping[int, str], period: Period | None, top: int, recent: int
    ) -> Answer[PersonalViewing]:
        period = resolve(snapshot, period) if period else None
        told, period = viewing.viewing(snapshot, users, period, top=top, recent=recent)
        return Answer[PersonalViewing](
            data=told, period=period, metrics=viewing.MEASURES, snapshot=snapshot.info
        )

    def rows(
        self,
        period: Period | None = None,
        filters: Filters = ALL,
        of: str = "plays",
        limit: int = 100,
        cursor: str | None = None,
        *,
        weekday: int | None = None,
        hour: int | None = None,
        without: Marked = NOBODY,
    ) -> Page[tuple[Play, ...]]:
        """The plays behind a period's numbers, newest first.

        `of` is the count whose plays are meant: plays, starters, watchers, completers,
        plays_without_duration or starters_without_reach. `weekday` (1 is Monday) and `hour`
        (0 to 23) of UTC keep those that began in them, as `heatmap` counts them.
        """
        snapshot = self._source.current()
        period = resolve(snapshot, period)
        hours = plays.HoursAsked(weekday, hour)
        found, following = plays.of_period(
            snapshot,
            period,
            filters=filters,
            hours=hours,
            of=of,
            limit=limit,
            cursor=cursor,
            without=without,
        )
        return Page[tuple[Play, ...]](
            data=tuple(found),
            period=period,
            filters=filters.given | hours.given,
            metrics=(of,),
            snapshot=snapshot.info,
            next=following,
        )

    def retention(self, period: Period | None = None, most: int = 12) -> Answer[Retention]:
        """Who comes back: the cohorts of the weeks that a period touches, `most` weeks on.

        A period that is left out is the 12 weeks that end with the last week with data.
        """
        snapshot = self._source.current()
        period = weeks(snapshot, period)
        return Answer[Retention](
            data=retention.retention(snapshot, period, most),
            period=period,
            metrics=("retention",),
            snapshot=snapshot.info,
        )

    def lifecycle(self, period: Period | None = None) -> Answer[tuple[LifecycleWeek, ...]]:
        """New, returning, resurrected and dormant users of the weeks that a period touches.

        A period that is left out is the 12 weeks that end with the last week with data.
        """
        snapshot = self._source.current()
        period = weeks(snapshot, period)
        return Answer[tuple[LifecycleWeek, ...]](
            data=lifecycle.lifecycle(snapshot, period),
            period=period,
            metrics=("lifecycle",),
            snapshot=snapshot.info,
        )

    def segments(self) -> Answer[Segments]:
        """How many people are core, regular, casual and at risk, by the last 28 days with data.

        The period is these days; without any data it is left out.
        """
        snapshot = self._source.current()
        return Answer[Segments](
            data=engagement.segments(snapshot),
            period=engagement.scored(snapshot),
            metrics=("engagement_score",),
            snapshot=snapshot.info,
        )

    def audience(self, period: Period | None = None) -> Answer[Audience]:
        """Daily, weekly and monthly viewers and stickiness, of every day of a period."""
        snapshot = self._source.current()
        period = resolve(snapshot, period)
        return Answer[Audience](
            data=audience.audience(snapshot, period),
            period=period,
            metrics=audience.MEASURES,
            snapshot=snapshot.info,
        )

    def top10(
        self, week: date | None = None, which: str | None = None, country: str = "all"
    ) -> Answer[Top10]:
        """The Top 10 of the week of some day, of films, tv or both, in a country or in all.

        A week that is left out is the last one that has ended by the last day with data.
        """
        snapshot = self._source.current()
        first = monday(week) if week else last_full_week(snapshot)
        return Answer[Top10](
            data=top10.top10(snapshot, first, which, country),
            period=Period(from_=first, to=sunday(first)),
            filters={"country": country} | ({"list": which} if which else {}),
            metrics=("top10", "hours_viewed", "views"),
            snapshot=snapshot.info,
        )

    def searches(
        self,
        period: Period | None = None,
        filters: Mapping[str, str] | None = None,
        split_by: str | None = None,
    ) -> Answer[Searches]:
        """The searches of a period under filters (country, device), split by one of these.

        A period that is left out is the 28 days that end with the last day with searches.
        """
        snapshot = self._source.current()
        known = interactions.days(snapshot, "search_success") if period is None else None
        period = resolve(snapshot, period, known.to if known else None)
        return Answer[Searches](
            data=interactions.searches(snapshot, period, filters or {}, split_by),
            period=period,
            filters=dict(filters or {}),
            metrics=("search_success",),
            snapshot=snapshot.info,
        )

    def recommendations(
        self,
        period: Period | None = None,
        filters: Mapping[str, str] | None = None,
        split_by: str | None = None,
    ) -> Answer[Recommendations]:
        """The recommendations of a period under filters (device, algorithm), split by one.

        A period that is left out is the 28 days that end with the last day with recommendations.
        """
        snapshot = self._source.current()
        known = interactions.days(snapshot, "recommendation_ctr") if period is None else None
        period = resolve(snapshot, period, known.to if known else None)
        return Answer[Recommendations](
            data=interactions.recommendations(snapshot, period, filters or {}, split_by),
            period=period,
            filters=dict(filters or {}),
            metrics=("recommendation_ctr",),
            snapshot=snapshot.info,
        )

    def interactions(self, *metrics: str) -> Period | None:
        """The first and the last day with searches or recommendations, or those of some metrics.

        None where there is nothing.
        """
        snapshot = self._source.current()
        name = f"days of {' and '.join(metrics) or 'interactions'}"
        return snapshot.kept(name, lambda: interactions.days(snapshot, *metrics))

    def arrivals(self) -> Period | None:
        """The first and the last day on which something arrived; None when nothing ever did."""
        return quality.arrivals(self._source.current())

    def ledger(
        self, period: Period | None = None, source: str | None = None, table: str | None = None
    ) -> Answer[Ledger]:
        """What arrived and what became of it, by day of arrival, source and table.

        A period that is left out is the 28 days that end with the newest arrival.
        """
        snapshot = self._source.current()
        period = resolve(snapshot, period, quality.newest_arrival(snapshot))
        return Answer[Ledger](
            data=quality.ledger(snapshot, period, source=source, table=table),
            period=period,
            filters=_given(source=source, table=table),
            snapshot=snapshot.info,
        )

    def quarantine(
        self,
        period: Period | None = None,
        reason: str | None = None,
        source: str | None = None,
        table: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
        without: Marked = NOBODY,
    ) -> Page[Quarantine]:
        """The rows that arrived in a period and wait in quarantine, newest first.

        A period that is left out is the 28 days that end with the newest arrival.
        """
        snapshot = self._source.current()
        period = resolve(snapshot, period, quality.newest_arrival(snapshot))
        found, following = quality.quarantine(
            snapshot,
            period,
            reason=reason,
            source=source,
            table=table,
            limit=limit,
            cursor=cursor,
            without=without.pending,
        )
        return Page[Quarantine](
            data=found,
            period=period,
            filters=_given(reason=reason, source=source, table=table),
            snapshot=snapshot.info,
            next=following,
        )

    def checks(self) -> Answer[Checks]:
        """What the contracts and the ledger's check found of all that is published."""
        snapshot = self._source.current()
        return Answer[Checks](data=quality.checks(snapshot), snapshot=snapshot.info)

    def kept_snapshots(self) -> Answer[tuple[KeptSnapshot, ...]]:
        """The snapshots that are kept, newest first."""
        snapshot = self._source.current()
        return Answer[tuple[KeptSnapshot, ...]](data=quality.kept(snapshot), snapshot=snapshot.info)

    def published(self, user_id: str, title_id: str, started_at: datetime) -> dict[str, Row]:
        """The published rows that one play is counted in, by table; none when it is in none."""
        return trace.published(self._source.current(), user_id, title_id, started_at)


def _given(**asked: str | None) -> dict[str, str]:
    """The filters that are asked for."""
    return {name: value for name, value in asked.items() if value is not None}
