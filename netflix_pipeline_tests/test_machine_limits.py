"""The API takes what the machine, or its container, gives it."""

from pathlib import Path

import pytest

from netflix_pipeline import machine_limits
from netflix_pipeline.settings import Settings


@pytest.mark.parametrize(
    ("processors", "quota", "memory", "workers"),
    [
        *((1, "max 100000", "max", 1), (2, "max 100000", "max", 1), (4, "max 100000", "max", 2)),
        *((6, "", "", 3), (64, "", "", 4)),  # no container
        *((64, "450000 100000", "max", 2), (64, "50000 100000", "max", 1)),
        *((64, "max 100000", f"{9 * 2**30}", 2), (64, "max 100000", f"{2**30}", 1)),
    ],
)
def test_the_api_has_more_processes_where_there_are_processors_and_memory(
    processors: int,
    quota: str,
    memory: str,
    workers: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NETFLIX_API_WORKERS", raising=False)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(processors)))
    monkeypatch.setattr("os.sysconf", lambda name: {"SC_PAGE_SIZE": 2**12}.get(name, 2**26))
    monkeypatch.setattr(machine_limits, "CGROUPS", tmp_path)
    for name, limit in (("cpu.max", quota), ("memory.max", memory)):
        if limit:
            (tmp_path / name).write_text(f"{limit}\n", encoding="ascii")
    settings = Settings()
    assert settings.api_workers == workers
    assert settings.environment()["NETFLIX_API_WORKERS"] == f"{workers}"
