from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from netflix_pipeline.errors import BadInput, UnrecognisedSource
from netflix_pipeline.sources import Mapping, Options, mapping, parse_raw

if TYPE_CHECKING:
    from pathlib import Path

THEIRS = "customer;asset;begin;minutes;percent;what;gadget\n"
LINE = "7;m1;17.01.2023 15:16;1,5;50;PLAY;My Roku\n".replace("1,5", "1.5")
TOML = """
name = "acme"
[columns]
user_id = "customer"
title_id = "asset"
event_time = { column = "begin", format = "%d.%m.%Y %H:%M" }
watch_seconds = { column = "minutes", unit = "min" }
progress = { column = "percent", unit = "percent" }
action = { column = "what", words = { PLAY = "started", END = "completed" } }
device = "gadget"
country = { value = "Germany" }
"""


def load(tmp_path: Path, text: str) -> Options:
    path = tmp_path / "mapping.toml"
    path.write_text(text)
    return Options(mapping=path)


def test_any_table_is_read_through_a_mapping(read: Any, tmp_path: Path) -> None:
    result = read(THEIRS + LINE, "theirs.csv", load(tmp_path, TOML))
    assert (result.file.source, result.file.table) == ("acme", "watch_events")
    row = result.frame.row(0, named=True)
    assert row["event_time"] == datetime(2023, 1, 17, 15, 16, tzinfo=UTC)
    assert (row["user_id"], row["title_id"]) == ("7", "m1")
    assert (row["watch_seconds"], row["progress"]) == (90.0, 0.5)
    assert (row["action"], row["device"], row["country"]) == ("started", "streaming_stick", "DE")
    assert (row["kind"], row["is_download"], row["problems"]) == ("main", False, None)


def test_the_example_in_the_documentation_works(tmp_path: Path, read: Any) -> None:
    assert mapping.__doc__ is not None
    example = "\n".join(
        line.removeprefix("    ")
        for line in mapping.__doc__.splitlines()
        if line.startswith("    ") or not line
    )
    assert "[columns]" in example
    result = read(THEIRS + LINE, "theirs.csv", load(tmp_path, example))
    assert result.column("problems") == [None]


@pytest.mark.parametrize(
    ("unit", "cell", "seconds"),
    [
        ("ms", "1500", 1.5),
        ("s", "90", 90.0),
        ("min", "1.5", 90.0),
        ("h", "0.5", 1800.0),
        ("clock", "1:00:01", 3601.0),
    ],
)
def test_units_of_time(read: Any, tmp_path: Path, unit: str, cell: str, seconds: float) -> None:
    text = TOML.replace('unit = "min"', f'unit = "{unit}"')
    result = read(THEIRS + LINE.replace("1.5", cell), "theirs.csv", load(tmp_path, text))
    assert result.column("watch_seconds") == [seconds]


@pytest.mark.parametrize(
    ("toml", "header", "line", "told"),
    [
        (
            'table = "users"\n[columns]\nuser_id = "id"\nsignup_date = { column = "since", '
            'format = "%d.%m.%Y" }\nage = "years"\n',
            "id,since,years",
            "7,31.01.2024,43.0",
            {"user_id": "7", "signup_date": date(2024, 1, 31), "age": 43},
        ),
        (
            'table = "titles"\n[columns]\ntitle_id = "id"\ntitle = "name"\n'
            'runtime_minutes = { column = "secs", unit = "s" }\n',
            "id,name,secs",
            "7,A Film,5400",
            {"title": "A Film", "runtime_minutes": 90.0},
        ),
        (
            'table = "search_events"\n[columns]\nuser_id = "who"\nquery = "q"\n'
            'event_time = { column = "at", format = "unix_ms" }\n',
            "who,q,at",
            "7,dragons,1673968578000",
            {"query": "dragons", "event_time": datetime(2023, 1, 17, 15, 16, 18, tzinfo=UTC)},
        ),
        (
            'table = "reviews"\n[columns]\nuser_id = "who"\ntitle_id = "what"\nrating = "stars"\n'
            'event_time = "at"\n',
            "who,what,stars,at",
            "7,m1,4,2023-01-17",
            {"rating": 4.0, "time_precision": "day"},
        ),
        (
            'table = "recommendation_events"\n[columns]\nuser_id = "who"\ntitle_id = "what"\n'
            'event_time = "at"\n'
            'clicked = { column = "hit", words = { X = "true", O = "false" } }\n',
            "who,what,at,hit",
            "7,m1,2023-01-17,X",
            {"clicked": True},
        ),
    ],
)
def test_every_bronze_table_can_be_mapped(
    read: Any, tmp_path: Path, toml: str, header: str, line: str, told: dict[str, object]
) -> None:
    row = read(f"{header}\n{line}\n", "x.csv", load(tmp_path, toml)).frame.row(0, named=True)
    assert {name: row[name] for name in told} == told
    assert row["problems"] is None


