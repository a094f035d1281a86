"""Structural equation models: parameters, indirect effects, fit, and what a reader needs to refit.

The data of a model are in `attune.analyses.structural_models.design`, the formulas in
`attune.stats.sem_fit` and the modules beside it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from attune.analyses.structural_models.declaration import (
    Comparison,
    StructuralModel,
    structural_models,
)
from attune.analyses.structural_models.design import (
    CLUSTER,
    GROUP,
    measure_behind,
    model_frame,
    without_later_scores,
)
from attune.specs.errors import AnalysisError
from attune.stats.resampling import stream
from attune.stats.sem_effects import (
    bootstrap_intervals,
    explained_shares,
    monte_carlo_intervals,
    standardised,
)
from attune.stats.sem_fit import SemFit, fit_sem, fit_specification
from attune.stats.sem_hints import modification_indices
from attune.stats.sem_model import specify
from attune.stats.sem_syntax import ModelText
from attune.stats.sem_tests import (
    FitIndices,
    fit_indices,
    level_fit,
    likelihood_ratio,
    saturated_moments,
)
from attune.store.statistic_rows import Row, software, statistic_row, statistics_frame

if TYPE_CHECKING:
    from attune.analyses.analysis import AnalysisInputs
    from attune.specs.cohort import Cohort
    from attune.specs.study import Study

OPERATORS = {"~": "path", "=~": "loading", "~~": "model_covariance", "~1": "model_intercept"}
"""Operator of the model text -> statistic; covariances of a variable with itself are
model_variance."""

ERRORS = {
    "observed": "standard errors from the observed information",
    "expected": "standard errors from the expected information",
    "robust": "robust standard errors (sandwich)",
}
INTERVALS = {
    "delta": "delta method",
    "monte_carlo": "Monte Carlo interval",
    "cluster_bootstrap": "percentile interval of the cluster bootstrap",
}
MISSING = {
    "fiml": "full information maximum likelihood",
    "listwise": "maximum likelihood, rows without missing values",
}
NO_ERROR = "The estimate has no standard error."

HINTS = 10
"""Modification indices that are stored; more would invite fitting the model to chance."""

SMALLEST_HINT = 3.84
"""Chi-square with one degree of freedom at which p is .05."""


def fit_structural_models(
    measures: pd.DataFrame,
    sample: pd.DataFrame,
    study: "Study",
    cohort: "Cohort",
    *,
    interval: float = 0.95,
    power: float = 0.80,
    seed: int = 0,
    resampling: bool = True,
) -> pd.DataFrame:
    """Every structural equation model that a study declares.

    Parameters
    ----------
    measures, sample : pandas.DataFrame
        Contracts `MEASURES` and `SAMPLE`.
    study : Study
    cohort : Cohort
    interval : float
        Coverage of all intervals but the RMSEA's, which is 90 % by convention.
    power : float
        For which the smallest path is given that would be found.
    seed : int
        Of Monte Carlo and bootstrap intervals; each model has a stream of its own.
    resampling : bool
        False: intervals of defined parameters by the delta method.

    Returns
    -------
    pandas.DataFrame
        Contract `STATISTICS`; see `attune.analyses.structural_models.kinds`. Where a model cannot
        be fitted, or its estimates are not to be reported, its statistics are null with a reason;
        the other models go on.
    """
    rows: list[Row] = []
    for name, model in structural_models(study).items():
        entry = _Entry(name, model, study, interval, power, seed, resampling)
        rows += entry.rows(model_frame(measures, sample, model, study, cohort))
        silent = without_later_scores(measures, model, study)
        if silent is not None:
            rows.append(entry.row((), "model_silent", float(silent)))
    return statistics_frame(rows)


def statistics(inputs: "AnalysisInputs", resampling: bool) -> pd.DataFrame:
    """Structural equation models, from the inputs of all analyses."""
    return fit_structural_models(
        inputs.measures,
        inputs.sample,
        inputs.study,
        inputs.cohort,
        seed=inputs.choices.seed,
        resampling=resampling,
        **inputs.choices.fit_structural_models.model_dump(),
    )


@dataclass(frozen=True)
class _Entry:
    """One model of the study: what all of its rows share."""

    name: str
    model: StructuralModel
    study: "Study"
    interval: float
    power: float
    seed: int
    resampling: bool

    def row(self, parts: Any, statistic: str, estimate: float | None, **columns: Any) -> Row:
        """A row of the store about this model."""
        estimator = f"{MISSING[self.model.missing]}, {ERRORS[self.model.standard_errors]}"
        shared: dict[str, Any] = {
            "dataset": self.model.dataset,
            "method": f"Structural equation model, {estimator}",
            "software": software("attune", "scipy"),
        }
        terms = [str(part) for part in parts if not pd.isna(part) and part != ""]
        return statistic_row(self.name, terms, statistic, estimate, **(shared | columns))

    def rows(self, frame: pd.DataFrame) -> Iterator[Row]:
        """Everything about the model."""
        cluster = CLUSTER if self.model.cluster == "therapist" else None
        group = GROUP if self.model.group else None
        try:
            fit = fit_sem(
                frame,
                self.model.text,
                cluster=cluster,
                group=group,
                standard_errors=self.model.standard_errors,
                missing=self.model.missing,
                interval=self.interval,
            )
        except AnalysisError as error:
            yield from self._undefined(" ".join([error.heading, *map(_sentence, error.problems)]))
            return
        yield from self._counts(fit)
        if not (fit.converged and fit.identified):
            reasons = [m for m in fit.messages if m.startswith("Not ")]
            yield from self._undefined(" ".join(reasons), counted=True)
            return
        yield from self._parameters(fit)
        yield from self._effects(fit)
        yield from self._fit(fit)
        yield from self._comparisons(fit)
        yield from self._moments(fit)
        yield from self._hints(fit)

    def _undefined(self, reason: str, counted: bool = False) -> Iterator[Row]:
        """The statistics that tables and texts name, without numbers."""
        parsed = self.model.parsed()
        missing: dict[str, Any] = {"reason": reason}
        if not counted:
            yield self.row((), "model_rows", None, **missing)
            yield self.row((), "model_problems", 1.0, method=reason)
        for term in parsed.terms:
            if term.operator in ("~", "=~"):
                level = term.level if parsed.two_level else None
                terms = (level, term.left, term.right)
                statistic = OPERATORS[term.operator]
                yield self.row(terms, statistic, None, **missing)
                yield self.row(terms, f"{statistic}_z", None, **missing)
        for effect in self.model.effects:
            yield self.row((effect,), "defined_effect", None, **missing)
        for statistic in ("model_chi_square", "cfi", "rmsea", "srmr"):
            yield self.row((), statistic, None, **missing)
        for comparison in self.model.comparisons:
            yield self.row((comparison,), "nested_chi_square", None, **missing)

    def _counts(self, fit: SemFit) -> Iterator[Row]:
        """How many rows and clusters, and what makes the solution questionable."""
        yield self.row((), "model_rows", float(fit.n_rows), n=fit.n_rows)
        if self.model.cluster == "therapist":
            yield self.row((), "model_clusters", float(fit.n_clusters))
        yield self.row((), "model_left_out", float(fit.n_left_out))
        yield self.row((), "model_parameters", float(fit.n_parameters))
        serious = [m for m in fit.messages if "left out" not in m]
        words = " ".join(serious) or None
        yield self.row((), "model_problems", float(len(serious)), method=words)

    def _parameters(self, fit: SemFit) -> Iterator[Row]:
        """Every parameter with its z and its standardised value."""
        from scipy.special import ndtri

        scaled = standardised(fit)
        for own, other in zip(_records(fit.parameters), _records(scaled), strict=True):
            if own["operator"] == ":=":
                continue
            fixed = not np.isfinite(own["se"])
            if fixed and own["operator"] != "=~":
                continue
            statistic = OPERATORS[own["operator"]]
            if own["operator"] == "~~" and own["left"] == own["right"]:
                statistic = "model_variance"
            terms = self._terms(own)
            shared = self._columns(own) | {"n": self._n(fit, own)}
            yield self.row(terms, statistic, own["estimate"], **shared, **self._ends(own))
            if not fixed:
                tested = {"p_two_tailed": own["p"], "reason": NO_ERROR}
                yield self.row(terms, f"{statistic}_z", own["z"], **shared, **tested)
            if statistic not in ("model_variance", "model_intercept") or np.isfinite(other["se"]):
                yield self.row(
                    terms, f"{statistic}_standardised", other["estimate"],
                    reason="A variance is not above zero.", **shared, **self._ends(other),
                )  # fmt: skip
            if statistic == "path" and not fixed:
                size = float(ndtri(0.5 + self.interval / 2) + ndtri(self.power)) * own["se"]
                yield self.row(terms, "detectable_path", size, **shared)
        for share in _records(explained_shares(fit)):
            terms = (share["group"], share["level"] if fit.model.two_level else None,
                     share["outcome"])  # fmt: skip
            reason = "The residual variance is negative."
            yield self.row(terms, "model_r_squared", share["r_squared"], reason=reason,
                           outcome=share["outcome"])  # fmt: skip

    def _n(self, fit: SemFit, own: Mapping[str, Any]) -> int:
        """Rows behind a parameter within, clusters behind one between."""
        return fit.n_clusters if own.get("level") == "between" else fit.n_rows

    def _terms(self, own: Mapping[str, Any]) -> tuple[Any, ...]:
        """Group, level and variables of a parameter, as its id has them."""
        right = own["right"] if own["operator"] != "~1" and own["left"] != own["right"] else None
        return own.get("group"), own.get("level"), own["left"], right

    def _columns(self, own: Mapping[str, Any]) -> dict[str, Any]:
        left, right = own["left"], own["right"] or None
        behind = [measure_behind(v, self.model, self.study) if v else None for v in (left, right)]
        named: dict[str, Any] = {"x": behind[0], "y": behind[1], "level": own.get("level") or None}
        if own["operator"] == "~":
            named |= {"outcome": left, "predictor": right}
        elif own["operator"] == "=~":
            named |= {"outcome": right, "predictor": left}
        return named

    def _ends(self, own: Mapping[str, Any]) -> dict[str, Any]:
        """Standard error and interval, where there are any."""
        if not np.isfinite(own["se"]):
            return {}
        ends = {"ci_low": own["ci_low"], "ci_high": own["ci_high"], "ci_level": self.interval}
        return {"se": own["se"], **ends}

    def _effects(self, fit: SemFit) -> Iterator[Row]:
        """Defined parameters with the interval that the study asks for."""
        defined, scaled = (
            {row["left"]: row for row in _records(table) if row["operator"] == ":="}
            for table in (fit.parameters, standardised(fit))
        )
        asked = self.model.indirect
        kind = asked.interval if self.resampling else "delta"
        chosen = [name for name in self.model.effects if name in defined]
        if not chosen:
            return
        found, count, reason = None, "", ""
        generator = stream(self.seed, f"{self.name}, structural model, {fit.n_rows}")
        try:
            if kind == "monte_carlo":
                found = monte_carlo_intervals(
                    fit, generator, names=chosen, draws=asked.draws, interval=self.interval
                )
                count = f", {asked.draws} draws"
            elif kind == "cluster_bootstrap":
                found = bootstrap_intervals(
                    fit, generator, names=chosen, replicates=asked.resamples,
                    interval=self.interval,
                )  # fmt: skip
                count = f", {found['n_replicates'].iloc[0]} of {asked.resamples} resamples"
        except AnalysisError as error:
            reason = error.heading
        for name in chosen:
            own = defined[name]
            ends = self._ends(own)
            if found is not None:
                [other] = [row for row in _records(found) if row["name"] == name]
                ends |= {"ci_low": other["ci_low"], "ci_high": other["ci_high"]}
            elif reason:
                ends = {"se": own["se"]}
            words = f"{own['right']}, {INTERVALS[kind]}{count}. {reason}".strip(". ")
            shared = {"seed": None if kind == "delta" else self.seed}
            yield self.row((name,), "defined_effect", own["estimate"], reason=NO_ERROR,
                           method=words, **shared, **ends)  # fmt: skip
            yield self.row((name,), "defined_effect_z", own["z"], reason=NO_ERROR,
                           p_two_tailed=own["p"], method="Delta method")  # fmt: skip
            yield self.row((name,), "defined_effect_standardised", scaled[name]["estimate"],
                           reason=NO_ERROR, **self._ends(scaled[name]))  # fmt: skip

    def _fit(self, fit: SemFit) -> Iterator[Row]:
        """Chi-square and fit indices, of the whole model and of each level."""
        yield self.row((), "model_log_likelihood", fit.log_likelihood)
        yield self.row((), "model_aic", fit.aic)
        yield self.row((), "model_bic", fit.bic)
        try:
            found = fit_indices(fit)
        except AnalysisError as error:
            for statistic in ("model_chi_square", "cfi", "rmsea", "srmr"):
                yield self.row((), statistic, None, reason=error.heading)
            return
        yield from self._indices(fit, found)
        try:
            levels = level_fit(fit)
        except AnalysisError as error:
            levels = {}
            for level in ("within", "between"):
                yield self.row((level,), "level_chi_square", None, reason=error.heading)
        for level, one in levels.items():
            yield self._chi_square((level,), "level_chi_square", one.chi2, one.df, one.p)
            if one.df:
                reason = "Independence at this level, against which it is measured, has no fit."
                yield self.row((level,), "level_cfi", one.cfi, level=level, reason=reason)
                yield self.row((level,), "level_rmsea", one.rmsea, level=level)

    def _chi_square(
        self, parts: Any, statistic: str, chi2: float, df: int, p: float, **columns: Any
    ) -> Row:
        if not df:
            reason = "The model is saturated, so that it fits perfectly and nothing is tested."
            return self.row(parts, statistic, None, reason=reason, **columns)
        return self.row(parts, statistic, chi2, df=float(df), p_two_tailed=p, **columns)

    def _indices(self, fit: SemFit, found: FitIndices) -> Iterator[Row]:
        n = {"n": fit.n_rows}
        yield self._chi_square((), "model_chi_square", found.chi2, found.df, found.p, **n)
        if np.isfinite(found.scaling):
            words = f"Yuan-Bentler scaled, divided by {found.scaling:.4g}"
            yield self._chi_square((), "model_chi_square_scaled", found.chi2_scaled, found.df,
                                   found.p_scaled, method=words)  # fmt: skip
        saturated = {"reason": "The model is saturated; its fit says nothing."}
        of = found.df > 0
        ends = {"ci_low": found.rmsea_low, "ci_high": found.rmsea_high, "ci_level": 0.90}
        yield self.row((), "rmsea", found.rmsea if of else None, **n, **ends, **saturated)
        for statistic in ("cfi", "tli", "srmr_within", "srmr_between", "srmr"):
            value = getattr(found, statistic)
            if statistic != "srmr" and not np.isfinite(value):
                continue
            reason = "A variance of the unrestricted model is estimated below zero."
            why = {"reason": reason} if of else saturated
            yield self.row((), statistic, value if of else None, **why)
        if np.isfinite(found.cfi_scaled):
            for statistic in ("cfi_scaled", "tli_scaled", "rmsea_scaled"):
                yield self.row((), statistic, getattr(found, statistic))

    def _comparisons(self, fit: SemFit) -> Iterator[Row]:
        """Likelihood ratio tests of the smaller models."""
        for key, comparison in self.model.comparisons.items():
            words = f"Likelihood ratio; {', '.join(comparison.zero)} held at zero"
            try:
                smaller = _without(fit, comparison)
                found = likelihood_ratio(smaller, fit)
            except AnalysisError as error:
                reason = " ".join([error.heading, *error.problems])
                yield self.row((key,), "nested_chi_square", None, reason=reason, method=words)
                continue
            words += ", scaled difference of Satorra and Bentler" if found.scaled else ""
            yield self._chi_square((key,), "nested_chi_square", found.chi2, found.df, found.p,
                                   method=words)  # fmt: skip
            yield self.row((key,), "nested_aic", smaller.aic)
            yield self.row((key,), "nested_bic", smaller.bic)

    def _moments(self, fit: SemFit) -> Iterator[Row]:
        """Covariances and means of each level, from which a reader can refit the model."""
        try:
            found = saturated_moments(fit)
        except AnalysisError:
            return
        for part in found:
            level = part.level if fit.model.two_level else None
            n = fit.n_clusters if part.level == "between" else fit.n_rows
            shared = {"level": level, "n": n, "method": "Saturated model, maximum likelihood"}
            for i, a in enumerate(part.names):
                if np.isfinite(part.mean[i]):
                    yield self.row((part.group, level, a), "sample_mean", part.mean[i], **shared)
                for j in range(i + 1):
                    yield self.row((part.group, level, a, part.names[j]), "sample_covariance",
                                   part.covariance[i, j], **shared)  # fmt: skip

    def _hints(self, fit: SemFit) -> Iterator[Row]:
        """What the model leaves out and the data ask for most."""
        found = modification_indices(fit)
        for one in _records(found[found["chi2"] >= SMALLEST_HINT].head(HINTS)):
            level = one["level"] if fit.model.two_level else None
            word = {"~": "on", "~~": "with", "=~": "by"}[one["operator"]]
            terms = (one["group"], level, one["left"], word, one["right"])
            shared = {"level": level, "method": "Score test"}
            yield self._chi_square(terms, "modification_index", one["chi2"], 1, one["p"], **shared)
            yield self.row(terms, "expected_change", one["change"], **shared)
            yield self.row(terms, "expected_change_standardised", one["standardised"], **shared)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def _sentence(problem: str) -> str:
    return problem[:1].upper() + problem[1:]


def _without(fit: SemFit, comparison: Comparison) -> SemFit:
    """The model with the parameters of some labels held at 0."""
    terms = []
    for term in fit.model.terms:
        modifiers = tuple(
            replace(m, fixed=0.0) if m.label in comparison.zero else m for m in term.modifiers
        )
        terms.append(replace(term, modifiers=modifiers))
    text = ModelText(tuple(terms), fit.model.definitions, fit.model.two_level)
    data = fit.data
    specification = specify(text, data.rows, data.clusters, len(data.groups))
    found = fit_specification(
        fit.text, text, specification, data, fit.standard_errors, fit.interval, fit.cluster,
        fit.group,
    )  # fmt: skip
    if not (found.converged and found.identified):
        raise AnalysisError("The smaller model did not converge.")
    return found
