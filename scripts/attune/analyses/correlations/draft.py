"""Correlations in a drafted study file: an example in comments."""

from collections.abc import Iterator

from attune.analyses.analysis import DraftPlan


def sections(plan: DraftPlan) -> Iterator[str]:
    """An example of a family, with the measures and outcomes of the draft."""
    others = [name for name in plan.measures if name not in plan.measures_of_outcomes]
    pair = [*others, *plan.outcomes] if others and plan.outcomes else plan.measures
    if len(pair) < 2:
        return
    yield "# CHECK: declare your hypotheses before the data are seen."
    yield "# correlations:"
    yield "#   main:"
    yield "#     title: Hypothesised associations"
    yield f"#     x: [{pair[0]}]"
    yield f"#     y: [{pair[-1]}]"
    yield "#     dataset: available"
    yield "#     test: ancova  # of change; or residual_gain, which is too strict"
    yield "#     interval: robust  # or sandwich, bca, or fisher_z, which needs normal scores"
    yield "#     direction: negative  # or positive; without it p is two-tailed"
    yield "#     reason: Why this direction is expected."
    yield ""
