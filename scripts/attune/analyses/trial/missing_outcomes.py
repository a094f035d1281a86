"""What the missing outcomes of a trial could change: reference-based imputation, tipping points.

The formulas are in `attune.stats.reference_based_imputation`. Two variances are given for every
assumption: Rubin's, which keeps the information lost by missing values about as it is under missing
at random, and that of the estimate in repeated trials, by the jackknife.
"""

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

from attune.analyses.trial.declaration import NOBODY_MISSING
from attune.analyses.trial.design import TrialData
from attune.analyses.trial.effects import tested_rows, visits_left_out
from attune.specs.errors import AnalysisError
from attune.stats.imputed_outcomes import Imputations, draw_parameters, impute_with
from attune.stats.reference_based_imputation import (
    ResampledParameters,
    pooled_contrasts,
    resample_parameters,
    resampled_contrasts,
    tipping_point,
)
from attune.stats.resampling import stream
from attune.stats.trial_outcomes import AFTER_DROPOUT, TrialOutcomes, trial_outcomes
from attune.store.statistic_rows import Row, software, statistic_row

MISSING_AT_RANDOM = "missing_at_random"

LARGEST_DELTA = 2.0
"""Standard deviations of the baseline up to which a tipping point is looked for: a difference of
two between people who left and those who stayed, alike in all that is known of them, is not
plausible."""

NO_TIPPING = {
    True: "The difference keeps its significance up to two standard deviations of the baseline.",
    False: "The difference is not significant if outcomes are missing at random.",
}
"""Whether the difference is significant to begin with -> why there is no tipping point."""


def missing_outcome_rows(
    data: TrialData, outcome: str, imputations: int, seed: int, level: float
) -> Iterator[Row]:
    """What the plan declares about missing outcomes, for one outcome.

    Parameters
    ----------
    data : TrialData
    outcome : str
    imputations : int
        Completed copies of the data.
    seed : int
        Every outcome has a stream of random numbers of its own, which depends on its name.
    level : float
        Two-tailed level whose loss a tipping point is.
    """
    declared = data.trial.missing_outcomes
    if not (declared.methods or declared.tipping_point):
        return
    methods = [MISSING_AT_RANDOM, *declared.methods]
    empty = [*visits_left_out(data, data.long(outcome))]
    visits = [visit for visit in data.trial.visits if visit not in empty]
    yield from _undefined_rows(data, outcome, empty, methods, "An arm has no outcome there.")
    if not visits:
        return
    try:
        arranged = _arranged(data, outcome, visits)
        draws = stream(seed, f"{data.name}.{outcome}.parameters")
        parameters = draw_parameters(arranged, imputations, draws)
        without_each = resample_parameters(arranged)
        for method in methods:
            draws = stream(seed, f"{data.name}.{outcome}.{method}.imputation")
            imputed = impute_with(parameters, _strategy(data, method), draws)
            for visit in visits:
                yield from _method_rows(data, outcome, visit, method, (imputed, without_each), seed)
                if method == MISSING_AT_RANDOM and declared.tipping_point:
                    yield from _tipping_rows(data, outcome, visit, imputed, (seed, level))
    except AnalysisError as error:
        reason = " ".join([error.heading, "; ".join(error.problems)]).strip()
        yield from _undefined_rows(data, outcome, visits, methods, reason)


def _undefined_rows(
    data: TrialData, outcome: str, visits: list[str], methods: list[str], reason: str
) -> Iterator[Row]:
    for visit, code, method in product(visits, data.treated, methods):
        for statistic in ("imputed_difference", "imputed_difference_t"):
            yield statistic_row(
                data.name,
                (*data.place(outcome, visit, arm=data.arms[code]), method),
                statistic,
                None,
                reason=reason,
                x=outcome,
                outcome=outcome,
                occasion=visit,
            )


def _arranged(data: TrialData, outcome: str, visits: list[str]) -> TrialOutcomes:
    # A missing baseline is the mean of all, as in the model of the outcome.
    rows = data.long(outcome)
    chosen = rows[rows["visit"].isin(visits)]
    return trial_outcomes(
        chosen.assign(visit=chosen["visit"].cat.remove_unused_categories()),
        "score",
        "person",
        "visit",
        "arm",
        reference=data.arms[data.reference],
        baseline="before",
        cluster="cluster" if data.nested(outcome) else None,
    )


def _strategy(data: TrialData, method: str) -> Any:
    """The method for all treated arms; the reference arm is missing at random."""
    return {data.arms[code]: method for code in data.treated}


def _method_rows(
    data: TrialData,
    outcome: str,
    visit: str,
    method: str,
    fitted: tuple[Imputations, ResampledParameters],
    seed: int,
) -> Iterator[Row]:
    """The contrasts at a visit under one assumption, with both variances."""
    imputed, without_each = fitted
    pooled = pooled_contrasts(imputed, visit, interval=data.interval)
    jackknife = resampled_contrasts(
        without_each, _strategy(data, method), visit, interval=data.interval
    )
    words = method.replace("_", " ")
    for first, second in zip(pooled, jackknife, strict=True):
        parts = (*data.place(outcome, visit, arm=str(first.arm)), method)
        shared = data.difference_columns(outcome, visit, str(first.arm))
        shared |= {"n": len(imputed.data.persons), "software": software("attune", "scipy")}
        m = first.pooled.n_imputations
        of = f"Multiple imputation ({words}), {m} imputations; Rubin's rules"
        test = first.pooled.test
        yield from tested_rows(
            data, parts, "imputed_difference", test, shared | {"method": of, "seed": seed}
        )
        of = f"Conditional mean imputation ({words}); jackknife, the variance in repeated trials"
        yield from tested_rows(
            data, parts, "resampled_difference", second.test, shared | {"method": of}
        )


def _tipping_rows(
    data: TrialData, outcome: str, visit: str, imputed: Imputations, choices: tuple[int, float]
) -> Iterator[Row]:
    """How much worse imputed outcomes of a treated arm must be for its effect to vanish.

    `choices` are the seed of the imputations and the level of significance.
    """
    seed, level = choices
    sd = float(data.wide(outcome)[data.trial.baseline].std(ddof=1))
    harm = 1 if data.trial.outcomes[outcome].better == "lower" else -1
    for code in data.treated:
        arm = data.arms[code]
        parts = data.place(outcome, visit, arm=arm)
        shared: dict[str, Any] = {
            "x": outcome,
            "outcome": outcome,
            "occasion": visit,
            "contrast": data.contrast(arm),
            "n": len(imputed.data.persons),
        }
        gone = _after_dropout(imputed.data, arm, visit)
        yield statistic_row(data.name, parts, "after_dropout_n", float(gone), **shared)
        delta, reason = math.nan, NOBODY_MISSING
        if gone:
            found = tipping_point(imputed, visit, arm, harm * LARGEST_DELTA * sd, level=level)
            delta = found.delta
            reason = NO_TIPPING[found.path[0].pooled.test.p_two_tailed < level]
        yield statistic_row(
            data.name,
            parts,
            "tipping_point",
            delta,
            reason=reason,
            seed=seed,
            method="Delta added to imputed outcomes after the last observed visit; Rubin's rules;"
            f" two-tailed level {level:g}",
            **shared,
        )


def _after_dropout(arranged: TrialOutcomes, arm: str, visit: str) -> int:
    """How many of an arm miss a visit and all later ones: to them a delta is added."""
    own = arranged.arm == arranged.arms.index(arm)
    place = arranged.visits.index(visit)
    return int((arranged.kinds[own, place] == AFTER_DROPOUT).sum())
