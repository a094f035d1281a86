"""Structural equation models of one and two levels by maximum likelihood."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.specs.errors import AnalysisError
from attune.stats.sem_data import ModelData, read_data
from attune.stats.sem_model import Specification, specify
from attune.stats.sem_search import Likelihood, Optimum, maximise
from attune.stats.sem_syntax import BETWEEN, ModelText, defined_values, parse_model

Array = NDArray[np.float64]
StandardErrors = Literal["observed", "expected", "robust"]


@dataclass(frozen=True)
class SemFit:
    """A fitted structural equation model.

    Attributes
    ----------
    text : str
    parameters : pandas.DataFrame
        One row per parameter, defined ones (operator :=) last: group (absent in models of one
        group), level (absent in models of one level), left, operator, right, label, estimate, se,
        z, p (two-tailed), ci_low, ci_high. se, z and p are NaN for fixed parameters.
    free : ndarray, shape (k,)
        Estimates of the free parameters, equal ones once.
    covariance : ndarray, shape (k, k)
        Of `free`; NaN where the model is not identified.
    log_likelihood : float
        Of all observed variables jointly (lavaan with ``fixed.x = FALSE``).
    n_rows, n_clusters, n_left_out : int
        n_clusters is n_rows where no cluster is named.
    n_parameters, n_moments : int
        Free parameters, and moments of the saturated model.
    standard_errors : str
        Their kind; see `fit_sem`.
    converged, identified : bool
    messages : tuple of str
        In plain words whatever makes the solution questionable.
    """

    text: str
    parameters: pd.DataFrame
    free: Array
    covariance: Array
    log_likelihood: float
    n_rows: int
    n_clusters: int
    n_left_out: int
    n_parameters: int
    n_moments: int
    standard_errors: StandardErrors
    converged: bool
    identified: bool
    messages: tuple[str, ...]
    interval: float
    cluster: str | None
    group: str | None
    model: ModelText = field(repr=False)
    specification: Specification = field(repr=False)
    data: ModelData = field(repr=False)
    optimum: Optimum = field(repr=False)

    @property
    def df(self) -> int:
        """Moments minus free parameters."""
        return self.n_moments - self.n_parameters

    @property
    def aic(self) -> float:
        """Akaike's information criterion."""
        return -2 * self.log_likelihood + 2 * self.n_parameters

    @property
    def bic(self) -> float:
        """Schwarz's criterion with the number of rows, as in lavaan."""
        return -2 * self.log_likelihood + float(np.log(self.n_rows)) * self.n_parameters

    @cached_property
    def likelihood(self) -> Likelihood:
        """The log-likelihood as a function of the free parameters."""
        return Likelihood(self.specification, self.data.groups)

    def labelled(self, free: Array) -> dict[str, Any]:
        """Values of labels and defined parameters at free parameters of shape (..., k)."""
        values: dict[str, Any] = {
            label: place if isinstance(place, float) else free[..., place]
            for label, place in self.specification.labels.items()
        }
        return {**values, **defined_values(self.model.definitions, values)}

    def estimate(self, name: str) -> pd.Series:
        """The row of a label or of a parameter as written in the text (``bond~empathy``)."""
        table = self.parameters
        names = table["left"] + table["operator"] + table["right"]
        found = table[(table["label"] == name) | (names == name)]
        if len(found) == 0 or (len(found) > 1 and (found["label"] != name).all()):
            problem = "several rows" if len(found) else "no row"
            labels = ", ".join(sorted(set(table["label"]) - {""}))
            raise AnalysisError(
                f"{name!r} names {problem} of the parameters; label the parameter. Labels:"
                f" {labels or 'none'}."
            )
        return found.iloc[0]


