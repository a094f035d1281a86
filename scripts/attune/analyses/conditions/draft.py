"""Comparisons of conditions in a drafted study file: an example in comments."""

from collections.abc import Iterator

from attune.analyses.analysis import DraftPlan


def sections(plan: DraftPlan) -> Iterator[str]:
    """An example of a comparison, where there are two conditions."""
    if plan.n_conditions != 2:
        return
    names = plan.outcomes or plan.measures
    yield "# conditions:"
    yield "#   arms:"
    yield "#     title: Differences between the conditions"
    yield f"#     measures: [{names[0]}]"
    yield "#     dataset: available"
    yield "#     test: ancova  # of change; or residual_gain, which is too strict"
    yield "#     variances: welch  # or pooled, which needs equal spreads"
    yield "#     # equivalence: 0.5  # a difference in SDs that is too small to matter"
    yield "#     reason: Why they are compared."
    yield ""
