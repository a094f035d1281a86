"""Subsets, reliability, control events, numeric moderators and influence of a synthesis."""

import math
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.synthesis.synthetic_studies import (
    COMMON,
    FORMAT,
    RELIABILITY,
    REMISSION,
    YEAR,
    evidence_of,
    nested,
    nested_in_many,
    nested_with_levels,
    synthesis_of,
    with_errors,
    with_years,
)
from tests.unit.synthesis.test_synthesis_document import tables_and_text
from tests.unit.synthesis.test_synthesis_statistics import RS, rows_of, with_features

from attune.printing.printed_table import PrintedTable
from attune.specs.synthesis import Reliability
from attune.stats.number_needed_to_treat import number_needed_from_control_rate
from attune.synthesis.declared_choices import corrected_studies
from attune.synthesis.evidence import Evidence

GROUPS = {"groups": {"label": "studies of groups", "moderator": "format", "levels": ["group"]}}
LATE = {"late": {"label": "studies since 2005", "moderator": "year", "at_least": 2005}}


def labels_of(table: PrintedTable) -> list[str]:
    """First cells of the rows of a table."""
    return [str(row.label) for row in table.rows]


class TestSubsets:
    """Groups of studies that are pooled by themselves."""

    def test_a_subset_is_the_analysis_of_its_studies(self) -> None:
        evidence = with_features(evidence_of(RS))
        rows = rows_of(evidence, synthesis_of(moderators=FORMAT, subsets=GROUPS))
        own = [s for s in evidence.studies if s.features["format"] == "group"]
        alone = rows_of(Evidence(own, []), synthesis_of(moderators=FORMAT))
        for name in ("k", "people", "r", "prediction_r", "tau", "i_squared", "q"):
            row, other = rows[f"pooled.subset_groups.{name}"], alone[f"pooled.all.{name}"]
            assert [row[c] for c in ("estimate", "ci_low", "p_two_tailed")] == [
                other[c] for c in ("estimate", "ci_low", "p_two_tailed")
            ]

    def test_a_subset_by_number(self) -> None:
        evidence = with_years(evidence_of(RS))
        rows = rows_of(evidence, synthesis_of(moderators=YEAR, subsets=LATE))
        late = [s for s in evidence.studies if (s.year or 0) >= 2005]
        assert rows["pooled.subset_late.k"]["estimate"] == len(late) < len(RS)

    def test_studies_with_several_effects(self) -> None:
        synthesis = synthesis_of(moderators=FORMAT, subsets=GROUPS)
        evidence = nested_with_levels()
        rows = rows_of(evidence, synthesis)
        assert rows["pooled.subset_groups.k"]["estimate"] == 3
        assert rows["pooled.subset_groups.r"]["estimate"] is not None
        tables, text = tables_and_text(evidence, synthesis)
        assert "Studies of groups" in labels_of(tables["sensitivity"])
        assert tables["sensitivity"].title == "Pooled Effect of Subsets"
        assert "Studies of groups, pooled by themselves, give " in text

    def test_a_subset_of_several_effects_keeps_its_model(self) -> None:
        evidence = nested_with_levels()
        studies = [
            replace(s, features={"format": "single" if s.of_study == "d" else "group"})
            for s in evidence.studies
        ]
        synthesis = synthesis_of(moderators=FORMAT, subsets=GROUPS)
        row = rows_of(Evidence(studies, []), synthesis)["pooled.subset_groups.r"]
        assert "cluster-robust" in row["method"]

    def test_none_of_the_studies_is_in_it(self) -> None:
        studies = [replace(s, features={"format": "single"}) for s in evidence_of(RS).studies]
        synthesis = synthesis_of(moderators=FORMAT, subsets=GROUPS)
        row = rows_of(Evidence(studies, []), synthesis)["pooled.subset_groups.r"]
        assert row["reason"] == "no study has a number with its precision"
        _, text = tables_and_text(Evidence(studies, []), synthesis)
        assert "Of studies of groups, none has a number." in text

    def test_two_studies_have_a_table_of_their_subsets(self) -> None:
        synthesis = synthesis_of(moderators=FORMAT, subsets=GROUPS)
        tables, text = tables_and_text(with_features(evidence_of(RS[:2])), synthesis)
        assert labels_of(tables["sensitivity"]) == ["As declared", "Studies of groups"]
        assert "With two studies" in text


