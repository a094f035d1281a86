"""What enters a synthesis, and what is refused, each time with the place and the remedy."""

import math
from typing import Any

import pytest
from tests.unit.specs.test_literature import content as literature_content
from tests.unit.specs.test_synthesis import content as synthesis_content

from attune.specs.errors import ConfigurationError
from attune.specs.literature import Literature
from attune.specs.synthesis import Synthesis
from attune.stats.effect_conversion import small_sample_factor
from attune.synthesis.evidence import (
    Evidence,
    StudyEffect,
    collect_evidence,
    evidence_as_json,
    evidence_from_json,
)

COHORT = {
    "cohort": "clinic",
    "statistic": "family.kims.scl.pearson_r",
    "label": "Clinic",
    "predictor": {"concept": "mindfulness", "label": "mindfulness"},
    "outcome": {"concept": "outcome", "label": "symptoms"},
    "better": "lower",
}
ROW = {"family.kims.scl.pearson_r": {"estimate": -0.3, "n": 40, "reason": None}}


def literature(**study: object) -> dict[str, Literature]:
    """A text about one meta-analysis and one study."""
    text = literature_content()
    text["literature"] = "text"
    effect = text["sources"]["one"]["effects"]["outcome"]
    own = effect | {"k": None, "n": None, "sizes": []} | study
    text["sources"] = {
        "meta": text["sources"]["one"],
        "study": text["sources"]["one"] | {"kind": "study", "effects": {"outcome": own}},
    }
    return {"text": Literature.model_validate(text)}


def collected(
    texts: dict[str, Literature] | None = None,
    of_tables: list[StudyEffect] | None = None,
    rows: dict[str, Any] | None = None,
    synthetic: bool = False,
    **keys: object,
) -> Evidence:
    """Evidence of a small synthesis with some keys changed."""
    synthesis = Synthesis.model_validate(synthesis_content() | keys)
    return collect_evidence(
        synthesis,
        texts or literature(),
        of_tables or [],
        {"clinic": ROW if rows is None else rows},
        {"clinic": synthetic},
    )


