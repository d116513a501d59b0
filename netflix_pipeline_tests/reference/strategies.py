"""Hypothesis strategies: small data sets, crowded on the edges of the definitions."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from netflix_pipeline_tests.reference.arrival import ACTIONS, Arrivals, payload
from netflix_pipeline_tests.reference.catalogue import TITLE_COLUMNS, USER_COLUMNS
from netflix_pipeline_tests.reference.rows import Row, midnight

FIRST_DAY = date(2026, 1, 1)
"""A Thursday; the days of a data set run over two Mondays."""

MICROSECOND = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

TIMES_OF_DAY = (
    timedelta(),
    MICROSECOND,
    14 * MINUTE + 59 * SECOND,
    15 * MINUTE,
    12 * HOUR,
    20 * HOUR + 30 * MINUTE + 15 * SECOND,
    23 * HOUR + 30 * MINUTE,
    DAY - SECOND,
    DAY - MICROSECOND,
)
DAYS = (0, 0, 1, 1, 3, 3, 4, 4, 10, 11)
LONG_AGO = (-90, -89, -80, -18, -17, -16)
PAUSES = (
    -10 * MINUTE,
    -MICROSECOND,
    timedelta(),
    5 * MINUTE,
    30 * MINUTE - MICROSECOND,
    30 * MINUTE,
    30 * MINUTE,
    30 * MINUTE + MICROSECOND,
    12 * HOUR,
    12 * HOUR + MICROSECOND,
    7 * DAY,
    7 * DAY + MICROSECOND,
)
WATCH_SECONDS = (
    None,
    0.0,
    0.5,
    60.0,
    119.9998,
    119.999999,
    120.0,
    131.04,
    168.48,
    600.25,
    1200.0,
    1800.0,
    3600.0,
    6000.0,
    43_200.0,
)
BELOW = (0.699999988079071, 0.8999999761581421, 0.6999991, 0.899999, 0.34999999)
"""A little less than a threshold: as 32 bits hold it, or too little."""
PROGRESS = (None, None, None, 0.0, 0.02, 0.05, 0.5, 0.69, 0.7, *BELOW, 0.9, 1.0)
RUNTIMES = (None, -1.0, 0.0, 0.5, 2.0, 3.12, 10.0, 20.0, 100.0, 90.5)
COUNTRIES = (None, None, "BR", "DE")
DEVICES = (None, "mobile", "smart_tv")
RECEIVED = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
USERS = ("user-1", "home/Zoë 2", "日本", "it's", "50%<b>?&#", "user-6")
"""Ids of any kind."""


@dataclass(frozen=True)
class Dataset:
    """Raw rows in the order of arrival, by table, and what the events' source says of titles."""

    arriving: tuple[tuple[str, Row], ...]
    told: dict[str, Row]

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        said = [(row["batch"], table, payload(row)) for table, row in self.arriving]
        said += [("", "told of titles", row) for row in self.told.values()]
        for batch, table, row in said:
            known = {name: str(value) for name, value in row.items() if value is not None}
            printer.text(f"\n{batch} {table}: {known}")

    def arrivals(self) -> Arrivals:
        """What the definitions make of the rows."""
        arrivals = Arrivals()
        for table, row in self.arriving:
            arrivals.take(table, row)
        return arrivals

    def bronze(self) -> dict[str, list[Row]]:
        """The bronze tables after all rows arrived."""
        return self.arrivals().bronze(self.told)


