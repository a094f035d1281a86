"""Statistics of a synthesis: what is estimated, what cannot be, and how both are printed."""

import importlib
import inspect
import math
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import ROOT
from tests.unit.specs.test_literature import content as literature_content
from tests.unit.synthesis.synthetic_studies import (
    COMMON,
    CROSSWALK,
    FORMAT,
    ONE_STAGE,
    RELIABILITY,
    REMISSION,
    YEAR,
    cohort_frames,
    evidence_of,
    facets_example,
    facets_of_one_cohort,
    nested,
    nested_in_many,
    nested_in_two,
    nested_with_levels,
    study,
    synthesis_of,
    with_errors,
    with_years,
)

from attune.printing.printed_statistics import printed_statistics, records
from attune.specs.literature import Source
from attune.specs.synthesis import Synthesis
from attune.stats.effect_conversion import fisher_z
from attune.stats.meta_analysis import random_effects
from attune.stats.multilevel_meta_analysis import (
    RHOS,
    multilevel_meta_analysis,
)
from attune.stats.p_curve import Statistic, p_curve
from attune.stats.publication_bias import limit_meta_analysis
from attune.store.contracts import STATISTICS, conform
from attune.synthesis.estimate import reported_rows, synthesis_statistics
from attune.synthesis.evidence import Evidence, ReportedEffect, collect_evidence
from attune.synthesis.kinds import KINDS, RULE
from attune.synthesis.printed_checks import literature_findings
from attune_files.synthesis_files import read_literature, read_synthesis_files

RS = [0.1, 0.25, 0.3, 0.42, 0.05, 0.2, 0.35, 0.15, 0.28, 0.5]


def rows_of(evidence: Evidence, synthesis: Synthesis | None = None) -> dict[str, dict[str, Any]]:
    """Rows by id."""
    frame = synthesis_statistics(synthesis or synthesis_of(), evidence, [])
    return {row["id"]: row for row in records(frame)}


def with_features(evidence: Evidence) -> Evidence:
    """Studies of both levels of a moderator in turn."""
    levels = ("group", "single")
    return Evidence(
        [
            study(s.key, s.estimate, s.n, features={"format": levels[place % 2]})
            for place, s in enumerate(evidence.studies)
        ],
        [],
    )


class TestPooling:
    """Correlations by way of Fisher's z, standardised differences as they are."""

    def test_pooled_as_fisher_z_and_printed_as_r(self) -> None:
        evidence = evidence_of(RS)
        sizes = [fisher_z(s.estimate or 0, s.n or 0) for s in evidence.studies]
        found = random_effects([s.estimate for s in sizes], [s.variance for s in sizes])
        row = rows_of(evidence)["pooled.all.r"]
        assert row["estimate"] == pytest.approx(math.tanh(found.effect.estimate), abs=1e-14)
        assert row["ci_low"] == pytest.approx(math.tanh(found.effect.ci_low), abs=1e-14)
        assert row["n"] == sum(s.n or 0 for s in evidence.studies)
        prediction = rows_of(evidence)["pooled.all.prediction_r"]
        assert prediction["ci_low"] == pytest.approx(math.tanh(found.prediction.low), abs=1e-14)
        assert prediction["estimate"] == row["estimate"]

    def test_a_common_effect_by_hand(self) -> None:
        """Weights n - 3: z = (10 artanh .5 + 30 artanh .1) / 40."""
        row = rows_of(evidence_of([0.5, 0.1], [13, 33]), synthesis_of(model=COMMON))["pooled.all.r"]
        z = (10 * math.atanh(0.5) + 30 * math.atanh(0.1)) / 40
        assert row["estimate"] == pytest.approx(math.tanh(z), abs=1e-14)

    def test_differences_are_pooled_as_they_are(self) -> None:
        """Equal standard errors: the plain mean."""
        studies = [study(name, g, se=0.2) for name, g in (("a", 0.2), ("b", 0.4), ("c", 0.9))]
        row = rows_of(Evidence(studies, []), synthesis_of("g"))["pooled.all.g"]
        assert row["estimate"] == pytest.approx(0.5, abs=1e-12)

    def test_weights_add_up_to_all(self) -> None:
        rows = rows_of(evidence_of(RS))
        weights = [row["estimate"] for name, row in rows.items() if name.endswith(".weight")]
        assert sum(weights) == pytest.approx(100)

    @given(st.lists(st.floats(-0.8, 0.8), min_size=2, max_size=6))
    def test_turning_every_sign_turns_the_result(self, correlations: list[float]) -> None:
        rows = rows_of(evidence_of(correlations))
        turned = rows_of(evidence_of([-r for r in correlations]))
        one, two = rows["pooled.all.r"], turned["pooled.all.r"]
        assert one["estimate"] == pytest.approx(-two["estimate"], abs=1e-9)
        assert one["ci_low"] == pytest.approx(-two["ci_high"], abs=1e-7)

    def test_studies_without_a_number_change_no_pooled_effect(self) -> None:
        evidence = evidence_of(RS)
        more = Evidence([*evidence.studies, study("z", None)], [])
        rows, others = rows_of(evidence), rows_of(more)
        assert rows["pooled.all.r"] == others["pooled.all.r"]
        assert others["votes.without_number.count"]["estimate"] == 1


