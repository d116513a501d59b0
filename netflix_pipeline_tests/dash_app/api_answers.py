"""What each panel and card of the dashboard must say, made out of the API's answers alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from math import exp
from typing import Any
from urllib.parse import quote

from dash_app import formats
from dash_app.page_request import DashboardPage
from dash_app.panels.cards import SHOWN
from netflix_pipeline.contracts.dimensions import FILTERS, SPLITS
from netflix_pipeline.contracts.origins import FORECAST_METRICS
from netflix_pipeline.metrics import METRICS
from netflix_pipeline_tests.support.api import Asking

Columns = dict[str, list[Any]]
"""Values from top to bottom, by the name of a column."""
OTHERS = "All others"
CODED = frozenset({"algorithm", "country", "device"})
"""What single searches and recommendations tell in codes."""


def named(parameter: str) -> str:
    """The filter of a parameter, of which values are asked for or left out."""
    return parameter.removeprefix("not_")


@dataclass(frozen=True)
class Question:
    """A page under the filters of a query, as the API is asked."""

    api: Asking
    page: DashboardPage
    query: Mapping[str, Any]
    title: str
    series: str
    person: str

    @property
    def by(self) -> str:
        """The measure."""
        return str(self.query.get("by", "hours_viewed"))

    @property
    def filters(self) -> dict[str, Any]:
        """What the page narrows its numbers to."""
        taken: dict[str, Any] = {}
        for parameter, values in self.query.items():
            name = named(parameter)
            one = name == parameter and isinstance(values, str)
            if (
                name in FILTERS
                and name in self.page.takes
                and (one or name not in self.page.takes_one)
            ):
                taken[parameter] = values
        return taken

    @property
    def zone(self) -> str | None:
        """The time zone of its days, where that is not UTC."""
        return self.query.get("tz") if "tz" in self.page.takes else None

    @property
    def days(self) -> dict[str, str]:
        """The period."""
        return {"from_": self.query["from"], "to": self.query["to"]}

    @property
    def compare(self) -> str | None:
        """With what it is compared, where the data reach back."""
        how = self.query.get("compare", "previous")
        if how == "none":
            return None
        told = self.api("/analytics", **self.days, metrics="plays", compare=how)["data"]
        return how if told["comparison"]["complete"] else None

    @property
    def earlier(self) -> dict[str, str] | None:
        """The period that it is compared with."""
        if self.compare is None:
            return None
        told = self.api("/analytics", **self.days, metrics="plays", compare=self.compare)
        period = told["data"]["comparison"]["period"]
        return {"from_": period["from"], "to": period["to"]}

    def ask(self, path: str, **more: Any) -> Any:
        """The data of an answer for the period under the filters."""
        about = {**self.days, **self.filters, "tz": self.zone, **more}
        return self.api(path, **about)["data"]


Answer = Callable[[Question], Columns]
"""What a panel's columns are."""


def beside(asked: Question, values: list[Any]) -> list[Any]:
    """Values of the days compared with, each beside a day of the period; these may be fewer."""
    first, last = (date.fromisoformat(day) for day in asked.days.values())
    days = (last - first).days + 1
    return [*values, *[None] * days][:days]


def coded(name: str, codes: Sequence[str | None], none: str | None = None) -> Columns:
    """Values of a dimension: what they are called, and their codes; what has none is `none`."""
    words = [none if code is None else formats.dimension(name, code) for code in codes]
    return {name: words, f"{name}_code": list(codes)}


def course(asked: Question, metric: str) -> Columns:
    """A metric by day beside the days before."""
    data = asked.ask("/analytics/timeseries", metric=metric, compare=asked.compare)
    (line,) = data["lines"]
    days = [bucket["from"] for bucket in data["buckets"]]
    told: Columns = {"from": days, metric: line["values"]}
    if asked.compare:
        told["compared"] = line["compared"]
        told["change"] = changes(metric, line["values"], line["compared"])
        shift = data["compared_with"]["days_before"]
        told["compared_from"] = days_before(days, shift, data["compared_with"]["period"]["to"])
    return told


def days_before(days: Sequence[str], shift: int, last: str) -> list[str | None]:
    """The days that are so many days earlier, up to the last of those compared with."""
    earlier = [str(date.fromisoformat(day) - timedelta(days=shift)) for day in days]
    return [day if day <= last else None for day in earlier]


def alert_days(asked: Question) -> Columns:
    """The measure of the last 28 complete days, and the mean of the same weekdays before each."""
    ended = date.fromisoformat(asked.api("/analytics")["snapshot"]["data_to"])
    # West of UTC the last day of UTC ends before that of the zone does.
    last = ended - timedelta(days=1 if asked.zone else 0)
    about = {**asked.filters, "tz": asked.zone, "from_": last - timedelta(days=55), "to": last}
    data = asked.api("/analytics/timeseries", metric=asked.by, **about)["data"]
    days = [date.fromisoformat(bucket["from"]) for bucket in data["buckets"]]
    values = dict(zip(days, data["lines"][0]["values"], strict=True))
    told: Columns = {"from": [], asked.by: [], "base": [], "met": []}
    for day in [day for day in days if day > last - timedelta(days=28)]:
        base = sum(values[day - timedelta(weeks=weeks)] for weeks in range(1, 5)) / 4
        meets = base and values[day] < 0.8 * base
        row = (str(day), values[day], base, "Met" if meets else None)
        for column, value in zip(told.values(), row, strict=True):
            column.append(value)
    return told


def overview_course(asked: Question) -> Columns:
    """The measure by day; by the values of a split of which several are chosen, side by side."""
    several = [
        (name, values)
        for name, values in asked.filters.items()
        if name in SPLITS and not isinstance(values, str)
    ]
    if len(several) != 1:
        return course(asked, asked.by)
    ((by, values),) = several
    data = asked.ask("/analytics/timeseries", metric=asked.by, split_by=by, top=len(values))
    days: Columns = {"from": [bucket["from"] for bucket in data["buckets"]]}
    return days | {f"{asked.by}_{line['group']}": line["values"] for line in data["lines"]}


SHARES = frozenset({"search_success", "recommendation_ctr"})
"""Metrics of which the rates of values and their mix are told apart."""


