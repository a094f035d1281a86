"""Fit of structural equation models: chi-square, fit indices, likelihood ratio tests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attune.specs.errors import AnalysisError
from attune.stats.sem_fit import SemFit, expected_information, inverse_information
from attune.stats.sem_model import Block, BlockMoments, Specification, specify
from attune.stats.sem_search import Likelihood, Optimum, maximise
from attune.stats.sem_syntax import BETWEEN, WITHIN, ModelText, Term

Array = NDArray[np.float64]

CLOSE_FIT = 0.05
"""RMSEA of the null hypothesis of close fit (Browne & Cudeck, 1993)."""

_NESTED = 1e-6
"""Largest gain in fit of a restricted model that counts as rounding error."""


@dataclass(frozen=True)
class FitIndices:
    """How well a model reproduces the moments of the saturated model.

    Attributes
    ----------
    chi2, df, p : float
        Likelihood ratio against the saturated model; p is NaN without degrees of freedom.
    baseline_chi2, baseline_df : float
        Of the model in which all observed variables are independent but for the covariances of
        exogenous predictors, which no model explains (as in lavaan).
    cfi, tli : float
        Comparative fit index, 0 to 1, and Tucker-Lewis index.
    rmsea, rmsea_low, rmsea_high : float
        Root mean square error of approximation with its 90 % interval.
    p_close : float
        One-tailed p of the hypothesis that the RMSEA is at most .05.
    srmr, srmr_within, srmr_between : float
        Standardised root mean square residual; NaN where the model has no such level, or where the
        saturated model estimates a variance below 0. In models of
        two levels srmr is the sum of both, as in lavaan.
    aic, bic : float
    scaling : float
        Factor by which chi2 is too large for data that are not normal; NaN unless the standard
        errors are robust.
    chi2_scaled, p_scaled, cfi_scaled, tli_scaled, rmsea_scaled : float
        From chi2 over its scaling (Yuan & Bentler, 2000); NaN unless the standard errors are
        robust.
    """

    chi2: float
    df: int
    p: float
    baseline_chi2: float
    baseline_df: int
    cfi: float
    tli: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float
    p_close: float
    srmr: float
    srmr_within: float
    srmr_between: float
    aic: float
    bic: float
    scaling: float = np.nan
    chi2_scaled: float = np.nan
    p_scaled: float = np.nan
    cfi_scaled: float = np.nan
    tli_scaled: float = np.nan
    rmsea_scaled: float = np.nan


@dataclass(frozen=True)
class LevelFit:
    """How well one level of a model of two levels fits, the other one being saturated.

    Attributes
    ----------
    chi2, p : float
        p is NaN where the level has no degrees of freedom.
    df : int
    cfi, rmsea : float
        cfi is NaN where independence at this level has no maximum that the search finds.
    """

    chi2: float
    df: int
    p: float
    cfi: float
    rmsea: float


@dataclass(frozen=True)
class SampleMoments:
    """Means and covariances of the observed variables of one level of one group, as estimated.

    Attributes
    ----------
    group : object
        Value of the group column; None without groups.
    level : str
    names : tuple of str
    mean : ndarray, shape (k,)
        NaN where the mean belongs to the other level.
    covariance : ndarray, shape (k, k)
    """

    group: object
    level: str
    names: tuple[str, ...]
    mean: Array
    covariance: Array


@dataclass(frozen=True)
class LikelihoodRatio:
    """Test of the restrictions that a model adds to another.

    Attributes
    ----------
    chi2, p : float
    df : int
    scaled : bool
        Scaled difference (Satorra & Bentler, 2001) of models with robust standard errors.
    """

    chi2: float
    df: int
    p: float
    scaled: bool


def fit_indices(fit: SemFit) -> FitIndices:
    r"""Chi-square and fit indices of a model.

    .. math:: \chi^2 = 2(\ell_1 - \ell), \quad
              \mathrm{CFI} = 1 - \frac{\max(\chi^2 - df, 0)}{\max(\chi^2 - df, \chi_0^2 - df_0, 0)},
              \quad \mathrm{RMSEA} = \sqrt{\frac{G \max(\chi^2 - df, 0)}{n\,df}}

    with the log-likelihood of the saturated model (all means, variances and covariances of every
    level free), of the independent variables (0), n rows and G groups.

    Raises
    ------
    AnalysisError
        The saturated or the independence model has no maximum that the search finds.

    References
    ----------
    Hu, L., & Bentler, P. M. (1999). Cutoff criteria for fit indexes in covariance structure
    analysis. Structural Equation Modeling, 6(1), 1-55. https://doi.org/10.1080/10705519909540118

    Yuan, K.-H., & Bentler, P. M. (2000). Three likelihood-based methods for mean and covariance
    structure analysis with nonnormal missing data. Sociological Methodology, 30(1), 165-200.
    https://doi.org/10.1111/0081-1750.00078
    """
    from scipy.special import chdtrc, chndtr

    saturated, baseline = (_reference_model(fit, free) for free in (True, False))
    chi2, df = max(2 * (saturated.log_likelihood - fit.log_likelihood), 0.0), fit.df
    base = max(2 * (saturated.log_likelihood - baseline.log_likelihood), 0.0)
    base_df = saturated.n_free - baseline.n_free
    n, groups = fit.n_rows, len(fit.data.groups)
    low, high = rmsea_interval(chi2, df, n, groups)
    within, between = _srmr(fit, saturated.specification.blocks_at(saturated.free) or [])
    two_level = fit.model.two_level
    found = FitIndices(
        chi2=chi2,
        df=df,
        p=float(chdtrc(df, chi2)) if df else np.nan,
        baseline_chi2=base,
        baseline_df=base_df,
        cfi=_cfi(chi2, df, base, base_df),
        tli=_tli(chi2, df, base, base_df),
        rmsea=_rmsea(chi2, df, n, groups),
        rmsea_low=low,
        rmsea_high=high,
        p_close=(1 - float(chndtr(chi2, df, CLOSE_FIT**2 * n * df / groups)) if df else np.nan),
        srmr=within + between if two_level else within,
        srmr_within=within if two_level else np.nan,
        srmr_between=between,
        aic=fit.aic,
        bic=fit.bic,
    )
    if fit.standard_errors != "robust":
        return found
    return _with_scaled(found, fit, saturated, baseline)


def level_fit(fit: SemFit) -> dict[str, LevelFit]:
    r"""Fit of each level of a model of two levels, with the other level saturated.

    The chi-square of the whole model mostly reflects the rows, of which there are more than
    clusters; a level's own chi-square is that of the model whose other level has all variances and
    covariances free. Its RMSEA counts the clusters between, and rows minus clusters within.

    Returns
    -------
    dict of str to LevelFit
        within and between; empty for models of one level.

    Raises
    ------
    AnalysisError
        A model that is saturated in part has no maximum that the search finds.

    References
    ----------
    Ryu, E., & West, S. G. (2009). Level-specific evaluation of model fit in multilevel structural
    equation modeling. Structural Equation Modeling, 16(4), 583-601.
    https://doi.org/10.1080/10705510903203466
    """
    from scipy.special import chdtrc

    if not fit.model.two_level:
        return {}
    saturated = _reference_model(fit, True)
    found = {}
    for level in (WITHIN, BETWEEN):
        own = _fitted(fit, _partly_saturated(fit, level, False), "partly saturated")
        chi2 = max(2 * (saturated.log_likelihood - own.log_likelihood), 0.0)
        df = saturated.n_free - own.n_free
        cfi = np.nan
        try:
            base = _fitted(fit, _partly_saturated(fit, level, True), "partly independent")
        except AnalysisError:
            pass
        else:
            gain = max(2 * (saturated.log_likelihood - base.log_likelihood), 0.0)
            cfi = _cfi(chi2, df, gain, saturated.n_free - base.n_free)
        n = fit.n_clusters if level == BETWEEN else fit.n_rows - fit.n_clusters
        found[level] = LevelFit(
            chi2=chi2,
            df=df,
            p=float(chdtrc(df, chi2)) if df else np.nan,
            cfi=cfi,
            rmsea=_rmsea(chi2, df, n, len(fit.data.groups)),
        )
    return found


def saturated_moments(fit: SemFit) -> list[SampleMoments]:
    """Means and covariances of every level of every group that a reader needs to fit anew.

    Maximum likelihood estimates of the saturated model: the sample's own moments (divided by n)
    where no value is missing and there is one level.
    """
    reference = _reference_model(fit, True)
    blocks = reference.specification.blocks_at(reference.free) or []
    found = []
    for name, parts in zip(fit.data.group_names, blocks, strict=True):
        between = parts[1].block.observed if len(parts) > 1 else ()
        for part in parts:
            names = part.block.observed
            n = len(names)
            mean = np.array(part.mean[:n])
            if part.block.level == WITHIN:
                mean[[one in between for one in names]] = np.nan
            matrix = part.observed_covariance
            found.append(SampleMoments(name, part.block.level, names, mean, matrix))
    return found


def likelihood_ratio(restricted: SemFit, general: SemFit) -> LikelihoodRatio:
    """Test whether the restrictions of one model fit worse than another, of the same data.

    Parameters
    ----------
    restricted, general : SemFit
        The restricted model is the general one with fewer free parameters. Variances at 0 under
        the restriction make p too large.

    Raises
    ------
    AnalysisError
        The models are of other rows or variables, or the restricted one fits better.

    References
    ----------
    Satorra, A., & Bentler, P. M. (2001). A scaled difference chi-square test statistic for moment
    structure analysis. Psychometrika, 66(4), 507-514. https://doi.org/10.1007/BF02296192
    """
    from scipy.special import chdtrc

    _require_nested(restricted, general)
    df = general.n_parameters - restricted.n_parameters
    chi2 = max(2 * (general.log_likelihood - restricted.log_likelihood), 0.0)
    scaled = "robust" in (restricted.standard_errors, general.standard_errors)
    if scaled:
        saturated = _reference_model(general, True)
        terms = [_trace(one) for one in (saturated, restricted, general)]
        factor = (terms[2] - terms[1]) / df
        if factor <= 0:
            raise AnalysisError(
                f"The scaling of the difference is {factor:.3g}, not above 0; compare the models by"
                " observed standard errors, or by AIC and BIC."
            )
        chi2 /= factor
    return LikelihoodRatio(chi2, df, float(chdtrc(df, chi2)), scaled)


def rmsea_interval(
    chi2: float, df: int, n: int, groups: int = 1, interval: float = 0.90
) -> tuple[float, float]:
    """Limits of the RMSEA from the noncentral chi-square distribution.

    Parameters
    ----------
    chi2 : float
    df : int
    n, groups : int
        Rows and groups.
    interval : float
        Coverage, by convention 90 %.

    Returns
    -------
    tuple of float
        0 where chi2 is too small for a limit; NaN without degrees of freedom.

    Examples
    --------
    Holzinger and Swineford's three factors, n = 301:

    >>> [round(limit, 3) for limit in rmsea_interval(85.306, 24, 301)]
    [0.071, 0.114]
    """
    from scipy.special import chndtr

    if df == 0:
        return np.nan, np.nan
    tail = (1 - interval) / 2

    def limit(share: float) -> float:
        if chndtr(chi2, df, 0.0) < share:
            return 0.0
        high = max(chi2, 1.0)
        while chndtr(chi2, df, high) > share:
            high *= 2
        root = _bisect(lambda x: float(chndtr(chi2, df, x)) - share, 0.0, high)
        return float(np.sqrt(groups * root / (n * df)))

    return limit(1 - tail), limit(tail)


def _bisect(function: Callable[[float], float], low: float, high: float) -> float:
    """Root of a falling function."""
    for _ in range(200):
        middle = (low + high) / 2
        if function(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


@dataclass(frozen=True)
class _Reference:
    """The saturated or the independence model of a fit's data."""

    specification: Specification
    likelihood: Likelihood
    free: Array
    log_likelihood: float
    optimum: Optimum | None = None

    @property
    def n_free(self) -> int:
        return self.specification.n_free

    @property
    def information(self) -> Array:
        """Observed information; without a search that of sample moments, the expected one."""
        if self.optimum is None:
            return expected_information(self.likelihood, self.free)
        return self.optimum.information