class TestModeratorsOfNestedEffects:
    """Levels are compared in the multilevel model, by cluster-robust tests."""

    def test_the_differences_are_those_of_the_model(self) -> None:
        evidence = nested_in_many()
        rows = rows_of(evidence, synthesis_of(moderators=FORMAT))
        sizes = [fisher_z(s.estimate or 0, s.n or 0) for s in evidence.studies]
        fit = multilevel_meta_analysis(
            [size.estimate for size in sizes],
            [size.variance for size in sizes],
            [s.of_study for s in evidence.studies],
            [[float(s.features["format"] == "single")] for s in evidence.studies],
            rho=0.6,
        )
        test = fit.robust().test([0.0, 1.0])
        row = rows["moderator.format.single.difference"]
        for name in ("estimate", "se", "df", "p_two_tailed", "ci_low", "ci_high"):
            value = getattr(test, name)
            assert row[name] == pytest.approx(value), name
        joint = rows["moderator.format.f"]
        assert joint["estimate"] == pytest.approx(test.t**2)
        assert joint["p_two_tailed"] == pytest.approx(test.p_two_tailed)
        assert "CR2" in joint["method"]

    def test_few_degrees_of_freedom_leave_it_to_the_model(self) -> None:
        evidence = nested_with_levels()
        rows = rows_of(evidence, synthesis_of(moderators=FORMAT))
        sizes = [fisher_z(s.estimate or 0, s.n or 0) for s in evidence.studies]
        fit = multilevel_meta_analysis(
            [size.estimate for size in sizes],
            [size.variance for size in sizes],
            [s.of_study for s in evidence.studies],
            [[float(s.features["format"] == "single")] for s in evidence.studies],
            rho=0.6,
        )
        row, joint = rows["moderator.format.single.difference"], rows["moderator.format.f"]
        assert row["df"] == 2 == joint["df"]
        assert row["se"] == pytest.approx(fit.coefficients[1].se)
        assert joint["p_two_tailed"] == pytest.approx(row["p_two_tailed"])
        for found in (row, joint):
            assert "its own test, since cluster-robust ones have fewer than" in found["method"]

    def test_a_level_of_one_study(self) -> None:
        studies = [
            replace(s, features={"format": "single" if s.of_study == "a" else "group"})
            for s in nested().studies
        ]
        rows = rows_of(Evidence(studies, []), synthesis_of(moderators=FORMAT))
        assert "a level has a single study" in rows["moderator.format.f"]["reason"]
        assert "moderator.format.single.difference" not in rows


