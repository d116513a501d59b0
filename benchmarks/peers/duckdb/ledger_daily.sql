-- What became of all rows: received = stored + duplicate + quarantined + erased. A duplicate has the
-- identity and the payload of the row that is stored; of users and titles, of the row before it.
CREATE TABLE ledger_daily AS
WITH
twice_watched AS (
    SELECT event_id, event_date, min(line) AS line, arg_min(payload, line) AS payload
    FROM raw_watch_events WHERE good GROUP BY ALL HAVING count(*) > 1
),
twice_searched AS (
    SELECT search_id, event_date, min(line) AS line, arg_min(payload, line) AS payload
    FROM raw_search_events WHERE good GROUP BY ALL HAVING count(*) > 1
),
twice_recommended AS (
    SELECT recommendation_id, event_date, min(line) AS line, arg_min(payload, line) AS payload
    FROM raw_recommendation_events WHERE good GROUP BY ALL HAVING count(*) > 1
),
twice_reviewed AS (
    SELECT review_id, event_date, min(line) AS line, arg_min(payload, line) AS payload
    FROM raw_reviews WHERE good GROUP BY ALL HAVING count(*) > 1
),
described_users AS (
    SELECT coalesce(payload = lag(payload) OVER (PARTITION BY user_id ORDER BY line), false) AS again
    FROM raw_users WHERE good
),
described_titles AS (
    SELECT coalesce(payload = lag(payload) OVER (PARTITION BY title_id ORDER BY line), false) AS again
    FROM raw_titles WHERE good
),
counted AS (
    SELECT 'watch_events' AS "table", (SELECT count(*) FROM raw_watch_events) AS told,
        (SELECT count(*) FROM watch_events) AS stored, count(*) AS duplicate
    FROM raw_watch_events AS later JOIN twice_watched AS earlier USING (event_id, event_date)
    WHERE good AND later.line > earlier.line AND later.payload = earlier.payload
    UNION ALL
    SELECT 'search_events', (SELECT count(*) FROM raw_search_events),
        (SELECT count(*) FROM search_events), count(*)
    FROM raw_search_events AS later JOIN twice_searched AS earlier USING (search_id, event_date)
    WHERE good AND later.line > earlier.line AND later.payload = earlier.payload
    UNION ALL
    SELECT 'recommendation_events', (SELECT count(*) FROM raw_recommendation_events),
        (SELECT count(*) FROM recommendation_events), count(*)
    FROM raw_recommendation_events AS later
    JOIN twice_recommended AS earlier USING (recommendation_id, event_date)
    WHERE good AND later.line > earlier.line AND later.payload = earlier.payload
    UNION ALL
    SELECT 'reviews', (SELECT count(*) FROM raw_reviews), (SELECT count(*) FROM reviews), count(*)
    FROM raw_reviews AS later JOIN twice_reviewed AS earlier USING (review_id, event_date)
    WHERE good AND later.line > earlier.line AND later.payload = earlier.payload
    UNION ALL
    SELECT 'users', (SELECT count(*) FROM raw_users), count(*) FILTER (NOT again),
        count(*) FILTER (again)
    FROM described_users
    UNION ALL
    SELECT 'titles', (SELECT count(*) FROM raw_titles), count(*) FILTER (NOT again),
        count(*) FILTER (again)
    FROM described_titles
),
unreadable AS (
    SELECT parse_filename(file_path, true) AS "table", count(DISTINCT line) AS lines
    FROM reject_errors JOIN reject_scans USING (scan_id, file_id)
    GROUP BY ALL
),
apart AS (
    SELECT
        count(*) FILTER (kind = 'promo' AND user_id <> '~canary') AS promo,
        count(*) FILTER (user_id = '~canary') AS canary
    FROM watch_events
),
received AS (
    SELECT
        *,
        told + coalesce(lines, 0) AS received,
        CASE WHEN "table" = 'watch_events' THEN apart.promo ELSE 0 END AS promo_rows,
        CASE WHEN "table" = 'watch_events' THEN apart.canary ELSE 0 END AS canary_rows
    FROM counted LEFT JOIN unreadable USING ("table") CROSS JOIN apart
)
SELECT
    getvariable('received')::DATE AS event_date,
    'native-' || replace("table", '_', '-') AS source,
    "table",
    1 AS batches,
    received, stored, duplicate,
    received - stored - duplicate AS quarantined,
    0 AS erased,
    CASE WHEN "table" = 'watch_events' THEN stored - promo_rows - canary_rows ELSE 0 END AS in_plays,
    promo_rows AS promo,
    canary_rows AS canary,
    -- A field that cannot be read costs the row here; these files have none.
    0 AS field_left_out
FROM received;
