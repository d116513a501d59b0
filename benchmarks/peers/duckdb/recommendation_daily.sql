-- Recommendations shown, and clicked.
CREATE TABLE recommendation_daily AS
SELECT
    event_date,
    coalesce(device, 'unknown') AS device,
    coalesce(algorithm, 'unknown') AS algorithm,
    count(*) AS shown,
    count(*) FILTER (clicked) AS clicked
FROM recommendation_events
WHERE user_id <> '~canary'
GROUP BY ALL;