class TestFalsePrecision:
    """Effects that are more alike than their sampling errors make them, and few clusters."""

    def test_nearly_equal_effects(self) -> None:
        rows = rows_of(evidence_of([0.30, 0.301, 0.302], [40, 60, 50]))
        wald = synthesis_of(model={"test": "z"})
        expected = rows_of(evidence_of([0.30, 0.301, 0.302], [40, 60, 50]), wald)
        row, other = rows["pooled.all.r"], expected["pooled.all.r"]
        assert row["se"] == pytest.approx(other["se"])
        assert row["ci_high"] - row["ci_low"] > other["ci_high"] - other["ci_low"] > 0.25
        assert "never below the Wald variance" in row["method"]
        prediction = rows["pooled.all.prediction_r"]
        assert prediction["ci_low"] <= row["ci_low"]
        assert prediction["ci_high"] >= row["ci_high"]

    @settings(max_examples=25)
    @given(st.lists(st.floats(-0.8, 0.8), min_size=2, max_size=6), st.floats(0, 1))
    def test_no_interval_is_shorter_than_that_of_wald(
        self, correlations: list[float], spread: float
    ) -> None:
        evidence = evidence_of([0.2 + spread * (r - 0.2) for r in correlations])
        wald = rows_of(evidence, synthesis_of(model={"test": "z"}))["pooled.all.r"]
        row = rows_of(evidence)["pooled.all.r"]
        assert row["ci_low"] <= wald["ci_low"] + 1e-9
        assert row["ci_high"] >= wald["ci_high"] - 1e-9

    def test_levels_and_slopes(self) -> None:
        """Differences of levels, and slopes, of effects that hardly differ."""
        near = [0.3 + place / 1e5 for place in (0, 4, 1, 3, 2, 5, 3, 1)]
        synthesis = synthesis_of(moderators=FORMAT)
        row = rows_of(with_features(evidence_of(near)), synthesis)["moderator.format.f"]
        assert "never below the Wald variance" in row["method"]
        assert row["p_two_tailed"] > 0.9
        found = rows_of(with_years(evidence_of(near)), synthesis_of(moderators=YEAR))
        slope = found["moderator.year.slope"]
        assert "never below the Wald variance" in slope["method"]
        assert slope["ci_high"] - slope["ci_low"] > 0.05

    def test_two_clusters(self) -> None:
        rows = rows_of(nested_in_two(0.19, 0.21, 0.2))
        row = rows["pooled.all.r"]
        assert row["df"] == 1
        assert row["ci_low"] < 0 < row["ci_high"]
        assert "its own test" in row["method"]

    def test_nearly_equal_effects_of_many_studies(self) -> None:
        """CR2 errors are nearly zero there, with degrees of freedom enough."""
        studies = [
            replace(s, estimate=0.3 + place / 1e4)
            for place, s in enumerate(nested_in_many().studies)
        ]
        row = rows_of(Evidence(studies, []))["pooled.all.r"]
        assert row["ci_high"] - row["ci_low"] > 0.05
        assert "the effects differ less than their sampling errors" in row["method"]


class TestFewStudies:
    """What cannot be estimated is undefined, with the reason."""

    def test_of_none_nothing(self) -> None:
        rows = rows_of(Evidence([study("a", None)], []))
        assert rows["pooled.all.k"]["estimate"] == 0
        assert rows["pooled.all.r"]["reason"] == "no study has a number with its precision"

    def test_of_one_no_difference_between_studies(self) -> None:
        rows = rows_of(evidence_of([0.3]))
        assert rows["pooled.all.r"]["estimate"] == pytest.approx(0.3)
        for name in ("prediction_r", "tau", "i_squared", "q"):
            assert rows[f"pooled.all.{name}"]["estimate"] is None
            assert "ne study" in rows[f"pooled.all.{name}"]["reason"]
        assert not [name for name in rows if name.startswith(("estimator.", "without."))]

    def test_of_two_no_sensitivity(self) -> None:
        rows = rows_of(evidence_of([0.3, 0.1]))
        assert rows["pooled.all.tau"]["estimate"] is not None
        assert not [name for name in rows if name.startswith(("estimator.", "without."))]

    def test_of_two_no_prediction_by_the_convention_of_higgins(self) -> None:
        synthesis = synthesis_of(model={"prediction": "t(k-2)"})
        row = rows_of(evidence_of([0.3, 0.1]), synthesis)["pooled.all.prediction_r"]
        assert row["estimate"] is None
        assert "Two studies" in row["reason"]

    def test_below_ten_nothing_on_small_studies(self) -> None:
        rows = rows_of(evidence_of(RS[:9]))
        assert "fewer than ten studies" in rows["small_studies.egger.t"]["reason"]
        assert rows_of(evidence_of(RS))["small_studies.egger.t"]["estimate"] is not None


