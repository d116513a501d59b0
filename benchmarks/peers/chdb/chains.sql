-- Main events with the number of their play within (user, title, playback, precision).
CREATE TABLE chains ENGINE = Memory AS
WITH
main AS (
    SELECT
        event_id, user_id, title_id, playback_id, time_precision, watch_seconds, progress, quality,
        country, device,
        action = 'completed' AS completed,
        toUnixTimestamp64Milli(assumeNotNull(event_time)) * 1000 AS opens,
        opens + toInt64(round(ifNull(watch_seconds, 0) * 1e6)) AS ends,
        multiIf(
            time_precision = 'day', opens - 1,
            playback_id IS NULL, ends + 1800000000,
            ends + 43200000000
        ) AS reaches
    FROM watch_events
    WHERE kind = 'main' AND user_id != '~canary'
),
placed AS (
    SELECT
        *,
        row_number() OVER ordered AS place,
        -- Of no rows before it the latest is 0.
        opens > max(reaches) OVER (
            PARTITION BY user_id, title_id, playback_id, time_precision ORDER BY opens, event_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS begins
    FROM main
    WINDOW ordered AS (
        PARTITION BY user_id, title_id, playback_id, time_precision ORDER BY opens, event_id
    )
)
SELECT
    * EXCEPT (reaches, begins),
    sum(begins) OVER (
        PARTITION BY user_id, title_id, playback_id, time_precision ORDER BY place
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS chain
FROM placed;