def fit_sem(
    frame: pd.DataFrame,
    model: str,
    *,
    cluster: str | None = None,
    group: str | None = None,
    standard_errors: StandardErrors = "observed",
    missing: Literal["fiml", "listwise"] = "fiml",
    interval: float = 0.95,
) -> SemFit:
    r"""Fit a structural equation model by maximum likelihood.

    .. math:: y_{ij} = u_j + e_{ij}, \qquad u_j \sim N(\mu_B, \Sigma_B), \quad
              e_{ij} \sim N(\mu_W, \Sigma_W)

    with row i in cluster j; the levels of the model text structure the moments. Cluster means are
    latent, not computed from the rows. Models without ``level:`` lines have :math:`u_j = 0`.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per observation. Missing values may be anywhere; rows without any value of the
        model, without cluster or without group are left out and counted.
    model : str
        See `attune.stats.sem_syntax.parse_model`; defaults as lavaan's `sem` with
        ``fixed.x = FALSE`` and a mean structure (`attune.stats.sem_model.specify`).
    cluster : str, optional
        Column of the clusters. In models without levels it only serves robust standard errors.
    group : str, optional
        Column of groups with parameters of their own, equal where they share a label.
    standard_errors : str
        observed: from the observed information. expected: from the expected information (models of
        one level). robust: sandwich of the observed information and the clusters' scores, the rows'
        without clusters (lavaan's MLR). In models of one level with J clusters times J / (J - 1).
    missing : str
        fiml: full information, every known value counts; valid if values are missing at random
        given the variables of the model. listwise: rows with missing values are left out.
    interval : float
        Coverage of the intervals, between 0 and 1; estimate ± z se.

    Returns
    -------
    SemFit
        Fits that did not converge, parameters that the data do not determine and impossible
        estimates are named in `messages`.

    Raises
    ------
    AnalysisError
        The text is not a model, the data cannot carry it, or it has more parameters than moments.

    References
    ----------
    Muthén, B. O. (1994). Multilevel covariance structure analysis. Sociological Methods & Research,
    22(3), 376-398. https://doi.org/10.1177/0049124194022003006

    Preacher, K. J., Zyphur, M. J., & Zhang, Z. (2010). A general multilevel SEM framework for
    assessing multilevel mediation. Psychological Methods, 15(3), 209-233.
    https://doi.org/10.1037/a0020141

    Examples
    --------
    A regression has the slope of least squares, here 0.8:

    >>> rows = pd.DataFrame({"before": [1.0, 2, 3, 4], "after": [1.0, 3, 2, 4]})
    >>> fit = fit_sem(rows, "after ~ b*before")
    >>> round(float(fit.estimate("b")["estimate"]), 6)
    0.8
    """
    if standard_errors not in ("observed", "expected", "robust"):
        raise AnalysisError(
            f"Standard errors {standard_errors!r} are unknown; allowed are observed, expected and"
            " robust."
        )
    if not 0 < interval < 1:
        raise AnalysisError(f"The coverage of intervals is {interval:g}; allowed is 0 to 1.")
    parsed = parse_model(model)
    data = read_data(frame, parsed, cluster, group, listwise=missing == "listwise")
    specification = specify(parsed, data.rows, data.clusters, len(data.groups))
    _require_moments(specification)
    return fit_specification(
        model, parsed, specification, data, standard_errors, interval, cluster, group
    )


def with_standard_errors(fit: SemFit, standard_errors: StandardErrors) -> SemFit:
    """The same fit with another kind of standard errors, without a new search.

    Parameters
    ----------
    fit : SemFit
    standard_errors : str
        observed, expected or robust; see `fit_sem`.
    """
    covariance = _covariance(fit.likelihood, fit.optimum, fit.data, standard_errors)
    table = _table(fit.specification, fit.model, fit.free, covariance, fit.interval, fit.data)
    return replace(fit, parameters=table, covariance=covariance, standard_errors=standard_errors)


def why_no_sem(
    frame: pd.DataFrame,
    model: str,
    *,
    cluster: str | None = None,
    group: str | None = None,
    missing: Literal["fiml", "listwise"] = "fiml",
) -> str | None:
    """Why a model cannot be fitted to data, without fitting it; None where it can.

    Parameters
    ----------
    frame, model, cluster, group, missing
        As for `fit_sem`.
    """
    try:
        parsed = parse_model(model)
        data = read_data(frame, parsed, cluster, group, listwise=missing == "listwise")
        _require_moments(specify(parsed, data.rows, data.clusters, len(data.groups)))
    except AnalysisError as error:
        return " ".join([error.heading, *map(_as_sentence, error.problems)])
    return None


def _as_sentence(problem: str) -> str:
    return problem[:1].upper() + problem[1:]


def fit_specification(
    text: str,
    parsed: ModelText,
    specification: Specification,
    data: ModelData,
    standard_errors: StandardErrors,
    interval: float,
    cluster: str | None,
    group: str | None,
    start: Array | None = None,
) -> SemFit:
    """Fit a model whose text and data are already read."""
    likelihood = Likelihood(specification, data.groups)
    optimum = maximise(likelihood, start)
    covariance = _covariance(likelihood, optimum, data, standard_errors)
    table = _table(specification, parsed, optimum.free, covariance, interval, data)
    return SemFit(
        text=text,
        parameters=table,
        free=optimum.free,
        covariance=covariance,
        log_likelihood=optimum.log_likelihood,
        n_rows=data.n_rows,
        n_clusters=data.n_clusters,
        n_left_out=data.n_left_out,
        n_parameters=specification.n_free,
        n_moments=specification.n_moments,
        standard_errors=standard_errors,
        converged=optimum.converged,
        identified=optimum.identified,
        messages=tuple(_messages(specification, optimum, data, covariance)),
        interval=interval,
        cluster=cluster,
        group=group,
        model=parsed,
        specification=specification,
        data=data,
        optimum=optimum,
    )


