-- How each title was watched, by day and country.
CREATE TABLE title_daily ENGINE = Memory AS
WITH sums AS (
    SELECT
        event_date, title_id, country,
        count() AS plays,
        countIf(starter) AS starters,
        countIf(watcher) AS watchers,
        countIf(completer) AS completers,
        ifNull(sum(watch_seconds), 0) AS seconds,
        countIf(watch_seconds IS NULL) AS plays_without_duration,
        countIf(starter AND reached IS NULL) AS starters_without_reach,
        uniqExactIf(user_id, starter) AS viewers
    FROM plays
    GROUP BY event_date, title_id, country
)
SELECT
    sums.title_id AS title_id,
    sums.* EXCEPT (title_id, seconds),
    seconds AS watch_seconds,
    ifNull(seconds / 60 / entry_runtime_minutes, 0) AS views,
    if(entry_runtime_minutes IS NULL, seconds, 0) AS seconds_without_runtime
FROM sums
LEFT JOIN titles ON titles.title_id = sums.title_id;
