-- Searches, each once.
CREATE TABLE raw_search_events AS
SELECT
    row_number() OVER () AS line,
    *,
    event_time::DATE AS event_date,
    hash(told) AS payload,
    coalesce(
        search_id IS NOT NULL AND user_id IS NOT NULL
        AND event_time BETWEEN TIMESTAMP '2000-01-01' AND getvariable('received') + INTERVAL 1 HOUR
        AND coalesce(results_count >= 0, true)
        AND coalesce(clicked_position >= 1, true),
        false
    ) AS good
FROM read_csv(
    getvariable('raw') || '/search_events.csv', header = true, auto_detect = false, store_rejects = true,
    columns = {
        'search_id': 'UUID', 'user_id': 'VARCHAR', 'event_time': 'TIMESTAMP', 'time_precision': 'VARCHAR',
        'query': 'VARCHAR', 'results_count': 'INTEGER', 'clicked_position': 'INTEGER',
        'device': 'VARCHAR', 'country': 'VARCHAR'
    }
) AS told;

CREATE TABLE search_events AS
SELECT * EXCLUDE (line, good, payload)
FROM raw_search_events
WHERE line IN (SELECT min(line) FROM raw_search_events WHERE good GROUP BY search_id, event_date);
