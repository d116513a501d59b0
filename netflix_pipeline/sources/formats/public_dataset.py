"""The public six-table data set of a streaming service's user behaviour (CSV, NDJSON stream).

`session_id` is the key of a watch event and `movie_id` the title. Its watch_history.csv has only
dates (day precision); its stream also has `timestamp`. Names and e-mail addresses are left out.
"""

from netflix_pipeline.sources.adapter import Adapter
from netflix_pipeline.sources.column_mapping import From
from netflix_pipeline.sources.formats.native import DEFAULTS

ADAPTERS = (
    Adapter(
        "public-watch-history",
        "watch_events",
        ("session_id", "user_id", "movie_id", ("watch_date", "timestamp")),
        {
            **DEFAULTS,
            "event_id": From(("session_id",)),
            "user_id": From(("user_id",)),
            "title_id": From(("movie_id",)),
            "event_time": From(("timestamp", "watch_date")),
            "action": From(("action",), absent="stopped"),
            "watch_seconds": From(("watch_duration_minutes",), unit="min"),
            "progress": From(("progress_percentage",), unit="percent"),
            "device": From(("device_type",)),
            "quality": From(("quality",)),
            "country": From(("location_country",)),
            "is_download": From(("is_download",), absent=False, empty=False),
            "rating": From(("user_rating",)),
        },
    ),
    Adapter(
        "public-search-logs",
        "search_events",
        ("search_id", "user_id", "search_query", "search_date"),
        {
            "search_id": From(("search_id",)),
            "user_id": From(("user_id",)),
            "event_time": From(("timestamp", "search_date")),
            "query": From(("search_query",)),
            "results_count": From(("results_returned",)),
            "clicked_position": From(("clicked_result_position",)),
            "device": From(("device_type",)),
            "country": From(("location_country",)),
        },
    ),
    Adapter(
        "public-recommendation-logs",
        "recommendation_events",
        ("recommendation_id", "user_id", "movie_id", "recommendation_date", "was_clicked"),
        {
            "recommendation_id": From(("recommendation_id",)),
            "user_id": From(("user_id",)),
            "title_id": From(("movie_id",)),
            "event_time": From(("timestamp", "recommendation_date")),
            "clicked": From(("was_clicked",)),
            "position": From(("position_in_list", "recommendation_position", "position", "rank")),
            "score": From(("recommendation_score", "confidence_score", "score")),
            "algorithm": From(
                (
                    "algorithm",
                    "algorithm_version",
                    "recommendation_algorithm",
                    "recommendation_type",
                )
            ),
            "device": From(("device_type", "device")),
        },
    ),
    Adapter(
        "public-reviews",
        "reviews",
        ("review_id", "user_id", "movie_id", "rating", "review_date"),
        {
            "review_id": From(("review_id",)),
            "user_id": From(("user_id",)),
            "title_id": From(("movie_id",)),
            "event_time": From(("timestamp", "review_date")),
            "rating": From(("rating",)),
            "text": From(("review_text",)),
            "sentiment": From(("sentiment",)),
        },
    ),
    Adapter(
        "public-users",
        "users",
        ("user_id", "country", "subscription_plan", "subscription_start_date"),
        {
            "user_id": From(("user_id",)),
            "country": From(("country",)),
            "plan": From(("subscription_plan",)),
            "signup_date": From(("subscription_start_date",)),
            "age": From(("age",)),
            "gender": From(("gender",)),
            "primary_device": From(("primary_device",)),
            "is_active": From(("is_active",)),
            "monthly_spend": From(("monthly_spend",)),
        },
    ),
    Adapter(
        "public-movies",
        "titles",
        ("movie_id", "title", "content_type"),
        {
            "title_id": From(("movie_id",)),
            "title": From(("title",)),
            "content_type": From(("content_type",)),
            "genre": From(("genre_primary",)),
            "genre_2": From(("genre_secondary",)),
            "runtime_minutes": From(("duration_minutes",)),
            "seasons": From(("number_of_seasons",)),
            "episodes": From(("number_of_episodes",)),
            "release_year": From(("release_year",)),
            "language": From(("language",)),
            "origin_country": From(("country_of_origin",)),
            "is_original": From(("is_netflix_original",)),
            "maturity_rating": From(("rating",)),
            "added_on": From(("added_to_platform",)),
        },
    ),
)
