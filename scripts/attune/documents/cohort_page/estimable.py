"""Which analyses of a study a cohort can estimate, and why the others are skipped."""

from collections.abc import Iterator

import numpy as np

from attune.analyses.conditions.estimate import comparison_samples, why_no_comparison
from attune.analyses.correlations.pairs import pairs_of_family
from attune.analyses.gains.estimate import regress_posttest
from attune.documents.cohort_page.cohort_check import AnalysisCheck
from attune.documents.cohort_page.measure_values import MeasureValues
from attune.specs.cohort import Cohort
from attune.specs.errors import AnalysisError
from attune.specs.study import Study


def estimable_analyses(
    study: Study, cohort: Cohort, values: MeasureValues
) -> Iterator[AnalysisCheck]:
    """Every gain, correlation and comparison of a study, in its order.

    The reasons are those that the analyses themselves give (`attune.analyses.gains.estimate`,
    `attune.analyses.correlations.pairs`, `attune.analyses.conditions.estimate`).

    Parameters
    ----------
    study : Study
    cohort : Cohort
    values : MeasureValues
    """
    yield from _outcomes(study, values)
    yield from _correlations(study, values)
    yield from _comparisons(study, cohort, values)


def _outcomes(study: Study, values: MeasureValues) -> Iterator[AnalysisCheck]:
    frame = values.datasets["available"]
    for name, outcome in study.outcomes.items():
        n, reason = 0, values.absent.get(name, "")
        if not reason:
            pair = frame[[outcome.pretest, outcome.posttest]].to_numpy(dtype=float)
            n = int(np.isfinite(pair).all(axis=1).sum())
            try:
                regress_posttest(pair[:, 0], pair[:, 1])
            except AnalysisError as error:
                reason = error.heading
        before, after = study.label_of(outcome.pretest), study.label_of(outcome.posttest)
        yield AnalysisCheck(
            analysis=name,
            title=f"Residual gain: {outcome.label}",
            kind="outcome",
            terms=f"{after}, adjusted for {before}",
            dataset="available",
            n=n,
            reason=reason,
        )


def _correlations(study: Study, values: MeasureValues) -> Iterator[AnalysisCheck]:
    for name, family in study.correlations.items():
        frame = values.datasets.get(family.dataset)
        reasons = _why_absent([*family.x, *family.y], study, values)
        if frame is None:
            reasons = dict.fromkeys(reasons, _NOT_IMPUTED)
        counted: dict[tuple[str, str], tuple[int, str]] = {}
        x = [each for each in family.x if not reasons[each]]
        y = [each for each in family.y if not reasons[each]]
        if frame is not None and x and y:
            present = family.model_copy(update={"x": x, "y": y})
            for pair in pairs_of_family(name, present, frame):
                counted[pair.x_name, pair.y_name] = (pair.n, pair.undefined or "")
        for second in family.y:
            for first in family.x:
                why = "; ".join(filter(None, dict.fromkeys([reasons[first], reasons[second]])))
                n, undefined = counted.get((first, second), (0, why))
                yield AnalysisCheck(
                    analysis=name,
                    title=family.title,
                    kind="correlation",
                    terms=f"{study.label_of(first)} with {study.label_of(second)}",
                    dataset=family.dataset,
                    n=n,
                    reason=undefined,
                )


def _comparisons(study: Study, cohort: Cohort, values: MeasureValues) -> Iterator[AnalysisCheck]:
    levels = cohort.sample.conditions()
    for name, analysis in study.conditions.items():
        frame = values.datasets.get(analysis.dataset)
        reasons = _why_absent(analysis.measures, study, values)
        for measure in analysis.measures:
            n, reason = 0, reasons[measure]
            if not levels:
                reason = "the cohort file declares no treatment condition (`sample.condition`)"
            elif frame is None:
                reason = _NOT_IMPUTED
            elif not reason:
                samples = comparison_samples(frame, measure, levels)
                n = sum(len(each) for each in samples.values())
                reason = why_no_comparison(samples) or ""
            yield AnalysisCheck(
                analysis=name,
                title=analysis.title,
                kind="comparison",
                terms=study.label_of(measure),
                dataset=analysis.dataset,
                n=n,
                reason=reason,
            )


_NOT_IMPUTED = "the study asks for imputed data, but imputes nothing (`imputation.method: none`)"


def _why_absent(names: list[str], study: Study, values: MeasureValues) -> dict[str, str]:
    """Why each measure is not there; empty for those that are."""
    return {
        name: f"{study.label_of(name)}: {values.absent[name]}" if name in values.absent else ""
        for name in names
    }
