import pytest

from api.delivery.negotiation import chosen

JSON, CSV = "application/json", "text/csv"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("text/csv", CSV),
        ("TEXT/CSV; charset=utf-8", CSV),
        ("text/*", CSV),
        ("application/json;q=0.5, text/csv", CSV),
        ("application/json, text/csv", JSON),
        ("text/csv;q=0, */*", JSON),
        ("application/json;q=0, */*;q=0.1", CSV),
        ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
        ("text/html", None),
        ("*/*;q=0", None),
        ("", None),
        (";;,q=1,text/csv;q=much", None),
        ("text/csv;q=7", None),
    ],
)
def test_the_best_liked_format_is_chosen(asked: str | None, expected: str | None) -> None:
    assert chosen(asked, [JSON, CSV]) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("br;q=0.5, gzip", "gzip"),
        ("gzip, br", "br"),
        ("*", "br"),
        ("*;q=0.1, br;q=0", "gzip"),
        ("identity", "identity"),
    ],
)
def test_encodings_are_chosen_the_same_way(asked: str, expected: str) -> None:
    assert chosen(asked, ["br", "gzip", "identity"]) == expected
