"""The API with keys required: over a published home, without a server and with one."""

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI

from api.app import create_app
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api_keys import Client, Made
from netflix_pipeline_tests.support.three_days import three_days_published

Change = Callable[..., Settings]


@pytest.fixture(scope="module")
def required(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A published home whose API asks for keys."""
    settings = Settings(home=tmp_path_factory.mktemp("secured"), auth="required")
    three_days_published(settings.root)
    return settings


@pytest.fixture(scope="module")
def made(required: Settings) -> Iterator[Made]:
    """Makes keys of that home."""
    made = Made(required)
    yield made
    made.close()


@pytest.fixture(scope="module")
def every(made: Made) -> str:
    """A key that may do everything."""
    return made()


@pytest.fixture(scope="module")
def secured(required: Settings, every: str) -> FastAPI:
    """The application that asks for keys."""
    return create_app(required)


@pytest.fixture
def ask(secured: FastAPI) -> Client:
    """Sends requests to it."""
    return Client(secured)