def problems_of(**keys: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        collected(**keys)
    return str(caught.value)


class TestLiterature:
    """Effects of literature files."""

    def test_a_study_without_a_number_is_counted_and_not_pooled(self) -> None:
        evidence = collected(literature(direction="against", n=144))
        assert [study.label for study in evidence.counted] == ["Author (2000)"]
        assert evidence.pooled == []
        assert evidence.counted[0].n == 144

    @pytest.mark.parametrize(
        ("direction", "printed", "expected"),
        [("for", ".30", 0.3), ("against", ".30", -0.3), ("for", "-.42", 0.42)],
    )
    def test_the_sign_is_that_of_the_stated_direction(
        self, direction: str, printed: str, expected: float
    ) -> None:
        sizes = [{"measure": "r", "printed": printed}]
        evidence = collected(literature(direction=direction, n=50, sizes=sizes))
        assert evidence.pooled[0].estimate == expected

    def test_an_odds_ratio_is_read_as_its_logarithm(self) -> None:
        sizes = [{"measure": "or", "printed": ".50", "interval": [".25", "1.00"]}]
        for direction, sign in (("for", 1), ("against", -1), ("not_stated", -1)):
            texts = literature(direction=direction, sizes=sizes)
            (study,) = collected(texts, metric="or").pooled
            assert study.estimate == pytest.approx(sign * math.log(2))
            assert study.se == pytest.approx(math.log(4) / (2 * 1.959963984540054))
        wrong = [sizes[0] | {"interval": ["1.50", "4.00"]}]
        message = problems_of(texts=literature(sizes=wrong), metric="or")
        assert "interval [1.50, 4.00] does not hold its own or = .50" in message

    @pytest.mark.parametrize("number", ["-.7", "0"])
    def test_an_odds_ratio_is_above_zero(self, number: str) -> None:
        with pytest.raises(ValueError, match="an odds ratio and its limits are above 0"):
            literature(sizes=[{"measure": "or", "printed": number}])

    def test_no_cohort_gives_odds_ratios(self) -> None:
        message = problems_of(metric="or", cohorts=[COHORT], demonstration=True)
        assert "cohorts.clinic: no statistic of a cohort or site is an odds ratio" in message

    def test_a_number_without_its_n_is_not_pooled(self) -> None:
        assert collected(literature(sizes=[{"measure": "r", "printed": ".30"}])).pooled == []

    def test_a_meta_analysis_is_never_an_effect(self) -> None:
        message = problems_of(effects=["text.meta.outcome"], reported=[])
        assert "text.meta.outcome is a meta-analysis; list it under `reported`" in message

    def test_a_study_is_never_reported(self) -> None:
        assert "is a single study" in problems_of(effects=[], reported=["text.study.outcome"])

    def test_another_metric_is_refused(self) -> None:
        sizes = [{"measure": "g", "printed": ".30"}]
        assert "prints g, but the synthesis pools r" in problems_of(texts=literature(sizes=sizes))

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("txt.study.outcome", "Did you mean 'text'?"),
            ("text.studi.outcome", "Did you mean 'study'?"),
            ("text.study.outcom", "Did you mean 'outcome'?"),
        ],
    )
    def test_unknown_names_are_answered_with_known_ones(self, name: str, words: str) -> None:
        assert words in problems_of(effects=[name])

    def test_a_missing_level_of_a_moderator_is_named(self) -> None:
        moderators = {"rater": {"label": "Rater"}}
        message = problems_of(moderators=moderators)
        assert "text.study.outcome: no level of the moderator 'rater'" in message

    @pytest.mark.parametrize(
        ("printed", "n", "words"),
        [
            ("1.00", 40, "r = 1.00 cannot be pooled, since Fisher's z of a correlation of size 1"),
            ("-1.0", 40, "r = -1.0 cannot be pooled"),
            (".30", 3, "n = 3; a correlation needs at least 4 people"),
        ],
    )
    def test_what_has_no_variance_is_named_with_its_place(
        self, printed: str, n: int, words: str
    ) -> None:
        message = problems_of(texts=literature(n=n, sizes=[{"measure": "r", "printed": printed}]))
        assert f"effects: text.study.outcome: {words}" in message
        assert "its direction is counted" in message

    @pytest.mark.parametrize(
        ("value", "se"),
        [
            ({"se": ".10"}, 0.1),
            # Width of a 90 % interval: 2 x 1.6449 standard errors.
            ({"interval": [".2355", ".5645"], "level": "90"}, 0.1),
            ({}, None),
        ],
    )
    def test_a_difference_needs_its_standard_error_or_interval(
        self, value: dict[str, Any], se: float | None
    ) -> None:
        sizes = [{"measure": "g", "printed": ".40"} | value]
        evidence = collected(literature(direction="against", sizes=sizes), metric="g")
        [found] = evidence.studies
        assert found.estimate == (None if se is None else -0.4)
        assert found.se == (None if se is None else pytest.approx(se, abs=1e-4))


@pytest.mark.parametrize(
    ("printed", "interval", "words"),
    [
        (".40", [".40", ".40"], "the interval [.40, .40] of g = .40 has no width"),
        (".90", [".10", ".50"], "the interval [.10, .50] does not hold its own g = .90"),
        ("-.1", [".10", ".50"], "the interval [.10, .50] does not hold its own g = -.1"),
    ],
)
def test_an_interval_that_gives_no_standard_error(
    printed: str, interval: list[str], words: str
) -> None:
    value = {"measure": "g", "printed": printed, "interval": interval}
    message = problems_of(texts=literature(sizes=[value]), metric="g")
    assert f"effects: text.study.outcome: {words}" in message
    assert collected(literature(sizes=[value | {"se": ".1"}]), metric="g").pooled


def test_an_interval_may_end_at_the_rounded_estimate() -> None:
    """.5 may be .451, which the limit .46 holds."""
    value = {"measure": "g", "printed": ".5", "interval": [".10", ".46"]}
    assert collected(literature(sizes=[value]), metric="g").pooled


