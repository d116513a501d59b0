"""A benchmark that is ended by SIGTERM leaves nothing behind."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
BENCHMARK = """
import argparse
from subprocess import Popen
from tempfile import TemporaryDirectory

from benchmarks.record import recorded

with (
    recorded(argparse.ArgumentParser(), [], seconds=0.01),
    TemporaryDirectory() as folder,
    Popen(["sleep", "600"], cwd=folder) as service,
):
    try:
        print("started", service.pid, folder, flush=True)
        service.wait()
    finally:
        service.terminate()
"""


def test_a_benchmark_that_is_ended_stops_what_it_started() -> None:
    words = [sys.executable, "-c", BENCHMARK]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as benchmark:
        assert benchmark.stdout is not None
        told = next(line for line in benchmark.stdout if line.startswith("started"))
        _, number, folder = told.split()
        service = psutil.Process(int(number))
        benchmark.terminate()
        assert benchmark.wait(60) == 128 + signal.SIGTERM
    assert not service.is_running()
    assert not Path(folder).exists()
