"""What a synthesis declares beside its pooled effect: subsets, reliability, control events."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal

from attune.specs.errors import AnalysisError
from attune.specs.synthesis import ControlEvent, Reliability, Synthesis
from attune.stats.effect_conversion import convert, disattenuate, fisher_z
from attune.stats.number_needed_to_treat import NumberNeeded, number_needed_from_control_rate
from attune.store.statistic_rows import Row, statistic_row
from attune.synthesis.evidence import StudyEffect, n_people, n_studies
from attune.synthesis.pooling import (
    ALL,
    NO_TAU,
    NONE_POOLED,
    ONE_NESTED,
    average_effect,
    back,
    is_nested,
    model_words,
    nested_effect,
    nested_test,
    pooled_row,
    pooled_rows,
)

ATTENUATION = "r / √(reliability of predictor × reliability of outcome)"


def subset_name(name: str) -> str:
    """Name of a subset among the groups of pooled studies.

    Examples
    --------
    >>> subset_name("low_risk")
    'subset_low_risk'
    """
    return f"subset_{name}"


def subset_studies(
    synthesis: Synthesis, name: str, studies: Sequence[StudyEffect]
) -> list[StudyEffect]:
    """The studies of a declared subset."""
    subset = synthesis.subsets[name]
    return [study for study in studies if subset.holds(study.features[subset.moderator])]


def subset_rows(synthesis: Synthesis, studies: Sequence[StudyEffect]) -> Iterator[Row]:
    """The pooled effect of each declared subset, by the model of all studies."""
    for name in synthesis.subsets if studies else ():
        own = subset_studies(synthesis, name, studies)
        yield from pooled_rows(synthesis, subset_name(name), own, family=name)


def corrected_studies(
    reliability: Reliability, studies: Sequence[StudyEffect]
) -> list[StudyEffect]:
    r"""Correlations corrected for unreliability, as Fisher's z with their standard errors.

    .. math:: r_c = \frac{r}{\sqrt{r_{xx} r_{yy}}}, \qquad
              V(z_c) = \frac{1}{n - 3} \left(\frac{1 - r^2}{1 - r_c^2}\right)^2
              \frac{1}{r_{xx} r_{yy}}

    The variance is that of Fisher's z, taken to r, to the corrected r and back to z by the delta
    method; with reliabilities of 1 it is 1 / (n - 3). Reliabilities are taken as known.

    Parameters
    ----------
    reliability : Reliability
    studies : sequence of StudyEffect
        With a correlation and n.

    Raises
    ------
    AnalysisError
        With all corrected correlations of size 1 or above, by the label of the study.

    References
    ----------
    Schmidt, F. L., & Hunter, J. E. (2015). Methods of meta-analysis (3rd ed.), chapter 3. Sage.
    No DOI.

    Examples
    --------
    >>> one = StudyEffect("a", "A", "table", "for", 0.3, n=103)
    >>> declared = Reliability(predictor=0.8, outcome=0.45, source="a manual")
    >>> [corrected] = corrected_studies(declared, [one])
    >>> round(math.tanh(corrected.estimate), 6), round(corrected.se**2, 6)
    (0.5, 0.040894)
    """
    found, beyond = [], []
    for study in studies:
        size = replace(fisher_z(study.estimate or 0.0, study.n or 0), n=math.nan)
        predictor, outcome = _reliabilities(reliability, study)
        try:
            corrected = convert(disattenuate(convert(size, "r"), predictor, outcome), "z")
        except AnalysisError:
            value = (study.estimate or 0.0) / math.sqrt(predictor * outcome)
            beyond.append(f"{value:.2f} for {study.label}")
            continue
        found.append(replace(study, estimate=corrected.estimate, se=corrected.se))
    if beyond:
        raise AnalysisError(
            f"the corrected correlation would be {', '.join(beyond)}, and none can be 1 or beyond:"
            " reliability and correlation are wrong, or of different samples"
        )
    return found


def _reliabilities(reliability: Reliability, study: StudyEffect) -> tuple[float, float]:
    sides: tuple[Literal["predictor", "outcome"], ...] = ("predictor", "outcome")
    predictor, outcome = (reliability.of(study.of_study, side) or 1.0 for side in sides)
    return predictor, outcome


def why_not_corrected(reliability: Reliability, studies: Sequence[StudyEffect]) -> str:
    """Why the pooled correlation is not corrected, as a clause; empty where it is."""
    if not studies:
        return NONE_POOLED
    if is_nested(studies) and n_studies(studies) < 2:
        return ONE_NESTED
    try:
        corrected_studies(reliability, studies)
    except AnalysisError as error:
        return str(error)
    return ""


def corrected_rows(synthesis: Synthesis, studies: Sequence[StudyEffect]) -> Iterator[Row]:
    """The pooled correlation corrected for unreliability, and its τ; undefined with the reason."""
    reliability, model = synthesis.reliability, synthesis.model
    if reliability is None:
        return
    reason = why_not_corrected(reliability, studies)
    if reason:
        for statistic in ("r", "tau"):
            yield statistic_row("corrected", [ALL], statistic, None, reason=reason)
        return
    corrected = corrected_studies(reliability, studies)
    if is_nested(studies):
        yield from _nested_corrected_rows(synthesis, corrected)
        return
    found = average_effect(corrected, model, model.estimator)
    method = f"{ATTENUATION}; {model_words(model, found)}"
    people = n_people(studies)
    yield pooled_row("corrected", ALL, found, "r", people, method, model.interval)
    one, common = found.k == 1, model.estimator == "common"
    reason = NO_TAU if one else "a common effect has no variance between studies"
    root = None if one or common else math.sqrt(found.tau2)
    yield statistic_row("corrected", [ALL], "tau", root, reason=reason, method=method)


def _nested_corrected_rows(synthesis: Synthesis, corrected: Sequence[StudyEffect]) -> Iterator[Row]:
    model = synthesis.model
    found = nested_effect(corrected, model)
    test, words = nested_test(found, model)
    estimate, low, high = back((test.estimate, test.ci_low, test.ci_high), "r")
    shared: dict[str, Any] = {"method": f"{ATTENUATION}; {words}"}
    yield statistic_row(
        "corrected", [ALL], "r", estimate, se=test.se, df=test.df, n=n_people(corrected),
        p_two_tailed=test.p_two_tailed, ci_low=low, ci_high=high, ci_level=model.interval,
        **shared,
    )  # fmt: skip
    root = math.sqrt(found.component("study").variance)
    yield statistic_row("corrected", [ALL], "tau", root, **shared)


def needed_rows(synthesis: Synthesis, pooled: Row) -> Iterator[Row]:
    """The pooled difference as a risk difference and as a number needed to treat.

    Parameters
    ----------
    synthesis : Synthesis
    pooled : dict
        The row of the pooled difference of all studies.
    """
    declared = synthesis.control_event
    if declared is None:
        return
    g = pooled["estimate"]
    if g is None:
        for statistic in ("risk_difference", "number_needed_to_treat"):
            yield statistic_row("needed", [ALL], statistic, None, reason=str(pooled["reason"]))
        return
    low, high = (math.nan if end is None else float(str(end)) for end in _limits(pooled))
    found = number_needed_from_control_rate(
        float(str(g)), declared.rate, declared.event, ci_low=low, ci_high=high
    )
    level = synthesis.model.interval
    method = (
        f"share of {declared.rate:g} of the control groups with the event; normal outcomes of equal"
        " variance"
    )
    yield statistic_row(
        "needed", [ALL], "risk_difference", 100 * found.difference, ci_low=100 * found.ci_low,
        ci_high=100 * found.ci_high, ci_level=level, method=method,
    )  # fmt: skip
    yield _needed_row(found, declared, level, method)


def _limits(row: Row) -> tuple[object, object]:
    return row.get("ci_low"), row.get("ci_high")


def _needed_row(found: NumberNeeded, declared: ControlEvent, level: float, method: str) -> Row:
    """The number needed to treat; one whose interval runs through infinity has no limits."""
    verb = "one more" if (found.kind == "NNTB") == (declared.event == "good") else "one fewer"
    columns: dict[str, Any] = {"method": f"{verb} with {declared.label}; {method}"}
    ends = sorted(value for _, value in found.limits)
    if not found.through_infinity and all(map(math.isfinite, ends)):
        columns |= {"ci_low": ends[0], "ci_high": ends[1], "ci_level": level}
    return statistic_row(
        "needed", [ALL], "number_needed_to_treat", found.value,
        reason="the pooled difference is zero, so that no number is needed", **columns,
    )  # fmt: skip
