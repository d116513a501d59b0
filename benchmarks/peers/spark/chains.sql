-- Main events with the number of their play within (user, title, playback, precision).
WITH main AS (
    SELECT
        event_id, user_id, title_id, playback_id, time_precision, watch_seconds, progress, quality,
        country, device,
        action = 'completed' AS completed,
        unix_micros(event_time) AS opens,
        unix_micros(event_time) + CAST(round(coalesce(watch_seconds, 0) * 1e6) AS BIGINT) AS ends
    FROM watch_events
    WHERE kind = 'main' AND user_id <> '~canary'
),
reaching AS (
    SELECT
        *,
        CASE
            WHEN time_precision = 'day' THEN opens - 1
            WHEN playback_id IS NULL THEN ends + 1800000000
            ELSE ends + 43200000000
        END AS reaches
    FROM main
),
placed AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY user_id, title_id, playback_id, time_precision ORDER BY opens, event_id
        ) AS place,
        coalesce(
            opens > max(reaches) OVER (
                PARTITION BY user_id, title_id, playback_id, time_precision ORDER BY opens, event_id
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ),
            true
        ) AS begins
    FROM reaching
)
SELECT
    *,
    sum(CAST(begins AS INT)) OVER (
        PARTITION BY user_id, title_id, playback_id, time_precision ORDER BY opens, event_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS chain
FROM placed
