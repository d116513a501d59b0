-- A user's sittings: plays of second precision without a pause of over 30 minutes.
CREATE TABLE sessions AS
WITH placed AS (
    SELECT
        play_id, user_id, title_id, started_at, ended_at, watch_seconds, starter, country, device, plan,
        row_number() OVER ordered AS place,
        coalesce(
            started_at > INTERVAL 30 MINUTE
                + max(ended_at) OVER (ordered ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
            true
        ) AS begins
    FROM plays
    WHERE time_precision = 'second'
    WINDOW ordered AS (PARTITION BY user_id ORDER BY started_at, play_id)
),
chained AS (
    SELECT
        * EXCLUDE (begins),
        sum(begins::INTEGER) OVER (
            PARTITION BY user_id ORDER BY place ROWS UNBOUNDED PRECEDING
        )::INTEGER AS chain
    FROM placed
),
binges AS (
    SELECT DISTINCT user_id, chain, true AS binge
    FROM (
        SELECT user_id, chain
        FROM chained
        JOIN titles USING (title_id)
        WHERE starter AND series_key IS NOT NULL
        GROUP BY user_id, chain, series_key
        HAVING count(DISTINCT CASE WHEN episode IS NOT NULL THEN row(season, episode) END)
            + count(*) FILTER (episode IS NULL) >= 3
    )
),
merged AS (
    SELECT
        user_id, chain,
        arg_min(play_id, place) AS session_id,
        min(started_at) AS started_at,
        max(ended_at) AS ended_at,
        count(*)::INTEGER AS plays,
        count(DISTINCT title_id)::INTEGER AS titles,
        coalesce(sum(watch_seconds), 0) AS watch_seconds,
        arg_min(country, place) AS country,
        arg_min(device, place) AS device,
        arg_min(plan, place) AS plan
    FROM chained
    GROUP BY user_id, chain
)
SELECT
    session_id, user_id, started_at, ended_at, merged.plays, merged.titles, watch_seconds,
    coalesce(binge, false) AS binge,
    country, device, plan,
    started_at::DATE AS event_date
FROM merged
LEFT JOIN binges USING (user_id, chain);