class TestManyStudies:
    """Ten studies and more, of which single methods cannot make anything."""

    NAMES = ("egger.t", "trim_and_fill.missing", "trim_and_fill.r", "pet_peese.r", "selection.r")

    def test_studies_of_one_size_have_no_small_study_effects(self) -> None:
        rows = rows_of(evidence_of(RS, [30] * len(RS)))
        assert rows["pooled.all.r"]["estimate"] > 0
        for name in ("egger.t", "trim_and_fill.missing", "trim_and_fill.r", "pet_peese.r"):
            row = rows[f"small_studies.{name}"]
            assert row["estimate"] is None
            assert "the same standard error" in row["reason"]

    def test_studies_on_one_side_of_the_step_have_no_selection_model(self) -> None:
        rows = rows_of(evidence_of([-r for r in RS]))
        selection = rows["small_studies.selection.r"]
        assert selection["estimate"] is None
        assert "studies on both sides of the step" in selection["reason"]
        assert rows["small_studies.egger.t"]["estimate"] is not None

    def test_the_rows_are_the_same_whether_they_are_defined_or_not(self) -> None:
        for evidence in (evidence_of(RS), evidence_of(RS, [30] * len(RS))):
            rows = rows_of(evidence)
            assert [name for name in self.NAMES if f"small_studies.{name}" not in rows] == []


class TestFurtherMethods:
    """Limit meta-analysis, p-curve, other assumed correlations: those of the engine."""

    def test_limit_and_p_curve(self) -> None:
        evidence = evidence_of(RS)
        rows = rows_of(evidence, synthesis_of(small_studies=["limit", "p_curve"]))
        sizes = [fisher_z(s.estimate or 0, s.n or 0) for s in evidence.studies]
        y, v = [s.estimate for s in sizes], [s.variance for s in sizes]
        limit = limit_meta_analysis(y, v).effect
        assert rows["small_studies.limit.r"]["estimate"] == pytest.approx(math.tanh(limit.estimate))
        curve = p_curve([Statistic("z", a / math.sqrt(b)) for a, b in zip(y, v, strict=True)])
        row = rows["small_studies.p_curve.z"]
        assert row["estimate"] == pytest.approx(curve.right_skew.z)
        assert row["p_two_tailed"] == pytest.approx(curve.right_skew.p)
        assert rows["small_studies.p_curve.k"]["estimate"] == curve.k
        assert "small_studies.limit.r" not in rows_of(evidence)

    def test_assumed_correlations(self) -> None:
        evidence = nested_in_many()
        rows = rows_of(evidence)
        sizes = [fisher_z(s.estimate or 0, s.n or 0) for s in evidence.studies]
        for rho in RHOS:
            fit = multilevel_meta_analysis(
                [s.estimate for s in sizes],
                [s.variance for s in sizes],
                [s.of_study for s in evidence.studies],
                rho=rho,
            )
            test = fit.robust().coefficient(fit.names[0])
            row = rows[f"rho.at_{round(1000 * rho):03d}.r"]
            assert row["estimate"] == pytest.approx(math.tanh(test.estimate))
            assert row["ci_low"] == pytest.approx(math.tanh(test.ci_low))
        assert rows["rho.at_600.r"]["estimate"] == rows["pooled.all.r"]["estimate"]


