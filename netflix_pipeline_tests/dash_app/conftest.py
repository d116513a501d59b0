"""Two weeks and two days of a small service, published for the dashboard."""

from pathlib import Path

import pytest

from dash_app.site import Site
from netflix_pipeline.serving import Snapshots, Source
from netflix_pipeline_tests.support.service import Service, two_weeks


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    return two_weeks(tmp_path_factory.mktemp("dashboard"))


@pytest.fixture(scope="module")
def serving(service: Service) -> Path:
    return service.settings.serving


@pytest.fixture(scope="module")
def snapshots(serving: Path) -> Snapshots:
    return Snapshots(serving)


@pytest.fixture
def site(snapshots: Snapshots) -> Site:
    """A site of its own, that remembers nothing, over snapshots that are open."""
    return Site(snapshots)


@pytest.fixture
def source(snapshots: Snapshots) -> Source:
    return snapshots
