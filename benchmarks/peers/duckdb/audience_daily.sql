-- Viewers of the day, of its 7 and of its 30 days, and the most plays that ran in one minute. Who
-- views is counted from that day, or from where the last viewing stops being counted: +1 where that
-- begins, -1 where it ends, added up over the days; plays likewise by minute.
CREATE TABLE audience_daily AS
WITH days AS (
    SELECT unnest(generate_series(
        min(event_date)::TIMESTAMP,
        max(greatest(event_date, (ended_at - INTERVAL 1 MICROSECOND)::DATE))::TIMESTAMP,
        INTERVAL 1 DAY
    ))::DATE AS event_date
    FROM plays
),
viewed AS (
    SELECT
        user_id, event_date,
        lag(event_date) OVER (PARTITION BY user_id ORDER BY event_date) AS previous
    FROM (SELECT DISTINCT user_id, event_date FROM plays WHERE starter)
),
changes AS (
    SELECT span, greatest(event_date, coalesce(previous + span, event_date)) AS event_date, 1 AS change
    FROM viewed, unnest([1, 7, 30]) AS spans(span)
    UNION ALL
    SELECT span, event_date + span, -1
    FROM viewed, unnest([1, 7, 30]) AS spans(span)
),
by_day AS (
    SELECT
        event_date,
        sum(change) FILTER (span = 1) AS dau,
        sum(change) FILTER (span = 7) AS wau,
        sum(change) FILTER (span = 30) AS mau
    FROM changes
    GROUP BY event_date
),
viewers AS (
    SELECT
        event_date,
        event_date - min(event_date) OVER () AS behind,
        sum(coalesce(dau, 0)) OVER running AS dau,
        sum(coalesce(wau, 0)) OVER running AS wau,
        sum(coalesce(mau, 0)) OVER running AS mau
    FROM days LEFT JOIN by_day USING (event_date)
    WINDOW running AS (ORDER BY event_date ROWS UNBOUNDED PRECEDING)
),
stretches AS (
    SELECT
        user_id, title_id, playback_id, chain, place,
        opens // 60_000_000 AS begins,
        (ends - 1) // 60_000_000 + 1 AS until
    FROM chains
    WHERE time_precision = 'second' AND ends > opens
),
-- What an event adds to the minutes of the events of its play before it.
added AS (
    SELECT
        until,
        greatest(
            begins,
            max(until) OVER (
                PARTITION BY user_id, title_id, playback_id, chain ORDER BY place
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            )
        ) AS begins
    FROM stretches
),
edges AS (
    SELECT begins AS minute, 1 AS change FROM added WHERE until > begins
    UNION ALL
    SELECT until, -1 FROM added WHERE until > begins
    UNION ALL
    SELECT epoch_us(event_date::TIMESTAMP) // 60_000_000, 0 FROM days
),
levels AS (
    SELECT
        make_timestamp(minute * 60_000_000)::DATE AS event_date,
        sum(sum(change)) OVER (ORDER BY minute ROWS UNBOUNDED PRECEDING) AS running
    FROM edges
    GROUP BY minute
),
peaks AS (
    SELECT event_date, max(running) AS peak_concurrent FROM levels GROUP BY event_date
)
SELECT
    event_date,
    dau::BIGINT AS dau,
    CASE WHEN behind >= 6 THEN wau::BIGINT END AS wau,
    CASE WHEN behind >= 29 THEN mau::BIGINT END AS mau,
    peak_concurrent::BIGINT AS peak_concurrent
FROM viewers JOIN peaks USING (event_date);
