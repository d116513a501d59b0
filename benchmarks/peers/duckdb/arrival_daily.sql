-- When the events of a day came, by whole hours after its end, from 24 on whole days.
CREATE TABLE arrival_daily AS
WITH late AS (
    SELECT
        event_date, event_time,
        greatest(
            ceil((epoch_us(getvariable('received')) - epoch_us(event_date + INTERVAL 1 DAY)) / 3.6e9), 0
        )::INTEGER AS hours
    FROM watch_events
    WHERE kind = 'main' AND user_id <> '~canary'
)
SELECT
    event_date,
    CASE WHEN hours <= 24 THEN hours ELSE ((hours + 23) // 24) * 24 END AS within_hours,
    count(*) AS rows,
    count(*) FILTER (getvariable('received') - event_time > INTERVAL 7 DAY) AS bulk_rows,
    getvariable('received') AS last_received_at
FROM late
GROUP BY event_date, within_hours;
