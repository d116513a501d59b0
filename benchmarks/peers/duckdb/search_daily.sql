-- Searches and their success.
CREATE TABLE search_daily AS
SELECT
    event_date, country, device,
    count(*) AS searches,
    count(clicked_position) AS clicked,
    count(*) FILTER (results_count = 0) AS without_results
FROM searches
GROUP BY ALL;
