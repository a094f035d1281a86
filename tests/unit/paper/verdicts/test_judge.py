"""Every verdict, and the edges between them."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.paper.verdicts.small_paper import (
    finding,
    findings,
    judged,
    paper,
    printed,
    reasons,
    statistic,
    store,
    verdict_on,
)

from attune.paper.checks.audit import audit_publication
from attune.paper.verdicts.judge import judge_values
from attune.specs.verdict_kinds import MATCHING
from attune.store.contracts import VERDICTS, conform
from attune.synthetic.contradictions import contradictions

P = {"kind": "p", "field": "p_two_tailed"}


class TestDigits:
    @pytest.mark.parametrize(
        ("text", "computed"),
        [
            (".456", 0.4555),
            (".456", 0.45649999),
            ("0.456", 0.456),
            ("-.456", -0.4555),
            ("-0.00", 0.0004),
            (".000", -0.0004),
            (".10", 0.1),
            (".3", 0.1 + 0.2),
            ("1.00", 0.9951),
        ],
    )
    def test_rounded_as_usual(self, text: str, computed: float) -> None:
        assert verdict_on(text, computed)["verdict"] == "reproduced_exactly"

    @pytest.mark.parametrize("computed", [37.849999999999994, 37.85, 37.94999])
    def test_noise_of_binary_numbers_decides_nothing(self, computed: float) -> None:
        assert verdict_on("37.9", computed, "mean")["verdict"] == "reproduced_exactly"

    @pytest.mark.parametrize(
        ("text", "computed", "said"),
        [
            (".45", 0.4599, "cut off"),
            (".45", 0.4446, "rounded to one decimal more"),
            ("-.45", -0.4599, "cut off"),
            ("2.4", 2.45, "halves rounded to the even digit"),
            ("0.0", 0.07, "cut off"),
        ],
    )
    def test_another_way_of_rounding(self, text: str, computed: float, said: str) -> None:
        kind = "r" if abs(computed) < 1 else "mean"
        row = verdict_on(text, computed, kind)
        assert row["verdict"] == "within_rounding"
        assert said in row["why"]

    def test_the_rounding_interval_is_stated(self) -> None:
        assert "values from .4445 up to, but not including, .46" in verdict_on(".45", 0.459)["why"]

    @pytest.mark.parametrize(("text", "computed"), [(".45", 0.46), (".45", 0.4444), ("15", 16.0)])
    def test_beyond_every_way(self, text: str, computed: float) -> None:
        kind = "r" if computed < 1 else "count"
        assert verdict_on(text, computed, kind)["verdict"] == "differs"

    def test_the_distance_is_stated(self) -> None:
        assert verdict_on("-0.481", -0.2641)["why"] == (
            "The data give −.264, which is .217 higher (217 units of the last digit)."
        )
        assert verdict_on("133", 132.0, "mean")["why"] == "The data give 132, which is 1 lower."

    def test_a_share_of_variance_is_printed_in_percent(self) -> None:
        value = printed("v", "20.2", "r_squared_percent", statistic="a.r_squared_percent")
        row = judged(paper(value), store(statistic("a.r_squared", estimate=0.2016)))["v"]
        assert (row["verdict"], row["shown"], row["statistic"]) == (
            "reproduced_exactly",
            "20.2",
            "a.r_squared",
        )

    @given(
        number=st.integers(-99_999, 99_999),
        places=st.integers(0, 4),
        part=st.floats(-0.5, 0.5, allow_nan=False),
    )
    def test_whatever_lies_within_half_a_unit_holds(
        self, number: int, places: int, part: float
    ) -> None:
        text = f"{number / 10**places:.{places}f}"
        computed = (number + part) / 10**places
        row = verdict_on(text, computed, "mean")
        assert row["verdict"] in ("reproduced_exactly", "within_rounding")

    @given(number=st.integers(1, 99_999), places=st.integers(0, 4), units=st.floats(1.001, 1e6))
    def test_whatever_lies_further_than_a_unit_does_not(
        self, number: int, places: int, units: float
    ) -> None:
        text = f"{number / 10**places:.{places}f}"
        for sign in (1, -1):
            row = verdict_on(text, (number + sign * units) / 10**places, "mean")
            assert row["verdict"] not in MATCHING


class TestSign:
    def test_the_signs_differ(self) -> None:
        row = verdict_on("-.456", 0.456)
        assert row["verdict"] == "sign_differs"
        assert "the signs differ" in row["why"]

    @pytest.mark.parametrize(("text", "computed"), [(".02", -0.004), (".00", -0.02)])
    def test_zero_has_none(self, text: str, computed: float) -> None:
        assert verdict_on(text, computed)["verdict"] == "differs"


class TestDecision:
    @pytest.mark.parametrize(
        ("text", "below", "at_least", "computed", "holds"),
        [
            ("p < .05", ".05", None, 0.049, True),
            ("p < .05", ".05", None, 0.05, False),
            ("p < .05", ".05", None, 0.05 - 1e-17, False),
            ("not significant", None, ".05", 0.05, True),
            ("not significant", None, ".05", 0.0499, False),
            ("*", ".05", ".01", 0.009, False),
            ("*", ".05", ".01", 0.01, True),
            ("**", ".01", None, 0.0002, True),
        ],
    )
    def test_bounds(
        self, text: str, below: str | None, at_least: str | None, computed: float, holds: bool
    ) -> None:
        row = verdict_on(
            text,
            computed,
            "stars" if "*" in text else "p",
            field="p_two_tailed",
            below=below,
            at_least=at_least,
        )
        assert row["verdict"] == ("reproduced_exactly" if holds else "decision_differs")

    def test_the_bound_is_stated(self) -> None:
        row = verdict_on("p < .05", 0.0961, below=".05", **P)
        assert row["why"] == "The data give p = .096, which is not below .05."
        assert row["shown"] == "p = .096"

    def test_a_printed_p_on_the_other_side_of_the_level(self) -> None:
        row = verdict_on(".04", 0.06, **P)
        assert row["verdict"] == "decision_differs"
        assert "different sides of .05" in row["why"]
        assert verdict_on(".04", 0.02, **P)["verdict"] == "differs"

    def test_digits_that_do_not_tell_the_side(self) -> None:
        assert verdict_on(".05", 0.07, **P)["verdict"] == "differs"

    def test_a_coefficient_whose_p_leaves_its_star(self) -> None:
        star = printed("s", "*", "stars", below=".05", of="r", statistic="a.r")
        rows = store(statistic("a.r", estimate=0.3, p_two_tailed=0.13, n=26))
        found = judged(paper(printed("r", ".456"), star | {"field": "p_two_tailed"}), rows)
        assert found["r"]["verdict"] == found["s"]["verdict"] == "decision_differs"
        assert "its p = .130 is not below .05, as printed (*)" in found["r"]["why"]

    def test_the_same_digits_hold_whatever_the_p(self) -> None:
        star = printed("s", "*", "stars", below=".05", of="r", statistic="a.r")
        rows = store(statistic("a.r", estimate=0.456, p_two_tailed=0.13, n=26))
        found = judged(paper(printed("r", ".456"), star | {"field": "p_two_tailed"}), rows)
        assert found["r"]["verdict"] == "reproduced_exactly"


class TestFinding:
    """An effect, or no effect, that a paper states in words."""

    @pytest.mark.parametrize(
        ("significant", "direction", "estimate", "p", "verdict"),
        [
            (True, None, 0.3, 0.049, "same_decision"),
            (True, "positive", 0.3, 0.049, "same_decision"),
            (True, "negative", 0.3, 0.049, "sign_differs"),
            (True, "negative", 0.0, 0.049, "sign_differs"),
            (True, "positive", 0.3, 0.05, "decision_differs"),
            (True, "negative", 0.3, 0.05, "decision_differs"),
            (False, None, -0.3, 0.05, "same_decision"),
            (False, None, -0.3, 0.049, "decision_differs"),
        ],
    )
    def test_verdicts(
        self, significant: bool, direction: str | None, estimate: float, p: float, verdict: str
    ) -> None:
        more = {"significant": significant, "field": "p_two_tailed"}
        more |= {"direction": direction} if direction else {}
        rows = store(statistic("a.f", estimate=estimate, p_two_tailed=p, n=26))
        row = judged(paper(printed("f", "affected it", "finding", **more)), rows)["f"]
        assert row["verdict"] == verdict
        assert row["shown"] == f"p = {p:.3f}".replace("0.", ".")

    def test_reasons(self) -> None:
        more = {"significant": True, "direction": "negative", "field": "p_two_tailed"}
        value = printed("f", "lowered it", "finding", **more)

        def why(estimate: float, p: float) -> str:
            rows = store(statistic("a.f", estimate=estimate, p_two_tailed=p))
            return str(judged(paper(value), rows)["f"]["why"])

        assert (
            why(0.3, 0.01) == "The data give a positive effect (p = .010); the paper's is negative."
        )
        assert why(-0.3, 0.08) == "The data give p = .080, which is not below .05."
        assert why(-0.3, 0.01) == ""

    def test_the_paper_has_another_level(self) -> None:
        value = printed("f", "affected it", "finding", significant=True, field="p_two_tailed")
        rows = store(statistic("a.f", estimate=0.3, p_two_tailed=0.03))
        assert judged(paper(value, level=".01"), rows)["f"]["verdict"] == "decision_differs"

    def test_synthetic_data_recover_it(self) -> None:
        value = printed("f", "affected it", "finding", significant=True, field="p_two_tailed")
        rows = store(statistic("a.f", estimate=0.3, p_two_tailed=0.03))
        assert judged(paper(value), rows, synthetic=True)["f"]["verdict"] == "recovered"


class TestNotComputable:
    def test_quoted_needs_no_person(self) -> None:
        value = printed("alpha", ".83", "alpha", quoted="published by the scale's authors")
        row = judged(paper(value), store())["alpha"]
        assert (row["verdict"], row["reason"], row["accepted"]) == (
            "not_compared",
            "quoted",
            True,
        )
        assert "published by the scale's authors." in row["why"]

    def test_what_the_study_did_not_ask_is_not_what_data_cannot_give(self) -> None:
        value = printed("n", "40", "count", not_asked="no interaction was tested")
        row = judged(paper(value, printed("r")), store())["n"]
        assert (row["verdict"], row["reason"], row["accepted"]) == (
            "not_compared",
            "not_asked",
            True,
        )
        assert "no interaction was tested." in row["why"]

    def test_a_statistic_that_does_not_exist(self) -> None:
        rows = store(statistic("a.kims_total.t", estimate=1.0))
        row = judged(paper(printed("t", "1.0", "t", statistic="a.kims_totl.t")), rows)["t"]
        assert row["verdict"] == "not_computable"
        assert "Did you mean 'a.kims_total.t'?" in row["why"]
        assert not row["accepted"]

    def test_an_undefined_statistic(self) -> None:
        rows = store(statistic("a.r", reason="nobody varies"))
        row = judged(paper(printed("r")), rows)["r"]
        assert row["verdict"] == "not_computable"
        assert row["why"] == "`a.r` is undefined: nobody varies."

    def test_no_one_tailed_p_without_a_direction(self) -> None:
        value = printed("p", ".02", "p", statistic="a.r", field="p_one_tailed")
        value |= {"tail": "one", "direction": "positive"}
        row = judged(paper(value), store(statistic("a.r", estimate=0.4, p_two_tailed=0.04)))["p"]
        assert row["why"] == "`a.r` has no one-tailed p: no direction is declared."

    def test_hidden_counts_are_nowhere(self) -> None:
        rows = store(statistic("a.few", estimate=3.0, n=3))
        row = judged(
            paper(printed("few", "4", "count")), rows, hidden={"a.few": "small"}, smallest=5
        )["few"]
        assert (row["verdict"], row["reason"], row["accepted"]) == (
            "not_compared",
            "not_shared",
            True,
        )
        assert row["computed"] is None or math.isnan(row["computed"])
        assert row["shown"] is None
        assert "3" not in row["why"]


class TestSynthetic:
    def test_synthetic_data_reproduce_nothing(self) -> None:
        rows = store(statistic("a.r", estimate=0.456), statistic("a.m", estimate=0.459))
        ledger = paper(printed("r"), printed("m", ".45"))
        found = judged(ledger, rows, synthetic=True)
        assert {row["verdict"] for row in found.values()} == {"recovered"}

    def test_a_word_that_does_not_fit_rules_no_number_out(self) -> None:
        """What the paper calls medium is large: the number may hold all the same."""
        ledger = paper(printed("r"))
        fields = {"check": "effect_label", "sentence": "It is called medium."}
        word = finding("r", **fields)
        far = judged(ledger, store(statistic("a.r", estimate=0.9)), word, synthetic=True)["r"]
        assert far["verdict"] == "differs"
        assert "medium" not in far["why"]
        near = judged(ledger, store(statistic("a.r", estimate=0.456)), word, synthetic=True)["r"]
        assert near["verdict"] == "recovered"
        assert "However, the paper's label contradicts it: It is called medium." in near["why"]
        both = judged(
            ledger, store(statistic("a.r", estimate=0.9)), word, finding("r"), synthetic=True
        )["r"]
        assert both["verdict"] == "not_recoverable"

    def test_what_a_check_rules_out_is_not_recoverable(self) -> None:
        rows = store(statistic("a.r", estimate=0.3))
        row = judged(paper(printed("r")), rows, finding("r"), synthetic=True)["r"]
        assert row["verdict"] == "not_recoverable"
        assert row["why"].startswith(
            "It is incompatible with the paper's other numbers. r cannot be."
        )

    def test_only_its_owner_is_ruled_out(self) -> None:
        rows = store(statistic("a.r", estimate=0.3), statistic("a.q", estimate=0.3))
        broken = finding("q", values="q r")
        found = judged(paper(printed("r"), printed("q")), rows, broken, synthetic=True)
        assert found["r"]["verdict"] == "differs"
        assert found["q"]["verdict"] == "not_recoverable"
        assert found["r"]["findings"] == "sum.q"

    def test_what_belongs_to_it_goes_with_it(self) -> None:
        star = printed("s", "*", "stars", below=".05", of="r", statistic="a.r")
        rows = store(statistic("a.r", estimate=0.3, p_two_tailed=0.13))
        found = judged(
            paper(printed("r"), star | {"field": "p_two_tailed"}),
            rows,
            finding("r"),
            synthetic=True,
        )
        assert found["s"]["verdict"] == "not_recoverable"
        assert "It rests on r, printed .456, which cannot hold." in found["s"]["why"]

    def test_consistent_checks_prove_nothing(self) -> None:
        rows = store(statistic("a.r", estimate=0.3))
        row = judged(paper(printed("r")), rows, finding("r", "consistent"), synthetic=True)["r"]
        assert row["verdict"] == "differs"

    def test_real_data_keep_their_verdict(self) -> None:
        rows = store(statistic("a.r", estimate=0.3))
        row = judged(paper(printed("r")), rows, finding("r"))["r"]
        assert row["verdict"] == "differs"
        assert "r cannot be." in row["why"]


class TestReasons:
    ROWS = store(statistic("a.r", estimate=0.3))

    def row(self, **entry: Any) -> dict[str, Any]:
        given = reasons({"value": "r"} | entry)
        return judged(paper(printed("r")), self.ROWS, reasons=given)["r"]

    def test_a_reason_for_this_verdict_accepts_it(self) -> None:
        row = self.row(verdict="differs")
        assert (row["accepted"], row["reason"], row["by"]) == (True, "unresolved", "A. Reader")

    def test_a_reason_for_another_verdict_does_not(self) -> None:
        assert self.row(verdict="sign_differs")["accepted"] is False

    def test_nothing_is_accepted_unasked(self) -> None:
        assert judged(paper(printed("r")), self.ROWS)["r"]["accepted"] is False


@pytest.mark.parametrize(
    ("text", "kind", "field"),
    [("-.04", "p", "p_two_tailed"), ("1.60", "r", "estimate"), ("p < -.05", "p", "p_two_tailed")],
)
@pytest.mark.parametrize("synthetic", [True, False])
def test_an_impossible_number_gets_a_verdict(
    text: str, kind: str, field: str, synthetic: bool
) -> None:
    publication = paper(printed("r", text, kind, field=field))
    rows = store(statistic("a.r", estimate=0.5, n=26, p_two_tailed=0.04))
    proof = audit_publication(publication)[0].row()
    verdict = judged(publication, rows, proof, synthetic=synthetic)["r"]
    assert verdict["verdict"] in ("differs", "decision_differs", "not_recoverable", "sign_differs")
    assert [proof.value.id for proof in contradictions(publication)] == ["r"]


def test_both_sizes_are_stated_if_they_differ() -> None:
    row = judged(paper(printed("r")), store(statistic("a.r", estimate=0.456, n=25)))["r"]
    assert row["why"] == "Computed from n = 25; the published value is from n = 26."


def test_the_frame_fits_its_contract_in_the_order_of_the_paper() -> None:
    ledger = paper(printed("z"), printed("a", ".1"), printed("q", ".2", "alpha", quoted="there"))
    rows = store(statistic("a.z", estimate=0.456, n=26))
    frame = judge_values(ledger, rows, findings(), None, synthetic=False)
    assert list(frame["id"]) == ["z", "a", "q"]
    table = conform(frame, VERDICTS).to_pandas()
    assert table.set_index("id")["position"].to_dict() == {"z": 0, "a": 1, "q": 2}
