"""Backfills, asked of a running webserver as its pages do; without Dagster: its import is slow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from netflix_pipeline.defs.workspace import LOCATION
from netflix_pipeline.errors import PipelineError

REPOSITORY = {"repositoryName": "__repository__", "repositoryLocationName": LOCATION}
ANY_ASSETS = "__ASSET_JOB"
BELOW_GOLD = {"bronze", "silver"}
OF_BACKFILL = "dagster/backfill"
RUN_KEY = "dagster/run_key"
TRIED_AGAIN = "dagster/will_retry"
FIRST_DAY, LAST_DAY = (f"dagster/asset_partition_range_{edge}" for edge in ("start", "end"))

SENSOR = """query($sensor: SensorSelector!) { sensorOrError(sensorSelector: $sensor) {
    ... on Sensor { sensorState { typeSpecificData { ... on SensorData { lastCursor } } } } } }"""
ASSETS = "{ assetNodes { assetKey { path } isPartitioned } }"
LAUNCH = """mutation($run: ExecutionParams!) { launchPipelineExecution(executionParams: $run) {
    __typename ... on LaunchRunSuccess { run { id } } ... on PythonError { message } } }"""
BACKFILL = """mutation($backfill: LaunchBackfillParams!) {
    launchPartitionBackfill(backfillParams: $backfill) {
        __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
RUNS = """query($filter: RunsFilter!) { runsOrError(filter: $filter) {
    ... on Runs { results { id status tags { key value } } } } }"""
FAILURES = """query($run: ID!) { logsForRun(runId: $run) { ... on EventConnection { events {
    ... on ExecutionStepFailureEvent { error { message } }
    ... on RunFailureEvent { message } } } } }"""


@dataclass(frozen=True)
class Run:
    """One of Dagster's runs, as it is now."""

    id: str
    status: str
    tags: Mapping[str, str]

    @property
    def days(self) -> tuple[str, str]:
        """The first and the last of its days."""
        return self.tags.get(FIRST_DAY, ""), self.tags.get(LAST_DAY, "")

    @property
    def succeeded(self) -> bool:
        """Whether it did all that it was to do."""
        return self.status == "SUCCESS"

    @property
    def failed(self) -> bool:
        """Whether it ended otherwise, and is not tried again."""
        return self.status in {"FAILURE", "CANCELED"} and self.tags.get(TRIED_AGAIN) != "true"


class Webserver:
    """Dagster's webserver at an address where it asks nobody who they are.

    Whatever is asked raises PipelineError where it does not answer.
    """

    def __init__(self, client: httpx.Client, url: str) -> None:
        self._client = client
        self._url = url

    def looks_for_backfills(self) -> bool:
        """Whether the daemon runs, and would notice the end of a backfill that workers share."""
        told = self._ask(SENSOR, sensor={**REPOSITORY, "sensorName": "cut_backfills"})
        state = told.get("sensorState") or {}
        return bool((state.get("typeSpecificData") or {}).get("lastCursor"))

    def build_whole_tables(self) -> str:
        """Begin a run over the tables below gold that have no days; its id."""
        tables = [key for key in self._tables(partitioned=False) if key["path"][0] in BELOW_GOLD]
        selector = {"pipelineName": ANY_ASSETS, **REPOSITORY, "assetSelection": tables}
        told = self._ask(LAUNCH, run={"selector": selector, "mode": "default"})
        if "run" not in told:
            raise PipelineError(f"Dagster at {self._url} begins no run: {told}")
        return str(told["run"]["id"])

    def backfill(self) -> str:
        """Begin a backfill of all days of all tables that have any; its id."""
        backfill = {"assetSelection": self._tables(partitioned=True), "allPartitions": True}
        told = self._ask(BACKFILL, backfill=backfill)
        if "backfillId" not in told:
            raise PipelineError(f"Dagster at {self._url} begins no backfill: {told}")
        return str(told["backfillId"])

    def run(self, run_id: str) -> list[Run]:
        """A run with that id: one, or none."""
        return self._runs(runIds=[run_id])

    def runs_of(self, backfill: str) -> list[Run]:
        """The runs of a backfill, the newest first."""
        return self._runs(tags=[{"key": OF_BACKFILL, "value": backfill}])

    def runs_behind(self, backfill: str) -> list[Run]:
        """The run that builds what a backfill leaves to the last, and publishes: its tries."""
        return self._runs(tags=[{"key": RUN_KEY, "value": f"behind {backfill}"}])

    def why(self, run: Run) -> str:
        """What is recorded of how a run failed."""
        told = self._ask(FAILURES, run=run.id).get("events", ())
        reasons = (each.get("message") or (each.get("error") or {}).get("message") for each in told)
        return "\n".join(dict.fromkeys(filter(None, reasons))) or "nothing is recorded of why"

    def _tables(self, *, partitioned: bool) -> list[dict[str, list[str]]]:
        told = self._ask(ASSETS)
        return [each["assetKey"] for each in told if each["isPartitioned"] is partitioned]

    def _runs(self, **filtered: object) -> list[Run]:
        return [
            Run(run["id"], run["status"], {tag["key"]: tag["value"] for tag in run["tags"]})
            for run in self._ask(RUNS, filter=filtered)["results"]
        ]

    def _ask(self, query: str, **variables: object) -> Any:
        """What GraphQL answers to its one question."""
        try:
            answer = self._client.post(
                f"{self._url}/graphql", json={"query": query, "variables": variables}
            )
            (told,) = answer.json()["data"].values()
        except (httpx.HTTPError, ValueError, KeyError, AttributeError) as error:
            raise PipelineError(f"Dagster at {self._url} does not answer: {error!r}") from error
        return told
