"""Prometheus and the built-in evaluation see the same alerts, in the same words."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from netflix_pipeline.monitoring.alert_texts import Links, annotations, filled
from netflix_pipeline.monitoring.alerts import ALERTS
from netflix_pipeline.monitoring.evaluation import AlertState, Evaluation
from netflix_pipeline.monitoring.expressions import HOUR
from netflix_pipeline.monitoring.objectives import OBJECTIVES
from netflix_pipeline.monitoring.prometheus import configuration, rules_file
from netflix_pipeline_tests.monitoring.scenarios import SCENARIOS, Scenario, Whole
from netflix_pipeline_tests.support.promtool import program

LINKS = Links("http://dashboard.example", "http://api.example")


def promtool(*arguments: str | Path) -> str:
    ran = subprocess.run(
        [program("promtool"), *arguments], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def evaluated(scenario: Scenario) -> list[list[AlertState]]:
    """What fires at each of its times, by the built-in evaluation."""
    history, evaluation = Whole(scenario), Evaluation()
    fires = []
    for at in scenario.times:
        evaluation.evaluate(history, at, [scenario.alert])
        fires.append(evaluation.firing)
    return fires


def changes(fires: list[list[AlertState]]) -> Iterator[int]:
    """The places before and at each change of what fires, and the middle of each time without."""
    turns = [
        at
        for at in range(1, len(fires))
        if {state.key for state in fires[at]} != {state.key for state in fires[at - 1]}
    ]
    for first, last in zip([0, *turns], [*turns, len(fires) - 1], strict=True):
        yield from sorted({first, (first + last) // 2, max(first, last - 1)})
    yield len(fires) - 1


def expected(state: AlertState) -> dict[str, Any]:
    """What Prometheus is expected to say."""
    alert = next(alert for alert in ALERTS if alert.name == state.name)
    said = annotations(alert, LINKS, filled(alert, state.labels, state.value, state.since))
    return {
        "exp_labels": state.labels | {"severity": alert.severity},
        "exp_annotations": said,
    }


def shown(values: list[float | None]) -> str:
    """Values as promtool reads them."""
    texts, before = [], None
    for value in values:
        texts.append(f"{value!r}" if value is not None else "_" if before is None else "stale")
        before = value
    return " ".join(texts)


def test_each_alert_has_a_scenario() -> None:
    assert sorted(scenario.alert.name for scenario in SCENARIOS) == sorted(
        alert.name for alert in ALERTS
    )


def test_prometheus_takes_rules_and_configuration(tmp_path: Path) -> None:
    rules = rules_file(LINKS, speed=60)
    (tmp_path / "rules.yaml").write_text(rules)
    addresses = {"api": "http://127.0.0.1:8000", "dashboard": "https://views.example"}
    key = tmp_path / "key"
    key.write_text("nfx_")
    written = configuration(addresses, "rules.yaml", key_file=str(key))
    assert written.count(str(key)) == len(addresses)
    (tmp_path / "prometheus.yaml").write_text(written)
    recorded = rules.count("- record: ")
    assert recorded > len(OBJECTIVES)
    found = f"{len(ALERTS) + recorded} rules found"
    assert found in promtool("check", "config", tmp_path / "prometheus.yaml")


def test_prometheus_fires_when_the_built_in_evaluation_does(tmp_path: Path) -> None:
    for scenario in SCENARIOS:
        name, fires = scenario.alert.name, evaluated(scenario)
        # Each rule by itself: Prometheus would evaluate all of them at each step.
        rules = tmp_path / f"{name}-rules.yaml"
        rules.write_text(rules_file(LINKS, alerts=[scenario.alert], objectives=()))
        assert not fires[0], name
        assert any(fires), f"{name} never fires"
        assert not fires[-1], f"{name} does not end"
        test = {
            "rule_files": [rules.name],
            "evaluation_interval": f"{scenario.step:.0f}s",
            "tests": [
                {
                    "interval": f"{scenario.step:.0f}s",
                    "input_series": [
                        {"series": series, "values": shown(scenario.values(series))}
                        for series in scenario.series
                    ],
                    "alert_rule_test": [
                        {
                            "eval_time": f"{scenario.times[at]:.0f}s",
                            "alertname": name,
                            "exp_alerts": [expected(state) for state in fires[at]],
                        }
                        for at in sorted(set(changes(fires)))
                    ],
                }
            ],
        }
        (tmp_path / f"{name}.yaml").write_text(json.dumps(test))
    promtool("test", "rules", *(tmp_path / f"{one.alert.name}.yaml" for one in SCENARIOS))


def test_prometheus_records_of_each_objective_what_the_built_in_evaluation_finds(
    tmp_path: Path,
) -> None:
    scenarios = {scenario.alert.name: scenario for scenario in SCENARIOS}
    for objective in OBJECTIVES:
        scenario = scenarios[objective.alert]
        at = next(at for at, fires in enumerate(evaluated(scenario)) if fires)
        share = objective.indicator.bad(HOUR).series(Whole(scenario), scenario.times[at])
        ((labels, bad),) = share.items()
        assert not labels
        assert bad > 0
        rules = tmp_path / f"{objective.name}-rules.yaml"
        rules.write_text(rules_file(LINKS, alerts=(), objectives=[objective]))
        test = {
            "rule_files": [rules.name],
            "evaluation_interval": f"{scenario.step:.0f}s",
            "tests": [
                {
                    "interval": f"{scenario.step:.0f}s",
                    "input_series": [
                        {"series": series, "values": shown(scenario.values(series)[: at + 1])}
                        for series in scenario.series
                    ],
                    "promql_expr_test": [
                        {
                            # Numbers of another order of adding differ in their last digits.
                            "expr": f"round({name} * 1e9)",
                            "eval_time": f"{scenario.times[at]:.0f}s",
                            "exp_samples": [
                                {
                                    "labels": f'{{slo="{objective.name}"}}',
                                    "value": float(round(value * 1e9)),
                                }
                            ],
                        }
                        for name, value in (
                            ("slo:sli_error:ratio_rate1h", bad),
                            ("slo:current_burn_rate:ratio", bad / objective.budget),
                            ("slo:objective:ratio", objective.share),
                        )
                    ],
                }
            ],
        }
        (tmp_path / f"{objective.name}.yaml").write_text(json.dumps(test))
    promtool("test", "rules", *(tmp_path / f"{one.name}.yaml" for one in OBJECTIVES))


def test_all_windows_can_be_shorter_for_a_try() -> None:
    texts = {alert.name: str(alert.expression.divided(60)) for alert in ALERTS}
    assert texts["SchedulerStalled"].endswith("> 2")
    assert "[5s]" in texts["ApiErrors"]
    assert "[6m], 1440)" in texts["DiskFullSoon"]
    assert "> 0.01 and" in texts["ApiErrors"]
