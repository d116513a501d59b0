-- Reports of viewing, each once: the first to arrive stays. Times are whole microseconds.
SELECT *
FROM (
    SELECT
        *, ROW_NUMBER() OVER (PARTITION BY event_id, event_date ORDER BY line) AS arrival
    FROM (
        SELECT
            line, event_id, user_id, title_id, action, watch_seconds, progress, playback_id, device,
            quality, country,
            COALESCE(time_precision, 'second') AS time_precision,
            COALESCE(kind, 'main') AS kind,
            SUBSTRING(told, 1, 10) AS event_date,
            TIMESTAMPDIFF(SECOND, TIMESTAMP '1970-01-01 00:00:00', event_time)
                * CAST(1000000 AS BIGINT) + CAST(SUBSTRING(told, 21, 3) AS INT) * 1000 AS opens
        FROM (
            SELECT *, TO_TIMESTAMP(told, 'yyyy-MM-dd''T''HH:mm:ss.SSS''Z''') AS event_time
            FROM raw_watch_events
            WHERE told BETWEEN '2000-01-01T00:00:00.000Z' AND '$latest'
        )
        -- A day that the calendar has not becomes another one.
        WHERE DATE_FORMAT(event_time, 'yyyy-MM-dd''T''HH:mm:ss.SSS''Z''') = told
            AND event_id IS NOT NULL AND user_id IS NOT NULL AND title_id IS NOT NULL
            AND action IN ('started', 'paused', 'resumed', 'stopped', 'completed')
            AND (watch_seconds IS NULL OR watch_seconds BETWEEN 0 AND 86400)
            AND (progress IS NULL OR progress BETWEEN 0 AND 1)
    )
)
WHERE arrival = 1
