-- Sittings by the quarter of an hour in which they started.
CREATE TABLE sitting_quarters AS
SELECT
    event_date,
    (hour(started_at) * 4 + minute(started_at) // 15)::INTEGER AS quarter,
    country, device, plan,
    count(*) AS sittings,
    count(*) FILTER (binge) AS binge_sittings,
    sum(plays)::BIGINT AS plays,
    sum(watch_seconds) AS watch_seconds
FROM sessions
GROUP BY ALL;