def moved(
    asked: Question,
    metric: str | None = None,
    dimensions: Sequence[str] = ("country", "device", "plan"),
    **more: Any,
) -> Columns:
    """What each value of the first dimension of which several are left did to a change."""
    metric = metric or asked.by
    alone = {name for name, values in asked.filters.items() if isinstance(values, str)}
    by = next(name for name in dimensions if name not in alone)
    how = asked.query.get("compare", "previous")
    compare = "previous" if how == "none" else how
    about = {"metric": metric, "by": by, "compare": compare, "top": 8}
    data = asked.ask("/analytics/contributions", **about, **more)
    complete = data["compared_with"]["complete"]
    rows = [row for row in data["groups"] if row["contribution"]] if complete else []

    def called(row: dict[str, Any]) -> str:
        if row["group"] is not None:
            return formats.dimension(by, row["group"])
        return "Counted under several" if row["in_several"] else "All others"

    change = "change" if metric in SHARES else "relative_change"
    effects = ("rate_effect", "mix_effect") if metric in SHARES else ()
    return {
        by: [called(row) for row in rows],
        f"{by}_code": [row["group"] for row in rows],
        "contribution": [row["contribution"] for row in rows],
        **{effect: [row[effect] for row in rows] for effect in effects},
        "share_of_change": [row["share"] for row in rows],
        metric: [row["value"] for row in rows],
        "compared": [row["compared"] for row in rows],
        "change": [row[change] for row in rows],
    }


def hours(asked: Question) -> Columns:
    """The hours of a week."""
    by = asked.by if asked.by in ("plays", "hours_viewed") else "hours_viewed"
    data = asked.ask("/analytics/heatmap")
    return cells_of(data["cells"], data["days"], by)


def cells_of(cells: list[dict[str, Any]], days: list[int], by: str) -> Columns:
    """The hours of a week that has so many days of each weekday."""
    monday = date(2024, 1, 1)
    return {
        "weekday": [
            formats.day_of_week(monday + timedelta(days=cell["weekday"] - 1)) for cell in cells
        ],
        "weekday_code": [cell["weekday"] for cell in cells],
        "hour": [f"{cell['hour']:02}:00" for cell in cells],
        "hour_code": [cell["hour"] for cell in cells],
        "mean_of_a_day": [cell[by] / days[cell["weekday"] - 1] for cell in cells],
        by: [cell[by] for cell in cells],
    }


def relative(now: list[Any], before: list[Any]) -> list[float | None]:
    """How values changed, each against the one before."""
    pairs = zip(now, before, strict=True)
    return [(a - b) / b if b and a is not None else None for a, b in pairs]


def changes(metric: str, now: list[Any], before: list[Any]) -> list[float | None]:
    """The same of a metric: of a share the difference."""
    if METRICS[metric].unit != "share":
        return relative(now, before)
    pairs = zip(now, before, strict=True)
    return [None if a is None or b is None else a - b for a, b in pairs]


def mix(asked: Question, by: str) -> Columns:
    """A measure by a dimension, of whose values the page may be narrowed to some."""
    data = asked.ask(
        "/analytics/timeseries",
        **{by: None},
        metric=asked.by,
        split_by=by,
        top=8,
        granularity="whole",
        compare=asked.compare,
    )
    lines = [line for line in data["lines"] if line["total"]]
    told = coded(by, [None if line["rest"] else line["group"] for line in lines], OTHERS)
    told[asked.by] = [line["total"] for line in lines]
    if asked.by != "viewers":
        whole = sum(told[asked.by])
        told["share"] = [value / whole for value in told[asked.by]]
    if asked.compare:
        told["compared"] = [line["compared_total"] for line in lines]
        told["change"] = relative(told[asked.by], told["compared"])
    return told


def ranking(asked: Question) -> Columns:
    """The series and films with most."""
    data = asked.ask(
        "/analytics/timeseries",
        metric=asked.by,
        split_by="series",
        granularity="whole",
        compare=asked.compare,
    )
    lines = [line for line in data["lines"] if line["total"] and not line["rest"]]
    told: Columns = {
        "rank": list(range(1, len(lines) + 1)),
        "title": [line["name"] or line["group"] for line in lines],
        asked.by: [line["total"] for line in lines],
    }
    if asked.compare:
        told["compared"] = [line["compared_total"] for line in lines]
    return told | {"title_id": [line["group"] for line in lines]}


def catalogue(asked: Question) -> Columns:
    """All series and films; beside the measure that they are sorted by, that of the days before."""
    taken = ("content_type", "genre", "language", "maturity_rating")
    filters = {name: v for name, v in asked.filters.items() if named(name) in taken}

    def listed(days: Mapping[str, str]) -> list[Any]:
        pages = asked.api.pages(
            "/titles",
            level="series",
            sort="hours_viewed",
            limit=500,
            tz=asked.zone,
            **days,
            **filters,
        )
        return [title for page in pages for title in page["data"]]

    found = listed(asked.days)
    names = ("title_id", "release_year", "hours_viewed", "views", "viewers", "plays")
    told: Columns = {"title": [title["title"] or title["title_id"] for title in found]}
    for name in ("content_type", "genre"):
        told |= coded(name, [title[name] for title in found])
    more = ("completion_rate", "rating")
    told |= {name: [title[name] for title in found] for name in (*names, *more)}
    if earlier := asked.earlier:
        before = {title["title_id"]: title["hours_viewed"] for title in listed(earlier)}
        told["compared"] = [before[one] for one in told["title_id"]]
        told["change"] = relative(told["hours_viewed"], told["compared"])
    return told


def of_title(asked: Question, period: dict[str, str] | None = None, **more: Any) -> Any:
    """What is told of a title."""
    filters = asked.filters | more
    days = {**(period or asked.days), "tz": asked.zone}
    return asked.api(f"/titles/{quote(asked.title, safe='')}", **days, **filters)["data"]


def title_course(asked: Question) -> Columns:
    """A title's measure by day."""
    now, earlier = of_title(asked)["days"], asked.earlier
    told: Columns = {
        "from": [day["day"] for day in now],
        asked.by: [day[asked.by] for day in now],
    }
    if earlier:
        begins = (date.fromisoformat(days["from_"]) for days in (asked.days, earlier))
        shift = next(begins) - next(begins)
        before = {day["day"]: day[asked.by] for day in of_title(asked, earlier)["days"]}
        told["compared_from"] = days_before(told["from"], shift.days, earlier["to"])
        told["compared"] = [before.get(day) for day in told["compared_from"]]
        told["change"] = relative(told[asked.by], told["compared"])
    return told


