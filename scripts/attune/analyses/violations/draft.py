"""What a drafted study file says of the quality of the raw data."""

from collections.abc import Iterator

from attune.analyses.analysis import DraftPlan, drafted_table


def tables(plan: DraftPlan) -> Iterator[str]:
    """What the validation found."""
    title = "What the Validation of the Raw Files Found"
    yield from drafted_table("violations", "supplement", "violations", title)
