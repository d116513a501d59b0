-- Titles: of each the newest row, with what a weekly list ranks of it (its entry).
CREATE TABLE raw_titles AS
SELECT
    row_number() OVER () AS line,
    *, hash(told) AS payload, title_id IS NOT NULL AS good
FROM read_csv(
    getvariable('raw') || '/titles.csv', header = true, auto_detect = false, store_rejects = true,
    columns = {
        'title_id': 'VARCHAR', 'title': 'VARCHAR', 'content_type': 'VARCHAR', 'genre': 'VARCHAR',
        'genre_2': 'VARCHAR', 'runtime_minutes': 'DOUBLE', 'seasons': 'INTEGER', 'episodes': 'INTEGER',
        'series_id': 'VARCHAR', 'season': 'INTEGER', 'episode': 'INTEGER', 'release_year': 'INTEGER',
        'language': 'VARCHAR', 'origin_country': 'VARCHAR', 'is_original': 'BOOLEAN',
        'maturity_rating': 'VARCHAR', 'added_on': 'DATE'
    }
) AS told;

CREATE TABLE titles AS
WITH newest AS (
    SELECT *
    FROM raw_titles
    WHERE line IN (SELECT max(line) FROM raw_titles WHERE good GROUP BY title_id)
),
described AS (
    FROM newest
    UNION ALL BY NAME
    SELECT DISTINCT title_id FROM watch_events ANTI JOIN newest USING (title_id)
),
keyed AS (
    SELECT
        * REPLACE (CASE WHEN runtime_minutes > 0 THEN runtime_minutes END AS runtime_minutes),
        coalesce(
            series_id,
            CASE
                WHEN seasons IS NOT NULL OR episodes IS NOT NULL OR season IS NOT NULL
                    OR episode IS NOT NULL OR content_type IN ('series', 'limited_series')
                THEN title_id
            END
        ) AS series_key
    FROM described
),
entered AS (
    SELECT
        *,
        CASE WHEN series_key IS NULL THEN 'films' ELSE 'tv' END AS list,
        CASE
            WHEN series_key IS NOT NULL AND season IS NOT NULL THEN series_key || ':S' || season
            ELSE coalesce(series_key, title_id)
        END AS entry_id
    FROM keyed
),
measured AS (
    SELECT
        entered.*,
        names.title AS series_name,
        arg_min(entered.title, entered.title_id) OVER entry AS known_name,
        CASE
            WHEN list = 'films' THEN entered.runtime_minutes
            ELSE avg(entered.runtime_minutes) OVER entry * max(entered.episodes) OVER entry
        END AS minutes
    FROM entered
    LEFT JOIN newest AS names ON names.title_id = series_key
    WINDOW entry AS (PARTITION BY list, entry_id)
)
SELECT
    title_id, content_type, genre, runtime_minutes, season, episode, series_key, list, entry_id,
    CASE
        WHEN season IS NOT NULL AND series_name IS NOT NULL THEN series_name || ': Season ' || season
        ELSE coalesce(series_name, known_name, entry_id)
    END AS entry_name,
    CASE WHEN minutes > 0 THEN minutes END AS entry_runtime_minutes
FROM measured;
