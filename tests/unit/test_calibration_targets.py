"""Printed values, the aims that follow from them, and the texts about them."""

from typing import Any

import jinja2
import pandas as pd
import pytest
from scipy import stats

from attune.calibration.accounts import missed_targets, readme, unmet_entries
from attune.calibration.aims import printed_aims
from attune.calibration.plan import proved_contradictions
from attune.calibration.recomputation import value_of
from attune.calibration.search import CalibrationError
from attune.calibration.targets import Target, Targets, as_printed
from attune.closed_model import read_as
from attune.errors import AttuneError

NAME = "alliance.kims_total.wai.pearson_r"


def target(printed: str, **others: str) -> Target:
    return Target(id="x", places=["Table I"], **({"statistic": NAME, "printed": printed} | others))


def targets(*rows: dict[str, Any]) -> Targets:
    defaults = {"places": ["Table I"], "statistic": NAME}
    rows = tuple({"id": f"row_{number}"} | defaults | row for number, row in enumerate(rows))
    content = {"publication": "A", "conventions": ["Read."], "remarks": ["So."], "targets": rows}
    return read_as(Targets, content, "targets.yaml")


class TestMetBy:
    @pytest.mark.parametrize(
        ("printed", "value", "met"),
        [
            (".456", 0.4555, True),
            (".456", 0.45649, True),
            (".456", 0.4565, False),
            (".456", 0.45549, False),
            (".456", -0.456, False),
            ("-0.481", -0.4806, True),
            ("-0.481", 0.481, False),
            (".850", 0.8504, True),
            (".85", 0.854, True),
            (".850", 0.854, False),
            ("133", 132.5, True),
            ("133", 132.49, False),
            ("0.00", -0.001, True),
            ("26", float("nan"), False),
        ],
    )
    def test_digits(self, printed: str, value: float, met: bool) -> None:
        assert target(printed).met_by(value) is met

    @pytest.mark.parametrize(
        ("bounds", "value", "met"),
        [
            ({"below": ".05"}, 0.0499, True),
            ({"below": ".05"}, 0.051, False),
            ({"below": "5"}, 5.0, False),
            ({"at_least": ".05"}, 0.0501, True),
            ({"at_least": ".05"}, 0.0499, False),
            ({"at_least": ".5"}, 0.5, True),
            ({"below": ".05", "at_least": ".01"}, 0.03, True),
            ({"below": ".05", "at_least": ".01"}, 0.009, False),
        ],
    )
    def test_bounds(self, bounds: dict[str, str], value: float, met: bool) -> None:
        assert target("*", **bounds).met_by(value) is met

    @pytest.mark.parametrize(
        ("value", "like", "printed"),
        [
            (0.125, ".12", "0.13"),
            (-0.125, ".12", "-0.13"),
            (29.5, "30", "30"),
            (-0.001, "1.0", "0.0"),
        ],
    )
    def test_halves_are_rounded_away_from_zero(self, value: float, like: str, printed: str) -> None:
        assert as_printed(value, like) == printed


class TestFile:
    def test_ids_are_unique(self) -> None:
        with pytest.raises(AttuneError, match="occur more than once"):
            targets({"id": "a", "printed": ".1"}, {"id": "a", "printed": ".2"})

    def test_digits_or_bounds(self) -> None:
        with pytest.raises(AttuneError, match="not a number"):
            targets({"printed": "p < .05"})

    def test_by_id(self) -> None:
        assert targets({"printed": ".1"}, {"id": "b", "printed": ".2"})["b"].printed == ".2"


