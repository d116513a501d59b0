-- Reports of viewing, each once: the first to arrive stays. A line that cannot be read is told in
-- reject_errors; good says whether a row can be taken, payload tells rows of one id apart.
CREATE TABLE raw_watch_events AS
SELECT
    row_number() OVER () AS line,
    * EXCLUDE (is_download, rating)
        REPLACE (coalesce(time_precision, 'second') AS time_precision, coalesce(kind, 'main') AS kind),
    event_time::DATE AS event_date,
    hash(told) AS payload,
    coalesce(
        event_id IS NOT NULL AND user_id IS NOT NULL AND title_id IS NOT NULL
        AND event_time BETWEEN TIMESTAMP '2000-01-01' AND getvariable('received') + INTERVAL 1 HOUR
        AND action IN ('started', 'paused', 'resumed', 'stopped', 'completed')
        AND coalesce(watch_seconds BETWEEN 0 AND 86400, true)
        AND coalesce(progress BETWEEN 0 AND 1, true),
        false
    ) AS good
FROM read_csv(
    getvariable('raw') || '/watch_events.csv', header = true, auto_detect = false, store_rejects = true,
    columns = {
        'event_id': 'UUID', 'user_id': 'VARCHAR', 'title_id': 'VARCHAR', 'event_time': 'TIMESTAMP',
        'time_precision': 'VARCHAR', 'action': 'VARCHAR', 'watch_seconds': 'DOUBLE', 'progress': 'DOUBLE',
        'playback_id': 'VARCHAR', 'kind': 'VARCHAR', 'device': 'VARCHAR', 'quality': 'VARCHAR',
        'country': 'VARCHAR', 'is_download': 'BOOLEAN', 'rating': 'DOUBLE'
    }
) AS told;

CREATE TABLE watch_events AS
SELECT * EXCLUDE (line, good, payload)
FROM raw_watch_events
WHERE line IN (SELECT min(line) FROM raw_watch_events WHERE good GROUP BY event_id, event_date);
