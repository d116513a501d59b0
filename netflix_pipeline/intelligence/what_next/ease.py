"""EASE^R: of each work, how much having started another one says for it, in closed form.

Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019: with X the people × works
that they started (0 or 1), the weights B that minimise ‖X − XB‖² + λ‖B‖² under a zero diagonal are
B = I − P · diag(1 ÷ diag(P)) with P = (XᵀX + λI)⁻¹. A person's score of a work is the sum of the
weights of what they started: what each title adds to it is told exactly.

What is known of the works helps where few have started them: Jeunen, Van Balen and Goethals,
"Closed-Form Models for Collaborative Filtering with Side-Information", RecSys 2020, stack a matrix
of works' properties below X. Here these are genres: XᵀX + ωTTᵀ, as if ω people had started all the
works of a genre.
"""

import numpy as np

from netflix_pipeline.intelligence.what_next.together import Matrix
from netflix_pipeline.intelligence.what_next.works import Ints

UNKNOWN = -1
"""The genre of works that have none."""


def weights(together: Matrix, penalty: float, genres: Ints, kinship: float = 0.0) -> Matrix:
    """B, of the counts XᵀX, λ and ω (in people): [because, work], zero where these are the same.

    `genres` is a number for each work.
    """
    same = (genres[:, None] == genres) & (genres != UNKNOWN)
    spread = together + np.float32(kinship) * same
    spread[np.diag_indices_from(spread)] += np.float32(penalty)
    inverse = np.linalg.inv(spread)
    learned: Matrix = inverse / -np.diag(inverse)
    np.fill_diagonal(learned, 0)
    return learned
