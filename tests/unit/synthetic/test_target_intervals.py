"""One target interval per statistic, from all that a paper prints about it."""

from typing import Any

import pandas as pd
import pytest
from scipy import stats

from attune.paper.ledger.ledger import Publication
from attune.specs.closed_model import read_as
from attune.synthetic.search import CalibrationError
from attune.synthetic.target_intervals import (
    bound_values,
    computed_value,
    missed_values,
    target_intervals,
)

NAME = "alliance.kims_total.wai.pearson_r"
SHARE = {"statistic": "alliance.kims_total.wai.r_squared", "kind": "r_squared_percent"}


def paper(*rows: dict[str, Any]) -> Publication:
    defaults = {"places": ["Table I"], "statistic": NAME, "kind": "r"}
    values = [{"id": f"row_{number}"} | defaults | row for number, row in enumerate(rows)]
    content = {"publication": "a", "citation": "A.", "values": values}
    return read_as(Publication, content, "a.yaml")


def test_quoted_values_have_no_target() -> None:
    quoted = {"printed": ".9", "kind": "alpha", "statistic": None, "quoted": "from elsewhere"}
    publication = paper({"printed": ".595"}, quoted)
    assert [value.id for value in bound_values(publication)] == ["row_0"]
    assert list(target_intervals(publication, [], {})) == [NAME]


class TestTargets:
    def test_are_the_intersection_of_all_prints(self) -> None:
        found = target_intervals(paper({"printed": "-.595"}, {"printed": "35.4"} | SHARE), [], {})
        # .3535 to .3545 is .59456 to .59540 squared; .5945 to .5955 is printed.
        assert (found[NAME].low, found[NAME].high) == pytest.approx(
            (-0.595399, -0.594559), abs=1e-6
        )

    def test_a_p_narrows_its_coefficient(self) -> None:
        rows = {"printed": ".02"}, {"printed": ".921", "field": "p_two_tailed", "kind": "p"}
        target = target_intervals(paper(*rows), [], {"alliance": 18})[NAME]
        for end, p in ((target.low, 0.9215), (target.high, 0.9205)):
            t = end * (18 / (1 - end**2)) ** 0.5
            assert 2 * stats.t.sf(t, 18) == pytest.approx(p, abs=1e-6)

    def test_leave_out_what_is_given_up_and_what_has_bounds(self) -> None:
        rows = (
            {"printed": ".219"},
            {"printed": ".291"},
            {"printed": "*", "kind": "stars", "below": ".05"},
        )
        target = target_intervals(paper(*rows), ["row_0"], {})[NAME]
        assert (target.low, target.high) == pytest.approx((0.2905, 0.2915))

    def test_contradicting_prints_are_an_error(self) -> None:
        with pytest.raises(CalibrationError, match="no value gives all that is printed"):
            target_intervals(paper({"printed": ".219"}, {"printed": ".291"}), [], {})


def test_variance_in_percent() -> None:
    stored = pd.DataFrame({"estimate": [0.354]}, index=["alliance.x.y.r_squared"])
    row = {"printed": "35.4"} | SHARE | {"statistic": "alliance.x.y.r_squared"}
    assert computed_value(paper(row).value("row_0"), stored) == pytest.approx(35.4)


def test_missed_values_are_those_that_are_not_given_up() -> None:
    stored = pd.DataFrame({"estimate": [0.2914]}, index=[NAME])
    publication = paper({"printed": ".219"}, {"printed": ".291"})
    assert missed_values(publication, ["row_0"], stored) == []
    assert missed_values(publication, [], stored) == ["row_0 is printed .219, found 0.2914"]