TRIAL = "trial.scl.post.standardised_arm_difference"
SLOPE = "alliance.wai.time.fixed_effect"


class TestOtherStatisticsOfCohorts:
    """Standardised differences of trials and slopes of growth models."""

    def test_d_of_a_trial_becomes_g_with_its_clustered_error(self) -> None:
        cohort = COHORT | {"statistic": TRIAL}
        row = {"id": TRIAL, "estimate": -0.5, "se": 0.25, "n": 42, "reason": None}
        [found] = collected(cohorts=[cohort], rows={TRIAL: row}, metric="g", effects=[]).pooled
        factor = small_sample_factor(40)
        assert found.estimate == pytest.approx(0.5 * factor)
        variance = 0.25**2 - (0.5**2 - (0.5 * factor) ** 2) / 84
        assert found.se == pytest.approx(math.sqrt(variance))
        assert found.n == 42

    def test_a_slope_stays_as_it_is(self) -> None:
        cohort = COHORT | {"statistic": SLOPE, "better": "higher"}
        row = {"id": SLOPE, "estimate": 0.05, "se": 0.02, "n": 900, "reason": None}
        keys = {"metric": "b", "unit": "points per session", "effects": []}
        [found] = collected(cohorts=[cohort], rows={SLOPE: row}, **keys).pooled
        assert (found.estimate, found.se, found.n) == (0.05, 0.02, 900)

    @pytest.mark.parametrize(
        ("statistic", "row", "metric", "words"),
        [
            (TRIAL, {"n": 42}, "b", "is not a slope, which a synthesis of metric b pools"),
            (SLOPE, {"n": 42}, "g", "is not a standardised difference of a trial"),
            (TRIAL, {"n": 42, "se": None}, "g", "has no standard error"),
            (SLOPE, {"n": 42, "se": 0.0}, "b", "has no standard error"),
            (TRIAL, {"n": 3}, "g", "over 3 people; a difference needs at least 4"),
        ],
    )
    def test_what_cannot_be_pooled(
        self, statistic: str, row: dict[str, Any], metric: str, words: str
    ) -> None:
        given = {"id": statistic, "estimate": 0.3, "se": 0.1, "reason": None} | row
        keys = {"metric": metric, "effects": []} | ({"unit": "points"} if metric == "b" else {})
        cohort = COHORT | {"statistic": statistic}
        assert words in problems_of(cohorts=[cohort], rows={statistic: given}, **keys)


