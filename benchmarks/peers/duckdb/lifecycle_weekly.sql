-- The users of each week, by what they did before.
CREATE TABLE lifecycle_weekly AS
WITH data_to AS (SELECT max(event_date) AS last_day FROM user_daily),
weeks AS (
    SELECT unnest(generate_series(
        (SELECT min(week)::TIMESTAMP FROM user_weeks),
        date_trunc('week', last_day)::TIMESTAMP,
        INTERVAL 7 DAY
    ))::DATE AS week, last_day
    FROM data_to
),
counts AS (
    SELECT
        week,
        count(*) AS active_users,
        count(*) FILTER (previous IS NULL) AS new_users,
        count(*) FILTER (previous = week - 7) AS returning_users
    FROM user_weeks
    GROUP BY week
),
filled AS (
    SELECT
        week, last_day,
        coalesce(active_users, 0) AS active_users,
        coalesce(new_users, 0) AS new_users,
        coalesce(returning_users, 0) AS returning_users
    FROM weeks LEFT JOIN counts USING (week)
)
SELECT
    week, active_users, new_users, returning_users,
    active_users - new_users - returning_users AS resurrected_users,
    lag(active_users, 1, 0) OVER (ORDER BY week) - returning_users AS dormant_users,
    week + 6 > last_day AS provisional
FROM filled;
