from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from netflix_pipeline.errors import BadInput, UnrecognisedSource
from netflix_pipeline.sources import Mapping, Options, parse_raw
from netflix_pipeline.sources.sidecar import options_beside

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
        (("[columns]", "[colums]"), "unknown key 'colums'; allowed are name, table, order, zone"),
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
        (
            ('"gadget"', '{ colum = "gadget" }'),
            "unknown key 'colum'; allowed are column, columns, unit",
        ),
        (('"gadget"', "{ unit = 's' }"), "columns.device"),
        (("PLAY =", "PLAY = 3, X ="), "words must be a table of texts"),
        (("[columns]", "[columns"), "this is not TOML"),
        (('"asset"', '"asset"\ntime_precision = { value = "day" }'), "value is not for times"),
        (('"%d.%m.%Y %H:%M"', '"%H:%M"'), "format is '%H:%M': it does not tell year, month and"),
        (('"%d.%m.%Y %H:%M"', '"%d.%m.%Y %Q"'), "strftime does not know it"),
        (('"%d.%m.%Y %H:%M"', '"%d.%m.%Y %I:%M"'), "strftime does not know it"),
        (('"%d.%m.%Y %H:%M"', '"unix"'), "or unix_s, unix_ms, unix_us, serial"),
        (('%M" }', '%M", order = "dmy" }'), "format tells the order of day and month already"),
        (('%M" }', '%M", zone = "Europe/Bärlin" }'), "zone is 'Europe/Bärlin'; allowed are names"),
        (('%M" }', '%M", zone = 1 }'), "zone is 1; allowed are names"),
        (('format = "%d.%m.%Y %H:%M"', 'order = "ydm"'), "order is 'ydm'; allowed are dmy, mdy"),
        (('column = "begin"', 'columns = "begin"'), "columns must be a list of their columns"),
        (('column = "begin"', 'column = "begin", columns = ["x"]'), "column must be the name"),
        (('column = "minutes"', 'columns = ["minutes", "x"]'), "column must be the name"),
        (('unit = "min"', 'decimal = ";"'), 'decimal is \';\'; allowed are "." and ","'),
        (('unit = "min"', 'zone = "UTC"'), "columns.watch_seconds: zone is only for times"),
        (('"gadget"', '{ column = "gadget", decimal = "," }'), "decimal is only for numbers"),
        (('unit = "percent"', "scale = [0, 9]"), "columns.progress: scale is only for ratings"),
        (
            ('"gadget"', '"gadget"\nrating = { column = "r", scale = 10 }'),
            "worst and best, such as",
        ),
        (('"gadget"', '"gadget"\nrating = { column = "r", scale = [1, 1] }'), "worst and best"),
        (('"gadget"', '"gadget"\nrating = { column = "r", scale = ["1", 2] }'), "worst and best"),
        (('name = "acme"', 'zone = "Nowhere"'), "mapping.toml: zone is 'Nowhere'; allowed are"),
        (('name = "acme"', 'decimal = ""'), "mapping.toml: decimal is ''; allowed are"),
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
    with pytest.raises(BadInput, match=r"it cannot be read .*check the path"):
        Mapping.load(tmp_path / "nowhere.toml")


def test_a_mapping_may_begin_as_windows_editors_begin_texts(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(TOML, encoding="utf-8-sig")
    assert Mapping.load(path).text == TOML


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (TOML.encode("utf-16"), "save it as UTF-8"),
        (b"x = " + b"[" * 100_000, "nested too deep"),
        (b"x = " + b"9" * 5_000, "a number in it is too long"),
    ],
)
def test_what_is_no_toml_is_told_whatever_it_is(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "map.toml"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=f"map.toml: .*{told}"):
        Mapping.load(path)
    with pytest.raises(BadInput, match=f"map.toml: .*{told}"):
        options_beside(path)


