"""A test of invariance in a drafted study file: an example in comments."""

from collections.abc import Iterator

from attune.analyses.analysis import DraftPlan


def sections(plan: DraftPlan) -> Iterator[str]:
    """An example of a test over time, where answers to items were given repeatedly."""
    if not plan.has_items or not plan.repeated:
        return
    keys, (first, *_, last) = next(iter(plan.repeated.items()))
    of = dict(part.split(": ") for part in keys.split(", "))
    yield "# CHECK: a change of scores is a change of what they measure only if the items are"
    yield "# answered in the same way at both occasions. The scale needs three items or more."
    yield "# invariance:"
    yield "#   over_time:"
    yield "#     title: Invariance over time"
    yield f"#     instrument: {of['instrument']}"
    yield f"#     scale: {of['scale']}"
    yield "#     across: occasions  # or conditions, raters"
    yield f"#     rater: {of['rater']}"
    yield f"#     occasions: [{first}, {last}]"
    yield "#     reason: Why change scores of this scale are compared."
    yield ""
