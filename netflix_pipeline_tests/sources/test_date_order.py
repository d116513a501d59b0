"""A file's dates are read in one order of day and month, which all of them decide."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.errors import BadInput
from netflix_pipeline.sources import Options, Order, open_file, parse_raw, source_file
from netflix_pipeline.sources.date_order import DateOrderDetector, Decided
from netflix_pipeline.sources.timestamps import parse_instants

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

HEADER = "user_id,title_id,event_time\n"


def decide(texts: Sequence[str | None], size: int = 1_000) -> Decided:
    """What a column of these texts decides, looked at in stretches."""
    seen = DateOrderDetector()
    for begin in range(0, len(texts), size):
        stretch = pl.Series(texts[begin : begin + size], dtype=pl.String)
        seen.look("event_time", stretch, np.arange(begin + 2, begin + 2 + len(stretch)))
    return seen.decide("views.csv")


@pytest.mark.parametrize(
    ("texts", "order", "why"),
    [
        # One date that is none otherwise.
        (["05/02/2023", "17/01/2023 15:16", "03/03/2023"], "dmy", "line 3: 17/01/2023"),
        (["05/02/2023", "1/17/2023", "03/03/2023"], "mdy", "line 3: 1/17/2023"),
        (["23-12-31", "05-02-23", "23-12-28", "05-03-30"], "ymd", "years"),
        (["23/1/7", "22/12/18"], "ymd", "line 2: 23/1/7"),
        # As browsers write them.
        (
            ["\u200e5\u200e/\u200e2\u200e/\u200e2023\u00a015:16", "17/1/2023\u202f15:16"],
            "dmy",
            "line 3",
        ),
        # Dots mean day, month, year.
        (["05.02.2023"], "dmy", "line 2: 05.02.2023"),
        (["05.02.23", "2023-01-17 15:16"], "dmy", "line 2: 05.02.23"),
        (["17. 1. 2023."], "dmy", "line 2"),
        (["01.17.2023 15:16"], "mdy", "line 2"),
        # Sorted in one reading only; what is no date, or the same in both, says nothing.
        (["12/12/2023", "11/12/2023", "12/10/2023"], "dmy", "sorted"),
        (["01/12/2023", "02/11/2023", "02/12/2023", "05/05/2023"], "mdy", "sorted"),
        (["11/11/2023", None, "soon", "99/99/2023", "10/12/2023", "11/12/2023"], "dmy", "sorted"),
        (["23. 10. 11.", "23. 10. 10.", "22. 12. 12."], "ymd", "years"),
        # The year comes last where it comes first only at the cost of many years.
        (["28/02/23", "17/01/23", "05/02/23", "03/03/23"], "dmy", "years"),
        (["17/01/23", "23/12/28", "05/02/23", "28/02/23", "03/03/23"], "dmy", "years"),
        # Nothing to decide.
        (["05/05/2023", "2023-01-17"], "dmy", ""),
        (["2023-01-17", "99/99/2023", None], "dmy", ""),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 1_000])
def test_all_dates_of_a_file_decide_their_order(
    texts: list[str | None], order: str, why: str, size: int
) -> None:
    found = decide(texts, size)
    assert (found.order, bool(found.why)) == (order, bool(why))
    assert why in found.why


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (
            ["05/05/2023", "05/02/2023", "03/07/2023", "01/04/2023", "06/06/2023"],
            r"line 3: 05/02/2023 is 5 February 2023 \(day, month, year\) or 2 May 2023 "
            r"\(month, day, year\)\. Tell the order \(--date-order dmy or mdy,",
        ),
        (["17/01/23"], r"17 January 2023 \(day, month, year\) or 23 January 2017 \(year, month"),
        (["23. 1. 17."], r"23 January 2017 \(day, month, year\) or 17 January 2023 \(year, month"),
    ],
)
def test_what_a_file_leaves_open_is_refused_with_both_readings(texts: list[str], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        decide(texts)


@pytest.mark.parametrize("texts", [["17/01/2023", "1/17/2023"], ["17.01.2023", "1/17/2023"]])
def test_dates_in_several_orders_are_refused_with_a_row_of_each(texts: list[str]) -> None:
    told = rf"line 2: {texts[0]} \(day, month, year\); line 3: 1/17/2023 \(month, day, year\)"
    with pytest.raises(BadInput, match=told):
        decide(texts)


FORMS = {Order.dmy: "{d}{s}{m}{s}{y}", Order.mdy: "{m}{s}{d}{s}{y}"}


@given(
    st.lists(st.dates(date(2000, 1, 1), date(2030, 1, 1)), min_size=1, max_size=30),
    st.sampled_from(list(FORMS)),
    st.sampled_from("/-"),
    st.integers(1, 40),
)
def test_a_file_is_read_as_it_was_written_or_refused(
    days: list[date], order: Order, sign: str, size: int
) -> None:
    texts = [FORMS[order].format(d=day.day, m=day.month, y=day.year, s=sign) for day in days]
    proven = any(day.day > 12 for day in days)
    try:
        found = decide(texts, size)
    except BadInput:
        assert not proven
        return
    if proven or "sorted" not in found.why:
        times, only_days = parse_instants(pl.Series(texts), found.order)
        assert times.dt.date().to_list() == days
        assert only_days.all()


@given(st.integers(0, 2**32), st.sampled_from(["dmy", "mdy", "ymd"]), st.booleans())
def test_a_history_of_years_sorted_by_date_is_read_whatever_its_order(
    seed: int, order: str, down: bool
) -> None:
    chance = random.Random(seed)
    begin = date(2019, 1, 1)
    days = sorted({begin + timedelta(days=chance.randrange(2_000)) for _ in range(40)})
    letters = {"d": "%d", "m": "%m", "y": "%y"}
    form = "/".join(letters[letter] for letter in order)
    found = decide([day.strftime(form) for day in (days[::-1] if down else days)])
    assert found.order == order


def test_a_date_late_in_a_large_file_decides_all_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_file, "BLOCK", 1 << 12)
    path = tmp_path / "views.csv"
    early = [f"u{at},t,2023-01-{at % 28 + 1:02d}" for at in range(500)]
    rows = [*early, *(f"v{at},t,05/02/2023 10:00" for at in range(500)), "w,t,28/02/2023"]
    path.write_text(HEADER + "\n".join(rows) + "\n")
    file = open_file(path, Options())
    chunks = [part() for part in file.parts(lambda _: None)]
    assert not chunks[0].undecided
    assert any(chunk.undecided for chunk in chunks)
    file = file.decided(lambda _: None)
    assert "line 1002: 28/02/2023" in file.dates
    read = pl.concat(part().frame for part in file.parts(lambda _: None))
    assert set(read["event_time"].dt.date()[500:1000]) == {date(2023, 2, 5)}
    assert not any(part().undecided for part in file.parts(lambda _: None))


@pytest.mark.parametrize("kind", ["csv", "ndjson", "parquet", "dictionary", "bytes"])
def test_every_kind_of_file_is_decided_and_its_rows_read_again_alike(
    tmp_path: Path, kind: str
) -> None:
    frame = pl.DataFrame(
        {"user_id": ["u", "u"], "title_id": ["a", "b"], "event_time": ["05/02/2023", "28/02/2023"]}
    )
    path = tmp_path / f"views.{kind if kind in ('csv', 'ndjson') else 'parquet'}"
    write: dict[str, Callable[[Path], object]] = {
        "csv": frame.write_csv,
        "ndjson": frame.write_ndjson,
        "parquet": frame.write_parquet,
        "bytes": frame.cast({"event_time": pl.Binary}).write_parquet,
        "dictionary": frame.cast({"event_time": pl.Categorical}).write_parquet,
    }
    write[kind](path)
    file = open_file(path, Options()).decided(lambda _: None)
    (part,) = file.parts(lambda _: None)
    days = [date(2023, 2, 5), date(2023, 2, 28)]
    chunk = part()
    assert chunk.frame["event_time"].dt.date().to_list() == days
    raws = file.raw(chunk.frame["line"].to_list())
    assert parse_raw(file.header, raws).frame["event_time"].dt.date().to_list() == days


def test_a_stretch_without_rows_decides_nothing() -> None:
    seen = DateOrderDetector()
    for texts in (["17/01/2023"], [], ["05/02/2023"]):
        seen.look("event_time", pl.Series(texts, dtype=pl.String), np.arange(2, 2 + len(texts)))
    assert seen.decide("views.csv").order == "dmy"


def test_the_days_of_users_are_decided_as_well(read: Any) -> None:
    text = "user_id,plan,signup_date\nu,basic,05/02/2023\nv,basic,28/02/2023\n"
    assert read(text).column("signup_date") == [date(2023, 2, 5), date(2023, 2, 28)]


def test_a_told_order_is_kept_even_where_the_dates_contradict_it(read: Any) -> None:
    text = HEADER + "u,t,05/02/2023\nu,t,28/02/2023\nu,t,05.02.2023\n"
    result = read(text, options=Options(date_order=Order.mdy))
    assert result.file.dates == ""
    days = [None if time is None else time.date() for time in result.frame["event_time"]]
    assert days == [date(2023, 5, 2), None, date(2023, 5, 2)]


def test_rows_of_a_file_that_an_earlier_release_read_are_read_as_then(read: Any) -> None:
    result = read(HEADER + "u,t,05/17/2023\n")
    header = result.file.header.replace(', "order": "mdy"', "")
    assert "order" not in header
    times = parse_raw(header, ["u,t,05/02/2023"]).frame["event_time"]
    assert times.dt.date().to_list() == [date(2023, 5, 2)]


@pytest.mark.parametrize(("text", "undecided"), [("31.12. 20 Uhr", False), ("3.12.2020", True)])
def test_what_is_no_time_in_any_order_does_not_ask_for_one(
    tmp_path: Path, text: str, undecided: bool
) -> None:
    path = tmp_path / "views.csv"
    path.write_text(f"{HEADER}u,t,2026-01-02T10:00:00Z\nu,t,{text}\nu,t,\n")
    (part,) = open_file(path, Options()).parts(lambda _: None)
    assert part().undecided is undecided
