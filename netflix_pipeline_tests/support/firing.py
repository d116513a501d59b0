"""Which alerts fire by what an API tells."""

from netflix_pipeline.monitoring.alert_definition import APP, JOBS
from netflix_pipeline.monitoring.alerts import ALERTS
from netflix_pipeline.monitoring.evaluation import Evaluation
from netflix_pipeline.monitoring.samples import Samples, scraped


def firing(text: str, since: float = 0.0) -> set[str]:
    """The alerts that fire where the API tells this for seven minutes, from some time on."""
    told = list(scraped(text, app=APP, job=JOBS["api"]))
    samples, evaluation = Samples(alert.expression for alert in ALERTS), Evaluation()
    for seconds in range(0, 420, 30):
        samples.add(JOBS["api"], since + seconds, told)
        evaluation.evaluate(samples, since + seconds)
    return {each.name for each in evaluation.firing}
