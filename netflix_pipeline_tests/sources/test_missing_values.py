"""Blank texts and null words are missing, ids are trimmed: in files of every kind alike."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.ids import BLANKS, digits
from netflix_pipeline.sources import Options, Order, parse_raw
from netflix_pipeline.sources.formats import http_events
from netflix_pipeline.sources.missing_values import (
    NO_ID,
    NO_TEXT,
    PLAIN_ID,
    PLAIN_TEXT,
    plain_id,
    plain_text,
    tells_nothing,
    without_missing,
)

WORDS = st.sampled_from([*NO_TEXT, "", "u1", "undefıned", "nullable", "a b", "İ"])
TEXTS = st.tuples(st.text(BLANKS), WORDS | st.text(), st.text(BLANKS)).map("".join)


def value(expression: pl.Expr) -> str | None:
    (found,) = values([expression])
    return found


def values(expressions: Sequence[pl.Expr]) -> list[str | None]:
    """The value of each, which knows of no other."""
    rows = pl.select(each.alias(str(n)) for n, each in enumerate(expressions)).rows()
    return [told for row in rows for told in row]


@given(TEXTS)
def test_what_is_plain_is_told_alike_for_columns_and_for_single_texts(text: str) -> None:
    each = pl.lit(text)
    (told,) = pl.select(id=plain_id(each), text=plain_text(each)).rows(named=True)
    assert (told["id"] == text) is bool(re.search(PLAIN_ID, text))
    assert (told["text"] == text) is bool(re.search(PLAIN_TEXT, text))
    assert tells_nothing(text) is (told["text"] is None)


@given(TEXTS)
def test_a_plain_id_stays_as_it_is(text: str) -> None:
    told = value(plain_id(pl.lit(text)))
    assert told == (None if told is None else value(plain_id(pl.lit(told))))
    assert told in (None, text.strip(BLANKS))
    assert (told is None) is (text.strip(BLANKS).casefold() in ("", *map(str.casefold, NO_ID)))


@pytest.mark.parametrize("ending", ["csv", "ndjson", "parquet"])
@pytest.mark.parametrize(
    ("text", "as_id", "as_text"),
    [
        (" x ", "x", " x "),
        ("\u00a0x\u200b", "x", "\u00a0x\u200b"),
        ("   ", None, None),
        ("NULL", None, None),
        ("None", None, None),
        ("nan", None, None),
        ("undefined", None, None),
        (r"\N", None, None),
        ("[object Object]", None, None),
        ("<NA>", None, None),
        ("#N/A", None, None),
        ("(null)", None, None),
        ("[NULL]", None, None),
        ("(x)", "(x)", "(x)"),
        ("NA", "NA", None),
        ("n/a", "n/a", None),
        ("Empty", "Empty", None),
        ("nullable", "nullable", "nullable"),
    ],
)
def test_the_rule_is_the_same_in_every_kind_of_file(
    read: Any, tmp_path: Path, ending: str, text: str, as_id: str | None, as_text: str | None
) -> None:
    row = {
        "user_id": text,
        "event_time": "2026-01-02T10:00:00Z",
        "query": text,
        "device": text if as_text is None else "Roku",
        "results_count": text if as_text is None else "3",
    }
    frame = pl.DataFrame([row])
    if ending == "parquet":
        frame.write_parquet(tmp_path / "made")
        content = (tmp_path / "made").read_bytes()
    elif ending == "csv":
        content = frame.write_csv().encode()
    else:
        content = json.dumps(row).encode()
    result = read(content, f"file.{ending}")
    assert result.column("problems") == [None]
    assert result.column("user_id") == [as_id]
    assert result.column("query") == [as_text]
    assert result.column("results_count") == [None if as_text is None else 3]
    assert (result.column("device") == [None]) is (as_text is None)


@pytest.mark.parametrize(
    ("number", "person"),
    [
        *((number, "77") for number in ("77", "77.0", "7.7e1", "7700E-2")),
        ("-0.0", "0"),
        ("77.5", "77.5"),
        ("1E-7", "0.0000001"),
        ("1e22", "1" + "0" * 22),
        ("9007199254740993", "9007199254740993"),
    ],
)
def test_a_number_is_one_person_in_every_kind_of_file_and_event(
    read: Any, tmp_path: Path, number: str, person: str
) -> None:
    line = '{{"type":"review","event_id":"e","user_id":{},"title_id":"t","rating":4,{}}}'
    time = '"event_time":"2026-01-02T10:00:00Z"'
    text = line.format(number, time)
    assert read(text, "a.json").column("user_id") == [person]
    neighbour = line.format("[1]", time)  # each line is then read by itself
    assert read(f"{text}\n{neighbour}", "a.json").column("user_id") == [person, None]
    assert http_events.read("reviews", [text.encode()], [0]).frame["user_id"].to_list() == [person]
    written = line.format(f'"{number}"', time)
    assert read(written, "a.json").column("user_id") == [number]
    for kind in (pl.Int64, pl.Float64) if number.isdigit() else (pl.Float64,):
        value = int(number) if kind == pl.Int64 else float(number)
        frame = pl.DataFrame(
            {"user_id": [value], "title_id": ["t"]}, schema_overrides={"user_id": kind}
        )
        frame.with_columns(event_time=pl.lit("2026-01-02T10:00:00Z")).write_parquet(tmp_path / "a")
        told = read((tmp_path / "a").read_bytes(), "a.parquet").column("user_id")
        assert told == [person if kind == pl.Int64 else digits(float(number))]


def test_rows_that_were_stored_are_read_anew() -> None:
    stored = pl.DataFrame(
        {
            "user_id": ["u1 ", "", "null"],
            "title_id": ["t", "t", "NA"],
            "country": ["NA", None, "DE"],
        }
    )
    told = without_missing("watch_events", stored)
    assert told.rows() == [("u1", "t", "NA"), (None, "t", None), (None, "NA", "DE")]


@given(st.lists(st.none() | TEXTS | st.sampled_from(["u0000001", "f00001", "ünal", "né"])))
def test_columns_are_read_as_each_of_their_texts_is(texts: list[str | None]) -> None:
    column = pl.Series("user_id", texts, pl.String)
    frame = pl.DataFrame([column, column.alias("query")])
    one_by_one = pl.DataFrame(
        [
            pl.Series(name, values([plain(pl.lit(each, pl.String)) for each in texts]), pl.String)
            for name, plain in (("user_id", plain_id), ("query", plain_text))
        ]
    )
    assert without_missing("search_events", frame).equals(one_by_one)
    # Also as a part of a longer column, in several pieces.
    part = pl.concat([frame, frame])[len(texts) :]
    assert without_missing("search_events", part).equals(one_by_one)


ROW = "u1,t1,2026-01-02,{country},{playback}\n"
HEADER = "user_id,title_id,event_time,country,playback_id\n"


@pytest.mark.parametrize(
    ("rows", "countries"),
    [
        ([("NA", "p"), ("DE", "p")], ["NA", "DE"]),
        ([("NA", ""), ("", "p")], ["NA", None]),
        ([("NA", "p"), ("DE", "NA")], [None, "DE"]),
        ([("NA", "p"), ("NULL", "p")], [None, None]),
        ([("na", "p"), (r"\N", "p")], [None, None]),
        ([("Namibia", "p"), ("DE", "NA")], ["NA", "DE"]),
    ],
)
@pytest.mark.parametrize("order", [None, Order.dmy])
def test_na_is_namibia_unless_the_file_writes_it_for_nothing(
    read: Any, rows: list[tuple[str, str]], countries: list[str | None], order: Order | None
) -> None:
    text = HEADER + "".join(ROW.format(country=one, playback=other) for one, other in rows)
    result = read(text, options=Options(date_order=order))
    assert result.column("country") == countries
    assert result.column("problems") == result.column("left_out") == [None, None]
    raws = result.file.raw([2, 3])
    assert parse_raw(result.file.header, raws).frame["country"].to_list() == countries


@pytest.mark.parametrize(
    ("more", "country"),
    [({}, "NA"), *(({name: "NA"}, None) for name in ("playback_id", "device", "user_id"))],
)
def test_an_event_tells_by_itself_whether_na_is_namibia(
    more: dict[str, str], country: str | None
) -> None:
    told = {
        "type": "watch",
        "event_id": "e1",
        "user_id": "u1",
        "title_id": "t1",
        "event_time": "2026-01-02T10:00:00Z",
        "country": "NA",
    }
    other = json.dumps(told | {"event_id": "e2", "playback_id": "NA", "country": "DE"}).encode()
    chunk = http_events.read("watch_events", [json.dumps(told | more).encode(), other], [0, 1])
    assert chunk.frame["country"].to_list() == [country, "DE"]
    assert not chunk.undecided
