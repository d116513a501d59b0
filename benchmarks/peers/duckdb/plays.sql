-- One user's continuous viewing of one title, by the day on which it started.
CREATE TABLE plays AS
WITH merged AS (
    SELECT
        user_id, title_id, playback_id, time_precision,
        arg_min(event_id, place) AS play_id,
        min(opens) AS opens,
        max(ends) AS ends,
        count(*)::INTEGER AS events,
        sum(watch_seconds) AS watch_seconds,
        max(progress) AS progress,
        bool_or(completed) AS completed,
        arg_min(quality, place) AS quality,
        arg_min(country, place) AS country,
        arg_min(device, place) AS device
    FROM chains
    GROUP BY user_id, title_id, playback_id, time_precision, chain
),
described AS (
    SELECT
        merged.* EXCLUDE (country, device, opens, ends),
        make_timestamp(opens) AS started_at,
        make_timestamp(ends) AS ended_at,
        coalesce(merged.country, users.country, 'unknown') AS country,
        coalesce(device, 'unknown') AS device,
        coalesce(plan, 'unknown') AS plan,
        coalesce(content_type, 'unknown') AS content_type,
        coalesce(genre, 'unknown') AS genre,
        runtime_minutes * 60 AS runtime,
        CASE WHEN completed THEN 1e0 ELSE coalesce(progress, watch_seconds / (runtime_minutes * 60)) END
            AS reached
    FROM merged
    LEFT JOIN users USING (user_id)
    LEFT JOIN titles USING (title_id)
),
started AS (
    SELECT
        *,
        coalesce(coalesce(watch_seconds, reached * runtime) >= 120 * (1 - 1e-6), false) AS starter
    FROM described
)
SELECT
    play_id::VARCHAR AS play_id, user_id, title_id, playback_id, started_at, ended_at, time_precision,
    events, watch_seconds, progress, reached, starter,
    starter AND coalesce(reached >= 0.7e0 * (1 - 1e-6), false) AS watcher,
    starter AND coalesce(reached >= 0.9e0 * (1 - 1e-6), false) AS completer,
    quality, country, device, plan, content_type, genre,
    started_at::DATE AS event_date
FROM started;