def title_mix(asked: Question, by: str, groups: str) -> Columns:
    """A title's measure by country or device; all others are one row where they add up."""
    of_all = {by: None}  # those that the page is narrowed to stand beside the others
    told_of, adds_up = of_title(asked, **of_all), asked.by != "viewers"
    known = [group for group in told_of[groups] if group[asked.by]]
    known = sorted(
        known, key=lambda group: (-group[asked.by], formats.dimension(by, group["name"]))
    )
    first, rest = known[:8], known[8:] if adds_up else []
    codes = [group["name"] for group in first]
    told = coded(by, [*codes, None] if rest else codes, OTHERS)
    told[asked.by] = [group[asked.by] for group in first]
    if earlier := asked.earlier:
        before = of_title(asked, earlier, **of_all)
        amounts = {group["name"]: group[asked.by] for group in before[groups]}
        told["compared"] = [amounts.get(group["name"], 0) for group in first]
        if rest:
            told["compared"].append(before["in_period"][asked.by] - sum(told["compared"]))
    if rest:
        told[asked.by].append(sum(group[asked.by] for group in rest))
    if earlier:
        told["change"] = relative(told[asked.by], told["compared"])
    if adds_up and known:
        whole = told_of["in_period"][asked.by]
        told["share"] = [value / whole for value in told[asked.by]]
    return told


def of_launch(asked: Question) -> Any:
    """The launch of the title."""
    return asked.api(f"/launches/{quote(asked.title, safe='')}", **asked.filters)["data"]


def launch(asked: Question) -> Columns:
    """The first days of a title."""
    windows = of_launch(asked)["windows"]
    names = (
        *("days", "starters", "watchers", "completers", "hours_viewed", "viewers"),
        *("new_viewers", "returned_viewers"),
    )
    typical = [window["typical"] or {} for window in windows]
    return {
        **{name: [window[name] for window in windows] for name in names},
        **{f"typical_{n}": [one.get(n) for one in typical] for n in ("starters", "hours_viewed")},
        "launches": [one.get("launches") for one in typical],
        "to_know": [None if window["whole"] else "not over yet" for window in windows],
    }


def earlier_launches(asked: Question) -> Columns:
    """Earlier launches of a title's type."""
    found = of_launch(asked)["earlier"]
    by = "hours_viewed" if asked.by == "hours_viewed" else "starters"
    told: Columns = {
        "title": [one["title"] or one["title_id"] for one in found],
        "launch_day": [one["launch_day"] for one in found],
    }
    for at, days in enumerate((1, 7, 28, 91)):
        windows = [one["windows"][at] for one in found]
        told[f"{by}_{days}"] = [window[by] if window["whole"] else None for window in windows]
    return told


def launch_curves(asked: Question) -> Columns:
    """Each day since the launch of a title, and the median of its type."""
    data = asked.api(f"/launch-curves/{quote(asked.title, safe='')}", **asked.filters)["data"]
    by = "hours_viewed" if asked.by == "hours_viewed" else "starters"
    own, typical = data["curves"][0]["days"] if data["curves"] else [], data["typical"]
    days = max(len(own), len(typical))

    def each(told: list[dict[str, Any]], name: str) -> list[Any]:
        return [*(day[name] for day in told), *[None] * (days - len(told))]

    return {
        "day": list(range(days)),
        by: each(own, by),
        f"typical_{by}": each(typical, by),
        "launches": each(typical, "launches"),
    }


def watched_next(asked: Question) -> Columns:
    """What the first viewers of a title began next."""
    found = of_launch(asked)["watched_next"]
    return {
        "title": [one["title"] or one["title_id"] for one in found],
        "viewers": [one["viewers"] for one in found],
    }


def drop_off(asked: Question) -> Columns:
    """How far starters come."""
    title = of_title(asked)
    curve = title["drop_off"]
    runtime = None if asked.title == asked.series else title["runtime_minutes"]
    steps = curve["steps"] if curve["starters"] else []
    first = {"reached": 0, "starters": curve["starters"], "share": 1}
    rows = [first, *steps] if steps else []
    minutes = {"minutes": [row["reached"] * runtime for row in rows]} if runtime else {}
    return minutes | {
        "reached": [row["reached"] for row in rows],
        "starters": [row["starters"] for row in rows],
        "drop_off": [row["share"] for row in rows],
    }


def as_title(asked: Question) -> Question:
    """The same of a series as a whole, as one asks for a title."""
    return replace(asked, title=asked.series)


def of_series(asked: Question, days: Mapping[str, str] | None = None) -> Any:
    """What is told of a series."""
    return asked.ask(f"/series/{quote(asked.series, safe='')}", **(days or {}))


NUMBERS = (
    *("hours_viewed", "viewers", "plays", "starters", "watchers", "completers"),
    *("completion_rate", "next_episode_rate"),
)
"""What is told of each season and each episode."""


def of_each(asked: Question, which: str, *names: str) -> Columns:
    """The seasons or the episodes of a series; beside the measure that of the days before."""
    found = of_series(asked)[which]
    told: Columns = {name: [one[name] for one in found] for name in (*names, *NUMBERS, asked.by)}
    if "title_id" in names:
        told["title"] = [one["title"] or one["title_id"] for one in found]
    if earlier := asked.earlier:
        told["compared"] = [one[asked.by] for one in of_series(asked, earlier)[which]]
        told["change"] = relative(told[asked.by], told["compared"])
    return told


def steps(asked: Question, *names: str, known: str = "funnel_starters") -> Columns:
    """The episodes that people go through, where something of them is known."""
    episodes = of_series(asked)["episodes"]
    found = [one for one in episodes if None not in (one["funnel_starters"], one[known])]
    told: Columns = {name: [one[name] for one in found] for name in names}
    return told | {
        "number": [f"S{one['season']} E{one['episode']}" for one in found],
        "title": [one["title"] or one["title_id"] for one in found],
    }


def funnel(asked: Question) -> Columns:
    """How many of those who began with a series started each of its episodes."""
    if not of_series(asked)["funnel"]["starters"]:
        return {}
    return steps(asked, "funnel_starters", "funnel_share", "season_funnel_share")