def test_without_a_table_an_error_tells_that_there_are_others() -> None:
    reviews = '[columns]\nuser_id = "who"\ntitle_id = "what"\nrating = "r"\ntext = "words"\n'
    told = "unknown key 'text'.* It maps watch_events.*there are also search_events.*reviews, users"
    with pytest.raises(BadInput, match=told):
        Mapping.parse(reviews, "mapping.toml")
    with pytest.raises(BadInput) as refused:
        Mapping.parse('table = "reviews"\n' + reviews, "mapping.toml")
    assert str(refused.value) == "mapping.toml: [columns] must also map event_time"


WHEN = '[columns]\nuser_id = "u"\ntitle_id = "t"\nevent_time = {}\n'


@pytest.mark.parametrize(
    ("how", "cell", "time"),
    [
        ('format = "%Y-%m-%d %H:%M:%S.%f"', "2024-03-05 20:00:00.500000", "20:00:00.500000"),
        ('format = "%Y-%m-%d %H:%M:%S.%f"', "2024-03-05 20:00:00.5", "20:00:00.500000"),
        ('format = "%Y-%m-%d %H:%M:%S.%f"', "2024-03-05 20:00:00.000123", "20:00:00.000123"),
        ('format = "%Y-%m-%d %H:%M:%S_%f"', "2024-03-05 20:00:00_123", "20:00:00.123000"),
        ('format = "%Y%m%d%H%M%S%f"', "20240305200000000123", "20:00:00.000123"),
        ('format = "%Y-%m-%d %H:%M %%f"', "2024-03-05 20:00 %f", "20:00:00"),
        ('format = "%Y-%m-%d %H:%M:%S%z"', "2024-03-05 20:00:00Z", "20:00:00"),
        ('format = "%Y-%m-%d %H:%M:%S%z"', "2024-03-05 20:00:00+05:30", "14:30:00"),
        ('format = "%d.%m.%Y %H:%M"', " 05.03.2024 20:00 ", "20:00:00"),
        ('format = "unix_s"', "1709668800.25", "20:00:00.250000"),
        ('format = "unix_s"', "1709668800000", None),
        ('format = "unix_s"', "1733995268391098", None),
        ('format = "unix_ms"', "1733995268391098000", None),
        ('format = "unix_us"', "9223372036854775807", None),
        ('format = "unix_s"', "-9223372036854775808", None),
        ('format = "unix_s"', "1e300", None),
        ('format = "unix_s"', "nan", None),
        ('format = "serial"', "45356.8333333333", "20:00:00"),
        ('format = "serial"', "45356", "day"),
        ('format = "serial"', "1e12", None),
        ('order = "dmy"', "05/03/2024 20:00", "20:00:00"),
        ('order = "mdy"', "03/05/24 8:00 PM", "20:00:00"),
        ('order = "ymd"', "24-03-05 20:00", "20:00:00"),
        ('order = "mdy"', "13/05/24 8:00 PM", None),
        ('zone = "Europe/Berlin"', "2024-03-05 21:00:00", "20:00:00"),
        ('zone = "Europe/Berlin"', "2024-03-05T20:00:00Z", "20:00:00"),
        ('zone = "Europe/Berlin"', "2024-03-05 15:00-05:00", "20:00:00"),
        ('zone = "Europe/Berlin"', "5.3.2024 21:00", "20:00:00"),
        ('zone = "Europe/Berlin"', "2024-03-05", "day"),
        ('zone = "Europe/Berlin", format = "%d.%m.%Y %H:%M"', "05.03.2024 21:00", "20:00:00"),
        (
            'zone = "Europe/Berlin", format = "%d.%m.%Y %H:%M %z"',
            "05.03.2024 20:00 +0000",
            "20:00:00",
        ),
        ('zone = "Europe/Berlin", format = "%d.%m.%Y"', "05.03.2024", "day"),
        ('zone = "Europe/Berlin", format = "unix_s"', "1709668800", "20:00:00"),
        ('zone = "Europe/Berlin", format = "serial"', "45356.875", "20:00:00"),
    ],
)
@pytest.mark.parametrize("copies", [1, 40], ids=["alone", "a column"])
def test_a_time_is_read_as_its_details_say(
    read: Any, tmp_path: Path, how: str, cell: str, time: str | None, copies: int
) -> None:
    toml = WHEN.replace("{}", f'{{ column = "at", {how} }}')
    result = read("u;t;at\n" + f"u;t;{cell}\n" * copies, "x.csv", load(tmp_path, toml))
    expected = None
    if time is not None:
        clock = "00:00" if time == "day" else time
        expected = datetime.fromisoformat(f"2024-03-05T{clock}+00:00")
    assert result.column("event_time") == [expected] * copies
    assert set(result.column("time_precision")) == {"day" if time == "day" else "second"}


