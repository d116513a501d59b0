-- What each user searched for.
CREATE TABLE search_term_daily AS
SELECT
    event_date, user_id, term, country, device,
    count(*) AS searches,
    count(clicked_position) AS clicked,
    count(*) FILTER (results_count = 0) AS without_results
FROM searches
GROUP BY ALL;
