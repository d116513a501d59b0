-- The additive measures of a day's plays, by all dimensions.
CREATE TABLE engagement_daily AS
SELECT
    event_date, country, device, plays.plan, plays.content_type, plays.genre,
    count(*) AS plays,
    count(*) FILTER (starter) AS starters,
    count(*) FILTER (watcher) AS watchers,
    count(*) FILTER (completer) AS completers,
    coalesce(sum(watch_seconds), 0) AS watch_seconds,
    count(*) FILTER (watch_seconds IS NULL) AS plays_without_duration,
    count(*) FILTER (starter AND reached IS NULL) AS starters_without_reach,
    coalesce(sum(watch_seconds / 60 / entry_runtime_minutes), 0) AS views,
    coalesce(sum(watch_seconds) FILTER (entry_runtime_minutes IS NULL), 0) AS seconds_without_runtime
FROM plays
LEFT JOIN titles USING (title_id)
GROUP BY event_date, country, device, plays.plan, plays.content_type, plays.genre;
