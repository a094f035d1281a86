"""Correlations over occasions in a drafted study file: an example in comments."""

from collections.abc import Iterator

from attune.analyses.analysis import DraftPlan


def sections(plan: DraftPlan) -> Iterator[str]:
    """An example, where two scales were given three times or more."""
    if len(plan.repeated) < 2:
        return
    (first, occasions), (second, others), *_ = plan.repeated.items()
    shared = [one for one in occasions if one in others]
    if len(shared) < 2:
        return
    yield "# CHECK: two measures that were given three times or more may go together within people,"
    yield "# from occasion to occasion, or between them. Add both to `measures` above."
    yield f"# occasions: [{', '.join(shared)}]"
    yield "# measures:"
    yield f"#   repeated_x: {{label: TODO, {first}}}"
    yield f"#   repeated_y: {{label: TODO, {second}}}"
    yield "# repeated_correlations:"
    yield "#   over_time:"
    yield "#     title: Associations over time"
    yield "#     x: [repeated_x]"
    yield "#     y: [repeated_y]"
    yield "#     dataset: available"
    yield "#     level: both  # or within, between"
    yield "#     direction: positive  # or negative; without it p is two-tailed"
    yield "#     reason: Why this direction is expected, and at which level."
    yield ""
