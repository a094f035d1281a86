"""Quality of the raw data in a drafted study file."""

from collections.abc import Iterator

from attune.analyses.analysis import DraftPlan, drafted_table


def tables(plan: DraftPlan) -> Iterator[str]:
    """What the validation found."""
    title = "What the Validation of the Raw Files Found"
    yield from drafted_table("violations", "supplement", "violations", title)
