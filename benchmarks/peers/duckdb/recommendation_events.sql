-- Recommendations shown, each once.
CREATE TABLE raw_recommendation_events AS
SELECT
    row_number() OVER () AS line,
    *,
    event_time::DATE AS event_date,
    hash(told) AS payload,
    coalesce(
        recommendation_id IS NOT NULL AND user_id IS NOT NULL AND title_id IS NOT NULL
        AND event_time BETWEEN TIMESTAMP '2000-01-01' AND getvariable('received') + INTERVAL 1 HOUR
        AND clicked IS NOT NULL,
        false
    ) AS good
FROM read_csv(
    getvariable('raw') || '/recommendation_events.csv', header = true, auto_detect = false,
    store_rejects = true,
    columns = {
        'recommendation_id': 'UUID', 'user_id': 'VARCHAR', 'title_id': 'VARCHAR',
        'event_time': 'TIMESTAMP', 'time_precision': 'VARCHAR', 'clicked': 'BOOLEAN',
        'position': 'INTEGER', 'score': 'DOUBLE', 'algorithm': 'VARCHAR', 'device': 'VARCHAR'
    }
) AS told;

CREATE TABLE recommendation_events AS
SELECT * EXCLUDE (line, good, payload)
FROM raw_recommendation_events
WHERE line IN (
    SELECT min(line) FROM raw_recommendation_events WHERE good GROUP BY recommendation_id, event_date
);
