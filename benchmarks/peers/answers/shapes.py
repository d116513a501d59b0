"""The shapes of questions: SQL over the lake's tables, with the totals that our answers have.

`$name` is a parameter, `{local_day}` and the like are what each dialect says for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template

ZONE = "Asia/Kolkata"
"""Its days are no days of UTC: they are counted from every play of the period."""
TABLES = {
    "plays": "silver/plays",
    "engagement_daily": "gold/engagement_daily",
    "user_daily": "gold/user_daily",
}
"""What is asked, and where it lies in the lake."""


@dataclass(frozen=True)
class Shape:
    """A question: its words, its SQL, and how many columns tell the rows of its answer apart."""

    words: str
    sql: str
    keys: int = 1


LOCAL = """
    SELECT day, {value} AS value
    FROM (
        SELECT
            CASE WHEN time_precision = 'second' THEN {{local_day}} ELSE event_date END AS day,
            user_id, starter, watch_seconds
        FROM plays
        WHERE event_date BETWEEN CAST($day_before AS DATE) AND CAST($day_behind AS DATE)
    ) AS placed
    WHERE day BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
    GROUP BY GROUPING SETS ((day), ())
"""
SPLIT = """
    SELECT event_date, country, {value} AS value
    FROM {table}
    WHERE event_date BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
    GROUP BY GROUPING SETS ((event_date, country), (country))
"""
HOURS = "coalesce(sum(watch_seconds), 0) / 3600"
VIEWERS = "count(DISTINCT CASE WHEN {starter} THEN user_id END)"

SHAPES = {
    "person": Shape(
        "the newest 20 plays of one person",
        """
        SELECT {micros} AS started, title_id, watch_seconds, device
        FROM plays WHERE user_id = $user ORDER BY started DESC, title_id LIMIT 20
        """,
        2,
    ),
    "compared": Shape(
        "28 days of a country, and those before",
        f"""
        SELECT
            CASE WHEN event_date < CAST($first AS DATE) THEN 0 ELSE 1 END AS side,
            count(*) AS plays,
            sum(CASE WHEN starter THEN 1 ELSE 0 END) AS starters,
            sum(CASE WHEN completer THEN 1 ELSE 0 END) AS completers,
            {HOURS} AS hours,
            {VIEWERS.format(starter="starter")} AS viewers
        FROM plays
        WHERE country = $country
            AND event_date BETWEEN CAST($before AS DATE) AND CAST($last AS DATE)
        GROUP BY side
        """,
    ),
    "ranked": Shape(
        "the ten titles with most viewers of 28 days",
        f"""
        SELECT title_id, {VIEWERS.format(starter="starter")} AS viewers
        FROM plays WHERE event_date BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
        GROUP BY title_id ORDER BY viewers DESC, title_id LIMIT 10
        """,
    ),
    "hours": Shape(
        "hours by day and country", SPLIT.format(value=HOURS, table="engagement_daily"), 2
    ),
    "viewers": Shape(
        "viewers by day and country",
        SPLIT.format(value=VIEWERS.format(starter="starters > 0"), table="user_daily"),
        2,
    ),
    "local hours": Shape("hours by day of another zone", LOCAL.format(value=HOURS)),
    "local viewers": Shape(
        "viewers by day of another zone", LOCAL.format(value=VIEWERS.format(starter="starter"))
    ),
}


def spelled(question: Mapping[str, str], dialect: Mapping[str, str]) -> str:
    """The SQL of a question in a dialect; its parameters are our own words and stand in quotes."""
    values = {name: f"'{value}'" for name, value in question.items() if name != "shape"}
    sql = SHAPES[question["shape"]].sql.format_map(dialect)
    return Template(sql).substitute(values)