def _require_moments(specification: Specification) -> None:
    """Refuse models that no data could identify."""
    k, known = specification.n_free, specification.n_moments
    if k > known:
        raise AnalysisError(
            f"The model has {k} free parameters, but the observed variables have only {known}"
            " means, variances and covariances; fix parameters, or make some equal by a label."
        )
    for n, group in enumerate(specification.groups):
        for block in group.blocks:
            size = len(block.observed)
            inside = {p.place for p in block.parameters if p.place >= 0 and p.operator != "~1"}
            if len(inside) > size * (size + 1) // 2:
                several = f" of group {n + 1}" if len(specification.groups) > 1 else ""
                raise AnalysisError(
                    f"The {block.level} part{several} has {len(inside)} free loadings, slopes,"
                    f" variances and covariances, but its {size} observed variables have only"
                    f" {size * (size + 1) // 2} variances and covariances; fix parameters, or make"
                    " some equal by a label."
                )


def _covariance(
    likelihood: Likelihood, optimum: Optimum, data: ModelData, kind: StandardErrors
) -> Array:
    """Covariance of the free parameters, NaN where it does not exist."""
    information = optimum.information
    k = len(optimum.free)
    if kind == "expected":
        information = expected_information(likelihood, optimum.free)
    if not optimum.identified or not np.isfinite(information).all():
        return np.full((k, k), np.nan)
    bread = inverse_information(information)
    if kind != "robust":
        return bread
    return bread @ likelihood.score_products(optimum.free) @ bread


def inverse_information(information: Array) -> Array:
    """Inverse of a symmetric matrix whose rows have very different sizes."""
    size = np.sqrt(np.maximum(np.abs(np.diag(information)), 1e-300))
    inverse = np.linalg.inv(information / np.outer(size, size)) / np.outer(size, size)
    return (inverse + inverse.T) / 2


def expected_information(likelihood: Likelihood, free: Array) -> Array:
    r"""Expected information of a model of one level, given which values are missing.

    .. math:: I_{ab} = \sum_i \dot\mu_a' W_i \dot\mu_b
              + \tfrac12 \operatorname{tr}(W_i \dot\Sigma_a W_i \dot\Sigma_b)

    with the inverse W of the covariances of the values that row i has.
    """
    specification = likelihood.specification
    if specification.groups[0].between is not None:
        raise AnalysisError(
            "The expected information is only given for models of one level; for two levels,"
            " standard errors are observed or robust."
        )
    n = len(specification.parameters)
    total, start = np.zeros((n, n)), 0
    for [moments], data in zip(specification.blocks_at(free) or (), likelihood.data, strict=True):
        means, covariances = moments.jacobian()
        own = slice(start, start + len(means))
        start = own.stop
        for known, size in zip(data.rows.patterns, data.rows.pattern_n, strict=True):
            order = [i for i, _ in enumerate(moments.block.observed) if known[i]]
            w = np.linalg.inv(moments.observed_covariance[np.ix_(order, order)])
            m = means[:, order]
            weighted = w @ covariances[:, order][:, :, order]
            total[own, own] += size * (
                m @ w @ m.T + np.einsum("aij,bji->ab", weighted, weighted) / 2
            )
    return specification.spread(specification.spread(total).T)


def _table(
    specification: Specification,
    parsed: ModelText,
    free: Array,
    covariance: Array,
    interval: float,
    data: ModelData,
) -> pd.DataFrame:
    from scipy.special import ndtr, ndtri

    values = specification.values(free)
    with np.errstate(invalid="ignore"):
        errors = np.sqrt(np.diag(covariance)) if len(free) else np.zeros(0)
    records = [
        {
            "group": data.group_names[p.group],
            "level": p.level,
            "left": p.left,
            "operator": p.operator,
            "right": p.right,
            "label": p.label,
            "estimate": float(value),
            "se": float(errors[p.place]) if p.place >= 0 else np.nan,
        }
        for p, value in zip(specification.parameters, values, strict=True)
    ]
    for name, (value, slope) in defined_slopes(specification, parsed, free).items():
        text = next(d.text for d in parsed.definitions if d.name == name)
        variance = float(slope @ covariance @ slope) if slope.any() else np.nan
        se = float(np.sqrt(variance)) if variance >= 0 else np.nan
        names = {"group": None, "level": "", "left": name, "operator": ":=", "right": text}
        records.append({**names, "label": name, "estimate": value, "se": se})
    table = pd.DataFrame.from_records(records)
    with np.errstate(divide="ignore", invalid="ignore"):
        table["z"] = (table["estimate"] / table["se"]).where(table["se"] > 0)
    table["p"] = 2 * ndtr(-table["z"].abs())
    width = float(ndtri(0.5 + interval / 2)) * table["se"]
    table["ci_low"], table["ci_high"] = table["estimate"] - width, table["estimate"] + width
    unused = [] if len(data.groups) > 1 else ["group"]
    unused += [] if parsed.two_level else ["level"]
    return table.drop(columns=unused)


