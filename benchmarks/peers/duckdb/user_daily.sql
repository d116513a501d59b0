-- What each user did, by day and all dimensions.
CREATE TABLE user_daily AS
SELECT
    event_date, user_id, country, device, plan, content_type, genre,
    count(*) AS plays,
    count(*) FILTER (starter) AS starters,
    count(*) FILTER (watcher) AS watchers,
    count(*) FILTER (completer) AS completers,
    coalesce(sum(watch_seconds), 0) AS watch_seconds,
    count(*) FILTER (watch_seconds IS NULL) AS plays_without_duration,
    count(*) FILTER (starter AND reached IS NULL) AS starters_without_reach
FROM plays
GROUP BY ALL;