def furthest(asked: Question) -> Columns:
    """How far they got."""
    began = of_series(asked)["funnel"]["starters"]
    if not began:
        return {}
    told = steps(asked, "furthest")
    return told | {"furthest_share": [count / began for count in told["furthest"]]}


def next_episode(asked: Question) -> Columns:
    """Who went on after each episode, so far."""
    names = ("episode_completers", "next_episode_starters", "next_episode_rate")
    return steps(asked, *names, known="next_episode_rate")


def top10(asked: Question, which: str) -> Columns:
    """One list of the week."""
    data = asked.api("/top10", list=which, country=asked.filters.get("country"))["data"]
    names = ("rank", "entry_name", "entry_id", "views", "hours_viewed", "runtime_hours", "plays")
    more = ("starters", "weeks_in_list", "previous_rank", "list")
    told: Columns = {name: [entry[name] for entry in data["entries"]] for name in (*names, *more)}
    told |= coded("country", [entry["country"] for entry in data["entries"]])
    return told | {"provisional": [data["provisional"]] * len(data["entries"])}


def viewers(asked: Question) -> Columns:
    """Daily, weekly and monthly viewers, and those of the days before."""
    told = {name: course(asked, name) for name in ("dau", "wau", "mau")}
    now = {name: one[name] for name, one in told.items()}
    before: Columns = {}
    for name, one in told.items() if asked.compare else ():
        before |= {f"{name}_compared": one["compared"], f"{name}_change": one["change"]}
    return {"from": told["dau"]["from"]} | now | before


def plays(asked: Question) -> Columns:
    """The rows behind a number."""
    about = {**asked.days, **asked.filters, "tz": asked.zone}
    return listed(asked.api.pages("/plays", **about, limit=500))


def listed(pages: Iterator[Any]) -> Columns:
    """Plays of all pages."""
    found = [play for page in pages for play in page["data"]]

    def counts_as(play: dict[str, Any]) -> str:
        words = ("completer", "watcher", "starter")
        return next((word for word in words if play[word]), "play")

    def began(play: dict[str, Any]) -> str:
        return str(play["event_date" if play["time_precision"] == "day" else "started_at"])

    told: Columns = {}
    for name in ("device", "country", "plan"):
        told |= coded(name, [play[name] for play in found])
    names = ("title_id", "user_id", "watch_seconds", "reached", "events")
    return (
        told
        | {name: [play[name] for play in found] for name in names}
        | {
            "started_at": [began(play) for play in found],
            "title": [play["title"] or play["title_id"] for play in found],
            "counts_as": [counts_as(play) for play in found],
        }
    )


def weeks(asked: Question) -> dict[str, str]:
    """The weeks that the page on people shows: at least twelve, with those before the period."""
    last = date.fromisoformat(asked.query["to"])
    twelve = last - timedelta(days=last.weekday() + 7 * 11)
    return {"from_": min(asked.query["from"], str(twelve)), "to": str(last)}


def lifecycle(asked: Question) -> Columns:
    """People by week."""
    found = asked.api("/analytics/lifecycle", **weeks(asked))["data"]
    names = ("week", "active_users", "returning_users", "resurrected_users", "new_users")
    return {name: [week[name] for week in found] for name in (*names, "dormant_users")}


def active_people(asked: Question) -> Columns:
    """What new, returning and resurrected people did to the last full week."""
    answer = asked.api("/analytics/lifecycle", **weeks(asked))
    over = [week for week in answer["data"] if not week["provisional"]]
    days = 364 if "year" in asked.query.get("compare", "previous") else 7
    monday = date.fromisoformat(over[-1]["week"]) - timedelta(days=days)
    if str(monday) < answer["snapshot"]["data_from"]:
        return {}
    of_week = {"from_": str(monday), "to": str(monday + timedelta(days=6))}
    now, before = over[-1], asked.api("/analytics/lifecycle", **of_week)["data"][0]
    names = {"returning_users": "Returning", "resurrected_users": "Resurrected", "new_users": "New"}
    done = {name: now[name] - before[name] for name in names if now[name] != before[name]}
    ranked = sorted(done, key=lambda name: (-abs(done[name]), name))
    change = now["active_users"] - before["active_users"]
    assert sum(done.values()) == change
    return {
        "group": [names[name] for name in ranked],
        "contribution": [done[name] for name in ranked],
        "share_of_change": [done[name] / change if change else None for name in ranked],
        "users": [now[name] for name in ranked],
        "compared": [before[name] for name in ranked],
        "change": relative([now[name] for name in ranked], [before[name] for name in ranked]),
    }


def segments(asked: Question) -> Columns:
    """People by engagement."""
    found = asked.api("/analytics/segments")["data"]["segments"]
    names = ("segment", "users", "share", "engagement_score")
    return {name: [segment[name] for segment in found] for name in names}


def people_groups(asked: Question) -> Columns:
    """Hours and viewers of people by engagement; beside the hours those of the days before."""

    def groups(days: Mapping[str, str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]]
        found = asked.api("/analytics/people", by="segment", **days)["data"]["groups"]
        return found

    found = groups(asked.days)
    names = ("hours_viewed", "share_of_hours", "viewers", "plays", "completion_rate", "people")
    called = [formats.dimension("segment", group["group"]) for group in found]
    told: Columns = {"group": called}
    told |= {name: [group[name] for group in found] for name in names}
    if earlier := asked.earlier:
        before = {group["group"]: group["hours_viewed"] for group in groups(earlier)}
        told["compared"] = [before.get(group["group"], 0) for group in found]
        told["change"] = relative(told["hours_viewed"], told["compared"])
    return told


def retention(asked: Question) -> Columns:
    """Who comes back."""
    found = asked.api("/analytics/retention", **weeks(asked))["data"]["cohorts"]
    names = ("cohort_week", "week_offset", "cohort_users", "active_users", "retention")
    return {name: [cohort[name] for cohort in found] for name in (*names, "provisional")}


def viewing(asked: Question, period: dict[str, str] | None = None) -> Any:
    """How the person watched."""
    return asked.api(f"/users/{quote(asked.person, safe='')}/viewing", **(period or asked.days))[
        "data"
    ]


def every_day(period: dict[str, str]) -> list[str]:
    """The days of a period."""
    first, last = (date.fromisoformat(period[name]) for name in ("from_", "to"))
    return [str(first + timedelta(days=at)) for at in range((last - first).days + 1)]


