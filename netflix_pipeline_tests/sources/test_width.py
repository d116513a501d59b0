"""However wide a file is, reading it costs as much more as it is wider."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from netflix_pipeline.errors import UnrecognisedSource
from netflix_pipeline.sources import Options, open_all

KNOWN = {
    "user_id": "u",
    "title_id": "t",
    "event_time": "2026-01-05T10:00:00Z",
    "action": "stopped",
    "watch_seconds": "60",
}
ROWS = 5


def row(columns: int) -> dict[str, str]:
    return KNOWN | {f"column-{number}": "x" for number in range(columns)}


def csv(path: Path, columns: int) -> None:
    told = row(columns)
    line = ",".join(told.values())
    path.write_text("\n".join([",".join(told), *[line] * ROWS, ""]))


def csv_with_one_name(path: Path, columns: int) -> None:
    header = ",".join([*KNOWN, *["same"] * columns])
    line = ",".join(row(columns).values())
    path.write_text("\n".join([header, *[line] * ROWS, ""]))


def csv_with_quotes(path: Path, columns: int) -> None:
    told = row(columns)
    line = ",".join(f'"{value}"' for value in told.values())
    path.write_text("\n".join([",".join(told), *[line] * (ROWS - 1), line[:-1] + '\nx"', ""]))


def ndjson(path: Path, columns: int) -> None:
    path.write_text("\n".join([json.dumps(row(columns))] * ROWS))


def ndjson_with_other_keys(path: Path, columns: int) -> None:
    rows = [KNOWN | {f"{at}-{n}": "x" for n in range(columns // ROWS)} for at in range(ROWS)]
    path.write_text("\n".join(map(json.dumps, rows)))


def parquet(path: Path, columns: int) -> None:
    pl.DataFrame({name: [value] * ROWS for name, value in row(columns).items()}).write_parquet(path)


def a_long_header(path: Path, columns: int) -> None:
    header = ",".join([*KNOWN, "h" * 20 * columns])
    path.write_text("\n".join([header, *[",".join([*KNOWN.values(), "x"])] * ROWS, ""]))


def a_long_cell(path: Path, columns: int) -> None:
    line = ",".join([*KNOWN.values(), "x" * 20 * columns])
    path.write_text("\n".join([",".join([*KNOWN, "note"]), *[line] * ROWS, ""]))


def seconds(path: Path) -> float:
    since = time.process_time()
    (source,), _ = open_all([path], Options())
    chunks = [part() for part in source.parts(lambda _: None)]
    assert sum(chunk.frame.height for chunk in chunks) == ROWS
    return time.process_time() - since


@pytest.mark.slow
@pytest.mark.parametrize(
    "write",
    [
        csv,
        csv_with_one_name,
        csv_with_quotes,
        ndjson,
        ndjson_with_other_keys,
        parquet,
        a_long_header,
        a_long_cell,
    ],
)
def test_width_costs_in_proportion(tmp_path: Path, write: Callable[[Path, int], None]) -> None:
    costs = []
    for columns in (2_000, 4_000, 32_000):
        path = tmp_path / str(columns)
        write(path, columns)
        costs.append(min(seconds(path) for _ in range(2)))
    # Eight times as wide: what is quadratic costs sixty times as much.
    assert costs[2] < 25 * max(costs[1], 0.02)


def test_a_message_lists_only_so_many_columns(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"column-{n}" for n in range(20_000)) + "\n1\n")
    with pytest.raises(UnrecognisedSource, match="and 19,900 more") as told:
        open_all([path], Options())
    assert len(str(told.value)) < 10_000


def test_columns_that_would_get_one_name_stay_apart(tmp_path: Path) -> None:
    path = tmp_path / "same.csv"
    path.write_text(
        ",".join([*KNOWN, "a", "a#8", "a"]) + "\n" + ",".join([*KNOWN.values(), *"123"])
    )
    (source,), _ = open_all([path], Options())
    assert len(set(source.columns)) == len(KNOWN) + 3
    (part,) = source.parts(lambda _: None)
    assert part().frame.height == 1
