"""The aims that follow from printed values, and the texts about those that are not met."""

from typing import Any

import jinja2
import pandas as pd
import pytest
from scipy import stats

from attune.paper.ledger.ledger import Publication
from attune.specs.closed_model import read_as
from attune.synthetic.search import CalibrationError
from maintenance.ryan2012.bound_values import bound_values, value_of
from maintenance.ryan2012.plan import proved_contradictions
from maintenance.ryan2012.target_intervals import printed_aims
from maintenance.ryan2012.unmet_report import missed_values, readme, unmet_entries

NAME = "alliance.kims_total.wai.pearson_r"
SHARE = {"statistic": "alliance.kims_total.wai.r_squared", "kind": "r_squared_percent"}


def paper(*rows: dict[str, Any]) -> Publication:
    defaults = {"places": ["Table I"], "statistic": NAME, "kind": "r"}
    values = [{"id": f"row_{number}"} | defaults | row for number, row in enumerate(rows)]
    content = {"publication": "a", "citation": "A.", "conventions": ["Read."], "remarks": ["So."]}
    return read_as(Publication, content | {"values": values}, "a.yaml")


def test_quoted_values_are_no_aim() -> None:
    quoted = {"printed": ".9", "kind": "alpha", "statistic": None, "quoted": "from elsewhere"}
    publication = paper({"printed": ".595"}, quoted)
    assert [value.id for value in bound_values(publication)] == ["row_0"]
    assert list(printed_aims(publication, [], {})) == [NAME]


class TestAims:
    def test_are_what_all_prints_have_in_common(self) -> None:
        found = printed_aims(paper({"printed": "-.595"}, {"printed": "35.4"} | SHARE), [], {})
        # .3535 to .3545 is .59456 to .59540 squared; .5945 to .5955 is printed.
        assert (found[NAME].low, found[NAME].high) == pytest.approx(
            (-0.595399, -0.594559), abs=1e-6
        )

    def test_a_p_narrows_its_coefficient(self) -> None:
        rows = {"printed": ".02"}, {"printed": ".921", "field": "p_two_tailed", "kind": "p"}
        aim = printed_aims(paper(*rows), [], {"alliance": 18})[NAME]
        for end, p in ((aim.low, 0.9215), (aim.high, 0.9205)):
            t = end * (18 / (1 - end**2)) ** 0.5
            assert 2 * stats.t.sf(t, 18) == pytest.approx(p, abs=1e-6)

    def test_leave_out_what_is_given_up_and_what_has_bounds(self) -> None:
        rows = (
            {"printed": ".219"},
            {"printed": ".291"},
            {"printed": "*", "kind": "stars", "below": ".05"},
        )
        aim = printed_aims(paper(*rows), ["row_0"], {})[NAME]
        assert (aim.low, aim.high) == pytest.approx((0.2905, 0.2915))

    def test_contradicting_prints_are_an_error(self) -> None:
        with pytest.raises(CalibrationError, match="no value gives all that is printed"):
            printed_aims(paper({"printed": ".219"}, {"printed": ".291"}), [], {})


class TestAccounts:
    publication = paper(
        {"id": "count", "printed": "6", "statistic": "sample.axis.x.count", "kind": "count"},
        {
            "id": "axis_x",
            "printed": "23.2",
            "statistic": "sample.axis.x.percent",
            "kind": "percent",
            "label": "With x",
        },
        {"id": "r", "printed": ".456"},
        {"id": "star", "printed": "*", "field": "p_one_tailed", "kind": "stars", "below": ".01"},
    )
    statistics = pd.DataFrame(
        {"estimate": [6.0, 600 / 26, 0.4561], "p_one_tailed": [None, None, 0.011]},
        index=["sample.axis.x.count", "sample.axis.x.percent", NAME],
    )

    def test_entries(self) -> None:
        proofs = proved_contradictions(self.publication)
        share, star = unmet_entries(proofs, self.statistics)
        assert (share["id"], share["label"], share["given"]) == ("axis_x", "With x", "23.1")
        assert share["possible"] == {"low": 23.076923, "high": 23.076924}
        assert share["needed"] == {"low": 23.15, "high": 23.25}
        assert [each["name"] for each in share["inputs"]] == ["count", "dyads"]
        assert (star["id"], star["given"]) == ("star", "0.011")

    def test_a_proof_excuses_and_nothing_else_does(self) -> None:
        proofs = proved_contradictions(self.publication)
        assert missed_values(self.publication, proofs, self.statistics) == []
        worse = self.statistics.assign(estimate=[6.0, 600 / 26, 0.4566])
        assert missed_values(self.publication, proofs, worse) == ["r is printed .456, found 0.4566"]

    def test_variance_in_percent(self) -> None:
        stored = pd.DataFrame({"estimate": [0.354]}, index=["alliance.x.y.r_squared"])
        row = {"printed": "35.4"} | SHARE | {"statistic": "alliance.x.y.r_squared"}
        assert value_of(paper(row).value("row_0"), stored) == pytest.approx(35.4)

    def test_readme(self) -> None:
        template = (
            "{{ n_met }} of {{ n_bound }} of {{ n_values }}\n"
            "{% for each in unmet %}\n{{ each.label }}: {{ each.printed }}, {{ each.why }}\n"
            "{% endfor %}\n{{ files['a.csv'] }} {{ conventions[0] }} {{ remarks[0] }}\n"
        )
        proofs = proved_contradictions(self.publication)
        text = readme(template, self.publication, proofs, self.statistics, {"a.csv": "answers"})
        lines = text.splitlines()
        assert lines[:2] == ["2 of 4 of 4", "With x: 23.2, 6 of 26 is 23.1 %, not 23.2."]
        assert lines[2].startswith("star: \\*, p follows from the coefficient printed")
        assert lines[2].endswith("between 0.0109 and 0.0111; \\* stands for 0 to 0.01.")
        assert lines[3:] == ["answers Read. So."]

    def test_a_template_that_asks_for_something_else(self) -> None:
        with pytest.raises(jinja2.UndefinedError):
            readme("{{ n_missed }}", self.publication, [], self.statistics, {})