def _reference_model(fit: SemFit, covariances: bool) -> _Reference:
    """All covariances of every level free, or those of exogenous predictors only."""
    terms = [
        term
        for block in fit.specification.groups[0].blocks
        for term in _covariance_terms(block, covariances)
    ]
    return _fitted(fit, terms, "saturated" if covariances else "independence", linear=True)


def _covariance_terms(block: Block, every: bool) -> list[Term]:
    """All variances of a block, and all covariances or those of exogenous predictors."""
    level = BETWEEN if block.level == BETWEEN else WITHIN
    names = block.observed
    return [
        Term(0, level, a, "~~", b)
        for i, a in enumerate(names)
        for b in names[i:]
        if every or a == b or {a, b} <= set(block.exogenous)
    ]


def _partly_saturated(fit: SemFit, level: str, independent: bool) -> list[Term]:
    """The model's own terms of a level, or independence there, and all covariances of the other."""
    terms = [t for t in fit.model.terms if t.level == level and not independent]
    for block in fit.specification.groups[0].blocks:
        if block.level != level:
            terms += _covariance_terms(block, True)
        elif independent:
            terms += _covariance_terms(block, False)
    return terms


def _fitted(fit: SemFit, terms: Sequence[Term], name: str, linear: bool = False) -> _Reference:
    """Another model of the same data; linear: it has covariances and means alone."""
    text = ModelText(tuple(terms), (), fit.model.two_level)
    data = fit.data
    specification = specify(text, data.rows, data.clusters, len(data.groups))
    likelihood = Likelihood(specification, data.groups)
    found = _sample_moments_fit(specification, likelihood) if linear else None
    if found is not None:
        return found
    optimum = maximise(likelihood)
    if not optimum.converged:
        raise AnalysisError(
            f"The {name} model, against which fit is measured, did not converge: too few clusters"
            " or rows for the number of variables. Report the model without fit indices, or leave"
            " variables out."
        )
    return _Reference(specification, likelihood, optimum.free, optimum.log_likelihood, optimum)


