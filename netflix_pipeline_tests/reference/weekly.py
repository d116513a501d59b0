"""Gold tables by week: the Top 10, retention and lifecycle. Weeks are Mondays."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from netflix_pipeline_tests.reference.rows import Row, days_between, grouped, monday

if TYPE_CHECKING:
    from netflix_pipeline_tests.reference.plays import Play

WEEK = timedelta(days=7)
OVERALL = "all"


def top10_weekly(plays: list[Play], titles: dict[str, Row]) -> dict[date, list[Row]]:
    """The ten most viewed entries of every week with plays, by list and country."""
    found: dict[date, list[Row]] = {}
    for week, of_week in sorted(grouped(plays, lambda play: monday(play.day)).items()):
        found[week] = []
        countries = {OVERALL} | {play.country for play in of_week}
        for which in ("films", "tv"):
            for country in countries:
                found[week] += _list(
                    [
                        play
                        for play in of_week
                        if titles[play.title_id]["list"] == which
                        and country in (OVERALL, play.country)
                    ],
                    titles,
                    which,
                    country,
                )
    for week, rows in found.items():
        for row in rows:
            row["weeks_in_list"] = sum(
                all(row[name] == other[name] for name in ("list", "country", "entry_id"))
                for earlier, others in found.items()
                if earlier <= week
                for other in others
            )
    return found


def _list(plays: list[Play], titles: dict[str, Row], which: str, country: str) -> list[Row]:
    ranked = []
    for entry_id, group in grouped(plays, lambda play: titles[play.title_id]["entry_id"]).items():
        title = titles[group[0].title_id]
        runtime = title["entry_runtime_minutes"]
        # Exact fractions: views that are equal on paper are equal here, too.
        seconds = sum((Fraction(play.seconds) for play in group), Fraction())
        starters = sum(play.starter for play in group)
        views = None if runtime is None else seconds / (Fraction(runtime) * 60)
        place: tuple[float | Fraction, ...]
        if not seconds:
            place = (3, -starters, -len(group))
        elif views is None:
            place = (2, -seconds, 0)
        else:
            place = (1, -views, -seconds)
        season = -1 if title["season"] is None else title["season"]
        if title["series_key"] is None:
            by_id = (title["title_id"], -1)
        else:
            by_id = (title["series_key"], season)
        row = {
            "list": which,
            "country": country,
            "entry_id": entry_id,
            "entry_name": min(titles[play.title_id]["entry_name"] for play in group),
            "hours_viewed": float(seconds / 3600),
            "views": None if views is None else float(views),
            "runtime_hours": None if runtime is None else runtime / 60,
            "plays": len(group),
            "starters": starters,
        }
        ranked.append(((place, by_id), row))
    ranked.sort(key=lambda pair: pair[0])
    return [{**row, "rank": rank} for rank, (_, row) in enumerate(ranked[:10], start=1)]


def _weeks_of_users(plays: list[Play]) -> dict[str, set[date]]:
    return {
        user_id: {monday(play.day) for play in group}
        for user_id, group in grouped(plays, lambda play: play.user_id).items()
    }


def retention_weekly(plays: list[Play]) -> list[Row]:
    """Every cohort by every week from its own to that of the last play."""
    if not plays:
        return []
    data_to = max(play.day for play in plays)
    weeks = _weeks_of_users(plays)
    found = []
    for cohort in sorted({min(played) for played in weeks.values()}):
        members = [user_id for user_id, played in weeks.items() if min(played) == cohort]
        for offset, week in enumerate(days_between(cohort, monday(data_to), step=7)):
            active = sum(week in weeks[user_id] for user_id in members)
            found.append(
                {
                    "cohort_week": cohort,
                    "week_offset": offset,
                    "cohort_users": len(members),
                    "active_users": active,
                    "retention": active / len(members),
                    "provisional": week + timedelta(days=6) > data_to,
                }
            )
    return found


def lifecycle_weekly(plays: list[Play]) -> list[Row]:
    """The users of every week from that of the first play to that of the last."""
    if not plays:
        return []
    data_to = max(play.day for play in plays)
    data_from = min(play.day for play in plays)
    weeks = list(_weeks_of_users(plays).values())
    found = []
    for week in days_between(monday(data_from), monday(data_to), step=7):
        before = week - WEEK
        active = [played for played in weeks if week in played]
        found.append(
            {
                "week": week,
                "active_users": len(active),
                "new_users": sum(min(played) == week for played in active),
                "returning_users": sum(before in played for played in active),
                "resurrected_users": sum(
                    min(played) < week and before not in played for played in active
                ),
                "dormant_users": sum(before in played and week not in played for played in weeks),
                "provisional": week + timedelta(days=6) > data_to,
            }
        )
    return found
