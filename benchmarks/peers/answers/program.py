"""What every engine's program does: answer what a file asks, and tell what each answer took."""

import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

Question = Mapping[str, str]
"""The name of its shape, as `shape`, and its parameters."""
Rows = Iterable[Sequence[Any]]


def run(opened: Callable[[Path], Callable[[Question], Rows]]) -> None:
    """Open the folder that the first argument names and answer what the second one asks.

    Writes the seconds, the CPU seconds of all threads, and the rows of each answer as JSON to the
    file that the third one names.
    """
    folder, asked, told = map(Path, sys.argv[1:])
    answer = opened(folder)
    answers = []
    for question in json.loads(asked.read_text(encoding="utf-8")):
        begun, used = time.perf_counter(), time.process_time()
        rows = list(answer(question))
        took = time.perf_counter() - begun, time.process_time() - used
        answers.append((*took, rows))
    told.write_text(json.dumps(answers, default=str), encoding="utf-8")
