"""Measurement invariance: fit of each step, its change, omega, and what differs most.

Answers are read in `attune.analyses.invariance.design`; the models are in
`attune.stats.sem_invariance`, the formulas in `attune.stats.sem_fit` and `sem_tests`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from attune.analyses.invariance.declaration import Invariance, invariance_tests
from attune.analyses.invariance.design import (
    GROUP,
    ItemAnswers,
    item_answers,
    set_words,
    step_model,
)
from attune.specs.errors import AnalysisError
from attune.stats.sem_effects import standardised
from attune.stats.sem_fit import SemFit, fit_sem
from attune.stats.sem_hints import release_tests
from attune.stats.sem_invariance import (
    CHEUNG_CFI,
    chen_bounds,
    factor_omega,
    keeps_cfi,
    keeps_fit,
)
from attune.stats.sem_tests import FitIndices, fit_indices, likelihood_ratio
from attune.store.statistic_rows import Row, software, statistic_row, statistics_frame

if TYPE_CHECKING:
    from attune.analyses.analysis import AnalysisInputs
    from attune.specs.cohort import Cohort
    from attune.specs.instrument import Instrument
    from attune.specs.study import Study

HINTS = 5
"""Items that are named for each step; see `SMALLEST_HINT`."""

SMALLEST_HINT = 3.84
"""Chi-square with one degree of freedom at which p is .05."""

RESTRICTED = {"metric": "=~", "scalar": "~1", "strict": "~~"}
"""Step -> operator of the parameters that it makes equal."""


def test_invariance(
    responses: pd.DataFrame,
    sample: pd.DataFrame,
    study: "Study",
    cohort: "Cohort",
    instruments: "Mapping[str, Instrument]",
    *,
    interval: float = 0.95,
) -> pd.DataFrame:
    """Every test of invariance that a study declares.

    Parameters
    ----------
    responses, sample : pandas.DataFrame
        Contracts `RESPONSES` and `SAMPLE`.
    study : Study
    cohort : Cohort
    instruments : mapping of id to Instrument
    interval : float
        Coverage of the intervals of means and loadings; the RMSEA's is 90 % by convention.

    Returns
    -------
    pandas.DataFrame
        Contract `STATISTICS`; see `attune.analyses.invariance.kinds`. A step that cannot be fitted
        is null with a reason, as are those after it.

    Raises
    ------
    AnalysisError
        An instrument or scale that does not exist.

    References
    ----------
    Cheung, G. W., & Rensvold, R. B. (2002). Evaluating goodness-of-fit indexes for testing
    measurement invariance. Structural Equation Modeling, 9(2), 233-255.
    https://doi.org/10.1207/S15328007SEM0902_5
    """
    rows: list[Row] = []
    for name, test in invariance_tests(study).items():
        answers = item_answers(responses, sample, test, instruments, cohort)
        rows += _Entry(name, test, answers, cohort, interval).rows()
    return statistics_frame(rows)


# Its name is the rule's; it is not a test of pytest's.
test_invariance.__test__ = False  # type: ignore[attr-defined]


def statistics(inputs: "AnalysisInputs", resampling: bool) -> pd.DataFrame:
    """Measurement invariance, from the inputs of all analyses."""
    return test_invariance(
        inputs.responses,
        inputs.sample,
        inputs.study,
        inputs.cohort,
        inputs.instruments,
        **inputs.choices.test_invariance.model_dump(),
    )


@dataclass(frozen=True)
class _Step:
    """A fitted step."""

    fit: SemFit
    indices: FitIndices
    robust: bool

    @property
    def cfi(self) -> float:
        """Of the scaled chi-square where test statistics are scaled."""
        return self.indices.cfi_scaled if self.robust else self.indices.cfi

    @property
    def rmsea(self) -> float:
        """As `cfi`."""
        return self.indices.rmsea_scaled if self.robust else self.indices.rmsea


@dataclass(frozen=True)
class _Entry:
    """One test of the study: what all of its rows share."""

    name: str
    test: Invariance
    answers: ItemAnswers
    cohort: "Cohort"
    interval: float
    fitted: dict[str, _Step] = field(default_factory=dict)

    def row(self, parts: Any, statistic: str, estimate: float | None, **columns: Any) -> Row:
        """A row of the store about this test."""
        scaled = ", robust test statistics" if self.test.robust else ""
        clusters = " that allow for therapists" if self.test.cluster == "therapist" else ""
        shared: dict[str, Any] = {
            "x": f"{self.test.instrument}.{self.test.scale}",
            "rater": self.test.rater,
            "occasion": self.test.occasion,
            "dataset": self.test.dataset,
            "method": "Confirmatory factor model, full information maximum likelihood, items as"
            f" continuous{scaled}{clusters}",
            "software": software("attune", "scipy"),
        }
        return statistic_row(self.name, parts, statistic, estimate, **(shared | columns))

    def rows(self) -> Iterator[Row]:
        """Everything about the test."""
        reason = ""
        for step in self.test.steps:
            if not reason:
                try:
                    self.fitted[step] = self._fit(step)
                except AnalysisError as error:
                    reason = " ".join([error.heading, *(p[:1].upper() + p[1:] for p in
                                                        error.problems)])  # fmt: skip
            if reason:
                yield from self._undefined(step, reason)
        if not self.fitted:
            yield self.row((), "invariance_rows", None, reason=reason)
            return
        yield from self._counts()
        before = ""
        for step in self.fitted:
            yield from self._step(step, before)
            before = step
        yield from self._measurement()
        yield from self._means()
        yield from self._hints()

    def _fit(self, step: str) -> _Step:
        """Fit a step; refuses solutions that are none."""
        fit = fit_sem(
            self.answers.frame,
            step_model(self.test, self.answers, self.cohort, step),
            cluster="therapist" if self.test.cluster == "therapist" else None,
            group=GROUP if self.test.across == "conditions" else None,
            standard_errors="robust" if self.test.robust else "observed",
            interval=self.interval,
        )
        if not (fit.converged and fit.identified):
            raise AnalysisError(" ".join(m for m in fit.messages if m.startswith("Not ")))
        return _Step(fit, fit_indices(fit), self.test.robust)

    def _undefined(self, step: str, reason: str) -> Iterator[Row]:
        for statistic in ("chi_square", "cfi", "rmsea", "srmr"):
            yield self.row((step,), f"invariance_{statistic}", None, reason=reason)
        if step != "configural":
            for statistic in ("difference_chi_square", "cfi_change", "rmsea_change"):
                yield self.row((step,), statistic, None, reason=reason)

    def _counts(self) -> Iterator[Row]:
        """Rows, clusters, and the rules that changes of fit are compared with."""
        fit = next(iter(self.fitted.values())).fit
        yield self.row((), "invariance_rows", float(fit.n_rows), n=fit.n_rows)
        if self.test.cluster == "therapist":
            yield self.row((), "invariance_clusters", float(fit.n_clusters))
        yield self.row((), "invariance_items", float(len(self.answers.items)))
        if self.test.across == "conditions":
            for place, code in enumerate(self.test.sets(self.cohort)):
                n = sum(
                    len(d.y)
                    for d, g in zip(fit.data.groups, fit.data.group_names, strict=True)
                    if g == place
                )
                yield self.row((code,), "set_rows", float(n), n=n, level=code)
        else:
            for code, columns in zip(self.test.sets(self.cohort), self.answers.columns,
                                     strict=True):  # fmt: skip
                n = int(fit.data.frame[columns].notna().any(axis=1).sum())
                yield self.row((code,), "set_rows", float(n), n=n, level=code)
        bounds = chen_bounds(fit.n_rows)
        for statistic, bound in (
            ("cheung_cfi_bound", CHEUNG_CFI),
            ("chen_cfi_bound", bounds["cfi"]),
            ("chen_rmsea_bound", bounds["rmsea"]),
        ):
            yield self.row((), statistic, bound, method="A published rule")
        serious = [
            f"{step}: {message}"
            for step, one in self.fitted.items()
            for message in one.fit.messages
            if "left out" not in message
        ]
        words = " ".join(serious) or None
        yield self.row((), "invariance_problems", float(len(serious)), method=words)

    def _step(self, step: str, before: str) -> Iterator[Row]:
        """Fit of a step, and its change from the one before."""
        one = self.fitted[step]
        found, n = one.indices, {"n": one.fit.n_rows, "level": step}
        chi2, p = (found.chi2_scaled, found.p_scaled) if one.robust else (found.chi2, found.p)
        if found.df:
            yield self.row((step,), "invariance_chi_square", chi2, df=float(found.df),
                           p_two_tailed=p, **n)  # fmt: skip
        else:
            saturated = "With three items the model is saturated, so that nothing is tested."
            yield self.row((step,), "invariance_chi_square", None, reason=saturated, **n)
        ends: dict[str, Any] = {}
        if not one.robust and found.df:
            ends = {"ci_low": found.rmsea_low, "ci_high": found.rmsea_high, "ci_level": 0.90}
        cfi = one.cfi if np.isfinite(one.cfi) else found.cfi
        rmsea = one.rmsea if np.isfinite(one.rmsea) else found.rmsea
        yield self.row((step,), "invariance_cfi", cfi, **n)
        yield self.row((step,), "invariance_rmsea", rmsea, **n, **ends)
        yield self.row((step,), "invariance_srmr", found.srmr, **n)
        if before:
            yield from self._change(step, before, cfi, rmsea)

    def _change(self, step: str, before: str, cfi: float, rmsea: float) -> Iterator[Row]:
        now, old = self.fitted[step], self.fitted[before]
        contrast = {"level": step, "contrast": f"{step} minus {before}"}
        try:
            test = likelihood_ratio(now.fit, old.fit)
        except AnalysisError as error:
            yield self.row((step,), "difference_chi_square", None, reason=error.heading, **contrast)
        else:
            words = (
                "Scaled difference of Satorra and Bentler" if test.scaled else "Likelihood ratio"
            )
            yield self.row((step,), "difference_chi_square", test.chi2, df=float(test.df),
                           p_two_tailed=test.p, method=words, **contrast)  # fmt: skip
        change = cfi - (old.cfi if np.isfinite(old.cfi) else old.indices.cfi)
        rise = rmsea - (old.rmsea if np.isfinite(old.rmsea) else old.indices.rmsea)
        yield self.row((step,), "cfi_change", change, **contrast)
        yield self.row((step,), "rmsea_change", rise, **contrast)
        yield self.row((step,), "cheung_rule", float(keeps_cfi(change)), **contrast)
        kept = keeps_fit(change, rise, now.fit.n_rows)
        yield self.row((step,), "chen_rule", float(kept), **contrast)

    def _set_of(self, group: object, factor: str) -> str:
        """The set of answers that a factor or group belongs to."""
        sets = self.test.sets(self.cohort)
        if self.test.across == "conditions":
            return sets[int(float(str(group)))]
        return sets[int(factor.removeprefix("trait")) - 1]

    def _item_of(self, column: str) -> str:
        return column.rpartition("item")[2]

    def _place(self, row: Any) -> tuple[str, str]:
        """Set and item of a parameter of an item."""
        column = row["right"] if row["operator"] == "=~" else row["left"]
        if self.test.across == "conditions":
            return self._set_of(row["group"], ""), self._item_of(column)
        number = int(column.removeprefix("set").partition("_")[0])
        return self.test.sets(self.cohort)[number - 1], self._item_of(column)

    def _measurement(self) -> Iterator[Row]:
        """Omega, loadings and intercepts of each set, where nothing is held equal."""
        fit = self.fitted["configural"].fit
        for one in factor_omega(fit).to_dict("records"):
            code = self._set_of(one["group"], str(one["factor"]))
            reason = "A residual variance is estimated below zero."
            yield self.row((code,), "omega_model", float(one["omega"]), reason=reason, level=code)
        for statistic, operator, table in (
            ("item_loading", "=~", standardised(fit)),
            ("item_intercept", "~1", fit.parameters),
        ):
            for one in table[table["operator"] == operator].to_dict("records"):
                if operator == "~1" and str(one["left"]).startswith("trait"):
                    continue
                code, item = self._place(one)
                ends: dict[str, Any] = {"reason": "A variance is not above zero."}
                if np.isfinite(one["se"]):
                    ends |= {"se": one["se"], "ci_low": one["ci_low"], "ci_high": one["ci_high"],
                             "ci_level": self.interval}  # fmt: skip
                yield self.row((code, item), statistic, one["estimate"], level=code, **ends)

    def _means(self) -> Iterator[Row]:
        """Difference of each factor's mean from the first, where intercepts are equal."""
        if "scalar" not in self.fitted:
            return
        table = self.fitted["scalar"].fit.parameters
        first = self.test.sets(self.cohort)[0]
        for one in table[table["operator"] == "~1"].to_dict("records"):
            if not str(one["left"]).startswith("trait") or not np.isfinite(one["se"]):
                continue
            code = self._set_of(one.get("group"), str(one["left"]))
            words = [set_words(part, self.test, self.cohort) for part in (code, first)]
            shared = {"level": code, "contrast": " minus ".join(words)}
            ends = {"se": one["se"], "ci_low": one["ci_low"], "ci_high": one["ci_high"],
                    "ci_level": self.interval}  # fmt: skip
            yield self.row((code,), "factor_mean", one["estimate"], **shared, **ends)
            yield self.row((code,), "factor_mean_z", one["z"], p_two_tailed=one["p"], **shared)

    def _hints(self) -> Iterator[Row]:
        """The items whose loadings, intercepts or residuals differ most between the sets."""
        sets = self.test.sets(self.cohort)
        for step, operator in RESTRICTED.items():
            if step not in self.fitted:
                continue
            found = release_tests(self.fitted[step].fit)
            found = found[(found["operator"] == operator) & (found["chi2"] >= SMALLEST_HINT)]
            count = 0
            for one in found.to_dict("records"):
                code, item = self._place(one)
                # Of two sets, freeing either one is the same.
                if count >= HINTS or (len(sets) == 2 and code == sets[0]):
                    continue
                count += 1
                terms, shared = (step, code, item), {"level": code, "method": "Score test"}
                yield self.row(terms, "release_index", one["chi2"], df=1.0, p_two_tailed=one["p"],
                               **shared)  # fmt: skip
                yield self.row(terms, "release_change", one["change"], **shared)
