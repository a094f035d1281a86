"""The comparison of two runs."""

from collections.abc import Callable, Iterator, Mapping

from attune.record.run_diff.cells import cell_changes
from attune.record.run_diff.changes import Compared, Comparison, RunDifference, VerdictChange
from attune.record.run_diff.decisions import decision_changes
from attune.record.run_diff.run import Row, Run
from attune.record.run_diff.sentences import sentence_changes, sentences
from attune.record.run_diff.sources import source_changes
from attune.record.run_diff.statistics import statistic_changes

Summary = Callable[[Run, Run], list[str]]
"""What changed between two runs, in plain words."""


def compare_runs(
    before: Mapping[str, Run], after: Mapping[str, Run], summary: Summary | None = None
) -> Comparison:
    """All differences between two runs.

    Parameters
    ----------
    before, after : mapping of str to Run
        Cohort -> its run; at least one each. If both hold exactly one cohort, these are compared
        whatever their names; otherwise cohorts of the same name are.
    summary : callable, optional
        Two runs -> sentences about what changed.

    Returns
    -------
    Comparison

    Examples
    --------
    >>> one = Run("old", "small", statistics=[{"id": "a.t", "statistic": "t", "estimate": 1.0}])
    >>> compare_runs({"small": one}, {"small": one}).same
    True
    """
    if len(before) == len(after) == 1:
        pairs = [(*before.values(), *after.values())]
        only_before, only_after = [], []
    else:
        pairs = [(run, after[name]) for name, run in before.items() if name in after]
        only_before = [name for name in before if name not in after]
        only_after = [name for name in after if name not in before]
    cohorts = [_difference(first, second, summary) for first, second in pairs]
    same = all(cohort.same for cohort in cohorts) and not (only_before or only_after)
    return Comparison(same=same, cohorts=cohorts, only_before=only_before, only_after=only_after)


def _difference(before: Run, after: Run, summary: Summary | None) -> RunDifference:
    decisions = decision_changes(before, after)
    decided = {change.id for change in decisions if change.standing != "sign_only"}
    return RunDifference(
        before=before.name,
        after=after.name,
        cohort_before=before.cohort,
        cohort_after=after.cohort,
        notes=list(_notes(before, after)),
        summary=summary(before, after) if summary else [],
        compared=Compared(
            statistics=len({row["id"] for run in (before, after) for row in run.statistics}),
            verdicts=max(len(run.verdicts or ()) for run in (before, after)),
            tables=len({*before.tables, *after.tables}),
            sentences=max(
                sum(len(sentences(text)) for text in run.documents.values())
                for run in (before, after)
            ),
        ),
        decisions=decisions,
        verdicts=verdict_changes(before, after),
        statistics=statistic_changes(before, after, decided),
        cells=cell_changes(before, after),
        sentences=sentence_changes(before, after),
        sources=source_changes(before, after),
    )


def verdict_changes(before: Run, after: Run) -> list[VerdictChange]:
    """Printed values of the publication with another verdict, in the order of the ledger.

    If only one run has verdicts at all, the list is empty and a note says so.
    """
    if before.verdicts is None or after.verdicts is None:
        return []
    old, new = ({row["id"]: row for row in run.verdicts or ()} for run in (before, after))
    found = []
    for value in [*old, *(name for name in new if name not in old)]:
        first, second = old.get(value), new.get(value)
        if (first or {}).get("verdict") != (second or {}).get("verdict"):
            row: Row = second or first or {}
            found.append(
                VerdictChange(
                    value=value,
                    label=str(row.get("label") or value),
                    printed=str(row["printed"]),
                    before=(first or {}).get("verdict"),
                    after=(second or {}).get("verdict"),
                    shown_before=(first or {}).get("shown"),
                    shown_after=(second or {}).get("shown"),
                )
            )
    return found


def _notes(before: Run, after: Run) -> Iterator[str]:
    if before.cohort != after.cohort:
        yield f"Different cohorts are compared: {before.cohort} and {after.cohort}."
    if before.study != after.study and before.study and after.study:
        yield f"The runs follow different studies: {before.study} and {after.study}."
    for which, run in (("first", before), ("second", after)):
        if run.missing:
            yield f"The {which} run ({run.name}) lacks {', '.join(run.missing)}."
    for run, other, which in ((before, after, "second"), (after, before, "first")):
        if run.verdicts is None and other.verdicts is not None:
            yield f"Only the {which} run has verdicts; they cannot be compared."
