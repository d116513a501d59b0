-- Main events with the number of their play within (user, title, playback, precision): it goes on
-- while the next event begins no later than the latest end so far and the gap. Times in microseconds.
CREATE TABLE chains AS
WITH main AS (
    SELECT
        event_id, user_id, title_id, playback_id, time_precision, watch_seconds, progress, quality,
        country, device,
        action = 'completed' AS completed,
        epoch_us(event_time) AS opens,
        opens + round(coalesce(watch_seconds, 0) * 1e6)::BIGINT AS ends,
        CASE
            WHEN time_precision = 'day' THEN opens - 1
            WHEN playback_id IS NULL THEN ends + 1_800_000_000
            ELSE ends + 43_200_000_000
        END AS reaches
    FROM watch_events
    WHERE kind = 'main' AND user_id <> '~canary'
),
placed AS (
    SELECT
        *,
        row_number() OVER ordered AS place,
        coalesce(
            opens > max(reaches) OVER (ordered ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), true
        ) AS begins
    FROM main
    WINDOW ordered AS (
        PARTITION BY user_id, title_id, playback_id, time_precision ORDER BY opens, event_id
    )
)
SELECT
    * EXCLUDE (reaches, begins),
    sum(begins::INTEGER) OVER (
        PARTITION BY user_id, title_id, playback_id, time_precision ORDER BY place
        ROWS UNBOUNDED PRECEDING
    )::INTEGER AS chain
FROM placed;