def by_day(asked: Question, name: str, period: dict[str, str] | None = None) -> list[Any]:
    """A number of the person's days, those without a play included."""
    known = {day["day"]: day[name] for day in viewing(asked, period)["days"]}
    return [known.get(day, 0) for day in every_day(period or asked.days)]


def viewing_course(asked: Question) -> Columns:
    """The person's hours by day."""
    told: Columns = {"from": every_day(asked.days), "hours_viewed": by_day(asked, "hours_viewed")}
    if earlier := asked.earlier:
        told["compared"] = beside(asked, by_day(asked, "hours_viewed", earlier))
        told["change"] = relative(told["hours_viewed"], told["compared"])
        told["compared_from"] = beside(asked, every_day(earlier))
    return told


def calendar(asked: Question) -> Columns:
    """The person's days."""
    told = {name: by_day(asked, name) for name in ("hours_viewed", "plays")}
    return {"day": every_day(asked.days)} | told


def viewing_hours(asked: Question) -> Columns:
    """The hours of the person's weeks."""
    weekdays = [date.fromisoformat(day).weekday() for day in every_day(asked.days)]
    days = [weekdays.count(weekday) for weekday in range(7)]
    return cells_of(viewing(asked)["hours_of_week"], days, "hours_viewed")


def viewing_years(asked: Question) -> Columns:
    """The person's years."""
    years = viewing(asked)["years"]
    names = ("hours_viewed", "active_days", "plays")
    told: Columns = {name: [year[name] for year in years] for name in names}
    before = [None, *told["hours_viewed"][:-1]]
    return told | {"year": [str(year["year"]) for year in years], "compared": before}


def viewing_months(asked: Question) -> Columns:
    """The months of the period, newest first."""
    months = viewing(asked)["months"][::-1]
    names = ("month", "plays", "titles", "episodes_played", "active_days")
    return {name: [month[name] for month in months] for name in names}


def favourites(asked: Question, which: str, more: tuple[str, ...] = ()) -> Columns:
    """The person's series, or films."""
    found = viewing(asked)[which]
    names = ("hours_viewed", "plays", "last_day", "title_id", *more)
    title = [one["title"] or one["title_id"] for one in found]
    return {"title": title} | {name: [one[name] for one in found] for name in names}


def favourite_series(asked: Question) -> Columns:
    """The person's series; seasons and episodes where those of any are known."""
    told = favourites(asked, "series", ("episodes", "season", "episode"))
    known = [name for name in ("season", "episode") if any(v is not None for v in told[name])]
    return {name: v for name, v in told.items() if name not in {"season", "episode"} - {*known}}


def binges(asked: Question) -> Columns:
    """The person's binge sittings."""
    found = viewing(asked)["binges"]
    names = ("started_at", "ended_at", "episodes", "hours_viewed", "user_id", "series_id")
    series = [one["series"] or one["series_id"] for one in found]
    return {"series": series} | {name: [one[name] for one in found] for name in names}


def viewing_devices(asked: Question) -> Columns:
    """The person's devices."""
    found = viewing(asked)["devices"]
    hours = [one["hours_viewed"] for one in found]
    whole = sum(hours)
    told = coded("device", [one["device"] for one in found]) | {"hours_viewed": hours}
    return told | ({"share": [each / whole for each in hours]} if whole else {})


def people(asked: Question) -> Columns:
    """Whose viewing it is."""
    names = ("user_id", "hours_viewed", "plays", "first_day", "last_day")
    found = viewing(asked)["people"]
    return {name: [one[name] for one in found] for name in names}


def history(asked: Question) -> Columns:
    """What the person played."""
    return listed(
        asked.api.pages(f"/users/{quote(asked.person, safe='')}/history", **asked.days, limit=500)
    )


def ledger_rows(asked: Question) -> list[dict[str, Any]]:
    """What arrived."""
    found: list[dict[str, Any]] = asked.api("/quality/ledger", **asked.days)["data"]["days"]
    return found


def arrivals(asked: Question) -> Columns:
    """What arrived by day."""
    rows, days = ledger_rows(asked), every_day(asked.days)
    names = ("stored", "erased", "duplicate", "quarantined", "missing")
    told: Columns = {
        name: [sum(row[name] for row in rows if row["day"] == day) for day in days]
        for name in names
    }
    return {"from": days} | told if rows else {}


def ledger(asked: Question) -> Columns:
    """Each line of the ledger."""
    rows = ledger_rows(asked)
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


def completeness(asked: Question) -> Any:
    """Whether days are complete."""
    return asked.api("/quality/completeness", **asked.days)["data"]


def complete(asked: Question) -> Columns:
    """Whether each day is complete."""
    days = completeness(asked)["days"]
    if not any(day["rows"] for day in days):
        return {}
    told: Columns = {name: [day[name] for day in days] for name in days[0]}
    in_time = [day["rows"] - day["bulk_rows"] - day["late_rows"] for day in days]
    return told | {"in_time": in_time}


def lateness(asked: Question) -> Columns:
    """How late rows usually come; its values are compared in test_trust.py."""
    assert completeness(asked)["lateness"] == []  # all of that home came at once
    return {}


def quarantine(asked: Question) -> Any:
    """The rows in quarantine of the page's days, as many as a CSV has."""
    return asked.api("/quality/quarantine", **asked.days, limit=500)["data"]


def reasons(asked: Question) -> Columns:
    """Why rows are in quarantine."""
    found = quarantine(asked)["reasons"]
    return {name: [one[name] for one in found] for name in ("reason", "rows")}


def quarantined(asked: Question) -> Columns:
    """The rows in quarantine."""
    found = quarantine(asked)["rows"]
    names = ("received_at", "path", "table", "source", "identity", "raw", "id")
    told: Columns = {name: [row[name] for row in found] for name in names}
    return told | {
        "reasons": [", ".join(row["reasons"]).replace("_", " ") for row in found],
        "line": [int(row["id"].rpartition(":")[2]) for row in found],
    }


def of_quality(asked: Question, name: str, *path: str) -> Columns:
    """The rows of an answer about quality."""
    found = asked.api(f"/quality/{name}")["data"]
    for step in path:
        found = found[step]
    return {column: [row[column] for row in found] for column in found[0]} if found else {}


