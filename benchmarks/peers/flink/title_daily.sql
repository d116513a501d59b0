-- How each title was watched, by day and country.
SELECT /*+ BROADCAST(t) */
    s.title_id, country, plays, starters, watchers, completers, watch_seconds,
    plays_without_duration, starters_without_reach,
    COALESCE(watch_seconds / 60 / entry_runtime_minutes, 0E0) AS `views`,
    CASE WHEN entry_runtime_minutes IS NULL THEN watch_seconds ELSE 0E0 END
        AS seconds_without_runtime,
    viewers, event_date
FROM (
    SELECT
        event_date, title_id, country,
        COUNT(*) AS plays,
        SUM(CASE WHEN starter THEN 1 ELSE 0 END) AS starters,
        SUM(CASE WHEN watcher THEN 1 ELSE 0 END) AS watchers,
        SUM(CASE WHEN completer THEN 1 ELSE 0 END) AS completers,
        COALESCE(SUM(watch_seconds), 0E0) AS watch_seconds,
        SUM(CASE WHEN watch_seconds IS NULL THEN 1 ELSE 0 END) AS plays_without_duration,
        SUM(CASE WHEN starter AND reached IS NULL THEN 1 ELSE 0 END) AS starters_without_reach,
        COUNT(DISTINCT CASE WHEN starter THEN user_id END) AS viewers
    FROM plays
    GROUP BY event_date, title_id, country
) AS s
LEFT JOIN titles AS t ON t.title_id = s.title_id
