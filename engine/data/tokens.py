"""Sequences of tokens of which one is relevant, as attention meets them: after Ataee Tarzanagh et al. 2023."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.data.labels import SIGNS
from engine.data.streams import Stream, generator
from engine.data.table import DataShape, Table
from engine.experiment.data import TokensSpec


def tokens_shape(data: TokensSpec, _: Path) -> DataShape:
    """Say how many sequences there will be; each is a picture whose rows are its tokens."""
    return DataShape(data.n, data.tokens * data.d, 2, image=(data.tokens, data.d))


def tokens(data: TokensSpec, _: Path) -> Table:
    """Draw sequences (n, T d) with labels that alternate: x_it = (y_i s_it, e_it), one s_it of each being 1.

    The scores s of all others are uniform in +- spread, and e (d - 1 numbers) is normal of variance 1/(d - 1), so that
    tokens are about as long as their scores.
    """
    random = generator(data.seed, Stream.POINTS)
    scores = data.spread * random.uniform(-1, 1, (data.n, data.tokens))
    scores[np.arange(data.n), random.integers(0, data.tokens, data.n)] = 1.0
    noise = random.standard_normal((data.n, data.tokens, data.d - 1)) / np.sqrt(data.d - 1)
    positive = np.arange(data.n) % 2 == 0
    first = np.where(positive, 1.0, -1.0)[:, None] * scores
    points = np.concatenate([first[:, :, None], noise], axis=2).reshape(data.n, -1)
    return Table(points, positive.astype(np.int64), SIGNS, image_shape=(data.tokens, data.d))
