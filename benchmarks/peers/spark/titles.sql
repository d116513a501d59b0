-- Titles: of each the newest row, with the runtime of what a weekly list ranks of it (its entry).
WITH newest AS (
    SELECT *, row_number() OVER (PARTITION BY title_id ORDER BY line DESC) AS age
    FROM raw_titles
    WHERE title_id IS NOT NULL
),
keyed AS (
    SELECT
        title_id, content_type, genre, season, episode, episodes,
        CASE WHEN runtime_minutes > 0 THEN runtime_minutes END AS runtime_minutes,
        coalesce(
            series_id,
            CASE
                WHEN seasons IS NOT NULL OR episodes IS NOT NULL OR season IS NOT NULL
                    OR episode IS NOT NULL OR content_type IN ('series', 'limited_series')
                THEN title_id
            END
        ) AS series_key
    FROM newest
    WHERE age = 1
),
measured AS (
    SELECT
        *,
        CASE
            WHEN series_key IS NULL THEN runtime_minutes
            ELSE avg(runtime_minutes) OVER entry * max(episodes) OVER entry
        END AS minutes
    FROM keyed
    WINDOW entry AS (PARTITION BY series_key, season)
)
SELECT
    title_id, content_type, genre, runtime_minutes, season, episode, series_key,
    CASE WHEN minutes > 0 THEN minutes END AS entry_runtime_minutes
FROM measured