class TestSensitivity:
    """Other estimators, one study left out, moderators."""

    def test_without_a_study_is_the_analysis_of_the_others(self) -> None:
        rows = rows_of(evidence_of(RS))
        others = evidence_of(RS)
        rest = Evidence([s for s in others.studies if s.key != "c"], [])
        assert rows["without.c.r"]["estimate"] == rows_of(rest)["pooled.all.r"]["estimate"]

    def test_the_range_without_one_study_each(self) -> None:
        rows = rows_of(evidence_of(RS))
        without = [row["estimate"] for name, row in rows.items() if name.startswith("without.")]
        assert rows["leave_one_out.smallest.r"]["estimate"] == min(without)
        assert rows["leave_one_out.largest.r"]["estimate"] == max(without)
        # The largest effect of all carries the result most.
        assert rows["leave_one_out.smallest.r"]["x"] == "j"

    def test_the_declared_estimator_is_not_repeated(self) -> None:
        model = {"estimator": "DL", "sensitivity": ["REML", "DL"]}
        rows = rows_of(evidence_of(RS), synthesis_of(model=model))
        assert "estimator.reml.r" in rows
        assert "estimator.dl.r" not in rows

    def test_levels_of_a_moderator(self) -> None:
        rows = rows_of(with_features(evidence_of(RS)), synthesis_of(moderators=FORMAT))
        assert rows["pooled.format_group.k"]["estimate"] == 5
        assert rows["moderator.format.f"]["p_two_tailed"] is not None
        assert rows["moderator.format.f"]["df"] == 8

    def test_a_level_of_one_study_is_not_tested(self) -> None:
        rows = rows_of(with_features(evidence_of(RS[:2])), synthesis_of(moderators=FORMAT))
        assert "a level has a single study" in rows["moderator.format.f"]["reason"]

    def test_a_constant_moderator_is_named(self) -> None:
        studies = [
            replace(entry, features={"format": "group"}) for entry in evidence_of(RS).studies
        ]
        rows = rows_of(Evidence(studies, []), synthesis_of(moderators=FORMAT))
        assert "the same level" in rows["moderator.format.f"]["reason"]
        assert "pooled.format_group.r" not in rows

    @pytest.mark.parametrize(
        ("evidence", "keys", "words"),
        [
            (evidence_of(RS), {"model": COMMON}, "a common effect is assumed"),
        ],
    )
    def test_other_reasons_to_compare_no_levels(
        self, evidence: Evidence, keys: dict[str, Any], words: str
    ) -> None:
        levels = ("group", "single")
        studies = [
            replace(entry, features={"format": levels[place % 2]})
            for place, entry in enumerate(evidence.studies)
        ]
        rows = rows_of(Evidence(studies, []), synthesis_of(moderators=FORMAT, **keys))
        assert words in rows["moderator.format.f"]["reason"]


class TestSeveralEffectsOfAStudy:
    """A multilevel model, cluster-robust; a study has one vote, and its people count once."""

    def test_the_pooled_effect_is_that_of_the_engine(self) -> None:
        evidence = nested_in_many()
        sizes = [fisher_z(s.estimate or 0, s.n or 0) for s in evidence.studies]
        fit = multilevel_meta_analysis(
            [s.estimate for s in sizes],
            [s.variance for s in sizes],
            [s.of_study for s in evidence.studies],
            rho=0.6,
            profile=False,
        )
        test = fit.robust().test([1.0])
        row = rows_of(evidence)["pooled.all.r"]
        assert row["estimate"] == pytest.approx(math.tanh(test.estimate), abs=1e-14)
        assert row["ci_high"] == pytest.approx(math.tanh(test.ci_high), abs=1e-14)
        assert row["df"] == pytest.approx(test.df)
        assert "cluster-robust" in row["method"]

    def test_variances_have_profile_intervals(self) -> None:
        evidence = nested_in_many()
        rows = rows_of(evidence)
        studies = evidence.studies
        sizes = [fisher_z(study.estimate or 0, study.n or 0) for study in studies]
        found = multilevel_meta_analysis(
            [size.estimate for size in sizes], [size.variance for size in sizes],
            [study.of_study for study in studies], rho=0.6,
        )  # fmt: skip
        for part, name in zip(found.components, ("tau", "tau_within"), strict=True):
            row = rows[f"pooled.all.{name}"]
            limits = (math.sqrt(part.low), math.sqrt(part.high))
            assert (row["ci_low"], row["ci_high"]) == pytest.approx(limits, abs=1e-7)
            assert row["ci_low"] <= row["estimate"] < row["ci_high"]

    def test_counts(self) -> None:
        rows = rows_of(nested())
        assert rows["pooled.all.k"]["estimate"] == 4
        assert rows["pooled.all.effects"]["estimate"] == 6
        assert rows["pooled.all.people"]["estimate"] == 40 + 90 + 60 + 120
        # The effects of b do not agree.
        assert rows["votes.for.count"]["estimate"] == 3
        assert rows["votes.mixed.count"]["estimate"] == 1

    def test_nothing_that_takes_an_effect_for_a_study(self) -> None:
        rows = rows_of(nested())
        prefixes = ("estimator.", "without.", "small_studies.", "leave_one_out.")
        assert not [name for name in rows if name.startswith(prefixes)]

    def test_effects_of_one_study_are_not_pooled(self) -> None:
        rows = rows_of(Evidence(nested().studies[:2], []))
        assert rows["pooled.all.r"]["reason"] == "all effects are of one study"