class TestReliability:
    """Correlations corrected for unreliability, and pooled as Fisher's z."""

    def test_by_hand(self) -> None:
        """.36 / √(.81 · .64) = .5; one study of 103: v of z = .01 (.8704 / .75)² / .5184."""
        reliability = Reliability(predictor=0.81, outcome=0.64, source="a manual")
        [found] = corrected_studies(reliability, evidence_of([0.36], [103]).studies)
        assert math.tanh(found.estimate or 0) == pytest.approx(0.5)
        assert found.se == pytest.approx(0.1 * 0.8704 / 0.75 / 0.72)

    @pytest.mark.parametrize("evidence", [evidence_of(RS), nested(), evidence_of(RS[:1])])
    def test_perfect_measures_change_nothing(self, evidence: Evidence) -> None:
        perfect = {"predictor": 1, "outcome": 1, "source": "a manual"}
        rows = rows_of(evidence, synthesis_of(reliability=perfect))
        for name in ("estimate", "ci_low", "ci_high", "p_two_tailed", "df", "n"):
            found, expected = rows["corrected.all.r"][name], rows["pooled.all.r"][name]
            assert found == (None if expected is None else pytest.approx(expected, abs=1e-10))

    def test_a_study_with_reliabilities_of_its_own(self) -> None:
        own = {"a": {"outcome": 0.5}}
        found = corrected_studies(
            Reliability.model_validate({**RELIABILITY, "studies": own}), evidence_of(RS).studies
        )
        assert math.tanh(found[0].estimate or 0) == pytest.approx(RS[0] / math.sqrt(0.85 * 0.5))
        assert math.tanh(found[1].estimate or 0) == pytest.approx(RS[1] / math.sqrt(0.85 * 0.9))

    def test_a_corrected_value_beyond_one_is_undefined_with_the_study(self) -> None:
        own = {"j": {"predictor": 0.4, "outcome": 0.5}}
        synthesis = synthesis_of(reliability={**RELIABILITY, "studies": own})
        evidence = evidence_of(RS)
        row = rows_of(evidence, synthesis)["corrected.all.r"]
        assert row["estimate"] is None
        assert row["reason"].startswith("the corrected correlation would be 1.12 for J, and none")
        _, text = tables_and_text(evidence, synthesis)
        assert "is not corrected for unreliability: " in text
        assert "instead of" not in text

    def test_the_document_prints_both_values_and_the_caution(self) -> None:
        tables, text = tables_and_text(evidence_of(RS), synthesis_of(reliability=RELIABILITY))
        assert "Corrected for the unreliability of the predictor (reliability [.85]" in text
        assert "They are taken as known, so that the interval does not hold" in text
        assert 'data-id="corrected.all.r"' in text
        assert labels_of(tables["sensitivity"])[-1] == "Reliabilities taken as known"

    def test_one_measure_alone(self) -> None:
        synthesis = synthesis_of(reliability={"outcome": 1, "source": "the manual of 2004"})
        _, text = tables_and_text(evidence_of(RS), synthesis)
        assert "Corrected for the unreliability of the outcome (reliability [1]" in text


class TestNumericModerators:
    """Slopes of the effects on a number of the studies."""

    def test_per_units_rescales_the_slope_and_nothing_else(self) -> None:
        decade = {"year": YEAR["year"].model_copy(update={"per": 10})}
        evidence = with_years(evidence_of(RS))
        one = rows_of(evidence, synthesis_of(moderators=YEAR))
        ten = rows_of(evidence, synthesis_of(moderators=decade))
        for column in ("estimate", "se", "ci_low", "ci_high"):
            single = one["moderator.year.slope"][column]
            assert ten["moderator.year.slope"][column] == pytest.approx(10 * single, abs=1e-9)
        assert ten["moderator.year.t"]["estimate"] == pytest.approx(
            one["moderator.year.t"]["estimate"], abs=1e-8
        )

    def test_several_effects_of_a_study_are_tested_by_their_clusters(self) -> None:
        synthesis = synthesis_of(moderators=YEAR)
        row = rows_of(with_years(nested()), synthesis)["moderator.year.slope"]
        assert "its own test" in row["method"]
        row = rows_of(with_years(nested_in_many()), synthesis)["moderator.year.slope"]
        assert "CR2" in row["method"]
        share = rows_of(with_years(nested()), synthesis_of(moderators=YEAR))
        assert "several effects" in share["moderator.year.r_squared"]["reason"]

    @pytest.mark.parametrize(
        ("evidence", "keys", "words"),
        [
            (with_years(evidence_of(RS[:3])), {}, "fewer than four studies have a number"),
            (
                Evidence(
                    [replace(s, features={"year": "2001"}) for s in evidence_of(RS).studies], []
                ),
                {},
                "all studies with a number have the same value",
            ),
            (with_years(evidence_of(RS)), {"model": COMMON}, "a common effect is assumed"),
        ],
    )
    def test_why_there_is_no_slope(
        self, evidence: Evidence, keys: dict[str, Any], words: str
    ) -> None:
        synthesis = synthesis_of(moderators=YEAR, **keys)
        rows = rows_of(evidence, synthesis)
        assert words in rows["moderator.year.slope"]["reason"]
        _, text = tables_and_text(evidence, synthesis)
        assert f"On year of publication, no slope is estimated: {words}" in text

    def test_it_makes_no_levels(self) -> None:
        evidence = with_years(evidence_of(RS))
        tables, text = tables_and_text(evidence, synthesis_of(moderators=YEAR))
        assert labels_of(tables["pooled"]) == ["All"]
        assert "On year of publication, on the scale of Fisher's *z*, the effects have" in text

    def test_a_percentage_has_one_sign(self) -> None:
        _, text = tables_and_text(with_years(evidence_of(RS)), synthesis_of(moderators=YEAR))
        assert text.count("}% of the variance") == 0
        assert text.count("} of the variance") == 2


