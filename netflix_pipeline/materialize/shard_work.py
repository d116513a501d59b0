"""A share of the users as work for another process: what to make, of what, and what came of it.

    described ──> made beside, where code and inputs are the same ──> pieces, and what they are

Pieces lie where the lake does, and count for nothing until who builds has added them up and stored
the partition. So a process that is killed leaves only what the next publish removes, and what two
processes make does no harm.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, Self

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.errors import PipelineError
from netflix_pipeline.lake import Lake, Share
from netflix_pipeline.materialize.build_graph import TABLES, code_version
from netflix_pipeline.materialize.pending import inputs_of_day, whole_inputs
from netflix_pipeline.materialize.shards import OfShare
from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.materialize.writer import ComputedPartition, Failed, Outcome


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

    def made(self, lake: Lake, number: int, name: str) -> str:
        """Make a share: its pieces are put down under names that begin with `name`.

        Returns what `taken` asks for. Raises OtherState before anything is made, and what making
        it raises.
        """
        with lake.writing():  # so that nothing goes that is read, nor what is put down
            versions = Versions(lake, committed=set(self.batches))
            self._require_same(versions)
            make: OfShare[Outcome] = resolve_name(self.make)
            told = list[dict[str, Any]]()
            for made in make(versions, self.tables, self.days, Share(number, self.of)):
                if isinstance(made, Failed):
                    raise made.error
                assert isinstance(made.frame, pl.DataFrame)
                piece = f"{name}-{len(told)}"
                lake.put_piece(piece, made.frame)
                draft = {"table": made.table, "partition": made.partition, "reach": made.reach}
                told.append(
                    draft | {"piece": piece, "inputs": made.inputs, "seconds": made.seconds}
                )
        return json.dumps(told, default=str)

    def _require_same(self, versions: Versions) -> None:
        for table, code in self.code.items():
            if code_version(table) != code:
                raise OtherState(f"another version of the code makes {table} here: upgrade both.")
        # Of one that was merged since nothing is found by its name, not on days further off either.
        if not versions.lake.committed_batches().issuperset(self.batches):
            raise OtherState("not all batches count here that do where it is asked for.")
        inputs = _inputs(versions, self.tables, self.days)
        if other := sorted(dict(inputs.items() ^ self.inputs.items())):
            raise OtherState(f"{other[0]} is another here than where it is asked for.")
        if not self.make.startswith(f"{__package__}."):
            raise OtherState(f"{self.make} makes no share.")


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


def taken(lake: Lake, told: str) -> Iterator[ComputedPartition]:
    """What another process made of a share, of what `ShardWork.made` returned there.

    Raises OSError or PipelineError, before it gives anything, where a piece went.
    """
    drafts = json.loads(told)
    return map(_draft, drafts, [lake.take_piece(draft["piece"]) for draft in drafts])


def _draft(told: Mapping[str, Any], piece: Path) -> ComputedPartition:
    rows = pl.read_ipc(piece)
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