def shipped(name: str, literature: list[str]) -> list[dict[str, Any]]:
    """Rows of a synthesis that ships, without its cohorts."""
    folder = ROOT / "workflow"
    paths = [folder / f"literature/{entry}.yaml" for entry in literature]
    made_up = folder / "syntheses/example_training_synthetic.csv"
    tables = [made_up] if name == "example_training" else []
    files = read_synthesis_files(folder / f"syntheses/{name}.yaml", paths, tables)
    synthesis = files.synthesis.model_copy(update={"cohorts": []})
    evidence = collect_evidence(synthesis, files.literature, files.of_tables)
    findings = [f for path in paths for f in literature_findings(read_literature(path))]
    return records(synthesis_statistics(synthesis, evidence, findings))


def printed_ratio(size: dict[str, str]) -> ReportedEffect:
    """A meta-analysis that prints an odds ratio."""
    content = literature_content()["sources"]["one"]
    content["effects"]["outcome"]["sizes"] = [{"measure": "or"} | size]
    source = Source.model_validate(content)
    return ReportedEffect("one_outcome", "text.one.outcome", source, source.effects["outcome"], "t")


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    """Rows of all shipped syntheses, and of one of correlations."""
    found = shipped("example_training", [])
    found += shipped("empathy_outcome", ["pprnet_blog"])
    found += shipped("mindfulness_outcome", ["hawkins_blog", "pprnet_blog"])
    synthesis = synthesis_of(moderators=FORMAT)
    found += records(synthesis_statistics(synthesis, with_features(evidence_of(RS)), []))
    found += records(synthesis_statistics(synthesis_of(), nested(), []))
    for size in ({"printed": "2.0"}, {"printed": "1.2", "up_to": "3.0"}):
        reported = Evidence([], [printed_ratio(size)])
        found += records(synthesis_statistics(synthesis_of("or"), reported, []))
    slopes = [replace(s, se=0.05 + (s.estimate or 0) / 9) for s in evidence_of(RS).studies]
    for metric in ("b", "or"):
        found += records(synthesis_statistics(synthesis_of(metric), Evidence(slopes, []), []))
    found += records(synthesis_statistics(*facets_example(), [], CROSSWALK))
    synthesis, evidence, frames = facets_of_one_cohort()
    found += records(synthesis_statistics(synthesis, evidence, [], CROSSWALK, frames))
    several = nested_with_levels()
    found += records(synthesis_statistics(synthesis_of(moderators=FORMAT), several, []))
    dated = with_years(evidence_of(RS))
    for test in ("z", "knapp-hartung"):
        choices = synthesis_of(moderators=YEAR, reliability=RELIABILITY, model={"test": test})
        found += records(synthesis_statistics(choices, dated, []))
    asked = {"small_studies": ["limit", "p_curve"]}
    found += records(synthesis_statistics(synthesis_of(**asked), dated, []))
    for metric, keys in (("g", {"control_event": REMISSION}), ("b", {}), ("or", {})):
        synthesis = synthesis_of(metric, **keys, **asked)
        found += records(synthesis_statistics(synthesis, with_errors(dated), []))
        found += records(synthesis_statistics(synthesis_of(metric), with_errors(nested()), []))
    shown = replace(evidence_of([0.3]).studies[0], manuscript_r=-0.28, manuscript_n=52)
    found += records(synthesis_statistics(synthesis_of(), Evidence([shown], []), []))
    one_stage = synthesis_of(effects=[], one_stage=ONE_STAGE)
    found += records(synthesis_statistics(one_stage, Evidence([], []), [], None, cohort_frames()))
    return found