@dataclass(frozen=True)
class Interactions:
    """Searches or recommendations: where the API answers them, and what it counts."""

    path: str
    share: str
    whole: str
    counts: tuple[str, ...]
    takes: tuple[str, ...]

    def ask(self, asked: Question, period: dict[str, str] | None = None, **more: Any) -> Any:
        """What is told of them; None under a filter that they cannot take."""
        if not set(map(named, asked.filters)) <= set(self.takes):
            return None
        given = (period or asked.days) | asked.filters | more
        return asked.api(self.path, **given)["data"]

    def clicks(self, asked: Question) -> Columns:
        """The share that was clicked by day."""
        return course(asked, self.share) if self.ask(asked) else {}

    def volume(self, asked: Question) -> Columns:
        """How many there were by day."""
        told = self.ask(asked)
        if told is None:
            return {}
        days = told["days"]
        counted = {name: [day[name] for day in days] for name in self.counts}
        without = [day[self.whole] - day["clicked"] for day in days]
        columns: Columns = {"from": [day["day"] for day in days], **counted, "not_clicked": without}
        if earlier := asked.earlier:
            before = self.ask(asked, earlier)["days"]
            columns["compared"] = beside(asked, [day[self.whole] for day in before])
            columns["change"] = relative(columns[self.whole], columns["compared"])
        return columns

    def groups(self, asked: Question, by: str) -> Columns:
        """The share that was clicked by a dimension."""
        # What the page is narrowed to stands beside the others.
        of_all: dict[str, Any] = {"split_by": by, by: None}
        told = self.ask(asked, **of_all)
        if told is None:
            return {}
        found = told["groups"]
        groups = [group["group"] for group in found]
        codes = [None if group == "(others)" else group for group in groups]
        columns = coded(by, codes, OTHERS)
        if earlier := asked.earlier:
            before = self.ask(asked, earlier, **of_all)["groups"]
            shares = {group["group"]: group[self.share] for group in before}
            columns["compared"] = [shares.get(group["group"]) for group in found]
            columns["change"] = [
                None if then is None or group[self.share] is None else group[self.share] - then
                for group, then in zip(found, columns["compared"], strict=True)
            ]
        names = (self.share, *self.counts)
        return columns | {name: [group[name] for group in found] for name in names}


SEARCHES = Interactions(
    "/analytics/search",
    "search_success",
    "searches",
    ("searches", "clicked", "without_results"),
    ("country", "device"),
)
RECOMMENDATIONS = Interactions(
    "/analytics/recommendations",
    "recommendation_ctr",
    "shown",
    ("shown", "clicked"),
    ("device", "algorithm"),
)


def of_interactions(kind: Interactions, name: str, *splits: str) -> dict[str, Answer]:
    """The panels of a kind."""

    def moved_of(asked: Question) -> Columns:
        if kind.ask(asked) is None:
            return {}
        return moved(asked, kind.share, kind.takes)

    return {
        f"{name}-moved": moved_of,
        f"{name}-clicks": kind.clicks,
        f"{name}-volume": kind.volume,
        **{f"{name}-{by}": partial(kind.groups, by=by) for by in splits},
    }


def search_terms(asked: Question) -> Columns:
    """What was searched for, those most often not found first, and all rare terms as one."""

    def terms(**days: str) -> list[dict[str, Any]]:
        about = {"sort": "not_found", "limit": 500, **days}
        told = asked.ask("/analytics/search/terms", **about)
        others = [told["rest"] | {"term": "All other terms"}] if told["rest"]["terms"] else []
        return [*told["terms"], *others]

    found = terms()
    names = ("term", "not_found", "without_click", "searches", "people", "search_success")
    columns: Columns = {name: [row[name] for row in found] for name in names}
    if earlier := asked.earlier:
        before = {row["term"]: row["not_found"] for row in terms(**earlier)}
        # All others together may have been none.
        none = {"All other terms": 0}
        columns["compared"] = [(none | before).get(term) for term in columns["term"]]
        columns["change"] = relative(columns["not_found"], columns["compared"])
    return columns


def interaction_rows(asked: Question, path: str, *names: str) -> Columns:
    """Single searches or recommendations, newest first."""
    pages = asked.api.pages(path, **asked.days, **asked.filters, limit=500)
    found = [row for page in pages for row in page["data"]]
    for row in found:
        if row["time_precision"] == "day":
            row["event_time"] = row["event_date"]
        if "title_id" in row:
            row["title"] = row["title"] or row["title_id"]
    told: Columns = {}
    for name in ("event_time", "user_id", *names):
        values = [row[name] for row in found]
        told |= coded(name, values) if name in CODED else {name: values}
    return told


def forecast_series(asked: Question) -> dict[str, Any] | None:
    """The series of which forecasts are that a page shows: of everything, or by one filter."""
    members = dict(asked.filters)
    if "{" in asked.page.path:
        members["title"] = asked.title
    (level, member), *others = [*members.items()] or [("total", None)]
    if others or asked.by not in FORECAST_METRICS:
        return None
    return {"metric": asked.by, "level": level, "member": member}


def forecast_course(asked: Question) -> Columns:
    """56 days of what came, and 28 of what is expected."""
    series = forecast_series(asked)
    told = asked.api("/forecast", **series)["data"] if series else {"days": []}
    if not told["days"]:
        return {"from": []}
    origin = date.fromisoformat(told["days"][0]["day"])
    first, last = origin - timedelta(days=56), told["days"][-1]["day"]
    known = asked.api("/analytics")["snapshot"]
    days = {"from_": max(f"{first}", known["data_from"]), "to": min(last, known["data_to"])}
    data = asked.api("/analytics/timeseries", metric=asked.by, **days, **asked.filters)["data"]
    came = dict(
        zip((each["from"] for each in data["buckets"]), data["lines"][0]["values"], strict=True)
    )
    before = [day for day in came if day < f"{origin}"]
    columns = {"expected": "q50", "low_80": "q10", "high_80": "q90"}
    columns |= {"low_95": "q025", "high_95": "q975"}
    listed = [*before, *(each["day"] for each in told["days"])]
    return {
        "from": listed,
        "came": [came.get(day) for day in listed],
        **{
            name: [*[None] * len(before), *(each[quantile] for each in told["days"])]
            for name, quantile in columns.items()
        },
    }