def _sample_moments_fit(specification: Specification, likelihood: Likelihood) -> _Reference | None:
    """A model of covariances and means alone where no value is missing and there is one level.

    With all covariances free, or those of some variables among each other, its maximum is at the
    sample's means and covariances (divided by n). None where there is more to estimate, or where
    the sample's covariances are not a covariance matrix.
    """
    values = []
    for group, data in zip(specification.groups, likelihood.data, strict=True):
        if data.two_level or not data.rows.patterns.all():
            return None
        mean, scatter = data.rows.cell_mean[0], data.rows.pattern_scatter[0]
        place = {name: number for number, name in enumerate(group.rows)}
        values += [
            mean[place[p.left]]
            if p.operator == "~1"
            else scatter[place[p.left], place[p.right]] / data.rows.n_rows
            for p in group.within.parameters
        ]
    free = np.array(values)
    value, _ = likelihood(free)
    return _Reference(specification, likelihood, free, value) if np.isfinite(value) else None


def _require_nested(restricted: SemFit, general: SemFit) -> None:
    variables = [
        {(b.level, frozenset(b.observed)) for g in f.specification.groups for b in g.blocks}
        for f in (restricted, general)
    ]
    if variables[0] != variables[1] or restricted.n_rows != general.n_rows:
        raise AnalysisError(
            f"The models have {restricted.n_rows} and {general.n_rows} rows and"
            f" {'the same' if variables[0] == variables[1] else 'other'} variables; likelihoods are"
            " only comparable for the same rows and variables."
        )
    if restricted.n_parameters >= general.n_parameters:
        raise AnalysisError(
            f"The restricted model has {restricted.n_parameters} free parameters, the general one"
            f" {general.n_parameters}; the restricted one must have fewer: exchange them?"
        )
    if restricted.log_likelihood > general.log_likelihood + _NESTED:
        raise AnalysisError(
            "The restricted model fits better than the general one, so that it is not nested in"
            " it, or one of them has not converged; see their messages."
        )


