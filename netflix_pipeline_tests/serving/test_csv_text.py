import csv
import io
from datetime import UTC, date, datetime

import pytest

from netflix_pipeline.serving.question import csv_text


def read(text: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.decode(), newline="")))


def test_values_are_written_exactly_and_nothing_is_an_empty_cell() -> None:
    row = (1, 0.1, None, True, date(2026, 3, 2), datetime(2026, 3, 2, 4, tzinfo=UTC), ["a", "b"])
    assert read(csv_text("abcdefg", [row])) == [
        list("abcdefg"),
        ["1", "0.1", "", "true", "2026-03-02", "2026-03-02T04:00:00Z", "a; b"],
    ]


def test_a_whole_number_has_no_point_and_is_the_same_number() -> None:
    numbers = (3.0, 0.0, -2.0, 1e15, 1e22, 0.5, 1e-7, float("inf"))
    told = read(csv_text("abcdefgh", [numbers]))[1]
    assert told[:4] == ["3", "0", "-2", "1000000000000000"]
    assert tuple(map(float, told)) == numbers


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_text_is_a_formula_and_negative_numbers_stay_numbers(begin: str) -> None:
    assert read(csv_text(["a", "b"], [(f"{begin}cmd()", -1)]))[1] == [f"'{begin}cmd()", "-1"]


def test_quotes_commas_and_line_breaks_stay_in_their_cell() -> None:
    assert read(csv_text(["a"], [('say "hi",\nthere',)]))[1] == ['say "hi",\nthere']
