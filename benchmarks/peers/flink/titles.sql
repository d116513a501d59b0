-- Titles, with the runtime of what a weekly list ranks of each (its entry).
SELECT
    title_id, content_type, genre, runtime_minutes, season, episode, series_key,
    CASE WHEN minutes > 0 THEN minutes END AS entry_runtime_minutes
FROM (
    SELECT
        *,
        CASE
            WHEN series_key IS NULL THEN runtime_minutes
            ELSE AVG(runtime_minutes) OVER (PARTITION BY series_key, season)
                * MAX(episodes) OVER (PARTITION BY series_key, season)
        END AS minutes
    FROM (
        SELECT
            title_id, content_type, genre, season, episode, episodes,
            CASE WHEN runtime_minutes > 0 THEN runtime_minutes END AS runtime_minutes,
            COALESCE(
                series_id,
                CASE
                    WHEN seasons IS NOT NULL OR episodes IS NOT NULL OR season IS NOT NULL
                        OR episode IS NOT NULL OR content_type IN ('series', 'limited_series')
                    THEN title_id
                END
            ) AS series_key
        FROM newest_titles
    )
)
