-- A user's sittings: plays of second precision without a pause of over 30 minutes.
CREATE TABLE sessions ENGINE = Memory AS
WITH
placed AS (
    SELECT
        play_id, user_id, title_id, started_at, ended_at, watch_seconds, starter, country, device, plan,
        row_number() OVER ordered AS place,
        toUnixTimestamp64Micro(started_at) > 1800000000 + max(toUnixTimestamp64Micro(ended_at)) OVER (
            PARTITION BY user_id ORDER BY started_at, play_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS begins
    FROM plays
    WHERE time_precision = 'second'
    WINDOW ordered AS (PARTITION BY user_id ORDER BY started_at, play_id)
),
chained AS (
    SELECT
        * EXCEPT (begins),
        sum(begins) OVER (
            PARTITION BY user_id ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS chain
    FROM placed
),
binges AS (
    SELECT DISTINCT user_id, chain
    FROM (
        SELECT chained.user_id AS user_id, chained.chain AS chain
        FROM chained
        INNER JOIN titles ON titles.title_id = chained.title_id
        WHERE starter AND titles.series_key IS NOT NULL
        GROUP BY chained.user_id, chained.chain, titles.series_key
        HAVING uniqExactIf(tuple(titles.season, titles.episode), titles.episode IS NOT NULL)
            + countIf(titles.episode IS NULL) >= 3
    )
)
SELECT
    argMin(play_id, place) AS session_id,
    user_id,
    min(chained.started_at) AS started_at,
    max(chained.ended_at) AS ended_at,
    toInt32(count()) AS plays,
    toInt32(uniqExact(title_id)) AS titles,
    ifNull(sum(chained.watch_seconds), 0) AS watch_seconds,
    ((user_id, chain) IN (SELECT user_id, chain FROM binges))::Bool AS binge,
    argMin(chained.country, place) AS country,
    argMin(chained.device, place) AS device,
    argMin(chained.plan, place) AS plan,
    toDate(started_at) AS event_date
FROM chained
GROUP BY user_id, chain;
