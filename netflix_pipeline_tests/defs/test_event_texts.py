"""Events of a table's days become text as Dagster makes it, of which most is made once."""

from typing import Any

import dagster as dg
from dagster import EventLogEntry
from dagster._core.definitions.dependency import NodeHandle
from dagster._core.events import DagsterEvent, StepMaterializationData
from dagster._core.execution.plan.handle import StepHandle
from dagster._serdes import serialize_value
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.defs.event_texts import Alike, Pattern, kind_of

NODE = NodeHandle("silver", NodeHandle("tables", None))
TABLES = st.sampled_from([dg.AssetKey(["silver", name]) for name in ("plays", "sessions")])
DAYS = st.sampled_from([None, "2026-01-05", "2026-01-06", "“\n"])
METADATA = st.dictionaries(
    st.sampled_from(["rows", "seconds", "version", "a"]),
    st.one_of(
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False),
        st.text(max_size=3),
        st.builds(dg.MetadataValue.md, st.text(max_size=3)),
    ),
    max_size=3,
)
MATERIALIZED = st.builds(
    dg.AssetMaterialization,
    TABLES,
    partition=DAYS,
    metadata=METADATA,
    description=st.sampled_from([None, "a day"]),
    tags=st.sampled_from(
        [
            None,
            {"dagster/data_version": "1"},
            {"dagster/data_version": "2", "dagster/code_version": "é"},
        ]
    ),
)
CHECKED = st.builds(
    dg.AssetCheckEvaluation,
    TABLES,
    st.sampled_from(["contract", "adds_up"]),
    passed=st.booleans(),
    severity=st.sampled_from(dg.AssetCheckSeverity),
    metadata=METADATA,
    partition=DAYS,
    description=st.sampled_from([None, "a day"]),
    blocking=st.sampled_from([None, True]),
    target_materialization_data=st.none(),
)


def event(told: Any, timestamp: float = 1.5) -> EventLogEntry:
    """An event of a step."""
    if isinstance(told, dg.AssetMaterialization):
        kind, told = dg.DagsterEventType.ASSET_MATERIALIZATION, StepMaterializationData(told)
    else:
        kind = dg.DagsterEventType.ASSET_CHECK_EVALUATION
    made = DagsterEvent(
        kind.value,
        "materialize",
        step_handle=StepHandle(NODE),
        node_handle=NODE,
        step_kind_value="COMPUTE",
        logging_tags={"run_id": "run", "done": "100 %s"},
        event_specific_data=told,
        message="made",
        pid=1,
    )
    return EventLogEntry(  # type: ignore[no-untyped-call]
        None, 10, "", "run", timestamp, "tables.silver", "materialize", made
    )


@given(st.lists(st.tuples(st.one_of(MATERIALIZED, CHECKED), st.floats(0, 2e9)), max_size=12))
def test_each_event_and_its_text_is_that_of_dagster(told: list[tuple[Any, float]]) -> None:
    patterns: dict[Any, Pattern] = {}
    for each, timestamp in told:
        made = event(each, timestamp)
        kind = kind_of(each)
        if kind is None:
            assert any(isinstance(one, dg.MarkdownMetadataValue) for one in each.metadata.values())
            continue
        alike = Alike(patterns.setdefault(kind, Pattern(made)), each, timestamp)
        assert alike.text == serialize_value(made)
        assert alike.entry == made


def test_the_text_is_made_once_for_all_days_of_a_table() -> None:
    made = []

    def make(each: EventLogEntry) -> str:
        made.append(each)
        return serialize_value(each)

    patterns: dict[Any, Pattern] = {}
    for number in range(100):
        day, version = f"2026-01-{number}", {"dagster/data_version": str(number)}
        rows = {"rows": number, "seconds": number / 7, "changed": number % 2 == 0}
        passed = dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey("plays"), check_name="contract", passed=True, partition=day
        )
        for told in (
            dg.AssetMaterialization("plays", partition=day, metadata=rows, tags=version),
            passed,
        ):
            kind = kind_of(told)
            if kind not in patterns:
                patterns[kind] = Pattern(event(told), make)
            assert str(number) in patterns[kind].text(told, 1.5)
    assert len(made) == 2