def not_as_expected(asked: Question) -> Columns:
    """What was not as expected of a measure, newest first."""
    metric = asked.by if asked.by in FORECAST_METRICS else "hours_viewed"
    found = asked.api("/anomalies", metric=metric)["data"]["anomalies"]
    names = ("first_day", "last_day", "actual", "expected", "low", "high", "score", "verdict")
    return {
        **{name: [one[name] for one in found] for name in names},
        "series": [
            "Everything"
            if one["level"] == "total"
            else formats.dimension(one["level"], one["member"])
            for one in found
        ],
        "reasons": ["; ".join(one["reasons"]) or None for one in found],
    }


def forecast_accuracy(asked: Question) -> Columns:
    """How good forecasts have been, by level; what would have been told first."""
    levels = {
        "total": "Everything",
        "country": "Countries",
        "device": "Devices",
        "genre": "Genres",
        "title": "Titles",
    }
    if asked.by not in FORECAST_METRICS:
        asked = replace(asked, query={**asked.query, "by": "hours_viewed"})
    found = asked.api("/forecast/accuracy", metric=asked.by)["data"]["models"]
    here = (forecast_series(asked) or {"level": "total"})["level"]
    found.sort(
        key=lambda one: (
            one["level"] != here,
            [*levels].index(one["level"]),
            one["model"] != "as told",
        )
    )
    names = ["model", "wql", "mase", "coverage_50", "coverage_80", "coverage_95", "bias"]
    names += ["over_best", "over_best_low", "over_best_high", "origins", "series"]
    return {
        "level": [one["level"] for one in found],
        **{name: [one[name] for one in found] for name in names},
    }


def losses(asked: Question) -> Columns:
    """Active people by country, and how many are expected to leave."""
    found = asked.api("/leaving")["data"]["segments"]
    found = [each for each in found if each["dimension"] == "country"]
    names = ("persons", "expected", "share")
    return {
        "segment": [each["value"] for each in found],
        **{name: [each[name] for each in found] for name in names},
    }


def lift(asked: Question) -> Columns:
    """What was expected of tenths of people, and what they did."""
    accuracy = asked.api("/leaving")["data"]["accuracy"]
    found = accuracy["tenths"] if accuracy else []
    names = ("decile", "persons", "expected", "left", "lift")
    return {
        **{name: [each[name] for each in found] for name in names},
        "expected_share": [each["expected"] / each["persons"] for each in found],
        "left_share": [each["left"] / each["persons"] for each in found],
    }


def similar(asked: Question) -> Columns:
    """What the people of a title watch besides."""
    found = asked.api(f"/titles/{quote(asked.title, safe='')}/similar")["data"]["titles"]
    return {
        "rank": list(range(1, len(found) + 1)),
        "title": [one["title"] or one["title_id"] for one in found],
        **{name: [one[name] for one in found] for name in ("genre", "weight", "title_id")},
    }


def person_leaving(asked: Question) -> Columns:
    """What weighs most in whether a person leaves."""
    person = quote(asked.person, safe="")
    found = asked.api(f"/users/{person}/leaving")["data"]["reasons"]
    return {
        "label": [f"{one['label'][:1].upper()}{one['label'][1:]}" for one in found],
        "towards": ["Leaving" if one["effect"] > 0 else "Staying" for one in found],
        "odds": [exp(one["effect"]) for one in found],
        **{name: [one[name] for one in found] for name in ("plays_from", "plays_to")},
    }


def recommended(asked: Question) -> dict[str, Any]:
    """What a person may watch next."""
    person = quote(asked.person, safe="")
    found: dict[str, Any] = asked.api(f"/users/{person}/recommendations")["data"]
    return found


def begun(asked: Question) -> Columns:
    """What a person is in the midst of."""
    found = recommended(asked)["begun"]
    return {
        "title": [one["title"] or one["title_id"] for one in found],
        **{
            name: [one[name] for one in found] for name in ("why", "reached", "last_at", "title_id")
        },
    }


def new(asked: Question) -> Columns:
    """What is new to a person, with the titles because of which it is told."""
    found = recommended(asked)["new"]
    because = [[each["title"] or each["title_id"] for each in one["because"]] for one in found]
    return {
        "rank": list(range(1, len(found) + 1)),
        "title": [one["title"] or one["title_id"] for one in found],
        "because": [", ".join(names) for names in because],
        "popularity_share": [
            one["popularity"] / one["score"] if one["score"] else None for one in found
        ],
        **{name: [one[name] for one in found] for name in ("score", "title_id")},
    }


def with_expected(answer: Answer) -> Answer:
    """The columns of a chart over time, and what was expected of its days, where that was said."""

    def told(asked: Question) -> Columns:
        columns, series = answer(asked), forecast_series(asked)
        if series is None or asked.zone:
            return columns
        said = asked.api("/forecast/expected", **series, **asked.days)["data"]["days"]
        known = {each["day"]: each for each in said}
        if not known:
            return columns
        names = {"expected": "q50", "expected_low": "q10", "expected_high": "q90"}
        running = asked.api("/analytics")["snapshot"]["as_of"][:10]

        def compared(day: str, value: float | None) -> str | None:
            if day not in known or value is None:
                return None
            if day == running:
                return "still running"
            low, high = (known[day][quantile] for quantile in ("q10", "q90"))
            return "below" if value < low else "above" if value > high else "within"

        came = zip(columns["from"], columns[asked.by], strict=True)
        return (
            columns
            | {
                name: [known[day][quantile] if day in known else None for day in columns["from"]]
                for name, quantile in names.items()
            }
            | {"against_expected": [compared(*each) for each in came]}
        )

    return told


