"""Files of every kind that is taken in, and the same files damaged at random."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

TIME = datetime(2026, 1, 2, 10, tzinfo=UTC)

EVENTS = """event_id,user_id,title_id,event_time,action,watch_seconds,progress,device,country,rating
e1,u1,t1,2026-01-02T10:00:00Z,stopped,600,0.5,smart_tv,DE,4
e2,u2,t1,2026-01-02 11:00:00,completed,3600.5,1,"iPhone, 15",NA,
e3,u1,"t,2",2026-01-03,stopped,,,"a ""b"" c",Germany,5
,u3,t3,2026-01-03T23:59:59.999999+02:00,paused,1e2,.25,Roku,XK,n/a
"""
NETFLIX = """Profile Name,Start Time,Duration,Attributes,Title,Supplemental Video Type,Device Type,\
Bookmark,Latest Bookmark,Country
Ana,2024-03-05 20:00:00,00:40:00,,"Odd Town: Season 1: ""One"" (Episode 1)",,Apple TV 4K,00:40:00,\
00:40:00,DE (Germany)
Ana,2024-03-05 20:41:00,00:38:12,,"Odd Town: Season 1: Two (Episode 2)",,Apple TV 4K,00:38:12,\
Not latest view,DE (Germany)
Ben,2024-03-06 08:00:00,00:00:31,Autoplayed: user action: None;,Film_hook,HOOK,Chrome PC,00:00:31,\
00:00:31,XK (Kosovo)
"""
HISTORY = 'Title,Date\n"Odd Town: Season 1: One","3/17/24"\nA Film,"2/28/24"\n'
PUBLIC = """session_id,user_id,movie_id,watch_date,device_type,watch_duration_minutes,\
progress_percentage,action,quality,location_country,is_download,user_rating
s1,user_1,movie_1,2025-01-02,Mobile,48.9,34.2,paused,4K,USA,False,
s2,user_2,movie_2,2025-01-03,Laptop,,100,completed,HD,Canada,True,4
"""
USERS = """user_id,country,plan,signup_date,age,gender,primary_device,is_active,monthly_spend
u1,DE,Basic,2024-01-31,33,x,mobile,true,7.99
u2,Atlantis,Premium+,31.12.2023,-4,,Fridge,perhaps,NaN
"""
TITLES = """title_id,title,content_type,genre,runtime_minutes,seasons,episodes,release_year,added_on
t1,A Film,Movie,Drama,90,,,2020,2024-01-01
t2,Odd Town,TV Series,Comedy,0:45:00,2,20,1999,
"""
REVIEWS = """review_id,user_id,title_id,event_time,rating,text,sentiment
r1,u1,t1,2026-01-05T10:00:00Z,5,"fine
over two lines",good
r2,u2,t1,2026-01-06T10:00:00Z,9,,
"""
ACME = "customer;asset;begin;minutes;what\nc1;a1;31.01.2026 20:15;12,5;PLAY\nc2;a2;;x;END\n"
MAPPING = """name = "acme"
[columns]
user_id = "customer"
title_id = "asset"
event_time = { column = "begin", format = "%d.%m.%Y %H:%M" }
watch_seconds = { column = "minutes", unit = "min" }
action = { column = "what", words = { PLAY = "started", END = "completed" } }
country = { value = "DE" }
"""
CSVS = (EVENTS, NETFLIX, HISTORY, PUBLIC, USERS, TITLES, REVIEWS)

TOKENS = (
    *(b'"', b'""', b",", b";", b"\t", b"\r", b"\n", b"\r\n", b"\0", b"\\", b"{", b"}", b"[", b"]"),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\\ud83d", b"\xe2\x80\x8b"),
    *(b"NaN", b"null", b"NA", b"\\N", b"-1", b"1e309", b"1e-320", b"99999999999999999999", b"0x1"),
    *(b"9999-12-31", b"0001-01-01", b"2026-02-30", b"24:00:00", b"1970-01-01T00:00:00Z", b"PAR1"),
    *(b"+05:30", b"2026-01-02T10:00:00.1234567890Z", b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd"),
    *(b'"user_id": {"a": []}', b'"a":1,"a":2', b"x" * 70, b"9" * 400, b"[" * 2000, b"=1+1"),
)


def mutated(random: Random, content: bytes) -> bytes:
    """The bytes with one to eight changes of any kind."""
    told = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 3, 8))):
        at, other = (random.randrange(len(told) + 1) for _ in range(2))
        begin, end = min(at, other), min(max(at, other), min(at, other) + random.choice((3, 300)))
        match random.randrange(8):
            case 0 if told:
                told[at % len(told)] ^= 1 << random.randrange(8)
            case 1 if told:
                told[at % len(told)] = random.randrange(256)
            case 2:
                told[at:at] = random.choice(TOKENS)
            case 3:
                told[begin:end] = random.choice(TOKENS)
            case 4:
                del told[begin:end]
            case 5:
                told[at:at] = told[begin:end]
            case 6:
                del told[at:]
            case 7:
                lines = bytes(told).splitlines(keepends=True)
                random.shuffle(lines)
                told = bytearray(b"".join(lines))
    return bytes(told)


def _rows(text: str) -> list[dict[str, Any]]:
    return pl.read_csv(text.encode(), infer_schema=False).to_dicts()


def _number(text: str | None) -> str | float | None:
    try:
        return float(text or "")
    except ValueError:
        return text


def csv_file(random: Random) -> tuple[str, bytes]:
    """A CSV file, in any common code and with any common line ends."""
    text = random.choice(CSVS)
    if random.random() < 0.2:
        text = text.replace(",", random.choice(";\t|"))
    if random.random() < 0.3:
        text = text.replace("\n", random.choice(("\r\n", "\r")))
    code = random.choice(("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"))
    content = text.encode(code, errors="replace")
    return "x.csv", content if random.random() < 0.1 else mutated(random, content)


def json_file(random: Random) -> tuple[str, bytes]:
    """Lines of JSON, or an array."""
    rows = _rows(random.choice(CSVS))
    if random.random() < 0.5:
        rows = [{name: _number(value) for name, value in row.items()} for row in rows]
    if random.random() < 0.1:
        return "x.json", mutated(random, json.dumps(rows).encode())
    lines = "\n".join(json.dumps(row, ensure_ascii=random.random() < 0.5) for row in rows)
    return random.choice(("x.ndjson", "x.jsonl", "x.json")), mutated(random, lines.encode())


def packed_file(random: Random) -> tuple[str, bytes]:
    """Packed text, damaged before or after it was packed."""
    name, content = random.choice((csv_file, json_file))(random)
    kind = random.choice(("gz", "gz", "zst", "zip"))
    if kind == "gz":
        packed = gzip.compress(content, mtime=0)
        if random.random() < 0.3:
            packed += gzip.compress(b"\n" + content, mtime=0)
    elif kind == "zst":
        packed = zstandard.compress(content)
    else:
        into = io.BytesIO()
        with zipfile.ZipFile(into, "w") as archive:
            archive.writestr(zipfile.ZipInfo(name), content)
        packed, kind = into.getvalue(), random.choice(("csv", "gz"))
    return f"{name}.{kind}", mutated(random, packed) if random.random() < 0.6 else packed


VALUES: tuple[Callable[[Random, int], Any], ...] = (
    lambda random, n: pa.array([random.choice(["u1", "", " u ", "NULL", None])] * n),
    lambda random, n: pa.array([random.choice(["u1", "", "NA"])] * n).dictionary_encode(),
    lambda random, n: pa.array([random.choice([77.0, 0.9, -1.0, 1e300, None])] * n),
    lambda random, n: pa.array([random.choice([77.0, 0.9, float("nan")])] * n, pa.float32()),
    lambda random, n: pa.array([random.choice([0, 2**63, 2**64 - 1])] * n, pa.uint64()),
    lambda random, n: pa.array([random.choice([b"u", b"\xff", b"", None])] * n, pa.binary()),
    lambda random, n: pa.array([random.choice([b"u", b"\xff"])] * n, pa.binary()).view(pa.string()),
    lambda random, n: pa.array([bytes(16)] * n, pa.binary(16)),
    lambda random, n: pa.array([random.choice([Decimal("600.50"), None])] * n),
    lambda random, n: pa.array([Decimal(7)] * n, pa.decimal256(60, 3)),
    lambda random, n: pa.array([random.choice([timedelta(minutes=7), timedelta(days=-9)])] * n),
    lambda random, n: pa.array([time(0, 20)] * n),
    lambda random, n: pa.array([random.choice([date(1, 1, 1), date(9999, 12, 31)])] * n),
    lambda random, n: pa.array([random.randrange(-(2**31), 2**31)] * n, pa.int32()).cast(
        pa.date32()
    ),
    lambda random, n: pa.array([TIME] * n, pa.timestamp("us", random.choice(["+05:30", "UTC"]))),
    lambda random, n: pa.array([random.randrange(-(2**63), 2**63)] * n, pa.int64()).cast(
        pa.timestamp(random.choice(["ns", "us", "ms"]))
    ),
    lambda random, n: pa.array([[1, 2]] * n),
    lambda random, n: pa.array([{"a": "b"}] * n),
    lambda random, n: pa.array([True] * n),
    lambda _, n: pa.nulls(n),
)
"""Columns as writers of Parquet files may choose them."""


def parquet_file(random: Random) -> tuple[str, bytes]:
    """A Parquet file with columns of any types, or one whose bytes are damaged."""
    frame = pl.read_csv(random.choice(CSVS).encode(), infer_schema=False)
    table = frame.to_arrow()
    for at, name in enumerate(table.column_names):
        if random.random() < 0.3:
            values = random.choice(VALUES)(random, table.num_rows)
            table = table.set_column(at, name, values)
    if random.random() < 0.05:
        table = table.append_column(table.column_names[1], table.column(0))
    if random.random() < 0.1:
        table = table[:0]
    into = io.BytesIO()
    pq.write_table(
        table,
        into,
        compression=random.choice(("none", "snappy", "zstd", "gzip", "brotli")),
        row_group_size=random.choice((1, 2, 100)),
        use_dictionary=random.random() < 0.5,
        version="2.6",
    )
    content = into.getvalue()
    return "x.parquet", mutated(random, content) if random.random() < 0.6 else content


KINDS = (csv_file, csv_file, json_file, packed_file, parquet_file, parquet_file)
