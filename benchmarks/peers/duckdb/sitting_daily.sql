-- Sittings by the day on which they started.
CREATE TABLE sitting_daily AS
SELECT
    event_date, country, device, plan,
    count(*) AS sittings,
    count(*) FILTER (binge) AS binge_sittings,
    sum(plays)::BIGINT AS plays,
    sum(watch_seconds) AS watch_seconds
FROM sessions
GROUP BY ALL;