OF_LAUNCH: dict[str, Answer] = {
    "launch": launch,
    "launch-curves": launch_curves,
    "earlier-launches": earlier_launches,
    "watched-next": watched_next,
}
ANSWERS: dict[str, dict[str, Answer]] = {
    "/alerts": {"met": alert_days},
    "/": {
        "trend": with_expected(overview_course),
        "moved": moved,
        "hours": hours,
        "titles": ranking,
        "device": partial(mix, by="device"),
        "country": partial(mix, by="country"),
        "genre": partial(mix, by="genre"),
    },
    "/titles": {"catalogue": catalogue},
    "/titles/{title_id}": {
        "trend": with_expected(title_course),
        "moved": lambda asked: moved(asked, title=asked.title),
        "drop-off": drop_off,
        "country": partial(title_mix, by="country", groups="countries"),
        "device": partial(title_mix, by="device", groups="devices"),
        **OF_LAUNCH,
        "similar": similar,
    },
    "/series/{series_id}": {
        "funnel": funnel,
        "furthest": furthest,
        "next-episode": next_episode,
        "seasons": lambda asked: of_each(asked, "seasons", "season", "episodes"),
        "episodes": lambda asked: of_each(asked, "episodes", "season", "episode", "title_id"),
        "trend": lambda asked: with_expected(title_course)(as_title(asked)),
        "moved": lambda asked: moved(asked, title=asked.series),
        "drop-off": lambda asked: drop_off(as_title(asked)),
        "country": lambda asked: title_mix(as_title(asked), "country", "countries"),
        "device": lambda asked: title_mix(as_title(asked), "device", "devices"),
        "launch": lambda asked: launch(as_title(asked)),
        "launch-curves": lambda asked: launch_curves(as_title(asked)),
        "earlier-launches": lambda asked: earlier_launches(as_title(asked)),
        "watched-next": lambda asked: watched_next(as_title(asked)),
        "similar": lambda asked: similar(as_title(asked)),
    },
    "/top10": {which: partial(top10, which=which) for which in ("films", "tv")},
    "/audience": {
        "viewers": viewers,
        "stickiness": lambda asked: course(asked, "stickiness"),
        "lifecycle": lifecycle,
        "segments": segments,
        "moved": active_people,
        "people-groups": people_groups,
        "retention": retention,
        "losses": losses,
        "lift": lift,
    },
    "/discovery": of_interactions(SEARCHES, "search", "country", "device")
    | {"search-terms": search_terms}
    | of_interactions(RECOMMENDATIONS, "recommendation", "algorithm", "device"),
    "/forecast": {
        "course": forecast_course,
        "anomalies": not_as_expected,
        "accuracy": forecast_accuracy,
    },
    "/trust": {
        "arrivals": arrivals,
        "ledger": ledger,
        "reasons": reasons,
        "quarantine": quarantined,
        "complete": complete,
        "lateness": lateness,
        "checks": lambda asked: of_quality(asked, "checks", "tables"),
        "stale": lambda asked: of_quality(asked, "checks", "stale"),
        "snapshots": lambda asked: of_quality(asked, "snapshots"),
    },
    "/viewing": {
        "trend": viewing_course,
        "calendar": calendar,
        "years": viewing_years,
        "months": viewing_months,
        "hours": viewing_hours,
        "series": favourite_series,
        "films": partial(favourites, which="films"),
        "binges": binges,
        "device": viewing_devices,
        "people": people,
        "leaving": person_leaving,
        "begun": begun,
        "next": new,
        "plays": history,
    },
    "/rows": {"plays": plays},
    "/rows/searches": {
        "searches": lambda asked: interaction_rows(
            asked,
            "/searches",
            *("query", "results_count", "clicked_position", "country", "device"),
        )
    },
    "/rows/recommendations": {
        "recommendations": lambda asked: interaction_rows(
            asked,
            "/recommendations",
            *("title", "title_id", "clicked", "position", "algorithm", "device"),
        )
    },
}
"""The columns of every panel, by the path of its page and its name."""
OF_THE_MOMENT = {
    "/now": {"events", "viewers", "titles", "device", "country", "newest", "delay"},
    "/trust": {"alerts", "objectives", "fresh", "delay"},
}
"""Panels that change by the second: compared with a running API's /live, in e2e/test_now.py."""


Numbers = dict[str, float | str | None]
"""What cards tell exactly: a number in its unit, or a text."""


def headline(asked: Question, *names: str) -> Numbers:
    """The cards of metrics of a period."""
    data = asked.ask("/analytics", compare=asked.compare)
    return {name: data.get(name) for name in names}


def title_cards(asked: Question) -> Numbers:
    """The cards of a title."""
    data = of_title(asked)
    names = ("hours_viewed", "viewers", "views", "plays", "completion_rate")
    told: Numbers = {name: data["in_period"][name] for name in names}
    if data["reviews"]:
        told["rating"] = data["rating"]
    if data["next_episode"]:
        told["next_episode_rate"] = data["next_episode"]["next_episode_rate"]
    return told


def people_cards(asked: Question) -> Numbers:
    """The cards of the page on people."""
    told = headline(asked, "dau", "wau", "mau", "stickiness")
    over = [
        week
        for week in asked.api("/analytics/lifecycle", **weeks(asked))["data"]
        if not week["provisional"]
    ]
    told |= {name: over[-1][name] for name in ("new_users", "resurrected_users")}
    cohorts = asked.api("/analytics/retention", **weeks(asked))["data"]["cohorts"]
    for offset in (1, 4):
        known = [
            cohort["retention"]
            for cohort in cohorts
            if cohort["week_offset"] == offset and cohort["retention"] is not None
        ]
        told[f"retention_{offset}"] = known[-1]
    return told


def interaction_cards(asked: Question) -> Numbers:
    """The cards of searches and recommendations."""
    told: Numbers = {}
    for kind, name in ((SEARCHES, "search"), (RECOMMENDATIONS, "recommendation")):
        data = kind.ask(asked)
        totals = data["totals"] if data else {}
        told |= {f"{name}_{count}": totals.get(count) for count in kind.counts}
        told[kind.share] = totals.get(kind.share)
    return told


def ledger_cards(asked: Question) -> Numbers:
    """The cards of what arrived."""
    totals = asked.api("/quality/ledger", **asked.days)["data"]["totals"]
    names = ("missing", "received", "stored", "erased", "duplicate", "quarantined")
    checks = asked.api("/quality/checks")
    received = datetime.fromisoformat(checks["snapshot"]["as_of"])
    more: Numbers = {"stale": len(checks["data"]["stale"]), "age": formats.moment(received)}
    return more | {name: totals[name] for name in names}


CARDS: dict[str, Callable[[Question], Numbers]] = {
    "/": lambda asked: headline(asked, *SHOWN),
    "/titles/{title_id}": title_cards,
    "/series/{series_id}": lambda asked: title_cards(as_title(asked)),
    "/audience": people_cards,
    "/discovery": interaction_cards,
    "/trust": ledger_cards,
}
"""The numbers of all cards of a page, by the name in the document."""
