import signal
import subprocess
import sys
from collections.abc import Iterator

import dagster as dg
import pytest
from dagster._core.launcher import WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG

from netflix_pipeline.defs import launcher
from netflix_pipeline.defs.definitions import definitions
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.command import HEARS
from netflix_pipeline_tests.support.days import RUNNING


@pytest.fixture(params=["launched", "of the command line"])
def run(request: pytest.FixtureRequest, home: Settings, instance: dg.DagsterInstance) -> str:
    tags = {GRPC_INFO_TAG: "{}"} if request.param == "launched" else {}
    job = definitions(home).resolve_job_def("materialize")
    status = dg.DagsterRunStatus.STARTED
    return instance.create_run_for_job(job, status=status, tags=tags).run_id


@pytest.fixture
def process(home: Settings, run: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that runs the run."""
    with subprocess.Popen(
        [sys.executable, "-c", f"{HEARS}\n{RUNNING}", run],
        stdout=subprocess.PIPE,
        env=home.environment(),
    ) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == b"begun\n"
        yield started
        started.kill()


def health(instance: dg.DagsterInstance, run_id: str) -> WorkerStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return instance.run_launcher.check_run_worker_health(run).status


def test_a_killed_run_is_found_once_it_can_be_tried_again(
    instance: dg.DagsterInstance,
    run: str,
    process: subprocess.Popen[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert health(instance, run) is WorkerStatus.RUNNING
    process.kill()
    process.wait()
    found = instance.get_run_by_id(run)
    assert found is not None
    if GRPC_INFO_TAG in found.tags:
        # Its code server would have told: where that is gone too, the daemon starts another.
        assert health(instance, run) is WorkerStatus.RUNNING
        monkeypatch.setattr(launcher, "SETTLED", 0.0)
    assert health(instance, run) is WorkerStatus.FAILED


def test_a_run_that_just_begins_or_ends_is_no_killed_one(
    instance: dg.DagsterInstance, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert health(instance, run) is WorkerStatus.RUNNING
    monkeypatch.setattr(launcher, "SETTLED", 0.0)
    assert health(instance, run) is WorkerStatus.FAILED


@pytest.mark.parametrize("run", ["of the command line"], indirect=True)
def test_a_run_of_the_command_line_is_cancelled_as_by_ctrl_c(
    instance: dg.DagsterInstance, run: str, process: subprocess.Popen[bytes]
) -> None:
    assert instance.run_launcher.terminate(run)
    assert process.wait(60) == -signal.SIGINT
    found = instance.get_run_by_id(run)
    assert found is not None
    assert found.status is dg.DagsterRunStatus.CANCELING