def test_a_title_by_name_gets_an_id_made_of_it(read: Any, tmp_path: Path) -> None:
    text = TOML.replace("title_id", "title")
    result = read(THEIRS + LINE, "theirs.csv", load(tmp_path, text))
    assert result.titles.select("title_id", "title").rows() == [
        (result.column("title_id")[0], "m1")
    ]
    both = TOML.replace('title_id = "asset"', 'title_id = "asset"\ntitle = "what"')
    result = read(THEIRS + LINE, "theirs.csv", load(tmp_path, both))
    assert result.titles.select("title_id", "title").rows() == [("m1", "PLAY")]


def test_raw_rows_are_read_again_by_the_mapping_kept_or_a_changed_one(
    read: Any, tmp_path: Path
) -> None:
    result = read(THEIRS + LINE.replace("PLAY", "SPIN"), "theirs.csv", load(tmp_path, TOML))
    assert result.column("problems") == [["unknown_action"]]
    raws = result.file.raw([2])
    assert parse_raw(result.file.header, raws).frame["action"].to_list() == [None]
    mended = load(tmp_path, TOML.replace("END =", "SPIN =")).mapping
    assert parse_raw(result.file.header, raws, mapping=mended).frame["action"].to_list() == [
        "completed"
    ]


def test_a_file_that_lacks_a_mapped_column_is_not_taken(read: Any, tmp_path: Path) -> None:
    with pytest.raises(UnrecognisedSource, match=r"acme needs the columns gadget, but the file"):
        read("customer;asset;begin;minutes;percent;what\n", "x.csv", load(tmp_path, TOML))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (("[columns]", "[colums]"), "unknown key 'colums'; allowed are name, table, columns"),
        (('user_id = "customer"', ""), "must also map user_id"),
        (("user_id =", "usr_id ="), "unknown key 'usr_id'; allowed are event_id, user_id"),
        (('name = "acme"', 'table = "plays"'), "table is 'plays'; allowed are watch_events"),
        (('unit = "min"', 'unit = "days"'), "columns.watch_seconds: unit is 'days'; allowed are"),
        (('device = "gadget"', "device = 7"), "columns.device: must be the name"),
        (
            ('value = "Germany"', "value = 7.5"),
            "columns.country: value 7.5 cannot be read as country",
        ),
        (('"gadget"', '{ column = "gadget", unit = "s" }'), "unit is 's'; allowed are none"),
        (('"gadget"', '{ column = "gadget", format = "%d" }'), "format is only for times"),
        (('"gadget"', '{ colum = "gadget" }'), "unknown key 'colum'; allowed are column, unit"),
        (('"gadget"', "{ unit = 's' }"), "columns.device"),
        (("PLAY =", "PLAY = 3, X ="), "words must be a table of texts"),
        (("[columns]", "[columns"), "this is not TOML"),
        (('"asset"', '"asset"\ntime_precision = { value = "day" }'), "value is not for times"),
    ],
)
def test_a_mistake_in_a_mapping_names_the_key_and_what_is_allowed(
    tmp_path: Path, change: tuple[str, str], error: str
) -> None:
    text = TOML.replace(*change)
    assert text != TOML
    with pytest.raises(BadInput, match=re.escape(error)):
        Mapping.parse(text, "mapping.toml")


def test_a_mapping_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="the mapping cannot be read"):
        Mapping.load(tmp_path / "nowhere.toml")
