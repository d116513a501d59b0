"""A small service that takes events and remembers them."""

import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from netflix_pipeline_tests.support.replaying import Api


@pytest.fixture
def api() -> Iterator[Api]:
    """The service, served on a free port."""
    api = Api()
    config = uvicorn.Config(
        api,
        host="127.0.0.1",
        port=0,
        log_level="critical",
        lifespan="off",
        ws="none",
    )
    server = uvicorn.Server(config)
    serving = threading.Thread(target=server.run)
    serving.start()
    while not server.started:
        assert serving.is_alive()
        time.sleep(0.01)
    api.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield api
    server.should_exit = True
    serving.join()
