-- Reports of viewing, each once: the first to arrive stays.
SELECT *
FROM (
    SELECT
        *, row_number() OVER (PARTITION BY event_id, event_date ORDER BY line) AS arrival
    FROM (
        SELECT
            line, event_id, user_id, title_id, action, watch_seconds, progress, playback_id, device,
            quality, country, event_time,
            coalesce(time_precision, 'second') AS time_precision,
            coalesce(kind, 'main') AS kind,
            to_date(event_time) AS event_date
        FROM raw_watch_events
        WHERE event_id IS NOT NULL AND user_id IS NOT NULL AND title_id IS NOT NULL
            AND event_time BETWEEN TIMESTAMP '2000-01-01' AND TIMESTAMP '$received' + INTERVAL 1 HOUR
            AND action IN ('started', 'paused', 'resumed', 'stopped', 'completed')
            AND coalesce(watch_seconds BETWEEN 0 AND 86400, true)
            AND coalesce(progress BETWEEN 0 AND 1, true)
    )
)
WHERE arrival = 1