def _one(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


def _title(title_id: str, **known: Any) -> Row:
    return {**dict.fromkeys(TITLE_COLUMNS), "title_id": title_id, **known}


@st.composite
def titles(draw: st.DrawFn) -> list[Row]:
    """Films, series of three kinds, episodes, and titles that nobody needs to describe."""
    runtime = _one(*RUNTIMES)
    episodes = _one(None, 0, 1, 3)
    genre = _one(None, "Comedy", "Drama", "Horror")
    name = _one(None, "Same Name", "Other Name")
    candidates = [
        _title("film-1", content_type="film"),
        _title("film/2 é's", content_type="documentary"),
        _title("show-1", content_type="series", seasons=2, episodes=draw(episodes)),
        _title("show-2", content_type=None, episodes=draw(episodes)),
        _title("show-1:S3", content_type="limited_series", season=1),
        _title("s1e1", series_id="show-1", season=1, episode=1, episodes=draw(episodes)),
        _title("s1e2", series_id="show-1", season=1, episode=2, episodes=draw(episodes)),
        _title("s2e1", series_id="show-1", season=2, episode=1),
        _title("lost-1", series_id="lost/日", season=1, episode=1, content_type="series"),
        _title("lost-2", series_id="lost/日", season=1, episode=2, content_type="series"),
        _title("part-1", series_id="show-2", episode=1, episodes=draw(episodes)),
        _title("part-2", series_id="show-2", episode=2),
        _title("part-x", series_id="show-2"),
    ]
    first, last = draw(_one((0, 12), (0, 12), (2, 7), (3, 7), (8, 9), (3, 12)))
    wanted = draw(st.lists(st.integers(first, last), min_size=1, max_size=8, unique=True))
    return [
        {
            **candidates[index],
            "title": draw(name),
            "genre": draw(genre),
            "runtime_minutes": draw(runtime),
        }
        for index in wanted
    ]


def _user_rows(draw: st.DrawFn) -> list[Row]:
    who = draw(st.lists(st.sampled_from(USERS), max_size=6))
    return [
        {
            **dict.fromkeys(USER_COLUMNS),
            "user_id": user_id,
            "country": draw(_one(*COUNTRIES)),
            "plan": draw(_one(None, "Basic", "Premium+")),
        }
        for user_id in who
    ]


def _moment(draw: st.DrawFn, earlier: list[Row]) -> datetime:
    if earlier and draw(st.integers(0, 9)) < 6:
        event = draw(st.sampled_from(earlier[-4:]))
        begin: datetime = event["event_time"]
        end = begin + timedelta(seconds=event.get("watch_seconds") or 0)
        return end + draw(st.sampled_from(PAUSES))
    days = draw(st.sampled_from(LONG_AGO if draw(st.integers(0, 19)) == 0 else DAYS))
    return midnight(FIRST_DAY + days * DAY) + draw(st.sampled_from(TIMES_OF_DAY))


def _timed(draw: st.DrawFn, earlier: list[Row]) -> Row:
    moment = _moment(draw, earlier)
    if draw(st.integers(0, 9)) == 0:
        return {"event_time": midnight(moment.date()), "time_precision": "day"}
    return {"event_time": moment, "time_precision": "second"}


def _watch_events(draw: st.DrawFn, title_ids: list[str]) -> list[Row]:
    events: list[Row] = []
    users = draw(st.lists(st.sampled_from(USERS), min_size=1, max_size=6, unique=True))
    # A source without durations has none at all.
    seconds = draw(_one(WATCH_SECONDS, WATCH_SECONDS, WATCH_SECONDS, (None,)))
    for number in range(draw(st.integers(5, 40))):
        fate = draw(st.integers(0, 29)) if events else 9
        if fate > 26:
            events += _marathon(draw, events, number, title_ids)
            continue
        if fate == 0:
            events.append(dict(draw(st.sampled_from(events))))
            continue
        if fate == 1:
            changed = draw(_one({"watch_seconds": 7.0}, {"user_id": USERS[0]}, {"quality": "UHD"}))
            events.append({**draw(st.sampled_from(events)), **changed})
            continue
        alone = draw(st.integers(0, 2)) == 0
        events.append(
            {
                # The id decides between events of one instant, so it must not follow the order.
                "event_id": f"{draw(_one('a', 'b', 'c'))}-{number}"
                if fate > 3
                else draw(st.sampled_from(events))["event_id"],
                "user_id": draw(st.sampled_from(users)) if alone else users[0],
                "title_id": draw(st.sampled_from(title_ids)) if alone else title_ids[0],
                **_timed(draw, events),
                "action": draw(st.sampled_from((*ACTIONS[:4], *ACTIONS))),
                "watch_seconds": draw(st.sampled_from(seconds)),
                "progress": draw(st.sampled_from(PROGRESS)),
                "playback_id": draw(_one(None, None, "playback-1", "playback-2")),
                "kind": draw(_one("main", "main", "main", "main", "promo")),
                "device": draw(st.sampled_from(DEVICES)),
                "quality": draw(_one(None, "HD")),
                "country": draw(st.sampled_from(COUNTRIES)),
                "is_download": False,
                "rating": None,
            }
        )
    return events


def _marathon(draw: st.DrawFn, earlier: list[Row], number: int, title_ids: list[str]) -> list[Row]:
    """One user's titles one after the other, each seen to its end."""
    begin = _moment(draw, earlier)
    pause = draw(_one(timedelta(), 30 * MINUTE, 30 * MINUTE + MICROSECOND, 7 * DAY, DAY))
    return [
        {
            **earlier[0],
            "event_id": f"m-{number}-{step}",
            "title_id": title_id,
            "event_time": begin + step * (pause + 20 * MINUTE),
            "time_precision": "second",
            "action": "completed",
            "watch_seconds": 1200.0,
            "kind": "main",
        }
        for step, title_id in enumerate(title_ids[: draw(st.integers(2, 4))])
    ]


def _searches(draw: st.DrawFn) -> list[Row]:
    found: list[Row] = []
    for number in range(draw(st.integers(0, 4))):
        found.append(
            {
                "search_id": f"search-{number}",
                "user_id": draw(st.sampled_from(USERS)),
                **_timed(draw, found),
                "query": draw(st.sampled_from(("words", " WORDS", "wo\u0308rds", "WÖRDS"))),
                "results_count": draw(_one(None, 0, 3)),
                "clicked_position": draw(_one(None, 1, 3)),
                "device": draw(st.sampled_from(DEVICES)),
                "country": draw(st.sampled_from(COUNTRIES)),
            }
        )
    return found


def _recommendations(draw: st.DrawFn, title_ids: list[str]) -> list[Row]:
    found: list[Row] = []
    for number in range(draw(st.integers(0, 4))):
        found.append(
            {
                "recommendation_id": f"recommendation-{number}",
                "user_id": draw(st.sampled_from(USERS)),
                "title_id": draw(st.sampled_from(title_ids)),
                **_timed(draw, found),
                "clicked": draw(st.booleans()),
                "position": draw(_one(None, 1)),
                "score": draw(_one(None, 0.5)),
                "algorithm": draw(_one(None, "nearest")),
                "device": draw(st.sampled_from(DEVICES)),
            }
        )
    return found


def _reviews(draw: st.DrawFn, title_ids: list[str]) -> list[Row]:
    found: list[Row] = []
    for number in range(draw(st.integers(0, 4))):
        found.append(
            {
                "review_id": f"review-{number}",
                "user_id": draw(st.sampled_from(USERS)),
                "title_id": draw(st.sampled_from([*title_ids, "only-reviewed"])),
                **_timed(draw, found),
                "rating": draw(_one(1.0, 2.5, 4.0, 5.0)),
                "text": draw(_one(None, "Fine.")),
                "sentiment": None,
            }
        )
    return found


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    """Well-formed rows of all six tables, with duplicates and conflicts among the watch events.

    They arrive in two batches, an hour apart on two days.
    """
    known = draw(titles())
    title_ids = [title["title_id"] for title in known]
    described: list[Row] = []
    told: dict[str, Row] = {}
    for title in known:
        fate = draw(st.integers(0, 5))
        if fate > 1:
            described.append(title)
        elif fate == 1:
            told[title["title_id"]] = title
    if draw(st.booleans()) and described:
        described.append({**draw(st.sampled_from(described)), "runtime_minutes": 25.0})
    payloads = [
        *(("users", row) for row in _user_rows(draw)),
        *(("titles", row) for row in described),
        *(("watch_events", row) for row in _watch_events(draw, title_ids)),
        *(("search_events", row) for row in _searches(draw)),
        *(("recommendation_events", row) for row in _recommendations(draw, title_ids)),
        *(("reviews", row) for row in _reviews(draw, title_ids)),
    ]
    split = draw(st.integers(0, len(payloads)))
    return Dataset(
        tuple(
            (
                table,
                {
                    **payload,
                    "source": "native",
                    "received_at": RECEIVED + (line >= split) * HOUR,
                    "batch": f"batch-{int(line >= split)}",
                    "line": line,
                    "raw": "",
                    "path": "a file",
                    "problems": [],
                },
            )
            for line, (table, payload) in enumerate(payloads)
        ),
        told,
    )


LOOK_BACKS = (-1, -6, -7, -27, -28, -29, -30, -89, -90, -90)
"""Days back to the last that a window still holds, and the one before it."""

HISTORY_TIMES = (
    timedelta(),
    MINUTE,
    MINUTE - MICROSECOND,
    DAY - 2 * MINUTE - MICROSECOND,
    DAY - MINUTE,
    DAY - MICROSECOND,
)
WAITS = (-MICROSECOND, timedelta(), 7 * DAY, 7 * DAY, 7 * DAY + MICROSECOND)
HISTORY_SECONDS = (None, 0.5, 60.0, 120.0, 120.0, 600.0, 1200.0, 1800.0, 36_000.0)


@st.composite
def histories(draw: st.DrawFn) -> Dataset:
    """Many plays of one event each, over months: for what looks back over weeks.

    More titles than a list has ranks, of few lengths, so that ranks are tied.
    """
    place = st.tuples(_one("series-1", "series-2"), _one(None, 1, 1, 2, 10), _one(1, 2, 3, 5))
    episodes = draw(st.lists(place, max_size=10, unique=True))
    runtime = _one(None, 10.0, 20.0, 30.0)
    genre = _one(None, "A", "B", "C", "D", "E", "F", "G")
    catalogue = [
        *(
            _title(f"film-{number}", runtime_minutes=draw(runtime), genre=draw(genre))
            for number in range(draw(_one(1, 4, 14)))
        ),
        *(
            _title(
                f"{series}-{season}-{episode}",
                series_id=series,
                season=season,
                episode=episode,
                episodes=draw(_one(None, 1, 3)),
                runtime_minutes=draw(runtime),
                genre=draw(genre),
            )
            for series, season, episode in episodes
        ),
    ]
    title_ids = [title["title_id"] for title in catalogue]
    user_ids = USERS[: draw(st.integers(1, 4))]
    seconds = draw(_one(HISTORY_SECONDS, HISTORY_SECONDS, (None,)))
    # Few days, and most of a user's plays on one, so that little happens within a window.
    days = [0, draw(st.sampled_from(LOOK_BACKS)), draw(st.integers(-14, 0))]
    plays_of: list[tuple[str, int]] = []
    for _ in range(draw(_one(5, 20, 40, 80))):
        who = draw(st.integers(0, len(user_ids) - 1))
        strays = draw(st.integers(0, 9)) == 0
        plays_of.append((user_ids[who], draw(st.sampled_from(days)) if strays else days[who % 2]))
    events: list[Row] = [
        {
            "event_id": f"event-{number}",
            "user_id": user_id,
            "title_id": draw(st.sampled_from(title_ids)),
            "event_time": midnight(FIRST_DAY + day * DAY) + draw(st.sampled_from(HISTORY_TIMES)),
            "time_precision": "second",
            "action": draw(_one("completed", "stopped")),
            "watch_seconds": draw(st.sampled_from(seconds)),
            "progress": None,
            "playback_id": f"playback-{number}",
            "kind": "main",
            "device": None,
            "quality": None,
            "country": draw(_one(None, "BR")),
            "is_download": False,
            "rating": None,
        }
        for number, (user_id, day) in enumerate(plays_of)
    ]
    of_series = sorted(title["title_id"] for title in catalogue if title["series_id"])
    for number, (one, other) in enumerate(pairwise(of_series)):
        wait = draw(st.sampled_from(WAITS))
        begin = midnight(FIRST_DAY - draw(st.integers(0, 9)) * DAY)
        for title_id, moment in ((one, begin), (other, begin + wait)):
            events.append(
                {
                    **events[0],
                    "event_id": f"{number}-{title_id}",
                    "playback_id": f"{number}-{title_id}",
                    "title_id": title_id,
                    "event_time": moment,
                    "action": "completed",
                    "watch_seconds": 120.0,
                }
            )
    return Dataset(
        tuple(
            (
                table,
                {
                    **row,
                    "source": "native",
                    "received_at": RECEIVED,
                    "batch": "batch",
                    "line": line,
                    "raw": "",
                    "path": "a file",
                    "problems": [],
                },
            )
            for table, rows in (
                ("titles", catalogue),
                ("watch_events", events),
                ("reviews", _reviews(draw, title_ids)),
            )
            for line, row in enumerate(rows)
        ),
        {},
    )


WRONG: dict[str, tuple[dict[str, str], ...]] = {
    "watch_events": (
        {"user_id": ""},
        {"user_id": "u" * 65},
        {"title_id": ""},
        {"title_id": "", "user_id": "", "action": "danced", "watch_seconds": "-1"},
        {"event_time": ""},
        {"event_time": "yesterday"},
        {"event_time": "2026-02-30T10:00:00Z"},
        {"event_time": "2031-01-01T00:00:00Z", "progress": "1.5"},
        {"watch_seconds": "-0.5"},
        {"watch_seconds": "86400.5"},
        {"watch_seconds": "long"},
        {"progress": "1.000001"},
        {"progress": "-0.1"},
        {"action": "danced"},
        {"action": ""},
        {},
    ),
    "search_events": ({"results_count": "-1"}, {"clicked_position": "0"}, {"user_id": ""}, {}),
    "recommendation_events": ({"clicked": ""}, {"title_id": ""}, {"event_time": "soon"}, {}),
    "reviews": ({"rating": "5.5"}, {"rating": ""}, {"rating": "0"}, {"user_id": ""}, {}),
    "users": ({"user_id": ""}, {}),
    "titles": ({"title_id": ""}, {}),
}
"""What is wrong in a row that is rejected, column by column; nothing: it is cut short."""


@dataclass(frozen=True)
class Csv:
    """A CSV file of a table."""

    table: str
    text: str


@st.composite
def dirty_files(draw: st.DrawFn) -> list[Csv]:
    """Files in order of arrival: the rows of a data set and wrong ones, split anywhere.

    A file may arrive again, whole or as a part of another.
    """
    rows: dict[str, list[str]] = {}
    headers: dict[str, str] = {}
    for table, row in draw(datasets()).arriving:
        texts = {name: _text(value) for name, value in payload(row).items()}
        headers[table] = ",".join(texts)
        lines = rows.setdefault(table, [])
        lines.append(",".join(texts.values()))
        if draw(st.integers(0, 5)) == 0:
            wrong = draw(st.sampled_from(WRONG[table]))
            spoilt = ",".join({**texts, **wrong}.values())
            lines.append(spoilt if wrong else spoilt.rsplit(",", 2)[0])
    files: list[Csv] = []
    for table, lines in rows.items():
        parts = [lines]
        if draw(st.booleans()):
            cut = draw(st.integers(0, len(lines)))
            # The second part may begin with rows of the first, or the first arrive once more.
            again = draw(st.integers(0, cut))
            parts = draw(
                _one([lines[:cut], lines[cut:]], [lines[:cut], lines[again:]], [lines] * 2)
            )
        files += [Csv(table, "\n".join([headers[table], *part, ""])) for part in parts if part]
    return draw(st.permutations(files))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)
