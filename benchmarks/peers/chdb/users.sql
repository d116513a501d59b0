-- Users: of each the newest row, which is the last.
CREATE TABLE users ENGINE = Memory AS
SELECT
    user_id,
    argMax(tuple(country), line).1 AS country,
    argMax(tuple(plan), line).1 AS plan
FROM (
    SELECT rowNumberInAllBlocks() AS line, user_id, country, plan
    FROM file(
        '$raw/users.csv', 'CSVWithNames',
        'user_id String, country Nullable(String), plan Nullable(String), signup_date Nullable(Date32),
         age Nullable(Int32), gender Nullable(String), primary_device Nullable(String),
         is_active Nullable(Bool), monthly_spend Nullable(Float64)'
    )
)
WHERE user_id != ''
GROUP BY user_id;
