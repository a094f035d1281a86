"""Description of the sample in a drafted study file: variables and tables."""

from collections.abc import Iterator

from attune.analyses.analysis import DraftPlan, drafted_table


def sections(plan: DraftPlan) -> Iterator[str]:
    """The variables that are described."""
    if plan.variables:
        yield f"variables: [{', '.join(plan.variables)}]"
        yield ""


def tables(plan: DraftPlan) -> Iterator[str]:
    """Frequencies, the distribution of the scores, and what is missing."""
    if plan.categories:
        yield from drafted_table(
            "sample", "manuscript", "frequencies", "Participants", plan.categories
        )
    yield from drafted_table(
        "descriptives", "manuscript", "descriptives", "Distribution of the Scores"
    )
    yield from drafted_table(
        "distributions", "supplement", "distributions", "Floor, Ceiling, and Skewness of the Scores"
    )
    if plan.shares_therapists:
        yield from drafted_table(
            "therapists", "supplement", "therapist_shares", "Differences Between Therapists"
        )
    if plan.has_items:
        yield from drafted_table("missingness", "supplement", "missingness", "Missing Responses")
