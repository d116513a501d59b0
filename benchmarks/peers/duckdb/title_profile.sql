-- How each title that was ever played or reviewed was watched so far.
CREATE TABLE title_profile AS
WITH sums AS (
    SELECT
        title_id,
        min(event_date) AS first_day,
        max(event_date) AS last_day,
        count(*) AS plays,
        count(*) FILTER (starter) AS starters,
        count(*) FILTER (watcher) AS watchers,
        count(*) FILTER (completer) AS completers,
        coalesce(sum(watch_seconds), 0) AS watch_seconds,
        count(*) FILTER (watch_seconds IS NULL) AS plays_without_duration,
        count(*) FILTER (starter AND reached IS NULL) AS starters_without_reach,
        count(DISTINCT user_id) FILTER (starter) AS viewers
    FROM plays
    GROUP BY title_id
),
viewed AS (SELECT DISTINCT user_id, title_id FROM plays WHERE starter),
of_seasons AS (
    SELECT entry_id, count(DISTINCT user_id) AS season_viewers
    FROM viewed JOIN titles USING (title_id)
    GROUP BY entry_id
),
of_series AS (
    SELECT coalesce(series_key, title_id) AS series, count(DISTINCT user_id) AS series_viewers
    FROM viewed JOIN titles USING (title_id)
    GROUP BY series
),
rated AS (
    SELECT title_id, count(*) AS reviews, avg(rating) AS rating
    FROM reviews WHERE user_id <> '~canary' GROUP BY title_id
),
known AS (SELECT title_id FROM sums UNION SELECT title_id FROM rated),
-- The episode that follows: the next known number of the season, else the first of the next one.
episodes AS (
    SELECT title_id, series_key, season, episode
    FROM titles WHERE series_key IS NOT NULL AND episode IS NOT NULL
),
places AS (SELECT DISTINCT series_key, season, episode FROM episodes),
seasons AS (
    SELECT
        series_key, season,
        lead(season) OVER of_series AS next_season,
        lead(min(episode)) OVER of_series AS next_opener
    FROM places
    WHERE season IS NOT NULL
    GROUP BY series_key, season
    WINDOW of_series AS (PARTITION BY series_key ORDER BY season)
),
later AS (
    SELECT
        *, lead(episode) OVER (PARTITION BY series_key, season ORDER BY episode) AS later
    FROM places
),
followed AS (
    SELECT
        later.series_key, later.season, later.episode,
        CASE WHEN later IS NULL THEN next_season ELSE later.season END AS next_season,
        coalesce(later, next_opener) AS next_episode
    FROM later LEFT JOIN seasons USING (series_key, season)
),
follows AS (
    SELECT episodes.title_id, next.title_id AS next_title_id
    FROM followed
    JOIN episodes
        ON episodes.series_key = followed.series_key AND episodes.episode = followed.episode
        AND episodes.season IS NOT DISTINCT FROM followed.season
    JOIN episodes AS next
        ON next.series_key = followed.series_key AND next.episode = next_episode
        AND next.season IS NOT DISTINCT FROM next_season
),
completed AS (
    SELECT
        user_id, title_id,
        min(started_at) AS started_at,
        arg_min(ended_at, row(started_at, ended_at)) + INTERVAL 7 DAY AS until
    FROM plays
    WHERE completer AND title_id IN (SELECT title_id FROM follows)
    GROUP BY user_id, title_id
    HAVING until < (SELECT max(event_date)::TIMESTAMP FROM plays)
),
went_on AS (
    SELECT DISTINCT completed.title_id, completed.user_id
    FROM completed
    JOIN follows USING (title_id)
    JOIN plays
        ON plays.user_id = completed.user_id AND plays.title_id = next_title_id AND plays.starter
        AND plays.started_at BETWEEN completed.started_at AND completed.until
),
next_episodes AS (
    SELECT title_id, count(*) AS episode_completers, count(went_on.user_id) AS next_episode_starters
    FROM completed LEFT JOIN went_on USING (title_id, user_id)
    GROUP BY title_id
)
SELECT
    title_id, first_day, last_day,
    coalesce(sums.plays, 0) AS plays,
    coalesce(starters, 0) AS starters,
    coalesce(watchers, 0) AS watchers,
    coalesce(completers, 0) AS completers,
    coalesce(watch_seconds, 0) AS watch_seconds,
    coalesce(plays_without_duration, 0) AS plays_without_duration,
    coalesce(starters_without_reach, 0) AS starters_without_reach,
    coalesce(watch_seconds / 60 / entry_runtime_minutes, 0) AS views,
    CASE WHEN entry_runtime_minutes IS NULL THEN coalesce(watch_seconds, 0) ELSE 0 END
        AS seconds_without_runtime,
    coalesce(viewers, 0) AS viewers,
    coalesce(season_viewers, 0) AS season_viewers,
    coalesce(series_viewers, 0) AS series_viewers,
    CASE
        WHEN starters > starters_without_reach
        THEN completers / (starters - starters_without_reach)
    END AS completion_rate,
    coalesce(rated.reviews, 0) AS reviews,
    rating,
    coalesce(episode_completers, 0) AS episode_completers,
    coalesce(next_episode_starters, 0) AS next_episode_starters
FROM known
LEFT JOIN sums USING (title_id)
LEFT JOIN rated USING (title_id)
LEFT JOIN titles USING (title_id)
LEFT JOIN of_seasons ON of_seasons.entry_id = coalesce(titles.entry_id, title_id)
LEFT JOIN of_series ON of_series.series = coalesce(series_key, title_id)
LEFT JOIN next_episodes USING (title_id);
