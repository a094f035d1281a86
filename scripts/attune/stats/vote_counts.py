"""Vote counting: directions of effects of studies that report nothing that could be averaged.

The last resort of a synthesis. A vote says neither how large an effect is nor how sure a study was
of it, and a small study counts as much as a large one. Votes by significance are not offered: with
studies of low power most of them say "no effect" whatever the truth (Hedges & Olkin, 1980).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from attune.specs.errors import AnalysisError
from attune.stats.risk_difference import risk

Vote = Literal["for", "against", "none", "unclear"]

VOTES: tuple[Vote, ...] = ("for", "against", "none", "unclear")
"""In the expected direction, in the other one, reported to be 0, direction not reported."""


@dataclass(frozen=True)
class VoteCount:
    """Counts of directions with the exact sign test.

    Attributes
    ----------
    in_favour, against, none, unclear : int
        Numbers of studies.
    share : float
        In favour, of those with a direction; NaN if there are none.
    ci_low, ci_high : float
        Clopper and Pearson's exact interval of the share.
    p : float
        Two-tailed p of the sign test: as many studies of one direction or more, if both were
        equally likely; NaN if no study has a direction.
    """

    in_favour: int
    against: int
    none: int
    unclear: int
    share: float
    ci_low: float
    ci_high: float
    p: float

    @property
    def k(self) -> int:
        """Number of studies."""
        return self.in_favour + self.against + self.none + self.unclear


def count_votes(votes: Sequence[str], interval: float = 0.95) -> VoteCount:
    r"""Count directions, and test by the exact sign test whether both are equally frequent.

    .. math:: p = \min\Bigl\{1, 2 \sum_{i \ge \max(a, b)} \binom{a + b}{i} 2^{-a - b}\Bigr\}

    for a studies in favour and b against. Studies without an effect or with an unclear direction
    are counted, not tested.

    Warning: a small p says that one direction is more frequent, not that the effect is large or
    even worth mentioning, and a large p does not say that there is none. Studies must be
    independent, with one vote each. Studies whose direction is not reported are seldom those in
    favour; see how many are unclear before using the test.

    Parameters
    ----------
    votes : sequence of {"for", "against", "none", "unclear"}
        One for each study.
    interval : float
        Coverage.

    Raises
    ------
    AnalysisError
        No vote, or one that is not allowed.

    References
    ----------
    Hedges, L. V., & Olkin, I. (1980). Vote-counting methods in research synthesis. Psychological
    Bulletin, 88, 359-369. https://doi.org/10.1037/0033-2909.88.2.359

    McKenzie, J. E., & Brennan, S. E. (2019). Synthesizing and presenting findings using other
    methods. In J. P. T. Higgins et al. (Eds.), Cochrane handbook for systematic reviews of
    interventions (2nd ed., pp. 321-347). Wiley.

    Examples
    --------
    >>> found = count_votes(["for"] * 5 + ["none", "unclear"])
    >>> found.in_favour, found.against, found.p
    (5, 0, 0.0625)
    """
    from scipy.special import bdtr

    wrong = [
        f"Study {place + 1}: the vote is {vote!r}; allowed are {', '.join(VOTES)}."
        for place, vote in enumerate(votes)
        if vote not in VOTES
    ]
    if len(votes) == 0:
        wrong.append("There is no study to count.")
    if wrong:
        raise AnalysisError("\n".join(wrong))
    favour, against, none, unclear = (sum(vote == kind for vote in votes) for kind in VOTES)
    n = favour + against
    share = low = high = p = float("nan")
    if n > 0:
        found = risk(favour, n, interval)
        share, low, high = found.risk, found.exact_low, found.exact_high
        p = min(1.0, 2 * float(bdtr(min(favour, against), n, 0.5)))
    return VoteCount(favour, against, none, unclear, share, low, high, p)
