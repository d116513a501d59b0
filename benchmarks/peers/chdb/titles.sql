-- Titles: of each the newest row, with the runtime of what a weekly list ranks of it (its entry).
CREATE TABLE titles ENGINE = Memory AS
WITH newest AS (
    SELECT *
    FROM (
        SELECT
            rowNumberInAllBlocks() AS line,
            * EXCEPT (runtime_minutes),
            runtime_minutes AS minutes
        FROM file(
            '$raw/titles.csv', 'CSVWithNames',
            'title_id String, title Nullable(String), content_type Nullable(String),
             genre Nullable(String), genre_2 Nullable(String), runtime_minutes Nullable(Float64),
             seasons Nullable(Int32), episodes Nullable(Int32), series_id Nullable(String),
             season Nullable(Int32), episode Nullable(Int32), release_year Nullable(Int32),
             language Nullable(String), origin_country Nullable(String), is_original Nullable(Bool),
             maturity_rating Nullable(String), added_on Nullable(Date32)'
        )
    )
    WHERE title_id != ''
    ORDER BY line DESC
    LIMIT 1 BY title_id
),
keyed AS (
    SELECT
        title_id, content_type, genre, season, episode, episodes,
        if(minutes > 0, minutes, NULL) AS runtime_minutes,
        coalesce(
            series_id,
            if(
                seasons IS NOT NULL OR episodes IS NOT NULL OR season IS NOT NULL
                OR episode IS NOT NULL OR ifNull(content_type IN ('series', 'limited_series'), 0),
                title_id, NULL
            )
        ) AS series_key,
        if(
            series_key IS NOT NULL AND season IS NOT NULL,
            concat(series_key, ':S', toString(season)), coalesce(series_key, title_id)
        ) AS entry_id
    FROM newest
),
measured AS (
    SELECT
        *,
        if(
            series_key IS NULL,
            runtime_minutes,
            avg(runtime_minutes) OVER entry * max(episodes) OVER entry
        ) AS entry_minutes
    FROM keyed
    WINDOW entry AS (PARTITION BY series_key IS NULL, entry_id)
)
SELECT
    title_id, content_type, genre, runtime_minutes, season, episode, series_key,
    if(entry_minutes > 0, entry_minutes, NULL) AS entry_runtime_minutes
FROM measured;
