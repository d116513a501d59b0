-- How each title was watched, by day and country.
WITH sums AS (
    SELECT
        event_date, title_id, country,
        count(*) AS plays,
        count_if(starter) AS starters,
        count_if(watcher) AS watchers,
        count_if(completer) AS completers,
        coalesce(sum(watch_seconds), 0D) AS watch_seconds,
        count_if(watch_seconds IS NULL) AS plays_without_duration,
        count_if(starter AND reached IS NULL) AS starters_without_reach,
        count(DISTINCT CASE WHEN starter THEN user_id END) AS viewers
    FROM plays
    GROUP BY event_date, title_id, country
)
SELECT
    sums.*,
    coalesce(watch_seconds / 60 / entry_runtime_minutes, 0D) AS views,
    CASE WHEN entry_runtime_minutes IS NULL THEN watch_seconds ELSE 0D END AS seconds_without_runtime
FROM sums
LEFT JOIN titles ON titles.title_id = sums.title_id
