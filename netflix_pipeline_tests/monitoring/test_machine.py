"""What is told of machine and process is there, in base units, and of this machine."""

from pathlib import Path

import psutil

from netflix_pipeline.monitoring.machine import tell_machine
from netflix_pipeline.monitoring.numbers import Numbers
from netflix_pipeline.monitoring.service import exposed
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import numbers


def collected(home: Path) -> dict[str, float]:
    told = Numbers()
    tell_machine(told, home)
    return {
        "|".join((sample.name, *sample.labels.values())): sample.value
        for family in told.collect()
        for sample in family.samples
    }


def test_machine_and_process_are_told(tmp_path: Path) -> None:
    before, kept = collected(tmp_path), sum(each * each for each in range(3_000_000))
    told = collected(tmp_path)
    assert kept
    assert told["netflix_machine_cpu_seconds_total"] > before["netflix_machine_cpu_seconds_total"]
    size = told["netflix_machine_memory_size_bytes"]
    assert size == psutil.virtual_memory().total
    left = told["netflix_machine_memory_available_bytes"] / size
    assert abs(1 - left - told["netflix_machine_memory_used_ratio"]) < 0.2
    assert 0 < told["netflix_disk_available_bytes"] < told["netflix_disk_size_bytes"]
    assert told["netflix_process_threads"] == psutil.Process().num_threads()
    for direction in ("read", "written"):
        name = f"netflix_process_io_bytes_total|{direction}"
        assert told[name] >= before[name] >= 0


def test_memory_and_open_files_of_a_process_are_told_under_its_name(home: Settings) -> None:
    text, _ = exposed("netflix_dashboard", "", home)
    told = numbers(text.decode())
    process = "netflix_dashboard_process"
    assert told[f"{process}_resident_memory_bytes"] > 10e6
    assert 0 < told[f"{process}_open_fds"] < told[f"{process}_max_fds"]
