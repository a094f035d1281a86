"""A growth model in a drafted study file: an example in comments."""

from collections.abc import Iterator

from attune.analyses.analysis import DraftPlan


def sections(plan: DraftPlan) -> Iterator[str]:
    """An example of a growth model, where a scale was given three times or more."""
    if not plan.repeated:
        return
    keys, occasions = next(iter(plan.repeated.items()))
    yield "# CHECK: change over three or more occasions is described by a growth model. Add the"
    yield "# measure to `measures` above, and say when each occasion was."
    yield f"# occasions: [{', '.join(occasions)}]"
    yield "# measures:"
    yield f"#   repeated: {{label: TODO, {keys}}}"
    yield "# growth:"
    yield "#   course:"
    yield "#     title: Change over time"
    yield "#     outcomes: [repeated]"
    yield "#     dataset: available"
    yield "#     time:"
    times = ", ".join(f"{occasion}: {number}" for number, occasion in enumerate(occasions))
    yield f"#       occasions: {{{times}}}  # CHECK: sessions or months"
    yield "#       unit: sessions"
    yield "#       shape: linear  # or log, quadratic, piecewise"
    yield "#     random: {patient: slope, therapist: none}  # therapist: intercept, if recorded"
    yield f"#     condition: {'true' if plan.n_conditions > 1 else 'false'}"
    yield "#     reason: Why change is expected, and what predicts it."
    yield ""