@pytest.mark.parametrize(
    ("cell", "hour"),
    [
        # On 31 March clocks go from 2 to 3, on 27 October from 3 back to 2.
        ("2024-03-31 01:59", datetime(2024, 3, 31, 0, 59)),
        ("2024-03-31 02:30", None),
        ("2024-03-31 03:00", datetime(2024, 3, 31, 1, 0)),
        ("2024-10-27 02:30", datetime(2024, 10, 27, 0, 30)),
        ("2024-10-27 02:30+01:00", datetime(2024, 10, 27, 1, 30)),
        ("2024-10-27 03:00", datetime(2024, 10, 27, 2, 0)),
    ],
)
def test_the_hour_that_clocks_skip_is_no_time_and_of_the_one_shown_twice_it_is_the_first(
    read: Any, tmp_path: Path, cell: str, hour: datetime | None
) -> None:
    toml = 'zone = "Europe/Berlin"\n' + WHEN.replace("{}", '"at"')
    result = read(f"u,t,at\nu,t,{cell}\n", "x.csv", load(tmp_path, toml))
    assert result.column("event_time") == [hour and hour.replace(tzinfo=UTC)]


@pytest.mark.parametrize("kind", ["text", "typed"])
def test_one_time_stands_in_two_columns(read: Any, tmp_path: Path, kind: str) -> None:
    toml = WHEN.replace("{}", '{ columns = ["day", "clock"], zone = "Europe/Berlin" }')
    if kind == "text":
        text = (
            "u,t,day,clock\nu,t,28/02/2024 , 21:00\nu,t,05/03/2024,21:00:30\nu,t,05/03/2024,n/a\n"
        )
        result = read(text + "u,t,,20:00\nu,t,,\n", "x.csv", load(tmp_path, toml))
    else:
        day = pl.Series([date(2024, 2, 28), *[date(2024, 3, 5)] * 2, None, None])
        clock = [time(21), time(21, 0, 30), None, time(20), None]
        path = tmp_path / "x.parquet"
        frame = pl.DataFrame({"u": ["u"] * 5, "t": ["t"] * 5, "day": day, "clock": clock})
        frame.with_columns(pl.col("day").cast(pl.Datetime("us"))).write_parquet(path)
        result = read(path.read_bytes(), "x.parquet", load(tmp_path, toml))
    assert result.column("event_time") == [
        datetime(2024, 2, 28, 20, tzinfo=UTC),
        datetime(2024, 3, 5, 20, 0, 30, tzinfo=UTC),
        datetime(2024, 3, 5, tzinfo=UTC),
        None,
        None,
    ]
    assert result.column("time_precision")[:3] == ["second", "second", "day"]


