-- Main events with the number of their play within (user, title, playback, precision).
SELECT
    *,
    SUM(begins) OVER (
        PARTITION BY user_id, title_id, playback_id, time_precision ORDER BY opens, event_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS chain
FROM (
    SELECT
        *,
        -- What is first in a play: its place is written before it, and the least is taken.
        LPAD(CAST(ROW_NUMBER() OVER (
            PARTITION BY user_id, title_id, playback_id, time_precision ORDER BY opens, event_id
        ) AS STRING), 9, '0') AS place,
        CASE
            WHEN opens <= MAX(reaches) OVER (
                PARTITION BY user_id, title_id, playback_id, time_precision ORDER BY opens, event_id
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) THEN 0
            ELSE 1
        END AS begins
    FROM (
        SELECT
            *,
            CASE
                WHEN time_precision = 'day' THEN opens - 1
                WHEN playback_id IS NULL THEN ends + 1800000000
                ELSE ends + 43200000000
            END AS reaches
        FROM (
            SELECT
                event_id, user_id, title_id, playback_id, time_precision, watch_seconds, progress,
                quality, country, device, event_date, opens,
                CASE WHEN action = 'completed' THEN 1 ELSE 0 END AS completed,
                opens + CAST(ROUND(COALESCE(watch_seconds, 0E0) * 1E6, 0) AS BIGINT) AS ends
            FROM watch_events
            WHERE kind = 'main' AND user_id <> '~canary'
        )
    )
)
