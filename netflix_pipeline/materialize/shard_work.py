"""A share of the users as work for another process: what to make, of what, and what came of it.

    described ──> made beside, where code and inputs are the same ──> pieces, and what they are

Pieces lie where the lake does, and count for nothing until who builds has added them up and stored
the partition. So a process that is killed leaves only what the next publish removes, and what two
processes make does no harm.

What the pieces are lies beside them, with a digest of the work that they were made for: who builds
takes nothing but that work's, whatever he is told of it by way of a queue.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, Self

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.errors import DamagedFile, PipelineError
from netflix_pipeline.lake import Lake, Share, tells_damage
from netflix_pipeline.lake.parquet_files import reason
from netflix_pipeline.materialize.build_graph import TABLES, code_version
from netflix_pipeline.materialize.pending import inputs_of_day, whole_inputs
from netflix_pipeline.materialize.shards import OfShare
from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.materialize.writer import ComputedPartition, Failed, Outcome

MAKES = re.compile(rf"{re.escape(__name__.rpartition('.')[0])}\.\w+:\w+_of_share")
"""The names of what makes shares."""


class OtherState(PipelineError):
    """This process has other code, or sees another lake, than the one that asks for a share."""


@dataclass(frozen=True)
class ShardWork:
    """What is to be made of each of `of` shares; `make` names an `OfShare`.

    `code` has the version of each table's code, `inputs` those of what they are made from; of
    bronze `batches` count and no others.
    """

    make: str
    tables: Sequence[str]
    days: Sequence[date]
    of: int
    code: Mapping[str, str]
    inputs: Mapping[str, str]
    batches: Sequence[str]

    @classmethod
    def described(
        cls,
        versions: Versions,
        make: OfShare[Any],
        tables: Sequence[str],
        days: Sequence[date],
        of: int,
    ) -> Self:
        """What others need to know to make shares as this process would."""
        return cls(
            make=f"{make.__module__}:{make.__qualname__}",
            tables=tables,
            days=days,
            of=of,
            code={table: code_version(table) for table in tables},
            inputs=_inputs(versions, tables, days),
            batches=sorted(versions.committed),
        )

    def encode(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def decode(cls, text: str) -> Self:
        """The same of JSON."""
        told = json.loads(text)
        return cls(**told | {"days": [date.fromisoformat(day) for day in told["days"]]})

    @property
    def digest(self) -> str:
        """What tells this work from any other."""
        return hashlib.blake2b(self.encode().encode(), digest_size=20).hexdigest()

    def made(self, lake: Lake, number: int, name: str) -> None:
        """Make a share: its pieces are put down, and what they are, for `taken`.

        Whoever asks gives each share another `name`. Raises OtherState before anything is made, and
        what making it raises.
        """
        with lake.writing():  # so that nothing goes that is read, nor what is put down
            versions = Versions(lake, committed=set(self.batches))
            self._require_same(versions, number)
            make: OfShare[Outcome] = resolve_name(self.make)
            pieces = list[dict[str, Any]]()
            for made in make(versions, self.tables, self.days, Share(number, self.of)):
                if isinstance(made, Failed):
                    raise made.error
                assert isinstance(made.frame, pl.DataFrame)
                lake.put_piece(f"{name}-{len(pieces)}", made.frame)
                pieces.append(
                    {
                        "table": made.table,
                        "partition": made.partition,
                        "reach": made.reach,
                        "inputs": made.inputs,
                        "seconds": made.seconds,
                        "rows": made.frame.height,
                    }
                )
            # Last: where this stands, all others do.
            what = json.dumps({"work": self.digest, "pieces": pieces}, default=str)
            lake.put_piece(name, pl.DataFrame({"what": [what]}))

    def taken(self, lake: Lake, name: str) -> Iterator[ComputedPartition]:
        """What another process made under a name.

        Raises OSError or PipelineError, before it gives anything, where a piece went, or is not
        whole, or was made for other work.
        """
        path = lake.take_piece(name)
        with _telling_damage(path):
            told = json.loads(_scanned(path).collect().item())
        path.unlink()
        if told["work"] != self.digest:
            raise OtherState("what lies there was made for other work.")
        drafts = told["pieces"]
        pieces = [lake.take_piece(f"{name}-{number}") for number in range(len(drafts))]
        for draft, piece in zip(drafts, pieces, strict=True):
            with _telling_damage(piece):
                rows = _scanned(piece).select(pl.len()).collect().item()
            if rows != draft["rows"]:
                raise DamagedFile(f"{piece} has {rows} rows and should have {draft['rows']}.")
        return map(_draft, drafts, pieces)

    def _require_same(self, versions: Versions, number: int) -> None:
        if not MAKES.fullmatch(self.make) or number not in range(self.of):
            raise OtherState(f"{self.make} makes no share {number} of {self.of}.")
        for table, code in self.code.items():
            if code_version(table) != code:
                raise OtherState(f"another version of the code makes {table} here: upgrade both.")
        # Of one that was merged since nothing is found by its name, not on days further off either.
        if not versions.lake.committed_batches().issuperset(self.batches):
            raise OtherState("not all batches count here that do where it is asked for.")
        inputs = _inputs(versions, self.tables, self.days)
        if other := sorted(dict(inputs.items() ^ self.inputs.items())):
            raise OtherState(f"{other[0]} is another here than where it is asked for.")


@contextmanager
def _telling_damage(piece: Path) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        if not tells_damage(error):
            raise
        raise DamagedFile(f"{piece} cannot be read ({reason(error)}).") from error


def _inputs(versions: Versions, tables: Sequence[str], days: Sequence[date]) -> dict[str, str]:
    """What the days of tables are made from at least; without days, what all of them are."""
    inputs: dict[str, str] = {}
    for table in tables:
        if not days:
            inputs |= whole_inputs(versions, table)
        for day in days:
            inputs |= inputs_of_day(versions, table, day)
        for source in TABLES[table].inputs:
            if contract(source).partition == "whole":
                inputs |= versions.inputs(source, [None])
    return inputs


def _scanned(piece: Path) -> pl.LazyFrame:
    return pl.scan_ipc(piece, glob=False, hive_partitioning=False)


def _draft(told: Mapping[str, Any], piece: Path) -> ComputedPartition:
    rows = _scanned(piece).collect()
    piece.unlink()
    partition, reach = told["partition"], told["reach"]
    return ComputedPartition(
        told["table"],
        date.fromisoformat(partition) if partition else None,
        rows,
        told["inputs"],
        told["seconds"],
        datetime.fromisoformat(reach) if reach else None,
    )
