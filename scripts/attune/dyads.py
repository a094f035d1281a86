"""Dyads: who is in the sample sheet, who answered what, and who should have."""

from collections.abc import Mapping, Sequence

import pandas as pd

from attune.cohort import Cohort
from attune.plan import QuestionnaireKey, key_of, named
from attune.questionnaires import AnsweredQuestionnaire
from attune.sheets import is_named
from attune.violations import Violation

Answered = dict[QuestionnaireKey, dict[str, int]]
"""Which dyads answered which questionnaire, each with its row in the file."""


def check_dyads(
    sample: pd.DataFrame,
    questionnaires: Sequence[AnsweredQuestionnaire],
    pretests: Mapping[QuestionnaireKey, QuestionnaireKey],
    cohort: Cohort,
) -> list[Violation]:
    """Dyads without questionnaires, questionnaires without dyads, and incomplete pairs.

    Parameters
    ----------
    sample : pandas.DataFrame
        As `read_sample` gives it; without rows where a column of the sample sheet is missing.
    questionnaires : sequence of AnsweredQuestionnaire
    pretests : mapping of questionnaire to questionnaire
        Which questionnaire is the pretest of which posttest, from the study's outcomes.
    cohort : Cohort
    """
    answered: Answered = {}
    for each in questionnaires:
        given = each.dyads[is_named(each.dyads, cohort)]
        answered[each.key] = dict(zip(given, map(int, given.index), strict=True))
    return _sample_violations(sample, answered, cohort) + _pair_violations(
        answered, pretests, cohort
    )


def _sample_violations(sample: pd.DataFrame, answered: Answered, cohort: Cohort) -> list[Violation]:
    violations = []
    known = set(sample["dyad"][is_named(sample["dyad"], cohort)])
    path = cohort.files[cohort.sample.file].path
    files = {key_of(each): cohort.files[each.file].path for each in cohort.questionnaires}
    column_of = {key_of(each): cohort.files[each.file].dyad for each in cohort.questionnaires}
    for key, dyads in answered.items():
        for dyad in sorted(dyads.keys() - known) if known else []:
            violations.append(
                Violation(
                    "unknown_dyad",
                    "error",
                    files[key],
                    f"dyad {dyad!r} answered {named(key)} but is not in the sample sheet {path}.",
                    "Add the dyad to the sample sheet, or correct its name.",
                    row=dyads[dyad],
                    column=column_of[key],
                    dyad=dyad,
                )
            )
        if not dyads:
            violations.append(
                Violation(
                    "unanswered_questionnaire",
                    cohort.severity("unanswered_questionnaire"),
                    files[key],
                    f"nobody answered {named(key)}.",
                    "Its scores are missing; check the columns in cohort.yaml.",
                )
            )
    somewhere = set().union(*answered.values())
    for dyad in sorted(known - somewhere) if len(answered) == len(files) else []:
        violations.append(
            Violation(
                "dyad_without_questionnaires",
                cohort.severity("dyad_without_questionnaires"),
                path,
                f"dyad {dyad!r} has no questionnaire at all.",
                "Delete the row if the dyad is not part of the study.",
                dyad=dyad,
            )
        )
    return violations


def _pair_violations(
    answered: Answered,
    pretests: Mapping[QuestionnaireKey, QuestionnaireKey],
    cohort: Cohort,
) -> list[Violation]:
    files = {key_of(each): cohort.files[each.file].path for each in cohort.questionnaires}
    violations = []
    for posttest, pretest in pretests.items():
        if posttest not in answered or pretest not in answered:
            continue
        for dyad in sorted(answered[posttest].keys() - answered[pretest].keys()):
            violations.append(
                Violation(
                    "posttest_without_pretest",
                    cohort.severity("posttest_without_pretest"),
                    files[posttest],
                    f"dyad {dyad!r} has {named(posttest)} but not {named(pretest)}.",
                    "Add the pretest, or set `posttest_without_pretest: warning` under severities"
                    " in cohort.yaml to go on without a gain for this dyad.",
                    row=answered[posttest][dyad],
                    dyad=dyad,
                )
            )
        for dyad in sorted(answered[pretest].keys() - answered[posttest].keys()):
            violations.append(
                Violation(
                    "posttest_missing",
                    cohort.severity("posttest_missing"),
                    files[posttest],
                    f"dyad {dyad!r} has {named(pretest)} but not {named(posttest)}.",
                    "Nothing, if it was not returned; the study says what replaces missing scores.",
                    dyad=dyad,
                )
            )
    return violations