def _cfi(chi2: float, df: int, base: float, base_df: int) -> float:
    top, bottom = max(chi2 - df, 0.0), max(chi2 - df, base - base_df, 0.0)
    return 1 - top / bottom if bottom > 0 else 1.0


def _tli(chi2: float, df: int, base: float, base_df: int) -> float:
    if df == 0:
        return 1.0
    bottom = base / base_df - 1 if base_df else 0.0
    return (base / base_df - chi2 / df) / bottom if bottom else 1.0


def _rmsea(chi2: float, df: int, n: int, groups: int) -> float:
    return float(np.sqrt(groups * max(chi2 - df, 0.0) / (n * df))) if df else 0.0


def _srmr(fit: SemFit, saturated: list[list[BlockMoments]]) -> tuple[float, float]:
    """Within, and between clusters (NaN without), weighted by the groups' rows."""
    found = np.zeros(2)
    model = fit.specification.blocks_at(fit.free) or []
    for own, reference, data in zip(model, saturated, fit.data.groups, strict=True):
        parts = [_residual(a, b, fit.model.two_level) for a, b in zip(own, reference, strict=True)]
        found += np.array([*parts, np.nan][:2]) * len(data.y) / fit.n_rows
    return float(found[0]), float(found[1])


def _residual(model: BlockMoments, reference: BlockMoments, two_level: bool) -> float:
    order = [reference.block.observed.index(name) for name in model.block.observed]
    n = len(order)
    observed = reference.observed_covariance[np.ix_(order, order)]
    with np.errstate(invalid="ignore"):
        # Variances between clusters may be estimated below 0, and have no standard deviation.
        size = np.sqrt(np.diag(observed))
    matrix = (observed - model.observed_covariance) / np.outer(size, size)
    squares = (matrix[np.tril_indices(n)] ** 2).sum()
    count = n * (n + 1) / 2
    if not two_level:
        squares += (((reference.mean[order] - model.mean[:n]) / size) ** 2).sum()
        count += n
    return float(np.sqrt(squares / count))


def _trace(fitted: SemFit | _Reference) -> float:
    """Trace of the scores' products over the observed information."""
    products = fitted.likelihood.score_products(fitted.free)
    of = fitted.optimum if isinstance(fitted, SemFit) else fitted
    return float((inverse_information(of.information) * products).sum())


def _with_scaled(
    found: FitIndices, fit: SemFit, saturated: _Reference, baseline: _Reference
) -> FitIndices:
    """Add the indices from the scaled chi-squares of the model and of independence."""
    from scipy.special import chdtrc

    df, base_df = found.df, found.baseline_df
    whole = _trace(saturated)
    if df == 0:
        return found
    scaling = (whole - _trace(fit)) / df
    base = found.baseline_chi2 / ((whole - _trace(baseline)) / base_df) if base_df else 0.0
    chi2 = found.chi2 / scaling
    return FitIndices(
        **{
            **vars(found),
            "scaling": scaling,
            "chi2_scaled": chi2,
            "p_scaled": float(chdtrc(df, chi2)),
            "cfi_scaled": _cfi(chi2, df, base, base_df),
            "tli_scaled": _tli(chi2, df, base, base_df),
            "rmsea_scaled": _rmsea(chi2, df, fit.n_rows, len(fit.data.groups)),
        }
    )
