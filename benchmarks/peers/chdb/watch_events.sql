-- Reports of viewing, each once: the first to arrive stays.
CREATE TABLE raw_watch_events ENGINE = Memory AS
SELECT
    rowNumberInAllBlocks() AS line,
    event_id, user_id, title_id, action, watch_seconds, progress, playback_id, device, quality, country,
    ifNull(time_precision, 'second') AS time_precision,
    ifNull(kind, 'main') AS kind,
    toDateTime64OrNull(substring(told, 1, 23), 3, 'UTC') AS event_time,
    toDate(event_time) AS event_date
FROM (
    SELECT * EXCEPT (event_time), event_time AS told
    FROM file(
    '$raw/watch_events.csv', 'CSVWithNames',
    'event_id String, user_id Nullable(String), title_id Nullable(String), event_time Nullable(String),
     time_precision Nullable(String), action Nullable(String), watch_seconds Nullable(Float64),
     progress Nullable(Float64), playback_id Nullable(String), kind Nullable(String),
     device Nullable(String), quality Nullable(String), country Nullable(String),
     is_download Nullable(Bool), rating Nullable(Float64)'
    )
)
-- A day that the calendar has not becomes another one.
WHERE formatDateTime(event_time, '%Y-%m-%dT%H:%i:%S') = substring(told, 1, 19);

CREATE TABLE watch_events ENGINE = Memory AS
WITH good AS (
    SELECT *
    FROM raw_watch_events
    WHERE event_id != '' AND user_id IS NOT NULL AND title_id IS NOT NULL
        AND event_time BETWEEN toDateTime64('2000-01-01 00:00:00', 3, 'UTC')
            AND toDateTime64('$received', 6, 'UTC') + INTERVAL 1 HOUR
        AND action IN ('started', 'paused', 'resumed', 'stopped', 'completed')
        AND ifNull(watch_seconds BETWEEN 0 AND 86400, 1)
        AND ifNull(progress BETWEEN 0 AND 1, 1)
)
SELECT * FROM good WHERE line IN (SELECT min(line) FROM good GROUP BY event_id, event_date);
