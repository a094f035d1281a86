"""Self-consistent papers raise no false alarm; single wrong digits are found."""

from collections import Counter

import pytest
from tests.depth import deep, examples
from tests.unit.paper.checks.measured_rates import Rates, measured
from tests.unit.paper.checks.simulated_papers import publication, simulated_paper

from attune.paper.checks.audit import CHECKS, audit_publication

PAPERS = examples(100, many=1_000)
CHANGED_PAPERS = examples(40, many=120)
FEWEST_BROKEN = examples(150, many=500)
LEAST_RATE = 0.99


@deep
def test_self_consistent_papers_raise_no_false_alarm() -> None:
    outcomes: Counter[tuple[str, str]] = Counter()
    for seed in range(PAPERS):
        for finding in audit_publication(publication(simulated_paper(seed))):
            assert finding.outcome != "inconsistent", (seed, finding)
            outcomes[finding.check, finding.outcome] += 1
    # Every check had something to look at, and told.
    for check in CHECKS:
        if check.name != "possible_number":  # a possible number is not a finding
            assert outcomes[check.name, "consistent"] >= PAPERS / 2, check.name
    assert outcomes["correlation_matrix", "cannot_tell"] == 0


@pytest.fixture(scope="module")
def rates() -> Rates:
    return measured(range(10_000, 10_000 + CHANGED_PAPERS))


@deep
class TestSingleWrongDigits:
    """What breaks a bound is decided by the oracle, which shares no code with the checks."""

    def test_no_alarm_where_no_bound_is_broken(self, rates: Rates) -> None:
        assert rates.alarms == []

    @pytest.mark.parametrize("check", [check.name for check in CHECKS])
    def test_are_found_by_the_check_that_owns_the_bound(self, rates: Rates, check: str) -> None:
        if not rates.broken.get(check):
            pytest.fail(f"no change broke a bound of {check}")
        assert rates.found[check] / rates.broken[check] >= LEAST_RATE, rates.missed

    def test_altogether(self, rates: Rates) -> None:
        broken, found = sum(rates.broken.values()), sum(rates.found.values())
        assert broken > FEWEST_BROKEN
        assert found / broken >= LEAST_RATE, rates.missed