class TestCohorts:
    """Effects of cohorts of the project."""

    def test_the_sign_is_turned_where_lower_is_better(self) -> None:
        evidence = collected(cohorts=[COHORT])
        assert [(s.key, s.estimate, s.n) for s in evidence.pooled] == [("clinic", 0.3, 40)]
        higher = collected(cohorts=[COHORT | {"better": "higher"}])
        assert higher.pooled[0].estimate == -0.3

    def test_its_risk_of_bias_is_that_of_the_declaration(self) -> None:
        judged = COHORT | {"risk_of_bias": {"tool": "QUIPS", "overall": "moderate"}}
        (study,) = collected(cohorts=[judged]).pooled
        assert (study.risk_tool, study.risk_of_bias) == ("QUIPS", "moderate")
        with pytest.raises(ValueError, match="QUIPS has the words low, moderate, high"):
            collected(cohorts=[COHORT | {"risk_of_bias": {"tool": "QUIPS", "overall": "so"}}])

    def test_a_turned_sign_says_what_a_positive_number_means(self) -> None:
        meanings = [
            collected(cohorts=[COHORT | keys]).pooled[0].positive
            for keys in ({}, {"positive": "less distress"}, {"better": "higher"})
        ]
        assert meanings == ["a better outcome", "less distress", ""]

    def test_the_number_of_the_manuscript_stands_beside_it_with_its_own_sign(self) -> None:
        statistic = "imputed.kims.scl.pearson_r"
        other = {"statistic": statistic, "differs": "where missing scores are replaced"}
        row = {"estimate": -0.28, "n": 44, "reason": None}
        own = {"estimate": -0.3, "n": 40, "reason": None}
        rows = {"family.kims.scl.pearson_r": own, statistic: row}
        cohort = COHORT | {"in_manuscript": other}
        [study] = collected(cohorts=[cohort], rows=rows).pooled
        assert (study.estimate, study.manuscript_r, study.manuscript_n) == (0.3, -0.28, 44)
        message = problems_of(cohorts=[cohort], rows={"family.kims.scl.pearson_r": own})
        assert f"in_manuscript names {statistic!r}, which is not a correlation of this" in message

    def test_synthetic_data_never_enter_unless_all_is_a_demonstration(self) -> None:
        message = problems_of(cohorts=[COHORT], synthetic=True)
        assert "its data are synthetic, which never enter a pooled result" in message
        evidence = collected(cohorts=[COHORT], synthetic=True, demonstration=True)
        assert evidence.pooled[0].label == "Clinic, synthetic"

    def test_a_cohort_without_the_measure_is_named(self) -> None:
        message = problems_of(cohorts=[COHORT], rows={"family.kims.wai.pearson_r": {}})
        assert "cohorts.clinic: it has no statistic 'family.kims.scl.pearson_r'" in message
        assert "no measure of mindfulness or of symptoms" in message
        assert "Did you mean 'family.kims.wai.pearson_r'?" in message

    @pytest.mark.parametrize(
        ("row", "words"),
        [
            ({"estimate": 1.0, "n": 40, "reason": None}, "r = 1 with n = 40"),
            ({"estimate": 0.2, "n": 3, "reason": None}, "n of at least 4"),
            ({"estimate": None, "n": 40, "reason": "All are equal."}, "All are equal."),
        ],
    )
    def test_what_has_no_sampling_variance_is_refused(
        self, row: dict[str, Any], words: str
    ) -> None:
        assert words in problems_of(cohorts=[COHORT], rows={"family.kims.scl.pearson_r": row})

    def test_another_statistic_is_no_correlation(self) -> None:
        cohort = COHORT | {"statistic": "family.kims.scl.slope"}
        rows = {"family.kims.scl.slope": {"estimate": 1.0, "n": 40, "reason": None}}
        assert "is not a correlation" in problems_of(cohorts=[cohort], rows=rows)

    def test_the_cohort_of_a_source_replaces_it_but_keeps_its_vote(self) -> None:
        """A made-up number must not change the count of directions."""
        evidence = collected(
            literature(direction="against"), cohorts=[COHORT | {"source": "text.study"}]
        )
        [study] = evidence.studies
        assert (study.estimate, study.direction) == (0.3, "against")


class TestSameSamples:
    """One sample counts once."""

    def test_the_same_number_and_n_under_two_names_is_a_warning(self) -> None:
        sizes = [{"measure": "r", "printed": ".30"}]
        evidence = collected(literature(n=40, sizes=sizes), cohorts=[COHORT])
        [warning] = evidence.warnings.values()
        assert "may be one sample under two names" in warning

    def test_differences_without_n_are_compared_by_their_error(self) -> None:
        rows = [StudyEffect(name, name, "table", "for", 0.2, se=0.1) for name in ("one", "two")]
        evidence = collected(of_tables=rows, metric="g")
        assert (
            "one and two have the same effect and the same standard error (0.1)"
            in (evidence.warnings["one.two"])
        )

    def test_a_row_of_totals_is_a_warning(self) -> None:
        sizes = {"one": 50, "two": 80, "mean": 130}
        rows = [
            StudyEffect(name, name, "table", "for", 0.1 + n / 1000, n=n, place=f"a.csv, row {n}")
            for name, n in sizes.items()
        ]
        [warning] = collected(of_tables=rows).warnings.values()
        assert warning.startswith("mean has as many people (130) as all other studies")
        assert not collected(of_tables=rows[1:]).warnings

    def test_another_n_is_none(self) -> None:
        sizes = [{"measure": "r", "printed": ".30"}]
        assert not collected(literature(n=41, sizes=sizes), cohorts=[COHORT]).warnings

    def test_a_declared_sample_enters_once(self) -> None:
        rows = [
            StudyEffect(name, name, "table", "for", 0.2, n=20, sample="clinic")
            for name in ("one", "two")
        ]
        assert "share the sample 'clinic'" in problems_of(of_tables=rows)

    def test_a_study_enters_once(self) -> None:
        assert "the study enters twice" in problems_of(cohorts=[COHORT, COHORT])


