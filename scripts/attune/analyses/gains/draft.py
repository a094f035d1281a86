"""Residual gains in a drafted study file."""

from collections.abc import Iterator

from attune.analyses.analysis import DraftPlan, drafted_table


def tables(plan: DraftPlan) -> Iterator[str]:
    """The regressions, where there are outcomes."""
    if plan.outcomes:
        yield from drafted_table(
            "gains", "manuscript", "gains", "Regression of the Posttest on the Pretest"
        )
