-- Plays and seconds by the quarter of an hour in which they started.
CREATE TABLE activity AS
SELECT
    event_date,
    (hour(started_at) * 4 + minute(started_at) // 15)::INTEGER AS quarter,
    country, device,
    count(*) AS plays,
    coalesce(sum(watch_seconds), 0) AS watch_seconds
FROM plays
WHERE time_precision = 'second'
GROUP BY ALL;