RISK = {"risk": {"label": "Risk of bias"}}
YEAR = {"year": {"label": "Year", "numeric": True}}
NUMBERS = [{"measure": "r", "printed": ".30"}]


class TestDeclaredChoices:
    """Years, numeric moderators, subsets and reliabilities against the studies at hand."""

    def test_the_year_of_a_source_is_the_value_of_the_moderator(self) -> None:
        [found] = collected(literature(n=40, sizes=NUMBERS), moderators=YEAR).studies
        assert (found.year, found.features) == (2000, {"year": "2000"})

    def test_a_declared_value_goes_before_the_year_of_the_source(self) -> None:
        features = {"text.study.outcome": {"year": 1998}}
        texts = literature(n=40, sizes=NUMBERS)
        [found] = collected(texts, moderators=YEAR, features=features).studies
        assert (found.year, found.features) == (2000, {"year": "1998"})

    def test_a_cohort_takes_the_year_of_the_source_that_it_replaces(self) -> None:
        [found] = collected(cohorts=[COHORT | {"source": "text.study"}], moderators=YEAR).studies
        assert (found.year, found.features) == (2000, {"year": "2000"})
        [found] = collected(cohorts=[COHORT | {"year": 2011}], effects=[]).studies
        assert found.year == 2011

    def test_a_study_with_an_effect_needs_its_number(self) -> None:
        moderators = {"sessions": {"label": "Sessions", "numeric": True}}
        texts = literature(n=40, sizes=NUMBERS)
        message = problems_of(texts=texts, moderators=moderators)
        assert "text.study.outcome: no value of the numeric moderator 'sessions'" in message
        features = {"text.study.outcome": {"sessions": "twelve"}}
        message = problems_of(texts=texts, moderators=moderators, features=features)
        assert "the moderator 'sessions' is 'twelve', where a number is needed" in message
        assert collected(moderators=moderators).counted

    def test_a_level_that_no_study_has(self) -> None:
        subsets = {"low": {"label": "studies at low risk", "moderator": "risk", "levels": ["lo"]}}
        keys = {"moderators": RISK, "features": {"text.study.outcome": {"risk": "low"}}}
        message = problems_of(subsets=subsets, **keys)
        assert "subsets.low: no study has the level 'lo' of risk. Did you mean 'low'?" in message

    def test_an_unknown_study_with_a_reliability(self) -> None:
        reliability = {"outcome": 0.9, "source": "manuals", "studies": {"clinc": {"outcome": 0.8}}}
        message = problems_of(cohorts=[COHORT], reliability=reliability)
        assert "reliability.studies.clinc: there is no study of this key" in message
        assert "Did you mean 'clinic'?" in message

    def test_corrected_and_uncorrected_correlations_are_not_mixed(self) -> None:
        reliability = {"source": "manuals", "studies": {"clinic": {"outcome": 0.8}}}
        texts = literature(n=50, sizes=NUMBERS)
        message = problems_of(texts=texts, cohorts=[COHORT], reliability=reliability)
        assert "reliability: study_outcome has no reliability of the outcome, others do" in message
        # A study that is only counted needs none.
        assert collected(cohorts=[COHORT], reliability=reliability).pooled


def test_evidence_is_stored_and_read_again() -> None:
    texts = literature(direction="against", n=144)
    evidence = collected(texts, cohorts=[COHORT])
    synthesis = Synthesis.model_validate(synthesis_content())
    assert evidence_from_json(evidence_as_json(evidence), synthesis, texts) == evidence
