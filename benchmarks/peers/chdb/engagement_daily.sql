-- The additive measures of a day's plays, by all dimensions.
CREATE TABLE engagement_daily ENGINE = Memory AS
SELECT
    plays.event_date AS event_date, plays.country AS country, plays.device AS device,
    plays.plan AS plan, plays.content_type AS content_type, plays.genre AS genre,
    count() AS plays,
    countIf(starter) AS starters,
    countIf(watcher) AS watchers,
    countIf(completer) AS completers,
    ifNull(sum(plays.watch_seconds), 0) AS watch_seconds,
    countIf(plays.watch_seconds IS NULL) AS plays_without_duration,
    countIf(starter AND reached IS NULL) AS starters_without_reach,
    ifNull(sum(plays.watch_seconds / 60 / entry_runtime_minutes), 0) AS views,
    ifNull(sumIf(plays.watch_seconds, entry_runtime_minutes IS NULL), 0) AS seconds_without_runtime
FROM plays
LEFT JOIN titles ON titles.title_id = plays.title_id
GROUP BY event_date, country, device, plan, content_type, genre;
