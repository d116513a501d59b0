-- One user's continuous viewing of one title, by the day on which it started.
CREATE TABLE plays ENGINE = Memory AS
WITH
merged AS (
    SELECT
        user_id, title_id, playback_id, time_precision,
        argMin(event_id, place) AS play_id,
        min(opens) AS first_opens,
        max(ends) AS last_ends,
        toInt32(count()) AS events,
        sum(watch_seconds) AS seconds,
        max(progress) AS furthest,
        max(completed) AS was_completed,
        argMin(quality, place) AS first_quality,
        argMin(country, place) AS first_country,
        argMin(device, place) AS first_device
    FROM chains
    GROUP BY user_id, title_id, playback_id, time_precision, chain
),
described AS (
    SELECT
        merged.user_id AS user_id, merged.title_id AS title_id,
        merged.* EXCEPT (user_id, title_id),
        coalesce(first_country, users.country, 'unknown') AS told_country,
        coalesce(users.plan, 'unknown') AS told_plan,
        coalesce(titles.content_type, 'unknown') AS told_type,
        coalesce(titles.genre, 'unknown') AS told_genre,
        titles.runtime_minutes * 60 AS runtime,
        if(was_completed, 1.0, coalesce(furthest, seconds / runtime)) AS share
    FROM merged
    LEFT JOIN users ON users.user_id = merged.user_id
    LEFT JOIN titles ON titles.title_id = merged.title_id
)
SELECT
    play_id, assumeNotNull(user_id) AS user_id, assumeNotNull(title_id) AS title_id, playback_id,
    fromUnixTimestamp64Micro(first_opens, 'UTC') AS started_at,
    fromUnixTimestamp64Micro(last_ends, 'UTC') AS ended_at,
    time_precision, events,
    seconds AS watch_seconds,
    furthest AS progress,
    share AS reached,
    ifNull(coalesce(seconds, share * runtime) >= 120 * (1 - 1e-6), 0)::Bool AS starter,
    (starter AND ifNull(share >= 0.7 * (1 - 1e-6), 0))::Bool AS watcher,
    (starter AND ifNull(share >= 0.9 * (1 - 1e-6), 0))::Bool AS completer,
    first_quality AS quality,
    told_country AS country,
    ifNull(first_device, 'unknown') AS device,
    told_plan AS plan,
    told_type AS content_type,
    told_genre AS genre,
    toDate(started_at) AS event_date
FROM described;
