-- Users: of each the newest row, which is the last.
SELECT user_id, told.country, told.plan
FROM (
    SELECT user_id, max_by(struct(country, plan), line) AS told
    FROM raw_users
    WHERE user_id IS NOT NULL
    GROUP BY user_id
)
