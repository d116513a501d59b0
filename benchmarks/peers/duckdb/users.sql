-- Users: of each the newest row, which is the last.
CREATE TABLE raw_users AS
SELECT
    row_number() OVER () AS line,
    *, hash(told) AS payload, user_id IS NOT NULL AS good
FROM read_csv(
    getvariable('raw') || '/users.csv', header = true, auto_detect = false, store_rejects = true,
    columns = {
        'user_id': 'VARCHAR', 'country': 'VARCHAR', 'plan': 'VARCHAR', 'signup_date': 'DATE',
        'age': 'INTEGER', 'gender': 'VARCHAR', 'primary_device': 'VARCHAR', 'is_active': 'BOOLEAN',
        'monthly_spend': 'DOUBLE'
    }
) AS told;

CREATE TABLE users AS
SELECT user_id, country, plan
FROM raw_users
WHERE line IN (SELECT max(line) FROM raw_users WHERE good GROUP BY user_id);
