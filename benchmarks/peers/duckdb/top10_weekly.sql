-- The ten most viewed entries of a week, by list and country, and over all countries.
CREATE TABLE top10_weekly AS
WITH weeks AS (
    SELECT
        date_trunc('week', event_date)::DATE AS week, title_id, country,
        sum(plays) AS plays, sum(starters) AS starters, sum(watch_seconds) AS watch_seconds
    FROM title_daily
    GROUP BY ALL
),
entries AS (
    SELECT
        week, list, entry_id,
        CASE WHEN grouping(country) = 1 THEN 'all' ELSE country END AS country,
        min(entry_name) AS entry_name,
        min(entry_runtime_minutes) / 60 AS runtime_hours,
        min(season) AS season,
        min(coalesce(series_key, title_id)) AS by_id,
        sum(plays)::BIGINT AS plays,
        sum(starters)::BIGINT AS starters,
        sum(watch_seconds) AS watch_seconds,
        sum(watch_seconds) / 3600 AS hours_viewed
    FROM weeks JOIN titles USING (title_id)
    GROUP BY GROUPING SETS ((week, list, entry_id, country), (week, list, entry_id))
),
ranked AS (
    SELECT
        *,
        hours_viewed / runtime_hours AS views,
        -- Views that are equal on paper may differ in the last bit; twelve digits rank them.
        row_number() OVER (
            PARTITION BY week, list, country
            ORDER BY
                CASE
                    WHEN watch_seconds > 0 THEN printf('%.11e', hours_viewed / runtime_hours)::DOUBLE
                END DESC NULLS LAST,
                watch_seconds DESC,
                CASE WHEN watch_seconds <= 0 THEN starters END DESC NULLS LAST,
                CASE WHEN watch_seconds <= 0 THEN plays END DESC NULLS LAST,
                by_id, season NULLS FIRST, entry_id
        )::INTEGER AS rank
    FROM entries
    QUALIFY rank <= 10
)
SELECT
    week, list, country, rank, entry_id, entry_name, hours_viewed, views, runtime_hours, plays,
    starters,
    row_number() OVER (PARTITION BY list, country, entry_id ORDER BY week)::INTEGER AS weeks_in_list
FROM ranked;