def defined_slopes(
    specification: Specification, parsed: ModelText, free: Array
) -> dict[str, tuple[float, Array]]:
    """Value of every defined parameter and its derivatives for the free ones."""
    values: dict[str, float] = {}
    slopes: dict[str, Array] = {}
    for label, place in specification.labels.items():
        slopes[label] = np.zeros(len(free))
        if isinstance(place, float):
            values[label] = place
        else:
            values[label] = float(free[place])
            slopes[label][place] = 1.0
    found = {}
    for definition in parsed.definitions:
        value = float(definition.value(values))
        slope = np.zeros(len(free)) + definition.slope(values, slopes)
        values[definition.name], slopes[definition.name] = value, slope
        found[definition.name] = (value, slope)
    return found


def _messages(
    specification: Specification, optimum: Optimum, data: ModelData, covariance: Array
) -> list[str]:
    found = []
    total = data.n_rows + data.n_left_out
    if data.n_left_out:
        found.append(
            f"{data.n_left_out} of {total} rows are left out: no cluster or group, or missing"
            " values."
        )
    if not optimum.converged:
        found.append(
            "Not converged: the search ended before the maximum of the likelihood; the estimates"
            " must not be reported. Simplify the model, or bring the variables to similar scales."
        )
    if not optimum.identified:
        names = [specification.free_names[place] for place in optimum.loose]
        found.append(
            f"Not identified: {', '.join(names)} can change together without changing the"
            " likelihood, so that no standard errors exist. Fix one of them, or make some equal."
        )
    elif optimum.converged and not (np.diag(covariance) > 0).all():
        found.append("The covariance matrix of the estimates is not a covariance matrix.")
    few = _more_parameters_than_clusters(specification, data)
    return found + few + _impossible_values(specification, optimum.free)


def _more_parameters_than_clusters(specification: Specification, data: ModelData) -> list[str]:
    """Whether the between part asks more of the clusters than there are clusters."""
    if specification.groups[0].between is None:
        return []
    places = {p.place for p in specification.parameters if p.level == BETWEEN and p.place >= 0}
    if len(places) < data.n_clusters:
        return []
    return [
        f"The between part has {len(places)} free parameters, but there are only"
        f" {data.n_clusters} clusters: its standard errors and tests cannot be trusted. Simplify"
        " the between part, or collect more clusters."
    ]


def _impossible_values(specification: Specification, free: Array) -> list[str]:
    """Negative variances, and covariances beyond what the variances allow."""
    found = []
    values = specification.values(free)
    for p, value in zip(specification.parameters, values, strict=True):
        if p.operator == "~~" and p.left == p.right and value < 0:
            where = _place(specification, p.level, p.group)
            found.append(
                f"Heywood case: the variance of {p.left}{where} is estimated at {value:.4g}, below"
                " 0; the model may be wrong for these data, or the sample too small."
            )
    if found:
        return found
    for parts in specification.blocks_at(free) or ():
        for part in parts:
            size = np.sqrt(np.diag(part.residual))
            used = size > 0
            if not used.any():
                continue
            matrix = part.residual[np.ix_(used, used)] / np.outer(size[used], size[used])
            if np.linalg.eigvalsh(matrix)[0] < -1e-8:
                where = _place(specification, part.block.level, part.block.group)
                found.append(
                    f"The estimated variances and covariances{where} contradict each other (a"
                    " correlation beyond 1, or a matrix that is not positive definite)."
                )
    return found


def _place(specification: Specification, level: str, group: int) -> str:
    parts: Sequence[str] = [
        *([f"{level} clusters"] if specification.groups[0].between is not None else []),
        *([f"in group {group + 1}"] if len(specification.groups) > 1 else []),
    ]
    return f" ({', '.join(parts)})" if parts else ""
