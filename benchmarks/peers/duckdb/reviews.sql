-- Reviews, each once.
CREATE TABLE raw_reviews AS
SELECT
    row_number() OVER () AS line,
    *,
    event_time::DATE AS event_date,
    hash(told) AS payload,
    coalesce(
        review_id IS NOT NULL AND user_id IS NOT NULL AND title_id IS NOT NULL
        AND event_time BETWEEN TIMESTAMP '2000-01-01' AND getvariable('received') + INTERVAL 1 HOUR
        AND rating BETWEEN 1 AND 5,
        false
    ) AS good
FROM read_csv(
    getvariable('raw') || '/reviews.csv', header = true, auto_detect = false, store_rejects = true,
    quote = '"', escape = '"',
    columns = {
        'review_id': 'UUID', 'user_id': 'VARCHAR', 'title_id': 'VARCHAR', 'event_time': 'TIMESTAMP',
        'time_precision': 'VARCHAR', 'rating': 'DOUBLE', 'text': 'VARCHAR', 'sentiment': 'VARCHAR'
    }
) AS told;

CREATE TABLE reviews AS
SELECT * EXCLUDE (line, good, payload)
FROM raw_reviews
WHERE line IN (SELECT min(line) FROM raw_reviews WHERE good GROUP BY review_id, event_date);
