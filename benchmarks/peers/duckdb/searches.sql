-- Searches with the dimensions by which they are counted, and the term as which a query is: without
-- regard to case, in NFC, blanks and what cannot be seen as one blank, at most 100 characters.
CREATE TABLE searches AS
SELECT
    event_date, user_id,
    coalesce(search_events.country, users.country, 'unknown') AS country,
    coalesce(device, 'unknown') AS device,
    coalesce(
        rtrim(trim(regexp_replace(lower(nfc_normalize(query)), '[\pC\pZ]+', ' ', 'g'))[:100]), ''
    ) AS term,
    results_count, clicked_position
FROM search_events
LEFT JOIN users USING (user_id)
WHERE user_id <> '~canary';
