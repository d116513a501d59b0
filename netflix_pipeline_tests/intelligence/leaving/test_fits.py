"""Fits find what data were made with, and stand where their conditions hold."""

import numpy as np
import polars as pl
import pytest

from netflix_pipeline.contracts.origins import REASONS
from netflix_pipeline.intelligence.leaving import bg_nbd, logistic
from netflix_pipeline.intelligence.leaving.features import FEATURES
from netflix_pipeline.intelligence.leaving.logistic import Floats
from netflix_pipeline.intelligence.leaving.model import LeavingModel, Snapshot, learned_from
from netflix_pipeline_tests.intelligence.leaving.days import AT


def test_a_ridge_fit_stands_where_the_slope_of_its_loss_is_nought() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(500, 3))
    y = (rng.random(500) < logistic.sigmoid(x @ np.array([1.0, -2.0, 0.0]) - 1)).astype(float)
    line = logistic.fit(x, y, ridge=5.0)
    wrong = y - logistic.sigmoid(line.logits(x))
    assert wrong.sum() == pytest.approx(0, abs=1e-4)
    assert x.T @ wrong == pytest.approx(5.0 * line.weights, abs=1e-4)


def test_a_fit_ends_where_a_line_parts_the_cases() -> None:
    x = np.array([[-1.0], [-2.0], [1.0], [2.0]])
    line = logistic.fit(x, np.array([0.0, 0.0, 1.0, 1.0]), ridge=0.0)
    assert np.isfinite(line.weights).all()
    assert (logistic.sigmoid(line.logits(x))[2:] > 0.99).all()


def bought(people: int, days: int, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Days after the first of people who buy until they quit, as the model has it; and later."""
    rate = rng.gamma(0.8, 1 / 6.0, people)
    quits = rng.beta(1.0, 4.0, people)
    x, t_x, later = np.zeros(people), np.zeros(people), np.zeros(people)
    for person in range(people):
        now = 0.0
        while now < days + 28:
            now += rng.exponential(1 / rate[person])
            if now < days:
                x[person] += 1
                t_x[person] = now
            elif now < days + 28:
                later[person] += 1
            if rng.random() < quits[person]:
                break
    return x, t_x, later


def test_bg_nbd_tells_how_many_stay_away() -> None:
    x, t_x, later = bought(3000, 120, np.random.default_rng(3))
    t = np.full(len(x), 120.0)
    model = bg_nbd.fit(x, t_x, t)
    away = model.none_within(x, t_x, t, 28)
    assert model.r == pytest.approx(0.8, rel=0.25)
    assert model.alpha == pytest.approx(6.0, rel=0.3)
    for likely in (away < 0.5, away > 0.9):
        assert likely.sum() > 100
        assert (later[likely] == 0).mean() == pytest.approx(away[likely].mean(), abs=0.05)


def people_of(count: int, rng: np.random.Generator) -> pl.DataFrame:
    """Persons whose features are drawn, by their names."""
    numbers = {each.name: rng.gamma(2, 3, count) for each in FEATURES if not each.categorical}
    names = {
        each.name: rng.choice(["a", "b", "rare"], count, p=[0.6, 0.39, 0.01])
        for each in FEATURES
        if each.categorical
    }
    ids = [f"u{n}" for n in range(count)]
    return pl.DataFrame({"user_id": ids, **numbers, **names})


def truth(people: pl.DataFrame) -> Floats:
    """Log odds that bend: nothing above 6 days since the last play makes it worse."""
    days = people["days_since_last"].to_numpy()
    plan = (people["plan"] == "b").to_numpy()
    return np.asarray(-3 + 0.5 * np.minimum(days, 6) + 0.8 * plan)


@pytest.fixture(scope="module")
def fitted() -> tuple[LeavingModel, pl.DataFrame]:
    rng = np.random.default_rng(4)
    learned = []
    for cutoff in learned_from(AT, AT.replace(year=AT.year - 1)):
        people = people_of(600, rng)
        left = (rng.random(600) < logistic.sigmoid(truth(people))).astype(float)
        learned.append(Snapshot(cutoff, people, left))
    model = LeavingModel.fit(learned)
    assert model is not None
    return model, people_of(2000, rng)


def test_the_model_finds_what_bends_and_what_does_not_matter(
    fitted: tuple[LeavingModel, pl.DataFrame],
) -> None:
    model, people = fitted
    told, true = model.probabilities(people), logistic.sigmoid(truth(people))
    assert np.abs(told - true).mean() < 0.06
    weights = np.abs(model.contributions(people)).mean(axis=0)
    names = [reason.name for reason in REASONS]
    ordered = [names[at] for at in np.argsort(-weights)]
    assert ordered[0] == "recency"
    assert "plan" in ordered[:3]


def test_reasons_add_up_to_what_sets_a_person_apart(
    fitted: tuple[LeavingModel, pl.DataFrame],
) -> None:
    model, people = fitted
    logits = logistic.logit(model.probabilities(people))
    apart = model.contributions(people).sum(axis=1)
    assert apart == pytest.approx(logits - logits.mean(), abs=1e-6)
    # Nobody is set apart by who else is asked about, but for the average.
    alone = model.probabilities(people.head(1))
    assert alone == pytest.approx(model.probabilities(people)[:1])


def test_nothing_is_fitted_on_few_who_left() -> None:
    people = people_of(300, np.random.default_rng(5))
    assert LeavingModel.fit([Snapshot(AT, people, np.zeros(300))]) is None
    assert LeavingModel.fit([]) is None


def test_a_cutoff_is_learned_from_once_its_outcome_and_what_comes_late_are_known() -> None:
    first = AT.replace(year=AT.year - 1)
    cutoffs = learned_from(AT, first)
    assert (AT - cutoffs[0]).days == 28 + 14
    assert all((each - first).days >= 56 for each in cutoffs)
    assert learned_from(cutoffs[-1], cutoffs[-1]) == []