class TestInfluence:
    """Case diagnostics, and the effect as studies accumulated."""

    def test_rows_are_in_the_order_of_years(self) -> None:
        evidence = with_years(evidence_of(RS))
        tables, text = tables_and_text(evidence, synthesis_of())
        ordered = sorted(evidence.studies, key=lambda s: s.year or 0)
        assert labels_of(tables["influence"]) == [s.label for s in ordered]
        assert "J is marked as influential" in text
        last = rows_of(evidence)[f"cumulative.{ordered[-1].key}.r"]
        assert last["estimate"] == pytest.approx(rows_of(evidence)["pooled.all.r"]["estimate"])
        assert last["n"] == sum(s.n or 0 for s in evidence.studies)

    def test_without_years_nothing_accumulates(self) -> None:
        evidence = with_years(evidence_of(RS))
        studies = [replace(evidence.studies[0], year=None), *evidence.studies[1:]]
        tables, text = tables_and_text(Evidence(studies, []), synthesis_of())
        assert "effect" not in tables["influence"].headings
        assert "over the years" not in text

    @pytest.mark.parametrize("evidence", [evidence_of(RS[:2]), nested()])
    def test_of_few_studies_or_several_effects_there_is_none(self, evidence: Evidence) -> None:
        assert not [name for name in rows_of(evidence) if name.startswith("influence.")]

    def test_equal_effects_have_no_influence(self) -> None:
        rows = rows_of(evidence_of([0.3, 0.3, 0.3, 0.3]))
        for name in ("rstudent", "cook", "marked"):
            assert rows[f"influence.a.{name}"]["estimate"] == pytest.approx(0, abs=1e-12)

    def test_two_equal_others_leave_no_residual(self) -> None:
        row = rows_of(evidence_of([0.3, 0.3, 0.1], [50, 50, 50]))["influence.c.rstudent"]
        assert row["estimate"] is None
        assert "leave no variance" in row["reason"]


class TestNumberNeeded:
    """The pooled difference as a number needed to treat."""

    def test_it_is_that_of_the_pooled_difference(self) -> None:
        evidence = with_errors(evidence_of(RS))
        rows = rows_of(evidence, synthesis_of("g", control_event=REMISSION))
        pooled = rows["pooled.all.g"]
        found = number_needed_from_control_rate(pooled["estimate"], 0.2)
        row = rows["needed.all.number_needed_to_treat"]
        assert row["estimate"] == pytest.approx(found.value)
        assert row["ci_low"] < found.value < row["ci_high"]
        assert "one more with remission" in row["method"]
        _, text = tables_and_text(evidence, synthesis_of("g", control_event=REMISSION))
        assert "for one more person with remission" in text

    @pytest.mark.parametrize(("event", "turned", "words"), [
        ("good", -1, "one fewer"), ("bad", 1, "one fewer"), ("bad", -1, "one more"),
    ])  # fmt: skip
    def test_the_words_follow_sign_and_event(self, event: str, turned: int, words: str) -> None:
        evidence = with_errors(evidence_of([turned * r for r in RS]))
        synthesis = synthesis_of("g", control_event={**REMISSION, "event": event})
        row = rows_of(evidence, synthesis)["needed.all.number_needed_to_treat"]
        assert row["method"].startswith(f"{words} with remission")
        _, text = tables_and_text(evidence, synthesis)
        assert f"for {words} person with remission" in text

    def test_an_interval_through_infinity_has_no_limits(self) -> None:
        evidence = with_errors(evidence_of([0.3, -0.4, 0.2, 0.1]))
        synthesis = synthesis_of("g", control_event=REMISSION)
        rows = rows_of(evidence, synthesis)
        assert rows["needed.all.number_needed_to_treat"]["ci_low"] is None
        assert rows["needed.all.risk_difference"]["ci_low"] < 0
        assert "runs through infinity" in tables_and_text(evidence, synthesis)[1]

    def test_without_a_pooled_difference_there_is_none(self) -> None:
        evidence = Evidence([replace(evidence_of([0.3]).studies[0], estimate=None)], [])
        rows = rows_of(evidence, synthesis_of("g", control_event=REMISSION))
        assert rows["needed.all.number_needed_to_treat"]["reason"]


