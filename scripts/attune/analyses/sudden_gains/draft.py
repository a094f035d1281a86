"""Sudden gains in a drafted study file: an example in comments."""

from collections.abc import Iterator

from attune.analyses.analysis import DraftPlan
from attune.analyses.sudden_gains.declaration import FEWEST_OCCASIONS


def sections(plan: DraftPlan) -> Iterator[str]:
    """An example of a search, where a scale was given at four occasions or more."""
    repeated = [
        (keys, occasions)
        for keys, occasions in plan.repeated.items()
        if len(occasions) >= FEWEST_OCCASIONS
    ]
    if not repeated:
        return
    _, occasions = repeated[0]
    yield "# CHECK: sudden gains need scores of neighbouring sessions; months are too far apart."
    yield "# sudden_gains:"
    yield "#   sudden:"
    yield "#     title: Sudden gains"
    yield "#     measures: [repeated]  # a measure without an occasion, as above"
    yield "#     dataset: available"
    yield f"#     occasions: [{', '.join(occasions)}]"
    yield "#     gains: {cutoff: TODO, share: 0.25, stability: pooled_sd, losses: true}"
    yield f"#     early_response: {{occasion: {occasions[1]}, share: 0.5}}"
    yield "#     reason: Why these criteria."
    yield ""
