"""The plays of a few people, in SQL: by day, hour, device and title, and in sittings."""

# Written into SQL are names out of contracts and metrics only; values are bound.
# ruff: noqa: S608
from netflix_pipeline.contracts.measures import OF_PLAYS
from netflix_pipeline.serving.query.measures import chosen

WATCHED = ("plays", "starters", "hours_viewed", "plays_without_duration")
SAT = ("sittings", "avg_sitting_minutes", "binge_rate")

# Each play as a row of the table that the metrics' expressions are written for.
PLAYED = f"""
    WITH played AS MATERIALIZED (
        SELECT event_date, user_id, title_id, device, started_at, ended_at, starter, watch_seconds,
            {", ".join(measure.added_sql for measure in OF_PLAYS if measure.name in WATCHED)},
            time_precision = $second AS timed
        FROM coded.plays
        WHERE user_id BETWEEN $least AND $most AND list_contains($users::INTEGER[], user_id)
    )
"""

WATCHING = chosen(WATCHED)
SPAN = "min(event_date) AS first_day, max(event_date) AS last_day"
DAYS = "count(DISTINCT event_date) AS active_days"

EVER = f"""{PLAYED}
    SELECT user_id, year(event_date) AS year, {SPAN}, {DAYS}, {WATCHING}
    FROM played GROUP BY GROUPING SETS ((), (user_id), (year))
"""

IN_PERIOD = f"""{PLAYED}
    SELECT grouping(user_id, device, weekday, hour) AS by_others, user_id, device, weekday, hour,
        {SPAN}, {DAYS}, count(*) FILTER (NOT timed) AS without_time, {WATCHING}
    FROM (
        SELECT *, CASE WHEN timed THEN isodow(event_date) END AS weekday,
            CASE WHEN timed THEN hour(started_at) END AS hour
        FROM played WHERE event_date BETWEEN $from AND $to
    )
    GROUP BY GROUPING SETS ((), (user_id), (device), (weekday, hour))
    ORDER BY hours_viewed DESC, plays DESC, user_id, device
"""

KNOWN = """known AS (
    SELECT c.code AS title_id, coalesce(t.series_key, c.name) AS key,
        t.series_key IS NOT NULL AS is_series, t.season, t.episode, t.title_id AS id,
        t.title_id <> t.series_key OR t.episode IS NOT NULL AS is_episode
    FROM codes.title_id AS c LEFT JOIN titles AS t ON t.title_id = c.name
    WHERE c.code IN (SELECT title_id FROM played)
)"""

VARIETY = """count(DISTINCT key) AS titles,
    count(DISTINCT id) FILTER (is_series AND id <> key) AS episodes_played"""

STRETCHES = f"""{PLAYED}, {KNOWN}
    SELECT grouping(event_date) = 0 AS is_day, event_date AS day, month, {DAYS}, {VARIETY},
        {WATCHING}
    FROM (SELECT *, date_trunc('month', event_date)::DATE AS month FROM played)
        JOIN known USING (title_id)
    WHERE event_date BETWEEN $from AND $to
    GROUP BY GROUPING SETS ((), (event_date), (month)) ORDER BY day, month
"""

FURTHEST = """max({'season': coalesce(season, 0), 'episode': coalesce(episode, 0)})
    FILTER (id <> key)"""

FAVOURITES = f"""{PLAYED}, {KNOWN}
    SELECT f.* EXCLUDE furthest, t.title, nullif(furthest.season, 0) AS season,
        nullif(furthest.episode, 0) AS episode
    FROM (
        SELECT key AS title_id, is_series, max(event_date) AS last_day, {FURTHEST} AS furthest,
            CASE WHEN is_series AND bool_or(is_episode) THEN
                count(DISTINCT (season, episode))
                    FILTER (starter AND is_episode AND episode IS NOT NULL)
                + count(DISTINCT id) FILTER (starter AND is_episode AND episode IS NULL)
            END AS episodes,
            nullif(count(DISTINCT id) FILTER (id <> key), 0) AS episodes_played, {WATCHING}
        FROM played JOIN known USING (title_id)
        WHERE event_date BETWEEN $from AND $to GROUP BY key, is_series
    ) AS f LEFT JOIN titles AS t USING (title_id)
    ORDER BY CASE WHEN $by_plays THEN plays ELSE hours_viewed END DESC, plays DESC, title_id
"""

SITTINGS = f"""{PLAYED}, {KNOWN}, reached AS (
    SELECT *, max(ended_at) OVER (PARTITION BY user_id ORDER BY started_at, title_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS so_far
    FROM played WHERE timed
), chained AS (
    SELECT *, count(*) FILTER (so_far IS NULL OR started_at > so_far + $gap)
        OVER (PARTITION BY user_id ORDER BY started_at, title_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS chain
    FROM reached
), sat AS (
    SELECT user_id, chain, min(started_at) AS began, max(ended_at) AS ended, count(*) AS plays,
        coalesce(sum(watch_seconds), 0) AS watch_seconds
    FROM chained GROUP BY user_id, chain
), binged AS (
    SELECT user_id, chain, key, count(DISTINCT (season, episode)) FILTER (episode IS NOT NULL)
        + count(*) FILTER (episode IS NULL) AS episodes
    FROM chained JOIN known USING (title_id) WHERE starter AND is_series
    GROUP BY user_id, chain, key HAVING episodes >= $binge
    QUALIFY row_number() OVER (PARTITION BY user_id, chain ORDER BY episodes DESC, key) = 1
), told AS MATERIALIZED (
    SELECT s.*, b.key AS series_id, b.episodes, 1 AS sittings,
        (b.key IS NOT NULL)::INTEGER AS binge_sittings
    FROM sat AS s LEFT JOIN binged AS b USING (user_id, chain)
    WHERE began::DATE BETWEEN $from AND $to
)
"""

# In order of their starts, a play has for itself what goes beyond the latest end so far.
MANNER = f"""{SITTINGS}, stretches AS (
    SELECT c.user_id, c.chain, c.watch_seconds, c.ended_at, greatest(c.started_at,
        max(c.ended_at) OVER (PARTITION BY c.user_id, c.chain ORDER BY c.started_at, c.title_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS begins
    FROM chained AS c JOIN known AS k USING (title_id)
    JOIN told AS b ON (b.user_id, b.chain, b.series_id) = (c.user_id, c.chain, k.key)
    WHERE c.watch_seconds IS NOT NULL
), alone AS (
    SELECT user_id, chain, sum(least(watch_seconds,
        greatest(epoch_us(ended_at) - epoch_us(begins), 0) / 1e6)) / 3600 AS hours_viewed
    FROM stretches GROUP BY user_id, chain
), best AS (
    SELECT told.user_id, began AS started_at, ended AS ended_at, told.plays,
        coalesce(hours_viewed, 0) AS hours_viewed, told.series_id, t.title AS series, told.episodes
    FROM told LEFT JOIN alone USING (user_id, chain)
    LEFT JOIN titles AS t ON t.title_id = told.series_id WHERE binge_sittings = 1
    ORDER BY hours_viewed DESC, told.episodes DESC, began DESC, told.user_id LIMIT $top
)
    SELECT {chosen(SAT)},
        coalesce(sum(binge_sittings), 0)::BIGINT AS binge_sittings,
        (SELECT list(best ORDER BY hours_viewed DESC, episodes DESC, started_at DESC, user_id)
            FROM best) AS binges
    FROM told
"""
