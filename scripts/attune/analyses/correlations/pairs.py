"""Pairs of measures that a study correlates, over the dyads that have both."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.stats.ancova import ancova_regression
from attune.stats.hypothesis_tests import Tail
from attune.stats.regression import Regression, is_constant, residual
from attune.store.statistic_rows import Row, statistic_row

if TYPE_CHECKING:
    from attune.analyses.correlations.declaration import Correlations
    from attune.specs.study import Outcome

MINIMUM_DYADS = 4
"""Fewest complete dyads: Fisher's interval divides by n - 3."""

_TAILS: dict[str | None, Tail | None] = {"positive": "greater", "negative": "less", None: None}


@dataclass(frozen=True)
class ChangeOfPair:
    """Both scores of an outcome, where a pair's y is its residual gain.

    Attributes
    ----------
    pretest, posttest : ndarray, shape (n,)
        Of the dyads of the pair.
    every_x, every_pretest, every_posttest : ndarray, shape (n_both,)
        Of all dyads with both scores, over which the residual gain was computed; x is NaN where it
        is missing.
    regression : Regression or str
        The posttest regressed on the pretest and x, or why it cannot be.
    """

    pretest: NDArray[np.float64]
    posttest: NDArray[np.float64]
    every_x: NDArray[np.float64]
    every_pretest: NDArray[np.float64]
    every_posttest: NDArray[np.float64]
    regression: Regression | str

    @property
    def undefined_reason(self) -> str | None:
        """Why the posttest cannot be regressed on the pretest and x; None where it can."""
        return self.regression if isinstance(self.regression, str) else None


@dataclass(frozen=True)
class Pair:
    """Two measures of a family over the dyads that have both.

    Attributes
    ----------
    family, dataset, x_name, y_name : str
    tail : {"greater", "less"} or None
        Declared direction.
    x, y : ndarray, shape (n,)
    condition : ndarray of object, shape (n,)
        Treatment condition; None where not recorded.
    undefined_reason : str or None
        Why the correlation is undefined.
    tested : {"pearson_r", "ancova_r"}
        Statistic whose p decides.
    change : ChangeOfPair or None
        Where y is the residual gain of an outcome.
    """

    family: str
    dataset: str
    x_name: str
    y_name: str
    tail: Tail | None
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    condition: NDArray[np.object_]
    undefined_reason: str | None
    tested: str = "pearson_r"
    change: ChangeOfPair | None = None

    @property
    def n(self) -> int:
        """Dyads with both measures."""
        return len(self.x)

    @property
    def untested_reason(self) -> str | None:
        """Why the statistic whose p decides is undefined; None where it is not."""
        if self.undefined_reason or self.tested == "pearson_r" or self.change is None:
            return self.undefined_reason
        return self.change.undefined_reason

    def row(self, statistic: str, estimate: float | None, **columns: object) -> Row:
        """A row of the store about this pair; an undefined pair has its reason in every row."""
        shared = {
            "x": self.x_name,
            "y": self.y_name,
            "family": self.family,
            "dataset": self.dataset,
            "n": self.n,
            "tail": self.tail,
        }
        other_reason = columns.pop("reason", None)
        reason = self.undefined_reason or other_reason
        return statistic_row(
            self.family,
            (self.x_name, self.y_name),
            statistic,
            None if self.undefined_reason else estimate,
            reason=None if reason is None else str(reason),
            **(shared | columns),
        )


def pairs_of_family(
    name: str,
    family: "Correlations",
    frame: pd.DataFrame,
    outcomes: "Mapping[str, Outcome] | None" = None,
) -> Iterator[Pair]:
    """Every pair of a family, with the dyads that have both measures.

    Parameters
    ----------
    name : str
        The family's id.
    family : study.Correlations
    frame : pandas.DataFrame
        One row per dyad; the family's measures as numeric columns, and the column condition where
        the family holds it, and pretest and posttest of its outcomes.
    outcomes : mapping of str to study.Outcome, optional
        Pretest and posttest of the outcomes that the family names.

    Yields
    ------
    Pair
        For each y in turn, every x (or, of every pair of x, those before y).
    """
    condition = np.full(len(frame), None, dtype=object)
    if family.hold_condition:
        known = frame["condition"].notna().to_numpy()
        condition[known] = frame["condition"].to_numpy(dtype=object)[known]
    both = {
        y: (outcomes[y].pretest, outcomes[y].posttest)
        for y in family.y
        if outcomes and y in outcomes
    }
    columns = {*family.x, *family.y, *(column for names in both.values() for column in names)}
    values = {column: frame[column].to_numpy(dtype=float, na_value=np.nan) for column in columns}
    for x_name, y_name in family.pairs():
        x, y = values[x_name], values[y_name]
        complete = np.isfinite(x) & np.isfinite(y)
        x, y = x[complete], y[complete]
        change = (
            _change(values[x_name], *(values[name] for name in both[y_name]))
            if y_name in both
            else None
        )
        yield Pair(
            family=name,
            dataset=family.dataset,
            x_name=x_name,
            y_name=y_name,
            tail=_TAILS[family.direction],
            x=x,
            y=y,
            condition=condition[complete],
            undefined_reason=(change and _gain_undefined_reason(change, x_name, y))
            or _why_undefined({x_name: x, y_name: y}),
            tested=family.tested(y_name, both),
            change=change,
        )


def _change(
    x: NDArray[np.float64], pretest: NDArray[np.float64], posttest: NDArray[np.float64]
) -> ChangeOfPair:
    both = np.isfinite(pretest) & np.isfinite(posttest)
    complete = both & np.isfinite(x)
    before, after = pretest[complete], posttest[complete]
    return ChangeOfPair(
        pretest=before,
        posttest=after,
        every_x=x[both],
        every_pretest=pretest[both],
        every_posttest=posttest[both],
        regression=ancova_regression(before, after, x[complete]),
    )


def _gain_undefined_reason(
    change: ChangeOfPair, x_name: str, gains: NDArray[np.float64]
) -> str | None:
    """Why the residual gain is undefined, or cannot be associated with this x."""
    n = len(change.pretest)
    # Where the analysis of covariance is defined, the pretest varies and x does not follow from it.
    if change.undefined_reason is None or n < MINIMUM_DYADS:
        return None
    if is_constant(change.pretest):
        return (
            f"The pretest has the same value in all {n} dyads, so that there is no residual gain."
        )
    x = change.every_x[np.isfinite(change.every_x)]
    if not len(gains) or is_constant(x) or residual(x, change.pretest[:, None]).any():
        return None
    return (
        f"{x_name} is a linear function of the pretest in all {n} dyads, so that no residual gain"
        " can be associated with it."
    )


def _why_undefined(measures: Mapping[str, NDArray[np.float64]]) -> str | None:
    n = len(next(iter(measures.values())))
    if n < MINIMUM_DYADS:
        return f"A correlation needs at least {MINIMUM_DYADS} dyads with both measures, found {n}."
    constant = [name for name, values in measures.items() if is_constant(values)]
    if constant:
        return f"The same value in all {n} dyads: {', '.join(constant)}."
    return None
