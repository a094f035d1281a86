"""Internal consistency in a drafted study file."""

from collections.abc import Iterator

from attune.analyses.analysis import DraftPlan, drafted_table


def sections(plan: DraftPlan) -> Iterator[str]:
    """The interval of alpha, where there are answers to items."""
    if plan.has_items:
        yield "reliability: {interval: robust}  # of alpha; or feldt, which needs normal scores"
        yield ""


def tables(plan: DraftPlan) -> Iterator[str]:
    """Internal consistency, where there are answers to items."""
    if plan.has_items:
        yield from drafted_table("reliability", "supplement", "reliability", "Internal Consistency")
