"""Differences between studies: meta-regression, subgroups, cluster-robust tests."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.cluster_robust import ClusterRobust, cluster_robust
from attune.stats.heterogeneity import (
    Heterogeneity,
    Method,
    checked_studies,
    estimate_tau2,
    heterogeneity,
    log_likelihood,
    weighted_least_squares,
)
from attune.stats.meta_analysis import (
    AverageEffect,
    PredictionInterval,
    Test,
    prediction_limits,
    random_effects,
    scaled_fit,
)
from attune.stats.model_formula import require_full_rank
from attune.stats.regression import CoefficientTest, coefficient_test

Vector = NDArray[np.float64]
Array = NDArray[np.float64]

INTERCEPT = "Intercept"


@dataclass(frozen=True)
class ModeratorTest:
    """Test of several coefficients together.

    Attributes
    ----------
    statistic : float
        Chi-square where df2 is infinite, F otherwise.
    df1 : int
    df2 : float
    p : float
    """

    statistic: float
    df1: int
    df2: float
    p: float


@dataclass(frozen=True)
class MetaRegression:
    """Meta-regression: effects of studies on moderators.

    Attributes
    ----------
    names : tuple of str, length p
        Intercept first.
    ids : tuple of str, length k
    method, test : str
    coefficients : tuple of CoefficientTest
        In the order of `names`.
    covariance : ndarray, shape (p, p)
    moderators : ModeratorTest or None
        QM: all coefficients but the intercept; None without moderators.
    heterogeneity : Heterogeneity
        What the moderators leave.
    r2 : float
        Percent of the variance between studies that the moderators explain, from 0 to 100; NaN if
        there is none without them.
    log_likelihood : float
    """

    names: tuple[str, ...]
    ids: tuple[str, ...]
    method: str
    test: str
    coefficients: tuple[CoefficientTest, ...]
    covariance: Array
    moderators: ModeratorTest | None
    heterogeneity: Heterogeneity
    r2: float
    log_likelihood: float
    effects: Vector = field(repr=False)
    variances: Vector = field(repr=False)
    design: Array = field(repr=False)

    @property
    def tau2(self) -> float:
        """Variance between studies that the moderators leave."""
        return self.heterogeneity.tau2

    @property
    def df(self) -> float:
        """Degrees of freedom of the tests of coefficients; infinite for z."""
        return self.coefficients[0].df

    def coefficient(self, name: str) -> CoefficientTest:
        """Test of one coefficient."""
        if name not in self.names:
            raise AnalysisError(f"There is no coefficient {name!r}; there are: {self.names}.")
        return self.coefficients[self.names.index(name)]

    def predict(
        self, values: ArrayLike, interval: float = 0.95
    ) -> tuple[CoefficientTest, PredictionInterval]:
        """Average effect of studies with given moderators, and the interval of one such study.

        The prediction interval uses the distribution of the test: z, or t with k - p.

        Parameters
        ----------
        values : array_like, shape (p - 1,)
            Of the moderators, without the intercept.
        interval : float
            Coverage.
        """
        row = np.concatenate([[1.0], np.atleast_1d(np.asarray(values, dtype=float))])
        if len(row) != len(self.names) or not np.isfinite(row).all():
            raise AnalysisError(
                f"A prediction needs a finite value of each moderator ({len(self.names) - 1}),"
                f" found {list(row[1:])}."
            )
        estimate = float(row @ [test.estimate for test in self.coefficients])
        se = float(np.sqrt(row @ self.covariance @ row))
        convention = "z" if np.isinf(self.df) else "t(k-p)"
        low, high = prediction_limits(estimate, se, self.tau2, self.df, interval)
        predicted = PredictionInterval(low, high, self.df, convention)
        return coefficient_test(estimate, se, self.df, interval), predicted

    def robust(self, clusters: Sequence[object]) -> ClusterRobust:
        """Cluster-robust (CR2) tests with Satterthwaite degrees of freedom.

        For several effects of one study. Standard errors are right whatever the dependence within
        clusters; weights and coefficients are those of independent effects, and not the best ones.
        Below about ten clusters the degrees of freedom become few and p values rough: under four
        they should not be used (Tipton, 2015).

        Parameters
        ----------
        clusters : sequence, length k
            Study of each effect; at least two different ones.

        References
        ----------
        Tipton, E. (2015). Small sample adjustments for robust variance estimation with
        meta-regression. Psychological Methods, 20, 375-393. https://doi.org/10.1037/met0000011
        """
        labels = np.array([str(cluster) for cluster in clusters])
        if len(labels) != len(self.effects):
            raise AnalysisError(
                f"There are {len(self.effects)} effects and {len(labels)} clusters; their numbers"
                " must be equal."
            )
        total = self.variances + self.tau2
        return cluster_robust(self.effects, self.design, labels, 1 / total, total, self.names)


def meta_regression(
    effects: ArrayLike,
    variances: ArrayLike,
    moderators: ArrayLike | None = None,
    names: Sequence[str] = (),
    ids: Sequence[object] | None = None,
    method: Method = "REML",
    test: Test = "knapp-hartung",
    interval: float = 0.95,
    profile: bool = True,
) -> MetaRegression:
    r"""Regression of effects on moderators of the studies, with a variance between studies left.

    .. math:: y_i = x_i' \beta + u_i + e_i, \quad u_i \sim N(0, \tau^2), \qquad
              Q_M = b_2' V_{22}^{-1} b_2, \qquad
              R^2 = 100 \max\left(0, \frac{\tau_0^2 - \tau^2}{\tau_0^2}\right)

    Q_M has a chi-square distribution with q = p - 1 degrees of freedom for the test z; divided by
    q it is F with q and k - p for the Knapp-Hartung tests. Moderators are observed, not assigned:
    a coefficient is a difference between studies that may differ in much else.

    Parameters
    ----------
    effects, variances : array_like, shape (k,)
    moderators : array_like, shape (k, q) or (k,), optional
        Numbers, factors as indicators; nothing missing, no column of ones. None: intercept alone.
    names : sequence of str, length q
        Of the moderators; x1, x2, ... if not given.
    ids : sequence, optional
        Names of the effects, each once.
    method, test, interval, profile
        As for `random_effects`.

    Raises
    ------
    AnalysisError
        See `checked_studies`; a constant moderator or one that others determine; a missing value;
        fewer than two studies more than moderators.

    References
    ----------
    Knapp, G., & Hartung, J. (2003). Improved tests for a random effects meta-regression with a
    single covariate. Statistics in Medicine, 22, 2693-2710. https://doi.org/10.1002/sim.1482

    Raudenbush, S. W., & Bryk, A. S. (1985). Empirical Bayes meta-analysis. Journal of Educational
    Statistics, 10, 75-98. https://doi.org/10.3102/10769986010002075 (R2)

    Examples
    --------
    Effects on a line, with equal variances:

    >>> fit = meta_regression([0.1, 0.3, 0.5, 0.7], [0.01] * 4, [0, 1, 2, 3], ["year"], test="z")
    >>> round(fit.coefficient("year").estimate, 6), round(fit.moderators.statistic, 6), fit.tau2
    (0.2, 20.0, 0.0)
    """
    y, v, rows = checked_studies(effects, variances, ids)
    x, labels = moderator_design(moderators, names, len(y))
    k, p = x.shape
    # An orthogonal design (X = QR) leaves the fit as it is; years as moderators cost no digits.
    basis, triangle = np.linalg.qr(x)
    turn = np.linalg.inv(triangle)
    found = heterogeneity(y, v, basis, method, interval, profile)
    scaled = scaled_fit(y, v, basis, found.tau2, test)
    b, covariance = turn @ scaled.fit.coefficients, turn @ scaled.covariance @ turn.T
    errors = np.sqrt(covariance.diagonal())
    without = estimate_tau2(y, v, np.ones((k, 1)), method)
    return MetaRegression(
        names=tuple(labels),
        ids=tuple(rows),
        method=method,
        test=test,
        coefficients=tuple(
            coefficient_test(float(value), float(se), scaled.df, interval)
            for value, se in zip(b, errors, strict=True)
        ),
        covariance=covariance,
        moderators=joint_test(b[1:], covariance[1:, 1:], scaled.df) if p > 1 else None,
        heterogeneity=found,
        r2=max(0.0, 100 * (without - found.tau2) / without) if without > 0 else float("nan"),
        log_likelihood=log_likelihood(y, v, basis, found.tau2, restricted=method == "REML"),
        effects=y,
        variances=v,
        design=x,
    )


def moderator_design(
    moderators: ArrayLike | None, names: Sequence[str], k: int
) -> tuple[Array, list[str]]:
    """Intercept and moderators with their names, or all faults.

    Parameters
    ----------
    moderators : array_like, shape (k, q) or (k,), or None
    names : sequence of str, length q
        x1, x2, ... if empty.
    k : int
        Number of effects, at least q + 2.

    Raises
    ------
    AnalysisError
        Other lengths, a missing value, a constant or redundant moderator, too few effects.

    Examples
    --------
    >>> moderator_design([1.0, 2.0, 4.0], ["year"], 3)[1]
    ['Intercept', 'year']
    """
    if moderators is None:
        columns = np.zeros((k, 0))
    else:
        columns = np.asarray(moderators, dtype=float)
        columns = columns[:, None] if columns.ndim == 1 else columns
    labels = list(names) if len(names) else [f"x{j + 1}" for j in range(columns.shape[1])]
    if len(columns) != k or len(labels) != columns.shape[1]:
        raise AnalysisError(
            f"There are {k} effects, {len(columns)} rows of {columns.shape[1]} moderators and"
            f" {len(labels)} names; rows must be effects, and each moderator needs a name."
        )
    faults = [
        f"The moderator {name!r} is missing or infinite in {int(count)} studies. Leave these out."
        for name, count in zip(labels, (~np.isfinite(columns)).sum(axis=0), strict=True)
        if count
    ]
    if faults:
        raise AnalysisError("\n".join(faults))
    fewest = columns.shape[1] + 2
    if k < fewest:
        raise AnalysisError(
            f"Effects found: {k}. A model with {columns.shape[1]} moderators needs at least"
            f" {fewest}."
        )
    constant = [name for name, column in zip(labels, columns.T, strict=True) if np.ptp(column) == 0]
    if constant:
        raise AnalysisError(
            f"The moderator {', '.join(map(repr, constant))} has the same value in all studies."
        )
    x = np.column_stack([np.ones(k), columns])
    require_full_rank(x, [INTERCEPT, *labels])
    return x, [INTERCEPT, *labels]


def joint_test(estimates: Vector, covariance: Array, df: float) -> ModeratorTest:
    """Wald test of several estimates: chi-square if df is infinite, else F.

    NaN where a standard error is 0: a model without residuals, tested by Knapp-Hartung.

    Examples
    --------
    >>> joint_test(np.array([2.0]), np.eye(1), float("inf")).statistic
    4.0
    """
    from scipy.special import chdtrc, fdtrc

    q = len(estimates)
    errors = np.sqrt(covariance.diagonal())
    if not (errors > 0).all():
        return ModeratorTest(float("nan"), q, df, float("nan"))
    # In units of standard errors: coefficients of years and of shares differ by powers of ten.
    z = estimates / errors
    wald = float(z @ np.linalg.solve(covariance / np.outer(errors, errors), z))
    if np.isinf(df):
        return ModeratorTest(wald, q, df, float(chdtrc(q, wald)))
    return ModeratorTest(wald / q, q, df, float(fdtrc(q, df, wald / q)))


@dataclass(frozen=True)
class Subgroup:
    """Average effect of one group of studies.

    Attributes
    ----------
    name : str
    k : int
    effect : CoefficientTest
    tau2 : float
        The variance between studies that was used; NaN where a group of one study has none.
    heterogeneity : Heterogeneity
        Of the studies of this group alone.
    """

    name: str
    k: int
    effect: CoefficientTest
    tau2: float
    heterogeneity: Heterogeneity


@dataclass(frozen=True)
class Subgroups:
    """Subgroups of a meta-analysis and the test of their difference.

    Attributes
    ----------
    groups : tuple of Subgroup
    between : ModeratorTest
    tau2 : {"common", "separate"}
    """

    groups: tuple[Subgroup, ...]
    between: ModeratorTest
    tau2: str


def subgroups(
    effects: ArrayLike,
    variances: ArrayLike,
    groups: Sequence[object],
    ids: Sequence[object] | None = None,
    tau2: Literal["common", "separate"] = "common",
    method: Method = "REML",
    test: Test = "knapp-hartung",
    interval: float = 0.95,
) -> Subgroups:
    """Average effects of subgroups, with one variance between studies or one for each group.

    Common: a meta-regression on the groups; the better choice for small groups, but its intervals
    are wrong where groups differ in spread. Separate: each group is a meta-analysis of its own, and
    the averages are compared by a chi-square test that takes their standard errors as known, which
    is too easily significant with few studies.

    Parameters
    ----------
    effects, variances : array_like, shape (k,)
    groups : sequence, length k
        At least two different ones; results are in the order of first appearance.
    ids, method, test, interval
        As for `random_effects`.
    tau2 : {"common", "separate"}

    Raises
    ------
    AnalysisError
        See `checked_studies`; one group only; a missing group; as many groups as studies with a
        common variance.

    References
    ----------
    Borenstein, M., Hedges, L. V., Higgins, J. P. T., & Rothstein, H. R. (2009). Introduction to
    meta-analysis, chapter 19. https://doi.org/10.1002/9780470743386

    Examples
    --------
    >>> found = subgroups([0.1, 0.2, 0.5, 0.6], [0.01] * 4, ["CBT", "CBT", "PDT", "PDT"], test="z")
    >>> [(group.name, round(group.effect.estimate, 6)) for group in found.groups]
    [('CBT', 0.15), ('PDT', 0.55)]
    >>> round(found.between.statistic, 6)
    16.0
    """
    y, v, rows = checked_studies(effects, variances, ids)
    labels, codes = _groups(groups, len(y))
    if tau2 == "separate":
        parts = [
            random_effects(
                y[codes == code],
                v[codes == code],
                [name for name, other in zip(rows, codes, strict=True) if other == code],
                method,
                test,
                interval=interval,
            )
            for code in range(len(labels))
        ]
        return _separate(labels, parts)
    if tau2 != "common":
        raise AnalysisError(f"tau2 is {tau2!r}; it must be 'common' or 'separate'.")
    return _common(y, v, labels, codes, method, test, interval)


def _groups(groups: Sequence[object], k: int) -> tuple[list[str], NDArray[np.intp]]:
    given = list(groups)
    missing = [place + 1 for place, group in enumerate(given) if group is None or group != group]
    if len(given) != k or missing:
        raise AnalysisError(
            f"There are {k} effects and {len(given)} groups, {len(missing)} of them missing; every"
            " effect needs its group."
        )
    labels = list(dict.fromkeys(str(group) for group in given))
    if len(labels) < 2:
        raise AnalysisError(f"All studies are in the group {labels}; two groups are needed.")
    return labels, np.array([labels.index(str(group)) for group in given])


def _separate(labels: list[str], parts: list[AverageEffect]) -> Subgroups:
    estimates = np.array([part.effect.estimate for part in parts])
    errors = np.array([part.effect.se for part in parts])
    if not (errors > 0).all():
        raise AnalysisError(
            "All effects of a group are equal, so that its Knapp-Hartung standard error is 0. Use"
            " the truncated test or a common variance."
        )
    fit = weighted_least_squares(estimates, errors**2, np.ones((len(parts), 1)), 0.0)
    from scipy.special import chdtrc

    df = len(parts) - 1
    between = ModeratorTest(fit.q, df, float("inf"), float(chdtrc(df, fit.q)))
    groups = tuple(
        Subgroup(label, part.k, part.effect, part.tau2, part.heterogeneity)
        for label, part in zip(labels, parts, strict=True)
    )
    return Subgroups(groups, between, "separate")


def _common(
    y: Vector,
    v: Vector,
    labels: list[str],
    codes: NDArray[np.intp],
    method: Method,
    test: Test,
    interval: float,
) -> Subgroups:
    k, count = len(y), len(labels)
    if k <= count:
        raise AnalysisError(f"{k} studies in {count} groups leave nothing to estimate tau2 from.")
    x = (codes[:, None] == np.arange(count)).astype(float)
    tau2 = estimate_tau2(y, v, x, method)
    scaled = scaled_fit(y, v, x, tau2, test)
    b, covariance = scaled.fit.coefficients, scaled.covariance
    contrasts = np.column_stack([-np.ones(count - 1), np.eye(count - 1)])
    between = joint_test(contrasts @ b, contrasts @ covariance @ contrasts.T, scaled.df)
    groups = tuple(
        Subgroup(
            label,
            int((codes == code).sum()),
            coefficient_test(
                float(b[code]), float(np.sqrt(covariance[code, code])), scaled.df, interval
            ),
            tau2,
            heterogeneity(
                y[codes == code],
                v[codes == code],
                np.ones(((codes == code).sum(), 1)),
                method,
                interval,
            ),
        )
        for code, label in enumerate(labels)
    )
    return Subgroups(groups, between, "common")
