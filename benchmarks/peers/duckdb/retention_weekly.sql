-- Of the users whose first play fell in a week, those who played k weeks later.
CREATE TABLE retention_weekly AS
WITH data_to AS (SELECT max(event_date) AS last_day FROM user_daily),
cohorts AS (
    SELECT first_week AS cohort_week, count(*) AS cohort_users
    FROM user_weeks WHERE week = first_week GROUP BY first_week
),
every AS (
    SELECT
        cohort_week, cohort_users, last_day,
        unnest(generate_series(
            cohort_week::TIMESTAMP, date_trunc('week', last_day)::TIMESTAMP, INTERVAL 7 DAY
        ))::DATE AS week
    FROM cohorts, data_to
),
active AS (
    SELECT first_week AS cohort_week, week, count(*) AS active_users FROM user_weeks GROUP BY ALL
)
SELECT
    cohort_week,
    ((week - cohort_week) // 7)::INTEGER AS week_offset,
    cohort_users,
    coalesce(active_users, 0) AS active_users,
    coalesce(active_users, 0) / cohort_users AS retention,
    week + 6 > last_day AS provisional
FROM every LEFT JOIN active USING (cohort_week, week);
