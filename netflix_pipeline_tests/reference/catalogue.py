"""Users and titles: the newest row that describes one wins; of others what the events tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netflix_pipeline_tests.reference.rows import UNKNOWN, Row, first_known, grouped

if TYPE_CHECKING:
    from collections.abc import Iterable

USER_COLUMNS = (
    "user_id",
    "country",
    "plan",
    "signup_date",
    "age",
    "gender",
    "primary_device",
    "is_active",
    "monthly_spend",
)
TITLE_COLUMNS = (
    "title_id",
    "title",
    "content_type",
    "genre",
    "genre_2",
    "runtime_minutes",
    "seasons",
    "episodes",
    "series_id",
    "season",
    "episode",
    "release_year",
    "language",
    "origin_country",
    "is_original",
    "maturity_rating",
    "added_on",
)
SERIES_TYPES = ("series", "limited_series")
SERIES_COLUMNS = ("series_id", "seasons", "episodes", "season", "episode")


def newest(rows: Iterable[Row], key: str) -> dict[str, Row]:
    """The newest row of each key."""
    chosen: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: (row["received_at"], row["batch"], row["line"])):
        chosen[row[key]] = row
    return chosen


def users(described: Iterable[Row], mentions: Iterable[Row]) -> dict[str, Row]:
    """Every user by id, with the columns of silver users."""
    known = newest(described, "user_id")
    found: dict[str, Row] = {}
    for user_id in {*known, *(mention["user_id"] for mention in mentions)}:
        row = known.get(user_id, {"user_id": user_id})
        found[user_id] = {name: row.get(name) for name in USER_COLUMNS}
        found[user_id]["described"] = user_id in known
    return found


def is_series(title: Row) -> bool:
    """Whether a title is, or belongs to, something with episodes."""
    return title["content_type"] in SERIES_TYPES or any(
        title[name] is not None for name in SERIES_COLUMNS
    )


def runtime_minutes(title: Row) -> float | None:
    """The runtime of a film or of one episode; zero and less is unknown."""
    runtime: float | None = title["runtime_minutes"]
    return runtime if runtime is not None and runtime > 0 else None


def titles(described: Iterable[Row], mentions: Iterable[Row]) -> dict[str, Row]:
    """Every title by id, with the columns of silver titles."""
    known = newest(described, "title_id")
    told: dict[str, Row] = {}
    for mention in sorted(mentions, key=lambda row: row["batch"]):
        earlier = told.get(mention["title_id"], {})
        told[mention["title_id"]] = {
            name: first_known(earlier.get(name), mention.get(name)) for name in TITLE_COLUMNS
        }
    found: dict[str, Row] = {}
    for title_id in {*known, *told}:
        row = known.get(title_id) or told[title_id]
        title = {name: row.get(name) for name in TITLE_COLUMNS}
        title["runtime_minutes"] = runtime_minutes(title)
        title["described"] = title_id in known
        found[title_id] = title
        _add_entry(title)
    for entry in grouped(found.values(), lambda title: (title["list"], title["entry_id"])).values():
        for title in entry:
            title["entry_runtime_minutes"] = _entry_runtime(entry)
            title["entry_name"] = _entry_name(title, entry, found)
    return found


def _add_entry(title: Row) -> None:
    own_id, season = title["title_id"], title["season"]
    if not is_series(title):
        title["series_key"], title["list"], title["entry_id"] = None, "films", own_id
        return
    series = first_known(title["series_id"], own_id)
    title["series_key"], title["list"] = series, "tv"
    title["entry_id"] = series if season is None else f"{series}:S{season}"


def _entry_name(title: Row, entry: list[Row], found: dict[str, Row]) -> str:
    """The series' name; else that of the entry's first named title, by id; else the entry's id."""
    series = found.get(title["series_key"], {}).get("title")
    if series is not None and title["season"] is not None:
        return f"{series}: Season {title['season']}"
    by_id = sorted(entry, key=lambda title: title["title_id"])
    name: str = first_known(series, *(title["title"] for title in by_id), title["entry_id"])
    return name


def _entry_runtime(entry: list[Row]) -> float | None:
    runtimes = [runtime for title in entry if (runtime := runtime_minutes(title)) is not None]
    if not runtimes:
        return None
    runtime = sum(runtimes) / len(runtimes)
    if entry[0]["list"] == "films":
        return runtime
    episodes = [title["episodes"] for title in entry if title["episodes"] is not None]
    if not episodes or max(episodes) <= 0:
        return None
    return runtime * float(max(episodes))


def dimension(row: Row | None, name: str) -> str:
    """A dimension of a users or titles row, `unknown` where nobody said."""
    told = None if row is None else row[name]
    return UNKNOWN if told is None else told
