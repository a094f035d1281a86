"""The tests of a pair of measures: which of them decides, with its intervals."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from attune.analyses.correlations.pairs import Pair
from attune.stats.ancova import Ancova
from attune.stats.hypothesis_tests import CorrelationTest, Tail, fisher_interval
from attune.stats.robust_intervals import (
    RobustInterval,
    robust_correlation_interval,
    sandwich_correlation_interval,
)

WORDS = {
    "pearson_r": "Pearson's r",
    "ancova_r": "the partial correlation given the pretest",
}
"""Statistic whose p decides -> how methods name it."""


@dataclass(frozen=True)
class Settings:
    """Choices that hold for all families; see `attune.analyses.correlations.estimate`."""

    interval: float
    bootstrap_samples: int
    permutations: int
    bayes_factor_scale: float
    power: float
    level: float
    seed: int


@dataclass(frozen=True)
class Limits:
    """A confidence interval with the name of its method; NaN where it is undefined."""

    name: str
    low: float
    high: float
    level: float

    def columns(self) -> dict[str, float | None]:
        """As columns of the store; empty limits where the interval is undefined."""
        known = bool(np.isfinite(self.low) and np.isfinite(self.high))
        return {
            "ci_low": self.low if known else None,
            "ci_high": self.high if known else None,
            "ci_level": self.level if known else None,
        }


@dataclass(frozen=True)
class PairTests:
    """Both tests of a pair, and the one that decides.

    Attributes
    ----------
    tested : {"pearson_r", "ancova_r"}
    pearson : CorrelationTest or None
        Of x with y; where y is a residual gain, taken as if it were a score.
    ancova : Ancova or None
        Of x in the regression of the posttest on pretest and x, where y is a residual gain.
    reason : str or None
        Why the deciding test is undefined.
    """

    tested: str
    pearson: CorrelationTest | None
    ancova: Ancova | None
    reason: str | None = None

    @property
    def defined(self) -> bool:
        """Whether the deciding test is defined."""
        return (self.pearson if self.tested == "pearson_r" else self.ancova) is not None

    @property
    def words(self) -> str:
        """The deciding correlation in words."""
        return WORDS[self.tested]

    @property
    def r(self) -> float:
        """The correlation that the deciding test is about; NaN where it is undefined."""
        if self.tested == "pearson_r":
            return np.nan if self.pearson is None else self.pearson.r
        return np.nan if self.ancova is None else self.ancova.partial_r

    @property
    def size(self) -> int:
        """Dyads whose Pearson correlation has the distribution of `r`.

        A partial correlation that holds one variable is distributed as a correlation of one dyad
        less (Fisher, 1924).
        """
        if self.tested == "pearson_r":
            return 0 if self.pearson is None else self.pearson.n
        return 0 if self.ancova is None else self.ancova.n - 1

    @property
    def pretest_r(self) -> float | None:
        """Correlation of x with the pretest, where the deciding test leaves the pretest in x."""
        return self.ancova.pretest_r if self.ancova and self.tested == "pearson_r" else None

    def p(self, tail: Tail | None) -> float:
        """The deciding p in the declared tail, two-tailed without one; NaN where undefined."""
        test = self.pearson if self.tested == "pearson_r" else self.ancova
        if test is None:
            return np.nan
        return test.p_two_tailed if tail is None else test.p_one_tailed(tail)

    def fisher_z(self, interval: float) -> Limits:
        """Fisher's interval, which assumes that both scores are normal."""
        low, high = fisher_interval(self.r, self.size, interval) if self.defined else (np.nan,) * 2
        return Limits("Fisher z interval", low, high, interval)

    def robust(self, pair: Pair, interval: float) -> Limits:
        """The jackknife interval, which does not."""
        name = "jackknife interval of Fisher's z"
        return self._from_scores(robust_correlation_interval, name, pair, interval)

    def sandwich(self, pair: Pair, interval: float) -> Limits:
        """The interval by each dyad's influence, which does not, either."""
        name = "sandwich interval of Fisher's z"
        return self._from_scores(sandwich_correlation_interval, name, pair, interval)

    def _from_scores(
        self, interval_of: Callable[..., RobustInterval], name: str, pair: Pair, interval: float
    ) -> Limits:
        low = high = np.nan
        if self.tested == "ancova_r" and self.ancova is not None and pair.change is not None:
            found = interval_of(
                pair.x, pair.change.posttest, interval, pair.change.pretest[:, None]
            )
            low, high = found.low, found.high
        elif self.tested == "pearson_r" and self.pearson is not None:
            found = interval_of(pair.x, pair.y, interval)
            low, high = found.low, found.high
        return Limits(name, low, high, interval)
