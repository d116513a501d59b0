from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from netflix_pipeline_tests.support.generated import Clean, service

if TYPE_CHECKING:
    from netflix_pipeline.generate import GeneratedFiles


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Clean:
    files = service(
        tmp_path_factory.mktemp("clean"), dirty=False, file_format="parquet", events=60_000
    )
    return Clean(files, {table: pl.read_parquet(path) for table, path in files.paths.items()})


@pytest.fixture(scope="session")
def dirty_csv(tmp_path_factory: pytest.TempPathFactory) -> GeneratedFiles:
    return service(tmp_path_factory.mktemp("dirty_csv"), dirty=True)
