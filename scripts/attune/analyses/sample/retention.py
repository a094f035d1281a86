"""Retention: who still has a score at each occasion, in all and by condition."""

from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.specs.cohort import Cohort
from attune.specs.study import Study
from attune.store.statistic_rows import Row, statistic_row


def retention(measures: pd.DataFrame, study: Study, cohort: Cohort) -> list[Row]:
    """How many dyads have each score, as a number and as a percentage of all who should.

    Parameters
    ----------
    measures : pandas.DataFrame
        Contract `MEASURES`, imputation 0: one row per dyad of the sample sheet, as observed.
    study : Study
        Its measures that come from an instrument at a fixed occasion are counted.
    cohort : Cohort
        Names its conditions.

    Returns
    -------
    list of rows of the contract `STATISTICS`
        `retention.<measure>.n|percent` over all dyads, and
        `retention.<measure>.<condition>.n|percent` over those of a condition; `n` of a percentage
        is the number of dyads that it is a percentage of. Dyads whose condition is not recorded
        count in all only.

    Examples
    --------
    >>> from types import SimpleNamespace as Any
    >>> plan = Any(measures={"bdi": Any(instrument="bdi_ii", occasion="intake")})
    >>> trial = Any(sample=Any(conditions=lambda: {"A": "Therapy"}))
    >>> scores = pd.DataFrame({"bdi": [9.0, None, 4.0, None], "condition": ["A", "A", "B", "B"]})
    >>> rows = retention(scores, plan, trial)
    >>> [(row["id"], row["estimate"]) for row in rows][2:]
    [('retention.bdi.therapy.n', 1.0), ('retention.bdi.therapy.percent', 50.0)]
    """
    rows: list[Row] = []
    levels = cohort.sample.conditions()
    condition = measures["condition"].to_numpy(dtype=object) if levels else None
    for name, measure in study.measures.items():
        if measure.instrument is None or measure.occasion is None:
            continue
        has = measures[name].notna().to_numpy()
        rows += _kept(has, name, "")
        for code, label in levels.items():
            rows += _kept(has[condition == code], name, label)
    return rows


def _kept(has: NDArray[np.bool_], name: str, condition: str) -> list[Row]:
    expected, kept = len(has), int(has.sum())
    row = partial(
        statistic_row,
        "retention",
        [name, condition],
        x=name,
        level=condition or None,
        dataset="available",
        n=expected,
    )
    percent = 100 * kept / expected if expected else None
    return [
        row("n", kept),
        row("percent", percent, reason="no dyads", method="percent of the sample sheet's dyads"),
    ]
