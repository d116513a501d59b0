-- The additive measures of a day's plays, by all dimensions.
SELECT /*+ BROADCAST(t) */
    country, device, plan, p.content_type, p.genre,
    COUNT(*) AS plays,
    SUM(CASE WHEN starter THEN 1 ELSE 0 END) AS starters,
    SUM(CASE WHEN watcher THEN 1 ELSE 0 END) AS watchers,
    SUM(CASE WHEN completer THEN 1 ELSE 0 END) AS completers,
    COALESCE(SUM(watch_seconds), 0E0) AS watch_seconds,
    SUM(CASE WHEN watch_seconds IS NULL THEN 1 ELSE 0 END) AS plays_without_duration,
    SUM(CASE WHEN starter AND reached IS NULL THEN 1 ELSE 0 END) AS starters_without_reach,
    COALESCE(SUM(watch_seconds / 60 / entry_runtime_minutes), 0E0) AS `views`,
    COALESCE(SUM(CASE WHEN entry_runtime_minutes IS NULL THEN watch_seconds END), 0E0)
        AS seconds_without_runtime,
    event_date
FROM plays AS p
LEFT JOIN titles AS t ON t.title_id = p.title_id
GROUP BY event_date, country, device, plan, p.content_type, p.genre
