"""Gold tables by day, each from the silver rows of one day (the audience looks back further)."""

from __future__ import annotations

import unicodedata
from collections import Counter
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from netflix_pipeline_tests.reference.rows import Row, days_between, grouped, reaches, total

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netflix_pipeline_tests.reference.plays import Play
    from netflix_pipeline_tests.reference.sittings import Sitting


MICROSECOND = timedelta(microseconds=1)


def measures(plays: list[Play]) -> Row:
    """The additive measures of some plays."""
    return {
        "plays": len(plays),
        "starters": sum(play.starter for play in plays),
        "watchers": sum(play.watcher for play in plays),
        "completers": sum(play.completer for play in plays),
        "watch_seconds": total(play.watch_seconds for play in plays),
        "plays_without_duration": sum(play.watch_seconds is None for play in plays),
        "starters_without_reach": sum(play.starter and play.reached is None for play in plays),
    }


def completion_rate(plays: Iterable[Play]) -> float | None:
    """Completers ÷ starters whose reached is known; None where there are none."""
    known = [play for play in plays if play.starter and play.reached is not None]
    return sum(play.completer for play in known) / len(known) if known else None


def seconds_without_runtime(plays: list[Play], titles: dict[str, Row]) -> float:
    """The time that views leave out: of entries without a runtime."""
    return total(
        play.watch_seconds
        for play in plays
        if titles[play.title_id]["entry_runtime_minutes"] is None
    )


def viewers(plays: Iterable[Play]) -> set[str]:
    """The users with at least one starter."""
    return {play.user_id for play in plays if play.starter}


def views(plays: list[Play], titles: dict[str, Row]) -> float:
    """Hours ÷ runtime of the entry; entries without a runtime are left out."""
    return total(
        play.seconds / (60 * titles[play.title_id]["entry_runtime_minutes"])
        for play in plays
        if titles[play.title_id]["entry_runtime_minutes"] is not None
    )


def title_daily(plays: list[Play], titles: dict[str, Row]) -> list[Row]:
    """How each title was watched, by country."""
    return [
        {
            "title_id": title_id,
            "country": country,
            **measures(group),
            "views": views(group, titles),
            "seconds_without_runtime": seconds_without_runtime(group, titles),
            "viewers": len(viewers(group)),
        }
        for (title_id, country), group in grouped(
            plays, lambda play: (play.title_id, play.country)
        ).items()
    ]


def user_daily(plays: list[Play]) -> list[Row]:
    """What each user did, by every filter."""
    names = ("user_id", "country", "device", "plan", "content_type", "genre")
    return [
        {**dict(zip(names, key, strict=True)), **measures(group)}
        for key, group in grouped(
            plays, lambda play: tuple(getattr(play, name) for name in names)
        ).items()
    ]


def engagement_daily(plays: list[Play], titles: dict[str, Row]) -> list[Row]:
    """The additive measures by every dimension."""
    names = ("country", "device", "plan", "content_type", "genre")
    return [
        {
            **dict(zip(names, key, strict=True)),
            **measures(group),
            "views": views(group, titles),
            "seconds_without_runtime": seconds_without_runtime(group, titles),
        }
        for key, group in grouped(
            plays, lambda play: tuple(getattr(play, name) for name in names)
        ).items()
    ]


def sat(sittings: list[Sitting]) -> Row:
    """What is counted of some sittings."""
    return {
        "sittings": len(sittings),
        "binge_sittings": sum(sitting.binge for sitting in sittings),
        "plays": sum(sitting.plays for sitting in sittings),
        "watch_seconds": total(sitting.watch_seconds for sitting in sittings),
    }


def sitting_daily(sittings: list[Sitting]) -> list[Row]:
    """Sittings by country, device and plan."""
    return [
        {"country": country, "device": device, "plan": plan, **sat(group)}
        for (country, device, plan), group in grouped(
            sittings, lambda sitting: (sitting.country, sitting.device, sitting.plan)
        ).items()
    ]


def sitting_quarters(sittings: list[Sitting]) -> list[Row]:
    """The same by the quarter of an hour in which they started."""
    return [
        {"quarter": quarter, **row}
        for quarter, group in grouped(
            sittings, lambda sitting: quarter_of(sitting.started_at)
        ).items()
        for row in sitting_daily(group)
    ]


def quarter_of(moment: datetime) -> int:
    """How many quarters of an hour of its day were over."""
    return moment.hour * 4 + moment.minute // 15


