-- How each user watches, as of the last day with data.
CREATE TABLE user_profile AS
WITH data_to AS (SELECT max(event_date) AS last_day FROM user_daily),
sums AS (
    SELECT
        user_id,
        min(event_date) AS first_day,
        max(event_date) AS last_day,
        count(DISTINCT event_date) AS active_days,
        sum(plays)::BIGINT AS plays,
        sum(starters)::BIGINT AS starters,
        sum(watchers)::BIGINT AS watchers,
        sum(completers)::BIGINT AS completers,
        sum(watch_seconds) AS watch_seconds,
        sum(plays_without_duration)::BIGINT AS plays_without_duration,
        sum(starters_without_reach)::BIGINT AS starters_without_reach
    FROM user_daily
    GROUP BY user_id
),
lately AS (
    SELECT
        user_id,
        count(DISTINCT event_date) AS active_days_28,
        sum(watch_seconds) / 3600 AS hours_28,
        sum(starters) AS starters_28,
        sum(completers) AS completers_28,
        sum(starters_without_reach)::BIGINT AS starters_without_reach_28
    FROM user_daily, data_to
    WHERE event_date > last_day - 28
    GROUP BY user_id
),
favoured AS (
    SELECT user_id, list(genre ORDER BY spent DESC, genre)[:5] AS favourite_genres
    FROM (
        SELECT user_id, genre, sum(watch_seconds) AS spent
        FROM user_daily, data_to
        WHERE event_date > last_day - 90 AND genre <> 'unknown'
        GROUP BY user_id, genre
        HAVING spent > 0
    )
    GROUP BY user_id
),
rated AS (
    SELECT
        sums.*,
        coalesce(active_days_28, 0) AS active_days_28,
        coalesce(hours_28, 0) AS hours_28,
        coalesce(starters_without_reach_28, 0) AS starters_without_reach_28,
        CASE
            WHEN starters_28 > starters_without_reach_28
            THEN completers_28 / (starters_28 - starters_without_reach_28)
        END AS completion_rate_28,
        coalesce(favourite_genres, []) AS favourite_genres
    FROM sums
    LEFT JOIN lately USING (user_id)
    LEFT JOIN favoured USING (user_id)
),
scored AS (
    SELECT
        *,
        40 * least(1, hours_28 / 20) + 30 * least(1, active_days_28 / 20)
            + 30 * coalesce(completion_rate_28, 0) AS engagement_score
    FROM rated
)
SELECT
    *,
    CASE
        WHEN engagement_score >= 70 THEN 'core'
        WHEN engagement_score >= 40 THEN 'regular'
        WHEN engagement_score >= 10 THEN 'casual'
        ELSE 'at_risk'
    END AS segment
FROM scored;
