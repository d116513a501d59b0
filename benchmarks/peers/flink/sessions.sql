-- A user's sittings: plays of second precision without a pause of over 30 minutes.
WITH chained AS (
    SELECT
        *,
        SUM(begins) OVER (
            PARTITION BY user_id ORDER BY opens, play_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS chain
    FROM (
        SELECT
            play_id, user_id, title_id, opens, ends, watch_seconds, starter, country, device, plan,
            event_date,
            LPAD(CAST(ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY opens, play_id) AS STRING), 9, '0')
                AS place,
            CASE
                WHEN opens <= 1800000000 + MAX(ends) OVER (
                    PARTITION BY user_id ORDER BY opens, play_id
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ) THEN 0
                ELSE 1
            END AS begins
        FROM plays
        WHERE time_precision = 'second'
    )
),
binges AS (
    SELECT DISTINCT user_id, chain, TRUE AS binge
    FROM (
        SELECT /*+ BROADCAST(t) */ c.user_id, c.chain
        FROM chained AS c
        JOIN titles AS t ON t.title_id = c.title_id
        WHERE starter AND series_key IS NOT NULL
        GROUP BY c.user_id, c.chain, series_key
        HAVING COUNT(DISTINCT COALESCE(CAST(season AS STRING), '') || '/' || CAST(episode AS STRING))
            + SUM(CASE WHEN episode IS NULL THEN 1 ELSE 0 END) >= 3
    )
),
merged AS (
    SELECT
        user_id, chain,
        SUBSTRING(MIN(place || play_id), 10) AS session_id,
        MIN(opens) AS started_at,
        MAX(ends) AS ended_at,
        CAST(COUNT(*) AS INT) AS plays,
        CAST(COUNT(DISTINCT title_id) AS INT) AS titles,
        COALESCE(SUM(watch_seconds), 0E0) AS watch_seconds,
        SUBSTRING(MIN(place || country), 10) AS country,
        SUBSTRING(MIN(place || device), 10) AS device,
        SUBSTRING(MIN(place || plan), 10) AS plan,
        MIN(event_date) AS event_date
    FROM chained
    GROUP BY user_id, chain
)
SELECT
    session_id, m.user_id, started_at, ended_at, plays, titles, watch_seconds,
    COALESCE(binge, FALSE) AS binge,
    country, device, plan, event_date
FROM merged AS m
LEFT JOIN binges AS b ON b.user_id = m.user_id AND b.chain = m.chain
