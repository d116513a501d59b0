"""Takes in what the log holds by a run as Dagster's services start it, then more by the command.

What is more came in with the trace that is given.
"""

import sys
from datetime import UTC, datetime

from netflix_pipeline.defs import jobs
from netflix_pipeline.defs.definitions import definitions
from netflix_pipeline.defs.in_process_run import materialize
from netflix_pipeline.defs.instance import open_instance
from netflix_pipeline.eventlog import existing_log
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.events import watch

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}

if __name__ == "__main__":
    settings = Settings()
    with open_instance(settings) as instance:
        job = definitions(settings).resolve_job_def("drain_events")
        config = QUIET | jobs.config(events=True)
        assert job.execute_in_process(run_config=config, instance=instance).success
    with existing_log(settings) as log:
        assert log is not None
        log.append(datetime.now(UTC), [watch("e-later")], sys.argv[1]).result(30)
    assert materialize(settings).success
