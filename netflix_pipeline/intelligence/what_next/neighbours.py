"""Item-kNN: what is started by the same people, for works beyond those that EASE^R is fitted to.

Sarwar et al., "Item-based collaborative filtering recommendation algorithms", WWW 2001: the cosine
of two works, people of both ÷ √(people of the one × people of the other), which is shrunk by
people ÷ (people + SHRINK) as in Bell and Koren, "Scalable collaborative filtering", ICDM 2007. Of
each work the nearest count.
"""

import numpy as np
import polars as pl

from netflix_pipeline.intelligence.what_next.works import Ints

SHRINK = 10.0


def weights(together: pl.DataFrame, people: Ints, neighbours: int) -> pl.DataFrame:
    """The nearest `neighbours` of each work: because, work, weight.

    `together` has pairs of works (because, work, people); `people` are those who started each work.
    Weights are scaled so that people's sums of them are
    on average the share of people who started the work: on one scale with those of EASE^R.
    """
    both = together["people"].to_numpy().astype(np.float64)
    because, work = together["because"].to_numpy(), together["work"].to_numpy()
    cosine = both / np.sqrt(people[because] * people[work]) * both / (both + SHRINK)
    near = (
        together.select("because", "work", near=pl.Series(cosine, dtype=pl.Float64))
        .sort("work", "near", "because", descending=[False, True, False])
        .group_by("work", maintain_order=True)
        .head(neighbours)
    )
    counts = pl.Series(people, dtype=pl.Float64)
    return (
        near.with_columns(
            of_because=counts.gather(near["because"]), of_work=counts.gather(near["work"])
        )
        .with_columns(expected=(pl.col("near") * pl.col("of_because")).sum().over("work"))
        .select(
            "because",
            "work",
            weight=(pl.col("near") * pl.col("of_work") / pl.col("expected")).cast(pl.Float32),
        )
    )