def equal_of(evidence: Evidence) -> Evidence:
    """The same studies with one correlation for all."""
    return replace(evidence, studies=[replace(s, estimate=0.3) for s in evidence.studies])


class TestEffectsWithoutResiduals:
    """Equal effects, and effects on a line: no interval without width, no test of rounding."""

    @pytest.mark.parametrize("evidence", [evidence_of([0.3] * 4), equal_of(nested())])
    def test_equal_effects_have_an_interval(self, evidence: Evidence) -> None:
        rows = rows_of(evidence, synthesis_of(reliability=RELIABILITY))
        for name in ("pooled.all.r", "corrected.all.r"):
            assert rows[name]["ci_high"] - rows[name]["ci_low"] > 0.1
            assert rows[name]["p_two_tailed"] > 0.001
        _, text = tables_and_text(evidence, synthesis_of())
        assert "differ so much less than" in text or "differ less than their" in text

    def test_of_equal_effects_the_truncated_form_is_given(self) -> None:
        evidence = evidence_of([0.3] * 4)
        truncated = synthesis_of(model={"test": "knapp-hartung-truncated"})
        row, expected = rows_of(evidence)["pooled.all.r"], rows_of(evidence, truncated)
        assert row == expected["pooled.all.r"]
        assert "truncated" not in rows_of(evidence_of(RS))["pooled.all.r"]["method"]
        assert "differ so much less than" not in tables_and_text(evidence, truncated)[1]

    def test_the_first_years_may_be_equal(self) -> None:
        rows = rows_of(with_years(evidence_of([0.3, 0.1, 0.3, 0.2], [60, 70, 80, 90])))
        first_two = rows["cumulative.c.r"]
        assert first_two["ci_high"] - first_two["ci_low"] > 0.1

    @pytest.mark.parametrize("evidence", [with_features(evidence_of([0.3] * 10)),
                                          equal_of(nested_with_levels())])  # fmt: skip
    def test_levels_of_equal_effects_are_not_compared(self, evidence: Evidence) -> None:
        synthesis = synthesis_of(moderators=FORMAT)
        row = rows_of(evidence, synthesis)["moderator.format.f"]
        assert row["estimate"] is None
        assert "the effects of each level are equal" in row["reason"]
        assert (
            "By format, nothing is tested: the effects of"
            in tables_and_text(evidence, synthesis)[1]
        )

    def test_levels_are_compared_where_the_test_has_an_error(self) -> None:
        synthesis = synthesis_of(moderators=FORMAT, model={"test": "z"})
        row = rows_of(with_features(evidence_of([0.3] * 10)), synthesis)["moderator.format.f"]
        assert row["p_two_tailed"] == pytest.approx(1)

    @pytest.mark.parametrize(("test", "defined"), [("knapp-hartung", False), ("z", True)])
    def test_effects_on_a_line(self, test: str, defined: bool) -> None:
        studies = [
            replace(s, estimate=math.tanh(0.1 * place), features={"year": str(2000 + place)})
            for place, s in enumerate(evidence_of(RS[:5]).studies)
        ]
        synthesis = synthesis_of(moderators=YEAR, model={"test": test})
        row = rows_of(Evidence(studies, []), synthesis)["moderator.year.slope"]
        assert (row["estimate"] is not None) == defined
        assert defined or "the effects lie on a line" in row["reason"]
