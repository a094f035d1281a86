"""Data drawn from structural equation models in which every parameter is a number."""

import numpy as np
import pandas as pd

from attune.stats.sem_data import observed_variables
from attune.stats.sem_model import specify
from attune.stats.sem_syntax import parse_model


def simulate_sem(
    model: str, n_clusters: int, cluster_size: int, generator: np.random.Generator
) -> pd.DataFrame:
    """Normal data: one row per observation, cluster (from 1) and the observed variables.

    Covariances and intercepts that the model does not name are 0; variances must be named. Models
    of one level have n_clusters times cluster_size rows.
    """
    parsed = parse_model(model)
    rows, clusters = observed_variables(parsed)
    specification = specify(parsed, rows, clusters)
    blocks = specification.blocks_at(np.zeros(specification.n_free))
    assert blocks is not None
    n = n_clusters * cluster_size
    cluster = np.repeat(np.arange(n_clusters), cluster_size)
    values = dict.fromkeys((*rows, *clusters), np.zeros(n))
    for part, size in zip(blocks[0], (n, n_clusters), strict=False):
        names = part.block.observed
        variances, vectors = np.linalg.eigh(part.observed_covariance)
        root = vectors * np.sqrt(np.maximum(variances, 0.0))
        draws = generator.standard_normal((size, len(names))) @ root.T
        draws = part.mean[: len(names)] + draws
        for name, drawn in zip(names, draws.T, strict=True):
            values[name] = values[name] + (drawn if size == n else drawn[cluster])
    return pd.DataFrame({"cluster": cluster + 1, **values})
