"""Items of multi-facet instruments are judged within their facets."""

from typing import Any

import numpy as np
import pytest
from tests.depth import deep, examples
from tests.unit.intake.scoring_audit.questionnaire import answered, key
from tests.unit.intake.small_cohort import cohort

from attune.intake.reading.violations import Violation
from attune.intake.scoring_audit.findings import audit_questionnaire
from attune.specs.instrument import Instrument

LOADING = 0.75
PEOPLE = 100
REPEATS = examples(40, many=400)

OPPOSED = np.array([[1, 0.4, -0.4], [0.4, 1, -0.4], [-0.4, -0.4, 1]])
"""Correlations of three facets of which the last runs against the others."""


def faceted(sizes: list[int], reverse: list[int]) -> Instrument:
    """A total over facets that go through the items in turn."""
    ends = np.cumsum(sizes)
    scales: dict[str, Any] = {"total": {"label": "Total", "aggregation": "sum", "items": "all"}}
    for number, (end, size) in enumerate(zip(ends, sizes, strict=True)):
        items = [*range(int(end) - size + 1, int(end) + 1)]
        scales[f"facet_{number}"] = {"label": "Facet", "aggregation": "sum", "items": items}
    return key(int(ends[-1]), scales=scales, reverse=reverse)


def simulated(
    sizes: list[int], correlations: np.ndarray, reverse: list[int], seed: int
) -> np.ndarray:
    """Answers as ticked, 1 to 5, with a factor per facet."""
    rng = np.random.default_rng(seed)
    factors = rng.standard_normal((PEOPLE, len(sizes))) @ np.linalg.cholesky(correlations).T
    latent = LOADING * np.repeat(factors, sizes, axis=1)
    latent = latent + np.sqrt(1 - LOADING**2) * rng.standard_normal(latent.shape)
    ticked = np.clip(np.round(3 + 1.1 * latent), 1, 5).astype(int)
    return turned(ticked, reverse)


def turned(ticked: np.ndarray, items: list[int]) -> np.ndarray:
    bent = ticked.copy()
    bent[:, np.array(items, dtype=int) - 1] = 6 - bent[:, np.array(items, dtype=int) - 1]
    return bent


def alarms(responses: np.ndarray, instrument: Instrument) -> list[Violation]:
    found = audit_questionnaire(answered(responses, instrument), cohort(), {"mood": instrument})
    return [violation for violation in found if violation.severity != "note"]


@deep
@pytest.mark.parametrize(
    ("sizes", "reverse"),
    [
        ([8, 8, 4], []),
        ([8, 8, 4], [17, 18, 19, 20]),
        ([8, 8, 2], [17, 18]),
        ([8, 8, 2], []),
        ([8, 8, 1], [17]),
        ([6, 6, 6], [1, 3, 7, 13]),
    ],
)
def test_a_facet_that_runs_against_the_total_is_no_error(
    sizes: list[int], reverse: list[int]
) -> None:
    instrument = faceted(sizes, reverse)
    wrong = sum(
        bool(alarms(simulated(sizes, OPPOSED, reverse, seed), instrument))
        for seed in range(REPEATS)
    )
    # The stated rate of false alarms is below one in a hundred scales; here are four.
    assert wrong <= 0.04 * REPEATS


@deep
@pytest.mark.parametrize("item", [3, 13])
def test_a_reversal_error_within_a_facet_is_found(item: int) -> None:
    sizes, reverse = [6, 6, 6], [1, 3, 7, 13]
    instrument = faceted(sizes, reverse)
    named = [
        [
            violation.item
            for violation in alarms(
                turned(simulated(sizes, OPPOSED, reverse, seed), [item]), instrument
            )
        ]
        for seed in range(REPEATS)
    ]
    assert sum(items == [item] for items in named) >= 0.95 * REPEATS


def test_all_reversals_are_found_where_they_divide_a_facet() -> None:
    sizes, reverse = [6, 6, 6], [1, 3, 7, 13, 14]
    bent = turned(simulated(sizes, OPPOSED, reverse, 1), reverse)
    (violation,) = alarms(bent, faceted(sizes, reverse))
    assert violation.message.startswith("all 5 items of mood")


def test_what_only_the_total_says_is_a_note() -> None:
    instrument = faceted([8, 8, 2], [])
    responses = simulated([8, 8, 2], OPPOSED, [], 1)
    found = audit_questionnaire(answered(responses, instrument), cohort(), {"mood": instrument})
    assert {violation.rule for violation in found} == {"item_direction_unclear"}
    assert {violation.item for violation in found} == {17, 18}


def test_an_item_without_a_facet_is_judged_by_the_total() -> None:
    """As the additional items of symptom checklists are."""
    facets = {
        name: {"label": "Facet", "aggregation": "sum", "items": items}
        for name, items in (("low", [1, 2, 3, 4]), ("high", [5, 6, 7, 8]))
    }
    total = {"label": "Total", "aggregation": "sum", "items": "all"}
    instrument = key(9, scales={"total": total} | facets, reverse=[9])
    correlations = np.array([[1, 0.6], [0.6, 1]])
    one = simulated([5, 4], correlations, [], 3)
    responses = one[:, [0, 1, 2, 3, 5, 6, 7, 8, 4]]
    assert [violation.item for violation in alarms(responses, instrument)] != []
