-- How each title was watched, by day and country.
CREATE TABLE title_daily AS
WITH sums AS (
    SELECT
        event_date, title_id, country,
        count(*) AS plays,
        count(*) FILTER (starter) AS starters,
        count(*) FILTER (watcher) AS watchers,
        count(*) FILTER (completer) AS completers,
        coalesce(sum(watch_seconds), 0) AS watch_seconds,
        count(*) FILTER (watch_seconds IS NULL) AS plays_without_duration,
        count(*) FILTER (starter AND reached IS NULL) AS starters_without_reach,
        count(DISTINCT user_id) FILTER (starter) AS viewers
    FROM plays
    GROUP BY event_date, title_id, country
)
SELECT
    sums.* EXCLUDE (viewers),
    coalesce(watch_seconds / 60 / entry_runtime_minutes, 0) AS views,
    CASE WHEN entry_runtime_minutes IS NULL THEN watch_seconds ELSE 0 END AS seconds_without_runtime,
    viewers
FROM sums
LEFT JOIN titles USING (title_id);
