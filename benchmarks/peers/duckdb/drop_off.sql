-- Starters of a title by the last twentieth of it that they reached.
CREATE TABLE drop_off AS
SELECT
    event_date, title_id,
    least(greatest(floor(reached * (20 / (1 - 1e-6))), 0), 20)::INTEGER AS step,
    count(*) AS starters
FROM plays
WHERE starter AND reached IS NOT NULL
GROUP BY ALL;
