"""A randomised trial in a drafted study file: an example in comments."""

from collections.abc import Iterator

from attune.analyses.analysis import DraftPlan


def sections(plan: DraftPlan) -> Iterator[str]:
    """An example of a trial, where conditions are recorded and a scale was given repeatedly.

    It stays a comment: whether the conditions were randomised, and what was, is not in the data.
    """
    if plan.n_conditions < 2 or not plan.repeated:
        return
    keys, (baseline, *visits) = next(iter(plan.repeated.items()))
    yield "# CHECK: where the conditions were assigned by chance, the study is a trial. Add the"
    yield "# measure to `measures` above."
    yield f"# occasions: [{', '.join([baseline, *visits])}]"
    yield "# measures:"
    yield f"#   repeated: {{label: TODO, {keys}}}"
    yield "# trial:"
    yield "#   effects:"
    yield "#     title: Effects of the treatment"
    yield "#     dataset: available"
    yield "#     randomised: patient  # or therapist, with all of the therapist's patients"
    yield f"#     baseline: {baseline}  # CHECK: before the randomisation"
    yield f"#     visits: [{', '.join(visits)}]"
    yield "#     outcomes:"
    yield "#       repeated: {level: patient, better: lower, primary: true}  # or higher"
    yield "#     estimand:"
    yield "#       population: all people who were randomised"
    yield "#     missing_outcomes: {methods: [jump_to_reference], tipping_point: true}"
    yield "#     reason: Why the treatment may help."
    yield ""
