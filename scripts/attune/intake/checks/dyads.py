"""Checks of dyads across files: sample sheet, questionnaires, pretests and posttests."""

from collections.abc import Mapping

import pandas as pd

from attune.intake.checks.session_schedule import Answered, check_schedule, counted_dyads
from attune.intake.reading.given_scores import ReadScores
from attune.intake.reading.look_alike_ids import fold_look_alikes
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.sheets import is_named, not_in
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort, Selection
from attune.specs.raw_file import RawFile
from attune.specs.study_checks import QuestionnaireKey, key_of, named

FEWEST_UNKNOWN = 3
"""Rows of a file from which two columns are named, not each id, if the sample sheet has none."""


def check_dyads(raw: RawCohort) -> list[Violation]:
    """Unknown dyads, dyads without questionnaires, incomplete pairs, sessions and raters.

    A dyad with a given score counts as having answered its questionnaire. Where a column of the
    sample sheet is missing, no dyad is reported as unknown.
    """
    sample, cohort = raw.sample, raw.cohort
    answered: Answered = {}
    answers: list[AnsweredQuestionnaire | ReadScores] = [*raw.questionnaires, *raw.given_scores]
    for questionnaire in answers:
        dyads = questionnaire.dyads[is_named(questionnaire.dyads, cohort)].drop_duplicates()
        rows = pd.Series(dyads.index.to_numpy(), index=pd.Index(dyads))
        # One questionnaire may have several given scores.
        earlier = answered.get(questionnaire.key)
        if earlier is not None:
            rows = pd.concat([earlier, rows[~rows.index.isin(earlier.index)]])
        answered[questionnaire.key] = rows
    return [
        *_unknown_dyads(sample, answered, cohort),
        *_dyads_without_questionnaires(sample, answered, cohort),
        *_pair_violations(answered, raw.pretests, cohort),
        *check_schedule(answered, cohort),
    ]


def _unknown_dyads(sample: pd.DataFrame, answered: Answered, cohort: Cohort) -> list[Violation]:
    """Dyads missing from the sample sheet, and questionnaires without any answer."""
    violations, foreign = [], set()
    known = _named_dyads(sample, cohort)
    path = cohort.files[cohort.sample.file].place
    declared = _declared(cohort)
    for key, rows in answered.items():
        file = cohort.files[declared[key].file]
        unknown = rows[not_in(rows.index, known)].sort_index() if len(known) else rows[:0]
        known_as = _spelled_differently(unknown, known)
        if len(unknown) == len(rows) >= FEWEST_UNKNOWN and not known_as:
            if file.place not in foreign:
                foreign.add(file.place)
                violations.append(_nothing_in_common(file, len(rows), len(known), cohort))
            continue
        for dyad, row in unknown.items():
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
                    f"there are no answers to {named(key)}.",
                    "Its scores are missing; check the columns in cohort.yaml.",
                )
            )
    return violations


def _nothing_in_common(file: RawFile, n: int, n_known: int, cohort: Cohort) -> Violation:
    """One error for all rows of a file whose ids the sample sheet does not have at all."""
    sheet = cohort.files[cohort.sample.file]
    return Violation(
        "unknown_dyad",
        "error",
        file.place,
        f"the ids of this file and of the sample sheet {sheet.place} have nothing in common: none"
        f" of {n} in the column {file.dyad!r} is among the {n_known} in the column {sheet.dyad!r}.",
        "Probably one of the two columns holds other ids, such as those of a survey program: write"
        " the columns with the common id under `dyad:` of both files in cohort.yaml, or add a"
        " column with it to one of the files.",
        column=file.dyad,
    )


def _spelled_differently(unknown: pd.Series, known: pd.Index) -> dict[object, str]:
    """Unknown dyad -> id in the sample sheet from which it differs only in spelling."""
    if unknown.empty:
        return {}
    ids = known.to_series()
    id_of = dict(zip(fold_look_alikes(ids), ids, strict=True))
    folded = fold_look_alikes(unknown.index.to_series())
    return {dyad: id_of[name] for dyad, name in folded.items() if name in id_of}


def _dyads_without_questionnaires(
    sample: pd.DataFrame, answered: Answered, cohort: Cohort
) -> list[Violation]:
    """Dyads of the sample sheet without any questionnaire."""
    if len(answered) < len(_declared(cohort)) or not answered:
        # A questionnaire with missing columns could be the one that these dyads answered.
        return []
    without = _named_dyads(sample, cohort)
    n_dyads = len(without)
    for rows in answered.values():
        without = without[not_in(without, rows.index)]
    if len(without) == n_dyads and any(map(len, answered.values())):
        # No id is known: one error of `unknown_dyad` says so.
        return []
    return [
        Violation(
            "dyad_without_questionnaires",
            cohort.severity("dyad_without_questionnaires"),
            cohort.files[cohort.sample.file].place,
            f"dyad {dyad!r} has no questionnaire at all.",
            "Delete the row if the dyad is not part of the study.",
            dyad=dyad,
        )
        for dyad in sorted(without)
    ]


def _pair_violations(
    answered: Answered,
    pretests: Mapping[QuestionnaireKey, QuestionnaireKey],
    cohort: Cohort,
) -> list[Violation]:
    """One violation per posttest without its pretest; one count of pretests without posttest."""
    declared = _declared(cohort)
    violations = []
    for posttest, pretest in pretests.items():
        if posttest not in answered or pretest not in answered:
            continue
        before, after = answered[pretest], answered[posttest]
        path = cohort.files[declared[posttest].file].place
        for dyad, row in after[not_in(after.index, before.index)].sort_index().items():
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
        lost = before.index[not_in(before.index, after.index)]
        if len(lost):
            violations.append(
                Violation(
                    "posttest_missing",
                    cohort.severity("posttest_missing"),
                    path,
                    f"{counted_dyads(lost, len(before), cohort.case)} with {named(pretest)} did"
                    f" not answer {named(posttest)}.",
                    "Nothing, if it was not returned; the study declares how missing scores are"
                    " replaced.",
                    dyad=str(lost[0]),
                )
            )
    return violations


def _named_dyads(sample: pd.DataFrame, cohort: Cohort) -> pd.Index:
    """The distinct dyads of the sample sheet."""
    return pd.Index(sample["dyad"][is_named(sample["dyad"], cohort)].drop_duplicates())


def _declared(cohort: Cohort) -> dict[QuestionnaireKey, Selection]:
    return {key_of(declared): declared for declared in cohort.selections()}
