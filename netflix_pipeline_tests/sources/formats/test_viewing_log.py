from datetime import UTC, datetime
from typing import Any

import pytest

HEADERS = [
    "user_id,show_name,watch_duration_minutes,watch_date",
    "User ID,Show Name,Watch Duration (min),Watch Date",
]


@pytest.mark.parametrize("header", HEADERS)
def test_a_minimal_log_is_read_by_date_and_minutes(read: Any, header: str) -> None:
    result = read(f"{header}\n7,Some Show,42.5,2024-05-01\n")
    row = result.frame.row(0, named=True)
    assert (row["user_id"], row["watch_seconds"]) == ("7", 2550.0)
    assert row["event_time"] == datetime(2024, 5, 1, tzinfo=UTC)
    assert (row["time_precision"], row["action"], row["event_id"]) == ("day", "stopped", None)
    assert result.titles.select("title_id", "title").rows() == [(row["title_id"], "Some Show")]


def test_both_headers_give_a_show_the_same_id(read: Any) -> None:
    one, other = (read(f"{header}\n7,Dark,1,2024-05-01\n") for header in HEADERS)
    assert one.column("title_id") == other.column("title_id")


def test_a_date_with_a_time_is_of_second_precision(read: Any) -> None:
    result = read(f"{HEADERS[0]}\n7,Dark,1,2024-05-01 20:15\n")
    assert result.column("time_precision") == ["second"]
    assert result.column("event_time") == [datetime(2024, 5, 1, 20, 15, tzinfo=UTC)]


def test_a_row_without_a_show_has_no_title(read: Any) -> None:
    result = read(f"{HEADERS[0]}\n7,,1,2024-05-01\n7,Dark,1,2024-05-01\n")
    assert result.column("title_id")[0] is None
    assert result.titles.height == 1


def test_ids_of_long_and_foreign_names_fit_and_differ(read: Any) -> None:
    shows = ["A" * 200, "A" * 201, "오징어 게임", "イカゲーム", "Élite", "Elite"]
    rows = "".join(f"7,{show},1,2024-05-01\n" for show in shows)
    ids = read(f"{HEADERS[0]}\n{rows}").column("title_id")
    assert len(set(ids)) == len(shows)
    assert all(1 <= len(told) <= 64 for told in ids)
