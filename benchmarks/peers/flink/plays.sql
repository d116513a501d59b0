-- One user's continuous viewing of one title, by the day on which it started.
SELECT
    play_id, user_id, title_id, playback_id, opens, ends, time_precision, events, watch_seconds,
    progress, reached, starter,
    CASE WHEN reached >= 0.7E0 * (1E0 - 1E-6) THEN starter ELSE FALSE END AS watcher,
    CASE WHEN reached >= 0.9E0 * (1E0 - 1E-6) THEN starter ELSE FALSE END AS completer,
    quality, country, device, plan, content_type, genre, event_date
FROM (
    SELECT
        *,
        COALESCE(
            COALESCE(watch_seconds, reached * runtime) >= 120E0 * (1E0 - 1E-6), FALSE
        ) AS starter
    FROM (
        SELECT /*+ BROADCAST(u, t) */
            m.user_id, m.title_id, playback_id, time_precision, play_id, opens, ends, events,
            watch_seconds, progress, quality, event_date,
            COALESCE(m.country, u.country, 'unknown') AS country,
            COALESCE(device, 'unknown') AS device,
            COALESCE(plan, 'unknown') AS plan,
            COALESCE(content_type, 'unknown') AS content_type,
            COALESCE(genre, 'unknown') AS genre,
            runtime_minutes * 60 AS runtime,
            CASE
                WHEN completed = 1 THEN 1E0
                ELSE COALESCE(progress, watch_seconds / (runtime_minutes * 60))
            END AS reached
        FROM (
            SELECT
                user_id, title_id, playback_id, time_precision,
                SUBSTRING(MIN(place || event_id), 10) AS play_id,
                MIN(opens) AS opens,
                MAX(ends) AS ends,
                CAST(COUNT(*) AS INT) AS events,
                SUM(watch_seconds) AS watch_seconds,
                MAX(progress) AS progress,
                MAX(completed) AS completed,
                MIN(event_date) AS event_date,
                SUBSTRING(MIN(place || quality), 10) AS quality,
                SUBSTRING(MIN(place || country), 10) AS country,
                SUBSTRING(MIN(place || device), 10) AS device
            FROM chains
            GROUP BY user_id, title_id, playback_id, time_precision, chain
        ) AS m
        LEFT JOIN users AS u ON u.user_id = m.user_id
        LEFT JOIN titles AS t ON t.title_id = m.title_id
    )
)