class TestAims:
    def test_are_what_all_prints_have_in_common(self) -> None:
        percent = {"printed": "35.4", "statistic": NAME.replace("pearson_r", "r_squared_percent")}
        found = printed_aims(targets({"printed": "-.595"}, percent), [], {})
        # .3535 to .3545 is .59456 to .59540 squared; .5945 to .5955 is printed.
        assert (found[NAME].low, found[NAME].high) == pytest.approx(
            (-0.595399, -0.594559), abs=1e-6
        )

    def test_a_p_narrows_its_coefficient(self) -> None:
        rows = {"printed": ".02"}, {"printed": ".921", "field": "p_two_tailed"}
        aim = printed_aims(targets(*rows), [], {"alliance": 18})[NAME]
        for end, p in ((aim.low, 0.9215), (aim.high, 0.9205)):
            t = end * (18 / (1 - end**2)) ** 0.5
            assert 2 * stats.t.sf(t, 18) == pytest.approx(p, abs=1e-6)

    def test_leave_out_what_is_given_up_and_what_has_bounds(self) -> None:
        rows = {"printed": ".219"}, {"printed": ".291"}, {"printed": "*", "below": ".05"}
        aim = printed_aims(targets(*rows), ["row_0"], {})[NAME]
        assert (aim.low, aim.high) == pytest.approx((0.2905, 0.2915))

    def test_contradicting_prints_are_an_error(self) -> None:
        with pytest.raises(CalibrationError, match="no value gives all that is printed"):
            printed_aims(targets({"printed": ".219"}, {"printed": ".291"}), [], {})


class TestAccounts:
    paper = targets(
        {"id": "count", "printed": "6", "statistic": "sample.axis.x.count"},
        {
            "id": "axis_x",
            "printed": "23.2",
            "statistic": "sample.axis.x.percent",
            "label": "With x",
        },
        {"id": "r", "printed": ".456"},
        {"id": "star", "printed": "*", "field": "p_one_tailed", "below": ".01"},
    )
    statistics = pd.DataFrame(
        {"estimate": [6.0, 600 / 26, 0.4561], "p_one_tailed": [None, None, 0.011]},
        index=["sample.axis.x.count", "sample.axis.x.percent", NAME],
    )

    def test_entries(self) -> None:
        proofs = proved_contradictions(self.paper)
        share, star = unmet_entries(proofs, self.statistics)
        assert (share["id"], share["label"], share["given"]) == ("axis_x", "With x", "23.1")
        assert share["possible"] == {"low": 23.076923, "high": 23.076924}
        assert share["needed"] == {"low": 23.15, "high": 23.25}
        assert [each["name"] for each in share["inputs"]] == ["count", "dyads"]
        assert (star["id"], star["given"]) == ("star", "0.011")

    def test_a_proof_excuses_and_nothing_else_does(self) -> None:
        proofs = proved_contradictions(self.paper)
        assert missed_targets(self.paper, proofs, self.statistics) == []
        worse = self.statistics.assign(estimate=[6.0, 600 / 26, 0.4566])
        assert missed_targets(self.paper, proofs, worse) == ["r is printed .456, found 0.4566"]

    def test_variance_in_percent(self) -> None:
        stored = pd.DataFrame({"estimate": [0.354]}, index=["alliance.x.y.r_squared"])
        share = target("35.4", statistic="alliance.x.y.r_squared_percent")
        assert value_of(share, stored) == pytest.approx(35.4)

    def test_readme(self) -> None:
        template = (
            "{{ n_met }} of {{ n_targets }}\n"
            "{% for each in unmet %}\n{{ each.label }}: {{ each.printed }}, {{ each.why }}\n"
            "{% endfor %}\n{{ files['a.csv'] }} {{ conventions[0] }} {{ remarks[0] }}\n"
        )
        proofs = proved_contradictions(self.paper)
        text = readme(template, self.paper, proofs, self.statistics, {"a.csv": "answers"})
        lines = text.splitlines()
        assert lines[:2] == ["2 of 4", "With x: 23.2, 6 of 26 is 23.1 %, not 23.2."]
        assert lines[2].startswith("star: \\*, p follows from the coefficient printed")
        assert lines[2].endswith("between 0.0109 and 0.0111; \\* stands for 0 to 0.01.")
        assert lines[3:] == ["answers Read. So."]

    def test_a_template_that_asks_for_something_else(self) -> None:
        with pytest.raises(jinja2.UndefinedError):
            readme("{{ n_missed }}", self.paper, [], self.statistics, {})