def test_every_statistic_has_one_kind_and_every_kind_occurs(rows: list[dict[str, Any]]) -> None:
    assert {kind.id for kind in KINDS.kinds_of(rows)} == {kind.id for kind in KINDS}


def test_p_values_occur_only_in_tests(rows: list[dict[str, Any]]) -> None:
    with_p = {
        KINDS.kind_of(row).id
        for row in rows
        if row["p_two_tailed"] is not None or KINDS.kind_of(row).print_format.style == "p"
    }
    assert with_p == {kind.id for kind in KINDS if kind.test}


def test_the_statistics_fit_their_contract_and_can_be_printed() -> None:
    frame = synthesis_statistics(synthesis_of(), evidence_of(RS), [])
    assert conform(frame, STATISTICS).num_rows == len(frame)
    printed = printed_statistics(frame, KINDS, 0.05).set_index("id")
    assert printed.loc["pooled.all.r", "result"].startswith("*r*")
    assert printed.loc["pooled.all.prediction_r", "interval"].startswith("95% PI [")


def test_printed_values_are_stored_as_printed() -> None:
    rows = {row["id"]: row for row in shipped("empathy_outcome", ["pprnet_blog"])}
    elliott = rows["reported.elliott2018_outcome.r"]
    assert [elliott[name] for name in ("estimate", "ci_low", "ci_high")] == [0.28, 0.22, 0.33]
    assert rows["reported.norcross2018_feedback.converted_r"]["estimate"] is None
    # r = d / sqrt(d^2 + 4): .58 / sqrt(4.3364)
    converted = rows["reported.norcross2018_empathy.converted_r"]["estimate"]
    assert converted == pytest.approx(0.58 / math.sqrt(4.3364), abs=1e-6)


def test_a_printed_odds_ratio_amounts_to_a_correlation() -> None:
    rows = {row["statistic"]: row for row in reported_rows(printed_ratio({"printed": "2.0"}))}
    assert rows["or"]["estimate"] == 2
    d = math.log(2) * math.sqrt(3) / math.pi
    assert rows["converted_r"]["estimate"] == pytest.approx(d / math.sqrt(d**2 + 4), abs=1e-6)


def test_directions_of_the_seeds_are_counted() -> None:
    rows = {
        row["id"]: row["estimate"]
        for row in shipped("mindfulness_outcome", ["hawkins_blog", "pprnet_blog"])
    }
    names = ("for", "against", "none", "mixed", "all")
    assert [rows[f"votes.{name}.count"] for name in names] == [1, 3, 1, 1, 6]
    # One of four: P(X >= 3) for a fair coin is 5 / 16. The mixed study is left out.
    assert rows["votes.sign.p"] == pytest.approx(0.625, abs=1e-12)
    assert rows["votes.sign.share"] == 25.0


@pytest.mark.parametrize("kind", list(KINDS), ids=lambda kind: kind.key)
def test_each_kind_is_complete(kind: Any) -> None:
    module, _, name = kind.function.rpartition(".")
    documented = inspect.getdoc(getattr(importlib.import_module(module), name)) or ""
    assert documented
    assert kind.rule == RULE
    cited = re.findall(r"https://doi\.org/(\S+)", documented)
    assert not cited or kind.doi in cited
    style, (low, high) = kind.print_format.style, kind.allowed
    assert low < high
    if style == "bounded":
        assert high == 1
