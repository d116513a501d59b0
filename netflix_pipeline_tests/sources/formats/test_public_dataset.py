from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from netflix_pipeline.sources import Options, find_files, open_file

if TYPE_CHECKING:
    from pathlib import Path

WATCH = (
    "session_id,user_id,movie_id,watch_date,device_type,watch_duration_minutes,"
    "progress_percentage,action,quality,location_country,is_download,user_rating\n"
    "session_1,user_1,movie_1,2025-12-01,Smart TV,89.7,45.9,completed,4K,USA,False,\n"
)
STREAM = (
    '{"session_id": "session_2", "user_id": "user_1", "movie_id": "movie_1", "watch_date": '
    '"2025-12-01", "device_type": "Gaming Console", "watch_duration_minutes": NaN, '
    '"progress_percentage": 21.0, "action": "stopped", "quality": "HD", "location_country": '
    '"Canada", "is_download": true, "user_rating": NaN, "timestamp": "2025-12-01 02:02:01"}\n'
)
USERS = (
    "user_id,email,first_name,last_name,age,gender,country,state_province,city,subscription_plan,"
    "subscription_start_date,is_active,monthly_spend,primary_device,household_size,created_at\n"
    "user_1,a@example.org,A,B,43.0,Male,USA,Ohio,Town,Premium+,2024-04-08,True,36.06,Laptop,1.0,"
    "2023-04-01 14:40:50.540242\n"
)
MOVIES = (
    "movie_id,title,content_type,genre_primary,genre_secondary,release_year,duration_minutes,"
    "rating,language,country_of_origin,imdb_rating,production_budget,box_office_revenue,"
    "number_of_seasons,number_of_episodes,is_netflix_original,added_to_platform,content_warning\n"
    "movie_1,Storm,Stand-up Comedy,Sci-Fi,,2017,37.0,PG,Japanese,USA,3.3,,,,12.0,False,2022-01-28,"
    "True\n"
)
SEARCHES = (
    "search_id,user_id,search_query,search_date,results_returned,clicked_result_position,"
    "device_type,search_duration_seconds,had_typo,used_filters,location_country\n"
    "search_1,user_1,classic movies,2024-03-22,20,2.0,Tablet,12.4,False,False,Canada\n"
)
REVIEWS = (
    "review_id,user_id,movie_id,rating,review_date,device_type,is_verified_watch,helpful_votes,"
    "total_votes,review_text,sentiment,sentiment_score\n"
    'review_1,user_1,movie_1,4,2025-03-29,Mobile,False,3.0,5.0,"Fine, really",positive,0.711\n'
)
RECOMMENDATIONS = (
    "recommendation_id,user_id,movie_id,recommendation_date,recommendation_type,was_clicked,"
    "position_in_list,recommendation_score,device_type\n"
    "rec_1,user_1,movie_1,2025-03-29,trending,True,3,0.71,Mobile\n"
)
DAY = datetime(2025, 12, 1, tzinfo=UTC)
FILES: list[tuple[str, str, str, dict[str, object]]] = [
    (
        "watch_history.csv",
        WATCH,
        "watch_events",
        {
            "event_id": "session_1",
            "title_id": "movie_1",
            "event_time": DAY,
            "time_precision": "day",
            "action": "completed",
            "watch_seconds": 89.7 * 60,
            "progress": 45.9 / 100,
            "playback_id": None,
            "kind": "main",
            "device": "smart_tv",
            "quality": "UHD",
            "country": "US",
            "is_download": False,
            "rating": None,
        },
    ),
    (
        "stream/part-0.json",
        STREAM,
        "watch_events",
        {
            "event_id": "session_2",
            "event_time": DAY.replace(hour=2, minute=2, second=1),
            "time_precision": "second",
            "watch_seconds": None,
            "progress": 0.21,
            "device": "console",
            "country": "CA",
            "is_download": True,
        },
    ),
    (
        "users.csv",
        USERS,
        "users",
        {
            "user_id": "user_1",
            "country": "US",
            "plan": "Premium+",
            "signup_date": date(2024, 4, 8),
            "age": 43,
            "gender": "Male",
            "primary_device": "laptop",
            "is_active": True,
            "monthly_spend": 36.06,
        },
    ),
    (
        "movies.csv",
        MOVIES,
        "titles",
        {
            "title_id": "movie_1",
            "title": "Storm",
            "content_type": "stand_up",
            "genre": "Sci-Fi",
            "genre_2": None,
            "runtime_minutes": 37.0,
            "seasons": None,
            "episodes": 12,
            "release_year": 2017,
            "origin_country": "USA",
            "is_original": False,
            "maturity_rating": "PG",
            "added_on": date(2022, 1, 28),
        },
    ),
    (
        "search_logs.csv",
        SEARCHES,
        "search_events",
        {"query": "classic movies", "results_count": 20, "clicked_position": 2, "country": "CA"},
    ),
    (
        "reviews.csv",
        REVIEWS,
        "reviews",
        {"title_id": "movie_1", "rating": 4.0, "text": "Fine, really", "time_precision": "day"},
    ),
    (
        "recommendation_logs.csv",
        RECOMMENDATIONS,
        "recommendation_events",
        {
            "clicked": True,
            "position": 3,
            "score": 0.71,
            "algorithm": "trending",
            "device": "mobile",
        },
    ),
]


@pytest.mark.parametrize(("name", "text", "table", "told"), FILES, ids=[f[0] for f in FILES])
def test_each_file_is_read_into_its_table(
    read: Any, name: str, text: str, table: str, told: dict[str, object]
) -> None:
    result = read(text, name)
    assert (result.file.source[:7], result.file.table) == ("public-", table)
    row = result.frame.row(0, named=True)
    assert {column: row[column] for column in told} == told
    assert row["problems"] is None
    assert result.titles is None


def test_a_folder_of_the_data_set_is_one_path(tmp_path: Path) -> None:
    for name, text, *_ in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    tables = sorted(open_file(path, Options()).table for path in find_files(tmp_path))
    assert tables == sorted(table for _, _, table, _ in FILES)


def test_names_and_mail_addresses_are_left_behind(read: Any) -> None:
    assert "example.org" not in str(read(USERS).frame.rows())


def test_a_row_without_timestamp_falls_back_on_its_date(read: Any) -> None:
    line = STREAM.replace('"2025-12-01 02:02:01"', "null")
    result = read(line + STREAM, "part.json")
    assert result.column("time_precision") == ["day", "second"]
    assert result.column("event_time")[0] == DAY