def activity(plays: list[Play]) -> list[Row]:
    """Plays of second precision by the quarter of an hour in which they started."""
    timed = [play for play in plays if play.time_precision == "second"]
    return [
        {
            "quarter": quarter,
            "country": country,
            "device": device,
            "plays": len(group),
            "watch_seconds": total(play.watch_seconds for play in group),
        }
        for (quarter, country, device), group in grouped(
            timed,
            lambda play: (
                quarter_of(play.started_at),
                play.country,
                play.device,
            ),
        ).items()
    ]


def drop_off(plays: list[Play]) -> list[Row]:
    """Starters of each title by the last twentieth of it that they reached."""
    counts = Counter(
        (play.title_id, sum(reaches(play.reached, step / 20) for step in range(1, 21)))
        for play in plays
        if play.starter and play.reached is not None
    )
    return [
        {"title_id": title_id, "step": step, "starters": starters}
        for (title_id, step), starters in counts.items()
    ]


def audience_daily(plays: list[Play], day: date) -> list[Row]:
    """The one row of a day, from the plays of all days."""
    return [audience(plays, day) | {"peak_concurrent": peak_concurrent(plays, day)}]


def audience(plays: list[Play], day: date) -> Row:
    """The viewers of a day, and of the days up to it, from the plays of all days."""
    data_from = min((play.day for play in plays), default=None)

    def viewers_of_days(days: int) -> int | None:
        first = day - timedelta(days=days - 1)
        if days > 1 and (data_from is None or first < data_from):
            return None
        return len(viewers(play for play in plays if first <= play.day <= day))

    return {"dau": viewers_of_days(1), "wau": viewers_of_days(7), "mau": viewers_of_days(30)}


def audience_days(plays: list[Play]) -> list[date]:
    """The days from the first play to the last one, or into which the last one runs."""
    if not plays:
        return []
    moments = [play.started_at for play in plays]
    moments += [end - MICROSECOND for play in plays for begin, end in play.stretches if end > begin]
    return days_between(min(moments).date(), max(moments).date())


def peak_concurrent(plays: list[Play], day: date) -> int:
    """The most plays that ran in one minute of the day, from the plays of all days."""
    running: Counter[datetime] = Counter()
    for play in plays:
        if runs_within(play, day, day):
            running.update(minute for minute in play.minutes if minute.date() == day)
    return max(running.values(), default=0)


def runs_within(play: Play, first: date, last: date) -> bool:
    """Whether a play's minutes reach into days, both included."""
    minutes = play.minutes
    return bool(minutes) and minutes[0].date() <= last and minutes[-1].date() >= first


UNSEEN_CODES = (range(32), range(127, 160), range(0x2028, 0x202F), range(0x2066, 0x206A))
UNSEEN = {chr(code) for codes in UNSEEN_CODES for code in codes}
"""Signs that nobody sees."""


def term(query: str | None) -> str:
    """A query as it is counted: whatever its case, encoding and blanks; cut at 100 signs."""
    decomposed = unicodedata.normalize("NFD", query or "")
    caseless = unicodedata.normalize("NFC", decomposed.casefold())
    words = "".join(" " if sign in UNSEEN else sign for sign in caseless).split()
    return " ".join(words)[:100].strip()


def searched(searches: list[Row]) -> Row:
    """What is counted of some searches (silver rows)."""
    return {
        "searches": len(searches),
        "clicked": sum(search["clicked_position"] is not None for search in searches),
        "without_results": sum(search["results_count"] == 0 for search in searches),
    }


def search_daily(searches: list[Row]) -> list[Row]:
    """Searches (silver rows) by country and device."""
    return [
        {"country": country, "device": device, **searched(group)}
        for (country, device), group in grouped(
            searches, lambda search: (search["country"], search["device"])
        ).items()
    ]


def search_term_daily(searches: list[Row]) -> list[Row]:
    """Searches (silver rows) by user, term, country and device."""
    names = ("user_id", "term", "country", "device")
    return [
        {**dict(zip(names, key, strict=True)), **searched(group)}
        for key, group in grouped(
            searches,
            lambda search: (
                search["user_id"],
                term(search["query"]),
                search["country"],
                search["device"],
            ),
        ).items()
    ]


def recommendation_daily(recommendations: list[Row]) -> list[Row]:
    """Recommendations (silver rows) by device and algorithm."""
    return [
        {
            "device": device,
            "algorithm": algorithm,
            "shown": len(group),
            "clicked": sum(shown["clicked"] for shown in group),
        }
        for (device, algorithm), group in grouped(
            recommendations, lambda shown: (shown["device"], shown["algorithm"])
        ).items()
    ]