@pytest.mark.parametrize(
    ("toml", "cell", "column", "value"),
    [
        ('progress = { column = "x", unit = "percent" }', "85%", "progress", 0.85),
        ('progress = { column = "x", unit = "percent" }', "85.0 %", "progress", 0.85),
        ('progress = { column = "x", unit = "percent" }', "85", "progress", 0.85),
        ('progress = "x"', "85%", "progress", 0.85),
        ('progress = "x"', "0.85", "progress", 0.85),
        (
            'progress = { column = "x", unit = "percent", decimal = "," }',
            "8,5 %",
            "progress",
            0.085,
        ),
        ('watch_seconds = "x"', "85%", "watch_seconds", None),
        ('watch_seconds = "x"', "1,5", "watch_seconds", None),
        ('watch_seconds = { column = "x", decimal = "," }', "1,5", "watch_seconds", 1.5),
        ('watch_seconds = { column = "x", decimal = "," }', "1.234,5", "watch_seconds", 1234.5),
        ('watch_seconds = { column = "x", decimal = "," }', "1 234", "watch_seconds", 1234),
        ('watch_seconds = { column = "x", decimal = "," }', "1.234", "watch_seconds", 1234),
        ('watch_seconds = { column = "x", decimal = "," }', "1.5", "watch_seconds", None),
        ('watch_seconds = { column = "x", decimal = "," }', "1,5,5", "watch_seconds", None),
        ('watch_seconds = { column = "x", decimal = "," }', ",", "watch_seconds", None),
        ('watch_seconds = { column = "x", unit = "clock" }', "0:01:00,5", "watch_seconds", 60.5),
        ('rating = { column = "x", scale = [1, 10] }', "10", "rating", 5),
        ('rating = { column = "x", scale = [1, 10] }', "5.5", "rating", 3),
        ('rating = { column = "x", scale = [1, 10] }', "1", "rating", 1),
        ('rating = { column = "x", scale = [0, 100] }', "75", "rating", 4),
        ('rating = { column = "x", scale = [6, 1] }', "1", "rating", 5),
        ('rating = { column = "x", scale = [1, 10], decimal = "," }', "5,5", "rating", 3),
    ],
)
def test_numbers_are_read_as_people_write_them(
    read: Any, tmp_path: Path, toml: str, cell: str, column: str, value: float | None
) -> None:
    result = read(
        f'u;t;at;x\nu;t;2024-03-05;"{cell}"\n',
        "x.csv",
        load(tmp_path, WHEN.replace("{}", '"at"') + toml),
    )
    assert result.column(column) == [value]
    assert (result.column("problems") == [None]) is (value is not None or column == "rating")


def test_details_told_once_hold_for_all_columns_that_take_them(read: Any, tmp_path: Path) -> None:
    toml = (
        'zone = "Europe/Berlin"\norder = "mdy"\ndecimal = ","\n'
        + WHEN.replace("{}", '{ column = "at", format = "%d.%m.%Y %H:%M" }')
        + 'watch_seconds = { column = "m", unit = "min" }\n'
        + 'progress = { column = "p", decimal = "." }\n'
    )
    line = "u;t;05.03.2024 21:00;1,5;0.5\n"
    row = read("u;t;at;m;p\n" + line, "x.csv", load(tmp_path, toml)).frame.row(0, named=True)
    assert row["event_time"] == datetime(2024, 3, 5, 20, tzinfo=UTC)
    assert (row["watch_seconds"], row["progress"], row["problems"]) == (90, 0.5, None)


@pytest.mark.parametrize(
    ("form", "cell"), [("unix_s", "1709668800"), ("serial", "45356"), ("%d/%m/%y", "05/03/24")]
)
def test_days_take_every_format_as_well(read: Any, tmp_path: Path, form: str, cell: str) -> None:
    how = f'{{ column = "since", format = "{form}" }}'
    options = load(tmp_path, f'table = "users"\n[columns]\nuser_id = "u"\nsignup_date = {how}\n')
    result = read(f"u,since\nu,{cell}\nv,soon\nw,\n", "x.csv", options)
    assert result.column("signup_date") == [date(2024, 3, 5), None, None]


@pytest.mark.parametrize("codes", [[1, 2, 3], [1.0, 2.0, 3.0], ["1", "2", "3"]])
def test_words_may_be_for_numbers_and_for_nothing(
    read: Any, tmp_path: Path, codes: list[float | str]
) -> None:
    toml = WHEN.replace("{}", '"at"') + (
        'action = { column = "code", words = { 1 = "started", 2 = "completed", 3 = "paused" } }\n'
        'rating = { column = "stars", words = { 0 = "" } }\n'
    )
    path = tmp_path / "x.parquet"
    pl.DataFrame(
        {
            "u": ["u"] * 3,
            "t": ["t"] * 3,
            "at": ["2024-01-17"] * 3,
            "code": codes,
            "stars": [0, 3, 5],
        }
    ).write_parquet(path)
    result = read(path.read_bytes(), "x.parquet", load(tmp_path, toml))
    assert result.column("action") == ["started", "completed", "paused"]
    assert result.column("rating") == [None, 3, 5]
    assert result.column("problems") == [None] * 3
