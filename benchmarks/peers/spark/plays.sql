-- One user's continuous viewing of one title, by the day on which it started.
WITH merged AS (
    SELECT
        user_id, title_id, playback_id, time_precision,
        min_by(event_id, place) AS play_id,
        min(opens) AS opens,
        max(ends) AS ends,
        CAST(count(*) AS INT) AS events,
        sum(watch_seconds) AS watch_seconds,
        max(progress) AS progress,
        bool_or(completed) AS completed,
        min_by(quality, CASE WHEN quality IS NOT NULL THEN place END) AS quality,
        min_by(country, CASE WHEN country IS NOT NULL THEN place END) AS country,
        min_by(device, CASE WHEN device IS NOT NULL THEN place END) AS device
    FROM chains
    GROUP BY user_id, title_id, playback_id, time_precision, chain
),
described AS (
    SELECT
        merged.user_id, merged.title_id, playback_id, time_precision, play_id, opens, ends, events,
        watch_seconds, progress, quality,
        coalesce(merged.country, users.country, 'unknown') AS country,
        coalesce(device, 'unknown') AS device,
        coalesce(plan, 'unknown') AS plan,
        coalesce(content_type, 'unknown') AS content_type,
        coalesce(genre, 'unknown') AS genre,
        runtime_minutes * 60 AS runtime,
        CASE WHEN completed THEN 1D ELSE coalesce(progress, watch_seconds / (runtime_minutes * 60)) END
            AS reached
    FROM merged
    LEFT JOIN users ON users.user_id = merged.user_id
    LEFT JOIN titles ON titles.title_id = merged.title_id
),
started AS (
    SELECT
        *,
        coalesce(coalesce(watch_seconds, reached * runtime) >= 120D * (1D - 1e-6D), false) AS starter
    FROM described
)
SELECT
    play_id, user_id, title_id, playback_id,
    timestamp_micros(opens) AS started_at,
    timestamp_micros(ends) AS ended_at,
    time_precision, events, watch_seconds, progress, reached, starter,
    starter AND coalesce(reached >= 0.7D * (1D - 1e-6D), false) AS watcher,
    starter AND coalesce(reached >= 0.9D * (1D - 1e-6D), false) AS completer,
    quality, country, device, plan, content_type, genre,
    to_date(timestamp_micros(opens)) AS event_date
FROM started
