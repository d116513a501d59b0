-- The weeks in which each user played, with the one before and the first of them.
CREATE TABLE user_weeks AS
SELECT
    user_id, week,
    lag(week) OVER (PARTITION BY user_id ORDER BY week) AS previous,
    min(week) OVER (PARTITION BY user_id) AS first_week
FROM (SELECT DISTINCT user_id, date_trunc('week', event_date)::DATE AS week FROM user_daily);
