"""The check of a cohort's raw files: violations, mapping, scales, missing answers, analyses."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from attune.analyses.registry import analysis_modules, in_order
from attune.analyses.study import plan_problems
from attune.documents.cohort_page.cohort_check import CohortCheck, MissingByDyad, MissingItems
from attune.documents.cohort_page.disclosure import ShowValues
from attune.documents.cohort_page.findings import group_violations
from attune.documents.cohort_page.mapping_report import (
    disclosure_of,
    mapped_files,
    mapped_questionnaires,
)
from attune.documents.cohort_page.measure_values import check_measures, measure_values
from attune.documents.cohort_page.scale_checks import check_scales
from attune.documents.number_sources import typed_numbers
from attune.intake.reading.column_notes import ColumnNote
from attune.intake.reading.exclusions import without_excluded
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.sheets import is_named
from attune.intake.validation import validate_responses
from attune.scoring.scores import NO_RESPONSE
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune.specs.study import Study
from attune.specs.study_checks import pretests

TENTHS = 10
"""Classes of the share of missing items, besides none and all."""


def check_cohort(
    sheets: Mapping[str, pd.DataFrame],
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    study: Study,
    notes: Mapping[str, Mapping[str, ColumnNote]] | None = None,
    *,
    interval: float = 0.95,
    show_values: ShowValues = "codes",
    most_places: int | None = 100,
) -> CohortCheck:
    """Check a cohort's raw files; problems are part of the result.

    Parameters
    ----------
    sheets : mapping of file id to pandas.DataFrame of str
        Cells as given; the index is the row number in the file.
    cohort : Cohort
    instruments : mapping of id to Instrument
    study : Study
    notes : mapping of file id to mapping of column to ColumnNote, optional
        What data dictionaries declare about the columns of the raw files.
    interval : float
        Coverage of all intervals.
    show_values : {"codes", "all", "none"}
        Which offending values may be printed; ids never are.
    most_places : int or None
        Places listed per rule; all others are counted. None: all are listed.

    Raises
    ------
    ConfigurationError
        The cohort file names an instrument, scale, rater or state that no scoring key declares.
    """
    validated = validate_responses(sheets, cohort, instruments, pretests(study), notes)
    sheets, _ = without_excluded(sheets, cohort)
    sample, answered = validated.sample, validated.questionnaires
    dyads = pd.Index(sample["dyad"][is_named(sample["dyad"], cohort)].unique())
    values = replace(
        measure_values(study, cohort, instruments, sample, answered, validated.read_scores),
        instruments=instruments,
        responses=cache(lambda: validated.responses.to_pandas()),
    )
    disclosure = disclosure_of(sheets, cohort, instruments, show_values)
    modules = in_order(analysis_modules("estimable"))
    return CohortCheck(
        **_names(cohort, study),
        n_dyads=len(dyads),
        n_therapists=_therapists(sample, cohort),
        has_measures=bool(cohort.selections() or study.measures),
        interval=interval,
        plan_problems=(
            *plan_problems(study, cohort, instruments),
            *typed_numbers(study, cohort, instruments),
        ),
        findings=group_violations(validated.violations, disclosure, most_places, cohort.case),
        files=mapped_files(sheets, cohort, validated.violations),
        questionnaires=mapped_questionnaires(sheets, cohort, instruments, answered, len(dyads)),
        scales=tuple(check_scales(answered, interval, sample if cohort.sample.therapist else None)),
        measures=tuple(check_measures(study, instruments, values.datasets["available"])),
        missing_items=missing_by_item(answered, len(dyads)),
        missing_by_dyad=missing_by_dyad(answered, dyads),
        analyses=tuple(
            checked for module in modules for checked in module.estimable(study, cohort, values)
        ),
        obstacles=tuple(
            problem
            for module in modules
            if hasattr(module, "obstacles")
            for problem in module.obstacles(study, cohort, values)
        ),
    )


def unreadable_cohort(cohort: Cohort, study: Study, problems: Sequence[str]) -> CohortCheck:
    """The check of a cohort whose raw files cannot be read as tables at all."""
    return CohortCheck(
        **_names(cohort, study),
        n_dyads=0,
        n_therapists=None,
        interval=0.95,
        unreadable=tuple(problems),
    )


def _therapists(sample: pd.DataFrame, cohort: Cohort) -> int | None:
    if not cohort.sample.therapist:
        return None
    return int(sample["therapist"][is_named(sample["therapist"], cohort)].nunique())


def _names(cohort: Cohort, study: Study) -> dict[str, Any]:
    return {
        "cohort": cohort.cohort,
        "title": cohort.title,
        "study": study.study,
        "study_title": study.title,
        "synthetic_notice": cohort.synthetic_notice,
        "case": cohort.case,
    }


def missing_by_item(
    answered: Sequence[AnsweredQuestionnaire], n_dyads: int
) -> tuple[MissingItems, ...]:
    """Per questionnaire: missing answers to each item among the returned ones."""
    counts = []
    for questionnaire in answered:
        absent = questionnaire.responses == NO_RESPONSE
        counts.append(
            MissingItems(
                questionnaire=questionnaire.name,
                n_expected=n_dyads,
                n_returned=len(questionnaire.dyads),
                n_complete=int((~absent.any(axis=1)).sum()),
                missing=tuple(map(int, absent.sum(axis=0))),
            )
        )
    return tuple(counts)


def missing_by_dyad(answered: Sequence[AnsweredQuestionnaire], dyads: pd.Index) -> MissingByDyad:
    """Number of dyads by the share of all mapped items that are missing.

    Parameters
    ----------
    answered : sequence of AnsweredQuestionnaire
    dyads : pandas.Index
        The distinct dyads of the sample sheet.

    Returns
    -------
    MissingByDyad
        All items of a questionnaire that was not returned are missing.
    """
    n_items = sum(questionnaire.responses.shape[1] for questionnaire in answered)
    if not n_items or dyads.empty:
        return MissingByDyad(())
    given = pd.Series(0, index=dyads, dtype="int64")
    for questionnaire in answered:
        n_answered = (questionnaire.responses != NO_RESPONSE).sum(axis=1)
        count = pd.Series(n_answered, index=questionnaire.dyads.to_numpy())
        # A repeated dyad is an error already; its first row counts here.
        given += count[~count.index.duplicated()].reindex(dyads, fill_value=0)
    lacking = n_items - given.to_numpy()
    # Whole-number arithmetic: in binary fractions, 0.3 of 30 items would not be exactly 9.
    tenth = np.minimum(-(-lacking * TENTHS // n_items), TENTHS)
    tenth = np.where(lacking == n_items, TENTHS + 1, tenth)
    return MissingByDyad(tuple(map(int, np.bincount(tenth, minlength=TENTHS + 2))))
