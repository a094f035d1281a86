"""Facets in a synthesis: what enters, what is pooled, what cannot be compared, what is printed."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.conftest import ROOT
from tests.unit.synthesis.synthetic_studies import CROSSWALK, facets_of_one_cohort, synthesis_of
from tests.unit.synthesis.synthetic_studies import facets_example as example

from attune.printing.printed_statistics import printed_statistics, records
from attune.specs.errors import ConfigurationError
from attune.specs.synthesis import FacetCohort, FacetTable, Synthesis
from attune.stats.correlation_matrices import partial_correlations
from attune.stats.dominance import dominance
from attune.stats.relative_weights import relative_weights
from attune.synthesis.document import synthesis_document
from attune.synthesis.effect_table import TableRow
from attune.synthesis.estimate import synthesis_statistics
from attune.synthesis.evidence import (
    Evidence,
    FacetStudy,
    evidence_as_json,
    evidence_from_json,
)
from attune.synthesis.facet_evidence import cohort_study, problems_of_facets, table_studies
from attune.synthesis.facets import ALONE, NO_CORRELATION, NOT_MEASURED, compared_facets
from attune.synthesis.figures import SynthesisFigureContext, synthesis_figures
from attune.synthesis.kinds import KINDS
from attune.synthesis.tables import synthesis_tables
from attune_files.yaml_file import read_instruments

TABLE = FacetTable(path="studies.csv", better="lower", synthetic=True)


def synthesis(**facets: Any) -> Synthesis:
    given = {"outcome": "distress", "tables": {"studies": TABLE.model_dump()}, "draws": 400}
    return synthesis_of(effects=[], crosswalk="mindfulness", facets=given | facets)


def study(
    name: str, rs: dict[tuple[str, str], float], n: int = 100, instrument: str = "ffmq_39"
) -> FacetStudy:
    """A study with some correlations."""
    measured = [f for f in CROSSWALK.facets if any(f in pair for pair in rs)]
    triples = [(one, two, r) for (one, two), r in rs.items()]
    return FacetStudy(name, name.capitalize(), "table", instrument, n, triples, measured, True)


def two_facets(shift: float = 0.0) -> dict[tuple[str, str], float]:
    return {
        ("observe", "describe"): 0.3 + shift,
        ("observe", "outcome"): 0.1 - shift,
        ("describe", "outcome"): 0.4 + shift,
    }


def rows_of(studies: list[FacetStudy], declared: Synthesis | None = None) -> dict[str, Any]:
    frame = synthesis_statistics(
        declared or synthesis(), Evidence([], [], facets=studies), [], CROSSWALK
    )
    return {row["id"]: row for row in records(frame)}


class TestStatistics:
    """From matrices of studies to importance."""

    def test_of_one_study_its_own_matrix(self) -> None:
        rows = rows_of([study("one", two_facets())])
        matrix = np.array([[1, 0.3, 0.1], [0.3, 1, 0.4], [0.1, 0.4, 1]])
        found = dominance(matrix)
        for place, facet in enumerate(("observe", "describe")):
            expected = {
                "r": matrix[place, 2],
                "partial_r": partial_correlations(matrix)[place],
                "general_dominance": found.general[place],
                "relative_weight": relative_weights(matrix)[place],
                "dominance_share": 100 * found.general[place] / found.r_squared,
            }
            for name, value in expected.items():
                assert rows[f"facets.{facet}.{name}"]["estimate"] == pytest.approx(value), name
        assert rows["facets.all.r_squared"]["estimate"] == pytest.approx(found.r_squared)
        assert rows["facet_pairs.observe.describe.complete_dominance"]["estimate"] == 0
        assert rows["facets.observe.tau"]["estimate"] is None
        assert rows["facets.all.q"]["estimate"] is None

    def test_a_facet_that_nobody_measured(self) -> None:
        rows = rows_of([study("one", two_facets())])
        assert rows["facets.nonreact.k"]["estimate"] == 0
        for name in ("r", "r_alone", "partial_r", "general_dominance"):
            assert rows[f"facets.nonreact.{name}"]["reason"] == NOT_MEASURED

    def test_two_studies(self) -> None:
        rows = rows_of([study("one", two_facets()), study("two", two_facets(0.05))])
        assert rows["facets.all.q"]["df"] == 3
        low, high = (rows["facets.observe.r"][end] for end in ("ci_low", "ci_high"))
        assert low < 0.075 < high

    def test_shares_add_up(self) -> None:
        declared, evidence = example()
        rows = {
            row["id"]: row["estimate"]
            for row in records(synthesis_statistics(declared, evidence, [], CROSSWALK))
        }
        shares = [rows[f"facets.{facet}.dominance_share"] for facet in CROSSWALK.facets]
        assert sum(shares) == pytest.approx(100)
        weights = [rows[f"facets.{facet}.relative_weight"] for facet in CROSSWALK.facets]
        assert sum(weights) == pytest.approx(rows["facets.all.r_squared"])

    def test_draws_depend_on_the_seed_alone(self) -> None:
        studies = [study("one", two_facets())]
        one, two = rows_of(studies), rows_of(studies)
        other = rows_of(studies, synthesis(seed=2))
        name = "facets.observe.general_dominance"
        assert one[name]["ci_low"] == two[name]["ci_low"] != other[name]["ci_low"]

    def test_a_single_correlation_enters(self) -> None:
        """A study with the correlation of one facet moves that facet."""
        alone = study("two", {("observe", "outcome"): 0.5}, n=900)
        rows = rows_of([study("one", two_facets()), alone], synthesis(between="common"))
        assert rows["facets.observe.k"]["estimate"] == 2
        assert 0.4 < rows["facets.observe.r"]["estimate"] < 0.5

    def test_studies_without_a_number_are_counted(self) -> None:
        counted = replace(study("two", {("observe", "outcome"): 0.5}), correlations=[])
        rows = rows_of([study("one", two_facets()), counted])
        assert rows["facets.all.k"]["estimate"] == 1
        assert rows["facets.all.without_number"]["estimate"] == 1


class TestLeftOut:
    """Facets that cannot be compared, each with its reason."""

    def left_out(self, studies: list[FacetStudy]) -> dict[str, str]:
        declared = synthesis().facets
        assert declared is not None
        return compared_facets(declared, CROSSWALK, studies).left_out

    def test_without_its_correlation_with_the_outcome(self) -> None:
        rs = two_facets() | {("observe", "nonjudge"): 0.2}
        assert self.left_out([study("one", rs)])["nonjudge"] == NO_CORRELATION

    def test_without_its_correlation_with_another_facet(self) -> None:
        others = study("two", {("attention", "outcome"): 0.3}, instrument="maas")
        reason = self.left_out([study("one", two_facets()), others])["attention"]
        assert "gives its correlation with Observing or Describing" in reason

    def test_one_facet_alone(self) -> None:
        rows = rows_of([study("one", {("attention", "outcome"): 0.3}, instrument="maas")])
        assert rows["facets.attention.r"]["estimate"] == pytest.approx(0.3)
        assert rows["facets.attention.partial_r"]["reason"] == ALONE

    def test_nothing_at_all(self) -> None:
        rows = rows_of([])
        assert rows["facets.all.k"]["estimate"] == 0
        assert rows["facets.all.r_squared"]["estimate"] is None

    def test_correlations_of_different_people_that_fit_no_matrix(self) -> None:
        studies = [
            study("one", {("observe", "describe"): 0.95}),
            study("two", {("observe", "outcome"): 0.9}),
            study("three", {("describe", "outcome"): -0.6}),
        ]
        rows = rows_of(studies)
        assert "not positive definite" in str(rows["facets.observe.partial_r"]["reason"])
        assert rows["facets.observe.r"]["estimate"] == pytest.approx(0.9)


def cells(*rows: str) -> list[TableRow]:
    names = ("study", "n", "instrument", "one", "two", "r", "better")
    return [
        TableRow(place + 2, dict(zip(names, row.split(","), strict=True)))
        for place, row in enumerate(rows)
    ]


def problems_of(*rows: str, table: FacetTable = TABLE) -> str:
    columns = ["study", "n", "instrument", "one", "two", "r", "better"]
    return "\n".join(table_studies("studies", table, columns, cells(*rows), CROSSWALK)[1])


class TestTables:
    """Tables of correlations: signs, and every fault with its row and column."""

    def test_the_sign_of_the_outcome_is_turned(self) -> None:
        columns = ["study", "n", "instrument", "one", "two", "r", "better"]
        rows = cells("A,50,kims,observe,outcome,-.2,", "A,50,kims,outcome,describe,.3,higher")
        [found], wrong = table_studies("studies", TABLE, columns, rows, CROSSWALK)
        assert not wrong
        assert found.correlations == [("observe", "outcome", 0.2), ("describe", "outcome", 0.3)]

    def test_correlations_of_facets_are_not_turned(self) -> None:
        columns = ["study", "n", "instrument", "one", "two", "r", "better"]
        rows = cells("A,50,kims,observe,nonjudge,-.2,")
        [found], _ = table_studies("studies", TABLE, columns, rows, CROSSWALK)
        assert found.correlations == [("observe", "nonjudge", -0.2)]

    @pytest.mark.parametrize(
        ("row", "message"),
        [
            ("A,3,kims,observe,outcome,.2,", "row 2, column n: found '3'"),
            ("A,50,kims,observe,outcome,1,", "row 2, column r: found '1'"),
            ("A,50,kims,observe,outcome,x,", "column r: found 'x'"),
            ("A,50,kimz,observe,outcome,.2,", "has no 'kimz'. Did you mean"),
            ("A,50,kims,nonreact,outcome,.2,", "kims has no scale of 'nonreact'"),
            ("A,50,kims,obsrve,outcome,.2,", "'obsrve' is neither a facet"),
            ("A,50,kims,observe,observe,.2,", "correlated with itself"),
            (",50,kims,observe,outcome,.2,", "column study: is empty"),
        ],
    )
    def test_faults_of_a_row(self, row: str, message: str) -> None:
        assert message in problems_of(row)

    def test_faults_of_a_study(self) -> None:
        found = problems_of(
            "A,50,cams_r,attention,outcome,.2,",
            "A,50,cams_r,outcome,attention,.3,",
            "A,60,cams_r,observe,outcome,.3,",
        )
        assert "attention and outcome are correlated twice" in found
        assert "column n: found 50, 60" in found

    def test_no_end_of_the_outcome(self) -> None:
        table = FacetTable(path="studies.csv", synthetic=True)
        assert "say which end is better" in problems_of(
            "A,50,kims,observe,outcome,.2,", table=table
        )

    def test_missing_columns_and_rows(self) -> None:
        assert "no column 'r'" in str(table_studies("t", TABLE, ["study"], [], CROSSWALK)[1])
        columns = ["study", "n", "instrument", "one", "two", "r"]
        assert "holds no rows" in str(table_studies("t", TABLE, columns, [], CROSSWALK)[1])


class TestCohorts:
    """A cohort gives the correlations of its dyads with all measures."""

    declared = FacetCohort(
        cohort="clinic",
        label="Clinic",
        instrument="kims",
        measures={"observe": "kims_o", "describe": "kims_d"},
        outcome="gain",
        better="lower",
    )

    def frame(self) -> pd.DataFrame:
        rows = np.random.default_rng(1).standard_normal((30, 3))
        frame = pd.DataFrame(rows, columns=["kims_o", "kims_d", "gain"])
        frame.loc[3, "gain"] = np.nan
        return frame

    def test_correlations_of_complete_dyads(self) -> None:
        problems: list[str] = []
        found = cohort_study(self.declared, self.frame(), CROSSWALK, True, problems)
        assert found is not None and found.n == 29 and not problems
        expected = self.frame().dropna().corr()
        values = {(one, two): r for one, two, r in found.correlations}
        assert values["observe", "describe"] == pytest.approx(expected.loc["kims_o", "kims_d"])
        assert values["observe", "outcome"] == pytest.approx(-expected.loc["kims_o", "gain"])

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"outcome": "gian"}, "no measure 'gian'. Did you mean"),
            ({"instrument": "kimz"}, "the crosswalk has no 'kimz'"),
            ({"measures": {"nonreact": "kims_o"}}, "kims has no scale of 'nonreact'"),
        ],
    )
    def test_faults(self, change: dict[str, Any], message: str) -> None:
        problems: list[str] = []
        declared = self.declared.model_copy(update=change)
        assert cohort_study(declared, self.frame(), CROSSWALK, True, problems) is None
        assert message in "\n".join(problems)

    def test_too_few_dyads(self) -> None:
        problems: list[str] = []
        assert cohort_study(self.declared, self.frame()[:3], CROSSWALK, True, problems) is None
        assert "3 dyads have all of" in problems[0]


def test_synthetic_matrices_enter_demonstrations_only() -> None:
    declared = synthesis().model_copy(update={"demonstration": False})
    found = list(problems_of_facets([study("one", two_facets())], declared, CROSSWALK))
    assert len(found) == 1 and "data are synthetic" in found[0]


def test_a_study_enters_once_and_facets_exist() -> None:
    twice = [study("one", two_facets()), study("one", two_facets())]
    declared = synthesis(compared=["observe", "describ"])
    found = "\n".join(problems_of_facets(twice, declared, CROSSWALK))
    assert "'one' enters twice" in found and "no facet 'describ'. Did you mean" in found


def test_a_matrix_that_is_none_is_named() -> None:
    rs = {("observe", "describe"): 0.9, ("observe", "outcome"): 0.9, ("describe", "outcome"): -0.9}
    with pytest.raises(ConfigurationError) as caught:
        rows_of([study("bad", rs)])
    assert "workflow/syntheses/small.yaml" in caught.value.heading
    assert caught.value.problems[0].startswith("Bad: its correlation matrix is singular or not")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"compared": ["observe"]}, "one facet has nothing to be compared with"),
        ({"compared": ["observe", "observe"]}, "listed twice"),
        ({"tables": {}}, "there are no correlations"),
        ({"draws": 20}, "greater than or equal to 200"),
    ],
)
def test_declarations(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        synthesis(**keys)


def test_facets_need_a_crosswalk_and_correlations() -> None:
    with pytest.raises(ValueError, match=r"needs a crosswalk.*metric is g"):
        synthesis_of("g", facets={"outcome": "distress", "tables": {"s": TABLE.model_dump()}})


def test_evidence_is_stored_and_read() -> None:
    declared, evidence = example()
    assert evidence_from_json(evidence_as_json(evidence), declared, {}) == evidence


class TestDocument:
    """The demonstration as it is printed."""

    @pytest.fixture(scope="class")
    @classmethod
    def made(cls) -> tuple[dict[str, Any], str, dict[str, Any]]:
        declared, evidence = example()
        statistics = synthesis_statistics(declared, evidence, [], CROSSWALK)
        printed = printed_statistics(statistics, KINDS, 0.05)
        tables = synthesis_tables(declared, evidence, statistics, printed, CROSSWALK)
        template = (ROOT / "reports/synthesis.qmd.j2").read_text(encoding="utf-8")
        text = synthesis_document(
            template, declared, evidence, {}, [], printed, tables, crosswalk=CROSSWALK
        )
        paths = [ROOT / f"workflow/instruments/{key}.yaml" for key in CROSSWALK.instruments]
        context = SynthesisFigureContext(
            declared,
            evidence,
            {row["id"]: row for row in records(statistics)},
            CROSSWALK,
            read_instruments(paths),
        )
        return tables, text, synthesis_figures(context)

    def test_tables(self, made: tuple) -> None:
        assert set(made[0]) == {"facets", "importance", "pairs"}
        for table in made[0].values():
            assert "no effect size that is computed from cohorts" in table.notice
        assert "beside_4" in made[0]["importance"].headings

    def test_text(self, made: tuple) -> None:
        text = " ".join(made[1].split())
        assert "## Facets and the Outcome" in text
        assert "not which of them a training should change" in text
        assert (
            "In plain words, if the synthetic data were real: of the facets, attention to the"
            " moment; and not judging, accepting go along with less distress of clients beside the"
            " others."
        ) in text
        assert "No single study with an effect" not in text

    def test_figure_counts_studies_and_marks_what_was_never_measured(self, made: tuple) -> None:
        figure = made[2]["importance"]
        words = [text.get_text() for text in figure.axes[2].texts]
        by_facet = [words[start::5] for start in range(5)]
        # Not reacting: only the FFMQ has a scale, and four studies used it.
        assert by_facet[4] == ["×", "4", "×", "×", "×"]
        assert by_facet[2] == ["2", "4", "1", "1", "×"]
        assert "Synthetic data" in [text.get_text() for text in figure.texts]

    def test_estimates_are_drawn(self, made: tuple) -> None:
        declared, evidence = example()
        rows = records(synthesis_statistics(declared, evidence, [], CROSSWALK))
        expected = {row["id"]: row["estimate"] for row in rows}
        points = made[2]["importance"].axes[0].get_lines()
        drawn = next(line for line in points if line.get_marker() == "D").get_xdata()
        wanted = [expected[f"facets.{facet}.partial_r"] for facet in CROSSWALK.facets]
        assert [*drawn] == pytest.approx(wanted)
        assert not any(math.isnan(value) for value in drawn)


def test_a_scale_that_a_study_did_not_use_counts_for_nothing() -> None:
    """The FFMQ has a scale of not reacting, of which this study gives nothing."""
    declared, evidence = synthesis(), Evidence([], [], facets=[study("one", two_facets())])
    rows = records(synthesis_statistics(declared, evidence, [], CROSSWALK))
    paths = [ROOT / f"workflow/instruments/{key}.yaml" for key in CROSSWALK.instruments]
    context = SynthesisFigureContext(
        declared, evidence, {row["id"]: row for row in rows}, CROSSWALK, read_instruments(paths)
    )
    figure = synthesis_figures(context)["importance"]
    words = [text.get_text() for text in figure.axes[2].texts]
    assert [words[start::5] for start in range(5)][4] == ["×", "0", "×", "×", "×"]
    assert "not compared" in [text.get_text() for text in figure.axes[1].texts]


def test_a_study_without_correlations_is_not_counted_in_the_figure() -> None:
    without = replace(study("two", two_facets()), correlations=[], n=None)
    declared = synthesis()
    evidence = Evidence([], [], facets=[study("one", two_facets()), without])
    rows = records(synthesis_statistics(declared, evidence, [], CROSSWALK))
    paths = [ROOT / f"workflow/instruments/{key}.yaml" for key in CROSSWALK.instruments]
    context = SynthesisFigureContext(
        declared, evidence, {row["id"]: row for row in rows}, CROSSWALK, read_instruments(paths)
    )
    axes = synthesis_figures(context)["importance"].axes[2]
    assert axes.get_title() == "Studies with facet\ncorrelations"
    assert {text.get_text() for text in axes.texts} == {"0", "1", "×"}


class TestRowsOfOneCohort:
    """Relative weights from the rows themselves, where all facets are those of one cohort."""

    @pytest.fixture(scope="class")
    @classmethod
    def rows(cls) -> dict[str, Any]:
        declared, evidence, frames = facets_of_one_cohort()
        found = synthesis_statistics(declared, evidence, [], CROSSWALK, frames)
        return {row["id"]: row for row in records(found)}

    def test_weights_are_those_of_the_matrix_of_the_cohort(self, rows: dict[str, Any]) -> None:
        for facet in ("observe", "describe", "attention"):
            row, pooled = (
                rows[f"facets.{facet}.{name}"] for name in ("resampled_weight", "relative_weight")
            )
            assert row["estimate"] == pytest.approx(pooled["estimate"], abs=1e-8)
            assert row["ci_low"] <= row["estimate"] <= row["ci_high"]
            assert row["n"] == 59, "a dyad without an outcome has no correlation"

    def test_only_what_matters_is_above_random_numbers(self, rows: dict[str, Any]) -> None:
        low = {
            facet: rows[f"facets.{facet}.above_random"]["ci_low"]
            for facet in ("observe", "describe", "attention")
        }
        assert [facet for facet, end in low.items() if end > 0] == ["describe"]

    def test_with_a_second_study_there_are_none(self) -> None:
        declared, evidence, frames = facets_of_one_cohort()
        both = Evidence([], [], facets=[*evidence.facets, study("two", two_facets())])
        found = records(synthesis_statistics(declared, both, [], CROSSWALK, frames))
        assert not [row for row in found if row["statistic"] == "above_random"]

    def test_too_few_dyads_have_a_reason(self) -> None:
        declared, evidence, frames = facets_of_one_cohort()
        few = {"clinic": {"available": frames["clinic"]["available"][:6]}}
        found = records(synthesis_statistics(declared, evidence, [], CROSSWALK, few))
        rows = {row["id"]: row for row in found}
        assert "complete rows for 3 predictors" in rows["facets.observe.above_random"]["reason"]

    def test_the_document_prints_them(self) -> None:
        declared, evidence, frames = facets_of_one_cohort()
        statistics = synthesis_statistics(declared, evidence, [], CROSSWALK, frames)
        printed = printed_statistics(statistics, KINDS, 0.05)
        tables = synthesis_tables(declared, evidence, statistics, printed, CROSSWALK)
        template = (ROOT / "reports/synthesis.qmd.j2").read_text(encoding="utf-8")
        text = synthesis_document(
            template, declared, evidence, {}, [], printed, tables, crosswalk=CROSSWALK
        )
        assert "compares them with the weight of a variable of random numbers" in text
        assert [str(row.label) for row in tables["resampled"].rows] == [
            CROSSWALK.facets[facet] for facet in ("observe", "describe", "attention")
        ]
