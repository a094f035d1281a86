"""Structural equation models in a drafted study file: an example in comments."""

from collections.abc import Iterator

from attune.analyses.analysis import DraftPlan


def sections(plan: DraftPlan) -> Iterator[str]:
    """An example of a path model, where there are two outcomes or more."""
    if len(plan.measures) < 3:
        return
    first, second, third = plan.measures[:3]
    yield "# CHECK: a structural equation model, if the study has a hypothesis about a chain."
    yield "# structural_models:"
    yield "#   chain:"
    yield "#     title: From the first to the last"
    yield "#     model: |"
    yield f"#       {second} ~ a*{first}"
    yield f"#       {third} ~ b*{second} + {first}"
    yield "#       indirect := a*b"
    yield "#     dataset: available"
    yield "#     indirect: {interval: monte_carlo}"
    yield "#     reason: Why this order, and what else may explain it."
    yield ""
