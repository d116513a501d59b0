-- The additive measures of a day's plays, by all dimensions.
SELECT
    event_date, country, device, plan, plays.content_type, plays.genre,
    count(*) AS plays,
    count_if(starter) AS starters,
    count_if(watcher) AS watchers,
    count_if(completer) AS completers,
    coalesce(sum(watch_seconds), 0D) AS watch_seconds,
    count_if(watch_seconds IS NULL) AS plays_without_duration,
    count_if(starter AND reached IS NULL) AS starters_without_reach,
    coalesce(sum(watch_seconds / 60 / entry_runtime_minutes), 0D) AS views,
    coalesce(sum(CASE WHEN entry_runtime_minutes IS NULL THEN watch_seconds END), 0D)
        AS seconds_without_runtime
FROM plays
LEFT JOIN titles ON titles.title_id = plays.title_id
GROUP BY event_date, country, device, plan, plays.content_type, plays.genre
