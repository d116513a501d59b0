-- A user's sittings: plays of second precision without a pause of over 30 minutes.
WITH placed AS (
    SELECT
        play_id, user_id, title_id, started_at, ended_at, watch_seconds, starter, country, device, plan,
        row_number() OVER (PARTITION BY user_id ORDER BY started_at, play_id) AS place,
        coalesce(
            unix_micros(started_at) > 1800000000 + max(unix_micros(ended_at)) OVER (
                PARTITION BY user_id ORDER BY started_at, play_id
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ),
            true
        ) AS begins
    FROM plays
    WHERE time_precision = 'second'
),
chained AS (
    SELECT
        *,
        sum(CAST(begins AS INT)) OVER (
            PARTITION BY user_id ORDER BY started_at, play_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS chain
    FROM placed
),
binges AS (
    SELECT DISTINCT user_id, chain, true AS binge
    FROM (
        SELECT user_id, chain
        FROM chained
        JOIN titles ON titles.title_id = chained.title_id
        WHERE starter AND series_key IS NOT NULL
        GROUP BY user_id, chain, series_key
        HAVING count(DISTINCT CASE WHEN episode IS NOT NULL THEN struct(season, episode) END)
            + count_if(episode IS NULL) >= 3
    )
),
merged AS (
    SELECT
        user_id, chain,
        min_by(play_id, place) AS session_id,
        min(started_at) AS started_at,
        max(ended_at) AS ended_at,
        CAST(count(*) AS INT) AS plays,
        CAST(count(DISTINCT title_id) AS INT) AS titles,
        coalesce(sum(watch_seconds), 0D) AS watch_seconds,
        min_by(country, place) AS country,
        min_by(device, place) AS device,
        min_by(plan, place) AS plan
    FROM chained
    GROUP BY user_id, chain
)
SELECT
    session_id, merged.user_id, started_at, ended_at, plays, titles, watch_seconds,
    coalesce(binge, false) AS binge,
    country, device, plan,
    to_date(started_at) AS event_date
FROM merged
LEFT JOIN binges ON binges.user_id = merged.user_id AND binges.chain = merged.chain
