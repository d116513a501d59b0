"""Who is leaving and what next, said by hand behind the three days."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.origins import LEAVING_MODELS, REASONS, REASONS_TOLD
from netflix_pipeline.serving import publish_home
from netflix_pipeline_tests.support.homes import made_once
from netflix_pipeline_tests.support.three_days import (
    AS_OF,
    FRIDAY,
    Published,
    three_days_published,
)

if TYPE_CHECKING:
    from pathlib import Path

NEWEST = FRIDAY + timedelta(days=1)
PEOPLE = ("ann", "bob", *(f"p-{n}" for n in range(23)))
TOLD = (REASONS[0], REASONS[7], REASONS[1])
"""The reasons of everybody: the second does not rest on plays."""


def _leaving() -> pl.DataFrame:
    reasons = {
        name: value
        for n, reason in enumerate(TOLD[:REASONS_TOLD], 1)
        for name, value in ((f"reason_{n}", reason.name), (f"effect_{n}", (-1) ** n * -0.9 / n))
    }
    rows = [
        {
            "user_id": who,
            "probability": 0.02 * (n + 1),
            "decile": 10 - n * 10 // len(PEOPLE),
            "country": "DE" if n < 14 else "FR",
            "plan": "Basic",
            "device": "tv",
            "tenure": "28-89",
            "days_since_last": 1.0 + n,
            **reasons,
        }
        for n, who in enumerate(PEOPLE)
    ]
    return contract("gold/leaving").arrange(pl.DataFrame(rows))


def _leaving_accuracy() -> pl.DataFrame:
    rows = [
        {
            "model": model,
            "decile": tenth,
            "cutoff": NEWEST - timedelta(days=42),
            "persons": 12 if tenth else 24,
            "left": (6, 5, 1)[tenth],
            "expected": (5.5, 4.5, 1.0)[tenth],
            "lift": (1.7, 1.7, 0.3)[tenth],
            "log_loss": None if tenth else 0.25 + 0.01 * n,
            "pr_auc": None if tenth else 0.3,
            "slope": None if tenth else 1.02,
            "learned_persons": 200,
            "reconstructed": 0.0,
        }
        for n, model in enumerate(LEAVING_MODELS)
        for tenth in range(3)
    ]
    return contract("gold/leaving_accuracy").arrange(pl.DataFrame(rows))


def _what_next() -> pl.DataFrame:
    columns = contract("gold/what_next").schema
    row = dict.fromkeys(columns, 0.25) | {
        "model": "EASE^R",
        "judged_model": "EASE^R",
        "judged_from": NEWEST - timedelta(days=28),
        "people": 30,
        "titles": 4,
        "judged_people": 20,
    }
    return contract("gold/what_next").arrange(pl.DataFrame([row]))


WEIGHTS = [
    ("t-zoo", "t-dark", 0.2),
    ("t-night", "t-dark", 0.1),
    ("t-zoo", "t-amelie", -0.05),
    ("t-night", "t-amelie", 0.3),
]


@made_once
def learned_published(home: Path) -> Published:
    """The three days with what was said on the day behind them."""
    made = three_days_published(home)
    similar = ("title_id", "because_title_id", "weight")
    popular = [("all", title, 0.1) for title in ("t-zoo", "t-night", "t-dark", "t-amelie")]
    for table, frame in (
        ("gold/leaving", _leaving()),
        ("gold/leaving_accuracy", _leaving_accuracy()),
        ("gold/what_next", _what_next()),
        ("gold/similar_titles", pl.DataFrame(WEIGHTS, schema=similar, orient="row")),
        (
            "gold/popular_titles",
            pl.DataFrame(popular, schema=("country", "title_id", "share"), orient="row"),
        ),
    ):
        made.world.put(table, NEWEST, frame)
    publish_home(made.settings, as_of=AS_OF)
    return made
