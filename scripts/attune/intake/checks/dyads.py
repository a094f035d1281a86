"""Dyads: who is in the sample sheet, who answered what, and who should have."""

from collections.abc import Mapping, Sequence

import pandas as pd

from attune.intake.reading.given_scores import ReadScores
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.session_schedule import Answered, check_schedule, counted_dyads
from attune.intake.reading.sheets import is_named, outside, plain_ids
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort, Selection
from attune.specs.study_checks import QuestionnaireKey, key_of, named


def check_dyads(
    sample: pd.DataFrame,
    questionnaires: Sequence[AnsweredQuestionnaire | ReadScores],
    pretests: Mapping[QuestionnaireKey, QuestionnaireKey],
    cohort: Cohort,
) -> list[Violation]:
    """Dyads without questionnaires, questionnaires without dyads, and what is incomplete.

    Parameters
    ----------
    sample : pandas.DataFrame
        As `read_sample` gives it; without rows where a column of the sample sheet is missing.
    questionnaires : sequence of AnsweredQuestionnaire or ReadScores
        Whoever has a given score has answered its questionnaire.
    pretests : mapping of questionnaire to questionnaire
        Which questionnaire is the pretest of which posttest, from the study's outcomes.
    cohort : Cohort
    """
    answered: Answered = {}
    for each in questionnaires:
        given = each.dyads[is_named(each.dyads, cohort)].drop_duplicates()
        rows = pd.Series(given.index.to_numpy(), index=pd.Index(given))
        # Several scores may be given for one questionnaire.
        earlier = answered.get(each.key, rows[:0])
        answered[each.key] = pd.concat([earlier, rows[~rows.index.isin(earlier.index)]])
    return [
        *_orphans(sample, answered, cohort),
        *_silent_dyads(sample, answered, cohort),
        *_pair_violations(answered, pretests, cohort),
        *check_schedule(answered, cohort),
    ]


def _orphans(sample: pd.DataFrame, answered: Answered, cohort: Cohort) -> list[Violation]:
    """Dyads that are not in the sample sheet, and questionnaires that nobody answered."""
    violations = []
    known = _named_dyads(sample, cohort)
    path = cohort.files[cohort.sample.file].place
    declared = _declared(cohort)
    for key, rows in answered.items():
        file = cohort.files[declared[key].file]
        strangers = rows[outside(rows.index, known)].sort_index() if len(known) else rows[:0]
        known_as = _written_otherwise(strangers, known)
        for dyad, row in strangers.items():
            violations.append(
                Violation(
                    "unknown_dyad",
                    "error",
                    file.place,
                    f"dyad {dyad!r} answered {named(key)} but is not in the sample sheet {path}.",
                    f"The sample sheet has {known_as[dyad]!r}: write it in one way in all files."
                    if dyad in known_as
                    else "Add the dyad to the sample sheet, or correct its name.",
                    row=int(row),
                    column=file.dyad,
                    dyad=str(dyad),
                )
            )
        if rows.empty:
            violations.append(
                Violation(
                    "unanswered_questionnaire",
                    cohort.severity("unanswered_questionnaire"),
                    file.place,
                    f"nobody answered {named(key)}.",
                    "Its scores are missing; check the columns in cohort.yaml.",
                )
            )
    return violations


def _written_otherwise(strangers: pd.Series, known: pd.Index) -> dict[object, str]:
    """Unknown dyads whose id the sample sheet writes otherwise -> its id there."""
    if strangers.empty:
        return {}
    names = known.to_series()
    id_of = dict(zip(plain_ids(names), names, strict=True))
    plain = plain_ids(strangers.index.to_series())
    return {dyad: id_of[each] for dyad, each in plain.items() if each in id_of}


def _silent_dyads(sample: pd.DataFrame, answered: Answered, cohort: Cohort) -> list[Violation]:
    """Dyads of the sample sheet without any questionnaire."""
    if len(answered) < len(_declared(cohort)) or not answered:
        # The columns of a questionnaire are missing: it may be the one that they answered.
        return []
    silent = _named_dyads(sample, cohort)
    for rows in answered.values():
        silent = silent[outside(silent, rows.index)]
    return [
        Violation(
            "dyad_without_questionnaires",
            cohort.severity("dyad_without_questionnaires"),
            cohort.files[cohort.sample.file].place,
            f"dyad {dyad!r} has no questionnaire at all.",
            "Delete the row if the dyad is not part of the study.",
            dyad=dyad,
        )
        for dyad in sorted(silent)
    ]


def _pair_violations(
    answered: Answered,
    pretests: Mapping[QuestionnaireKey, QuestionnaireKey],
    cohort: Cohort,
) -> list[Violation]:
    """Posttests without a pretest, one by one; pretests without a posttest, counted."""
    declared = _declared(cohort)
    violations = []
    for posttest, pretest in pretests.items():
        if posttest not in answered or pretest not in answered:
            continue
        before, after = answered[pretest], answered[posttest]
        path = cohort.files[declared[posttest].file].place
        for dyad, row in after[outside(after.index, before.index)].sort_index().items():
            violations.append(
                Violation(
                    "posttest_without_pretest",
                    cohort.severity("posttest_without_pretest"),
                    path,
                    f"dyad {dyad!r} has {named(posttest)} but not {named(pretest)}.",
                    "Add the pretest, or set `posttest_without_pretest: warning` under severities"
                    " in cohort.yaml to go on without a gain for this dyad.",
                    row=int(row),
                    dyad=str(dyad),
                )
            )
        lost = before.index[outside(before.index, after.index)]
        if len(lost):
            violations.append(
                Violation(
                    "posttest_missing",
                    cohort.severity("posttest_missing"),
                    path,
                    f"{counted_dyads(lost, len(before), cohort.case)} with {named(pretest)} did"
                    f" not answer {named(posttest)}.",
                    "Nothing, if it was not returned; the study says what replaces missing scores.",
                    dyad=str(lost[0]),
                )
            )
    return violations


def _named_dyads(sample: pd.DataFrame, cohort: Cohort) -> pd.Index:
    """The dyads of the sample sheet, each once."""
    return pd.Index(sample["dyad"][is_named(sample["dyad"], cohort)].drop_duplicates())


def _declared(cohort: Cohort) -> dict[QuestionnaireKey, Selection]:
    return {key_of(each): each for each in cohort.selections()}
